"""Figures of the spiking model: agreement with the rate model, parameter ranges, rasters, a second cue.

Those of the spiking circuit are in `neurosim.plots.circuit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from neurosim import InvalidInput
from neurosim.plots import intervals, style
from neurosim.validation import seconds

_SWEPT = {  # parameter → axis label, factor to its unit, logarithmic
    "t_ref": ("refractory period $t_{ref}$ (ms)", 1e3, True),
    "tau_h": ("hidden time constant $\\tau_h$ (ms)", 1e3, True),
    "n_cells": ("cells per hidden neuron $K$", 1, True),
    "noise": ("membrane noise (std of $h$)", 1, False),
}

_TIMES = np.array([0.0, 5e-3, 10e-3, 20e-3, 40e-3, 100e-3])  # of the pictures above a raster, seconds


def agreement(curve: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw `neurosim.measure.spiking.agreement.rate_and_spiking`: recall of both models, and their agreement.

    Parameters
    ----------
    curve : xarray.Dataset
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> names = ("recalled_rate", "recalled_spiking", "same_state")
    >>> data = {f"{name}{end}": ("noise_std", [0.9, 0.5]) for name in names for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20, "n_trials": 64}
    >>> plots.spiking.agreement(xarray.Dataset(data, {"noise_std": [0.0, 2.0]}, attrs)).get_ylabel()
    'Share of cues'
    """
    labels = {"recalled_rate": "rate model", "recalled_spiking": "spiking model", "same_state": "the same state"}
    return shares(curve, labels, ax)


def regions(sweeps: Mapping[str, xarray.Dataset], figure: Figure | SubFigure | None = None) -> np.ndarray:
    """Draw recall against each swept parameter, one line per kind of cell, the rate model in grey.

    Parameters
    ----------
    sweeps : mapping of parameter to xarray.Dataset
        From `neurosim.measure.spiking.agreement.region`.
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray of Axes, (row, 2)

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> names = ("recalled_rate", "recalled_spiking")
    >>> data = {f"{name}{end}": (("kind", "value"), [[0.9, 0.5]]) for name in names for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20, "n_trials": 64}
    >>> sweep = xarray.Dataset(data, {"kind": ["regular"], "value": [0.001, 0.01]}, attrs)
    >>> plots.spiking.regions({"t_ref": sweep, "tau_h": sweep}).shape
    (1, 2)
    """
    if not sweeps:
        raise InvalidInput("sweeps must hold at least one Dataset")
    rows = -(-len(sweeps) // 2)
    if figure is None:
        figure = style.new_figure(2.3 * rows)
    panels = figure.subplots(rows, 2, squeeze=False)
    for ax in panels.flat[len(sweeps) :]:
        ax.set_axis_off()
    for ax, (parameter, sweep) in zip(panels.flat, sweeps.items(), strict=False):
        _region(ax, parameter, sweep)
    handles = intervals.handles(*sweeps.values())
    style.legend_below(panels[0, 0], 2, handles)
    return panels


def _region(ax: Axes, parameter: str, sweep: xarray.Dataset) -> None:
    label, factor, logarithmic = _SWEPT[parameter]
    scaled = sweep.assign_coords(value=sweep.value * factor)
    rate = scaled.isel(kind=0)
    ax.plot(
        rate.value,
        rate.recalled_rate,
        color=style.theory_colour(),
        linestyle="--",
        linewidth=style.theory_width(),
        label="rate model",
    )
    for index, kind in enumerate(scaled.kind.values):
        intervals.band(ax, scaled.sel(kind=kind), "recalled_spiking", "value", index, str(kind))
    if logarithmic:
        ax.set_xscale("log")
    style.share_axis(ax)
    style.label_axes(ax, label, "Share recalled perfectly")
    style.legend(ax, loc="center right" if parameter == "n_cells" else "best")


def raster(
    out: xarray.Dataset,
    image_shape: Sequence[int],
    *,
    cue: int = 0,
    times: Sequence[float] | None = None,
    figure: Figure | SubFigure | None = None,
) -> np.ndarray:
    """Draw the hidden spikes of one recall, below pictures of the visible layer at some times.

    Parameters
    ----------
    out : xarray.Dataset
        A spiking recall with ``record=["spikes", "visible"]``; with "visible_spikes", they get a panel too.
    image_shape : (rows, columns) or (3, rows, columns)
    cue : int, default 0
    times : sequence of float, optional
        Seconds, within the recording. The nearest samples are shown, each once, with their own times. Default: those of
        0, 5, 10, 20, 40 and 100 ms that are within the recording.
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray of Axes
        The pictures, then the raster, then the visible raster if there is one.

    Raises
    ------
    InvalidInput
        Nothing of what is drawn was recorded; `times` are beyond the recording, or none.

    See Also
    --------
    neurosim.plots.animation.animate_recall : The picture forming, as a film.

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> spikes = {"cue": [0, 0], "neuron": [0, 2], "cell": [0, 0], "time": [0.01, 0.02]}
    >>> data = {f"spike_{name}": ("spike", values) for name, values in spikes.items()}
    >>> data["visible_trace"] = ("cue", "time", "visible_neuron"), np.random.default_rng(0).random((1, 3, 16))
    >>> data["hidden_active"] = ("cue", "hidden_neuron"), np.ones((1, 3), bool)
    >>> out = xarray.Dataset(data, {"time": [0.0, 0.02, 0.04]}, {"n_cells": 1})
    >>> len(plots.spiking.raster(out, (4, 4), times=(0.0, 0.02, 0.04)))  # three pictures and the raster
    4
    """
    missing = {"visible_trace", "spike_time"} - set(out)
    if missing:
        raise InvalidInput(f'the recall must have record=["spikes", "visible"]; missing: {sorted(missing)}')
    with_visible = "visible_spike_time" in out
    if figure is None:
        figure = style.new_figure(3.4 + 1.6 * with_visible)
    samples = out.isel(time=_nearest(out.time.values, times), cue=cue)
    shown = 1e3 * samples.time.values
    ratios = [1.1, 2.2, *([1.6] if with_visible else [])]
    layout = figure.add_gridspec(len(ratios), len(shown), height_ratios=ratios)
    frames = samples.visible_trace.transpose("time", ...).values
    low, high = style.brightness(frames[-1])
    panels = []
    for k, (t, frame) in enumerate(zip(shown, frames, strict=True)):
        ax = figure.add_subplot(layout[0, k])
        style.show_image(ax, frame, image_shape, low, high)
        ax.set_title(f"{t:g} ms", fontsize=style.tick_size(), pad=2)
        panels.append(ax)
    hidden = figure.add_subplot(layout[1, :])
    _spikes(hidden, out, "spike", cue, shown)
    n_hidden = out.sizes["hidden_neuron"]
    hidden.set_ylim(-1, n_hidden)
    style.label_axes(hidden, "" if with_visible else "Time (ms)", "Hidden neuron")
    panels.append(hidden)
    if with_visible:
        ax = figure.add_subplot(layout[2, :], sharex=hidden)
        _spikes(ax, out, "visible_spike", cue, shown)
        style.label_axes(ax, "Time (ms)", "Visible neuron")
        style.legend_above(ax, 2, loc="lower right", bbox_to_anchor=(1, 1), markerscale=8, handletextpad=0.2)
        panels.append(ax)
    return np.array(panels)


def _nearest(at: np.ndarray, times: Sequence[float] | None) -> np.ndarray:
    """Return the indices of the samples that are nearest to times, each once."""
    end, last = float(at[-1]), float(at[-1]) * (1 + 1e-9)
    wanted = _TIMES[last >= _TIMES] if times is None else seconds(times, "times", zero=True).ravel()
    if not wanted.size or wanted.max() > last:
        given = f"{wanted.max():g} s" if wanted.size else "none"
        raise InvalidInput(f"times must be one or more within the recording of {end:g} s, got {given}; give others")
    return np.unique(np.abs(at[:, None] - wanted).argmin(axis=0))


def _spikes(ax: Axes, out: xarray.Dataset, name: str, cue: int, times: np.ndarray) -> None:
    mine = out[f"{name}_cue"].values == cue
    when, neuron, cell = (out[f"{name}_{part}"].values[mine] for part in ("time", "neuron", "cell"))
    if name == "visible_spike":
        for index, label in enumerate(("ON", "OFF")):
            dots = {"s": 0.3, "marker": ".", "color": style.colour(index), "linewidths": 0.6, "label": label}
            ax.scatter(1e3 * when[cell == index], neuron[cell == index], rasterized=True, **dots)
    else:
        place = neuron + 0.8 * cell / out.attrs["n_cells"]
        ax.scatter(1e3 * when, place, s=2.0, marker="|", c=style.ink(), linewidths=0.6, rasterized=True)
    for t in times:
        ax.axvline(t, color=style.theory_colour(), linewidth=0.4, linestyle=":")
    ax.set_xlim(-1, 1e3 * float(out.time[-1]))


def dislodging(results: Mapping[str, xarray.Dataset], figure: Figure | SubFigure | None = None) -> np.ndarray:
    """Draw the final state after a second cue against its amplitude: columns by current, line styles by model.

    Parameters
    ----------
    results : mapping of label to xarray.Dataset
        From `neurosim.measure.spiking.dislodging.dislodge`; the first gets filled bands, others dotted lines.
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray of Axes, (current,)

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> dims = ("current", "amplitude", "end")
    >>> data = {f"share{end}": (dims, [[[0.2], [0.8]]]) for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20, "n_trials": 64, "limit_on": 0.5, "limit_off": 0.6}
    >>> result = xarray.Dataset(data, {"current": ["excites"], "amplitude": [0.0, 1.0], "end": ["first"]}, attrs)
    >>> plots.spiking.dislodging({"rate": result}).shape
    (1,)
    """
    first = next(iter(results.values()))
    currents = first.current.values
    if figure is None:
        figure = style.new_figure(2.9)
    panels = figure.subplots(1, len(currents), sharey=True, squeeze=False)[0]
    for ax, current in zip(panels, currents, strict=True):
        for index, end in enumerate(first.end.values):
            for k, (label, result) in enumerate(results.items()):
                here = result.sel(current=current, end=end)
                if k == 0:
                    intervals.band(ax, here, "share", "amplitude", index, f"{end}, {label}")
                else:
                    ax.plot(
                        here.amplitude,
                        here.share,
                        color=style.colour(index),
                        linestyle=":",
                        linewidth=1.6,
                        label=f"dotted: {label}" if index == 0 else None,
                    )
        for limit in ("limit_on", "limit_off"):
            ax.axvline(first.attrs[limit], color=style.theory_colour(), linestyle="--", linewidth=0.8)
        ax.set_title(f"A second cue that {current}", fontsize=style.title_size())
        style.label_axes(ax, "Current of the second cue", "Share of pairs" if ax is panels[0] else "")
        style.share_axis(ax)
    handles = [*panels[0].get_legend_handles_labels()[0], *intervals.handles(first)]
    style.legend_below(panels[0], 4, handles)
    return panels


def shares(
    curve: xarray.Dataset,
    labels: Mapping[str, str],
    ax: Axes | None = None,
    axis: str = "noise_std",
    label: str = "Noise on the visible cue $\\sigma_v$",
) -> Axes:
    """Draw shares of cues against a parameter, by default the noise of the cue.

    Parameters
    ----------
    curve : xarray.Dataset over `axis`
    labels : mapping of str to str
        Variable to its label.
    ax : Axes, optional
    axis, label : str
        The coordinate and its label.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> data = {f"share{end}": ("noise_std", [0.9, 0.5]) for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20, "n_trials": 64}
    >>> found = xarray.Dataset(data, {"noise_std": [0.0, 2.0]}, attrs)
    >>> plots.spiking.shares(found, {"share": "rate model"}).get_ylabel()
    'Share of cues'
    """
    ax = style.axes(ax)
    for index, (name, text) in enumerate(labels.items()):
        intervals.band(ax, curve, name, axis, index, text)
    style.share_axis(ax)
    style.label_axes(ax, label, "Share of cues")
    style.legend(ax, handles=[*ax.get_legend_handles_labels()[0], *intervals.handles(curve)])
    return ax
