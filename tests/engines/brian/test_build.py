"""The function `Changes.build`: seeded random numbers on every target, failures that are named, nothing left behind."""

import gc
import random

import numpy as np
import pytest
from brian2.utils.logger import catch_logs

from neurosim import InvalidInput, Network, brian_network, patterns, recall
from neurosim.cells import Interneurons, OnOff, Regular
from neurosim.engines import Brian, Changes
from neurosim.engines.brian import programs, results, standalone
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.job import SYNAPSES_PER_RUN, Job

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
NET = Network.gaussian(20, 4, seed=0, tau_v=20e-3, tau_h=2e-3)
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(4)[[3, 6]])
DRAWS = {  # what differs between seeds: values drawn in Python, values and synapses drawn by Brian2
    "numpy": ("own.x = np.random.random(6)", "i=[0, 1, 2, 3], j=[0, 1, 2, 3]"),
    "Python": ("import random; own.x = [random.random() for _ in range(6)]", "i=[0, 1, 2, 3], j=[0, 1, 2, 3]"),
    "Brian2": ("own.x = 'rand()'", "p=0.5"),
}


def with_noise(values, connections):
    """Return changes with a drive of each hidden neuron by random numbers."""
    source = f"""
        def noise(network):
            own = NeuronGroup(6, "x : 1", name="own")
            {values}
            drive = Synapses(own, network["hidden"], "total_post = 0.4*x_pre : 1 (summed)", name="drive")
            drive.connect({connections})
            network.add(own, drive)
    """
    return Changes(equations={"hidden": "total : 1"}, terms={"h": "total"}, build=source)


def hidden(engine, seed, cues=CUES):
    return recall(NET, cues, engine=engine, duration=4e-3, seed=seed).hidden.values


@pytest.mark.parametrize(
    "kind", ["numpy", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("Python", "Brian2"))]
)
def test_the_seed_of_a_recall_determines_what_build_draws(kind, interpreted):
    engine = Brian(changes=with_noise(*DRAWS[kind]), codegen="numpy", dt=2e-4)
    assert engine.is_random
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    before, state = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    first, again, other = (hidden(engine, seed) for seed in (1, 1, 2))
    assert (np.random.get_state()[1] == before).all() and random.getstate() == state  # noqa: NPY002
    np.testing.assert_array_equal(first, again)
    assert abs(first - other).max() > 0.01
    networks = [brian_network(NET, CUES, engine=engine, seed=seed) for seed in (1, 1, 2)]
    drawn = [
        (np.array(network["own"].x), np.array(network["drive"].i), np.array(network["drive"].j)) for network in networks
    ]
    assert all(np.array_equal(a, b) for a, b in zip(drawn[0], drawn[1], strict=True))
    assert not np.array_equal(drawn[0][0], drawn[2][0])
    with pytest.raises(InvalidInput, match="seed="):
        recall(NET, CUES, engine=engine, duration=4e-3)


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["numpy", "Brian2"])
def test_compiled_programs_draw_by_the_seed_of_a_recall(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path))
    standalone.close()
    engine = Brian(changes=with_noise(*DRAWS[kind]), target="cpp_standalone", dt=2e-4)
    first, other, again = (hidden(engine, seed) for seed in (1, 2, 1))
    np.testing.assert_array_equal(first, again)
    assert abs(first - other).max() > 0.01
    if kind == "numpy":  # the same numbers on all targets
        at_runtime = hidden(engine.replace(target="runtime", codegen="numpy"), 1)
        np.testing.assert_allclose(first, at_runtime, atol=1e-12)
    assert len(list(programs.cache_folder().iterdir())) == 1
    standalone.close()


@pytest.mark.parametrize(
    "values",
    [
        "own.x = normal(size=6)",
        "own.x = brian2.permutation(6)",
        "from numpy.random import gumbel as f; own.x = f(size=6)",
        "import numpy.random as r; own.x = r.normal(size=6)",
        "from scipy import stats; own.x = stats.norm.rvs(size=6)",
        "own.x = 'poisson(3)'",
    ],
)
def test_random_functions_of_any_name_need_a_seed_and_obey_it(values, interpreted):
    changes = with_noise(values, "i=[0, 1, 2, 3], j=[0, 1, 2, 3]")
    engine = Brian(changes=changes, codegen="numpy", dt=2e-4)
    assert engine.is_random and changes.draws_in_build and changes.draws_in_python is ("'" not in values)
    with pytest.raises(InvalidInput, match="seed="):
        recall(NET, CUES, engine=engine, duration=4e-3)
    drawn = [np.array(brian_network(NET, CUES, engine=engine, seed=seed)["own"].x) for seed in (1, 1, 2)]
    assert (drawn[0] == drawn[1]).all() and (drawn[0] != drawn[2]).any()
    jobs = [Job(NET, engine.request(NET, CUES, duration=4e-3, seed=seed), engine) for seed in (1, 2)]
    assert (jobs[0].structure() == jobs[1].structure()) is ("'" in values)  # whether the numbers are in its arrays


@pytest.mark.parametrize("values", ["gamma = 2; own.x = gamma", "own.x = np.power(2, 3)", "own.x = linspace(0, 1, 6)"])
def test_a_build_that_draws_nothing_needs_no_seed(values):
    assert not with_noise(values, "i=0, j=0").is_random


def test_all_runs_of_a_request_have_what_was_drawn_once(monkeypatch):
    engine = Brian(changes=with_noise(*DRAWS["numpy"]), codegen="numpy", dt=2e-4)
    cues = np.repeat(CUES[:1], 2, axis=0)
    monkeypatch.setattr("neurosim.engines.brian.job.SYNAPSES_PER_RUN", 200)
    assert len(Job(NET, engine.request(NET, cues, duration=4e-3, seed=1), engine).batches()) == 2 < SYNAPSES_PER_RUN
    found = hidden(engine, 1, cues)
    np.testing.assert_array_equal(found[0], found[1])  # each run has one cue, and the same numbers


FAILING = {
    "build failed, in the line `network.nobody.x = 1`: AttributeError": "network.nobody.x = 1",
    r"build failed, in the line `network\['hidden'\]\.h = 1 \* mV`: DimensionMismatchError": (
        "network['hidden'].h = 1*mV"
    ),
    "build failed.*ZeroDivisionError: division by zero": "NeuronGroup(1, 'x : 1')\n    1 / 0",
    "build made synapses but did not add it": "Synapses(network['hidden'], network['hidden'])",
    "build made lost": "lost = NeuronGroup(1, 'x : 1', name='lost')\n    network.add(NeuronGroup(1, 'x : 1'))",
    r"build must not use np.random.default_rng\(\)": "np.random.default_rng().random()",
}


@pytest.mark.parametrize("message", FAILING)
def test_a_build_that_fails_names_what_failed_and_leaves_no_warnings(message):
    with catch_logs() as logs:
        with pytest.raises(InvalidInput, match=message):
            Brian(changes=Changes(build=f"def build(network):\n    {FAILING[message]}"))
        gc.collect()
    assert not logs


def test_refused_equations_leave_no_warnings():
    with catch_logs() as logs:
        with pytest.raises(InvalidInput, match="do not fit"):
            Brian(changes=Changes(terms={"h": "-wrong"}))
        gc.collect()
    assert not logs


def test_a_build_that_fails_for_one_network_only_is_named_there():
    source = "def build(network):\n    network.add(NeuronGroup(1, 'x : 1'))\n    assert len(network['hidden']) < 8"
    engine = Brian(changes=Changes(build=source), codegen="numpy")
    with catch_logs() as logs:
        with pytest.raises(InvalidInput, match=r"build failed, in the line `assert len.*AssertionError"):
            recall(NET, CUES, engine=engine, duration=4e-3)
        gc.collect()
    assert not logs


def test_parts_of_groups_need_not_be_added():
    source = """
        def build(network):
            part = network["hidden"][:1]
            own = Synapses(part, part)
            own.connect()
            network.add(own)
    """
    assert Brian(changes=Changes(build=source)).form(NET) == "summed"


def test_build_sets_the_initial_values_of_what_equations_add():
    """Hidden to visible synapses with short-term depression start with all resources, x = 1."""
    depressing = Changes(
        equations={
            "hidden_to_visible": "dx/dt = (1 - x)/tau_r - use*x*s_pre : 1 (clock-driven)\n"
            "v_in_post = w*x*s_pre/sqrt(N_h) : 1 (summed)"
        },
        build="def full(network):\n    network['hidden_to_visible'].x = 1",
        parameters={"tau_r": [0.2, "second"], "use": [10.0, "hertz"]},
    )
    engine, dt, steps = Brian(changes=depressing, codegen="numpy", dt=5e-5), 5e-5, 400
    found = recall(NET, CUES, engine=engine, duration=steps * dt)
    v, h, x = CUES.copy(), np.zeros((2, 4)), np.ones((2, 4))  # Euler's method
    for _ in range(steps):
        s = (h > NET.threshold).astype(float)
        dv = ((x * s) @ NET.weights.T / 2 - v) / 20e-3
        dh = (2 / 20 * v @ NET.weights - h) / 2e-3
        v, h, x = v + dt * dv, h + dt * dh, x + dt * ((1 - x) / 0.2 - 10 * x * s)
    np.testing.assert_allclose(found.visible, v, atol=0.01)
    whole = recall(NET, CUES, engine=engine.replace(changes=depressing.set(use=[0.0, "hertz"])), duration=steps * dt)
    assert abs(whole.visible - found.visible).max() > 0.05
    with pytest.raises(InvalidInput, match="build sets w of hidden_to_visible"):
        Brian(changes=depressing.replace(build="def full(network):\n    network['hidden_to_visible'].w = 1"))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("StateMonitor(network['hidden'], 'u', record=True, name='hidden_trace')", "hidden_trace"),
        ("StateMonitor(network['hidden'], 'u', record=True, name='settle')", "settle_time"),
        ("StateMonitor(network['hidden'], 'u', record=True, name='spike')", "spike_neuron"),
        ("NeuronGroup(1, 'x : 1', name='spikes')", "spikes"),
        ("*(StateMonitor(network['cells'], 'n_spikes', record=True, name=n) for n in ('x', 'x_n'))", None),
    ],
)
def test_names_of_the_variables_of_a_recall_are_taken(code, name):
    changes = Changes(build=f"def f(network):\n    network.add({code})")
    if name is None:
        assert Brian(changes=changes, cells="regular").changes == changes
    else:
        with pytest.raises(InvalidInput, match=f"since {name} is another variable of a recall"):
            Brian(changes=changes, cells="regular")


def test_all_variables_and_dimensions_of_a_recall_are_taken():
    cells = Regular(visible=OnOff(), interneurons=Interneurons())
    engine = Brian(cells=cells, codegen="numpy")
    out = recall(NET, CUES, engine=engine, duration=4e-3, seed=0, record=engine.recordable)
    assert {*out.variables, *out.dims} <= results.TAKEN
