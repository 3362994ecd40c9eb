"""How many stored patterns damaged cues complete, beside the number of attractors that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neurosim.plots import axis_ticks, intervals, style

NAMES = {
    "prescribed": "this model, prescribed codes",
    "learned": "this model, recipe basins",
    "composed": "this model, random ξ: its own states",
    "exponential": "dense memory, $N_h$ hidden neurons",
    "pseudo_inverse": "Hopfield, projection rule",
    "hebb": "Hopfield, Hebb's rule",
}
Found = Mapping[str, Sequence[xarray.Dataset]]


def memories(found: Found, most: Found, sizes: Sequence[int]) -> np.ndarray:
    """Draw the share completed against the number of stored patterns, and the number completed against N_h.

    Parameters
    ----------
    found : mapping of str to sequence of xarray.Dataset
        By kind of patterns, results of `neurosim.measure.comparison.completion.completion_sweep`, drawn together. One
        row of panels for each kind.
    most : mapping of str to sequence of xarray.Dataset
        `neurosim.measure.comparison.completion.most_completed` of each of them, drawn in the last column.
    sizes : sequence of int
        The N_h of the other columns.

    Returns
    -------
    ndarray (kind, len(sizes) + 1) of Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.completion import completion_sweep, most_completed
    >>> found = completion_sweep(2, ["exponential", "hebb"], [10], [5, 20], seed=0, n_visible=100)
    >>> plots.completion.memories({"random bits": [found]}, {"random bits": [most_completed(found)]}, [10]).shape
    (1, 2)
    """
    figure = style.new_figure(1.9 * len(found) + 0.7)
    widths = [1.0] * len(sizes) + [1.25]
    panels = figure.subplots(len(found), len(widths), squeeze=False, width_ratios=widths)
    for line, (kind, datasets) in zip(panels, found.items(), strict=True):
        for ax, n_hidden in zip(line, sizes, strict=False):
            shares([one.sel(n_hidden=n_hidden) for one in datasets if n_hidden in one.n_hidden], ax=ax)
            ax.set_title(f"{kind}, $N_h$ = {n_hidden}", fontsize=style.title_size())
        for ax in line[1:-1]:
            ax.set_ylabel("")
            ax.set_yticklabels([])
        numbers(most[kind], ax=line[-1])
    for ax in panels[:-1].flat:
        ax.set_xlabel("")
    shown = dict.fromkeys(name for datasets in found.values() for one in datasets for name in one.memory.values)
    handles = _handles(shown)
    if any(2.0 ** float(one.n_hidden.min()) < _top(several) for several in most.values() for one in several):
        handles.append(Line2D([], [], color=style.ink(), label="attractors, $2^{N_h}$"))
    style.legend_below(panels[0, 0], 3, handles)
    return panels


def shares(found: Sequence[xarray.Dataset], quantity: str = "completed", ax: Axes | None = None) -> Axes:
    """Draw the share completed against the number of stored patterns, one line per memory.

    Parameters
    ----------
    found : sequence of xarray.Dataset
        Results of `neurosim.measure.comparison.completion.completion_sweep` at one N_h.
    quantity : {"completed", "given_back"}, default "completed"
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.completion import completion_sweep
    >>> found = completion_sweep(2, ["exponential", "hebb"], [10], [5, 20], seed=0, n_visible=100)
    >>> plots.completion.shares([found.squeeze("n_hidden")]).get_xscale()
    'log'
    """
    ax = style.axes(ax)
    for one in found:
        for name in one.memory.values:
            intervals.bars(ax, one.sel(memory=name), quantity, "n_patterns", _index(name))
    axis_ticks.log_axis(ax.xaxis, np.unique(np.concatenate([one.n_patterns.values for one in found])))
    style.share_axis(ax)
    return style.label_axes(ax, "Stored patterns $M$", "Share completed")


def numbers(most: Sequence[xarray.Dataset], ax: Axes | None = None) -> Axes:
    """Draw the number of patterns that are completed against N_h, and the number of attractors 2^N_h where it is near.

    The axis ends at ten times the largest number that was tried; most of 2^N_h lies above.

    Parameters
    ----------
    most : sequence of xarray.Dataset
        Results of `neurosim.measure.comparison.completion.most_completed`. An arrow stands at the largest number
        that was tried where recall does not fail.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.comparison.completion import completion_sweep, most_completed
    >>> found = completion_sweep(2, ["exponential"], [10, 20], [5, 10, 40], seed=0, n_visible=100)
    >>> plots.completion.numbers([most_completed(found)]).get_yscale()
    'log'
    """
    ax = style.axes(ax)
    sizes = np.unique(np.concatenate([one.n_hidden.values for one in most]))
    line = np.linspace(sizes[0], sizes[-1], 50)
    ax.plot(line, 2.0**line, color=style.ink(), linewidth=style.theory_width())
    for one in most:
        for name in one.memory.values:
            here = one.sel(memory=name)
            known = here.isel(n_hidden=np.isfinite(here.most.values))
            ax.plot(known.n_hidden, known.most, **_stroke(name))
            beyond = here.isel(n_hidden=np.isnan(here.most.values) & np.isposinf(here.most_upper.values))
            aside = beyond.n_hidden * (0.94 + 0.02 * _index(name))  # arrows of one height
            ax.plot(aside, np.full(beyond.sizes["n_hidden"], one.attrs["maximum"]), **style.beyond(_index(name)))
    axis_ticks.log_axis(ax.xaxis, sizes)
    axis_ticks.log_axis(ax.yaxis)
    least = min(float(one.most.min().fillna(one.attrs["minimum"])) for one in most)
    ax.set_ylim(0.7 * least, _top(most))
    text = {"transform": ax.transAxes, "va": "top", "fontsize": style.tick_size()}
    ax.text(0.03, 0.98, "$\\uparrow$ attractors, $2^{N_h}$", **text)
    return style.label_axes(ax, "Hidden neurons $N_h$", "Number of patterns")


def _top(most: Sequence[xarray.Dataset]) -> float:
    return 10.0 * max(one.attrs["maximum"] for one in most)


def by_damage(found: xarray.Dataset) -> np.ndarray:
    """Draw the share of damaged images that are completed (left), and the squared error of their recall (right).

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.learned.completion.completion_by_damage`. Markers are medians over networks, bars run
        from the least to the largest.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.completion import completion_by_damage
    >>> found = completion_by_damage(load_data("digits"), ["10/20"], networks=2, seed=0, epochs=200)
    >>> plots.completion.by_damage(found)[0].get_ylabel()
    'Share completed'
    """
    panels = style.row(2, 2.9)
    places = np.arange(found.sizes["damage"])
    for ax, name in zip(panels, ("same_attractor", "recall_error"), strict=True):
        for index, size in enumerate(found["size"].values):
            values = found[name].sel(size=size)
            middle = values.median("network")
            reach = np.stack([middle - values.min("network"), values.max("network") - middle])
            at = places + 0.16 * (index - (found.sizes["size"] - 1) / 2)
            more = {"markersize": 4, "linestyle": "none", "elinewidth": 0.8}
            ax.errorbar(at, middle, reach, label=size, **style.stroke(index, **more))
        ax.set_xticks(places, found.damage.values, rotation=40, ha="right")
    cue = found.cue_error.median(("size", "network"))
    panels[1].hlines(cue, places - 0.4, places + 0.4, color="0.6", linewidth=1.5, label="cue")
    panels[1].set_yscale("symlog", linthresh=10)
    style.label_axes(panels[0], "", "Share completed")
    style.share_axis(panels[0])
    style.label_axes(panels[1], "", "Squared error")
    handles = panels[1].get_legend_handles_labels()[0]
    style.legend_below(panels[0], len(handles), handles, title="$M$ / $N_h$")
    return panels


def _handles(names: Sequence[str] | dict[str, Any]) -> list[Line2D]:
    return [Line2D([], [], label=NAMES[str(name)], **_stroke(name)) for name in names]


def _index(name: Any) -> int:
    return list(NAMES).index(str(name))


def _stroke(name: Any) -> dict[str, Any]:
    return style.stroke(_index(name))
