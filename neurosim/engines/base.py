"""`Engine`: one way to compute a recall, with its options as fields, and what it is able to do."""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from neurosim import memory
from neurosim.errors import InvalidInput
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.request import RECORDABLE, RecallRequest, check_step
from neurosim.result import EngineResult
from neurosim.validation import (
    assign,
    boolean,
    distinct,
    instance,
    listed,
    one_of,
    one_time,
    real_array,
    seed_number,
    time_step,
    whole,
)

_MAX_RECORDED = 8e9  # bytes


@dataclass(frozen=True, kw_only=True, repr=False)
class Engine(ABC):
    """Base class of the engines: a frozen dataclass whose fields are the options, checked when it is made.

    A subclass has a `name` and the method `run`. It states what it is able to do by the attributes below, class
    attributes or properties; `recall` and the measurements read them, and nothing else.

    Attributes
    ----------
    name : str
        Name in stored results.
    is_rate_model : bool
        Whether it solves eqs. (1a, 1b) as they stand. Only then do the laws, certificates and closed-form counts hold
        for its recalls, and only then is a recall without a given duration continued until it has settled.
    has_time_step : bool
        Whether times are rounded to whole steps.
    takes_input : bool
        Whether it accepts currents into the visible layer (`neurosim.InputCurrent`).
    takes_hidden : bool
        Whether it accepts h at time 0.
    is_random : bool
        Whether a recall draws random numbers, and so needs a seed.
    compiles : bool
        Whether it compiles a program for a number of cues and steps, so that a sweep should keep both.
    recordable : tuple of str
        Names of the quantities that it can record over time.
    cells_per_neuron : int
        Number of cells of each hidden neuron, whose potentials are recorded.

    See Also
    --------
    get_engine : The engine of a name.
    neurosim.recall : Runs an engine.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import neurosim
    >>> from neurosim.engines import Engine
    >>> from neurosim.result import EngineResult
    >>> @dataclass(frozen=True, kw_only=True, repr=False)
    ... class FirstPass(Engine):
    ...     '''Which hidden neurons the cue itself drives above θ.'''
    ...     name = "first_pass"
    ...     is_rate_model = False
    ...
    ...     def run(self, net, request):
    ...         u = neurosim.theory.drive(net, request.cues)
    ...         return EngineResult(u > net.threshold, np.full(len(u), "settled"), hidden=u)
    >>> net = neurosim.Network.gaussian(1000, 10, seed=0)
    >>> curve = neurosim.measure.recall_vs_noise(net, [0, 4], seed=0, engine=FirstPass())
    >>> bool(curve.recalled[0] > curve.recalled[1])
    True
    """

    name: ClassVar[str]
    is_rate_model: ClassVar[bool] = True
    has_time_step: ClassVar[bool] = False
    takes_input: ClassVar[bool] = False
    takes_hidden: ClassVar[bool] = True
    is_random: ClassVar[bool] = False
    compiles: ClassVar[bool] = False
    recordable: ClassVar[tuple[str, ...]] = RECORDABLE
    cells_per_neuron: ClassVar[int] = 1

    @abstractmethod
    def run(self, net: Network, request: RecallRequest) -> EngineResult:
        """Recall every cue of a request made by `request`.

        Raises
        ------
        Unavailable
            A package or a device that the engine needs is missing.
        """

    def time_step(self, net: Network) -> float:
        """Return the step for a network, seconds; without a time step, the default interval of recorded samples."""
        return self.shortest_time_constant(net) / 10

    def shortest_time_constant(self, net: Network) -> float:
        """Return the shortest time constant of any neuron or synapse, seconds."""
        return min(float(net.tau_v.min()), float(net.tau_h.min()))

    def with_default_step(self, dt: float) -> Self:
        """Return the engine with this step, seconds, if it has steps and none was given.

        Examples
        --------
        >>> from neurosim.engines import Event, Reference
        >>> [engine.with_default_step(1e-4) for engine in (Event(), Reference(), Reference(dt=2e-4))]
        [Event(), Reference(dt=0.0001), Reference(dt=0.0002)]
        """
        return self

    def check(self, net: Network, request: RecallRequest) -> None:  # noqa: B027  # most engines have no further rule
        """Refuse a request that breaks a rule of this engine."""

    def request(
        self,
        net: Network,
        cues: Any,
        *,
        hidden: Any = None,
        duration: Any = None,
        record: Sequence[str] = (),
        record_dt: Any = None,
        read_out: bool = True,
        progress: bool = False,
        input: InputCurrent | None = None,
        seed: int | None = None,
        first_cue: int = 0,
    ) -> RecallRequest:
        """Return a validated request to this engine, with the defaults that `neurosim.recall` documents.

        Parameters
        ----------
        net, cues, hidden, duration, record, record_dt, read_out, progress, input, seed, first_cue
            As in `neurosim.recall`.

        Raises
        ------
        InvalidInput
            A shape or value breaks a rule, or the engine cannot do what is requested.

        Examples
        --------
        >>> import neurosim
        >>> from neurosim.engines import Reference
        >>> net = neurosim.Network.gaussian(20, 4, seed=0)
        >>> Reference(dt=1e-4).request(net, net.weights.T, duration=10e-3).n_steps
        100
        """
        instance(net, "net", Network)
        cues = _rows(cues, "cues", net.n_visible, "visible")
        hidden = self._hidden(net, hidden, len(cues))
        self._check_seed(seed)
        record = self._record(record)
        input_end = 0.0 if input is None else self._check_input(input, len(cues), net.n_visible).end
        default_duration = input_end + 20 * float(max(net.tau_v.max(), net.tau_h.max()))
        duration = one_time(default_duration if duration is None else duration, "duration")
        if duration < input_end * (1 - 1e-9):
            raise InvalidInput(f"duration must last at least as long as the input, {input_end:g} s, got {duration:g} s")
        dt = self._step_within(net, duration)
        record_dt = one_time(dt if record_dt is None else record_dt, "record_dt")
        if self.has_time_step:
            time_step(dt, "the time step", remedy="give a longer duration")
            if input is not None and not is_whole_steps(input.segment, dt):
                raise InvalidInput(f"input segments must last whole steps of dt = {dt:g} s, got {input.segment:g} s")
            duration, record_dt = (max(1, round(span / dt)) * dt for span in (duration, record_dt))
        request = RecallRequest(
            cues=cues,
            hidden=hidden,
            duration=duration,
            dt=dt,
            record=record,
            record_dt=record_dt,
            read_out=boolean(read_out, "read_out"),
            progress=progress,
            input=input,
            seed=None if seed is None else int(seed),
            first_cue=whole(first_cue, "first_cue", at_least=0),
        )
        self.check(net, request)
        _check_memory(net, request, self.cells_per_neuron)
        return request

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some options changed.

        Examples
        --------
        >>> from neurosim.engines import Reference
        >>> Reference(dt=1e-4).replace(dt=2e-4)
        Reference(dt=0.0002)
        """
        return dataclasses.replace(self, **changes)

    def to_record(self) -> dict[str, Any]:
        """Return the name and all options for JSON, read by `neurosim.engines.from_record`.

        Examples
        --------
        >>> from neurosim.engines import Event
        >>> Event(threads=1).to_record()
        {'name': 'event', 'threads': 1, 'max_crossings': None}
        """
        return {"name": self.name} | {f.name: _for_json(getattr(self, f.name)) for f in fields(self)}

    def attributes(self) -> dict[str, str]:
        """Return the attributes of a result: the name, and all options as JSON."""
        return {"engine": self.name, "engine_settings": json.dumps(self.to_record())}

    def __repr__(self) -> str:
        """Return the options that differ from their defaults."""
        changed = [f for f in fields(self) if getattr(self, f.name) != f.default]
        return f"{type(self).__name__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in changed)})"

    def _hidden(self, net: Network, hidden: Any, n_cues: int) -> np.ndarray:
        if hidden is not None and not self.takes_hidden:
            raise InvalidInput(f"hidden needs an engine that takes it, got {self!r}; omit it")
        hidden = _rows(np.zeros(net.n_hidden) if hidden is None else hidden, "hidden", net.n_hidden, "hidden")
        if len(hidden) not in (1, n_cues):
            raise InvalidInput(f"hidden must have one row or one per cue ({n_cues}), got {len(hidden)}")
        return np.broadcast_to(hidden, (n_cues, net.n_hidden))

    def _check_seed(self, seed: int | None) -> None:
        if seed is not None:
            seed_number(seed)
        elif self.is_random:
            raise InvalidInput(f"{self!r} draws random numbers; give seed= for a reproducible run")

    def _record(self, record: Sequence[str]) -> tuple[str, ...]:
        record = (record,) if isinstance(record, str) else tuple(listed(record, "record", "names"))
        if record and not self.recordable:
            raise InvalidInput(f"record needs an engine that records over time, got {self!r}; omit it")
        for name in record:
            one_of(name, "record", self.recordable)
        return tuple(distinct(record, "names in record"))

    def _check_input(self, current: Any, n_cues: int, n_visible: int) -> InputCurrent:
        if not self.takes_input:
            raise InvalidInput(f'input needs an engine that takes it, such as "reference" or "brian", got {self!r}')
        instance(current, "input", InputCurrent)
        _, for_cues, width = current.values.shape
        if for_cues not in (1, n_cues) or width != n_visible:
            raise InvalidInput(
                f"input must have shape (segment, cue, visible) = (≥1, 1 or {n_cues}, {n_visible}), "
                f"got {current.values.shape}"
            )
        return current

    def _step_within(self, net: Network, duration: float) -> float:
        """Return the step for a recall of this duration; a default step is at most the duration."""
        return min(self.time_step(net), duration)


@dataclass(frozen=True, kw_only=True, repr=False)
class SteppingEngine(Engine):
    """Base class of the engines with a time step.

    Parameters
    ----------
    dt : time, optional
        Time step, seconds. By default a tenth of the shortest time constant of any neuron. Above a fifth of it there is
        a warning; above half of it the step is refused, unless `allow_coarse_dt` is given.
    allow_coarse_dt : bool, default False
        Whether `dt` may be longer than half of the shortest time constant, without a warning. At a step of many time
        constants most recalls are wrong.

    Examples
    --------
    >>> from neurosim.engines import Reference
    >>> isinstance(Reference(), SteppingEngine), Reference(dt=1e-4).dt
    (True, 0.0001)
    """

    dt: Any = None
    allow_coarse_dt: bool = False

    has_time_step: ClassVar[bool] = True

    def __post_init__(self) -> None:
        assign(
            self,
            dt=None if self.dt is None else time_step(self.dt),
            allow_coarse_dt=boolean(self.allow_coarse_dt, "allow_coarse_dt"),
        )

    def with_default_step(self, dt: float) -> Self:
        """Return the engine with this step, seconds, if none was given."""
        return self.replace(dt=dt) if self.dt is None else self

    def time_step(self, net: Network) -> float:
        """Return `dt`, or a tenth of the shortest time constant, seconds."""
        return super().time_step(net) if self.dt is None else self.dt

    def check(self, net: Network, request: RecallRequest) -> None:
        """Refuse a step that is too long for the network."""
        check_step(request.dt, self.shortest_time_constant(net), self.allow_coarse_dt)

    def _step_within(self, net: Network, duration: float) -> float:
        if self.dt is not None and self.dt > duration:
            raise InvalidInput(f"dt must not exceed the duration {duration:g} s, got {self.dt:g} s")
        return super()._step_within(net, duration)


def require_rate_model(engine: Engine, what: str, instead: str) -> None:
    """Refuse an engine for which closed forms do not hold.

    Parameters
    ----------
    engine : Engine
    what : str
        The measurement, as the subject of the message.
    instead : str
        What measures by recall alone.

    Raises
    ------
    InvalidInput
        The engine does not solve eqs. (1a, 1b).

    Examples
    --------
    >>> from neurosim.engines import Brian, Event
    >>> require_rate_model(Event(), "the certificate", "recall")
    >>> require_rate_model(Brian(cells="lif"), "the certificate", "recall")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: the certificate holds for the rate model, eqs. (1a, 1b), only, got Brian(cells=...
    """
    if not engine.is_rate_model:
        raise InvalidInput(f"{what} holds for the rate model, eqs. (1a, 1b), only, got {engine!r}; use {instead}")


def is_whole_steps(span: float, dt: float) -> bool:
    """Return whether `span` is a whole number of steps, at least one.

    Examples
    --------
    >>> is_whole_steps(2e-3, 1e-4), is_whole_steps(2.05e-3, 1e-4)
    (True, False)
    """
    return span >= dt * (1 - 1e-9) and abs(span / dt - round(span / dt)) < 1e-6


def _rows(values: Any, name: str, width: int, layer: str) -> np.ndarray:
    """Return one or several states as a float array (cue, layer)."""
    return real_array(values, name, {"cue": None, layer: width}, optional="cue")


def _for_json(value: Any) -> Any:
    """Return an option as JSON holds it; a function is left out, because no record can rebuild it."""
    if callable(value):
        return None
    return value.to_record() if hasattr(value, "to_record") else value


def _check_memory(net: Network, request: RecallRequest, cells: int) -> None:
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
    final = 8 * request.n_cues * (6 * net.n_hidden + net.n_visible * request.read_out)
    what = f"a recall of {request.n_cues:,} cues by {net.n_visible:,} visible and {net.n_hidden:,} hidden neurons"
    memory.reserve(total + final, what, "give fewer cues at a time")
