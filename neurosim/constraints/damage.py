"""Broken parts: synapses and neurons that are dead or stuck, without compensation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, choose, rewired, rms
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.validation import assign
from neurosim.validation import share as checked_share


@dataclass(frozen=True)
class _Synapses(Constraint):
    """Damage to a share of the synapses."""

    share: float

    def __post_init__(self) -> None:
        assign(self, share=checked_share(self.share, f"share of {self.name}"))

    @property
    def is_neutral(self) -> bool:
        """Whether the share is 0."""
        return self.share == 0


@dataclass(frozen=True)
class DeadSynapses(_Synapses):
    """Remove a share of the synapses, independently in both directions.

    Parameters
    ----------
    share : float in [0, 1]
        Probability that a synapse is dead.

    See Also
    --------
    Sparse : Remove synapses and strengthen the others.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import DeadSynapses, constrain
    >>> net = constrain(Network.gaussian(1000, 10, seed=0), [DeadSynapses(0.3)], seed=0)
    >>> round(float((net.weights == 0).mean()), 1), round(float((net.feedback == 0).mean()), 1)
    (0.3, 0.3)
    """

    name: ClassVar[str] = "dead_synapses"

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network without the dead synapses, and the number of the others."""
        w, b = (np.where(rng.random(s.shape) < self.share, 0.0, s) for s in both_ways(net))
        return rewired(net, w, b), {"n_synapses": int(np.count_nonzero(w) + np.count_nonzero(b))}


@dataclass(frozen=True)
class StuckSynapses(_Synapses):
    """Fix a share of the synapses at ±rms of their direction with a random sign, independently in both directions.

    Missing synapses (weight 0) stay missing.

    Parameters
    ----------
    share : float in [0, 1]
        Probability that a synapse is stuck.

    See Also
    --------
    neurosim.models.HardwareAdaptive : A memory that compensates for stuck synapses by learning.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import StuckSynapses, constrain
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> round(float((constrain(net, [StuckSynapses(0.3)], seed=0).weights != net.weights).mean()), 1)
    0.3
    """

    name: ClassVar[str] = "stuck_synapses"
    keeps_signs: ClassVar[bool] = False

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with stuck synapses."""
        w, b = (self._stuck(synapses, rng) for synapses in both_ways(net))
        return rewired(net, w, b), {}

    def _stuck(self, synapses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        stuck = (rng.random(synapses.shape) < self.share) & (synapses != 0)
        return np.where(stuck, rms(synapses) * np.where(rng.random(synapses.shape) < 0.5, -1.0, 1.0), synapses)


@dataclass(frozen=True)
class DeadNeurons(Constraint):
    """Remove all synapses of some neurons. A dead Heaviside unit is always off (its θ is at least 0).

    Parameters
    ----------
    visible, hidden : float in [0, 1], default 0
        Share of the neurons of each layer, rounded to whole neurons.

    See Also
    --------
    StuckNeurons : Hidden neurons that are always on.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import DeadNeurons, constrain
    >>> net = constrain(Network.gaussian(100, 10, seed=0), [DeadNeurons(hidden=0.2)], seed=0)
    >>> len(net.constraints[0]["dead_hidden"])
    2
    """

    visible: float = 0.0
    hidden: float = 0.0
    name: ClassVar[str] = "dead_neurons"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        shares = {layer: getattr(self, layer) for layer in ("visible", "hidden")}
        assign(self, **{layer: checked_share(one, f"{layer} of dead_neurons") for layer, one in shares.items()})

    @property
    def is_neutral(self) -> bool:
        """Whether both shares are 0."""
        return self.visible == self.hidden == 0

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network without these neurons, and their numbers."""
        dead = choose(net.n_visible, self.visible, rng), choose(net.n_hidden, self.hidden, rng)
        lost = dead[0][:, None] | dead[1]
        w, b = both_ways(net)
        w_left = np.where(lost, 0.0, w)
        threshold = np.where(dead[1], np.maximum(net.threshold, 0.0), net.threshold)
        net = rewired(net, w_left, w_left if b is w else np.where(lost, 0.0, b), threshold=threshold)
        return net, {f"dead_{layer}": _listed(which) for layer, which in zip(("visible", "hidden"), dead, strict=True)}


@dataclass(frozen=True)
class StuckNeurons(Constraint):
    """Keep some Heaviside units always on: without input, and with a threshold of −1, below their resting value.

    Parameters
    ----------
    hidden : float in [0, 1]
        Share of the hidden neurons, rounded to whole neurons. Those among them that are dead already stay off.

    Raises
    ------
    InvalidInput
        The network has other hidden units, which are never fully on.

    See Also
    --------
    DeadNeurons : Neurons that are always off.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import StuckNeurons, constrain
    >>> net = constrain(Network.gaussian(100, 10, seed=0), [StuckNeurons(0.2)], seed=0)
    >>> sorted(net.threshold.tolist())[:3]
    [-1.0, -1.0, 0.5]
    """

    hidden: float
    name: ClassVar[str] = "stuck_neurons"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        assign(self, hidden=checked_share(self.hidden, "hidden of stuck_neurons"))

    @property
    def is_neutral(self) -> bool:
        """Whether the share is 0."""
        return self.hidden == 0

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with these neurons always on, and their numbers."""
        if not isinstance(net.hidden_activation, Heaviside):
            raise InvalidInput(f"stuck_neurons needs Heaviside hidden units, got {net.hidden_activation!r}")
        stuck = choose(net.n_hidden, self.hidden, rng)
        for record in net.constraints:
            stuck[list(record.get("dead_hidden", []))] = False
        w, b = both_ways(net)
        threshold = np.where(stuck, -1.0, net.threshold)
        return rewired(net, w, np.where(stuck, 0.0, b), threshold=threshold), {"stuck_hidden": _listed(stuck)}


def _listed(which: np.ndarray) -> list[int]:
    return np.flatnonzero(which).tolist()
