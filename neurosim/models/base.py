"""What every one-layer memory does: store patterns, recall them from cues, say its energy and its fixed points."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import whole

_CHUNK = 2**21  # numbers held at once, 16 MB, when many states meet many patterns


@dataclass(frozen=True)
class Recall:
    """Where a batch of cues went.

    Parameters
    ----------
    states : ndarray (cue, neuron) float64
        The last state of each.
    settled : ndarray (cue,) bool
        True where the last state is a fixed point; False where `max_sweeps` ran out first (a cycle, or slow), and
        where nothing drew the cue anywhere (see `Epanechnikov`).
    n_sweeps : ndarray (cue,) int
        Sweeps, or synchronous steps, that changed the state; 0 for a cue that was a fixed point.
    """

    states: np.ndarray
    settled: np.ndarray
    n_sweeps: np.ndarray


class Model(ABC):
    """A memory of one layer of neurons.

    Class attributes, for tables of comparison:

    ``levels`` : the two values a neuron takes, or None if it is real.
    ``local`` : learning and recall need only what is at hand at each synapse and neuron; no matrix is inverted and
    nothing is normalised over the whole network.
    ``pairwise`` : read as one layer, its synapses join two neurons. A second layer can make some of the others
    pairwise (Krotov & Hopfield 2021), at the price of one hidden neuron per pattern.
    ``bounded`` : no unit, hidden ones included, has to answer beyond a fixed range.
    ``symmetric`` : it has an energy. ``source`` : where it is from.

    Parameters
    ----------
    n_neurons : int >= 2

    Raises
    ------
    InvalidInput
        n_neurons is not a whole number >= 2.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    levels: ClassVar[tuple[int, int] | None]
    local: ClassVar[bool]
    pairwise: ClassVar[bool]
    bounded: ClassVar[bool]
    symmetric: ClassVar[bool]

    def __init__(self, n_neurons: int) -> None:
        self.n_neurons = whole(n_neurons, "n_neurons", at_least=2)
        self._n_patterns = 0

    def store(self, patterns: np.ndarray) -> Self:
        """Learn the patterns, in place of all that was stored before, and return the model itself.

        Parameters
        ----------
        patterns : ndarray (pattern, neuron)
            Of the model's `levels`; finite and real where there are none.

        Raises
        ------
        InvalidInput
            There is no pattern, or one has another shape or other values.
        """
        patterns = self._checked(patterns, "patterns")
        if len(patterns) == 0:
            raise InvalidInput("patterns must be at least one, got none; give an array (pattern, neuron)")
        self._n_patterns = 0  # so that learning which fails leaves an empty memory, not half of two
        self._learn(patterns)
        self._n_patterns = len(patterns)
        return self

    def recall(self, cues: np.ndarray, *, max_sweeps: int = 100, seed: int | None = None) -> Recall:
        """Follow the dynamics from each cue until it stands still.

        Parameters
        ----------
        cues : ndarray (cue, neuron), of the model's `levels`
        max_sweeps : int >= 1
            Sweeps over all neurons, or synchronous steps, after which a cue counts as not settled.
        seed : int, optional
            Of the order in which neurons are updated, one order for all cues and sweeps; by default the neurons'
            own. Models that update all neurons at once do not use it.

        Raises
        ------
        InvalidInput
            Nothing is stored; cues have another shape or other values; max_sweeps or seed is no whole number.
        """
        cues, max_sweeps = self._asked(cues, "cues"), whole(max_sweeps, "max_sweeps", at_least=1)
        parts = [self._recall(chunk, max_sweeps, seed) for chunk in self._chunks(cues)]
        return Recall(
            states=np.concatenate([part.states for part in parts]),
            settled=np.concatenate([part.settled for part in parts]),
            n_sweeps=np.concatenate([part.n_sweeps for part in parts]),
        )

    def energy(self, states: np.ndarray) -> np.ndarray:
        """Return the energy of each state, (state,) float64, dimensionless; recall never raises it.

        Raises
        ------
        InvalidInput
            The model has no energy; nothing is stored; states have another shape or other values.
        """
        if not self.symmetric:
            raise InvalidInput(
                f"{self.name} has no energy: its weights are asymmetric; compare overlaps with the patterns instead"
            )
        return np.concatenate([self._energy(chunk) for chunk in self._chunks(self._asked(states, "states"))])

    def is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        """Return whether each pattern, stored or not, is a fixed point; (pattern,) bool. A tie keeps the state.

        Raises
        ------
        InvalidInput
            Nothing is stored; patterns have another shape or other values.
        """
        return np.concatenate([self._is_fixed(chunk) for chunk in self._chunks(self._asked(patterns, "patterns"))])

    @property
    @abstractmethod
    def n_synapses(self) -> int:
        """Real numbers the stored memory consists of; each pair of a symmetric matrix counts once."""

    @abstractmethod
    def _learn(self, patterns: np.ndarray) -> None: ...

    @abstractmethod
    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall: ...

    @abstractmethod
    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray: ...

    def _energy(self, states: np.ndarray) -> np.ndarray:
        raise NotImplementedError  # of models that are `symmetric`

    @property
    def _width(self) -> int:
        """Numbers held per state while it is looked at."""
        return max(self.n_neurons, self._n_patterns)

    def _chunks(self, states: np.ndarray) -> list[np.ndarray]:
        return chunks(states, self._width)

    def _asked(self, states: Any, what: str) -> np.ndarray:
        if not self._n_patterns:
            raise InvalidInput(f"{self.name} must have patterns to recall, got none yet; call store(patterns) first")
        return self._checked(states, what)

    def _checked(self, states: Any, what: str) -> np.ndarray:
        """Return a float64 copy (state, neuron)."""
        try:
            states = np.array(states, dtype=float)
        except (TypeError, ValueError):
            raise InvalidInput(f"{what} must be an array of numbers, got {type(states).__name__}") from None
        if states.ndim != 2 or states.shape[1] != self.n_neurons:
            raise InvalidInput(f"{what} must have shape ({what[:-1]}, {self.n_neurons}), got {states.shape}")
        if self.levels is None:
            if not np.isfinite(states).all():
                raise InvalidInput(f"{what} must be finite, got NaN or infinity; mask them first")
        elif not ((states == self.levels[0]) | (states == self.levels[1])).all():
            bad = states[~np.isin(states, self.levels)][0]
            raise InvalidInput(
                f"{what} of {self.name} must be {self.levels[0]} or {self.levels[1]}, got {bad:g}; binarise them first"
            )
        return states


def chunks(states: np.ndarray, width: int) -> list[np.ndarray]:
    """Return the states, so few at a time that `width` numbers for each fit into a chunk; one chunk if there are none.

    What is asked of many states and many patterns takes no more memory than that, however many there are.
    """
    size = max(1, _CHUNK // width)
    return [states[at : at + size] for at in range(0, max(len(states), 1), size)]


def positive(value: Any, name: str) -> float:
    """Return `value` as a float.

    Raises
    ------
    InvalidInput
        It is not a finite number > 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < np.inf:
        raise InvalidInput(f"{name} must be a finite number > 0, got {value!r}")
    return float(value)


def log_sum_exp(x: np.ndarray) -> np.ndarray:
    """Return log Σ exp(x) over the last axis, without overflow."""
    top = x.max(axis=-1)
    return top + np.log(np.exp(x - top[..., None]).sum(axis=-1))
