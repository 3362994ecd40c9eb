"""Attractors of a network while one parameter moves: their number, where they exist, and their basins."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import curves, intervals, style

AXES = {name: label for name, (label, *_) in curves.AXES.items()} | {  # parameter → axis label
    "strength": "Strength of all synapses",
    "lesioned_visible": "Share of visible neurons lesioned",
    "lesioned_hidden": "Share of hidden neurons lesioned",
    "noise": "Membrane noise",
}
_BITS = 8  # of a hidden state that has room in a legend


def draw(found: xarray.Dataset, *, largest: int = 5, panels: np.ndarray | None = None) -> np.ndarray:
    """Draw a continuation: numbers of attractors, the values at which each exists, and the largest basins.

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.continuation`.
    largest : int, default 5
        Attractors drawn one by one on the right, those with the largest share of the cues at any value. The legend has
        their hidden states, or from nine hidden neurons on their ranks and numbers of active neurons.
    panels : ndarray of Axes, shape (3,), optional

    Returns
    -------
    ndarray of Axes, shape (3,)

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.measure import continuation
    >>> found = continuation(Network.gaussian(60, 4, seed=0), "threshold", [0.2, 0.5, 0.8], n_cues=200, seed=0)
    >>> [ax.get_ylabel() for ax in plots.continuation.draw(found)]
    ['Attractors', 'Attractor, by appearance', 'Share of the cues']
    """
    panels = style.row(3, 2.7) if panels is None else panels
    _numbers(panels[0], found)
    _existence(panels[1], found)
    _shares(panels[2], found, largest)
    text = AXES.get(found.attrs["parameter"], "Value of the parameter")
    for ax, label in zip(panels, ("Attractors", "Attractor, by appearance", "Share of the cues"), strict=True):
        style.label_axes(ax, text, label)
    return panels


def _numbers(ax: Axes, found: xarray.Dataset) -> None:
    ax.plot(found.value, found.n_attractors, label="exist", **style.stroke(0))
    for index, (name, text) in enumerate({"n_appeared": "appeared", "n_vanished": "vanished"}.items(), start=1):
        ax.plot(found.value, found[name], label=text, linestyle=":", **style.stroke(index, linewidth=1))
    style.from_zero(ax)
    style.legend_above(ax, 3, columnspacing=0.8, handlelength=1.2)


def _existence(ax: Axes, found: xarray.Dataset) -> None:
    """Draw a horizontal line over the values at which each attractor exists, dark for large basins."""
    exists, share, at = found.exists.values, found.share.values, np.argsort(found.value.values)
    value = found.value.values[at]
    order = np.lexsort((exists.sum(axis=0), exists.argmax(axis=0)))
    edges = style.cell_edges(value)
    if len(value) > 1:  # nothing is known beyond the values
        edges = np.clip(edges, value[0], value[-1])
    shown = np.where(exists, np.sqrt(share), np.nan)[at][:, order]
    mesh = ax.pcolormesh(edges, np.arange(exists.shape[1] + 1), shown.T, cmap="viridis_r", vmin=0, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, aspect=30, pad=0.03)
    bar.set_label("√(share of the cues)", fontsize=style.tick_size())
    bar.ax.tick_params(labelsize=style.tick_size())


def _shares(ax: Axes, found: xarray.Dataset, largest: int) -> None:
    best = np.argsort(-found.share.values.max(axis=0), kind="stable")[:largest]
    for index, attractor in enumerate(best):
        one = found.isel(attractor=int(attractor))
        seen = one.isel(value=one.exists.values)
        state = seen.hidden_active.values[0].astype(int)
        name = "".join(map(str, state)) if len(state) <= _BITS else f"#{index + 1} ({state.sum()} active)"
        intervals.band(ax, seen, "share", "value", index, name)
    others = found.share.sum("attractor") - found.share.isel(attractor=best).sum("attractor")
    marker = "" if len(others) > 1 else "_"  # one point is no line
    ax.plot(found.value, others, color=style.ink(), linestyle="--", marker=marker, linewidth=1, label="all others")
    style.share_axis(ax)
    style.legend_above(ax, 3, columnspacing=0.8, handlelength=1.2)
