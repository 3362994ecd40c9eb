"""Confidence limits for the mean of a bounded variable, free of assumptions about its distribution.

Let x₁ … x_n ≥ 0 be independent values and w₀ … w_n uniform on the simplex, the gaps between n ordered uniform numbers.
The lower limit of their mean is the α quantile of w₀·0 + Σ w_i x_i with the values fixed: the value 0 stands for all
that n values cannot exclude (Gaffke; Learned-Miller & Thomas). The order of the values does not matter. An upper limit
of values up to 1 is 1 minus the lower limit of 1 − x_i.

With y_i = 1 − x_i/max x and y₀ = 1 this asks for the t at which P(Σ w_i y_i > t) = α. The probability is that of
Σ e_i c_i > 0 for independent exponential e_i and c_i = y_i − t. With K(z) = −Σ log(1 − z c_i) it is the integral of
e^K(z)/(2πi z) along a contour that crosses the real axis in 0 < z < 1/max c. The contour here is a hyperbola through
the saddle point of K − log z with the curvature of the path of steepest descent, on which the trapezoidal rule
converges exponentially.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

_STEP, _NODES = 0.25, 24  # of the trapezoidal rule: the probability to a relative error below 1e-4
_TOLERANCE = 1e-9  # of a limit over the largest value
_CHUNK = 2**18  # numbers at once
_SHORT = 16  # factors of a product


def lower_limit(values: np.ndarray, alpha: float) -> np.ndarray:
    """Return the limit that the mean of values ≥ 0 falls below with probability α at most.

    Proven where the variable takes two values; for others no exception is known.

    Parameters
    ----------
    values : ndarray (n, point)
        Independent values ≥ 0 at each point; NaN values are left out.
    alpha : float in (0, ½]

    Returns
    -------
    ndarray (point,)
        0 where there are no values.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.statistics.bounded import lower_limit
    >>> lower_limit(np.ones((20, 1)), 0.025).round(5), round(0.025 ** (1 / 20), 5)
    (array([0.83157]), 0.83157)
    """
    values = np.sort(values, axis=0)  # NaN last
    present = ~np.isnan(np.concatenate([np.zeros((1, values.shape[1])), values]))
    largest = np.where(present[1:], values, 0.0).max(axis=0, initial=0.0)
    limit = np.zeros(values.shape[1])
    columns = max(1, _CHUNK // (_NODES * len(present)))
    live = np.flatnonzero(largest > 0)
    for start in range(0, len(live), columns):
        at = live[start : start + columns]
        points = np.concatenate([np.ones((1, len(at))), 1 - values[:, at] / largest[at]])
        limit[at] = largest[at] * (1 - _quantile(np.where(present[:, at], points, 0.0), present[:, at], alpha))
    return limit


def _quantile(points: np.ndarray, present: np.ndarray, alpha: float) -> np.ndarray:
    """Solve log P(t) = log α for each column by Newton's method, which converges as log P is concave in t."""
    size = present.sum(axis=0)
    mean = points.sum(axis=0) / size
    std = np.sqrt((np.where(present, points - mean, 0) ** 2).sum(axis=0) / size / (size + 1))
    limit = mean + np.minimum(1.2 * stats.norm.isf(alpha) * std, 0.9 * (1 - mean))
    todo = np.arange(len(limit))
    for _ in range(50):
        log_tail, slope = _log_tail(points[:, todo], present[:, todo], limit[todo])
        step = (log_tail - np.log(alpha)) / slope
        limit[todo] = np.minimum(limit[todo] - step, limit[todo] + 0.9 * (1 - limit[todo]))
        todo = todo[np.abs(step) > _TOLERANCE]
        if not todo.size:
            break
    return limit


def _log_tail(points: np.ndarray, present: np.ndarray, limit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log P(t) and its derivative, for each column."""
    excess = np.where(present, points - limit, 0)
    saddle = _saddle(excess, present.sum(axis=0))
    ratio = excess / (1 - saddle * excess)
    second = (ratio**2).sum(axis=0) + saddle**-2.0
    bend = (2 * (ratio**3).sum(axis=0) - 2 * saddle**-3.0) / (3 * second**1.5)
    u = _STEP * np.arange(_NODES)[:, None]
    weight = _STEP / np.pi * np.where(u > 0, 1, 0.5) / np.sqrt(second)
    z = saddle + (1j * np.sinh(u) + bend * (np.cosh(u) - 1)) / np.sqrt(second)
    along = weight * (1j * np.cosh(u) + bend * np.sinh(u))
    factor = 1 - z[:, None] * excess
    peak = -np.log1p(-saddle * excess).sum(axis=0)
    height = np.exp(-_log_product(factor) - peak) * along
    tail = (height / z).imag.sum(axis=0)
    density = (height * (present / factor).sum(axis=1)).imag.sum(axis=0)
    return peak + np.log(tail), -density / tail


def _log_product(factor: np.ndarray) -> np.ndarray:
    """Return a logarithm of the product along axis 1, as a sum over short products, which do not overflow."""
    starts = np.arange(0, factor.shape[1], _SHORT)
    return np.log(np.multiply.reduceat(factor, starts, axis=1)).sum(axis=1)


def _saddle(excess: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the root of Σ λc/(1 − λc) = 1 in 0 < λ < 1/max c; the sum is convex, and Newton starts above the root."""
    root = (1 - 1 / (size + 1)) / excess.max(axis=0)
    for _ in range(50):
        rest = 1 - root * excess
        step = ((root * excess / rest).sum(axis=0) - 1) / (excess / rest**2).sum(axis=0)
        root = root - step
        if (np.abs(step) <= 1e-6 * root).all():
            break
    return root
