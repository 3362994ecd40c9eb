"""Shared colours, sizes and elements of the figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from neurosim import InvalidInput

# Okabe & Ito (2008), distinguishable with any colour vision; without yellow, which is too pale for lines on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # beside the colours, for print in grey
THEORY = "#555555"
ONE_COLUMN = 3.4  # inches
LABEL, TICK = 8, 7  # points


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
    ax.set_xlabel(xlabel, fontsize=LABEL)
    ax.set_ylabel(ylabel, fontsize=LABEL)
    ax.tick_params(labelsize=TICK)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def band(ax: Axes, dataset: xarray.Dataset, name: str, x: str, index: int = 0, label: str | None = None) -> None:
    """Draw `name` against coordinate `x` with its `_lower` … `_upper` interval, in the index-th colour.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.plots import style
    >>> data = {f"share{end}": ("x", [0.5, 0.9]) for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20}
    >>> found = xarray.Dataset(data, {"x": [1.0, 2.0]}, attrs)
    >>> ax = style.axes(None)
    >>> style.band(ax, found, "share", "x", label="measured")
    >>> ax.get_lines()[0].get_label()
    'measured'
    """
    colour, marker = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)]
    at, middle = dataset[x].values, dataset[name].values
    lower, upper = dataset[f"{name}_lower"].values, dataset[f"{name}_upper"].values
    ax.fill_between(at, lower, upper, color=colour, alpha=0.2, linewidth=0)
    ax.plot(at, middle, color=colour, marker=marker, markersize=3, linewidth=1.2, label=label)


def interval_lengths(dataset: xarray.Dataset, name: str) -> np.ndarray:
    """Return the lengths of the interval of `name` below and above the estimate, (2, …), for `Axes.errorbar`.

    Examples
    --------
    >>> found = xarray.Dataset({"share": 0.5, "share_lower": 0.25, "share_upper": 1.0})
    >>> interval_lengths(found, "share").tolist()
    [0.25, 0.5]
    """
    middle, lower, upper = (dataset[f"{name}{end}"].values for end in ("", "_lower", "_upper"))
    return np.stack([middle - lower, upper - middle])


def whole_ticks(axis: Axis) -> None:
    """Put the ticks of one axis at whole numbers.

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.new_figure(2.0).subplots()
    >>> style.whole_ticks(ax.xaxis)
    >>> _ = ax.set_xlim(0, 3)
    >>> [float(tick) for tick in ax.get_xticks()]
    [0.0, 1.0, 2.0, 3.0]
    """
    axis.set_major_locator(MaxNLocator(integer=True))


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
    ax.legend(fontsize=TICK - 1, title=title, title_fontsize=TICK - 1, frameon=False, alignment="left", **options)


def legend_below(ax: Axes, columns: int, handles: Sequence[Artist] | None = None, **options: Any) -> None:
    """Add a legend in small print below all panels of the figure of `ax`; by default with the lines of `ax`.

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
    size = TICK - 1
    place = {"loc": "outside lower center", "ncols": columns, "frameon": False}
    ax.figure.legend(handles=entries, fontsize=size, title_fontsize=size, **place, **options)


def interval_handles(*datasets: xarray.Dataset) -> list[Artist]:
    """Return the legend entry for the shaded bands.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.plots import style
    >>> data = {f"share{end}": ("x", [0.5, 0.9]) for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20}
    >>> found = xarray.Dataset(data, {"x": [1.0, 2.0]}, attrs)
    >>> [handle.get_label() for handle in style.interval_handles(found)]
    ['95% interval, 20 networks']
    """
    over = dict.fromkeys(_interval_over(dataset) for dataset in datasets)  # each once, in order
    text = f"{100 * datasets[0].attrs['confidence']:.3g}% interval, {' / '.join(over)}"
    return [Rectangle((0, 0), 1, 1, color=THEORY, alpha=0.2, linewidth=0, label=text)]


def _interval_over(dataset: xarray.Dataset) -> str:
    n = int(dataset.attrs["n_networks"])
    return f"{n} networks" if n > 1 else f"{dataset.attrs['n_trials']} cues"


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
    shape = tuple(image_shape)
    grey, colour = len(shape) == 2, len(shape) == 3 and shape[0] == 3
    if not (grey or colour) or np.prod(shape) != values.shape[-1]:
        raise InvalidInput(
            f"image_shape must be (rows, columns) or (3, rows, columns) of {values.shape[-1]} values, got {shape}"
        )
    picture = values.reshape(shape)
    return picture if grey else np.moveaxis(picture, 0, -1)


def show_image(ax: Axes, values: np.ndarray, image_shape: Sequence[int], low: float, high: float) -> None:
    """Draw one visible state, black at `low`, white (or full colour) at `high`; no ticks, no frame.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.plots import style
    >>> ax = style.axes(None)
    >>> style.show_image(ax, np.arange(4.0), (2, 2), 0, 3)
    >>> ax.get_images()[0].get_array().shape
    (2, 2)
    """
    picture = np.clip((as_image(values, image_shape) - low) / ((high - low) or 1.0), 0, 1)
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_axis_off()
