"""Smallest fatal shocks: proven lower limit, fatal shock found, and half the distance to the nearest attractor."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import style


def draw(shocks: xarray.Dataset, nearest: xarray.Dataset | None = None, ax: Axes | None = None) -> Axes:
    """Draw the share of memories that a shock of a given size can destroy, as cumulative distributions.

    Parameters
    ----------
    shocks : xarray.Dataset
        From `neurosim.measure.basins.shocks.minimal_fatal_shock`. Memories without a fatal shock keep the curve below
        1.
    nearest : xarray.Dataset, optional
        From `neurosim.measure.basins.neighbours.nearest_attractor` for the same memories: half the distances to the
        nearest fixed
        point within its `flips`, and to the nearest of the memories where that is another one.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.neighbours import nearest_attractor
    >>> from neurosim.measure.basins.shocks import minimal_fatal_shock
    >>> net, memories = Network.gaussian(400, 5, seed=0), patterns.all_hidden_states(5)
    >>> found = minimal_fatal_shock(net, memories), nearest_attractor(net, memories)
    >>> plots.shocks.draw(*found).get_ylabel()
    'Share of memories'
    """
    ax = style.axes(ax)
    curves = [
        ("found fatal", shocks.fatal_rms.values, 0, "-"),
        ("proven harmless", shocks.certified_rms.values, 6, ":"),
    ]
    if nearest is not None:
        half = 0.5 / np.sqrt(nearest.attrs["n_visible"])
        close, memory = half * nearest.close_distance.values, half * nearest.distance.values
        curves.append(("half way to the nearest fixed point", close, 1, "--"))
        if not np.allclose(close, memory, equal_nan=True):
            curves.append(("half way to the nearest memory", memory, 2, "-."))
    for label, values, colour, line in curves:
        at = np.concatenate([[0.0], np.sort(values[np.isfinite(values)])])
        share = np.arange(len(at)) / len(values)
        ax.step(at, share, where="post", color=style.colour(colour), linestyle=line, linewidth=1.3, label=label)
    ax.set_xlim(left=0)
    style.share_axis(ax)
    style.label_axes(ax, "Perturbation per visible neuron $\\|\\delta v\\|/\\sqrt{N_v}$", "Share of memories")
    title = f"{shocks.sizes['memory']:,} memories, one network"
    style.legend_above(ax, 1, title=title, loc="lower left", bbox_to_anchor=(0, 1))
    return ax


def compare(
    random: tuple[xarray.Dataset, xarray.Dataset], trained: tuple[xarray.Dataset, xarray.Dataset]
) -> np.ndarray:
    """Draw the distributions of one random network (left) beside those of a trained one (right).

    Parameters
    ----------
    random, trained : tuple of xarray.Dataset
        The arguments `shocks` and `nearest` of `draw`.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.neighbours import nearest_attractor
    >>> from neurosim.measure.basins.shocks import minimal_fatal_shock
    >>> net, memories = Network.gaussian(400, 5, seed=0), patterns.all_hidden_states(5)
    >>> found = minimal_fatal_shock(net, memories), nearest_attractor(net, memories)
    >>> plots.shocks.compare(found, found).shape
    (2,)
    """
    panels = style.row(2, 3.2)
    for ax, found, title in zip(panels, (random, trained), ("random network", "trained network"), strict=True):
        draw(*found, ax)
        ax.set_ylabel(f"Share of memories, {title}", fontsize=style.label_size())
    return panels
