"""Unbiased estimate, with a confidence interval, of the share of states that are fixed points; N_h up to 1,000.

Shares can be as small as 2^−280, so they are stored as log2, and shares close to 1 by their complement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurosim import Heaviside, InvalidInput, Network
from neurosim.measure.capacity import splitting, tilting
from neurosim.measure.statistics import Interval, proportion_interval
from neurosim.seeds import spawn_seeds
from neurosim.validation import generator, real, seed_number, whole

_PILOT = 10_000  # largest number of uniform states that decide on the method
_COMMON = 0.02  # share of fixed points above which the unstable states are counted
_ENOUGH = 400  # fixed points among uniform states, for a relative error of 5%
_PER_PARTICLE = (500, 2)  # samples per particle of splitting: 500, or 2 N_h if that is larger
_BATCH_NUMBERS = 2_000_000  # states × neurons at once


@dataclass(frozen=True)
class Estimate:
    """The share of the 2^N_h hidden states that are fixed points (eq. 5), estimated.

    Parameters
    ----------
    log2_share, log2_lower, log2_upper : float
        log2 of the share and of its confidence limits; −∞ for 0.
    unstable_share, unstable_lower, unstable_upper : float
        1 − share, accurate however small. This is the number that is estimated without bias.
    method : {"importance sampling", "plain sampling", "splitting", "certificate"}
    n_samples : int
        States drawn from the method's law: for splitting, particles over all replicates; 0 for a certificate.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.estimate import estimate_share
    >>> found = estimate_share(Network.gaussian(1000, 10, seed=0), n_samples=1000)
    >>> found.method, found.unstable_upper < 1e-3
    ('certificate', True)
    """

    log2_share: float
    log2_lower: float
    log2_upper: float
    unstable_share: float
    unstable_lower: float
    unstable_upper: float
    method: str
    n_samples: int


def estimate_share(
    net: Network, *, n_samples: int = 100_000, seed: int = 0, confidence: float = 0.95, progress: bool = False
) -> Estimate:
    """Estimate the share of the 2^N_h states that are fixed points (eq. 5), by the method that suits its size.

    A pilot sample of uniform states with a separate seed selects the method; each method is unbiased.

    "certificate"
        No unit can be violated, rounding included: the share and its limits are 1.
    "importance sampling"
        More than 2% of the states are fixed points: the share of the other states, by `tilting`. Accurate to
        1 − 1e-12 and beyond.
    "plain sampling"
        Fewer are fixed points, but `n_samples` uniform states should contain 400 of them. Wilson's interval.
    "splitting"
        Still smaller shares: `splitting`, 20 replicates of n_samples/max(500, 2 N_h) particles (but at least 50).

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    n_samples : int ≥ 100, default 100_000
    seed : int, default 0
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    Estimate

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside, or `n_samples`, `seed` or `confidence` breaks its rule.

    Notes
    -----
    Fields are compared in float64 (by splitting, in whole numbers as fine), exactly where weights and feedback are
    small whole numbers times a power of two, as ±1. Elsewhere a field within rounding error of its threshold may fall
    on either side.
    `benchmarks/estimates.py` prints times: importance sampling takes seconds at N_h = 1,000; splitting takes seconds at
    N_h = 100, and minutes at N_h = 1,000 (at N_v = 2 N_h, a share of 2^−281, a quarter of an hour on a busy machine).

    See Also
    --------
    neurosim.measure.count_fixed_points : Exact counts and proven limits, with this estimate where they are too wide.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.estimate import estimate_share
    >>> found = estimate_share(Network.gaussian(1000, 50, seed=0), n_samples=2000)
    >>> found.method, 0 < found.unstable_lower <= found.unstable_share <= found.unstable_upper < 0.1
    ('importance sampling', True)
    """
    if not isinstance(net.hidden_activation, Heaviside):
        raise InvalidInput(f"fixed points are counted for Heaviside hidden units, got {net.hidden_activation!r}")
    n_samples, seed, confidence = checked_sampling(n_samples, seed, confidence)
    pilot_seed, own_seed = spawn_seeds(seed, 2)
    mix = tilting.mixture(net)
    if mix.expected == 0:
        return Estimate(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "certificate", 0)
    pilot = min(n_samples, _PILOT)
    share = _uniform_hits(mix, pilot, pilot_seed) / pilot
    if share > _COMMON:
        options = {"n_samples": n_samples, "seed": own_seed, "confidence": confidence, "progress": progress}
        return _from_unstable(tilting.share_interval(mix, **options), "importance sampling", n_samples)
    if share * n_samples >= _ENOUGH:
        hits = _uniform_hits(mix, n_samples, own_seed)
        rest = proportion_interval(n_samples - hits, n_samples, confidence=confidence)
        return _from_unstable(rest, "plain sampling", n_samples)
    least, per_neuron = _PER_PARTICLE  # a particle's time grows faster than N_h²
    particles = max(n_samples // max(least, per_neuron * net.n_hidden), 50)
    split = splitting.stable_share(net, n_particles=particles, seed=own_seed, confidence=confidence, progress=progress)
    return Estimate(
        split.log2_share,
        split.log2_lower,
        split.log2_upper,
        _rest(split.log2_share),
        _rest(split.log2_upper),
        _rest(split.log2_lower),
        "splitting",
        particles * len(split.replicates),
    )


def checked_sampling(n_samples: int, seed: int, confidence: float) -> tuple[int, int, float]:
    """Return the options of `estimate_share`, checked.

    Parameters
    ----------
    n_samples, seed, confidence
        As in `estimate_share`.

    Returns
    -------
    tuple (n_samples, seed, confidence)

    Raises
    ------
    InvalidInput
        One of them breaks its rule.

    Examples
    --------
    >>> from neurosim.measure.capacity.estimate import checked_sampling
    >>> checked_sampling(1000, 0, 0.95)
    (1000, 0, 0.95)
    """
    n_samples = whole(n_samples, "n_samples", at_least=100)
    return n_samples, seed_number(seed), real(confidence, "confidence", above=0, below=1, remedy="for instance 0.95")


def _from_unstable(unstable: Interval, method: str, n_samples: int) -> Estimate:
    share, lower, upper = float(unstable.estimate), float(unstable.lower), float(unstable.upper)
    return Estimate(_log2_rest(share), _log2_rest(upper), _log2_rest(lower), share, lower, upper, method, n_samples)


def _rest(log2_share: float) -> float:
    """Return 1 − share."""
    return -math.expm1(log2_share * math.log(2))


def _log2_rest(share: float) -> float:
    """Return log2(1 − share)."""
    return math.log1p(-share) / math.log(2) if share < 1 else -math.inf


def _uniform_hits(mix: tilting.Mixture, n_samples: int, seed: int) -> int:
    """Return the number of fixed points among uniform random states."""
    rng, n = generator(seed), len(mix.threshold)
    rows, hits = max(64, _BATCH_NUMBERS // n), 0
    for start in range(0, n_samples, rows):
        states = rng.random((min(rows, n_samples - start), n)) < 0.5
        fields = states.astype(float) @ mix.coupling.T
        hits += int(((fields > mix.threshold) == states).all(axis=1).sum())
    return hits
