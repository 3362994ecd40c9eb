"""Storkey's rule: Hebb's, less what the network already knows."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise


class Storkey(Pairwise):
    """W_ij ← W_ij + (ξ_i ξ_j − ξ_i h_ji − h_ij ξ_j)/N, pattern by pattern, h_ij = Σ_{k≠i,j} W_ik ξ_k.

    The order of the patterns matters. Local and incremental, yet more than N/(2 ln N) patterns are exact; the
    authors' count is N/√(2 ln N).
    """

    name = "storkey"
    source = "Storkey & Valabregue 1999, Neural Networks 12:869"

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        weights = np.zeros((self.n_neurons, self.n_neurons))
        for pattern in patterns:
            # h_ij ξ_j = H_i ξ_j − W_ij with H = Wξ, because ξ_j² = 1 and W_ii = 0
            cross = np.outer(weights @ pattern, pattern)
            weights += (np.outer(pattern, pattern) - cross - cross.T + 2 * weights) / self.n_neurons
            np.fill_diagonal(weights, 0)
        return weights
