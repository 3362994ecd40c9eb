"""Basin volumes of memories and spurious attractors by rank, and spurious attractors as images."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim import InvalidInput, Network, patterns
from neurosim.measure.basins import volumes
from neurosim.plots import volumes as volume_plots

NET = Network.gaussian(400, 5, seed=0)
SPARSE = patterns.all_hidden_states(5)[[0, 7, 27, 29, 30]]  # memories further apart than the fixed points between them
VOLUMES = volumes.basin_volumes(NET, n_cues=2000, cue_std=5.0, memories=SPARSE, seed=0)
SPURIOUS = volumes.spurious(NET, SPARSE, VOLUMES, limit=8)
SHAPE = (20, 20)


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_volumes_are_drawn_on_labelled_axes_with_a_legend(check_axes):
    assert words(check_axes(lambda ax: volume_plots.draw(VOLUMES, ax)))


def test_volumes_by_rank_distinguish_memories_from_spurious_attractors():
    ax = volume_plots.draw(VOLUMES)
    memories, spurious = ax.get_lines()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert memories.get_color() != spurious.get_color() and memories.get_marker() != spurious.get_marker()
    for line, mine in ((memories, ~VOLUMES.spurious.values), (spurious, VOLUMES.spurious.values)):
        assert (line.get_xdata() == 1 + np.nonzero(mine)[0]).all() and (line.get_ydata() == VOLUMES.share[mine]).all()
    assert 0 < len(memories.get_xdata()) <= 5
    share = 100 * float(VOLUMES.share_spurious)
    assert words(ax)[2] == f"spurious: {int(VOLUMES.n_spurious)}, together {share:.3g}%"
    everything = volume_plots.draw(volumes.basin_volumes(NET, n_cues=500, cue_std=5.0, seed=0))
    assert words(everything)[1].endswith("together 100%") and len(everything.get_lines()) == 1


def test_spurious_attractors_stand_above_their_memories(tmp_path):
    panels = volume_plots.spurious(SPURIOUS, SHAPE)
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
    assert volume_plots.spurious(SPURIOUS, SHAPE, figure=given)[0, 0].figure is given
    with pytest.raises(InvalidInput, match="image_shape"):
        volume_plots.spurious(SPURIOUS, (4, 8))
