"""Initial synapses and the fixed threshold of networks whose thresholds are not learned. No torch here."""

from __future__ import annotations

import math

import numpy as np

ZERO_THRESHOLD = 1e-9  # θ → 0⁺: h(0) = 0 does not exceed it, and no neuron reaches it late

# The bound of Glorot & Bengio ignores eq. (1)'s factor √N_h/N_v < 1, so at gain 1 the drive starts too small. That
# costs short runs most of their memories (390 digits, 8 neurons, 240 updates); long runs end alike.
_GAIN = 3.0


def uniform_weights(n_visible: int, n_hidden: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent uniform synapses with three times the bound of Glorot and Bengio [1]_.

    Parameters
    ----------
    n_visible, n_hidden : int
        N_v and N_h.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray (visible, hidden), float64

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
       AISTATS (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.initialisation import uniform_weights
    >>> uniform_weights(8, 3, np.random.default_rng(0)).shape
    (8, 3)
    """
    limit = _GAIN * math.sqrt(6 / (n_visible + n_hidden))
    return rng.uniform(-limit, limit, (n_visible, n_hidden))
