"""Synapses of the spiking circuit: every option against NumPy, step by step, and Dale's law."""

import dataclasses

import numpy as np
import pytest

from neurosim import Network, patterns, recall, theory
from neurosim.cells import Background, Population, ShortTerm, Synapses
from neurosim.engines import Circuit
from neurosim.engines.brian import population_values, runtime
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.populations import CircuitJob
from neurosim.inputs import InputCurrent
from neurosim.measure.spiking import population_response
from neurosim.request import RecallRequest

DT, K, N_H, STEPS = 1e-4, 8, 2, 700
QUIET = Background(17.5, 52.0, 0.0), Background(5.0, 20.0, 0.0)
GROUP = {"e": "excitatory", "i": "inhibitory"}
OPTIONS = {
    "current": {"current_based": True},
    "delay": {"delay": 1.5e-3},
    "magnesium": {"magnesium": 1.0},
    "wired": {"probability": 0.5},
    "wired, current, delay": {"probability": 0.5, "current_based": True, "delay": 1e-3},
    "depressing": {"short_term": ShortTerm(0.5, 0.2, 0.02), "delay": 1e-3},
    "wired, magnesium, facilitating": {"magnesium": 1.0, "probability": 0.5, "short_term": ShortTerm(0.2, 0.2, 1.5)},
}


pytestmark = pytest.mark.usefixtures("own_calibrations")


def job(options, *, dale=False, spread=0.0):
    population = Population(
        n_cells=K,
        background=QUIET[0],
        inhibitory_background=QUIET[1],
        synapses=Synapses(saturation=0.7, **options),
        threshold_std=spread,
    )
    drives = np.array([[1.2, -0.2], [0.7, 0.9]])
    coupling, current = np.array([[1.0, -0.1], [0.2, 0.9]]), None
    low, high = np.array([0.0, 0.01]), np.array([0.6, 0.7])
    if dale:
        coupling = np.stack([0.5 * coupling + 0.1, 0.1 - 0.5 * coupling, 0.1 * coupling + 0.05, 0.02 - 0.1 * coupling])
        drives = np.concatenate([drives, [[0.1, -0.05], [0.0, 0.1]]], axis=1)
        current = InputCurrent(np.stack([np.zeros((2, 4)), 0.2 * drives]), 0.02)
        low, high = np.stack([low, [0.0, 0.02]]), np.stack([high, [0.7, 0.8]])
    h = np.zeros((2, N_H))
    request = RecallRequest(drives, h, duration=STEPS * DT, dt=DT, record=("gating",), record_dt=DT, seed=1)
    request = dataclasses.replace(request, input=current)
    parameters = {"theta": np.array([0.5, 0.4]), "offset": np.array([0.05, -0.05]), "low": low, "high": high}
    return CircuitJob(population, request, coupling=coupling, tau_v=0.1, tau_h=np.array([1e-3, 3e-3]), **parameters)


def drawn(circuit, group, name):
    """Return a variable of the cells of a class, (cue, hidden, cell)."""
    found = population_values.values(circuit, np.arange(2))[group, name]
    return np.reshape(found, (2, N_H, -1))


def received(circuit, source, arrived, n_target):
    """Return the mean over its sources of what arrives at each cell, (cue, hidden, target); `arrived` (…, source)."""
    if circuit.population.synapses.probability == 1:
        return np.broadcast_to(arrived.mean(-1)[..., None], (2, N_H, n_target))
    n_source = arrived.shape[-1]
    degree = population_values.in_degree(circuit.population, n_source)
    chosen = population_values.sources(circuit, source, n_source, n_target, degree)
    return np.take_along_axis(arrived[:, :, None], chosen, axis=-1).mean(-1)


class Textbook:
    """The circuit without noise in mV, ms, nS and pF, stepped one by one."""

    def __init__(self, circuit):
        self.circuit, self.p, self.s = circuit, circuit.population, circuit.population.synapses
        n_i, shape = self.p.n_inhibitory, (2, N_H)
        self.u, self.h, self.common, self.h_common = circuit.request.cues[:, :2].copy(), *np.zeros((3, *shape))
        if circuit.dale:
            self.common = circuit.request.cues[:, 2:].copy()
        self.low, self.high = np.atleast_2d(circuit.low), np.atleast_2d(circuit.high)
        self.membrane = {"e": self.p.membrane, "i": self.p.inhibitory_membrane}
        self.v = {"e": np.full((*shape, K), -70.0), "i": np.full((*shape, n_i), -70.0)}
        self.last = {x: np.full(v.shape, -(10**6)) for x, v in self.v.items()}
        self.peak = {x: 1e3 * drawn(circuit, GROUP[x], "peak") for x in GROUP}
        self.lag = {x: np.zeros(v.shape, int) for x, v in self.v.items()}
        if self.s.delay:
            delays = {x: drawn(circuit, f"{GROUP[x]}_to_hidden", "delay") for x in GROUP}
            self.lag = {x: np.round(delay / DT).astype(int) for x, delay in delays.items()}
        self.past = {x: [np.zeros(v.shape, bool)] * 20 for x, v in self.v.items()}
        self.gate = {x: np.zeros(v.shape) for x, v in self.v.items()}
        self.opened, self.mean_gate = dict(self.gate), {x: np.zeros(shape) for x in GROUP}
        self.ampa, self.gaba = np.zeros(self.v["i"].shape), np.zeros(self.v["e"].shape)
        self.available, self.sent = np.ones((2, *shape, K))
        self.facilitated = np.zeros((*shape, K))
        self.a, self.counts = np.zeros((2, *shape)), np.zeros((2, *shape))

    def membranes(self):
        """Return conductance, and its product with the potential to which it leads, of either class."""
        s, x = self.s, self.h - self.circuit.theta + self.circuit.offset
        e = s.drive_excitation * (x + self.h_common)[..., None]
        i = -s.drive_inhibition * (x - self.h_common)[..., None]
        if s.current_based:
            pull = 25 * -70.0 + 52 * -70.0 + e * 50.0 + (i + self.gaba) * -20.0
            return {"e": 94.5 + 0 * pull, "i": 45.0 + 0 * self.ampa}, {"e": pull, "i": 40.0 * -70.0 + self.ampa * 50.0}
        excites, inhibits = np.maximum(17.5 + e, 0), np.maximum(52.0 + i, 0) + self.gaba
        total = 25.0 + excites + inhibits
        if s.magnesium:
            relief = 1 / (1 + s.magnesium / 3.57 * np.exp(-0.062 * np.stack([self.v["e"], 0 * self.v["e"] - 50.0])))
            total = total + excites * (relief[0] / relief[1] - 1)
        pulls = {"e": -70.0 * (25.0 + inhibits), "i": -70.0 * 40.0 + 0 * self.ampa}
        return {"e": total, "i": 45.0 + self.ampa}, pulls

    def goals(self, k):
        """Return what u and u_c tend to."""
        gates = (self.mean_gate["e"], self.mean_gate["i"])
        s = [(g - a) / (b - a) for g, a, b in zip(gates, self.low, self.high, strict=False)]
        self.a[: len(s)] = s + (self.a[: len(s)] - s) * np.exp(-DT / self.circuit.tau_v)
        if not self.circuit.dale:
            return s[0] @ self.circuit.coupling.T, np.zeros((2, N_H))
        j, current = self.circuit.coupling, self.circuit.request.input.at(k, DT)
        return tuple(s[0] @ j[2 * n].T - s[1] @ j[2 * n + 1].T + current[:, 2 * n : 2 * n + 2] for n in (0, 1))

    def step(self, k):
        conductance, pull = self.membranes()
        goal, common_goal = self.goals(k)
        for x, membrane in self.membrane.items():
            target = pull[x] / conductance[x]
            moved = target + (self.v[x] - target) * np.exp(-DT * 1e3 * conductance[x] / membrane.capacitance)
            free = k - self.last[x] >= round(membrane.t_ref / DT)
            v = np.where(free, moved, self.v[x])
            fired = free & (v > self.peak[x])
            self.v[x], self.last[x] = np.where(fired, membrane.reset, v), np.where(fired, k, self.last[x])
            self.past[x] = [*self.past[x][1:], fired]
        self.u = goal + (self.u - goal) * np.exp(-DT / self.circuit.tau_v)
        self.common = common_goal + (self.common - common_goal) * np.exp(-DT / self.circuit.tau_v)
        self.h = self.u + (self.h - self.u) * np.exp(-DT / self.circuit.tau_h)
        self.h_common = self.common + (self.h_common - self.common) * np.exp(-DT / self.circuit.tau_h)
        self.synapses({x: self.past[x][-1] for x in GROUP})
        self.counts += np.stack([self.past[x][-1].sum(-1) for x in GROUP])

    def synapses(self, fired):
        s, plastic, released = self.s, self.s.short_term, {"e": 1.0, "i": 1.0}
        if plastic:
            available = 1 + (self.available - 1) * np.exp(-DT / plastic.recovery)
            before = self.facilitated * np.exp(-DT / plastic.facilitation)  # the form with u = 0 at rest
            use = before + plastic.release * (1 - before)
            released["e"] = use * available
            self.sent = np.where(fired["e"], released["e"] / plastic.release, self.sent)
            self.available = np.where(fired["e"], available - released["e"], available)
            self.facilitated = np.where(fired["e"], use, before)
        arrived = {}
        for x, tau in (("e", s.tau_nmda), ("i", s.tau_gaba_b)):
            gate = self.gate[x] * np.exp(-DT / tau)
            self.opened[x] = np.where(fired[x], s.saturation * released[x] * (1 - gate), self.opened[x])
            self.gate[x] = gate + np.where(fired[x], self.opened[x], 0.0)
            arrived[x] = 1.0 * np.take_along_axis(np.stack(self.past[x]), 19 - self.lag[x][None], axis=0)[0]
            self.mean_gate[x] = self.mean_gate[x] * np.exp(-DT / tau) + (arrived[x] * self.opened[x]).mean(-1)
        excites = received(self.circuit, "excitatory", arrived["e"] * self.sent, self.p.n_inhibitory)
        inhibits = received(self.circuit, "inhibitory", arrived["i"], K)
        self.ampa = self.ampa * np.exp(-DT / s.tau_ampa) + s.to_inhibitory * excites
        self.gaba = self.gaba * np.exp(-DT / s.tau_gaba) + s.to_excitatory * inhibits


def by_numpy(circuit):
    """Return h, S before the last step, the traces a and a_i, and the number of spikes of every population."""
    textbook = Textbook(circuit)
    for k in range(STEPS):
        before = textbook.mean_gate["e"]
        textbook.step(k)
    return textbook.h, before, textbook.a, textbook.counts


def same(circuit, found):
    h, gating, traces, counts = by_numpy(circuit)
    assert (counts[0] > 0).sum() >= 3 and counts[1].max() > 0
    np.testing.assert_array_equal(found["n_spikes"], counts[0])
    np.testing.assert_array_equal(found["n_inhibitory_spikes"], counts[1])
    np.testing.assert_allclose(found["hidden"], h, atol=1e-8)
    np.testing.assert_allclose(found["gating_trace"][:, -1], gating, atol=1e-8)
    np.testing.assert_allclose(found["activity"], traces[0], atol=1e-8)
    if circuit.dale:
        np.testing.assert_allclose(found["inhibitory_activity"], traces[1], atol=1e-8)


@pytest.mark.parametrize("name", OPTIONS)
def test_without_noise_every_kind_of_synapse_takes_the_steps_of_the_textbook(name):
    circuit = job(OPTIONS[name], spread=0.7)
    same(circuit, runtime.simulate(circuit, codegen="numpy", report=None, report_period=10.0)[0])


@pytest.mark.parametrize("current_based", [False, True])
def test_with_dales_law_excitation_and_inhibition_are_driven_apart(current_based):
    circuit = job({"current_based": current_based}, dale=True)
    same(circuit, runtime.simulate(circuit, codegen="numpy", report=None, report_period=10.0)[0])


@pytest.mark.slow
@pytest.mark.skipif(not compiler(), reason="needs a C++ compiler")
@pytest.mark.parametrize("dale", [False, True])
def test_compiled_programs_have_the_delays_and_the_wiring_of_the_interpreter(dale):
    from neurosim.engines.brian.standalone import cpp

    circuit = job(OPTIONS["wired, current, delay"], dale=dale, spread=0.7)
    same(circuit, cpp(circuit, codegen="auto", report=None, report_period=10.0)[0])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"probability": 0.5}, {"probability": 0.4}, False),
        ({}, {"delay": 1e-3}, False),
        ({"delay": 1e-3}, {"delay": 2e-3}, True),
        ({"magnesium": 1.0}, {"magnesium": 2.0}, True),
    ],
)
def test_a_program_serves_all_numbers_that_are_not_built_into_it(one, other, same):
    assert (job(one).structure() == job(other).structure()) is same


def test_constant_drives_have_a_wiring_of_their_own_for_each_cue():
    coupled = job({"probability": 0.5})
    alone = dataclasses.replace(coupled, tau_v=float("inf"))
    wirings = [population_values.sources(one, "excitatory", K, 2, 4) for one in (coupled, alone)]
    assert not np.array_equal(*wirings) and coupled.structure() != alone.structure()


def test_signed_couplings_add_up_to_the_coupling_and_mix_no_signs():
    net = Network.gaussian(300, 4, seed=1).replace(feedback=np.random.default_rng(0).standard_normal((4, 300)))
    excites, inhibits, common, common_inhibits = theory.signed_couplings(net)
    np.testing.assert_allclose(excites - inhibits, theory.effective_coupling(net), atol=1e-12)
    assert min(common.min(), common_inhibits.min()) > 0
    positive, negative = (np.maximum(sign * net.feedback_weights, 0) for sign in (1, -1))
    for matrix, weights in ((excites, net.weights.clip(0)), (inhibits, (-net.weights).clip(0))):
        np.testing.assert_allclose(matrix, (positive - negative) @ weights / 300, atol=1e-12)
    np.testing.assert_allclose(common - common_inhibits, np.abs(net.feedback_weights) @ net.weights / 300, atol=1e-12)
    v = np.random.default_rng(1).standard_normal((2, 300))
    np.testing.assert_allclose(theory.common_drive(net, v), 2 / 300 * v @ np.abs(net.feedback_weights).T, atol=1e-12)


@pytest.mark.parametrize("current_based", [False, True])
def test_with_dales_law_every_state_is_recalled_and_read_out(current_based):
    population = Population(n_cells=20, synapses=Synapses(current_based=current_based))
    engine = Circuit(population=population, dale=True, dt=2e-4, codegen="numpy")
    net, states = Network.gaussian(400, 2, seed=0, tau_v=0.2), patterns.all_hidden_states(2)
    cues = patterns.visible_cues(net, states)
    out = recall(net, cues, engine=engine, duration=0.8, record=["visible"], record_dt=0.1, seed=3)
    np.testing.assert_array_equal(out.hidden_active, states)
    a, a_i = out.activity.values, out.inhibitory_activity.values
    assert np.abs(a - a_i).max() > 0.02  # the cells of both kinds respond differently
    v = (a @ net.weights.clip(0).T - a_i @ (-net.weights).clip(0).T) / np.sqrt(2) + np.exp(-0.8 / 0.2) * cues
    np.testing.assert_allclose(out.visible, v, atol=1e-9)
    np.testing.assert_allclose(out.visible_trace[:, -1], v, atol=1e-9)


def test_theory_of_firing_holds_for_currents_as_for_conductances():
    # Slow fluctuations would need a further correction: a short time constant of the background.
    background = Background(17.5, 52.0, 1600.0, 0.5e-3), Background(5.0, 20.0, 500.0, 0.5e-3)
    kinds = {"background": background[0], "inhibitory_background": background[1], "n_cells": 60}
    population = Population(synapses=Synapses(current_based=True, to_excitatory=0), **kinds)
    found = population_response(population, [-0.1, 0.1], seed=0, duration=0.9, dt=1e-4, codegen="numpy")
    np.testing.assert_allclose(found.rate, found.rate_theory, rtol=0.1)
    np.testing.assert_allclose(found.gating, found.gating_theory, atol=0.06)
