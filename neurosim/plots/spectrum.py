"""Eigenvalues of the coupling J between hidden neurons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim import theory
from neurosim.plots import style


def histogram(
    found: xarray.Dataset, title: str = "", ax: Axes | None = None, *, law: bool = True, colour: int = 0
) -> Axes:
    """Draw a histogram of eigenvalues of J, with the density of Marchenko and Pastur for random weights.

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.capacity.spectrum.coupling_spectrum`.
    title : str, default ""
    ax : Axes, optional
    law : bool, default True
        Whether to draw the density of eigenvalues with the Marchenko–Pastur density, instead of counts.
    colour : int, default 0
        Index of the colour.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.measure.capacity.spectrum import coupling_spectrum
    >>> found = coupling_spectrum([Network.gaussian(1000, 10, seed=seed) for seed in (1, 2)])
    >>> plots.spectrum.histogram(found).get_xlabel()
    'Eigenvalue of $J$'
    """
    ax = style.axes(ax)
    n_visible, n_hidden, n_networks = (found.attrs[name] for name in ("n_visible", "n_hidden", "n_networks"))
    label = f"measured, {n_networks} network{'s' if n_networks > 1 else ''}"
    ax.hist(found.eigenvalue.values.ravel(), bins=30, density=law, color=style.colour(colour), alpha=0.5, label=label)
    if law:
        x = np.linspace(*theory.marchenko_pastur_edges(n_visible, n_hidden), 400)
        density = theory.marchenko_pastur_density(x, n_visible, n_hidden)
        ax.plot(
            x,
            density,
            color=style.theory_colour(),
            linestyle="--",
            linewidth=style.theory_width(),
            label="Marchenko–Pastur",
        )
    ax.set_title(title, fontsize=style.title_size())
    style.label_axes(ax, "Eigenvalue of $J$", "Density" if law else "Count")
    style.legend(ax)
    ax.set_ylim(top=1.35 * ax.get_ylim()[1])
    return ax


def compare(random: Sequence[xarray.Dataset], trained: xarray.Dataset) -> np.ndarray:
    """Draw the eigenvalues of random networks at several loads beside those of a trained network.

    Parameters
    ----------
    random : sequence of xarray.Dataset
        One for each load N_v/N_h, as in `histogram`.
    trained : xarray.Dataset

    Returns
    -------
    ndarray of Axes, one per Dataset

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.measure.capacity.spectrum import coupling_spectrum
    >>> found = coupling_spectrum([Network.gaussian(1000, 10, seed=seed) for seed in (1, 2)])
    >>> plots.spectrum.compare([found], found).shape
    (2,)
    """
    panels = style.row(len(random) + 1, 2.4)
    for index, (ax, found) in enumerate(zip(panels, random, strict=False)):
        ratio = found.attrs["n_visible"] / found.attrs["n_hidden"]
        histogram(found, f"random, $N_v = {ratio:g}\\,N_h$", ax, colour=index)
    histogram(trained, "trained network", panels[-1], law=False, colour=len(random))
    return panels
