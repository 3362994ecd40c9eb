"""Cumulative distributions of minimal fatal shocks and of distances to other attractors."""

import numpy as np
import pytest

from neurosim import Network, patterns
from neurosim.measure.basins import neighbours, shocks
from neurosim.plots import shocks as shock_plots

NET = Network.gaussian(400, 5, seed=0)
STATES = patterns.all_hidden_states(5)
SPARSE = STATES[[0, 7, 27, 29, 30]]  # memories further apart than the fixed points between them
FATAL = shocks.minimal_fatal_shock(NET, STATES)
NEAREST = neighbours.nearest_attractor(NET, STATES)


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_shocks_are_drawn_on_labelled_axes_with_a_legend(check_axes):
    assert words(check_axes(lambda ax: shock_plots.draw(FATAL, NEAREST, ax)))


def test_shock_curves_are_cumulative_distributions_of_the_data():
    ax = shock_plots.draw(FATAL, NEAREST)
    curves = {line.get_label(): line for line in ax.get_lines()}
    assert list(curves) == ["found fatal", "proven harmless", "half way to the nearest fixed point"]
    half = NEAREST.close_distance.values / 2 / np.sqrt(NET.n_visible)
    for line, values in zip(curves.values(), (FATAL.fatal_rms.values, FATAL.certified_rms.values, half), strict=True):
        assert line.get_drawstyle() == "steps-post"
        for x in (0.5 * values.min(), np.median(values) + 1e-9, 1.01 * values.max()):
            shown = line.get_ydata()[np.searchsorted(line.get_xdata(), x, side="right") - 1]
            assert shown == pytest.approx(np.mean(values <= x))
    assert ax.get_legend().get_title().get_text() == "32 memories, one network"


def test_a_second_distance_is_drawn_where_it_differs_and_lost_shocks_lower_the_curve():
    few = shocks.minimal_fatal_shock(NET, SPARSE)
    few.fatal_rms[1] = np.nan
    ax = shock_plots.draw(few, neighbours.nearest_attractor(NET, SPARSE))
    assert words(ax)[-1] == "half way to the nearest memory" and len(ax.get_lines()) == 4
    assert ax.get_lines()[0].get_ydata()[-1] == pytest.approx(4 / 5)
    assert len(shock_plots.draw(few).get_lines()) == 2
