"""`RecallRequest`: the validated request that `neurosim.recall` passes to an engine."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.cells import OnOff, SpikingCell, get_variant
from neurosim.errors import InvalidInput
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.validation import boolean, instance, one_of, one_time, real_array, whole

MODELS = ("rate", "spiking")

RECORDABLE = ("hidden", "visible", "hidden_active")
RECORDABLE_SPIKING = (*RECORDABLE, "activity", "spikes", "visible_spikes")
_MAX_RECORDED = 8e9  # bytes
# Longest step without a warning, and without `allow_coarse_dt`, in units of the shortest time constant.
FINE_DT, COARSE_DT = 0.2, 0.5


@dataclass(frozen=True)
class RecallRequest:
    """The request that an engine receives. `checked` makes and validates it; engines do not check again.

    Parameters
    ----------
    cues : ndarray of float64, shape (cue, visible)
        v at time 0.
    hidden : ndarray of float64, shape (cue, hidden)
        h at time 0.
    duration, dt, record_dt : float
        Seconds. Exact engines ignore `dt`; for engines with a time step the other two are whole multiples of `dt`.
    record : tuple of str
        Names among `RECORDABLE`, or `RECORDABLE_SPIKING` for spiking cells.
    read_out : bool
        Whether to return the final visible state.
    progress : bool
        Whether to show a progress bar.
    input : InputCurrent or None
        Current into the visible layer; for engines with a time step its segments are whole multiples of `dt`.
    variant : SpikingCell or None
        The spiking cells to simulate; None is the rate model.
    seed : int or None
        Seed of the random numbers of the simulation.

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
        allow_coarse_dt: bool = False,
    ) -> RecallRequest:
        """Return the request with the defaults that `neurosim.recall` documents.

        Parameters
        ----------
        net, cues, hidden, duration, dt, record, record_dt, read_out, progress, input, model, variant, seed
            As in `neurosim.recall`.
        allow_coarse_dt
            As in `neurosim.recall`.
        stepping : bool, default True
            Whether the engine has a time step: then duration and record_dt become whole multiples of dt.

        Raises
        ------
        InvalidInput
            A shape or value breaks a rule.
        """
        instance(net, "net", Network)
        cues = _rows(cues, "cues", net.n_visible, "visible")
        hidden = _rows(np.zeros(net.n_hidden) if hidden is None else hidden, "hidden", net.n_hidden, "hidden")
        if len(hidden) not in (1, len(cues)):
            raise InvalidInput(f"hidden must have one row or one per cue ({len(cues)}), got {len(hidden)}")
        cells = _cells(model, variant, seed)
        record = (record,) if isinstance(record, str) else tuple(record)
        _check_record(record, cells)
        input_end = 0.0 if input is None else _check_input(input, len(cues), net.n_visible).end
        default_duration = input_end + 20 * float(max(net.tau_v.max(), net.tau_h.max()))
        duration = one_time(default_duration if duration is None else duration, "duration")
        if duration < input_end * (1 - 1e-9):
            raise InvalidInput(f"duration must last at least as long as the input, {input_end:g} s, got {duration:g} s")
        dt = one_time(min(_default_dt(net, cells), duration) if dt is None else dt, "dt")
        if dt > duration:
            raise InvalidInput(f"dt must not exceed the duration {duration:g} s, got {dt:g} s")
        if cells is not None:
            _check_refractory_steps(cells, dt)
        record_dt = one_time(dt if record_dt is None else record_dt, "record_dt")
        if stepping:
            check_step(dt, shortest_time_constant(net, cells), boolean(allow_coarse_dt, "allow_coarse_dt"))
            if input is not None and not _is_whole_steps(input.segment, dt):
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
        _check_memory(net, request)
        return request


def shortest_time_constant(net: Network, cells: SpikingCell | None) -> float:
    """Return the shortest time constant of any neuron or synapse, seconds.

    Examples
    --------
    >>> shortest_time_constant(Network.gaussian(10, 2, seed=0, tau_v=20e-3, tau_h=[1e-3, 4e-3]), None)
    0.001
    """
    found = [float(net.tau_v.min()), float(net.tau_h.min())]
    if cells is not None and isinstance(cells.visible, OnOff):
        found.append(cells.visible.tau_s)
    return min(found)


def check_step(dt: float, shortest: float, allow_coarse: bool, *, warn: bool = True, depth: int = 4) -> None:
    """Refuse a time step above `COARSE_DT` of the shortest time constant, and warn of one above `FINE_DT`.

    Parameters
    ----------
    dt, shortest : float
        Seconds.
    allow_coarse : bool
        Whether the step was asked for explicitly; then it is neither refused nor warned of.
    warn : bool, default True
    depth : int, default 4
        Number of calls from the user's to the warning.

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
            f"steps, got {dt:g} s; give dt={shortest / 10:g}, or allow_coarse_dt=True"
        )
    if warn:
        warnings.warn(
            f"dt = {dt:g} s is above a fifth of the shortest time constant, {shortest:g} s: recalls may end in another "
            f"state; give dt={shortest / 10:g}, or allow_coarse_dt=True",
            UserWarning,
            stacklevel=depth,
        )


def _cells(model: str, variant: Any, seed: int | None) -> SpikingCell | None:
    one_of(model, "model", MODELS)
    if seed is not None:
        whole(seed, "seed", at_least=0)
    if model == "rate":
        if variant is not None:
            raise InvalidInput('variant is for model="spiking"; omit it, or give model="spiking"')
        return None
    cells = get_variant(variant)
    if cells.is_random and seed is None:
        raise InvalidInput(f"{cells!r} draws random numbers; give seed= for a reproducible run")
    return cells


def _default_dt(net: Network, cells: SpikingCell | None) -> float:
    """Return a tenth of the shortest time constant; for spiking cells at most that, and t_ref in whole steps."""
    dt = float(min(net.tau_h.min(), net.tau_v.min())) / 10
    return dt if cells is None else cells.t_ref / np.ceil(cells.t_ref / dt * (1 - 1e-9))


def _check_refractory_steps(cells: SpikingCell, dt: float) -> None:
    if cells.t_ref < dt * (1 - 1e-9) or not (cells.stochastic or _is_whole_steps(cells.t_ref, dt)):
        raise InvalidInput(
            f"t_ref must be a whole number of steps, at least one, because other values change the firing rate: "
            f"t_ref = {cells.t_ref:g} s, dt = {dt:g} s"
        )


def _check_record(record: tuple[str, ...], cells: SpikingCell | None) -> None:
    allowed = RECORDABLE if cells is None else RECORDABLE_SPIKING
    for name in record:
        one_of(name, "record", allowed)
    if "visible_spikes" in record and cells is not None and not isinstance(cells.visible, OnOff):
        raise InvalidInput('record="visible_spikes" needs visible neurons that spike: a variant with visible=OnOff()')


def _check_input(current: Any, n_cues: int, n_visible: int) -> InputCurrent:
    instance(current, "input", InputCurrent)
    _, for_cues, width = current.values.shape
    if for_cues not in (1, n_cues) or width != n_visible:
        raise InvalidInput(
            f"input must have shape (segment, cue, visible) = (≥1, 1 or {n_cues}, {n_visible}), "
            f"got {current.values.shape}"
        )
    return current


def _is_whole_steps(span: float, dt: float) -> bool:
    """Return whether `span` is a whole number of steps, at least one."""
    return span >= dt * (1 - 1e-9) and abs(span / dt - round(span / dt)) < 1e-6


def _check_memory(net: Network, request: RecallRequest) -> None:
    cells = 1 if request.variant is None else request.variant.n_cells
    widths = {
        "hidden": 8 * net.n_hidden * cells,
        "visible": 8 * net.n_visible,
        "hidden_active": net.n_hidden,
        "activity": 8 * net.n_hidden,
    }
    per_sample = sum(widths.get(name, 0) for name in request.record)
    total = per_sample * request.n_cues * request.n_samples if request.record else 0
    if total > _MAX_RECORDED:
        raise InvalidInput(
            f"record={request.record} would take {total / 1e9:.0f} GB; record fewer cues, or give a longer record_dt "
            f"than {request.record_dt:g} s"
        )


def _rows(values: Any, name: str, width: int, layer: str) -> np.ndarray:
    """Return one or several states as a float array (cue, layer)."""
    return real_array(values, name, {"cue": None, layer: width}, optional="cue")
