"""One frozen description of the two-layer memory, read by every engine.

    τ_v dv_i/dt = −v_i + (1/√N_h) Σ_μ ξ_iμ s_μ             (1a)
    τ_h dh_μ/dt = −h_μ + (√N_h/N_v) Σ_i ξ_μi v_i           (1b)
    s_μ = Θ(h_μ − θ_μ)                                      (4)

ξ_iμ is `weights`; ξ_μi is its transpose unless `feedback` is given. Other nonlinearities than Θ, and a g(v_i) in
place of v_i in (1b), make it the two-layer memory of Krotov & Hopfield (eqs. 32); see `neurosim.krotov_hopfield`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from neurosim import nonlinearity, storage
from neurosim.errors import BadFile, InvalidInput
from neurosim.nonlinearity import Heaviside, HiddenActivation, Identity, VisibleActivation
from neurosim.validation import generator, seconds, whole

_KIND = "Network/2"


@dataclass(frozen=True, eq=False)
class Network:
    """A two-layer associative memory: weights, thresholds, time constants, nonlinearity.

    Arrays are copied, made read-only and checked once, here; a read-only ``memmap`` is kept as it is.

    Parameters
    ----------
    weights : array_like, (visible, hidden)
        Synapses hidden → visible, ξ_iμ; dimensionless. Column μ is basic memory μ.
    threshold : float or array_like (hidden,), default 0.5
        θ, one or one per hidden neuron; dimensionless. A neuron exactly at its threshold is off.
    tau_v : time, default 20 ms
        Visible time constant; seconds or a Brian2 quantity; one, or one per visible neuron.
    tau_h : time, default 1 ms
        Hidden time constant; seconds or a Brian2 quantity; one, or one per hidden neuron.
    feedback : array_like (hidden, visible), optional
        Synapses visible → hidden where they are not the transpose of `weights`.
    hidden_activation : Heaviside, Sigmoid, Power or Softmax, default Heaviside()
        What a hidden neuron does with its potential.
    visible_activation : Identity, Sign or Normalise, default Identity()
        What the hidden neurons see of a visible one.
    provenance : mapping of str to JSON-able values, optional
        Where the weights come from; kept with the file.

    Raises
    ------
    InvalidInput
        A shape does not fit, a value is not finite, or a time constant is not > 0.
    """

    weights: np.ndarray
    threshold: Any = 0.5
    tau_v: Any = 20e-3
    tau_h: Any = 1e-3
    feedback: np.ndarray | None = None
    hidden_activation: HiddenActivation = field(default_factory=Heaviside)
    visible_activation: VisibleActivation = field(default_factory=Identity)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        weights = _matrix(self.weights, "weights", "(visible, hidden)")
        n_visible, n_hidden = weights.shape
        feedback = self.feedback
        if feedback is not None:
            feedback = _matrix(feedback, "feedback", "(hidden, visible)")
            if feedback.shape != (n_hidden, n_visible):
                raise InvalidInput(
                    f"feedback must have shape (hidden, visible) = ({n_hidden}, {n_visible}), got {feedback.shape}"
                )
        _one_of(self.hidden_activation, "hidden_activation", nonlinearity.HIDDEN_ACTIVATIONS)
        _one_of(self.visible_activation, "visible_activation", nonlinearity.VISIBLE_ACTIVATIONS)
        settle = object.__setattr__
        settle(self, "weights", weights)
        settle(self, "feedback", feedback)
        settle(self, "threshold", _threshold(self.threshold, n_hidden))
        settle(self, "tau_v", _time_constant(self.tau_v, "tau_v", n_visible, "visible"))
        settle(self, "tau_h", _time_constant(self.tau_h, "tau_h", n_hidden, "hidden"))
        if not isinstance(self.provenance, Mapping):
            raise InvalidInput(f"provenance must be a mapping of names to values, got {self.provenance!r}")
        settle(self, "provenance", MappingProxyType(dict(self.provenance)))

    @classmethod
    def gaussian(cls, n_visible: int, n_hidden: int, *, seed: int, **parameters: Any) -> Network:
        """Return a network with independent standard normal weights (eq. 3).

        Parameters
        ----------
        n_visible, n_hidden : int
            Sizes, each ≥ 1.
        seed : int
            Seed of the weights.
        **parameters
            The other parameters of `Network`.
        """
        for name, size in (("n_visible", n_visible), ("n_hidden", n_hidden)):
            whole(size, name)
        weights = generator(seed).standard_normal((n_visible, n_hidden))
        return cls(weights=weights, provenance={"weights": "gaussian", "seed": int(seed)}, **parameters)

    @property
    def n_visible(self) -> int:
        """Number of visible neurons, N_v."""
        return self.weights.shape[0]

    @property
    def n_hidden(self) -> int:
        """Number of hidden neurons, N_h."""
        return self.weights.shape[1]

    @property
    def is_symmetric(self) -> bool:
        """Whether visible → hidden synapses are the transpose of hidden → visible ones."""
        return self.feedback is None

    @property
    def is_linear(self) -> bool:
        """Whether hidden neurons see v itself, so that the visible layer can be eliminated (`neurosim.reduction`)."""
        return isinstance(self.visible_activation, Identity)

    @property
    def feedback_weights(self) -> np.ndarray:
        """Synapses visible → hidden, (hidden, visible): `feedback`, or the transpose of `weights`."""
        return self.weights.T if self.feedback is None else self.feedback

    def replace(self, **changes: Any) -> Network:
        """Return a copy with some parameters changed; unchanged arrays are shared, not copied.

        New weights lose the provenance of the old ones, unless one is given with them.
        """
        unknown = set(changes) - {f.name for f in dataclasses.fields(self)}
        if unknown:
            raise InvalidInput(f"Network has no parameter {sorted(unknown)}; it has {_FIELD_NAMES}")
        if {"weights", "feedback"} & set(changes):
            changes.setdefault("provenance", {})
        return dataclasses.replace(self, **changes)

    def save(self, path: str | Path) -> None:
        """Write the network as one safetensors file, provenance included.

        Raises
        ------
        OutputError
            The file cannot be written; nothing is left half-written.
        """
        tensors = {"weights": self.weights, "threshold": self.threshold, "tau_v": self.tau_v, "tau_h": self.tau_h}
        if self.feedback is not None:
            tensors["feedback"] = self.feedback
        record = {
            "hidden_activation": nonlinearity.to_record(self.hidden_activation),
            "visible_activation": nonlinearity.to_record(self.visible_activation),
            "provenance": dict(self.provenance),
        }
        storage.write_tensors(path, tensors, record, _KIND)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """Read a network that `save` wrote.

        Raises
        ------
        BadFile
            No such file, truncated, or not a network.
        """
        tensors, record = storage.read_tensors(path, _KIND)
        try:
            return cls(**tensors, **activations(record), provenance=record["provenance"])
        except (KeyError, TypeError, InvalidInput) as error:
            raise BadFile(f"{path} does not describe a network: {error}") from None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle through the constructor, so that a copy is as frozen as its original."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return _rebuild, ({**values, "provenance": dict(self.provenance)},)

    def __repr__(self) -> str:
        kind = "symmetric" if self.is_symmetric else "separate feedback"
        return (
            f"Network(n_visible={self.n_visible}, n_hidden={self.n_hidden}, {kind}, "
            f"threshold={_short(self.threshold)}, tau_v={_short(self.tau_v)} s, tau_h={_short(self.tau_h)} s, "
            f"{self.hidden_activation!r}{'' if self.is_linear else f', {self.visible_activation!r}'})"
        )


def activations(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return both activations from a record that holds them, as parameters of `Network`."""
    return {
        "hidden_activation": nonlinearity.from_record(record["hidden_activation"], nonlinearity.HIDDEN_ACTIVATIONS),
        "visible_activation": nonlinearity.from_record(record["visible_activation"], nonlinearity.VISIBLE_ACTIVATIONS),
    }


def _rebuild(values: dict[str, Any]) -> Network:
    return Network(**values)


_FIELD_NAMES = [f.name for f in dataclasses.fields(Network)]


def _short(values: np.ndarray) -> str:
    return f"{values.flat[0]:.4g}" if np.all(values == values.flat[0]) else f"{values.min():.4g}…{values.max():.4g}"


def _one_of(activation: Any, name: str, known: Mapping[str, type]) -> None:
    if not isinstance(activation, tuple(known.values())):
        classes = ", ".join(f"{cls.__name__}()" for cls in known.values())
        raise InvalidInput(f"{name} must be one of {classes}, got {activation!r}")


def _frozen(array: np.ndarray) -> np.ndarray:
    """Return a read-only float64 array nobody else can write: itself if it is one already, else a copy."""
    if isinstance(array, np.memmap) and not array.flags.writeable:
        return array
    if array.dtype == np.float64 and array.flags.owndata and not array.flags.writeable and array.flags.c_contiguous:
        return array
    array = np.array(array, dtype=np.float64, order="C")
    array.flags.writeable = False
    return array


def _numbers(values: Any, name: str) -> np.ndarray:
    try:
        array = np.asanyarray(values)
        if array.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be an array of real numbers, got {type(values).__name__}") from None
    bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    if bad:
        raise InvalidInput(f"{name} must be finite, got {bad} NaN or infinite of {array.size} values")
    return array


def _matrix(values: Any, name: str, axes: str) -> np.ndarray:
    array = _numbers(values, name)
    if array.ndim != 2 or 0 in array.shape:
        raise InvalidInput(f"{name} must have shape {axes}, neither of them 0, got {array.shape}")
    return _frozen(array)


def _threshold(values: Any, n_hidden: int) -> np.ndarray:
    array = _numbers(values, "threshold")
    if array.shape not in ((), (n_hidden,)):
        raise InvalidInput(
            f"threshold must have one value or one per hidden neuron ({n_hidden}), got shape {array.shape}"
        )
    return _frozen(np.broadcast_to(array, (n_hidden,)) if array.ndim == 0 else array)


def _time_constant(value: Any, name: str, size: int, layer: str) -> np.ndarray:
    array = seconds(value, name)
    if array.shape not in ((), (size,)):
        raise InvalidInput(f"{name} must have one value or one per {layer} neuron ({size}), got shape {array.shape}")
    return _frozen(array)
