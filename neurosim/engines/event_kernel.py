"""The compiled inner loop of the event engine; the closed forms are those of `neurosim.reduction`.

Per hidden neuron, between crossings, with t counted from the last crossing:

    h(t) − θ = d + U φ(t) + H y(t),    d = c − θ,  U = u₀ − c,  H = h₀ − c,  c = J s.

One look at all neurons at a time t shares x, φ, y and costs two multiply-adds a neuron. A neuron can cross before t
only if h(t) is on the other side, or if h turned back before t after an excursion; only then is its root bracketed
and solved. σ = ±1 flips active neurons, so that every crossing is upward through 0.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}


@njit(**_OPTIONS)
def _basis(t, tau_v, tau_h):
    """Return x = e^{−t/τ_v}, φ(t), y = e^{−t/τ_h}; no pole at τ_v = τ_h."""
    delta = 1.0 / tau_h - 1.0 / tau_v
    if delta >= 0.0:
        slow = math.exp(-t / tau_v)
        e = math.expm1(-t * delta)
        phi = -slow * e / (tau_h * delta) if t * delta > 1e-300 else slow * t / tau_h
        return slow, phi, slow * (1.0 + e)
    slow = math.exp(-t / tau_h)
    e = math.expm1(t * delta)
    phi = slow * e / (tau_h * delta) if -t * delta > 1e-300 else slow * t / tau_h
    return slow * (1.0 + e), phi, slow


@njit(**_OPTIONS)
def _extremum_time(p, q, tau_v, tau_h):
    """Return the time > 0 at which d + pφ + qy has its one extremum, or −1 if it has none ahead."""
    if p == 0.0:
        return -1.0
    z = tau_v * (p - q) / p
    delta = 1.0 / tau_h - 1.0 / tau_v
    r = delta * z
    if not (z > 0.0 and r > -1.0 and z < math.inf):
        return -1.0
    return z if abs(r) < 1e-300 else z * (math.log1p(r) / r)


@njit(**_OPTIONS)
def _solve(d, p, q, hi, tau_v, tau_h):
    """Return the root in (0, hi] of g(t) = d + pφ + qy, given g(0) ≤ 0 < g(hi): Newton kept inside a bracket."""
    start, rise = d + q, d + p  # g and u − θ at t = 0; h follows u
    if start > 0.0 or (start == 0.0 and (rise > 0.0 or (rise == 0.0 and d > 0.0))):
        return 0.0  # leaving the threshold right now, or across it by rounding together with another neuron
    lo = 0.0
    t = 0.5 * hi
    for _ in range(200):
        x, phi, y = _basis(t, tau_v, tau_h)
        g = d + p * phi + q * y
        if g > 0.0:
            hi = t
        else:
            lo = t
        slope = (d + p * x - g) / tau_h  # dg/dt, from τ_h dh/dt = u − h
        step = g / slope if slope > 0.0 else math.inf
        # Not |g| alone: where h creeps towards an asymptote just beyond θ, g is tiny long after the root.
        if abs(step) <= 4e-16 * t or hi - lo <= 4e-16 * hi:
            return t
        t -= step
        if not (lo < t < hi):
            t = 0.5 * (lo + hi)
    return t


@njit(**_OPTIONS)
def _next_crossing(limit, d, u, h, s, tau_v, tau_h):
    """Return (neuron, time) of the first crossing before `limit`, or (−1, limit).

    tau_h has one entry, or one a neuron. An infinite limit asks whether any crossing lies ahead at all.
    """
    first = -1
    uniform = tau_h.size == 1
    endless = math.isinf(limit)
    x, phi, y = (0.0, 0.0, 0.0) if endless else _basis(limit, tau_v, tau_h[0])
    for m in range(d.size):
        sign = -1.0 if s[m] else 1.0
        dm, p, q = sign * d[m], sign * u[m], sign * h[m]
        if dm <= 0.0 and dm + p <= 0.0:
            continue  # u stays on this side, and h follows u
        if not uniform and not endless:
            x, phi, y = _basis(limit, tau_v, tau_h[m])
        tau = tau_h[0] if uniform else tau_h[m]
        top = limit
        value = dm + p * phi + q * y
        if p > 0.0 and (endless or p * x <= p * phi + q * y):  # h has passed its top before `limit`
            peak = _extremum_time(p, q, tau_v, tau)
            if peak > 0.0:
                top = min(peak, limit)  # it crosses on the way up, if at all
                value = dm + p * math.exp(-peak / tau_v)
            elif dm <= 0.0:
                value = -1.0
        if value > 0.0:
            first = m
            if endless:
                return first, limit
            limit = _solve(dm, p, q, top, tau_v, tau)
            x, phi, y = _basis(limit, tau_v, tau_h[0])
    return first, limit


@njit(**_OPTIONS)
def _graze(p, q, d, tau_v, tau_h):
    """Return |h − θ| at the extremum ahead, or infinity."""
    top = _extremum_time(p, q, tau_v, tau_h)
    return abs(d + p * math.exp(-top / tau_v)) if top > 0.0 else math.inf


@njit(**_OPTIONS)
def _reach(m, d, u, h, s, tau_v, tau_h):
    """Return how far beyond θ neuron m would go if its crossing changed nothing: a barely made crossing is close."""
    sign = -1.0 if s[m] else 1.0
    peak = _extremum_time(u[m], h[m], tau_v, tau_h[0] if tau_h.size == 1 else tau_h[m])
    if sign * u[m] > 0.0 and peak > 0.0:
        return sign * d[m] + sign * u[m] * math.exp(-peak / tau_v)
    return abs(d[m])


@njit(**_OPTIONS)
def _advance(t, d, u, h, tau_v, tau_h):
    """Move all neurons on by t with s held; return the closest that any h came to turning at its threshold."""
    margin = math.inf
    uniform = tau_h.size == 1
    x, phi, y = _basis(t, tau_v, tau_h[0])
    for m in range(d.size):
        if not uniform:
            x, phi, y = _basis(t, tau_v, tau_h[m])
        p, q = u[m], h[m]
        h[m] = p * phi + q * y
        u[m] = p * x
        if (p - q) * (u[m] - h[m]) < 0.0:  # h turned, at h = u, on the way
            margin = min(margin, _graze(p, q, d[m], tau_v, tau_h[0] if uniform else tau_h[m]))
    return margin


@njit(**_OPTIONS)
def _input(k, jt, s):
    """Return c_k = Σ_ν J_kν s_ν, summed in a fixed order."""
    c = 0.0
    for m in range(s.size):
        if s[m]:
            c += jt[m, k]
    return c


@njit(**_OPTIONS)
def _scales(theta, jt):
    """Return, for each neuron, the largest that any of its fields can be: Σ_ν |J_μν| + |θ_μ|."""
    scale = np.abs(theta)
    for m in range(theta.size):
        scale += np.abs(jt[m])
    return scale


@njit(**_OPTIONS)
def _flip(m, jt, theta, scale, d, u, h, s):
    """Let neuron m cross: c = Js changes by ±J[:, m] while u and h go on continuously.

    A sum kept up step by step drifts; where that could decide the sign of d, it is made anew. At θ = 0 with all
    neurons off, for instance, d is exactly 0 and not 1e-17, which would one day cross.
    """
    sign = -1.0 if s[m] else 1.0
    s[m] = not s[m]
    row = jt[m]
    for k in range(d.size):
        step = sign * row[k]
        new = d[k] + step
        if abs(new) <= 1e-11 * scale[k]:
            new = _input(k, jt, s) - theta[k]
            step = new - d[k]
        d[k] = new
        u[k] -= step
        h[k] -= step
    h[m] = -d[m]  # exactly at the threshold


@njit(**_OPTIONS)
def _begin(u0, h0, theta, jt, d, u, h, s):
    for m in range(d.size):
        s[m] = h0[m] > theta[m]
    for m in range(d.size):
        c = _input(m, jt, s)
        d[m] = c - theta[m]
        u[m] = u0[m] - c
        h[m] = -d[m] if h0[m] == theta[m] else h0[m] - c


@njit(**_OPTIONS)
def _last_margin(d, u, h, s, theta, tau_v, tau_h):
    """Return the closest that any h will come to turning, or ending, at θ if nothing crosses any more.

    With all neurons off c is 0 without any rounding, so that then ending at θ = 0 is no close call.
    """
    margin = math.inf
    silent = not s.any()
    for j in range(d.size):
        if not (silent and theta[j] == 0.0):
            margin = min(margin, abs(d[j]))
        margin = min(margin, _graze(u[j], h[j], d[j], tau_v, tau_h[0] if tau_h.size == 1 else tau_h[j]))
    return margin


@njit(**_OPTIONS)
def recall_many(u0, h0, theta, jt, tau_v, tau_h, duration, cap, hidden, active, trace, summary):
    """Recall each row of u0, h0.

    Parameters
    ----------
    u0, h0 : (cue, hidden)
    theta : (hidden,)
    jt : (hidden, hidden)
        Jᵀ, so that a column of J is contiguous.
    tau_h : (1,) or (hidden,)
    cap : int
        Largest number of crossings.
    hidden, active, trace : (cue, hidden), written
        h, s and the visible trace a (τ_v da/dt = −a + s, a(0) = 0) at the end.
    summary : (cue, 7), written
        settled 0/1, number of crossings, last crossing time, end time, margin, repeats, window.
    """
    n = theta.size
    d, u, h, s = np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.bool_)
    since, count, late = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
    scale = _scales(theta, jt)
    for k in range(u0.shape[0]):
        _begin(u0[k], h0[k], theta, jt, d, u, h, s)
        a = trace[k]
        a[:] = 0.0
        since[:] = 0.0
        count[:] = 0
        late[:] = 0
        now, last, crossings, margin = 0.0, 0.0, 0, math.inf
        settled = capped = False
        while True:
            m, step = _next_crossing(duration - now, d, u, h, s, tau_v, tau_h)
            if m < 0:
                settled = _next_crossing(math.inf, d, u, h, s, tau_v, tau_h)[0] < 0
                break
            if crossings == cap:
                capped = True
                break
            margin = min(margin, _reach(m, d, u, h, s, tau_v, tau_h), _advance(step, d, u, h, tau_v, tau_h))
            now += step
            last = now
            level = 1.0 if s[m] else 0.0
            a[m] = level + (a[m] - level) * math.exp(-(now - since[m]) / tau_v)
            since[m] = now
            _flip(m, jt, theta, scale, d, u, h, s)
            crossings += 1
            count[m] += 1
            late[m] += now >= 0.5 * duration
        margin = min(margin, _last_margin(d, u, h, s, theta, tau_v, tau_h))
        end = now if capped else duration
        _advance(end - now, d, u, h, tau_v, tau_h)
        for j in range(n):
            level = 1.0 if s[j] else 0.0
            a[j] = level + (a[j] - level) * math.exp(-(end - since[j]) / tau_v)
            hidden[k, j] = d[j] + theta[j] + h[j]
            active[k, j] = s[j]
        whole_run = capped and late.max() < 4  # stopped too early for the second half to tell
        summary[k, 0] = settled
        summary[k, 1] = crossings
        summary[k, 2] = last
        summary[k, 3] = end
        summary[k, 4] = margin
        summary[k, 5] = count.max() if whole_run else late.max()
        summary[k, 6] = end if whole_run else end - 0.5 * duration


@njit(**_OPTIONS)
def replay(u0, h0, theta, jt, tau_v, tau_h, times, hidden, active, trace, crossing_times, crossing_units):
    """Recall one cue again, sampling h, s and a at `times` (ascending) and listing its crossings.

    Stops after `crossing_times.size` crossings, which `recall_many` has counted; samples beyond the last
    crossing follow the closed form.
    """
    n = theta.size
    d, u, h, s, a = np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.bool_), np.zeros(n)
    scale = _scales(theta, jt)
    _begin(u0, h0, theta, jt, d, u, h, s)
    now, sample = 0.0, 0
    for index in range(crossing_times.size + 1):
        m, step = -1, math.inf
        if index < crossing_times.size:
            m, step = _next_crossing(times[-1] - now, d, u, h, s, tau_v, tau_h)
        while sample < times.size and (m < 0 or times[sample] < now + step):
            for j in range(n):
                x, phi, y = _basis(times[sample] - now, tau_v, tau_h[0] if tau_h.size == 1 else tau_h[j])
                level = 1.0 if s[j] else 0.0
                hidden[sample, j] = d[j] + theta[j] + u[j] * phi + h[j] * y
                active[sample, j] = s[j]
                trace[sample, j] = level + (a[j] - level) * x
            sample += 1
        if m < 0:
            return
        _advance(step, d, u, h, tau_v, tau_h)
        decay = math.exp(-step / tau_v)
        for j in range(n):
            level = 1.0 if s[j] else 0.0
            a[j] = level + (a[j] - level) * decay
        now += step
        _flip(m, jt, theta, scale, d, u, h, s)
        crossing_times[index] = now
        crossing_units[index] = m
