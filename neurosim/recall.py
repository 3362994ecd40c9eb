"""`recall`: validate a request, run an engine, label its result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.packages import required
from neurosim.request import RecallRequest
from neurosim.result import EngineResult, to_dataset
from neurosim.settling import run_until_settled
from neurosim.validation import one_of

if TYPE_CHECKING:
    import xarray

# name → module with run(net, request, **options) -> EngineResult; imported when it is first used
ENGINES = {
    "reference": "neurosim.engines.reference",
    "event": "neurosim.engines.event",
    "torch": "neurosim.engines.torch_batched",
    "brian": "neurosim.engines.brian",
}
EXACT = ("event",)  # engines without a time step
SPIKING = ("brian",)
WITH_INPUT = ("brian", "reference")


def recall(
    net: Network,
    cues: Any,
    *,
    engine: str = "event",
    hidden: Any = None,
    duration: Any = None,
    dt: Any = None,
    record: Sequence[str] = (),
    record_dt: Any = None,
    read_out: bool = True,
    model: str = "rate",
    variant: Any = None,
    input: InputCurrent | None = None,
    seed: int | None = None,
    progress: bool = False,
    allow_coarse_dt: bool = False,
    **options: Any,
) -> xarray.Dataset:
    """Simulate the network from each cue and return the labelled results.

    Parameters
    ----------
    net : Network
    cues : array_like, shape (cue, visible) or (visible,)
        v at time 0. Each row is an independent recall.
    engine : {"event", "reference", "torch", "brian"}, default "event"
        "event" is exact and has no time step (Heaviside units, one τ_v). "reference" is plain NumPy with small steps.
        "torch" runs many cues at once on CPU or CUDA. "brian" simulates the full two-layer network in Brian2.
    hidden : array_like, shape (cue, hidden) or (hidden,), default 0
        h at time 0 (eq. 12b).
    duration : time, optional
        Simulated time of each recall in seconds or as a quantity. By default 20·max(τ_v, τ_h), plus the
        duration of the input if there is one; cues of the rate model that have not settled by then are simulated for
        4, 16 and 64 times that time after the input, unless traces are recorded (`neurosim.settling`).
    dt : time, optional
        Time step of the engines that have one. By default a tenth of the shortest time constant of any neuron. Above a
        fifth of it there is a warning; above half of it the step is refused, unless `allow_coarse_dt` is given.
    record : sequence of {"hidden", "visible", "hidden_active"}, default ()
        Quantities to return over time, as ``<name>_trace``. Spiking models also record "activity" (the filtered spike
        trains), "spikes" and "visible_spikes" (lists of the cue, neuron, cell and time of each spike).
    record_dt : time, default `dt`
        Time between recorded samples. Engines with a time step round it and the duration to whole steps.
    read_out : bool, default True
        Whether to return the final visible state.
    model : {"rate", "spiking"}, default "rate"
        "spiking" (engine "brian") replaces hidden units by spiking neurons; see `neurosim.cells`.
    variant : str or SpikingCell, default "regular"
        Spiking cells: a name in `neurosim.cells.VARIANTS`, or or a cell with other parameters.
    input : InputCurrent, optional
        Current into the visible layer (engines "brian" and "reference").
    seed : int, optional
        Seed of the random numbers of the simulation (noisy spiking cells); kept in the attributes.
    progress : bool, default False
        Whether to show a progress bar.
    allow_coarse_dt : bool, default False
        Whether `dt` may be longer than half of the shortest time constant, without a warning. At a step of many time
        constants most recalls are wrong.
    **options
        Options of the engine. torch: ``reduced``, ``device``, ``dtype``; event: ``threads``, ``max_crossings``;
        brian: ``target``, ``formulation``, ``codegen``, ``dtype``, ``report``.

    Returns
    -------
    xarray.Dataset
        hidden_active (cue, hidden_neuron) bool, hidden (cue, hidden_neuron), visible (cue, visible_neuron),
        outcome (cue,), settle_time (cue,) in seconds, n_crossings (cue,), and the recorded traces (cue, time, …);
        the settings are in the attributes, `duration` being the longest of any cue. A recall with smooth units is
        "settled" when every potential is within 1e-6 (float32: 1e-4) of the value to which it tends, relative to
        potentials above 1. "timed_out" is a recall whose duration ended first: the attractor of its cue is not known.
        The event engine adds margin, marginal and end_time (cue,), and with traces the list of crossings. In spiking
        models hidden_active is activity > ½, where activity is the filtered spike train; the outcome is "settled" if it
        did not change in the second half of the time after the input;
        and there are n_spikes (cue, hidden_neuron), n_visible_spikes (cue,) and n_synaptic_operations (cue,).

    Raises
    ------
    InvalidInput
        A shape, value or option breaks a rule.
    Unavailable
        The engine is not installed or cannot run this network.

    See Also
    --------
    neurosim.patterns.visible_cues : Make cues of hidden states.
    save_result, load_result : Write and read the Dataset.

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network.gaussian(1000, 10, seed=0)
    >>> targets = neurosim.patterns.random_hidden_states(10, 3, seed=1)
    >>> cues = neurosim.patterns.visible_cues(net, targets, noise_std=0.5, seed=2)
    >>> out = neurosim.recall(net, cues)
    >>> bool((out.hidden_active.values == targets).all())
    True
    """
    module = engine_module(engine)
    if model == "spiking" and engine not in SPIKING:
        raise InvalidInput(f'model="spiking" needs an engine of {list(SPIKING)}, got {engine!r}')
    if input is not None and engine not in WITH_INPUT:
        raise InvalidInput(f"input needs an engine of {list(WITH_INPUT)}, got {engine!r}")
    request = RecallRequest.checked(
        net,
        cues,
        hidden=hidden,
        duration=duration,
        dt=dt,
        record=record,
        record_dt=record_dt,
        read_out=read_out,
        progress=progress,
        stepping=engine not in EXACT,
        input=input,
        model=model,
        variant=variant,
        seed=seed,
        allow_coarse_dt=allow_coarse_dt,
    )

    def run(request: RecallRequest) -> EngineResult:
        return module.run(net, request, **options)

    longest = request.duration
    try:
        if duration is None and not request.record and request.variant is None:
            result, longest = run_until_settled(run, net, request, every_cue=engine == "brian")
        else:
            result = run(request)
    except TypeError as error:
        if options and "unexpected keyword argument" in str(error) and "run()" in str(error):
            wrong = str(error).rsplit("argument ", 1)[1]
            raise InvalidInput(
                f"engine {engine!r} does not take the option {wrong}; see help(neurosim.recall)"
            ) from None
        raise
    attrs = _attrs(net, engine, request, seed) | {"duration": longest}
    return to_dataset(result, request.record_times if record else np.empty(0), attrs)


def engine_module(name: str) -> Any:
    """Import an engine.

    Parameters
    ----------
    name : str
        One of `ENGINES`.

    Raises
    ------
    InvalidInput
        There is no such engine.
    Unavailable
        A package that it needs is not installed.

    Examples
    --------
    >>> from neurosim.recall import engine_module
    >>> engine_module("event").__name__
    'neurosim.engines.event'
    """
    one_of(name, "engine", sorted(ENGINES))
    return required(ENGINES[name], f"engine {name!r}")


def _attrs(net: Network, engine: str, request: RecallRequest, seed: int | None) -> dict[str, Any]:
    from neurosim import __version__

    attrs: dict[str, Any] = {
        "engine": engine,
        "neurosim": __version__,
        "model": "rate" if request.variant is None else "spiking",
        "duration": request.duration,
        "n_visible": net.n_visible,
        "n_hidden": net.n_hidden,
        "tau_v": net.tau_v,
        "tau_h": net.tau_h,
        "threshold": net.threshold,
        "symmetric": int(net.is_symmetric),
        "hidden_activation": repr(net.hidden_activation),
        "visible_activation": repr(net.visible_activation),
    }
    if net.constraints:
        attrs["constraints"] = json.dumps(net.constraints)  # `neurosim.constraints.replay` reads it
    return attrs | ({} if seed is None else {"seed": seed})
