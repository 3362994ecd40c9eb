"""Recalls without a given duration end at rest: for every kind of unit, as an independent integration."""

import numpy as np
import pytest
import xarray
from scipy.integrate import solve_ivp

from neurosim import InputCurrent, Network, Sigmoid, krotov_hopfield, patterns, recall, reduction, theory
from neurosim.engines import Event, Reference, Torch
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.findings import trials_sentence
from neurosim.settling import LONGEST

needs_torch = pytest.param(Torch, marks=pytest.mark.torch)


def rest_state(net, cue, duration):
    """Return h after `duration` of eqs. (1a, 1b), integrated by SciPy with both layers, at most one τ_v and τ_h."""
    n, root = net.n_visible, np.sqrt(net.n_hidden)
    tau = np.concatenate([np.full(n, net.tau_v), np.full(net.n_hidden, net.tau_h)])

    def flow(t, x):
        s = 1 / (1 + np.exp(-net.hidden_activation.gain * (x[n:] - net.threshold)))
        return (np.concatenate([net.weights @ s / root, root / n * net.feedback_weights @ x[:n]]) - x) / tau

    start = np.concatenate([cue, np.zeros(net.n_hidden)])
    return solve_ivp(flow, (0, duration), start, method="LSODA", rtol=1e-8, atol=1e-10).y[n:, -1]


@pytest.mark.parametrize("kind", [Reference, needs_torch])
def test_smooth_units_end_where_an_independent_integration_ends(kind):
    if kind is Torch:
        pytest.importorskip("torch")
    net = Network.gaussian(60, 6, seed=3, hidden_activation=Sigmoid(6))
    cues = patterns.visible_cues(net, patterns.all_hidden_states(6))[::2]
    out = recall(net, cues, engine=kind(dt=2e-4))
    assert (out.outcome == "settled").all() and out.attrs["duration"] > 20 * net.tau_v
    ends = np.array([rest_state(net, cue, LONGEST * 0.4) for cue in cues])
    assert np.abs(out.hidden.values - ends).max() < 1e-4
    early = recall(net, cues, engine=kind(dt=2e-4), duration=0.4)
    assert (early.outcome == "timed_out").sum() > 5  # and not one of them is called settled
    assert (early.hidden_active.values != (ends > net.threshold)).any()
    settled = early.outcome.values == "settled"
    assert np.abs(early.hidden.values - ends)[settled].max() < 1e-4


def slow_to_cross():
    """Return a Heaviside network and a cue: h of neuron 1 tends to ½, 1e-13 above its threshold, for about 28 τ_v."""
    feedback = np.array([[2.0, 0.0], [1.0, 2.0]])  # J = ((1, 0), (½, 1))
    return Network(np.eye(2), feedback=feedback, threshold=[0.5, 0.5 - 1e-13]), np.array([np.sqrt(0.5), -0.1])


KINDS = {
    "sigmoid": lambda: (Network.gaussian(100, 5, seed=0, hidden_activation=Sigmoid(5)), "reference", {}),
    "one tau per neuron": lambda: (
        Network.gaussian(100, 5, seed=0, hidden_activation=Sigmoid(5)).replace(
            tau_v=np.linspace(10e-3, 60e-3, 100), tau_h=np.linspace(1e-3, 3e-3, 5)
        ),
        "reference",
        {},
    ),
    "tau_v below tau_h": lambda: (
        Network.gaussian(100, 5, seed=0, hidden_activation=Sigmoid(5), tau_v=1e-3, tau_h=5e-3),
        "reference",
        {},
    ),
    "separate feedback": lambda: (
        (net := Network.gaussian(100, 5, seed=0, hidden_activation=Sigmoid(5))).replace(
            feedback=net.weights.T + 0.1 * np.random.default_rng(0).standard_normal((5, 100))
        ),
        "reference",
        {},
    ),
    "model B": lambda: (
        krotov_hopfield.model_b(np.random.default_rng(0).choice([-1.0, 1.0], (5, 100)), beta=0.025),
        "reference",
        {},
    ),
    "after an input": lambda: (
        Network.gaussian(100, 5, seed=0, hidden_activation=Sigmoid(5)),
        "reference",
        {"input": InputCurrent(np.full((1, 100), 0.1), 10e-3)},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_is_at_rest(kind):
    net, engine, options = KINDS[kind]()
    cues = patterns.visible_cues(net, patterns.all_hidden_states(5))[3:13]
    first = recall(net, cues, engine=engine, duration=20 * max(net.tau_v.max(), net.tau_h.max()) + 10e-3, **options)
    assert (first.outcome == "timed_out").any()  # the case is one in which the default once ended too early
    out = recall(net, cues, engine=engine, **options)
    assert (out.outcome == "settled").all()
    s = net.hidden_activation(out.hidden.values - net.threshold)
    field = (s @ net.weights.T / np.sqrt(net.n_hidden)) @ net.feedback_weights.T * np.sqrt(net.n_hidden) / net.n_visible
    assert np.abs(out.hidden.values - field).max() < 1e-5 * max(1, np.abs(field).max())


@pytest.mark.parametrize("kind", [Event, Reference, needs_torch])
def test_a_late_crossing_of_heaviside_units_is_waited_for(kind):
    if kind is Torch:
        pytest.importorskip("torch")
    net, cue = slow_to_cross()
    engine = kind().with_default_step(0.5e-3)
    short = recall(net, cue, engine=engine, duration=0.4)
    assert short.outcome.item() == "timed_out" and short.hidden_active.values.tolist() == [[True, False]]
    whole = recall(net, cue, engine=engine)
    assert whole.outcome.item() == "settled" and whole.hidden_active.values.tolist() == [[True, True]]
    assert 0.4 < whole.settle_time.item() < whole.attrs["duration"]


def test_crossings_of_all_runs_are_counted(monkeypatch):
    net = Network.gaussian(60, 6, seed=3, hidden_activation=Sigmoid(6))
    cues = patterns.visible_cues(net, patterns.all_hidden_states(6))
    out = recall(net, cues, engine=Reference(dt=0.5e-3), read_out=False)
    whole = recall(net, cues, engine=Reference(dt=0.5e-3), duration=out.attrs["duration"])
    assert "visible" not in out
    assert (out.hidden_active.values == whole.hidden_active.values).all()
    assert (out.n_crossings.values == whole.n_crossings.values).all()
    np.testing.assert_allclose(out.settle_time, whole.settle_time, atol=1e-9)
    assert out.settle_time.max() > 0.4


def test_what_has_not_settled_is_reported():
    grid = {"gain": [4.5, 20.0]}
    size = {"n_hidden": 4, "visible_per_hidden": 20.0, "engine": Reference(dt=0.2e-3)}
    cut = recall_sweep(3, grid, seed=0, duration=0.1, **size)
    assert cut.timed_out[0] > 0.5 and cut.settled[0] + cut.timed_out[0] == pytest.approx(1)
    assert "some recalls had not settled when their duration ended" in trials_sentence(cut)
    whole = recall_sweep(3, grid, seed=0, **size)
    assert not whole.timed_out.any() and trials_sentence(whole).endswith("intervals.")
    assert isinstance(whole, xarray.Dataset)


@pytest.mark.torch
def test_float32_comes_to_rest():
    pytest.importorskip("torch")
    net = Network.gaussian(60, 6, seed=3, hidden_activation=Sigmoid(6))
    cues = patterns.visible_cues(net, patterns.all_hidden_states(6))
    out = recall(net, cues, engine=Torch(dt=2e-4, dtype="float32"))
    assert (out.outcome == "settled").all()
    assert np.abs(out.hidden - recall(net, cues, engine=Torch(dt=2e-4)).hidden).max() < 0.01
    assert 50 * np.finfo(np.float32).eps < reduction.SMOOTH_RESIDUAL_FLOAT32


@pytest.mark.parametrize("inhibition", [8.0, 16.0])
def test_a_neuron_that_inhibits_itself_strongly_settles_beside_a_slow_one(inhibition):
    """The large steps of the continuation alone would make it oscillate; the first neuron is just past its fold."""
    gain = 8.0
    at = theory.fold_thresholds(Sigmoid(gain), 1.0)[1] + 1e-4, 0.1 - inhibition / 2
    feedback = np.sqrt(2) * np.diag([1.0, -inhibition])
    weights = np.sqrt(2) * np.eye(2)
    taus = {"tau_v": 2e-3, "tau_h": 1e-3}
    net = Network(weights, feedback=feedback, threshold=at, hidden_activation=Sigmoid(gain), **taus)
    start = {"hidden": np.array([[1.0, -inhibition / 2]]), "engine": Reference()}
    found = recall(net, [[1.0, 0.5]], **start)
    assert found.outcome.item() == "settled"
    np.testing.assert_allclose(found.hidden, recall(net, [[1.0, 0.5]], **start, duration=2.56).hidden, atol=1e-3)
