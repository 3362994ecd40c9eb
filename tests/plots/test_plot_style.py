"""Pixels as grey or colour images; bars, strokes and axes."""

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput
from neurosim.plots import style


def test_colour_channels_end_up_as_red_green_blue():
    red = np.concatenate([np.ones(4), np.zeros(8)])
    picture = style.as_image(red, (3, 2, 2))
    assert picture.shape == (2, 2, 3) and (picture == [1, 0, 0]).all()


def test_an_image_has_one_or_three_channels():
    with pytest.raises(InvalidInput, match="image_shape"):
        style.as_image(np.zeros(32), (2, 4, 4))


def test_bars_reach_from_the_lower_to_the_upper_limit_at_given_places():
    data = {"a": ("x", [0.5, 0.9]), "a_lower": ("x", [0.25, 0.6]), "a_upper": ("x", [0.85, 1.0])}
    ax = style.axes(None)
    style.bars(ax, xarray.Dataset(data, {"x": [1.0, 2.0]}), "a", [3.0, 4.0], 8, "measured", markersize=9)
    line, segments = ax.get_lines()[0], [path.vertices for path in ax.collections[0].get_paths()]
    np.testing.assert_allclose(np.array(segments), [[[3, 0.25], [3, 0.85]], [[4, 0.6], [4, 1.0]]])
    assert line.get_color() == style.PALETTE[1] and line.get_markerfacecolor() == "none" and line.get_markersize() == 9


def test_a_second_round_of_colours_has_other_markers_and_all_lines_differ():
    strokes = [tuple(style.stroke(index).items()) for index in range(28)]
    assert len(set(strokes)) == 28 and style.stroke(0)["color"] == style.stroke(7)["color"]


@pytest.mark.parametrize("ticks", [[900, 2000], None])
@pytest.mark.parametrize("name", ["x", "y"])
def test_a_logarithmic_axis_has_plain_numbers_and_no_other_labels(name, ticks):
    figure = style.new_figure(2.0, columns=1)
    ax = figure.subplots()
    ax.set(xlim=(700, 3000), ylim=(700, 3000))
    axis = getattr(ax, f"{name}axis")
    style.log_axis(axis, ticks)
    figure.draw_without_rendering()
    labels = [label.get_text() for label in axis.get_majorticklabels()]
    assert "2,000" in labels and ax.get_xscale() != ax.get_yscale()
    assert not any(label.get_text() for label in axis.get_minorticklabels())
    assert ticks is None or not len(axis.get_minorticklocs())
