"""Phase diagrams of recall over two axes."""

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import phase

PHASE = recall_sweep(2, {"visible_per_hidden": [5, 20, 80], "noise_std": [0, 1, 2]}, n_cues=8, n_hidden=3, seed=0)


def test_a_phase_diagram_is_drawn_on_labelled_axes(check_axes):
    check_axes(lambda ax: phase.draw(PHASE, "visible_per_hidden", "noise_std", ax=ax))


def test_a_phase_diagram_of_one_row_can_be_seen():
    ax = phase.draw(PHASE.sel(noise_std=[1]), "visible_per_hidden", "noise_std")
    assert ax.get_ylim() == (0.5, 1.5)


def test_a_phase_diagram_needs_exactly_its_two_axes():
    with pytest.raises(InvalidInput, match="over noise_std and ratio"):
        phase.draw(PHASE, "noise_std", "ratio")


def test_a_phase_diagram_in_any_order_has_a_legend_of_the_contours_that_are_drawn():
    noise, flipped = [4.0, 0.0, 2.0], [0.0, 0.2]
    recalled = np.array([[0.1, 0.0], [0.9, 0.3], [0.6, 0.2]])
    law = np.where([[True, False]], recalled, np.nan)
    data = {"recalled": (("noise_std", "flipped"), recalled), "law": (("noise_std", "flipped"), law)}
    ax = phase.draw(xarray.Dataset(data, {"noise_std": noise, "flipped": flipped}), "noise_std", "flipped")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["measured 50%"]
    assert ax.get_xlim() == (-1.0, 5.0)
