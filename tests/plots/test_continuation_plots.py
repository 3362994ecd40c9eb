"""Attractors while a parameter moves: numbers, existence and basins."""

import numpy as np

from neurosim import Network
from neurosim.measure import continuation
from neurosim.plots import continuation as plots
from neurosim.plots import style

FOUND = continuation(Network.gaussian(40, 5, seed=0), "threshold", [0.8, 0.2, 0.5], n_cues=200, seed=0)


def test_numbers_existence_and_basins_are_those_of_the_result(tmp_path):
    numbers, existence, shares = panels = plots.draw(FOUND, largest=3)
    exist, appeared, vanished = numbers.get_lines()
    for line, name in ((exist, "n_attractors"), (appeared, "n_appeared"), (vanished, "n_vanished")):
        np.testing.assert_array_equal(line.get_ydata(), FOUND[name])
    drawn = np.ma.getmaskarray(np.ma.masked_invalid(existence.collections[0].get_array()))
    by_value = FOUND.sortby("value")
    assert sorted((~drawn).sum(axis=1)) == sorted(by_value.exists.values.sum(axis=0))
    np.testing.assert_array_equal((~drawn).sum(axis=0), by_value.n_attractors)
    assert len(shares.get_lines()) == 4
    total = sum(
        float(line.get_ydata()[list(line.get_xdata()).index(0.5)])
        for line in shares.get_lines()
        if 0.5 in line.get_xdata()
    )
    assert np.isclose(total, float(FOUND.share.sel(value=0.5).sum()))
    assert all(ax.get_xlabel() == "Hidden threshold $\\theta$" and ax.get_ylabel() for ax in panels)
    panels[0].figure.savefig(tmp_path / "figure.png")


def test_attractors_at_one_value_can_be_seen():
    _, existence, shares = plots.draw(FOUND.isel(value=[1]))
    np.testing.assert_allclose(existence.get_xlim(), (0.1, 0.3))
    assert shares.get_lines()[-1].get_marker() == "_" and shares.collections[-1].get_segments()


def test_given_panels_and_an_own_parameter():
    panels = style.row(3, 2.0)
    found = continuation(Network.gaussian(40, 5, seed=0), lambda net, value: net, [1.0, 2.0], n_cues=10, seed=0)
    assert plots.draw(found, panels=panels) is panels
    assert panels[0].get_xlabel() == "Value of the parameter"


def test_attractors_of_many_hidden_neurons_have_different_names():
    found = continuation(Network.gaussian(100, 12, seed=0), "threshold", [0.4, 0.5], n_cues=200, seed=0)
    *names, others = [text.get_text() for text in plots.draw(found)[2].get_legend().get_texts()]
    assert len(set(names)) == 5 and others == "all others"
    largest = found.isel(attractor=int(found.share.max("value").argmax("attractor")))
    active = int(largest.hidden_active.values.reshape(-1, 12)[0].sum())
    assert names[0] == f"#1 ({active} active)"


def test_lesions_are_shares():
    found = continuation(Network.gaussian(40, 5, seed=0), "lesioned_visible", [0, 0.5], n_cues=10, seed=0)
    assert plots.draw(found)[0].get_xlabel() == "Share of visible neurons lesioned"
