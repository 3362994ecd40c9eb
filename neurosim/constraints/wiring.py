"""Constraints on wiring: sparse and distance-dependent connectivity, and asymmetric feedback."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, rewired, rms
from neurosim.network import Network
from neurosim.validation import assign, boolean, real, real_or_infinite, share


@dataclass(frozen=True)
class Sparse(Constraint):
    """Keep each synapse with a probability, and strengthen it to preserve the mean of J_μμ.

    w → m w/√p, b → m b/√p with one mask m for both directions, or w → m w/p, b → m′ b/p with independent masks.

    Parameters
    ----------
    density : float in (0, 1]
        p. With the same seed, the synapses kept at a lower density are among those kept at a higher one.
    reciprocal : bool, default True
        Whether a visible and a hidden neuron are connected in both directions or not at all.

    See Also
    --------
    DistanceDependent : Connection probability that falls with distance.
    DeadSynapses : Loss of synapses without compensation.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import Sparse, constrain
    >>> net = constrain(Network.gaussian(1000, 10, seed=0), [Sparse(0.2)], seed=0)
    >>> round(float((net.weights != 0).mean()), 1)
    0.2
    """

    density: float
    reciprocal: bool = True
    name: ClassVar[str] = "sparse"

    def __post_init__(self) -> None:
        density = real(self.density, "density of sparse", above=0, at_most=1)
        assign(self, density=density, reciprocal=boolean(self.reciprocal, "reciprocal of sparse"))

    @property
    def is_neutral(self) -> bool:
        """Whether the density is 1."""
        return self.density == 1

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the sparse network, and its number of synapses."""
        kept = rng.random(net.weights.shape) < self.density
        if self.reciprocal:
            return _kept(net, kept, kept, math.sqrt(self.density))
        return _kept(net, kept, rng.random(net.weights.shape) < self.density, self.density)


@dataclass(frozen=True)
class DistanceDependent(Constraint):
    """Keep synapses, in both directions, with a probability that falls with distance on a ring.

    Parameters
    ----------
    density : float in (0, 1]
        Mean probability.
    reach : float ≥ 1e-6, default 0.1
        r, in circumferences of the ring; infinite: as `Sparse`.

    See Also
    --------
    Sparse : The same connection probability for all pairs.

    Notes
    -----
    Both layers lie on one ring of circumference 1: visible neuron i at (i + ½)/N_v and hidden neuron μ at (μ + ½)/N_h.
    p(d) = min(1, A exp(−d²/2r²)) for a distance d ≤ ½ along the ring, with A such that the mean of p is the density.
    Kept synapses are divided by √density, which preserves the mean of J_μμ.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import DistanceDependent, constrain
    >>> net = constrain(Network.gaussian(1000, 10, seed=0), [DistanceDependent(0.2)], seed=0)
    >>> [round(float((net.weights[i : i + 100, 0] != 0).mean()), 1) for i in (0, 500)]
    [0.8, 0.0]
    """

    density: float
    reach: float = 0.1
    name: ClassVar[str] = "distance"

    def __post_init__(self) -> None:
        density = real(self.density, "density of distance", above=0, at_most=1)
        assign(self, density=density, reach=real_or_infinite(self.reach, "reach of distance", at_least=1e-6))

    @property
    def is_neutral(self) -> bool:
        """Whether the density is 1."""
        return self.density == 1

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the sparse network, and its number of synapses."""
        kept = rng.random(net.weights.shape) < self.probability(*net.weights.shape)
        return _kept(net, kept, kept, math.sqrt(self.density))

    def probability(self, n_visible: int, n_hidden: int) -> np.ndarray:
        """Return the probability p of a connection for every pair, (visible, hidden).

        Parameters
        ----------
        n_visible, n_hidden : int

        Examples
        --------
        >>> from neurosim.constraints import DistanceDependent
        >>> DistanceDependent(0.1, reach=0.2).probability(4, 1).round(3).ravel().tolist()
        [0.035, 0.165, 0.165, 0.035]
        """
        from scipy.optimize import root_scalar

        if self.density == 1:
            return np.ones((n_visible, n_hidden))
        apart = np.abs((np.arange(n_visible)[:, None] + 0.5) / n_visible - (np.arange(n_hidden) + 0.5) / n_hidden)
        decay = -(np.minimum(apart, 1 - apart) ** 2) / (2 * self.reach**2)

        def probability(log_height: float) -> np.ndarray:
            return np.exp(np.minimum(0.0, log_height + decay))

        # A is at least the density, and below the value that saturates every pair
        bracket = (math.log(self.density) - 1, -float(decay.min()) + 1)
        height = root_scalar(lambda a: float(probability(a).mean()) - self.density, bracket=bracket).root
        return probability(height)


def _kept(net: Network, forth: np.ndarray, back: np.ndarray, scale: float) -> tuple[Network, dict[str, Any]]:
    """Return the network with the synapses of two masks, divided by `scale`, and their number."""
    w, b = both_ways(net)
    w_kept = np.where(forth, w, 0.0) / scale
    b_kept = w_kept if b is w and back is forth else np.where(back, b, 0.0) / scale
    return rewired(net, w_kept, b_kept), {"n_synapses": int(np.count_nonzero(w_kept) + np.count_nonzero(b_kept))}


@dataclass(frozen=True)
class Asymmetric(Constraint):
    """Replace the feedback by synapses with a given correlation to it.

    b → ρ b + √(1 − ρ²)·rms(b)·g, g standard normal. Missing synapses (weight 0) stay missing.

    Parameters
    ----------
    correlation : float in [0, 1]
        ρ.

    See Also
    --------
    SynapticNoise : Errors of both directions.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.constraints import Asymmetric, constrain
    >>> net = constrain(Network.gaussian(1000, 10, seed=0), [Asymmetric(0.6)], seed=0)
    >>> round(float(np.corrcoef(net.weights.ravel(), net.feedback.T.ravel())[0, 1]), 1)
    0.6
    """

    correlation: float
    name: ClassVar[str] = "asymmetric"
    keeps_signs: ClassVar[bool] = False

    def __post_init__(self) -> None:
        assign(self, correlation=share(self.correlation, "correlation of asymmetric"))

    @property
    def is_neutral(self) -> bool:
        """Whether the correlation is 1."""
        return self.correlation == 1

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with other feedback."""
        w, b = both_ways(net)
        other = rms(b) * np.where(b == 0, 0.0, rng.standard_normal(b.shape))
        return rewired(net, w, self.correlation * b + math.sqrt(1 - self.correlation**2) * other), {}
