"""Shapes of images: each function that takes one refuses in one line what is no shape of its images."""

import matplotlib as mpl
import numpy as np
import pytest

from neurosim import InvalidInput, Network, patterns, plots, recall
from neurosim.damage import Occluded
from neurosim.learning import Images, torch_module

NET = Network.gaussian(128, 4, seed=0)
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(4))
OUT = recall(NET, CUES, record=("visible", "hidden"))
TAKERS = {
    "damage": lambda shape: Occluded().apply(CUES, seed=0, image_shape=shape),
    "from_array": lambda shape: Images.from_array(CUES, image_shape=shape),
    "memories": lambda shape: plots.memories.images(NET, shape),
    "recalls": lambda shape: plots.recalls.draw(CUES, OUT.visible.values, shape),
    "as_image": lambda shape: plots.style.as_image(CUES[0], shape),
    "animate_recall": lambda shape: plots.animate_recall(OUT, shape),
    "cnn": lambda shape: torch_module("classifiers").cnn(shape, 10),
}
BAD = ["x", 3.5, 128, [], [None], (128,), (-8, -16), ("8", "16"), (8.5, 15.1), (2, 8, 2, 4), {}]


@pytest.fixture(autouse=True)
def _no_window(monkeypatch):
    mpl.use("agg")


CNN = pytest.param("cnn", marks=pytest.mark.torch)


@pytest.mark.parametrize("name", [*(name for name in TAKERS if name != "cnn"), CNN])
@pytest.mark.parametrize("bad", BAD, ids=repr)
def test_what_is_no_shape_of_an_image_is_refused(name, bad):
    with pytest.raises(InvalidInput, match="image_shape") as refused:
        TAKERS[name](bad)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["damage", "from_array", "memories", "recalls", "animate_recall"])
@pytest.mark.parametrize("wrong", [(8, 15), (3, 8, 16)], ids=str)
def test_a_shape_of_other_images_is_refused(name, wrong):
    with pytest.raises(InvalidInput, match=r"image_shape .*128"):
        TAKERS[name](wrong)


@pytest.mark.parametrize("name", ["damage", "from_array", "memories", "recalls", CNN])
@pytest.mark.parametrize("kind", [tuple, list, np.array])
def test_a_shape_is_any_sequence_of_whole_numbers(name, kind):
    assert TAKERS[name](kind((8, 16))) is not None
