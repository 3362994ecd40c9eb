"""Checks that hold for every figure."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim.plots import style


@pytest.fixture(autouse=True)
def untouched_pyplot():
    """A figure opens no window and changes no setting of matplotlib."""
    before = dict(matplotlib.rcParams)
    yield
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


@pytest.fixture
def check_axes(tmp_path):
    """Return a check that `draw(ax)` draws on `ax`, or on labelled Axes of its own if `ax` is None."""

    def check(draw, labelled=True):
        ax = draw(None)
        assert isinstance(ax, Axes) and ax.figure.get_figwidth() == style.ONE_COLUMN
        assert not labelled or (ax.get_xlabel() and ax.get_ylabel())
        ax.figure.savefig(tmp_path / "figure.png")
        given = Figure().subplots()
        assert draw(given) is given
        return ax

    return check
