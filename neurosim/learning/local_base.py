"""Base class of the local rules, their requirements on the circuit, and the signals of a recall that they use.

The signals are those of eq. (1), which `neurosim.learning.local_rules` states with the rules themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.learning.initialisation import uniform_weights

Arrays = dict[str, np.ndarray]  # synapses are (visible, hidden), thresholds (hidden,), signals (image, neuron)

_HOMEOSTASIS = 0.02  # change of θ per unit of activity above the target
TARGET = 0.5  # mean activity of a binary neuron with the largest entropy
_FIRST_GAIN, _LAST_GAIN = 5.0, 50.0  # 1/gain: distance from θ within which a hidden neuron learns, in units of u


@dataclass(frozen=True)
class Requirements:
    """Requirements of a rule on the circuit.

    Parameters
    ----------
    decoder, encoder : str
        Signals that change a synapse hidden → visible, and one visible → hidden; "" if it does not learn.
    third_factor : str, default ""
        Further signal that reaches the synapse; "" if there is none.
    moments : int, default 1
        Number of moments during a recall at which the signals of a neuron are used.
    shared : bool, default True
        Whether a synapse is the same in both directions.
    dreams : bool, default False
        Whether spontaneous activity of the hidden layer is needed.

    Examples
    --------
    >>> from neurosim.learning.local_rules import LOCAL_RULES
    >>> LOCAL_RULES["oja"].requirements.shared
    True
    """

    decoder: str
    encoder: str
    third_factor: str = ""
    moments: int = 1
    shared: bool = True
    dreams: bool = False


def drive(synapses: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Return (√N_h/N_v) Bv, (image, hidden), for synapses (visible, hidden) (eq. 1b).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_base import drive
    >>> drive(np.ones((8, 4), np.float32), np.ones((1, 8), np.float32))
    array([[2., 2., 2., 2.]], dtype=float32)
    """
    n_visible, n_hidden = synapses.shape
    return np.float32(np.sqrt(n_hidden) / n_visible) * (visible @ synapses)


def visible_response(weights: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Return v̂ = ξs/√N_h, (image, visible) (eq. 16).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_base import visible_response
    >>> visible_response(np.ones((3, 4), np.float32), np.ones((1, 4), np.float32))
    array([[2., 2., 2.]], dtype=float32)
    """
    return np.float32(1 / np.sqrt(weights.shape[1])) * (active @ weights.T)


def product(visible: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return (2/√N_h) Σ_images visible_i hidden_μ, (visible, hidden), with the factor of eq. (17)'s gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_base import product
    >>> product(np.ones((5, 3), np.float32), np.ones((5, 4), np.float32)).shape
    (3, 4)
    """
    return np.float32(2 / np.sqrt(hidden.shape[1])) * (visible.T @ hidden)


def step(z: np.ndarray) -> np.ndarray:
    """Return Θ(z) as float32 0 or 1; 0 at the threshold itself (eq. 4).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_base import step
    >>> step(np.array([-1.0, 0.0, 1.0]))
    array([0., 0., 1.], dtype=float32)
    """
    return (z > 0).astype(np.float32)


def gate(z: np.ndarray, progress: float) -> np.ndarray:
    """Return the learning rate of a neuron at z = u − θ: the slope of 1/(1 + e^(−gain·z)), gain 5 … 50 by progress².

    A small change does not alter the activity of neurons far from their threshold.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_base import gate
    >>> gate(np.array([0.0]), progress=0.0), gate(np.array([0.0]), progress=1.0)
    (array([1.25]), array([12.5]))
    """
    gain = np.float32(_FIRST_GAIN + (_LAST_GAIN - _FIRST_GAIN) * progress**2)
    half = np.clip(gain * z / 2, -20, 20)
    return gain / 4 / np.cosh(half) ** 2


def homeostasis(active: np.ndarray) -> np.ndarray:
    """Return Δθ_μ ∝ Σ_images (s_μ − ½), (hidden,): the threshold of a neuron that is active too often rises.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_base import homeostasis
    >>> homeostasis(np.array([[1, 0], [1, 1]], np.float32))
    array([0.02, 0.  ], dtype=float32)
    """
    return np.float32(_HOMEOSTASIS) * (active - np.float32(TARGET)).sum(axis=0)


def initial_synapses(n_visible: int, n_hidden: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent random synapses, (visible, hidden) float32; see `initialisation.uniform_weights`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_base import initial_synapses
    >>> initial_synapses(64, 8, np.random.default_rng(0)).dtype
    dtype('float32')
    """
    return uniform_weights(n_visible, n_hidden, rng).astype(np.float32)


class LocalRule:
    """A local rule: its synapses, the signals of the neurons when an image is shown, and the changes.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_rules import LOCAL_RULES
    >>> rule, rng = LOCAL_RULES["oja"], np.random.default_rng(0)
    >>> learned = rule.start(64, 8, rng)
    >>> changes = rule.changes(rule.signals(learned, rng.random((5, 64), dtype=np.float32), 0.0))
    >>> {name: change.shape for name, change in changes.items()}
    {'weights': (64, 8), 'threshold': (8,)}
    """

    name: ClassVar[str]
    equation: ClassVar[str]
    requirements: ClassVar[Requirements]
    rate: ClassVar[float]  # per image, at the start; it falls to 0 along half a cosine
    epochs: ClassVar[int]
    decaying: ClassVar[tuple[str, ...]] = ()  # synapses that also decay by a fixed share per image

    def start(self, n_visible: int, n_hidden: int, rng: np.random.Generator) -> Arrays:
        """Return the initial arrays; "weights" is always among them."""
        return {"weights": initial_synapses(n_visible, n_hidden, rng), "threshold": np.zeros(n_hidden, np.float32)}

    def signals(self, learned: Mapping[str, np.ndarray], visible: np.ndarray, progress: float) -> Arrays:
        """Return the signals of the neurons for images (image, visible), each (image, neuron).

        `progress` rises from 0 at the start of learning to 1 at its end.
        """
        weights, threshold = learned["weights"], learned["threshold"]
        drive_first = drive(weights, visible)
        active = step(drive_first - threshold)
        visible_end = visible_response(weights, active)
        drive_end = drive(weights, visible_end)
        return {
            "visible": visible,
            "active": active,
            "visible_end": visible_end,
            "active_end": step(drive_end - threshold),
            "visible_change": visible - visible_end,
            "drive_change": drive_first - drive_end,
            "gate": gate(drive_first - threshold, progress),
        }

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return the changes of the learned arrays at rate 1, summed over the images."""
        raise NotImplementedError

    def dream(self, learned: Mapping[str, np.ndarray], active: np.ndarray) -> Arrays:
        """Return the summed changes by spontaneous hidden states (state, hidden); they do not depend on the rate."""
        return {}
