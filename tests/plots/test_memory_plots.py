"""Memories as images, and their correlations."""

import numpy as np
import pytest

from neurosim import InvalidInput, Network
from neurosim.plots import memories

NET = Network.gaussian(30, 3, seed=0)


def test_correlations_are_drawn_on_labelled_axes(check_axes):
    check_axes(lambda ax: memories.correlation(NET, ax))


def test_correlation_of_constant_and_opposite_memories():
    weights = np.random.default_rng(0).standard_normal(20)
    shown = memories.correlation(Network(np.stack([weights, -weights, np.ones(20)], axis=1))).get_images()[0]
    assert np.allclose(shown.get_array(), [[1, -1, 0], [-1, 1, 0], [0, 0, 0]])


@pytest.mark.parametrize(("shape", "size"), [((8, 8), 64), ((28, 28), 784), ((3, 32, 32), 3072)])
def test_memories_are_images_in_as_few_rows_as_fit(shape, size, tmp_path):
    panels = memories.images(Network(np.random.default_rng(0).standard_normal((size, 7))), shape, limit=5)
    assert panels.shape == (2, 3) and not panels[1, 2].get_images()
    panels[0, 0].figure.savefig(tmp_path / "figure.png")


def test_the_image_shape_fits_the_network():
    with pytest.raises(InvalidInput, match="image_shape"):
        memories.images(NET, (4, 8))
