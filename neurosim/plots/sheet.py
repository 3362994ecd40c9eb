"""The style sheet of the figures, which gives way to a user's own settings of matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.colors import to_hex, to_rgb

# Okabe & Ito (2008), distinguishable with any colour vision; without yellow, which is too pale for lines on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# The style of the figures. It holds where matplotlib's own settings were left as they are, see `setting`.
SHEET: Mapping[str, Any] = {
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 6,
    "legend.title_fontsize": 6,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=PALETTE),
}


def setting(name: str) -> Any:
    """Return a setting of matplotlib: the user's if it was changed, by a style or in `rcParams`, else that of `SHEET`.

    A setting that was set to matplotlib's own value cannot be told from one that was left alone. Sizes of text also
    count as changed where ``font.size`` was changed, on which matplotlib's own sizes depend.

    Examples
    --------
    >>> import matplotlib
    >>> setting("axes.labelsize")
    8
    >>> with matplotlib.rc_context({"axes.labelsize": 14}):
    ...     setting("axes.labelsize")
    14.0
    """
    depends = (name, "font.size") if name.endswith("size") and name != "lines.markersize" else (name,)
    now: Any = matplotlib.rcParams
    before: Any = matplotlib.rcParamsDefault
    changed = any(now[one] != before[one] for one in depends)
    value = now[name]
    if not changed:
        return SHEET.get(name, value)
    return now["font.size"] if value is None else value


def title_size() -> Any:
    """Return the size of titles, as matplotlib takes it.

    Examples
    --------
    >>> title_size()
    8
    """
    return setting("axes.titlesize")


def label_size() -> Any:
    """Return the size of labels, as matplotlib takes it.

    Examples
    --------
    >>> label_size()
    8
    """
    return setting("axes.labelsize")


def tick_size() -> Any:
    """Return the size of tick labels and of notes inside a panel.

    Examples
    --------
    >>> tick_size()
    7
    """
    return setting("xtick.labelsize")


def legend_size() -> Any:
    """Return the size of legends and other small print.

    Examples
    --------
    >>> legend_size()
    6
    """
    return setting("legend.fontsize")


def line_width() -> float:
    """Return the width of lines of data, points.

    Examples
    --------
    >>> line_width()
    1.2
    """
    return setting("lines.linewidth")


def theory_width() -> float:
    """Return the width of lines of theory, points: they are thinner than those of data.

    Examples
    --------
    >>> theory_width()
    1.0
    """
    return 5 * line_width() / 6


def marker_size() -> float:
    """Return the size of markers of data, points.

    Examples
    --------
    >>> marker_size()
    3
    """
    return setting("lines.markersize")


def ink() -> str:
    """Return the colour of what is black on white.

    Examples
    --------
    >>> ink()
    'black'
    """
    return matplotlib.rcParams["text.color"]


def paper() -> str:
    """Return the colour of the background of axes.

    Examples
    --------
    >>> paper()
    'white'
    """
    return matplotlib.rcParams["axes.facecolor"]


def theory_colour() -> str:
    """Return the colour of theory and of other references: one third of the way from the ink to the paper.

    Examples
    --------
    >>> theory_colour()
    '#555555'
    """
    front, back = to_rgb(ink()), to_rgb(paper())
    red, green, blue = (one + (other - one) / 3 for one, other in zip(front, back, strict=True))
    return to_hex((red, green, blue))


def colours() -> tuple[str, ...]:
    """Return the colours of lines in their order.

    Examples
    --------
    >>> colours() == PALETTE
    True
    """
    return tuple(setting("axes.prop_cycle").by_key().get("color", PALETTE))
