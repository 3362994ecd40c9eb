"""Storkey's rule: Hebb's rule corrected by the fields that the network already has."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise


class Storkey(Pairwise):
    """Hopfield network with Storkey's incremental rule [1]_.

    W_ij ← W_ij + (ξ_i ξ_j − ξ_i h_ji − h_ij ξ_j)/N for one pattern after another, h_ij = Σ_{k≠i,j} W_ik ξ_k.

    See Also
    --------
    Hebb : The rule without the correction.

    Notes
    -----
    The order of the patterns matters. The rule is local and incremental. More than N/(2 ln N) patterns are recalled
    exactly; the authors' count is N/√(2 ln N).

    References
    ----------
    .. [1] A. J. Storkey and R. Valabregue, Neural Networks 12:869, 1999.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Storkey
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (25, 100))
    >>> bool(Storkey().store(patterns).is_fixed(patterns).all())
    True
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
