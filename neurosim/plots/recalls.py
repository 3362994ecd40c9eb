"""Cues and recalls as rows of images, with optional originals and hidden rings (Figs. 2, 4, 7–9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure, SubFigure

from neurosim import InvalidInput
from neurosim.plots import rings, style
from neurosim.validation import real_array


def draw(
    cues: np.ndarray,
    recalls: np.ndarray,
    image_shape: Sequence[int],
    *,
    originals: np.ndarray | None = None,
    hidden_active: np.ndarray | None = None,
    figure: Figure | SubFigure | None = None,
) -> np.ndarray:
    """Draw one column per cue; rows: original (if given), cue, hidden ring (if given), recall.

    Parameters
    ----------
    cues, recalls : array_like (cue, visible)
        Visible states at the start and at the end.
    image_shape : (rows, columns) or (3, rows, columns)
    originals : array_like (cue, visible), optional
        Images from which the cues were made. They set the grey scale of all rows (0.1 to 99.9 percentile); without
        them `recalls` do. Outliers of noisy cues are clipped, so that equal greys mean equal values.
    hidden_active : array_like (cue, hidden) bool, optional
        Hidden states at the end.
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray of Axes, (row, cue)

    Raises
    ------
    InvalidInput
        Numbers of cues differ, or image_shape does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import plots
    >>> rng = np.random.default_rng(0)
    >>> plots.recalls.draw(rng.random((5, 64)), rng.random((5, 64)), (8, 8)).shape
    (2, 5)
    """
    rows = {"original": originals, "cue": cues, "hidden": hidden_active, "recall": recalls}
    shown = {
        name: real_array(
            values, name, {"cue": None, "hidden" if name == "hidden" else "visible": None}, optional="cue", finite=False
        )
        for name, values in rows.items()
        if values is not None
    }
    counts = {name: len(values) for name, values in shown.items()}
    if len(set(counts.values())) != 1:
        raise InvalidInput(f"every row needs one image per cue, got {counts}")
    low, high = style.brightness(shown.get("original", shown["recall"]))
    n_cues = counts["cue"]
    panels = style.grid(figure, len(shown), n_cues, max(0.5, style.ONE_COLUMN / (n_cues + 0.5)))
    for row, (name, values) in enumerate(shown.items()):
        for ax, value in zip(panels[row], values, strict=True):
            if name == "hidden":
                rings.draw(value, ax)
                ax.set_title("")
            else:
                style.show_image(ax, value, image_shape, low, high)
        first = panels[row, 0]
        first.text(
            -0.08,
            0.5,
            name,
            transform=first.transAxes,
            rotation=90,
            ha="right",
            va="center",
            fontsize=style.tick_size(),
        )
    return panels


def images(
    found: xarray.Dataset, *, rings: bool = True, n_shown: int = 8, figure: Figure | SubFigure | None = None
) -> np.ndarray:
    """Draw cues, hidden states as rings, and recalls of images, and above them the originals of damaged cues.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.recall_images`, or a file that ``neurosim recall --out`` or
        ``neurosim report`` has written (recalls.nc). Nothing else is needed: the results hold the shape of an image.
    rings : bool, default True
        Whether to draw the hidden states.
    n_shown : int, default 8
        Number of recalls; at most all of them.
    figure : Figure or SubFigure, optional
        Default: a new figure two columns wide.

    Returns
    -------
    ndarray of Axes, (row, cue)

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import recall_images
    >>> found = recall_images(Network.gaussian(64, 10, seed=0), load_data("digits"), n_cues=8)
    >>> plots.recalls.images(found).shape
    (3, 8)
    """
    some = found.isel({found.cue_visible.dims[0]: slice(n_shown)})
    cues, originals = some.cue_visible.values, some.original.values if "original" in some else None
    if originals is not None and np.allclose(originals, cues):
        originals = None
    if figure is None:
        figure = style.new_figure(2.6 if originals is None else 3.4)
    states = some.hidden_active.values if rings else None
    shape = tuple(int(n) for n in np.atleast_1d(found.attrs["image_shape"]))
    return draw(cues, some.visible.values, shape, originals=originals, hidden_active=states, figure=figure)


def side_by_side(parts: Mapping[str, xarray.Dataset], *, n_shown: int = 4) -> np.ndarray:
    """Draw cues and recalls of several networks beside one another, with titles (Fig. 9).

    Parameters
    ----------
    parts : mapping of str to xarray.Dataset
        By title, results of `neurosim.measure.learned.recalls.recall_images`.
    n_shown : int, default 4
        Cues of each network.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import recall_images
    >>> found = recall_images(Network.gaussian(64, 10, seed=0), load_data("digits"), n_cues=8)
    >>> plots.recalls.side_by_side({"one": found, "another": found}).size
    16
    """
    figure: Any = style.new_figure(2.1)
    for part, (title, found) in zip(figure.subfigures(1, len(parts)), parts.items(), strict=True):
        part.suptitle(title, fontsize=style.title_size())
        images(found.isel(shown=slice(n_shown)), rings=False, figure=part)
    return np.array(figure.axes)
