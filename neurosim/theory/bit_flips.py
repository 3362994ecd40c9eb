"""The bounds of the paper on the probability of bit flips (appendix D)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim.network import Network
from neurosim.validation import noise_level, real, takes, whole


@dataclass(frozen=True)
class BitFlipBound:
    """Bounds of eqs. (36)–(40) for one random state of a Gaussian network, in the limit τ_h ≪ t ≪ τ_v.

    They use the normal approximation of the field and so hold for large N_v: at N_h = 1, N_v = 2, θ = ½ an active
    neuron flips with probability P(χ²₂/2 ≤ ½) = .39, above `single` = .31. At τ_v = 20 τ_h measured recall lies a
    little below the bounds.

    Parameters
    ----------
    sigma_z : float
        Upper bound on the std of the field's deviation, eq. (36).
    single : float
        Upper bound on the probability that one given bit flips, eq. (37).
    none : float
        Lower bound on the probability that no bit flips, eq. (38); assumes independent flips.
    none_simple : float
        The simpler, weaker form, eq. (40); trivial where it is negative.
    union : float
        1 − N_h·single, which does not assume independence.

    See Also
    --------
    no_flip_probability : The exact law.
    recall_vs_ratio_law : The law for a finite τ_v/τ_h.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.flip_bound(1000, 10, 0.5).none > 0.99
    True
    """

    sigma_z: float
    single: float
    none: float
    none_simple: float
    union: float


@takes(net=Network)
def bit_flip_bound(net: Network, noise_std: float = 0.0) -> BitFlipBound:
    """Return the bounds on bit flips from finite N_v and from cue noise for a network (appendix D).

    The variance is that of eq. (36). The distance to the threshold, ½ in the paper, is min(θ, 1 − θ) here, so that
    other thresholds are possible.

    Parameters
    ----------
    net : Network
        Only its sizes and thresholds are used; the bound is for Gaussian weights (eq. 3).
    noise_std : float, default 0
        σ_v, standard deviation of the noise on the visible cue (eq. 13).

    Returns
    -------
    BitFlipBound

    Raises
    ------
    InvalidInput
        noise_std is negative or not finite, or a threshold lies outside (0, 1).

    See Also
    --------
    flip_bound : The same bounds for sizes and a threshold.

    Examples
    --------
    >>> import neurosim
    >>> bound = neurosim.theory.bit_flip_bound(neurosim.Network.gaussian(1000, 10, seed=0))
    >>> round(bound.sigma_z, 3), round(bound.none, 5)
    (0.105, 0.99999)
    """
    nearest = net.threshold[np.argmin(np.minimum(net.threshold, 1 - net.threshold))]
    return flip_bound(net.n_visible, net.n_hidden, float(nearest), noise_std)


def flip_bound(n_visible: int, n_hidden: int, threshold: float, noise_std: float = 0.0) -> BitFlipBound:
    """Return the bounds on bit flips for sizes and a threshold, without a network.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sizes, each at least 1.
    threshold : float in (0, 1)
        θ.
    noise_std : float, default 0
        σ_v on the visible cue (eq. 13).

    Returns
    -------
    BitFlipBound

    Raises
    ------
    InvalidInput
        noise_std is negative or not finite, or the threshold lies outside (0, 1).

    See Also
    --------
    bit_flip_bound : The same bounds for a network.

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.flip_bound(100, 10, 0.5).single, 4)
    0.0658
    """
    from scipy.stats import norm

    n_visible, n_hidden = whole(n_visible, "n_visible"), whole(n_hidden, "n_hidden")
    noise_std = noise_level(noise_std)
    remedy = "outside this range a neuron has only one stable state"
    threshold = real(threshold, "threshold", above=0, below=1, remedy=remedy)
    distance = min(threshold, 1 - threshold)
    sigma_z = float(np.sqrt((n_hidden + 1 + noise_std**2 * n_hidden) / n_visible))  # eq. (36)
    a = distance / sigma_z
    single = float(norm.sf(a))  # eq. (37)
    with np.errstate(over="ignore"):  # beyond the range of eq. (39), where the simple bound is −∞
        tail = np.exp(-(a**2) / 2) / (a * np.sqrt(2 * np.pi))  # eq. (39)
    return BitFlipBound(
        sigma_z=sigma_z,
        single=single,
        none=float(np.exp(n_hidden * norm.logcdf(a))),  # eq. (38)
        none_simple=float(1 - n_hidden * tail),  # eq. (40)
        union=1 - n_hidden * single,
    )
