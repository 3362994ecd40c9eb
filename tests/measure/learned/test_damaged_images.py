"""Recall from damaged images: replacement of missing pixels, and error against damage."""

import numpy as np
import pytest

from neurosim import InvalidInput
from neurosim.measure.learned.damage import GRADED, recall_damaged_images

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.mark.parametrize("kind", GRADED)
def test_more_damage_gives_larger_errors_and_none_gives_the_same_memory(trained_digits, kind):
    networks = {"a": trained_digits.network, "b": trained_digits.network}
    found = recall_damaged_images(networks, trained_digits.images, kind, n_cues=40)
    assert (found.same_memory.sel(level=0) == 1).all()
    error = found.squared_error.values
    assert (error[:, -1] > 1.1 * error[:, 0]).all()
    assert (found.same_memory.values[:, -1] < 0.5).all()
    assert (found.squared_error_lower < found.squared_error).all()
    assert (found.sel(recipe="a", drop=True) == found.sel(recipe="b", drop=True)).all()


def test_missing_pixels_are_those_of_the_mean_image(trained_digits):
    images = trained_digits.images
    cues, mean = images.pixels[:50].astype(float), images.pixels.mean(axis=0)
    masked = images.damaged(GRADED["masked"].at(0.3), slice(50), seed=1)
    assert (masked != cues).mean() < 0.4 and np.isin(masked[masked != cues], mean).all()
    occluded = images.damaged(GRADED["occluded"].at(0.5), slice(50), seed=1).reshape(-1, 8, 8)
    np.testing.assert_array_equal(occluded[:, :4], cues.reshape(-1, 8, 8)[:, :4])
    np.testing.assert_allclose(occluded[:, 4:], np.broadcast_to(mean.reshape(8, 8)[4:], (50, 4, 8)))


def test_an_unknown_kind_is_refused(trained_digits):
    with pytest.raises(InvalidInput, match="kind must be one of"):
        recall_damaged_images({"a": trained_digits.network}, trained_digits.images, "burnt")
