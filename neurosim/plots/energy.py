"""Energy along recalls."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import style


def draw(energies: xarray.Dataset, ax: Axes | None = None, *, limit: int = 6) -> Axes:
    """Draw the energy along recalls of the first `limit` cues, each relative to its final value.

    Parameters
    ----------
    energies : xarray.Dataset
        energy (cue, time), time in seconds.
    ax : Axes, optional
    limit : int, default 6

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, patterns, plots, recall
    >>> from neurosim.measure import energy_along
    >>> net = Network.gaussian(100, 4, seed=0)
    >>> cues = patterns.visible_cues(net, patterns.all_hidden_states(4)[:3])
    >>> out = recall(net, cues, duration=0.1, record=["hidden", "visible"], record_dt=1e-3)
    >>> plots.energy.draw(energy_along(net, out)).get_ylabel()
    'Energy above its final value'
    """
    ax = style.axes(ax)
    milliseconds = 1e3 * energies.time.values
    values = energies.energy.values[:limit]
    for index, line in enumerate(values):
        ax.plot(
            milliseconds, line - line[-1], color=style.colour(index), linewidth=style.line_width(), label=f"cue {index}"
        )
    ax.set_yscale("symlog", linthresh=max(1e-3, float(np.ptp(values)) / 1e3))
    ax.set_ylim(bottom=0)
    ax.set_xlim(0, milliseconds[-1])
    style.label_axes(ax, "Time (ms)", "Energy above its final value")
    style.legend(ax)
    return ax
