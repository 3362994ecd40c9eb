"""The spiking model: Brian2 against a plain simulation of both layers and closed forms."""

from typing import NamedTuple

import brian2
import numpy as np
import pytest
from spiking_nets import DT, N_H, N_V, NUMPY, STEPS, cues_for, network

import neurosim
from neurosim import InputCurrent, Network, patterns, recall, theory
from neurosim.cells import LIF, SCALE, Graded, OnOff, Poisson, Regular, jump_millivolts
from neurosim.engines.brian import job

pytestmark = pytest.mark.usefixtures("interpreted")


# --- a simulation that shares no code with the package -----------------------------------------------------------


class Simulated(NamedTuple):
    v: np.ndarray
    h: np.ndarray  # (hidden, cell)
    a: np.ndarray
    spikes: set  # (neuron, cell, step by whose end it fired)
    visible_spikes: set
    a_trace: np.ndarray  # at the start of each step and at the end
    h_trace: np.ndarray


def simulate(net, cue, cells, n_steps, theta=None, phases=None, current=None, hidden=0.0, dt=DT):
    """Simulate both layers for one cue without randomness, after the docstring of `neurosim.cells`."""
    n_v, n_h, k = net.n_visible, net.n_hidden, cells.n_cells
    theta = np.broadcast_to(net.threshold, n_h)[:, None] if theta is None else theta
    tau_v, tau_h = float(net.tau_v), np.broadcast_to(net.tau_h, n_h)[:, None]
    back = np.sqrt(n_h) / n_v * (net.weights.T if net.feedback is None else net.feedback)
    graded = isinstance(cells.visible, Graded)
    tau_u = tau_v if graded else cells.visible.tau_s
    hold, delay = round(cells.t_ref / dt), int(cells.latency / dt + 0.5 + 1e-9)
    step_in_trace = cells.t_ref / (k * tau_v)

    v, h, a = np.array(cue, float), np.zeros((n_h, k)) + np.reshape(hidden, (-1, 1)), np.zeros(n_h)
    received = np.zeros(n_v)  # what the hidden layer has of v if visible neurons spike
    last, last_visible = np.full((n_h, k), -(10**9)), np.full((n_v, 2), -(10**9))
    arriving, arriving_visible = {}, {}
    spikes, visible_spikes, a_trace, h_trace = set(), set(), [a.copy()], [h.copy()]
    side = np.array([1.0, -1.0])
    for n in range(n_steps):
        held = np.zeros(n_v) if current is None else current[n]
        u, u_end = (back @ v, back @ held) if graded else (back @ received, np.zeros(n_h))
        d_v, d_u, d_h = np.exp(-dt / tau_v), np.exp(-dt / tau_u), np.exp(-dt / tau_h)
        same = np.isclose(tau_h, tau_u)
        mixed = np.where(same, dt / tau_h * d_h, tau_u / np.where(same, 1, tau_u - tau_h) * (d_u - d_h))
        moved = u_end[:, None] + (u - u_end)[:, None] * mixed + (h - u_end[:, None]) * d_h
        waiting = n - last < hold
        h = np.where(waiting, h, moved) if cells.resets else moved
        fired = (h > theta) & ~waiting
        if not graded:
            waiting_visible = n - last_visible < round(cells.visible.t_ref / dt)
            rate = cells.visible.gain * np.maximum(side * v[:, None], 0)
            phases = phases + rate * dt
            fired_visible = (phases > 1) & ~waiting_visible
            phases = np.where(fired_visible, np.clip(phases - 1, 0, 1), phases)  # saves up no more than one spike
            last_visible = np.where(fired_visible, n, last_visible)
            arriving_visible[n + delay] = fired_visible @ side / (cells.visible.gain * cells.visible.tau_s)
            visible_spikes |= {(int(i), int(c), n + 1) for i, c in np.argwhere(fired_visible)}
            received = received * np.exp(-dt / tau_u)
        v, a = held + (v - held) * d_v, a * d_v
        arriving[n + delay] = fired.sum(axis=1)
        last = np.where(fired, n, last)
        spikes |= {(int(mu), int(c), n + 1) for mu, c in np.argwhere(fired)}
        if cells.resets:
            h = np.where(fired, 0.0, h)
        arrived = arriving.pop(n, np.zeros(n_h)) * step_in_trace
        a, v = a + arrived, v + net.weights @ arrived / np.sqrt(n_h)
        received = received + arriving_visible.pop(n, np.zeros(n_v))
        a_trace.append(a.copy())
        h_trace.append(h.copy())
    return Simulated(v, h, a, spikes, visible_spikes, np.array(a_trace), np.array(h_trace))


def spikes_of(out, cue, name="spike"):
    mine = out[f"{name}_cue"].values == cue
    steps = out[f"{name}_time"].values[mine] / DT
    np.testing.assert_allclose(steps, np.rint(steps), rtol=0, atol=1e-6)  # on the grid
    parts = (out[f"{name}_{part}"].values[mine] for part in ("neuron", "cell"))
    return {(int(i), int(c), round(n)) for i, c, n in zip(*parts, steps, strict=True)}


def assert_equals_simulation(net, cells, n_steps=200, current=None, hidden=None, formulation="event"):
    """Run both on three cues; return Brian2's answer."""
    cues = cues_for(net)
    record = ["spikes", "activity", "hidden", *(["visible_spikes"] if isinstance(cells.visible, OnOff) else [])]
    given = None if current is None else InputCurrent(current, 50 * DT)
    call = {"input": given, "seed": 0, "hidden": hidden}
    engine = STEPS.replace(cells=cells, formulation=formulation)
    out = recall(net, cues, engine=engine, duration=n_steps * DT, record=record, **call)
    theta = phases = [None] * 3
    if cells.is_random:  # what is drawn is read off the network
        brian = neurosim.brian_network(net, cues, engine=STEPS.replace(cells=cells), **call)
        theta = np.broadcast_to(brian["cells"].theta[:], 3 * N_H * cells.n_cells).reshape(3, N_H, -1)
        phases = brian["on_off"].phase[:].reshape(3, N_V, 2) if "visible_spikes" in record else phases
    for c, cue in enumerate(cues):
        held = None
        if current is not None:
            mine = np.asarray(current)[:, c if np.shape(current)[1] > 1 else 0]
            held = np.concatenate([np.repeat(mine, 50, axis=0), np.zeros((n_steps, N_V))])
        want = simulate(net, cue, cells, n_steps, theta[c], phases[c], held, 0 if hidden is None else hidden[c])
        assert len(want.spikes) > 6  # else nothing but decay is compared
        assert spikes_of(out, c) == want.spikes
        close = {"visible": want.v, "hidden": want.h.mean(axis=1), "activity": want.a}
        close |= {"activity_trace": want.a_trace, "hidden_trace": want.h_trace.mean(axis=2)}
        for name, values in close.items():
            np.testing.assert_allclose(out[name][c], values, rtol=0, atol=1e-10, err_msg=name)
        np.testing.assert_array_equal(out.hidden_active[c], want.a > 0.5)
        assert out.n_spikes[c].sum() == len(want.spikes)
        operations = len(want.spikes) * N_V + len(want.visible_spikes) * N_H
        assert out.n_synaptic_operations[c] == operations and out.n_visible_spikes[c] == len(want.visible_spikes)
        if "visible_spikes" in record:
            assert spikes_of(out, c, "visible_spike") == want.visible_spikes
            assert len(want.visible_spikes) > 10
    return out


REGULAR = {
    "regular": (Regular(), {}),
    "no delay, equal taus": (Regular(delay=0), {"tau_v": 2e-3}),
    "a delay beyond t_ref, odd steps": (Regular(t_ref=1.5e-3, delay=1.7e-3), {}),
    "half a step of delay": (Regular(t_ref=DT), {}),
    "different thresholds": (Regular(n_cells=3, threshold_std=0.1), {}),
    "a threshold and tau_h a neuron": (
        Regular(n_cells=2),
        {"threshold": np.linspace(0.1, 0.4, N_H), "tau_h": np.linspace(1e-3, 3e-3, N_H)},
    ),
    "lif, asymmetric": (
        LIF(n_cells=3, threshold_std=0.02, delay=0.7e-3),
        {"threshold": np.linspace(0.1, 0.2, N_H), "tau_h": np.linspace(0.5e-3, 2e-3, N_H), "feedback": 0.5},
    ),
}


@pytest.mark.parametrize(("cells", "parameters"), REGULAR.values(), ids=REGULAR)
def test_spikes_and_potentials_are_those_of_both_layers_written_out(cells, parameters):
    assert_equals_simulation(network(**parameters), cells)


@pytest.mark.parametrize("case", ["different thresholds", "lif, asymmetric"])
def test_spikes_and_potentials_match_without_the_visible_layer(case):
    cells, parameters = REGULAR[case]
    assert_equals_simulation(network(**parameters), cells, formulation="reduced")


@pytest.mark.parametrize(("formulation", "n_currents"), [("event", 1), ("reduced", 3)])
def test_input_reaches_both_layers(formulation, n_currents):
    current = np.random.default_rng(8).standard_normal((3, n_currents, N_V))
    cells, net = Regular(n_cells=2, threshold_std=0.1), network(feedback=0.5)
    assert_equals_simulation(net, cells, current=current, formulation=formulation)


ON_OFF = {
    "with input": (OnOff(gain=200.0), np.random.default_rng(8).standard_normal((3, 3, N_V))),
    "refractory, tau_s is tau_h": (OnOff(gain=300.0, t_ref=3e-3, tau_s=2e-3), None),
}


@pytest.mark.parametrize(("visible", "current"), ON_OFF.values(), ids=ON_OFF)
def test_visible_on_off_cells_are_integrate_and_fire(visible, current):
    assert_equals_simulation(network(feedback=0.3), Regular(visible=visible, delay=0.5e-3), current=current)


def test_cells_that_start_above_threshold_fire_at_once():
    hidden = np.random.default_rng(4).uniform(-0.5, 1, (3, N_H))
    out = assert_equals_simulation(network(), LIF(n_cells=2), hidden=hidden)
    first = out.spike_time.values.min()
    assert round(first / DT) == 1


# --- one formulation against the other ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [Poisson(n_cells=3), LIF(noise=0.2, n_cells=2)],
    ids=["poisson", "noisy lif"],
)
def test_the_visible_layer_can_be_left_out(cells):
    net = network(threshold=0.2, feedback=0.5)
    current = InputCurrent(np.random.default_rng(8).standard_normal((2, 1, N_V)), 5e-3)
    record = ["spikes", "activity", "hidden", "visible", "hidden_active"]
    call = {"duration": 30e-3, "input": current, "seed": 1, "record": record, "record_dt": 7 * DT}
    event, reduced = (
        recall(net, cues_for(net), engine=STEPS.replace(cells=cells, formulation=f), **call)
        for f in ("event", "reduced")
    )
    assert event.sizes["spike"] > 50
    for name in event.data_vars:
        if event[name].dtype.kind == "f":
            np.testing.assert_allclose(reduced[name], event[name], rtol=0, atol=1e-11, err_msg=name)
        else:
            np.testing.assert_array_equal(reduced[name], event[name], err_msg=name)


def test_v_is_the_passive_cue_plus_the_trace():
    net = network(feedback=0.5)
    current = InputCurrent(np.random.default_rng(8).standard_normal((2, 3, N_V)), 5e-3)
    out = recall(net, cues_for(net), engine=STEPS, input=current, duration=30e-3, record=["visible", "activity"])
    for k, t in enumerate(out.time.values):
        v = neurosim.inputs.passive(cues_for(net), current.values, current.segment, net.tau_v, t)  # pyright: ignore[reportAttributeAccessIssue]
        want = v + out.activity_trace[:, k].values @ net.weights.T / np.sqrt(N_H)
        np.testing.assert_allclose(out.visible_trace[:, k], want, rtol=0, atol=1e-12)


def test_u_is_the_projection_of_v_at_every_step():
    net = network(feedback=0.5)
    current = InputCurrent(np.random.default_rng(8).standard_normal((2, 1, N_V)), 5e-3)
    brian = neurosim.brian_network(net, cues_for(net), engine=STEPS, input=current)
    clock = brian["hidden"].clock
    u, v = (brian2.StateMonitor(brian[g], n, record=True, clock=clock) for g, n in (("hidden", "u"), ("visible", "v")))
    brian.add(u, v)
    brian.run(30 * brian2.ms)
    want = theory.drive(net, v.v.T.reshape(-1, 3, N_V)).reshape(-1, 3 * N_H)
    np.testing.assert_allclose(u.u.T, want, rtol=0, atol=1e-12)
    assert np.ptp(want) > 1


def test_a_spike_moves_v_by_the_jump_that_is_stated():
    net, cells = network(threshold=0.05), Regular(delay=0)
    engine = STEPS.replace(cells=cells)
    out = recall(net, cues_for(net, 1), engine=engine, duration=30e-3, record=["spikes", "visible"])
    steps = np.rint(out.spike_time.values / DT).astype(int)
    alone = [k for k in range(len(steps)) if (steps == steps[k]).sum() == 1]
    assert len(alone) > 5
    before, after = out.visible_trace[0].values[steps[alone] - 1], out.visible_trace[0].values[steps[alone]]
    jump = jump_millivolts(net.weights[:, out.spike_neuron.values[alone]].T, cells, net.tau_v, N_H)
    moved = after - before * np.exp(-DT / net.tau_v)
    np.testing.assert_allclose(moved, jump / SCALE, rtol=0, atol=1e-12)


def test_a_request_cut_into_runs_gives_the_same_spikes(monkeypatch):
    net = network()
    cells = Regular(visible=OnOff(gain=200.0), n_cells=2, threshold_std=0.05)
    record = ["spikes", "visible_spikes", "activity"]
    engine = STEPS.replace(cells=cells)
    call = {"engine": engine, "duration": 20e-3, "seed": 0, "record": record}
    whole = recall(net, cues_for(net, 7), **call)
    monkeypatch.setattr(job, "SYNAPSES_PER_RUN", 2000)
    checked = engine.request(net, cues_for(net, 7), seed=0)
    assert [len(batch.rows) for batch in job.Job(net, checked, engine).batches()] == [4, 4]
    cut = recall(net, cues_for(net, 7), **call)
    assert whole.sizes["spike"] > 20
    for name in whole.data_vars:
        if whole[name].dtype.kind == "f":
            np.testing.assert_allclose(cut[name], whole[name], rtol=0, atol=1e-12, err_msg=name)
        else:
            np.testing.assert_array_equal(cut[name], whole[name], err_msg=name)


# --- what a recall returns ---------------------------------------------------------------------------------------


def test_active_is_a_trace_above_one_half_at_every_sample():
    net = network()
    record = ["activity", "hidden_active"]
    out = recall(net, cues_for(net), engine=STEPS.replace(cells="poisson"), seed=1, duration=60e-3, record=record)
    above = out.activity_trace.values > 0.5
    np.testing.assert_array_equal(out.hidden_active_trace, above)
    np.testing.assert_array_equal(out.hidden_active, above[:, -1])
    crossed = above[:, 1:] != above[:, :-1]
    assert crossed.sum() > 10
    np.testing.assert_array_equal(out.n_crossings, crossed.sum(axis=(1, 2)))
    last = np.array([steps.nonzero()[0][-1] + 1 for steps in crossed.any(axis=2)])
    settled = (out.outcome == "settled").values
    np.testing.assert_allclose(out.settle_time, np.where(settled, last * DT, np.nan))
    late = crossed[:, 300:].sum(axis=1).max(axis=1)
    want = np.where(late == 0, "settled", np.where(late >= 4, "cycling", "timed_out"))
    np.testing.assert_array_equal(out.outcome, want)


def test_a_recall_settles_or_runs_out_of_time():
    net = network()
    call = {"net": net, "cues": cues_for(net, 1), "engine": STEPS}
    settled = recall(**call, duration=0.1)
    assert settled.outcome.item() == "settled" and settled.n_crossings > 0
    short = recall(**call, duration=settled.settle_time.item() + 1e-3)
    assert short.outcome.item() == "timed_out" and np.isnan(short.settle_time)


def test_an_oscillator_cycles():
    coupling = np.array([[0.0, -1.0], [1.0, 0.0]])
    net = Network(weights=np.eye(2), feedback=2 * coupling, threshold=[-0.5, 0.5])
    assert recall(net, [0.0, 0.0], duration=0.2, engine=NUMPY).outcome.item() == "cycling"


def test_nothing_is_settled_if_the_run_ends_with_the_input():
    net = network()
    given = InputCurrent(np.ones((1, N_V)), 10e-3)
    assert recall(net, cues_for(net, 1), input=given, duration=10e-3, engine=NUMPY).outcome.item() == "timed_out"


def test_overflow_has_a_name():
    net = Network(weights=np.array([[1e200, 1.0], [1.0, 1e200]]), tau_v=1e-3)
    out = recall(net, [[1e150, 1e150], [0.0, 0.0]], duration=5e-3, engine=NUMPY)
    assert out.outcome.values.tolist() == ["non_finite", "settled"]


def test_regular_cells_recall_as_the_rate_model():
    net = Network.gaussian(200, 6, seed=0, tau_v=20e-3, tau_h=2e-3)
    targets = patterns.all_hidden_states(6)
    cues = patterns.visible_cues(net, targets, noise_std=0.5, seed=1)
    rate = recall(net, cues, duration=0.1)
    spikes = recall(net, cues, duration=0.1, engine=NUMPY.replace(formulation="reduced"), read_out=False)
    assert (rate.hidden_active == targets).all("hidden_neuron").mean() > 0.8
    same = (rate.hidden_active == spikes.hidden_active).all("hidden_neuron")
    assert same.mean() > 0.9
    assert "visible" not in spikes
