"""How likely a hidden neuron ends on the wrong side: appendix D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network


@dataclass(frozen=True)
class BitFlipBound:
    """Eqs. (36)–(40) for one random state of a Gaussian network, in the limit τ_h ≪ t ≪ τ_v.

    Bounds in the normal approximation of the field, so for large N_v: at N_h = 1, N_v = 2, θ = ½ an active neuron flips
    with probability P(χ²₂/2 ≤ ½) = .39, above `single` = .31. At τ_v = 20 τ_h measured recall lies a little below them.
    The exact law is `no_flip_probability`; `recall_vs_ratio_law` is for a finite τ_v/τ_h.

    Parameters
    ----------
    sigma_z : float
        Upper bound on the std of the field's deviation, eq. (36).
    single : float
        Upper bound on the probability that one given bit flips, eq. (37).
    none : float
        Lower bound on the probability that no bit flips, eq. (38); assumes independent flips.
    none_simple : float
        The simpler, weaker form, eq. (40); can be negative, where it says nothing.
    union : float
        1 − N_h·single, which assumes no independence.
    """

    sigma_z: float
    single: float
    none: float
    none_simple: float
    union: float


def bit_flip_bound(net: Network, noise_std: float = 0.0) -> BitFlipBound:
    """Return the paper's bound on bit flips from finite N_v and from cue noise (appendix D).

    The variance is eq. (36)'s; its distance to the nearer threshold crossing, ½ in the paper, is
    min(θ, 1 − θ) here, so that other thresholds can be asked about.

    Parameters
    ----------
    net : Network
        Only its sizes and thresholds enter: the bound is for Gaussian weights (eq. 3).
    noise_std : float, default 0
        σ_v, std of the noise on the visible cue (eq. 13).

    Raises
    ------
    InvalidInput
        noise_std is negative or not finite, or a threshold lies outside (0, 1).
    """
    nearest = net.threshold[np.argmin(np.minimum(net.threshold, 1 - net.threshold))]
    return flip_bound(net.n_visible, net.n_hidden, float(nearest), noise_std)


def flip_bound(n_visible: int, n_hidden: int, threshold: float, noise_std: float = 0.0) -> BitFlipBound:
    """Return `bit_flip_bound` for sizes and a threshold, without a network."""
    from scipy.stats import norm

    if not (np.isfinite(noise_std) and noise_std >= 0):
        raise InvalidInput(f"noise_std must be finite and >= 0, got {noise_std}")
    distance = min(threshold, 1 - threshold)
    if distance <= 0:
        raise InvalidInput("bit_flip_bound needs thresholds between 0 and 1, where both states of a neuron are stable")
    sigma_z = float(np.sqrt((n_hidden + 1 + noise_std**2 * n_hidden) / n_visible))  # eq. (36)
    a = distance / sigma_z
    single = float(norm.sf(a))  # eq. (37)
    tail = np.exp(-(a**2) / 2) / (a * np.sqrt(2 * np.pi))  # eq. (39)
    return BitFlipBound(
        sigma_z=sigma_z,
        single=single,
        none=float(np.exp(n_hidden * norm.logcdf(a))),  # eq. (38)
        none_simple=float(1 - n_hidden * tail),  # eq. (40)
        union=1 - n_hidden * single,
    )
