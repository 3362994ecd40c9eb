"""Entropy, coverage and number of basins from a sample of cues, corrected for the basins that no cue reached.

The estimators are those of ecology, where the attractors are species and the cues individuals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import norm

from neurosim import InvalidInput
from neurosim.measure.statistics import Interval
from neurosim.validation import whole_array


class _Rare(NamedTuple):
    """Sample size n, number of attractors reached, and numbers of attractors reached once (f1) and twice (f2)."""

    n: int
    kinds: int
    f1: int
    f2: int


def _rare(sizes: Any) -> _Rare:
    sizes = whole_array(sizes, "sizes", at_least=1)
    if sizes.ndim != 1:
        raise InvalidInput(f"sizes must be one number per attractor, got shape {sizes.shape}")
    return _Rare(int(sizes.sum()), len(sizes), int((sizes == 1).sum()), int((sizes == 2).sum()))


def plug_in_entropy(sizes: np.ndarray) -> float:
    """Return the entropy of the observed shares in bits, which is too low if basins were not reached.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.basins.diversity import plug_in_entropy
    >>> plug_in_entropy(np.array([1, 1, 2]))
    1.5
    """
    share = sizes / max(sizes.sum(), 1)
    return float(-(share * np.log2(share)).sum()) + 0.0 if len(sizes) else np.nan


def entropy(sizes: Any) -> float:
    """Return the entropy of the basin volumes in bits, corrected for basins not reached; NaN without cues.

    Ĉ = 1 − f1/n, p̃ = Ĉ size/n, H = −Σ p̃ log₂ p̃ / (1 − (1 − p̃)ⁿ): Horvitz–Thompson weights on Good–Turing shares.
    If every attractor was reached once, f1 = n − 1 is used, so that Ĉ > 0.

    Parameters
    ----------
    sizes : array_like of int (attractor,)
        Cues that ended in each attractor reached.

    Notes
    -----
    Basin entropy is defined in [1]_, the correction in [2]_.

    References
    ----------
    .. [1] Krawitz & Shmulevich, Phys. Rev. Lett. 98:158701 (2007).
    .. [2] Chao & Shen, Environ. Ecol. Stat. 10:429 (2003).

    Examples
    --------
    >>> from neurosim.measure.basins.diversity import entropy
    >>> round(entropy([500, 500]), 6)
    1.0
    """
    n, kinds, f1, _ = _rare(sizes)
    if not kinds:
        return np.nan
    share = (1 - min(f1, n - 1) / n) * whole_array(sizes, "sizes") / n
    seen = -np.expm1(n * np.log1p(-np.minimum(share, 1 - 1e-16)))
    return float(-(share * np.log2(share) / seen).sum()) + 0.0


def coverage(sizes: Any, *, confidence: float = 0.95) -> Interval:
    """Return the share of the total basin volume that the reached attractors have: Good–Turing, 1 − f1/n.

    Parameters
    ----------
    sizes : array_like of int (attractor,)
        Cues that ended in each attractor reached; f1 attractors have one, f2 two.
    confidence : float, default 0.95

    Notes
    -----
    The estimate is that of [1]_. The limits use the variance (f1 (1 − f1/n) + 2 f2)/n² of [2]_ with f1 + 1 and f2 + 1,
    so that they have a width even where f1 = f2 = 0. They are approximate: in `tests/measure/basins/test_diversity.py`
    they contain the coverage in more than 91% of samples of 400 cues, at nominal 95%, for equal, geometric and
    power-law volumes.

    References
    ----------
    .. [1] Good, Biometrika 40:237 (1953).
    .. [2] Esty, Ann. Stat. 11:905 (1983).

    Examples
    --------
    >>> from neurosim.measure.basins.diversity import coverage
    >>> float(coverage([5, 2, 2, 1]).estimate)
    0.9
    """
    n, _, f1, f2 = _rare(sizes)
    if not n:
        return Interval(np.array(np.nan), np.array(0.0), np.array(1.0))
    seen = 1 - f1 / n
    half = norm.ppf(0.5 + confidence / 2) * np.sqrt((f1 + 1) * seen + 2 * (f2 + 1)) / n
    return Interval(np.array(seen), np.array(max(seen - half, 0.0)), np.array(min(seen + half, 1.0)))


def richness(sizes: Any, *, confidence: float = 0.95, most: float = np.inf) -> Interval:
    """Return Chao1, a lower estimate of the number of attractors that have a basin, reached or not.

    Chao1 = kinds + (n−1)/n · f1 (f1−1)/(2 (f2+1)), the form with the smaller bias. For many cues its expectation is at
    most the number of attractors, and equal to it for equal basins; tiny basins are practically not counted.

    Parameters
    ----------
    sizes : array_like of int (attractor,)
    confidence : float, default 0.95
    most : float, optional
        Largest number that is possible, such as 2^N_h; estimate and limits are at most this. Default: no bound.

    Notes
    -----
    The estimate is that of [1]_, the variance and the log-normal limits, which are never below `kinds`, those of [2]_.
    They are limits of the lower estimate, not of the number of attractors. Their width is zero if the sample has no
    evidence of attractors that were not reached (f1 ≤ 1).

    References
    ----------
    .. [1] Chao, Scand. J. Stat. 11:265 (1984).
    .. [2] Chao, Biometrics 43:783 (1987).

    Examples
    --------
    >>> from neurosim.measure.basins.diversity import richness
    >>> [round(float(value), 2) for value in richness([10, 5, 2, 2, 1, 1, 1])]
    [7.95, 7.09, 17.28]
    """
    n, kinds, f1, f2 = _rare(sizes)
    if not n:
        return Interval(np.array(np.nan), np.array(0.0), np.array(np.inf))
    k = (n - 1) / n
    extra = k * f1 * (f1 - 1) / (2 * (f2 + 1))
    if extra <= 0:
        return Interval(*(np.array(float(kinds)) for _ in range(3)))
    variance = extra + k**2 * f1 * (2 * f1 - 1) ** 2 / (4 * (f2 + 1) ** 2)
    variance += k**2 * f1**2 * f2 * (f1 - 1) ** 2 / (4 * (f2 + 1) ** 4)
    if not f2:
        variance -= k**2 * f1**4 / (4 * (kinds + extra))
    stretch = np.exp(norm.ppf(0.5 + confidence / 2) * np.sqrt(np.log1p(max(variance, 0.0) / extra**2)))
    limits = (kinds + extra, kinds + extra / stretch, kinds + extra * stretch)
    return Interval(*(np.array(min(value, most)) for value in limits))
