"""Exact recall without a time step: from threshold crossing to threshold crossing.

Between crossings the reduced dynamics (`neurosim.reduction`) has a closed form. Each crossing is found as a root, to
|h(t*) − θ| ≤ 1e-12·max|h|, and the recall has settled when the closed form has no further root. The only errors are
those of float64 arithmetic. A cue is flagged `marginal` if a maximum, a minimum or the limit of h lies so close to θ
that rounding decides on which side. Hidden units are Heaviside, all visible neurons have the same τ_v; τ_h may differ
between neurons.

A neuron that inhibits itself may end up held at its threshold. Once its crossings come faster than every hundredth of
the shortest time constant, its oscillation, at most 1.25e-5 |J| in h, is replaced by its limit
(`neurosim.engines.event_kernel`), and the recall goes on from there; it is flagged marginal if 1e-4 of the largest |h|
could then have decided differently.

Cost per recall: O(N_h) per crossing, about N_h/2 crossings; N_v enters only through the projection of the cues.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from neurosim import reduction, theory
from neurosim.engines import event_kernel, outcomes
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.request import RecallRequest
from neurosim.result import EngineResult, Outcome
from neurosim.threads import available

MARGINAL = 1e-12  # relative to max|h|: within this distance from θ, rounding decides
MARGINAL_SLIDING = 1e-4  # the same after a neuron has slid, whose oscillation was left out
_CHUNK = 256  # cues that a thread takes at a time


class Parameters(NamedTuple):
    """Parameters of a network in the order of the kernel's arguments."""

    threshold: np.ndarray
    coupling_t: np.ndarray
    tau_v: float
    tau_h: np.ndarray
    brief: float


class Summary(NamedTuple):
    """Columns of the kernel's summary, an array (cue,) each; see `neurosim.engines.event_kernel.recall_many`."""

    is_final: np.ndarray
    n_crossings: np.ndarray
    last_crossing: np.ndarray
    end_time: np.ndarray
    margin: np.ndarray
    has_slid: np.ndarray
    slides: np.ndarray


def run(
    net: Network, request: RecallRequest, *, threads: int | None = None, max_crossings: int | None = None
) -> EngineResult:
    """Recall every cue of the request without a time step; the implementation of `neurosim.engines.Event.run`.

    Parameters
    ----------
    net : Network
    request : RecallRequest
        `dt` is not used; traces are exact at each sample time.
    threads, max_crossings
        As in `neurosim.engines.Event`.

    Returns
    -------
    EngineResult
        With `margin`, `marginal` and `end_time` for each cue, and the list of crossings if traces are recorded.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside, or the visible neurons have different τ_v.

    Examples
    --------
    >>> from neurosim.engines import Event
    >>> net = Network.gaussian(20, 4, seed=0)
    >>> run(net, Event().request(net, net.weights.T)).outcome
    array(['settled', 'settled', 'settled', 'settled'], dtype='<U10')
    """
    if not isinstance(net.hidden_activation, Heaviside):
        raise InvalidInput(
            f'engine "event" needs Heaviside hidden units, got {net.hidden_activation!r}; '
            'use engine="torch", "reference" or "brian"'
        )
    parameters = Parameters(
        threshold=np.ascontiguousarray(net.threshold),
        coupling_t=np.ascontiguousarray(theory.effective_coupling(net).T),
        tau_v=reduction.required(net, 'engine "event"'),
        tau_h=np.atleast_1d(net.tau_h),
        brief=outcomes.brief(net),
    )
    threads = available() if threads is None else threads
    cap = outcomes.max_crossings(net.n_hidden) if max_crossings is None else max_crossings

    u0 = theory.drive(net, request.cues)
    h0 = np.ascontiguousarray(request.hidden)
    hidden, trace = np.empty_like(u0), np.empty_like(u0)
    active = np.empty(u0.shape, dtype=bool)
    columns = np.empty((len(u0), len(Summary._fields)))

    def work(rows: slice) -> int:
        out = (hidden[rows], active[rows], trace[rows], columns[rows])
        event_kernel.recall_many(u0[rows], h0[rows], *parameters, request.duration, cap, *out)
        return len(u0[rows])

    chunks = [slice(start, start + _CHUNK) for start in range(0, len(u0), _CHUNK)]
    bar = tqdm(total=len(u0), unit="cue", desc="event", leave=False, disable=None if request.progress else True)
    pool = ThreadPoolExecutor(threads) if min(threads, len(chunks)) > 1 else None  # starting threads takes a while
    with bar, pool or nullcontext():
        for done in (pool.map if pool else map)(work, chunks):
            bar.update(done)

    summary = Summary(*columns.T)
    end = summary.end_time[:, None]
    result = EngineResult(
        hidden=hidden,
        hidden_active=active,
        visible=_visible(net, request.cues, trace, end, parameters.tau_v) if request.read_out else None,
        outcome=_outcomes(net, u0, hidden, active, trace, summary),
        last_crossing=summary.last_crossing,
        n_crossings=summary.n_crossings.astype(np.int64),
        extra=_margins(u0, hidden, summary),
        attrs={"dtype": "float64", "device": "cpu", "max_crossings": cap},
    )
    if request.record:
        _record(net, request, result, u0, h0, parameters)
    return result


def _outcomes(
    net: Network, u0: np.ndarray, hidden: np.ndarray, active: np.ndarray, trace: np.ndarray, summary: Summary
) -> np.ndarray:
    outcome = np.where(summary.slides == 1, Outcome.SLIDING.value, Outcome.SETTLED.value).astype("U10")
    finite = np.all(np.isfinite(np.hstack([u0, hidden])), axis=1)
    outcome[~finite] = Outcome.NON_FINITE.value
    rest = np.flatnonzero(finite & (summary.is_final == 0))
    if rest.size:
        decayed = np.exp(-summary.end_time[rest, None] / net.tau_v) * u0[rest]
        drive = decayed + trace[rest] @ theory.effective_coupling(net).T  # u(t) = e^{−t/τ_v} u(0) + J a(t)
        held = (hidden[rest] == net.threshold) & (summary.slides[rest, None] == 1)
        outcome[rest] = outcomes.look_ahead(net, hidden[rest], active[rest], drive, held)
    return outcome


def _margins(u0: np.ndarray, hidden: np.ndarray, summary: Summary) -> dict[str, tuple[str, np.ndarray, dict[str, Any]]]:
    scale = np.maximum(np.abs(u0).max(axis=1), np.abs(hidden).max(axis=1))
    undecided = np.where(summary.has_slid == 1, MARGINAL_SLIDING, MARGINAL) * scale
    meaning = "smallest distance from θ of a maximum, a minimum, the limit or the overshoot at a crossing of h"
    return {
        "margin": ("cue", summary.margin, {"long_name": meaning, "units": "1"}),
        "marginal": (
            "cue",
            summary.margin <= undecided,
            {"long_name": "decided by rounding, or by an omitted oscillation"},
        ),
        "end_time": ("cue", summary.end_time, {"long_name": "time of the final state", "units": "s"}),
    }


def _visible(net: Network, cues: np.ndarray, trace: np.ndarray, t: np.ndarray, tau_v: float) -> np.ndarray:
    """Return v(t) = e^{−t/τ_v} v(0) + ξ a(t)/√N_h for every row of cues and trace, t (cue, 1)."""
    out = net.weights.T / np.sqrt(net.n_hidden)
    visible = np.empty((len(trace), net.n_visible))
    for start in range(0, len(trace), _CHUNK):  # the product is then still in the processor's cache for the addition
        rows = slice(start, start + _CHUNK)
        np.matmul(trace[rows], out, out=visible[rows])
        visible[rows] += np.exp(-t[rows] / tau_v) * cues[rows]
    return visible


def _record(
    net: Network, request: RecallRequest, result: EngineResult, u0: np.ndarray, h0: np.ndarray, parameters: Parameters
) -> None:
    """Add exact traces at the sample times and the list of crossings to the result."""
    times = request.record_times
    shape = (request.n_cues, len(times), net.n_hidden)
    hidden, trace, active = np.empty(shape), np.empty(shape), np.empty(shape, dtype=bool)
    all_times, all_neurons, counts = [], [], np.asarray(result.n_crossings)
    ends = result.extra["end_time"][1]
    for k in range(request.n_cues):
        crossing_times = np.empty(counts[k])
        crossing_neurons = np.empty(counts[k], dtype=np.int64)
        # With the duration as last entry the replay looks for crossings as far ahead as the recall did.
        sampled = np.append(times, request.duration)
        h, a = np.empty((2, len(sampled), net.n_hidden))
        s = np.empty((len(sampled), net.n_hidden), dtype=bool)
        event_kernel.replay(u0[k], h0[k], *parameters, sampled, h, s, a, crossing_times, crossing_neurons)
        hidden[k], active[k], trace[k] = h[:-1], s[:-1], a[:-1]
        hidden[k, times > ends[k]] = trace[k, times > ends[k]] = np.nan  # after the end of a recall that was stopped
        all_times.append(crossing_times)
        all_neurons.append(crossing_neurons)
    traces = {"hidden": hidden, "hidden_active": active}
    if "visible" in request.record:
        moments = np.tile(times, request.n_cues)[:, None]
        cues = np.repeat(request.cues, len(times), axis=0)
        flat = _visible(net, cues, trace.reshape(len(cues), -1), moments, float(net.tau_v))
        traces["visible"] = flat.reshape(request.n_cues, len(times), -1)
    result.traces = {name: traces[name] for name in request.record}
    result.extra = {
        **result.extra,
        "crossing_cue": ("crossing", np.repeat(np.arange(request.n_cues), counts), {}),
        "crossing_neuron": ("crossing", np.concatenate(all_neurons), {"long_name": "hidden neuron that crossed"}),
        "crossing_time": ("crossing", np.concatenate(all_times), {"long_name": "time of the crossing", "units": "s"}),
    }
