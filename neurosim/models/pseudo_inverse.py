"""The projection rule: the span of the patterns is what is remembered."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise


class PseudoInverse(Pairwise):
    """W = X⁺X without its diagonal: the projector P on the span of the patterns X (pattern, neuron), W_ii = 0.

    The field at a stored pattern is (1 − P_ii) ξ_i: every pattern is exact up to N − 1 linearly independent ones,
    however correlated. At N, P is the identity: every field is 0, all states stand still and nothing is recalled.

    The diagonal is left out, as by Kanter & Sompolinsky: kept (as by Personnaz et al.), it holds neuron i to its
    present value with weight P_ii ≈ α, and patterns lose their basins at α = ½ already. Symmetric either way.
    """

    name = "pseudo_inverse"
    source = "Personnaz, Guyon & Dreyfus 1985, J. Physique Lett. 46:359; Kanter & Sompolinsky 1987, Phys. Rev. A 35:380"
    local = False

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        _, sizes, span = np.linalg.svd(patterns, full_matrices=False)
        span = span[sizes > sizes[0] * max(patterns.shape) * np.finfo(float).eps]  # as numpy's matrix_rank
        return span.T @ span
