"""`Network`: the frozen, validated description of one two-layer memory, read by every engine.

    τ_v dv_i/dt = −v_i + (1/√N_h) Σ_μ ξ_iμ s_μ             (1a)
    τ_h dh_μ/dt = −h_μ + (√N_h/N_v) Σ_i ξ_μi v_i           (1b)
    s_μ = Θ(h_μ − θ_μ)                                      (4)

ξ_iμ is `weights`; ξ_μi is its transpose unless `feedback` is given. With another activation than Θ, or with g(v_i) in
place of v_i in (1b), the network is the two-layer memory of Krotov and Hopfield (eqs. 32); see
`neurosim.krotov_hopfield`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from neurosim import memory, nonlinearity, storage
from neurosim.ensembles import ENSEMBLES, Ensemble, name_of
from neurosim.errors import BadFile, InvalidInput
from neurosim.nonlinearity import Heaviside, HiddenActivation, Identity, VisibleActivation
from neurosim.notebook import network_table, short
from neurosim.reading import reason
from neurosim.validation import (
    assign,
    frozen,
    generator,
    instance,
    listed,
    one_of,
    real_array,
    seconds,
    whole,
)

_KIND = "Network/2"


@dataclass(frozen=True, eq=False)
class Network:
    """A two-layer associative memory: weights, thresholds, time constants and activations.

    The arrays are converted to float64, checked once and copied; the copies cannot be changed. A float64 ``memmap`` of
    mode "r" is not copied: its file must not change.

    Parameters
    ----------
    weights : array_like, shape (visible, hidden)
        Synapses hidden → visible, ξ_iμ; dimensionless. Column μ is basic memory μ.
    threshold : float or array_like of shape (hidden,), default 0.5
        θ, one value or one per hidden neuron; dimensionless. A neuron exactly at its threshold is off.
    tau_v : time, default 20 ms
        Visible time constant in seconds or as a quantity; one value or one per visible neuron.
    tau_h : time, default 1 ms
        Hidden time constant in seconds or as a quantity; one value or one per hidden neuron.
    feedback : array_like of shape (hidden, visible), optional
        Synapses visible → hidden if they are not the transpose of `weights`.
    hidden_activation : Heaviside, Sigmoid, Power or Softmax, default Heaviside()
        Output of a hidden neuron as a function of its potential h − θ.
    visible_activation : Identity, Sign or Normalise, default Identity()
        Output of a visible neuron as a function of its potential v.
    ensemble : str, optional
        Name of the random ensemble that the weights were drawn from. Theory for Gaussian weights is applied only
        where it is "gaussian". `replace` removes it if the weights change.
    constraints : sequence of mappings, default ()
        Records of the biological constraints that were applied, in order, by `neurosim.constraints.constrain`.
    provenance : mapping of str to JSON-compatible values, optional
        Record of the origin of the weights. It is saved with the network; no computation depends on it.

    Raises
    ------
    InvalidInput
        A shape does not fit, a value is not finite, or a time constant is not > 0.

    See Also
    --------
    Network.random : A network with random weights.
    neurosim.recall : Simulate the network from cues.

    References
    ----------
    .. [1] M. Kafraj, D. Krotov and P. E. Latham, "A biologically plausible dense associative memory with exponential
       capacity", ICLR 2026, eqs. (1)–(4).

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], threshold=0.4, tau_v=0.02)
    >>> net.n_visible, net.n_hidden
    (3, 2)
    >>> net
    Network(n_visible=3, n_hidden=2, symmetric, threshold=0.4, tau_v=0.02 s, tau_h=0.001 s, Heaviside())
    """

    weights: np.ndarray
    threshold: Any = 0.5
    tau_v: Any = 20e-3
    tau_h: Any = 1e-3
    feedback: np.ndarray | None = None
    hidden_activation: HiddenActivation = field(default_factory=Heaviside)
    visible_activation: VisibleActivation = field(default_factory=Identity)
    ensemble: str | None = None
    constraints: Sequence[Mapping[str, Any]] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        weights = frozen(real_array(self.weights, "weights", {"visible": None, "hidden": None}))
        n_visible, n_hidden = weights.shape
        feedback = self.feedback
        if feedback is not None:
            feedback = frozen(real_array(feedback, "feedback", {"hidden": n_hidden, "visible": n_visible}))
        _check_activation(self.hidden_activation, "hidden_activation", nonlinearity.HIDDEN_ACTIVATIONS)
        _check_activation(self.visible_activation, "visible_activation", nonlinearity.VISIBLE_ACTIVATIONS)
        if self.ensemble is not None:
            instance(self.ensemble, "ensemble", str, remedy="Network.random takes a function that draws the weights")
        threshold = _one_or_each(real_array(self.threshold, "threshold"), "threshold", "hidden", n_hidden)
        assign(
            self,
            weights=weights,
            feedback=feedback,
            threshold=frozen(np.broadcast_to(threshold, (n_hidden,)) if threshold.ndim == 0 else threshold),
            tau_v=frozen(_one_or_each(seconds(self.tau_v, "tau_v"), "tau_v", "visible", n_visible)),
            tau_h=frozen(_one_or_each(seconds(self.tau_h, "tau_h"), "tau_h", "hidden", n_hidden)),
            constraints=tuple(
                MappingProxyType(_record(record, "each record of constraints"))
                for record in listed(self.constraints, "constraints", "records")
            ),
            provenance=MappingProxyType(_record(self.provenance, "provenance")),
        )

    @classmethod
    def random(
        cls, n_visible: int, n_hidden: int, *, ensemble: str | Ensemble = "gaussian", seed: int, **parameters: Any
    ) -> Network:
        """Return a network with random weights.

        Parameters
        ----------
        n_visible, n_hidden : int
            Sizes, each at least 1.
        ensemble : str or callable, default "gaussian"
            Distribution of the weights: a name in `neurosim.ensembles.ENSEMBLES`, such as "gaussian" (eq. 3),
            "rademacher", "sparse_binary", "log_normal" or "orthogonal", or a function
            ``(n_visible, n_hidden, rng)`` with a NumPy generator `rng` that returns the weights, or a `Network` of
            these sizes.
        seed : int
            Seed of the weights.
        **parameters
            The other parameters of `Network`. They replace those of a Network that the function returns.

        Returns
        -------
        Network
            Its `ensemble` is the given name, or None for a function.

        Raises
        ------
        InvalidInput
            A size, the seed or the name breaks its rule, or the function returns weights or a Network of other sizes.

        See Also
        --------
        neurosim.ensembles : The named ensembles.

        Examples
        --------
        >>> import neurosim
        >>> net = neurosim.Network.random(100, 5, ensemble="rademacher", seed=0)
        >>> net.ensemble
        'rademacher'
        >>> def sparse(n_visible, n_hidden, rng):
        ...     return rng.standard_normal((n_visible, n_hidden)) * (rng.random((n_visible, n_hidden)) < 0.1)
        >>> neurosim.Network.random(100, 5, ensemble=sparse, seed=0).n_hidden
        5
        """
        sizes = whole(n_visible, "n_visible"), whole(n_hidden, "n_hidden")
        remedy = "or give a function (n_visible, n_hidden, rng)"
        name = None if callable(ensemble) else one_of(ensemble, "ensemble", ENSEMBLES, remedy=remedy)
        memory.reserve(16 * sizes[0] * sizes[1], f"a network of the sizes {sizes}", "give fewer neurons")
        draw = ensemble if callable(ensemble) else ENSEMBLES[ensemble]
        weights = draw(*sizes, generator(seed))
        records = {"ensemble": name, "provenance": {"weights": name_of(ensemble), "seed": int(seed)}}
        if isinstance(weights, Network):
            if weights.weights.shape != sizes:
                raise InvalidInput(f"the Network drawn by the ensemble must have the sizes {sizes}, got {weights!r}")
            return weights.replace(**(records | parameters))
        if name is None:
            axes = {"visible": sizes[0], "hidden": sizes[1]}
            weights = real_array(weights, "weights drawn by the ensemble", axes)
        return cls(weights, **(records | parameters))

    @classmethod
    def gaussian(cls, n_visible: int, n_hidden: int, *, seed: int, **parameters: Any) -> Network:
        """Return a network with independent standard normal weights (eq. 3): `random` with its default ensemble.

        Parameters
        ----------
        n_visible, n_hidden : int
            Sizes, each at least 1.
        seed : int
            Seed of the weights.
        **parameters
            The other parameters of `Network`.

        Examples
        --------
        >>> import neurosim
        >>> net = neurosim.Network.gaussian(100, 5, seed=0)
        >>> net.weights.shape
        (100, 5)
        """
        return cls.random(n_visible, n_hidden, seed=seed, **parameters)

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
        """Whether the input of the hidden layer is v, so that the visible layer can be eliminated."""
        return isinstance(self.visible_activation, Identity)

    @property
    def feedback_weights(self) -> np.ndarray:
        """Synapses visible → hidden, (hidden, visible): `feedback`, or the transpose of `weights`."""
        return self.weights.T if self.feedback is None else self.feedback

    def replace(self, **changes: Any) -> Network:
        """Return a copy with some parameters changed; unchanged arrays are shared, not copied.

        Parameters
        ----------
        **changes
            Parameters of `Network`. New `weights` or `feedback` remove `ensemble`, `constraints` and `provenance`,
            unless these are given too.

        Raises
        ------
        InvalidInput
            `Network` has no such parameter, or a value breaks its rule.

        Examples
        --------
        >>> import neurosim
        >>> net = neurosim.Network.gaussian(100, 5, seed=0)
        >>> net.replace(threshold=0.4).threshold
        array([0.4, 0.4, 0.4, 0.4, 0.4])
        """
        for name in changes:
            one_of(name, "parameter of Network", _FIELD_NAMES)
        if {"weights", "feedback"} & set(changes):
            changes = {"ensemble": None, "constraints": (), "provenance": {}} | changes
        return dataclasses.replace(self, **changes)

    def save(self, path: str | Path) -> None:
        """Write the network as one safetensors file, with its records.

        Parameters
        ----------
        path : str or Path

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
            "ensemble": self.ensemble,
            "constraints": [dict(record) for record in self.constraints],
            "provenance": dict(self.provenance),
        }
        storage.write_tensors(path, tensors, record, _KIND)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """Read a network that `save` wrote.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        BadFile
            There is no such file, or it is truncated or holds no network.

        Examples
        --------
        >>> import neurosim, tempfile
        >>> from pathlib import Path
        >>> net = neurosim.Network.gaussian(100, 5, seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.save(Path(folder) / "net.safetensors")
        ...     same = neurosim.Network.load(Path(folder) / "net.safetensors")
        >>> bool((same.weights == net.weights).all())
        True
        """
        tensors, record = storage.read_tensors(path, _KIND)
        records = {name: record[name] for name in ("ensemble", "constraints", "provenance") if name in record}
        try:
            return cls(**tensors, **activations(record), **records)
        except Exception as error:  # an array or a record of any form
            raise BadFile(f"{path} does not describe a network: {reason(error)}") from None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle through the constructor, so that copies are validated and frozen too."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        plain = {"provenance": dict(self.provenance), "constraints": [dict(record) for record in self.constraints]}
        return _rebuild, ({**values, **plain},)

    def __repr__(self) -> str:
        kind = "symmetric" if self.is_symmetric else "separate feedback"
        return (
            f"Network(n_visible={self.n_visible}, n_hidden={self.n_hidden}, {kind}, "
            f"threshold={short(self.threshold)}, tau_v={short(self.tau_v)} s, tau_h={short(self.tau_h)} s, "
            f"{self.hidden_activation!r}{'' if self.is_linear else f', {self.visible_activation!r}'})"
        )

    def _repr_html_(self) -> str:
        return network_table(self)


def activations(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return both activations from a record that holds them, as parameters of `Network`."""
    return {
        "hidden_activation": nonlinearity.from_record(record["hidden_activation"], nonlinearity.HIDDEN_ACTIVATIONS),
        "visible_activation": nonlinearity.from_record(record["visible_activation"], nonlinearity.VISIBLE_ACTIVATIONS),
    }


def _rebuild(values: dict[str, Any]) -> Network:
    return Network(**values)


_FIELD_NAMES = [f.name for f in dataclasses.fields(Network)]


def _check_activation(activation: Any, name: str, known: Mapping[str, type]) -> None:
    if not isinstance(activation, tuple(known.values())):
        classes = ", ".join(f"{cls.__name__}()" for cls in known.values())
        raise InvalidInput(f"{name} must be one of {classes}, got {activation!r}")


def _record(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{name} must be a mapping of names to values, got {value!r}")
    try:
        json.dumps(dict(value))
    except (TypeError, ValueError, RecursionError) as error:
        rule = f"{name} must have values that JSON can hold, such as int, float, str and list"
        raise InvalidInput(f"{rule}: {error}; give .item() or .tolist() of a NumPy value") from None
    _check_names(value, name)  # JSON would make texts of them
    return dict(value)


def _check_names(value: Any, name: str) -> None:
    """Raise an error unless all keys of all mappings in a value are texts."""
    if isinstance(value, Mapping):
        if other := [key for key in value if not isinstance(key, str)]:
            raise InvalidInput(f"{name} must have texts as names, got {other[0]!r}; give {str(other[0])!r}")
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            _check_names(one, name)


def _one_or_each(array: np.ndarray, name: str, layer: str, size: int) -> np.ndarray:
    if array.shape not in ((), (size,)):
        raise InvalidInput(f"{name} must have one value or one per {layer} neuron ({size}), got shape {array.shape}")
    return array
