"""Measured shares against swept settings, with their intervals and theory (Figs. 1a, 1b, 6, 10b, 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neurosim import InvalidInput
from neurosim.plots import axis_ticks, intervals, style

# coordinate → (axis label, logarithmic, short name)
AXES = {
    "n_hidden": ("Hidden neurons $N_h$", False, "$N_h$"),
    "visible_per_hidden": ("Visible neurons per hidden neuron $N_v/N_h$", True, "$N_v/N_h$"),
    "threshold": ("Hidden threshold $\\theta$", False, "$\\theta$"),
    "ratio": ("Ratio of time constants $\\tau_v/\\tau_h$", True, "$\\tau_v/\\tau_h$"),
    "gain": ("Gain of the sigmoid hidden neurons", True, "gain"),
    "spread_h": ("Spread of $\\tau_h$ (std/mean)", False, "spread of $\\tau_h$"),
    "spread_v": ("Spread of $\\tau_v$ (std/mean)", False, "spread of $\\tau_v$"),
    "noise_std": ("Noise on the visible cue $\\sigma_v$", False, "$\\sigma_v$"),
    "flipped": ("Share of visible neurons with flipped sign", False, "flipped"),
    "missing": ("Share of visible neurons missing", False, "missing"),
    "occluded": ("Share of visible neurons occluded", False, "occluded"),
}
QUANTITIES = {
    "recalled": "Share of cues recalled perfectly",
    "stored": "Stored share of the $2^{N_h}$ states",
    "settle_time": "Time of the last crossing ($\\tau_h$)",
}


def draw(
    curves: xarray.Dataset | Mapping[str, xarray.Dataset],
    x: str,
    *,
    quantity: str = "recalled",
    by: str | None = None,
    number: bool = False,
    first: int = 0,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a recall or capacity sweep against one of its coordinates.

    Parameters
    ----------
    curves : xarray.Dataset, or mapping of label to xarray.Dataset
    x : str
        A key of `AXES`, the horizontal axis.
    quantity : str, default "recalled"
        A key of `QUANTITIES`.
    by : str, optional
        Second coordinate of the Dataset, with one line for each of its values.
    number : bool, default False
        Draw share·2^N_h on a log2 axis, beside 2^N_h. Needs x = "n_hidden".
    first : int, default 0
        Index of the first line's colour.
    legend : bool, default True
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    InvalidInput
        An unknown x or quantity; a Dataset with dimensions other than x and `by`.

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> curve = recall_sweep(2, {"noise_std": [0, 2]}, n_hidden=4, visible_per_hidden=20, n_cues=16, seed=0)
    >>> ax = plots.curves.draw(curve, "noise_std")
    >>> ax.get_ylabel()
    'Share of cues recalled perfectly'
    """
    if x not in AXES or quantity not in QUANTITIES:
        raise InvalidInput(
            f"x must be one of {list(AXES)}, quantity one of {list(QUANTITIES)}, got {x!r}, {quantity!r}"
        )
    if number and x != "n_hidden":
        raise InvalidInput(f'number needs x="n_hidden", got {x!r}')
    lines = list(_lines(curves, x, by))
    infinity = _infinity(x, np.concatenate([line[x].values for _, line in lines]))
    lines = [(label, line.assign_coords({x: np.minimum(line[x], infinity)})) for label, line in lines]
    ax = style.axes(ax, height=2.5 if len(lines) == 1 else 3.1)
    shares = quantity != "settle_time"
    for index, (label, line) in enumerate(lines, start=first):
        shown = _numbered(line, quantity) if number else line
        intervals.band(ax, shown, quantity, x, index, label)
        if shares:
            theory_lines(ax, shown, x, style.theory_colour() if len(lines) == 1 else style.colour(index))
    _scales(ax, [line for _, line in lines], x, number, shares, infinity)
    title = AXES[by][2] if by else None
    if legend:
        handles = [*ax.get_legend_handles_labels()[0], *theory_handles(*(line for _, line in lines))]
        handles += intervals.handles(*(line for _, line in lines))
        if len(lines) > 1:
            style.legend_above(ax, 2, title=title, handles=handles, columnspacing=1.0)
        else:
            style.legend(ax, title=title, handles=handles)
    return ax


def _lines(
    curves: xarray.Dataset | Mapping[str, xarray.Dataset], x: str, by: str | None
) -> Iterator[tuple[str, xarray.Dataset]]:
    several = {"measured": curves} if isinstance(curves, xarray.Dataset) else dict(curves)
    for label, curve in several.items():
        dims = {str(dim) for dim in curve.dims} - {"network"}
        if dims != {x} | ({by} if by else set()):
            raise InvalidInput(f"the Dataset must be over {x}{f' and {by}' if by else ''} only, got {sorted(dims)}")
        curve = curve.sortby(x)  # lines join neighbours
        if by is None:
            yield label, curve
            continue
        for value in curve[by].values:
            yield (f"{value:g}" if np.isfinite(value) else "$\\infty$"), curve.sel({by: value})


def _numbered(line: xarray.Dataset, quantity: str) -> xarray.Dataset:
    scaled = line.copy()
    for name in (quantity, f"{quantity}_lower", f"{quantity}_upper", "law", "bound"):
        if name in line:
            scaled[name] = line[name] * 2.0**line.n_hidden
    return scaled


def theory_lines(ax: Axes, line: xarray.Dataset, x: str, colour: str) -> None:
    """Draw the law (dashed) and the bound (dotted) that a Dataset has, against the coordinate x.

    Parameters
    ----------
    ax : Axes
    line : xarray.Dataset
        Over x, with law, bound, or neither.
    x : str
    colour : str

    Examples
    --------
    >>> from neurosim import plots
    >>> ax = plots.style.axes(None)
    >>> line = xarray.Dataset({"law": ("n_hidden", [0.9, 0.5])}, {"n_hidden": [5, 10]})
    >>> plots.curves.theory_lines(ax, line, "n_hidden", "black")
    >>> [drawn.get_linestyle() for drawn in ax.get_lines()]
    ['--']
    """
    for name, dash in (("law", "--"), ("bound", ":")):
        if _is_line(line, name):
            ax.plot(line[x], line[name], color=colour, linestyle=dash, linewidth=style.theory_width(), zorder=1.5)


def theory_handles(*curves: xarray.Dataset) -> list[Line2D]:
    """Return legend entries for the theory that at least one of the curves has.

    Parameters
    ----------
    *curves : xarray.Dataset
        Results of `neurosim.measure.recall.curves.recall_sweep` or of a sweep of counts.

    Returns
    -------
    list of Line2D

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> curve = recall_sweep(2, {"noise_std": [0, 2]}, n_hidden=4, visible_per_hidden=20, n_cues=16, seed=0)
    >>> [handle.get_label() for handle in plots.curves.theory_handles(curve)]
    ['recall law', 'eq. (38)']
    """
    texts: dict[str, tuple[Any, str]] = {"law": ("--", "exact expectation"), "bound": (":", "eq. (38)")}
    if not any("stored" in curve for curve in curves):
        texts["law"] = ("--", "recall law")
    return [
        style.theory_handle(label, dash)
        for name, (dash, label) in texts.items()
        if any(_is_line(curve, name) for curve in curves)
    ]


def _is_line(curve: xarray.Dataset, name: str) -> bool:
    """Return whether two neighbouring points are known, so that there is a line to see."""
    if name not in curve:
        return False
    known = np.isfinite(np.atleast_1d(curve[name].values))
    return any(
        (known.take(range(1, n), axis) & known.take(range(n - 1), axis)).any() for axis, n in enumerate(known.shape)
    )


def _infinity(x: str, values: np.ndarray) -> float:
    """Return where infinite values are drawn on a logarithmic axis: a power of ten beyond all others."""
    finite = values[np.isfinite(values)]
    if not AXES[x][1] or finite.size == values.size or (values <= 0).any():
        return np.inf
    return float(10 ** np.ceil(np.log10(5 * finite.max(initial=1.0))))


def _scales(ax: Axes, lines: list[xarray.Dataset], x: str, number: bool, shares: bool, infinity: float) -> None:
    label, logarithmic, _ = AXES[x]
    values = np.concatenate([line[x].values for line in lines])
    if logarithmic and (values > 0).all():
        axis_ticks.log_axis(ax.xaxis, infinity=infinity)
    if x == "n_hidden":
        axis_ticks.whole_ticks(ax.xaxis)
    ylabel = next(text for name, text in QUANTITIES.items() if name in lines[0])
    if number:
        sizes = np.unique(values)
        ax.plot(sizes, np.exp2(sizes), color=style.ink(), linewidth=0.6, label="all $2^{N_h}$", zorder=1)
        ax.set_yscale("log", base=2)
        ax.set_ylim(bottom=1)
        ylabel = "Recalled states" if "recalled" in lines[0] else "Stored states"
    elif shares:
        style.share_axis(ax)
    else:
        ylabel = QUANTITIES["settle_time"]
        style.from_zero(ax)
    style.label_axes(ax, label, ylabel)
