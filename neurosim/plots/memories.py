"""Basic memories, the columns of ξ: as images, and how they correlate (Figs. 3a,b and 5a,b)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from neurosim import Network
from neurosim.plots import style


def images(
    net: Network, image_shape: Sequence[int], *, limit: int = 25, figure: Figure | SubFigure | None = None
) -> np.ndarray:
    """Draw the first `limit` basic memories as images, each from its own least to its own largest weight.

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
    """
    count = min(limit, net.n_hidden)
    columns = int(np.ceil(np.sqrt(count)))
    panels = style.grid(figure, -(-count // columns), columns, style.ONE_COLUMN / columns)
    for index, ax in enumerate(panels.flat):
        ax.set_axis_off()
        if index < count:
            weights = net.weights[:, index]
            style.show_image(ax, weights, image_shape, weights.min(), weights.max())
            ax.set_title(str(index), fontsize=style.TICK - 2, pad=1)
    return panels


def correlation(net: Network, ax: Axes | None = None) -> Axes:
    """Draw the correlation matrix of the basic memories, −1 … 1; a constant column has correlation 0.

    Parameters
    ----------
    net : Network
    ax : Axes, optional
    """
    ax = style.axes(ax, height=2.9)
    centred = net.weights - net.weights.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    centred = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    picture = ax.imshow(centred.T @ centred, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    colorbar = ax.figure.colorbar(picture, ax=ax, shrink=0.85)
    colorbar.set_label("Correlation of basic memories", fontsize=style.LABEL)
    colorbar.ax.tick_params(labelsize=style.TICK)
    style.dress(ax, "Hidden neuron $\\mu$", "Hidden neuron $\\nu$")
    style.whole_ticks(ax.xaxis)
    style.whole_ticks(ax.yaxis)
    return ax
