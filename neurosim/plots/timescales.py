"""Recall and recall time against the time constants (Fig. 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray

from neurosim import theory
from neurosim.plots import curves, style


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
    left.axvline(theory.critical_ratio(0.5), color=style.THEORY, linewidth=0.7)
    left.annotate(
        "$h$ peaks\nat $\\theta$: 2", (2, 0.5), xytext=(-3, 0), textcoords="offset points", ha="right", fontsize=6
    )
    left.axvline(4, color=style.THEORY, linewidth=0.7, linestyle="-.")
    left.annotate("paper: 4", (4, 0.25), xytext=(3, 0), textcoords="offset points", fontsize=6)


def _settle_times(ax: Any, curve: xarray.Dataset, landmarks: bool) -> None:
    curves.draw(curve, "ratio", quantity="settle_time", legend=False, ax=ax)
    labels = ["in $\\tau_h$", "in $\\tau_v$"]
    if landmarks:
        alone = [theory.rise_time(r, 1.0, 0.5) for r in curve.ratio.values]
        ax.plot(curve.ratio, alone, color=style.THEORY, linestyle="--", linewidth=1)
        labels.insert(1, "single neuron, drive 1, in $\\tau_h$")
    in_tau_v = curve.assign({name: curve[name] / curve.ratio for name in curve if str(name).startswith("settle_time")})
    style.band(ax, in_tau_v, "settle_time", "ratio", 1)
    ax.set_ylabel("Time of the last crossing", fontsize=style.LABEL)
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
