"""Recall of stored and unseen images in cases with known values."""

import numpy as np
import pytest
from shared_networks import cycling

from neurosim import Network, recall, theory
from neurosim.learning import Images
from neurosim.measure import unique_stable_minima
from neurosim.measure.learned.recalls import recall_images, recall_unseen_images, synapses

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def memories_of(trained):
    minima = unique_stable_minima(trained.network, trained.images.pixels)
    return minima.hidden_active.values[minima.stable.values]


def test_stored_images_recall_no_new_memory(trained_digits):
    net, images = trained_digits.network, trained_digits.images
    unseen = recall_unseen_images(net, images, memories_of(trained_digits), n_cues=50)
    assert float(unseen.share_new) == 0
    # no memory is farther from an image than the nearest one is
    assert float(unseen.nearest_error) <= float(unseen.squared_error) + 1e-4


def test_other_images_recall_new_memories_and_the_nearest_stored_one_is_found(trained_digits):
    net, images = trained_digits.network, trained_digits.unseen
    memories = memories_of(trained_digits)
    unseen = recall_unseen_images(net, images, memories, n_cues=50)
    assert float(unseen.share_new) > 0.9
    cues = images.pixels[images.balanced_sample(50, 0)].astype(float)
    stored = theory.visible_state(net, memories)
    nearest = [np.square(cue - stored).sum(axis=1).min() for cue in cues]
    assert float(unseen.nearest_error) == pytest.approx(np.mean(nearest), rel=1e-5)


def test_a_recall_that_does_not_settle_is_at_no_new_memory():
    net, images = cycling(), Images(np.random.default_rng(0).random((12, 64)), np.zeros(12, int), (8, 8), "random")
    settled = recall(net, images.pixels).outcome.values == "settled"
    assert 2 < settled.sum() < 10
    stored = np.array([[False, False, False, True]])  # the only fixed point
    assert float(recall_unseen_images(net, images, stored, n_cues=12).share_new) == 0
    assert float(recall_unseen_images(net, images, ~stored, n_cues=12).share_new) == pytest.approx(settled.mean())


def test_errors_and_attractors_are_those_of_the_recalls(trained_digits):
    net, images = trained_digits.network, trained_digits.images
    found = recall_images(net, images, n_cues=60, n_shown=3, seed=4)
    cues = images.pixels[images.balanced_sample(60, 4)].astype(float)
    out = recall(net, cues)
    assert float(found.squared_error) == pytest.approx(np.square(out.visible.values - cues).sum(axis=1).mean())
    assert int(found.n_distinct) == len(np.unique(out.hidden_active.values, axis=0)) and float(found.share_settled) == 1
    np.testing.assert_array_equal(found.visible, out.visible[:3])
    np.testing.assert_array_equal(found.cue_visible, cues[:3])
    assert found.attrs["subject"].startswith("certified network, N_h = 24, Images(")
    assert tuple(found.attrs["image_shape"]) == (8, 8)


def test_synapses_are_those_of_the_network(digits):
    net = Network.gaussian(64, 3, seed=0).replace(feedback=np.ones((3, 64)))
    found = synapses(net, digits)
    np.testing.assert_array_equal(found.weights, net.weights)
    np.testing.assert_array_equal(found.feedback, np.ones((64, 3)))
