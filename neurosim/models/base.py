"""The interface of the one-layer memories: store patterns, recall them from cues, energy, fixed points."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import real_array, whole

_CHUNK = 2**21  # numbers held at once (16 MB) where many states are compared with many patterns


@dataclass(frozen=True)
class Recall:
    """Final states of a batch of cues.

    Parameters
    ----------
    states : ndarray (cue, neuron) float64
        Last state of each cue.
    settled : ndarray (cue,) bool
        True where the last state is a fixed point. False where `max_sweeps` ended the recall first (a cycle, or slow
        dynamics) and where no attractor is reached (see `Epanechnikov`).
    n_sweeps : ndarray (cue,) int
        Number of sweeps, or of synchronous steps, that changed the state; 0 for a cue that was a fixed point.

    See Also
    --------
    Model.recall : Return such a result.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Hebb
    >>> patterns = np.array([[1, 1, -1, -1], [1, -1, 1, -1]])
    >>> Hebb().store(patterns).recall([[1, 1, -1, -1]])
    Recall(states=array([[ 1.,  1., -1., -1.]]), settled=array([ True]), n_sweeps=array([0]))
    """

    states: np.ndarray
    settled: np.ndarray
    n_sweeps: np.ndarray


class Model(ABC):
    """A memory with one layer of neurons.

    The parameters of a model are the keyword arguments of its ``__init__``, kept under the same names. All values
    that depend on the patterns are computed by `store`: `n_neurons`, the synapses, and the values of parameters whose
    default depends on the patterns, which end in an underscore (``beta_`` for ``beta``).

    Attributes
    ----------
    n_neurons : int
        Number of neurons N of the stored patterns.
    name : str
        Name in `MODELS`.
    source : str
        Publication that introduced the model.
    levels : (int, int) or None
        The two values of a neuron, or None if it is real-valued.
    local : bool
        Whether learning and recall use only signals available at each synapse and neuron: no matrix is inverted, and
        no quantity is normalised over the whole network.
    pairwise : bool
        Whether each synapse of the single layer joins two neurons. With a second layer some of the other models become
        pairwise [1]_, with one hidden neuron per pattern.
    bounded : bool
        Whether the response of every unit, hidden ones included, stays within a fixed range.
    symmetric : bool
        Whether the model has an energy.
    weakest_load : float or None
        Patterns per neuron at which recall can fail although it works for fewer and for more; by default None.

    Notes
    -----
    A subclass sets the attributes from `name` to `symmetric` on the class and implements `n_synapses`, ``_learn``,
    ``_recall``, ``_is_fixed`` and, if it is symmetric, ``_energy``.

    References
    ----------
    .. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine learning",
       ICLR, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Dense
    >>> patterns = np.array([[1, 1, -1, -1, 1, -1], [1, -1, 1, -1, -1, 1]])
    >>> model = Dense(power=4).store(patterns)
    >>> model
    Dense(power=4)
    >>> model.recall([[-1, 1, -1, -1, 1, -1]]).states
    array([[ 1.,  1., -1., -1.,  1., -1.]])
    """

    name: ClassVar[str]
    source: ClassVar[str]
    levels: ClassVar[tuple[int, int] | None]
    local: ClassVar[bool]
    pairwise: ClassVar[bool]
    bounded: ClassVar[bool]
    symmetric: ClassVar[bool]
    weakest_load: ClassVar[float | None] = None
    n_neurons: int
    _n_patterns: int = 0

    def get_params(self) -> dict[str, Any]:
        """Return the parameters of the model by name, as they were given or by default.

        Examples
        --------
        >>> from neurosim.models import Dense
        >>> Dense(power=4).get_params()
        {'power': 4, 'rectified': True}
        """
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def replace(self, **changes: Any) -> Self:
        """Return a new, empty model with some parameters changed.

        Parameters
        ----------
        **changes
            Parameters of the model; without any, the result is an empty copy.

        Examples
        --------
        >>> from neurosim.models import Dense
        >>> Dense(power=4).replace(rectified=False)
        Dense(power=4, rectified=False)
        """
        return type(self)(**{**self.get_params(), **changes})

    def __repr__(self) -> str:
        default = {name: parameter.default for name, parameter in inspect.signature(type(self)).parameters.items()}
        changed = (f"{name}={value!r}" for name, value in self.get_params().items() if value != default[name])
        return f"{type(self).__name__}({', '.join(changed)})"

    def store(self, patterns: np.ndarray) -> Self:
        """Learn patterns, which replace all previously stored ones, and return the model.

        Parameters
        ----------
        patterns : ndarray (pattern, neuron)
            At least one, of the model's `levels`, of at least two neurons; finite real numbers if `levels` is None.

        Raises
        ------
        InvalidInput
            There is no pattern, or the patterns have another shape or other values.

        Examples
        --------
        >>> from neurosim.models import Hebb
        >>> Hebb().store([[1, 1, -1, -1]]).n_neurons
        4
        """
        patterns = self._checked(patterns, "patterns", None)
        if len(patterns) == 0:
            raise InvalidInput("patterns must be at least one, got none; give an array (pattern, neuron)")
        self._n_patterns = 0  # if learning fails, the memory is empty
        self.n_neurons = patterns.shape[1]
        self._learn(patterns)
        self._n_patterns = len(patterns)
        return self

    def recall(self, cues: np.ndarray, *, max_sweeps: int = 100, seed: int | None = None) -> Recall:
        """Follow the dynamics from each cue to a fixed point.

        Parameters
        ----------
        cues : ndarray (cue, neuron)
            States of the model's `levels`.
        max_sweeps : int >= 1, default 100
            Sweeps over all neurons, or synchronous steps, after which a cue counts as not settled.
        seed : int, optional
            Seed of the order in which the neurons are updated, one order for all cues and sweeps; by default the order
            of the neurons. Models that update all neurons at once do not use it.

        Returns
        -------
        Recall

        Raises
        ------
        InvalidInput
            Nothing is stored, the cues have another shape or other values, or max_sweeps or seed is no whole number.

        Examples
        --------
        >>> from neurosim.models import Hebb
        >>> Hebb().store([[1, 1, -1, -1]]).recall([[1, 1, 1, -1]]).states
        array([[ 1.,  1., -1., -1.]])
        """
        cues, max_sweeps = self._states(cues, "cues"), whole(max_sweeps, "max_sweeps", at_least=1)
        parts = [self._recall(chunk, max_sweeps, seed) for chunk in self._chunks(cues)]
        return Recall(
            states=np.concatenate([part.states for part in parts]),
            settled=np.concatenate([part.settled for part in parts]),
            n_sweeps=np.concatenate([part.n_sweeps for part in parts]),
        )

    def energy(self, states: np.ndarray) -> np.ndarray:
        """Return the dimensionless energy of each state; recall never raises it.

        Parameters
        ----------
        states : ndarray (state, neuron)
            States of the model's `levels`.

        Returns
        -------
        ndarray (state,) float64

        Raises
        ------
        InvalidInput
            The model has no energy, nothing is stored, or the states have another shape or other values.

        Examples
        --------
        >>> from neurosim.models import Hebb
        >>> Hebb().store([[1, 1, -1, -1]]).energy([[1, 1, -1, -1]])
        array([-1.5])
        """
        if not self.symmetric:
            raise InvalidInput(
                f"{self.name} has no energy: its weights are asymmetric; compare overlaps with the patterns instead"
            )
        return np.concatenate([self._energy(chunk) for chunk in self._chunks(self._states(states, "states"))])

    def is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        """Return whether each pattern, stored or not, is a fixed point; a tie keeps the state.

        Parameters
        ----------
        patterns : ndarray (pattern, neuron)
            States of the model's `levels`.

        Returns
        -------
        ndarray (pattern,) bool

        Raises
        ------
        InvalidInput
            Nothing is stored, or the patterns have another shape or other values.

        Examples
        --------
        >>> from neurosim.models import Hebb
        >>> Hebb().store([[1, 1, -1, -1]]).is_fixed([[1, 1, -1, -1], [1, 1, 1, -1]])
        array([ True, False])
        """
        return np.concatenate([self._is_fixed(chunk) for chunk in self._chunks(self._states(patterns, "patterns"))])

    @property
    @abstractmethod
    def n_synapses(self) -> int:
        """Number of real numbers in the stored memory; a symmetric pair of synapses counts once.

        Raises
        ------
        InvalidInput
            Nothing is stored.
        """

    @abstractmethod
    def _learn(self, patterns: np.ndarray) -> None: ...

    @abstractmethod
    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall: ...

    @abstractmethod
    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray: ...

    def _energy(self, states: np.ndarray) -> np.ndarray:
        raise NotImplementedError  # for models that are `symmetric`

    @property
    def _width(self) -> int:
        """Numbers held per state while it is processed."""
        return max(self.n_neurons, self._n_patterns)

    def _chunks(self, states: np.ndarray) -> list[np.ndarray]:
        return chunks(states, self._width)

    def _states(self, states: Any, what: str) -> np.ndarray:
        """Return a checked copy of states of a memory that is not empty."""
        self._require_patterns()
        return self._checked(states, what, self.n_neurons)

    def _require_patterns(self) -> None:
        if not self._n_patterns:
            raise InvalidInput(f"{self.name} must have patterns to recall, got none yet; call store(patterns) first")

    def _checked(self, states: Any, what: str, n_neurons: int | None) -> np.ndarray:
        """Return a float64 copy (state, neuron); n_neurons None allows any size from 2 on."""
        states = real_array(states, what, {what[:-1]: None, "neuron": n_neurons}, empty=True).copy()
        if n_neurons is None and states.shape[1] < 2:
            raise InvalidInput(f"{what} must have shape ({what[:-1]}, neuron ≥ 2), got {states.shape}")
        if self.levels is not None and not ((states == self.levels[0]) | (states == self.levels[1])).all():
            bad = states[~np.isin(states, self.levels)][0]
            raise InvalidInput(
                f"{what} of {self.name} must be {self.levels[0]} or {self.levels[1]}, got {bad:g}; binarise them first"
            )
        return states


def chunks(states: np.ndarray, width: int) -> list[np.ndarray]:
    """Split states into parts for which `width` numbers per state fit into memory; at least one part.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models.base import chunks
    >>> sum(len(part) for part in chunks(np.zeros((1000, 10)), width=1_000_000))
    1000
    """
    size = max(1, _CHUNK // width)
    return [states[at : at + size] for at in range(0, max(len(states), 1), size)]


def log_sum_exp(x: np.ndarray) -> np.ndarray:
    """Return log Σ exp(x) over the last axis, without overflow.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models.base import log_sum_exp
    >>> log_sum_exp(np.array([[1000.0, 1000.0]])) - 1000
    array([0.69314718])
    """
    top = x.max(axis=-1)
    return top + np.log(np.exp(x - top[..., None]).sum(axis=-1))
