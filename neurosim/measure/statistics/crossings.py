"""The setting at which a measured share crosses a level, with its interval over networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.measure.statistics.intervals import Interval, bootstrap_limits
from neurosim.validation import boolean, generator, real, real_array

_RESAMPLES = 2_000


def crossing_value(
    x: Any,
    by_network: Any,
    *,
    level: float = 0.5,
    rising: bool | None = None,
    logarithmic: bool = False,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return the x at which the mean over networks crosses a level, coming from the end where it is larger.

    Parameters
    ----------
    x : array_like (x,)
        Increasing, ≥ 0.
    by_network : array_like (x, network)
        Shares that fall with x, or rise with it, as the capacity does with the density.
    level : float, default ½
    rising : bool, optional
        Whether the shares rise with x. Default: whether the last is larger than the first.
    logarithmic : bool, default False
        Whether to interpolate in log x instead of in x.
    confidence : float, default 0.95
        Confidence of the interval over networks.
    seed : int, default 0
        Seed of the resampling.

    Returns
    -------
    Interval
        Numbers; the estimate is NaN if the mean does not cross the level within the range.

    Raises
    ------
    InvalidInput
        x does not increase, or is not above 0 for log x; there are not as many shares, or only one network.

    Notes
    -----
    The estimate is interpolated between the last x above the level and the first below it. The limits are measured
    values of x, or 0 or infinity beyond them: those around the percentiles (`bootstrap_limits`, [1]_) of 2,000 samples
    of the networks with replacement. Between two measured x a share can fall anywhere, so an interval is never finer
    than they are; measure at more x around the crossing for a narrower one. *Assumptions*: the share falls, or rises,
    with x, and the networks that were drawn are like all others. At a level near 1 or 0 the few networks that miss it
    decide, which a sample may lack: the limits then cover less than `confidence`, and the x at which a share of 0.99 is
    reached comes out too near to that of ½. Give many more than 1/(1 − level) networks.

    References
    ----------
    .. [1] T. C. Hesterberg, Am. Stat. 69:371 (2015), section 5.3: the percentiles.

    See Also
    --------
    neurosim.measure.comparison.crossing.crossing : Chooses the x to measure.
    neurosim.measure.statistics.format_estimate : The result as text.

    Examples
    --------
    >>> from neurosim.measure.statistics import crossing_value, format_estimate
    >>> found = crossing_value([1, 2, 4], [[1.0, 1.0, 0.9], [0.8, 0.7, 0.6], [0.2, 0.3, 0.1]])
    >>> format_estimate(found, digits=2)
    '2.8 (2 – 4)'
    """
    x, values = _checked(x, by_network, logarithmic)
    level = real(level, "level")
    ends = (0.0, np.inf)
    if values[-1].mean() > values[0].mean() if rising is None else boolean(rising, "rising"):
        x, values, ends = x[::-1], values[::-1], ends[::-1]
    samples = generator(seed).integers(values.shape[1], size=(_RESAMPLES, values.shape[1]))
    means = np.column_stack([values.mean(axis=1), values[:, samples].mean(axis=2)])
    first, *resampled = (_first_below(mean, level) for mean in means.T)
    early, late = bootstrap_limits(resampled, values.shape[1], confidence=confidence)
    last = len(x) - 1
    before = ends[0] if early < 0 else x[int(min(early, last))]
    after = ends[1] if late > last else x[0 if late < 0 else min(int(late) + 1, last)]
    return Interval(np.array(_between(x, first, logarithmic)), *map(np.array, sorted((before, after))))


def _checked(x: Any, by_network: Any, logarithmic: bool) -> tuple[np.ndarray, np.ndarray]:
    x = real_array(x, "x", {"x": None})
    values = real_array(by_network, "by_network", {"x": len(x), "network": None})
    least = "> 0 for log x" if boolean(logarithmic, "logarithmic") else "≥ 0"
    if (np.diff(x) <= 0).any() or x[0] < 0 or (logarithmic and x[0] == 0):
        raise InvalidInput(f"x must increase and be {least}, got {x[:5].tolist()}; sort x and by_network by x")
    if values.shape[1] < 2:
        raise InvalidInput("by_network must have at least two networks for an interval, got one; measure more networks")
    return x, values


def _first_below(mean: np.ndarray, level: float) -> float:
    """Return at which place, in numbers of places, the mean falls below a level; −∞: before the first, ∞: never."""
    below = np.flatnonzero(mean < level)
    if not below.size or below[0] == 0:
        return -np.inf if below.size else np.inf
    high, low = below[0] - 1, below[0]
    return float(high + (mean[high] - level) / (mean[high] - mean[low]))


def _between(x: np.ndarray, place: float, logarithmic: bool) -> float:
    """Return the x of a place between two measured ones, NaN beyond them."""
    if not np.isfinite(place):
        return np.nan
    places = np.arange(len(x))
    return float(np.exp(np.interp(place, places, np.log(x))) if logarithmic else np.interp(place, places, x))
