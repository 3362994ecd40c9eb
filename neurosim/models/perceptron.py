"""Pairwise memory of perceptrons, with the largest capacity of pairwise synapses."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise
from neurosim.validation import real, whole


class Perceptron(Pairwise):
    """Pairwise memory in which each neuron is a perceptron that learns its bits of all patterns [1]_.

    Each row W_i is learned until ξ_i^μ Σ_j W_ij ξ_j^μ > κ |W_i| for all μ; W_ii = 0, and finally |W_i| = 1.

    Parameters
    ----------
    margin : float >= 0, default 0
        κ, in units of |W_i|; Gardner's κ, for which Σ_j W_ij² = 1.
    max_epochs : int >= 1, default 1000
        Passes over the patterns after which learning stops, converged or not.

    Attributes
    ----------
    converged : bool
        Whether every neuron reached its margin for every pattern.
    n_epochs : int
        Passes made; if learning converged, the last of them corrected nothing.

    See Also
    --------
    PseudoInverse : Exact up to N − 1 patterns, in closed form.

    Notes
    -----
    A pattern that misses its margin adds ξ_i^μ ξ_j^μ to W_ij. These are whole numbers, so that a field of 0 is exactly
    0. Learning ends after finitely many epochs if any weights reach the margin: for large N, up to α = 2 patterns per
    neuron at κ = 0. The weights are not symmetric, so there is no energy, and recall can cycle.

    References
    ----------
    .. [1] E. Gardner, J. Phys. A 21:257, 1988.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Perceptron
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (60, 50))
    >>> model = Perceptron().store(patterns)
    >>> model.converged, bool(model.is_fixed(patterns).all())
    (True, True)
    """

    name = "perceptron"
    source = "Gardner 1988, J. Phys. A 21:257"
    symmetric = False
    converged: bool
    n_epochs: int

    def __init__(self, *, margin: float = 0.0, max_epochs: int = 1000) -> None:
        self.margin, self.max_epochs = real(margin, "margin", at_least=0), whole(max_epochs, "max_epochs", at_least=1)

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        weights = np.zeros((self.n_neurons, self.n_neurons))
        pending = np.arange(self.n_neurons)  # neurons that still miss a margin
        self.n_epochs = 0
        while pending.size and self.n_epochs < self.max_epochs:
            rows = weights[pending]
            missed = self._epoch(rows, pending, patterns)
            weights[pending] = rows
            pending = pending[missed]
            self.n_epochs += 1
        self.converged = not pending.size
        norm = np.linalg.norm(weights, axis=1, keepdims=True)
        return weights / np.where(norm > 0, norm, 1)  # contradictory patterns can bring a row back to 0

    def _epoch(self, rows: np.ndarray, neurons: np.ndarray, patterns: np.ndarray) -> np.ndarray:
        """Correct the rows of `neurons` in place, pattern by pattern; return which missed a margin, (row,) bool."""
        missed = np.zeros(len(rows), bool)
        for pattern in patterns:
            own = pattern[neurons]
            floor = self.margin * np.linalg.norm(rows, axis=1) if self.margin else 0.0
            bad = np.flatnonzero(own * (rows @ pattern) <= floor)
            if bad.size:
                rows[bad] += own[bad, None] * pattern
                rows[bad, neurons[bad]] = 0
                missed[bad] = True
        return missed
