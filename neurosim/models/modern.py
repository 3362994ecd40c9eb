"""The continuous modern Hopfield network: recall is softmax attention over the patterns."""

from __future__ import annotations

import numpy as np

from neurosim.models.base import log_sum_exp, positive
from neurosim.models.continuous import Continuous


class Modern(Continuous):
    """x ← Σ_μ softmax_μ(β ξ^μ·x) ξ^μ, which lowers E = −(1/β) log Σ_μ exp(β ξ^μ·x) + ½ x·x + (1/β) log P + ½ M².

    P patterns, the longest of length M; E ≥ 0. A pattern is not itself a fixed point, only exponentially close to
    one, by exp(−β · its lead in overlap over the others): with a β too low, the fixed points are means of patterns.
    Every state after the first step is in the patterns' convex hull. Softmax normalises over all patterns: not local.

    Parameters
    ----------
    n_neurons : int
    beta : float > 0, default 1
        β, in units of 1/(pattern · pattern). 1/√N is the usual choice in attention, where patterns are learned.
    """

    name = "modern"
    source = "Ramsauer et al. 2021, ICLR, Hopfield networks is all you need"

    def __init__(self, n_neurons: int, *, beta: float = 1.0) -> None:
        super().__init__(n_neurons)
        self.beta = positive(beta, "beta")

    def _learn(self, patterns: np.ndarray) -> None:
        super()._learn(patterns)
        self._keys = patterns

    def _features(self, states: np.ndarray) -> np.ndarray:
        """Return what of the states is compared with the keys, (state, feature)."""
        return states

    def _step(self, states: np.ndarray) -> np.ndarray:
        scores = self.beta * (self._features(states) @ self._keys.T)
        return np.exp(scores - log_sum_exp(scores)[:, None]) @ self._patterns

    def _energy(self, states: np.ndarray) -> np.ndarray:
        states = self._features(states)
        attraction = log_sum_exp(self.beta * (states @ self._keys.T)) / self.beta
        longest = (self._keys**2).sum(axis=1).max()
        return 0.5 * (states**2).sum(axis=1) - attraction + np.log(self._n_patterns) / self.beta + 0.5 * longest
