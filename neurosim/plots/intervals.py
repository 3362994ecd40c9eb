"""Intervals of estimates: shaded bands and bars, with arrows to the edge of the axes where an end is infinite."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from neurosim.plots.sheet import theory_colour
from neurosim.plots.style import colour, stroke

_BAR = 0.7  # width of bars, points


def shade(ax: Axes, at: Any, lower: Any, upper: Any, shade_colour: str, label: str | None = None) -> None:
    """Shade between limits; a point without neighbours has a bar instead, and an infinite end an arrow to the edge.

    Parameters
    ----------
    ax : Axes
    at, lower, upper : array_like (point,)
        Places in their order, and limits.
    shade_colour : str
    label : str, optional

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.axes(None)
    >>> shade(ax, [1, 2], [0.2, 0.3], [0.5, float("inf")], "black")
    >>> len(ax.texts)  # an arrow from 0.3 to the top
    1
    """
    at, lower, upper = (np.asarray(values, dtype=float) for values in (at, lower, upper))
    ax.fill_between(at, lower, upper, color=shade_colour, alpha=0.2, linewidth=0, label=label)
    known = np.pad(np.isfinite(lower) & np.isfinite(upper), 1)
    ends = np.stack([lower, upper])
    alone = (known[1:-1] & ~known[:-2] & ~known[2:]) | np.isinf(ends).any(axis=0)
    line = {"color": shade_colour, "linewidth": _BAR}
    _bars_alone(ax, at[alone], ends[:, alone], line)
    _arrows(ax, at, np.full(at.shape, np.nan), ends, line)


def band(ax: Axes, dataset: xarray.Dataset, name: str, x: str, index: int = 0, label: str | None = None) -> None:
    """Draw `name` against coordinate `x` with its `_lower` … `_upper` interval, in the index-th colour.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.plots import intervals, style
    >>> data = {f"share{end}": ("x", [0.5, 0.9]) for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20}
    >>> found = xarray.Dataset(data, {"x": [1.0, 2.0]}, attrs)
    >>> ax = style.axes(None)
    >>> intervals.band(ax, found, "share", "x", label="measured")
    >>> ax.get_lines()[0].get_label()
    'measured'
    """
    at, lower, upper = (dataset[part].values for part in (x, f"{name}_lower", f"{name}_upper"))
    shade(ax, at, lower, upper, colour(index))
    ax.plot(at, dataset[name].values, label=label, **stroke(index))


def bars(
    ax: Axes, dataset: xarray.Dataset, name: str, x: Any, index: int = 0, label: str | None = None, **strokes: Any
) -> None:
    """Draw `name` with bars from `_lower` to `_upper`, against `x`; an infinite end is an arrow to the edge.

    Parameters
    ----------
    ax : Axes
    dataset : xarray.Dataset
    name : str
    x : str or array_like
        A coordinate, another estimate, whose interval is drawn too, or places.
    index : int, default 0
        Of colour and marker.
    label : str, optional
    **strokes
        Arguments of `Axes.errorbar` that replace those of `stroke`.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.plots import intervals, style
    >>> data = {f"share{end}": ("x", [0.5, 0.9]) for end in ("", "_lower", "_upper")}
    >>> ax = style.axes(None)
    >>> intervals.bars(ax, xarray.Dataset(data, {"x": [1.0, 2.0]}), "share", "x", label="measured")
    >>> ax.get_legend_handles_labels()[1]
    ['measured']
    """
    at = np.atleast_1d(dataset[x].values if isinstance(x, str) else x)
    lines = {**stroke(index, elinewidth=_BAR), **strokes}
    line = {"color": lines["color"], "linewidth": lines["elinewidth"]}
    middle, ends = _estimate(dataset, name)
    lengths = {"yerr": _lengths(middle, ends)}
    _arrows(ax, at, middle, ends, line)
    if isinstance(x, str) and f"{x}_lower" in dataset:
        at, limits = _estimate(dataset, x)
        lengths["xerr"] = _lengths(at, limits)
        _arrows(ax, middle, at, limits, line, across=True)
    ax.errorbar(at, np.where(np.isfinite(middle), middle, np.nan), **lengths, label=label, **lines)
    alone = ~np.isfinite(middle)
    _bars_alone(ax, at[alone], ends[:, alone], line)


def handles(*datasets: xarray.Dataset) -> list[Artist]:
    """Return the legend entries for the shaded bands, one for each confidence.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.plots import intervals
    >>> attrs = {"confidence": 0.95, "n_networks": 20}
    >>> [handle.get_label() for handle in intervals.handles(xarray.Dataset(attrs=attrs))]
    ['95% interval, 20 networks']
    """
    over: dict[float, dict[str, None]] = {}  # confidence → each text once, in order
    for dataset in datasets:
        over.setdefault(float(dataset.attrs["confidence"]), {})[_interval_over(dataset)] = None
    shading: dict[str, Any] = {"color": theory_colour(), "alpha": 0.2, "linewidth": 0}
    texts = [f"{100 * confidence:.3g}% interval, {' / '.join(some)}" for confidence, some in over.items()]
    return [Rectangle((0, 0), 1, 1, label=text, **shading) for text in texts]


def _interval_over(dataset: xarray.Dataset) -> str:
    n = int(dataset.attrs["n_networks"])
    if n > 1:
        return f"{n} networks"
    trials = dataset.attrs["n_trials"]
    return trials if isinstance(trials, str) else f"{trials} cues"


def _estimate(dataset: xarray.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return an estimate (point,) and its limits (2, point)."""
    middle, *ends = (np.atleast_1d(dataset[f"{name}{end}"].values).astype(float) for end in ("", "_lower", "_upper"))
    return middle, np.stack(ends)


def _lengths(middle: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the lengths of bars below and above the estimate, (2, point); 0 at an infinite end, which is an arrow."""
    known = np.isfinite(middle) & ~np.isinf(ends)
    return np.subtract(ends, middle, out=np.zeros(ends.shape), where=known) * [[-1], [1]]


def _bars_alone(ax: Axes, at: np.ndarray, ends: np.ndarray, line: dict[str, Any]) -> None:
    """Draw intervals without an estimate; of one with an infinite end the other end, so that the axes include it."""
    finite = np.where(np.isfinite(ends), ends, ends[::-1])
    if np.isfinite(finite).any():
        ax.vlines(at, *np.where(np.isfinite(finite), finite, np.nan), **line)


def _arrows(
    ax: Axes, at: np.ndarray, middle: np.ndarray, ends: np.ndarray, line: dict[str, Any], *, across: bool = False
) -> None:
    """Draw an arrow from each estimate, or else from the other end, to the edge of the axes for each infinite end.

    Parameters
    ----------
    ax : Axes
    at, middle : ndarray (point,)
        Places and estimates.
    ends : ndarray (2, point)
    line : dict
        Colour and width.
    across : bool
        Whether the intervals are horizontal.
    """
    edge = ax.get_yaxis_transform() if across else ax.get_xaxis_transform()
    head: dict[str, Any] = {"arrowstyle": "->", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6, **line}
    for side, point in zip(*np.nonzero(np.isinf(ends) & np.isfinite(at)), strict=True):
        top = float(ends[side, point] > 0)
        begin = next((v for v in (middle[point], ends[1 - side, point]) if np.isfinite(v)), None)
        tail = begin if begin is not None else abs(top - 0.1)  # at the edge alone
        places = [(float(at[point]), top), (float(at[point]), tail)]
        target, start = (pair[::-1] if across else pair for pair in places)
        source: Any = edge if begin is None else ax.transData
        arrow = ax.annotate("", target, start, xycoords=edge, textcoords=source, arrowprops=head)
        arrow.set_in_layout(False)
        if arrow.arrow_patch is not None:
            arrow.arrow_patch.set_clip_box(ax.bbox)
