"""Log-sum-ReLU memory: each pattern draws only the states within its reach."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.models.base import chunks, positive
from neurosim.models.continuous import Continuous

_REACH = 0.9  # of the distance between the nearest two patterns: below 1, so that each is a minimum of its own


class Epanechnikov(Continuous):
    """E = −(1/β) log Σ_μ max(0, 1 − ½ β |x − ξ^μ|²): the negative logarithm of an Epanechnikov density estimate.

    A pattern counts within its reach, √(2/β). There, E's gradient is zero just where x is the mean of the patterns
    within reach, and the step goes straight to that mean. It is the top of a paraboloid that the sum cannot fall
    below, so the step never raises E, and there are finitely many means: recall ends exactly, after finitely many
    steps, without a step size.

    A pattern is a minimum, exactly, if no other is within its reach. Patterns further apart than their reach but
    nearer than twice that also have minima between them, at the mean of the patterns whose reaches overlap there: the
    emergent memories. A state out of every reach has infinite energy and is drawn nowhere: it stays where it is,
    and counts neither as settled nor as fixed.

    Parameters
    ----------
    n_neurons : int
    beta : float > 0, optional
        β, in 1/distance²; by default, on storing, such that the reach is 0.9 of the least distance between patterns.

    Raises
    ------
    InvalidInput
        beta is no number > 0; on storing, without it, patterns that are all one.
    """

    name = "epanechnikov"
    source = "Hoover, Shi, Balasubramanian, Krotov & Ram 2025, NeurIPS, arXiv:2506.10801"

    def __init__(self, n_neurons: int, *, beta: float | None = None) -> None:
        super().__init__(n_neurons)
        self._asked_beta = None if beta is None else positive(beta, "beta")

    def _learn(self, patterns: np.ndarray) -> None:
        self.beta = 2 / (_REACH * _least_distance(patterns)) ** 2 if self._asked_beta is None else self._asked_beta
        super()._learn(patterns)

    def _kernels(self, states: np.ndarray) -> np.ndarray:
        return np.maximum(0, 1 - 0.5 * self.beta * _squared_distances(states, self._patterns))

    def _energy(self, states: np.ndarray) -> np.ndarray:
        density = self._kernels(states).sum(axis=1)
        drawn = density > 0
        return np.where(drawn, -np.log(np.where(drawn, density, 1)) / self.beta, np.inf)

    def _step(self, states: np.ndarray) -> np.ndarray:
        reached = self._kernels(states) > 0
        count = reached.sum(axis=1, keepdims=True)
        return np.where(count > 0, reached @ self._patterns / np.maximum(count, 1), states)

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        return super()._is_fixed(patterns) & (self._kernels(patterns) > 0).any(axis=1)


def _squared_distances(states: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    squares = (states**2).sum(axis=1)[:, None] + (patterns**2).sum(axis=1)
    return np.maximum(squares - 2 * (states @ patterns.T), 0)


def _least_distance(patterns: np.ndarray) -> float:
    distinct = np.unique(patterns, axis=0)
    if len(distinct) < 2:
        raise InvalidInput("patterns must be at least two different ones to choose beta from, got one; give beta=")
    # of every row the second least, because its distance from itself is the first
    rows = chunks(distinct, len(distinct))
    return float(np.sqrt(min(np.partition(_squared_distances(row, distinct), 1)[:, 1].min() for row in rows)))
