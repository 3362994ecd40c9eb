"""Activations: the output of a neuron as a function of its potential, one class for each.

Each class states its formula once. The formula runs on NumPy and on torch arrays (argument ``xp``) and is also given
as a Brian2 expression. Each activation is the gradient of a Lagrangian L; where L is convex, symmetric weights make the
energy fall [1]_. Neurons lie along the last axis. `Softmax` and `Normalise` use the potentials of all neurons of their
layer. A new class is added to `HIDDEN_ACTIVATIONS` or `VISIBLE_ACTIVATIONS`.

References
----------
.. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine learning",
   ICLR 2021.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import assign, one_of, real, real_array, whole

# --- hidden: s = f(z), z = h − θ ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heaviside:
    """Threshold unit, s = Θ(h − θ); inactive at the threshold itself (eq. 2).

    See Also
    --------
    Sigmoid : The smooth form.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.Heaviside()(np.array([-1.0, 0.0, 1.0]))
    array([0., 0., 1.])
    """

    name: ClassVar[str] = "heaviside"
    brian: ClassVar[str] = "int(h > theta)"
    is_convex: ClassVar[bool] = True

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s as floats 0 or 1, same shape as `z`."""
        return xp.where(_potentials(z, xp) > 0, 1.0, 0.0)

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): Σ max(z, 0)."""
        return np.maximum(_potentials(z), 0.0).sum(axis=-1)


@dataclass(frozen=True)
class Sigmoid:
    """Smooth threshold unit, s = 1/(1 + exp(−gain·(h − θ))) (appendix F).

    Parameters
    ----------
    gain : float, default 20
        Slope parameter, dimensionless, > 0. In the limit gain → ∞ it is `Heaviside`.

    Raises
    ------
    InvalidInput
        The gain is not finite and > 0.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.Sigmoid(gain=4)(np.array([-1.0, 0.0, 1.0])).round(2)
    array([0.02, 0.5 , 0.98])
    """

    gain: float = 20.0
    name: ClassVar[str] = "sigmoid"
    is_convex: ClassVar[bool] = True

    def __post_init__(self) -> None:
        assign(self, gain=real(self.gain, "gain", above=0))

    @property
    def brian(self) -> str:
        """The Brian2 expression."""
        return f"1/(1 + exp(-{self.gain!r}*(h - theta)))"

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s in (0, 1), same shape as `z`."""
        return 0.5 * (1.0 + xp.tanh(0.5 * self.gain * _potentials(z, xp)))  # unlike exp, tanh cannot overflow

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): Σ log(1 + exp(gain·z))/gain."""
        return (np.logaddexp(0.0, self.gain * _potentials(z)) / self.gain).sum(axis=-1)


@dataclass(frozen=True)
class Power:
    """Power law, s = (h − θ)ⁿ (Table 4, models A and C); unbounded. For even n it is not monotone and L not convex.

    Parameters
    ----------
    exponent : int, default 5
        n ≥ 1.

    Raises
    ------
    InvalidInput
        The exponent is no whole number ≥ 1.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.Power(3)(np.array([-1.0, 0.0, 2.0]))
    array([-1.,  0.,  8.])
    """

    exponent: int = 5
    name: ClassVar[str] = "power"

    def __post_init__(self) -> None:
        assign(self, exponent=whole(self.exponent, "exponent"))

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
        return _potentials(z, xp) ** self.exponent

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): Σ zⁿ⁺¹/(n + 1)."""
        return (_potentials(z) ** (self.exponent + 1)).sum(axis=-1) / (self.exponent + 1)


@dataclass(frozen=True)
class Softmax:
    """Softmax, s_μ = exp(gain·z_μ)/Σ_ν exp(gain·z_ν) (Table 4, model B); a neuron depends on all others of its layer.

    Parameters
    ----------
    gain : float, default 1
        Inverse temperature β, dimensionless, > 0.

    Raises
    ------
    InvalidInput
        The gain is not finite and > 0.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.Softmax()(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """

    gain: float = 1.0
    name: ClassVar[str] = "softmax"
    is_convex: ClassVar[bool] = True
    # `total` is Σ_ν exp(gain (z_ν − z_μ)) over the hidden neurons of one cue; see `neurosim.equations`
    brian: ClassVar[str] = "1/total"

    def __post_init__(self) -> None:
        assign(self, gain=real(self.gain, "gain", above=0))

    @property
    def brian_total(self) -> str:
        """The Brian2 expression of one term of `total`, clipped so that it cannot overflow."""
        return f"exp(clip({self.gain!r}*(z_pre - z_post), -600, 600))"

    def __call__(self, z: Any, xp: Any = np) -> Any:
        """Return s in [0, 1], same shape as `z`."""
        z = _potentials(z, xp)
        e = xp.exp(self.gain * (z - xp.amax(z, -1)[..., None]))
        return e / e.sum(-1)[..., None]

    def lagrangian(self, z: np.ndarray) -> np.ndarray:
        """Return L with dL/dh = s, (…,): log Σ exp(gain·z)/gain."""
        return np.logaddexp.reduce(self.gain * _potentials(z), axis=-1) / self.gain


# --- visible: g(v), the input to the hidden neurons -----------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    """Linear unit, g(v) = v (eq. 1b).

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.Identity()(np.array([-2.0, 0.5]))
    array([-2. ,  0.5])
    """

    name: ClassVar[str] = "identity"
    brian: ClassVar[str] = "v"

    def __call__(self, v: Any, xp: Any = np) -> Any:
        """Return `v`."""
        return _potentials(v, xp)

    def lagrangian(self, v: np.ndarray) -> np.ndarray:
        """Return L with dL/dv = g, (…,): ½ Σ v²."""
        return 0.5 * (_potentials(v) ** 2).sum(axis=-1)


@dataclass(frozen=True)
class Sign:
    """Two-valued unit, g(v) = sign(v), 0 at 0 (Table 4, model A).

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.Sign()(np.array([-2.0, 0.0, 0.5]))
    array([-1.,  0.,  1.])
    """

    name: ClassVar[str] = "sign"
    brian: ClassVar[str] = "sign(v)"

    def __call__(self, v: Any, xp: Any = np) -> Any:
        """Return −1, 0 or 1, same shape as `v`."""
        return xp.sign(_potentials(v, xp))

    def lagrangian(self, v: np.ndarray) -> np.ndarray:
        """Return L with dL/dv = g, (…,): Σ |v|."""
        return np.abs(_potentials(v)).sum(axis=-1)


@dataclass(frozen=True)
class Normalise:
    """Divisive normalisation, g(v) = v/√Σ v², 0 at 0 (Table 4, model C); a neuron depends on all others of its layer.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.Normalise()(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """

    name: ClassVar[str] = "normalise"
    # `length` is √Σ v² over the neurons of one cue; see `neurosim.equations`
    brian: ClassVar[str] = "v*int(length > 0)/(length + int(length == 0))"

    def __call__(self, v: Any, xp: Any = np) -> Any:
        """Return a vector of length 1 or 0, same shape as `v`."""
        v = _scaled(_potentials(v, xp), xp)[0]
        norm = xp.sqrt((v * v).sum(-1))[..., None]
        return v / xp.where(norm > 0, norm, 1.0)

    def lagrangian(self, v: np.ndarray) -> np.ndarray:
        """Return L with dL/dv = g, (…,): √Σ v²."""
        v, exponent = _scaled(_potentials(v), np)
        return np.ldexp(np.sqrt((v**2).sum(axis=-1)), exponent[..., 0])


def _potentials(values: Any, xp: Any = np) -> Any:
    """Return potentials as float64; arrays of torch are the engine's own."""
    return real_array(values, "potentials", finite=False) if xp is np else values


def _scaled(v: Any, xp: Any) -> tuple[Any, Any]:
    """Return v·2^−k with the largest |v| of each row in [½, 1), so that no square overflows or underflows, and k."""
    exponent = xp.frexp(xp.amax(xp.abs(v), -1))[1][..., None]
    return xp.ldexp(v, -exponent), exponent


HiddenActivation = Heaviside | Sigmoid | Power | Softmax
VisibleActivation = Identity | Sign | Normalise
HIDDEN_ACTIVATIONS: dict[str, type[HiddenActivation]] = {cls.name: cls for cls in (Heaviside, Sigmoid, Power, Softmax)}
VISIBLE_ACTIVATIONS: dict[str, type[VisibleActivation]] = {cls.name: cls for cls in (Identity, Sign, Normalise)}

_Any = TypeVar("_Any")


def to_record(activation: HiddenActivation | VisibleActivation) -> dict[str, Any]:
    """Return a JSON-compatible record of the activation, from which `from_record` rebuilds it.

    Examples
    --------
    >>> from neurosim import Sigmoid
    >>> from neurosim.nonlinearity import to_record
    >>> to_record(Sigmoid(gain=6.0))
    {'name': 'sigmoid', 'gain': 6.0}
    """
    return {"name": activation.name, **asdict(activation)}


def from_record(record: dict[str, Any], known: dict[str, type[_Any]]) -> _Any:
    """Rebuild an activation from a record that `to_record` made.

    Parameters
    ----------
    record : mapping
    known : mapping of str to class
        `HIDDEN_ACTIVATIONS` or `VISIBLE_ACTIVATIONS`.

    Raises
    ------
    InvalidInput
        The name is unknown, or its parameters do not fit.

    Examples
    --------
    >>> from neurosim.nonlinearity import HIDDEN_ACTIVATIONS, from_record
    >>> from_record({"name": "sigmoid", "gain": 6.0}, HIDDEN_ACTIVATIONS)
    Sigmoid(gain=6.0)
    """
    parameters = dict(record)
    name = one_of(parameters.pop("name", None), "the activation", known)
    try:
        return known[name](**parameters)
    except TypeError:
        raise InvalidInput(f"activation {name!r} does not take the parameters {sorted(parameters)}") from None
