"""Sigmoid hidden units: their fixed points, and recall with them (Fig. 10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim import Sigmoid, theory
from neurosim.plots import curves, intervals, style


def draw(gains: Sequence[float], ax: Axes | None = None, *, threshold: float = 0.5) -> Axes:
    """Draw f(x − θ) for sigmoids of several gains, and where they meet x: filled where stable, else open.

    Parameters
    ----------
    gains : sequence of float
    ax : Axes, optional
    threshold : float, default ½

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> plots.sigmoids.draw([3.0, 10.0]).get_xlabel()
    '$x$'
    """
    ax = style.axes(ax, height=2.8)
    x = np.linspace(-0.1, 1.1, 601)
    ax.plot(x, x, color=style.ink(), linewidth=0.8, label="identity")
    for index, gain in enumerate(gains):
        colour = style.colour(index)
        unit = Sigmoid(gain)
        ax.plot(x, unit(x - threshold), color=colour, linewidth=style.line_width(), label=f"gain {gain:g}")
        for point, stable in zip(*theory.intersections(unit, threshold), strict=True):
            # a stable point is drawn in the open circle of an unstable one at the same place
            marker: dict[str, Any] = (
                {"markersize": 4, "zorder": 4} if stable else {"markersize": 7, "zorder": 3, "mfc": style.paper()}
            )
            ax.plot(point, point, "o", color=colour, linestyle="none", **marker)
    style.label_axes(ax, "$x$", "$f(x - \\theta)$")
    style.legend(ax)
    return ax


def capacity(curve: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the share of states recalled against N_h, one line per gain of the hidden units.

    Parameters
    ----------
    curve : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over gain and n_hidden.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> grid = {"gain": [10.0, 100.0], "n_hidden": [2, 3]}
    >>> curve = recall_sweep(2, grid, visible_per_hidden=10, n_cues=4, engine="reference", seed=0)
    >>> plots.sigmoids.capacity(curve).get_xlabel()
    'Hidden neurons $N_h$'
    """
    curve = curve.drop_vars(["law", "bound"])
    ax = curves.draw(curve, "n_hidden", by="gain", legend=False, ax=style.axes(ax, height=3.2))
    handles = [*ax.get_legend_handles_labels()[0], *intervals.handles(curve)]
    style.legend_above(ax, 3, title="gain", handles=handles)
    return ax
