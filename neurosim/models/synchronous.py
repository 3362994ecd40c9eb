"""Neurons that are all updated at once."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from neurosim.models.base import Model, Recall


class Synchronous(Model):
    """Memories with the update x ← step(x) of all neurons; the seed of the order of updates is not used.

    Examples
    --------
    >>> from neurosim.models import MODELS
    >>> from neurosim.models.synchronous import Synchronous
    >>> issubclass(MODELS["kuramoto"], Synchronous)
    True
    """

    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall:
        n_sweeps = np.zeros(len(cues), int)
        going = np.arange(len(cues))
        for _ in range(max_sweeps):
            new = self._step(cues[going])
            moved = self._moved(cues[going], new)
            going = going[moved]
            cues[going] = new[moved]  # a state that does not move is kept exactly
            n_sweeps[going] += 1
            if not going.size:
                break
        return Recall(states=cues, settled=self._is_fixed(cues), n_sweeps=n_sweeps)

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        return ~self._moved(patterns, self._step(patterns))

    def _moved(self, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return (new != old).any(axis=1)

    @abstractmethod
    def _step(self, states: np.ndarray) -> np.ndarray:
        """Return the next states, (state, neuron)."""
