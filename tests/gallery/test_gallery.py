"""Every figure of the gallery is measured, drawn and put into words."""

import re

import numpy as np
import pytest

from neurosim import InvalidInput, Network, gallery, load_result
from neurosim.gallery.base import Learned, Plan
from neurosim.learning.data import Images
from neurosim.sweep.grid import Runner

# seconds each, though quick; one figure of each module stays in the everyday run
LONG = {
    "sparse",
    "asymmetric",
    "interneurons",
    "bits",
    "broken",
}


def _learned() -> Learned:
    rng = np.random.default_rng(0)
    pixels = rng.random((60, 64), dtype=np.float32)
    weights = rng.standard_normal((64, 8)) + 0.3
    images = Images(pixels, np.arange(60) % 10, (8, 8), "digits", "train")
    return Learned(Network(weights, threshold=0.4), images)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in gallery.NAMES]
)
def test_it_is_measured_drawn_and_described(name, tmp_path):
    if name == "bits":  # learned
        pytest.importorskip("torch")
    said = []
    plan = Plan(2, True, 0, Runner(tmp_path / "points"), _learned)
    data = gallery.make([name], tmp_path, plan, title="Title", say=said.append)[name]
    for part, dataset in data.items():
        assert load_result(tmp_path / f"{name}-{part}.nc").sizes == dataset.sizes
        assert {"method", "n_networks", "n_trials", "seed"} <= set(dataset.attrs), part
        for variable in dataset.variables.values():
            assert variable.attrs["long_name"]
            assert variable.dtype.kind in "bOU" or variable.attrs["units"]
    assert (tmp_path / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count('src="data:image') == 1 and gallery.entry(name).title in page
    words = re.sub(r'src="data:[^"]*"', "", page.split("</h2>")[1])  # base64 spells anything
    assert "nan" not in words.lower().replace("nan</", "")
    assert said[0].startswith(f"… {name}: ") and len(said[1].splitlines()) >= 3


def test_an_unknown_figure_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(InvalidInput, match="must be one of"):
        gallery.make(["dale", "2c"], tmp_path, Plan(2, True), title="T")
    assert not any(tmp_path.iterdir())
