"""Compiled inner loops of the event engine; the closed forms are derived in `neurosim.reduction`.

The state of each hidden neuron consists of three numbers. With σ = 1 where it is inactive and −1 where it is active,
they are its limit D = σ(c − θ), where c = J s, its drive U = σ(u − θ) and its potential H = σ(h − θ), so that every
crossing is upward through 0. With t counted from the present and as long as no neuron crosses,

    σ(h(t) − θ) = D + (U − D) φ(t) + (H − D) y(t),    σ(u(t) − θ) = D + (U − D) x(t).

A crossing of another neuron changes D alone.

Crossings are found by `neurosim.engines.event_crossings`, margins by `neurosim.engines.event_margins`, and neurons that
slide along their threshold are held there by `neurosim.engines.event_sliding`.
"""

from __future__ import annotations

import math

import numpy as np

from neurosim.compiled import kernel
from neurosim.engines.event_crossings import advance, basis, find_crossing, inlined, next_crossing
from neurosim.engines.event_margins import extrema_margin, final_margin, overshoot_margin
from neurosim.engines.event_sliding import decay_traces, release, sliding_after, summed_input


@inlined
def _scales(theta, jt):
    """Return the largest possible |c − θ| of each neuron: Σ_ν |J_μν| + |θ_μ|."""
    scale = np.abs(theta)
    for m in range(theta.size):
        scale += np.abs(jt[m])
    return scale


@inlined
def _flip(m, jt, theta, scale, d, u, h, side):
    """Let neuron m cross: c = Js changes by ±J[:, m], while u and h are continuous.

    A sum that is updated at each crossing accumulates rounding errors. Where these could decide the sign of D, the sum
    is computed again: at θ = 0 with all neurons inactive, D is exactly 0 and not 1e-17, which would lead to a crossing.
    """
    sign = side[m]  # 1: it switches on
    row = jt[m]
    small = False
    for k in range(d.size):
        d[k] += sign * side[k] * row[k]
        small |= abs(d[k]) <= 1e-11 * scale[k]
    side[m] = -sign
    d[m], u[m], h[m] = -d[m], -u[m], 0.0
    if small:
        for k in range(d.size):
            if abs(d[k]) <= 1e-11 * scale[k]:
                d[k] = side[k] * (summed_input(k, jt, side) - theta[k])


@inlined
def _start(u0, h0, on, theta, jt, d, u, h, side):
    any_on = False
    for m in range(d.size):
        side[m] = -1.0 if on[m] else 1.0
        any_on |= on[m]
    for m in range(d.size):
        c = summed_input(m, jt, side) if any_on else 0.0
        d[m] = side[m] * (c - theta[m])
        u[m] = side[m] * (u0[m] - theta[m])
        h[m] = side[m] * (h0[m] - theta[m])


@kernel(error_model="numpy")
def recall_many(u0, h0, theta, jt, tau_v, tau_h, brief, duration, cap, hidden, active, trace, summary):
    """Recall each row of u0, h0.

    Parameters
    ----------
    u0, h0 : (cue, hidden)
    theta : (hidden,)
    jt : (hidden, hidden)
        Jᵀ, so that a column of J is contiguous.
    tau_h : (1,) or (hidden,)
    brief : float
        A neuron slides if the intervals between its crossings are shorter.
    cap : int
        Largest number of crossings.
    hidden, active, trace : (cue, hidden), written
        h, s and the trace a (τ_v da/dt = −a + s, a(0) = 0) at the end.
    summary : (cue, 7), written
        Whether no crossing follows (0 or 1), number of crossings, last crossing time, end time, margin, whether a
        neuron has slid (0 or 1), and whether one slides at the end (0 or 1).
    """
    n = theta.size
    d, u, h, side = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    factor, since, share, briefly = np.empty(n), np.empty(n), np.empty(n), np.empty((n, 2))
    scale = _scales(theta, jt)
    for k in range(u0.shape[0]):
        on = active[k]
        for j in range(n):
            on[j] = h0[k, j] > theta[j]
        _start(u0[k], h0[k], on, theta, jt, d, u, h, side)
        a = trace[k]
        a[:] = 0.0
        since[:], briefly[:] = 0.0, -1.0
        now, last, crossings, margin, sliding = 0.0, 0.0, 0, math.inf, 0
        ended = capped = slid = False
        while not (ended or capped):
            m, before = -1, 0.0
            while (not sliding and now - before >= brief) or m < 0:  # no call in this loop: it is fast
                m, step, x, phi, y = next_crossing(duration - now, d, u, h, factor, tau_v, tau_h)
                ended = m < 0
                capped = not ended and crossings == cap
                if ended or capped:
                    break
                margin = overshoot_margin(d[m], u[m], h[m], margin, tau_v, tau_h[0] if tau_h.size == 1 else tau_h[m])
                margin = extrema_margin(step, x, phi, y, d, u, h, margin, tau_v, tau_h)
                advance(step, x, phi, y, d, u, h, tau_v, tau_h)
                now += step
                last = now
                level = 0.5 - 0.5 * side[m]
                before = since[m]
                a[m] = level + (a[m] - level) * math.exp(-(now - before) / tau_v)
                since[m] = now
                _flip(m, jt, theta, scale, d, u, h, side)
                crossings += 1
            if not (ended or capped):
                decay_traces(now, side, share, since, a, tau_v)
                sliding = sliding_after(
                    m, before, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, since, since, a
                )
                slid |= sliding > 0
        settled = ended and next_crossing(math.inf, d, u, h, factor, tau_v, tau_h)[0] < 0
        margin = final_margin(d, u, h, side, theta, margin, tau_v, tau_h)
        end = now if capped else duration
        x, phi, y = basis(end - now, tau_v, tau_h[0])
        advance(end - now, x, phi, y, d, u, h, tau_v, tau_h)
        if sliding:
            decay_traces(end, side, share, since, a, tau_v)
        untouched = math.exp(-end / tau_v)
        for j in range(n):
            level = 0.5 - 0.5 * side[j]
            left = untouched if since[j] == 0.0 else math.exp(-(end - since[j]) / tau_v)
            a[j] = level + (a[j] - level) * left
            hidden[k, j] = theta[j] + side[j] * h[j]
            active[k, j] = side[j] < 0.0
        summary[k, 0] = settled
        summary[k, 1] = crossings
        summary[k, 2] = last
        summary[k, 3] = end
        summary[k, 4] = margin
        summary[k, 5] = slid
        summary[k, 6] = sliding > 0


@kernel(error_model="numpy")
def look_ahead(u0, h0, on, held, theta, jt, tau_v, tau_h, brief, horizon, cap, crossings, ends, slides):
    """Follow the crossings after each state u0, h0 until there are no more, or a limit is reached.

    Parameters
    ----------
    u0, h0 : (state, hidden)
    on : (state, hidden) bool
        s.
    held : (state, hidden) bool
        Which neurons slide already; of them, h = u = θ.
    theta, jt, tau_v, tau_h, brief
        As in `recall_many`.
    horizon, cap : float, int
        Largest time and number of crossings.
    crossings : (state,) int, written
        Number of crossings.
    ends : (state,) bool, written
        Whether no more crossing follows.
    slides : (state,) bool, written
        Whether neurons slide at the end, and no other neuron has crossed.
    """
    n = theta.size
    d, u, h, side, a = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.zeros(n)
    factor, since, share, briefly = np.empty(n), np.empty(n), np.empty(n), np.empty((n, 2))
    crossed = np.empty(n, np.bool_)
    scale = _scales(theta, jt)
    for k in range(u0.shape[0]):
        _start(u0[k], h0[k], on[k], theta, jt, d, u, h, side)
        since[:] = 0.0
        briefly[:] = -1.0
        crossed[:] = False
        now, count, sliding = 0.0, 0, 0
        for j in range(n):
            if held[k, j]:
                side[j] = u[j] = h[j] = 0.0
                sliding += 1
        if sliding:
            sliding = release(theta, jt, side, share, d)
        while True:
            m, step, x, phi, y = find_crossing(horizon - now, d, u, h, factor, tau_v, tau_h)
            if m < 0 or count == cap:
                break
            advance(step, x, phi, y, d, u, h, tau_v, tau_h)
            now += step
            _flip(m, jt, theta, scale, d, u, h, side)
            last, since[m] = since[m], now
            sliding = sliding_after(
                m, last, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, since, since, a
            )
            crossed[m] = True
            count += 1
        crossings[k] = count
        ends[k] = m < 0 and find_crossing(math.inf, d, u, h, factor, tau_v, tau_h)[0] < 0
        slides[k] = sliding > 0
        for j in range(n):
            slides[k] &= side[j] == 0.0 or not crossed[j]


@kernel(error_model="numpy")
def replay(u0, h0, theta, jt, tau_v, tau_h, brief, times, hidden, active, trace, crossing_times, crossing_neurons):
    """Recall one cue, with samples of h, s and a at `times` (ascending) and the list of its crossings.

    Stops after `crossing_times.size` crossings, the number found by `recall_many`; samples after the last crossing
    follow the closed form. Arrays as in `recall_many`, for one cue.
    """
    n = theta.size
    d, u, h, side, a = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.zeros(n)
    factor, since, share, briefly = np.empty(n), np.zeros(n), np.zeros(n), np.full((n, 2), -1.0)
    crossed_at = np.zeros(n)
    scale = _scales(theta, jt)
    _start(u0, h0, h0 > theta, theta, jt, d, u, h, side)
    now, sample, sliding = 0.0, 0, 0
    for index in range(crossing_times.size + 1):
        m, step, x, phi, y = -1, math.inf, 0.0, 0.0, 0.0
        if index < crossing_times.size:
            m, step, x, phi, y = find_crossing(times[-1] - now, d, u, h, factor, tau_v, tau_h)
        while sample < times.size and (m < 0 or times[sample] < now + step):
            for j in range(n):
                now_x, now_phi, now_y = basis(times[sample] - now, tau_v, tau_h[0] if tau_h.size == 1 else tau_h[j])
                level = 0.5 - 0.5 * side[j] if side[j] != 0.0 else share[j]
                hidden[sample, j] = theta[j] + side[j] * (d[j] + (u[j] - d[j]) * now_phi + (h[j] - d[j]) * now_y)
                active[sample, j] = side[j] < 0.0
                trace[sample, j] = level + (a[j] - level) * now_x
            sample += 1
        if m < 0:
            return
        advance(step, x, phi, y, d, u, h, tau_v, tau_h)
        decay = math.exp(-step / tau_v)
        for j in range(n):
            level = 0.5 - 0.5 * side[j] if side[j] != 0.0 else share[j]
            a[j] = level + (a[j] - level) * decay
        now += step
        _flip(m, jt, theta, scale, d, u, h, side)
        last, crossed_at[m] = crossed_at[m], now
        since[:] = now
        sliding = sliding_after(
            m, last, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, crossed_at, since, a
        )
        crossing_times[index] = now
        crossing_neurons[index] = m
