"""The continuous modern Hopfield network: recall is softmax attention over the patterns."""

from __future__ import annotations

import numpy as np

from neurosim.models.base import log_sum_exp
from neurosim.models.continuous import Continuous
from neurosim.validation import real


class Modern(Continuous):
    """Modern Hopfield network [1]_: each step of recall is softmax attention over the patterns.

    x ← Σ_μ softmax_μ(β ξ^μ·x) ξ^μ lowers E = −(1/β) log Σ_μ exp(β ξ^μ·x) + ½ x·x + (1/β) log P + ½ M² for P patterns,
    the longest of length M.

    Parameters
    ----------
    beta : float > 0, default 1
        β, in units of 1/(pattern · pattern). 1/√N is the usual choice in attention, where the patterns are learned.

    See Also
    --------
    Kernelised : Overlaps of whitened patterns.
    Denoiser : A single step of this recall.
    neurosim.krotov_hopfield.model_b : The network with two layers that has this one as its limit.

    Notes
    -----
    E ≥ 0. A pattern is not exactly a fixed point. The distance to the nearest one is of the order of exp(−β · lead),
    where the lead is the excess of its overlap over the others. If β is too low, fixed points are means of patterns.
    Every state after the first step lies in the convex hull of the patterns. The softmax normalises over all patterns,
    so the model is not local.

    References
    ----------
    .. [1] H. Ramsauer et al., "Hopfield networks is all you need", ICLR, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Modern
    >>> model = Modern(beta=8.0).store(np.eye(3))
    >>> model.recall([[0.9, 0.2, 0.0]]).states.round(2)
    array([[1., 0., 0.]])
    """

    name = "modern"
    source = "Ramsauer et al. 2021, ICLR, Hopfield networks is all you need"

    def __init__(self, *, beta: float = 1.0) -> None:
        self.beta = real(beta, "beta", above=0)

    def _learn(self, patterns: np.ndarray) -> None:
        super()._learn(patterns)
        self._keys = patterns

    def _features(self, states: np.ndarray) -> np.ndarray:
        """Return the features of states that are compared with the keys, (state, feature)."""
        return states

    def _step(self, states: np.ndarray) -> np.ndarray:
        scores = self.beta * (self._features(states) @ self._keys.T)
        return np.exp(scores - log_sum_exp(scores)[:, None]) @ self._patterns

    def _energy(self, states: np.ndarray) -> np.ndarray:
        states = self._features(states)
        attraction = log_sum_exp(self.beta * (states @ self._keys.T)) / self.beta
        longest = (self._keys**2).sum(axis=1).max()
        return 0.5 * (states**2).sum(axis=1) - attraction + np.log(self._n_patterns) / self.beta + 0.5 * longest
