"""Biological constraints on the memory's synapses and neurons: each one class, one line in `CONSTRAINTS`.

>>> from neurosim.constraints import Dale, Sparse, constrain
>>> net = constrain(Network.gaussian(1000, 10, seed=0), [Sparse(0.2), Dale(interneurons="pool")], seed=0)
>>> net.constraints  # what was done, with which settings and seed; kept with the file

They are put on in the order given: wiring, precision and damage first, Dale's law after them, homeostasis last.
Membrane noise, delays and a spread of thresholds over cells belong to the spiking
model (`neurosim.cells`: noise, delay, threshold_std); noise on the visible layer is an `InputCurrent` of random
values.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from neurosim.constraints.base import Constraint, refuse_after_dale
from neurosim.constraints.dale import Circuit, Dale, dale_violations
from neurosim.constraints.damage import DeadNeurons, DeadSynapses, StuckNeurons, StuckSynapses
from neurosim.constraints.neurons import Homeostatic, SpreadTau, SpreadThreshold
from neurosim.constraints.precision import Bounded, Quantised, SynapticNoise
from neurosim.constraints.wiring import Asymmetric, DistanceDependent, Sparse
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.validation import generator, whole

CONSTRAINTS: dict[str, type[Constraint]] = {
    kind.name: kind
    for kind in (
        Sparse,
        DistanceDependent,
        Asymmetric,
        Dale,
        Homeostatic,
        Bounded,
        Quantised,
        SynapticNoise,
        SpreadThreshold,
        SpreadTau,
        DeadSynapses,
        StuckSynapses,
        DeadNeurons,
        StuckNeurons,
    )
}

__all__ = [
    "CONSTRAINTS",
    "Asymmetric",
    "Bounded",
    "Circuit",
    "Constraint",
    "Dale",
    "DeadNeurons",
    "DeadSynapses",
    "DistanceDependent",
    "Homeostatic",
    "Quantised",
    "Sparse",
    "SpreadTau",
    "SpreadThreshold",
    "StuckNeurons",
    "StuckSynapses",
    "SynapticNoise",
    "constrain",
    "dale_violations",
    "from_record",
    "replay",
    "stream",
]


def constrain(net: Network, constraints: Iterable[Constraint], *, seed: int) -> Network:
    """Return the network under constraints, put on one after another.

    Parameters
    ----------
    net : Network
    constraints : iterable of Constraint
        None, or only neutral ones (density 1, share 0 …): every array stays as it is.
    seed : int
        Each constraint draws from a stream of its own, that of the seed and of how many the network already has: so
        ``constrain(constrain(net, [a], seed=0), [b], seed=0)`` is ``constrain(net, [a, b], seed=0)``.

    Returns
    -------
    Network
        `Network.constraints` holds their records: name, settings, seed, stream, and what came of it.

    Raises
    ------
    InvalidInput
        Something else than a network and a list of constraints, a constraint that this network cannot have, or one
        after `Dale` that would undo it.
    """
    generator(seed)  # refuses what is no seed
    if not isinstance(net, Network):
        raise InvalidInput(f"net must be a Network, got {net!r}")
    if isinstance(constraints, Constraint) or not isinstance(constraints, Iterable):
        raise InvalidInput(f"constraints must be a list of them, [Sparse(0.1), …], got {constraints!r}")
    for constraint in constraints:
        if not isinstance(constraint, Constraint):
            raise InvalidInput(
                f"constraints must be of {', '.join(CONSTRAINTS)} (neurosim.constraints), got {constraint!r}"
            )
        net = _with(net, constraint, seed, len(net.constraints))
    return net


def _with(net: Network, constraint: Constraint, seed: int, position: int) -> Network:
    records = list(net.constraints)
    refuse_after_dale(constraint, records)
    net, made = (net, {}) if constraint.is_neutral else constraint.apply(net, stream(seed, position))
    records.append({**constraint.to_record(), "seed": int(seed), "stream": position, **made})
    return net.replace(constraints=records)


def stream(seed: int, position: int = 0) -> np.random.Generator:
    """Return what the constraint at that position of `constrain` draws from."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(position,)))


def from_record(record: Mapping[str, Any]) -> Constraint:
    """Return the constraint that a record of `Network.constraints` is about.

    Raises
    ------
    InvalidInput
        No such constraint, or settings that it does not have.
    """
    name = record.get("name") if isinstance(record, Mapping) else record
    if not isinstance(name, str) or name not in CONSTRAINTS:
        raise InvalidInput(f"the constraint must be one of {', '.join(CONSTRAINTS)}, got {name!r}")
    settings = [f.name for f in fields(CONSTRAINTS[name])]
    if missing := [setting for setting in settings if setting not in record]:
        raise InvalidInput(f"a record of {name} must have {', '.join(settings)}, it lacks {', '.join(missing)}")
    return CONSTRAINTS[name](**{s: math.inf if record[s] == "inf" else record[s] for s in settings})


def replay(net: Network, records: str | Sequence[Mapping[str, Any]]) -> Network:
    """Put the constraints of records on a network again.

    Parameters
    ----------
    net : Network
        As it was before the constraints.
    records : sequence of mappings, or str
        `Network.constraints`, or ``attrs["constraints"]`` of a recall. What was changed between
        constraints by other means (`Network.replace`) is in no record.

    Raises
    ------
    InvalidInput
        Not such records, or not the network that they were made from: they would come out otherwise.
    """
    try:
        listed = json.loads(records) if isinstance(records, str) else list(records)
    except (TypeError, ValueError):
        listed = None
    if not isinstance(listed, list):
        raise InvalidInput(f"records must be the constraints of a Network, or their JSON, got {records!r}")
    for record in listed:
        constraint = from_record(record)
        seed, position = (whole(record.get(name), f"{name} of a record", at_least=0) for name in ("seed", "stream"))
        net = _with(net, constraint, seed, position)
        if (again := net.constraints[-1]) != record:
            raise InvalidInput(f"it is not this network that the records were made from: they say {record}, it {again}")
    return net
