"""Shared colours, sizes and elements of the figures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from neurosim.frames import image_sizes
from neurosim.plots.sheet import colours, label_size, legend_size, line_width, marker_size, setting, theory_colour
from neurosim.plots.sheet import ink as ink
from neurosim.plots.sheet import paper as paper
from neurosim.plots.sheet import theory_width as theory_width
from neurosim.plots.sheet import tick_size as tick_size
from neurosim.plots.sheet import title_size as title_size

MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # beside the colours, for print in grey
ONE_COLUMN = 3.4  # inches
_LONG = 8  # ratio of the sides of an image from which it would be a line
_UNKNOWN = "#e8b4d0"  # no grey


def axes(ax: Axes | None, height: float = 2.5) -> Axes:
    """Return `ax`, or the Axes of a new figure one column wide and `height` inches high.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.axes(None, height=2)
    >>> style.axes(ax) is ax
    True
    """
    if ax is not None:
        return ax
    return new_figure(height, columns=1).subplots()


def new_figure(height: float, *, columns: float = 2) -> Figure:
    """Return a new figure of a width in columns and a height in inches, outside pyplot.

    Examples
    --------
    >>> [float(size) for size in new_figure(2.5, columns=1).get_size_inches()]
    [3.4, 2.5]
    """
    return Figure(figsize=(columns * ONE_COLUMN, height), layout="constrained")


def row(columns: int, height: float, **options: Any) -> np.ndarray:
    """Return Axes side by side in a new figure of two columns' width and `height` inches; options of `subplots`.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> style.row(3, 2.0).shape
    (3,)
    """
    return new_figure(height).subplots(1, columns, squeeze=False, **options)[0]


def grid(figure: Figure | SubFigure | None, rows: int, columns: int, cell: float, title: float = 0.0) -> np.ndarray:
    """Return (rows, columns) Axes in `figure`, or in a new one of `cell`-inch cells, `title` inches more.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> style.grid(None, 2, 3, cell=1).shape
    (2, 3)
    """
    if figure is None:
        figure = Figure(figsize=(columns * cell, rows * cell + title), layout="constrained")
    return figure.subplots(rows, columns, squeeze=False)


def label_axes(ax: Axes, xlabel: str, ylabel: str) -> Axes:
    """Label the axes, thin the frame, and return them.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> style.label_axes(style.axes(None), "Time (ms)", "Share").get_ylabel()
    'Share'
    """
    ax.set_xlabel(xlabel, fontsize=label_size())
    ax.set_ylabel(ylabel, fontsize=label_size())
    for axis in ("x", "y"):
        ax.tick_params(axis, which="both", labelsize=setting(f"{axis}tick.labelsize"))
    for side in ("top", "right"):
        ax.spines[side].set_visible(setting(f"axes.spines.{side}"))
    return ax


def colour(index: int) -> str:
    """Return the index-th of `colours`; they repeat.

    Examples
    --------
    >>> colour(0) == colour(7) == colours()[0]
    True
    """
    known = colours()
    return known[index % len(known)]


def stroke(index: int, **more: Any) -> dict[str, Any]:
    """Return colour, marker and sizes of the index-th line, and `more`; markers of a second round are hollow.

    Examples
    --------
    >>> stroke(0, markersize=3, linewidth=1)
    {'color': '#0072B2', 'marker': 'o', 'markersize': 3, 'linewidth': 1}
    >>> stroke(7, markersize=3, linewidth=1)["markerfacecolor"]
    'none'
    """
    laps = index // len(colours())
    hollow = {"markerfacecolor": "none"} if laps % 2 else {}
    sizes = {"markersize": marker_size(), "linewidth": line_width()}
    return {"color": colour(index), "marker": MARKERS[(index + laps) % len(MARKERS)], **sizes, **hollow, **more}


def beyond(index: int) -> dict[str, Any]:
    """Return the arrow in the index-th colour that stands for a value beyond the range that was tried.

    Examples
    --------
    >>> beyond(0)["linestyle"]
    'none'
    """
    return {"color": colour(index), "marker": r"$\uparrow$", "markersize": 6, "linestyle": "none"}


def share_axis(ax: Axes) -> None:
    """Let the vertical axis run from 0 to 1, with room for the markers at both ends.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.axes(None)
    >>> style.share_axis(ax)
    >>> bool(ax.get_ylim()[0] < 0 and ax.get_ylim()[1] > 1)
    True
    """
    ax.set_ylim(-0.03, 1.04)


def from_zero(ax: Axes) -> None:
    """Let the vertical axis begin at 0, with room for the markers there; to be called after drawing.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.axes(None)
    >>> _ = ax.plot([0, 1], [0, 50], "o")
    >>> style.from_zero(ax)
    >>> bool(-5 < ax.get_ylim()[0] < 0)
    True
    """
    top = ax.get_ylim()[1]
    ax.set_ylim(-0.03 * top, top)


def legend(ax: Axes, title: str | None = None, **options) -> None:
    """Add a legend in small print.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.axes(None)
    >>> _ = ax.plot([0, 1], label="measured")
    >>> style.legend(ax, title="model")
    >>> ax.get_legend().get_title().get_text()
    'model'
    """
    sizes = {"fontsize": legend_size(), "title_fontsize": setting("legend.title_fontsize")}
    ax.legend(title=title, frameon=setting("legend.frameon"), alignment="left", **sizes, **options)


def legend_above(ax: Axes, columns: int, **options: Any) -> None:
    """Add a legend in small print above the axes, below their title; options of `legend`.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.axes(None)
    >>> _ = ax.plot([0, 1], label="measured")
    >>> style.legend_above(ax, 2, title="model")
    >>> len(ax.get_legend().get_texts())
    1
    """
    legend(ax, ncols=columns, **{"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), **options})
    room = ax.inset_axes((0, 1, 1, 0), zorder=-1)  # matplotlib puts titles above all axes, whenever they are set
    room.set_axis_off()
    room.set_axes_locator(partial(_legend_place, ax))


def _legend_place(ax: Axes, _: Any, renderer: Any) -> Bbox:
    """Return the place of the legend of `ax`, relative to the figure."""
    shown = ax.get_legend() or ax
    return shown.get_window_extent(renderer).transformed(ax.figure.transSubfigure.inverted())


def legend_below(ax: Axes, columns: int, handles: Sequence[Artist] | None = None, **options: Any) -> None:
    """Add a legend in small print below all panels of the figure of `ax`; by default with the lines of `ax`.

    The figure gets a constrained layout, which makes room for it.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> panels = style.row(2, 2.0)
    >>> _ = panels[0].plot([0, 1], label="measured")
    >>> style.legend_below(panels[0], 2)
    >>> len(panels[0].figure.legends)
    1
    """
    entries = ax.get_legend_handles_labels()[0] if handles is None else handles
    sizes = {"fontsize": legend_size(), "title_fontsize": setting("legend.title_fontsize")}
    place = {"loc": "outside lower center", "ncols": columns, "frameon": setting("legend.frameon")}
    figure: Any = ax.get_figure(root=True)
    if not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        with suppress(RuntimeError):  # a tight layout with a colour bar cannot be changed
            figure.set_layout_engine("constrained")
    ax.figure.legend(handles=entries, **sizes, **place, **options)


def theory_handle(label: str = "theory", dash: Any = "--") -> Line2D:
    """Return the legend entry for lines of theory.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> style.theory_handle().get_label()
    'theory'
    """
    return Line2D([], [], color=theory_colour(), linestyle=dash, linewidth=theory_width(), label=label)


def brightness(values: Any) -> tuple[float, float]:
    """Return the values that are drawn black and white: all finite ones but for a thousandth at each end.

    Where these are all the same, outliers count too. A constant is drawn as it is if it lies between 0, black, and 1,
    white, and in grey if not.

    Examples
    --------
    >>> from neurosim.plots.style import brightness
    >>> [round(value, 3) for value in brightness([[0.0, float("nan")], [1.0, 0.5]])]
    [0.001, 0.999]
    >>> brightness([1.0, 1.0])
    (0.0, 1.0)
    """
    array = np.asarray(values, dtype=float)
    finite = array[np.isfinite(array)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (float(end) for end in np.percentile(finite, (0.1, 99.9)))
    return (low, high) if low < high else _scale(float(finite.min()), float(finite.max()))


def _scale(low: float, high: float) -> tuple[float, float]:
    """Return the values that are black and white, which differ."""
    if low < high:
        return low, high
    return (0.0, 1.0) if 0 <= low <= 1 else (low - 1, low + 1)


def as_image(values: np.ndarray, image_shape: Sequence[int]) -> np.ndarray:
    """Return visible states as pictures: (rows, columns), or (rows, columns, 3) from (3, rows, columns).

    Raises
    ------
    InvalidInput
        image_shape is neither (rows, columns) nor (3, rows, columns), or its product is not the number of
        values.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.plots import style
    >>> style.as_image(np.zeros(12), (3, 2, 2)).shape
    (2, 2, 3)
    """
    picture = values.reshape(image_sizes(image_shape, values.shape[-1]))
    return picture if picture.ndim == 2 else np.moveaxis(picture, 0, -1)


def scaled_image(values: np.ndarray, image_shape: Sequence[int], low: float, high: float) -> np.ndarray:
    """Return a picture of one visible state, 0 at `low` and 1 at `high`; unknown pixels of colour are transparent.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.plots import style
    >>> style.scaled_image(np.array([0.0, 4.0]), (1, 2), 0, 8).tolist()
    [[0.0, 0.5]]
    """
    black, white = _scale(low, high)
    picture = np.clip((as_image(values, image_shape) - black) / (white - black), 0, 1)
    unknown = np.isnan(picture)
    if picture.ndim == 2 or not unknown.any():
        return picture  # imshow leaves out what is unknown in grey
    return np.dstack([np.where(unknown, 0, picture), ~unknown.any(axis=2)])


def show_image(ax: Axes, values: np.ndarray, image_shape: Sequence[int], low: float, high: float) -> None:
    """Draw one visible state, black at `low`, white (or full colour) at `high`; no ticks, no frame.

    Pixels are square, but those of an image of one row or column, which fill the axes. Pixels that are unknown (NaN)
    are pink.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.plots import style
    >>> ax = style.axes(None)
    >>> style.show_image(ax, np.arange(4.0), (2, 2), 0, 3)
    >>> ax.get_images()[0].get_array().shape
    (2, 2)
    """
    picture = scaled_image(values, image_shape, low, high)
    rows, columns = picture.shape[:2]
    aspect = "auto" if max(rows, columns) > _LONG * min(rows, columns) else "equal"
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect=aspect)
    if np.isnan(values).any():
        place: dict[str, Any] = {"transform": ax.transAxes, "zorder": -1}
        ax.add_patch(Rectangle((0, 0), 1, 1, facecolor=_UNKNOWN, linewidth=0, **place))
    ax.set_axis_off()


def cell_edges(at: np.ndarray) -> np.ndarray:
    """Return the edges of the cells of a map around their places, half way between them.

    Examples
    --------
    >>> import numpy as np
    >>> cell_edges(np.array([0.0, 2.0, 3.0])).tolist(), cell_edges(np.array([4.0])).tolist()
    ([-1.0, 1.0, 2.5, 3.5], [2.0, 6.0])
    """
    if len(at) == 1:
        half = abs(at) / 2 if at[0] else np.array([0.5])
        return np.concatenate([at - half, at + half])
    half = np.diff(at) / 2
    return np.concatenate([at[:1] - half[:1], at[:-1] + half, at[-1:] + half[-1:]])


def label_points(ax: Axes, texts: Sequence[str], x: np.ndarray, y: np.ndarray) -> None:
    """Write a text beside each point, right or left, above or below, where it covers no earlier text and no point.

    Parameters
    ----------
    ax : Axes
        With its final scales and limits.
    texts : sequence of str
    x, y : ndarray (point,)

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.new_figure(2).subplots()
    >>> style.label_points(ax, ["one", "two"], [0.5, 0.5], [0.5, 0.5])
    >>> [text.get_ha() for text in ax.texts]
    ['left', 'right']
    """
    taken = [Bbox([at - 4, at + 4]) for at in ax.transData.transform(np.column_stack([x, y]))]
    frame = ax.get_window_extent()
    for text, place in zip(texts, zip(x, y, strict=True), strict=True):
        for right, above in ((1, 1), (0, 1), (1, 0), (0, 0)):
            aligned: dict[str, Any] = {"ha": "left" if right else "right", "va": "bottom" if above else "top"}
            offset: dict[str, Any] = {"xytext": (8 * right - 4, 6 * above - 3), "textcoords": "offset points"}
            label = ax.annotate(text, place, fontsize=legend_size(), **offset, **aligned)
            box = label.get_window_extent()
            inside = all(frame.contains(*corner) for corner in box.corners())
            if (inside and box.count_overlaps(taken) == 0) or not (right or above):
                break
            label.remove()
        taken.append(box)
