"""Figures: each function draws the result of a measurement and returns the Axes.

Functions that draw one panel take `ax`, functions that draw several take `figure` or make a figure. Without `ax`, a
figure of one column's width is made outside pyplot; save it with ``ax.figure.savefig(path)``, or give ``ax=plt.gca()``.
Colours, sizes and legends are in `style`, and give way to settings of matplotlib that you changed (`sheet`). Nothing
here measures, opens a window or changes a global setting; measurements belong to `neurosim.measure`, pages to
`neurosim.report`.
"""

from neurosim.plots import (
    accessor,
    animation,
    capacity,
    circuit,
    comparison,
    completion,
    constraints,
    continuation,
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
from neurosim.plots.animation import animate_recall

__all__ = [
    "accessor",
    "animate_recall",
    "animation",
    "capacity",
    "circuit",
    "comparison",
    "completion",
    "constraints",
    "continuation",
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
