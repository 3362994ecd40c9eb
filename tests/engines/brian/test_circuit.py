"""The spiking circuit: its steps against NumPy, its calibration, and recalls."""

import dataclasses

import numpy as np
import pytest

import neurosim
from neurosim import InvalidInput, Network, patterns, recall
from neurosim.cells import MEMBRANES, Background, Membrane, Population, Synapses, get_population
from neurosim.engines import Circuit, from_record
from neurosim.engines.brian import calibration, runtime
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.populations import CircuitJob
from neurosim.measure.spiking import circuit_recall, population_response
from neurosim.nonlinearity import Sigmoid
from neurosim.request import RecallRequest
from neurosim.theory.firing import free_fluctuation

DT, K, N_H = 1e-4, 4, 2
QUIET = Background(17.5, 52.0, 0.0), Background(5.0, 20.0, 0.0)
SMALL = Population(n_cells=12)
FAST = Circuit(population=SMALL, dt=2e-4, codegen="numpy")


pytestmark = pytest.mark.usefixtures("own_calibrations")


def job(membrane, steps, *, record=()):
    population = Population(
        n_cells=K,
        membrane=membrane,
        background=QUIET[0],
        inhibitory_background=QUIET[1],
        synapses=Synapses(saturation=0.7),
    )
    drives = np.array([[1.2, -0.2], [0.7, 0.9]])
    request = RecallRequest(drives, 0 * drives, duration=steps * DT, dt=DT, record=record, record_dt=DT, seed=1)
    parameters = {"theta": [0.5, 0.4], "offset": [0.05, -0.05], "low": [0.0, 0.01], "high": [0.6, 0.7]}
    arrays = {name: np.array(value) for name, value in parameters.items()}
    coupling = np.array([[1.0, -0.1], [0.2, 0.9]])
    return CircuitJob(population, request, coupling=coupling, tau_v=0.1, tau_h=np.array([1e-3, 3e-3]), **arrays)


class Cells:
    """One class of cells without noise, stepped by the textbook: exponential Euler in mV, ms, nS, pA, pF."""

    def __init__(self, membrane, shape):
        self.membrane, self.v, self.w = membrane, np.full(shape, membrane.rest), np.zeros(shape)
        self.last = np.full(shape, -(10**6))

    def step(self, k, total, mean):
        m, free = self.membrane, k - self.last >= round(self.membrane.t_ref / DT)
        current = -self.w
        if m.slope:
            current = current + m.leak * m.slope * np.exp(np.minimum((self.v - m.threshold) / m.slope, 10))
        if m.cutoff:  # k (V − E_L)(V − V_T) less the leak, which is part of the mean
            k_per_mv = m.leak / (m.threshold - m.rest)
            product = k_per_mv * (self.v - m.rest) * (self.v - m.threshold)
            current = current + product + m.leak * (self.v - m.rest)
        target = mean[..., None] + current / total[..., None]
        moved = target + (self.v - target) * np.exp(-DT * 1e3 * total[..., None] / m.capacitance)
        w_end = m.subthreshold * (self.v - m.rest)
        self.v = np.where(free, moved, self.v)
        self.w = w_end + (self.w - w_end) * np.exp(-DT / m.tau_w)
        fired = free & (self.v > m.peak)
        self.v, self.w, self.last = (
            np.where(fired, m.reset, self.v),
            self.w + fired * m.jump,
            np.where(fired, k, self.last),
        )
        return fired


def by_numpy(circuit, steps):
    """Return h, S and the spikes of every class after so many steps."""
    p, s = circuit.population, circuit.population.synapses
    u, h = circuit.request.cues.copy(), circuit.request.hidden.copy()
    shape = u.shape
    gating, ampa, gaba = (np.zeros(shape) for _ in range(3))
    excitatory, inhibitory = Cells(p.membrane, (*shape, K)), Cells(p.inhibitory_membrane, (*shape, p.n_inhibitory))
    nmda, counts = np.zeros((*shape, K)), np.zeros((2, *shape))
    for k in range(steps):
        x = h - circuit.theta + circuit.offset
        e = np.maximum(p.background.excitation + s.drive_excitation * x, 0)
        i = np.maximum(p.background.inhibition - s.drive_inhibition * x, 0) + gaba
        total, total_i = p.membrane.leak + e + i, 20.0 + 5.0 + ampa + 20.0
        mean = (p.membrane.leak * p.membrane.rest + e * s.excitatory + i * s.inhibitory) / total
        mean_i = (20.0 * -70.0 + 20.0 * s.inhibitory) / total_i
        active = (gating - circuit.low) / (circuit.high - circuit.low) @ circuit.coupling.T
        fired = excitatory.step(k, total, mean), inhibitory.step(k, total_i, mean_i)
        u = active + (u - active) * np.exp(-DT / circuit.tau_v)
        h = u + (h - u) * np.exp(-DT / circuit.tau_h)
        nmda, gating = nmda * np.exp(-DT / s.tau_nmda), gating * np.exp(-DT / s.tau_nmda)
        ampa, gaba = ampa * np.exp(-DT / s.tau_ampa), gaba * np.exp(-DT / s.tau_gaba)
        gating = gating + (fired[0] * s.saturation * (1 - nmda)).sum(-1) / K
        nmda = nmda + fired[0] * s.saturation * (1 - nmda)
        ampa = ampa + fired[0].sum(-1) * s.to_inhibitory / K
        gaba = gaba + fired[1].sum(-1) * s.to_excitatory / p.n_inhibitory
        counts += np.stack([f.sum(-1) for f in fired])
    return h, gating, counts


@pytest.mark.parametrize("name", ["pyramidal", "exponential", "adaptive", "izhikevich"])
def test_without_noise_every_step_is_the_one_of_the_textbook(name):
    steps = 900
    circuit = job(name, steps, record=("gating",))
    found = runtime.simulate(circuit, codegen="numpy", report=None, report_period=10.0)[0]
    h, _, counts = by_numpy(circuit, steps)
    assert (counts[0] > 0).sum() >= 2 and counts[1].max() > 0
    np.testing.assert_array_equal(found["n_spikes"], counts[0])
    np.testing.assert_array_equal(found["n_inhibitory_spikes"], counts[1])
    np.testing.assert_allclose(found["hidden"], h, atol=1e-9)
    before = by_numpy(circuit, steps - 1)[1]
    np.testing.assert_allclose(found["gating_trace"][:, -1], before, atol=1e-9)


def test_the_calibration_normalises_known_curves(monkeypatch):
    curves = [0.02 + 0.7 / (1 + np.exp(-12 * (calibration.DRIVES - shift))) for shift in (0.1, 0.3)]
    monkeypatch.setattr(calibration, "curve", lambda *args: curves)
    for dale in (False, True):
        offset, low, high = calibration.calibrated(Population(centre=0.62), DT, dale=dale)
        used = curves[: 1 + dale]
        at = np.array([[np.interp(x + offset, calibration.DRIVES, each) for each in used] for x in (-0.5, 0.0, 0.5)])
        np.testing.assert_allclose([low, high], at[[0, 2]], atol=1e-9)
        assert abs(((at[1] - at[0]) / (at[2] - at[0])).mean() - 0.62) < 0.01
    assert offset > 0.15  # the second curve needs more drive
    with pytest.raises(InvalidInput, match="must switch on at its threshold"):
        calibration.offset(np.zeros((1, len(calibration.DRIVES))), 0.62)


def test_a_calibration_is_stored_and_measured_anew_after_any_change(monkeypatch):
    measured = []

    def response(population, drives, **options):
        measured.append(population)
        rising = np.clip(np.asarray(drives), 0, 0.5)
        return dict.fromkeys(("gating_trace", "inhibition_trace"), np.tile(rising[:, None, None], (1, 261, 1)))

    monkeypatch.setattr(calibration, "response", response)
    populations = [Population(n_cells=7), Population(n_cells=7, synapses=Synapses(tau_gaba=6e-3))]
    for population in populations * 2:
        calibration.curve.cache_clear()
        calibration.calibrated(population, DT)
    assert measured == [population.replace(centre=0.5) for population in populations]
    calibration.calibrated(populations[0], 2 * DT)
    assert len(measured) == 3
    calibration.curve.cache_clear()


@pytest.mark.parametrize("trains", [0.0, 4000.0])
def test_free_membranes_fluctuate_as_the_theory_says(trains):
    population = SMALL.replace(background=Background(trains=trains))
    found = population_response(population, [-0.5], seed=0, duration=2.3, dt=2e-4, codegen="numpy")
    total = 25.0 + 0.0 + 52.0 + 50.0  # without spikes there is no inhibition from within
    want = float(free_fluctuation(total, SMALL.membrane, SMALL.background))
    assert abs(float(found.free_std[0]) / want - 1) < 0.1
    assert abs(float(found.free_mean[0]) + 70) < 0.5  # leak and inhibition alone
    assert float(found.rate[0]) < 1


@pytest.mark.parametrize("membrane", ["exponential", "adaptive", "izhikevich"])
def test_populations_of_cells_that_are_not_leaky_have_no_free_membranes(membrane):
    population, drives = SMALL.replace(membrane=membrane), np.array([0.6, -0.6])
    options = {"duration": 0.6, "dt": 2e-4, "seed": 0, "codegen": "numpy"}
    found = population_response(population, drives, **options)
    alone = calibration.response(population, drives, record=("gating", "spikes"), **options)
    _, step, cue = alone["spikes_list"].T
    rates = np.bincount(cue[step * 2e-4 > 0.3], minlength=2) / 12 / 0.3
    np.testing.assert_allclose(found.rate, rates)
    assert found.rate[0] > 1 and 0 < float(found.gating.max()) <= 1
    np.testing.assert_allclose(found.gating, alone["gating_trace"][:, 60:, 0].mean(axis=1))
    for name in ("free_mean", "free_std", "excitatory_current", "inhibitory_current", "rate_theory"):
        assert np.isnan(found[name]).all()


def test_synaptic_currents_are_unknown_with_the_magnesium_block():
    options = {"duration": 0.6, "dt": 2e-4, "seed": 0, "codegen": "numpy"}
    blocked = SMALL.replace(synapses=Synapses(magnesium=1.0))
    plain, found = (population_response(one, np.array([-0.5]), **options) for one in (SMALL, blocked))
    assert np.isfinite(plain.excitatory_current).all() and np.isfinite(found.free_mean).all()
    assert np.isnan(found.excitatory_current).all() and np.isnan(found.inhibitory_current).all()


@pytest.mark.slow
def test_few_input_spikes_are_seen_one_by_one_on_the_membrane():
    excess = []
    for trains in (0.0, 100.0):
        population = SMALL.replace(background=Background(noise=300.0, trains=trains))
        options = {"dt": 2e-4, "duration": 3.0, "record": ("potential",), "witnesses": 10, "codegen": "numpy"}
        free = calibration.response(population, np.array([-0.5]), **options)["potential_trace"][0, 60:]
        around = free - free.mean()
        excess.append((around**4).mean() / (around**2).mean() ** 2 - 3)
    assert abs(excess[0]) < 0.4 and excess[1] > 0.6  # 4/(trains τ), filtered by the membrane: 2.0 for the current


@pytest.mark.slow
def test_a_circuit_of_izhikevich_cells_with_trains_recalls():
    background, synapses = Background(5.0, 16.0, 200.0, trains=4000.0), Synapses(drive_excitation=30.0)
    synapses = dataclasses.replace(synapses, drive_inhibition=30.0, to_excitatory=450.0)
    population = Population(n_cells=20, membrane="izhikevich", background=background, synapses=synapses)
    net, wanted = Network.gaussian(200, 2, seed=0, tau_v=0.4), patterns.all_hidden_states(2)
    engine = FAST.replace(population=population)
    out = recall(net, patterns.visible_cues(net, wanted), engine=engine, duration=1.0, seed=3, read_out=False)
    np.testing.assert_array_equal(out.hidden_active, wanted)


@pytest.fixture(scope="module")
def recalled():
    net = Network.gaussian(200, 2, seed=0, tau_v=0.2)
    cues = patterns.visible_cues(net, patterns.all_hidden_states(2))
    record = ["activity", "visible", "spikes", "inhibitory_spikes"]
    return net, recall(net, cues, engine=FAST, duration=0.8, record=record, record_dt=0.1, seed=3)


def test_it_recalls_every_state_and_counts_its_spikes(recalled):
    net, out = recalled
    wanted = patterns.all_hidden_states(2)
    np.testing.assert_array_equal(out.hidden_active, wanted)
    assert out.rates.values[wanted].min() > 5 and out.rates.values[~wanted].max() < 2
    counts = np.zeros((4, 2))
    np.add.at(counts, (out.spike_cue.values, out.spike_neuron.values), 1)
    np.testing.assert_array_equal(counts, out.n_spikes)
    np.testing.assert_allclose(counts / SMALL.n_cells / 0.8, out.rates)
    assert len(out.inhibitory_spike_time) == out.n_inhibitory_spikes.sum()
    v = neurosim.theory.visible_state(net, out.activity.values)
    decayed = np.exp(-0.8 / 0.2) * neurosim.patterns.visible_cues(net, wanted)
    np.testing.assert_allclose(out.visible, decayed + v, atol=1e-6)
    np.testing.assert_allclose(out.activity_trace.isel(time=-1), out.activity)


def test_its_record_makes_it_again(recalled):
    assert from_record(recalled[1].attrs["engine_settings"]) == FAST


@pytest.mark.slow
@pytest.mark.skipif(not compiler(), reason="needs a C++ compiler")
def test_a_compiled_program_takes_the_same_steps_as_the_interpreter():
    circuit = job("adaptive", 900)
    engine = Circuit(target="cpp_standalone")
    from neurosim.engines.brian.standalone import cpp

    compiled = cpp(circuit, codegen="auto", report=engine.report, report_period=10.0)[0]
    found = runtime.simulate(circuit, codegen="numpy", report=None, report_period=10.0)[0]
    for name in ("n_spikes", "n_inhibitory_spikes"):
        np.testing.assert_array_equal(compiled[name], found[name])
    np.testing.assert_allclose(compiled["hidden"], found["hidden"], atol=1e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Membrane(reset=-40), "reset must be below the threshold"),
        (lambda: Membrane(jump=80), "a cell that adapts must have a slope"),
        (lambda: Membrane(cutoff=-52), "cutoff must be a finite number > -50"),
        (lambda: Membrane(cutoff=30, slope=2), "a cell with a cutoff is quadratic and has no slope"),
        (lambda: Membrane(cutoff=30, rest=-40), "a quadratic cell must rest below its threshold"),
        (lambda: Background(trains=-1), "trains must be a finite number"),
        (lambda: Membrane(leak=0), "leak must be a finite number > 0"),
        (lambda: Population(n_cells=1, inhibitory_share=0), "a population must have an inhibitory cell"),
        (lambda: Population(membrane="purkinje"), "a membrane must be one of"),
        (lambda: Population(background=3), "background must be"),
        (lambda: Population(threshold_std=1, membrane="adaptive"), "threshold_std > 0 needs leaky membranes"),
        (lambda: Population(threshold_std=1, inhibitory_membrane="izhikevich"), "got 1 mV .* quadratic inhibitory"),
        (lambda: Synapses(saturation=1.5), "saturation must be a finite number"),
        (lambda: Circuit(target="gpu"), "target must be one of"),
        (lambda: Circuit(report=print), "report must be None"),
    ],
)
def test_parameters_are_checked(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_networks_that_it_does_not_describe_are_refused():
    net = Network.gaussian(20, 2, seed=0, tau_v=0.2)
    smooth = net.replace(hidden_activation=Sigmoid(gain=10))
    with pytest.raises(InvalidInput, match="the circuit needs Heaviside hidden units"):
        recall(smooth, net.weights.T, engine=FAST, seed=0)
    with pytest.raises(InvalidInput, match="the exact reduction"):
        recall(net.replace(tau_v=np.linspace(0.2, 0.3, 20)), net.weights.T, engine=FAST, seed=0)
    with pytest.warns(UserWarning, match="shorter than the time constant of the NMDA synapses"):
        FAST.request(net.replace(tau_v=0.02), net.weights.T, seed=0)


def test_populations_are_restored_from_their_records():
    for membrane in MEMBRANES:
        population = Population(n_cells=30, membrane=membrane, background=Background(noise=500))
        assert get_population(population.to_record()) == population
        assert dataclasses.replace(population).n_inhibitory == 8


def test_a_population_that_cannot_be_calibrated_recalls_nothing():
    population = SMALL.replace(background=Background(17.5, 52.0, 0.0), synapses=Synapses(drive_excitation=0.0))
    grid, sizes = {"noise_std": [0.0]}, {"n_hidden": 2, "visible_per_hidden": 50, "n_cues": 2, "duration": 0.2}
    found = circuit_recall(2, grid, engine=FAST.replace(population=population), seed=0, **sizes)
    assert float(found.recalled_rate[0]) == 1 and float(found.same_state[0]) == float(found.recalled_circuit[0]) == 0
    assert np.isnan(found.active_rate[0])


def test_rates_of_a_population_are_those_after_it_has_settled():
    x, options = np.array([0.2, 0.6]), {"dt": 2e-4, "duration": 0.7, "seed": 0, "codegen": "numpy"}
    record = ("gating", "potential", "spikes", "inhibitory_spikes")
    arrays = calibration.response(SMALL, x, record=record, witnesses=10, **options)
    found = population_response(SMALL, x.tolist(), **options)
    for kind, name, n in (("", "rate", 12), ("inhibitory_", "inhibitory_rate", SMALL.n_inhibitory)):
        _, step, cue = arrays[f"{kind}spikes_list"].T
        late = [[k > 1500 for k, c in zip(step, cue, strict=True) if c == drive] for drive in (0, 1)]
        assert all(0 < sum(each) < len(each) for each in late)
        np.testing.assert_allclose(found[name], [sum(each) / n / 0.4 for each in late])
