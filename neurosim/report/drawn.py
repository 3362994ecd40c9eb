"""Descriptions of what is drawn in a figure, for readers who cannot see it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import ErrorbarContainer

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "theta": "θ", "infty": "∞", "times": "×", "leq": "≤", "geq": "≥", "gg": "≫",
    "cdot": "·", "sqrt": "√", "sum": "Σ", "Delta": "Δ", "Theta": "Θ", "approx": "≈", "pm": "±",
}  # fmt: skip
_LINES, _PANELS = 4, 4  # named in a description


def describe(axes: Any, title: str) -> str:
    r"""Return a description of the panels of a figure: what the axes are, and how each line runs.

    Parameters
    ----------
    axes : Axes or ndarray of Axes
    title : str
        What the figure shows.

    Returns
    -------
    str

    Examples
    --------
    >>> from neurosim.plots import style
    >>> ax = style.label_axes(style.axes(None), "Noise $\\sigma_v$", "Share")
    >>> _ = ax.plot([0, 1, 2], [1, 0.75, 0.5], label="measured")
    >>> describe(ax, "Recall against noise")
    'Recall against noise. Share against Noise σ_v, 0 to 2. measured: falls from 1 to 0.5.'
    """
    panels = [ax for ax in np.ravel(axes) if ax.get_visible()]
    images = [ax for ax in panels if ax.get_images() and not _lines(ax)]
    others = [text for ax in panels if ax not in images and (text := _panel(ax))]
    parts = [title.rstrip(".") + "."]
    if images:
        names = list(dict.fromkeys(filter(None, (_heading(ax) for ax in images))))
        parts.append(f"{len(images)} image{'s' * (len(images) > 1)}{': ' * bool(names)}{', '.join(names[:_PANELS])}.")
    numbered = len(others) > 1
    parts += [f"Panel {k}: {text}" if numbered else text for k, text in enumerate(others[:_PANELS], start=1)]
    if len(others) > _PANELS:
        parts.append(f"Panels in all: {len(others)}.")
    return " ".join(parts)


def plain(text: str) -> str:
    r"""Return a label without the markup of formulas.

    Examples
    --------
    >>> plain("Ratio $\\tau_v/\\tau_h$, $2^{N_h}$")
    'Ratio τ_v/τ_h, 2^N_h'
    """
    text = re.sub(r"\\([A-Za-z]+) ?", lambda found: _GREEK.get(found[1], ""), text)
    return " ".join(re.sub(r"[${}]|\\", "", text).split())


def _heading(ax: Axes) -> str:
    return plain(ax.get_title() or ax.get_ylabel() or " ".join(text.get_text() for text in ax.texts[:1]))


def _panel(ax: Axes) -> str:
    """Return one panel in words; nothing without data."""
    x, y, title = plain(ax.get_xlabel()), plain(ax.get_ylabel()), plain(ax.get_title())
    lines = _lines(ax)
    points = [one for one in ax.collections if isinstance(one, PathCollection)]
    if not (lines or points or ax.patches or any(isinstance(one, QuadMesh) for one in ax.collections)):
        return ""
    kind = "" if lines else "map of " if any(isinstance(one, QuadMesh) for one in ax.collections) else ""
    kind = kind or ("" if lines else "points: " if points else "bars: ")
    name = f"{kind}{y} against {x}" if x and y else f"{kind}{y or x}".strip()
    words = f"{title}: {name}" if title and name else title or name
    low, high = sorted(ax.get_xlim())
    span = [value for _, places, _ in lines for value in places if low <= value <= high]
    if span:
        words += f", {_number(min(span))} to {_number(max(span))}"
    courses = [_course(label, values, bool(x)) for label, _, values in lines if not label.startswith("_")]
    more = f"; {len(courses) - _LINES} more" if len(courses) > _LINES else ""
    named = "; ".join(courses[:_LINES]) + more
    return f"{words[:1].upper()}{words[1:]}.{' ' + named + '.' if named else ''}" if words or named else ""


def _lines(ax: Axes) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return label, places and values of the lines and single points of numbers; not of lines across the panel."""
    labels = {one.lines[0]: one.get_label() for one in ax.containers if isinstance(one, ErrorbarContainer)}
    found = []
    for line in ax.get_lines():
        label = str(labels.get(line, line.get_label()))
        try:
            x, y = (np.asarray(values, float) for values in line.get_data())
        except (TypeError, ValueError):
            continue  # names instead of numbers
        if x.size and line.get_transform() == ax.transData and (np.ptp(x) > 0 or x.size == 1):
            found.append((label, x, y))
    return found


def _course(label: str, y: np.ndarray, ordered: bool) -> str:
    """Return how a line runs, from its first to its last point, or its range over names that have no order."""
    y, label = y[np.isfinite(y)], plain(label)
    if not y.size:
        return f"{label}: no values"
    first, last, low, high = y[0], y[-1], y.min(), y.max()
    if y.size == 1:
        return f"{label}: {_number(first)}"
    near = 0.02 * max(abs(low), abs(high), 1e-300)
    if high - low <= near:
        return f"{label}: stays at {_number(first)}"
    if not ordered:
        return f"{label}: {_number(low)} to {_number(high)}"
    words = f"{label}: {'falls' if last < first else 'rises'} from {_number(first)} to {_number(last)}"
    if abs(last - first) <= near:
        words = f"{label}: starts and ends at {_number(first)}"
    if high > max(first, last) + near:
        words += f", with a largest value of {_number(high)}"
    if low < min(first, last) - near:
        words += f", with a least value of {_number(low)}"
    return words


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"
