"""Table 4: recalls of the paper's models, and their recognition."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from neurosim.damage import Combined, Noise
from neurosim.measure.learned.recognition import (
    MODELS,
    recall_patterns,
    recognition_by_model,
    recognition_of_network,
    sample_draws,
)

pytestmark = pytest.mark.torch


class Nearest:
    """A classifier that returns the label of the nearest training image, up to a factor."""

    def __init__(self, pixels, labels):
        self.pixels, self.labels = pixels / np.linalg.norm(pixels, axis=1, keepdims=True), labels

    def correct(self, inputs, labels):
        return self.labels[(inputs @ self.pixels.T).argmax(axis=1)] == labels


@pytest.mark.slow
def test_table_4_counts_the_recalls_that_are_recognised(trained_digits):
    images = trained_digits.images
    classifier: Any = Nearest(images.pixels, images.labels)
    draws = sample_draws(images, n_draws=2)
    found = recognition_by_model(images, draws, classifier)
    for model in ("A (ii)", "B"):  # steep functions separate 50 random signs of 64 pixels
        here = found.sel(model=model, stored_as="±1")
        assert float(here.nearest_to_cue) == 1, model
        assert float(here.recognised) > 0.95, model  # back in pixels, by their class
    pixels = found.sel(stored_as="pixels")  # all overlap: one image takes every cue
    assert (pixels.nearest_to_cue.sel(model=["A (i)", "A (ii)", "C"]) == 1 / 50).all()
    assert (pixels.recognised < 0.4).all()
    np.testing.assert_array_equal(found.paper, [0.12, 0.84, 0.90, 0.02])
    unseen = trained_digits.unseen
    damages = (Combined(), Noise(0.5))
    ours = recognition_of_network(trained_digits.network, images, unseen, draws, classifier, damages)
    intact, noisy = (float(share) for share in ours.recognised)
    assert 0.8 < intact < 1  # the classifier is trained on originals, not on recalls
    assert 0.3 < noisy < intact
    assert ours.cue_recognised[0] == 1  # their nearest training images are they themselves
    noise = images.damaged(damages[1], seed=0)
    shares = [classifier.correct(noise[rows], images.labels[rows]).mean() for rows in draws]
    assert float(ours.cue_recognised[1]) == pytest.approx(np.mean(shares))
    assert float(ours.classifier_accuracy) == classifier.correct(unseen.pixels, unseen.labels).mean()


@pytest.mark.parametrize("name", ["A (ii)", "B", "C"])
def test_orthogonal_patterns_are_recalled_in_the_units_of_the_patterns(name):
    patterns = np.kron(np.eye(4), np.ones(8)) * 2.0
    states = recall_patterns(MODELS[name].make, patterns)
    np.testing.assert_allclose(states, patterns, atol=1e-6 if name != "B" else 1e-4)
