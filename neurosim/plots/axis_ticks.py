"""Ticks of axes: whole numbers, and plain numbers on logarithmic axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axis import Axis, XAxis, YAxis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

_DECADES = 2  # an axis of more has no room for the numbers of 2 and 5
_MOST = 4  # decades that can have a number each


def whole_ticks(axis: Axis) -> None:
    """Put the ticks of one axis at whole numbers.

    Examples
    --------
    >>> from neurosim.plots import axis_ticks, style
    >>> ax = style.new_figure(2.0).subplots()
    >>> axis_ticks.whole_ticks(ax.xaxis)
    >>> _ = ax.set_xlim(0, 3)
    >>> [float(tick) for tick in ax.get_xticks()]
    [0.0, 1.0, 2.0, 3.0]
    """
    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def log_axis(axis: XAxis | YAxis, ticks: Any = None, *, infinity: float = np.inf) -> None:
    """Make one axis logarithmic, with plain numbers at `ticks`, or else at 1, 2 and 5 times powers of ten.

    Of ticks that are close to each other only some have numbers, powers of ten first. The tick at `infinity`, a power
    of ten, is ∞, and those next to it have no numbers.

    Examples
    --------
    >>> from neurosim.plots import axis_ticks, style
    >>> ax = style.new_figure(2.0).subplots()
    >>> axis_ticks.log_axis(ax.xaxis, [50, 2000])
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['50', '2,000']
    """
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    if ticks is None:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=100))
        axis.set_major_formatter(FuncFormatter(lambda value, _: _number(axis, value, infinity)))
        axis.set_minor_formatter(NullFormatter())
    else:
        numbered = _apart(np.asarray(ticks, dtype=float))
        axis.set_ticks(ticks, [f"{tick:,g}" if tick in numbered else "" for tick in ticks])
        axis.set_ticks([], minor=True)


def _number(axis: Axis, value: float, infinity: float) -> str:
    """Return the number of a tick, or nothing: on an axis of many decades only powers of ten have one, or some do."""
    if value > 0.21 * infinity:
        return "$\\infty$" if np.isclose(value, infinity) else ""
    low, high = np.log10(axis.get_view_interval())
    decades, power = abs(high - low), round(float(np.log10(value)), 9)
    numbered = decades < _DECADES or power % np.ceil(decades / _MOST) == 0
    return f"{value:,g}" if numbered else ""


def _apart(ticks: np.ndarray) -> list[float]:
    """Return the ticks that can have numbers: a sixth of the axis apart, powers of ten before others."""
    places = dict(zip(ticks.tolist(), np.log10(ticks).tolist(), strict=True))
    least, chosen = np.ptp(np.log10(ticks)) / 6, []
    for tick in sorted(places, key=lambda tick: (places[tick] % 1 != 0, tick)):
        if all(abs(places[tick] - places[other]) >= least for other in chosen):
            chosen.append(tick)
    return chosen
