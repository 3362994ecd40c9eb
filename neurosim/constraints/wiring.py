"""Which synapses there are: sparse, of limited reach, or not the same both ways."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, flag, number, rewired, rms
from neurosim.network import Network


@dataclass(frozen=True)
class Sparse(Constraint):
    """Keep each synapse with probability p, stronger, so that the mean of J_μμ stays.

    w → m w/√p, b → m b/√p with one mask m for both directions, or w → m w/p, b → m′ b/p with independent ones.

    Parameters
    ----------
    density : float in (0, 1]
        p. With the same seed, the synapses kept at a lower density are among those kept at a higher one.
    reciprocal : bool, default True
        Whether a visible and a hidden neuron are connected both ways or not at all.
    """

    density: float
    reciprocal: bool = True
    name: ClassVar[str] = "sparse"

    def __post_init__(self) -> None:
        number(self, "density", 0, 1, above=True)
        flag(self, "reciprocal")

    @property
    def is_neutral(self) -> bool:
        """Whether the density is 1."""
        return self.density == 1

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the sparse network and how many synapses it has."""
        kept = chance.random(net.weights.shape) < self.density
        if self.reciprocal:
            return _kept(net, kept, kept, math.sqrt(self.density))
        return _kept(net, kept, chance.random(net.weights.shape) < self.density, self.density)


@dataclass(frozen=True)
class DistanceDependent(Constraint):
    """Keep synapses, both ways, with a probability that falls with distance; both layers lie on one ring.

    p(d) = min(1, A e^{−d²/2r²}), d ≤ ½ the distance along a ring of circumference 1 on which visible neuron i lies at
    (i + ½)/N_v and hidden neuron μ at (μ + ½)/N_h, and A such that the mean of p is the density. Kept synapses are
    divided by √density, so that J_μμ stays in the mean.

    Parameters
    ----------
    density : float in (0, 1]
        Mean of p.
    reach : float ≥ 1e-6, default 0.1
        r, in circumferences of the ring; infinite: as `Sparse`.
    """

    density: float
    reach: float = 0.1
    name: ClassVar[str] = "distance"

    def __post_init__(self) -> None:
        number(self, "density", 0, 1, above=True)
        number(self, "reach", 1e-6, infinite=True)

    @property
    def is_neutral(self) -> bool:
        """Whether the density is 1."""
        return self.density == 1

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the sparse network and how many synapses it has."""
        kept = chance.random(net.weights.shape) < self.probability(*net.weights.shape)
        return _kept(net, kept, kept, math.sqrt(self.density))

    def probability(self, n_visible: int, n_hidden: int) -> np.ndarray:
        """Return p of every pair, (visible, hidden)."""
        from scipy.optimize import root_scalar

        if self.density == 1:
            return np.ones((n_visible, n_hidden))
        apart = np.abs((np.arange(n_visible)[:, None] + 0.5) / n_visible - (np.arange(n_hidden) + 0.5) / n_hidden)
        decay = -(np.minimum(apart, 1 - apart) ** 2) / (2 * self.reach**2)

        def probability(log_height: float) -> np.ndarray:
            return np.exp(np.minimum(0.0, log_height + decay))

        # A is at least the density, and the one that saturates every pair is too much
        bracket = (math.log(self.density) - 1, -float(decay.min()) + 1)
        height = root_scalar(lambda a: float(probability(a).mean()) - self.density, bracket=bracket).root
        return probability(height)


def _kept(net: Network, forth: np.ndarray, back: np.ndarray, scale: float) -> tuple[Network, dict[str, Any]]:
    w, b = both_ways(net)
    w_kept = np.where(forth, w, 0.0) / scale
    b_kept = w_kept if b is w and back is forth else np.where(back, b, 0.0) / scale
    return rewired(net, w_kept, b_kept), {"n_synapses": int(np.count_nonzero(w_kept) + np.count_nonzero(b_kept))}


@dataclass(frozen=True)
class Asymmetric(Constraint):
    """Feedback that only correlates with what it should be: b → ρ b + √(1 − ρ²)·rms(b)·g, g standard normal.

    Parameters
    ----------
    correlation : float in [0, 1]
        ρ.
    """

    correlation: float
    name: ClassVar[str] = "asymmetric"
    keeps_signs: ClassVar[bool] = False

    def __post_init__(self) -> None:
        number(self, "correlation", 0, 1)

    @property
    def is_neutral(self) -> bool:
        """Whether the correlation is 1."""
        return self.correlation == 1

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with other feedback; where there is no synapse, none grows."""
        w, b = both_ways(net)
        other = rms(b) * np.where(b == 0, 0.0, chance.standard_normal(b.shape))
        return rewired(net, w, self.correlation * b + math.sqrt(1 - self.correlation**2) * other), {}
