"""Modern Hopfield network with whitened patterns."""

from __future__ import annotations

import numpy as np

from neurosim.models.modern import Modern


class Kernelised(Modern):
    """Modern Hopfield network with a kernel that whitens the patterns [1]_, [2]_.

    x ← Σ_μ softmax_μ(β ξ^μ·Kx) ξ^μ, with the energy of `Modern` in which every product a·b is replaced by a·Kb.
    K = N (P/r) (XᵀX)⁺ for P patterns X of rank r.

    Parameters
    ----------
    beta : float > 0, default 1
        β, in units of 1/(pattern · K pattern).

    See Also
    --------
    Modern : The network without a kernel.

    Notes
    -----
    K makes linearly independent patterns orthogonal, up to N of them, however correlated they were. Where there are
    nearly N patterns the smallest of their singular values is near 0, noise along its direction is amplified, and
    recall from damaged cues fails; it works again for more patterns. It has a closed form here; in [1]_ the feature map
    is learned by gradient descent on a separation loss. The factor makes ξ·Kξ = N on average, so that β means the same
    as in `Modern` for patterns of ±1. Noise along directions in which the patterns hardly differ is amplified. E
    depends only on the part of x in the span of the patterns, which the first step reaches.

    References
    ----------
    .. [1] D. Wu, J. Y.-C. Hu, T.-Y. Hsiao and H. Liu, ICML, 2024.
    .. [2] J. Y.-C. Hu, D. Wu and H. Liu, NeurIPS, 2024, arXiv:2410.23126.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Kernelised
    >>> patterns = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.8]])
    >>> Kernelised(beta=5.0).store(patterns).recall(patterns).states.round(2)
    array([[1. , 1. , 1. , 1. ],
           [1. , 1. , 1. , 0.8]])
    """

    name = "kernelised"
    source = "Wu, Hu, Hsiao & Liu 2024, ICML; Hu, Wu & Liu 2024, NeurIPS, arXiv:2410.23126"
    weakest_load = 1.0

    @property
    def n_synapses(self) -> int:
        """The patterns, number × N, and K, N(N + 1)/2."""
        return super().n_synapses + self.n_neurons * (self.n_neurons + 1) // 2

    def _learn(self, patterns: np.ndarray) -> None:
        super()._learn(patterns)
        _, sizes, axes = np.linalg.svd(patterns, full_matrices=False)
        kept = sizes > max(sizes[0] * max(patterns.shape) * np.finfo(float).eps, np.finfo(float).tiny)
        factor = self.n_neurons * len(patterns) / max(kept.sum(), 1)
        self._map = axes[kept].T * (np.sqrt(factor) / sizes[kept])  # K = map mapᵀ; (neuron, feature)
        self._keys = patterns @ self._map

    def _features(self, states: np.ndarray) -> np.ndarray:
        return states @ self._map
