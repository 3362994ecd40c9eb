"""Number of fixed points of a network: exact if a method finishes, or proven limits and an estimate.

`count_fixed_points` tries the methods of the neighbouring modules in order of their cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import xarray

from neurosim import InvalidInput, Network, theory
from neurosim.measure.capacity import branching, enumeration, overlaps, unions
from neurosim.measure.capacity.enumeration import Tally
from neurosim.validation import takes, whole

DEFAULT_BUDGET = 2**32
ALWAYS_EXACT = 32  # number of hidden neurons up to which the default budget suffices for every network
_SMALL = 12  # hidden neurons up to which testing all states is faster than searching
_NARROW = 1e-6  # relative width of the limits below which no sampling or long search follows


@dataclass(frozen=True)
class _Answer:
    """Proven limits, the method, and the count with its limits."""

    tally: Tally
    method: str
    count: int
    count_lower: int
    count_upper: int
    n_samples: int = 0


@takes(net=Network)
def count_fixed_points(
    net: Network,
    *,
    budget: int = DEFAULT_BUDGET,
    threads: int | None = None,
    n_samples: int = 100_000,
    seed: int = 0,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Count the hidden states with s = Θ(Js − θ) (eq. 5); each is one fixed point of eq. (1). Θ(0) = 0.

    Methods, in the order in which they are tried:

    "certificate"
        `theory.certify_all_states` holds: all 2^N_h, in O(N_h²).
    "enumeration"
        N_h ≤ 12: every state is tested.
    "branch and bound"
        `neurosim.measure.capacity.branching`. The default budget suffices up to N_h = 32 (2^24 blocks), except with
        thousands of near ties, and beyond where neurons are far from their thresholds in most subcubes.
    "overlaps"
        `neurosim.measure.capacity.overlaps`, beyond N_h = 32 where few states are wrong.
    "limits"
        The best of the unfinished searches and of the union bounds (`neurosim.measure.capacity.unions`), which hold
        at any N_h. The count is estimated by sampling ("limits and importance sampling" and so on, see
        `neurosim.measure.capacity.estimate`), or is the middle of the limits where their relative width is below 1e-6.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    budget : int, default 2**32
        Elementary steps of some nanoseconds that each search may take. Steps are limited instead of seconds, so that
        the result is the same on every machine and for every number of threads.
    threads : int, optional
        Default: one per core.
    n_samples : int, default 100_000
        States sampled where no search finishes.
    seed : int, default 0
        Seed of the sample.
    confidence : float, default 0.95
        Confidence of count_lower and count_upper.
    progress : bool, default False

    Returns
    -------
    xarray.Dataset, all 0-dimensional
        count : whole number of any size (object): exact where `exact`, else estimated.
        count_lower, count_upper : confidence limits of an estimate, cut to the true limits; else the true limits.
        lower, upper : limits that hold for the exact J of these float64 weights, rounding included.
        stable : states proven to have a margin > 0 (`theory.stability_margin`): exact where `exact`, else a lower
        limit.
        log2 : log2(count), −inf for 0. exact : bool, whether lower = upper. method : str.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside, or an option breaks its rule.

    See Also
    --------
    neurosim.measure.count_sweep : Count over a grid of settings and many networks.
    neurosim.theory.certify_all_states : The certificate.
    neurosim.theory.expected_fixed_points : The expected number for Gaussian weights.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import count_fixed_points
    >>> found = count_fixed_points(Network.gaussian(30, 10, seed=1))
    >>> found["count"].item(), found["exact"].item(), found["method"].item()
    (160, True, 'enumeration')
    """
    from neurosim.measure.capacity.estimate import checked_sampling

    n_samples, seed, confidence = checked_sampling(n_samples, seed, confidence)
    answer = _search(net, whole(budget, "budget"), threads, progress)
    sampling = {"n_samples": n_samples, "seed": seed, "confidence": confidence}
    tally = answer.tally
    if answer.method == "limits" and not _are_narrow(tally):
        answer = _estimated(net, tally, progress=progress, **sampling)
    return _dataset(net, answer, sampling)


def exact_count(net: Network, *, threads: int | None = None, progress: bool = False) -> int:
    """Return the exact number of fixed points; always possible up to N_h = 32, except with thousands of near ties.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside, or the count is too hard.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.fixed_points import exact_count
    >>> exact_count(Network.gaussian(2000, 10, seed=0))
    1024
    """
    answer = _search(net, DEFAULT_BUDGET, threads, progress)
    if answer.tally.lower < answer.tally.upper:
        raise InvalidInput(
            f"the exact count must be feasible, which is guaranteed up to {ALWAYS_EXACT} hidden neurons, got "
            f"{net.n_hidden}; use count_fixed_points, which gives limits and an estimate"
        )
    return answer.count


def _search(net: Network, budget: int, threads: int | None, progress: bool) -> _Answer:
    n, options = net.n_hidden, {"n_threads": threads, "progress": progress}
    if theory.certify_all_states(net).holds:  # also refuses units that are not Heaviside
        return _found(Tally(1 << n, 1 << n, 1 << n), "certificate")
    if n <= _SMALL and budget >= n << n:
        return _found(enumeration.tally(net, **options), "enumeration")
    if n <= ALWAYS_EXACT:
        tally = branching.count(net, max_nodes=budget // n, **options)
        if tally.lower == tally.upper:
            return _found(tally, "branch and bound")
    shares = unions.violation_shares(net, **options)
    lower, upper = shares.count_limits()
    limits = Tally(lower, upper, lower)
    if n <= ALWAYS_EXACT:
        return _found(_both(limits, tally), "limits")
    if 2 * lower >= 1 << n:
        steps = budget // (64 if _are_narrow(limits) else 4)
        limits = _both(limits, overlaps.count(net, shares, max_steps=steps, **options))
        if limits.lower == limits.upper:
            return _found(limits, "overlaps")
    if not _are_narrow(limits):
        limits = _both(limits, branching.count(net, max_nodes=budget // n, **options))
    return _found(limits, "branch and bound" if limits.lower == limits.upper else "limits")


def _are_narrow(limits: Tally) -> bool:
    return limits.upper - limits.lower <= _NARROW * limits.lower


def _both(first: Tally, second: Tally) -> Tally:
    return Tally(max(first.lower, second.lower), min(first.upper, second.upper), max(first.stable, second.stable))


def _found(tally: Tally, method: str) -> _Answer:
    middle = (tally.lower + tally.upper) // 2
    return _Answer(tally, method if tally.lower == tally.upper else "limits", middle, tally.lower, tally.upper)


def _estimated(net: Network, tally: Tally, **options: Any) -> _Answer:
    from neurosim.measure.capacity.estimate import estimate_share

    found = estimate_share(net, **options)
    if found.unstable_upper < 0.5:  # 1 minus it would lose digits
        everything = 1 << net.n_hidden
        shares = (found.unstable_share, found.unstable_upper, found.unstable_lower)
        numbers = [round(everything * (1 - Fraction(share))) for share in shares]
    else:
        numbers = [_exp2(net.n_hidden + x) for x in (found.log2_share, found.log2_lower, found.log2_upper)]
    numbers = [min(max(number, tally.lower), tally.upper) for number in numbers]
    return _Answer(tally, f"limits and {found.method}", *numbers, n_samples=found.n_samples)


def _exp2(exponent: float) -> int:
    """Return 2^exponent as a whole number of any size; 0 for −∞."""
    if exponent == -math.inf:
        return 0
    whole = math.floor(exponent)
    return round(Fraction(2.0 ** (exponent - whole)) * Fraction(2) ** whole)


def log2_whole(count: int) -> float:
    """Return log2 of a whole number of any size; −∞ for 0.

    Examples
    --------
    >>> from neurosim.measure.capacity.fixed_points import log2_whole
    >>> log2_whole(2**2000), log2_whole(0)
    (2000.0, -inf)
    """
    return math.log2(count) if count else -math.inf


def _dataset(net: Network, answer: _Answer, sampling: dict[str, Any]) -> xarray.Dataset:
    tally = answer.tally
    whole = {
        "count": (answer.count, "number of fixed points of the hidden state"),
        "count_lower": (answer.count_lower, "number of fixed points of the hidden state, lower limit"),
        "count_upper": (answer.count_upper, "number of fixed points of the hidden state, upper limit"),
        "lower": (tally.lower, "proven lower limit of the number of fixed points, rounding included"),
        "upper": (tally.upper, "proven upper limit of the number of fixed points, rounding included"),
        "stable": (tally.stable, "number of fixed points proven to have a stability margin > 0"),
    }
    variables: dict[str, Any] = {
        name: ((), _object(number), {"long_name": long_name, "units": "1"})
        for name, (number, long_name) in whole.items()
    }
    exact = tally.lower == tally.upper
    variables["log2"] = ((), log2_whole(answer.count), {"long_name": "log2 of the count", "units": "bit"})
    variables["exact"] = ((), exact, {"long_name": "whether the count is exact", "units": "1"})
    variables["method"] = ((), answer.method, {"long_name": "how the count was obtained", "units": "1"})
    attrs = {
        "n_visible": net.n_visible,
        "n_hidden": net.n_hidden,
        "n_networks": 1,
        "n_trials": answer.n_samples or "all 2^N_h states",
        "seed": sampling["seed"] if answer.n_samples else "none",
        "confidence": sampling["confidence"] if answer.n_samples else "none",
        "network_seed": net.provenance.get("seed", "none"),
        "engine": "none",
        "method": answer.method,
    }
    return xarray.Dataset(variables, attrs=attrs)


def _object(number: int) -> np.ndarray:
    array = np.empty((), dtype=object)
    array[()] = number
    return array
