"""The setting at which a measured share crosses a level, with its interval over networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.measure.statistics import Interval, bootstrap_limits
from neurosim.validation import generator, real_array

_RESAMPLES = 2_000


def crossing_value(
    x: Any, by_network: Any, *, level: float = 0.5, logarithmic: bool = False, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Return the x at which the mean over networks crosses a level, coming from the end where it is larger.

    Parameters
    ----------
    x : array_like (x,)
        Increasing, ≥ 0.
    by_network : array_like (x, network)
        Shares that fall with x, or rise with it, as the capacity does with the density.
    level : float, default ½
    logarithmic : bool, default False
        Whether to interpolate in log x instead of in x.
    confidence : float, default 0.95
        Confidence of the bootstrap interval over networks (`bootstrap_limits`), resampled with replacement 2,000 times.
        Samples that do not cross within the range count as crossing at 0 or at infinity, depending on the side.
    seed : int, default 0
        Seed of the resampling.

    Returns
    -------
    Interval
        Numbers; the estimate is NaN if the mean does not cross the level within the range.

    See Also
    --------
    neurosim.measure.constraints.sweep.constraint_sweep : Makes such shares.
    neurosim.measure.statistics.format_estimate : The result as text.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.constraints.crossings import crossing_value
    >>> found = crossing_value([1, 2, 4], [[1.0, 1.0, 0.9], [0.8, 0.7, 0.6], [0.2, 0.3, 0.1]])
    >>> round(float(found.estimate), 2), bool(found.lower < found.estimate < found.upper)
    (2.8, True)
    """
    x, values = real_array(x, "x"), real_array(by_network, "by_network", finite=False)
    rising = values[-1].mean() > values[0].mean()
    at = np.log(x) if logarithmic else x
    samples = generator(seed).integers(values.shape[1], size=(_RESAMPLES, values.shape[1]))
    means = np.column_stack([values.mean(axis=1), values[:, samples].mean(axis=2)])
    if rising:
        at, means = at[::-1], means[::-1]
    found = np.array([_first_below(at, mean, level) for mean in means.T])
    crosses = np.isfinite(found[0])
    if rising:  # coming from the upper end, a crossing before the range lies above it
        found = np.where(np.isinf(found), -found, found)
    found = np.exp(found) if logarithmic else np.maximum(found, 0.0)
    limits = bootstrap_limits(found[1:], values.shape[1], confidence=confidence)
    return Interval(*map(np.asarray, (float(found[0]) if crosses else np.nan, *limits)))


def _first_below(x: np.ndarray, mean: np.ndarray, level: float) -> float:
    """Return where the mean falls below the level; −∞ if it begins below, ∞ if it never falls below."""
    below = np.flatnonzero(mean < level)
    if not below.size or below[0] == 0:
        return -np.inf if below.size else np.inf
    high, low = below[0] - 1, below[0]
    return float(x[high] + (x[low] - x[high]) * (mean[high] - level) / (mean[high] - mean[low]))
