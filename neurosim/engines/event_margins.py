"""Distances of h from θ in the event engine; they tell how far a recall is from being decided by rounding."""

from __future__ import annotations

import math

from neurosim.engines.event_crossings import basis, extremum_time, inlined


@inlined
def _extremum_margin(d, u, h, closest, tau_v, tau_h):
    """Return the smaller of `closest` and |h − θ| at the next extremum; there h = u, which goes from U to D."""
    if u == d or (d * u > 0.0 and min(abs(d), abs(u)) >= closest):
        return closest
    t = extremum_time(u - d, h - d, tau_v, tau_h)
    return min(closest, abs(d + (u - d) * math.exp(-t / tau_v))) if t > 0.0 else closest


@inlined
def overshoot_margin(d, u, h, closest, tau_v, tau_h):
    """Return the smaller of `closest` and the overshoot of h beyond θ if the crossing changed nothing."""
    if u > d:
        if d >= closest:
            return closest
        t = extremum_time(u - d, h - d, tau_v, tau_h)
        if t > 0.0:
            return min(closest, d + (u - d) * math.exp(-t / tau_v))
    return min(closest, abs(d))


@inlined
def _any_extremum_closer(d, u, h, closest, x, phi, y):
    """Return whether h may have had an extremum closer to θ than `closest` by the time of x, φ, y."""
    found = False
    for m in range(d.size):
        p = u[m] - d[m]
        end = p * x
        turned = (u[m] - h[m]) * (end - (p * phi + (h[m] - d[m]) * y)) < 0.0  # the extremum, h = u, lies before
        end += d[m]
        found |= turned & ((end < closest) | (u[m] < closest)) & ((end > -closest) | (u[m] > -closest))
    return found


@inlined
def extrema_margin(t, x, phi, y, d, u, h, closest, tau_v, tau_h):
    """Return the smaller of `closest` and the smallest distance from θ of an extremum of any h within t.

    x, φ, y belong to t; they are recomputed for each neuron if the τ_h differ.
    """
    uniform = tau_h.size == 1
    if uniform and not _any_extremum_closer(d, u, h, closest, x, phi, y):
        return closest
    for m in range(d.size):
        tau = tau_h[0] if uniform else tau_h[m]
        if not uniform:
            x, phi, y = basis(t, tau_v, tau)
        p = u[m] - d[m]
        if (u[m] - h[m]) * (p * x - (p * phi + (h[m] - d[m]) * y)) < 0.0:
            closest = _extremum_margin(d[m], u[m], h[m], closest, tau_v, tau)
    return closest


@inlined
def final_margin(d, u, h, side, theta, closest, tau_v, tau_h):
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
