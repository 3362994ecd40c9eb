"""Cues that are recalled in parts with one seed have one network, and noise of their own."""

import numpy as np
import pytest

from neurosim import Network, patterns, recall
from neurosim.cells import OnOff, Poisson, Population, Regular, Synapses
from neurosim.engines import Brian, Circuit, Function
from neurosim.engines.brian import circuit, population_values
from neurosim.engines.brian.job import Job
from neurosim.measure.recall import trials
from neurosim.measure.recall.trials import cue_damage, run_trials

NET = Network.gaussian(60, 6, seed=0)
CUES = patterns.visible_cues(NET, np.repeat([[1, 0, 1, 0, 1, 0]], 4, axis=0))
NUMPY = Brian(codegen="numpy", formulation="fastest")


def parts(engine, **options):
    """Return what two parts of the same cues record."""
    return [recall(NET, CUES, engine=engine, seed=3, first_cue=first, duration=20e-3, **options) for first in (0, 4)]


def test_random_thresholds_belong_to_the_network():
    first, second = parts(NUMPY.replace(cells=Regular(threshold_std=1.0)), record=["spikes"])
    assert first.n_spikes.identical(second.n_spikes) and "first_cue" not in first.attrs
    assert second.attrs["first_cue"] == 4 and second.attrs["seed"] == 3
    other = recall(NET, CUES, engine=NUMPY.replace(cells=Regular(threshold_std=1.0)), seed=4, duration=20e-3)
    assert not first.n_spikes.equals(other.n_spikes)


@pytest.mark.parametrize("cells", [Poisson(), Regular(noise=0.2), Regular(visible=OnOff(gain=300.0))])
def test_noise_and_phases_belong_to_the_cues(cells):
    first, second = parts(NUMPY.replace(cells=cells), record=["hidden"])
    assert not np.array_equal(first.hidden_trace, second.hidden_trace)
    again = recall(NET, CUES, engine=NUMPY.replace(cells=cells), seed=3, first_cue=4, duration=20e-3, record=["hidden"])
    assert np.array_equal(second.hidden_trace, again.hidden_trace)


def test_parts_share_a_compiled_program():
    cells = NUMPY.replace(cells=Poisson())
    made = [Job(NET, cells.request(NET, CUES, seed=3, first_cue=first, duration=20e-3), cells) for first in (0, 4)]
    assert made[0].structure() == made[1].structure()


def test_parts_of_a_circuit_have_one_wiring_and_threshold_of_each_cell():
    net = NET.replace(tau_v=0.4)
    population = Population(n_cells=4, threshold_std=1.0, synapses=Synapses(probability=0.5))
    engine = Circuit(population=population, dt=2e-4, codegen="numpy")
    jobs = [circuit.job(net, engine.request(net, CUES, seed=3, first_cue=first), engine) for first in (0, 4)]
    assert jobs[0].structure() == jobs[1].structure()
    values = [population_values.values(job, np.arange(4)) for job in jobs]
    assert np.array_equal(values[0]["excitatory", "peak"], values[1]["excitatory", "peak"])
    assert not np.array_equal(values[0]["excitatory", "I"], values[1]["excitatory", "I"])


def test_a_function_gets_a_seed_for_each_part():
    seeds = []

    def function(net, cues, *, duration, seed):
        seeds.append(seed)
        return np.zeros((len(cues), net.n_hidden), dtype=bool)

    parts(Function(function))
    assert seeds[0] == 3 != seeds[1]


def test_trials_in_parts_are_of_one_network(monkeypatch):
    targets, engine = np.repeat([[1, 0, 1, 0, 1, 0]], 6, axis=0), NUMPY.replace(cells=Regular(threshold_std=1.0))
    whole = run_trials(NET, targets, cue_damage(), seed=0, engine=engine, duration=20e-3)
    monkeypatch.setattr(trials, "CUE_BYTES", 8 * NET.n_visible * 2)
    cut = run_trials(NET, targets, cue_damage(), seed=0, engine=engine, duration=20e-3)
    assert np.array_equal(whole.agreement, cut.agreement) and len(np.unique(cut.agreement)) == 1
