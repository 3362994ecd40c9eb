"""Input currents into the visible layer, for instance one cue or several cues in succession."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import assign, frozen, generator, one_time, real, real_array


@dataclass(frozen=True, eq=False)
class InputCurrent:
    """A piecewise constant current I into the visible neurons: τ_v v̇ = −v + ξs/√N_h + I (eq. 1a with input).

    Segment k lasts from k·segment to (k+1)·segment; after the last one the current is 0.

    Parameters
    ----------
    values : array_like, shape (segment, cue, visible) or (segment, visible)
        I in units of v: a constant current alone would bring v to I. Without a cue axis it is the same for every cue.
    segment : time
        Duration of each segment in seconds or as a quantity. Engines with a time step need whole steps.

    Raises
    ------
    InvalidInput
        The values have another shape, are not finite or hold no segment, or the segment is no time > 0.

    See Also
    --------
    neurosim.recall : Recall with the current as ``input=``.
    InputCurrent.succession : Cues that are shown one after the other.
    InputCurrent.poisson : The same current, carried by spikes.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> current = neurosim.InputCurrent(np.ones((2, 3)), segment=0.1)  # two segments, three visible neurons
    >>> current.values.shape, current.end
    ((2, 1, 3), 0.2)
    """

    values: np.ndarray
    segment: float

    def __post_init__(self) -> None:
        axes = {"segment": None, "cue": None, "visible": None}
        values = real_array(self.values, "input values", axes, optional="cue")
        assign(self, values=frozen(values), segment=one_time(self.segment, "segment"))

    @classmethod
    def succession(cls, parts: Sequence[tuple[Any, Any]], *, step: Any = 1e-3) -> InputCurrent:
        """Return the current of cues that are shown one after the other.

        Parameters
        ----------
        parts : sequence of (current, time)
            I of each part, (cue, visible) or (visible,), and how long it lasts, in seconds or as a quantity. None: no
            current.
        step : time, default 1 ms
            Every part lasts a whole number of steps.

        Returns
        -------
        InputCurrent

        Raises
        ------
        InvalidInput
            There is no current, the currents differ in shape, or a part lasts no whole number of steps.

        Examples
        --------
        >>> import numpy as np, neurosim
        >>> first, second = np.ones((4, 3)), np.zeros((4, 3))
        >>> shown = neurosim.InputCurrent.succession([(first, 0.25), (None, 1.0), (second, 0.25)])
        >>> shown.segment, shown.values.shape
        (0.25, (6, 4, 3))
        """
        step, steps, given = one_time(step, "step"), [], []
        for current, time in parts:
            time = one_time(time, "the time of a part")
            steps.append(round(time / step))
            if not steps[-1] or abs(steps[-1] * step / time - 1) > 1e-9:
                raise InvalidInput(f"a part must last a whole number of steps of {step:g} s, got {time:g} s")
            given.append(None if current is None else real_array(current, "the current of a part"))
        shapes = {current.shape for current in given if current is not None}
        if len(shapes) != 1:
            raise InvalidInput(f"the parts must have currents of one shape, got {sorted(shapes)}")
        none, common = np.zeros(shapes.pop()), math.gcd(*steps)
        values = [none if current is None else current for current in given]
        return cls(np.repeat(np.stack(values), [n // common for n in steps], axis=0), common * step)

    def poisson(self, rate: Any, *, seed: Any, step: Any = 1e-3) -> InputCurrent:
        """Return a current of this mean that is carried by Poisson trains.

        Every visible neuron receives the spikes of two groups of afferents, one that excites it and one that inhibits
        it. A current I > 0 makes the first group fire at `rate` · I, a current I < 0 the second at `rate` · |I|; the
        integral of a spike's current is 1/rate, so that it moves v by 1/(rate τ_v).

        Parameters
        ----------
        rate : float > 0
            Spikes per second of all afferents of a group for a unit of current.
        seed : int or numpy.random.Generator
        step : time, default 1 ms
            Spikes are counted in steps, which divide `segment`.

        Returns
        -------
        InputCurrent
            In segments of `step`.

        Raises
        ------
        InvalidInput
            The rate is not above 0, or a segment is no whole number of steps.

        Notes
        -----
        The variance of a step is |I|/(rate · step). v filters it to about |I|/(2 rate τ_v), and the drive averages over
        the visible layer.

        Examples
        --------
        >>> import numpy as np, neurosim
        >>> current = neurosim.InputCurrent(np.full((1, 2000), 0.5), segment=0.05)
        >>> trains = current.poisson(100, seed=0)
        >>> trains.values.shape, float(trains.values.mean().round(2))
        ((50, 1, 2000), 0.5)
        """
        rate, step = real(rate, "rate", above=0, unit="Hz"), one_time(step, "step")
        n = round(self.segment / step)
        if not n or abs(n * step / self.segment - 1) > 1e-9:
            raise InvalidInput(f"step must divide the segment of {self.segment:g} s, got {step:g} s")
        mean, per_step = np.repeat(self.values, n, axis=0), rate * step
        counts = generator(seed).poisson(np.abs(mean) * per_step)
        return InputCurrent(np.sign(mean) * counts / per_step, step)

    @property
    def end(self) -> float:
        """End of the last segment, seconds."""
        return len(self.values) * self.segment

    def at(self, step: int, dt: float) -> np.ndarray:
        """Return I during a time step, (cue, visible) or (1, visible); `dt` in seconds."""
        k = step // round(self.segment / dt)
        return self.values[k] if k < len(self.values) else np.zeros_like(self.values[0])

    def rows(self, rows: np.ndarray) -> np.ndarray:
        """Return the values for some cues, (segment, row, visible)."""
        if self.values.shape[1] == 1:
            return np.broadcast_to(self.values, (len(self.values), len(rows), self.values.shape[2]))
        return self.values[:, rows]


def passive(cues: np.ndarray, current: np.ndarray, segment: float, tau_v: Any, t: float) -> np.ndarray:
    """Return v at time t if no hidden neuron is ever active: the cue decays and the current charges v.

    Parameters
    ----------
    cues : ndarray, shape (cue, visible)
        v(0).
    current : ndarray, shape (segment, cue, visible)
        I as in `InputCurrent`; without a current it has no segments.
    segment, t : float
        Seconds.
    tau_v : float or ndarray of shape (visible,)
        Seconds.

    Returns
    -------
    ndarray, shape (cue, visible)

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.inputs import passive
    >>> passive(np.ones((1, 2)), np.zeros((0, 1, 2)), 1.0, tau_v=0.02, t=0.02).round(3)
    array([[0.368, 0.368]])
    """
    v = real_array(cues, "cues", finite=False)
    for k, value in enumerate(current):
        span = np.clip(t - k * segment, 0.0, segment)
        v = value + (v - value) * np.exp(-span / tau_v)
    return v * np.exp(-max(0.0, t - len(current) * segment) / tau_v)
