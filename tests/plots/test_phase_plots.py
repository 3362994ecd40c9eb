"""Phase diagrams of recall over two axes."""

import pytest

from neurosim import InvalidInput
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import phase

PHASE = recall_sweep(2, {"visible_per_hidden": [5, 20, 80], "noise_std": [0, 1, 2]}, n_cues=8, n_hidden=3, seed=0)


def test_a_phase_diagram_is_drawn_on_labelled_axes(check_axes):
    check_axes(lambda ax: phase.draw(PHASE, "visible_per_hidden", "noise_std", ax=ax))


def test_a_phase_diagram_needs_exactly_its_two_axes():
    with pytest.raises(InvalidInput, match="over noise_std and ratio"):
        phase.draw(PHASE, "noise_std", "ratio")
