"""Real-valued neurons, all updated at once by a step that never raises the energy."""

from __future__ import annotations

import numpy as np

from neurosim.models.synchronous import Synchronous

_STILL = 1e-8  # a step this small, relative to the longest pattern, counts as no step


class Continuous(Synchronous):
    """Memories whose synapses are the patterns themselves; a negligible step counts as a fixed point.

    Examples
    --------
    >>> from neurosim.models import MODELS
    >>> from neurosim.models.continuous import Continuous
    >>> issubclass(MODELS["modern"], Continuous)
    True
    """

    levels = None
    local = False
    pairwise = False
    bounded = True
    symmetric = True

    @property
    def n_synapses(self) -> int:
        """The patterns themselves, number × N."""
        self._require_patterns()
        return self._n_patterns * self.n_neurons

    def _learn(self, patterns: np.ndarray) -> None:
        self._patterns = patterns
        self._still = _STILL * max(np.linalg.norm(patterns, axis=1).max(), np.finfo(float).tiny)

    def _moved(self, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return np.linalg.norm(new - old, axis=1) > self._still
