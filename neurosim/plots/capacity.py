"""Capacity: stored and unstable states against N_h, N_v/N_h and the threshold (Figs. 1a and 6)."""

from __future__ import annotations

import math

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import axis_ticks, curves, intervals, style

_LEAST = 1e-10  # lower end of a logarithmic axis of shares


def by_threshold(counted: xarray.Dataset, recalled: xarray.Dataset) -> np.ndarray:
    """Draw the number of stored states, the unstable share and the share recalled against N_h (Fig. 1a).

    Parameters
    ----------
    counted : xarray.Dataset
        From `neurosim.measure.capacity.curve.count_sweep` over threshold and n_hidden.
    recalled : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over threshold and n_hidden.

    Returns
    -------
    ndarray of Axes, shape (3,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.capacity.curve import count_sweep
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> grid = {"threshold": [0.4, 0.5], "n_hidden": [2, 3, 4]}
    >>> counted = count_sweep(2, grid, visible_per_hidden=6, seed=0)
    >>> recalled = recall_sweep(2, grid, visible_per_hidden=6, n_cues=8, seed=0)
    >>> plots.capacity.by_threshold(counted, recalled).shape
    (3,)
    """
    panels = left, middle, right = style.row(3, 2.9)
    curves.draw(counted, "n_hidden", quantity="stored", by="threshold", number=True, legend=False, ax=left)
    curves.draw(recalled, "n_hidden", by="threshold", legend=False, ax=right)
    _unstable_by_threshold(middle, counted)
    for ax, title in zip(panels, ("counted", "counted", "recalled, $\\tau_v = 20\\tau_h$"), strict=True):
        ax.set_title(title, fontsize=style.title_size())
    handles = [*right.get_legend_handles_labels()[0], *curves.theory_handles(counted)]
    handles += intervals.handles(counted, recalled)
    style.legend_below(left, 4, handles, title="threshold")
    return panels


def _unstable_by_threshold(ax: Axes, counted: xarray.Dataset) -> None:
    """Draw 1 − stored; no point where all states of all networks are stable, since a logarithmic axis has no 0."""
    for index, theta in enumerate(counted.threshold.values):
        here = counted.sel(threshold=theta)
        seen = here.sel(n_hidden=here.n_hidden[(here.stored < 1).values])
        ends = {"": "", "_lower": "_upper", "_upper": "_lower"}
        unstable = seen.assign({f"unstable{end}": 1 - seen[f"stored{other}"] for end, other in ends.items()})
        intervals.bars(ax, unstable, "unstable", "n_hidden", index, linestyle="none")
        curves.theory_lines(ax, here.assign(law=1 - here.law, bound=1 - here.bound), "n_hidden", style.colour(index))
    ax.set_yscale("log")
    ax.set_ylim(_LEAST, 1)
    axis_ticks.whole_ticks(ax.xaxis)
    style.label_axes(ax, "Hidden neurons $N_h$", "Unstable share of the $2^{N_h}$ states")


def by_visible_ratio(counted: xarray.Dataset, recalled: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the stable share of all states, counted and recalled, against N_v/N_h (Fig. 6).

    Parameters
    ----------
    counted : xarray.Dataset
        From `neurosim.measure.capacity.curve.count_sweep` over visible_per_hidden.
    recalled : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over visible_per_hidden.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.capacity.curve import count_sweep
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> grid = {"visible_per_hidden": [5, 20]}
    >>> counted = count_sweep(2, grid, n_hidden=4, seed=0)
    >>> recalled = recall_sweep(2, grid, n_hidden=4, n_cues=8, seed=0)
    >>> plots.capacity.by_visible_ratio(counted, recalled).get_ylabel()
    'Share of the $2^{N_h}$ states'
    """
    ax = curves.draw({"stable states, counted": counted}, "visible_per_hidden", quantity="stored", legend=False, ax=ax)
    measured = {"recalled, $\\tau_v = 20\\tau_h$": recalled.drop_vars(["law", "bound"])}
    curves.draw(measured, "visible_per_hidden", first=1, legend=False, ax=ax)
    handles = [
        *ax.get_legend_handles_labels()[0],
        *curves.theory_handles(counted),
        *intervals.handles(counted),
    ]
    style.legend(ax, handles=handles, loc="lower right")
    ax.set_ylabel("Share of the $2^{N_h}$ states", fontsize=style.label_size())
    return ax


def against_size(counted: xarray.Dataset, recalled: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the number of fixed points, counted, and of states recalled, against N_h.

    Parameters
    ----------
    counted : xarray.Dataset
        From `neurosim.measure.capacity.curve.count_sweep` over n_hidden.
    recalled : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over n_hidden.
    ax : Axes, optional

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.capacity.curve import count_sweep
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> counted = count_sweep(2, {"n_hidden": [2, 4]}, visible_per_hidden=6, seed=0)
    >>> recalled = recall_sweep(2, {"n_hidden": [2, 4]}, visible_per_hidden=6, n_cues=8, seed=0)
    >>> plots.capacity.against_size(counted, recalled).get_ylabel()
    'Number of states'
    """
    ax = style.axes(ax, height=3.1)
    curves.draw({"counted": counted}, "n_hidden", quantity="stored", number=True, legend=False, ax=ax)
    measured = recalled.drop_vars(["law", "bound"])
    curves.draw({"recalled": measured}, "n_hidden", number=True, first=1, legend=False, ax=ax)
    handles, labels = ax.get_legend_handles_labels()
    handles = [*dict(zip(labels, handles, strict=True)).values(), *curves.theory_handles(counted)]
    style.legend(ax, handles=[*handles, *intervals.handles(counted, recalled)], loc="upper left")
    ax.set_ylabel("Number of states", fontsize=style.label_size())
    return ax


def of_network(counted: xarray.Dataset, recalled: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the number of fixed points of one network, and of the states that it recalls, beside 2^N_h.

    Parameters
    ----------
    counted : xarray.Dataset
        From `neurosim.measure.capacity.fixed_points.count_fixed_points`. The bar is the proven interval.
    recalled : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` at one point, with the attribute log2_targets: log₂ of the
        number of states that the cues were drawn from. The bar is the confidence interval.
    ax : Axes, optional

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.measure.capacity.fixed_points import count_fixed_points
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> net = Network.gaussian(20, 4, seed=0)
    >>> recalled = recall_sweep(net, {"noise_std": [0]}, seed=0).squeeze("noise_std").assign_attrs(log2_targets=4)
    >>> ax = plots.capacity.of_network(count_fixed_points(net), recalled)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['all states', 'fixed points', 'states recalled']
    """
    ax = style.axes(ax, height=1.6)
    n_hidden = int(counted.attrs["n_hidden"])
    log2_targets, of_memories = float(recalled.attrs["log2_targets"]), recalled.attrs["targets"] == "given"
    share = [float(recalled[f"recalled{end}"]) for end in ("", "_lower", "_upper")]
    rows = {
        "all states": [float(n_hidden)] * 3,
        "fixed points": [_log2(counted[name].item()) for name in ("count", "lower", "upper")],
        "memories recalled" if of_memories else "states recalled": [
            _log2(value) + log2_targets if value > 0 else 0.0 for value in share
        ],
    }
    for index, values in enumerate(rows.values()):
        middle, lower, upper = np.maximum(values, 0)  # one state at least
        ax.errorbar(middle, index, xerr=[[middle - lower], [upper - middle]], **style.stroke(index, markersize=4))
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(-0.02 * n_hidden, 1.05 * n_hidden)
    return style.label_axes(ax, "$\\log_2$ of the number of states", "")


def _log2(number: float) -> float:
    """Return log₂ of a number, which may be a large int; −1 for 0."""
    return math.log2(number) if number > 0 else -1.0


def unstable_share(found: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the unstable share of the states against N_h, one colour per load, beside the law and 1 − eq. (38).

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.capacity.curve.unstable_sweep` over visible_per_hidden and n_hidden.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.capacity.curve import unstable_sweep
    >>> grid = {"visible_per_hidden": [5, 10], "n_hidden": [5, 10]}
    >>> found = unstable_sweep(2, grid, n_samples=1000, seed=0)
    >>> plots.capacity.unstable_share(found).get_xlabel()
    'Hidden neurons $N_h$'
    """
    ax = style.axes(ax, height=3.4)
    for index, load in enumerate(found.visible_per_hidden.values):
        here = found.sel(visible_per_hidden=load)
        seen = here.sel(n_hidden=here.n_hidden[(here.unstable > 0).values])  # a logarithmic axis has no 0
        intervals.bars(ax, seen, "unstable", "n_hidden", index, f"{load:g}", linestyle="none")
        curves.theory_lines(ax, here, "n_hidden", style.colour(index))
    axis_ticks.log_axis(ax.xaxis, found.n_hidden.values)
    ax.set_yscale("log")
    ax.set_ylim(max(float(found.law.min()), 1e-14) / 30, 3)
    style.label_axes(ax, "Hidden neurons $N_h$", "Unstable share of the $2^{N_h}$ states")
    known = {"law": ("exact expectation", "--"), "bound": ("1 − eq. (38)", ":")}
    theory = [style.theory_handle(*text) for name, text in known.items() if np.isfinite(found[name]).sum() > 1]
    handles = [*ax.get_legend_handles_labels()[0], *theory]
    title = f"$N_v/N_h$; bars: {100 * found.attrs['confidence']:g}% interval over {found.attrs['n_networks']} networks"
    style.legend_above(ax, 3, title=title, handles=handles)
    return ax
