"""Memory that is trained on a device array in which some devices are stuck."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise
from neurosim.models.synchronous import Synchronous
from neurosim.validation import generator, real, real_array, seed_number, share, whole

_GAIN = 4.0  # gain of a neuron: √N/4 full weights give h = 1
_RATE = 0.2  # the step of learning; below 2/_GAIN, the descent of a convex loss is stable
_LEARNED = 0.01  # error below which an output counts as right


class HardwareAdaptive(Synchronous, Pairwise):
    """Pairwise memory that is trained on a device array with stuck devices [1]_.

    w_ij ← w_ij + η/√N Σ_μ (ξ_i^μ − tanh h_i^μ) ξ_j^μ in [−1, 1], except for stuck devices; h = (4/√N) W ξ, W_ii = 0.

    Parameters
    ----------
    stuck : float in [0, 1), default 0.5
        Share of devices that are stuck.
    stuck_at : float in [0, 1], default 0
        Each stuck device holds −stuck_at or stuck_at at random, in units of the largest weight.
    max_epochs : int >= 1, default 200
        Passes over the patterns after which learning stops; it stops earlier if every output is right to 0.01.
    seed : int, default 0
        Seed of the array: which devices are stuck, and at what value.

    Attributes
    ----------
    is_stuck : ndarray (neuron, from neuron) bool
        Stuck devices, after `store`. The diagonal, where no device is, counts as stuck at 0.

    See Also
    --------
    neurosim.constraints.StuckSynapses : Stuck synapses of the memory with two layers.

    Notes
    -----
    Every synapse is a device. A random share of the devices cannot be programmed. The fields h are read off the array
    with its stuck devices, so that the other synapses learn to compensate the errors, each from signals available at
    the synapse. η = 0.2/(1 + √α)² for P = αN patterns. Recall is synchronous: one product with the array
    per step. The weights are not symmetric, so there is no energy.

    In [1]_ the error is multiplied by 1 − tanh² h (the gradient of the squared error, by RMSprop, with a bias). Without
    that factor, as here, a neuron that stuck devices saturate at the wrong sign still learns. The threefold capacity of
    [1]_ with half of the devices stuck depends on the criterion. Measured at N = 128 with a twentieth of the bits of
    the cue wrong, against the pseudo-inverse written to the same array: 38 random patterns against 11 (3.5 times as
    many) if nine in ten must be recalled without a wrong bit; 44 against 22 if half must reach an overlap of 0.95;
    about 25 against 5 if stuck devices hold ±½ instead of 0.

    References
    ----------
    .. [1] Y. He et al., arXiv:2505.12960, 2025; Nat. Commun., 2026.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import HardwareAdaptive
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (10, 60))
    >>> model = HardwareAdaptive(stuck=0.3).store(patterns)
    >>> round(float(model.is_stuck.mean()), 1), bool(model.is_fixed(patterns).all())
    (0.3, True)
    """

    name = "hardware_adaptive"
    source = "He, Jiang, Shan, Yang, Li, Wang, Pedretti, Ignowski & Li 2025, arXiv:2505.12960; 2026, Nat. Commun."
    symmetric = False
    is_stuck: np.ndarray

    def __init__(self, *, stuck: float = 0.5, stuck_at: float = 0.0, max_epochs: int = 200, seed: int = 0) -> None:
        self.stuck = real(stuck, "stuck", at_least=0, below=1)
        self.stuck_at = share(stuck_at, "stuck_at", remedy="it is in units of the largest weight")
        self.max_epochs = whole(max_epochs, "max_epochs", at_least=1)
        self.seed = seed_number(seed)

    @property
    def n_synapses(self) -> int:
        """The devices that can be programmed."""
        self._require_patterns()
        return int(np.count_nonzero(~self.is_stuck))

    def written(self, weights: np.ndarray) -> np.ndarray:
        """Return the weights of the array after the given weights were written to it, in [−1, 1].

        Parameters
        ----------
        weights : ndarray (neuron, from neuron)

        Returns
        -------
        ndarray (neuron, from neuron)

        Examples
        --------
        >>> import numpy as np
        >>> from neurosim.models import HardwareAdaptive
        >>> model = HardwareAdaptive(stuck=0.5).store([[1, -1, 1, -1]])
        >>> bool((model.written(np.ones((4, 4)))[model.is_stuck] == 0).all())
        True
        """
        axes = {"neuron": self.n_neurons, "from neuron": self.n_neurons}
        return np.where(self.is_stuck, self._held, np.clip(real_array(weights, "weights", axes), -1, 1))

    def _learn(self, patterns: np.ndarray) -> None:
        rng, shape = generator(self.seed), (self.n_neurons, self.n_neurons)
        self.is_stuck = rng.random(shape) < self.stuck
        self._held = np.where(rng.random(shape) < 0.5, -self.stuck_at, self.stuck_at)
        np.fill_diagonal(self.is_stuck, True)
        np.fill_diagonal(self._held, 0)
        super()._learn(patterns)

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
        return np.where(self._opposed(self._fields(states), states), -states, states)
