"""Bands and bars: infinite ends, points alone, and entries of legends."""

import numpy as np
import pytest
import xarray
from matplotlib.collections import LineCollection

from neurosim.plots import curves, damage, intervals, learning, style

INF, NAN = np.inf, np.nan


def estimates(middle, lower, upper, name="a"):
    data = {f"{name}{end}": ("x", values) for end, values in (("", middle), ("_lower", lower), ("_upper", upper))}
    return xarray.Dataset(data, {"x": np.arange(1.0, len(middle) + 1)})


def arrows(ax):
    """Return place and tail of each arrow, and whether it points to the upper end of the axes."""
    return [(text.xy[0], text.xyann[1], bool(text.xy[1])) for text in ax.texts]


def segments(ax):
    lines = [line for line in ax.collections if isinstance(line, LineCollection)]
    found = [np.reshape(segment, (-1, 2))[:, 1].tolist() for line in lines for segment in line.get_segments()]
    return [segment for segment in found if len(segment) == 2 and np.isfinite(segment).all()]


@pytest.mark.parametrize("draw", [intervals.bars, intervals.band])
def test_an_infinite_end_is_an_arrow_to_the_edge_of_the_axes(draw, tmp_path):
    ax = style.axes(None)
    draw(ax, estimates([1, 2, 3], [0.5, 1, -INF], [1.5, INF, 4]), "a", "x")
    begins = {intervals.bars: (2, 3), intervals.band: (1, 4)}[draw]  # at the estimate, or at the other end
    assert arrows(ax) == [(3.0, begins[1], False), (2.0, begins[0], True)]
    assert ax.get_ylim()[0] < 1 and 4 < ax.get_ylim()[1] < 10
    ax.figure.savefig(tmp_path / "figure.png")


def test_an_interval_without_an_estimate_is_drawn():
    ax = style.axes(None)
    intervals.bars(ax, estimates([NAN, INF, INF, NAN], [1, 2, INF, NAN], [3, INF, INF, NAN]), "a", "x")
    assert [1, 3] in segments(ax)
    assert arrows(ax) == [(3.0, 0.9, True), (2.0, 2, True), (3.0, 0.9, True)]


def test_the_noise_that_no_level_reaches_has_an_arrow():
    found = estimates([1.0, INF], [0.5, 2.0], [INF, INF], "noise_at_half").assign_attrs(memory_rms=2.0)
    ax = damage.draw_noise(found.assign(n_active=("x", [1, 2])))
    assert [(tail, up) for _, tail, up in arrows(ax)] == [(0.5, True), (1.0, True)]


def test_bars_of_two_quantities_cross():
    found = estimates([1.0], [0.5], [INF]).merge(estimates([5.0], [4.0], [7.0], "b")).isel(x=0)
    ax = style.axes(None)
    intervals.bars(ax, found, "b", "a")
    across, along = (line.get_segments()[0].tolist() for line in ax.containers[0].lines[2])
    assert across == [[0.5, 5], [1, 5]] and along == [[1, 4], [1, 7]]
    assert [(text.xy, text.xyann) for text in ax.texts] == [((1.0, 5.0), (1.0, 5.0))]


def test_rules_of_one_network_have_open_intervals():
    found = estimates([9.0], [1.0], [INF], "squared_error").merge(estimates([3.0], [0.0], [INF], "n_unique"))
    rules = found.rename(x="rule").assign_coords(rule=["stdp"])
    errors = {name: (("rule", "presented"), [[9.0, 3.0]]) for name in ("squared_error", "first_error")}
    during = xarray.Dataset(errors, {"rule": ["stdp"], "presented": [1, 100]}, {"n_hidden": 24})
    assert len(learning.stdp_rules(rules, during)[0].texts) == 2


def test_a_point_without_neighbours_has_a_bar_in_place_of_the_band():
    ax = style.axes(None)
    intervals.band(ax, estimates([1, NAN, 2, 3, 4], [0, NAN, 1, 2, NAN], [2, NAN, 3, 4, NAN]), "a", "x")
    assert segments(ax) == [[0, 2]]
    one = style.axes(None)
    intervals.band(one, estimates([1], [0], [2]), "a", "x")
    assert segments(one) == [[0, 2]]


def test_each_confidence_has_an_entry():
    found = [
        xarray.Dataset(attrs={"confidence": confidence, "n_networks": n}) for confidence, n in ((0.95, 20), (0.5, 20))
    ]
    assert [one.get_label() for one in intervals.handles(*found, found[0])] == [
        "95% interval, 20 networks",
        "50% interval, 20 networks",
    ]
    curve = (
        estimates([0.9, 0.5], [0.8, 0.4], [1.0, 0.6], "recalled")
        .rename(x="noise_std")
        .assign(law=("noise_std", [NAN] * 2))
    )
    ax = curves.draw({"a": curve.assign_attrs(found[0].attrs), "b": curve.assign_attrs(found[1].attrs)}, "noise_std")
    assert [text.get_text() for text in ax.get_legend().get_texts()][2:] == [
        "95% interval, 20 networks",
        "50% interval, 20 networks",
    ]
