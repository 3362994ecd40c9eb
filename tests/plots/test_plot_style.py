"""Pixels as grey or colour images; bars, strokes and axes."""

from itertools import pairwise

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neurosim import InvalidInput
from neurosim.plots import axis_ticks, curves, damage, intervals, recalls, sheet, spiking, style


def test_colour_channels_end_up_as_red_green_blue():
    red = np.concatenate([np.ones(4), np.zeros(8)])
    picture = style.as_image(red, (3, 2, 2))
    assert picture.shape == (2, 2, 3) and (picture == [1, 0, 0]).all()


def test_an_image_has_one_or_three_channels():
    with pytest.raises(InvalidInput, match="image_shape"):
        style.as_image(np.zeros(32), (2, 4, 4))


@pytest.mark.parametrize(("shape", "aspect"), [((24, 1), "auto"), ((1, 24), "auto"), ((4, 6), 1.0)])
def test_images_of_one_row_or_column_fill_their_axes(shape, aspect):
    ax = style.axes(None)
    style.show_image(ax, np.arange(24.0), shape, 0, 23)
    assert ax.get_aspect() == aspect


def test_light_images_that_are_nearly_uniform_stay_light():
    white = np.ones((2, 4096))
    white[:, :3] = 0
    picture = recalls.draw(white, white, (64, 64))[0, 0].get_images()[0].get_array()
    assert picture.min() == 0 and np.median(picture.filled()) == 1


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (0.25, 0.25), (1, 1), (7, 0.5), (-2, 0.5), (np.nan, np.nan)])
def test_a_constant_image_is_drawn_as_it_is(value, grey):
    image = np.full((1, 16), float(value))
    picture = recalls.draw(image, image, (4, 4))[0, 0].get_images()[0].get_array()
    np.testing.assert_array_equal(np.ma.filled(picture, np.nan), np.full((4, 4), grey))


@pytest.mark.parametrize("shape", [(2, 2), (3, 2, 2)])
def test_unknown_pixels_are_neither_black_nor_white(shape):
    values = np.linspace(0, 1, np.prod(shape))
    values[-1] = np.nan
    figure = Figure(figsize=(1, 1), dpi=20)
    style.show_image(figure.add_axes((0, 0, 1, 1)), values, shape, 0, 1)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    red, green, blue = np.asarray(canvas.buffer_rgba())[-3, -3, :3].tolist()
    assert (red, green, blue) == (0xE8, 0xB4, 0xD0)


@pytest.mark.parametrize("late", [False, True])
def test_a_title_stands_above_a_legend_that_is_above_the_axes(late):
    ax = style.axes(None)
    ax.plot([0, 1], label="measured")
    titles = [ax.set_title("A", loc="left")] if not late else []
    style.legend_above(ax, 2)
    titles += [ax.set_title("later"), ax.set_title("B", loc="right")] if late else []
    ax.figure.draw_without_rendering()
    legend = ax.get_legend().get_window_extent()
    assert all(title.get_window_extent().y0 >= legend.y1 for title in titles)
    assert all(title.get_window_extent().y1 <= ax.figure.bbox.y1 for title in titles)
    assert ax.figure.axes == [ax]


@pytest.mark.parametrize("layout", [None, "tight", "compressed"])
def test_a_legend_below_the_panels_of_a_given_figure_covers_no_labels(layout):
    figure = Figure(figsize=(4, 2), layout=layout)
    ax = figure.subplots()
    ax.plot([0, 1], label="measured")
    ax.set_xlabel("time")
    style.legend_below(ax, 1)
    figure.draw_without_rendering()
    assert figure.legends[0].get_window_extent().y1 <= ax.xaxis.label.get_window_extent().y0


def test_whole_ticks_of_a_narrow_axis_are_whole():
    ax = style.axes(None)
    axis_ticks.whole_ticks(ax.xaxis)
    ax.set_xlim(1.8, 2.2)
    assert all(tick % 1 == 0 for tick in ax.get_xticks())


def test_an_infinite_setting_is_drawn_at_the_end_of_the_axis():
    data = {f"recalled{end}": ("gain", [0.2, 0.5, 0.9]) for end in ("", "_lower", "_upper")}
    attrs = {"confidence": 0.95, "n_networks": 20}
    ax = curves.draw(xarray.Dataset(data, {"gain": [5.0, 20.0, np.inf]}, attrs), "gain")
    ax.figure.draw_without_rendering()
    texts = {text.get_position()[0]: text.get_text() for text in ax.get_xticklabels()}
    assert ax.get_lines()[0].get_xdata().tolist() == [5, 20, 100]
    assert (texts[5], texts[20], texts[50], texts[100]) == ("5", "20", "", "$\\infty$")


def test_bars_reach_from_the_lower_to_the_upper_limit_at_given_places():
    data = {"a": ("x", [0.5, 0.9]), "a_lower": ("x", [0.25, 0.6]), "a_upper": ("x", [0.85, 1.0])}
    ax = style.axes(None)
    intervals.bars(ax, xarray.Dataset(data, {"x": [1.0, 2.0]}), "a", [3.0, 4.0], 8, "measured", markersize=9)
    line, segments = ax.get_lines()[0], [path.vertices for path in ax.collections[0].get_paths()]
    np.testing.assert_allclose(np.array(segments), [[[3, 0.25], [3, 0.85]], [[4, 0.6], [4, 1.0]]])
    assert line.get_color() == sheet.PALETTE[1] and line.get_markerfacecolor() == "none" and line.get_markersize() == 9


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
    axis_ticks.log_axis(axis, ticks)
    figure.draw_without_rendering()
    labels = [label.get_text() for label in axis.get_majorticklabels()]
    assert "2,000" in labels and ax.get_xscale() != ax.get_yscale()
    assert not any(label.get_text() for label in axis.get_minorticklabels())
    assert ticks is None or not len(axis.get_minorticklocs())


NOISE = xarray.Dataset(
    {f"recalled{end}": ("noise_std", [0.9, 0.5]) for end in ("", "_lower", "_upper")}
    | {"law": ("noise_std", [0.9, 0.4])},
    {"noise_std": [0.0, 1.0]},
    {"confidence": 0.95, "n_networks": 20},
)
OWN = {
    "axes.labelsize": 15,
    "axes.titlesize": 21,
    "xtick.labelsize": 13,
    "legend.fontsize": 11,
    "lines.linewidth": 3.5,
    "lines.markersize": 9,
    "axes.prop_cycle": matplotlib.cycler(color=["#123456", "#abcdef"]),
}


def appearance(ax):
    """Return what a style decides: sizes of text, the line of data, the legend."""
    line, legend = ax.get_lines()[0], ax.get_legend()
    texts = (ax.xaxis.label, ax.get_xticklabels()[0], ax.get_yticklabels()[0], legend.get_texts()[0])
    sizes = tuple(text.get_fontsize() for text in texts)
    return (*sizes, line.get_linewidth(), line.get_markersize(), line.get_color(), legend.get_frame_on())


def test_the_style_sheet_holds_where_nothing_was_set():
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        ax = curves.draw(NOISE, "noise_std")
    assert appearance(ax) == (8, 7, 7, 6, 1.2, 3, sheet.PALETTE[0], False)
    assert not ax.spines["top"].get_visible() and ax.get_lines()[1].get_color() == "#555555"


def test_settings_of_the_user_win():
    with matplotlib.rc_context(OWN):
        ax = curves.draw(NOISE, "noise_std")
        assert appearance(ax) == (15, 13, 7, 11, 3.5, 9, "#123456", False)
        assert style.colour(3) == "#abcdef"
        named = damage.draw({"missing": NOISE.assign(bound=NOISE.law).rename(noise_std="missing")}, "title")
        assert named.title.get_fontsize() == 21
        assert ax.get_lines()[1].get_linewidth() == style.theory_handle().get_linewidth() > 2
    with matplotlib.rc_context({"font.size": 20}):
        assert appearance(curves.draw(NOISE, "noise_std"))[:4] == (20, 20, 20, 20)


def test_a_dark_style_is_drawn_in_light_colours(tmp_path):
    with plt.style.context("dark_background"):
        ax = curves.draw(NOISE, "noise_std")
        assert ax.get_lines()[1].get_color() == style.theory_colour() == "#aaaaaa"
        assert style.ink() == "white" and ax.get_lines()[0].get_color() != sheet.PALETTE[0]
        spikes = {"cue": [0], "neuron": [0], "cell": [0], "time": [0.01]}
        data = {f"spike_{name}": ("spike", values) for name, values in spikes.items()}
        data["visible_trace"] = ("cue", "time", "visible_neuron"), np.ones((1, 2, 4))
        data["hidden_active"] = ("cue", "hidden_neuron"), np.ones((1, 1), bool)
        out = xarray.Dataset(data, {"time": [0.0, 0.02]}, {"n_cells": 1})
        raster = spiking.raster(out, (2, 2), times=[0.0])[-1]
        assert raster.collections[0].get_edgecolor()[0].tolist() == [1, 1, 1, 1]


def test_a_legend_lists_no_theory_that_is_not_drawn():
    two = NOISE.assign(bound=("noise_std", [0.5, np.nan]))
    labels = [text.get_text() for text in curves.draw(two, "noise_std").get_legend().get_texts()]
    assert labels == ["measured", "recall law", "95% interval, 20 networks"]
    assert len(curves.draw(two, "noise_std").get_lines()) == 2


def test_of_many_ticks_of_a_logarithmic_axis_those_apart_have_numbers():
    axis = style.new_figure(2.0).subplots().xaxis
    ticks = [10, 20, 30, 50, 70, 100, 140, 200, 300, 400, 550, 750, 1000]
    axis_ticks.log_axis(axis, ticks)
    assert [label.get_text() for label in axis.get_majorticklabels() if label.get_text()] == [
        "10",
        "30",
        "100",
        "300",
        "1,000",
    ]
    assert axis.get_majorticklocs().tolist() == ticks


@pytest.mark.parametrize("limits", [(5e-4, 1), (1, 40), (0.01, 1), (3, 2e5), (1e-9, 1)])
def test_numbers_of_a_logarithmic_axis_do_not_overlap(limits):
    figure = style.new_figure(2.0)
    ax = figure.subplots(1, 3)[0]
    axis_ticks.log_axis(ax.xaxis)
    ax.plot(limits, (0, 1))
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels() if label.get_text()]
    shown = [box for box in boxes if box.x1 > ax.bbox.x0 and box.x0 < ax.bbox.x1]
    assert len(shown) >= 2
    assert all(one.x1 < other.x0 for one, other in pairwise(shown))


def test_an_axis_from_zero_has_room_for_a_marker_at_zero():
    ax = style.axes(None)
    ax.plot([0, 1], [0, 200], "o")
    style.from_zero(ax)
    low, high = ax.get_ylim()
    assert -0.1 * high < low < -0.02 * high and high >= 200


@pytest.mark.parametrize(("trials", "text"), [("all 2^N_h states", "all 2^N_h states"), (32, "32 cues")])
def test_an_interval_of_one_network_is_over_its_cues_or_states(trials, text):
    found = xarray.Dataset(attrs={"confidence": 0.95, "n_networks": 1, "n_trials": trials})
    assert intervals.handles(found)[0].get_label() == f"95% interval, {text}"
