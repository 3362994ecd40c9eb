"""Neurons of the event engine that slide along their threshold.

A neuron that inhibits itself (J_mm < 0) may cross its threshold again and again at intervals that shrink by
exp(−γt/3), γ = 1/τ_v + 1/τ_h, towards 0. Once several intervals in a row are shorter than `brief`, its oscillation,
below |J| brief²/(8 τ_v τ_h) in h, is replaced by its limit, the solution of Filippov [1]_: h = u = θ, and s is the
share s̄ in (0, 1) for which u stays there; for a set P of such neurons J_PP s̄_P = θ_P − Σ_{ν active} J_Pν. Their side σ
is 0, and so are D, U and H: they cross no more. When another neuron crosses, s̄ is computed again, and a neuron whose s̄
would leave [0, 1] is released.

.. [1] A. F. Filippov, Differential Equations with Discontinuous Righthand Sides, Kluwer, 1988.
"""

from __future__ import annotations

import math

import numpy as np

from neurosim.compiled import kernel
from neurosim.engines.event_crossings import inlined

_BRIEF_INTERVALS = 8  # brief intervals in a row after which a neuron slides


@inlined
def summed_input(k, jt, side):
    """Return c_k = Σ_ν J_kν s_ν, summed in a fixed order."""
    c = 0.0
    for m in range(side.size):
        if side[m] < 0.0:
            c += jt[m, k]
    return c


@kernel(error_model="numpy")
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


@kernel(error_model="numpy")
def _find_shares(theta, jt, side, share):
    """Write s̄ of the sliding neurons into `share`. Return the neuron farthest outside [0, 1], −1 if none is."""
    for m in range(side.size):
        share[m] = theta[m] - summed_input(m, jt, side) if side[m] == 0.0 else 0.5 - 0.5 * side[m]
    regular = _solve_sliding(share, jt, side)
    worst, excess = -1, 0.0
    for m in range(side.size):
        if side[m] == 0.0 and (not regular or not abs(share[m] - 0.5) - 0.5 <= excess):
            worst, excess = m, abs(share[m] - 0.5) - 0.5
    return worst


@kernel(error_model="numpy")
def _limits(theta, jt, side, share, d):
    """Write D of all neurons; that of sliding neurons is 0."""
    for k in range(d.size):
        c = summed_input(k, jt, side)
        for m in range(d.size):
            if side[m] == 0.0:
                c += jt[m, k] * share[m]
        d[k] = side[k] * (c - theta[k])


@kernel(error_model="numpy")
def release(theta, jt, side, share, d):
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


@kernel(error_model="numpy")
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


@kernel(error_model="numpy")
def decay_traces(now, side, share, since, a, tau_v):
    """Bring the traces of sliding neurons up to date, before their s̄ changes."""
    for j in range(a.size):
        if side[j] == 0.0:
            a[j] = share[j] + (a[j] - share[j]) * math.exp(-(now - since[j]) / tau_v)
            since[j] = now


@kernel(error_model="numpy")
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


@kernel(error_model="numpy")
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


@kernel(error_model="numpy")
def sliding_after(m, last, now, brief, sliding, theta, jt, tau_v, d, u, h, side, share, briefly, crossed_at, since, a):
    """Return the number of sliding neurons, `sliding` before, after neuron m has crossed at `last` and `now`.

    `briefly` (hidden, 2) holds the number of brief intervals in a row and the end of the last one, `crossed_at` the
    last crossings, and `since` the times of the traces a. Neurons that oscillate together begin to slide together. If
    others slide already and joining them could be unstable, all oscillate again, and what they do then decides.
    """
    if sliding:
        sliding = release(theta, jt, side, share, d)
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
