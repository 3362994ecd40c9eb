"""Basic memories, the columns of ξ: as images, and how they correlate (Figs. 3a,b and 5a,b)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from neurosim import Network
from neurosim.plots import axis_ticks, recalls, style

LIMIT = 25  # basic memories that are drawn


def images(
    net: Network, image_shape: Sequence[int], *, limit: int = LIMIT, figure: Figure | SubFigure | None = None
) -> np.ndarray:
    """Draw the first `limit` basic memories as images, each scaled from its least to its largest weight.

    Parameters
    ----------
    net : Network
    image_shape : (rows, columns) or (3, rows, columns)
        Colour images are scaled over their three channels together.
    limit : int, default 25
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray of Axes, (row, column); surplus Axes are blank.

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> plots.memories.images(Network.gaussian(64, 10, seed=0), (8, 8)).shape
    (3, 4)
    """
    count = min(limit, net.n_hidden)
    columns = int(np.ceil(np.sqrt(count)))
    panels = style.grid(figure, -(-count // columns), columns, style.ONE_COLUMN / columns)
    for index, ax in enumerate(panels.flat):
        ax.set_axis_off()
        if index < count:
            weights = net.weights[:, index]
            style.show_image(ax, weights, image_shape, weights.min(), weights.max())
            ax.set_title(str(index), fontsize=style.legend_size(), pad=1)
    return panels


def correlation(net: Network, ax: Axes | None = None) -> Axes:
    """Draw the correlation matrix of the basic memories, −1 … 1; a constant column has correlation 0.

    Parameters
    ----------
    net : Network
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> plots.memories.correlation(Network.gaussian(64, 10, seed=0)).get_images()[0].get_array().shape
    (10, 10)
    """
    ax = style.axes(ax, height=2.9)
    centred = net.weights - net.weights.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    centred = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    picture = ax.imshow(centred.T @ centred, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    colorbar = ax.figure.colorbar(picture, ax=ax, shrink=0.85)
    colorbar.set_label("Correlation of basic memories", fontsize=style.label_size())
    colorbar.ax.tick_params(labelsize=style.tick_size())
    style.label_axes(ax, "Hidden neuron $\\mu$", "Hidden neuron $\\nu$")
    axis_ticks.whole_ticks(ax.xaxis)
    axis_ticks.whole_ticks(ax.yaxis)
    return ax


def overview(synapses: xarray.Dataset, unseen: xarray.Dataset) -> np.ndarray:
    """Draw basic memories, their correlations, and recalls of unseen images (Figs. 3 and 5).

    Parameters
    ----------
    synapses : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.synapses`.
    unseen : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.recall_unseen_images`.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import recall_unseen_images, synapses
    >>> net, digits = Network.gaussian(64, 10, seed=0), load_data("digits")
    >>> unseen = recall_unseen_images(net, digits, patterns.all_hidden_states(10), n_cues=8)
    >>> len(plots.memories.overview(synapses(net, digits), unseen))  # 12 memories with blanks, matrix, bar, 3 × 8
    38
    """
    net = Network(synapses.weights.values)
    shape = tuple(int(n) for n in np.atleast_1d(synapses.attrs["image_shape"]))
    figure: Any = style.new_figure(5.2)
    above, below = figure.subfigures(2, 1, height_ratios=(1.5, 1))
    left, right = above.subfigures(1, 2)
    images(net, shape, figure=left)
    correlation(net, right.subplots())
    recalls.images(unseen, figure=below)
    return np.array(figure.axes)
