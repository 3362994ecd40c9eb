"""One perceptron per neuron: the best that pairwise synapses can do."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.models.binary import Pairwise
from neurosim.validation import whole


class Perceptron(Pairwise):
    """Each row W_i is learned until ξ_i^μ Σ_j W_ij ξ_j^μ > κ |W_i| for all μ; W_ii = 0, rows end with |W_i| = 1.

    A pattern that misses its margin adds ξ_i^μ ξ_j^μ to W_ij; these are whole numbers, so that a field of 0 is seen as
    one. This ends after finitely many epochs if any weights reach the margin: for large N, up to α = 2 patterns per
    neuron at κ = 0. The weights are not symmetric, so there is no energy, and recall can cycle.

    Parameters
    ----------
    n_neurons : int
    margin : float >= 0, default 0
        κ, in units of |W_i|; Gardner's, where Σ_j W_ij² = 1.
    max_epochs : int >= 1, default 1000
        Passes over the patterns after which learning stops, converged or not.

    Attributes
    ----------
    converged : bool
        Whether every neuron reached its margin for every pattern.
    n_epochs : int
        Passes made, the last of which found nothing to correct if it converged.
    """

    name = "perceptron"
    source = "Gardner 1988, J. Phys. A 21:257"
    symmetric = False

    def __init__(self, n_neurons: int, *, margin: float = 0.0, max_epochs: int = 1000) -> None:
        super().__init__(n_neurons)
        if not 0 <= margin < np.inf:
            raise InvalidInput(f"margin must be finite and >= 0, got {margin}")
        self.margin, self.max_epochs = float(margin), whole(max_epochs, "max_epochs", at_least=1)
        self.converged, self.n_epochs = False, 0

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
        return weights / np.where(norm > 0, norm, 1)  # contradicting patterns can bring a row back to 0

    def _epoch(self, rows: np.ndarray, neurons: np.ndarray, patterns: np.ndarray) -> np.ndarray:
        """Correct the neurons' rows in place, pattern by pattern; return who missed a margin, (row,) bool."""
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
