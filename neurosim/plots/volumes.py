"""Basin volumes by rank, and the largest spurious attractors as images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from neurosim.plots import intervals, style


def draw(volumes: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw `neurosim.measure.basins.volumes.basin_volumes`: the share of random cues of each attractor, largest first.

    Only attractors that were reached have a rank, so that the smallest shares, of one or two cues, are too large.

    Parameters
    ----------
    volumes : xarray.Dataset
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.volumes import basin_volumes
    >>> net, memories = Network.gaussian(400, 5, seed=0), patterns.all_hidden_states(5)[[0, 7, 27, 29, 30]]
    >>> found = basin_volumes(net, n_cues=500, cue_std=5.0, memories=memories, seed=0)
    >>> plots.volumes.draw(found).get_xlabel()
    'Rank of the attractor'
    """
    ax = style.axes(ax)
    rank = 1 + np.arange(volumes.sizes["attractor"])
    share, spurious = volumes.share.values, volumes.spurious.values
    limits = volumes.share_lower.values, volumes.share_upper.values
    confidence = f"{100 * volumes.attrs['confidence']:.3g}% interval"
    intervals.shade(ax, rank, *limits, style.theory_colour(), confidence)
    kinds = (("memory", "share_in_memories", ~spurious), ("spurious", "share_spurious", spurious))
    for index, (label, name, mine) in enumerate(kinds):
        if mine.any():
            text = f"{label}: {mine.sum():,}, together {_percent(float(volumes[name]))}"
            at, colour, marker = rank[mine], style.colour(index), style.MARKERS[index]
            ax.plot(
                at,
                share[mine],
                marker,
                color=colour,
                markersize=style.marker_size(),
                markeredgewidth=0,
                label=text,
                zorder=3 - index,
            )
    ax.set_xscale("log")
    ax.set_yscale("log")
    style.label_axes(ax, "Rank of the attractor", "Share of cues (basin volume)")
    title = f"{volumes.attrs['n_trials']:,} cues of std {volumes.attrs['cue_std']:.3g}"
    style.legend(ax, title=title, loc="lower left")
    return ax


def compare(random: xarray.Dataset, trained: xarray.Dataset) -> np.ndarray:
    """Draw the basin volumes of one random network (left) beside those of a trained one (right).

    Parameters
    ----------
    random, trained : xarray.Dataset
        As in `draw`.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.volumes import basin_volumes
    >>> net, memories = Network.gaussian(400, 5, seed=0), patterns.all_hidden_states(5)[[0, 7, 27, 29, 30]]
    >>> found = basin_volumes(net, n_cues=500, cue_std=5.0, memories=memories, seed=0)
    >>> plots.volumes.compare(found, found).shape
    (2,)
    """
    panels = style.row(2, 2.7)
    for ax, found, title in zip(panels, (random, trained), ("random network", "trained network"), strict=True):
        draw(found, ax).set_title(title, fontsize=style.title_size())
    return panels


def spurious(
    found: xarray.Dataset, image_shape: Sequence[int], *, figure: Figure | SubFigure | None = None
) -> np.ndarray:
    """Draw the largest spurious attractors as images: each attractor above the memory that it resembles most.

    Parameters
    ----------
    found : xarray.Dataset
    image_shape : (rows, columns) or (3, rows, columns)
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray of Axes, (2, attractor)

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.volumes import basin_volumes, spurious
    >>> net, memories = Network.gaussian(400, 5, seed=0), patterns.all_hidden_states(5)[[0, 7, 27, 29, 30]]
    >>> found = basin_volumes(net, n_cues=500, cue_std=5.0, memories=memories, seed=0)
    >>> plots.volumes.spurious(spurious(net, memories, found, limit=3), (20, 20)).shape
    (2, 3)
    """
    columns = found.sizes["attractor"]
    panels = style.grid(figure, 2, columns, style.ONE_COLUMN / columns, title=0.35)
    shown = found.visible.values, found.memory_visible.values
    low, high = min(values.min() for values in shown), max(values.max() for values in shown)
    for row, values in enumerate(shown):
        for ax, image in zip(panels[row], values, strict=True):
            style.show_image(ax, image, image_shape, low, high)
        place = {"rotation": 90, "ha": "right", "va": "center", "transform": panels[row, 0].transAxes}
        panels[row, 0].text(-0.06, 0.5, ("spurious", "memory")[row], fontsize=style.legend_size(), **place)
    for k in range(columns):
        panels[0, k].set_title(_percent(float(found.share[k])), fontsize=style.legend_size(), pad=2)
        bits = int(found.bits[k])
        panels[1, k].set_title(f"{bits} bit{'s' * (bits != 1)}", fontsize=style.legend_size(), pad=2)
    return panels


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
