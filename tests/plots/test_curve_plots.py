"""Curves show the means and the intervals of the data."""

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput, Network
from neurosim.measure import timescales
from neurosim.measure.basins import noise as basins
from neurosim.measure.capacity import curve as capacity
from neurosim.plots import capacity as capacity_plots
from neurosim.plots import curves

NETS = [Network.gaussian(30, 3, seed=seed) for seed in range(3)]
FAST = {"engine": "reference", "duration": 0.02}
CURVE = capacity.count_sweep(3, {"threshold": [0.4, 0.5], "n_hidden": [2, 3, 4]}, visible_per_hidden=6, seed=0)
NOISE = basins.recall_vs_noise(NETS, [0.0, 1.0, 3.0], n_cues=8, seed=0, **FAST)
RATIO = timescales.recall_vs_ratio(NETS, [0.5, 4.0], n_cues=8, seed=0, **FAST)

DRAWN = {
    "capacity": lambda ax: curves.draw(CURVE, "n_hidden", quantity="stored", by="threshold", number=True, ax=ax),
    "capacity, share": lambda ax: curves.draw(CURVE, "n_hidden", quantity="stored", by="threshold", ax=ax),
    "noise": lambda ax: curves.draw(NOISE, "noise_std", ax=ax),
    "timescales": lambda ax: curves.draw(RATIO, "ratio", ax=ax),
    "noise, several": lambda ax: curves.draw({"a": NOISE, "b": NOISE}, "noise_std", ax=ax),
    "settle time": lambda ax: curves.draw(RATIO, "ratio", quantity="settle_time", ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_curves_are_drawn_on_labelled_axes(name, check_axes):
    check_axes(DRAWN[name])


@pytest.mark.parametrize("name", ["capacity", "capacity, share", "noise", "timescales"])
def test_curves_have_a_legend(name):
    legend = DRAWN[name](None).get_legend()
    assert "95% interval, 3 networks" in " ".join(text.get_text() for text in legend.get_texts())


def test_lines_and_bands_are_the_data():
    ax = curves.draw(NOISE, "noise_std")
    line = ax.get_lines()[0] if len(ax.get_lines()[0].get_xdata()) == 3 else ax.get_lines()[-2]
    assert np.allclose(line.get_ydata(), NOISE.recalled)
    edges = ax.collections[0].get_paths()[0].vertices
    for at, lower, upper in zip(NOISE.noise_std, NOISE.recalled_lower, NOISE.recalled_upper, strict=True):
        here = edges[edges[:, 0] == float(at), 1]
        assert here.min() == pytest.approx(float(lower)) and here.max() == pytest.approx(float(upper))


def test_the_interval_of_one_network_is_over_its_cues():
    single = basins.recall_vs_noise(NETS[0], [0.0], n_cues=4, seed=0, **FAST)
    words = [text.get_text() for text in curves.draw(single, "noise_std").get_legend().get_texts()]
    assert "95% interval, 4 cues" in words


def test_bad_curves_are_refused():
    with pytest.raises(InvalidInput, match="quantity"):
        curves.draw(CURVE, "n_hidden", quantity="log")
    with pytest.raises(InvalidInput, match="over n_hidden only"):
        curves.draw(CURVE, "n_hidden", quantity="stored")
    with pytest.raises(InvalidInput, match="number"):
        curves.draw(NOISE, "noise_std", number=True)


def test_values_in_any_order_are_joined_in_ascending_order():
    data = {f"recalled{end}": ("noise_std", [0.1, 0.9, 0.5]) for end in ("", "_lower", "_upper")}
    attrs = {"confidence": 0.95, "n_networks": 20}
    ax = curves.draw(xarray.Dataset(data, {"noise_std": [4.0, 0.0, 2.0]}, attrs), "noise_std")
    assert ax.get_lines()[0].get_xydata().tolist() == [[0.0, 0.9], [2.0, 0.5], [4.0, 0.1]]


def test_no_recalled_state_is_drawn_as_one_state_at_most():
    counted = xarray.Dataset({name: 0 for name in ("count", "lower", "upper")}, attrs={"n_hidden": 12})
    shares = {"recalled": 0.0, "recalled_lower": 0.0, "recalled_upper": 2.0**-10}
    recalled = xarray.Dataset(shares, attrs={"log2_targets": 12, "targets": "all"})
    ax = capacity_plots.of_network(counted, recalled)
    assert [line.get_xdata().tolist() for line in ax.get_lines()][-1] == [0.0]
