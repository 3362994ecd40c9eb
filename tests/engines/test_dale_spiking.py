"""Interneurons in the spiking network: every cell has one sign, and the memory is the one without them."""

from dataclasses import replace

import brian2
import numpy as np
import pytest
from spiking_nets import NUMPY, cues_for, network

import neurosim
from analysis import dale_spiking
from analysis.statistics import proportion_interval
from neurosim import InvalidInput, patterns, recall, theory
from neurosim.constraints import Dale, constrain
from neurosim.engines.brian.compilers import compiler
from neurosim.spiking import Graded, Interneurons, OnOff, RegularFiring, from_record, to_record

CELLS = RegularFiring(delay=0, visible=OnOff(gain=200.0), interneurons=Interneurons(n_cells=3, rate=50.0))
DT = 1e-4


@pytest.fixture(autouse=True)
def interpreted():
    """Run what a test itself builds with numpy: quicker than compiling."""
    before = brian2.prefs["codegen.target"]
    brian2.prefs["codegen.target"] = "numpy"
    yield
    brian2.prefs["codegen.target"] = before


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


def test_every_cell_has_one_sign_and_together_they_do_what_weights_of_both_signs_do():
    net = network(feedback=0.5)
    brian = neurosim.brian_network(net, np.zeros((1, net.n_visible)), model="spiking", variant=CELLS, seed=0, dt=DT)
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
        told = after_one_spike(brian, "on_off", cell)
        assert told["hidden"].min() >= 0 and told["inhibitors"].min() >= 0 and not told["visible"].any()
        spikes = told["inhibitors"].reshape(net.n_hidden, 3).sum(axis=1)  # that it asks of a hidden neuron's three
        want = (1 if cell % 2 == 0 else -1) * scale * net.feedback_weights[:, cell // 2]
        np.testing.assert_allclose(told["hidden"] + spikes * taken[0], want, rtol=0, atol=1e-12)


def test_the_circuit_recalls_what_the_folded_network_recalls():
    net = dale_spiking.constrained(10, 0.1, 100.0, seed=0)
    wanted = patterns.random_hidden_states(10, 12, seed=1)
    cues = patterns.visible_cues(net, wanted, noise_std=0.5, seed=2)
    cells = replace(dale_spiking.CIRCUIT, noise=0.05)
    call = {"duration": 0.2, "dt": 0.5e-3, "seed": 3, "read_out": False, **NUMPY}
    circuit, folded = (recall(net, cues, variant=v, **call) for v in (cells, replace(cells, interneurons=None)))
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
    call = {"input": current, "duration": 0.2, "dt": DT, "seed": 1, "record": ["hidden"], **NUMPY}
    circuit, folded = (recall(net, cue, variant=v, **call) for v in (cells, replace(cells, interneurons=None)))
    want = theory.drive(net, cue)[0]
    for out in (circuit, folded):
        np.testing.assert_allclose(out.hidden_trace[0, 500:].mean("time"), want, rtol=0, atol=0.03 * np.abs(want).max())
    assert want.min() < -0.1 and want.max() > 0.1


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_a_compiled_program_gives_what_brian2_gives_in_this_process():
    net = network(feedback=0.5)
    for one in (net, net.replace(feedback=1.5 * net.feedback_weights, threshold=0.2)):  # the same program
        call = {"variant": replace(CELLS, delay=0.5e-3), "duration": 20e-3, "dt": DT, "seed": 1, "model": "spiking"}
        call |= {"net": one, "cues": cues_for(one), "engine": "brian"}
        got, want = recall(target="cpp_standalone", **call), recall(codegen="numpy", **call)
        for name in ("hidden", "activity", "visible"):
            np.testing.assert_allclose(got[name], want[name], rtol=0, atol=1e-11, err_msg=name)
        np.testing.assert_array_equal(got.n_inhibitory_spikes, want.n_inhibitory_spikes)
        assert want.n_inhibitory_spikes.min() > 0


def test_a_variant_with_interneurons_survives_its_record():
    assert from_record(to_record(CELLS)) == CELLS and from_record(to_record(RegularFiring())) == RegularFiring()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"visible": Graded()}, "give visible=OnOff"),
        ({"interneurons": 3}, "interneurons must be Interneurons"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InvalidInput, match=message):
        replace(CELLS, **wrong)
    with pytest.raises(InvalidInput, match="n_cells must be"):
        Interneurons(n_cells=0)
    with pytest.raises(InvalidInput, match="rate must be"):
        Interneurons(rate=0)


@pytest.mark.parametrize("split", [(0.8, 0.8, "pool"), (0.5, 1, "relay"), (1, 1, "none")])
def test_a_network_that_records_another_circuit_is_refused(split):
    net = constrain(network(), [Dale(*split)], seed=0)
    with pytest.raises(InvalidInput, match=r'network.s record has Dale\(.*use Dale\(1, 1, "relay"\)'):
        recall(net, cues_for(net)[:1], variant=CELLS, seed=0, **NUMPY)


def test_constrained_networks_are_sparse_and_keep_their_own_drive():
    net = dale_spiking.constrained(10, 0.1, 100.0, seed=0)
    assert 0.08 < (net.weights != 0).mean() < 0.12
    np.testing.assert_allclose(np.diag(theory.effective_coupling(net)), 1, rtol=1e-9)
