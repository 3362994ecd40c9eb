"""Confidence intervals of means, medians and proportions.

Networks are the independent units: trials within one network share its weights. So a mean over networks has a Student-t
interval over the means of the networks, with one degree of freedom less than there are networks. A count within *one*
network has Wilson's interval over its trials and holds for that network only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from neurosim import InvalidInput
from neurosim.validation import real


class Interval(NamedTuple):
    """An estimate with its confidence limits, arrays of one shape.

    Parameters
    ----------
    estimate, lower, upper : ndarray
        In the units of the values; NaN where they are not known.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.statistics import Interval
    >>> Interval(np.array(0.5), np.array(0.4), np.array(0.6)).lower
    array(0.4)
    """

    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def mean_interval(
    values: Any, axis: int = 0, *, confidence: float = 0.95, bounds: tuple[float, float] | None = None
) -> Interval:
    """Return the mean of independent values with its Student-t interval; NaN values are left out.

    Parameters
    ----------
    values : array_like
        One value per independent network (or other unit) along `axis`.
    axis : int, default 0
        The axis of the independent units.
    confidence : float in (0, 1), default 0.95
    bounds : (low, high), optional
        Smallest and largest value possible, for instance (0, 1) for proportions. The t interval is clipped to them.

    Returns
    -------
    Interval
        Of `values`' shape without `axis`. Without `bounds`, limits are NaN for one value.

    Raises
    ------
    InvalidInput
        confidence is not in (0, 1), or a value lies outside `bounds`.

    Notes
    -----
    Where all values are equal (every network recalls everything), or there is only one, the t interval has zero
    width or is not defined. With `bounds` the Clopper–Pearson interval [2]_ is returned instead,
    with the number of *networks*, n, as sample size: its lower limit for all-one proportions is (α/2)^(1/n),
    .832 for 20 networks. It is valid for every distribution, because P(all n values are 1) ≤ (E X)^n for
    any X in [0, 1]. For a common value between the bounds, the same beta quantiles at n·mean successes take
    the largest variance a bounded value can have, mean·(1 − mean). The width is discontinuous: n values that are
    nearly equal have the much narrower t interval, which is only approximate for skewed values close to a
    bound.

    References
    ----------
    .. [1] Student, Biometrika 6:1 (1908).
    .. [2] Clopper & Pearson, Biometrika 26:404 (1934).

    See Also
    --------
    summarise : Intervals for the variables of a Dataset.

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, mean_interval
    >>> format_estimate(mean_interval([1.0, 2.0, 4.0]))
    '2.333 (-1.461 – 6.128)'
    >>> format_estimate(mean_interval([1.0] * 20, bounds=(0, 1)))
    '1 (0.8316 – 1)'
    """
    real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    values = np.moveaxis(np.asarray(values, dtype=float), axis, 0)
    present = ~np.isnan(values)
    n = present.sum(axis=0)
    lowest = np.where(present, values, np.inf).min(axis=0, initial=np.inf)
    highest = np.where(present, values, -np.inf).max(axis=0, initial=-np.inf)
    if bounds is not None and ((lowest < bounds[0]) | (highest > bounds[1])).any():
        raise InvalidInput(f"values must lie within {bounds}, got {lowest.min():g} to {highest.max():g}")
    with np.errstate(invalid="ignore", divide="ignore"):  # no value, or one: NaN, as documented
        mean = np.where(present, values, 0).sum(axis=0) / n
        spread = (np.where(present, values - mean, 0) ** 2).sum(axis=0) / (n - 1)
        half = stats.t.ppf(0.5 + confidence / 2, n - 1) * np.sqrt(spread / n)
    equal = (n > 0) & (lowest == highest)
    mean = np.where(equal, highest, mean)  # the sum over n rounds; equal values are their own mean
    return _student(mean, np.where(equal & (n > 1), 0.0, half), n, equal, confidence, bounds)


def moments_interval(
    mean: Any, std: Any, n: Any, *, confidence: float = 0.95, bounds: tuple[float, float] | None = None
) -> Interval:
    """Return the interval of `mean_interval` for n values of which only mean and std (divisor n) are known.

    Parameters
    ----------
    mean, std, n : array_like
        Of one shape.
    confidence, bounds
        As in `mean_interval`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.statistics import format_estimate, moments_interval
    >>> values = np.array([1.0, 2.0, 4.0])
    >>> format_estimate(moments_interval(values.mean(), values.std(), 3))
    '2.333 (-1.461 – 6.128)'
    """
    real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    mean, std, n = (np.asarray(values, dtype=float) for values in (mean, std, n))
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stats.t.ppf(0.5 + confidence / 2, n - 1) * std / np.sqrt(n - 1)
    return _student(mean, half, n, (n > 0) & (std == 0), confidence, bounds)


def _student(
    mean: np.ndarray,
    half: np.ndarray,
    n: np.ndarray,
    equal: np.ndarray,
    confidence: float,
    bounds: tuple[float, float] | None,
) -> Interval:
    if bounds is None:
        return Interval(mean, mean - half, mean + half)
    low, high = bounds
    exact_lower, exact_upper = _clopper_pearson((mean - low) / (high - low), n, 1 - confidence)
    lower = np.where(equal, low + (high - low) * exact_lower, np.maximum(mean - half, low))
    upper = np.where(equal, low + (high - low) * exact_upper, np.minimum(mean + half, high))
    return Interval(mean, lower, upper)


def _clopper_pearson(share: np.ndarray, n: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    hits, misses = n * share, n * (1 - share)
    lower = np.where(hits > 0, stats.beta.ppf(alpha / 2, np.where(hits > 0, hits, 1), misses + 1), 0.0)
    upper = np.where(misses > 0, stats.beta.ppf(1 - alpha / 2, hits + 1, np.where(misses > 0, misses, 1)), 1.0)
    return lower, upper


def median_interval(values: Any, axis: int = 0, *, confidence: float = 0.95) -> Interval:
    """Return the median of independent values with its interval from order statistics.

    Parameters
    ----------
    values : array_like
        One value per independent trial along `axis`, no NaN.
    axis : int, default 0
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    Interval
        Limits are the order statistics x_(k), x_(n+1−k) with the largest k for which P(Bin(n, ½) < k) ≤
        (1 − confidence)/2; infinite where n is too small (below 6 at 95%). Valid for every distribution.

    References
    ----------
    .. [1] David & Nagaraja, Order Statistics (2003), section 7.1.

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, median_interval
    >>> format_estimate(median_interval(range(20)))
    '9.5 (5 – 14)'
    """
    real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    values = np.sort(np.moveaxis(np.asarray(values, dtype=float), axis, 0), axis=0)
    n = len(values)
    k = int(stats.binom.ppf((1 - confidence) / 2, n, 0.5))  # the smallest with P(X ≤ k) ≥ α/2, so P(X < k) < α/2
    none = np.full(values.shape[1:], np.inf)
    limits = (values[k - 1], values[n - k]) if k else (-none, none)
    return Interval(np.median(values, axis=0), *limits)


def proportion_interval(successes: Any, trials: Any, *, confidence: float = 0.95) -> Interval:
    """Return the share of successes in independent trials with Wilson's interval; the arguments broadcast.

    Parameters
    ----------
    successes, trials : int or array_like of int
        0 ≤ successes ≤ trials. No trials: the share is NaN and the interval [0, 1].
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    Interval
        Of the arguments' common shape.

    Raises
    ------
    InvalidInput
        The counts are not whole numbers with 0 ≤ successes ≤ trials, or confidence is not in (0, 1).

    Notes
    -----
    Wilson's interval [1]_ never has zero width and never leaves [0, 1]; its mean coverage is close to nominal. (The
    interval of Clopper and Pearson has at least nominal coverage and is wider.)

    References
    ----------
    .. [1] Wilson, J. Am. Stat. Assoc. 22:209 (1927).

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, proportion_interval
    >>> format_estimate(proportion_interval(9, 10))
    '0.9 (0.5958 – 0.9821)'
    """
    real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    successes, trials = np.broadcast_arrays(successes, trials)
    if successes.dtype.kind not in "iu" or trials.dtype.kind not in "iu":
        raise InvalidInput(f"successes and trials must be whole numbers, got {successes.dtype} and {trials.dtype}")
    if ((successes < 0) | (successes > trials)).any():
        raise InvalidInput("successes must be from 0 to trials")
    share, lower, upper = np.full(trials.shape, np.nan), np.zeros(trials.shape), np.ones(trials.shape)
    for index in map(tuple, np.argwhere(trials > 0)):
        test = stats.binomtest(int(successes[index]), int(trials[index]))
        limits = test.proportion_ci(confidence, method="wilson")
        share[index], lower[index], upper[index] = test.statistic, limits.low, limits.high
    return Interval(share, lower, upper)
