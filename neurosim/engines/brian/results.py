"""Engine results of Brian2 runs: outcomes, labelled variables of the spiking model, and attributes."""

from __future__ import annotations

from typing import Any

import brian2
import numpy as np

from neurosim.cells import SpikingCell
from neurosim.engines import outcomes
from neurosim.engines.brian.job import Job
from neurosim.request import RecallRequest
from neurosim.result import EngineResult, Outcome

_SPIKES = ("cue", "neuron", "cell", "time")
# Names of the variables and dimensions of recalls, which monitors of a user must not have.
TAKEN = frozenset(
    {"cue", "time", "hidden_neuron", "visible_neuron", "pathway", "spike", "visible_spike", "outcome", "settle_time"}
    | {"hidden", "visible", "hidden_active", "activity", "n_crossings", "n_spikes", "n_visible_spikes"}
    | {"n_synaptic_operations", "n_inhibitory_spikes"}
    | {f"{name}_trace" for name in ("hidden", "visible", "hidden_active", "activity")}
    | {f"{kind}_{name}" for kind in ("spike", "visible_spike") for name in _SPIKES}
)


def engine_result(job: Job, arrays: dict[str, Any], attrs: dict[str, Any]) -> EngineResult:
    """Return the result of a job from the arrays of `Job.read`."""
    cells = job.cells
    if cells is None:
        return _rate_result(job, arrays, attrs)
    return _spiking_result(job, cells, arrays, attrs)


def attributes(job: Job) -> dict[str, Any]:
    """Return the attributes that describe how the result was computed."""
    summed, target = job.formulation == "summed" and job.cells is None, job.engine.target
    method = "exact, the drive of h averaged over a step" if summed else "exact between crossings and spikes"
    if job.engine.changes is not None:
        method += "; rk2, or heun with noise, for what is changed"
    return {
        "dt": job.request.dt,
        "dtype": job.dtype,
        "device": "cuda" if target == "cuda_standalone" else "cpu",
        "target": target,
        "formulation": job.formulation,
        "method": method,
        "brian2": brian2.__version__,
    }


def _rate_result(job: Job, arrays: dict[str, Any], attrs: dict[str, Any]) -> EngineResult:
    net, request = job.net, job.request
    hidden, visible = arrays["hidden"], arrays.get("visible")
    active = hidden > net.threshold
    if job.engine.changes is not None:
        outcome = observed_outcomes(request, arrays)
    else:
        repeats = arrays["late_crossings"].max(axis=1)
        state = {"hidden": hidden, "active": active, "visible": visible, "drive": arrays["drive"]}
        outcome = outcomes.name_outcomes(net, request, **state, repeats=repeats)
    return EngineResult(
        hidden=hidden,
        hidden_active=active,
        visible=visible if request.read_out else None,
        outcome=outcome,
        last_crossing=arrays["last_crossing"].max(axis=1),
        n_crossings=arrays["n_crossings"].sum(axis=1),
        traces={name: arrays[f"{name}_trace"] for name in request.record},
        extra=_monitored(arrays),
        attrs=attrs,
    )


def _spiking_result(job: Job, cells: SpikingCell, arrays: dict[str, Any], attrs: dict[str, Any]) -> EngineResult:
    request = job.request
    return EngineResult(
        hidden=arrays["hidden"],
        hidden_active=arrays["activity"] > 0.5,
        visible=arrays["visible"] if request.read_out else None,
        outcome=observed_outcomes(request, arrays),
        last_crossing=arrays["last_crossing"].max(axis=1),
        n_crossings=arrays["n_crossings"].sum(axis=1),
        traces={name: arrays[f"{name}_trace"] for name in request.record if f"{name}_trace" in arrays},
        extra=_spiking_variables(job, arrays, cells.n_cells) | _monitored(arrays),
        attrs={**attrs, "cells": repr(cells), "n_cells": cells.n_cells},
    )


def observed_outcomes(request: RecallRequest, arrays: dict[str, Any]) -> np.ndarray:
    """Return the outcomes of a model without closed forms, by the crossings in the second half of the time."""
    late = arrays["late_crossings"]
    outcome = np.full(len(late), Outcome.TIMED_OUT.value, dtype="U10")
    outcome[late.max(axis=1) >= 4] = Outcome.CYCLING.value
    if request.late_window > 0:  # if 0, the input lasts until the end
        outcome[(late == 0).all(axis=1)] = Outcome.SETTLED.value
    outcome[~np.isfinite(arrays["hidden"]).all(axis=1)] = Outcome.NON_FINITE.value
    return outcome


def _spiking_variables(job: Job, arrays: dict[str, Any], n_cells: int) -> dict[str, Any]:
    request = job.request
    visible_spikes = arrays.get("n_visible_spikes", np.zeros(request.n_cues, dtype=np.int64))
    n_operations = arrays["n_spikes"].sum(axis=1) * job.net.n_visible + visible_spikes * job.net.n_hidden
    found: dict[str, Any] = {
        "activity": (
            ("cue", "hidden_neuron"),
            arrays["activity"],
            {"long_name": "filtered spike train a at the end, the analogue of s", "units": "1"},
        ),
        "n_spikes": (
            ("cue", "hidden_neuron"),
            arrays["n_spikes"],
            {"long_name": "spikes of all its cells", "units": "1"},
        ),
        "n_visible_spikes": ("cue", visible_spikes, {"long_name": "spikes of visible ON/OFF cells", "units": "1"}),
        "n_synaptic_operations": (
            "cue",
            n_operations,
            {"long_name": "spikes times the synapses of the two-layer network that each reaches", "units": "1"},
        ),
    }
    if "n_inhibitory_spikes" in arrays:
        found["n_inhibitory_spikes"] = (
            ("cue", "pathway"),
            arrays["n_inhibitory_spikes"],
            {"long_name": "spikes of interneurons, hidden → visible and visible → hidden", "units": "1"},
        )
    if "spikes" in request.record:
        found |= spike_variables("spike", arrays["spikes_list"], request.dt, n_cells)
    if "visible_spikes" in request.record:
        found |= spike_variables("visible_spike", arrays["visible_spikes_list"], request.dt, 2)
    return found


def names(monitor: brian2.StateMonitor) -> list[str]:
    """Return the names that a user's own monitor has in a result: its variables and its dimensions."""
    return [f"{monitor.name}_{part}" for part in ("time", "neuron", *monitor.record_variables)]


def _monitored(arrays: dict[str, Any]) -> dict[str, Any]:
    """Return the variables of a user's own StateMonitors, ``NAME_VARIABLE`` (cue, NAME_time, NAME_neuron)."""
    found: dict[str, Any] = {}
    for key in arrays:
        if key.startswith("monitor:"):
            _, name, variable = key.split(":")
            if variable == "t":
                meaning = {"long_name": f"times of {name}", "units": "s"}
                found[f"{name}_time"] = (f"{name}_time", arrays[key][0], meaning)
            else:
                meaning = {"long_name": f"{variable} recorded by {name}", "units": "SI"}
                found[f"{name}_{variable}"] = (("cue", f"{name}_time", f"{name}_neuron"), arrays[key], meaning)
    return found


def spike_variables(dim: str, spikes: np.ndarray, dt: float, n_cells: int) -> dict[str, Any]:
    """Return the variables of a list of spikes, (spike, 3) of cell, step and cue; `n_cells` cells per neuron."""
    cell, step, cue = spikes.T
    return {
        f"{dim}_cue": (dim, cue, {"long_name": "cue that the spike belongs to"}),
        f"{dim}_neuron": (dim, cell // n_cells, {"long_name": "neuron that fired"}),
        f"{dim}_cell": (
            dim,
            cell % n_cells,
            {"long_name": "cell within the neuron; visible: 0 ON, 1 OFF"},
        ),
        f"{dim}_time": (dim, step * dt, {"long_name": "time of the spike", "units": "s"}),
    }
