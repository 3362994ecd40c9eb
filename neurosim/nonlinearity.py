"""What a neuron does with its potential: one class each, one line in `HIDDEN_ACTIVATIONS` or `VISIBLE_ACTIVATIONS`.

Each class states its formula once; it runs on NumPy and torch arrays alike (pass ``xp``), and as a Brian2
expression. Each has a Lagrangian L, whose gradient it is; where L is convex, symmetric weights make the energy fall
(Krotov & Hopfield 2021). Neurons lie along the last axis; those of `Softmax` and `Normalise` must know each other.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import whole

# --- hidden: s = f(z), z = h − θ ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heaviside:
    """Threshold unit, s = Θ(h − θ); off at the threshold itself (eq. 2)."""

    name: ClassVar[str] = "heaviside"
    brian: ClassVar[str] = "int(h > theta)"
    is_convex: ClassVar[bool] = True

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s as floats 0 or 1, same shape as `z`."""
        return xp.where(z > 0, 1.0, 0.0)

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): Σ max(z, 0)."""
        return np.maximum(z, 0.0).sum(axis=-1)


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
    is_convex: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _positive(self.gain, "gain")

    @property
    def brian(self) -> str:
        """The Brian2 expression."""
        return f"1/(1 + exp(-{float(self.gain)!r}*(h - theta)))"

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s in (0, 1), same shape as `z`."""
        return 0.5 * (1.0 + xp.tanh(0.5 * self.gain * z))  # the tanh form cannot overflow

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): Σ log(1 + exp(gain·z))/gain."""
        return (np.logaddexp(0.0, self.gain * z) / self.gain).sum(axis=-1)


@dataclass(frozen=True)
class Power:
    """Power law, s = (h − θ)ⁿ (Table 4, models A and C); unbounded. Not monotone, and L not convex, for even n.

    Parameters
    ----------
    exponent : int, default 5
        n ≥ 1.
    """

    exponent: int = 5
    name: ClassVar[str] = "power"

    def __post_init__(self) -> None:
        object.__setattr__(self, "exponent", whole(self.exponent, "exponent"))

    @property
    def is_convex(self) -> bool:
        """Whether n is odd."""
        return self.exponent % 2 == 1

    @property
    def brian(self) -> str:
        """The Brian2 expression."""
        return f"(h - theta)**{self.exponent}"

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s, same shape as `z`."""
        return z**self.exponent

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): Σ zⁿ⁺¹/(n + 1)."""
        return (z ** (self.exponent + 1)).sum(axis=-1) / (self.exponent + 1)


@dataclass(frozen=True)
class Softmax:
    """Competition, s_μ = exp(gain·z_μ)/Σ_ν exp(gain·z_ν) (Table 4, model B); each neuron must know all the others.

    Parameters
    ----------
    gain : float, default 1
        Inverse temperature β, dimensionless, > 0.
    """

    gain: float = 1.0
    name: ClassVar[str] = "softmax"
    is_convex: ClassVar[bool] = True
    # `total` is what the neurons of one cue make of each other, Σ_ν exp(gain (z_ν − z_μ)); see `neurosim.equations`
    brian: ClassVar[str] = "1/total"

    def __post_init__(self) -> None:
        _positive(self.gain, "gain")

    @property
    def brian_total(self) -> str:
        """The Brian2 expression of one term of `total`; clipped, so that it cannot overflow."""
        return f"exp(clip({float(self.gain)!r}*(z_pre - z_post), -600, 600))"

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s in [0, 1], same shape as `z`."""
        e = xp.exp(self.gain * (z - xp.amax(z, -1)[..., None]))
        return e / e.sum(-1)[..., None]

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): log Σ exp(gain·z)/gain."""
        return np.logaddexp.reduce(self.gain * z, axis=-1) / self.gain


# --- visible: g(v), what the hidden neurons see -----------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    """Linear unit, g(v) = v (eq. 1b)."""

    name: ClassVar[str] = "identity"
    brian: ClassVar[str] = "v"

    def __call__(self, v: Any, xp: Any = np) -> Any:
        """Return `v`."""
        return v

    def lagrangian(self, v: np.ndarray) -> np.ndarray:
        """Return L with dL/dv = g, (…,): ½ Σ v²."""
        return 0.5 * (v**2).sum(axis=-1)


@dataclass(frozen=True)
class Sign:
    """Two-valued unit, g(v) = sign(v), 0 at 0 (Table 4, model A)."""

    name: ClassVar[str] = "sign"
    brian: ClassVar[str] = "sign(v)"

    def __call__(self, v: Any, xp: Any = np) -> Any:
        """Return −1, 0 or 1, same shape as `v`."""
        return xp.sign(v)

    def lagrangian(self, v: np.ndarray) -> np.ndarray:
        """Return L with dL/dv = g, (…,): Σ |v|."""
        return np.abs(v).sum(axis=-1)


@dataclass(frozen=True)
class Normalise:
    """Divisive normalisation, g(v) = v/√Σ v², 0 at 0 (Table 4, model C); each neuron must know all the others."""

    name: ClassVar[str] = "normalise"
    # `length` is √Σ v² over the neurons of one cue; see `neurosim.equations`
    brian: ClassVar[str] = "v*int(length > 0)/(length + int(length == 0))"

    def __call__(self, v: Any, xp: Any = np) -> Any:
        """Return a vector of length 1 or 0, same shape as `v`."""
        norm = xp.sqrt((v * v).sum(-1))[..., None]
        return v / xp.where(norm > 0, norm, 1.0)

    def lagrangian(self, v: np.ndarray) -> np.ndarray:
        """Return L with dL/dv = g, (…,): √Σ v²."""
        return np.sqrt((v**2).sum(axis=-1))


HiddenActivation = Heaviside | Sigmoid | Power | Softmax
VisibleActivation = Identity | Sign | Normalise
HIDDEN_ACTIVATIONS: dict[str, type[HiddenActivation]] = {cls.name: cls for cls in (Heaviside, Sigmoid, Power, Softmax)}
VISIBLE_ACTIVATIONS: dict[str, type[VisibleActivation]] = {cls.name: cls for cls in (Identity, Sign, Normalise)}

_Any = TypeVar("_Any")


def to_record(activation: HiddenActivation | VisibleActivation) -> dict[str, Any]:
    """Return a JSON-able record of the activation, read back by `from_record`."""
    return {"name": activation.name, **asdict(activation)}


def from_record(record: dict[str, Any], known: dict[str, type[_Any]]) -> _Any:
    """Rebuild an activation from `to_record`'s answer; `known` is the table of its layer.

    Raises
    ------
    InvalidInput
        The name is not in the table, or its parameters do not fit.
    """
    parameters = dict(record)
    name = parameters.pop("name", None)
    if name not in known:
        raise InvalidInput(f"the activation must be one of {sorted(known)}, got {name!r}")
    try:
        return known[name](**parameters)
    except TypeError:
        raise InvalidInput(f"activation {name!r} does not take the parameters {sorted(parameters)}") from None


def _positive(value: float, name: str) -> None:
    if not (np.isfinite(value) and value > 0):
        raise InvalidInput(f"{name} must be finite and > 0, got {value}")
