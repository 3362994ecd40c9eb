"""Compiled inner loop of the event engine; the closed forms are derived in `neurosim.reduction`.

The state of each hidden neuron consists of three numbers. With σ = 1 where it is inactive and −1 where it is active,
they are its limit D = σ(c − θ), where c = J s, its drive U = σ(u − θ) and its potential H = σ(h − θ), so that every
crossing is upward through 0. With t counted from the present and as long as no neuron crosses,

    σ(h(t) − θ) = D + (U − D) φ(t) + (H − D) y(t),    σ(u(t) − θ) = D + (U − D) x(t).

A crossing of another neuron changes D alone.

Cost: a crossing needs five passes over the neurons, with a few multiplications and additions each, which compile to
vector instructions (therefore flags are combined with OR instead of branches), and one root. The neuron that crosses
next is guessed: at constant u it is the neuron with the smallest (U − H)/U, and crosses after τ_h times its logarithm.
This guess is right in 97–100% of the cases. One pass over all neurons at the time found shows whether another neuron
has crossed before; then that crossing is solved for too, so a wrong guess costs time only. Exponentials and logarithms,
5–20 ns each, dominate in small networks; extrema of h are therefore located only where they could be closer to θ than
all before.

Sliding: a neuron that inhibits itself (J_mm < 0) may cross its threshold again and again at intervals that shrink by
exp(−γt/3), γ = 1/τ_v + 1/τ_h, towards 0. Once several intervals in a row are shorter than `brief`, its oscillation,
below |J| brief²/(8 τ_v τ_h) in h, is replaced by its limit, the solution of Filippov [1]_: h = u = θ, and s is the
share s̄ in (0, 1) for which u stays there; for a set P of such neurons J_PP s̄_P = θ_P − Σ_{ν active} J_Pν. Their side σ
is 0, and so are D, U and H: they cross no more. When another neuron crosses, s̄ is computed again, and a neuron whose s̄
would leave [0, 1] is released.

.. [1] A. F. Filippov, Differential Equations with Discontinuous Righthand Sides, Kluwer, 1988.

This file is not split, although it is long: numba's cache on disk depends on the file of the cached function alone, so
an edit of an inlined function in another file would leave an outdated program in the cache.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_NEVER = 1e300
_BRIEF_INTERVALS = 8  # brief intervals in a row after which a neuron slides
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
# An array is passed as seven arguments; without inlining, calls take a fifth of the time at N_h = 50.
_INLINED = {**_OPTIONS, "forceinline": True}


@njit(**_INLINED)
def _basis(t, tau_v, tau_h):
    """Return x = e^{−t/τ_v}, φ(t) and y = e^{−t/τ_h}, without a pole at τ_v = τ_h."""
    delta = 1.0 / tau_h - 1.0 / tau_v
    z = abs(t * delta)
    slow = math.exp(-t / (tau_v if delta >= 0.0 else tau_h))
    if z > 0.5:  # far from the pole nothing cancels, and exp is faster than expm1
        fast = slow * math.exp(-z)
        phi = (slow - fast) / (tau_h * abs(delta))
    else:
        e = math.expm1(-z)
        fast = slow * (1.0 + e)
        phi = -slow * e / (tau_h * abs(delta)) if z > 1e-300 else slow * t / tau_h
    return (slow, phi, fast) if delta >= 0.0 else (fast, phi, slow)


@njit(**_INLINED)
def _extremum_time(p, q, tau_v, tau_h):
    """Return the time > 0 of the only extremum of D + pφ + qy, or −1 if there is none at t > 0."""
    if p == 0.0:
        return -1.0
    z = tau_v * (p - q) / p
    delta = 1.0 / tau_h - 1.0 / tau_v
    r = delta * z
    if not (z > 0.0 and r > -1.0 and z < math.inf):
        return -1.0
    return z if abs(r) < 1e-300 else z * (math.log1p(r) / r)


@njit(**_INLINED)
def _solve(d, u, h, t, hi, tau_v, tau_h):
    """Return the root in (0, hi] of d + (u − d)φ(t) + (h − d)y(t), ≤ 0 at 0 and > 0 at hi; Newton from t, bracketed."""
    if h > 0.0 or (h == 0.0 and (u > 0.0 or (u == 0.0 and d > 0.0))):
        return 0.0  # at the threshold and rising, or moved across it by rounding at the crossing of another neuron
    p, q = u - d, h - d
    lo = 0.0
    if not (lo < t < hi):
        t = 0.5 * hi
    before = 0.0
    for _ in range(200):
        x, phi, y = _basis(t, tau_v, tau_h)
        g = d + p * phi + q * y
        if g > 0.0:
            hi = t
        else:
            lo = t
        slope = (d + p * x - g) / tau_h  # dg/dt, from τ_h dh/dt = u − h
        step = g / slope if slope > 0.0 else math.inf
        # |g| alone is no criterion: where h approaches a limit just beyond θ, g is tiny long after the root.
        if abs(step) <= 4e-16 * t or hi - lo <= 4e-16 * hi:
            return t
        new = t - step
        if not (lo < new < hi):
            t = 0.5 * (lo + hi)
            before = 0.0
            continue
        t = new
        # Once Newton converges quadratically the next step is predictable; it is omitted where it is below rounding.
        if abs(step) < 1e-3 * before and abs(step) * (step / before) ** 2 <= 1e-17 * t:
            return t
        before = abs(step)
    return t


@njit(**_INLINED)
def _search_end(d, u, h, limit, x, phi, y, tau_v, tau_h):
    """Return an upper bound of the crossing time, −1 without a crossing before `limit`; x, φ, y belong to `limit`."""
    if d <= 0.0 and u <= 0.0:
        return -1.0  # the drive stays below the threshold, and h follows the drive
    p, q = u - d, h - d
    top = limit
    value = d + p * phi + q * y
    if p > 0.0 and (math.isinf(limit) or p * x <= p * phi + q * y):  # h has its maximum before `limit`
        peak = _extremum_time(p, q, tau_v, tau_h)
        if peak > 0.0:
            top = min(peak, limit)  # a crossing lies before the maximum
            value = d + p * math.exp(-peak / tau_v)
        elif d <= 0.0:
            value = -1.0
    return top if value > 0.0 else -1.0


@njit(fastmath={"nnan", "nsz"}, **_INLINED)  # without these flags the minimum is not vectorised
def _first_guess(u, h, factor):
    """Return the neuron that crosses first at constant drives, −1 if none does.

    `factor` is overwritten with the factor by which h − u decreases until the crossing. A NaN may lead to a wrong
    guess, which is harmless.
    """
    for m in range(u.size):
        value = (u[m] - h[m]) / u[m]
        factor[m] = value if u[m] > 0.0 else _NEVER
    least = _NEVER
    for m in range(u.size):
        least = min(least, factor[m])
    for m in range(u.size):
        if factor[m] == least and least < _NEVER:
            return m
    return -1


@njit(**_INLINED)
def _any_crossed(d, u, h, x, phi, y):
    """Return whether a neuron has crossed 0, perhaps twice, by the time of x, φ, y; True where undecided."""
    found = False
    for m in range(d.size):
        p = u[m] - d[m]
        moved = p * phi + (h[m] - d[m]) * y
        found |= (d[m] + moved > 0.0) | ((p > 0.0) & (u[m] > 0.0) & (p * x <= moved))
    return found


@njit(**_INLINED)
def _next_crossing(limit, d, u, h, factor, tau_v, tau_h):
    """Return (neuron, time, x, φ, y at that time) of the first crossing before `limit`, or (−1, limit, …).

    tau_h has one entry, or one per neuron. With an infinite limit the result shows whether there is any crossing.
    `factor` is a work array.
    """
    uniform = tau_h.size == 1
    endless = math.isinf(limit)
    x, phi, y = (0.0, 0.0, 0.0) if endless else _basis(limit, tau_v, tau_h[0])
    guessed = -1
    if uniform and not endless:
        m = _first_guess(u, h, factor)
        top = _search_end(d[m], u[m], h[m], limit, x, phi, y, tau_v, tau_h[0]) if m >= 0 else -1.0
        saved = d[m], u[m], h[m]
        if top > 0.0:
            guessed = m
            limit = _solve(d[m], u[m], h[m], tau_h[0] * math.log(max(factor[m], 1.0)), top, tau_v, tau_h[0])
            x, phi, y = _basis(limit, tau_v, tau_h[0])
            d[m] = u[m] = h[m] = -1.0  # never crosses; restored below
        crossed = _any_crossed(d, u, h, x, phi, y)
        d[m], u[m], h[m] = saved
        if not crossed:
            return guessed, limit, x, phi, y
    first = guessed
    for m in range(d.size):
        if m == guessed or (d[m] <= 0.0 and u[m] <= 0.0):
            continue
        tau = tau_h[0] if uniform else tau_h[m]
        if not uniform and not endless:
            x, phi, y = _basis(limit, tau_v, tau)
        top = _search_end(d[m], u[m], h[m], limit, x, phi, y, tau_v, tau)
        if top > 0.0:
            first = m
            if endless:
                return first, limit, x, phi, y
            limit = _solve(d[m], u[m], h[m], -1.0, top, tau_v, tau)
            x, phi, y = _basis(limit, tau_v, tau)
    return first, limit, x, phi, y


@njit(**_INLINED)
def _extremum_margin(d, u, h, closest, tau_v, tau_h):
    """Return the smaller of `closest` and |h − θ| at the next extremum; there h = u, which goes from U to D."""
    if u == d or (d * u > 0.0 and min(abs(d), abs(u)) >= closest):
        return closest
    t = _extremum_time(u - d, h - d, tau_v, tau_h)
    return min(closest, abs(d + (u - d) * math.exp(-t / tau_v))) if t > 0.0 else closest


@njit(**_INLINED)
def _overshoot_margin(d, u, h, closest, tau_v, tau_h):
    """Return the smaller of `closest` and the overshoot of h beyond θ if the crossing changed nothing."""
    if u > d:
        if d >= closest:
            return closest
        t = _extremum_time(u - d, h - d, tau_v, tau_h)
        if t > 0.0:
            return min(closest, d + (u - d) * math.exp(-t / tau_v))
    return min(closest, abs(d))


@njit(**_INLINED)
def _any_extremum_closer(d, u, h, closest, x, phi, y):
    """Return whether h may have had an extremum closer to θ than `closest` by the time of x, φ, y."""
    found = False
    for m in range(d.size):
        p = u[m] - d[m]
        end = p * x
        turned = (u[m] - h[m]) * (
            end - (p * phi + (h[m] - d[m]) * y)
        ) < 0.0  # the extremum, h = u, lies before that time
        end += d[m]
        found |= turned & ((end < closest) | (u[m] < closest)) & ((end > -closest) | (u[m] > -closest))
    return found


@njit(**_INLINED)
def _extrema_margin(t, x, phi, y, d, u, h, closest, tau_v, tau_h):
    """Return the smaller of `closest` and the smallest distance from θ of an extremum of any h within t.

    x, φ, y belong to t; they are recomputed for each neuron if the τ_h differ.
    """
    uniform = tau_h.size == 1
    if uniform and not _any_extremum_closer(d, u, h, closest, x, phi, y):
        return closest
    for m in range(d.size):
        tau = tau_h[0] if uniform else tau_h[m]
        if not uniform:
            x, phi, y = _basis(t, tau_v, tau)
        p = u[m] - d[m]
        if (u[m] - h[m]) * (p * x - (p * phi + (h[m] - d[m]) * y)) < 0.0:
            closest = _extremum_margin(d[m], u[m], h[m], closest, tau_v, tau)
    return closest


@njit(**_INLINED)
def _advance(t, x, phi, y, d, u, h, tau_v, tau_h):
    """Advance all neurons by t at constant s; x, φ, y belong to t and are recomputed if the τ_h differ."""
    uniform = tau_h.size == 1
    for m in range(d.size):
        if not uniform:
            x, phi, y = _basis(t, tau_v, tau_h[m])
        p = u[m] - d[m]
        h[m] = d[m] + (p * phi + (h[m] - d[m]) * y)
        u[m] = d[m] + p * x


@njit(**_INLINED)
def _summed_input(k, jt, side):
    """Return c_k = Σ_ν J_kν s_ν, summed in a fixed order."""
    c = 0.0
    for m in range(side.size):
        if side[m] < 0.0:
            c += jt[m, k]
    return c


@njit(**_INLINED)
def _scales(theta, jt):
    """Return the largest possible |c − θ| of each neuron: Σ_ν |J_μν| + |θ_μ|."""
    scale = np.abs(theta)
    for m in range(theta.size):
        scale += np.abs(jt[m])
    return scale


@njit(**_INLINED)
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
                d[k] = side[k] * (_summed_input(k, jt, side) - theta[k])


@njit(**_OPTIONS)
def _find_crossing(limit, d, u, h, factor, tau_v, tau_h):
    """Return the result of `_next_crossing`; compiled once, for the places where a call does not matter."""
    return _next_crossing(limit, d, u, h, factor, tau_v, tau_h)


@njit(**_OPTIONS)
def _solve_sliding(right, jt, side):
    """Solve J_PP x = right_P for sliding neurons P (side 0); x overwrites right_P. Return whether J_PP is regular."""
    n = 0
    p = np.empty(side.size, np.int64)
    for m in range(side.size):
        if side[m] == 0.0:
            p[n] = m
            n += 1
    a = np.empty((n, n + 1))
    for i in range(n):
        for j in range(n):
            a[i, j] = jt[p[j], p[i]]
        a[i, n] = right[p[i]]
    for i in range(n):  # elimination after Gauss and Jordan
        best = i
        for k in range(i + 1, n):
            if abs(a[k, i]) > abs(a[best, i]):
                best = k
        if not abs(a[best, i]) > 0.0:
            return False
        for j in range(n + 1):
            a[i, j], a[best, j] = a[best, j], a[i, j]
        for k in range(n):
            factor = a[k, i] / a[i, i] if k != i else 0.0
            for j in range(i, n + 1):
                a[k, j] -= factor * a[i, j]
    for i in range(n):
        right[p[i]] = a[i, n] / a[i, i]
    return True


@njit(**_OPTIONS)
def _find_shares(theta, jt, side, share):
    """Write s̄ of the sliding neurons into `share`. Return the neuron farthest outside [0, 1], −1 if none is."""
    for m in range(side.size):
        share[m] = theta[m] - _summed_input(m, jt, side) if side[m] == 0.0 else 0.5 - 0.5 * side[m]
    regular = _solve_sliding(share, jt, side)
    worst, excess = -1, 0.0
    for m in range(side.size):
        if side[m] == 0.0 and (not regular or not abs(share[m] - 0.5) - 0.5 <= excess):
            worst, excess = m, abs(share[m] - 0.5) - 0.5
    return worst


@njit(**_OPTIONS)
def _limits(theta, jt, side, share, d):
    """Write D of all neurons; that of sliding neurons is 0."""
    for k in range(d.size):
        c = _summed_input(k, jt, side)
        for m in range(d.size):
            if side[m] == 0.0:
                c += jt[m, k] * share[m]
        d[k] = side[k] * (c - theta[k])


@njit(**_OPTIONS)
def _release(theta, jt, side, share, d):
    """After a crossing, let sliding neurons whose s̄ is no longer in [0, 1] go. Return the number that still slide."""
    worst = _find_shares(theta, jt, side, share)
    while worst >= 0:
        side[worst] = 1.0 if share[worst] < 0.5 else -1.0
        worst = _find_shares(theta, jt, side, share)
    _limits(theta, jt, side, share, d)
    n_sliding = 0
    for m in range(side.size):
        n_sliding += side[m] == 0.0
    return n_sliding


@njit(**_OPTIONS)
def _slide(now, members, theta, jt, tau_v, d, u, h, side, share, since, a):
    """Let `members` slide too, if u can be held at θ in all that slide. Return how many begin to.

    The oscillation of u around θ is that of the traces a of these neurons; it is removed from u and a of all neurons.
    """
    n_new = 0
    before = side.copy()
    change = np.zeros(d.size)
    for k in range(d.size):
        if members[k]:
            n_new += 1
            side[k] = 0.0
            change[k] = -before[k] * u[k]
    if _find_shares(theta, jt, side, share) >= 0 or not _solve_sliding(change, jt, side):
        side[:] = before
        _find_shares(theta, jt, side, share)
        return 0
    for k in range(d.size):
        if members[k]:
            level = 0.5 - 0.5 * before[k]
            a[k] = level + (a[k] - level) * math.exp(-(now - since[k]) / tau_v)
            since[k] = now
        if side[k] == 0.0:
            a[k] += change[k]
            u[k] = h[k] = 0.0
            continue
        for j in range(d.size):
            if side[j] == 0.0:
                u[k] += side[k] * jt[j, k] * change[j]
    _limits(theta, jt, side, share, d)
    return n_new


@njit(**_INLINED)
def _start(u0, h0, on, theta, jt, d, u, h, side):
    any_on = False
    for m in range(d.size):
        side[m] = -1.0 if on[m] else 1.0
        any_on |= on[m]
    for m in range(d.size):
        c = _summed_input(m, jt, side) if any_on else 0.0
        d[m] = side[m] * (c - theta[m])
        u[m] = side[m] * (u0[m] - theta[m])
        h[m] = side[m] * (h0[m] - theta[m])


@njit(**_INLINED)
def _final_margin(d, u, h, side, theta, closest, tau_v, tau_h):
    """Return the smaller of `closest` and the smallest distance from θ of any future extremum or limit of h.

    With all neurons inactive c is exactly 0, so a limit at θ = 0 does not count.
    """
    silent = not (side < 0.0).any()
    for j in range(d.size):
        if side[j] != 0.0 and not (silent and theta[j] == 0.0):
            closest = min(closest, abs(d[j]))
    for j in range(d.size):
        closest = _extremum_margin(d[j], u[j], h[j], closest, tau_v, tau_h[0] if tau_h.size == 1 else tau_h[j])
    return closest


@njit(**_OPTIONS)
def _decay_traces(now, side, share, since, a, tau_v):
    """Bring the traces of sliding neurons up to date, before their s̄ changes."""
    for j in range(a.size):
        if side[j] == 0.0:
            a[j] = share[j] + (a[j] - share[j]) * math.exp(-(now - since[j]) / tau_v)
            since[j] = now


@njit(**_OPTIONS)
def _slide_together(members, jt, side):
    """Return whether J of the sliding neurons and `members` has real, negative eigenvalues only.

    Close to θ, ḧ = J_PP s/(τ_v τ_h) + const. With complex eigenvalues the oscillations of neurons, harmless one by one,
    can drive each other.
    """
    n = 0
    p = np.empty(side.size, np.int64)
    for m in range(side.size):
        if members[m] or side[m] == 0.0:
            p[n] = m
            n += 1
    a = np.empty((n, n), np.complex128)
    for i in range(n):
        for j in range(n):
            a[i, j] = jt[p[j], p[i]]
    together = True
    for value in np.linalg.eigvals(a):
        together &= value.real < 0.0 and abs(value.imag) <= 1e-9 * abs(value.real)
    return together


@njit(**_OPTIONS)
def _resume(now, brief, theta, jt, tau_v, d, u, h, side, share, briefly, crossed_at, since, a):
    """Let all sliding neurons oscillate around θ again, with intervals of up to about a quarter of `brief`."""
    sliding = np.zeros(d.size, np.bool_)
    for k in range(d.size):
        if side[k] == 0.0:
            sliding[k] = True
            side[k] = 1.0 if share[k] < 0.5 else -1.0
            briefly[k, 0] = 1.0
            briefly[k, 1] = crossed_at[k] = since[k] = now
    _limits(theta, jt, side, share, d)
    after = side.copy()
    change = np.zeros(d.size)
    for k in range(d.size):
        if sliding[k]:
            pull = min(share[k], 1.0 - share[k]) * abs(jt[k, k])  # the weaker one of the two sides: the longer interval
            change[k] = -after[k] * pull * brief / (8.0 * tau_v)
            side[k] = 0.0
    _solve_sliding(change, jt, side)
    for k in range(d.size):
        side[k] = after[k]
        for j in range(d.size):
            if sliding[j]:
                u[k] += side[k] * jt[j, k] * change[j]
        if sliding[k]:
            a[k] += change[k]


@njit(**_OPTIONS)
def _sliding_after(m, last, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, crossed_at, since, a):
    """Return the number of sliding neurons, `sliding` before, after neuron m has crossed at `last` and `now`.

    `briefly` (hidden, 2) holds the number of brief intervals in a row and the end of the last one, `crossed_at` the
    last crossings, and `since` the times of the traces a. Neurons that oscillate together begin to slide together. If
    others slide already and joining them could be unstable, all oscillate again, and what they do then decides.
    """
    if sliding:
        sliding = _release(theta, jt, side, share, d)
    if now - last >= brief:
        return sliding
    briefly[m, 0] = briefly[m, 0] + 1.0 if briefly[m, 1] == last else 1.0
    briefly[m, 1] = now
    if briefly[m, 0] < _BRIEF_INTERVALS:
        return sliding
    members = np.zeros(d.size, np.bool_)
    for k in range(d.size):
        if side[k] != 0.0 and briefly[k, 1] == crossed_at[k] and now - crossed_at[k] < brief:
            if briefly[k, 0] < _BRIEF_INTERVALS:
                return sliding
            members[k] = True
    if sliding and not _slide_together(members, jt, side):
        _resume(now, brief, theta, jt, tau_v, d, u, h, side, share, briefly, crossed_at, since, a)
        return 0
    return sliding + _slide(now, members, theta, jt, tau_v, d, u, h, side, share, since, a)


@njit(**_OPTIONS)
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
        since[:] = 0.0
        briefly[:] = -1.0
        now, last, crossings, margin, sliding = 0.0, 0.0, 0, math.inf, 0
        ended = capped = slid = False
        while not (ended or capped):
            m, before = -1, 0.0
            while (not sliding and now - before >= brief) or m < 0:  # no call in this loop: it is fast
                m, step, x, phi, y = _next_crossing(duration - now, d, u, h, factor, tau_v, tau_h)
                ended = m < 0
                capped = not ended and crossings == cap
                if ended or capped:
                    break
                margin = _overshoot_margin(d[m], u[m], h[m], margin, tau_v, tau_h[0] if tau_h.size == 1 else tau_h[m])
                margin = _extrema_margin(step, x, phi, y, d, u, h, margin, tau_v, tau_h)
                _advance(step, x, phi, y, d, u, h, tau_v, tau_h)
                now += step
                last = now
                level = 0.5 - 0.5 * side[m]
                before = since[m]
                a[m] = level + (a[m] - level) * math.exp(-(now - before) / tau_v)
                since[m] = now
                _flip(m, jt, theta, scale, d, u, h, side)
                crossings += 1
            if not (ended or capped):
                _decay_traces(now, side, share, since, a, tau_v)
                sliding = _sliding_after(
                    m, before, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, since, since, a
                )
                slid |= sliding > 0
        settled = ended and _next_crossing(math.inf, d, u, h, factor, tau_v, tau_h)[0] < 0
        margin = _final_margin(d, u, h, side, theta, margin, tau_v, tau_h)
        end = now if capped else duration
        x, phi, y = _basis(end - now, tau_v, tau_h[0])
        _advance(end - now, x, phi, y, d, u, h, tau_v, tau_h)
        if sliding:
            _decay_traces(end, side, share, since, a, tau_v)
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


@njit(**_OPTIONS)
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
            sliding = _release(theta, jt, side, share, d)
        while True:
            m, step, x, phi, y = _find_crossing(horizon - now, d, u, h, factor, tau_v, tau_h)
            if m < 0 or count == cap:
                break
            _advance(step, x, phi, y, d, u, h, tau_v, tau_h)
            now += step
            _flip(m, jt, theta, scale, d, u, h, side)
            last, since[m] = since[m], now
            sliding = _sliding_after(
                m, last, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, since, since, a
            )
            crossed[m] = True
            count += 1
        crossings[k] = count
        ends[k] = m < 0 and _find_crossing(math.inf, d, u, h, factor, tau_v, tau_h)[0] < 0
        slides[k] = sliding > 0
        for j in range(n):
            slides[k] &= side[j] == 0.0 or not crossed[j]


@njit(**_OPTIONS)
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
            m, step, x, phi, y = _find_crossing(times[-1] - now, d, u, h, factor, tau_v, tau_h)
        while sample < times.size and (m < 0 or times[sample] < now + step):
            for j in range(n):
                now_x, now_phi, now_y = _basis(times[sample] - now, tau_v, tau_h[0] if tau_h.size == 1 else tau_h[j])
                level = 0.5 - 0.5 * side[j] if side[j] != 0.0 else share[j]
                hidden[sample, j] = theta[j] + side[j] * (d[j] + (u[j] - d[j]) * now_phi + (h[j] - d[j]) * now_y)
                active[sample, j] = side[j] < 0.0
                trace[sample, j] = level + (a[j] - level) * now_x
            sample += 1
        if m < 0:
            return
        _advance(step, x, phi, y, d, u, h, tau_v, tau_h)
        decay = math.exp(-step / tau_v)
        for j in range(n):
            level = 0.5 - 0.5 * side[j] if side[j] != 0.0 else share[j]
            a[j] = level + (a[j] - level) * decay
        now += step
        _flip(m, jt, theta, scale, d, u, h, side)
        last, crossed_at[m] = crossed_at[m], now
        since[:] = now
        sliding = _sliding_after(
            m, last, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, crossed_at, since, a
        )
        crossing_times[index] = now
        crossing_neurons[index] = m
