"""Synapses of the spiking circuit: every option against NumPy, step by step, and Dale's law."""

import dataclasses

import numpy as np
import pytest

from neurosim import Network, patterns, recall, theory
from neurosim.cells import Background, Population, ShortTerm, Synapses
from neurosim.engines import Circuit
from neurosim.engines.brian import calibration, population_values, runtime
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.populations import CircuitJob
from neurosim.inputs import InputCurrent
from neurosim.request import RecallRequest

DT, K, N_H, STEPS = 1e-4, 8, 2, 700
QUIET = Background(17.5, 52.0, 0.0), Background(5.0, 20.0, 0.0)
OPTIONS = {
    "current": {"current_based": True},
    "delay": {"delay": 1.5e-3},
    "magnesium": {"magnesium": 1.0},
    "wired": {"probability": 0.5},
    "wired, current, delay": {"probability": 0.5, "current_based": True, "delay": 1e-3},
    "depressing": {"short_term": ShortTerm(0.5, 0.2, 0.02), "delay": 1e-3},
    "wired, magnesium, facilitating": {"magnesium": 1.0, "probability": 0.5, "short_term": ShortTerm(0.2, 0.2, 1.5)},
}


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    """Keep the calibrations of these tests in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        calibration.curve.cache_clear()
        yield
    calibration.curve.cache_clear()


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
        low, high = np.stack([low, [0.0, 1e-9]]), np.stack([high, [30e-9, 40e-9]])
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


def by_numpy(circuit):
    """Return h, S before the last step, and the number of spikes of every population."""
    p, s, dale = circuit.population, circuit.population.synapses, circuit.dale
    n_i, plastic = p.n_inhibitory, s.short_term
    u, h, common, h_common = circuit.request.cues[:, :2].copy(), *np.zeros((3, 2, N_H))
    if dale:
        common = circuit.request.cues[:, 2:].copy()
    low, high = np.atleast_2d(circuit.low), np.atleast_2d(circuit.high)
    size = {"e": K, "i": n_i}
    cells = {"e": (p.membrane, p.background), "i": (p.inhibitory_membrane, p.inhibitory_background)}
    v = {x: np.full((2, N_H, size[x]), -70.0) for x in size}
    last, counts = {x: np.full(v[x].shape, -(10**6)) for x in size}, np.zeros((2, 2, N_H))
    group = {"e": "excitatory", "i": "inhibitory"}
    peak = {x: 1e3 * drawn(circuit, group[x], "peak") for x in size}
    lag = {x: np.zeros(v[x].shape, int) for x in size}
    if s.delay:
        lag = {x: np.round(drawn(circuit, f"{group[x]}_to_hidden", "delay") / DT).astype(int) for x in size}
    history = {x: [] for x in size}
    nmda, gating, opened = np.zeros(v["e"].shape), np.zeros((2, N_H)), np.zeros(v["e"].shape)
    ampa, gaba, mean_gaba = np.zeros(v["i"].shape), np.zeros(v["e"].shape), np.zeros((2, N_H))
    use, available, sent = (np.ones(v["e"].shape) for _ in range(3))
    if plastic:
        use *= plastic.release
    gatings = []
    for k in range(STEPS):
        gatings.append(gating)
        x = h - circuit.theta + circuit.offset
        e = s.drive_excitation * (x + h_common)[..., None]
        i = -s.drive_inhibition * (x - h_common)[..., None]
        if s.current_based:
            total, total_i = 25.0 + 17.5 + 52.0, 20.0 + 5.0 + 20.0
            pull = 25 * -70.0 + 52 * -70.0 + e * 50.0 + (i + gaba) * -20.0
            pull_i = 40.0 * -70.0 + ampa * 50.0
        else:
            excites, inhibits = np.maximum(17.5 + e, 0), np.maximum(52.0 + i, 0) + gaba
            total, total_i = 25.0 + excites + inhibits, 45.0 + ampa
            pull, pull_i = -70.0 * (25.0 + inhibits), -70.0 * 40.0
        if s.magnesium:
            def relief(potential):
                return 1 / (1 + s.magnesium / 3.57 * np.exp(-0.062 * potential))
            assert not s.current_based
            total = total + excites * (relief(v["e"]) / relief(-50.0) - 1)
        conductance, drive = {"e": total, "i": total_i}, {"e": pull, "i": pull_i}
        active = (gating - low[0]) / (high[0] - low[0])
        if dale:
            inhibits_more = (mean_gaba - 1e9 * low[1]) / (1e9 * (high[1] - low[1]))
            current = circuit.request.input.at(k, DT)
            goal = active @ circuit.coupling[0].T - inhibits_more @ circuit.coupling[1].T + current[:, :2]
            common_goal = active @ circuit.coupling[2].T - inhibits_more @ circuit.coupling[3].T + current[:, 2:]
        else:
            goal, common_goal = active @ circuit.coupling.T, np.zeros((2, N_H))
        fired = {}
        for x_, (membrane, _) in cells.items():
            target = drive[x_] / conductance[x_]
            moved = target + (v[x_] - target) * np.exp(-DT * 1e3 * conductance[x_] / membrane.capacitance)
            free = k - last[x_] >= round(membrane.t_ref / DT)
            v[x_] = np.where(free, moved, v[x_])
            fired[x_] = free & (v[x_] > peak[x_])
            v[x_], last[x_] = np.where(fired[x_], membrane.reset, v[x_]), np.where(fired[x_], k, last[x_])
            history[x_].append(fired[x_])
        u = goal + (u - goal) * np.exp(-DT / circuit.tau_v)
        common = common_goal + (common - common_goal) * np.exp(-DT / circuit.tau_v)
        h = u + (h - u) * np.exp(-DT / circuit.tau_h)
        h_common = common + (h_common - common) * np.exp(-DT / circuit.tau_h)
        nmda, gating = nmda * np.exp(-DT / s.tau_nmda), gating * np.exp(-DT / s.tau_nmda)
        ampa, gaba = ampa * np.exp(-DT / s.tau_ampa), gaba * np.exp(-DT / s.tau_gaba)
        mean_gaba = mean_gaba * np.exp(-DT / s.tau_gaba)
        released = 1.0
        if plastic:
            available = 1 + (available - 1) * np.exp(-DT / plastic.recovery)
            use = plastic.release + (use - plastic.release) * np.exp(-DT / plastic.facilitation)
            use = np.where(fired["e"], use + plastic.release * (1 - use), use)
            released = use * available
            sent = np.where(fired["e"], released / plastic.release, sent)
            available = np.where(fired["e"], available - released, available)
        opened = np.where(fired["e"], s.saturation * released * (1 - nmda), opened)
        nmda = nmda + np.where(fired["e"], opened, 0.0)
        arrived = {}
        for x_ in size:
            past = np.stack([np.zeros_like(fired[x_])] * 20 + history[x_][-20:])[-20:]
            arrived[x_] = np.take_along_axis(past, 19 - lag[x_][None], axis=0)[0]
        gating = gating + (arrived["e"] * opened).sum(-1) / K
        ampa = ampa + s.to_inhibitory * received(circuit, "excitatory", arrived["e"] * sent, n_i)
        gaba = gaba + s.to_excitatory * received(circuit, "inhibitory", 1.0 * arrived["i"], K)
        mean_gaba = mean_gaba + s.to_excitatory * arrived["i"].mean(-1)
        counts += np.stack([fired[x_].sum(-1) for x_ in size])
    return h, gatings[-1], counts


def same(circuit, found):
    h, gating, counts = by_numpy(circuit)
    assert (counts[0] > 0).sum() >= 3 and counts[1].max() > 0
    np.testing.assert_array_equal(found["n_spikes"], counts[0])
    np.testing.assert_array_equal(found["n_inhibitory_spikes"], counts[1])
    np.testing.assert_allclose(found["hidden"], h, atol=1e-8)
    np.testing.assert_allclose(found["gating_trace"][:, -1], gating, atol=1e-8)


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
