"""Every figure of the gallery is measured, drawn and put into words; its sentences follow the numbers."""

import re

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput, Network, gallery, load_result
from neurosim.gallery.base import Learned, Plan, bound_sentence, law_sentence
from neurosim.learning.data import Images
from neurosim.report.page import Section, write_page
from neurosim.sweep.grid import Runner

# seconds each, though quick; one figure of each module stays in the everyday run
LONG = {
    "half-noise",
    "shocks",
    "spurious",
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
    if name == "bits" or name not in gallery.WITHOUT_FILES:  # stepped by torch, or learned
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
    with pytest.raises(InvalidInput, match="must be one of spectrum"):
        gallery.make(["spectrum", "2c"], tmp_path, Plan(2, True), title="T")
    assert not any(tmp_path.iterdir())


def _curve(**values: list[float]) -> xarray.Dataset:
    coords = {"noise_std": [0.0, 1.0, 2.0]}
    return xarray.Dataset({k: ("noise_std", v) for k, v in values.items()}, coords, {"confidence": 0.95})


def test_sentences_count_where_theory_holds():
    share = {"recalled": [0.9, 0.5, 0.1], "recalled_lower": [0.8, 0.4, 0.0], "recalled_upper": [1.0, 0.6, 0.2]}
    curve = _curve(**share, law=[0.9, 0.7, 0.15], bound=[0.95, np.nan, 0.25])
    text = law_sentence(curve, "recalled", what="The law")
    assert text.startswith("The law lies within the 95% interval at 2 of 3 points")
    assert "at σ_v = 1, 0.2 above the measured mean" in text
    text = bound_sentence(curve, "recalled")
    assert "above the measured interval at 1 of 2 points" in text and "by 0.05, at σ_v = 2" in text
    fine = _curve(**share, law=share["recalled"], bound=[0.9, 0.5, 0.1])
    assert law_sentence(fine, "recalled").endswith("at 3 of 3 points.")
    assert "holds as a lower bound at all 3 points" in bound_sentence(fine, "recalled")
    none = _curve(**share, law=[np.nan] * 3, bound=[np.nan] * 3)
    assert "does not apply" in law_sentence(none, "recalled") and "does not apply" in bound_sentence(none, "recalled")


def test_a_page_sets_names_as_code_and_no_markup_of_a_sentence(tmp_path):
    write_page(
        tmp_path / "page.html", "A title", "no <b>", [Section("One", ["see `neurosim.measure.laws`, where a < b"])]
    )
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<p>see <code>neurosim.measure.laws</code>, where a &lt; b</p>" in html and "<p>no &lt;b&gt;</p>" in html
