"""Theory of constrained networks: moments of the synapses for Gaussian weights, perturbation of J for learned ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from neurosim import InvalidInput, Network, constraints, theory
from neurosim.constraints import Constraint, Quantised, Sparse
from neurosim.theory import Moments

_N_DRAWS = 4_096  # of a row of J, for the probability of a certificate

# moments after a constraint, from the constraint and the moments before
_AFTER: dict[type[Constraint], Callable[[Any, Moments], Moments]] = {
    constraints.Sparse: lambda c, m: m.sparse(c.density, reciprocal=c.reciprocal),
    constraints.Asymmetric: lambda c, m: m.asymmetric(c.correlation),
    constraints.Homeostatic: lambda c, m: m.homeostatic(),
    constraints.SynapticNoise: lambda c, m: m.noisy(c.std),
    constraints.SpreadThreshold: lambda c, m: m,
    constraints.SpreadTau: lambda c, m: m,
    constraints.DeadSynapses: lambda c, m: m.thinned(1 - c.share, together=False),
    constraints.StuckSynapses: lambda c, m: m.stuck(c.share),
    constraints.DeadNeurons: lambda c, m: m.silenced(c.visible),
}
# the moments above that need all synapses to exist, because they do not change missing ones
_OF_ALL = (constraints.Asymmetric, constraints.SynapticNoise, constraints.StuckSynapses)
# moments of Gaussian weights after a first constraint
_FIRST: dict[type[Constraint], Callable[[Any], Moments]] = {
    constraints.Dale: lambda c: (
        Moments.gaussian()
        if c.interneurons == "relay"
        else Moments.dale(c.excitatory_visible, c.excitatory_hidden, pool=c.interneurons == "pool")
    ),
    constraints.Bounded: lambda c: Moments.transformed(lambda x: np.clip(x, -c.limit, c.limit)),
    constraints.Quantised: lambda c: Moments.transformed(rounding(c)),
}


def rounding(constraint: Quantised) -> Callable[[np.ndarray], np.ndarray]:
    """Return the rounded value of a weight, as a function, for many standard normal weights.

    Parameters
    ----------
    constraint : Quantised

    Returns
    -------
    callable (ndarray) → ndarray

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.constraints import Quantised
    >>> from neurosim.measure.constraints.laws import rounding
    >>> rounding(Quantised(1))(np.array([-2.0, 0.5])).round(3)
    array([-1.,  1.])
    """
    from scipy.special import ndtri

    weights = ndtri((np.arange(100_000) + 0.5) / 100_000)
    levels = constraint.rounded(weights)
    return lambda x: np.interp(x, weights, levels)


@cache
def moments(several: tuple[Constraint, ...]) -> Moments | None:
    """Return the moments of Gaussian synapses under constraints.

    Parameters
    ----------
    several : tuple of Constraint

    Returns
    -------
    neurosim.theory.Moments or None
        None where there is no theory.

    See Also
    --------
    stored : The share of stable states that follows from them.

    Examples
    --------
    >>> from neurosim.constraints import DeadSynapses, StuckNeurons
    >>> from neurosim.measure.constraints.laws import moments
    >>> round(moments((DeadSynapses(0.3),)).bw.item(), 2)  # mean of J_μμ
    0.49
    >>> moments((StuckNeurons(0.1),)) is None
    True
    """
    found, all_exist = Moments.gaussian(), True
    for place, constraint in enumerate(several):
        if constraint.is_neutral:
            continue
        if place == 0 and type(constraint) in _FIRST:
            found = _FIRST[type(constraint)](constraint)
        elif type(constraint) in _AFTER and (all_exist or not isinstance(constraint, _OF_ALL)):
            evened, found = found.even, _AFTER[type(constraint)](constraint, found)
            if evened and not found.even:
                return None  # J_μμ varies again, but by what came after homeostasis only
        else:
            return None
        if isinstance(constraint, constraints.Homeostatic) and constraint.incoming_only:
            return None
        all_exist &= not _removes(constraint)
    return found


def _removes(constraint: Constraint) -> bool:
    """Return whether a constraint removes synapses."""
    cut = isinstance(constraint, constraints.Dale) and constraint.interneurons == "none"
    return cut or isinstance(constraint, (constraints.Sparse, constraints.DeadSynapses, constraints.DeadNeurons))


def stored(several: Sequence[Constraint], n_visible: int, n_hidden: int, *, best: bool = False) -> float:
    """Return the share of states that are stable in Gaussian networks under constraints, by theory.

    Parameters
    ----------
    several : sequence of Constraint
    n_visible, n_hidden : int
    best : bool, default False
        Whether to use the one threshold that is best for all networks, instead of θ = ½.

    Returns
    -------
    float
        NaN where there is no theory.

    See Also
    --------
    neurosim.theory.stable_share : The normal approximation.
    neurosim.measure.constraints.stability.gaussian_shares : The measured share.

    Notes
    -----
    The normal approximation from moments of the synapses, with three additions. Every dead hidden neuron halves the
    share, because it is off in every state. A neuron without any synapse under sparse wiring, with probability
    (1 − p)^N_v, has the same effect, which homeostasis does not compensate. If dead visible neurons are the only
    constraint, the others are a Gaussian network, for which the exact law holds.

    Examples
    --------
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.laws import stored
    >>> [round(stored([Sparse(p)], 1000, 10), 2) for p in (0.01, 0.1)]
    [0.4, 1.0]
    """
    found = moments(tuple(several))
    if found is None:
        return math.nan
    dead = sum(round(c.hidden * n_hidden) for c in several if isinstance(c, constraints.DeadNeurons))
    left = n_hidden - dead
    if not left:
        return 0.5**dead
    threshold = theory.best_threshold(found, n_visible, left) if best else 0.5
    changing = [constraint for constraint in several if not constraint.is_neutral]
    if len(changing) == 1 and isinstance(changing[0], constraints.DeadNeurons):
        alive = n_visible - round(changing[0].visible * n_visible)
        if alive:  # a Gaussian network of fewer neurons, J and θ in its units
            return 0.5**dead * theory.expected_fixed_points(alive, left, threshold * n_visible / alive).share
    bare = 0.0
    if found.even and isinstance(several[0], Sparse) and several[0].reciprocal:
        bare = (1 - several[0].density) ** n_visible
    spread = math.sqrt(sum(c.std**2 for c in several if isinstance(c, constraints.SpreadThreshold)))
    share = theory.stable_share(found, n_visible, left, threshold, threshold_std=spread)
    return 0.5**dead * (1 - bare / 2) ** left * share


@dataclass(frozen=True, eq=False)
class Perturbed:
    """Couplings of one given network under a constraint: mean and variance over the random choices of the constraint.

    Parameters
    ----------
    net : Network
        Certified: J = 1 − 11ᵀ/(N_h + 1).
    constraint : Quantised or Sparse
        Reciprocal, if sparse.

    Raises
    ------
    InvalidInput
        Another constraint.

    See Also
    --------
    stored : The theory for Gaussian weights.
    neurosim.measure.constraints.stability.learned_shares : The measured shares.

    Notes
    -----
    J_μν → own_gain·J_μμ, gain·J_μν, plus noise. Hidden neuron μ has synapses b_iμ, and X_i = Σ_ν w_iν s_ν, ν ≠ μ
    (X_i/√N_h is the visible state). Errors of the fields are larger than those caused by independent errors of the
    J_μν, because an error of b_iμ is multiplied by all of X_i, and learned weights sum up to images.

    `Quantised`: w → ρ_w w + e, b → ρ_b b + e′, var e = D_w = rms(w)²(1 − ρ_w²), and e′ likewise, independent, so that
    N_v² var h_μ = Σ_i [D_b ρ_w² (X_i + s_μ w_iμ)² + k D_w (b_iμ² ρ_b² + D_b)] for k active neurons, with gains ρ_w ρ_b.

    `Sparse`, reciprocal, with density p: own_gain 1, gain p, and
    N_v² var h_μ = Σ_i b_iμ² (1 − p) [w_iμ² s_μ/p + 2 s_μ w_iμ X_i + p X_i² + Σ_ν w_iν² s_ν].

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.laws import Perturbed
    >>> net = Network(np.ones((4, 1)), feedback=np.full((1, 4), 0.5), threshold=0.0)
    >>> round(Perturbed(net, Sparse(0.5)).certified(), 2)
    0.98
    """

    net: Network
    constraint: Constraint

    def __post_init__(self) -> None:
        sparse = isinstance(self.constraint, Sparse) and self.constraint.reciprocal
        if not (sparse or isinstance(self.constraint, Quantised)):
            raise InvalidInput(f"the constraint must be quantised or reciprocal sparse, got {self.constraint!r}")

    def field(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of h in states.

        Parameters
        ----------
        states : ndarray (state, hidden) bool

        Returns
        -------
        mean, std : ndarray (state, hidden)
        """
        s, w, b = states.astype(float), self.net.weights, self.net.feedback_weights.T
        coupling = self._mean_coupling()
        visible = s @ w.T  # X_i, including μ itself
        if isinstance(self.constraint, Quantised):
            (rho_w, lost_w), (rho_b, lost_b) = self._rounding()
            others = lost_w * (rho_b**2 * (b**2).sum(axis=0) + lost_b * self.net.n_visible)
            size = (visible**2).sum(axis=1, keepdims=True)
            variance = lost_b * rho_w**2 * size + s.sum(axis=1, keepdims=True) * others
            return s @ coupling.T, np.sqrt(variance) / self.net.n_visible
        p = self._density
        square, own = b**2, w * b**2
        # X without μ is visible − s_μ w_iμ: Σ_i b² X², Σ_i b² w X and Σ_i b² Σ w² s for every μ
        crossed, alone = visible @ own, (square * w**2).sum(axis=0)
        without = visible**2 @ square - s * (2 * crossed - alone)
        beside = s @ (w**2).T @ square - s * alone
        variance = (1 - p) * (s * alone / p + 2 * s * (crossed - alone) + p * without + beside)
        return s @ coupling.T, np.sqrt(np.maximum(variance, 0)) / self.net.n_visible

    def row_covariance(self, neuron: int) -> np.ndarray:
        """Return the covariances of J_μν and J_μκ, over ν and κ, for one neuron μ.

        All J_μν of a row have the errors of the same b_iμ, multiplied by the w_iν, so that they are correlated where
        the columns w_ν are.

        Parameters
        ----------
        neuron : int
            μ.

        Returns
        -------
        ndarray (hidden, hidden)
        """
        n_hidden, n_visible = self.net.n_hidden, self.net.n_visible
        w, b = self.net.weights, self.net.feedback_weights[neuron]
        if isinstance(self.constraint, Quantised):
            (rho_w, lost_w), (rho_b, lost_b) = self._rounding()
            alone = lost_w * (rho_b**2 * float(b @ b) + lost_b * n_visible)
            return (lost_b * rho_w**2 * w.T @ w + alone * np.eye(n_hidden)) / n_visible**2
        p = self._density
        shared = (w * (b**2)[:, None]).T @ w  # Σ_i b_iμ² w_iν w_iκ
        scale = np.where(np.arange(n_hidden) == neuron, p**-0.5, p**0.5)
        alone = np.where(np.arange(n_hidden) == neuron, 0.0, np.diag(shared))
        return (1 - p) * (scale[:, None] * shared * scale + np.diag(alone)) / n_visible**2

    @property
    def _density(self) -> float:
        return self.constraint.density if isinstance(self.constraint, Sparse) else 1.0

    def _mean_coupling(self) -> np.ndarray:
        coupling = theory.effective_coupling(self.net)
        if isinstance(self.constraint, Quantised):
            (rho_w, _), (rho_b, _) = self._rounding()
            return rho_w * rho_b * coupling
        return np.where(np.eye(self.net.n_hidden, dtype=bool), 1.0, self._density) * coupling

    def _rounding(self) -> list[tuple[float, float]]:
        """Return ρ and D of both directions, w first."""
        found = []
        for synapses in (self.net.weights, self.net.feedback_weights.T):
            rounded = self.constraint.rounded(synapses) if isinstance(self.constraint, Quantised) else synapses
            size = float(np.mean(synapses**2))
            rho = float(np.mean(synapses * rounded)) / size
            found.append((rho, size * max(1 - rho**2, 0.0)))
        return found

    def stored(self, states: np.ndarray) -> float:
        """Return the share of states that stay stable, with independent normal errors of the fields.

        Parameters
        ----------
        states : ndarray (state, hidden) bool
            Stable states of the network without the constraint.
        """
        from scipy.special import log_ndtr

        mean, std = self.field(states)
        ahead = np.where(states, 1.0, -1.0) * (mean - self.net.threshold)
        with np.errstate(divide="ignore", under="ignore"):
            return float(np.exp(log_ndtr(ahead / std).sum(axis=1)).mean())

    def certified(self) -> float:
        """Return the probability that all states stay certified, by 4,096 draws of each row of J.

        The condition is that of `neurosim.theory.certify_all_states`. A row of J counts as normal, with the covariance
        of `row_covariance`; rows count as independent. They are correlated where feedback resembles the forward
        synapses: two neurons at a density of 0.06, b ∝ w, stay certified more often than this. Of few lost synapses the
        errors are not normal: learned networks at a density near 1 are certified less often than this.
        """
        rng, share, mean = np.random.default_rng(0), 1.0, self._mean_coupling()
        for neuron, threshold in enumerate(self.net.threshold):
            covariance = self.row_covariance(neuron)
            row = rng.multivariate_normal(mean[neuron], covariance, _N_DRAWS, method="eigh")
            own = row[:, neuron].copy()
            row[:, neuron] = 0
            active, inactive = own + np.minimum(row, 0).sum(axis=1), np.maximum(row, 0).sum(axis=1)
            share *= float(((active > threshold) & (inactive <= threshold)).mean())
        return share
