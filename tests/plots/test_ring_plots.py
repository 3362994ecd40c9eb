"""Hidden states as rings of discs."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from neurosim import InvalidInput
from neurosim.plots import rings, sigmoids


def test_a_ring_is_drawn_on_the_axes_given(check_axes):
    check_axes(lambda ax: rings.draw([1, 0, 1], ax), labelled=False)


def test_rings_are_black_where_active_and_white_where_not():
    discs = rings.draw([1, 0, 0, 1]).collections[0]
    assert discs.get_facecolor()[:, 0].tolist() == [0, 1, 1, 0]
    many = rings.draw(np.ones(500, bool), limit=50)
    assert len(many.collections[0].get_paths()) == 50 and many.get_title() == "50 of 500 neurons"
    assert rings.grid(np.eye(3, dtype=bool), titles=["a", "b", "c"]).shape == (1, 3)


def test_on_a_dark_page_active_neurons_are_light_and_the_others_dark():
    with plt.style.context("dark_background"):
        discs = rings.draw([1, 0, 0, 1]).collections[0]
        open_point = sigmoids.draw([10.0]).get_lines()[3]
    assert discs.get_facecolor()[:, 0].tolist() == [1, 0, 0, 1]
    assert (discs.get_edgecolor()[:, :3] == 1).all() and open_point.get_markerfacecolor() == "black"


def test_a_ring_shows_one_state():
    with pytest.raises(InvalidInput, match="hidden_active must have shape"):
        rings.draw(np.zeros((2, 3)))
