"""Continuation: attractors followed while one parameter of the network or of the engine moves, as in [1]_.

At each value of the parameter, recalls start

1. in every attractor known so far: v = ξs/√N_h and h = Js, with the weights of this value (h = 0 for an engine that
   takes no h at time 0);
2. in the same way in the given targets, or else in all 2^N_h hidden states if there are at most `n_states`, or in as
   many random ones;
3. from `n_cues` Gaussian cues with h = 0, as in `neurosim.measure.basin_volumes`. They give the basin shares.

States and cues are the same at all values. The attractors of a value are the hidden states in which recalls settle
(`neurosim.measure.unique_attractors`). An attractor is the same as a known one if its code is that one's last code.
Codes that are left are matched to attractors that existed at the last value and whose codes are gone, the nearest pairs
first, up to `most_bits` different bits. What is left then is new.

In a network of eqs. (1a, 1b) with Heaviside neurons a recall that starts in a fixed point stays there. So an attractor
that was found is lost only where it ends to exist, and if all states are started, none is missed at any value. It
appears or vanishes where its margin (`neurosim.theory.stability_margin`) passes 0: the field of one neuron meets θ.

References
----------
.. [1] Datseris, Luiz Rossi & Wagemakers, "Framework for global stability analysis of dynamical systems", Chaos 33,
   073151 (2023): continuation by seeds from the attractors of the last parameter, matched by their distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import Heaviside, InvalidInput, Network, recall, theory
from neurosim.engines import Engine, get_engine
from neurosim.measure.basins.volumes import unit_drive_std
from neurosim.measure.parameters import PARAMETERS, Change, Step, in_one_program, steps_of
from neurosim.measure.recall.attractors import unique_attractors
from neurosim.measure.recall.trials import CUE_BYTES, random_targets
from neurosim.measure.statistics import share_variables
from neurosim.seeds import spawn_seeds
from neurosim.validation import binary_array, generator, instance, real, real_array, whole

UNKNOWN = -1  # no attractor


def continuation(
    net: Network,
    parameter: str | Change,
    values: Sequence[float] | np.ndarray,
    *,
    targets: np.ndarray | None = None,
    n_cues: int = 1000,
    n_states: int = 1024,
    cue_std: float | None = None,
    most_bits: int = 0,
    engine: str | Engine = "event",
    duration: Any = None,
    seed: int,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Follow the attractors of a network while a parameter moves, with any engine.

    Parameters
    ----------
    net : Network
    parameter : str or callable
        A name in `neurosim.measure.parameters.PARAMETERS`: "threshold", "ratio", "strength" (a factor of ξ, so that J
        grows with its square), "lesioned_visible", "lesioned_hidden" (shares; a larger one contains the neurons of a
        smaller one); "noise", the membrane noise of the spiking cells of the engine; or a function ``(net, value)``
        that returns the changed Network, the changed Engine, or both as a pair.
    values : sequence of float
        Different values, in the order in which they are visited.
    targets : ndarray (target, hidden) bool, optional
        Hidden states to start, such as the memories of a trained network.
    n_cues : int, default 1000
        Gaussian cues, the same at all values.
    n_states : int, default 1024
        Without targets, all 2^N_h hidden states are started if there are at most so many, else so many random ones.
    cue_std : float, optional
        σ of the cues. Default: √(N_v/N_h), with which the drive has a standard deviation of 1 for ξ of variance 1.
    most_bits : int, default 0
        Largest number of bits by which an attractor may change from one value to the next and still be the same.
    engine : Engine or str, default "event"
        As in `neurosim.recall`. One that compiles uses one program for all values of a parameter of the network.
    duration : time, optional
        As in `neurosim.recall`.
    seed : int
        Of the states, the cues, the lesions, and random numbers of the engine.
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset
        Over (value, attractor), attractors in the order in which they were found:

        - exists: whether a recall settles there; hidden_active (…, hidden_neuron): its code; where it does not exist,
          the last one or, before it was found, the first;
        - share: of the cues that settle there, with Wilson limits;
        - ends_in: the attractor in which a recall ends that starts in its state, at the value where it was found
          itself; −1 if it does not settle, or if the attractor is not known yet;
        - margin (`neurosim.theory.stability_margin`); NaN for an engine that does not solve eqs. (1a, 1b).

        Over attractor: first_value and last_value, the first and the last of the values at which it exists.
        Over value: n_attractors, n_appeared and n_vanished since the value before; share_unsettled of the cues.
        attrs: complete, 1 if all states were started.

    Raises
    ------
    InvalidInput
        An unknown parameter, values that repeat, a function that returns something else or another size, or noise
        without spiking cells.

    See Also
    --------
    neurosim.plots.continuation.draw : The figure.
    neurosim.measure.count_fixed_points : Proven numbers of attractors at one value.
    neurosim.measure.basin_volumes : Basins at one value.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import continuation
    >>> found = continuation(Network.gaussian(60, 4, seed=0), "threshold", [0.2, 0.5, 0.8], n_cues=200, seed=0)
    >>> found.n_attractors.values.tolist(), found.n_vanished.values.tolist()
    ([7, 16, 14], [0, 0, 2])
    """
    visited = _checked_values(values)
    n_cues, n_states = whole(n_cues, "n_cues"), whole(n_states, "n_states")
    most_bits = whole(most_bits, "most_bits", at_least=0)
    state_seed, cue_seed, lesion_seed, trial_seed = spawn_seeds(seed, 4)
    steps = steps_of(instance(net, "net", Network), parameter, visited, get_engine(engine), lesion_seed)
    steps, duration = in_one_program(steps, duration)
    std = unit_drive_std(net) if cue_std is None else real(cue_std, "cue_std", above=0)
    cues = std * generator(cue_seed).standard_normal((n_cues, net.n_visible))
    states = random_targets(net.n_hidden, n_states, state_seed)
    if targets is not None:
        states = binary_array(targets, "targets", {"target": None, "hidden": net.n_hidden})
    track = _Track(np.zeros((0, net.n_hidden), bool), [])
    bar = tqdm(steps, disable=None if progress else True, desc="continuation", leave=False)
    for one, changed in bar:
        track = _step(track, changed, one, states, cues, most_bits, duration, trial_seed)
    attrs = {
        "method": "continuation: recall from known attractors, hidden states and Gaussian cues",
        **steps[0][0].attributes(),
        "parameter": parameter if isinstance(parameter, str) else getattr(parameter, "__name__", repr(parameter)),
        "complete": int(len(np.unique(states, axis=0)) == 2**net.n_hidden),
        "cue_std": std,
        "most_bits": most_bits,
        "seed": seed,
        "n_networks": 1,
        "n_trials": n_cues,
        "confidence": confidence,
        "intervals_over": "Gaussian cues (Wilson)",
    }
    return _dataset(track, visited, parameter, steps, n_cues, confidence).assign_attrs(attrs)


class _Seen(NamedTuple):
    """What was seen at one value: arrays over the attractors known after it."""

    codes: np.ndarray  # (attractor, hidden), the last code of each
    exists: np.ndarray  # (attractor,)
    hits: np.ndarray  # (attractor,), cues that ended there
    ends: np.ndarray  # (attractor,), attractor in which the start in the state of this one ended
    unsettled: int  # cues that did not settle


class _Track(NamedTuple):
    """Codes of the attractors known so far, and what was seen at each value."""

    codes: np.ndarray
    seen: list[_Seen]


def _step(
    track: _Track,
    net: Network,
    engine: Engine,
    states: np.ndarray,
    cues: np.ndarray,
    most_bits: int,
    duration: Any,
    seed: int,
) -> _Track:
    """Return the track with one more value."""
    n_known = len(track.codes)
    starts = np.concatenate([track.codes, states])
    visible = theory.visible_state(net, starts)
    hidden = np.zeros((len(starts) + len(cues), net.n_hidden))
    if engine.takes_hidden:
        hidden[: len(starts)] = theory.drive(net, visible)
    found = unique_attractors(_recalled(net, engine, np.concatenate([visible, cues]), hidden, duration, seed))
    codes, label = found.hidden_active.values, found.label.values
    existed = track.seen[-1].exists if track.seen else np.zeros(0, bool)
    row, merged = matched(codes, track.codes, existed, most_bits)
    exists = np.zeros(len(merged), bool)
    exists[row] = True
    ends = np.where(label >= 0, row[label], UNKNOWN) if len(row) else np.full(len(label), UNKNOWN)
    of_cues = ends[len(starts) :]
    settled = of_cues[of_cues >= 0]
    hits = np.bincount(settled, minlength=len(merged))
    own = np.concatenate([ends[:n_known], np.arange(n_known, len(merged))])
    return _Track(merged, [*track.seen, _Seen(merged, exists, hits, own, int(len(cues) - len(settled)))])


def matched(codes: np.ndarray, known: np.ndarray, existed: np.ndarray, most_bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Match the codes of one value to the attractors known before.

    Parameters
    ----------
    codes : ndarray (code, hidden) bool
        Distinct.
    known : ndarray (attractor, hidden) bool
        Last codes of the known attractors, distinct.
    existed : ndarray (attractor,) bool
        Whether they existed at the value before.
    most_bits : int
        Equal codes are matched first. Codes that are left are matched to attractors that existed and are left, the
        nearest pairs first, up to so many bits.

    Returns
    -------
    row : ndarray (code,)
        Attractor of each code.
    all_codes : ndarray (attractor, hidden)
        Last codes, the new attractors at the end.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.tracking import matched
    >>> known = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], bool)
    >>> codes = np.array([[0, 0, 1, 1], [1, 0, 0, 0], [0, 1, 0, 1]], bool)
    >>> matched(codes, known, np.array([True, True]), most_bits=1)[0].tolist()
    [1, 0, 2]
    """
    place = {code.tobytes(): index for index, code in enumerate(known)}
    row = np.array([place.get(code.tobytes(), UNKNOWN) for code in codes], dtype=np.int64)
    known = known.copy()
    if most_bits:
        free = np.setdiff1d(np.flatnonzero(existed), row)
        left = np.flatnonzero(row == UNKNOWN)
        distance = (codes[left][:, None] != known[free][None]).sum(axis=-1)
        for at in np.argsort(distance, axis=None, kind="stable"):
            code, attractor = np.unravel_index(at, distance.shape)
            if distance[code, attractor] > most_bits:
                break
            if row[left[code]] == UNKNOWN and free[attractor] not in row:
                row[left[code]] = free[attractor]
                known[free[attractor]] = codes[left[code]]
    new = np.flatnonzero(row == UNKNOWN)
    row[new] = len(known) + np.arange(len(new))
    return row, np.concatenate([known, codes[new]])


def _recalled(
    net: Network, engine: Engine, cues: np.ndarray, hidden: np.ndarray, duration: Any, seed: int
) -> xarray.Dataset:
    """Recall in chunks; an engine that compiles gets chunks of one size, the last one filled with copies."""
    rows = min(1024, len(cues)) if engine.compiles else max(1, int(CUE_BYTES // (8 * net.n_visible)))
    starts = range(0, len(cues), rows)
    states, outcomes = [], []
    for start, own in zip(starts, spawn_seeds(seed, len(starts)), strict=True):
        at = np.arange(start, start + rows) if engine.compiles else np.arange(start, min(start + rows, len(cues)))
        n, at = min(rows, len(cues) - start), np.minimum(at, len(cues) - 1)
        given: dict[str, Any] = {"hidden": hidden[at]} if engine.takes_hidden else {}
        out = recall(net, cues[at], engine=engine, duration=duration, read_out=False, seed=own, **given)
        states.append(out.hidden_active.values[:n])
        outcomes.append(out.outcome.values[:n])
    variables = {"hidden_active": (("cue", "hidden_neuron"), np.concatenate(states))}
    return xarray.Dataset({**variables, "outcome": ("cue", np.concatenate(outcomes))})


def _checked_values(values: Any) -> np.ndarray:
    array = real_array(values, "values", {"value": None})
    if len(np.unique(array)) < len(array):
        raise InvalidInput(f"values must be different from each other, got {values}")
    return array


def _dataset(
    track: _Track,
    values: np.ndarray,
    parameter: str | Change,
    steps: list[Step],
    n_cues: int,
    confidence: float,
) -> xarray.Dataset:
    n = len(track.codes)

    def table(name: str, filling: Any) -> np.ndarray:
        rows = [np.asarray(getattr(seen, name)) for seen in track.seen]
        shape = (len(rows), n, *rows[-1].shape[1:])
        found = np.full(shape, filling, dtype=rows[-1].dtype)
        for at, row in enumerate(rows):
            found[at, : len(row)] = row
        return found

    exists, codes, hits = table("exists", False), table("codes", False), table("hits", 0)
    first, last = exists.argmax(axis=0), len(values) - 1 - exists[::-1].argmax(axis=0)
    codes = np.where(np.arange(len(values))[:, None, None] < first[:, None], codes[first, np.arange(n)], codes)
    margin = np.full(exists.shape, np.nan)
    for at, (engine, net) in enumerate(steps):
        if n and engine.is_rate_model and isinstance(net.hidden_activation, Heaviside):
            margin[at] = theory.stability_margin(net, codes[at])
    before = np.concatenate([exists[:1], exists[:-1]])
    each = ("value", "attractor")
    variables: dict[str, Any] = {
        "exists": (each, exists, {"long_name": "whether a recall settles in the attractor"}),
        "hidden_active": ((*each, "hidden_neuron"), codes, {"long_name": "hidden neuron active in the attractor"}),
        "ends_in": (each, table("ends", UNKNOWN), {"long_name": "attractor in which its state ends", "units": "1"}),
        "margin": (each, margin, {"long_name": "stability margin", "units": "1"}),
        "first_value": ("attractor", values[first], {"long_name": "first value where it exists", "units": "1"}),
        "last_value": ("attractor", values[last], {"long_name": "last value where it exists", "units": "1"}),
    }
    numbers = {
        "n_attractors": (exists, "attractors"),
        "n_appeared": (exists & ~before, "attractors that appeared since the value before"),
        "n_vanished": (before & ~exists, "attractors that vanished since the value before"),
    }
    for name, (which, text) in numbers.items():
        variables[name] = ("value", which.sum(axis=1), {"long_name": text, "units": "1"})
    kind: dict[str, Any] = {"confidence": confidence, "failures": False}
    unsettled = np.array([seen.unsettled for seen in track.seen])
    text = "share of the cues that end in the attractor"
    variables |= share_variables("share", each, hits, n_cues, text, **kind)
    text = "share of the cues that did not settle"
    variables |= share_variables("share_unsettled", ("value",), unsettled, n_cues, text, **kind)
    long_name = "value of the parameter"
    if isinstance(parameter, str):
        long_name = PARAMETERS[parameter][0] if parameter in PARAMETERS else "membrane noise of the hidden cells"
    return xarray.Dataset(variables, {"value": ("value", values, {"long_name": long_name, "units": "1"})})
