"""The spiking model as a `brian2.Network`: cells between the drive and the trace of each hidden neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING

import brian2
import numpy as np

from neurosim import theory
from neurosim.cells import Graded, OnOff, SpikingCell
from neurosim.engines.brian import inhibition
from neurosim.engines.brian.blocks import Program, Values, connect, exact_step, join_blocks, number, timed_array
from neurosim.engines.brian.rate import input_values, per_neuron, visible_from, visible_samples
from neurosim.equations import interneurons
from neurosim.equations import spiking as equations
from neurosim.equations.rate import back_weight, visible_to_hidden
from neurosim.network import Network
from neurosim.request import RecallRequest
from neurosim.validation import instance

if TYPE_CHECKING:
    from neurosim.engines.brian.job import Job

TRACES = {  # record → (group, variable)
    "hidden": ("cells", "h"),
    "hidden_active": ("hidden", "above"),
    "activity": ("hidden", "a"),
    "visible": ("visible", "v"),
}


def size(net: Network, cells: SpikingCell, formulation: str) -> int:
    """Return the number of synapses per cue."""
    spiking_cells = net.n_hidden * cells.n_cells
    if formulation == "reduced":
        return spiking_cells * (net.n_hidden + 1)
    back = net.n_hidden * spiking_cells if isinstance(cells.visible, Graded) else 2 * net.n_visible * net.n_hidden
    if formulation == "summed":
        back = net.n_visible * net.n_hidden
    extra = 0 if cells.interneurons is None else inhibition.size(net, cells, cells.interneurons)
    return spiking_cells * (net.n_visible + 1) + back + extra


def build(job: Job, n_cues: int) -> Program:
    """Return the network for `n_cues` cues, without its values; see `neurosim.engines.brian.brian_network`."""
    net, request, cells, formulation = job.net, job.request, _cells_of(job), job.formulation
    program = Program(request, n_cues, job.engine.changes)
    if formulation != "reduced":
        program.add(_visible(program, net))
    program.add(_hidden(program, net, cells, formulation))
    program.add(_cells(program, net, cells))
    _from_cells(program, net, cells, formulation)
    if isinstance(cells.visible, OnOff):
        program.add(_on_off(program, net, cells.visible))
        _from_on_off(program, net, cells)
    if cells.interneurons is not None:
        inhibition.build(program, net, cells, cells.interneurons, _delay(cells, request))
    for name in request.record:
        if name in TRACES:
            reduced = name == "visible" and formulation == "reduced"
            program.monitor(name, *(TRACES["activity"] if reduced else TRACES[name]))
    for name, group in (("spikes", "cells"), ("visible_spikes", "on_off")):
        if name in request.record:
            program.network.add(brian2.SpikeMonitor(program.objects[group], name=name))
    return program


def values(job: Job, rows: np.ndarray) -> Values:
    """Return all values of a run, as `neurosim.engines.brian.rate.values` for the rate model."""
    net, request, cells, formulation = job.net, job.request, _cells_of(job), job.formulation
    graded = isinstance(cells.visible, Graded)
    tau_v = float(net.tau_v)
    tau_u = cells.visible.tau_s if isinstance(cells.visible, OnOff) else tau_v
    found: Values = {
        ("hidden", "u"): theory.drive(net, request.cues[rows]) if graded else np.zeros((len(rows), net.n_hidden)),
        ("hidden", "tau_v"): tau_v,
        ("hidden", "tau_u"): tau_u,
        ("hidden", "late_from"): request.late_from,
        ("cells", "h"): np.repeat(request.hidden[rows], cells.n_cells, axis=1),
        ("cells", "theta"): _thresholds(net, request, cells, len(rows)),
        ("cells", "tau_h"): per_neuron(np.repeat(np.broadcast_to(net.tau_h, net.n_hidden), cells.n_cells), len(rows)),
        ("cells", "tau_u"): tau_u,
        ("cells", "t_ref"): cells.t_ref,
        ("cells", "amplitude"): cells.amplitude(tau_v),
        ("cells", "noise"): cells.noise,
    }
    for synapses in _pathways(cells, formulation):
        found[synapses, "delay"] = _delay(cells, request)
    if formulation != "reduced":
        found |= {
            ("visible", "v"): request.cues[rows],
            ("visible", "tau_v"): tau_v,
            ("cells_to_visible", "N_h"): net.n_hidden,
            ("W", "values"): net.weights.T,
        }
    if isinstance(cells.visible, OnOff):
        found |= _on_off_values(net, request, rows, cells.visible)
        if cells.interneurons is not None:
            amplitude = cells.amplitude(tau_v)
            found |= inhibition.values(net, request, rows, cells.interneurons, cells.visible, amplitude)
    elif formulation == "summed":
        found |= {
            ("visible_to_hidden", back_weight(net)): np.tile(net.feedback_weights.T.reshape(-1), len(rows)),
            ("visible_to_hidden", "N_h"): net.n_hidden,
            ("visible_to_hidden", "N_v"): net.n_visible,
        }
    else:
        found["J", "values"] = theory.effective_coupling(net).T
    return found | input_values(net, request, rows, visible=formulation != "reduced", hidden=graded)


def read(job: Job, program: Program, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the final state and the records of a run.

    Returns
    -------
    dict
        hidden (mean over the cells), activity, n_spikes, n_crossings, late_crossings, last_crossing : (cue, hidden);
        visible : (cue, visible); n_visible_spikes : (cue,) with ON/OFF cells; ``<name>_trace`` : (cue, time, neuron);
        ``<name>_list`` : (spike, 3), the number of the cell within the cue, step and cue of recorded spikes.
    """
    net, request, formulation, k = job.net, job.request, job.formulation, _cells_of(job).n_cells
    state = {name: program.read("hidden", name) for name in ("n_crossings", "late_crossings", "last_crossing")}
    state["hidden"] = _by_neuron(program.read("cells", "h"), k).mean(axis=-1)
    state["n_spikes"] = _by_neuron(program.read("cells", "n_spikes"), k).sum(axis=-1)
    state["activity"] = program.read("hidden", "a")
    if formulation != "reduced":
        state["visible"] = program.read("visible", "v")
    elif request.read_out or "visible" in request.record:
        state["visible"] = visible_from(net, request, rows, state["activity"], request.n_steps * request.dt)
    if "on_off" in program.objects:
        state["n_visible_spikes"] = program.read("on_off", "n_spikes").sum(axis=1)
    if "relays" in program.objects:
        inhibitory = [program.read(group, "n_spikes").sum(axis=1) for group in ("relays", "inhibitors")]
        state["n_inhibitory_spikes"] = np.stack(inhibitory, axis=1)
    for name in set(request.record) & set(TRACES):
        samples = program.samples(name)
        if name == "hidden":
            samples = _by_neuron(samples, k).mean(axis=-1)
        if name == "visible" and formulation == "reduced":
            samples = visible_samples(net, request, rows, samples)
        if name == "hidden_active":
            samples = samples > 0.5
            end = state["activity"] > 0.5
        else:
            end = state[name]
        state[f"{name}_trace"] = program.with_end(samples, end)
    for name in set(request.record) - set(TRACES):
        state[f"{name}_list"] = spike_list(program, program.network[name], request.dt)
    return state


def _delay(cells: SpikingCell, request: RecallRequest) -> float:
    """Return the delay in whole steps, halves rounded up, since Brian2 rounds t_ref/2, often half a step, unevenly."""
    return float(np.floor(cells.latency / request.dt + 0.5 + 1e-9) * request.dt)


def _pathways(cells: SpikingCell, formulation: str) -> list[str]:
    """Return the names of the synapses with a delay."""
    back = ["cells_to_hidden"] if isinstance(cells.visible, Graded) else ["on_off_to_hidden"]
    inhibitory = [] if cells.interneurons is None else inhibition.PATHWAYS
    forward = [] if formulation == "reduced" else ["cells_to_visible"]
    return ["cells_to_trace", *([] if formulation == "summed" else back), *inhibitory, *forward]


def _cells_of(job: Job) -> SpikingCell:
    return instance(job.cells, "cells", SpikingCell)


def _by_neuron(of_cells: np.ndarray, n_cells: int) -> np.ndarray:
    return of_cells.reshape(*of_cells.shape[:-1], -1, n_cells)


def spike_list(program: Program, monitor: brian2.SpikeMonitor, dt: float) -> np.ndarray:
    """Return the spikes of a monitor, (spike, 3): number of the cell within the cue, step and cue."""
    index = np.asarray(monitor.i)
    step = np.rint(np.asarray(monitor.t) / dt).astype(np.int64) + 1  # the cell crossed before the end of the step
    width = int(monitor.source.N) // program.n_cues  # pyright: ignore[reportAttributeAccessIssue]
    found = np.stack([index % width, step, index // width], axis=1)
    return found[np.lexsort(found.T)]  # by cue, time and cell; monitors of CUDA programs are unordered


def _thresholds(net: Network, request: RecallRequest, cells: SpikingCell, n_cues: int) -> np.ndarray | float:
    """Return θ of each cell; its random part is the same for all cues, since it belongs to the network."""
    theta = np.repeat(np.broadcast_to(net.threshold, net.n_hidden), cells.n_cells)
    if cells.threshold_std:
        rng = np.random.default_rng(request.stream(1))
        return np.tile(theta + cells.threshold_std * rng.standard_normal(len(theta)), n_cues)
    return per_neuron(theta, n_cues)


def _on_off_values(net: Network, request: RecallRequest, rows: np.ndarray, visible: OnOff) -> Values:
    rng = np.random.default_rng(request.stream(2, of_cues=True))
    phases = rng.random((request.n_cues, 2 * net.n_visible))[rows]  # random, so that cells do not fire in step
    return {
        ("on_off", "phase"): phases,
        ("on_off", "gain"): visible.gain,
        ("on_off", "t_ref"): visible.t_ref,
        ("on_off", "kick"): np.sqrt(net.n_hidden) / net.n_visible / (visible.gain * visible.tau_s),
        ("B", "values"): net.feedback_weights.T,
    }


def _visible(program: Program, net: Network) -> brian2.NeuronGroup:
    width = program.n_cues * net.n_visible
    model = equations.visible(net, program.request.input is not None)
    group = brian2.NeuronGroup(
        width,
        program.model("visible", model),
        method=program.method("visible", model, "exact"),
        order=1,  # ON/OFF cells receive v at the start of the step
        clock=program.clock,
        name="visible",
        namespace=program.input_namespace("current", width),
    )
    number(group, "number", net.n_visible)
    return group


def _hidden(program: Program, net: Network, cells: SpikingCell, formulation: str) -> brian2.NeuronGroup:
    width = program.n_cues * net.n_hidden
    with_input = program.request.input is not None and isinstance(cells.visible, Graded)
    summed = formulation == "summed"
    model = equations.hidden(net, with_input, summed)
    group = brian2.NeuronGroup(
        width,
        program.model("hidden", model),
        method=program.method("hidden", model, exact_step(equations.hidden_step(with_input, summed))),
        events={"cross": equations.CROSS},
        # Cells (order 0) receive u at the start of the step: before it moves, or after the sum over visible neurons
        # that have not moved yet (order 1); Brian2 orders the sum one before the hidden neurons.
        order=0 if summed else 1,
        clock=program.clock,
        name="hidden",
        namespace=program.input_namespace("current_hidden", width) if with_input else {},
    )
    group.set_event_schedule(
        "cross", when="after_synapses"
    )  # after a has changed, so that crossings are not detected a step late
    group.run_on_event("cross", equations.ON_CROSS)
    number(group, "mu", net.n_hidden)
    return group


def _cells(program: Program, net: Network, cells: SpikingCell) -> brian2.NeuronGroup:
    hidden = program.objects["hidden"]
    with_input = program.request.input is not None and isinstance(cells.visible, Graded)
    noisy, spread = cells.noise > 0, cells.threshold_std > 0
    model = equations.cells(net, cells.resets, spread, with_input)
    if program.is_integrated("cells", model):
        model = equations.integrated_cells(model, noisy, with_input)
    group = brian2.NeuronGroup(
        len(hidden) * cells.n_cells,
        program.model("cells", model),
        method=program.method("cells", model, exact_step(equations.cells_step(noisy, with_input))),
        threshold=equations.FIRES[cells.stochastic],
        reset=equations.AFTER_SPIKE[cells.resets],
        refractory=False if cells.stochastic else "t_ref",  # pyright: ignore[reportArgumentType]  # a string is valid
        clock=program.clock,
        name="cells",
        namespace={},
    )
    index = np.repeat(np.arange(len(hidden)), cells.n_cells)
    group.u = brian2.linked_var(hidden, "u", index=index)
    if with_input:
        group.I_u = brian2.linked_var(hidden, "I_u", index=index)
    number(group, "mu", net.n_hidden, cells.n_cells)
    return group


def _from_cells(program: Program, net: Network, cells: SpikingCell, formulation: str) -> None:
    n_cells = net.n_hidden * cells.n_cells
    delay = _delay(cells, program.request) * brian2.second
    own = connect(
        program, "cells", "hidden", "", on_pre=equations.CELLS_TO_TRACE_ON_SPIKE, delay=delay, name="cells_to_trace"
    )
    cell_numbers = np.arange(program.n_cues * n_cells)
    own.connect(i=cell_numbers, j=cell_numbers // cells.n_cells)
    if formulation == "summed":
        back = connect(program, "visible", "hidden", visible_to_hidden(net))
        join_blocks(back, net.n_visible, net.n_hidden, program.n_cues)
    elif isinstance(cells.visible, Graded):
        coupling = timed_array(program, "J", (net.n_hidden, net.n_hidden))
        within = connect(
            program,
            "cells",
            "hidden",
            "",
            on_pre=equations.CELLS_TO_HIDDEN_ON_SPIKE,
            delay=delay,
            namespace={"J": coupling},
        )
        join_blocks(within, n_cells, net.n_hidden, program.n_cues)
    if formulation != "reduced":
        weights = timed_array(program, "W", (net.n_hidden, net.n_visible))
        forward = connect(
            program,
            "cells",
            "visible",
            equations.CELLS_TO_VISIBLE,
            on_pre=interneurons.CELLS_EXCITE_ON_SPIKE if cells.interneurons else equations.CELLS_TO_VISIBLE_ON_SPIKE,
            delay=delay,
            namespace={"W": weights},
        )
        join_blocks(forward, n_cells, net.n_visible, program.n_cues)


def _on_off(program: Program, net: Network, kind: OnOff) -> brian2.NeuronGroup:
    visible = program.objects["visible"]
    group = brian2.NeuronGroup(
        2 * len(visible),
        program.model("on_off", equations.ON_OFF),
        method=program.method("on_off", equations.ON_OFF, "euler"),
        threshold=equations.ON_OFF_FIRES[kind.stochastic],
        reset=equations.ON_OFF_AFTER_SPIKE[kind.stochastic],
        refractory="t_ref",  # pyright: ignore[reportArgumentType]
        clock=program.clock,
        name="on_off",
        namespace={},
    )
    group.v = brian2.linked_var(visible, "v", index=np.repeat(np.arange(len(visible)), 2))
    group.side = np.tile([1.0, -1.0], len(visible))
    number(group, "number", net.n_visible, 2)
    return group


def _from_on_off(program: Program, net: Network, cells: SpikingCell) -> None:
    back = connect(
        program,
        "on_off",
        "hidden",
        "",
        on_pre=interneurons.ON_OFF_EXCITE_ON_SPIKE if cells.interneurons else equations.ON_OFF_TO_HIDDEN_ON_SPIKE,
        delay=_delay(cells, program.request) * brian2.second,
        namespace={"B": timed_array(program, "B", (net.n_visible, net.n_hidden))},
    )
    join_blocks(back, 2 * net.n_visible, net.n_hidden, program.n_cues)
