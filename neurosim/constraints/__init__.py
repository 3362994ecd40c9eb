"""Biological constraints on synapses and neurons, as transformations of a `Network`.

Each constraint is one frozen class, with one line in `CONSTRAINTS`, which gives it its name on the command line and in
records. `constrain` applies them in the given order: wiring, precision and damage first, Dale's law after them,
homeostasis last.

Membrane noise, delays and thresholds that differ from cell to cell belong to the spiking model (`neurosim.cells`);
noise on the visible layer is an `InputCurrent` of random values. Measurements of constrained networks are in
`neurosim.measure.constraints`.

Examples
--------
>>> from neurosim import Network
>>> from neurosim.constraints import Dale, Sparse, constrain
>>> net = constrain(Network.gaussian(1000, 10, seed=0), [Sparse(0.2), Dale(interneurons="pool")], seed=0)
>>> [record["name"] for record in net.constraints]
['sparse', 'dale']
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
from neurosim.plugins import Registry, subclass_of
from neurosim.validation import generator, seed_number, whole

CONSTRAINTS: Registry[type[Constraint]] = Registry(
    "constraints",
    {
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
    },
    *subclass_of(Constraint),
)

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
    """Apply constraints to a network, one after another.

    Parameters
    ----------
    net : Network
    constraints : iterable of Constraint
        Without constraints, or with neutral ones only (density 1, share 0 …), the arrays are unchanged.
    seed : int
        Each constraint draws from a separate random stream, given by the seed and the number of constraints that the
        network already has: ``constrain(constrain(net, [a], seed=0), [b], seed=0)`` equals
        ``constrain(net, [a, b], seed=0)``.

    Returns
    -------
    Network
        `Network.constraints` holds their records: name, settings, seed, stream, and results such as numbers of
        synapses.

    Raises
    ------
    InvalidInput
        An argument is no network or no list of constraints, a constraint does not fit the network, or a constraint
        after `Dale` would violate Dale's law.

    See Also
    --------
    replay : Apply recorded constraints again.
    neurosim.measure.constraints.sweep.constraint_sweep : Measure constrained networks.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import DeadNeurons, constrain
    >>> constrain(Network.gaussian(100, 10, seed=0), [DeadNeurons(hidden=0.1)], seed=0).constraints[0]["name"]
    'dead_neurons'
    """
    generator(seed)  # checks the seed
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
    """Return the random stream of the constraint at a position of `constrain`.

    Parameters
    ----------
    seed : int
        As in `constrain`.
    position : int, default 0
        Number of constraints before it.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import Dale, Sparse, constrain, stream
    >>> sparse = constrain(Network.gaussian(100, 10, seed=0), [Sparse(0.5)], seed=3)
    >>> circuit = Dale().circuit(sparse, stream(3, 1))  # the circuit of constrain(…, [Sparse(0.5), Dale()], seed=3)
    """
    key = (whole(position, "position", at_least=0),)
    return np.random.default_rng(np.random.SeedSequence(seed_number(seed), spawn_key=key))


def from_record(record: Mapping[str, Any]) -> Constraint:
    """Return the constraint of a record of `Network.constraints`.

    Parameters
    ----------
    record : mapping

    Raises
    ------
    InvalidInput
        The record names no known constraint, or lacks a setting.

    See Also
    --------
    Constraint.to_record : The inverse.

    Examples
    --------
    >>> from neurosim.constraints import from_record
    >>> from_record({"name": "sparse", "density": 0.1, "reciprocal": True})
    Sparse(density=0.1, reciprocal=True)
    """
    name = record.get("name") if isinstance(record, Mapping) else record
    if not isinstance(name, str) or name not in CONSTRAINTS:
        raise InvalidInput(f"the constraint must be one of {', '.join(CONSTRAINTS)}, got {name!r}")
    settings = [f.name for f in fields(CONSTRAINTS[name])]
    if missing := [setting for setting in settings if setting not in record]:
        raise InvalidInput(f"a record of {name} must have {', '.join(settings)}; missing: {', '.join(missing)}")
    return CONSTRAINTS[name](**{s: math.inf if record[s] == "inf" else record[s] for s in settings})


def replay(net: Network, records: str | Sequence[Mapping[str, Any]]) -> Network:
    """Apply recorded constraints to a network again.

    Parameters
    ----------
    net : Network
        The network before the constraints.
    records : sequence of mappings, or str
        `Network.constraints`, or ``attrs["constraints"]`` of a recall. Changes between the constraints by other means
        (`Network.replace`) are not recorded.

    Returns
    -------
    Network

    Raises
    ------
    InvalidInput
        The records are not of this form, or were made from another network.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import Sparse, constrain, replay
    >>> free = Network.gaussian(100, 10, seed=0)
    >>> net = constrain(free, [Sparse(0.5)], seed=3)
    >>> bool((replay(free, net.constraints).weights == net.weights).all())
    True
    """
    try:
        listed = json.loads(records) if isinstance(records, str) else list(records)
    except (TypeError, ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not all(isinstance(record, Mapping) for record in listed):
        raise InvalidInput(f"records must be the constraints of a Network, or their JSON, got {records!r}")
    for record in listed:
        constraint = from_record(record)
        seed = seed_number(record.get("seed"), "seed of a record")
        position = whole(record.get("stream"), "stream of a record", at_least=0)
        net = _with(net, constraint, seed, position)
        if (again := net.constraints[-1]) != record:
            raise InvalidInput(
                f"records must come from this network, but {record} becomes {again}; give the original network"
            )
    return net
