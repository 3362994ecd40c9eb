"""Sigmoids of several gains."""

from neurosim.plots import sigmoids


def test_sigmoids_are_drawn_on_labelled_axes(check_axes):
    check_axes(lambda ax: sigmoids.draw([3.0, 10.0], ax))


def test_a_stable_point_is_seen_in_the_open_circle_of_an_unstable_one_at_its_place():
    points = [line for line in sigmoids.draw([3.0, 10.0]).get_lines() if line.get_marker() == "o"]
    stable, unstable = (
        next(p for p in points if abs(p.get_xdata()[0] - 0.5) < 1e-6 and (p.get_markerfacecolor() != "white") == filled)
        for filled in (True, False)
    )
    assert stable.get_zorder() > unstable.get_zorder() and stable.get_markersize() < unstable.get_markersize()
