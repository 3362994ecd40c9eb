"""What theory says of the memories' capacity, for independent fair bits; and how capacity grows as measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from scipy.optimize import brentq
from scipy.special import erfinv, factorial2
from scipy.stats import binom, norm

from neurosim import InvalidInput
from neurosim.measure.comparison.trials import FLIPPED, OVERLAP, parsed
from neurosim.measure.statistics import Interval, interval_variables

NEAREST = ("exponential", "modern", "denoiser")  # they recall the stored pattern that is nearest, or almost


def law(rival: str, n_neurons: int, *, flipped: float = FLIPPED, criterion: float = OVERLAP) -> float:
    """Return the capacity that theory gives, in patterns; NaN for memories without a law here.

    Parameters
    ----------
    rival : str
        As in `neurosim.measure.comparison.trials`.
    n_neurons : int
    flipped : float in [0, ½)
        Share of wrong bits in the cues.
    criterion : float in (0, 1]
        Overlap from which a pattern counts as recalled.

    Notes
    -----
    hebb, and dense with n = 2: 0.138 N (Amit, Gutfreund & Sompolinsky 1985). Without a wrong bit: N/z², N Q(z) = ln 2,
    where half of the patterns have none; N/(2 ln N) for large N (McEliece et al. 1987). Neither knows of wrong bits in
    the cue.

    dense, n ≥ 3: 2 N^{n−1}/((2n − 3)!! z²) if rectified, half of that if not; the crosstalk is Gaussian and takes the
    overlap from m to erf(z m^{n−1}/√2). z is the least with which m rises all the way from the cue's 1 − 2 flipped to
    the criterion. Without a wrong bit, N Q(z) = ln 2 ends the rise. Krotov &
    Hopfield (2016) have the last step alone, and N^{n−1}/(2 (2n − 3)!! ln N). Rectified with n = 2, crosstalk feeds
    back on itself, as in Hebb's, and no law is given.

    basic_memories: ln 2/Q(√N/2), where half of the cues wake no other pattern's hidden neuron (eq. 9 of Kafraj et al.).

    exponential, modern, denoiser: 1 + ln 2/q, where half of the cues have no other pattern nearer to them than their
    own; q is the chance that a given other one is, P(D < k) + ½ P(D = k), k wrong bits, D binomial. For large N
    exp(N I(1 − 2 flipped)), I(a) = ½ (1 + a) ln(1 + a) + ½ (1 − a) ln(1 − a): twice the exponent at which *all*
    patterns are recalled (Demircigil et al. 2017). It is the law of a memory that ends at the nearest pattern: modern
    and denoiser do but for their softness; for exponential only the exponent is exact.
    """
    name, settings = parsed(rival)
    if not 0 <= flipped < 0.5 or not 0 < criterion <= 1:
        raise InvalidInput(f"flipped must be in [0, 0.5), criterion in (0, 1], got {flipped} and {criterion}")
    start = 1 - 2 * flipped
    if name in NEAREST:
        wrong = round(flipped * n_neurons)
        nearer = binom.cdf(wrong, n_neurons, 0.5) - binom.pmf(wrong, n_neurons, 0.5) / 2
        with np.errstate(over="ignore", divide="ignore"):  # beyond 1e308 patterns: infinite
            return 1 + float(np.log(2) / nearer)
    if name == "basic_memories":
        return float(np.log(2) / norm.sf(np.sqrt(n_neurons) / 2))
    power, rectified = settings.get("power", 3), settings.get("rectified", True)
    if name == "hebb" or (name == "dense" and power == 2 and not rectified):
        return 0.138 * n_neurons if criterion < 1 else n_neurons / float(norm.isf(np.log(2) / n_neurons)) ** 2
    if name != "dense" or power == 2:
        return np.nan
    end = min(criterion, 1 - 2 * np.log(2) / n_neurons)
    path = np.linspace(min(start, end), end, 1001)
    least = (np.sqrt(2) * erfinv(path) / path ** (power - 1)).max() if start < 1 else np.sqrt(2) * erfinv(end)
    patterns = n_neurons ** (power - 1) / (float(factorial2(2 * power - 3)) * least**2)
    return float(patterns * (2 if rectified else 1))


def separated(power: int, n_neurons: int, separation: float) -> float:
    """Return the capacity of `Dense` (rectified) for patterns with a given separation and no correlation.

    Notes
    -----
    Overlaps m with other patterns are binomial, of mean 1 − 2d. Per pattern stored, the crosstalk at a neuron has the
    mean a = E[m₊^{n−1}] √(1 − 2d) towards the centre and the variance b = E[m₊^{2n−2}] − a²; against it stands the
    signal 1. With q of the neurons off the centre, P others can be borne until N q Q((1 − Pa)/√(Pb)) +
    N (1 − q) Q((1 + Pa)/√(Pb)) = ln 2 bits are wrong: half of the patterns have none. For
    large N and small d, P goes as a power of 1/(1 − 2d): n − ½ where a decides, 2n − 2 where b does.
    """
    lean = 1 - 2 * separation
    agreeing = np.arange(n_neurons + 1)
    chances = binom.pmf(agreeing, n_neurons, (1 + lean) / 2)
    overlaps = np.maximum(2 * agreeing / n_neurons - 1, 0)
    mean = float(chances @ overlaps ** (power - 1)) * np.sqrt(lean)
    variance = float(chances @ overlaps ** (2 * power - 2)) - mean**2
    off = (1 - np.sqrt(lean)) / 2

    def excess(log_patterns: float) -> float:
        patterns = np.exp(log_patterns)
        margins = (1 + patterns * mean * np.array([-1, 1])) / np.sqrt(patterns * variance)
        return float(n_neurons * np.dot([off, 1 - off], norm.sf(margins))) - np.log(2)

    others: Any = brentq(excess, -20.0, power * np.log(n_neurons) + 5)
    return 1 + float(np.exp(others))


def laws(found: xarray.Dataset) -> xarray.DataArray:
    """Return `law` at each (rival, n_neurons) of an `neurosim.measure.comparison.compare.capacity_sweep`."""
    how: dict[str, Any] = {name: found.attrs[name] for name in ("flipped", "criterion")}
    values = [[law(rival, n, **how) for n in found.n_neurons.values.tolist()] for rival in found.rival.values.tolist()]
    attrs = {"long_name": "capacity by theory", "units": "1"}
    return xarray.DataArray(values, {"rival": found.rival, "n_neurons": found.n_neurons}, attrs=attrs)


def growth(found: xarray.Dataset) -> xarray.Dataset:
    """Fit how capacity grows with N: C ∝ N^exponent, and C ∝ exp(rate · N).

    Parameters
    ----------
    found : xarray.Dataset
        An `neurosim.measure.comparison.compare.capacity_sweep` over (rival, n_neurons).

    Returns
    -------
    xarray.Dataset over rival
        exponent and rate (1/neuron) with `_lower` and `_upper`: least squares of ln C, weighed by the capacities'
        intervals, which are carried over; that the law itself may bend is not in them. n_sizes: how many sizes were
        not censored. NaN below two.
    """
    reach = float(norm.ppf(0.5 + found.attrs["confidence"] / 2))
    fits = [_fit(found.sel(rival=rival), reach) for rival in found.rival.values]
    exponent, rate = (Interval(*np.transpose([fit[k] for fit in fits])) for k in (0, 1))
    variables: dict[str, Any] = {
        **interval_variables("exponent", ["rival"], exponent, "exponent of N in the capacity"),
        **interval_variables("rate", ["rival"], rate, "growth of ln capacity per neuron"),
        "n_sizes": ("rival", [fit[2] for fit in fits], {"long_name": "sizes not censored", "units": "1"}),
    }
    return xarray.Dataset(variables, {"rival": found.rival}, {"confidence": found.attrs["confidence"]})


def _fit(here: xarray.Dataset, reach: float) -> tuple[tuple[float, ...], tuple[float, ...], int]:
    """Return exponent and rate of one memory, with limits, and the number of sizes they are from."""
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
