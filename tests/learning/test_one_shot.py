"""One-shot learning: least squares of weighted images, in one shot or one after the other, and what is forgotten."""

import numpy as np
import pytest

from neurosim import InvalidInput, recall, theory
from neurosim.learning.one_shot import Correlations, sparse_codes
from neurosim.learning.prescribed import prescribe


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).choice([-1.0, 1.0], (60, 100))


def test_codes_are_a_function_of_the_image_and_the_seed(images):
    codes = sparse_codes(images, 50, activity=0.1, seed=3)
    assert (codes.sum(axis=1) == 5).all() and len(np.unique(codes, axis=0)) == 60
    np.testing.assert_array_equal(sparse_codes(images[::-1], 50, activity=0.1, seed=3), codes[::-1])
    assert (sparse_codes(images, 50, activity=0.1, seed=4) != codes).any()
    assert (sparse_codes(images, 50, activity=0).sum(axis=1) == 1).all()
    np.testing.assert_array_equal(sparse_codes(np.zeros((1, 4)), 50), sparse_codes(-np.zeros((1, 4)), 50))


def test_without_forgetting_and_noise_it_is_the_prescribed_network(images):
    codes = sparse_codes(images[:15], 40, activity=0.1)
    found = Correlations.none(100, 40).add(images[:15], codes).network(noise=1e-5)
    expected = prescribe(images[:15], codes)
    np.testing.assert_allclose(found.feedback_weights, expected.feedback_weights, atol=1e-4)
    np.testing.assert_allclose(theory.visible_state(found, codes), images[:15], atol=1e-3)
    np.testing.assert_array_equal(found.threshold, expected.threshold)


@pytest.mark.parametrize(("tau_v", "threshold"), [(1e-3, 0.5 / np.e), (2e-3, 0.25), (20e-3, 0.4), (1.0, 0.4)])
def test_images_are_recalled_at_any_time_constants(images, tau_v, threshold):
    codes = sparse_codes(images[:20], 40)
    seen = Correlations.none(100, 40).add(images[:20], codes)
    net = seen.network(tau_v=tau_v, tau_h=1e-3)
    np.testing.assert_allclose(net.threshold, threshold, rtol=1e-12)
    assert (recall(net, images[:20]).hidden_active.values == codes).all()
    mixed = seen.network(tau_v=np.linspace(0, 2, 101)[1:] * tau_v / 1.01, tau_h=1e-3)
    np.testing.assert_allclose(mixed.threshold, threshold, rtol=1e-12)


@pytest.mark.parametrize("forget", [0.0, 0.03, 0.5])
def test_it_minimises_the_squared_error_weighted_by_age(images, forget):
    codes, noise = sparse_codes(images, 40), 0.3
    net = Correlations.none(100, 40).add(images, codes, forget=forget).network(noise=noise)
    weights = np.sqrt((1 - forget) ** np.arange(60)[::-1])[:, None]
    ridge = noise * np.sqrt((weights**2).sum())  # all images have the mean square 1
    rows = np.vstack([weights * images, ridge * np.eye(100)])
    targets = np.vstack([weights * codes, np.zeros((100, 40))])
    encoder = np.linalg.lstsq(rows, targets, rcond=None)[0].T
    np.testing.assert_allclose(net.feedback_weights * np.sqrt(40) / 100, encoder, atol=1e-8)


def test_one_at_a_time_is_the_same_as_all(images):
    codes = sparse_codes(images, 40)
    one = Correlations.none(100, 40)
    for image, code in zip(images, codes, strict=True):
        one = one.add(image[None], code[None], forget=0.02)
    every = Correlations.none(100, 40).add(images, codes, forget=0.02)
    for name in ("cross", "visible", "hidden"):
        np.testing.assert_allclose(getattr(one, name), getattr(every, name), atol=1e-10)


def test_new_images_are_recalled_and_old_ones_forgotten():
    images = np.random.default_rng(1).choice([-1.0, 1.0], (300, 100))
    codes = sparse_codes(images, 50)
    shares = {}
    for forget in (0.0, 0.03):
        net = Correlations.none(100, 50).add(images, codes, forget=forget).network()
        right = (recall(net, images).hidden_active.values == codes).all(axis=1)
        shares[forget] = right[-10:].mean(), right[:100].mean()
    assert shares[0.03] == (1.0, 0.0)
    assert max(shares[0.0]) < 0.5  # six times as many images as hidden neurons, all equally bad


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.network(), "must have seen an image that is not 0"),
        (lambda c: c.add(np.ones((1, 3)), np.ones((1, 2)), forget=2), "forget must be"),
        (lambda c: c.add(np.ones((1, 4)), np.ones((1, 2))), "images must have shape"),
        (lambda c: c.add(np.ones((1, 3)), np.full((1, 2), 0.5)), "codes must be binary"),
        (lambda c: c.add(np.ones((1, 3)), np.ones((1, 2))).network(noise=0), "noise must be"),
        (lambda c: c.add(np.ones((1, 3)), np.ones((1, 2))).network(noise=1e-7), "noise must be .* >= 1e-06, got 1e-07"),
        (lambda c: Correlations(np.ones((2, 3)), np.ones((3, 3)), np.ones((3, 3))), "hidden must have shape"),
        (lambda c: sparse_codes(np.ones((1, 3)), 2, activity=1.1), "activity must be"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InvalidInput, match=message):
        call(Correlations.none(3, 2))
