"""The precision of synapses: bounded weights, few levels, frozen errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, rewired, rms
from neurosim.network import Network
from neurosim.validation import assign, real, real_array, real_or_infinite, whole

MOST_BITS = 8
_MOST = 2**21  # pairs of a weight and a level; of more weights, the means of groups of similar ones are taken


@dataclass(frozen=True)
class Bounded(Constraint):
    """Clip every weight to [−c, c], without scaling weights to compensate.

    Parameters
    ----------
    limit : float > 0
        c, in units of the rms of the synapses of that direction; infinite: no bound.

    See Also
    --------
    Quantised : Few levels instead of a bound.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.constraints import Bounded, constrain
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> bounded = constrain(net, [Bounded(1.0)], seed=0)
    >>> bool(np.isclose(np.abs(bounded.weights).max(), np.sqrt(np.mean(net.weights**2))))
    True
    """

    limit: float
    name: ClassVar[str] = "bounded"

    def __post_init__(self) -> None:
        assign(self, limit=real_or_infinite(self.limit, "limit of bounded", above=0))

    @property
    def is_neutral(self) -> bool:
        """Whether the limit is infinite."""
        return math.isinf(self.limit)

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with clipped weights."""
        w, b = both_ways(net)
        w_clipped = self._clipped(w)
        return rewired(net, w_clipped, w_clipped if b is w else self._clipped(b)), {}

    def _clipped(self, synapses: np.ndarray) -> np.ndarray:
        return np.clip(synapses, -self.limit * rms(synapses), self.limit * rms(synapses))


@dataclass(frozen=True)
class Quantised(Constraint):
    """Round every weight to one of 2^bits equally spaced levels, (k + ½)Δ for k = −2^(bits−1) … 2^(bits−1) − 1.

    Parameters
    ----------
    bits : int from 1 to 8, or infinity
        With infinity the weights are unchanged.

    See Also
    --------
    SynapticNoise : Random errors of the weights.

    Notes
    -----
    Δ minimises the mean square error (of more than 2^22/2^bits weights, that of groups of similar ones); then all
    levels of one direction are scaled to preserve its rms: one bit keeps signs only, ±rms. Missing synapses (weight 0)
    stay missing.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.constraints import Quantised, constrain
    >>> len(np.unique(constrain(Network.gaussian(1000, 10, seed=0), [Quantised(3)], seed=0).weights))
    8
    """

    bits: float
    name: ClassVar[str] = "quantised"

    def __post_init__(self) -> None:
        bits = self.bits
        if not (isinstance(bits, (float, np.floating)) and bits == math.inf):
            exact = int(bits) if isinstance(bits, (float, np.floating)) and bits == bits // 1 else bits
            bits = whole(exact, "bits of quantised", at_least=1, at_most=MOST_BITS, remedy="or give infinity")
        assign(self, bits=bits)

    @property
    def is_neutral(self) -> bool:
        """Whether there are infinitely many bits."""
        return math.isinf(self.bits)

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with rounded weights."""
        w, b = both_ways(net)
        w_rounded = self.rounded(w)
        return rewired(net, w_rounded, w_rounded if b is w else self.rounded(b)), {}

    def rounded(self, synapses: np.ndarray) -> np.ndarray:
        """Return the synapses of one direction, rounded.

        Parameters
        ----------
        synapses : ndarray

        Returns
        -------
        ndarray
            Of the same shape.

        Examples
        --------
        >>> import numpy as np
        >>> from neurosim.constraints import Quantised
        >>> Quantised(1).rounded(np.array([3.0, -4.0, 0.0])).round(3).tolist()
        [3.536, -3.536, 0.0]
        """
        synapses = real_array(synapses, "synapses")
        strength = rms(synapses)
        if self.is_neutral or not strength:
            return synapses
        per_sign = 2 ** (int(self.bits) - 1)
        size = np.abs(synapses)
        step = 1.0 if per_sign == 1 else _best_step(size[size > 0], per_sign)
        levels = np.sign(synapses) * _nearest(size, step, per_sign)
        return levels * (strength / rms(levels))


def _nearest(size: np.ndarray, step: float, per_sign: int) -> np.ndarray:
    """Return the level nearest to the size of each weight."""
    return (np.minimum(np.floor(size / step), per_sign - 1) + 0.5) * step


def _best_step(size: np.ndarray, per_sign: int) -> float:
    """Return the step Δ with the least mean square error.

    If weight i has level k_i, the best Δ is Σ (k_i + ½) w_i / Σ (k_i + ½)², and the error falls with the square of the
    numerator over the denominator. While Δ decreases, weight i rises to level k where Δ = w_i/k.
    """
    starts = np.arange(0, len(size), -(-len(size) * per_sign // _MOST))
    count = np.diff(starts, append=len(size))
    total = np.add.reduceat(np.sort(size), starts)
    level = np.arange(1.0, per_sign)
    order = np.argsort(-(total / count / level[:, None]), axis=None)
    above = 0.5 * total.sum() + np.cumsum(np.append(0.0, np.tile(total, len(level))[order]))
    below = 0.25 * len(size) + np.cumsum(np.append(0.0, (2 * level[:, None] * count).ravel()[order]))
    best = np.argmax(above**2 / below)
    return float(above[best] / below[best])


@dataclass(frozen=True)
class SynapticNoise(Constraint):
    """Add frozen errors to the weights: w → w + ε rms(w) g, g standard normal, independent for both directions.

    Missing synapses (weight 0) stay missing.

    Parameters
    ----------
    std : float ≥ 0
        ε, in units of the rms of the synapses of that direction.

    See Also
    --------
    Asymmetric : Errors of the feedback alone.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.constraints import SynapticNoise, constrain
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> round(float(np.std(constrain(net, [SynapticNoise(0.2)], seed=0).weights - net.weights)), 1)
    0.2
    """

    std: float
    name: ClassVar[str] = "synaptic_noise"
    keeps_signs: ClassVar[bool] = False

    def __post_init__(self) -> None:
        assign(self, std=real(self.std, "std of synaptic_noise", at_least=0))

    @property
    def is_neutral(self) -> bool:
        """Whether std is 0."""
        return self.std == 0

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with errors of the weights."""
        w, b = (
            synapses + self.std * rms(synapses) * np.where(synapses == 0, 0.0, rng.standard_normal(synapses.shape))
            for synapses in both_ways(net)
        )
        return rewired(net, w, b), {}
