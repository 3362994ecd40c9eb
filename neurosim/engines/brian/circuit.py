"""Runs of `neurosim.engines.Circuit`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import brian2
import numpy as np

from neurosim import theory
from neurosim.engines.brian.calibration import calibrated
from neurosim.engines.brian.engine import TARGETS
from neurosim.engines.brian.populations import CircuitJob
from neurosim.engines.brian.rate import visible_from, visible_samples
from neurosim.engines.brian.results import observed_outcomes, spike_variables
from neurosim.engines.circuit import Circuit
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.request import RecallRequest
from neurosim.result import EngineResult


def job(net: Network, request: RecallRequest, engine: Circuit) -> CircuitJob:
    """Return the reduced problem of a request: drives, coupling and calibration."""
    theta = np.broadcast_to(net.threshold, net.n_hidden)
    offset, low, high = calibrated(engine.population, request.dt, engine.codegen, dale=engine.dale)
    current = request.input
    if current is not None:
        current = InputCurrent(_drives(net, current.values, engine.dale), current.segment)
    record = request.record
    if engine.dale and "visible" in record:
        record = (*record, "inhibitory_activity")
    return CircuitJob(
        engine.population,
        replace(request, cues=_drives(net, request.cues, engine.dale), input=current, record=record),
        coupling=theory.signed_couplings(net) if engine.dale else theory.effective_coupling(net),
        theta=theta,
        offset=np.full(net.n_hidden, offset),
        low=np.tile(low[:, None], net.n_hidden),
        high=np.tile(high[:, None], net.n_hidden),
        tau_v=float(net.tau_v),
        tau_h=np.broadcast_to(net.tau_h, net.n_hidden),
        dtype=engine.dtype,
    )


def _drives(net: Network, visible: np.ndarray, dale: bool) -> np.ndarray:
    """Return u, and with Dale's law u_c beside it, along the last axis."""
    drive = theory.drive(net, visible)
    return np.concatenate([drive, theory.common_drive(net, visible)], axis=-1) if dale else drive


def run(net: Network, request: RecallRequest, engine: Circuit) -> EngineResult:
    """Recall every cue of a request; the implementation of `neurosim.engines.Circuit.run`."""
    reduced = job(net, request, engine)
    report, period = engine.report, 10.0
    if report is None and request.progress:
        report, period = "stderr", 1.0
    arrays, attrs = TARGETS[engine.target](reduced, codegen=engine.codegen, report=report, report_period=period)
    return _result(net, request, engine, arrays, attrs | _attributes(request, engine, reduced))


def _attributes(request: RecallRequest, engine: Circuit, reduced: CircuitJob) -> dict[str, Any]:
    return {
        "dt": request.dt,
        "dtype": engine.dtype,
        "device": "cuda" if engine.target == "cuda_standalone" else "cpu",
        "target": engine.target,
        "method": "exponential Euler",
        "brian2": brian2.__version__,
        "n_cells": engine.population.n_cells,
        "n_inhibitory_cells": engine.population.n_inhibitory,
        "calibration": f"offset {reduced.offset[0]:.4f}, S0 {reduced.low[0, 0]:.4f}, S1 {reduced.high[0, 0]:.4f}",
    }


def _result(
    net: Network, request: RecallRequest, engine: Circuit, arrays: dict[str, Any], attrs: dict[str, Any]
) -> EngineResult:
    rows, visible = np.arange(request.n_cues), None
    if request.read_out:
        visible = visible_from(net, request, rows, arrays["activity"], request.n_steps * request.dt)
        visible = visible + _inhibited(net, arrays, "activity")
    traces = {name: arrays[f"{name}_trace"] for name in request.record if f"{name}_trace" in arrays}
    if "visible" in traces:
        traces["visible"] = visible_samples(net, request, rows, traces["visible"])
        traces["visible"] = traces["visible"] + _inhibited(net, arrays, "visible_trace", "_trace")
    return EngineResult(
        hidden=arrays["hidden"],
        hidden_active=arrays["activity"] > 0.5,
        visible=visible,
        outcome=observed_outcomes(request, arrays),
        last_crossing=arrays["last_crossing"].max(axis=1),
        n_crossings=arrays["n_crossings"].sum(axis=1),
        traces=traces,
        extra=_variables(request, engine, arrays),
        attrs=attrs,
    )


def _inhibited(net: Network, arrays: dict[str, Any], name: str, kind: str = "") -> np.ndarray | float:
    """Return by how much v differs from v_passive + ξa/√N_h where inhibitory cells carry ξ⁻: ξ⁻(a − a_i)/√N_h."""
    if f"inhibitory_activity{kind}" not in arrays:
        return 0.0
    difference = arrays[name] - arrays[f"inhibitory_activity{kind}"]
    return difference @ np.maximum(-net.weights, 0.0).T / np.sqrt(net.n_hidden)


def _variables(request: RecallRequest, engine: Circuit, arrays: dict[str, Any]) -> dict[str, Any]:
    population, each = engine.population, ("cue", "hidden_neuron")
    time = request.n_steps * request.dt
    widths = {"spikes": population.n_cells, "inhibitory_spikes": population.n_inhibitory}
    found: dict[str, Any] = {
        "activity": (
            each,
            arrays["activity"],
            {"long_name": "filtered gating a at the end, the analogue of s", "units": "1"},
        )
    }
    if engine.dale:
        about = {"long_name": "filtered gating of the inhibitory cells at the end, which carry ξ⁻", "units": "1"}
        found["inhibitory_activity"] = (each, arrays["inhibitory_activity"], about)
    for name, counts, width, of in (
        ("rates", "n_spikes", population.n_cells, "excitatory"),
        ("inhibitory_rates", "n_inhibitory_spikes", population.n_inhibitory, "inhibitory"),
    ):
        meaning = {"long_name": f"mean rate of the {of} cells over the recall", "units": "Hz"}
        found[name] = (each, arrays[counts] / width / time, meaning)
        found[counts] = (each, arrays[counts], {"long_name": f"spikes of the {of} cells of a population", "units": "1"})
    for name, width in widths.items():
        if name in request.record:
            found |= spike_variables(name.removesuffix("s"), arrays[f"{name}_list"], request.dt, width)
    return found
