"""Reference methods of the damage table against least squares, posterior means and the two-layer model."""

import numpy as np
import pytest

from neurosim import krotov_hopfield, recall
from neurosim.damage import Combined, Noise, Occluded
from neurosim.learning import Images
from neurosim.measure.learned.references import BETAS, choose_beta, linear_map, reference_table, softmax_recall
from neurosim.report.image_findings import reference_rows


@pytest.fixture(scope="module")
def images():
    """Sixty random images of 4 by 4 pixels; all lie in a space of five dimensions."""
    rng = np.random.default_rng(0)
    pixels = rng.random((60, 5)) @ rng.random((5, 16))
    return Images(pixels / pixels.max(), np.zeros(60, int), (4, 4), "random")


def test_the_linear_map_is_that_of_least_squares(images):
    damage = Noise(0.2)
    found = linear_map(images, damage, seed=3)
    copies = -(-20 * 16 // 60)
    cues = np.concatenate([images.damaged(damage, seed=3 + copy) for copy in range(copies)])
    with_offset = np.column_stack([cues, np.ones(len(cues))])
    weights = np.linalg.lstsq(with_offset, np.tile(images.pixels, (copies, 1)))[0]
    new = images.damaged(damage, seed=99)
    expected = np.column_stack([new, np.ones(len(new))]) @ weights
    np.testing.assert_allclose(found(new), expected, atol=1e-4)
    assert ((found(new) - images.pixels) ** 2).sum() < 0.7 * ((new - images.pixels) ** 2).sum()


def test_the_linear_map_completes_what_depends_linearly_on_the_rest(images):
    """Eight pixels determine an image of five dimensions."""
    half = Occluded()
    cues = images.damaged(half, seed=0)
    np.testing.assert_allclose(linear_map(images, half, seed=0)(cues), images.pixels, atol=1e-2)
    assert np.abs(cues - images.pixels).max() > 0.5


def test_the_first_step_of_the_softmax_memory_is_the_posterior_mean(images):
    stored, cues = images.pixels.astype(float), images.damaged(Noise(0.3), slice(6), seed=1)
    beta = 1 / 0.3**2
    log_posterior = -((cues[:, None] - stored) ** 2).sum(axis=2) / (2 * 0.3**2)
    posterior = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
    posterior /= posterior.sum(axis=1, keepdims=True)
    found = softmax_recall(cues, images.pixels, beta, max_steps=1)
    np.testing.assert_allclose(found, posterior @ stored, atol=1e-4)


def test_the_softmax_memory_ends_where_model_b_with_thresholds_does(images):
    stored, cues = images.pixels[:8].astype(float), images.damaged(Noise(0.1), slice(8), seed=2)
    beta = 60.0
    net = krotov_hopfield.model_b(stored, beta=beta).replace(threshold=(stored**2).sum(axis=1) / (2 * 16))
    out = recall(net, cues / np.sqrt(8), hidden=cues @ stored.T / 16, engine="reference", duration=1.0)
    np.testing.assert_allclose(softmax_recall(cues, stored, beta), np.sqrt(8) * out.visible, atol=5e-3)


def test_a_cold_softmax_memory_returns_the_nearest_image_and_a_hot_one_the_mean(images):
    cues = images.damaged(Noise(0.1), seed=4)
    nearest = ((cues[:, None] - images.pixels) ** 2).sum(axis=2).argmin(axis=1)
    assert 0.5 < (nearest == np.arange(60)).mean() < 1
    np.testing.assert_allclose(softmax_recall(cues, images.pixels, 1e5), images.pixels[nearest], atol=1e-5)
    mean = np.broadcast_to(images.pixels.mean(axis=0), (60, 16))
    np.testing.assert_allclose(softmax_recall(cues, images.pixels, 1e-6), mean, atol=1e-5)


def test_the_chosen_beta_is_nearly_the_best_on_other_cues(images):
    assert choose_beta(images, Combined(), seed=0) == BETAS[-1]
    cues = np.concatenate([images.damaged(Noise(0.3), seed=seed) for seed in range(10, 20)])
    intact = np.tile(images.pixels, (10, 1))
    errors = [((softmax_recall(cues, images.pixels, beta) - intact) ** 2).sum() for beta in BETAS]
    assert errors[BETAS.index(choose_beta(images, Noise(0.3), seed=0))] < 1.1 * min(errors)
    assert max(errors) > 1.5 * min(errors)


@pytest.mark.torch
def test_the_table_holds_every_method_with_its_size(images):
    pytest.importorskip("torch")
    damages = [Combined(), Noise(0.3)]
    found = reference_table(images, 4, damages, n_cues=30, n_updates=20, seed=5)
    assert found.reference.values.tolist() == ["linear", "autoencoder", "softmax memory", "nearest image"]
    exact = found.sel(reference="nearest image", damage="none")
    assert float(exact.recall_error) == 0 and float(exact.nearest_image) == 1
    chosen = images.balanced_sample(30, 5)
    cues = images.damaged(damages[1], chosen, seed=5)
    nearest = ((cues[:, None] - images.pixels) ** 2).sum(axis=2).argmin(axis=1)
    error = ((images.pixels[nearest] - images.pixels[chosen]) ** 2).sum(axis=1).mean()
    here = found.sel(reference="nearest image", damage=str(damages[1]))
    assert float(here.recall_error) == pytest.approx(error, rel=1e-5)
    assert float(here.nearest_image) == (nearest == chosen).mean()
    assert found.n_numbers.values.tolist()[:1] + found.n_numbers.values.tolist()[2:] == [17 * 16, 960, 960]
    rows = reference_rows(found)
    assert len(rows) == 8 and rows[0][0] == "none: linear" and "β = " in rows[2][2]
