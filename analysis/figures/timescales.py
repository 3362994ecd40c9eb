"""Recall against the ratio of time constants (Fig. 11)."""

from __future__ import annotations

from collections.abc import Mapping

import xarray
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, NullFormatter

from analysis.figures import style


def draw(curves: xarray.Dataset | Mapping[str, xarray.Dataset], ax: Axes | None = None) -> Axes:
    """Draw `analysis.timescales.recall_vs_ratio`.

    Parameters
    ----------
    curves : xarray.Dataset, or mapping of label to xarray.Dataset
    ax : Axes, optional
    """
    ax = style.axes(ax)
    several = {"recalled perfectly": curves} if isinstance(curves, xarray.Dataset) else dict(curves)
    for index, (label, curve) in enumerate(several.items()):
        style.band(ax, curve, "recalled", "ratio", index, label)
    ax.axvline(4, color=style.THEORY, linestyle=":", linewidth=1, label="paper: 4 is enough")
    ax.set_xscale("log")
    ticks = [r for r in (0.1, 0.2, 0.5, 1, 2, 4, 10, 20, 50, 100, 200) if ax.get_xlim()[0] <= r <= ax.get_xlim()[1]]
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(-0.02, 1.04)
    style.dress(ax, "Ratio of time constants $\\tau_v/\\tau_h$", "Share of cues recalled perfectly")
    style.legend(ax, handles=[*ax.get_legend_handles_labels()[0], *style.interval_handles(*several.values())])
    return ax
