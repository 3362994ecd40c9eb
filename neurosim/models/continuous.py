"""Real-valued neurons, all updated at once by a step that never raises the energy."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from neurosim.models.base import Model, Recall

_STILL = 1e-8  # a step this small, relative to the longest pattern, is a standstill


class Continuous(Model):
    """x ← step(x) until it stands still; the patterns themselves are the synapses."""

    levels = None
    local = False
    pairwise = False
    bounded = True
    symmetric = True

    @property
    def n_synapses(self) -> int:
        """The patterns themselves, number × N: it grows with each."""
        return self._n_patterns * self.n_neurons

    def _learn(self, patterns: np.ndarray) -> None:
        self._patterns = patterns
        self._still = _STILL * max(np.linalg.norm(patterns, axis=1).max(), np.finfo(float).tiny)

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
        return np.linalg.norm(new - old, axis=1) > self._still

    @abstractmethod
    def _step(self, states: np.ndarray) -> np.ndarray:
        """Return the next states, (state, neuron)."""
