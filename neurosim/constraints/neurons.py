"""Hidden neurons that differ from one another, and homeostasis, which makes their self-couplings equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, rewired
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.validation import assign, boolean, real


@dataclass(frozen=True)
class Homeostatic(Constraint):
    """Scale all synapses of each hidden neuron, in both directions, by 1/√J_μμ, so that J_μμ = 1.

    Parameters
    ----------
    incoming_only : bool, default False
        Scale the synapses visible → hidden alone, by 1/J_μμ, like synaptic scaling in the brain [1]_:
        J_μν → J_μν/J_μμ.

    Raises
    ------
    InvalidInput
        In `apply`: the visible neurons are not linear, so that there is no J.

    Notes
    -----
    J_μν → J_μν/√(J_μμ J_νν). J_μμ is the drive that a neuron sends to itself through the visible layer when it alone is
    active, so it can be read off the potential of the neuron. A neuron with J_μμ ≤ 0 is not changed.

    References
    ----------
    .. [1] G. G. Turrigiano et al., Nature 391:892, 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network, theory
    >>> from neurosim.constraints import Homeostatic, Sparse, constrain
    >>> net = constrain(Network.gaussian(1000, 10, seed=0), [Sparse(0.1), Homeostatic()], seed=0)
    >>> bool(np.allclose(np.diag(theory.effective_coupling(net)), 1))
    True
    """

    incoming_only: bool = False
    name: ClassVar[str] = "homeostatic"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        assign(self, incoming_only=boolean(self.incoming_only, "incoming_only of homeostatic"))

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the scaled network, and the hidden neurons that could not be scaled."""
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
    """Make thresholds differ from neuron to neuron: θ_μ → θ_μ + std·g, g standard normal; not of dead and stuck ones.

    Parameters
    ----------
    std : float ≥ 0
        Standard deviation of the thresholds, in units of h.

    See Also
    --------
    SpreadTau : Time constants that differ between neurons.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import SpreadThreshold, constrain
    >>> net = constrain(Network.gaussian(100, 1000, seed=0), [SpreadThreshold(0.1)], seed=0)
    >>> round(float(net.threshold.std()), 1)
    0.1
    """

    std: float
    name: ClassVar[str] = "spread_threshold"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        assign(self, std=real(self.std, "std of spread_threshold", at_least=0))

    @property
    def is_neutral(self) -> bool:
        """Whether std is 0."""
        return self.std == 0

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with other thresholds."""
        moved = self.std * rng.standard_normal(net.n_hidden)
        for record in net.constraints:
            moved[[*record.get("stuck_hidden", []), *record.get("dead_hidden", [])]] = 0.0
        return net.replace(threshold=net.threshold + moved), {}


@dataclass(frozen=True)
class SpreadTau(Constraint):
    """Make hidden time constants differ from neuron to neuron: τ_h times a log-normal factor of mean 1.

    Parameters
    ----------
    cv : float from 0 to 100
        Standard deviation of the factor.

    See Also
    --------
    SpreadThreshold : Thresholds that differ between neurons.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import SpreadTau, constrain
    >>> net = constrain(Network.gaussian(100, 1000, seed=0), [SpreadTau(0.5)], seed=0)
    >>> round(float(net.tau_h.std() / net.tau_h.mean()), 1)
    0.5
    """

    cv: float
    name: ClassVar[str] = "spread_tau"
    whole_neurons: ClassVar[bool] = True

    def __post_init__(self) -> None:
        assign(self, cv=real(self.cv, "cv of spread_tau", at_least=0, at_most=100))

    @property
    def is_neutral(self) -> bool:
        """Whether cv is 0."""
        return self.cv == 0

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with other time constants."""
        return net if self.is_neutral else net.replace(tau_h=net.tau_h * log_normal(net.n_hidden, self.cv, rng)), {}


def log_normal(n: int, variation: float, rng: np.random.Generator) -> np.ndarray:
    """Draw log-normal factors of mean 1.

    Parameters
    ----------
    n : int
    variation : float ≥ 0
        Coefficient of variation.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.constraints.neurons import log_normal
    >>> factors = log_normal(100_000, 0.5, np.random.default_rng(0))
    >>> round(float(factors.mean()), 2), round(float(factors.std()), 2)
    (1.0, 0.5)
    """
    width = np.sqrt(np.log1p(variation**2))
    return np.exp(width * rng.standard_normal(n) - width**2 / 2)
