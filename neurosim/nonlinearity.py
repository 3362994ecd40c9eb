"""What a hidden neuron does with its potential: one class each, one line in `HIDDEN_ACTIVATIONS`.

Each class states its formula once; it runs on NumPy and torch arrays alike (pass ``xp``), and as a Brian2
expression. ``z = h − θ`` throughout.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.errors import InvalidInput


@dataclass(frozen=True)
class Heaviside:
    """Threshold unit, s = Θ(h − θ); off at the threshold itself (eq. 2)."""

    name: ClassVar[str] = "heaviside"
    brian: ClassVar[str] = "int(h > theta)"

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s as floats 0 or 1, same shape as `z`."""
        return xp.where(z > 0, 1.0, 0.0)

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s: max(z, 0)."""
        return np.maximum(z, 0.0)


@dataclass(frozen=True)
class Sigmoid:
    """Smooth threshold unit, s = 1/(1 + exp(−gain·(h − θ))) (appendix F).

    Parameters
    ----------
    gain : float
        Slope parameter, dimensionless, > 0. For gain → ∞ it is `Heaviside`.
    """

    gain: float = 20.0
    name: ClassVar[str] = "sigmoid"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.gain) and self.gain > 0):
            raise InvalidInput(f"gain must be finite and > 0, got {self.gain}")

    @property
    def brian(self) -> str:
        """The Brian2 expression."""
        return f"1/(1 + exp(-{float(self.gain)!r}*(h - theta)))"

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s in (0, 1), same shape as `z`."""
        return 0.5 * (1.0 + xp.tanh(0.5 * self.gain * z))  # the tanh form cannot overflow

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s: log(1 + exp(gain·z))/gain."""
        return np.logaddexp(0.0, self.gain * z) / self.gain


HiddenActivation = Heaviside | Sigmoid
HIDDEN_ACTIVATIONS: dict[str, type[HiddenActivation]] = {cls.name: cls for cls in (Heaviside, Sigmoid)}


def to_record(activation: HiddenActivation) -> dict[str, Any]:
    """Return a JSON-able record of the activation, read back by `from_record`."""
    return {"name": activation.name, **asdict(activation)}


def from_record(record: dict[str, Any]) -> HiddenActivation:
    """Rebuild an activation from `to_record`'s answer.

    Raises
    ------
    InvalidInput
        The name is not in `HIDDEN_ACTIVATIONS`, or its parameters do not fit.
    """
    parameters = dict(record)
    name = parameters.pop("name", None)
    if name not in HIDDEN_ACTIVATIONS:
        raise InvalidInput(f"hidden activation must be one of {sorted(HIDDEN_ACTIVATIONS)}, got {name!r}")
    try:
        return HIDDEN_ACTIVATIONS[name](**parameters)
    except TypeError:
        raise InvalidInput(f"hidden activation {name!r} does not take the parameters {sorted(parameters)}") from None
