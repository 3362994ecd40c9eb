"""Figures return labelled Axes, draw on the Axes they are given, and touch neither pyplot nor the style."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim import InvalidInput, Network, patterns, recall
from neurosim.measure import timescales
from neurosim.measure.basins import noise as basins
from neurosim.measure.capacity import curve as capacity
from neurosim.measure.recall import attractors
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import curves, energy, memories, phase, recalls, rings, sigmoids, style

NETS = [Network.gaussian(30, 3, seed=seed) for seed in range(3)]
FAST = {"engine": "reference", "duration": 0.02}
CURVE = capacity.count_sweep(3, {"threshold": [0.4, 0.5], "n_hidden": [2, 3, 4]}, visible_per_hidden=6, seed=0)
PHASE = recall_sweep(2, {"visible_per_hidden": [5, 20, 80], "noise_std": [0, 1, 2]}, n_cues=8, n_hidden=3, seed=0)
NOISE = basins.recall_vs_noise(NETS, [0.0, 1.0, 3.0], n_cues=8, seed=0, **FAST)
RATIO = timescales.recall_vs_ratio(NETS, [0.5, 4.0], n_cues=8, seed=0, **FAST)
CUES = patterns.visible_cues(NETS[0], patterns.all_hidden_states(3))
ENERGY = attractors.energy_along(NETS[0], recall(NETS[0], CUES, record=["hidden", "visible"], **FAST))

SINGLE = {
    "capacity": lambda ax: curves.draw(CURVE, "n_hidden", quantity="stored", by="threshold", number=True, ax=ax),
    "capacity, share": lambda ax: curves.draw(CURVE, "n_hidden", quantity="stored", by="threshold", ax=ax),
    "noise": lambda ax: curves.draw(NOISE, "noise_std", ax=ax),
    "noise, several": lambda ax: curves.draw({"a": NOISE, "b": NOISE}, "noise_std", ax=ax),
    "timescales": lambda ax: curves.draw(RATIO, "ratio", ax=ax),
    "settle time": lambda ax: curves.draw(RATIO, "ratio", quantity="settle_time", ax=ax),
    "phase": lambda ax: phase.draw(PHASE, "visible_per_hidden", "noise_std", ax=ax),
    "sigmoids": lambda ax: sigmoids.draw([3.0, 10.0], ax),
    "correlation": lambda ax: memories.correlation(NETS[0], ax),
    "energy": lambda ax: energy.draw(ENERGY, ax),
    "ring": lambda ax: rings.draw([1, 0, 1], ax),
}


@pytest.fixture(autouse=True)
def untouched_pyplot():
    before = dict(matplotlib.rcParams)
    yield
    assert plt.get_fignums() == []  # nothing that could open a window
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", SINGLE)
def test_single_figures_return_the_axes_they_draw_on(name, tmp_path):
    ax = SINGLE[name](None)
    assert isinstance(ax, Axes) and ax.figure.get_figwidth() == style.ONE_COLUMN
    if name != "ring":
        assert ax.get_xlabel() and ax.get_ylabel()
    ax.figure.savefig(tmp_path / "figure.png")
    given = Figure().subplots()
    assert SINGLE[name](given) is given


@pytest.mark.parametrize("name", ["capacity", "capacity, share", "noise", "timescales", "energy"])
def test_curves_have_a_legend(name):
    legend = SINGLE[name](None).get_legend()
    words = " ".join(text.get_text() for text in legend.get_texts())
    assert ("95% interval, 3 networks" in words) == (name != "energy")


def test_lines_and_bands_are_the_data():
    ax = curves.draw(NOISE, "noise_std")
    line = ax.get_lines()[0] if len(ax.get_lines()[0].get_xdata()) == 3 else ax.get_lines()[-2]
    assert np.allclose(line.get_ydata(), NOISE.recalled)
    uneven = ~style.all_agree(NOISE, "recalled")
    assert uneven.any()
    edges = ax.collections[0].get_paths()[0].vertices
    for at, lower, upper in zip(
        NOISE.noise_std[uneven], NOISE.recalled_lower[uneven], NOISE.recalled_upper[uneven], strict=True
    ):
        here = edges[edges[:, 0] == float(at), 1]
        assert here.min() == pytest.approx(float(lower)) and here.max() == pytest.approx(float(upper))


@pytest.mark.parametrize(("shape", "size"), [((8, 8), 64), ((28, 28), 784), ((3, 32, 32), 3072)])
def test_grey_and_colour_images(shape, size, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.random((4, size))
    panels = recalls.draw(images, images[::-1], shape, originals=images, hidden_active=rng.random((4, 90)) < 0.5)
    assert panels.shape == (4, 4) and isinstance(panels[0, 0], Axes)
    shown = panels[0, 1].get_images()[0].get_array()
    assert shown.shape == ((*shape[1:], 3) if len(shape) == 3 else shape)
    basic = memories.images(Network(rng.standard_normal((size, 7))), shape, limit=5)
    assert basic.shape == (2, 3) and not basic[1, 2].get_images()
    basic[0, 0].figure.savefig(tmp_path / "figure.png")


def test_colour_channels_end_up_as_red_green_blue():
    red = np.concatenate([np.ones(4), np.zeros(8)])
    picture = style.as_image(red, (3, 2, 2))
    assert picture.shape == (2, 2, 3) and (picture == [1, 0, 0]).all()


def test_rings_are_black_where_active_and_white_where_not():
    discs = rings.draw([1, 0, 0, 1]).collections[0]
    assert discs.get_facecolor()[:, 0].tolist() == [0, 1, 1, 0]
    many = rings.draw(np.ones(500, bool), limit=50)
    assert len(many.collections[0].get_paths()) == 50 and many.get_title() == "50 of 500 neurons"
    assert rings.grid(np.eye(3, dtype=bool), titles=["a", "b", "c"]).shape == (1, 3)


def test_correlation_of_constant_and_opposite_memories():
    weights = np.random.default_rng(0).standard_normal(20)
    shown = memories.correlation(Network(np.stack([weights, -weights, np.ones(20)], axis=1))).get_images()[0]
    assert np.allclose(shown.get_array(), [[1, -1, 0], [-1, 1, 0], [0, 0, 0]])


def test_energy_lines_end_at_zero():
    for line in energy.draw(ENERGY, limit=2).get_lines():
        assert line.get_ydata()[-1] == 0 and line.get_xdata()[-1] == pytest.approx(20)  # ms


def test_bad_figures_are_refused():
    with pytest.raises(InvalidInput, match="quantity"):
        curves.draw(CURVE, "n_hidden", quantity="log")
    with pytest.raises(InvalidInput, match="over n_hidden only"):
        curves.draw(CURVE, "n_hidden", quantity="stored")
    with pytest.raises(InvalidInput, match="number"):
        curves.draw(NOISE, "noise_std", number=True)
    with pytest.raises(InvalidInput, match="over noise_std and ratio"):
        phase.draw(PHASE, "noise_std", "ratio")
    with pytest.raises(InvalidInput, match="image_shape"):
        memories.images(NETS[0], (4, 8))
    with pytest.raises(InvalidInput, match="image_shape"):
        style.as_image(np.zeros(32), (2, 4, 4))
    with pytest.raises(InvalidInput, match="one image per cue"):
        recalls.draw(np.zeros((2, 4)), np.zeros((3, 4)), (2, 2))
    with pytest.raises(InvalidInput, match="one state"):
        rings.draw(np.zeros((2, 3)))


def test_one_network_has_no_whiskers():
    single = basins.recall_vs_noise(NETS[0], [0.0], n_cues=4, seed=0, **FAST)
    assert isinstance(single, xarray.Dataset) and not style.all_agree(single, "recalled").any()
    words = [text.get_text() for text in curves.draw(single, "noise_std").get_legend().get_texts()]
    assert "95% interval, 4 cues" in words
