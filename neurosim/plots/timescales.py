"""Recall and recall time against the time constants (Fig. 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray

from neurosim import theory
from neurosim.plots import axis_ticks, curves, intervals, style


def ratio_curves(curve: xarray.Dataset, *, landmarks: bool = True) -> np.ndarray:
    """Draw the share recalled (left) and the time of the last crossing (right) against τ_v/τ_h.

    Parameters
    ----------
    curve : xarray.Dataset
        From `neurosim.measure.timescales.recall_vs_ratio`.
    landmarks : bool, default True
        Whether to draw the ratios 2 and 4 and the rise time of a single neuron, for the threshold ½ and drive 1.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.timescales import recall_vs_ratio
    >>> curve = recall_vs_ratio(2, [2.0, 10.0], n_hidden=4, seed=0)
    >>> plots.timescales.ratio_curves(curve).shape
    (2,)
    """
    left, right = style.row(2, 2.6)
    curves.draw(curve, "ratio", ax=left)
    if landmarks:
        _landmarks(left)
    style.legend(left, handles=[*left.get_legend_handles_labels()[0], *curves.theory_handles(curve)], loc="lower right")
    _settle_times(right, curve, landmarks)
    return np.array([left, right])


def _landmarks(left: Any) -> None:
    left.axvline(theory.critical_ratio(0.5), color=style.theory_colour(), linewidth=0.7)
    left.annotate(
        "$h$ peaks\nat $\\theta$: 2", (2, 0.5), xytext=(-3, 0), textcoords="offset points", ha="right", fontsize=6
    )
    left.axvline(4, color=style.theory_colour(), linewidth=0.7, linestyle="-.")
    left.annotate("paper: 4", (4, 0.25), xytext=(3, 0), textcoords="offset points", fontsize=6)


def _settle_times(ax: Any, curve: xarray.Dataset, landmarks: bool) -> None:
    curves.draw(curve, "ratio", quantity="settle_time", legend=False, ax=ax)
    labels = ["in $\\tau_h$", "in $\\tau_v$"]
    if landmarks:
        alone = [theory.rise_time(r, 1.0, 0.5) for r in curve.ratio.values]
        ax.plot(curve.ratio, alone, color=style.theory_colour(), linestyle="--", linewidth=style.theory_width())
        labels.insert(1, "single neuron, drive 1, in $\\tau_h$")
    in_tau_v = curve.assign({name: curve[name] / curve.ratio for name in curve if str(name).startswith("settle_time")})
    intervals.band(ax, in_tau_v, "settle_time", "ratio", 1)
    ax.set_ylabel("Time of the last crossing", fontsize=style.label_size())
    top = float(curve.settle_time_upper.max())
    ax.set_ylim(0, 1.1 * top if 0 < top < np.inf else None)
    lines = [line for line in ax.get_lines() if len(line.get_xdata()) == curve.sizes["ratio"]]
    for line, label in zip(lines, labels, strict=False):
        line.set_label(label)
    style.legend(ax, handles=lines)


def transition(noise: xarray.Dataset, load: xarray.Dataset) -> np.ndarray:
    """Draw the share recalled against τ_v/τ_h, one line per noise level (left) and per load N_v/N_h (right).

    Parameters
    ----------
    noise, load : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over ratio and noise_std, and over ratio and
        visible_per_hidden.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> noise = recall_sweep(2, {"noise_std": [0, 1], "ratio": [2, 20]}, n_hidden=4, seed=0)
    >>> load = recall_sweep(2, {"visible_per_hidden": [20, 50], "ratio": [2, 20]}, n_hidden=4, seed=0)
    >>> plots.timescales.transition(noise, load).shape
    (2,)
    """
    panels = style.row(2, 3.2)
    for ax, curve, by in zip(panels, (noise, load), ("noise_std", "visible_per_hidden"), strict=True):
        curves.draw(curve.drop_vars("bound"), "ratio", by=by, ax=ax)
    return panels


def spread_curves(spread_h: xarray.Dataset, spread_v: xarray.Dataset) -> np.ndarray:
    """Draw the share recalled against the spread of τ_h (left) and of τ_v (right), one line per mean ratio τ_v/τ_h.

    Parameters
    ----------
    spread_h, spread_v : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over ratio and spread_h, and over ratio and spread_v.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> grids = ({"ratio": [4, 20], name: [0, 1]} for name in ("spread_h", "spread_v"))
    >>> options = {"engine": "reference", "n_hidden": 3, "visible_per_hidden": 10, "n_cues": 4, "duration": 0.02}
    >>> curves = [recall_sweep(2, grid, seed=0, **options) for grid in grids]
    >>> plots.timescales.spread_curves(*curves).shape
    (2,)
    """
    panels = style.row(2, 3.2)
    for ax, curve, x in zip(panels, (spread_h, spread_v), ("spread_h", "spread_v"), strict=True):
        curves.draw(curve.drop_vars(["law", "bound"]), x, by="ratio", ax=ax)
    return panels


def recall_in_time(in_time: xarray.Dataset, against: xarray.Dataset) -> np.ndarray:
    """Draw recalls of damaged images in time (above), and their ends against τ_v/τ_h (below).

    Parameters
    ----------
    in_time : xarray.Dataset
        From `neurosim.measure.learned.recall_in_time.recall_in_time`.
    against : xarray.Dataset
        From `neurosim.measure.learned.recall_in_time.recall_against_ratio`, with the same damages.

    Returns
    -------
    ndarray of Axes, shape (4,), or (5,) with the energy

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recall_in_time import recall_against_ratio, recall_in_time
    >>> given = Network.gaussian(64, 10, seed=0), load_data("digits"), {"noise": Noise(0.3)}
    >>> in_time, against = recall_in_time(*given, n_cues=5), recall_against_ratio(*given, [1, 20], n_cues=5)
    >>> plots.timescales.recall_in_time(in_time, against).shape
    (5,)
    """
    names = ["bits", "squared_error", *(["energy"] if "energy" in in_time else [])]
    figure = style.new_figure(4.4)
    upper, lower = figure.subfigures(2, 1, squeeze=False)[:, 0]
    panels = [*upper.subplots(1, len(names)), *lower.subplots(1, 2)]
    labels = {
        "bits": "Share of right\nhidden neurons",
        "squared_error": "Squared error",
        "energy": "Energy above the end",
    }
    milliseconds = in_time.assign_coords(time=1e3 * in_time.time)
    for ax, name in zip(panels, names, strict=False):
        for index, damage in enumerate(in_time.damage.values):
            _trace(ax, milliseconds.sel(damage=damage), name, index, str(damage))
        ax.set_xscale("symlog", linthresh=float(milliseconds.time[2]))
        ax.set_xlim(0, float(milliseconds.time[-1]))
        style.label_axes(ax, "Time (ms)", labels[name])
    style.from_zero(panels[1])
    for ax, name in zip(panels[len(names) :], ("same_memory", "squared_error"), strict=True):
        for index, damage in enumerate(against.damage.values):
            intervals.band(ax, against.sel(damage=damage), name, "ratio", index)
        ax.axvline(against.attrs["ratio"], color=style.theory_colour(), linewidth=0.7)
        axis_ticks.log_axis(ax.xaxis)
        label = "Share of cues that end at\nthe memory of the image" if name == "same_memory" else labels[name]
        style.label_axes(ax, "Ratio of time constants $\\tau_v/\\tau_h$", label)
        style.from_zero(ax)
    handles = [*panels[0].get_lines(), *intervals.handles(in_time)]
    style.legend_below(panels[0], len(handles), handles)
    return np.array(panels)


def _trace(ax: Any, here: xarray.Dataset, name: str, index: int, label: str) -> None:
    """Draw a quantity in time with its interval and, for the error, that of the first-pass code, dashed."""
    colour = style.colour(index)
    intervals.shade(ax, here.time, here[f"{name}_lower"], here[f"{name}_upper"], colour)
    ax.plot(here.time, here[name], color=colour, linewidth=style.line_width(), label=label)
    if name == "squared_error":
        ax.axhline(float(here.first_pass), color=colour, linestyle="--", linewidth=0.8)
