"""Sigmoids of several gains."""

from neurosim.plots import sigmoids


def test_sigmoids_are_drawn_on_labelled_axes(check_axes):
    check_axes(lambda ax: sigmoids.draw([3.0, 10.0], ax))
