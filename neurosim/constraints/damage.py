"""Broken parts: synapses and neurons that are dead or stuck; nothing makes good for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, number, rewired, rms, some
from neurosim.network import Network


@dataclass(frozen=True)
class _Synapses(Constraint):
    """What befalls a share of the synapses."""

    share: float

    def __post_init__(self) -> None:
        number(self, "share", 0, 1)

    @property
    def is_neutral(self) -> bool:
        """Whether the share is 0."""
        return self.share == 0


@dataclass(frozen=True)
class DeadSynapses(_Synapses):
    """A share of the synapses transmits nothing, independently in either direction.

    Parameters
    ----------
    share : float in [0, 1]
        The probability that a synapse is dead.
    """

    name: ClassVar[str] = "dead_synapses"

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network without them."""
        w, b = (np.where(chance.random(s.shape) < self.share, 0.0, s) for s in both_ways(net))
        return rewired(net, w, b), {"n_synapses": int(np.count_nonzero(w) + np.count_nonzero(b))}


@dataclass(frozen=True)
class StuckSynapses(_Synapses):
    """A share of the synapses is stuck at a weight of random sign, ±rms of its direction; independently either way.

    Parameters
    ----------
    share : float in [0, 1]
        The probability that a synapse is stuck.
    """

    name: ClassVar[str] = "stuck_synapses"
    keeps_signs: ClassVar[bool] = False

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with them; where there is no synapse, none is stuck."""
        w, b = (self._stuck(synapses, chance) for synapses in both_ways(net))
        return rewired(net, w, b), {}

    def _stuck(self, synapses: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        stuck = (chance.random(synapses.shape) < self.share) & (synapses != 0)
        return np.where(stuck, rms(synapses) * np.where(chance.random(synapses.shape) < 0.5, -1.0, 1.0), synapses)


@dataclass(frozen=True)
class DeadNeurons(Constraint):
    """Neurons without synapses, that neither hear nor are heard; a dead hidden neuron is always off (its θ at least 0).

    Parameters
    ----------
    visible, hidden : float in [0, 1], default 0
        Share of either layer, rounded to whole neurons.
    """

    visible: float = 0.0
    hidden: float = 0.0
    name: ClassVar[str] = "dead_neurons"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number(self, "visible", 0, 1)
        number(self, "hidden", 0, 1)

    @property
    def is_neutral(self) -> bool:
        """Whether both shares are 0."""
        return self.visible == self.hidden == 0

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with them silenced, and which they are."""
        dead = some(net.n_visible, self.visible, chance), some(net.n_hidden, self.hidden, chance)
        lost = dead[0][:, None] | dead[1]
        w, b = both_ways(net)
        w_left = np.where(lost, 0.0, w)
        threshold = np.where(dead[1], np.maximum(net.threshold, 0.0), net.threshold)
        net = rewired(net, w_left, w_left if b is w else np.where(lost, 0.0, b), threshold=threshold)
        return net, {f"dead_{layer}": _listed(which) for layer, which in zip(("visible", "hidden"), dead, strict=True)}


@dataclass(frozen=True)
class StuckNeurons(Constraint):
    """Hidden neurons that are always on: they hear nothing, and their threshold is at −1, below their rest.

    Parameters
    ----------
    hidden : float in [0, 1]
        Share of the hidden layer, rounded to whole neurons.
    """

    hidden: float
    name: ClassVar[str] = "stuck_neurons"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number(self, "hidden", 0, 1)

    @property
    def is_neutral(self) -> bool:
        """Whether the share is 0."""
        return self.hidden == 0

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with them always on, and which they are."""
        stuck = some(net.n_hidden, self.hidden, chance)
        w, b = both_ways(net)
        threshold = np.where(stuck, -1.0, net.threshold)
        return rewired(net, w, np.where(stuck, 0.0, b), threshold=threshold), {"stuck_hidden": _listed(stuck)}


def _listed(which: np.ndarray) -> list[int]:
    return np.flatnonzero(which).tolist()
