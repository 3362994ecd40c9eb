"""Theory of the capacity for independent fair bits, and the measured growth of the capacity."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from scipy.optimize import brentq
from scipy.special import erfinv, factorial2
from scipy.stats import binom, norm

from neurosim import InvalidInput
from neurosim.measure.comparison.trials import FLIPPED, OVERLAP
from neurosim.measure.comparison.two_layer import BasicMemories
from neurosim.measure.statistics import Interval, interval_variables
from neurosim.models import Denoiser, Dense, Exponential, Hebb, Model, Modern

_HEBB_OVERLAP = 0.967  # of stored patterns with their attractors at 0.138 N
NEAREST = (Exponential, Modern, Denoiser)  # they recall the stored pattern that is nearest, or almost


def law(model: Model, n_neurons: int, *, flipped: float = FLIPPED, criterion: float = OVERLAP) -> float:
    """Return the capacity of a memory by theory, for independent fair bits.

    Parameters
    ----------
    model : Model
    n_neurons : int
    flipped : float in [0, ½)
        Share of wrong bits in the cues.
    criterion : float in (0, 1]
        Overlap from which a pattern counts as recalled.

    Returns
    -------
    float
        Number of patterns; NaN for memories or criteria without a law here.

    Raises
    ------
    InvalidInput
        flipped or criterion is out of its range.

    See Also
    --------
    separated : The law of `Dense` for patterns with a given separation.
    neurosim.measure.comparison.compare.capacity_sweep : The measured capacity.

    Notes
    -----
    `Hebb`, and `Dense` with n = 2, not rectified: 0.138 N [1]_, for criteria up to 0.967, the overlap of the stored
    patterns with their attractors at this capacity. Without a wrong bit: N/z², N Q(z) = ln 2, where half of the
    patterns have none; N/(2 ln N) for large N [2]_. For criteria between the two no law is given. These laws are about
    the attractors and so for cues within their basins: from cues with many wrong bits less is recalled.

    `Dense`, n ≥ 3: 2 N^{n−1}/((2n − 3)!! z²) if rectified, half of that if not. The crosstalk is Gaussian and takes the
    overlap from m to erf(z m^{n−1}/√2). z is the least with which m rises all the way from the cue's 1 − 2 flipped to
    the criterion; without a wrong bit, N Q(z) = ln 2 ends the rise. [3]_ considers the last step alone,
    N^{n−1}/(2 (2n − 3)!! ln N). For the rectified memory with n = 2, crosstalk feeds back on itself, as for Hebb's
    rule, and no law is given.

    `BasicMemories`: 1 + ln 2/q, where half of the cues activate no hidden neuron of another pattern on their way from
    the cue to the target. q is the probability that the overlap of a given other pattern with the cue or with the
    target exceeds ½: X + abs(Y) > N/2, X and Y the sums of N − k and of k fair signs, k wrong bits. From
    cues with an overlap of ½ or less the target's own neuron is not driven, and no law is given. [4]_, eq. 9, has the
    Gaussian limit without wrong bits, P Q(√N/2) ≪ 1.

    `Exponential`, `Modern`, `Denoiser`: 1 + ln 2/q, where for half of the cues the target is the nearest pattern; q is
    the probability that a given other pattern is nearer, P(D < k) + ½ P(D = k), k wrong bits, D binomial. For
    large N this is exp(N I(1 − 2 flipped)), I(a) = ½ (1 + a) ln(1 + a) + ½ (1 − a) ln(1 − a): twice the exponent at
    which *all* patterns are recalled [5]_. It is the law of a memory that ends at the nearest pattern, which holds for
    `Modern` and `Denoiser` apart from their finite β; for `Exponential` only the exponent is exact.

    References
    ----------
    .. [1] D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. Lett. 55:1530, 1985.
    .. [2] R. J. McEliece et al., IEEE Trans. Inf. Theory 33:461, 1987.
    .. [3] D. Krotov and J. J. Hopfield, NeurIPS 29:1172, 2016.
    .. [4] M. Kafraj, D. Krotov and P. E. Latham, "A biologically plausible dense associative memory with exponential
       capacity", ICLR, 2026.
    .. [5] M. Demircigil et al., J. Stat. Phys. 168:288, 2017.

    Examples
    --------
    >>> from neurosim.measure.comparison.laws import law
    >>> from neurosim.models import Dense, Hebb, Storkey
    >>> [round(law(model, 100), 1) for model in (Hebb(), Dense(), Storkey())]
    [13.8, 1413.5, nan]
    """
    if not 0 <= flipped < 0.5 or not 0 < criterion <= 1:
        raise InvalidInput(f"flipped must be in [0, 0.5), criterion in (0, 1], got {flipped} and {criterion}")
    if type(model) in NEAREST:
        wrong = round(flipped * n_neurons)
        nearer = binom.cdf(wrong, n_neurons, 0.5) - binom.pmf(wrong, n_neurons, 0.5) / 2
        with np.errstate(over="ignore", divide="ignore", under="ignore"):  # more than 1e308 patterns: infinite
            return 1 + float(np.log(2) / nearer)
    if type(model) is BasicMemories:
        return _basic_memories(n_neurons, round(flipped * n_neurons))
    if type(model) is Hebb or (type(model) is Dense and model.power == 2 and not model.rectified):
        if _HEBB_OVERLAP < criterion < 1:
            return np.nan
        return 0.138 * n_neurons if criterion < 1 else n_neurons / float(norm.isf(np.log(2) / n_neurons)) ** 2
    if type(model) is Dense and model.power > 2:
        return _dense(model, n_neurons, 1 - 2 * flipped, criterion)
    return np.nan


def _basic_memories(n_neurons: int, wrong: int) -> float:
    """Return the capacity of `BasicMemories` from cues with `wrong` bits."""
    if 1 - 2 * wrong / n_neurons <= 0.5:
        return np.nan
    right = n_neurons - wrong
    sums = np.abs(2 * np.arange(wrong + 1) - wrong)  # |Y|
    others = binom.pmf(np.arange(wrong + 1), wrong, 0.5)
    least = np.floor((n_neurons / 2 - sums + right) / 2)  # X = 2 B − right > N/2 − |Y|
    exceeds = float((others * binom.sf(least, right, 0.5)).sum())
    with np.errstate(over="ignore", divide="ignore"):  # more than 1e308 patterns: infinite
        return float(1 + np.log(2) / exceeds)


def _dense(model: Dense, n_neurons: int, start: float, criterion: float) -> float:
    """Return the capacity of a dense memory of power 3 or more from cues of overlap `start`."""
    power = model.power
    end = min(criterion, 1 - 2 * np.log(2) / n_neurons)
    path = np.linspace(min(start, end), end, 1001)
    least = (np.sqrt(2) * erfinv(path) / path ** (power - 1)).max() if start < 1 else np.sqrt(2) * erfinv(end)
    patterns = n_neurons ** (power - 1) / (float(factorial2(2 * power - 3)) * least**2)
    return float(patterns * (2 if model.rectified else 1))


def separated(power: int, n_neurons: int, separation: float) -> float:
    """Return the capacity of `Dense` (rectified) for patterns with a given separation and no correlation.

    Parameters
    ----------
    power : int
        n of `neurosim.models.Dense`.
    n_neurons : int
    separation : float in (0, ½]
        Mean share of neurons in which two patterns differ.

    Returns
    -------
    float
        Number of patterns of which half are recalled without a wrong bit.

    See Also
    --------
    neurosim.measure.comparison.correlated.correlated_patterns : Such patterns.

    Notes
    -----
    Overlaps m with other patterns are binomial, of mean 1 − 2d. For each stored pattern the crosstalk at a neuron has
    the mean a = E[m₊^{n−1}] √(1 − 2d) towards the centre and the variance b = E[m₊^{2n−2}] − a²; the signal is 1. With
    a share q of the neurons off the centre, the capacity is the number P of other patterns for which
    N q Q((1 − Pa)/√(Pb)) + N (1 − q) Q((1 + Pa)/√(Pb)) = ln 2 bits are wrong: half of the patterns have none. For large
    N and small d, P is a power of 1/(1 − 2d): n − ½ where a limits it, 2n − 2 where b does.

    Examples
    --------
    >>> from neurosim.measure.comparison.laws import separated
    >>> [round(separated(3, 100, d)) for d in (0.3, 0.5)]
    [5, 1109]
    """
    lean = 1 - 2 * separation
    agreeing = np.arange(n_neurons + 1)
    probabilities = binom.pmf(agreeing, n_neurons, (1 + lean) / 2)
    overlaps = np.maximum(2 * agreeing / n_neurons - 1, 0)
    mean = float(probabilities @ overlaps ** (power - 1)) * np.sqrt(lean)
    variance = float(probabilities @ overlaps ** (2 * power - 2)) - mean**2
    off = (1 - np.sqrt(lean)) / 2

    def excess(log_patterns: float) -> float:
        patterns = np.exp(log_patterns)
        margins = (1 + patterns * mean * np.array([-1, 1])) / np.sqrt(patterns * variance)
        return float(n_neurons * np.dot([off, 1 - off], norm.sf(margins))) - np.log(2)

    others: Any = brentq(excess, -20.0, power * np.log(n_neurons) + 5)
    return 1 + float(np.exp(others))


def growth(found: xarray.Dataset) -> xarray.Dataset:
    """Fit the growth of the capacity with N: C ∝ N^exponent, and C ∝ exp(rate · N).

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.comparison.compare.capacity_sweep` over (model, n_neurons).

    Returns
    -------
    xarray.Dataset over model
        exponent and rate (1/neuron) with `_lower` and `_upper`; n_sizes, the number of sizes with a finite interval.
        NaN for fewer than two such sizes.

    Notes
    -----
    Least squares of ln C, weighted by the intervals of the capacities. The limits of the fit follow from these
    intervals and do not include a curvature of the law.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import capacity_sweep
    >>> from neurosim.measure.comparison.laws import growth
    >>> from neurosim.models import Hebb
    >>> found = growth(capacity_sweep(8, [Hebb()], {"n_neurons": [20, 40]}, seed=0))
    >>> found.sizes["model"], found.n_sizes.item()
    (1, 2)
    """
    reach = float(norm.ppf(0.5 + found.attrs["confidence"] / 2))
    fits = [_fit(found.sel(model=label), reach) for label in found.model.values]
    exponent, rate = (Interval(*np.transpose([fit[k] for fit in fits])) for k in (0, 1))
    variables: dict[str, Any] = {
        **interval_variables("exponent", ["model"], exponent, "exponent of N in the capacity"),
        **interval_variables("rate", ["model"], rate, "growth of ln capacity per neuron"),
        "n_sizes": ("model", [fit[2] for fit in fits], {"long_name": "sizes with a finite interval", "units": "1"}),
    }
    return xarray.Dataset(variables, {"model": found.model}, {"confidence": found.attrs["confidence"]})


def _fit(here: xarray.Dataset, reach: float) -> tuple[tuple[float, ...], tuple[float, ...], int]:
    """Return exponent and rate of one memory, with limits, and the number of sizes used."""
    known = (np.isfinite(here.capacity) & np.isfinite(here.capacity_upper) & (here.capacity_lower > 0)).values
    names = ("n_neurons", "capacity", "capacity_lower", "capacity_upper")
    n, capacity, lower, upper = (here[name].values[known].astype(float) for name in names)
    if len(n) < 2:
        return (np.nan,) * 3, (np.nan,) * 3, len(n)

    def slope(x: np.ndarray) -> tuple[float, ...]:
        weights = 2 * reach / np.log(upper / lower)
        fit, covariance = np.polyfit(x, np.log(capacity), 1, w=weights, cov="unscaled")
        error = reach * np.sqrt(covariance[0, 0])
        return fit[0], fit[0] - error, fit[0] + error

    return slope(np.log(n)), slope(n), len(n)
