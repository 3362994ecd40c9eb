"""Comparison of memories: success against load, capacity against size and against the separation of patterns."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter

from neurosim.plots import axis_ticks, intervals, style

_LINE: dict[str, Any] = {"markersize": 3.5, "linewidth": 1}


def success(found: xarray.Dataset, x: str, *, legend: bool = True, ax: Axes | None = None) -> Axes:
    """Draw the share of cued patterns recalled against x, one line per model.

    Bars are intervals over networks.

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.comparison.compare.success_sweep` over (model, x).
    x : {"n_patterns", "flipped"}
    legend : bool, default True
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.compare import success_sweep
    >>> from neurosim.models import Dense, Hebb
    >>> found = success_sweep(4, [Hebb(), Dense()], {"n_patterns": [5, 40]}, n_neurons=50, seed=0)
    >>> plots.comparison.success(found, "n_patterns").get_ylabel()
    'Share of cued patterns recalled'
    """
    ax = style.axes(ax, height=3.4)
    for index, label in enumerate(_measured(found, "recalled")):
        intervals.bars(ax, found.sel(model=label), "recalled", x, index, label, **_LINE)
    if x == "n_patterns":
        ax.set_xscale("log", base=2)
    label = {"n_patterns": "Patterns stored $P$", "flipped": "Share of wrong bits in the cue"}[x]
    style.label_axes(ax, label, "Share of cued patterns recalled")
    if legend:
        style.legend_above(ax, 3)
    return ax


def recall(load: xarray.Dataset, flipped: xarray.Dataset) -> np.ndarray:
    """Draw recall against the number of patterns (left) and against wrong bits in the cue (right), with one legend.

    Parameters
    ----------
    load, flipped : xarray.Dataset
        From `neurosim.measure.comparison.compare.success_sweep` over n_patterns, and over flipped.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.compare import success_sweep
    >>> from neurosim.models import Dense, Hebb
    >>> loads = success_sweep(2, [Hebb(), Dense()], {"n_patterns": [5, 20]}, n_neurons=30, seed=0)
    >>> cues = success_sweep(2, [Hebb(), Dense()], {"flipped": [0.1, 0.3]}, n_neurons=30, n_patterns=3, seed=0)
    >>> plots.comparison.recall(loads, cues).shape
    (2,)
    """
    panels = left, right = style.row(2, 4.0, sharey=True)
    success(load, "n_patterns", legend=False, ax=left)
    success(flipped, "flipped", legend=False, ax=right)
    right.set_ylabel("")
    style.legend_below(left, 4)
    return panels


def capacity_and_bits(found: xarray.Dataset, large: xarray.Dataset, attractors: xarray.Dataset) -> np.ndarray:
    """Draw capacity (left) and bits per synapse at capacity (right) against N, with one legend.

    Parameters
    ----------
    found, large : xarray.Dataset
        From `neurosim.measure.comparison.compare.capacity_sweep` over n_neurons: all models, and some of them at
        larger sizes.
    attractors : xarray.Dataset
        As in `capacities`.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.capacity.curve import count_sweep
    >>> from neurosim.measure.comparison.compare import capacity_sweep
    >>> from neurosim.models import Dense, Hebb
    >>> found = capacity_sweep(8, [Hebb(), Dense()], {"n_neurons": [20]}, maximum=8, seed=0)
    >>> large = capacity_sweep(8, [Hebb()], {"n_neurons": [30]}, maximum=8, seed=0)
    >>> attractors = count_sweep(3, {"n_hidden": [2, 3]}, visible_per_hidden=10.0, seed=0)
    >>> plots.comparison.capacity_and_bits(found, large, attractors).shape
    (2,)
    """
    panels = left, right = style.row(2, 5.0)
    all_sizes = found.combine_first(large).sel(model=found.model)  # combining sorts the models
    capacities(all_sizes, attractors, legend=False, ax=left)
    bits(found, ax=right)
    style.legend_below(left, 3)
    return panels


def capacities(
    found: xarray.Dataset,
    attractors: xarray.Dataset | None = None,
    *,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw capacity against N on logarithmic axes, beside theory (dashed).

    Parameters
    ----------
    found : xarray.Dataset
        `neurosim.measure.comparison.compare.capacity_sweep` over (model, n_neurons). Capacities beyond the tested
        range are arrows.
    attractors : xarray.Dataset, optional
        `neurosim.measure.capacity.curve.count_sweep` over n_hidden: the number of fixed points of two-layer networks,
        a dotted grey line. Their visible states cannot be chosen, so it is not a capacity for given patterns.
    legend : bool, default True
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.compare import capacity_sweep
    >>> from neurosim.models import Hebb
    >>> found = capacity_sweep(8, [Hebb()], {"n_neurons": [20, 40]}, maximum=16, seed=0)
    >>> plots.comparison.capacities(found).get_ylabel()
    'Patterns stored at capacity'
    """
    ax = style.axes(ax, height=4.2)
    for index, label in enumerate(_measured(found, "capacity_lower")):
        here = found.sel(model=label)
        censored = np.isinf(here.capacity_upper).values
        known, beyond = here.isel(n_neurons=~censored), here.isel(n_neurons=censored)
        intervals.bars(ax, known, "capacity", "n_neurons", index, label, **_LINE)
        aside = beyond.n_neurons * (0.9 + 0.2 * index / found.sizes["model"])  # arrows, often of one height
        ax.plot(aside, beyond.capacity_lower, **style.beyond(index))
        shown = here.law.where(here.law <= 4 * float(found.attrs["maximum"]))
        ax.plot(
            here.n_neurons,
            shown,
            color=style.colour(index),
            linestyle="--",
            linewidth=0.8 * style.theory_width(),
            zorder=1,
        )
    if attractors is not None:
        _attractors(ax, attractors)
    ax.set_yscale("log")
    axis_ticks.log_axis(ax.xaxis, found.n_neurons.values)
    style.label_axes(ax, "Neurons $N$ (of the visible layer, of two)", "Patterns stored at capacity")
    if legend:
        style.legend_above(ax, 2)
    return ax


def _attractors(ax: Axes, counted: xarray.Dataset) -> None:
    size = counted.n_hidden * counted.attrs["visible_per_hidden"]
    states = 2.0**counted.n_hidden
    number = counted.assign({name: counted[name] * states for name in ("stored", "stored_lower", "stored_upper")})
    ratio = counted.attrs["visible_per_hidden"]
    label = f"attractors of two-layer networks,\n$N = {ratio:g}\\,N_h$ (not chosen patterns)"
    dots = {"color": style.theory_colour(), "marker": ".", "markersize": 6, "linestyle": ":"}
    intervals.bars(ax, number, "stored", size, label=label, **dots)


def bits(found: xarray.Dataset, *, ax: Axes | None = None) -> Axes:
    """Draw bits per synapse at capacity against N.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.comparison.compare.capacity_sweep`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.compare import capacity_sweep
    >>> from neurosim.models import Hebb
    >>> found = capacity_sweep(8, [Hebb()], {"n_neurons": [20, 40]}, maximum=16, seed=0)
    >>> plots.comparison.bits(found).get_ylabel()
    'Bits per synapse at capacity'
    """
    ax = style.axes(ax, height=3.0)
    for index, label in enumerate(_measured(found, "capacity_lower")):
        here = found.sel(model=label)
        known = here.isel(n_neurons=np.isfinite(here.bits_per_synapse_upper).values)
        intervals.bars(ax, known, "bits_per_synapse", "n_neurons", index, label, **_LINE)
    axis_ticks.log_axis(ax.xaxis, found.n_neurons.values)
    ax.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    style.from_zero(ax)
    return style.label_axes(ax, "Neurons $N$", "Bits per synapse at capacity")


def separation(found: xarray.Dataset, law: np.ndarray, *, ax: Axes | None = None) -> Axes:
    """Draw capacity against the mean separation of the patterns, one line per correlation; dashed: theory for none.

    Parameters
    ----------
    found : xarray.Dataset
        `neurosim.measure.comparison.compare.capacity_sweep` of one memory over separation and correlation. Capacities
        beyond the tested range are arrows.
    law : ndarray (separation,)
        `neurosim.measure.comparison.laws.separated`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.compare import capacity_sweep
    >>> from neurosim.models import Hebb
    >>> grid = {"separation": [0.3, 0.5], "correlation": [0.0]}
    >>> found = capacity_sweep(8, [Hebb()], grid, n_neurons=20, maximum=16, seed=0).isel(model=0)
    >>> plots.comparison.separation(found, [2.0, 2.8]).get_xlabel()
    'Mean separation (share of bits)'
    """
    ax = style.axes(ax, height=3.0)
    for index, correlation in enumerate(found.correlation.values):
        here = found.sel(correlation=correlation)
        censored = np.isinf(here.capacity_upper).values
        known, beyond = here.isel(separation=~censored), here.isel(separation=censored)
        intervals.bars(ax, known, "capacity", "separation", index, f"{correlation:g}", **_LINE)
        aside = beyond.separation + 0.004 * index  # arrows, often of one height
        ax.plot(aside, beyond.capacity_lower, **style.beyond(index))
    ax.plot(
        found.separation, law, color=style.theory_colour(), linestyle="--", linewidth=style.theory_width(), zorder=3
    )
    ax.set_yscale("log")
    return style.label_axes(ax, "Mean separation (share of bits)", "Patterns stored at capacity")


def separation_by_model(found: xarray.Dataset, laws: np.ndarray) -> np.ndarray:
    """Draw capacity against separation, one panel per model, with one legend.

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.comparison.compare.capacity_sweep` over model, separation and correlation.
    laws : ndarray (model, separation)
        `neurosim.measure.comparison.laws.separated` for each model.

    Returns
    -------
    ndarray of Axes, one per model

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.compare import capacity_sweep
    >>> from neurosim.models import Hebb
    >>> grid = {"separation": [0.3, 0.5], "correlation": [0.0]}
    >>> found = capacity_sweep(8, [Hebb()], grid, n_neurons=20, maximum=16, seed=0)
    >>> plots.comparison.separation_by_model(found, [[2.0, 2.8]]).shape
    (1,)
    """
    panels = style.row(found.sizes["model"], 3.0, sharey=True)
    for ax, law, label in zip(panels, laws, found.model.values, strict=True):
        separation(found.sel(model=label), law, ax=ax)
        ax.set_title(str(label), fontsize=style.title_size())
    for ax in panels[1:]:
        ax.set_ylabel("")
    style.legend(panels[0], title="correlation of\nneighbouring features", loc="upper left")
    return panels


def _measured(found: xarray.Dataset, name: str) -> list[str]:
    """Return the memories with at least one finite value."""
    other = [dim for dim in found[name].dims if dim != "model"]
    return found.model.values[found[name].notnull().any(other).values].tolist()
