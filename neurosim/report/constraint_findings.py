"""Findings about networks under constraints: conditions in words, and crossings in rows of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray

from neurosim.measure.constraints.stability import N_STATES
from neurosim.measure.statistics import crossing_value, format_estimate
from neurosim.report.findings import Row


def conditions_sentence(found: xarray.Dataset, *, states: bool = True) -> str:
    """Return the number of networks, states and cues of a sweep over constraints.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.constraints.sweep.constraint_sweep`.
    states : bool, default True
        Whether states were tested for stability.

    Returns
    -------
    str

    Examples
    --------
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.sweep import constraint_sweep
    >>> found = constraint_sweep(3, {"sparse": Sparse}, {"value": [0.5], "n_hidden": [6]}, seed=0, n_cues=16)
    >>> conditions_sentence(found)
    '3 independent networks at each point, 16,384 states (or all) and 16 noisy cues each, σ_v = 1; 95% intervals.'
    """
    about = found.attrs
    tested = f"{N_STATES:,} states (or all) and " if states else ""
    return (
        f"{about['n_networks']} independent networks at each point, {tested}{about['n_cues']} noisy cues each, "
        f"σ_v = {about['noise_std']:g}; {100 * about['confidence']:g}% intervals."
    )


def crossing_rows(found: xarray.Dataset, quantity: str, note: str, *, logarithmic: bool = False) -> list[Row]:
    """Return where a share crosses one half, by constraint and N_h.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.constraints.sweep.constraint_sweep`.
    quantity : str
        Name of the share.
    note : str
        Meaning of the number.
    logarithmic : bool, default False
        Whether to interpolate in the logarithm of the varied setting.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.sweep import constraint_sweep
    >>> grid = {"value": [0.001, 1.0], "n_hidden": [6]}
    >>> found = constraint_sweep(3, {"sparse": Sparse}, grid, seed=0, n_cues=16)
    >>> crossing_rows(found, "stored", "density at one half")[0][0]
    'sparse, N_h = 6'
    """
    rows = []
    for name in found.constraint.values:
        for n_hidden in found.n_hidden.values:
            here: Any = found.sel(constraint=name, n_hidden=n_hidden)
            shares = here[quantity]
            by_network = here[f"{quantity}_by_network"].transpose("value", "network")
            crossing = crossing_value(found.value.values, by_network.values, logarithmic=logarithmic)
            number = format_estimate(crossing, digits=3)
            if np.isnan(crossing.estimate):
                number = f"nowhere: the share is {float(shares.min()):.3g} to {float(shares.max()):.3g}"
            rows.append((f"{name}, N_h = {n_hidden}", number, note))
    return rows
