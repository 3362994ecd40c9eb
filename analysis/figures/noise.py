"""Recall against noise on the cue (Fig. 1b)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray
from matplotlib.axes import Axes

from analysis.figures import style


def draw(curves: xarray.Dataset | Mapping[str, xarray.Dataset], ax: Axes | None = None) -> Axes:
    """Draw `analysis.basins.recall_vs_noise`, with the paper's bound where it applies.

    Parameters
    ----------
    curves : xarray.Dataset, or mapping of label to xarray.Dataset
    ax : Axes, optional
    """
    ax = style.axes(ax)
    several = {"recalled perfectly": curves} if isinstance(curves, xarray.Dataset) else dict(curves)
    for index, (label, curve) in enumerate(several.items()):
        style.band(ax, curve, "recalled", "noise_std", index, label)
        if np.isfinite(curve.bound).any():
            colour = style.THEORY if len(several) == 1 else style.PALETTE[index % len(style.PALETTE)]
            note = "eq. (38), for $\\tau_v \\gg \\tau_h$" if index == 0 else None
            ax.plot(curve.noise_std, curve.bound, color=colour, linestyle="--", linewidth=1, label=note)
    ax.set_ylim(-0.02, 1.04)
    style.dress(ax, "Noise on the visible cue $\\sigma_v$", "Share of cues recalled perfectly")
    style.legend(ax, handles=[*ax.get_legend_handles_labels()[0], *style.interval_handles(*several.values())])
    return ax
