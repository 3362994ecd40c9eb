"""Neurons that are updated all at once."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from neurosim.models.base import Model, Recall


class Synchronous(Model):
    """x ← step(x) until it stands still; the order of updates, and so the seed, plays no part."""

    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall:
        n_sweeps = np.zeros(len(cues), int)
        going = np.arange(len(cues))
        for _ in range(max_sweeps):
            new = self._step(cues[going])
            moved = self._moved(cues[going], new)
            going = going[moved]
            cues[going] = new[moved]  # one that stands still keeps its state: a fixed point comes back as it went in
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
