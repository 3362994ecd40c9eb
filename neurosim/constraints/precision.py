"""How well a synapse can hold its weight: bounded, of few levels, frozen at a value that is a little wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, number, rewired, rms
from neurosim.errors import InvalidInput
from neurosim.network import Network

MOST_BITS = 8


@dataclass(frozen=True)
class Bounded(Constraint):
    """Clip every weight to [−c, c]; no weight is scaled to make good for it.

    Parameters
    ----------
    limit : float > 0
        c, in units of the rms of the synapses of that direction; infinite: none.
    """

    limit: float
    name: ClassVar[str] = "bounded"

    def __post_init__(self) -> None:
        number(self, "limit", 0, above=True, infinite=True)

    @property
    def is_neutral(self) -> bool:
        """Whether the limit is infinite."""
        return math.isinf(self.limit)

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with clipped weights."""
        w, b = both_ways(net)
        w_clipped = self._clipped(w)
        return rewired(net, w_clipped, w_clipped if b is w else self._clipped(b)), {}

    def _clipped(self, synapses: np.ndarray) -> np.ndarray:
        return np.clip(synapses, -self.limit * rms(synapses), self.limit * rms(synapses))


@dataclass(frozen=True)
class Quantised(Constraint):
    """Round every weight to one of 2^bits equally spaced levels about 0, (k + ½)Δ, k = −2^(bits−1) … 2^(bits−1) − 1.

    Δ is what makes the mean square error least; then all levels of one direction are scaled so that its rms stays: one
    bit keeps signs only, ±rms. A synapse that does not exist (0) is not made.

    Parameters
    ----------
    bits : int from 1 to 8, or infinity
        Infinity: weights stay what they are.
    """

    bits: float
    name: ClassVar[str] = "quantised"

    def __post_init__(self) -> None:
        whole = isinstance(self.bits, (int, float, np.number)) and not isinstance(self.bits, bool)
        if not whole or not (self.bits == math.inf or (1 <= self.bits <= MOST_BITS and self.bits == int(self.bits))):
            raise InvalidInput(
                f"bits of quantised must be a whole number from 1 to {MOST_BITS}, or infinity, got {self.bits!r}"
            )
        object.__setattr__(self, "bits", math.inf if self.bits == math.inf else int(self.bits))

    @property
    def is_neutral(self) -> bool:
        """Whether there are infinitely many bits."""
        return math.isinf(self.bits)

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with rounded weights."""
        w, b = both_ways(net)
        w_rounded = self.rounded(w)
        return rewired(net, w_rounded, w_rounded if b is w else self.rounded(b)), {}

    def rounded(self, synapses: np.ndarray) -> np.ndarray:
        """Return the synapses of one direction, rounded; same shape."""
        strength = rms(synapses)
        if self.is_neutral or not strength:
            return synapses
        per_sign = 2 ** (int(self.bits) - 1)
        size = np.abs(synapses)
        step = 1.0 if per_sign == 1 else _best_step(size[size > 0], per_sign)
        levels = np.sign(synapses) * _nearest(size, step, per_sign)
        return levels * (strength / rms(levels))


def _nearest(size: np.ndarray, step: float, per_sign: int) -> np.ndarray:
    """Return the level nearest to a weight's size."""
    return (np.minimum(np.floor(size / step), per_sign - 1) + 0.5) * step


def _best_step(size: np.ndarray, per_sign: int) -> float:
    from scipy.optimize import minimize_scalar

    largest = float(size.max())

    def error(limit: float) -> float:
        return float(np.mean((size - _nearest(size, limit / per_sign, per_sign)) ** 2))

    found: Any = minimize_scalar(error, bounds=(0.02 * largest, largest), method="bounded")
    return float(found.x) / per_sign


@dataclass(frozen=True)
class SynapticNoise(Constraint):
    """Frozen errors of the weights: w → w + ε rms(w) g, g standard normal, independent for either direction.

    Parameters
    ----------
    std : float ≥ 0
        ε, in units of the rms of the synapses of that direction.
    """

    std: float
    name: ClassVar[str] = "synaptic_noise"
    keeps_signs: ClassVar[bool] = False

    def __post_init__(self) -> None:
        number(self, "std", 0)

    @property
    def is_neutral(self) -> bool:
        """Whether std is 0."""
        return self.std == 0

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with wrong weights; where there is no synapse, none grows."""
        w, b = (
            synapses + self.std * rms(synapses) * np.where(synapses == 0, 0.0, chance.standard_normal(synapses.shape))
            for synapses in both_ways(net)
        )
        return rewired(net, w, b), {}
