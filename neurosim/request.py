"""A recall request: checked once, here, and handed to an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.cells import OnOff, SpikingCell, get_variant
from neurosim.errors import InvalidInput
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.validation import generator, seconds

MODELS = ("rate", "spiking")

RECORDABLE = ("hidden", "visible", "hidden_active")
RECORDABLE_SPIKING = (*RECORDABLE, "activity", "spikes", "visible_spikes")
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
    input : InputCurrent or None
        Current into the visible layer; its segments are whole numbers of `dt` for stepping engines.
    variant : SpikingCell or None
        The spiking analogue to run; None is the rate model.
    seed : int or None
        Of what the simulation itself draws.
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
    variant: SpikingCell | None = None
    seed: int | None = None

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
        given = 0 if self.input is None else round(self.input.end / self.dt)
        return given + (self.n_steps - given) // 2

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
        input: InputCurrent | None = None,
        model: str = "rate",
        variant: Any = None,
        seed: int | None = None,
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
        cells = _cells(model, variant, seed)
        record = (record,) if isinstance(record, str) else tuple(record)
        _requires_recordable(record, cells)
        given = 0.0 if input is None else _input(input, len(cues), net.n_visible).end
        duration = _time(duration, "duration", given + 20 * max(net.tau_v.max(), net.tau_h.max()))
        if duration < given * (1 - 1e-9):
            raise InvalidInput(f"duration must last at least as long as the input, {given:g} s, got {duration:g} s")
        dt = _time(dt, "dt", min(_default_dt(net, cells), duration))
        if dt > duration:
            raise InvalidInput(f"dt must not exceed the duration {duration:g} s, got {dt:g} s")
        if cells is not None:
            _requires_whole_steps(cells, dt)
        record_dt = _time(record_dt, "record_dt", dt)
        if stepping:
            if input is not None and not _whole(input.segment, dt):
                raise InvalidInput(f"input segments must last whole steps of dt = {dt:g} s, got {input.segment:g} s")
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
            input=input,
            variant=cells,
            seed=None if seed is None else int(seed),
        )
        _requires_memory(net, request)
        return request


def _cells(model: str, variant: Any, seed: int | None) -> SpikingCell | None:
    if model not in MODELS:
        raise InvalidInput(f"model must be one of {list(MODELS)}, got {model!r}")
    if seed is not None:
        generator(seed)  # refuses what is no seed
    if model == "rate":
        if variant is not None:
            raise InvalidInput('variant is for model="spiking"; leave it out, or give model="spiking"')
        return None
    cells = get_variant(variant)
    if cells.is_random and seed is None:
        raise InvalidInput(f"{cells!r} draws random numbers; give seed=, so that the run can be repeated")
    return cells


def _default_dt(net: Network, cells: SpikingCell | None) -> float:
    """Return a tenth of the shortest time constant; for spiking cells at most that, and t_ref in whole steps."""
    dt = float(min(net.tau_h.min(), net.tau_v.min())) / 10
    return dt if cells is None else cells.t_ref / np.ceil(cells.t_ref / dt * (1 - 1e-9))


def _requires_whole_steps(cells: SpikingCell, dt: float) -> None:
    if cells.t_ref < dt * (1 - 1e-9) or not (cells.stochastic or _whole(cells.t_ref, dt)):
        raise InvalidInput(
            f"t_ref must be a whole number of steps, at least one, else cells fire at another rate: "
            f"t_ref = {cells.t_ref:g} s, dt = {dt:g} s"
        )


def _requires_recordable(record: tuple[str, ...], cells: SpikingCell | None) -> None:
    allowed = RECORDABLE if cells is None else RECORDABLE_SPIKING
    if set(record) - set(allowed):
        raise InvalidInput(f"record must be of {allowed}, got {record}")
    if "visible_spikes" in record and cells is not None and not isinstance(cells.visible, OnOff):
        raise InvalidInput('record="visible_spikes" needs visible neurons that spike: a variant with visible=OnOff()')


def _input(current: Any, n_cues: int, n_visible: int) -> InputCurrent:
    if not isinstance(current, InputCurrent):
        raise InvalidInput(f"input must be a neurosim.InputCurrent, got {type(current).__name__}")
    _, for_cues, width = current.values.shape
    if for_cues not in (1, n_cues) or width != n_visible:
        raise InvalidInput(
            f"input must have shape (segment, cue, visible) = (≥1, 1 or {n_cues}, {n_visible}), "
            f"got {current.values.shape}"
        )
    return current


def _whole(span: float, dt: float) -> bool:
    """Return whether `span` is a whole number of steps, at least one."""
    return span >= dt * (1 - 1e-9) and abs(span / dt - round(span / dt)) < 1e-6


def _requires_memory(net: Network, request: Recall) -> None:
    cells = 1 if request.variant is None else request.variant.n_cells
    widths = {
        "hidden": 8 * net.n_hidden * cells,
        "visible": 8 * net.n_visible,
        "hidden_active": net.n_hidden,
        "activity": 8 * net.n_hidden,
    }
    per_sample = sum(widths.get(name, 0) for name in request.record)
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
