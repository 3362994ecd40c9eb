"""Find where a noisy success that falls with x crosses a level: capacity over the load, basin radius over flipped bits.

At each probed x, independent trials are drawn until a sequential test decides on which side of the level their mean
lies, or until the budget of that x is spent. All trials together make the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

from neurosim import InvalidInput
from neurosim.measure.statistics import bootstrap_limits
from neurosim.validation import generator

_STAKE = 0.75  # largest share of the capital that one bet can lose
_RESAMPLES = 1000


class Crossing(NamedTuple):
    """Place where the mean success crosses the level.

    Parameters
    ----------
    estimate : float
        Real number between two probed places; NaN if the largest did not fail.
    lower, upper : float
        Interval, at probed places; `upper` is infinite if the largest place is not classified as failing.
    probes : dict of int to ndarray (trial,)
        Successes of the trials at each probed place, in order of place.

    See Also
    --------
    crossing : Makes such a result.

    Examples
    --------
    >>> from neurosim.measure.comparison.crossing import crossing
    >>> crossing(lambda x, k: float(x <= 20), 1, 100).n_trials
    70
    """

    estimate: float
    lower: float
    upper: float
    probes: dict[int, np.ndarray]

    @property
    def n_trials(self) -> int:
        """Number of trials at all places."""
        return sum(map(len, self.probes.values()))


def crossing(
    measure: Callable[[int, int], float],
    start: int,
    maximum: int,
    *,
    level: float = 0.5,
    confidence: float = 0.95,
    budget: int = 20,
    tolerance: float = 0.05,
    seed: int = 0,
    also: Sequence[int] = (),
) -> Crossing:
    """Find where a mean success that does not rise with x crosses a level.

    Parameters
    ----------
    measure : callable (x, k) → float in [0, 1]
        Success of the k-th trial at x. All trials, also those of different x, must be independent.
    start, maximum : int
        The smallest and the largest x to probe, 1 ≤ start < maximum.
    level : float in (0, 1), default ½
    confidence : float in (0, 1), default 0.95
    budget : int, default 20
        Largest number of trials at one x. Where all succeed, or all fail, 7 decide at level ½ and 95%.
    tolerance : float, default 0.05
        Gaps around the crossing are halved down to this share of x, or to 1.
    seed : int, default 0
        Seed of the resampling.
    also : sequence of int, default none
        x to probe in their turn, between the powers of two: where success may fail before it rises again. The crossing
        is then the first one.

    Returns
    -------
    Crossing
        lower is start − 1 if `start` is not classified as succeeding.

    Raises
    ------
    InvalidInput
        start, maximum, level, confidence, budget or tolerance is out of its range.

    Notes
    -----
    x is doubled from `start` on until a place fails; then the gap between the last place above the level and the first
    place below it is halved repeatedly. A place is classified when a sequential test (betting e-process with
    predictable plug-in bets
    [1]_) rejects the hypothesis that its mean is not above (or not below) the level, at level 1 − confidence; by
    Ville's inequality the error probability holds for any number of trials. A place whose budget ends before is
    classified only if all its trials agree.

    The estimate is where isotonic regression of the means of the places, weighted by their trials, crosses the level.
    The interval is the bootstrap interval of that (`neurosim.measure.statistics.bootstrap_limits`), with trials
    resampled at each place, from the place before the crossing to the one after, so that it is never finer than the
    probed places. Its coverage is tested for logistic thresholds, with and without noise between networks
    (`tests/measure/comparison/test_crossing.py`), at level ½ and
    the default budget; with fewer trials, or at levels near 0 or 1, it is lower: a few trials hold no failure.

    References
    ----------
    .. [1] I. Waudby-Smith and A. Ramdas, J. R. Stat. Soc. B 86:1, 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.crossing import crossing
    >>> rng = np.random.default_rng(0)
    >>> found = crossing(lambda x, k: float(rng.random() < 1 / (1 + np.exp((x - 50) / 5))), 2, 1000)
    >>> found.lower <= 50 <= found.upper
    True
    """
    _check(start, maximum, level, confidence, budget, tolerance)
    probes: dict[int, np.ndarray] = {}
    verdicts: dict[int, int] = {start - 1: 1}

    def probe(x: int) -> int:
        values = np.empty(0)
        while len(values) < budget and not _decided(values, level, confidence):
            values = np.append(values, measure(x, len(values)))
        probes[x] = values
        verdicts[x] = _decided(values, level, confidence) or _agreed(values, level)
        return verdicts[x]

    x = start
    while probe(x) >= 0 and x < maximum:
        x = min([2 * x, maximum, *(other for other in also if other > x)])
    while (gap := _widest_gap(verdicts, tolerance)) is not None:
        probe(sum(gap) // 2)
    probes = dict(sorted(probes.items()))
    estimate, lower, upper = _located(probes, start, level, confidence, seed)
    return Crossing(estimate, lower, upper, probes)


def _check(start: int, maximum: int, level: float, confidence: float, budget: int, tolerance: float) -> None:
    if not 1 <= start < maximum:
        raise InvalidInput(f"places to probe must have 1 <= start < maximum, got {start} and {maximum}")
    for name, value in (("level", level), ("confidence", confidence), ("tolerance", tolerance)):
        if not 0 < value < 1:
            raise InvalidInput(f"{name} must lie between 0 and 1, got {value}")
    if budget < 1:
        raise InvalidInput(f"budget must be at least 1 trial a place, got {budget}")


def _decided(values: np.ndarray, level: float, confidence: float) -> int:
    """Return 1 or −1 if the test decides that the mean is above or below the level, else 0."""
    threshold = -np.log(1 - confidence)
    return int(_log_wealth(values, level) > threshold) - int(_log_wealth(1 - values, 1 - level) > threshold)


def _log_wealth(values: np.ndarray, level: float) -> float:
    """Return the logarithm of the e-process against a mean at or below the level."""
    number = np.arange(1, len(values) + 2)  # with a prior trial at the level, of variance ¼
    mean = np.cumsum([level, *values]) / number
    spread = np.cumsum([0.25, *(values - mean[1:]) ** 2]) / number
    lead = np.maximum(mean - level, 0)
    stakes = np.minimum(lead / (spread + lead**2), _STAKE / level)[:-1]
    return float(np.log1p(stakes * (values - level)).sum())


def _agreed(values: np.ndarray, level: float) -> int:
    return int((values > level).all()) - int((values < level).all())


def _widest_gap(verdicts: Mapping[int, int], tolerance: float) -> tuple[int, int] | None:
    """Return the neighbouring places near the crossing with the widest relative gap above the tolerance."""
    end = min((x for x, verdict in verdicts.items() if verdict < 0), default=max(verdicts))
    begin = max(x for x, verdict in verdicts.items() if verdict > 0 and x < end)
    places = sorted(x for x in verdicts if begin <= x <= end)
    gaps = [pair for pair in pairwise(places) if pair[1] - pair[0] > max(1, tolerance * pair[1])]
    return max(gaps, key=lambda pair: (pair[1] - pair[0]) / pair[1], default=None)


def _located(
    probes: Mapping[int, np.ndarray], start: int, level: float, confidence: float, seed: int
) -> tuple[float, float, float]:
    """Return the estimate and its interval."""
    weights = [len(values) for values in probes.values()]
    places = np.array([start - 1, *probes, np.inf])

    def before(means: np.ndarray) -> tuple[int, np.ndarray]:
        """Return the number of places above the level, and the smoothed means."""
        smooth = isotonic_regression(means, weights=weights, increasing=False).x
        return int((smooth >= level).sum()), smooth

    rng = generator(seed)
    resampled = [v[rng.integers(len(v), size=(_RESAMPLES, len(v)))].mean(axis=1) for v in probes.values()]
    found = [before(means)[0] for means in np.transpose(resampled)]
    most = max(2, *(len(values) for values in probes.values()))  # trials at a place near the crossing
    ends = [int(end) for end in bootstrap_limits(found, most, confidence=confidence)]
    at, smooth = before(np.array([values.mean() for values in probes.values()]))
    lower, upper = float(places[ends[0]]), float(places[ends[1] + 1])
    if at == len(probes):
        return np.nan, lower, np.inf
    share = 0.0 if at == 0 else (smooth[at - 1] - level) / (smooth[at - 1] - smooth[at])
    return float(places[at] + share * (places[at + 1] - places[at])), lower, upper
