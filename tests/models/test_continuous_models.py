"""Continuous memories against attention, and against minima computed by hand."""

import tracemalloc

import numpy as np
import pytest
from model_cases import corrupt, pm1
from scipy.special import softmax

from neurosim.models import Epanechnikov, Kernelised, Modern


def sphere(count, n_neurons, seed):
    x = np.random.default_rng(seed).standard_normal((count, n_neurons))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_one_modern_step_is_softmax_attention():
    x, cues = np.random.default_rng(0).standard_normal((2, 15, 8))
    out = Modern(beta=0.7).store(x).recall(cues, max_sweeps=1)
    np.testing.assert_allclose(out.states, softmax(0.7 * cues @ x.T, axis=1) @ x, rtol=1e-12)
    assert (out.n_sweeps == 1).all()


def test_distance_of_modern_fixed_points_decreases_exponentially_with_the_lead():
    """|step(ξ) − ξ| ≤ 2M (P − 1) exp(−β Δ), Δ the lead of ξ·ξ over the next overlap."""
    x = sphere(20, 30, 0)
    overlaps = x @ x.T
    np.fill_diagonal(overlaps, -np.inf)
    lead = 1 - overlaps.max(axis=1)
    for beta in (2.0, 8.0, 20.0):
        moved = np.linalg.norm(Modern(beta=beta).store(x).recall(x, max_sweeps=1).states - x, axis=1)
        assert (moved <= 2 * 19 * np.exp(-beta * lead) + 1e-12).all()
        assert (moved > 1e-12).any()


def test_modern_recalls_exponentially_many_patterns_and_averages_at_high_temperature():
    x = sphere(2**11, 24, 0)
    cues = x[:100] + 0.05 * np.random.default_rng(1).standard_normal((100, 24))
    out = Modern(beta=100).store(x).recall(cues)
    assert out.settled.all()
    assert (np.linalg.norm(out.states - x[:100], axis=1) < 0.1).mean() > 0.95
    warm = Modern(beta=0.1).store(x).recall(cues)
    np.testing.assert_allclose(warm.states, np.broadcast_to(warm.states[0], (100, 24)), atol=1e-7)
    np.testing.assert_allclose(warm.states[0], x.mean(axis=0), atol=0.01)


def test_kernelised_makes_patterns_orthogonal_and_separates_correlated_ones():
    x = corrupt(np.repeat(pm1(1, 60, 0), 20, axis=0), 0.1, 1)  # one template, a tenth of the bits different
    model = Kernelised(beta=0.1).store(x)
    kernel = 60 * np.linalg.pinv(x.T @ x)
    np.testing.assert_allclose(x @ kernel @ x.T, 60 * np.eye(20), atol=1e-9)
    cues = x + 0.1 * np.random.default_rng(2).standard_normal(x.shape)
    step = model.recall(cues, max_sweeps=1).states
    np.testing.assert_allclose(step, softmax(0.1 * cues @ kernel @ x.T, axis=1) @ x, atol=1e-9)
    nearest = [((model.recall(cues).states[:, None] - x) ** 2).sum(-1).argmin(1)]
    nearest += [((Modern(beta=0.1).store(x).recall(cues).states[:, None] - x) ** 2).sum(-1).argmin(1)]
    assert (nearest[0] == np.arange(20)).all()
    assert len(np.unique(nearest[1])) < 5  # at the same β, plain overlaps merge them


TRIANGLE = 1.5 * np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])  # sides of 1.5 reaches
UNIT_REACH = {"beta": 2.0}


def minima_of_the_triangle():
    middles = (TRIANGLE + np.roll(TRIANGLE, 1, axis=0)) / 2
    return np.vstack([TRIANGLE, middles, TRIANGLE.mean(axis=0)])


@pytest.mark.parametrize("offset", [0.0, 1e5, 1e6])
def test_epanechnikov_distances_do_not_depend_on_the_origin(offset):
    stored = np.random.default_rng(0).standard_normal((6, 5)) + offset
    cues = stored + 0.1 * np.random.default_rng(1).standard_normal(stored.shape)
    least = min(np.linalg.norm(a - b) for k, a in enumerate(stored) for b in stored[:k])
    model = Epanechnikov().store(stored)
    assert model.beta_ == pytest.approx(2 / (0.9 * least) ** 2)
    kernels = np.maximum(0, 1 - 0.5 * model.beta_ * ((cues[:, None] - stored) ** 2).sum(axis=2))
    np.testing.assert_allclose(model.energy(cues), -np.log(kernels.sum(axis=1)) / model.beta_, rtol=1e-9)
    assert np.array_equal(model.recall(cues).states, stored)


def test_epanechnikov_has_patterns_and_emergent_minima():
    model = Epanechnikov(**UNIT_REACH).store(TRIANGLE)
    minima = minima_of_the_triangle()
    assert model.is_fixed(minima).all()
    assert np.array_equal(model.recall(TRIANGLE).states, TRIANGLE)
    angles = np.linspace(0, 2 * np.pi, 50)
    for minimum in minima:
        near = minimum + 1e-3 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        assert (model.energy(near) > model.energy(minimum[None])).all()


def test_epanechnikov_has_no_other_attractors():
    grid = np.stack(np.meshgrid(np.linspace(-1, 2.5, 101), np.linspace(-1, 2.5, 101)), -1).reshape(-1, 2)
    out = Epanechnikov(**UNIT_REACH).store(TRIANGLE).recall(grid)
    ends = np.unique(out.states[out.settled].round(9), axis=0)
    want = minima_of_the_triangle().round(9)
    assert np.array_equal(ends, np.unique(want, axis=0))
    within = (((grid[:, None] - TRIANGLE) ** 2).sum(-1) < 1).any(1)
    assert np.array_equal(out.settled, within)
    assert out.n_sweeps.max() <= 3


def test_epanechnikov_attracts_no_state_out_of_reach():
    model = Epanechnikov(**UNIT_REACH).store(TRIANGLE)
    far = np.array([[9.0, 9.0]])
    out = model.recall(far)
    assert np.array_equal(out.states, far) and not out.settled[0] and out.n_sweeps[0] == 0
    assert model.energy(far)[0] == np.inf and not model.is_fixed(far)[0]


@pytest.mark.parametrize(
    ("distance", "patterns", "middle"), [(0.9, False, True), (1.9, True, True), (2.1, True, False)]
)
def test_two_patterns_merge_coexist_with_their_mean_or_stand_alone(distance, patterns, middle):
    x = np.array([[0.0, 0.0], [distance, 0.0]])
    model = Epanechnikov(**UNIT_REACH).store(x)
    assert (model.is_fixed(x) == patterns).all()
    assert model.is_fixed(x.mean(axis=0, keepdims=True))[0] == middle


def test_the_ball_that_returns_to_its_pattern_ends_at_half_the_least_distance():
    """With a reach of r − Δ, all within Δ of a pattern returns to it; but what is within Δ must be within reach."""
    x = sphere(30, 10, 0)
    squares = ((x[:, None] - x) ** 2).sum(-1)
    r = np.sqrt(squares[squares > 0].min())
    directions = sphere(30, 10, 1)
    for ball in (0.2 * r, 0.49 * r):
        out = Epanechnikov(beta=2 / (r - ball) ** 2).store(x).recall(x + 0.999 * ball * directions)
        np.testing.assert_allclose(out.states, x, atol=1e-12)
        assert (out.n_sweeps == 1).all()
    ball = 0.6 * r  # a reach of 0.4 r
    out = Epanechnikov(beta=2 / (r - ball) ** 2).store(x).recall(x + 0.999 * ball * directions)
    assert (np.abs(out.states - x).max(axis=1) > 0.01).any()


def test_by_default_every_pattern_is_a_minimum_and_its_tenth_of_wrong_bits_returns():
    x = pm1(200, 100, 0)
    model = Epanechnikov().store(x)
    assert model.is_fixed(x).all()
    assert np.array_equal(model.recall(corrupt(x, 0.1, 1)).states, x)


@pytest.mark.parametrize("model", [Modern(), Kernelised(), Epanechnikov()])
def test_memory_use_is_bounded_for_many_states_and_patterns(model, monkeypatch):
    x = np.random.default_rng(0).standard_normal((2000, 4))
    monkeypatch.setattr("neurosim.models.base._CHUNK", 2**16)
    tracemalloc.start()
    model.store(x).recall(x, max_sweeps=1)
    model.energy(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(x) ** 2 / 4  # bytes of a quarter of one array (state, pattern)
