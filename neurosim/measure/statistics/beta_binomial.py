"""Intervals for a mean share of successes under a model of how the share differs between networks.

In network i, k_i of m_i trials fail, each independently with the probability p_i of that network, and the p_i of the
networks are beta distributed with mean q and precision ν: p ~ Beta(qν, (1 − q)ν). ν = ∞ is the binomial distribution,
ν = 0 has networks in which everything fails or nothing. The limits of q are where twice the logarithm of the profile
likelihood, the largest over ν, has fallen by the squared Student quantile for n − 1 degrees of freedom.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special, stats

from neurosim import InvalidInput
from neurosim.measure.statistics.intervals import Interval, units_first
from neurosim.validation import real, real_array

_PRECISION = (-9.0, 14.0)  # range of log ν
_ROUNDS = 12  # of the search for the largest likelihood over ν


def beta_binomial_interval(successes: Any, trials: Any, axis: int = 0, *, confidence: float = 0.95) -> Interval:
    """Return the share of successes over networks with its interval under a beta-binomial model.

    Parameters
    ----------
    successes, trials : array_like
        Whole numbers, 0 ≤ successes ≤ trials, one of each per independent network along `axis`. Networks without
        trials are left out.
    axis : int, default 0
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    Interval
        Of the arguments' shape without `axis`; limits are NaN for fewer than two networks. The estimate is the mean
        share of largest likelihood. Where the networks have equal numbers of trials it is close to the share of all
        trials; where a few have most of the trials it need not be.

    Raises
    ------
    InvalidInput
        successes are not from 0 to trials, or confidence is not in (0, 1).

    Notes
    -----
    *Assumption*: trials of one network fail independently of each other, with a probability that has a beta
    distribution over networks [1]_. Where few networks hold all failures the interval is several times narrower than
    that of `mean_interval`, and it covers for the stable states and recalls of Gaussian networks (`python
    benchmarks/intervals.py`). It fails for a mixture of two kinds of networks, such as one in 20 that loses
    everything among others that each lose a little. Where no trial failed, or all did, the data contain nothing on
    the differences between networks, and the limits are those of Clopper and Pearson for the number of networks.

    References
    ----------
    .. [1] D. A. Williams, Biometrics 31:949 (1975).

    See Also
    --------
    mean_interval : Free of assumptions about how networks differ.

    Examples
    --------
    >>> from neurosim.measure.statistics import beta_binomial_interval, format_estimate
    >>> format_estimate(beta_binomial_interval([256] * 18 + [252, 250], [256] * 20))
    '0.9981 (0.9367 – 0.9998)'
    """
    confidence = real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")
    hits, trials = real_array(successes, "successes"), real_array(trials, "trials")
    if hits.ndim and trials.ndim and hits.shape != trials.shape:
        raise InvalidInput(f"successes and trials must have one shape, got {hits.shape} and {trials.shape}")
    hits, trials = np.broadcast_arrays(hits, trials)
    if ((hits < 0) | (hits > trials)).any():
        raise InvalidInput("successes must be from 0 to trials")
    hits, trials = (units_first(counts, axis) for counts in (hits, trials))
    if not len(trials):
        hits, trials = (np.zeros((1, *counts.shape[1:])) for counts in (hits, trials))
    shape, n = hits.shape[1:], (trials > 0).sum(axis=0).ravel()
    failed, trials = (counts.reshape(len(counts), -1) for counts in (trials - hits, trials))
    with np.errstate(invalid="ignore", divide="ignore", under="ignore"):  # no trials
        share = failed.sum(axis=0) / trials.sum(axis=0)
        least = 1 - (0.5 - confidence / 2) ** (1 / n)
    lower, upper = np.where(share == 1, 1 - least, 0.0), np.where(share == 0, least, 1.0)
    lower, upper = (np.where(n > 1, limit, np.nan) for limit in (lower, upper))
    mixed = np.flatnonzero((n > 1) & (share > 0) & (share < 1))
    if mixed.size:
        drop = stats.t.ppf(0.5 + confidence / 2, n[mixed] - 1) ** 2 / 2
        share[mixed], lower[mixed], upper[mixed] = _profile_limits(failed[:, mixed], trials[:, mixed], drop)
    return Interval(*((1 - limit).reshape(shape) for limit in (share, upper, lower)))


def _profile_limits(failed: np.ndarray, trials: np.ndarray, drop: np.ndarray) -> list[np.ndarray]:
    """Return q at the maximum of the profile likelihood and at its limits, where it has dropped by `drop`.

    The search is over logit q. The maximum lies near the share of all trials and the mean share of the networks.
    """
    of_networks = np.divide(failed, trials, out=np.zeros_like(failed), where=trials > 0).sum(axis=0)
    ends = special.logit([failed.sum(axis=0) / trials.sum(axis=0), of_networks / (trials > 0).sum(axis=0)])
    low, high = ends.min(axis=0) - 2, ends.max(axis=0) + 2
    best = np.full(low.shape, 3.0)
    for _ in range(math.ceil(math.log((high - low).max() / 0.0125) / math.log(1 / 0.618))):  # golden section
        left, right = low + 0.382 * (high - low), high - 0.382 * (high - low)
        (below, best), (above, _) = (_profile(failed, trials, x, best) for x in (left, right))
        low, high = np.where(below < above, left, low), np.where(below < above, high, right)
    middle = (low + high) / 2
    least, best = _profile(failed, trials, middle, best)
    least -= drop
    found = [special.expit(middle)]
    for side in (-1, 1):
        inside, outside, log_precision = middle, np.full(low.shape, np.nan), best
        for step in 0.3 * 1.7 ** np.arange(12):  # outwards, up to 244 in logit q
            value, log_precision = _profile(failed, trials, middle + side * step, log_precision)
            first = np.isnan(outside) & (value < least)
            inside = np.where(np.isnan(outside) & (value >= least), middle + side * step, inside)
            outside = np.where(first, middle + side * step, outside)
            if not np.isnan(outside).any():
                break
        log_precision = best
        for _ in range(12):
            between = (inside + outside) / 2
            value, log_precision = _profile(failed, trials, between, log_precision)
            inside, outside = np.where(value < least, inside, between), np.where(value < least, between, outside)
        found.append(special.expit(outside))
    return found


def _profile(
    failed: np.ndarray, trials: np.ndarray, logit: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest log likelihood over ν at each q, and log ν, found from a start by steps of parabolas."""
    at, step = start, np.ones_like(start)
    value = _log_likelihood(failed, trials, logit, at)
    for _ in range(_ROUNDS):
        sides = np.clip([at - step, at + step], *_PRECISION)
        left, right = (_log_likelihood(failed, trials, logit, side) for side in sides)
        slope, curvature = (right - left) / 2, left + right - 2 * value
        with np.errstate(invalid="ignore", divide="ignore", under="ignore"):  # flat: no step
            parabola = np.clip(-slope / curvature, -2, 2)
        tried = np.clip(at + step * np.where(curvature < 0, parabola, 2 * np.sign(slope)), *_PRECISION)
        values = np.stack([value, left, right, _log_likelihood(failed, trials, logit, tried)])
        best = values.argmax(axis=0)[None]
        moved = np.take_along_axis(np.stack([at, *sides, tried]), best, axis=0)[0]
        value = np.take_along_axis(values, best, axis=0)[0]
        step = np.where(np.abs(moved - at) < step, step / 4, step)
        at = moved
        if (step < 0.03).all():
            break
    return value, at


def _log_likelihood(failed: np.ndarray, trials: np.ndarray, logit: np.ndarray, log_precision: np.ndarray) -> np.ndarray:
    """Return the log likelihood of each column but for terms that do not depend on q and ν."""
    precision = np.exp(log_precision)
    a, b = special.expit(logit) * precision, special.expit(-logit) * precision
    of = special.gammaln
    ends = of(a + failed) - of(a) + of(b + (trials - failed)) - of(b) - of(precision + trials) + of(precision)
    return ends.sum(axis=0)
