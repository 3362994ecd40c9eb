"""The share of stable states from the moments of random synapses, in the normal approximation.

A state is stable with probability ∏ Φ(± (mean − θ)/std) if the fields of different neurons are independent; they
nearly are if E[b] = 0 in every class. `neurosim.theory.moments` gives mean and std.

For symmetric weights, b = w of mean 0, the approximation is refined. J_μμ is a sum of squares, skewed if few synapses
contribute, and the crosstalk of the neuron has the variance kJ_μμE[w²]/N_v. So J_μμ is given a Γ distribution with its
mean and variance (exact for Gaussian weights, as χ²), and only the crosstalk, given J_μμ, is taken as normal.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.theory.moments import Moments
from neurosim.validation import real, real_array, takes, whole


@takes(moments=Moments)
def stable_share(
    moments: Moments,
    n_visible: int,
    n_hidden: int,
    threshold: float | np.ndarray,
    *,
    threshold_std: float = 0.0,
) -> float:
    """Return the expected share of the 2^N_h states that are stable, in the normal approximation.

    Parameters
    ----------
    moments : Moments
    n_visible, n_hidden : int
        Sizes, each at least 1.
    threshold : float or ndarray of shape (hidden class,)
        θ.
    threshold_std : float, default 0
        Standard deviation of the thresholds.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        A size is no whole number ≥ 1, threshold_std < 0, or θ is neither one finite number nor one per hidden class.

    See Also
    --------
    expected_fixed_points : The exact result for Gaussian weights.
    best_threshold : The threshold at which the share is largest.

    Notes
    -----
    The result is Σ over the numbers of active neurons by class of their binomial weight times ∏ Φ(±(mean − θ)/std).
    For Gaussian weights at θ = ½ and 10 ≤ N_h ≤ 50 its error is below 0.015 for N_v ≥ 2 N_h and below 0.004 for
    N_v ≥ 10 N_h. It is less accurate if few synapses contribute to a field, or if E[b] ≠ 0, because fields are then
    correlated.

    Examples
    --------
    >>> from neurosim.theory import Moments, stable_share
    >>> round(stable_share(Moments.gaussian(), 100, 10, 0.5), 3)
    0.858
    """
    log_weight, on, off = _states(moments, n_visible, n_hidden, threshold_std)
    theta = real_array(threshold, "threshold")
    if theta.shape not in ((), moments.hidden_share.shape):
        raise InvalidInput(
            f"threshold must be one finite number, or one for each of {moments.hidden_share.size} hidden classes, got "
            f"{threshold!r}"
        )
    return min(1.0, float(np.exp(log_weight + _log_stable(theta, on, off)).sum()))  # rounding


@takes(moments=Moments)
def best_threshold(moments: Moments, n_visible: int, n_hidden: int) -> float:
    """Return the common threshold θ of all neurons at which `stable_share` is largest, near a/2 + mN_h/2.

    If no state is lost over a range of θ, the result is the middle of the range. Losses below about 1e-9, to which J_μμ
    of symmetric weights beyond six standard deviations leads, are not seen.

    Parameters
    ----------
    moments : Moments
    n_visible, n_hidden : int
        Sizes, each at least 1.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        A size is no whole number ≥ 1.

    Examples
    --------
    >>> from neurosim.theory import Moments, best_threshold
    >>> round(best_threshold(Moments.gaussian(), 100, 10), 2)
    0.47
    """
    from scipy.optimize import minimize_scalar

    log_weight, on, off = _states(moments, n_visible, n_hidden, 0.0)

    def loss(threshold: float) -> float:
        stable = _log_stable(np.asarray(threshold), on, off)
        share, lost = np.exp(log_weight + stable).sum(), -(np.exp(log_weight) * np.expm1(stable)).sum()
        return -math.inf if lost <= 0 else math.log(lost) - math.log(share) if share > 0 else math.inf

    means = np.concatenate([mean[count > 0].ravel() for count, mean, _ in (on, off)])
    grid = np.linspace(means.min(), means.max(), 201)
    losses = np.array([loss(theta) for theta in grid])
    if (losses == -math.inf).any():
        return float(grid[losses == -math.inf][[0, -1]].mean())
    start = int(np.argmin(losses))
    low, high = grid[max(start - 1, 0)], grid[min(start + 1, 200)]
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(found.x)  # pyright: ignore[reportAttributeAccessIssue]


_Side = tuple[np.ndarray, np.ndarray, np.ndarray]  # numbers of neurons (state, class); means, stds (state, class, node)
_NODES = np.linspace(-6, 6, 97)  # of J_μμ, as quantiles of a standard normal
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()


def _states(moments: Moments, n_visible: int, n_hidden: int, threshold_std: float) -> tuple[np.ndarray, _Side, _Side]:
    """Return the log weight of each number of active neurons by class, and the fields of active and inactive ones."""
    from scipy.special import gammaincinv, gammaln, ndtr

    n_visible, n_hidden = whole(n_visible, "n_visible"), whole(n_hidden, "n_hidden")
    threshold_std = real(threshold_std, "threshold_std", at_least=0)
    ends = np.round(n_hidden * np.cumsum(moments.hidden_share)).astype(int)
    sizes = np.diff(ends, prepend=0)
    active = np.stack(np.meshgrid(*(np.arange(n + 1) for n in sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes))
    ways = gammaln(sizes + 1) - gammaln(active + 1) - gammaln(sizes - active + 1)
    strength = np.ones(1)
    if moments.is_symmetric and not moments.even:
        own = moments.self_coupling.item()
        spread = (moments.visible_share @ (moments.bbww - moments.bw**2)).item()
        moments = replace(moments, even=True)
        if spread > 1e-12 * own**2:
            shape = n_visible * own**2 / spread
            strength = gammaincinv(shape, ndtr(_NODES)) / shape
    sides = []
    for is_on in (True, False):
        others = active[:, None, :] - (np.eye(len(sizes), dtype=int) if is_on else 0)
        mean, std = (values[..., None] for values in moments.field(is_on, np.maximum(others, 0), n_visible))
        std = np.hypot(std * np.sqrt(strength), threshold_std)
        sides.append((active if is_on else sizes - active, mean * strength, std))
    return ways.sum(axis=1) - n_hidden * math.log(2), sides[0], sides[1]


def _log_stable(threshold: np.ndarray, on: _Side, off: _Side) -> np.ndarray:
    """Return the log of the probability that all neurons are on the correct side of their thresholds, (state,)."""
    from scipy.special import ndtr

    total = np.zeros(len(on[0]))
    for (count, mean, std), sign in ((on, 1.0), (off, -1.0)):
        ahead = sign * (mean - threshold[..., None])
        with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
            z = np.where(std > 0, ahead / std, np.where((ahead > 0) | ((sign < 0) & (ahead == 0)), np.inf, -np.inf))
            kept, lost = (p @ _WEIGHTS if p.shape[-1] > 1 else p[..., 0] for p in (ndtr(z), ndtr(-z)))
            log_kept = np.where(kept < 0.5, np.log(kept), np.log1p(-lost))  # each form where it is accurate
        total += np.where(count > 0, count * np.maximum(log_kept, -1e4), 0.0).sum(axis=1)
    return total
