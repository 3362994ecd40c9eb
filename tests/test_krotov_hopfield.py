"""The two-layer memories of Krotov & Hopfield: agreement of engines, decreasing energies, one-layer limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from neurosim import (
    Heaviside,
    Identity,
    InvalidInput,
    Network,
    Normalise,
    Outcome,
    Power,
    Sigmoid,
    Sign,
    Softmax,
    krotov_hopfield,
    recall,
    theory,
)
from neurosim.engines import Brian, Event, Reference, Torch
from neurosim.models import Dense, Modern

N, P = 60, 5
PATTERNS = np.random.default_rng(0).choice([-1.0, 1.0], (P, N))
MEMORIES = PATTERNS / np.sqrt(P)  # in the units of the network
CUES = MEMORIES + 0.5 * np.random.default_rng(1).standard_normal((P, N))
MODELS = {
    "A": krotov_hopfield.model_a(PATTERNS),
    "A, even": krotov_hopfield.model_a(PATTERNS, exponent=10),
    "B": krotov_hopfield.model_b(PATTERNS, beta=0.2),
    "C": krotov_hopfield.model_c(PATTERNS),
    "softmax of normalised, each its own": Network(
        weights=PATTERNS.T,
        feedback=PATTERNS + 0.1,
        hidden_activation=Softmax(9.0),
        visible_activation=Normalise(),
        threshold=np.linspace(-0.1, 0.1, P),
        tau_v=np.linspace(10e-3, 20e-3, N),
        tau_h=np.linspace(1e-3, 2e-3, P),
    ),
    "threshold units of signs": Network(weights=PATTERNS.T, visible_activation=Sign()),
    "sigmoids of normalised": Network(
        weights=PATTERNS.T, hidden_activation=Sigmoid(4.0), visible_activation=Normalise(), threshold=0.1
    ),
}
ENGINES = [
    pytest.param(Torch(reduced=False), marks=pytest.mark.torch, id="torch"),
    pytest.param(Brian(formulation="summed", codegen="numpy"), id="brian"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MODELS)
def test_engines_take_the_same_steps(name, engine):
    """To rounding where visible neurons are not linear; B differs in how v moves within a step, second order in dt."""
    if isinstance(engine, Torch):
        pytest.importorskip("torch")
    net = MODELS[name]
    request = {"duration": 30e-3, "record": ["hidden", "visible"], "record_dt": 1e-3}
    want = recall(net, CUES, engine="reference", **request)
    got = recall(net, CUES, engine=engine, **request)
    for variable in ("hidden_trace", "visible_trace"):
        scale = np.abs(want[variable]).max()
        exact = isinstance(engine, Torch) or not net.is_linear
        np.testing.assert_allclose(got[variable], want[variable], atol=float(scale) * (1e-12 if exact else 2e-4))
    assert (got.outcome == want.outcome).all()


@pytest.mark.torch
def test_the_softmax_network_can_be_reduced():
    pytest.importorskip("torch")
    want = recall(MODELS["B"], CUES, engine="reference")
    got = recall(MODELS["B"], CUES, engine="torch")
    np.testing.assert_allclose(got.visible, want.visible, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["A", "B", "C"])
def test_compiled_brian_is_the_same(name):
    want = recall(MODELS[name], CUES, engine=Brian(codegen="numpy"), duration=10e-3)
    got = recall(MODELS[name], CUES, engine=Brian(target="cpp_standalone"), duration=10e-3)
    np.testing.assert_allclose(got.visible, want.visible, rtol=1e-9)


@pytest.mark.parametrize("name", ["A", "A, even", "B", "C"])
def test_noisy_patterns_are_recalled(name):
    out = recall(MODELS[name], CUES, engine="reference")
    assert (out.outcome == Outcome.SETTLED).all()
    assert (np.sign(out.visible.values) == PATTERNS).all()


BOUNDED = [Heaviside(), Sigmoid(3.0), Softmax(1.0), Softmax(20.0)]
FALLING = st.one_of(
    st.tuples(st.sampled_from(BOUNDED), st.just(Identity())),  # powers of what grows without bound overflow
    st.tuples(st.sampled_from([*BOUNDED, Power(1), Power(3), Power(5)]), st.sampled_from([Sign(), Normalise()])),
)


@settings(max_examples=60, deadline=None)
@given(activations=FALLING, seed=st.integers(0, 2**32 - 1), log_ratio=st.floats(-1, 2), theta=st.floats(-0.3, 0.5))
def test_the_energy_never_rises_where_lagrangians_are_convex(activations, seed, log_ratio, theta):
    """Along the recall, up to what a step of s held constant adds, which halves with the step."""
    hidden, visible = activations
    rng = np.random.default_rng(seed)
    n_hidden, n_visible = rng.integers(1, 6), rng.integers(2, 20)
    net = Network(
        weights=rng.standard_normal((n_visible, n_hidden)),
        threshold=theta,
        tau_v=1e-3 * 10**log_ratio,
        tau_h=1e-3,
        hidden_activation=hidden,
        visible_activation=visible,
    )
    cues, start = rng.standard_normal((4, n_visible)), rng.standard_normal((4, n_hidden))
    shortest = 1e-3 * min(1.0, 10**log_ratio)
    rises = []
    for steps in (20, 80):
        request = {"duration": 3 * shortest, "record": ["hidden", "visible"], "record_dt": shortest / 20}
        out = recall(net, cues, hidden=start, engine=Reference(dt=shortest / steps), **request)
        energy = theory.energy(net, out.visible_trace, out.hidden_trace)
        scale = max(1.0, float(np.abs(energy).max()))
        rises.append(max(0.0, float(np.diff(energy, axis=1).max())) / scale)
    assert rises[1] <= 0.5 * rises[0] + 1e-9


def test_it_has_settled_when_both_layers_have():
    """Signs reach h long before v has come to rest."""
    short, long = (recall(MODELS["A"], CUES, engine="reference", duration=d) for d in (0.1, 0.4))
    np.testing.assert_allclose(short.hidden, long.hidden, rtol=1e-12)
    assert (short.outcome == Outcome.TIMED_OUT).all() and (long.outcome == Outcome.SETTLED).all()


@pytest.mark.parametrize("engine", [Reference(), *ENGINES])
def test_overflow_of_unbounded_units_is_named(engine):
    if isinstance(engine, Torch):
        pytest.importorskip("torch")
    net = MODELS["A"].replace(visible_activation=Identity())
    assert (recall(net, 9 * CUES, engine=engine).outcome == Outcome.NON_FINITE).all()


def test_the_energy_rises_where_f_is_not_monotone():
    """h climbs from −2 to 1 while f = h¹⁰ falls: L is concave there."""
    net = krotov_hopfield.model_a(np.ones((1, 1)), exponent=10)
    call = {"hidden": [[-2.0]], "engine": Reference(dt=1e-6), "record": ["hidden", "visible"], "duration": 1e-3}
    out = recall(net, [[1.0]], **call)
    energy = theory.energy(net, out.visible_trace, out.hidden_trace)[0]
    assert energy.max() - energy[0] > 100
    odd = net.replace(hidden_activation=Power(9))
    out = recall(odd, [[1.0]], **call)
    assert np.diff(theory.energy(odd, out.visible_trace, out.hidden_trace)[0]).max() <= 0
    assert [Power(n).is_convex for n in (1, 5, 10)] == [True, True, False]


def one_layer(net, update):
    """Return v over time by τ_v dv/dt = −v + update(v), and the times."""
    times = np.linspace(0, 60e-3, 13)
    flow = solve_ivp(
        lambda _, v: (update(v) - v) / float(net.tau_v), (0, times[-1]), CUES[0], t_eval=times, rtol=1e-8, atol=1e-10
    )
    return flow.y.T, times


ONE_LAYER = {  # in the units of Krotov & Hopfield, v = √P × the network's: Σ_μ ξ^μ f(ξ^μ · g(v))
    "B": ({"beta": 0.2}, lambda v: np.exp(0.2 * PATTERNS @ v) / np.exp(0.2 * PATTERNS @ v).sum() @ PATTERNS),
    "C": ({}, lambda v: (PATTERNS @ v / np.linalg.norm(v) * np.sqrt(P) / N) ** 5 @ PATTERNS),
}


@pytest.mark.parametrize("name", ONE_LAYER)
def test_fast_hidden_neurons_leave_one_layer(name):
    """B: attention; C: the spherical memory. τ_h → 0 in first order; A's sign(v) leaves no flow for a solver."""
    options, closed_form = ONE_LAYER[name]
    errors = []
    for tau_h in (2e-4, 1e-4):
        net = getattr(krotov_hopfield, f"model_{name.lower()}")(PATTERNS, tau_h=tau_h, **options)
        want, times = one_layer(net, lambda v: closed_form(np.sqrt(P) * v) / np.sqrt(P))
        start = theory.drive(net, CUES[:1])
        request = {"duration": times[-1], "record_dt": times[1], "hidden": start}
        out = recall(net, CUES[:1], engine=Reference(dt=tau_h / 20), record=["visible"], **request)
        errors.append(np.abs(out.visible_trace.values[0] - want).max() / np.abs(want).max())
    assert errors[1] < 5e-3
    assert 1.8 < errors[0] / errors[1] < 2.2


@pytest.mark.parametrize(
    ("name", "visible_unit", "hidden_unit", "f", "g"),
    [
        ("B", np.sqrt(P), N, lambda h: np.exp(0.2 * h) / np.exp(0.2 * h).sum(), lambda v: v),
        ("C", np.sqrt(P) * (N / np.sqrt(P)) ** 5, N / np.sqrt(P), lambda h: h**5, lambda v: v / np.linalg.norm(v)),
    ],
)
def test_the_equations_of_krotov_and_hopfield_in_the_units_of_the_network(name, visible_unit, hidden_unit, f, g):
    """Eqs. (32a, 32b), integrated as they are written."""
    net = MODELS[name]

    def flow(_, state):
        v, h = state[:N], state[N:]
        return np.append((PATTERNS.T @ f(h) - v) / float(net.tau_v), (PATTERNS @ g(v) - h) / float(net.tau_h))

    start = np.append(visible_unit * CUES[0], np.zeros(P))
    end = solve_ivp(flow, (0, 10e-3), start, rtol=1e-9, atol=1e-9 * np.abs(start).max(), method="LSODA").y[:, -1]
    out = recall(net, CUES[:1], engine=Reference(dt=5e-6), duration=10e-3)
    np.testing.assert_allclose(visible_unit * out.visible[0], end[:N], atol=1e-3 * np.abs(end[:N]).max())
    np.testing.assert_allclose(hidden_unit * out.hidden[0], end[N:], atol=1e-3 * np.abs(end[N:]).max())


@pytest.mark.parametrize("model", [krotov_hopfield.model_a, krotov_hopfield.model_b, krotov_hopfield.model_c])
def test_parameters_that_would_make_another_model_are_refused(model):
    for other in ({"threshold": 0.5}, {"visible_activation": Identity()}, {"hidden_activation": Power(2)}, {"tau": 1}):
        with pytest.raises(InvalidInput, match=r"a parameter must be one of \['tau_v', 'tau_h', 'provenance'\]"):
            model(PATTERNS, **other)
    net = model(PATTERNS, tau_v=0.1, tau_h=0.01, provenance={"weights": "test"})
    assert (float(net.tau_v), float(net.tau_h), net.provenance["weights"]) == (0.1, 0.01, "test")


def test_model_a_is_the_dense_memory():
    """A fixed point of A is one of σ ← sign(Σ_μ ξ^μ F′(ξ^μ·σ)), F = x⁶; recall ends where the one-layer memory does."""
    out = recall(MODELS["A"], CUES, engine="reference")
    sigma = np.sign(out.visible.values)
    np.testing.assert_array_equal(np.sign((PATTERNS @ sigma.T).T ** 5 @ PATTERNS), sigma)
    np.testing.assert_array_equal(Dense(power=6, rectified=False).store(PATTERNS).recall(np.sign(CUES)).states, sigma)


def test_model_b_ends_where_attention_does():
    out = recall(MODELS["B"], CUES, engine="reference", duration=0.6)
    attention = Modern(beta=0.2).store(PATTERNS).recall(np.sqrt(P) * CUES, max_sweeps=500)
    np.testing.assert_allclose(np.sqrt(P) * out.visible, attention.states, atol=1e-8)


def test_the_exact_reduction_refuses_nonlinear_visible_neurons():
    net = MODELS["A"]
    for engine in (Event(), Torch(reduced=True), Brian(formulation="event"), Brian(cells="regular")):
        if isinstance(engine, Torch):
            pytest.importorskip("torch")
        heaviside = net.replace(hidden_activation=Heaviside())
        with pytest.raises(InvalidInput, match=r"linear visible (neurons|layer).*got Sign\(\)"):
            recall(heaviside, CUES, engine=engine)
    with pytest.raises(InvalidInput, match=r"linear visible layer.*got Sign\(\)"):
        theory.effective_coupling(net)
    with pytest.raises(InvalidInput, match="Heaviside"):
        recall(MODELS["B"], CUES)
    with pytest.raises(InvalidInput, match="symmetric"):
        theory.energy(MODELS["softmax of normalised, each its own"], CUES, np.zeros((P, P)))
