"""Interneurons in the spiking model: each cell has one sign, and recall is as without interneurons."""

from dataclasses import replace

import brian2
import numpy as np
import pytest
import xarray
from spiking_nets import DT, NUMPY, STEPS, cues_for, network

import neurosim
from neurosim import InvalidInput, Network, Outcome, patterns, recall, theory
from neurosim.cells import Graded, Interneurons, OnOff, Regular, from_record
from neurosim.constraints import Dale, constrain
from neurosim.engines.brian.compilers import compiler
from neurosim.measure.constraints import dale_spiking
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.measure.statistics import proportion_interval
from neurosim.seeds import spawn_seeds

CELLS = Regular(delay=0, visible=OnOff(gain=200.0), interneurons=Interneurons(n_cells=3, rate=50.0))


def sparse_dale_network():
    net = Network.gaussian(1000, 10, seed=0, tau_v=dale_spiking.TAU_V, tau_h=dale_spiking.TAU_H)
    return constrain(net, dale_spiking.sparse_dale(0.1), seed=0)


pytestmark = pytest.mark.usefixtures("interpreted")


def after_one_spike(brian, group, number):
    """Let one cell fire, nothing else, and return how it moved everyone it reaches, by group."""
    brian.restore()
    state, value = {"cells": ("h", 10.0), "relays": ("x", 1.0), "on_off": ("phase", 1.5), "inhibitors": ("phase", 1.5)}[
        group
    ]
    getattr(brian[group], state)[number] = value
    watched = {"visible": "v", "hidden": "u", "relays": "x", "inhibitors": "phase"}
    before = {name: np.array(getattr(brian[name], variable)[:]) for name, variable in watched.items()}
    brian.run(DT * brian2.second)
    moved = {name: np.array(getattr(brian[name], variable)[:]) - before[name] for name, variable in watched.items()}
    if group in moved:
        moved[group][number] = 0  # its own reset
    return moved


@pytest.mark.slow
def test_every_cell_has_one_sign_and_their_sum_equals_weights_of_both_signs():
    net = network(feedback=0.5)
    brian = neurosim.brian_network(net, np.zeros((1, net.n_visible)), engine=STEPS.replace(cells=CELLS), seed=0)
    brian["inhibitors"].phase = 0.5
    brian["on_off"].phase = 0.5
    brian.store()
    scale = np.sqrt(net.n_hidden) / net.n_visible / (200 * 5e-3)
    for mu in range(net.n_hidden):
        excited = after_one_spike(brian, "cells", mu)
        inhibited = after_one_spike(brian, "relays", mu)
        assert excited["visible"].min() >= 0 >= inhibited["visible"].max()
        assert excited["relays"].sum() == 1 and not excited["hidden"].any() and not inhibited["hidden"].any()
        want = 2e-3 / 20e-3 * net.weights[:, mu] / np.sqrt(net.n_hidden)
        np.testing.assert_allclose(excited["visible"] + inhibited["visible"], want, rtol=0, atol=1e-12)
    taken = after_one_spike(brian, "inhibitors", 0)["hidden"]
    assert taken[0] < 0 and not taken[1:].any()
    for cell in range(0, 2 * net.n_visible, 13):
        effect = after_one_spike(brian, "on_off", cell)
        assert effect["hidden"].min() >= 0 and effect["inhibitors"].min() >= 0 and not effect["visible"].any()
        spikes = (
            effect["inhibitors"].reshape(net.n_hidden, 3).sum(axis=1)
        )  # of the three interneurons of a hidden neuron
        want = (1 if cell % 2 == 0 else -1) * scale * net.feedback_weights[:, cell // 2]
        np.testing.assert_allclose(effect["hidden"] + spikes * taken[0], want, rtol=0, atol=1e-12)


def test_the_circuit_recalls_as_the_folded_network():
    net = sparse_dale_network()
    wanted = patterns.random_hidden_states(10, 12, seed=1)
    cues = patterns.visible_cues(net, wanted, noise_std=0.5, seed=2)
    cells = replace(dale_spiking.CIRCUIT, noise=0.05)
    call = {"duration": 0.2, "seed": 3, "read_out": False}
    engines = (NUMPY.replace(cells=kind, dt=0.5e-3) for kind in (cells, replace(cells, interneurons=None)))
    circuit, folded = (recall(net, cues, engine=engine, **call) for engine in engines)
    same = (circuit.hidden_active == folded.hidden_active).all("hidden_neuron")
    assert proportion_interval(int(same.sum()), 12).lower > 0.6
    assert (circuit.hidden_active == wanted).all("hidden_neuron").mean() > 0.8
    assert (circuit.n_inhibitory_spikes > 0).all()
    late = circuit.n_spikes.sum("hidden_neuron") - circuit.n_inhibitory_spikes[:, 0]
    assert ((late >= 0) & (late <= 10)).all()  # a relay fires a step after its cell, so the last ones are to come


def test_the_drive_is_that_of_the_folded_network_in_the_mean():
    net = network(feedback=0.5, tau_v=50e-3, threshold=50.0)
    cue = 0.7 * cues_for(net, 1)
    current = neurosim.InputCurrent(cue, 0.2)  # holds v at the cue
    cells = replace(CELLS, interneurons=Interneurons(n_cells=20))
    call = {"input": current, "duration": 0.2, "seed": 1, "record": ["hidden"]}
    engines = (STEPS.replace(cells=kind) for kind in (cells, replace(cells, interneurons=None)))
    circuit, folded = (recall(net, cue, engine=engine, **call) for engine in engines)
    want = theory.drive(net, cue)[0]
    for out in (circuit, folded):
        np.testing.assert_allclose(out.hidden_trace[0, 500:].mean("time"), want, rtol=0, atol=0.03 * np.abs(want).max())
    assert want.min() < -0.1 and want.max() > 0.1


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_a_compiled_program_equals_brian2_in_this_process():
    net = network(feedback=0.5)
    for one in (net, net.replace(feedback=1.5 * net.feedback_weights, threshold=0.2)):  # the same program
        engine = STEPS.replace(cells=replace(CELLS, delay=0.5e-3))
        call = {"net": one, "cues": cues_for(one), "duration": 20e-3, "seed": 1}
        compiled = engine.replace(codegen="auto", target="cpp_standalone")
        got, want = recall(engine=compiled, **call), recall(engine=engine, **call)
        for name in ("hidden", "activity", "visible"):
            np.testing.assert_allclose(got[name], want[name], rtol=0, atol=1e-11, err_msg=name)
        np.testing.assert_array_equal(got.n_inhibitory_spikes, want.n_inhibitory_spikes)
        assert want.n_inhibitory_spikes.min() > 0


def test_a_cell_with_interneurons_is_restored_from_its_record():
    assert from_record(CELLS.to_record()) == CELLS and from_record(Regular().to_record()) == Regular()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"visible": Graded()}, "give visible=OnOff"),
        ({"interneurons": 3}, "interneurons must be Interneurons"),
    ],
)
def test_invalid_circuits_are_refused(wrong, message):
    with pytest.raises(InvalidInput, match=message):
        replace(CELLS, **wrong)
    with pytest.raises(InvalidInput, match="n_cells must be"):
        Interneurons(n_cells=0)
    with pytest.raises(InvalidInput, match="rate must be"):
        Interneurons(rate=0)


@pytest.mark.parametrize("split", [(0.8, 0.8, "pool"), (0.5, 1, "relay"), (1, 1, "none")])
def test_a_network_that_records_another_circuit_is_refused(split):
    net = constrain(network(), [Dale(*split)], seed=0)
    with pytest.raises(InvalidInput, match=r'the network has Dale\(.*use Dale\(1, 1, "relay"\)'):
        recall(net, cues_for(net)[:1], engine=NUMPY.replace(cells=CELLS), seed=0)


def test_constrained_networks_are_sparse_and_keep_their_own_drive():
    net = sparse_dale_network()
    assert 0.08 < (net.weights != 0).mean() < 0.12
    np.testing.assert_allclose(np.diag(theory.effective_coupling(net)), 1, rtol=1e-9)


def test_shares_and_rates_are_those_of_the_recalls(monkeypatch):
    # N_v = 8, N_h = 2, four cues, 5 τ_v = 0.25 s
    states, asked = {}, []

    def recall(net, cues, *, engine=None, duration=None, **_):
        kind = "rate" if engine is None else "folded" if engine.cells.interneurons is None else "circuit"
        asked.append((kind, engine and engine.cells.noise, duration))
        wrong = {"rate": [], "folded": [0], "circuit": [0, 1]}[kind]
        active = states["wanted"].copy()
        active[wrong] ^= True
        outcome = np.array([Outcome.SETTLED.value] * 4)
        outcome[3] = Outcome.TIMED_OUT.value if kind == "rate" else outcome[3]
        spikes = {  # twice 100 Hz and 60 Hz; 16 visible cells of 20 Hz; 2 relays of 80 Hz; 20 inhibitors of 12 Hz
            "n_spikes": (("cue", "hidden_neuron"), np.tile([25, 15], (4, 1))),
            "n_visible_spikes": ("cue", np.full(4, 80)),
            "n_inhibitory_spikes": (("cue", "kind"), np.tile([40, 60], (4, 1))),
        }
        return xarray.Dataset(
            {"hidden_active": (("cue", "hidden_neuron"), active), "outcome": ("cue", outcome), **spikes}
        )

    def targets(*arguments):
        states["wanted"] = np.array([[0, 1], [1, 0], [1, 1], [0, 0]], bool)
        return states["wanted"]

    monkeypatch.setattr(dale_spiking, "recall", recall)
    monkeypatch.setattr(dale_spiking, "random_targets", targets)
    found = dale_spiking.spiking_shares(seed=0, value=0.5, noise=0.3, n_hidden=2, visible_per_hidden=4.0, n_cues=4)
    assert asked == [("rate", None, None), ("folded", 0.3, 0.25), ("circuit", 0.3, 0.25)]
    assert found == pytest.approx(
        {
            "recalled_rate": 3 / 4,  # one did not settle
            "recalled_folded": 3 / 4,
            "recalled_circuit": 2 / 4,
            "same": 3 / 4,
            "n_recalls": 4,
            "rate_hidden": 80.0,
            "rate_visible": 20.0,
            "rate_relays": 80.0,
            "rate_inhibitors": 12.0,
        }
    )


def test_interneurons_act_with_the_delay_of_the_synapses_they_replace():
    net = Network.gaussian(20, 2, seed=0)
    cells = replace(CELLS, delay=1e-3)
    brian = neurosim.brian_network(net, np.zeros((1, 20)), engine=STEPS.replace(cells=cells), seed=0)
    for name in ("cells_to_visible", "relays_to_visible", "on_off_to_hidden", "on_off_to_inhibitors"):
        delay = np.asarray(brian[name].delay / brian2.second)
        np.testing.assert_allclose(delay, 1e-3, err_msg=name)
    for name in ("cells_to_relays", "inhibitors_to_hidden"):  # what is before or after acts at once
        assert not np.asarray(brian[name].delay / brian2.second).any(), name


def test_phases_of_interneurons_follow_the_seed():
    net = Network.gaussian(20, 2, seed=0)
    one, same, other = (
        np.array(
            neurosim.brian_network(net, np.zeros((1, 20)), engine=STEPS.replace(cells=CELLS), seed=seed)[
                "inhibitors"
            ].phase[:]
        )
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).all() and one.min() >= 0 and one.max() < 1


def test_the_size_of_a_circuit_is_the_number_of_its_synapses():
    from neurosim.engines.brian import inhibition

    net = Network.gaussian(20, 2, seed=0)
    cells = replace(CELLS, n_cells=4)
    brian = neurosim.brian_network(net, np.zeros((1, 20)), engine=STEPS.replace(cells=cells), seed=0)
    names = ("cells_to_relays", "relays_to_visible", "on_off_to_inhibitors", "inhibitors_to_hidden")
    assert cells.interneurons is not None
    assert inhibition.size(net, cells, cells.interneurons) == sum(len(brian[name]) for name in names)


def fixed_shares(*, seed, constraint, value, noise):
    return {"same": 1.0, "rate_hidden": 10.0 + 20 * (seed % 2)}


def test_equal_shares_have_a_clopper_pearson_interval_and_rates_a_t_interval():
    grid = {"noise": [0.1]}
    seed = next(s for s in range(20) if len({k % 2 for k in spawn_seeds(s, 2)}) == 2)  # rates of 10 and 30 Hz
    options = {"measure": fixed_shares, "seed": seed, "confidence": 0.5, "value": 0.1}
    found = constraint_sweep(2, {"dale": dale_spiking.sparse_dale}, grid, **options)
    assert (
        found.same_lower.item() == pytest.approx(0.25**0.5, rel=1e-4) and found.same_upper == 1
    )  # (α/2)^(1/n), all of n agree
    assert (found.rate_hidden_lower.item(), found.rate_hidden_upper.item()) == pytest.approx(
        (10, 30)
    )  # t = 1, error 10
    assert found.rate_hidden.attrs["units"] == "Hz"
