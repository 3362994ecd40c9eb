"""Neurons with two levels that are updated one after another, and memories with pairwise synapses."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from neurosim.models.base import Model, Recall
from neurosim.validation import generator

TIE = 1e-9  # a smaller field counts as 0: fields of stored patterns are of order 1 in every model here


class Binary(Model):
    """Two-level neurons with asynchronous updates, all cues in parallel.

    One neuron after another goes to the level of lower energy; a tie keeps its level. The quantities that updates
    compare (fields or overlaps, the "view") are computed once per sweep and corrected after each flip, so that
    rounding errors do not accumulate.

    Examples
    --------
    >>> from neurosim.models import MODELS
    >>> from neurosim.models.binary import Binary
    >>> issubclass(MODELS["hebb"], Binary)
    True
    """

    levels: ClassVar[tuple[int, int]] = (-1, 1)

    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall:
        order = np.arange(self.n_neurons) if seed is None else generator(seed).permutation(self.n_neurons)
        n_sweeps = np.zeros(len(cues), int)
        going = np.arange(len(cues))
        for _ in range(max_sweeps):
            states = cues[going]
            moved = self._sweep(states, order)
            cues[going] = states
            n_sweeps[going] += moved
            going = going[moved]
            if not going.size:
                break
        settled = np.ones(len(cues), bool)
        settled[going] = self._is_fixed(cues[going])  # the last sweep may have reached the fixed point
        return Recall(states=cues, settled=settled, n_sweeps=n_sweeps)

    def _sweep(self, states: np.ndarray, order: np.ndarray) -> np.ndarray:
        """Update every neuron of the states once, in place; return which states changed, (state,) bool."""
        moved = np.zeros(len(states), bool)
        view = self._view(states)
        for neuron in order:
            rows = np.flatnonzero(self._flips(view, states, neuron))
            if rows.size:
                step = sum(self.levels) - 2 * states[rows, neuron]
                states[rows, neuron] += step
                self._follow(view, rows, neuron, step)
                moved[rows] = True
        return moved

    @abstractmethod
    def _view(self, states: np.ndarray) -> Any:
        """Return the quantities that updates compare."""

    @abstractmethod
    def _flips(self, view: Any, states: np.ndarray, neuron: int) -> np.ndarray:
        """Return the states in which the neuron flips now, (state,) bool."""

    @abstractmethod
    def _follow(self, view: Any, rows: np.ndarray, neuron: int, step: np.ndarray) -> None:
        """Update the view of states `rows` after a change of the neuron by `step`, (row,)."""


class Pairwise(Binary):
    """Memories with energy E = −½ Σ_ij W_ij s_i s_j + θ Σ_i s_i, W_ii = 0, and field h_i = Σ_j W_ij s_j − θ.

    Attributes
    ----------
    weights : ndarray (neuron, from neuron)
        W, after `store`.
    threshold_ : float
        θ, after `store`; 0 unless a subclass sets it.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models.binary import Pairwise
    >>> class Clipped(Pairwise):
    ...     def _weights(self, patterns):
    ...         return np.sign(patterns.T @ patterns)
    >>> patterns = np.array([[1, 1, -1, -1], [1, -1, 1, -1]])
    >>> Clipped().store(patterns).weights
    array([[ 0.,  0.,  0., -1.],
           [ 0.,  0., -1.,  0.],
           [ 0., -1.,  0.,  0.],
           [-1.,  0.,  0.,  0.]])
    """

    local = True
    pairwise = True
    bounded = True
    symmetric = True
    weights: np.ndarray
    threshold_: float = 0.0

    @property
    def n_synapses(self) -> int:
        """N(N − 1)/2 if the weights are symmetric, else N(N − 1)."""
        self._require_patterns()
        pairs = self.n_neurons * (self.n_neurons - 1)
        return pairs // 2 if self.symmetric else pairs

    def _learn(self, patterns: np.ndarray) -> None:
        weights = self._weights(patterns)
        np.fill_diagonal(weights, 0)
        self.weights = np.asfortranarray(weights)  # an update reads the synapses from one neuron: a column
        self.weights.flags.writeable = False

    @abstractmethod
    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        """Return the learned weights (neuron, from neuron); their diagonal is ignored."""

    def _fields(self, states: np.ndarray) -> np.ndarray:
        return states @ self.weights.T - self.threshold_

    def _energy(self, states: np.ndarray) -> np.ndarray:
        return (states * (self.threshold_ - 0.5 * (states @ self.weights))).sum(axis=1)

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        return np.logical_not(self._opposed(self._fields(patterns), patterns).any(axis=1))

    def _opposed(self, fields: np.ndarray, states: np.ndarray) -> np.ndarray:
        """Return where the field points to the other level."""
        return np.where(states == self.levels[1], fields < -TIE, fields > TIE)

    def _view(self, states: np.ndarray) -> np.ndarray:
        return self._fields(states)

    def _flips(self, view: np.ndarray, states: np.ndarray, neuron: int) -> np.ndarray:
        return self._opposed(view[:, neuron], states[:, neuron])

    def _follow(self, view: np.ndarray, rows: np.ndarray, neuron: int, step: np.ndarray) -> None:
        view[rows] += step[:, None] * self.weights[:, neuron]
