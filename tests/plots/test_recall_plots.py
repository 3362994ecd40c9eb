"""Cues and recalls as images."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from neurosim import InvalidInput
from neurosim.plots import recalls


@pytest.mark.parametrize(("shape", "size"), [((8, 8), 64), ((28, 28), 784), ((3, 32, 32), 3072)])
def test_grey_and_colour_images(shape, size, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.random((4, size))
    panels = recalls.draw(images, images[::-1], shape, originals=images, hidden_active=rng.random((4, 90)) < 0.5)
    assert panels.shape == (4, 4) and isinstance(panels[0, 0], Axes)
    shown = panels[0, 1].get_images()[0].get_array()
    assert shown.shape == ((*shape[1:], 3) if len(shape) == 3 else shape)
    panels[0, 0].figure.savefig(tmp_path / "figure.png")


def test_each_cue_has_one_recall():
    with pytest.raises(InvalidInput, match="one image per cue"):
        recalls.draw(np.zeros((2, 4)), np.zeros((3, 4)), (2, 2))
