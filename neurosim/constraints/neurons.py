"""Hidden neurons that are not all alike, and homeostasis, which makes them so again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, flag, number, rewired
from neurosim.errors import InvalidInput
from neurosim.network import Network


@dataclass(frozen=True)
class Homeostatic(Constraint):
    """Scale all synapses of each hidden neuron, both ways, by 1/√J_μμ: then J_μμ = 1, and J_μν → J_μν/√(J_μμ J_νν).

    J_μμ is what a neuron that alone is active sends itself through the visible layer, so it can be read off its own
    potential. A neuron with J_μμ ≤ 0 has no factor that would do, and is left as it is.

    Parameters
    ----------
    incoming_only : bool, default False
        Scale the synapses visible → hidden alone, by 1/J_μμ, as synaptic scaling in the brain does (Turrigiano et al.,
        Nature 391:892, 1998): J_μν → J_μν/J_μμ.
    """

    incoming_only: bool = False
    name: ClassVar[str] = "homeostatic"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        flag(self, "incoming_only")

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the scaled network, and the hidden neurons that could not be.

        Raises
        ------
        InvalidInput
            The visible neurons are not linear, so that there is no J.
        """
        if not net.is_linear:
            raise InvalidInput(f"homeostatic needs linear visible neurons, got {net.visible_activation!r}")
        w, b = both_ways(net)
        own = np.einsum("im,im->m", b, w) / net.n_visible
        factor = 1 / np.where(own > 0, own, 1.0)
        if self.incoming_only:
            net = rewired(net, w, b * factor)
        else:
            w_scaled = w * np.sqrt(factor)
            net = rewired(net, w_scaled, w_scaled if b is w else b * np.sqrt(factor))
        return net, {"unscaled_hidden": np.flatnonzero(own <= 0).tolist()}


@dataclass(frozen=True)
class SpreadThreshold(Constraint):
    """Thresholds that differ from neuron to neuron: θ_μ → θ_μ + std·g, g standard normal; of stuck neurons none.

    Parameters
    ----------
    std : float ≥ 0
        In units of h.
    """

    std: float
    name: ClassVar[str] = "spread_threshold"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number(self, "std", 0)

    @property
    def is_neutral(self) -> bool:
        """Whether std is 0."""
        return self.std == 0

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with other thresholds."""
        moved = self.std * chance.standard_normal(net.n_hidden)
        for record in net.constraints:
            moved[record.get("stuck_hidden", [])] = 0.0
        return net.replace(threshold=net.threshold + moved), {}


@dataclass(frozen=True)
class SpreadTau(Constraint):
    """Hidden time constants that differ from neuron to neuron: τ_h times a log-normal factor of mean 1.

    Parameters
    ----------
    cv : float from 0 to 100
        Standard deviation of the factor.
    """

    cv: float
    name: ClassVar[str] = "spread_tau"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number(self, "cv", 0, 100)

    @property
    def is_neutral(self) -> bool:
        """Whether cv is 0."""
        return self.cv == 0

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with other time constants."""
        return net if self.is_neutral else net.replace(tau_h=net.tau_h * log_normal(net.n_hidden, self.cv, chance)), {}


def log_normal(n: int, variation: float, chance: np.random.Generator) -> np.ndarray:
    """Return n log-normal factors of mean 1 and the given coefficient of variation."""
    width = np.sqrt(np.log1p(variation**2))
    return np.exp(width * chance.standard_normal(n) - width**2 / 2)
