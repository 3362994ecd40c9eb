"""The energy along recalls."""

import pytest

from neurosim import Network, patterns, recall
from neurosim.measure.recall.energy import energy_along
from neurosim.plots import energy

NET = Network.gaussian(30, 3, seed=0)
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(3))
RECALLS = recall(NET, CUES, engine="reference", duration=0.02, record=["hidden", "visible"])
ENERGY = energy_along(NET, RECALLS)


def test_the_energy_is_drawn_on_labelled_axes_with_a_legend(check_axes):
    words = " ".join(
        text.get_text() for text in check_axes(lambda ax: energy.draw(ENERGY, ax)).get_legend().get_texts()
    )
    assert words and "95% interval" not in words


def test_energy_lines_end_at_zero():
    lines = energy.draw(ENERGY, limit=2).get_lines()
    assert len(lines) >= 2
    for line in lines:
        assert line.get_ydata()[-1] == 0 and line.get_xdata()[-1] == pytest.approx(20)  # ms
