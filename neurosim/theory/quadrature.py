"""The two integrals of `exact_law`: over the length of a Gaussian vector, and along a path in the complex plane.

They return logarithms, because their values range from 1 down to 1e-300 and below.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

STEP = 0.07  # trapezoidal rule along the path; its error, e^{−2π·(π/8)/step}, is 5e-16
ROUGH = 0.0  # selects Laplace's approximation, which is enough to locate a maximum
NATS = 40.0  # values smaller than the maximum by a factor e^{-40} = 4e-18 are neglected
NOTHING = -1e5  # integrals below e^{-1e5} count as 0
TOLERANCE = 1e-12  # error of a panel, relative to the whole integral, at which it is not halved further
_BEND = math.tan(math.pi / 8)  # path at 67.5° from the real axis, in the middle of the sector 45°–90° of decay
_PANELS, _NODES = 4, 16  # initial Gauss–Legendre panels over the length, and nodes per panel
_HALVINGS = 50

LogFunction = Callable[[np.ndarray, float], np.ndarray]  # (r, step of the inner rule) → log f(r), same shape


def bracketed_root(function: Callable[[float], float], low: float, high: float, tolerance: float = 1e-14) -> float:
    """Return a zero of a continuous function that has opposite signs at `low` and `high`, to `tolerance`."""
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=tolerance))  # pyright: ignore[reportArgumentType] - no full_output


def log_mean(log_f: LogFunction, n_visible: int) -> float:
    """Return log E f(r), where n_visible·r² ~ χ² with n_visible degrees of freedom.

    Parameters
    ----------
    log_f : callable
        f × density must have one maximum over r, or several that are apart by more than a factor 1.4 in r.
    n_visible : int

    Examples
    --------
    >>> import math
    >>> import numpy as np
    >>> from neurosim.theory import quadrature
    >>> round(math.exp(quadrature.log_mean(lambda r, step: 2 * np.log(r), 100)), 6)
    1.0
    """
    low, high, top = window(log_f, n_visible)
    return integrate(log_f, n_visible, low, high, top) if low < high else -math.inf


def window(log_f: LogFunction, n_visible: int) -> tuple[float, float, float]:
    """Return the range of r in which f × density is within `NATS` of its maximum, and the log of this maximum.

    The result is (0, 0, −∞) if f × density is nowhere above e^`NOTHING`.
    """

    def value(r: np.ndarray) -> np.ndarray:
        return log_density(r, n_visible) + log_f(r, ROUGH)

    coarse = grid = np.geomspace(1e-15, 1e3, 121)
    at_coarse = values = value(coarse)
    for _ in range(6):
        best = int(np.argmax(values))
        if values[best] < NOTHING:
            return 0.0, 0.0, -math.inf
        grid = np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)], 21)
        values = value(grid)
    centre, top = float(grid[np.argmax(values)]), float(values.max())
    left = centre - np.geomspace(1e-6 * centre, 0.999999 * centre, 40)
    right = centre + np.geomspace(1e-6 * centre, 1e3, 60)
    low = float(max(left[value(left) < top - NATS], default=0.0))
    high = float(min(right[value(right) < top - NATS]))
    others = np.flatnonzero((at_coarse > top - NATS) & ((coarse < low) | (coarse > high)))
    if others.size:  # a second maximum occurs at N_v = 1, when the scales of f and of the density differ
        low = min(low, float(coarse[others[0] - 1]) if others[0] else 0.0)
        high = max(high, float(coarse[min(others[-1] + 1, coarse.size - 1)]))
    return low, high, top


def integrate(
    log_f: LogFunction, n_visible: int, low: float, high: float, top: float, edges: np.ndarray | tuple[float, ...] = ()
) -> float:
    """Return log ∫ f(r) density(r) dr over [low, high], where the integrand is at most about e^top.

    Gauss–Legendre panels are halved until the two halves agree with the panel to `TOLERANCE` of the whole integral.
    `edges` are values of r at which f is steep or not analytic.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)

    def rule(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        half = (end - start)[:, None] / 2
        r = (start[:, None] + half * (1 + nodes)).ravel()
        values = np.exp(log_density(r, n_visible) + log_f(r, STEP) - top)
        return (values.reshape(half.size, -1) * half * weights).sum(axis=1)

    ends = np.unique(np.append(np.linspace(low, high, _PANELS + 1), np.clip(edges, low, high)))
    start, end = ends[:-1], ends[1:]
    whole, total = rule(start, end), 0.0
    for _ in range(_HALVINGS):
        middle = (start + end) / 2
        parts = rule(np.append(start, middle), np.append(middle, end))
        refined = parts[: start.size] + parts[start.size :]
        poor = np.abs(refined - whole) > TOLERANCE * (total + refined.sum())
        total += float(refined[~poor].sum())
        if not poor.any():
            break
        both = np.tile(poor, 2)
        start, end, whole = np.append(start, middle)[both], np.append(middle, end)[both], parts[both]
    return top + math.log(total)


def log_density(r: np.ndarray, n_visible: int) -> np.ndarray:
    """Return the log density of r = √(χ²/n), n = n_visible, in a form without cancellation."""
    from scipy.special import gammaln

    m = n_visible / 2
    if m > 50:  # log Γ(m) = (m − ½) log m − m + ½ log 2π + this
        stirling = 1 / (12 * m) - 1 / (360 * m**3) + 1 / (1260 * m**5)
        constant = 0.5 * math.log(m / (2 * math.pi)) - stirling
    else:
        constant = m * math.log(m) - m - float(gammaln(m))
    return math.log(2) + constant + n_visible * (np.log(r) - (r - 1) * (r + 1) / 2) - np.log(r)


def log_all_above(a: np.ndarray, k: np.ndarray, excess: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Return log P(z_μ > a for all μ) and log(1 − P) for z ~ N(0, I − 11ᵀ/κ) over k components, κ = k + excess.

    Parameters
    ----------
    a, k, excess : ndarray, all of one shape
        k ≥ 0 whole, κ − k ≥ 0, κ > 0. Of κ itself a small κ − k would keep few digits.
    step : float
        Step of the trapezoidal rule along the path, or `ROUGH`.

    Returns
    -------
    log_p, log_q : ndarray

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.theory import quadrature
    >>> one = np.ones(1)
    >>> log_p, log_q = quadrature.log_all_above(0 * one, 3 * one, 1e9 * one, 0.1)
    >>> round(float(np.exp(log_p[0])), 4), round(float(np.exp(log_q[0])), 4)
    (0.125, 0.875)
    """
    from scipy.special import log_ndtr

    log_p, log_q = np.zeros(a.shape), np.full(a.shape, -np.inf)
    kappa = k + excess
    one = k == 1  # a normal variable of variance 1 − 1/κ
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        scaled = np.where(a == 0, np.inf, a / np.sqrt(excess / kappa))[one]  # for κ = 1, z = 0
    log_p[one], log_q[one] = log_ndtr(-scaled), log_ndtr(scaled)
    with np.errstate(
        divide="ignore", invalid="ignore", under="ignore"
    ):  # P(all above a) ≤ P(Σz > ka), and Σz has variance k − k²/κ
        never = (k > 1) & (a >= 0) & ~(a * np.sqrt(k * kappa / excess) < 1000)
    log_p[never], log_q[never] = -np.inf, 0.0
    rest = (k > 1) & ~never
    if rest.any():
        log_p[rest], log_q[rest] = _both(a[rest], k[rest], excess[rest], step)
    return log_p, log_q


def _both(a: np.ndarray, k: np.ndarray, excess: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    log_p = np.minimum(_along_path(_log_moments, *_saddle(a, k, excess), a, k, excess, step), 0.0)
    with np.errstate(divide="ignore", under="ignore"):
        log_q = np.log(-np.expm1(log_p))
    near = log_p > -0.05  # here 1 − P would lose digits
    if near.any():
        a, k, excess = a[near], k[near], excess[near]
        log_q[near] = _along_path(_log_moments_below, *_saddle_below(a, k + excess), a, k, excess, step)
        log_p[near] = np.log1p(-np.exp(log_q[near]))
    return log_p, log_q


def _along_path(
    log_moments: Callable[..., np.ndarray],
    saddle: np.ndarray,
    width: np.ndarray,
    a: np.ndarray,
    k: np.ndarray,
    excess: np.ndarray,
    step: float,
) -> np.ndarray:
    """Return log of √(2πκ)/(2πi) ∫ e^{log_moments(t)} dt through the saddle, by the trapezoidal rule.

    t = c + W(±β(cosh w − 1) + i sinh w), W = `width`, bent to the right for a < 0 and to the left for a ≥ 0; the two
    halves are complex conjugates.
    """
    a, k, excess, saddle, width = (array[:, None] for array in (a, k, excess, saddle, width))
    top = np.real(log_moments(saddle.astype(complex), a, k, excess))
    scale = (top + np.log(width) + 0.5 * np.log(k + excess))[:, 0]
    if step == ROUGH:
        return scale
    w = step * (np.arange(round(_path_length(float(k.min())) / step)) + 0.5)
    bend = np.where(a < 0, _BEND, -_BEND)
    t = saddle + width * (bend * (np.cosh(w) - 1) + 1j * np.sinh(w))
    terms = np.exp(log_moments(t, a, k, excess) - top) * (bend * np.sinh(w) + 1j * np.cosh(w))
    with np.errstate(divide="ignore", under="ignore"):  # a value below the error of the rule can become 0
        return scale + np.log(np.maximum(np.imag(terms).sum(axis=1) * step * math.sqrt(2 / math.pi), 0.0))


def _path_length(k: float) -> float:
    """Return the end of w: the integrand falls like a normal density and finally like e^{−.4√k sinh w}."""
    return math.asinh(max(10.0, 70 / math.sqrt(k)))


def _log_moments(t: np.ndarray, a: np.ndarray, k: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Return log of e^{κt²/2} Φ̄(a − t)^k, the integrand for all z above a.

    e^{kt²/2} is included in the power, because for small a the two factors cancel at the saddle.
    """
    x = a - t
    right = np.real(x) >= 0
    log_erfcx = np.log(_half_erfcx(np.where(right, x, -x)))
    log_below = np.where(right, -1, log_erfcx - x**2 / 2)  # log Φ(x)
    beyond = np.real(log_below) > 40  # Φ̄ = 1 − Φ, here −Φ to within e^{−40}
    outside = a * t - a**2 / 2 + log_erfcx + 1j * math.pi * beyond
    inside = t**2 / 2 + _log_one_minus_exp(np.where(beyond, -1, log_below))
    return excess * t**2 / 2 + k * np.where(right | beyond, outside, inside)


def _log_moments_below(t: np.ndarray, a: np.ndarray, k: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Return log of e^{κt²/2} (1 − Φ̄(a − t)^k), the integrand for some z not above a, where Re(a − t) < 0."""
    x = a - t
    log_below = np.log(_half_erfcx(-x)) - x**2 / 2  # log Φ(x)
    tiny = np.real(log_below) < -NATS  # then 1 − (1 − Φ)^k = kΦ, whose own logarithm does not underflow
    some = _log_one_minus_exp(k * _log_one_minus_exp(np.where(tiny, -1, log_below)))
    return (k + excess) * t**2 / 2 + np.where(tiny, np.log(k) + log_below, some)


def _half_erfcx(x: np.ndarray) -> np.ndarray:
    """Return ½ erfcx(x/√2) = Φ̄(x) e^{x²/2}, for complex x with Re x ≥ 0."""
    from scipy.special import wofz

    return wofz(1j / math.sqrt(2) * x) / 2


def _log_one_minus_exp(z: np.ndarray) -> np.ndarray:
    """Return log(1 − e^z) on any branch, because it is used only in exponentials, times whole numbers."""
    from scipy.special import expm1, log1p

    far, low = np.real(z) > 40, np.real(z) < -1  # far right, 1 − e^z = −e^z to within e^{−40}
    right = np.log(-expm1(np.where(far | low, -1, z)))
    return np.where(far, z + 1j * math.pi, np.where(low, log1p(-np.exp(np.where(low, z, -1))), right))


def _saddle(a: np.ndarray, k: np.ndarray, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the minimum of `_log_moments` on the real axis, and its width there, 1/√(second derivative).

    The derivative, (κ − k)t + k(a + h(x) − x) with x = a − t and h = φ/Φ̄, is positive at 0, rising and convex in t, so
    Newton steps from 0 never overshoot.
    """
    t = np.zeros(a.shape)
    for _ in range(100):
        hazard, bend = _hazard(a - t)
        curvature = excess + k * bend
        move = (excess * t + k * (a + hazard)) / curvature
        t = t - move
        if (np.abs(move) <= 1e-3 / np.sqrt(curvature)).all():  # the path need only pass nearby
            break
    return t, 1 / np.sqrt(excess + k * _hazard(a - t)[1])


def _hazard(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return h(x) − x and 1 − h'(x) with h = φ/Φ̄, by asymptotic series where they would cancel."""
    from scipy.special import erfcx

    far = x > 50
    safe = np.where(far, 50, x)
    h = math.sqrt(2 / math.pi) / erfcx(safe / math.sqrt(2))
    inverse = 1 / np.where(far, x, 50)
    excess = np.where(far, inverse - 2 * inverse**3, h - safe)
    return excess, np.where(far, inverse**2 - 6 * inverse**4, 1 - h * (h - safe))


def _saddle_below(a: np.ndarray, kappa: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the approximate minimum of `_log_moments_below` from its leading term k Φ(a − t): κt = h(t − a).

    The difference is negative at 0, rising and concave, so Newton steps from 0 never overshoot.
    """
    t = np.zeros(a.shape)
    for _ in range(100):
        excess, bend = _hazard(t - a)
        curvature = kappa - 1 + bend
        move = (kappa * t - (excess + t - a)) / curvature
        t = t - move
        if (np.abs(move) <= 1e-3 / np.sqrt(curvature)).all():
            break
    return t, 1 / np.sqrt(kappa - 1 + _hazard(t - a)[1])
