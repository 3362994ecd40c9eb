"""Networks under constraints: shares of states and cues against a setting of the constraints, with theory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import axis_ticks, intervals, style

# quantity → (axis label, its law)
QUANTITIES = {
    "stored": ("Stable share, $\\theta = ½$", "law"),
    "stored_best": ("Stable share, best $\\theta$", "law_best"),
    "recalled": ("Noisy cues recalled", None),
    "recalled_best": ("Recalled, best $\\theta$", None),
    "circuit": ("Share of noisy cues recalled", "eliminated"),
    "certified": ("Share of networks\ncertified", "law_certified"),
    "codes": ("Images that\nkeep their code", None),
}


def shares(
    found: xarray.Dataset,
    quantity: str,
    xlabel: str,
    *,
    by: str = "constraint",
    logarithmic: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw one share over (value, `by`), one line per value of `by`, with its interval and its law (dashed).

    Parameters
    ----------
    found : xarray.Dataset
        `neurosim.measure.constraints.sweep.constraint_sweep`, at one N_h or one constraint.
    quantity : str
        A key of `QUANTITIES`.
    xlabel : str
    by : {"constraint", "n_hidden"}
    logarithmic : bool, default False
        Whether the x axis is logarithmic.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.sweep import constraint_sweep
    >>> grid = {"value": [0.2, 1.0], "n_hidden": [4]}
    >>> found = constraint_sweep(3, {"sparse": Sparse}, grid, seed=0, n_cues=8)
    >>> plots.constraints.shares(found.sel(n_hidden=4), "stored", "Density").get_xlabel()
    'Density'
    """
    ax = style.axes(ax)
    label, law = QUANTITIES[quantity]
    for index, value in enumerate(found[by].values):
        here = found.sel({by: value})
        name = str(value) if by == "constraint" else f"$N_h$ = {value}"
        intervals.band(ax, here, quantity, "value", index, name)
        if law in here:
            ax.plot(
                here.value,
                here[law],
                color=style.colour(index),
                linestyle="--",
                linewidth=style.theory_width(),
                zorder=1.5,
            )
    if logarithmic:
        axis_ticks.log_axis(ax.xaxis)
    style.share_axis(ax)
    return style.label_axes(ax, xlabel, label)


def sizes(
    found: xarray.Dataset,
    quantities: Sequence[str],
    xlabel: str,
    *,
    logarithmic: bool = False,
    dashed: str = "theory",
) -> np.ndarray:
    """Draw a row of panels for each quantity, a column for each N_h, with one legend.

    Parameters
    ----------
    found : xarray.Dataset
        `neurosim.measure.constraints.sweep.constraint_sweep`.
    quantities : sequence of str
    xlabel : str
    logarithmic : bool, default False
    dashed : str, default "theory"
        Label of the dashed lines.

    Returns
    -------
    ndarray (quantity, n_hidden) of Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.sweep import constraint_sweep
    >>> grid = {"value": [0.2, 1.0], "n_hidden": [4]}
    >>> found = constraint_sweep(3, {"sparse": Sparse}, grid, seed=0, n_cues=8)
    >>> plots.constraints.sizes(found, ["stored", "recalled"], "Density").shape
    (2, 1)
    """
    columns = found.n_hidden.values
    figure = style.new_figure(1.75 * len(quantities) + 0.6)
    panels = figure.subplots(len(quantities), len(columns), sharex=True, sharey=True, squeeze=False)
    for row, quantity in zip(panels, quantities, strict=True):
        for ax, n_hidden in zip(row, columns, strict=True):
            shares(found.sel(n_hidden=n_hidden), quantity, xlabel, logarithmic=logarithmic, ax=ax)
            ax.label_outer()
    for ax, n_hidden in zip(panels[0], columns, strict=True):
        ax.set_title(f"$N_h$ = {n_hidden}", fontsize=style.title_size())
    _legend(panels[0, 0], found, dashed)
    return panels


def _legend(ax: Axes, found: xarray.Dataset, dashed: str) -> None:
    """Add one legend below all panels: the lines of one panel, the dashed line, and the bands."""
    handles = [*ax.get_legend_handles_labels()[0]]
    handles += [style.theory_handle(dashed)] if _dashes(ax.figure) else []
    handles += intervals.handles(found)
    style.legend_below(ax, 4, handles)


def learned(random: xarray.Dataset, found: Mapping[str, xarray.Dataset]) -> np.ndarray:
    """Draw the stability of random and trained networks against bits per weight and density, one line per N_h.

    Parameters
    ----------
    random : xarray.Dataset
        `neurosim.measure.constraints.sweep.constraint_sweep` of random networks over bits.
    found : mapping of {"bits", "density"} to xarray.Dataset
        The same of trained networks, with the variables stored, certified and codes.

    Returns
    -------
    ndarray of Axes, shape (6,)

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> names = ("stored", "certified", "codes", "law", "law_certified")
    >>> estimates = {f"{name}{end}": 0.5 for name in names for end in ("", "_lower", "_upper")}
    >>> networks = {f"{name}_by_network": ("network", [0.4, 0.6]) for name in names}
    >>> found = xarray.Dataset(estimates | networks, attrs={"n_networks": 2, "confidence": 0.95})
    >>> found = found.expand_dims(constraint=["sparse"], value=[0.5, 1.0], n_hidden=[10])
    >>> axes = plots.constraints.learned(found, {"bits": found, "density": found})
    >>> [ax.get_title() for ax in axes[:2]]
    ['random', 'learned']
    """
    figure = style.new_figure(4.1)
    panels = figure.subplots(2, 3, sharey=True)
    bits, density = found["bits"], found["density"]
    drawn = (
        (random, "stored", "Bits per weight", "random", False),
        (bits, "stored", "Bits per weight", "learned", False),
        (density, "stored", "Density", "learned", False),
        (bits, "certified", "Bits per weight", "learned", False),
        (bits, "codes", "Bits per weight", "learned", False),
        (density, "codes", "Density", "learned", False),
    )
    for ax, (data, quantity, xlabel, title, logarithmic) in zip(panels.flat, drawn, strict=True):
        one = data.isel(constraint=0)
        shares(one, quantity, xlabel, by="n_hidden", logarithmic=logarithmic, ax=ax)
        ax.set_title(title, fontsize=style.title_size())
        if quantity == "stored":
            ax.set_ylabel("Stable share of states", fontsize=style.label_size())
    handles = []
    for data, ax in ((random, panels[0, 0]), (bits, panels[0, 1])):
        handles += ax.get_legend_handles_labels()[0]
        for handle, n_hidden in zip(handles[-data.sizes["n_hidden"] :], data.n_hidden.values, strict=True):
            handle.set_label(f"{ax.get_title()}, $N_h$ = {n_hidden}")
    handles += [style.theory_handle()] if _dashes(panels[0, 0].figure) else []
    handles += intervals.handles(bits)
    style.legend_below(panels[0, 0], 4, handles)
    return panels.ravel()


_SPIKING = {
    "recalled_rate": "rate model",
    "recalled_folded": "spikes, cells of both signs",
    "recalled_circuit": "spikes, with interneurons",
}


def spiking(noise: xarray.Dataset, density: xarray.Dataset) -> np.ndarray:
    """Draw recall by the rate model and by both spiking networks against membrane noise and against density.

    Parameters
    ----------
    noise : xarray.Dataset
        `neurosim.measure.constraints.sweep.constraint_sweep` of
        `neurosim.measure.constraints.dale_spiking.spiking_shares` over n_hidden and noise, for one constraint.
    density : xarray.Dataset
        The same over n_hidden and density, for one N_h.

    Returns
    -------
    ndarray of Axes
        One for each N_h of `noise`, and one for `density`.

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> names = ("recalled_rate", "recalled_folded", "recalled_circuit", "same")
    >>> estimates = xarray.Dataset({f"{name}{end}": 0.5 for name in names for end in ("", "_lower", "_upper")})
    >>> noise = estimates.expand_dims(n_hidden=[10], noise=[0.0, 0.1])
    >>> density = estimates.expand_dims(n_hidden=[10], density=[0.1, 1.0])
    >>> [ax.get_xlabel() for ax in plots.constraints.spiking(noise, density)]
    ['Membrane noise (units of $h$)', 'Density of synapses']
    """
    shown = [("noise", noise.sel(n_hidden=n_hidden)) for n_hidden in noise.n_hidden.values]
    shown.append(("density", density.isel(n_hidden=0)))
    labels = {"noise": "Membrane noise (units of $h$)", "density": "Density of synapses"}
    figure = style.new_figure(2.7)
    panels = figure.subplots(1, len(shown), sharey=True)
    for ax, (x, here) in zip(panels, shown, strict=True):
        for index, (name, label) in enumerate(_SPIKING.items()):
            intervals.band(ax, here, name, x, index, label)
        ax.plot(here[x], here.same, ":", color=style.theory_colour(), linewidth=1, label="same state, both spiking")
        style.share_axis(ax)
        style.label_axes(ax, labels[x], "Share of cues" if ax is panels[0] else "")
        ax.set_title(f"$N_h = {int(here.n_hidden)}$", fontsize=style.title_size())
    axis_ticks.log_axis(panels[-1].xaxis, density.density.values)
    style.legend_below(panels[0], 4)
    return panels


def _dashes(figure: Any) -> bool:
    """Return whether any panel has a dashed line."""
    lines = [line for ax in figure.axes for line in ax.get_lines() if line.get_linestyle() == "--"]
    return any(np.isfinite(np.asarray(line.get_ydata(), float)).sum() > 1 for line in lines)
