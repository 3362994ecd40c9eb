"""`recall`: validate a request, run an engine, label its result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.engines import Engine, get_engine
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.request import RecallRequest
from neurosim.result import to_dataset
from neurosim.settling import run_until_settled

if TYPE_CHECKING:
    import xarray


def recall(
    net: Network,
    cues: Any,
    *,
    engine: str | Engine = "event",
    hidden: Any = None,
    duration: Any = None,
    record: Sequence[str] = (),
    record_dt: Any = None,
    read_out: bool = True,
    input: InputCurrent | None = None,
    seed: int | None = None,
    first_cue: int = 0,
    progress: bool = False,
) -> xarray.Dataset:
    """Simulate the network from each cue and return the labelled results.

    Parameters
    ----------
    net : Network
    cues : array_like, shape (cue, visible) or (visible,)
        v at time 0. Each row is an independent recall.
    engine : Engine or str, default "event"
        How to compute the recall: an object of `neurosim.engines`, whose fields are its options, or its name, which
        stands for the defaults. `Event` is exact and has no time step (Heaviside units, one τ_v). `Reference` is plain
        NumPy with small steps. `Torch` runs many cues at once on CPU or CUDA. `Brian` simulates the two-layer network
        in Brian2: the rate model or, as ``Brian(cells=...)``, the spiking model.
    hidden : array_like, shape (cue, hidden) or (hidden,), default 0
        h at time 0 (eq. 12b).
    duration : time, optional
        Simulated time of each recall in seconds or as a quantity. By default 20·max(τ_v, τ_h), plus the
        duration of the input if there is one; cues of the rate model that have not settled by then are simulated for
        4, 16 and 64 times that time after the input, unless traces are recorded (`neurosim.settling`).
    record : sequence of {"hidden", "visible", "hidden_active"}, default ()
        Quantities to return over time, as ``<name>_trace``. Spiking models also record "activity" (the filtered spike
        trains), "spikes" and "visible_spikes" (lists of the cue, neuron, cell and time of each spike).
    record_dt : time, default the step of the engine
        Time between recorded samples. Engines with a time step round it and the duration to whole steps.
    read_out : bool, default True
        Whether to return the final visible state.
    input : InputCurrent, optional
        Current into the visible layer (engines `Brian` and `Reference`).
    seed : int, optional
        Seed of the random numbers of the simulation (noisy spiking cells); kept in the attributes.
    first_cue : int, default 0
        Number of the first of these cues, if they are a part of more cues: parts that are recalled with one seed then
        have the same network, with its random thresholds, wiring and delays, and independent noise.
    progress : bool, default False
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        hidden_active (cue, hidden_neuron) bool, hidden (cue, hidden_neuron), visible (cue, visible_neuron),
        outcome (cue,), settle_time (cue,) in seconds, n_crossings (cue,), and the recorded traces (cue, time, …);
        the settings are in the attributes, `duration` being the longest of any cue; `neurosim.engines.from_record`
        makes the engine again from `engine_settings`. A recall with smooth units is
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
        A package, a compiler or a device that the engine needs is missing.

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
    engine = get_engine(engine)
    request = engine.request(
        net,
        cues,
        hidden=hidden,
        duration=duration,
        record=record,
        record_dt=record_dt,
        read_out=read_out,
        progress=progress,
        input=input,
        seed=seed,
        first_cue=first_cue,
    )
    with np.errstate(under="ignore"):  # what decays becomes 0, also where NumPy is set to raise
        if duration is None and not request.record and engine.is_rate_model:
            result, longest = run_until_settled(engine, net, request)
        else:
            result, longest = engine.run(net, request), request.duration
    attrs = _attrs(net, engine, request) | {"duration": longest}
    return to_dataset(result, request.record_times if request.record else np.empty(0), attrs)


def _attrs(net: Network, engine: Engine, request: RecallRequest) -> dict[str, Any]:
    from neurosim import __version__

    attrs: dict[str, Any] = {
        **engine.attributes(),
        "neurosim": __version__,
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
        attrs["constraints"] = json.dumps(list(map(dict, net.constraints)))  # `neurosim.constraints.replay` reads it
    part = {"first_cue": request.first_cue} if request.first_cue else {}
    return attrs | part | ({} if request.seed is None else {"seed": request.seed})
