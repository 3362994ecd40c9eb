"""Importance sampling of the share of states that are not fixed points, accurate where that share is tiny.

A uniform random state s is no fixed point if some unit μ is violated (eq. 5): on with (Js)_μ ≤ θ_μ, or off with
(Js)_μ > θ_μ. With X_μ = Σ_{ν≠μ} J_μν s_ν, these events are

    off:  s_μ = 0 and X_μ > θ_μ            on:  s_μ = 1 and X_μ ≤ θ_μ − J_μμ.

For each of the 2N_h events there is one proposal: s_μ has the value of the event, the other units are independent, and
unit ν is on with log-odds λJ_μν, where λ moves the mean of X_μ to the threshold:

    K_μ'(λ) = threshold,   K_μ(λ) = Σ_{ν≠μ} log((1 + e^{λJ_μν})/2)   (cumulant generating function of X_μ).

States are drawn from a mixture of the proposals, in proportion to a saddle-point estimate of their events'
probabilities, and of uniform states. Its density relative to the uniform law,

    r(s) = w_0 + Σ_{μ} 2 w_{μ,s_μ} exp(λ_{μ,s_μ} X_μ − K_{μ,s_μ}),

depends on the fields alone, so that Z = 1{s is no fixed point}/r(s) costs as much as the test. Its mean is the share
for any λ and w; they change the spread only. Z is bounded, since exp(λX − K) on an event is at least
its value at the threshold.

Fields are compared with thresholds in float64 (`rounding.comparable`).

References
----------
.. [1] Bucklew, Introduction to Rare Event Simulation (2004).
.. [2] Robinson, J. R. Stat. Soc. B 44:91 (1982): the saddle-point approximation of lowest order, used for the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erfcx, expit, ndtr
from tqdm import tqdm

from neurosim import Network
from neurosim.measure.capacity.rounding import comparable
from neurosim.measure.statistics import Interval, mean_interval, student_interval
from neurosim.theory.scaling import NEGLIGIBLE
from neurosim.validation import generator

_BATCH_NUMBERS = 2_000_000  # states × neurons at once: 16 MB an array
_MAX_LOG_ODDS = 500.0  # e^500 is finite; the probability is 1 at much smaller values
_UNIT = 2.0**-52
_NORMAL = 100  # samples from which on the mean of the weights is taken as normal


@dataclass(frozen=True)
class Mixture:
    """The proposals, row 0 for units that are off, row 1 for units that are on.

    Parameters
    ----------
    coupling : ndarray (hidden, hidden)
        J, each row in a unit of its own (`neurosim.theory.scaling`).
    threshold : ndarray (hidden,)
        θ in the same units.
    tilt : ndarray (2, hidden)
        λ: ≥ 0 for off, ≤ 0 for on; in units of 1/J.
    cumulant : ndarray (2, hidden)
        K_μ(λ).
    weight : ndarray (2, hidden)
        w; 0 where the event is impossible.
    uniform : float
        w_0, weight of uniform states. Near 1 where violations are common, for accuracy there.
    expected : float
        Sum of the events' estimated probabilities: roughly how many units of a state are violated.
    log_bound : float
        Log of an upper bound on Z; −∞ where no unit can be violated at all.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.tilting import mixture
    >>> mix = mixture(Network.gaussian(400, 20, seed=0))
    >>> round(float(mix.weight.sum() + mix.uniform), 12)
    1.0
    """

    coupling: np.ndarray
    threshold: np.ndarray
    tilt: np.ndarray
    cumulant: np.ndarray
    weight: np.ndarray
    uniform: float
    expected: float
    log_bound: float


def mixture(net: Network) -> Mixture:
    """Return the proposals of a network, in O(N_h²).

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.

    Returns
    -------
    Mixture

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.tilting import draw, mixture
    >>> mix = mixture(Network.gaussian(400, 20, seed=0))
    >>> draw(mix, 3, seed=0).shape
    (3, 20)
    """
    coupling, threshold = comparable(net)
    coupling = np.where(np.abs(coupling) < NEGLIGIBLE, 0.0, coupling)  # so that 1/J is finite
    own = np.diag(coupling)
    doubt = (len(own) + 2) * _UNIT * (np.abs(coupling).sum(axis=1) + np.abs(threshold))
    others = coupling - np.diag(own)
    off = _tilt(others, threshold, doubt)
    on = _tilt(-others, own - threshold, doubt)  # −X ≥ J_μμ − θ
    tilt, cumulant, log_chernoff, probability = (np.stack(pair) for pair in zip(off, on, strict=True))
    tilt[1] *= -1
    expected = float(probability.sum())
    if expected == 0:
        return Mixture(coupling, threshold, tilt, cumulant, probability, 1.0, 0.0, -np.inf)
    uniform = expected / (1 + expected)
    weight = (1 - uniform) * probability / expected
    possible = weight > 0
    lowest = np.logaddexp(np.log(uniform), np.log(2 * weight[possible]) - log_chernoff[possible]).min()
    return Mixture(coupling, threshold, tilt, cumulant, weight, uniform, expected, float(-lowest))


def _tilt(rows: np.ndarray, target: np.ndarray, doubt: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return λ ≥ 0, K(λ), K(λ) − λ·target and an estimate of P(s_μ right, Y > target) for Y = Σ rows·s, per row."""
    mean, highest = rows.sum(axis=1) / 2, np.maximum(rows, 0).sum(axis=1)
    tilt = _solve(rows, target, mean)
    cumulant = _cumulant(rows, tilt)
    spread = np.sqrt((rows**2 * _variance(tilt[:, None] * rows)).sum(axis=1))
    with np.errstate(over="ignore", under="ignore"):
        log_chernoff = cumulant - tilt * target
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        common = np.where(spread > 0, ndtr((mean - target) / spread), 1.0)  # λ = 0: the normal approximation
    with np.errstate(over="ignore", under="ignore"):
        rare = np.exp(log_chernoff) * erfcx(tilt * spread / np.sqrt(2)) / 2
    probability = np.maximum(np.where(tilt > 0, rare, common), np.finfo(float).tiny) / 2
    probability[highest < target - doubt] = 0.0  # impossible, rounding included
    return tilt, cumulant, log_chernoff, probability


def _solve(rows: np.ndarray, target: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return λ with K'(λ) = target by Newton steps kept in a bracket; 0 where the mean exceeds the target; capped."""
    steepest = np.abs(rows).max(axis=1)
    low = np.zeros(len(rows))
    high = np.where((target > mean) & (steepest > 0), _MAX_LOG_ODDS / np.where(steepest > 0, steepest, 1), 0.0)
    tilt = np.zeros(len(rows))
    open_rows = np.flatnonzero(high > 0)
    for _ in range(100):  # bisection alone would end here
        if not open_rows.size:
            break
        own, at = rows[open_rows], tilt[open_rows, None] * rows[open_rows]
        miss = (own * expit(at)).sum(axis=1) - target[open_rows]
        slope = (own**2 * _variance(at)).sum(axis=1)
        low[open_rows] = np.where(miss < 0, tilt[open_rows], low[open_rows])
        high[open_rows] = np.where(miss > 0, tilt[open_rows], high[open_rows])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            step = tilt[open_rows] - miss / slope
        inside = (step > low[open_rows]) & (step < high[open_rows])
        following = np.where(inside, step, (low[open_rows] + high[open_rows]) / 2)
        done = (np.abs(miss) <= 1e-6 * np.sqrt(slope)) | (high[open_rows] - low[open_rows] <= 1e-12 * high[open_rows])
        tilt[open_rows] = np.where(done, tilt[open_rows], following)
        open_rows = open_rows[~done]
    return tilt


def _variance(log_odds: np.ndarray) -> np.ndarray:
    return expit(log_odds) * expit(-log_odds)


def _cumulant(rows: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Return Σ log((1 + e^x)/2), x = λ·row; a row's own neuron has x = 0 and adds nothing."""
    return (np.logaddexp(0.0, tilt[:, None] * rows) - np.log(2)).sum(axis=1)


def log_ratio(mix: Mixture, states: np.ndarray, fields: np.ndarray) -> np.ndarray:
    """Return log r(s), the mixture's density relative to the uniform law.

    Parameters
    ----------
    mix : Mixture
    states : ndarray (state, hidden) bool
    fields : ndarray (state, hidden)
        Js.

    Returns
    -------
    ndarray (state,)

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.tilting import draw, log_ratio, mixture
    >>> mix = mixture(Network.gaussian(400, 20, seed=0))
    >>> states = draw(mix, 10_000, seed=0)
    >>> log_r = log_ratio(mix, states, states @ mix.coupling.T)
    >>> abs(float(np.exp(-log_r).mean()) - 1) < 0.1
    True
    """
    with np.errstate(divide="ignore", under="ignore"):
        offset = np.log(2 * mix.weight) - mix.cumulant
        uniform = np.log(mix.uniform)
    others = fields - np.diag(mix.coupling) * states  # X
    terms = np.where(states, offset[1] + mix.tilt[1] * others, offset[0] + mix.tilt[0] * others)
    top = np.maximum(terms.max(axis=1), uniform)
    return top + np.log(np.exp(terms - top[:, None]).sum(axis=1) + np.exp(uniform - top))


def draw(mix: Mixture, n_samples: int, seed: int) -> np.ndarray:
    """Return states drawn from the mixture, (state, hidden) bool.

    Parameters
    ----------
    mix : Mixture
    n_samples : int
    seed : int

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.tilting import draw, mixture
    >>> draw(mixture(Network.gaussian(400, 20, seed=0)), 3, seed=0).shape
    (3, 20)
    """
    rng, n = generator(seed), len(mix.threshold)
    edges = np.cumsum(np.append(mix.weight.ravel(), mix.uniform))
    component = np.searchsorted(edges, rng.random(n_samples) * edges[-1], side="right")
    tilted = np.flatnonzero(component < 2 * n)
    side, unit = np.divmod(component[tilted], n)
    log_odds = mix.tilt[side, unit][:, None] * mix.coupling[unit]
    uniforms = rng.random((n_samples, n))
    states = uniforms < 0.5
    with np.errstate(over="ignore", under="ignore"):  # exp becomes infinite, and the share 1/(1 + ∞) is 0
        states[tilted] = uniforms[tilted] * (1 + np.exp(-log_odds)) < 1
    states[tilted, unit] = side == 1
    return states


def log_samples(mix: Mixture, n_samples: int, *, seed: int, progress: bool = False) -> np.ndarray:
    """Return log Z of independent states from the mixture, −∞ for fixed points.

    Parameters
    ----------
    mix : Mixture
    n_samples : int
    seed : int
        The same seed and n_samples give the same states with any number of threads.
    progress : bool, default False

    Returns
    -------
    ndarray (n_samples,)

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.tilting import log_samples, mixture
    >>> log_z = log_samples(mixture(Network.gaussian(400, 20, seed=0)), 10_000, seed=0)
    >>> unstable = float(np.exp(log_z).mean())
    >>> 0 < unstable < 1
    True
    """
    n = len(mix.threshold)
    rows = max(64, _BATCH_NUMBERS // n)
    starts = range(0, n_samples, rows)
    seeds = np.random.SeedSequence(seed).generate_state(len(starts), np.uint64)
    log_z = np.full(n_samples, -np.inf)
    with tqdm(total=n_samples, disable=None if progress else True, desc="states", leave=False) as bar:
        for start, batch_seed in zip(starts, seeds, strict=True):
            states = draw(mix, min(rows, n_samples - start), int(batch_seed))
            fields = states.astype(float) @ mix.coupling.T
            violated = np.flatnonzero(((fields > mix.threshold) != states).any(axis=1))
            log_z[start + violated] = -log_ratio(mix, states[violated], fields[violated])
            bar.update(len(states))
    return log_z


def unstable_share(
    net: Network, *, n_samples: int = 100_000, seed: int = 0, confidence: float = 0.95, progress: bool = False
) -> Interval:
    """Estimate the share of the 2^N_h states that are no fixed points (eq. 5), without bias, however small.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    n_samples : int, default 100_000
    seed : int, default 0
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    Interval
        Student's t on the Z's, within 0 and 1: the weights are bounded and of a size, so that the mean of 100 is normal
        (coverage: `python benchmarks/estimates.py`). For fewer, or equal, Z's free of this assumption
        (`mean_interval`). The width is zero only where no unit can be violated.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.tilting import unstable_share
    >>> found = unstable_share(Network.gaussian(1000, 50, seed=0), n_samples=2000)
    >>> bool(0 < found.lower <= found.estimate <= found.upper < 0.1)
    True
    """
    return share_interval(mixture(net), n_samples=n_samples, seed=seed, confidence=confidence, progress=progress)


def share_interval(mix: Mixture, *, n_samples: int, seed: int, confidence: float, progress: bool = False) -> Interval:
    """Return the estimate of `unstable_share` from a mixture.

    Parameters
    ----------
    mix : Mixture
    n_samples, seed, confidence, progress
        As in `unstable_share`.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.tilting import mixture, share_interval
    >>> mix = mixture(Network.gaussian(400, 20, seed=0))
    >>> interval = share_interval(mix, n_samples=10_000, seed=0, confidence=0.95)
    >>> bool(interval.lower < interval.estimate < interval.upper)
    True
    """
    if mix.expected == 0:
        return Interval(np.array(0.0), np.array(0.0), np.array(0.0))
    log_z = log_samples(mix, n_samples, seed=seed, progress=progress)
    scale = max(mix.log_bound, float(log_z.max()))  # the bound can be attained, up to rounding
    relative = np.exp(log_z - scale)
    spread = np.ptp(relative) > 1e-12 * relative.max()  # not equal up to rounding
    interval = student_interval if n_samples >= _NORMAL and spread else mean_interval
    limits = interval(relative, confidence=confidence)
    return Interval(*(np.clip(limit * np.exp(scale), 0.0, 1.0) for limit in limits))
