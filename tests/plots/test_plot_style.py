"""Pixels as grey or colour images."""

import numpy as np
import pytest

from neurosim import InvalidInput
from neurosim.plots import style


def test_colour_channels_end_up_as_red_green_blue():
    red = np.concatenate([np.ones(4), np.zeros(8)])
    picture = style.as_image(red, (3, 2, 2))
    assert picture.shape == (2, 2, 3) and (picture == [1, 0, 0]).all()


def test_an_image_has_one_or_three_channels():
    with pytest.raises(InvalidInput, match="image_shape"):
        style.as_image(np.zeros(32), (2, 4, 4))
