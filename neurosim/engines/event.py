"""Exact recall without a time step: from threshold crossing to threshold crossing.

Between crossings the reduced dynamics (`neurosim.reduction`) has a closed form, so each crossing is found as a root,
to |h(t*) − θ| ≤ 1e-12·max|h|, and the recall has settled when the closed form has no root left. The only errors are
those of float64 arithmetic; a cue whose h turns, or ends, within rounding of θ could go either way and is flagged
`marginal`. Heaviside units, one τ_v; τ_h may be one per neuron.

Cost per recall: O(N_h) per crossing, about N_h/2 crossings; N_v enters only through the projection of the cues.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from neurosim import reduction, theory
from neurosim.engines import event_kernel
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.request import Recall
from neurosim.result import EngineResult
from neurosim.threads import available
from neurosim.validation import whole

MARGINAL = 1e-12  # of max|h|: a turn of h closer to θ than this is decided by rounding
_CHUNK = 256  # cues a thread takes at a time


class Parameters(NamedTuple):
    """What the kernel reads of a network, in its order."""

    threshold: np.ndarray
    coupling_t: np.ndarray
    tau_v: float
    tau_h: np.ndarray


def run(net: Network, request: Recall, *, threads: int | None = None, max_crossings: int | None = None) -> EngineResult:
    """Recall every cue of the request; see the module.

    Parameters
    ----------
    net : Network
    request : Recall
        `dt` is not used; traces are exact at each sample time.
    threads : int, default `neurosim.threads.available`
        The result does not depend on it.
    max_crossings : int, default 10,000 + 200·N_h
        A recall with more crossings is stopped there and named by `neurosim.reduction.name_outcomes`;
        its state is the one at that time, `end_time`.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside, or τ_v is one per neuron.
    """
    if not isinstance(net.hidden_activation, Heaviside):
        raise InvalidInput(
            f'engine "event" needs Heaviside hidden units, got {net.hidden_activation!r}; '
            'use engine="torch", "reference" or "brian"'
        )
    tau_v = reduction.required(net, 'engine "event"')
    threads = available() if threads is None else whole(threads, "threads")
    cap = 10_000 + 200 * net.n_hidden if max_crossings is None else whole(max_crossings, "max_crossings")

    parameters = Parameters(
        threshold=np.ascontiguousarray(net.threshold),
        coupling_t=np.ascontiguousarray(theory.effective_coupling(net).T),
        tau_v=tau_v,
        tau_h=np.atleast_1d(net.tau_h),
    )
    u0 = theory.drive(net, request.cues)
    h0 = np.ascontiguousarray(request.hidden)
    hidden, trace = np.empty_like(u0), np.empty_like(u0)
    active = np.empty(u0.shape, dtype=bool)
    summary = np.empty((len(u0), 7))

    def work(rows: slice) -> int:
        out = (hidden[rows], active[rows], trace[rows], summary[rows])
        event_kernel.recall_many(u0[rows], h0[rows], *parameters, request.duration, cap, *out)
        return len(u0[rows])

    chunks = [slice(start, start + _CHUNK) for start in range(0, len(u0), _CHUNK)]
    bar = tqdm(total=len(u0), unit="cue", desc="event", leave=False, disable=None if request.progress else True)
    pool = ThreadPoolExecutor(threads) if min(threads, len(chunks)) > 1 else None  # starting threads takes a while
    with bar, pool or nullcontext():
        for done in (pool.map if pool else map)(work, chunks):
            bar.update(done)

    is_settled, n_crossings, last, end, margin, repeats, window = summary.T
    # without a step, sliding soon leaves all time constants far behind
    shortest = min(tau_v, float(net.tau_h.min()))
    finite = np.all(np.isfinite(np.hstack([u0, hidden])), axis=1)
    scale = np.maximum(np.abs(u0).max(axis=1), np.abs(hidden).max(axis=1))
    result = EngineResult(
        hidden=hidden,
        hidden_active=active,
        visible=_visible(net, request.cues, trace, end[:, None], tau_v) if request.read_out else None,
        outcome=reduction.name_outcomes(
            finite=finite,
            is_settled=is_settled.astype(bool),
            repeats=repeats.astype(np.int64),
            window=window,
            chatter=0.05 * shortest,
        ),
        last_crossing=last,
        n_crossings=n_crossings.astype(np.int64),
        extra={
            "margin": (
                "cue",
                margin,
                {
                    "long_name": "smallest distance from θ of a turn, an end or a barely made crossing of h",
                    "units": "1",
                },
            ),
            "marginal": ("cue", margin <= MARGINAL * scale, {"long_name": "decided by rounding"}),
            "end_time": ("cue", end, {"long_name": "time of the final state", "units": "s"}),
        },
        attrs={"dtype": "float64", "device": "cpu", "max_crossings": cap},
    )
    if request.record:
        _record(net, request, result, u0, h0, parameters)
    return result


def _visible(net: Network, cues: np.ndarray, trace: np.ndarray, t: np.ndarray, tau_v: float) -> np.ndarray:
    """Return v(t) = e^{−t/τ_v} v(0) + ξ a(t)/√N_h for every row of cues and trace, t (cue, 1)."""
    out = net.weights.T / np.sqrt(net.n_hidden)
    visible = np.empty((len(trace), net.n_visible))
    for start in range(0, len(trace), _CHUNK):  # so that the product is still in the cache when the cue is added
        rows = slice(start, start + _CHUNK)
        np.matmul(trace[rows], out, out=visible[rows])
        visible[rows] += np.exp(-t[rows] / tau_v) * cues[rows]
    return visible


def _record(
    net: Network, request: Recall, result: EngineResult, u0: np.ndarray, h0: np.ndarray, parameters: Parameters
) -> None:
    """Add exact traces at the sample times, and the list of crossings."""
    times = request.record_times
    shape = (request.n_cues, len(times), net.n_hidden)
    hidden, trace, active = np.empty(shape), np.empty(shape), np.empty(shape, dtype=bool)
    when, who = [], []
    ends = result.extra["end_time"][1]
    for k in range(request.n_cues):
        crossing_times = np.empty(result.n_crossings[k])
        crossing_units = np.empty(result.n_crossings[k], dtype=np.int64)
        # the last entry makes sure that the replay sees as far ahead as the recall did
        sampled = np.append(times, request.duration)
        h, a = np.empty((2, len(sampled), net.n_hidden))
        s = np.empty((len(sampled), net.n_hidden), dtype=bool)
        event_kernel.replay(u0[k], h0[k], *parameters, sampled, h, s, a, crossing_times, crossing_units)
        hidden[k], active[k], trace[k] = h[:-1], s[:-1], a[:-1]
        hidden[k, times > ends[k]] = trace[k, times > ends[k]] = np.nan  # stopped at the cap
        when.append(crossing_times)
        who.append(crossing_units)
    traces = {"hidden": hidden, "hidden_active": active}
    if "visible" in request.record:
        moments = np.tile(times, request.n_cues)[:, None]
        cues = np.repeat(request.cues, len(times), axis=0)
        flat = _visible(net, cues, trace.reshape(len(cues), -1), moments, float(net.tau_v))
        traces["visible"] = flat.reshape(request.n_cues, len(times), -1)
    result.traces = {name: traces[name] for name in request.record}
    result.extra = {
        **result.extra,
        "crossing_cue": ("crossing", np.repeat(np.arange(request.n_cues), result.n_crossings), {}),
        "crossing_neuron": ("crossing", np.concatenate(who), {"long_name": "hidden neuron that crossed"}),
        "crossing_time": ("crossing", np.concatenate(when), {"long_name": "time of the crossing", "units": "s"}),
    }
