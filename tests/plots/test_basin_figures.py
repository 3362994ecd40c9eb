"""Figures of fatal shocks and basin volumes: what is drawn is the data, labelled, on the Axes given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim import InvalidInput, Network, patterns
from neurosim.measure.basins import neighbours, shocks, volumes
from neurosim.plots import shocks as shocks_figure
from neurosim.plots import style
from neurosim.plots import volumes as volumes_figure

NET = Network.gaussian(400, 5, seed=0)
STATES = patterns.all_hidden_states(5)
FATAL = shocks.minimal_fatal_shock(NET, STATES)
NEAREST = neighbours.nearest_attractor(NET, STATES)
SPARSE = STATES[[0, 7, 27, 29, 30]]  # memories further apart than the fixed points between them
VOLUMES = volumes.basin_volumes(NET, n_cues=2000, cue_std=5.0, memories=SPARSE, seed=0)
SPURIOUS = volumes.spurious(NET, SPARSE, VOLUMES, limit=8)
SHAPE = (20, 20)


@pytest.fixture(autouse=True)
def untouched_pyplot():
    before = dict(matplotlib.rcParams)
    yield
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize(
    "draw", [lambda ax: shocks_figure.draw(FATAL, NEAREST, ax), lambda ax: volumes_figure.draw(VOLUMES, ax)]
)
def test_figures_return_the_labelled_axes_they_draw_on(draw, tmp_path):
    ax = draw(None)
    assert isinstance(ax, Axes) and ax.figure.get_figwidth() == style.ONE_COLUMN
    assert ax.get_xlabel() and ax.get_ylabel() and words(ax)
    ax.figure.savefig(tmp_path / "figure.png")
    given = Figure().subplots()
    assert draw(given) is given


def test_shock_curves_are_cumulative_distributions_of_the_data():
    ax = shocks_figure.draw(FATAL, NEAREST)
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
    ax = shocks_figure.draw(few, neighbours.nearest_attractor(NET, SPARSE))
    assert words(ax)[-1] == "half way to the nearest memory" and len(ax.get_lines()) == 4
    assert ax.get_lines()[0].get_ydata()[-1] == pytest.approx(4 / 5)
    assert len(shocks_figure.draw(few).get_lines()) == 2


def test_volumes_by_rank_distinguish_memories_from_spurious_attractors():
    ax = volumes_figure.draw(VOLUMES)
    memories, spurious = ax.get_lines()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert memories.get_color() != spurious.get_color() and memories.get_marker() != spurious.get_marker()
    for line, mine in ((memories, ~VOLUMES.spurious.values), (spurious, VOLUMES.spurious.values)):
        assert (line.get_xdata() == 1 + np.nonzero(mine)[0]).all() and (line.get_ydata() == VOLUMES.share[mine]).all()
    assert 0 < len(memories.get_xdata()) <= 5
    share = 100 * float(VOLUMES.share_spurious)
    assert words(ax)[2] == f"spurious: {int(VOLUMES.n_spurious)}, together {share:.3g}%"
    everything = volumes_figure.draw(volumes.basin_volumes(NET, n_cues=500, cue_std=5.0, seed=0))
    assert words(everything)[1].endswith("together 100%") and len(everything.get_lines()) == 1


def test_spurious_attractors_stand_above_their_memories(tmp_path):
    panels = volumes_figure.spurious(SPURIOUS, SHAPE)
    assert panels.shape == (2, 8)
    low = min(SPURIOUS.visible.min(), SPURIOUS.memory_visible.min())
    high = max(SPURIOUS.visible.max(), SPURIOUS.memory_visible.max())
    for row, name in enumerate(("visible", "memory_visible")):
        for k in range(8):
            shown = panels[row, k].get_images()[0].get_array()
            expected = (SPURIOUS[name].values[k] - float(low)) / float(high - low)
            assert np.allclose(shown, expected.reshape(SHAPE))  # one grey scale for all
    assert panels[0, 0].get_title() == f"{100 * float(SPURIOUS.share[0]):.3g}%"
    assert [ax.get_title() for ax in panels[1]] == [f"{b} bit{'' if b == 1 else 's'}" for b in SPURIOUS.bits.values]
    assert {1} < set(SPURIOUS.bits.values.tolist())  # both words occur
    panels[0, 0].figure.savefig(tmp_path / "figure.png")
    given = Figure()
    assert volumes_figure.spurious(SPURIOUS, SHAPE, figure=given)[0, 0].figure is given
    with pytest.raises(InvalidInput, match="image_shape"):
        volumes_figure.spurious(SPURIOUS, (4, 8))
