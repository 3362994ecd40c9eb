"""Input currents into the visible layer: a cue shown for a while, several one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import seconds


@dataclass(frozen=True, eq=False)
class InputCurrent:
    """A piecewise constant current I into the visible neurons: τ_v v̇ = −v + ξs/√N_h + I (eq. 1a with input).

    Segment k lasts from k·segment to (k+1)·segment; after the last one the current is 0.

    Parameters
    ----------
    values : array_like (segment, cue, visible) or (segment, visible)
        I, in units of v: held for ever, it alone would bring v to I. Without a cue axis, the same for every cue.
    segment : time
        How long each segment lasts, seconds; stepping engines need whole steps.

    Raises
    ------
    InvalidInput
        Another shape, no segment, or values that are not finite.
    """

    values: np.ndarray
    segment: float

    def __post_init__(self) -> None:
        try:
            if np.iscomplexobj(self.values):
                raise TypeError
            values = np.array(self.values, dtype=float)
        except (TypeError, ValueError):
            raise InvalidInput(f"input values must be real numbers, got {type(self.values).__name__}") from None
        values = values[:, None] if values.ndim == 2 else values
        if values.ndim != 3 or not values.size:
            raise InvalidInput(f"input values must have shape (segment, cue, visible), got {np.shape(self.values)}")
        if not np.isfinite(values).all():
            raise InvalidInput("input values must be finite, got NaN or infinity")
        values.flags.writeable = False
        segment = seconds(self.segment, "segment")
        if segment.ndim:
            raise InvalidInput(f"segment must be one time, got shape {segment.shape}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "segment", float(segment))

    @property
    def end(self) -> float:
        """When the last segment ends, seconds."""
        return len(self.values) * self.segment

    def at(self, step: int, dt: float) -> np.ndarray:
        """Return I during a step of the grid, (cue, visible) or (1, visible); `dt` in seconds."""
        k = step // round(self.segment / dt)
        return self.values[k] if k < len(self.values) else np.zeros_like(self.values[0])

    def rows(self, rows: np.ndarray) -> np.ndarray:
        """Return the values for some cues, (segment, row, visible)."""
        if self.values.shape[1] == 1:
            return np.broadcast_to(self.values, (len(self.values), len(rows), self.values.shape[2]))
        return self.values[:, rows]


def passive(cues: np.ndarray, current: np.ndarray, segment: float, tau_v: Any, t: float) -> np.ndarray:
    """Return v at time t had no hidden neuron ever been active: the cue decaying, the current charging v.

    Parameters
    ----------
    cues : ndarray (cue, visible)
        v(0).
    current : ndarray (segment, cue, visible)
        I, as in `InputCurrent`; no segments for no current.
    segment : float
        Seconds.
    tau_v : float or ndarray (visible,)
        Seconds.
    t : float
        Seconds.
    """
    v = np.asarray(cues, dtype=float)
    for k, value in enumerate(current):
        span = np.clip(t - k * segment, 0.0, segment)
        v = value + (v - value) * np.exp(-span / tau_v)
    return v * np.exp(-max(0.0, t - len(current) * segment) / tau_v)
