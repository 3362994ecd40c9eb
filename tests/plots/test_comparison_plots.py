"""Figures of comparisons show the given data on the given Axes."""

import numpy as np
import pytest
import xarray

from neurosim.measure.capacity.curve import count_sweep
from neurosim.measure.comparison import compare
from neurosim.models import Hebb, Modern
from neurosim.plots import comparison as figures

MODELS = {"hebb": Hebb(), "modern": Modern()}
LOADS = compare.success_sweep(3, MODELS, {"n_patterns": [2, 8]}, n_neurons=20, seed=0)
SIZES = compare.capacity_sweep(8, MODELS, {"n_neurons": [20, 30]}, maximum=16, seed=0)
ATTRACTORS = count_sweep(3, {"n_hidden": [2, 4]}, visible_per_hidden=10.0, seed=0)
CORRELATED = SIZES.sel(model="hebb").rename(n_neurons="separation").expand_dims(correlation=[0.0])

DRAWN = {
    "success": lambda ax: figures.success(LOADS, "n_patterns", ax=ax),
    "capacities": lambda ax: figures.capacities(SIZES, ATTRACTORS, ax=ax),
    "bits": lambda ax: figures.bits(SIZES, ax=ax),
    "separation": lambda ax: figures.separation(CORRELATED, np.array([3.0, 4.0]), ax=ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_comparisons_are_drawn_on_labelled_axes(name, check_axes):
    check_axes(DRAWN[name])


@pytest.mark.parametrize("name", ["capacities", "bits"])
def test_the_ticks_are_the_measured_sizes(name):
    ax = DRAWN[name](None)
    assert ax.get_xticks().tolist() == [20, 30] and ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["20", "30"]


def lines(ax, name):
    return next(bar[0] for bar in ax.containers if bar.get_label() == name)


def test_known_capacities_are_points_and_larger_ones_arrows():
    ax = DRAWN["capacities"](None)
    assert np.allclose(lines(ax, "hebb").get_ydata(), SIZES.capacity.sel(model="hebb"))
    assert np.isinf(SIZES.capacity_upper.sel(model="modern")).all() and not len(lines(ax, "modern").get_xdata())
    arrows = [line for line in ax.get_lines() if line.get_marker() == r"$\uparrow$" and len(line.get_xdata())]
    assert len(arrows) == 1 and arrows[0].get_ydata()[0] >= 16
    dashed = [line.get_ydata() for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert any(np.allclose(values, [0.138 * 20, 0.138 * 30]) for values in dashed)
    apart = next(bar for bar in ax.containers if "not chosen patterns" in bar.get_label())
    assert np.allclose(apart[0].get_ydata(), ATTRACTORS.stored * [4, 16]) and apart[0].get_linestyle() == ":"
    assert np.allclose(apart[0].get_xdata(), [20, 40])
    assert "not chosen patterns" in " ".join(text.get_text() for text in ax.get_legend().get_texts())


def test_a_capacity_beyond_the_range_tried_is_an_arrow_against_separation():
    found = SIZES.sel(model="modern").rename(n_neurons="separation").expand_dims(correlation=[0.0])
    ax = figures.separation(found, np.array([3.0, 4.0]))
    (arrows,) = [line for line in ax.get_lines() if line.get_marker() == r"$\uparrow$"]
    np.testing.assert_array_equal(arrows.get_ydata(), found.capacity_lower.squeeze())


def test_a_refused_memory_is_not_drawn():
    refused = xarray.where(LOADS.model == "hebb", np.nan, LOADS[["recalled", "recalled_lower", "recalled_upper"]])
    ax = figures.success(refused, "n_patterns")
    assert [bar.get_label() for bar in ax.containers] == ["modern"]
    assert np.allclose(lines(ax, "modern").get_ydata(), LOADS.recalled.sel(model="modern"))
