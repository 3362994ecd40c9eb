"""Hidden neurons on a ring: filled discs are active, open ones are not (Fig. 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Circle

from neurosim.plots import style
from neurosim.validation import binary_array


def draw(hidden_active: np.ndarray, ax: Axes | None = None, *, limit: int = 64) -> Axes:
    """Draw one hidden state, active neurons filled; neuron 0 on top, then clockwise.

    Parameters
    ----------
    hidden_active : array_like (hidden,) bool
    ax : Axes, optional
    limit : int, default 64
        Largest number of neurons drawn, evenly picked from all; the title then gives the number.

    Returns
    -------
    Axes

    Raises
    ------
    InvalidInput
        `hidden_active` is not one state.

    Examples
    --------
    >>> from neurosim import plots
    >>> ax = plots.rings.draw([True, False, True])
    >>> len(ax.collections[0].get_paths())
    3
    """
    state = binary_array(hidden_active, "hidden_active", {"hidden": None})
    shown = state[np.linspace(0, state.size - 1, min(limit, state.size)).round().astype(int)]
    ax = style.axes(ax, height=style.ONE_COLUMN)
    angle = 2 * np.pi * np.arange(shown.size) / shown.size
    radius = min(0.2, 0.85 * np.sin(np.pi / shown.size)) if shown.size > 1 else 0.2
    discs = [Circle((np.sin(a), np.cos(a)), radius) for a in angle]
    edge = 0.5 * min(1.0, 16 / shown.size)  # thin where discs are small, or open ones look filled
    colours = [style.ink() if active else style.paper() for active in shown]
    ax.add_collection(PatchCollection(discs, facecolor=colours, edgecolor=style.ink(), linewidth=edge))
    ax.set_xlim(-1.25, 1.25)
    ax.set_ylim(-1.25, 1.25)
    ax.set_aspect("equal")
    ax.set_axis_off()
    if shown.size < state.size:
        ax.set_title(f"{shown.size} of {state.size} neurons", fontsize=style.tick_size())
    return ax


def grid(
    hidden_active: np.ndarray,
    *,
    titles: Sequence[str] | None = None,
    figure: Figure | SubFigure | None = None,
) -> np.ndarray:
    """Draw several hidden states side by side.

    Parameters
    ----------
    hidden_active : array_like (state, hidden) bool
    titles : sequence of str, optional
        One title per state.
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray of Axes, (1, state)

    Examples
    --------
    >>> from neurosim import patterns, plots
    >>> plots.rings.grid(patterns.all_hidden_states(3)[:4]).shape
    (1, 4)
    """
    states = np.atleast_2d(binary_array(hidden_active, "hidden_active", {"…": None, "hidden": None}))
    panels = style.grid(figure, 1, len(states), max(0.8, style.ONE_COLUMN / len(states)), title=0.2 if titles else 0)
    for index, (ax, state) in enumerate(zip(panels.flat, states, strict=True)):
        draw(state, ax)
        if titles is not None:
            ax.set_title(titles[index], fontsize=style.tick_size(), pad=2)
    return panels
