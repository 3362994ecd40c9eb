"""Hidden activations against the identity line (Fig. 10a)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from neurosim import Sigmoid, theory
from neurosim.plots import style


def draw(gains: Sequence[float], ax: Axes | None = None, *, threshold: float = 0.5) -> Axes:
    """Draw f(x − θ) for sigmoids of several gains, and where they meet x: filled where stable.

    Parameters
    ----------
    gains : sequence of float
    ax : Axes, optional
    threshold : float, default ½
    """
    ax = style.axes(ax, height=2.8)
    x = np.linspace(-0.1, 1.1, 601)
    ax.plot(x, x, color="black", linewidth=0.8, label="identity")
    for index, gain in enumerate(gains):
        colour = style.PALETTE[index % len(style.PALETTE)]
        unit = Sigmoid(gain)
        ax.plot(x, unit(x - threshold), color=colour, linewidth=1.2, label=f"gain {gain:g}")
        for point, stable in zip(*theory.intersections(unit, threshold), strict=True):
            fill = colour if stable else "white"
            ax.plot(point, point, "o", markersize=4, color=colour, markerfacecolor=fill, linestyle="none")
    style.dress(ax, "$x$", "$f(x - \\theta)$")
    style.legend(ax)
    return ax
