"""The accessor `.neurosim` of xarray, and the table of a network in a notebook."""

import subprocess
import sys

import numpy as np
import pytest
import xarray

import neurosim.plots  # noqa: F401
from neurosim import InvalidInput, Network, patterns, recall
from neurosim.learning.data import Images
from neurosim.measure.learned.recalls import recall_images

NET = Network.gaussian(60, 3, seed=0)
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(3))


def test_pictures_of_a_recall_and_of_results_that_hold_their_cues():
    panels = recall(NET, CUES).neurosim.pictures(CUES, (6, 10), n_shown=5)
    assert panels.shape == (3, 5)
    images = Images.from_array(np.random.default_rng(0).random((9, 6, 10)))
    found = recall_images(NET, images, n_cues=9, n_shown=4)
    assert found.neurosim.pictures(n_shown=3).shape == (3, 3)


def test_a_table_has_a_row_per_cue_or_point():
    out = recall(NET, CUES)
    table = out.neurosim.table()
    assert len(table) == 8 and "hidden" not in table and list(table.outcome) == list(out.outcome.values)
    curve = xarray.Dataset({"recalled": ("noise_std", [1.0, 0.5]), "each": (("noise_std", "network"), np.ones((2, 3)))})
    assert list(curve.neurosim.table()) == ["recalled"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recall(NET, CUES).neurosim.pictures(), "holds no cues"),
        (lambda: recall(NET, CUES, read_out=False).neurosim.pictures(CUES, (6, 10)), "need the variable visible"),
        (lambda: xarray.Dataset({"v": ("visible_neuron", [1.0])}).neurosim.table(), "a table needs variables"),
        (lambda: recall(NET, CUES).neurosim.raster((6, 10)), "the recall must have record="),
    ],
)
def test_results_without_what_is_drawn_are_refused(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def test_a_network_is_a_table_in_a_notebook_without_matplotlib():
    shown = NET.replace(provenance={"weights": "<mine>"})._repr_html_()
    assert shown.startswith("<table>") and "60, 3" in shown and "ξᵀ" in shown and "&lt;mine&gt;" in shown
    separate = Network(np.ones((3, 2)), feedback=np.ones((2, 3)), threshold=[0.1, 0.2])._repr_html_()
    assert "separate synapses" in separate and "0.1…0.2" in separate
    code = "import sys, neurosim; neurosim.Network([[1.0]])._repr_html_(); print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
