"""The Brian2 engine in this process against the NumPy reference on the same grid."""

import os

import brian2
import numpy as np
import pytest

import neurosim
from neurosim import InvalidInput, Network, Sigmoid, Unavailable, errors, patterns, recall
from neurosim.engines import Brian, Reference
from neurosim.engines.brian import compilers, job, runtime
from neurosim.equations import FORMULATIONS

NUMPY = Brian(codegen="numpy")


def cues_for(net, count=6, noise_std=1.0):
    targets = patterns.random_hidden_states(net.n_hidden, count, seed=1)
    return patterns.visible_cues(net, targets, noise_std=noise_std, seed=2)


def error(one, other, name):
    return float(np.abs(one[name] - other[name]).max())


FEEDBACK = np.random.default_rng(5).standard_normal((10, 100))
NETWORKS = {
    "ratio 0.5": {"tau_v": 0.5e-3, "threshold": 0.2},
    "ratio 1": {"tau_v": 1e-3},
    "ratio 1 + 1e-9": {"tau_v": 1e-3 * (1 + 1e-9)},
    "ratio 20": {"tau_v": 20e-3},
    "asymmetric": {"feedback": FEEDBACK},
    "one threshold a neuron": {"threshold": np.linspace(0.3, 0.7, 10)},
    "one tau_h a neuron": {"tau_h": np.linspace(1e-3, 3e-3, 10)},
    "tau_v among the tau_h": {"tau_h": np.linspace(1e-3, 3e-3, 10), "tau_v": 1e-3},
    "starts above a negative threshold": {"threshold": -0.2},
}


def network(**parameters):
    net = Network.gaussian(100, 10, seed=0, **parameters)
    return net.replace(feedback=net.weights.T + FEEDBACK) if "feedback" in parameters else net


@pytest.mark.parametrize("formulation", ["event", "reduced"])
@pytest.mark.parametrize("case", NETWORKS)
def test_event_forms_are_the_reference_to_rounding(case, formulation):
    net = network(**NETWORKS[case])
    request = {"duration": 30e-3, "record": ["hidden", "visible", "hidden_active"]}
    got = recall(net, cues_for(net), engine=NUMPY.replace(formulation=formulation), **request)
    want = recall(net, cues_for(net), engine="reference", **request)
    assert want.n_crossings.sum() > 0  # else nothing but decay is compared
    for name in ("hidden", "visible", "hidden_trace", "visible_trace"):
        assert error(got, want, name) < 1e-12, name
    for name in ("hidden_active", "hidden_active_trace", "n_crossings", "outcome"):
        assert (got[name] == want[name]).all(), name
    np.testing.assert_allclose(got.settle_time, want.settle_time, rtol=1e-12)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_hidden_neurons_that_start_above_threshold_start_active(formulation):
    net = network()
    hidden = np.random.default_rng(3).uniform(0, 1, (6, 10))
    request = {"duration": 10e-3, "hidden": hidden}
    got = recall(net, cues_for(net), engine=NUMPY.replace(formulation=formulation, dt=1e-5), **request)
    want = recall(net, cues_for(net), engine=Reference(dt=1e-5), **request)
    assert (got.n_crossings == want.n_crossings).all()
    assert error(got, want, "hidden") < (1e-4 if formulation == "summed" else 1e-12)


@pytest.mark.parametrize(
    "parameters",
    [
        {"hidden_activation": Sigmoid(5.0)},
        {"hidden_activation": Sigmoid(5.0), "feedback": FEEDBACK},
        {"hidden_activation": Sigmoid(5.0), "tau_v": np.linspace(5e-3, 30e-3, 100)},
    ],
    ids=["sigmoid", "asymmetric", "one tau_v a neuron"],
)
def test_summed_form_differs_from_the_reference_in_second_order(parameters):
    net = network(**parameters)

    def largest_error(dt):
        request = {"duration": 4e-3, "record": ["hidden"], "record_dt": 0.4e-3}
        got = recall(net, cues_for(net), engine=NUMPY.replace(dt=dt), **request)
        return error(got, recall(net, cues_for(net), engine=Reference(dt=dt), **request), "hidden_trace")

    coarse, fine = largest_error(1e-4), largest_error(0.5e-4)
    assert 1e-9 < fine < 1e-4
    assert 3.6 < coarse / fine < 4.4  # both hold s over a step, which is their first-order error


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_trajectories_approach_the_exact_ones_in_first_order(formulation):
    net = network()
    sampling = {"duration": 8e-3, "record": ["hidden", "visible"], "record_dt": 0.4e-3}
    cues = cues_for(net, 60)
    cues = cues[recall(net, cues, **sampling).margin.values > 0.05]  # near θ a step decides, not its order
    assert len(cues) > 10
    exact = recall(net, cues, **sampling)

    def largest_errors(dt):
        got = recall(net, cues, engine=NUMPY.replace(formulation=formulation, dt=dt), **sampling)
        assert (got.n_crossings == exact.n_crossings).all()
        return np.array([np.abs(got[name] - exact[name]).mean() for name in ("hidden_trace", "visible_trace")])

    coarse, fine = largest_errors(0.1e-3), largest_errors(0.0125e-3)  # means: crossings fall at random on the grid
    assert (fine < 1e-3).all()
    assert ((coarse / fine > 5) & (coarse / fine < 13)).all()  # 8 for first order


@pytest.mark.parametrize("n_hidden", [1, 2, 10])
def test_both_formulations_recall_the_same(n_hidden):
    net = Network.gaussian(40 * n_hidden, n_hidden, seed=4)
    cues = cues_for(net, count=32, noise_std=2.0)
    engines = (NUMPY.replace(formulation=f, dt=5e-5) for f in ("summed", "event"))
    summed, event = (recall(net, cues, engine=engine, duration=40e-3) for engine in engines)
    marginal = (summed.hidden_active != event.hidden_active).any("hidden_neuron").sum()
    assert marginal <= 0.01 * len(cues)
    assert (summed.outcome == event.outcome).all()


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("every", [1, 4, 7])
def test_traces_are_sampled_at_their_time_coordinates(formulation, every):
    net, dt = network(), 1e-4
    engine = NUMPY.replace(formulation=formulation, dt=dt)
    request = {"duration": 28 * dt, "record": ["hidden", "visible"], "record_dt": every * dt}
    got = recall(net, cues_for(net, 3), engine=engine, **request)
    assert got.hidden_trace.shape == (3, 28 // every + 1, 10)
    assert got.visible_trace.shape == (3, 28 // every + 1, 100)
    assert (got.visible_trace[:, 0] == cues_for(net, 3)).all()
    assert (got.hidden_trace[:, -1] == got.hidden.values).all()
    shorter = recall(net, cues_for(net, 3), engine=engine, duration=every * dt)
    np.testing.assert_allclose(got.hidden_trace[:, 1], shorter.hidden, atol=1e-14)


def test_traces_end_before_the_end_when_no_sample_falls_there():
    net = network()
    engine = NUMPY.replace(dt=1e-4)
    got = recall(net, cues_for(net, 2), engine=engine, duration=3e-3, record="hidden", record_dt=0.7e-3)
    assert got.hidden_trace.shape == (2, 5, 10)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_a_request_cut_into_runs_gives_the_same(formulation, monkeypatch):
    net = network()
    cues = cues_for(net, 7)
    engine = NUMPY.replace(formulation=formulation)
    request = {"engine": engine, "duration": 5e-3, "record": "hidden"}
    whole = recall(net, cues, **request)
    monkeypatch.setattr(job, "SYNAPSES_PER_RUN", {"summed": 6000, "event": 6000, "reduced": 300}[formulation])
    cut = job.Job(net, engine.request(net, cues), engine).batches()
    assert len(cut) > 1 and sum(batch.n_kept for batch in cut) == 7
    assert len({len(batch.rows) for batch in cut}) == 1  # one size, so that one program does all
    in_parts = recall(net, cues, **request)
    for name in ("hidden", "visible", "hidden_trace", "settle_time"):  # matrix products round by their shape
        np.testing.assert_allclose(in_parts[name], whole[name], rtol=0, atol=1e-13)
    for name in ("outcome", "n_crossings"):
        assert (in_parts[name] == whole[name]).all()


def test_a_cue_larger_than_the_budget_runs_alone():
    net = Network.gaussian(3000, 700, seed=0)
    cut = job.Job(net, NUMPY.request(net, np.zeros((2, 3000))), NUMPY).batches()
    assert [len(batch.rows) for batch in cut] == [1, 1]


def test_brian_network_can_be_extended_and_run(capsys, interpreted):
    net = network()
    simulation = neurosim.brian_network(net, cues_for(net, 3), engine=Brian(dt=1e-4))
    assert {"visible", "hidden", "hidden_to_visible", "visible_to_hidden"} <= {o.name for o in simulation.objects}
    crossings = brian2.EventMonitor(simulation["hidden"], "cross")
    activity = brian2.StateMonitor(simulation["hidden"], ["h", "s"], record=[0, 11])
    simulation.add(crossings, activity)
    simulation.run(5 * brian2.ms, report="text")
    assert "simulated" in capsys.readouterr().out
    assert activity.h.shape == (2, 50)
    want = recall(net, cues_for(net, 3), engine=NUMPY.replace(dt=1e-4), duration=5e-3, record="hidden")
    assert (activity.h[1] == want.hidden_trace[1, :-1, 1]).all()  # number 11 is neuron 1 of cue 1
    assert (np.bincount(np.asarray(crossings.i) // 10, minlength=3) == want.n_crossings).all()


def test_uniform_parameters_are_shared_so_that_a_network_can_run_again_with_others(interpreted):
    net = network()
    simulation = neurosim.brian_network(net, cues_for(net, 2), engine=Brian(formulation="event"))
    for group, name in (("visible", "tau_v"), ("hidden", "tau_v"), ("hidden", "tau_h"), ("hidden", "theta")):
        assert simulation[group].variables[name].scalar, (group, name)
    simulation["hidden"].theta = 0.3
    simulation["hidden"].tau_h = 2 * brian2.ms
    simulation.run(5 * brian2.ms)
    other = net.replace(threshold=0.3, tau_h=2e-3)
    want = recall(other, cues_for(net, 2), engine=Reference(dt=1e-4), duration=5e-3)
    assert np.abs(simulation["hidden"].h[:].reshape(2, -1) - want.hidden.values).max() < 1e-12


def test_report_is_passed_through():
    seen = []
    net = network()
    engine = NUMPY.replace(report=lambda elapsed, done, start, duration: seen.append(done))
    recall(net, cues_for(net), engine=engine, duration=1e-3)
    assert seen[0] == 0.0 and seen[-1] == 1.0


def test_settings_of_brian2_are_unchanged():
    prefs, clock, device = brian2.prefs.as_file, brian2.defaultclock.dt_, brian2.get_device()
    net = network()
    got = recall(net, cues_for(net), duration=1e-3, engine=NUMPY)
    assert got.attrs["codegen"] == "numpy"
    assert (brian2.prefs.as_file, brian2.defaultclock.dt_, brian2.get_device()) == (prefs, clock, device)


@pytest.mark.slow
def test_cython_equals_numpy():
    net = network()
    got = recall(net, cues_for(net), engine="brian", duration=5e-3)
    assert got.attrs["codegen"] == "cython"
    want = recall(net, cues_for(net), duration=5e-3, engine=NUMPY)
    for name in ("hidden", "visible"):
        assert error(got, want, name) < 1e-12


@pytest.fixture
def no_compiler(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)


def test_without_a_compiler_auto_is_numpy(no_compiler):
    net = network()
    got = recall(net, cues_for(net), engine="brian", duration=1e-3)
    assert got.attrs["codegen"] == "numpy"


@pytest.mark.parametrize("options", [{"codegen": "cython"}, {"target": "cpp_standalone"}])
def test_a_missing_compiler_is_named_where_it_is_required(no_compiler, options):
    net = network()
    with pytest.raises(Unavailable, match=r"g\+\+.*apt install g\+\+ make.*codegen=\"numpy\""):
        recall(net, cues_for(net), engine=Brian(**options), duration=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "gpu"}, "target must be one of .*'runtime', 'cpp_standalone'"),
        ({"formulation": "fast"}, "formulation must be one of .*'summed', 'event'"),
        ({"codegen": "weave"}, "codegen must be one of .*'auto', 'cython', 'numpy'"),
        ({"target": "cpp_standalone", "codegen": "numpy"}, "codegen is for target"),
        ({"report": "loud"}, "report must be None"),
        ({"target": "cpp_standalone", "report": print}, "report must be None"),
    ],
)
def test_unknown_options_are_refused(options, message):
    net = network()
    with pytest.raises(InvalidInput, match=message):
        recall(net, cues_for(net), engine=Brian(**options))


@pytest.mark.parametrize("parameters", [{"hidden_activation": Sigmoid()}, {"tau_v": np.linspace(0.01, 0.02, 100)}])
def test_event_form_refuses_networks_that_it_cannot_describe(parameters):
    net = network(**parameters)
    with pytest.raises(InvalidInput, match='formulation="summed"'):
        neurosim.brian_network(net, cues_for(network()), engine=Brian(formulation="event"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cues": np.zeros((2, 99))}, r"cues must have shape \(cue, visible\) = \(≥1, 100\)"),
        ({"cues": np.full((2, 100), np.nan)}, "cues must be finite"),
        ({"hidden": np.zeros((3, 10))}, "hidden must have one row or one per cue"),
        ({"record": ["spikes"]}, "record must be one of .*hidden_active"),
    ],
)
def test_brian_network_refuses_bad_input(arguments, message):
    net = network()
    with pytest.raises(InvalidInput, match=message):
        neurosim.brian_network(net, **({"cues": np.zeros((2, 100))} | arguments))


def test_another_active_device_is_refused():
    net = network()
    brian2.set_device("cpp_standalone", build_on_run=False)
    try:
        with pytest.raises(Unavailable, match=r'set_device\("runtime"\)'):
            recall(net, cues_for(net), engine=NUMPY)
    finally:
        brian2.set_device("runtime")


@pytest.mark.skipif(not compilers.compiler(), reason="needs a C++ compiler")
def test_without_a_folder_for_cython_auto_is_numpy(tmp_path, monkeypatch):
    """A file in place of the folder stands for a read-only home, for any user."""
    (tmp_path / "home").touch()
    monkeypatch.setattr(runtime, "get_cython_cache_dir", lambda: str(tmp_path / "home" / "cython"))
    monkeypatch.setattr(errors, "_WARNED", set())
    net = network()
    with pytest.raises(Unavailable, match="CYTHON_CACHE_DIR"):
        recall(net, cues_for(net), engine=Brian(codegen="cython"), duration=1e-3)
    with pytest.warns(RuntimeWarning, match="Brian2 runs with NumPy"):
        found = recall(net, cues_for(net), engine=Brian(), duration=1e-3)
    assert found.attrs["codegen"] == "numpy"


@pytest.mark.skipif(not compilers.compiler(), reason="needs a C++ compiler")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_cython_files_of_another_user_are_not_run(tmp_path, monkeypatch):
    (tmp_path / "_cython_magic_0.so").touch()
    os.chown(tmp_path / "_cython_magic_0.so", 12_345, -1)
    monkeypatch.setattr(runtime, "get_cython_cache_dir", lambda: str(tmp_path))
    monkeypatch.setattr(errors, "_WARNED", set())
    net = network()
    with pytest.raises(Unavailable, match="files of other users"):
        recall(net, cues_for(net), engine=Brian(codegen="cython"), duration=1e-3)
    with pytest.warns(RuntimeWarning, match="files of other users"):
        assert recall(net, cues_for(net), engine=Brian(), duration=1e-3).attrs["codegen"] == "numpy"


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_overflow_has_a_name(formulation):
    net = Network(weights=np.array([[1e200, 1.0], [1.0, 1e200]]), tau_v=1e-3)
    cues = np.array([[1e150, 1e150], [0.0, 0.0]])
    got = recall(net, cues, engine=NUMPY.replace(formulation=formulation), duration=5e-3)
    assert got.outcome[0] == "non_finite"
