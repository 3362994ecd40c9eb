"""Input currents into the visible layer, for instance one cue or several cues in succession."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.validation import assign, frozen, one_time, real_array


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
