"""Comparison of local rules: known bounds and loads."""

import numpy as np
import pytest

from neurosim.learning.local import learn
from neurosim.measure.learned.evaluation import evaluate
from neurosim.measure.learned.local_rules import (
    compare_local_rules,
    compare_pattern_loads,
    error_limits,
    least_error,
    train_and_evaluate,
    train_on_patterns,
)
from neurosim.sweep import spawn_seeds


def test_no_code_is_below_the_principal_components(digits):
    rng = np.random.default_rng(1)
    plane = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 9))
    assert least_error(plane, 2) < 1e-12 < least_error(plane, 1)
    assert [least_error(np.diag([3.0, 2, 1]), n) for n in (3, 4, 5, 9)] == [0] * 4  # more neurons than pixels
    images = digits.pixels[:300].astype(float)
    values = np.linalg.svd(images, compute_uv=False)
    assert least_error(images, 12) == pytest.approx((values[12:] ** 2).sum() / 300)
    best = np.linalg.svd(images, full_matrices=False)[2][:12]  # real coefficients reach it
    assert least_error(images, 12) == pytest.approx(((images - images @ best.T @ best) ** 2).sum(axis=1).mean())
    net = learn(images, rule="dendritic", n_hidden=12, epochs=100)
    assert evaluate(net, images, 0)["squared_error"] > least_error(images, 12)


def test_a_single_pattern_is_learned_exactly():
    sizes = {"n_visible": 20, "n_hidden": 4, "updates": 3_000}
    found = train_on_patterns(seed=0, rule="dendritic", n_patterns=1, **sizes)
    assert found["share_unique"] == 1 and found["relative_error"] < 1e-3
    assert train_on_patterns(seed=0, rule="random", n_patterns=8, **sizes)["relative_error"] > 0.5


def test_the_bound_on_patterns_is_relative_to_their_square():
    found = train_on_patterns(seed=3, rule="oja", n_patterns=8, n_visible=20, n_hidden=4, updates=20)
    patterns = np.random.default_rng([3, 8]).choice([-1.0, 1.0], (8, 20))
    values = np.linalg.svd(patterns, compute_uv=False)
    assert found["least_error"] == pytest.approx((values[4:] ** 2).sum() / (8 * 20))
    assert found["least_error"] <= found["relative_error"]


def test_networks_of_a_comparison_are_those_of_the_spawned_seeds(digits):
    images = digits.pixels[:40]
    found = compare_local_rules(images, ["oja"], n_hidden=5, epochs=2, networks=3, seed=7)
    expected = [
        train_and_evaluate(seed=seed, rule="oja", images=images, n_hidden=5, epochs=2)["squared_error"]
        for seed in found.attrs.get("seeds", spawn_seeds(7, 3))
    ]
    np.testing.assert_array_equal(found.squared_error_by_network.sel(rule="oja"), expected)
    assert float(found.n_unique_upper.max()) <= 40


def test_loads_are_swept_over_rules_and_numbers_of_patterns():
    found = compare_pattern_loads(["random", "oja"], [4, 8], n_visible=20, n_hidden=4, updates=20, networks=2)
    assert found.share_unique.shape == (2, 2) and found.relative_error_by_network.shape == (2, 2, 2)
    assert (found.least_error <= found.relative_error + 1e-9).all()


def test_the_mean_image_alone_errs_by_the_variance():
    pixels = np.random.default_rng(0).random((60, 9))
    limits = error_limits(pixels, 2)
    power, mean = (pixels**2).sum(axis=1).mean(), pixels.mean(axis=0)
    np.testing.assert_allclose(limits["variance"], power - mean @ mean)  # E‖v‖² − ‖E v‖²
    values = np.linalg.svd(pixels, compute_uv=False)
    np.testing.assert_allclose(limits["least_error"], (values[2:] ** 2).sum() / 60)
