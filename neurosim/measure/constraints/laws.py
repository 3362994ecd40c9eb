"""What theory says of constrained networks: moments of synapses for random ones, the perturbation of J for learned."""

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

# type → moments after it, from the constraint and the moments before
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
# of these, only where all synapses exist: they leave those alone that do not
_OF_ALL = (constraints.Asymmetric, constraints.SynapticNoise, constraints.StuckSynapses)
# type → moments after it, of Gaussian weights
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
    """Return what quantisation makes of many standard normal weights, as a function of the weight."""
    from scipy.special import ndtri

    weights = ndtri((np.arange(100_000) + 0.5) / 100_000)
    levels = constraint.rounded(weights)
    return lambda x: np.interp(x, weights, levels)


@cache
def moments(several: tuple[Constraint, ...]) -> Moments | None:
    """Return the moments of Gaussian synapses under constraints, or None where there is no theory of them."""
    found, all_exist = Moments.gaussian(), True
    for place, constraint in enumerate(several):
        if constraint.is_neutral:
            continue
        if place == 0 and type(constraint) in _FIRST:
            found = _FIRST[type(constraint)](constraint)
        elif type(constraint) in _AFTER and (all_exist or not isinstance(constraint, _OF_ALL)):
            found = _AFTER[type(constraint)](constraint, found)
        else:
            return None
        if isinstance(constraint, constraints.Homeostatic) and constraint.incoming_only:
            return None
        all_exist &= not _removes(constraint)
    return found


def _removes(constraint: Constraint) -> bool:
    """Return whether a constraint leaves synapses at 0."""
    cut = isinstance(constraint, constraints.Dale) and constraint.interneurons == "none"
    return cut or isinstance(constraint, (constraints.Sparse, constraints.DeadSynapses, constraints.DeadNeurons))


def stored(several: Sequence[Constraint], n_visible: int, n_hidden: int, *, best: bool = False) -> float:
    """Return the share of states that are stable in Gaussian networks under constraints, at θ = ½; NaN: no theory.

    Parameters
    ----------
    several : sequence of Constraint
    n_visible, n_hidden : int
    best : bool, default False
        At the one threshold that is best for all networks, instead of ½.

    Notes
    -----
    Every dead hidden neuron halves the share: it is off, whatever the state. So does one that homeostasis cannot help,
    since sparse wiring left it without any synapse, with probability (1 − p)^N_v. Dead visible neurons alone leave a
    Gaussian network, of which the exact law holds. All else in the normal approximation (`theory.stable_share`).
    """
    found = moments(tuple(several))
    if found is None:
        return math.nan
    spread = math.sqrt(sum(c.std**2 for c in several if isinstance(c, constraints.SpreadThreshold)))
    dead = sum(round(c.hidden * n_hidden) for c in several if isinstance(c, constraints.DeadNeurons))
    left = n_hidden - dead
    if not left:
        return 0.5**dead
    bare = 0.0
    if found.even and isinstance(several[0], Sparse) and several[0].reciprocal:
        bare = (1 - several[0].density) ** n_visible
    threshold = theory.best_threshold(found, n_visible, left) if best else 0.5
    changing = [constraint for constraint in several if not constraint.is_neutral]
    if len(changing) == 1 and isinstance(changing[0], constraints.DeadNeurons):
        seeing = n_visible - round(changing[0].visible * n_visible)
        if seeing:  # a Gaussian network of fewer neurons, J and θ in its units
            return 0.5**dead * theory.expected_fixed_points(seeing, left, threshold * n_visible / seeing).share
    return (
        0.5**dead
        * (1 - bare / 2) ** left
        * theory.stable_share(found, n_visible, left, threshold, threshold_std=spread)
    )


@dataclass(frozen=True, eq=False)
class Perturbed:
    """What a constraint makes of the couplings of one given network, mean and variance over its random choices.

    J_μν → own_gain·J_μμ, gain·J_μν, and noise on top. Hidden neuron μ has synapses b_iμ, and X_i = Σ_ν w_iν s_ν, ν ≠ μ
    (X_i/√N_h is the visible state). Fields err by more than independent errors of the J_μν would make them: an error
    of b_iμ meets all of X_i, and learned weights add up to images.

    "quantised": w → ρ_w w + e, b → ρ_b b + e′, var e = D_w = rms(w)²(1 − ρ_w²), and e′ alike, independent, so that
    N_v² var h_μ = Σ_i [D_b (X_i + s_μ w_iμ)² + k D_w (b_iμ² ρ_b² + D_b)], gains ρ_w ρ_b.

    "sparse", reciprocal, with density p: own_gain 1, gain p, and
    N_v² var h_μ = Σ_i b_iμ² (1 − p) [w_iμ² s_μ/p + 2 s_μ w_iμ X_i + p X_i² + Σ_ν w_iν² s_ν].

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
    """

    net: Network
    constraint: Constraint

    def __post_init__(self) -> None:
        sparse = isinstance(self.constraint, Sparse) and self.constraint.reciprocal
        if not (sparse or isinstance(self.constraint, Quantised)):
            raise InvalidInput(f"the constraint must be quantised or reciprocal sparse, got {self.constraint!r}")

    def field(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of h, (state, hidden), in states (state, hidden)."""
        s, w, b = states.astype(float), self.net.weights, self.net.feedback_weights.T
        coupling = self._mean_coupling()
        seen = s @ w.T  # X, with μ itself
        if isinstance(self.constraint, Quantised):
            (_, lost_w), (rho_b, lost_b) = self._rounding()
            others = lost_w * (rho_b**2 * (b**2).sum(axis=0) + lost_b * self.net.n_visible)
            variance = lost_b * (seen**2).sum(axis=1, keepdims=True) + s.sum(axis=1, keepdims=True) * others
            return s @ coupling.T, np.sqrt(variance) / self.net.n_visible
        p = self._density
        square, own = b**2, w * b**2
        # X without μ is seen − s_μ w_iμ: Σ_i b² X², Σ_i b² w X and Σ_i b² Σ w² s for every μ
        crossed, alone = seen @ own, (square * w**2).sum(axis=0)
        without = seen**2 @ square - s * (2 * crossed - alone)
        beside = s @ (w**2).T @ square - s * alone
        variance = (1 - p) * (s * alone / p + 2 * s * (crossed - alone) + p * without + beside)
        return s @ coupling.T, np.sqrt(np.maximum(variance, 0)) / self.net.n_visible

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
        """Return ρ and D of either direction."""
        found = []
        for synapses in (self.net.weights, self.net.feedback_weights.T):
            rounded = self.constraint.rounded(synapses) if isinstance(self.constraint, Quantised) else synapses
            size = float(np.mean(synapses**2))
            rho = float(np.mean(synapses * rounded)) / size
            found.append((rho, size * max(1 - rho**2, 0.0)))
        return found

    def stored(self, states: np.ndarray) -> float:
        """Return the share of states that stay stable; fields of different neurons err independently, normally."""
        from scipy.special import log_ndtr

        mean, std = self.field(states)
        ahead = np.where(states, 1.0, -1.0) * (mean - self.net.threshold)
        with np.errstate(divide="ignore"):
            return float(np.exp(log_ndtr(ahead / std).sum(axis=1)).mean())

    def certified(self) -> float:
        """Return the probability that all states stay proven: J_μν < 0 for all μ ≠ ν, and every row's sum above θ.

        As if these erred independently. J_μν and J_νμ do not quite, where feedback resembles the forward path: two
        neurons at a density of 0.06, b ∝ w, stay certified more often than so.
        """
        from scipy.special import log_ndtr

        n = self.net.n_hidden
        mean, std = self.field(np.eye(n, dtype=bool))  # with only ν active the field of μ is J_μν
        off = ~np.eye(n, dtype=bool)
        row, row_std = self.field(np.ones((1, n), dtype=bool))
        with np.errstate(divide="ignore"):
            inactive = log_ndtr((self.net.threshold - mean)[off] / std[off]).sum()
            return math.exp(inactive + log_ndtr((row - self.net.threshold) / row_std).sum())
