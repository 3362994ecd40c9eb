"""The engines of neurosim as objects. Their code is imported at the first run, since torch and brian2 load slowly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.cells import OnOff, SpikingCell, get_cells
from neurosim.engines.base import Engine, SteppingEngine, is_whole_steps
from neurosim.engines.changes import get_changes
from neurosim.equations import CHANGEABLE, FORMULATIONS, check_changes, check_formulation
from neurosim.equations.formulations import model_of
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.packages import required
from neurosim.request import RECORDABLE, RecallRequest
from neurosim.result import EngineResult
from neurosim.validation import assign, boolean, one_of, whole

DTYPES = ("float64", "float32")
TARGETS = ("runtime", "cpp_standalone", "cuda_standalone")
CODEGEN = ("auto", "cython", "numpy")
FASTEST = "fastest"
_DIVISORS = 200  # numbers of steps in t_ref that are tried as a default
_STREAMS = (None, "text", "stdout", "stderr")


@dataclass(frozen=True, kw_only=True, repr=False)
class Event(Engine):
    """The exact engine: from threshold crossing to threshold crossing, without a time step.

    Hidden units are Heaviside and all visible neurons have one τ_v. See `neurosim.engines.event`.

    Parameters
    ----------
    threads : int, default `neurosim.threads.available`
        Number of threads; the result does not depend on it.
    max_crossings : int, default 10,000 + 200·N_h
        A recall with more crossings is stopped there; its state is the one at that time, `end_time`.

    Raises
    ------
    InvalidInput
        An option is not a whole number ≥ 1. From a recall: a network with other units or several τ_v.

    See Also
    --------
    Reference : All activations, in small steps.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.engines import Event
    >>> net = neurosim.Network.gaussian(20, 4, seed=0)
    >>> neurosim.recall(net, net.weights.T, engine=Event(threads=1)).n_crossings.values
    array([1, 1, 2, 2])
    """

    threads: int | None = None
    max_crossings: int | None = None

    name: ClassVar[str] = "event"

    def __post_init__(self) -> None:
        for option in ("threads", "max_crossings"):
            value = getattr(self, option)
            assign(self, **{option: None if value is None else whole(value, option)})

    def run(self, net: Network, request: RecallRequest) -> EngineResult:
        """Recall every cue exactly."""
        module = required("neurosim.engines.event", 'engine "event"')
        return module.run(net, request, threads=self.threads, max_crossings=self.max_crossings)


@dataclass(frozen=True, kw_only=True, repr=False)
class Reference(SteppingEngine):
    """The reference engine: both layers in plain NumPy, exact within small steps; all activations and time constants.

    Parameters
    ----------
    dt, allow_coarse_dt
        As in `SteppingEngine`.

    Raises
    ------
    InvalidInput
        `dt` is not a time > 0. From a recall: it is too long for the network.

    See Also
    --------
    Event : Without a time step, for Heaviside hidden units.
    Torch : The same steps for many cues at once.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.engines import Reference
    >>> net = neurosim.Network.gaussian(20, 4, seed=0)
    >>> neurosim.recall(net, net.weights.T, engine=Reference(dt=5e-5)).attrs["dt"]
    5e-05
    """

    name: ClassVar[str] = "reference"
    takes_input: ClassVar[bool] = True

    def run(self, net: Network, request: RecallRequest) -> EngineResult:
        """Recall every cue in steps of ``request.dt``."""
        return required("neurosim.engines.reference", 'engine "reference"').run(net, request)


@dataclass(frozen=True, kw_only=True, repr=False)
class Torch(SteppingEngine):
    """The torch engine: the steps of `Reference` for all cues at once, on a CPU or a CUDA GPU.

    Parameters
    ----------
    dt, allow_coarse_dt
        As in `SteppingEngine`.
    reduced : bool, optional
        Whether to use the exact reduction to hidden variables, which needs one τ_v and linear visible neurons.
        Default: if the network has them.
    device : {"cpu", "cuda", "cuda:N"}, default "cpu"
    dtype : {"float64", "float32"}, default "float64"
        Type of the arithmetic and of the result. In float32 the error of h is about 1e-6; a cue with a smaller margin
        may end in another state.

    Raises
    ------
    InvalidInput
        An unknown device or dtype. From a recall: `reduced` with one τ_v per neuron or nonlinear visible neurons.
    Unavailable
        From a recall: torch is not installed, or there is no such GPU.

    See Also
    --------
    Reference : The same steps in NumPy.

    Examples
    --------
    >>> from neurosim.engines import Torch
    >>> Torch(device="cuda", dtype="float32")
    Torch(device='cuda', dtype='float32')
    """

    reduced: bool | None = None
    device: str = "cpu"
    dtype: str = "float64"

    name: ClassVar[str] = "torch"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self.dtype, "dtype", DTYPES)
        if not isinstance(self.device, str) or not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise InvalidInput(f'device must be "cpu", "cuda" or "cuda:N", got {self.device!r}')
        assign(self, reduced=None if self.reduced is None else boolean(self.reduced, "reduced"))

    def run(self, net: Network, request: RecallRequest) -> EngineResult:
        """Recall every cue in steps of ``request.dt``."""
        module = required("neurosim.engines.torch_batched", 'engine "torch"')
        reduced = self.reduced
        if reduced is None:
            reduced = net.is_linear and not net.tau_v.ndim
        return module.run(net, request, reduced=reduced, device=self.device, dtype=self.dtype)


@dataclass(frozen=True, kw_only=True, repr=False)
class Brian(SteppingEngine):
    """The Brian2 equations (`neurosim.equations`): the rate model or, with `cells`, the spiking model.

    Cues are independent blocks of one Brian2 network. A large request is divided into several runs, so that memory is
    bounded.

    Parameters
    ----------
    cells : SpikingCell or str, optional
        Spiking cells in place of the hidden units: an object of `neurosim.cells`, or a name in
        `neurosim.cells.CELLS`. Default: the rate model.
    target : {"runtime", "cpp_standalone", "cuda_standalone"}, default "runtime"
        "runtime": in this process. The others: a C++ or CUDA program in another process. Compiling takes tens of
        seconds, once: the program is cached and runs again with other weights, parameters, cues and seeds.
    formulation : {"summed", "event", "reduced", "fastest"}, default "summed" for the rate model, "event" for spikes
        The form of the textbook, the fast form, and the one for many cues; see `neurosim.equations`. "fastest" is
        "reduced" wherever that can describe the network and the cells. With `changes`, the default for spikes is
        "summed" unless visible neurons spike.
    codegen : {"auto", "cython", "numpy"}, default "auto"
        Code generation of the runtime target; "auto" is cython where a C++ compiler exists, else numpy. The attrs of
        the result name it. Cython compiles for about a minute the first time and uses its cache afterwards.
    dtype : {"float64", "float32"}, default "float64"
        Type of Brian2's variables.
    report : None, "text", "stdout", "stderr" or (runtime) callable
        Progress report of Brian2.
    changes : Changes, optional
        Further equations, terms, synapses and objects; see `Changes`. Only measurements by recall hold for the changed
        model, and its recalls settle if no neuron changed its activity in the second half of the time.
    dt, allow_coarse_dt
        As in `SteppingEngine`. With spiking cells the default step divides t_ref.

    Raises
    ------
    InvalidInput
        An unknown option, or changes that do not fit the equations or that the formulation would ignore. From a recall:
        a formulation that cannot describe the network, or t_ref that is not a whole number of steps.
    Unavailable
        From a recall: a compiler is missing or fails, or another Brian2 device is active in this process.

    See Also
    --------
    neurosim.brian_network : The Brian2 network itself.
    neurosim.cells : The spiking cells.

    References
    ----------
    .. [1] Stimberg, Brette & Goodman, "Brian 2, an intuitive and efficient neural simulator", eLife 8, e47314 (2019).

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.cells import Regular
    >>> from neurosim.engines import Brian
    >>> spiking = Brian(cells=Regular(t_ref=1e-3), codegen="numpy")
    >>> net = neurosim.Network.gaussian(200, 4, seed=0)
    >>> cues = neurosim.patterns.visible_cues(net, [[1, 0, 1, 0]])
    >>> neurosim.recall(net, cues, engine=spiking, duration=60e-3).hidden_active.values.astype(int)
    array([[1, 0, 1, 0]])
    """

    cells: Any = None
    target: str = "runtime"
    formulation: str | None = None
    codegen: str = "auto"
    dtype: str = "float64"
    report: Any = None
    changes: Any = None

    name: ClassVar[str] = "brian"
    takes_input: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        assign(self, cells=None if self.cells is None else get_cells(self.cells))
        one_of(self.target, "target", TARGETS)
        one_of(self.dtype, "dtype", DTYPES)
        one_of(self.codegen, "codegen", CODEGEN)
        if self.formulation is not None:
            one_of(self.formulation, "formulation", (*FORMULATIONS, FASTEST))
        if self.codegen != "auto" and self.target != "runtime":
            raise InvalidInput(
                f'codegen is for target="runtime"; target="{self.target}" takes "auto", got {self.codegen!r}'
            )
        streams = ", ".join(f'"{name}"' for name in _STREAMS if name)
        if not (isinstance(self.report, str | None) and self.report in _STREAMS) and not callable(self.report):
            raise InvalidInput(f"report must be None, {streams} or a function, got {self.report!r}")
        if callable(self.report) and self.target != "runtime":
            raise InvalidInput(f'report must be None, {streams} for target="{self.target}", got {self.report!r}')
        if self.changes is not None:
            assign(self, changes=get_changes(self.changes))
            self._check_changes()

    def _check_changes(self) -> None:
        """Refuse changes that do not fit the equations, or that the formulation would ignore."""
        form = self._form_of_changes()
        if (model_of(self.cells), form) not in CHANGEABLE:
            check_formulation(Network(np.ones((2, 1))), form, self.cells)
        check_changes(form, self.cells, self.changes.objects)
        required("neurosim.engines.brian.changed_check", "changes=").check(self, form)

    def _form_of_changes(self) -> str:
        """Return the formulation of a changed model, which depends on no network."""
        default = "summed" if model_of(self.cells) != "on_off" else "event"
        return default if self.formulation in (None, FASTEST) else str(self.formulation)

    @property
    def is_rate_model(self) -> bool:
        """Whether the equations are eqs. (1a, 1b, 4), without spiking cells and without changes."""
        return self.cells is None and self.changes is None

    @property
    def compiles(self) -> bool:
        """Whether it compiles a program for a number of cues and steps."""
        return self.target != "runtime"

    @property
    def is_random(self) -> bool:
        """Whether the cells or the changes draw random numbers."""
        of_cells = self.cells is not None and self.cells.is_random
        return of_cells or (self.changes is not None and self.changes.is_random)

    @property
    def recordable(self) -> tuple[str, ...]:
        """Names of the quantities that it can record over time."""
        return RECORDABLE if self.cells is None else (*RECORDABLE, "activity", "spikes", "visible_spikes")

    @property
    def cells_per_neuron(self) -> int:
        """Number of cells of each hidden neuron."""
        return 1 if self.cells is None else self.cells.n_cells

    def form(self, net: Network) -> str:
        """Return the formulation for a network: "summed", "event" or "reduced".

        Examples
        --------
        >>> import neurosim
        >>> net = neurosim.Network.gaussian(20, 4, seed=0)
        >>> Brian().form(net), Brian(formulation="fastest").form(net), Brian(cells="on_off").form(net)
        ('summed', 'reduced', 'event')
        """
        if self.changes is not None:
            return self._form_of_changes()
        if self.formulation not in (None, FASTEST):
            return str(self.formulation)
        if self.cells is not None:
            without_visible = self.formulation == FASTEST and not isinstance(self.cells.visible, OnOff)
            return "reduced" if without_visible else "event"
        reducible = isinstance(net.hidden_activation, Heaviside) and net.is_linear and not net.tau_v.ndim
        return "reduced" if self.formulation == FASTEST and reducible else "summed"

    def shortest_time_constant(self, net: Network) -> float:
        """Return the shortest time constant of any neuron or synapse, seconds."""
        own = [] if self.changes is None else self.changes.times
        if self.cells is not None and isinstance(self.cells.visible, OnOff):
            own.append(self.cells.visible.tau_s)
        return min([super().shortest_time_constant(net), *own])

    def time_step(self, net: Network) -> float:
        """Return `dt`, or a tenth of the shortest time constant of a neuron, for cells a divisor of t_ref; seconds."""
        if self.dt is not None:
            return self.dt
        times = [] if self.changes is None else self.changes.times
        longest = min([float(net.tau_h.min()), float(net.tau_v.min()), *times]) / 10
        return longest if self.cells is None else _step_of(self.cells, longest)

    def check(self, net: Network, request: RecallRequest) -> None:
        """Refuse a formulation that cannot describe the network, and steps of which t_ref is not a multiple."""
        cells: SpikingCell | None = self.cells
        if cells is not None:
            if "visible_spikes" in request.record and not isinstance(cells.visible, OnOff):
                raise InvalidInput('record="visible_spikes" needs visible neurons that spike: cells with OnOff()')
            _check_steps(cells, request)
        super().check(net, request)
        check_formulation(net, self.form(net), cells)

    def run(self, net: Network, request: RecallRequest) -> EngineResult:
        """Recall every cue in Brian2."""
        return required("neurosim.engines.brian", 'engine "brian"').run(net, request, self)


def _step_of(cells: SpikingCell, longest: float) -> float:
    """Return the longest step up to `longest` of which t_ref is a multiple, if possible also that of visible cells."""
    visible = cells.visible.t_ref if isinstance(cells.visible, OnOff) else 0.0
    first = int(np.ceil(cells.t_ref / longest * (1 - 1e-9)))
    steps = [cells.t_ref / n for n in range(first, first + _DIVISORS)]
    return next((step for step in steps if not visible or is_whole_steps(visible, step)), steps[0])


def _check_steps(cells: SpikingCell, request: RecallRequest) -> None:
    """Refuse steps that change the firing rate of cells."""
    dt, visible = request.dt, cells.visible
    spans = {"t_ref": (cells.t_ref, cells.stochastic)}
    if isinstance(visible, OnOff):
        spans |= {"t_ref of visible cells": (visible.t_ref, False)} if visible.t_ref else {}
        fastest = visible.gain * max(1.0, float(np.abs(request.cues).max(initial=0.0)))
        rates = {"gain·|v| of visible cells": fastest}
        if cells.interneurons is not None:
            rates["rate of interneurons"] = cells.interneurons.rate
        for name, rate in rates.items():
            if rate * dt > 1:
                raise InvalidInput(
                    f"{name} must be at most one spike in a step, got {rate:g} Hz in steps of dt = {dt:g} s; give a "
                    "shorter dt, or a lower rate"
                )
    for name, (span, any_number) in spans.items():
        if span < dt * (1 - 1e-9) or not (any_number or is_whole_steps(span, dt)):
            raise InvalidInput(
                f"{name} must be a whole number of steps, at least one, because other values change the firing rate: "
                f"{name} = {span:g} s, dt = {dt:g} s"
            )
