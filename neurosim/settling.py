"""Recalls without a given duration: an engine goes on with the cues that have not settled.

No fixed duration suits every network. Smooth hidden units approach their fixed point exponentially, with a rate that
tends to 0 where two fixed points merge (`neurosim.theory.fold_thresholds`), so that a recall can stay in one hidden
state for tens of τ_v before it ends in another. A recall is therefore judged when it has settled
(`neurosim.reduction.settled`), and not at a fixed time. What has not settled after `LONGEST` times the first duration
is labelled "timed_out".

Smooth units continue from the state in which the last run ended, in steps of half the shortest time constant: what is
then still under way is mostly slow. A neuron that inhibits itself strongly can oscillate by such steps alone, so that
what neither settles nor times out is continued once more, in the steps of the recall. Heaviside units start again from
the cue, for longer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurosim.engines.base import Engine
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.request import RecallRequest
from neurosim.result import EngineResult, Outcome

GROWTH = 4  # from one run to the next
LONGEST = GROWTH**3  # times the first duration


def run_until_settled(engine: Engine, net: Network, request: RecallRequest) -> tuple[EngineResult, float]:
    """Run an engine, and run it again for the cues that timed out, until `LONGEST` times the duration are over.

    An engine that compiles a program for a number of cues runs all of them again, so that it has few programs; the
    results of the cues that had settled are kept.

    Parameters
    ----------
    engine : Engine
    net : Network
    request : RecallRequest
        Its duration is that of the first run; it records nothing. After an input, only the time that follows it grows.

    Returns
    -------
    result : EngineResult
        As of one run, each cue for the duration that it needed.
    longest : float
        The longest duration of a cue, seconds.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.engines import Reference
    >>> from neurosim.settling import run_until_settled
    >>> net = neurosim.Network.gaussian(200, 4, seed=0, hidden_activation=neurosim.Sigmoid(5))
    >>> engine = Reference(dt=2e-4)
    >>> request = engine.request(net, neurosim.patterns.visible_cues(net, [[1, 0, 1, 0]]))
    >>> str(engine.run(net, request).outcome[0])
    'timed_out'
    >>> result, longest = run_until_settled(engine, net, request)
    >>> str(result.outcome[0]), longest > request.duration
    ('settled', True)
    """
    smooth = not (net.is_linear and isinstance(net.hidden_activation, Heaviside))
    result = engine.run(net, replace(request, read_out=True) if smooth else request)
    input_end = 0.0 if request.input is None else request.input.end
    first, longest = request.duration - input_end, request.duration
    while longest - input_end < LONGEST * first * (1 - 1e-9):
        late = np.flatnonzero(result.outcome == Outcome.TIMED_OUT)
        if not late.size:
            break
        rows = np.arange(request.n_cues) if engine.compiles else late
        before, longest = longest, input_end + GROWTH * (longest - input_end)
        if smooth:
            again = _gone_on(engine, net, request, result, rows, longest - before)
        else:
            again, before = engine.run(net, replace(_of_cues(request, rows), duration=longest)), None
        _replace_rows(result, again, late, np.searchsorted(rows, late), before)
    if not request.read_out:
        result.visible = None
    return result, longest


def _of_cues(request: RecallRequest, rows: np.ndarray) -> RecallRequest:
    current = request.input
    if current is not None and current.values.shape[1] > 1:
        current = replace(current, values=current.rows(rows))
    return replace(request, cues=request.cues[rows], hidden=request.hidden[rows], input=current)


def _gone_on(
    engine: Engine, net: Network, request: RecallRequest, result: EngineResult, rows: np.ndarray, duration: float
) -> EngineResult:
    """Go on for `duration` in large steps; where they neither settle nor time out, in those of the recall."""
    longest = max(request.dt, 0.5 * float(min(net.tau_v.min(), net.tau_h.min())))
    again = engine.run(net, _continued(request, result, rows, duration, longest))
    moving = np.flatnonzero((again.outcome != Outcome.SETTLED) & (again.outcome != Outcome.TIMED_OUT))
    if moving.size and longest > request.dt:
        chosen = np.arange(len(rows)) if engine.compiles else moving
        fine = engine.run(net, _continued(request, result, rows[chosen], duration, request.dt))
        _replace_rows(again, fine, moving, np.searchsorted(chosen, moving), None)
    return again


def _continued(
    request: RecallRequest, result: EngineResult, rows: np.ndarray, duration: float, step: float
) -> RecallRequest:
    """Return the request to go on for `duration` from the final states, in steps of at most `step`."""
    if result.visible is None or result.hidden is None:
        raise TypeError("to go on, a recall with smooth units needs the state of both layers from its engine")
    dt = duration / np.ceil(duration / step * (1 - 1e-9))
    state = {"cues": np.asarray(result.visible[rows], float), "hidden": np.asarray(result.hidden[rows], float)}
    return replace(request, **state, input=None, duration=duration, dt=float(dt), read_out=True)


def _replace_rows(
    result: EngineResult, again: EngineResult, rows: np.ndarray, source: np.ndarray, before: float | None
) -> None:
    """Replace the rows of `result` by those of the run `again`, which began at the time `before`, or with the cue."""
    if before is not None:
        _add_crossings(result, again, rows, source, before)
    for name in ("hidden", "hidden_active", "visible", "outcome", "last_crossing", "n_crossings"):
        values = getattr(result, name)
        if values is not None:
            values[rows] = getattr(again, name)[source]
    extra: dict[str, Any] = {}
    for name, (dims, values, attrs) in result.extra.items():
        values = values.copy()
        values[rows] = again.extra[name][1][source]  # without records, all variables of an engine are over cues
        extra[name] = (dims, values, attrs)
    result.extra = extra


def _add_crossings(
    result: EngineResult, again: EngineResult, rows: np.ndarray, source: np.ndarray, before: float
) -> None:
    """Add the crossings of a run to those of the run that goes on from it at the time `before`."""
    if result.n_crossings is None or result.last_crossing is None:
        return
    if again.n_crossings is None or again.last_crossing is None:
        return
    crossed = again.n_crossings > 0
    again.last_crossing[crossed] += before
    again.n_crossings[source] += result.n_crossings[rows]
    still = source[~crossed[source]]
    again.last_crossing[still] = result.last_crossing[rows[~crossed[source]]]
