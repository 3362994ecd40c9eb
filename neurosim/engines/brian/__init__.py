"""The full two-layer network as Brian2 equations (`neurosim.equations`), simulated by Brian2.

`brian_network` gives the network itself, to read, extend and run; `run` is the engine behind
``neurosim.recall(..., engine="brian")``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import brian2
import numpy as np

from neurosim import reduction
from neurosim.engines.brian import runtime, standalone
from neurosim.engines.brian.job import Batch, Job
from neurosim.equations import check_formulation
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.request import Recall
from neurosim.result import EngineResult, Outcome

__all__ = ["TARGETS", "brian_network", "run"]

# target → simulate(job, *, codegen, report, report_period) -> (arrays, attrs)
TARGETS: dict[str, Callable[..., Any]] = {
    "runtime": runtime.simulate,
    "cpp_standalone": standalone.cpp,
    "cuda_standalone": standalone.cuda,
}
DTYPES = ("float64", "float32")


def run(
    net: Network,
    request: Recall,
    *,
    target: str = "runtime",
    formulation: str | None = None,
    codegen: str = "auto",
    dtype: str = "float64",
    report: Any = None,
) -> EngineResult:
    """Recall every cue of the request in Brian2.

    Parameters
    ----------
    net : Network
    request : Recall
        Many cues run as independent blocks of one Brian2 network; a large request is cut into several runs,
        so that memory stays bounded.
    target : {"runtime", "cpp_standalone", "cuda_standalone"}, default "runtime"
        "runtime": in this process. The others: a C++ or CUDA program in a process of its own. Compiling takes tens of
        seconds, once: the program is kept, and runs again with other weights, parameters, cues and seeds.
    formulation : {"summed", "event", "reduced"}, default "summed" for the rate model, "event" for spikes
        The textbook form, the fast one, and the one for many cues at once; see `neurosim.equations`.
    codegen : {"auto", "cython", "numpy"}, default "auto"
        How the runtime target runs its code; "auto" is cython where a C++ compiler exists, else numpy. Which
        one it was is in attrs. Cython compiles for a minute or so the first time ever, then finds its cache.
    dtype : {"float64", "float32"}, default "float64"
        Of Brian2's variables.
    report : None, "text", "stdout", "stderr" or (runtime) callable
        Brian2's progress report, passed through.

    Returns
    -------
    EngineResult

    Raises
    ------
    InvalidInput
        An unknown option, or a formulation that cannot describe this network.
    Unavailable
        A compiler is missing or fails, or another Brian2 device is active in this process.
    """
    if target not in TARGETS:
        raise InvalidInput(f"target must be one of {list(TARGETS)}, got {target!r}")
    if dtype not in DTYPES:
        raise InvalidInput(f"dtype must be one of {list(DTYPES)}, got {dtype!r}")
    formulation = _formulation(formulation, request)
    check_formulation(net, formulation, request.variant)
    if report is None and request.progress:
        report, period = "stderr", 1.0
    else:
        period = 10.0  # Brian2's own
    job = Job(net, request, formulation, dtype)
    arrays, how = TARGETS[target](job, codegen=codegen, report=report, report_period=period)
    attrs = _attrs(job, target) | how
    return _result(net, request, arrays, attrs) if request.variant is None else _spiking_result(job, arrays, attrs)


def brian_network(
    net: Network,
    cues: Any,
    *,
    hidden: Any = None,
    dt: Any = None,
    formulation: str | None = None,
    record: Sequence[str] = (),
    record_dt: Any = None,
    input: Any = None,
    model: str = "rate",
    variant: Any = None,
    seed: int | None = None,
) -> brian2.Network:
    """Return the memory as a Brian2 network, its state set to the cues, ready to extend and run.

    Parameters
    ----------
    net : Network
    cues : array_like (cue, visible) or (visible,)
        v at time 0. Each cue gets a block of neurons of its own; synapses stay inside a block.
    hidden : array_like (cue, hidden) or (hidden,), default 0
        h at time 0 (eq. 12b). Neurons that start above θ start active, and what they drive starts so, too.
    dt : time, default a tenth of the shortest time constant
        Step of the network's own clock; ``brian2.defaultclock`` is neither read nor changed.
    formulation : {"summed", "event", "reduced"}, default "summed" for the rate model, "event" for spikes
        See `neurosim.equations`.
    record : sequence of str
        Adds a StateMonitor ``<name>_trace`` for each of "hidden", "visible", "hidden_active" (spiking: "activity"),
        a SpikeMonitor ``spikes`` or ``visible_spikes`` for these.
    record_dt : time, default dt
        Time between samples, rounded to whole steps.
    input : InputCurrent, optional
        Current into the visible layer.
    model : {"rate", "spiking"}, default "rate"
    variant : str or SpikingCell, default "regular"
        Which spiking analogue (`neurosim.cells`).
    seed : int, optional
        Of thresholds and phases that are drawn here; call ``brian2.seed`` for what Brian2 draws.

    Returns
    -------
    brian2.Network
        Block layout: hidden neuron μ of cue c is number c·N_h + μ of ``network["hidden"]``, visible neuron i
        of cue c is number c·N_v + i of ``network["visible"]``; so
        ``network["hidden"].h[:].reshape(n_cues, -1)`` is (cue, hidden). Synapses lie block after block, one
        presynaptic neuron after another.

        Objects, rate: ``visible`` (v, v_in, tau_v), ``hidden`` (h, u, s, theta, tau_h, n_crossings, last_crossing;
        custom event ``cross``), ``hidden_to_visible`` (w), and ``visible_to_hidden`` (w, or w_back if not
        symmetric) in the summed form, ``hidden_to_hidden`` (J) in the event form. There ``hidden`` has a
        tau_v, too: change both. In the reduced form ``hidden`` (with a) and ``hidden_to_hidden`` alone.

        Spiking: ``cells`` (h, theta, tau_h, t_ref, amplitude, noise, n_spikes), K beside each other for each neuron
        of ``hidden`` (u, a, above); ``visible`` (v); ``on_off`` (phase, side, gain, kick) if visible neurons spike;
        ``cells_to_trace``, ``cells_to_hidden``, ``cells_to_visible``, ``on_off_to_hidden``. With interneurons also
        ``relays`` (x), ``inhibitors`` (phase), ``cells_to_relays``, ``relays_to_visible``, ``on_off_to_inhibitors``,
        ``inhibitors_to_hidden``.

    Raises
    ------
    InvalidInput
        A shape, value or name breaks a rule, or the formulation cannot describe this network.

    Notes
    -----
    Objects of your own must be added to the network: ``network.add(monitor)``. To watch crossings, use
    ``brian2.EventMonitor(network["hidden"], "cross")``. Where you set v yourself, set u to its projection
    (`neurosim.theory.drive`), too. Works on whichever Brian2 device is active.
    """
    request = Recall.checked(
        net,
        cues,
        hidden=hidden,
        dt=dt,
        record=record,
        record_dt=record_dt,
        input=input,
        model=model,
        variant=variant,
        seed=seed,
    )
    formulation = _formulation(formulation, request)
    check_formulation(net, formulation, request.variant)
    job = Job(net, request, formulation)
    everything = Batch(np.arange(request.n_cues), request.n_cues)
    program = job.build(everything)
    program.assign(job.values(everything))
    return program.network


def _formulation(formulation: str | None, request: Recall) -> str:
    if formulation is not None:
        return formulation
    return "summed" if request.variant is None else "event"


def _result(net: Network, request: Recall, arrays: dict[str, Any], attrs: dict[str, Any]) -> EngineResult:
    hidden, visible = arrays["hidden"], arrays.get("visible")
    active = hidden > net.threshold
    finite = np.isfinite(hidden).all(axis=1)
    with np.errstate(all="ignore"):
        if visible is not None:
            finite &= np.isfinite(visible).all(axis=1)
        is_settled = reduction.settled(net, hidden, visible, active, arrays["drive"])
    return EngineResult(
        hidden=hidden,
        hidden_active=active,
        visible=visible if request.read_out else None,
        outcome=reduction.name_outcomes(
            finite=finite,
            is_settled=is_settled,
            repeats=arrays["late_crossings"].max(axis=1),
            window=request.late_window,
            chatter=reduction.chatter(net, request.dt),
        ),
        last_crossing=arrays["last_crossing"].max(axis=1),
        n_crossings=arrays["n_crossings"].sum(axis=1),
        traces={name: arrays[f"{name}_trace"] for name in request.record},
        attrs=attrs,
    )


def _spiking_result(job: Job, arrays: dict[str, Any], attrs: dict[str, Any]) -> EngineResult:
    request, cells = job.request, job.request.variant
    assert cells is not None
    late = arrays["late_crossings"]
    outcome = np.full(len(late), Outcome.TIMED_OUT.value, dtype="U10")
    outcome[late.max(axis=1) >= 4] = Outcome.CYCLING.value
    if request.late_window > 0:  # else there was no time without input to see it in
        outcome[(late == 0).all(axis=1)] = Outcome.SETTLED.value
    outcome[~np.isfinite(arrays["hidden"]).all(axis=1)] = Outcome.NON_FINITE.value
    visible_spikes = arrays.get("n_visible_spikes", np.zeros(len(late), dtype=np.int64))
    n_operations = arrays["n_spikes"].sum(axis=1) * job.net.n_visible + visible_spikes * job.net.n_hidden
    extra: dict[str, Any] = {
        "activity": (
            ("cue", "hidden_neuron"),
            arrays["activity"],
            {"long_name": "filtered spike train a at the end, the analogue of s", "units": "1"},
        ),
        "n_spikes": (("cue", "hidden_neuron"), arrays["n_spikes"], {"long_name": "spikes of its cells", "units": "1"}),
        "n_visible_spikes": ("cue", visible_spikes, {"long_name": "spikes of visible ON/OFF cells", "units": "1"}),
        "n_synaptic_operations": (
            "cue",
            n_operations,
            {"long_name": "spikes times the synapses of the two-layer network that each reaches", "units": "1"},
        ),
    }
    if cells.interneurons is not None:
        extra["n_inhibitory_spikes"] = (
            ("cue", "pathway"),
            arrays["n_inhibitory_spikes"],
            {"long_name": "spikes of interneurons, hidden → visible and visible → hidden", "units": "1"},
        )
    k = cells.n_cells
    if "spikes" in request.record:
        extra |= _spike_variables("spike", arrays["spikes_list"], request.dt, "cell", k)
    if "visible_spikes" in request.record:
        extra |= _spike_variables("visible_spike", arrays["visible_spikes_list"], request.dt, "cell", 2)
    return EngineResult(
        hidden=arrays["hidden"],
        hidden_active=arrays["activity"] > 0.5,
        visible=arrays["visible"] if request.read_out else None,
        outcome=outcome,
        last_crossing=arrays["last_crossing"].max(axis=1),
        n_crossings=arrays["n_crossings"].sum(axis=1),
        traces={name: arrays[f"{name}_trace"] for name in request.record if f"{name}_trace" in arrays},
        extra=extra,
        attrs={**attrs, "variant": repr(cells), "n_cells": k},
    )


def _spike_variables(dim: str, spikes: np.ndarray, dt: float, part: str, n_parts: int) -> dict[str, Any]:
    neuron, step, cue = spikes.T
    return {
        f"{dim}_cue": (dim, cue, {"long_name": "cue that the spike belongs to"}),
        f"{dim}_neuron": (dim, neuron // n_parts, {"long_name": "neuron that fired"}),
        f"{dim}_{part}": (dim, neuron % n_parts, {"long_name": "which of its cells; visible: 0 ON, 1 OFF"}),
        f"{dim}_time": (dim, step * dt, {"long_name": "time of the spike", "units": "s"}),
    }


def _attrs(job: Job, target: str) -> dict[str, Any]:
    summed = job.formulation == "summed"
    return {
        "dt": job.request.dt,
        "dtype": job.dtype,
        "device": "cuda" if target == "cuda_standalone" else "cpu",
        "target": target,
        "formulation": job.formulation,
        "method": "exact, the drive of h averaged over a step" if summed else "exact between crossings and spikes",
        "brian2": brian2.__version__,
    }
