"""Neurons of two levels, updated one after another; and the memories whose synapses join two of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from neurosim.models.base import Model, Recall
from neurosim.validation import generator

TIE = 1e-9  # a field this close to 0 is rounding: fields of stored patterns are of order 1 in every model here


class Binary(Model):
    """Two-level neurons under asynchronous updates, all cues in parallel.

    Neuron after neuron goes to the level of lower energy; a tie keeps its level. What the updates look at (fields,
    or overlaps) is computed once a sweep and kept up to date with each flip, so that rounding cannot pile up.
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
        settled[going] = self._is_fixed(cues[going])  # the last sweep may have been the one that got there
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
        """Return what the updates look at."""

    @abstractmethod
    def _flips(self, view: Any, states: np.ndarray, neuron: int) -> np.ndarray:
        """Return in which states the neuron now flips, (state,) bool."""

    @abstractmethod
    def _follow(self, view: Any, rows: np.ndarray, neuron: int, step: np.ndarray) -> None:
        """Bring the view of states `rows` up to date after the neuron changed by `step`, (row,)."""


class Pairwise(Binary):
    """Energy E = −½ Σ_ij W_ij s_i s_j + θ Σ_i s_i, W_ii = 0; field h_i = Σ_j W_ij s_j − θ."""

    local = True
    pairwise = True
    bounded = True
    symmetric = True
    weights: np.ndarray
    threshold: float = 0.0

    @property
    def n_synapses(self) -> int:
        """N(N − 1)/2 if symmetric, else N(N − 1)."""
        pairs = self.n_neurons * (self.n_neurons - 1)
        return pairs // 2 if self.symmetric else pairs

    def _learn(self, patterns: np.ndarray) -> None:
        weights = self._weights(patterns)
        np.fill_diagonal(weights, 0)
        self.weights = np.asfortranarray(weights)  # an update reads the synapses out of one neuron: a column
        self.weights.flags.writeable = False

    @abstractmethod
    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        """Return the learned weights (neuron, from neuron); their diagonal does not count."""

    def _fields(self, states: np.ndarray) -> np.ndarray:
        return states @ self.weights.T - self.threshold

    def _energy(self, states: np.ndarray) -> np.ndarray:
        return (states * (self.threshold - 0.5 * (states @ self.weights))).sum(axis=1)

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        return np.logical_not(self._against(self._fields(patterns), patterns).any(axis=1))

    def _against(self, fields: np.ndarray, states: np.ndarray) -> np.ndarray:
        return np.where(states == self.levels[1], fields < -TIE, fields > TIE)

    def _view(self, states: np.ndarray) -> np.ndarray:
        return self._fields(states)

    def _flips(self, view: np.ndarray, states: np.ndarray, neuron: int) -> np.ndarray:
        return self._against(view[:, neuron], states[:, neuron])

    def _follow(self, view: np.ndarray, rows: np.ndarray, neuron: int, step: np.ndarray) -> None:
        view[rows] += step[:, None] * self.weights[:, neuron]
