"""One step of attention against the posterior mean, in closed form, of tokens on a sphere, in a plane, in clusters."""

import numpy as np
import pytest
from scipy.special import iv, softmax

from neurosim.measure.statistics import student_interval
from neurosim.models import Denoiser, Modern

NOISE, RADIUS = 1.0, 1.5


def on_sphere(count, n, rng):
    x = rng.standard_normal((count, n))
    return RADIUS * x / np.linalg.norm(x, axis=1, keepdims=True)


def posterior_mean_on_sphere(cues):
    """Return R I_{n/2}(κ)/I_{n/2−1}(κ) x/|x|, κ = R|x|/σ²: the mean of von Mises and Fisher's distribution."""
    length = np.linalg.norm(cues, axis=1, keepdims=True)
    concentration, half = RADIUS * length / NOISE**2, cues.shape[1] / 2
    return RADIUS * iv(half, concentration) / iv(half - 1, concentration) * cues / length


def denoise(tokens, cues, **options):
    return Denoiser(**options).store(tokens).recall(cues).states


def test_the_step_is_one_of_gradient_descent_of_length_alpha():
    x, cues = np.random.default_rng(0).standard_normal((2, 15, 6))
    for alpha in (0.5, 3.0):
        model = Denoiser(beta=0.8, alpha=alpha).store(x)
        eye = 1e-5 * np.eye(6)
        gradient = np.array([(model.energy(v + eye) - model.energy(v - eye)) / 2e-5 for v in cues])
        np.testing.assert_allclose(model.recall(cues).states, cues - alpha * gradient, atol=1e-8)
        want = (cues**2).sum(1) / (2 * alpha) - np.log(np.exp(0.8 * cues @ x.T).sum(1)) / 0.8
        np.testing.assert_allclose(model.energy(cues), want, rtol=1e-12)


def test_it_steps_once_however_many_sweeps_are_allowed():
    x, cues = np.random.default_rng(0).standard_normal((2, 15, 6))
    model = Denoiser(beta=0.3).store(x)
    once, often = (model.recall(cues, max_sweeps=count) for count in (1, 100))
    assert np.array_equal(once.states, often.states)
    assert (often.n_sweeps == 1).all() and not often.settled.any()
    assert np.abs(model.recall(once.states).states - once.states).max() > 0.1


@pytest.mark.parametrize("n", [2, 3, 5])
def test_on_a_sphere_it_tends_to_the_posterior_mean_as_1_over_root_of_the_tokens(n):
    errors = {}
    for count in (200, 3200):
        errors[count] = []
        for seed in range(20):
            rng = np.random.default_rng(seed)
            tokens, truth = on_sphere(count, n, rng), on_sphere(50, n, rng)
            cues = truth + NOISE * rng.standard_normal(truth.shape)
            off = denoise(tokens, cues, beta=1 / NOISE**2) - posterior_mean_on_sphere(cues)
            errors[count].append((off**2).sum(axis=1).mean())
    assert np.sqrt(np.mean(errors[3200])) < 0.04 * RADIUS
    assert np.mean(errors[200]) / np.mean(errors[3200]) == pytest.approx(16, rel=0.3)


def test_another_beta_is_further_from_the_posterior_mean():
    rng = np.random.default_rng(0)
    tokens, truth = on_sphere(6400, 3, rng), on_sphere(200, 3, rng)
    cues = truth + NOISE * rng.standard_normal(truth.shape)
    best = posterior_mean_on_sphere(cues)
    off = [((denoise(tokens, cues, beta=f / NOISE**2) - best) ** 2).mean() for f in (0.6, 1, 1.7)]
    assert off[1] < 0.1 * min(off[0], off[2])


def test_one_step_is_nearly_optimal_and_beats_retrieval_in_squared_error():
    """Against the nearest token, and against going on to the minimum of the energy."""
    excess, token, minimum = [], [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        tokens, truth = on_sphere(500, 3, rng), on_sphere(200, 3, rng)
        cues = truth + NOISE * rng.standard_normal(truth.shape)

        def error(estimate, truth=truth):
            return ((estimate - truth) ** 2).sum(axis=1).mean()

        one = error(denoise(tokens, cues, beta=1 / NOISE**2))
        best = error(posterior_mean_on_sphere(cues))
        nearest = tokens[((cues[:, None] - tokens) ** 2).sum(-1).argmin(axis=1)]
        end = Modern(beta=1 / NOISE**2).store(tokens).recall(cues, max_sweeps=1000)
        excess.append(one / best)
        token.append(error(nearest) / one)
        minimum.append(error(end.states) / one)
    assert student_interval(excess).upper < 1.05
    assert student_interval(token).lower > 1.2
    assert student_interval(minimum).lower > 1.6


def test_in_a_subspace_it_tends_to_the_shrunk_projection():
    n, beta, spread = 6, 0.01, 0.8
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((n, 2)))[0]
    half = spread * rng.standard_normal((20_000, 2)) @ basis.T
    tokens = np.vstack([half, -half])
    cues = spread * rng.standard_normal((50, 2)) @ basis.T + NOISE * rng.standard_normal((50, n))
    want = spread**2 / (spread**2 + NOISE**2) * cues @ basis @ basis.T
    got = denoise(tokens, cues, beta=beta, alpha=1 / (beta * (spread**2 + NOISE**2)))
    assert np.sqrt(((got - want) ** 2).sum(1).mean()) < 0.02 * np.sqrt((want**2).sum(1).mean())
    plain = denoise(tokens, cues, beta=1 / NOISE**2)  # right for tokens of one length only
    assert np.sqrt(((plain - want) ** 2).sum(1).mean()) > 0.1 * np.sqrt((want**2).sum(1).mean())


def test_of_tight_clusters_it_tends_to_the_weighted_mean_of_their_centres():
    rng = np.random.default_rng(0)
    centres, weights = on_sphere(4, 5, rng), np.array([0.1, 0.2, 0.3, 0.4])
    cluster = np.repeat(np.arange(4), (10_000 * weights).astype(int))
    tokens = centres[cluster] + 0.01 * rng.standard_normal((10_000, 5))
    cues = centres[rng.integers(0, 4, 50)] + NOISE * rng.standard_normal((50, 5))
    want = softmax(cues @ centres.T / NOISE**2 + np.log(weights), axis=1) @ centres
    np.testing.assert_allclose(denoise(tokens, cues, beta=1 / NOISE**2), want, atol=0.01)
    assert np.abs(want[:, None] - centres).sum(-1).min(axis=1).max() > 0.3  # some of them between the centres
