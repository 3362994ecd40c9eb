"""The next threshold crossing in the event engine; h, u, d and side as in `neurosim.engines.event_kernel`.

Cost: a crossing needs five passes over the neurons, with a few multiplications and additions each, which compile to
vector instructions (therefore flags are combined with OR instead of branches), and one root. The neuron that crosses
next is guessed: at constant u it is the neuron with the smallest (U − H)/U, and crosses after τ_h times its logarithm.
One pass over all neurons at the time found shows whether another neuron has crossed before; then that crossing is
solved for too, so a wrong guess costs time only. Exponentials and logarithms dominate in small networks; extrema of h
are therefore located only where they could be closer to θ than all before.
"""

from __future__ import annotations

import math

from neurosim.compiled import kernel

_NEVER = 1e300
# An array is passed as seven arguments, which takes time in every call.
inlined = kernel(error_model="numpy", forceinline=True)


@inlined
def basis(t, tau_v, tau_h):
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


@inlined
def extremum_time(p, q, tau_v, tau_h):
    """Return the time > 0 of the only extremum of D + pφ + qy, or −1 if there is none at t > 0."""
    if p == 0.0:
        return -1.0
    z = tau_v * (p - q) / p
    delta = 1.0 / tau_h - 1.0 / tau_v
    r = delta * z
    if not (z > 0.0 and r > -1.0 and z < math.inf):
        return -1.0
    return z if abs(r) < 1e-300 else z * (math.log1p(r) / r)


@inlined
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
        x, phi, y = basis(t, tau_v, tau_h)
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


@inlined
def _search_end(d, u, h, limit, x, phi, y, tau_v, tau_h):
    """Return an upper bound of the crossing time, −1 without a crossing before `limit`; x, φ, y belong to `limit`."""
    if d <= 0.0 and u <= 0.0:
        return -1.0  # the drive stays below the threshold, and h follows the drive
    p, q = u - d, h - d
    top = limit
    value = d + p * phi + q * y
    if p > 0.0 and (math.isinf(limit) or p * x <= p * phi + q * y):  # h has its maximum before `limit`
        peak = extremum_time(p, q, tau_v, tau_h)
        if peak > 0.0:
            top = min(peak, limit)  # a crossing lies before the maximum
            value = d + p * math.exp(-peak / tau_v)
        elif d <= 0.0:
            value = -1.0
    return top if value > 0.0 else -1.0


@kernel(
    fastmath={"nnan", "nsz"}, error_model="numpy", forceinline=True
)  # without these flags the minimum is not vectorised
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


@inlined
def _any_crossed(d, u, h, x, phi, y):
    """Return whether a neuron has crossed 0, perhaps twice, by the time of x, φ, y; True where undecided."""
    found = False
    for m in range(d.size):
        p = u[m] - d[m]
        moved = p * phi + (h[m] - d[m]) * y
        found |= (d[m] + moved > 0.0) | ((p > 0.0) & (u[m] > 0.0) & (p * x <= moved))
    return found


@inlined
def next_crossing(limit, d, u, h, factor, tau_v, tau_h):
    """Return (neuron, time, x, φ, y at that time) of the first crossing before `limit`, or (−1, limit, …).

    tau_h has one entry, or one per neuron. With an infinite limit the result shows whether there is any crossing.
    `factor` is a work array.
    """
    uniform = tau_h.size == 1
    endless = math.isinf(limit)
    x, phi, y = (0.0, 0.0, 0.0) if endless else basis(limit, tau_v, tau_h[0])
    guessed = -1
    if uniform and not endless:
        m = _first_guess(u, h, factor)
        top = _search_end(d[m], u[m], h[m], limit, x, phi, y, tau_v, tau_h[0]) if m >= 0 else -1.0
        saved = d[m], u[m], h[m]
        if top > 0.0:
            guessed = m
            limit = _solve(d[m], u[m], h[m], tau_h[0] * math.log(max(factor[m], 1.0)), top, tau_v, tau_h[0])
            x, phi, y = basis(limit, tau_v, tau_h[0])
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
            x, phi, y = basis(limit, tau_v, tau)
        top = _search_end(d[m], u[m], h[m], limit, x, phi, y, tau_v, tau)
        if top > 0.0:
            first = m
            if endless:
                return first, limit, x, phi, y
            limit = _solve(d[m], u[m], h[m], -1.0, top, tau_v, tau)
            x, phi, y = basis(limit, tau_v, tau)
    return first, limit, x, phi, y


@kernel(error_model="numpy")
def find_crossing(limit, d, u, h, factor, tau_v, tau_h):
    """Return the result of `next_crossing`; compiled once, for the places where a call does not matter."""
    return next_crossing(limit, d, u, h, factor, tau_v, tau_h)


@inlined
def advance(t, x, phi, y, d, u, h, tau_v, tau_h):
    """Advance all neurons by t at constant s; x, φ, y belong to t and are recomputed if the τ_h differ."""
    uniform = tau_h.size == 1
    for m in range(d.size):
        if not uniform:
            x, phi, y = basis(t, tau_v, tau_h[m])
        p = u[m] - d[m]
        h[m] = d[m] + (p * phi + (h[m] - d[m]) * y)
        u[m] = d[m] + p * x
