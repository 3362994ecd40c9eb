"""NIR graphs, simulated by the equations of NIR, give the spikes of Brian2."""

import json
import re

import numpy as np
import pytest

nir = pytest.importorskip("nir")

from nir_equations import Simulator

from neurosim import InvalidInput, Network, Sigmoid, patterns, recall, theory
from neurosim.cells import LIF, SCALE, OnOff, Poisson, Regular, jump_millivolts
from neurosim.engines import Brian
from neurosim.interop import from_nir, to_nir

DURATION = 40e-3


def network(**parameters):
    return Network.gaussian(100, 5, seed=0, **parameters)


def cues_for(net, count=2):
    targets = patterns.random_hidden_states(net.n_hidden, count, seed=1)
    return patterns.visible_cues(net, targets, noise_std=1.0, seed=2)


def in_brian(net, cues, cells, dt, seed=None):
    engine, recorded = Brian(cells=cells, codegen="numpy", dt=dt), ["spikes", "visible", "activity"]
    return recall(net, cues, engine=engine, duration=DURATION, record=recorded, seed=seed)


def in_nir(graph, net, cue, dt):
    """Return the steps and cells of the spikes, and v over time, from an impulse that sets v to the cue."""
    simulator = Simulator(graph, dt)
    simulator.kick("input", net.tau_v * cue)
    spikes, v = [], [simulator.v["visible"]]
    for k in range(round(DURATION / dt)):
        spikes += [(k + 1, cell) for cell in np.flatnonzero(simulator.step()["cells"])]
        v.append(simulator.v["visible"])
    return spikes, np.array(v)


def spikes_of(out, cue):
    mine = out.isel(spike=np.flatnonzero(out.spike_cue.values == cue))
    step = np.rint(mine.spike_time.values / out.attrs["dt"]).astype(int)
    cell = mine.spike_neuron.values * out.attrs["n_cells"] + mine.spike_cell.values
    return sorted(zip(step.tolist(), cell.tolist(), strict=True))


DT = 1e-4  # a refractory period of one step is none on the grid: Brian2's LIF is NIR's then
FEEDBACK = np.random.default_rng(5).standard_normal((5, 100))
SAME = {
    "regular": (network(), Regular()),
    "three cells, no delay": (network(), Regular(n_cells=3, delay=0.0)),
    "another t_ref and delay": (network(), Regular(t_ref=1.1e-3, delay=0.3e-3)),
    "separate feedback": (network(feedback=network().weights.T + FEEDBACK), Regular()),
    "a threshold and tau_h each": (
        network(threshold=np.linspace(0.2, 0.4, 5), tau_h=np.linspace(1e-3, 3e-3, 5), tau_v=15e-3),
        Regular(),
    ),
    "lif, t_ref of a step": (network(), LIF(t_ref=DT, delay=3 * DT, n_cells=2)),
}


@pytest.mark.parametrize("case", SAME)
def test_equations_of_nir_give_the_spikes_of_brian(case):
    net, cells = SAME[case]
    cues = cues_for(net)
    out = in_brian(net, cues, cells, dt=DT)
    graph = to_nir(net, cells, without_refractory=cells.resets)
    for c, cue in enumerate(cues):
        spikes, v = in_nir(graph, net, cue, DT)
        assert len(spikes) > 20  # else nothing but decay is compared
        assert spikes == spikes_of(out, c)
        np.testing.assert_allclose(v, out.visible_trace.values[c], rtol=0, atol=1e-12)


def test_an_impulse_moves_a_visible_neuron_as_a_spike_does():
    net, cells = network(), Regular(t_ref=3e-3, n_cells=2, delay=0.0)
    simulator = Simulator(to_nir(net, cells), DT)
    simulator.kick("cells", np.eye(10)[5])  # the second cell of hidden neuron 2
    jump = jump_millivolts(net.weights[:, 2], cells, float(net.tau_v), 5) / SCALE
    np.testing.assert_allclose(simulator.v["visible"], jump, rtol=1e-12)
    simulator.step()  # and the input of the hidden neurons is that of eq. (1b), filtered with τ_h
    drive = theory.drive(net, jump)
    fall = (np.exp(-DT / 20e-3) - np.exp(-DT / 1e-3)) / (1 - 1e-3 / 20e-3)
    np.testing.assert_allclose(simulator.v["membrane"], np.repeat(drive * fall, 2), rtol=1e-9)


def test_a_lif_without_its_refractory_period_is_another_network():
    # why to_nir refuses it unless asked for: the activity has no bound
    net, cells = network(), LIF()
    (cue,) = cues_for(net, 1)
    _, v = in_nir(to_nir(net, cells, without_refractory=True), net, cue, DT)
    out = in_brian(net, cue, cells, dt=DT)
    assert np.abs(v[-1]).max() > 5 * np.abs(out.visible).max()


def fired_if(s, net, cells):
    """Return the steps at which the cells of the graph fire if the threshold gives `s`, one value per step."""
    simulator = Simulator(to_nir(net, cells), DT)
    continuous = simulator._signal
    simulator._signal = lambda name: s[simulator.step_number - 1] if name == "threshold" else continuous(name)
    return [k for k in range(len(s)) if simulator.step()["cells"].all()]


def test_regular_cells_fire_at_the_same_times_for_any_step():
    net = Network.gaussian(2, 1, seed=0)
    for steps in range(1, 60):  # rounding must not cost a step now and then
        fired = fired_if(np.ones(4 * steps), net, Regular(t_ref=steps * DT))
        assert fired == [0, steps, 2 * steps, 3 * steps]


def test_after_a_pause_the_graph_fires_later_by_less_than_t_ref():
    s = np.array([1] * 5 + [0] * 30 + [1] * 40)
    fired = fired_if(s, network(), Regular())
    assert fired == [0, 35 + 15, 35 + 35]  # 5 of 20 steps had gone by; a refractory period would be over at 35


def test_poisson_cells_are_their_mean():
    net = network()
    cues = cues_for(net)
    out = in_brian(net, cues, Poisson(n_cells=500), seed=1, dt=DT)
    for c, cue in enumerate(cues):
        _, v = in_nir(to_nir(net, Poisson()), net, cue, DT)
        error = v - out.visible_trace.values[c]
        assert np.sqrt(np.mean(error**2)) < 0.05  # a regular spike moves v by 0.1 ξ/√5
        recalled = theory.visible_state(net, out.hidden_active.values[c])
        lead = error[:200].mean(axis=0) @ recalled / (recalled @ recalled)
        assert abs(lead) < 0.012  # did the first spike come at once instead of half-way, it would be 0.03


def test_on_off_cells_are_their_mean():
    net, cells = network(), Regular(visible=OnOff(gain=2000.0), delay=0.0)
    cues = cues_for(net)
    out = in_brian(net, cues, cells, seed=1, dt=DT)
    for c, cue in enumerate(cues):
        spikes, v = in_nir(to_nir(net, cells), net, cue, DT)
        assert len(spikes) == pytest.approx(len(spikes_of(out, c)), abs=3)
        assert np.sqrt(np.mean((v - out.visible_trace.values[c]) ** 2)) < 0.1


def test_on_off_cells_delay_both_ways():
    graph = to_nir(network(), Regular(visible=OnOff(), delay=0.5e-3))
    assert {("visible_to_hidden", "delay_to_hidden"), ("delay_to_hidden", "membrane")} <= set(graph.edges)
    assert {("cells", "delay_to_visible"), ("delay_to_visible", "hidden_to_visible")} <= set(graph.edges)
    assert {tuple(graph.nodes[f"delay_to_{layer}"].delay) for layer in ("visible", "hidden")} == {(0.5e-3,) * 5}  # pyright: ignore[reportAttributeAccessIssue]


CARRIED = {
    "regular": Regular(),
    "cells": Regular(n_cells=3, delay=0.0),
    "poisson": Poisson(t_ref=4e-3, noise=0.1, threshold_std=0.05, n_cells=2),
    "on_off": Regular(visible=OnOff(gain=50.0, stochastic=True)),
    "lif": LIF(delay=0.7e-3),
    "lif on_off": LIF(n_cells=2, visible=OnOff()),
}
NETWORKS = {
    "one of each": network(),
    "one for each": network(threshold=np.linspace(0.3, 0.7, 5), tau_h=np.linspace(1e-3, 3e-3, 5), feedback=FEEDBACK),
}


@pytest.mark.parametrize("case", NETWORKS)
@pytest.mark.parametrize("name", CARRIED)
def test_a_file_restores_network_and_cells(name, case, tmp_path):
    net = NETWORKS[case]
    nir.write(tmp_path / "net.nir", to_nir(net, CARRIED[name], without_refractory=True))
    again, cells = from_nir(nir.read(tmp_path / "net.nir"))
    assert cells == CARRIED[name]
    assert type(cells) is type(CARRIED[name])
    for part in ("weights", "threshold", "tau_v", "tau_h"):
        np.testing.assert_array_equal(getattr(again, part), getattr(net, part), strict=True)
    assert again.is_symmetric == net.is_symmetric
    np.testing.assert_array_equal(again.feedback_weights, net.feedback_weights)
    assert again.provenance == net.provenance and again.constraints == net.constraints


def test_changed_weights_are_read_from_the_graph():
    net = network()
    graph = to_nir(net, Regular(n_cells=2))
    graph.nodes["hidden_to_visible"].weight *= 2  # pyright: ignore[reportAttributeAccessIssue]
    graph.nodes["visible_to_hidden"].weight *= 2  # pyright: ignore[reportAttributeAccessIssue]
    for node in graph.nodes.values():  # and most tools save single precision
        for name, value in vars(node).items():
            if isinstance(value, np.ndarray) and value.dtype == np.float64:
                setattr(node, name, value.astype(np.float32))
    again, _ = from_nir(graph)
    assert again.is_symmetric
    np.testing.assert_allclose(again.weights, 2 * net.weights, rtol=1e-6)


REFUSED_CELLS = {
    "lif": ("lif", "no refractory period.*0.002 s.*without_refractory=True"),
    "slow": ("slow", r"t_ref = 0\.01 s; use visible=OnOff\(t_ref=0\) or visible=Graded\(\)"),
    "unknown": ("brain", "cells must be one of"),
}


@pytest.mark.parametrize("case", REFUSED_CELLS)
def test_cells_that_nir_cannot_describe_are_refused(case):
    cells, message = REFUSED_CELLS[case]
    with pytest.raises(InvalidInput, match=message):
        to_nir(network(), cells)


def test_networks_that_cannot_spike_are_refused():
    with pytest.raises(InvalidInput, match="Heaviside"):
        to_nir(network(hidden_activation=Sigmoid(20.0)))
    with pytest.raises(InvalidInput, match="one tau_v"):
        to_nir(network(tau_v=np.linspace(10e-3, 20e-3, 100)))
    with pytest.raises(InvalidInput, match=r"must be > 0 .* got -0\.1"):
        to_nir(network(threshold=-0.1), "lif", without_refractory=True)


def scale_the_membrane(graph):
    graph.nodes["membrane"].r *= 2


def let_one_cell_differ(graph):
    graph.nodes["hidden_to_visible"].weight[0, 1] += 1


def drop_an_edge(graph):
    graph.edges.pop()


def drop_a_node(graph):
    del graph.nodes["membrane"]


def another_kind(graph):
    graph.nodes["visible"] = nir.I(r=np.ones(100))


def forget(graph):
    graph.metadata.clear()


def another_format(graph):
    graph.metadata["neurosim"] = json.dumps({"format": "neurosim spiking network/0"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (scale_the_membrane, "r of node 'membrane' must agree"),
        (let_one_cell_differ, "weight of node 'hidden_to_visible' must agree"),
        (drop_an_edge, "nodes and edges"),
        (drop_a_node, "missing or of another kind: 'membrane'"),
        (another_kind, "missing or of another kind: .*tau"),
        (forget, "missing or different: 'neurosim'"),
        (another_format, "missing or different: neurosim spiking network/0"),
    ],
)
def test_a_graph_that_is_no_longer_this_model_is_refused(change, message):
    graph = to_nir(network(), Regular(n_cells=2))
    change(graph)
    with pytest.raises(InvalidInput, match=message):
        from_nir(graph)


def test_only_graphs_are_read():
    with pytest.raises(InvalidInput, match=r"must be a nir\.NIRGraph, got str; nir\.read"):
        from_nir("net.nir")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("cells", "present", "absent"),
    [
        (Regular(), "cue:.*time step:.*after a pause", "Poisson|noise|visible spikes|faster"),
        (LIF(), "refractory period of 0.002 s: cells fire faster", "Poisson"),
        (Poisson(noise=0.1), "Poisson firing: .* 500 Hz.*noise of 0.1", "refractory|spread"),
        (Regular(visible=OnOff()), r"visible spikes: OnOff\(gain=100", "Poisson"),
    ],
)
def test_metadata_list_what_other_simulators_ignore(cells, present, absent):
    text = to_nir(network(), cells, without_refractory=True).metadata["not_carried"]
    assert re.search(present, text, re.DOTALL)
    assert not re.search(absent, text)
