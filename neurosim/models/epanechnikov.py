"""Log-sum-ReLU memory: each pattern attracts only the states within a fixed distance."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from neurosim.errors import InvalidInput
from neurosim.models.base import chunks
from neurosim.models.continuous import Continuous
from neurosim.validation import real

_REACH = 0.9  # over the distance between the nearest two patterns; below 1, so that each pattern is a separate minimum


class Epanechnikov(Continuous):
    """Log-sum-ReLU memory: the energy of an Epanechnikov density estimate [1]_.

    E = −(1/β) log Σ_μ max(0, 1 − ½ β |x − ξ^μ|²).

    Parameters
    ----------
    beta : float > 0, optional
        β, in 1/distance². By default the reach √(2/β) is 0.9 of the least distance between stored patterns.

    Attributes
    ----------
    beta_ : float
        β in use, after `store`.

    Raises
    ------
    InvalidInput
        beta is no number > 0; in `store`, without it, all patterns are the same.

    See Also
    --------
    Modern : An exponential instead of the Epanechnikov kernel.

    Notes
    -----
    A pattern contributes within its reach, √(2/β). There the gradient of E is zero only where x is the mean of the
    patterns within reach, and one step reaches this mean. The mean maximises a paraboloid that bounds the sum from
    below, so the step never raises E. There are finitely many means, so that recall ends exactly, after finitely many
    steps, without a step size.

    A pattern is a minimum, exactly, if no other is within its reach. Patterns further apart than their reach but nearer
    than twice that also have minima between them, at the mean of the patterns whose reaches overlap there: the emergent
    memories. A state out of every reach has infinite energy and does not change. It
    counts neither as settled nor as fixed.

    References
    ----------
    .. [1] B. Hoover, Z. Shi, K. Balasubramanian, D. Krotov and P. Ram, NeurIPS, 2025, arXiv:2506.10801.

    Examples
    --------
    >>> from neurosim.models import Epanechnikov
    >>> model = Epanechnikov(beta=2.0).store([[0.0, 0.0], [1.5, 0.0]])  # reach 1: an emergent memory between them
    >>> model.recall([[0.2, 0.1], [0.8, 0.0], [5.0, 5.0]])  # doctest: +NORMALIZE_WHITESPACE
    Recall(states=array([[0.  , 0.  ], [0.75, 0.  ], [5.  , 5.  ]]),
           settled=array([ True,  True, False]), n_sweeps=array([1, 1, 0]))
    """

    name = "epanechnikov"
    source = "Hoover, Shi, Balasubramanian, Krotov & Ram 2025, NeurIPS, arXiv:2506.10801"
    beta_: float

    def __init__(self, *, beta: float | None = None) -> None:
        self.beta = None if beta is None else real(beta, "beta", above=0)

    def _learn(self, patterns: np.ndarray) -> None:
        self.beta_ = 2 / (_REACH * _least_distance(patterns)) ** 2 if self.beta is None else self.beta
        super()._learn(patterns)

    def _kernels(self, states: np.ndarray) -> np.ndarray:
        return np.maximum(0, 1 - 0.5 * self.beta_ * cdist(states, self._patterns, "sqeuclidean"))

    def _energy(self, states: np.ndarray) -> np.ndarray:
        density = self._kernels(states).sum(axis=1)
        within = density > 0
        return np.where(within, -np.log(np.where(within, density, 1)) / self.beta_, np.inf)

    def _step(self, states: np.ndarray) -> np.ndarray:
        reached = self._kernels(states) > 0
        count = reached.sum(axis=1, keepdims=True)
        return np.where(count > 0, reached @ self._patterns / np.maximum(count, 1), states)

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        return super()._is_fixed(patterns) & (self._kernels(patterns) > 0).any(axis=1)


def _least_distance(patterns: np.ndarray) -> float:
    distinct = np.unique(patterns, axis=0)
    if len(distinct) < 2:
        raise InvalidInput("patterns must be at least two different ones to choose beta from, got one; give beta=")
    # the second least of every row, because the least is the distance of a pattern from itself
    rows = chunks(distinct, len(distinct))
    return float(np.sqrt(min(np.partition(cdist(row, distinct, "sqeuclidean"), 1)[:, 1].min() for row in rows)))
