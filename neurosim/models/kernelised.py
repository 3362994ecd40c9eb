"""A modern Hopfield network that measures overlaps where the patterns lie as far apart as they can."""

from __future__ import annotations

import numpy as np

from neurosim.models.modern import Modern


class Kernelised(Modern):
    """x ← Σ_μ softmax_μ(β ξ^μ·Kx) ξ^μ, with E as of `Modern`, every product a·b replaced by a·Kb.

    K = N (P/r) (XᵀX)⁺ for P patterns X of rank r whitens them: linearly independent patterns become orthogonal, the
    best code on a sphere for up to N of them, however correlated they were. It has a closed form; the source learns
    its feature map by descent on a separation loss instead. The factor makes ξ·Kξ = N on average, so that β means
    what it does in `Modern` on ±1 patterns. Noise along directions in which patterns hardly differ is amplified.
    Of E, only the part of x in the span of the patterns counts; the first step goes there.

    Parameters
    ----------
    n_neurons : int
    beta : float > 0, default 1
        β, in units of 1/(pattern · K pattern).
    """

    name = "kernelised"
    source = "Wu, Hu, Hsiao & Liu 2024, ICML; Hu, Wu & Liu 2024, NeurIPS, arXiv:2410.23126"

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
