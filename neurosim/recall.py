"""`recall`: check the request, choose the engine, label the answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import InvalidInput, Unavailable
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.request import Recall
from neurosim.result import to_dataset

if TYPE_CHECKING:
    import xarray

# name → module with run(net, request, **options) -> EngineResult; imported only when asked for
ENGINES = {
    "reference": "neurosim.engines.reference",
    "event": "neurosim.engines.event",
    "torch": "neurosim.engines.torch_batched",
    "brian": "neurosim.engines.brian",
}
EXACT = ("event",)  # these take any time; the others take whole steps of dt
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
    **options: Any,
) -> xarray.Dataset:
    """Start the network at each cue and let it run.

    Parameters
    ----------
    net : Network
    cues : array_like (cue, visible) or (visible,)
        v at time 0; one row is one independent recall.
    engine : {"event", "reference", "torch", "brian"}, default "event"
        "event": exact, no time step (Heaviside units, one τ_v). "reference": plain NumPy, small steps.
        "torch": batched, CPU or CUDA. "brian": the full two-layer network as Brian2 equations.
    hidden : array_like (cue, hidden) or (hidden,), default 0
        h at time 0 (eq. 12b).
    duration : time, default 20·max(τ_v, τ_h), after the input if there is one
        How long each recall runs; seconds or a Brian2 quantity; the same for every engine.
    dt : time, default a tenth of the shortest time constant
        Step of the stepping engines.
    record : sequence of {"hidden", "visible", "hidden_active"}
        What to return over time, as `<name>_trace`. Spiking also: "activity" (the filtered spike trains), and
        "spikes", "visible_spikes", as lists: cue, neuron, cell and time of each spike.
    record_dt : time, default dt
        Time between recorded samples. Stepping engines round it, and the duration, to whole steps of dt.
    read_out : bool, default True
        Whether to return the final visible state.
    model : {"rate", "spiking"}, default "rate"
        "spiking" (engine "brian"): hidden units are neurons that fire; see `neurosim.cells`.
    variant : str or SpikingCell, default "regular"
        Which spiking analogue: a name in `neurosim.cells.VARIANTS`, or one with parameters of your own.
    input : InputCurrent, optional
        Current into the visible layer (engines "brian" and "reference"): a cue shown for a while, several in turn.
    seed : int, optional
        Of what the simulation draws (spiking variants with noise or chance); kept in attrs.
    progress : bool, default False
        Show a progress bar.
    **options
        Of the engine: torch: ``reduced``, ``device``, ``dtype``; event: ``threads``, ``max_crossings``;
        brian: ``target``, ``formulation``, ``codegen``, ``dtype``, ``report``.

    Returns
    -------
    xarray.Dataset
        hidden_active (cue, hidden_neuron) bool, hidden (cue, hidden_neuron), visible (cue, visible_neuron),
        outcome (cue,), settle_time (cue,) in seconds, n_crossings (cue,), traces (cue, time, …) if asked for;
        provenance in attrs. `event` adds margin, marginal, end_time (cue,), and its crossings with the traces.
        Spiking: hidden_active is activity > ½, activity being the filtered spike train; outcome is "settled" if it
        did not change in the second half (of what follows the input); plus n_spikes (cue, hidden_neuron),
        n_visible_spikes and n_synaptic_operations (cue,).

    Raises
    ------
    InvalidInput
        A shape, value or option breaks a rule.
    Unavailable
        The engine is not installed here or cannot run this network.
    """
    module = engine_module(engine)
    if model == "spiking" and engine not in SPIKING:
        raise InvalidInput(f'model="spiking" needs an engine of {list(SPIKING)}, got {engine!r}')
    if input is not None and engine not in WITH_INPUT:
        raise InvalidInput(f"input needs an engine of {list(WITH_INPUT)}, got {engine!r}")
    request = Recall.checked(
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
    )
    try:
        result = module.run(net, request, **options)
    except TypeError as error:
        if options and "unexpected keyword argument" in str(error) and "run()" in str(error):
            wrong = str(error).rsplit("argument ", 1)[1]
            raise InvalidInput(
                f"engine {engine!r} does not take the option {wrong}; see help(neurosim.recall)"
            ) from None
        raise
    return to_dataset(result, request.record_times if record else np.empty(0), _attrs(net, engine, request, seed))


def engine_module(name: str) -> Any:
    """Import an engine.

    Raises
    ------
    InvalidInput
        There is no such engine.
    Unavailable
        A package that it needs is not installed.
    """
    if name not in ENGINES:
        raise InvalidInput(f"engine must be one of {sorted(ENGINES)}, got {name!r}")
    excepthook = sys.excepthook
    try:
        return import_module(ENGINES[name])
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        raise Unavailable(
            f"engine {name!r} needs the package {missing!r}, which is not installed; pip install {missing}"
        ) from None
    finally:
        sys.excepthook = excepthook  # brian2 installs its own, which blames Brian2 for whatever error ends a script


def _attrs(net: Network, engine: str, request: Recall, seed: int | None) -> dict[str, Any]:
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
