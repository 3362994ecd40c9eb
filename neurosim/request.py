"""`RecallRequest`: the validated request that an engine receives."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.inputs import InputCurrent

RECORDABLE = ("hidden", "visible", "hidden_active")
# Longest step without a warning, and without `allow_coarse_dt`, in units of the shortest time constant.
FINE_DT, COARSE_DT = 0.2, 0.5
SCALARS = ("duration", "dt", "record", "record_dt", "read_out", "seed", "first_cue")  # fields written as JSON
_LIBRARY = Path(__file__).parent


@dataclass(frozen=True)
class RecallRequest:
    """The request that an engine receives. `Engine.request` makes and validates it; engines do not check again.

    Parameters
    ----------
    cues : ndarray of float64, shape (cue, visible)
        v at time 0.
    hidden : ndarray of float64, shape (cue, hidden)
        h at time 0.
    duration, dt, record_dt : float
        Seconds. Exact engines ignore `dt`; for engines with a time step the other two are whole multiples of `dt`.
    record : tuple of str
        Names that the engine can record.
    read_out : bool
        Whether to return the final visible state.
    progress : bool
        Whether to show a progress bar.
    input : InputCurrent or None
        Current into the visible layer; for engines with a time step its segments are whole multiples of `dt`.
    seed : int or None
        Seed of the random numbers of the simulation.
    first_cue : int
        Number of the first cue among all, of which these may be a part.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.request import RecallRequest
    >>> request = RecallRequest(np.zeros((3, 100)), np.zeros((3, 10)), duration=0.4, dt=1e-4, record_dt=0.1)
    >>> request.n_cues, request.n_steps, request.n_samples
    (3, 4000, 5)
    """

    cues: np.ndarray
    hidden: np.ndarray
    duration: float
    dt: float
    record: tuple[str, ...] = ()
    record_dt: float = 0.0
    read_out: bool = True
    progress: bool = False
    input: InputCurrent | None = None
    seed: int | None = None
    first_cue: int = 0

    def stream(self, number: int, *, of_cues: bool = False) -> list[int]:
        """Return the seed of a stream of random numbers, of the network or of these cues.

        Examples
        --------
        >>> import numpy as np
        >>> from neurosim.request import RecallRequest
        >>> part = RecallRequest(np.zeros((3, 9)), np.zeros((3, 2)), 0.4, 1e-4, seed=7, first_cue=100)
        >>> part.stream(1), part.stream(2, of_cues=True)
        ([7, 1], [7, 2, 100])
        """
        return [self.seed or 0, number, *([self.first_cue] if of_cues and self.first_cue else [])]

    @property
    def n_cues(self) -> int:
        """Number of cues."""
        return self.cues.shape[0]

    @property
    def n_steps(self) -> int:
        """Number of steps of `dt` nearest to `duration`, at least 1."""
        return max(1, round(self.duration / self.dt))

    @property
    def late_from(self) -> int:
        """Step from which crossings count as late: half of the time that follows the input."""
        input_steps = 0 if self.input is None else round(self.input.end / self.dt)
        return input_steps + (self.n_steps - input_steps) // 2

    @property
    def late_window(self) -> float:
        """Seconds from `late_from` to the end."""
        return (self.n_steps - self.late_from) * self.dt

    @property
    def record_times(self) -> np.ndarray:
        """Times of the recorded samples, seconds: 0, record_dt, …, up to `duration`."""
        return np.minimum(np.arange(self.n_samples) * self.record_dt, self.duration)

    @property
    def n_samples(self) -> int:
        """Number of recorded samples."""
        return int(self.duration / self.record_dt * (1 + 1e-9)) + 1


def check_step(dt: float, shortest: float, allow_coarse: bool, *, warn: bool = True) -> None:
    """Refuse a time step above `COARSE_DT` of the shortest time constant, and warn of one above `FINE_DT`.

    Parameters
    ----------
    dt, shortest : float
        Seconds.
    allow_coarse : bool
        Whether the step was asked for explicitly; then it is neither refused nor warned of.
    warn : bool, default True

    Raises
    ------
    InvalidInput
        The step is too long.

    Examples
    --------
    >>> check_step(1e-4, 1e-3, False)
    >>> check_step(20e-3, 1e-3, False)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: dt must not exceed half of the shortest time constant, 0.001 s, ...
    """
    if allow_coarse or dt <= FINE_DT * shortest * (1 + 1e-9):
        return
    if dt > COARSE_DT * shortest * (1 + 1e-9):
        raise InvalidInput(
            f"dt must not exceed half of the shortest time constant, {shortest:g} s, because s changes on the grid of "
            f"steps, got {dt:g} s; give the engine dt={shortest / 10:g}, or allow_coarse_dt=True"
        )
    if warn:
        warnings.warn(
            f"dt = {dt:g} s is above a fifth of the shortest time constant, {shortest:g} s: recalls may end in another "
            f"state; give the engine dt={shortest / 10:g}, or allow_coarse_dt=True",
            UserWarning,
            stacklevel=callers_depth(),
        )


def callers_depth() -> int:
    """Return the number of calls from the user's code to the caller of this function, for a warning."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and Path(frame.f_code.co_filename).is_relative_to(_LIBRARY):
        frame, depth = frame.f_back, depth + 1
    return depth
