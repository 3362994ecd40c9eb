"""Figures: each function draws what a measurement returned, on `ax` if given, and returns the Axes.

Nothing here measures, shows a window or changes a global style. Without `ax` (or `figure`, for grids), a figure of one
column's width is made outside pyplot; save it with ``ax.figure.savefig(path)``, or give ``ax=plt.gca()``.
"""

from neurosim.plots import (
    capacity,
    comparison,
    constraints,
    curves,
    damage,
    energy,
    learning,
    memories,
    phase,
    recalls,
    rings,
    shocks,
    sigmoids,
    spectrum,
    spiking,
    timescales,
    trained,
    volumes,
)

__all__ = [
    "capacity",
    "comparison",
    "constraints",
    "curves",
    "damage",
    "energy",
    "learning",
    "memories",
    "phase",
    "recalls",
    "rings",
    "shocks",
    "sigmoids",
    "spectrum",
    "spiking",
    "timescales",
    "trained",
    "volumes",
]
