"""The figure of completed memories."""

import numpy as np

from neurosim import plots
from neurosim.measure.comparison.completion import completion_sweep, most_completed


def test_the_number_of_attractors_is_drawn_beside_the_numbers_that_are_completed():
    found = completion_sweep(2, ["exponential", "composed"], [10, 20], [5, 10, 40], seed=0, n_visible=100)
    panels = plots.completion.memories({"bits": [found]}, {"bits": [most_completed(found)]}, [10, 20])
    assert panels.shape == (1, 3) and panels[0, 1].get_title().endswith("= 20")
    line, *others = panels[0, 2].get_lines()
    assert np.allclose(np.log2(line.get_ydata()), line.get_xdata())
    arrows = [mark for mark in others if mark.get_marker() == r"$\uparrow$" and len(mark.get_xdata())]
    assert [mark.get_ydata().tolist() for mark in arrows] == [[40], [40, 40]]  # beyond what was tried
    assert panels[0, 2].get_ylim()[1] == 400 < 2**10 and panels[0, 2].get_ylabel() == "Number of patterns"
    shown = [text.get_text() for text in panels[0, 0].figure.legends[0].get_texts()]
    assert len(shown) == 2 and "2^{N_h}" in panels[0, 2].texts[0].get_text()
