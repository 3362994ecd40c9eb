"""The rate model as a `brian2.Network` with named objects: its structure, its values and its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import brian2
import numpy as np

from neurosim import theory
from neurosim.engines.brian.blocks import Program, Values, connect, exact_step, join_blocks, number, timed_array
from neurosim.equations import FORMULATIONS
from neurosim.equations import rate as equations
from neurosim.inputs import passive
from neurosim.network import Network
from neurosim.nonlinearity import Normalise, Softmax
from neurosim.request import RecallRequest

if TYPE_CHECKING:
    from neurosim.engines.brian.job import Job

# record → (group, variable) in the summed, the event and the reduced formulation
RECORDABLE = {
    "hidden": (("hidden", "h"), ("hidden", "h"), ("hidden", "h")),
    "visible": (("visible", "v"), ("visible", "v"), ("hidden", "a")),
    "hidden_active": (("hidden", "above"), ("hidden", "s"), ("hidden", "s")),
}


def size(net: Network, formulation: str) -> int:
    """Return the number of synapses per cue."""
    within = net.n_hidden**2
    across = net.n_visible * net.n_hidden
    return {
        "summed": 2 * across + (within if isinstance(net.hidden_activation, Softmax) else 0),
        "event": across + within,
        "reduced": within,
    }[formulation]


def build(job: Job, n_cues: int) -> Program:
    """Return the network for `n_cues` cues, without its values; see `neurosim.engines.brian.brian_network`."""
    net, request, formulation = job.net, job.request, job.formulation
    program = Program(request, n_cues, job.engine.changes)
    with_input = request.input is not None
    if isinstance(net.visible_activation, Normalise):
        program.add(_pool(program))
    if formulation != "reduced":
        program.add(_visible(program, net, with_input))
    program.add(_hidden(program, net, formulation, with_input))
    if isinstance(net.hidden_activation, Softmax):
        program.add(_competition(program, net.hidden_activation))
    {"summed": _summed_synapses, "event": _event_synapses, "reduced": _reduced_synapses}[formulation](program, net)
    for name in request.record:
        program.monitor(name, *RECORDABLE[name][FORMULATIONS.index(formulation)])
    return program


def values(job: Job, rows: np.ndarray) -> Values:
    """Return all values of a run: (object, variable) → one value, or one per neuron, ordered by block.

    Parameters
    ----------
    job : Job
    rows : ndarray (cue,) int
        Numbers of the cues of this run in the request.
    """
    net, request, formulation = job.net, job.request, job.formulation
    cues, h = request.cues[rows], request.hidden[rows]
    active = h > net.threshold
    coupling = None if formulation == "summed" else theory.effective_coupling(net)
    found: Values = {
        ("hidden", "h"): h,
        ("hidden", "u"): theory.drive(net, cues),
        ("hidden", "tau_h"): per_neuron(net.tau_h, len(rows)),
        ("hidden", "theta"): per_neuron(net.threshold, len(rows)),
        ("hidden", "late_from"): request.late_from,
    }
    if coupling is None:
        found |= {
            ("hidden", "above"): active.astype(np.int32),
            ("visible_to_hidden", equations.back_weight(net)): np.tile(net.feedback_weights.T.reshape(-1), len(rows)),
            ("visible_to_hidden", "N_h"): net.n_hidden,
            ("visible_to_hidden", "N_v"): net.n_visible,
        }
    else:
        s = active.astype(float)
        found |= {
            ("hidden", "s"): s,
            ("hidden", "g"): s @ coupling.T,
            ("hidden", "tau_v"): float(net.tau_v),
        }
    if coupling is not None and formulation == "event":
        found["visible", "v_in"] = theory.visible_state(net, s)
        found["hidden_to_hidden", "J"] = np.tile(coupling.T.reshape(-1), len(rows))
    if coupling is not None and formulation == "reduced":
        found["J", "values"] = coupling.T
    else:
        found |= {
            ("visible", "v"): cues,
            ("visible", "tau_v"): per_neuron(net.tau_v, len(rows)),
            ("hidden_to_visible", "w"): np.tile(net.weights.T.reshape(-1), len(rows)),
            ("hidden_to_visible", "N_h"): net.n_hidden,
        }
    return found | input_values(net, request, rows, visible=formulation != "reduced", hidden=formulation != "summed")


def read(job: Job, program: Program, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the final state and the records of a run.

    Returns
    -------
    dict
        hidden, n_crossings, late_crossings, last_crossing : (cue, hidden); visible : (cue, visible);
        ``<name>_trace`` : (cue, time, neuron).
    """
    net, request, formulation = job.net, job.request, job.formulation
    state = {name: program.read("hidden", name) for name in ("n_crossings", "late_crossings", "last_crossing")}
    state["hidden"], state["drive"] = program.read("hidden", "h"), program.read("hidden", "u")
    if formulation != "reduced":
        state["visible"] = program.read("visible", "v")
    elif request.read_out or "visible" in request.record:
        state["visible"] = visible_from(net, request, rows, program.read("hidden", "a"), request.n_steps * request.dt)
    for name in request.record:
        samples = program.samples(name)
        if name == "visible" and formulation == "reduced":
            samples = visible_samples(net, request, rows, samples)
        if name == "hidden_active":
            samples = samples > 0.5
            end = state["hidden"] > net.threshold
        else:
            end = state[name]
        state[f"{name}_trace"] = program.with_end(samples, end)
    return state


def per_neuron(parameter: np.ndarray, n_cues: int) -> np.ndarray | float:
    """Return a parameter as `equations.parameter` declares it: one value, or one per neuron of each block."""
    return float(parameter.flat[0]) if equations.is_uniform(parameter) else np.tile(parameter, n_cues)


def input_values(net: Network, request: RecallRequest, rows: np.ndarray, *, visible: bool, hidden: bool) -> Values:
    """Return the values of the TimedArrays of the input, with an additional segment of 0."""
    if request.input is None:
        return {}
    current = request.input.rows(rows)
    current = np.concatenate([current, np.zeros_like(current[:1])])
    found: Values = {}
    if visible:
        found["current", "values"] = current.reshape(len(current), -1)
    if hidden:
        found["current_hidden", "values"] = theory.drive(net, current).reshape(len(current), -1)
    return found


def visible_from(net: Network, request: RecallRequest, rows: np.ndarray, trace: np.ndarray, t: float) -> np.ndarray:
    """Return v(t) = v_passive(t) + ξ a(t)/√N_h, (cue, visible); `trace` is a, (cue, hidden)."""
    current, segment = (
        (np.empty((0, 1, 1)), 1.0) if request.input is None else (request.input.rows(rows), request.input.segment)
    )
    return passive(request.cues[rows], current, segment, net.tau_v, t) + theory.visible_state(net, trace)


def visible_samples(net: Network, request: RecallRequest, rows: np.ndarray, traces: np.ndarray) -> np.ndarray:
    """Return v at the sampled times, (cue, time, visible); `traces` is a, (cue, time, hidden)."""
    times = np.arange(traces.shape[1]) * request.record_dt
    return np.stack([visible_from(net, request, rows, traces[:, k], t) for k, t in enumerate(times)], axis=1)


def _visible(program: Program, net: Network, with_input: bool) -> brian2.NeuronGroup:
    model = equations.visible(net, with_input)
    group = brian2.NeuronGroup(
        program.n_cues * net.n_visible,
        program.model("visible", model),
        method=program.method("visible", model, "exact"),
        clock=program.clock,
        name="visible",
        namespace=program.input_namespace("current", program.n_cues * net.n_visible),
    )
    if "pool" in program.objects:
        group.square = brian2.linked_var(
            program.objects["pool"], "square", index=np.repeat(np.arange(program.n_cues), net.n_visible)
        )
        group.run_regularly(equations.POOLED, when="groups", order=2)
    return group


def _pool(program: Program) -> brian2.NeuronGroup:
    """Return one neuron per cue; synapses sum over the visible layer (order 1) after v has moved (order 0)."""
    return brian2.NeuronGroup(program.n_cues, equations.POOL, order=2, clock=program.clock, name="pool")


def _competition(program: Program, activation: Softmax) -> brian2.NeuronGroup:
    """Return one neuron per hidden neuron, which computes s (order −1) before the sum over s."""
    hidden = program.objects["hidden"]
    model = equations.competition(activation)
    group = brian2.NeuronGroup(len(hidden), model, order=-1, clock=program.clock, name="competition")
    group.z = brian2.linked_var(hidden, "z")
    return group


def _hidden(program: Program, net: Network, formulation: str, with_input: bool) -> brian2.NeuronGroup:
    summed = formulation == "summed"
    with_input = with_input and not summed
    model = equations.hidden(net, formulation, with_input)
    exact = "exact" if summed else exact_step(equations.hidden_step(formulation, with_input))
    group = brian2.NeuronGroup(
        program.n_cues * net.n_hidden,
        program.model("hidden", model),
        method=program.method("hidden", model, exact),
        events={"cross": equations.CROSS[formulation]},
        order=4,  # after v (0), its pool (1, 2) and the sum for u, which Brian2 orders one before its target (3)
        clock=program.clock,
        name="hidden",
        namespace=program.input_namespace("current_hidden", program.n_cues * net.n_hidden) if with_input else {},
    )
    group.run_on_event("cross", equations.ON_CROSS[formulation])
    if formulation == "reduced":
        number(group, "mu", net.n_hidden)
    return group


def _summed_synapses(program: Program, net: Network) -> None:
    source = "hidden"
    if isinstance(net.hidden_activation, Softmax):
        source = "competition"
        pairs = connect(program, "hidden", source, equations.hidden_to_competition(net.hidden_activation))
        join_blocks(pairs, net.n_hidden, net.n_hidden, program.n_cues)
    if isinstance(net.visible_activation, Normalise):
        join_blocks(connect(program, "visible", "pool", equations.VISIBLE_TO_POOL), net.n_visible, 1, program.n_cues)
    forward = connect(program, source, "visible", equations.HIDDEN_TO_VISIBLE_SUMMED, name="hidden_to_visible")
    join_blocks(forward, net.n_hidden, net.n_visible, program.n_cues)
    back = connect(program, "visible", "hidden", equations.visible_to_hidden(net))
    join_blocks(back, net.n_visible, net.n_hidden, program.n_cues)


def _event_synapses(program: Program, net: Network) -> None:
    for target, model, on_cross in (
        ("visible", equations.HIDDEN_TO_VISIBLE_EVENT, equations.HIDDEN_TO_VISIBLE_ON_CROSS),
        ("hidden", equations.HIDDEN_TO_HIDDEN_EVENT, equations.HIDDEN_TO_HIDDEN_ON_CROSS),
    ):
        synapses = connect(program, "hidden", target, model, on_pre=on_cross, on_event="cross")
        join_blocks(synapses, net.n_hidden, getattr(net, f"n_{target}"), program.n_cues)


def _reduced_synapses(program: Program, net: Network) -> None:
    within = connect(
        program,
        "hidden",
        "hidden",
        "",
        on_pre=equations.HIDDEN_TO_HIDDEN_REDUCED_ON_CROSS,
        on_event="cross",
        namespace={"J": timed_array(program, "J", (net.n_hidden, net.n_hidden))},
    )
    join_blocks(within, net.n_hidden, net.n_hidden, program.n_cues)
