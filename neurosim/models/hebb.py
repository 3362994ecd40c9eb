"""The Hopfield network: Hebb's rule on pairs of ±1 neurons."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise


class Hebb(Pairwise):
    """W_ij = (1/N) Σ_μ ξ_i^μ ξ_j^μ, W_ii = 0.

    Random patterns are recalled with a few wrong bits up to 0.138 N of them (Amit, Gutfreund & Sompolinsky 1985), and
    without a wrong bit up to about N/(2 ln N) (McEliece et al. 1987).
    """

    name = "hebb"
    source = "Hopfield 1982, PNAS 79:2554"

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        return patterns.T @ patterns / self.n_neurons
