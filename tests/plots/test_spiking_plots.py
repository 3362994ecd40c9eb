"""Figures of the spiking model, drawn from synthetic results."""

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


def test_the_raster_needs_the_visible_layer():
    with pytest.raises(InvalidInput, match="visible_trace"):
        figures.raster(recalled(False).drop_vars("visible_trace"), (4, 4))


def test_the_dislodging_figure_marks_the_limits():
    panels = figures.dislodging({"rate": dislodged(), "spiking": dislodged()})
    marks = {float(line.get_xdata()[0]) for line in panels[0].lines if len(set(line.get_xdata())) == 1}
    assert marks == {0.5, 0.6}
