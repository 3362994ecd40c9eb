"""The energy falling along recalls."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import style


def draw(energies: xarray.Dataset, ax: Axes | None = None, *, limit: int = 6) -> Axes:
    """Draw the energy along recalls of the first `limit` cues, each above its own final value.

    Parameters
    ----------
    energies : xarray.Dataset
        energy (cue, time), time in seconds.
    ax : Axes, optional
    limit : int, default 6
    """
    ax = style.axes(ax)
    milliseconds = 1e3 * energies.time.values
    values = energies.energy.values[:limit]
    for index, line in enumerate(values):
        colour = style.PALETTE[index % len(style.PALETTE)]
        ax.plot(milliseconds, line - line[-1], color=colour, linewidth=1.2, label=f"cue {index}")
    ax.set_yscale("symlog", linthresh=max(1e-3, float(np.ptp(values)) / 1e3))
    ax.set_ylim(bottom=0)
    ax.set_xlim(0, milliseconds[-1])
    style.label_axes(ax, "Time (ms)", "Energy above its final value")
    style.legend(ax)
    return ax
