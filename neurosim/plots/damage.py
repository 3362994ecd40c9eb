"""Recall from damaged cues, and the noise that each memory tolerates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import curves, style


def by_kind(random: Mapping[str, xarray.Dataset], trained: Mapping[str, xarray.Dataset]) -> np.ndarray:
    """Draw recall from damaged cues of random networks (left) beside that of a trained one (right).

    Parameters
    ----------
    random, trained : mapping of {"masked", "occluded", "flipped"} to xarray.Dataset
        Each from `neurosim.measure.recall.curves.recall_sweep` over its kind of damage.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> sizes = {"n_hidden": 4, "visible_per_hidden": 20, "n_cues": 8, "seed": 0}
    >>> found = {kind: recall_sweep(2, {kind: [0, 0.4]}, **sizes) for kind in ("masked", "flipped")}
    >>> plots.damage.by_kind(found, found).shape
    (2,)
    """
    panels = style.row(2, 2.6)
    draw(random, "random networks", panels[0])
    draw(trained, "trained network", panels[1])
    return panels


def noise_and_kinds(noise: xarray.Dataset, found: Mapping[str, xarray.Dataset]) -> np.ndarray:
    """Draw recall of one network against noise (left) and against the share of damaged neurons (right).

    Parameters
    ----------
    noise : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over noise_std, with the attribute memory_rms.
    found : mapping of {"masked", "occluded", "flipped"} to xarray.Dataset
        As in `draw`.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> net = Network.gaussian(60, 4, seed=0)
    >>> noise = recall_sweep(net, {"noise_std": [0, 1]}, seed=0).assign_attrs(memory_rms=0.7)
    >>> found = {"masked": recall_sweep(net, {"masked": [0, 0.5]}, seed=0)}
    >>> plots.damage.noise_and_kinds(noise, found)[0].get_xlabel()
    'Noise on the visible cue / rms of the memories'
    """
    panels = left, right = style.row(2, 2.6)
    relative = noise.assign_coords(noise_std=noise.noise_std / noise.attrs["memory_rms"])
    curves.draw(relative, "noise_std", ax=left)
    left.set_xlabel("Noise on the visible cue / rms of the memories", fontsize=style.LABEL)
    draw(found, ax=right)
    return panels


def draw(found: Mapping[str, xarray.Dataset], title: str = "", ax: Axes | None = None) -> Axes:
    """Draw the share recalled against the share of damaged visible neurons, one line per kind of damage.

    Parameters
    ----------
    found : mapping of {"masked", "occluded", "flipped"} to xarray.Dataset
        Each from `neurosim.measure.recall.curves.recall_sweep` over its kind of damage; "masked" is among them. The
        recall law is drawn for masked cues only.
    title : str, default ""
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> sizes = {"n_hidden": 4, "visible_per_hidden": 20, "n_cues": 8, "seed": 0}
    >>> found = {kind: recall_sweep(2, {kind: [0, 0.4]}, **sizes) for kind in ("masked", "flipped")}
    >>> plots.damage.draw(found).get_xlabel()
    'Share of the visible neurons'
    """
    for index, (kind, curve) in enumerate(found.items()):
        shown = curve.rename({kind: "masked"}).drop_vars("bound" if kind == "masked" else ["law", "bound"])
        ax = curves.draw({kind: shown}, "masked", first=index, legend=False, ax=ax)
    masked = found["masked"].drop_vars("bound")
    ax = style.axes(ax)
    ax.set_xlabel("Share of the visible neurons", fontsize=style.LABEL)
    ax.set_title(title, fontsize=style.LABEL)
    theory = curves.theory_handles(masked)
    style.legend(ax, handles=[*ax.get_legend_handles_labels()[0], *theory, *style.interval_handles(masked)[:1]])
    return ax


def noise_per_memory(random: xarray.Dataset, trained: xarray.Dataset) -> np.ndarray:
    """Draw the noise that each memory tolerates, in one random network (left) and in a trained one (right).

    Parameters
    ----------
    random, trained : xarray.Dataset
        From `neurosim.measure.basins.noise.noise_at_half_recall`.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.noise import noise_at_half_recall
    >>> net = Network.gaussian(100, 4, seed=0)
    >>> found = noise_at_half_recall(net, patterns.all_hidden_states(4)[1:4], seed=0)
    >>> plots.damage.noise_per_memory(found, found).shape
    (2,)
    """
    panels = style.row(2, 2.6)
    draw_noise(random, "random network", panels[0])
    draw_noise(trained, "trained network", panels[1], colour=1)
    return panels


def draw_noise(found: xarray.Dataset, title: str = "", ax: Axes | None = None, *, colour: int = 0) -> Axes:
    """Draw the noise at which half of a memory's cues are recalled, against its number of active neurons.

    The points of one number of active neurons are moved apart at random, so that they do not cover each other.

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.basins.noise.noise_at_half_recall`.
    title : str, default ""
    ax : Axes, optional
    colour : int, default 0
        Index of the colour and marker.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.noise import noise_at_half_recall
    >>> net = Network.gaussian(100, 4, seed=0)
    >>> found = noise_at_half_recall(net, patterns.all_hidden_states(4)[1:4], seed=0)
    >>> plots.damage.draw_noise(found).get_xlabel()
    'Active hidden neurons of the memory'
    """
    ax = style.axes(ax)
    rms = found.attrs["memory_rms"]
    middle, lower, upper = (found[f"noise_at_half{end}"].values / rms for end in ("", "_lower", "_upper"))
    shift = np.random.default_rng(0).uniform(-0.25, 0.25, middle.size)
    stroke = {"fmt": style.MARKERS[colour], "markersize": 2, "elinewidth": 0.4, "color": style.PALETTE[colour]}
    ax.errorbar(found.n_active + shift, middle, np.stack([middle - lower, upper - middle]), **stroke)
    ax.set_ylim(bottom=-0.03 * float(upper.max()))  # a marker at 0 is drawn whole
    style.whole_ticks(ax.xaxis)
    style.label_axes(ax, "Active hidden neurons of the memory", "Noise at half recall / rms of memories")
    ax.set_title(title, fontsize=style.LABEL)
    return ax
