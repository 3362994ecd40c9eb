"""Recall and recall time against the ratio of time constants (Fig. 11)."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim import theory
from neurosim.plots import curves, style


def ratio_curves(curve: xarray.Dataset) -> np.ndarray:
    """Draw the share recalled (left) and the time of the last crossing (right) against τ_v/τ_h.

    Parameters
    ----------
    curve : xarray.Dataset
        From `neurosim.measure.timescales.recall_vs_ratio`.

    Returns
    -------
    ndarray of Axes, shape (2,)
    """
    figure = Figure(figsize=(2 * style.ONE_COLUMN, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    curves.draw(curve, "ratio", ax=left)
    left.axvline(theory.critical_ratio(0.5), color=style.THEORY, linewidth=0.7)
    left.annotate(
        "$h$ peaks\nat $\\theta$: 2", (2, 0.5), xytext=(-3, 0), textcoords="offset points", ha="right", fontsize=6
    )
    left.axvline(4, color=style.THEORY, linewidth=0.7, linestyle="-.")
    left.annotate("the paper's 4", (4, 0.5), xytext=(3, 0), textcoords="offset points", fontsize=6)
    style.legend(left, handles=[*left.get_legend_handles_labels()[0], *curves.theory_handles(curve)], loc="lower right")
    _settle_times(right, curve)
    return np.array([left, right])


def _settle_times(ax: Any, curve: xarray.Dataset) -> None:
    curves.draw(curve, "ratio", quantity="settle_time", legend=False, ax=ax)
    alone = [theory.rise_time(r, 1.0, 0.5) for r in curve.ratio.values]
    ax.plot(curve.ratio, alone, color=style.THEORY, linestyle="--", linewidth=1)
    in_tau_v = curve.assign({name: curve[name] / curve.ratio for name in curve if str(name).startswith("settle_time")})
    style.band(ax, in_tau_v, "settle_time", "ratio", 1)
    ax.set_ylabel("Time of the last crossing", fontsize=style.LABEL)
    ax.set_ylim(0, 1.1 * float(curve.settle_time_upper.max()))
    lines = [line for line in ax.get_lines() if len(line.get_xdata()) == curve.sizes["ratio"]]
    for line, label in zip(lines, ("in $\\tau_h$", "drive 1, alone, in $\\tau_h$", "in $\\tau_v$"), strict=False):
        line.set_label(label)
    style.legend(ax, handles=lines)
