"""Capacity against the number of hidden neurons, one line a threshold (Fig. 1a)."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes

from analysis.figures import style
from neurosim import InvalidInput


def draw(curve: xarray.Dataset, ax: Axes | None = None, *, quantity: str = "number") -> Axes:
    """Draw `analysis.capacity.capacity_curve`.

    Parameters
    ----------
    curve : xarray.Dataset
    ax : Axes, optional
    quantity : {"number", "fraction"}
        "number": stored states on a log2 axis, beside 2^N_h. "fraction": their share.

    Raises
    ------
    InvalidInput
        Another quantity.
    """
    if quantity not in ("number", "fraction"):
        raise InvalidInput(f'quantity must be "number" or "fraction", got {quantity!r}')
    ax = style.axes(ax)
    for index, theta in enumerate(curve.threshold.values):
        style.band(ax, curve.sel(threshold=theta), quantity, "n_hidden", index, f"{theta:g}")
    sizes = curve.n_hidden.values
    ratio = float(curve.attrs["visible_per_hidden"])
    if quantity == "number":
        ax.plot(sizes, np.exp2(sizes), color=style.THEORY, linestyle="--", linewidth=1, label="all $2^{N_h}$")
        ax.set_yscale("log", base=2)
        ax.set_ylim(bottom=1)
        ylabel = "Stored states"
    else:
        ax.set_ylim(-0.02, 1.04)
        ylabel = "Stored share of the $2^{N_h}$ states"
    style.dress(ax, f"Hidden neurons $N_h$  ($N_v = {ratio:g}\\,N_h$)", ylabel)
    style.whole_ticks(ax.xaxis)
    handles = [*ax.get_legend_handles_labels()[0], *style.interval_handles(curve)]
    style.legend(ax, title="threshold $\\theta$", handles=handles, ncols=2, loc="lower right", columnspacing=1.0)
    return ax
