"""The Hopfield network: Hebb's rule on pairs of ±1 neurons."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise


class Hebb(Pairwise):
    """Hopfield network with Hebb's rule [1]_.

    W_ij = (1/N) Σ_μ ξ_i^μ ξ_j^μ, W_ii = 0.

    See Also
    --------
    Storkey, PseudoInverse, Perceptron : Other rules for pairwise synapses, with larger capacities.
    Dense : The same energy with a steeper function of the overlaps.

    Notes
    -----
    Random patterns are recalled with a few wrong bits up to 0.138 N of them [2]_, and without a wrong bit up to about
    N/(2 ln N) [3]_.

    References
    ----------
    .. [1] J. J. Hopfield, PNAS 79:2554, 1982.
    .. [2] D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. Lett. 55:1530, 1985.
    .. [3] R. J. McEliece et al., IEEE Trans. Inf. Theory 33:461, 1987.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Hebb
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (5, 100))
    >>> cues = patterns.copy()
    >>> cues[:, :10] *= -1
    >>> bool((Hebb().store(patterns).recall(cues).states == patterns).all())
    True
    """

    name = "hebb"
    source = "Hopfield 1982, PNAS 79:2554"

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        return patterns.T @ patterns / self.n_neurons
