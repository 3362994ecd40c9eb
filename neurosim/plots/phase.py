"""Phase diagrams: recall over two settings, with the contours of theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from neurosim import InvalidInput
from neurosim.plots import style
from neurosim.plots.curves import AXES

_LEVELS: dict[float, Any] = {0.5: ":", 0.99: "-"}  # contour → line style


def draw(sweep: xarray.Dataset, x: str, y: str, ax: Axes | None = None) -> Axes:
    r"""Draw the share recalled as a colour, with its ½ and 99% contours and those of the law.

    Parameters
    ----------
    sweep : xarray.Dataset
        `neurosim.measure.recall.curves.recall_sweep` over x and y.
    x, y : str
        Coordinates.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    InvalidInput
        The Dataset is not over x and y.

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> grid = {"visible_per_hidden": [5, 20], "noise_std": [0, 1, 2]}
    >>> sweep = recall_sweep(2, grid, n_hidden=3, n_cues=8, seed=0)
    >>> plots.phase.draw(sweep, "visible_per_hidden", "noise_std").get_ylabel()
    'Noise on the visible cue $\\sigma_v$'
    """
    if set(sweep.recalled.dims) != {x, y}:
        raise InvalidInput(f"the Dataset must be over {x} and {y}, got {sweep.recalled.dims}")
    ax = style.axes(ax, height=3.0)
    sweep = sweep.sortby([x, y])
    at_x, at_y = sweep[x].values, sweep[y].values
    shares = sweep.recalled.transpose(y, x).values
    edges = style.cell_edges(at_x), style.cell_edges(at_y)
    mesh = ax.pcolormesh(*edges, shares, cmap="cividis", vmin=0, vmax=1, rasterized=True)
    lines = {"measured": ("white", shares), "recall law": (style.colour(4), sweep.law.transpose(y, x).values)}
    handles = []
    for label, (colour, values) in lines.items():
        for level, dash in _LEVELS.items():
            low, high = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
            if low < level <= high and min(values.shape) > 1:
                known = np.ma.masked_invalid(values)
                drawn = ax.contour(at_x, at_y, known, [level], colors=colour, linestyles=[dash], linewidths=1.2)
                drawn.set_path_effects([withStroke(linewidth=2.4, foreground="black")])
                stroke = {"color": colour, "linestyle": dash, "linewidth": style.line_width()}
                if any(np.size(path.vertices) for path in drawn.get_paths()):
                    handles.append(Line2D([], [], label=f"{label} {100 * level:g}%", **stroke))
    for name, axis, scale in ((x, at_x, ax.set_xscale), (y, at_y, ax.set_yscale)):
        if AXES[name][1] and (axis > 0).all():
            scale("log")
    style.label_axes(ax, AXES[x][0], AXES[y][0])
    bar = ax.figure.colorbar(mesh, ax=ax)
    bar.set_label("Share recalled perfectly", fontsize=style.label_size())
    bar.ax.tick_params(labelsize=style.tick_size())
    for handle in handles:
        handle.set_path_effects([withStroke(linewidth=2.4, foreground="black")])
    style.legend_above(ax, 2, handles=handles)
    return ax
