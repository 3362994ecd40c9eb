"""Energies against their definitions, and their decrease during recall."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_cases import BINARY, SYMMETRIC, corrupt, cues_for, make, patterns_for, pm1, sparse

from neurosim import InvalidInput
from neurosim.models import Covariance, Dense, Epanechnikov, Exponential, Hebb, Kernelised, Modern, Perceptron

small = st.integers(2, 30)
OPTIONS = [
    *[(name, {}) for name in SYMMETRIC],
    ("dense", {"power": 2, "rectified": False}),
    ("dense", {"power": 3, "rectified": False}),
    ("dense", {"power": 4}),
    ("dense", {"power": 20}),
    ("covariance", {"threshold": 0.0}),
    ("modern", {"beta": 0.05}),
    ("kernelised", {"beta": 0.05}),
    ("denoiser", {"beta": 0.05, "alpha": 3.0}),
    ("three_directional", {"quality": 0.7, "n_examples": 5, "supervised": False, "strengths": (1, -0.5, 2)}),
    ("kuramoto", {"j4": 0.0, "step": 10.0}),
    ("random_features", {"n_features": 15, "beta": 1.0}),
]


def stored(name, options, n, count, seed):
    """Return a model of `count` patterns, and 20 cues: some near the patterns, some not."""
    n = max(n, 8)
    x = patterns_for(name, count, n, seed)
    if name == "epanechnikov":
        x = x + 0.1 * np.random.default_rng(seed).standard_normal(x.shape)  # all different
    cues = np.vstack([corrupt(patterns_for(name, count, n, seed), 0.2, seed)[:10], cues_for(name, 10, n, seed)])
    return make(name, **options).store(x), cues


def no_higher(after, before):
    return (after <= before + 1e-9 * (1 + np.abs(before))) | (after == before)  # inf stays inf


@pytest.mark.parametrize(("name", "options"), OPTIONS)
@given(n=small, count=st.integers(2, 60), seed=st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_energy_never_rises_sweep_by_sweep(name, options, n, count, seed):
    model, states = stored(name, options, n, count, seed)
    energy = model.energy(states)
    for _ in range(60):
        out = model.recall(states, max_sweeps=1, seed=seed)
        after = model.energy(out.states)
        assert no_higher(after, energy).all()
        if name in BINARY:  # every flip lowers it, so a state that changed is strictly lower
            assert (after[out.n_sweeps > 0] < energy[out.n_sweeps > 0]).all()
        states, energy = out.states, after
    if name in BINARY:
        assert out.settled.all()


@pytest.mark.parametrize(("name", "options"), [case for case in OPTIONS if case[0] in BINARY])
@given(n=small, count=st.integers(2, 40), seed=st.integers(0, 2**31))
@settings(max_examples=15, deadline=None)
def test_fixed_means_that_no_flip_lowers_the_energy(name, options, n, count, seed):
    model, cues = stored(name, options, n, count, seed)
    states = np.vstack([cues, model.recall(cues).states])
    flipped = np.repeat(states[:, None], model.n_neurons, axis=1)
    every = np.arange(model.n_neurons)
    flipped[:, every, every] = sum(model.levels) - flipped[:, every, every]
    energy = model.energy(states)
    drops = energy[:, None] - model.energy(flipped.reshape(-1, model.n_neurons)).reshape(len(states), -1)
    clear = 1e-7 * (1 + np.abs(energy))[:, None]
    fixed = model.is_fixed(states)
    assert not (drops[fixed] > clear[fixed]).any()
    assert not fixed[(drops > clear).any(axis=1)].any()


def test_pairwise_energy_is_the_quadratic_form():
    x, s = pm1(5, 30, 0), pm1(7, 30, 1)
    model = Hebb().store(x)
    np.testing.assert_allclose(model.energy(s), -((s @ x.T) ** 2).sum(1) / 60 + 5 / 2, atol=1e-12)  # the last: W_ii = 0
    x, s = sparse(5, 30, 6, 0), sparse(7, 30, 6, 1)
    model = Covariance(activity=0.2, threshold=0.3).store(x)
    w = (x - 0.2).T @ (x - 0.2) / (30 * 0.2 * 0.8)
    np.fill_diagonal(w, 0)
    np.testing.assert_allclose(model.energy(s), [-0.5 * v @ w @ v + 0.3 * v.sum() for v in s], atol=1e-12)


@pytest.mark.parametrize("power", [2, 3, 4, 7])
def test_dense_energy_is_the_sum_of_powers(power):
    x, s = pm1(9, 20, 0), pm1(7, 20, 1)
    m = s @ x.T
    plain, rectified = (Dense(power=power, rectified=r).store(x).energy(s) for r in (False, True))
    np.testing.assert_allclose(plain, -(m**power).sum(1) / 20.0 ** (power - 1), atol=1e-12)
    np.testing.assert_allclose(rectified, -(np.maximum(m, 0) ** power).sum(1) / 20.0 ** (power - 1), atol=1e-12)


def test_logarithmic_energies_are_the_written_ones_and_do_not_overflow():
    x, s, signs = pm1(9, 20, 0), np.random.default_rng(1).standard_normal((7, 20)), pm1(3, 20, 2)
    np.testing.assert_allclose(Exponential().store(x).energy(signs), -np.log(np.exp(signs @ x.T).sum(1)))
    want = -np.log(np.exp(0.3 * s @ x.T).sum(1)) / 0.3 + 0.5 * (s**2).sum(1) + np.log(9) / 0.3 + 10
    np.testing.assert_allclose(Modern(beta=0.3).store(x).energy(s), want)
    assert (want >= 0).all()
    squares = ((s[:, None] - x) ** 2).sum(-1)
    want = -np.log(np.maximum(0, 1 - 0.01 * squares).sum(1)) / 0.02
    np.testing.assert_allclose(Epanechnikov(beta=0.02).store(x).energy(s), want)
    big = pm1(3, 2000, 0)
    assert Exponential().store(big).energy(big) == pytest.approx([-2000] * 3)
    assert Modern(beta=10).store(big).energy(big) == pytest.approx([np.log(3) / 10] * 3)
    assert Kernelised(beta=10).store(big).energy(big) == pytest.approx([np.log(3) / 10] * 3)


def test_gradients_are_the_steps():
    """x − step is the gradient of `Modern`'s energy, and a positive multiple of it for `Epanechnikov`."""
    x, s = pm1(6, 12, 0), pm1(4, 12, 1) * 0.7
    for model, factor in ((Modern(beta=0.2), 1), (Epanechnikov(beta=0.09), None)):
        model.store(x)
        eye = 1e-5 * np.eye(12)
        gradient = np.array([(model.energy(v + eye) - model.energy(v - eye)) / 2e-5 for v in s])
        step = s - model.recall(s, max_sweeps=1).states
        if factor is None:
            within = 1 - 0.045 * ((s[:, None] - x) ** 2).sum(-1)
            factor = ((within > 0).sum(1) / np.maximum(within, 0).sum(1))[:, None]
        assert np.abs(step).max() > 0.1
        np.testing.assert_allclose(gradient, factor * step, atol=1e-7)


@pytest.fixture(scope="module")
def asymmetric():
    model = Perceptron().store(pm1(52, 40, seed=2))
    assert model.converged
    return model


def test_a_perceptron_has_no_energy(asymmetric):
    with pytest.raises(InvalidInput, match="perceptron has no energy: its weights are asymmetric"):
        asymmetric.energy(pm1(2, 40, 0))
    assert np.abs(asymmetric.weights - asymmetric.weights.T).max() > 0.1


def test_without_symmetry_recall_can_raise_the_quadratic_form_and_cycle(asymmetric):
    out = asymmetric.recall(pm1(500, 40, 7))
    assert 0 < (~out.settled).sum() < 50  # about one random cue in fifty
    start = out.states[~out.settled][:1]
    later, visited = start, []
    for _ in range(200):
        visited.append(later[0].tolist())
        later = asymmetric.recall(later, max_sweeps=1).states
        if later[0].tolist() in visited:
            break
    cycle = visited[visited.index(later[0].tolist()) :]
    assert len(cycle) >= 2
    forms = [-0.5 * np.array(v) @ asymmetric.weights @ np.array(v) for v in [*cycle, cycle[0]]]
    assert max(np.diff(forms)) > 1e-6  # round a cycle it must rise as much as it falls


@example(seed=0, n=10, count=3)
@given(seed=st.integers(0, 2**31), n=st.integers(2, 40), count=st.integers(1, 30))
@settings(max_examples=50, deadline=None)
def test_dense_of_power_2_is_hebb(seed, n, count):
    x, cues = pm1(count, n, seed), pm1(20, n, seed + 1)
    dense, hebb = Dense(power=2, rectified=False).store(x).recall(cues), Hebb().store(x).recall(cues)
    assert np.array_equal(dense.states, hebb.states)
    assert np.array_equal(dense.n_sweeps, hebb.n_sweeps)
