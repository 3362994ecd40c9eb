"""Figures of the spiking model, drawn from synthetic results."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from spiking_results import dislodged, recalled, sweeps

from neurosim import InvalidInput
from neurosim.plots import spiking as figures
from neurosim.report import spiking_study


def test_the_region_figure_has_a_panel_per_parameter_and_a_line_per_kind_of_cell():
    panels = figures.regions(sweeps())
    assert panels.shape == (2, 2)
    for ax, (_, kinds) in zip(panels.flat, spiking_study.SWEEPS.values(), strict=True):
        assert {line.get_label() for line in ax.lines} >= {"rate model", *kinds}
    milliseconds = panels[0, 0].lines[0].get_xdata()
    np.testing.assert_allclose(milliseconds, 1e3 * np.array(spiking_study.SWEEPS["t_ref"][0]))


@pytest.mark.parametrize("with_visible", [False, True])
def test_the_raster_shows_the_spikes_of_its_cue_below_the_pictures(with_visible):
    panels = figures.raster(recalled(with_visible), (4, 4), cue=0)
    spikes = panels[6].collections[0].get_offsets()
    np.testing.assert_allclose(spikes, [[10, 0], [20, 2]])
    assert len(panels) == 7 + with_visible
    assert [ax.get_title() for ax in panels[:6]] == ["0 ms", "5 ms", "10 ms", "20 ms", "40 ms", "100 ms"]


def test_a_legend_tells_on_from_off_cells_in_the_colours_of_the_user():
    with plt.style.context("dark_background"):
        *_, ax = figures.raster(recalled(True), (4, 4))
        drawn = {one.get_label(): one.get_facecolor()[0] for one in ax.collections}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["ON", "OFF"] == list(drawn)
    assert not np.allclose(drawn["ON"], drawn["OFF"]) and ax.get_ylabel() == "Visible neuron"


def test_pictures_of_a_raster_have_the_times_of_their_samples_each_once():
    out = recalled(False)
    panels = figures.raster(out, (4, 4), times=[0.0, 6e-3, 4e-3, 0.2])
    assert [ax.get_title() for ax in panels[:-1]] == ["0 ms", "5 ms", "200 ms"]
    low, high = np.percentile(out.visible_trace[0, 40], (0.1, 99.9))
    want = np.clip((out.visible_trace.values[0, 1] - low) / (high - low), 0, 1).reshape(4, 4)
    np.testing.assert_allclose(panels[1].get_images()[0].get_array(), want)
    short = figures.raster(out.isel(time=slice(5)), (4, 4))
    assert [ax.get_title() for ax in short[:-1]] == ["0 ms", "5 ms", "10 ms", "20 ms"]


@pytest.mark.parametrize(
    ("times", "message"), [([0.3], "recording of 0.2 s, got 0.3 s; give"), ([], "none"), ([-1], ">= 0")]
)
def test_times_that_were_not_recorded_are_refused(times, message):
    with pytest.raises(InvalidInput, match=message):
        figures.raster(recalled(False), (4, 4), times=times)


def test_the_raster_needs_the_visible_layer():
    with pytest.raises(InvalidInput, match="visible_trace"):
        figures.raster(recalled(False).drop_vars("visible_trace"), (4, 4))


def test_the_dislodging_figure_marks_the_limits():
    panels = figures.dislodging({"rate": dislodged(), "spiking": dislodged()})
    marks = {float(line.get_xdata()[0]) for line in panels[0].lines if len(set(line.get_xdata())) == 1}
    assert marks == {0.5, 0.6}
