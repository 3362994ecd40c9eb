"""Figures of the spiking circuit: one population against its drive, recall, gain, and a task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim import theory
from neurosim.plots import intervals, style
from neurosim.plots.spiking import shares

_SETTINGS = {  # setting of `circuit_recall` → axis label, factor to its unit, logarithmic
    "noise_std": ("Noise on the visible cue $\\sigma_v$", 1, False),
    "tau_v": ("Visible time constant $\\tau_v$ (ms)", 1e3, True),
    "n_cells": ("Cells per population $K$", 1, True),
    "tau_nmda": ("NMDA time constant (ms)", 1e3, True),
    "drive_conductance": ("Drive for a unit of h (nS)", 1, False),
    "background_rate": ("Background rate (relative)", 1, True),
    "background_noise": ("Background noise (pA)", 1, False),
    "weight_noise": ("Noise of the weights (rms)", 1, False),
    "connection_probability": ("Connections between layers", 1, True),
    "probability": ("Connections within", 1, True),
    "threshold_std": ("Spread of thresholds (mV)", 1, False),
    "delay": ("Longest delay (ms)", 1e3, False),
    "magnesium": ("Magnesium (mM)", 1, False),
}


def population(response: xarray.Dataset, axes: Sequence[Axes] | None = None) -> np.ndarray:
    """Draw `neurosim.measure.spiking.population_response`: rates beside theory, and the gating.

    Parameters
    ----------
    response : xarray.Dataset
    axes : sequence of Axes, optional
        Two.

    Returns
    -------
    ndarray of Axes (2,)

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> names = ("rate", "rate_5", "rate_95", "inhibitory_rate", "rate_theory", "inhibitory_rate_theory")
    >>> names += "gating", "gating_theory"
    >>> data = xarray.Dataset({name: ("drive", [0.0, 0.9]) for name in names}, {"drive": [-0.5, 0.5]})
    >>> [ax.get_ylabel() for ax in plots.circuit.population(data)]
    ['Rate (Hz)', 'NMDA gating $S$']
    """
    panels = np.asarray(style.row(2, 2.7) if axes is None else axes, dtype=object)
    x = response.drive.values
    for index, (name, label) in enumerate({"rate": "excitatory cells", "inhibitory_rate": "inhibitory cells"}.items()):
        panels[0].plot(x, response[name], **style.stroke(index), label=label)
        panels[0].plot(x, response[f"{name}_theory"], "--", color=style.colour(index))
        if name == "rate":
            intervals.shade(panels[0], x, response.rate_5, response.rate_95, style.colour(0), "5–95% of them")
    panels[1].plot(x, response.gating, **style.stroke(0))
    panels[1].plot(x, response.gating_theory, "--", color=style.colour(0))
    for ax, label in zip(panels, ("Rate (Hz)", "NMDA gating $S$"), strict=True):
        style.label_axes(ax, "Drive $h - \\theta$ + offset", label)
    style.legend(panels[0], handles=[*panels[0].get_legend_handles_labels()[0], style.theory_handle()])
    return panels


def recall(curve: xarray.Dataset, ax: Axes | None = None, axis: str = "noise_std") -> Axes:
    """Draw `neurosim.measure.spiking.circuit_recall` against one of its settings: recall of both models.

    Parameters
    ----------
    curve : xarray.Dataset over `axis`
    ax : Axes, optional
    axis : str, default "noise_std"
        A setting of `circuit_recall`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> names = ("recalled_rate", "recalled_circuit", "same_state")
    >>> data = {f"{name}{end}": ("delay", [0.9, 0.5]) for name in names for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20, "n_trials": 4}
    >>> plots.circuit.recall(xarray.Dataset(data, {"delay": [0.0, 0.005]}, attrs), axis="delay").get_xlabel()
    'Longest delay (ms)'
    """
    labels = {"recalled_rate": "rate model", "recalled_circuit": "circuit", "same_state": "the same state"}
    label, factor, logarithmic = _SETTINGS.get(axis, (axis, 1, False))
    ax = shares(curve.assign_coords({axis: curve[axis] * factor}), labels, ax, axis, label)
    if logarithmic:
        ax.set_xscale("log")
        values = (curve[axis] * factor).values
        ax.set_xticks(values, [f"{value:g}" for value in values])
        ax.set_xticks([], minor=True)
    return ax


def gains(
    response: xarray.Dataset, gain: xarray.Dataset, found: xarray.Dataset, axes: Sequence[Axes] | None = None
) -> np.ndarray:
    """Draw rates, the gain of the step, and recall against the number of cells, at several background noises.

    Parameters
    ----------
    response : xarray.Dataset over background_noise and drive
        From `neurosim.measure.spiking.population_response`.
    gain : xarray.Dataset over background_noise
        From `neurosim.measure.spiking.population_gain`.
    found : xarray.Dataset over background_noise and n_cells
        From `neurosim.measure.spiking.circuit_recall`.
    axes : sequence of Axes, optional
        Three.

    Returns
    -------
    ndarray of Axes (3,)

    Examples
    --------
    >>> import numpy as np, xarray
    >>> from neurosim import plots
    >>> noise, shape = ("background_noise", [400.0, 800.0]), (("background_noise", "n_cells"), np.ones((2, 2)))
    >>> names = ("rate", "rate_theory")
    >>> rates = {name: (("background_noise", "drive"), np.ones((2, 2))) for name in names}
    >>> rates = xarray.Dataset(rates, {"background_noise": noise, "drive": [0.0, 0.5]})
    >>> gain = {name: ("background_noise", [15.0, 12.0]) for name in ("gain", "gain_theory")}
    >>> share = {f"same_state{end}": shape for end in ("", "_lower", "_upper")}
    >>> attrs = {"confidence": 0.95, "n_networks": 20, "n_trials": 4}
    >>> share = xarray.Dataset(share, {"background_noise": noise, "n_cells": [10, 100]}, attrs)
    >>> [ax.get_xlabel() for ax in plots.circuit.gains(rates, xarray.Dataset(gain, dict([noise])), share)][2]
    'Cells per population $K$'
    """
    panels = np.asarray(style.row(3, 2.7) if axes is None else axes, dtype=object)
    noises = gain.background_noise.values
    for index, noise in enumerate(noises):
        here, cells = response.sel(background_noise=noise), found.sel(background_noise=noise)
        panels[0].plot(here.drive, here.rate, **style.stroke(index), label=f"{noise:g} pA")
        panels[0].plot(here.drive, here.rate_theory, "--", color=style.colour(index))
        intervals.band(panels[2], cells, "same_state", "n_cells", index, f"{noise:g} pA")
    panels[1].plot(noises, gain.gain, **style.stroke(0), label="measured")
    panels[1].plot(noises, gain.gain_theory, "--", color=style.theory_colour(), label="theory")
    panels[1].axhline(
        theory.critical_gain(), color=style.theory_colour(), linewidth=0.8, linestyle=":", label="bistability"
    )
    panels[1].set_ylim(bottom=0)
    style.label_axes(panels[0], "Drive $h - \\theta$ + offset", "Rate of excitatory cells (Hz)")
    style.label_axes(panels[1], "Background noise (pA)", "Gain at the threshold")
    style.label_axes(panels[2], _SETTINGS["n_cells"][0], "Share in the rate model's state")
    panels[2].set_xscale("log")
    values = found.n_cells.values
    panels[2].set_xticks(values, [f"{value:g}" for value in values])
    panels[2].set_xticks([], minor=True)
    style.share_axis(panels[2])
    style.legend(panels[0], handles=[*panels[0].get_legend_handles_labels()[0], style.theory_handle()])
    style.legend(panels[1])
    style.legend(panels[2], handles=intervals.handles(found))
    return panels
