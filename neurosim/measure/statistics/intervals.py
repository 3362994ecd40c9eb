"""Confidence intervals of means, medians and proportions, one function for each kind of value.

Networks are the independent units: trials within one network share its weights. A mean over networks of a bounded
quantity, such as a share, has `mean_interval`, which assumes nothing about how the networks differ; a mean of one
without an upper bound, such as a time, has `student_interval`, which assumes that means are normal.
`beta_binomial_interval` states a model of how shares differ between networks. A count within *one* network has
Wilson's interval over its trials (`proportion_interval`) and holds for that network only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from neurosim import InvalidInput
from neurosim.measure.statistics.bounded import lower_limit
from neurosim.validation import listed, real, real_array, whole, whole_array


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
    values: Any, axis: int = 0, *, confidence: float = 0.95, bounds: tuple[float, float] = (0.0, 1.0)
) -> Interval:
    """Return the mean of independent bounded values with an interval free of assumptions; NaN values are left out.

    Parameters
    ----------
    values : array_like
        One value per independent network (or other unit) along `axis`.
    axis : int, default 0
        The axis of the independent units.
    confidence : float in (0, 1), default 0.95
    bounds : (low, high), default (0, 1)
        Smallest and largest value possible.

    Returns
    -------
    Interval
        Of `values`' shape without `axis`; NaN where there are no values.

    Raises
    ------
    InvalidInput
        confidence is not in (0, 1), or a value lies outside `bounds`.

    Notes
    -----
    *Assumption*: the values are independent, of one distribution, within the bounds. Nothing is assumed about its
    shape, so the interval also covers where few networks hold all failures. There the t interval does not: its limits
    come from the networks that were seen, and most samples contain no failing one (`python benchmarks/intervals.py`).

    The limits are those of Gaffke, studied by Learned-Miller and Thomas [1]_ (`neurosim.measure.statistics.bounded`).
    For values that are all low or high they are the Clopper–Pearson limits [2]_ with the number of *networks*, n, as
    sample size: where all of 20 networks recall everything, the lower limit is (α/2)^(1/n) = 0.832. No interval that
    assumes nothing can be narrower there. For many values they approach the t interval; intervals for which a proof
    exists ([3]_, [4]_) are wider. Coverage is proven for two-valued variables; for others no exception is known.

    For 20 shares of nearly .5 the width is still .17, since one network in 20 may behave otherwise and not be seen.
    This part of the width falls as 1/n: use more networks, rather than more trials in each.

    References
    ----------
    .. [1] E. Learned-Miller and P. S. Thomas, arXiv:1905.06208 (2019).
    .. [2] C. J. Clopper and E. S. Pearson, Biometrika 26:404 (1934).
    .. [3] M. Phan, P. S. Thomas and E. Learned-Miller, ICML (2021), arXiv:2106.03163.
    .. [4] I. Waudby-Smith and A. Ramdas, J. R. Stat. Soc. B 86:1 (2024).

    See Also
    --------
    student_interval : For values without bounds.
    beta_binomial_interval : A narrower interval for shares of trials, under a model.
    summarise : Intervals for the variables of a Dataset.

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, mean_interval
    >>> format_estimate(mean_interval([0.5, 0.75, 0.7]))
    '0.65 (0.1872 – 0.9021)'
    >>> format_estimate(mean_interval([1.0] * 20))
    '1 (0.8316 – 1)'
    """
    confidence = real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    values, n, mean = _means(values, axis)
    low, high = _bounds(bounds)
    if ((values < low) | (values > high)).any():
        raise InvalidInput(
            f"values must lie within their bounds {bounds}, got {np.nanmin(values):g} to {np.nanmax(values):g}; "
            "give the bounds, or use student_interval for values without bounds"
        )
    share = (values.reshape(len(values), -1) - low) / (high - low)
    alpha = (1 - confidence) / 2
    lower, upper = lower_limit(share, alpha), 1 - lower_limit(1 - share, alpha)
    known = n.ravel() > 0
    limits = (np.where(known, low + (high - low) * limit, np.nan).reshape(mean.shape) for limit in (lower, upper))
    return Interval(mean, *limits)


NOT_NEGATIVE = (0.0, np.inf)  # bounds of times, rates and errors
_OPEN = (-np.inf, np.inf)


def student_interval(
    values: Any, axis: int = 0, *, confidence: float = 0.95, bounds: tuple[float, float] = _OPEN
) -> Interval:
    """Return the mean of independent values without bounds, with its Student-t interval; NaN values are left out.

    Parameters
    ----------
    values : array_like
        One value per independent network (or other unit) along `axis`.
    axis : int, default 0
    confidence : float in (0, 1), default 0.95
    bounds : (low, high), default (-inf, inf)
        Smallest and largest value possible, such as (0, inf) for a time; limits beyond are cut there.

    Returns
    -------
    Interval
        Of `values`' shape without `axis`; limits are NaN for one value, all is NaN if a value is infinite.

    Raises
    ------
    InvalidInput
        confidence is not in (0, 1).

    Notes
    -----
    *Assumption*: the mean of n values is normal, as for values without heavy tails. Without bounds no interval covers
    for every distribution [2]_. Its coverage for quantities of this project is printed by `python
    benchmarks/intervals.py`: close to nominal for times and slopes, lower for the logarithm of a count near its
    largest value, which is skewed. Where all values are equal the width is zero.

    References
    ----------
    .. [1] Student, Biometrika 6:1 (1908).
    .. [2] R. R. Bahadur and L. J. Savage, Ann. Math. Stat. 27:1115 (1956).

    See Also
    --------
    mean_interval : For bounded values, without this assumption.

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, student_interval
    >>> format_estimate(student_interval([1.0, 2.0, 4.0]))
    '2.333 (-1.461 – 6.128)'
    >>> format_estimate(student_interval([1.0, 2.0, 4.0], bounds=(0, float("inf"))))
    '2.333 (0 – 6.128)'
    """
    confidence = real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    values, n, mean = _means(values, axis)
    low, high = _bounds(bounds, finite=False)
    mean = np.where(np.isinf(values).any(axis=0), np.nan, mean)
    with np.errstate(invalid="ignore", divide="ignore", under="ignore"):  # one value: NaN, as documented
        spread = np.nansum((values - mean) ** 2, axis=0) / (n - 1)
        half = stats.t.ppf(0.5 + confidence / 2, n - 1) * np.sqrt(spread / n)
    return Interval(mean, np.maximum(mean - half, low), np.minimum(mean + half, high))


def _means(values: Any, axis: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the values with the units first and ordered, their number and their mean, which no order changes."""
    values = np.sort(units_first(_numbers(values, "values"), axis), axis=0)  # NaN last
    values = values if len(values) else np.full((1, *values.shape[1:]), np.nan)
    n = np.isfinite(values).sum(axis=0)
    with np.errstate(invalid="ignore", under="ignore"):
        mean = np.nansum(values, axis=0) / n
        return values, n, np.where(values[0] == np.nanmax(values, axis=0, initial=-np.inf), values[0], mean)


def units_first(values: np.ndarray, axis: int) -> np.ndarray:
    """Return an array with the axis of the independent units first.

    Raises
    ------
    InvalidInput
        The array has no such axis.

    Examples
    --------
    >>> units_first(np.zeros((2, 3)), -1).shape
    (3, 2)
    """
    if not values.ndim:
        raise InvalidInput("values must be an array of one or more axes, got a single number")
    axis = whole(axis, "axis", at_least=-values.ndim, at_most=values.ndim - 1, remedy="an axis of the values")
    return np.moveaxis(values, axis, 0)


def _bounds(bounds: Any, *, finite: bool = True) -> tuple[float, float]:
    found = listed(bounds, "bounds", "two numbers")
    if len(found) != 2:
        raise InvalidInput(f"bounds must be two numbers (low, high), got {bounds!r}")
    low_open, high_open = (
        not finite and isinstance(end, float) and end == far for end, far in zip(found, _OPEN, strict=True)
    )
    low = -np.inf if low_open else real(found[0], "the lower of the bounds")
    return low, np.inf if high_open else real(found[1], "the upper of the bounds", above=low)


def _numbers(values: Any, name: str) -> np.ndarray:
    return real_array(values, name, finite=False)


def moments_interval(
    mean: Any, std: Any, n: Any, *, confidence: float = 0.95, bounds: tuple[float, float] = _OPEN
) -> Interval:
    """Return an interval for the mean of n independent values of which only mean and std (divisor n) are known.

    Parameters
    ----------
    mean, std, n : array_like
        Of one shape.
    confidence : float in (0, 1), default 0.95
    bounds : (low, high), default (-inf, inf)
        Smallest and largest value possible.

    Returns
    -------
    Interval
        With two finite bounds the empirical Bernstein limits [1]_, free of assumptions about the distribution; else
        Student's, which take means to be normal, cut at the bounds. NaN for one value without two bounds.

    References
    ----------
    .. [1] A. Maurer and M. Pontil, COLT (2009), arXiv:0907.3740, theorem 4.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.statistics import format_estimate, moments_interval
    >>> values = np.array([1.0, 2.0, 4.0])
    >>> format_estimate(moments_interval(values.mean(), values.std(), 3))
    '2.333 (-1.461 – 6.128)'
    >>> format_estimate(moments_interval(0.9, 0.1, 1000, bounds=(0, 1)))
    '0.9 (0.8804 – 0.9196)'
    """
    confidence = real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    mean, std, n = (_numbers(x, name) for x, name in ((mean, "mean"), (std, "std"), (n, "n")))
    low, high = _bounds(bounds, finite=False)
    with np.errstate(invalid="ignore", divide="ignore", under="ignore"):
        error = std / np.sqrt(n - 1)
        if not (np.isfinite(low) and np.isfinite(high)):
            half = stats.t.ppf(0.5 + confidence / 2, n - 1) * error
            return Interval(mean, np.maximum(mean - half, low), np.minimum(mean + half, high))
        log = np.log(4 / (1 - confidence))  # ln(2/δ) at δ = α/2 on each side
        half = np.where(n > 1, error * np.sqrt(2 * log) + (high - low) * 7 * log / (3 * (n - 1)), np.inf)
    known = np.where(n > 0, 0.0, np.nan)
    return Interval(mean, known + np.maximum(mean - half, low), known + np.minimum(mean + half, high))


def median_interval(
    values: Any, axis: int = 0, *, confidence: float = 0.95, bounds: tuple[float, float] = _OPEN
) -> Interval:
    """Return the median of independent values with its interval from order statistics.

    Parameters
    ----------
    values : array_like
        One value per independent trial along `axis`, no NaN; infinite where it lies beyond what was measured.
    axis : int, default 0
    confidence : float in (0, 1), default 0.95
    bounds : (low, high), default (-inf, inf)
        Smallest and largest value possible, such as (0, inf) for a distance.

    Returns
    -------
    Interval
        The estimate is NaN where it is infinite. Limits are the order statistics x_(k), x_(n+1−k) with the largest k
        for which P(Bin(n, ½) < k) ≤ (1 − confidence)/2; the bounds where n is too small (below 6 at 95%). Valid for
        every distribution.

    References
    ----------
    .. [1] David & Nagaraja, Order Statistics (2003), section 7.1.

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, median_interval
    >>> format_estimate(median_interval(range(20)))
    '9.5 (5 – 14)'
    """
    confidence = real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    values = np.sort(units_first(_numbers(values, "values"), axis), axis=0)
    n = len(values)
    k = int(stats.binom.ppf((1 - confidence) / 2, n, 0.5))  # the smallest with P(X ≤ k) ≥ α/2, so P(X < k) < α/2
    ends = _bounds(bounds, finite=False)
    limits = (values[k - 1], values[n - k]) if k else (np.full(values.shape[1:], end) for end in ends)
    median = np.median(values, axis=0)
    return Interval(np.where(np.isfinite(median), median, np.nan), *limits)


def bootstrap_limits(resampled: Any, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return limits from values of an estimate on resamples of n units: expanded percentiles.

    Parameters
    ----------
    resampled : array_like (resample,)
        The estimate on resamples of n units with replacement; infinite values are allowed.
    n : int ≥ 2
        Independent units, such as networks.
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    (lower, upper) : floats
        Two of the values.

    Notes
    -----
    *Assumption*: the estimate is a smooth function of means that are nearly normal. Plain percentiles are too narrow,
    by √(1 − 1/n) and as normal quantiles are narrower than Student's; here the tail is Φ(−√(n/(n−1)) t) with Student's
    quantile t for n − 1 degrees of freedom [1]_, .0145 instead of .025 for 20 units. Coverage on this project's curves:
    `python benchmarks/intervals.py`.

    References
    ----------
    .. [1] T. C. Hesterberg, Am. Stat. 69:371 (2015), section 5.3.

    Examples
    --------
    >>> from neurosim.measure.statistics import bootstrap_limits
    >>> bootstrap_limits(range(1001), 20)
    (16.0, 984.0)
    """
    confidence = real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    tail = stats.norm.cdf(np.sqrt(n / (n - 1)) * stats.t.ppf(0.5 - confidence / 2, n - 1))
    lower, upper = np.quantile(_numbers(resampled, "resampled"), [tail, 1 - tail], method="nearest")
    return float(lower), float(upper)


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
    confidence = real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    counts = ((successes, "successes"), (trials, "trials"))
    successes, trials = np.broadcast_arrays(*(whole_array(values, name) for values, name in counts))
    if (successes > trials).any():
        raise InvalidInput("successes must be from 0 to trials")
    z2 = float(stats.norm.ppf(0.5 + confidence / 2)) ** 2
    with np.errstate(invalid="ignore", divide="ignore", under="ignore"):  # no trials
        share = successes / trials
        root = np.sqrt(z2 * share * (1 - share) / trials + (z2 / trials / 2) ** 2)
        middle, scale = share + z2 / trials / 2, 1 + z2 / trials
    lower = np.where(successes > 0, (middle - root) / scale, 0.0)
    upper = np.where(successes < trials, (middle + root) / scale, 1.0)
    return Interval(share, lower, upper)
