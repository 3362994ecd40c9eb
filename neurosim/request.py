"""A recall request: checked once, here, and handed to an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.units import seconds

RECORDABLE = ("hidden", "visible", "hidden_active")
_MOST_RECORDED = 8e9  # bytes


@dataclass(frozen=True)
class Recall:
    """What an engine is asked to do. Made by `checked`, so that inside nobody checks again.

    Parameters
    ----------
    cues : ndarray (cue, visible) float64
        v at time 0.
    hidden : ndarray (cue, hidden) float64
        h at time 0.
    duration, dt, record_dt : float
        Seconds. `event` ignores `dt`; for stepping engines the other two are whole numbers of `dt`.
    record : tuple of str
        Of "hidden", "visible", "hidden_active".
    read_out : bool
        Whether the final visible state is wanted.
    progress : bool
        Whether to show a progress bar.
    """

    cues: np.ndarray
    hidden: np.ndarray
    duration: float
    dt: float
    record: tuple[str, ...] = ()
    record_dt: float = 0.0
    read_out: bool = True
    progress: bool = False

    @property
    def n_cues(self) -> int:
        """Number of cues."""
        return self.cues.shape[0]

    @property
    def n_steps(self) -> int:
        """Number of steps of `dt` nearest to `duration`, at least 1."""
        return max(1, round(self.duration / self.dt))

    @property
    def record_times(self) -> np.ndarray:
        """Times of the recorded samples, seconds: 0, record_dt, …, up to `duration`."""
        return np.minimum(np.arange(self.n_samples) * self.record_dt, self.duration)

    @property
    def n_samples(self) -> int:
        """Number of recorded samples."""
        return int(self.duration / self.record_dt * (1 + 1e-9)) + 1

    @classmethod
    def checked(
        cls,
        net: Network,
        cues: Any,
        *,
        hidden: Any = None,
        duration: Any = None,
        dt: Any = None,
        record: Sequence[str] = (),
        record_dt: Any = None,
        read_out: bool = True,
        progress: bool = False,
        stepping: bool = True,
    ) -> Recall:
        """Return the request, with the defaults that `neurosim.recall.recall` documents filled in.

        `stepping` says whether the engine steps: then duration and record_dt become whole numbers of dt.

        Raises
        ------
        InvalidInput
            A shape or value breaks a rule.
        """
        if not isinstance(net, Network):
            raise InvalidInput(f"net must be a neurosim.Network, got {type(net).__name__}")
        cues = _rows(cues, "cues", net.n_visible, "visible")
        hidden = _rows(np.zeros(net.n_hidden) if hidden is None else hidden, "hidden", net.n_hidden, "hidden")
        if len(hidden) not in (1, len(cues)):
            raise InvalidInput(f"hidden must have one row or one per cue ({len(cues)}), got {len(hidden)}")
        record = (record,) if isinstance(record, str) else tuple(record)
        if set(record) - set(RECORDABLE):
            raise InvalidInput(f"record must be of {RECORDABLE}, got {record}")
        duration = _time(duration, "duration", 20 * max(net.tau_v.max(), net.tau_h.max()))
        dt = _time(dt, "dt", min(net.tau_h.min() / 10, net.tau_v.min() / 10, duration))
        if dt > duration:
            raise InvalidInput(f"dt must not exceed the duration {duration:g} s, got {dt:g} s")
        record_dt = _time(record_dt, "record_dt", dt)
        if stepping:
            duration, record_dt = (max(1, round(span / dt)) * dt for span in (duration, record_dt))
        request = cls(
            cues=cues,
            hidden=np.broadcast_to(hidden, (len(cues), net.n_hidden)),
            duration=duration,
            dt=dt,
            record=record,
            record_dt=record_dt,
            read_out=read_out,
            progress=progress,
        )
        _requires_memory(net, request)
        return request


def _requires_memory(net: Network, request: Recall) -> None:
    widths = {"hidden": 8 * net.n_hidden, "visible": 8 * net.n_visible, "hidden_active": net.n_hidden}
    per_sample = sum(widths[name] for name in request.record)
    total = per_sample * request.n_cues * request.n_samples if request.record else 0
    if total > _MOST_RECORDED:
        raise InvalidInput(
            f"record={request.record} would take {total / 1e9:.0f} GB; record fewer cues, or give a longer record_dt "
            f"than {request.record_dt:g} s"
        )


def _rows(values: Any, name: str, width: int, layer: str) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be an array of real numbers, got {type(values).__name__}") from None
    array = array[None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] != width or not len(array):
        raise InvalidInput(f"{name} must have shape (cue, {layer}) = (≥1, {width}), got {np.shape(values)}")
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if bad.size:
        raise InvalidInput(f"{name} must be finite, got NaN or infinity in {bad.size} rows, first in row {bad[0]}")
    return array


def _time(value: Any, name: str, default: float) -> float:
    array = seconds(default if value is None else value, name)
    if array.ndim:
        raise InvalidInput(f"{name} must be one time, got shape {array.shape}")
    return float(array)
