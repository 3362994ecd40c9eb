"""Findings of a continuation: in a sentence, and as a section of the report of one network."""

from __future__ import annotations

import xarray

from neurosim.measure.statistics import format_estimate
from neurosim.plots import continuation
from neurosim.report.page import Row, Section, picture


def sentence(found: xarray.Dataset) -> str:
    """Return how many attractors exist at the ends and at most, and how many appear and vanish.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.continuation`.

    Returns
    -------
    str

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import continuation
    >>> found = continuation(Network.gaussian(60, 4, seed=0), "threshold", [0.2, 0.5, 0.8], n_cues=200, seed=0)
    >>> sentence(found)
    'threshold: 7 attractors at 0.2, at most 16 at 0.5, 14 at 0.8; in all 16; 9 appear and 2 vanish on the way.'
    """
    places = (0, int(found.n_attractors.argmax("value")), -1)
    first, most, last = (f"{int(found.n_attractors[at]):,}" for at in places)
    at_first, at_most, at_last = (f"{float(found.value[at]):g}" for at in places)
    return (
        f"{found.attrs['parameter']}: {first} attractors at {at_first}, at most {most} at {at_most}, {last} at "
        f"{at_last}; in all {found.sizes['attractor']:,}; {int(found.n_appeared.sum()):,} appear and "
        f"{int(found.n_vanished.sum()):,} vanish on the way."
    )


def largest_basin(here: xarray.Dataset) -> str:
    """Return the share of the cues that end in the most frequent attractor, at one value, with limits.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import continuation
    >>> found = continuation(Network.gaussian(60, 4, seed=0), "threshold", [0.5, 0.8], n_cues=200, seed=0)
    >>> largest_basin(found.sel(value=0.5))
    '...'
    """
    if not here.sizes["attractor"]:
        return "none"
    return format_estimate(here.isel(attractor=int(here.share.argmax("attractor"))), "share")


def section(found: xarray.Dataset) -> Section:
    """Return the section of a network's report on its attractors while visible neurons are lesioned."""
    started = found.isel(attractor=found.exists.isel(value=0).values)
    rows: list[Row] = [
        (
            f"lesioned: {value:.0%}",
            f"{int(started.exists.sel(value=value).sum()):,} of {started.sizes['attractor']:,}",
            f"attractors of the intact network that remain; {int(found.n_attractors.sel(value=value)):,} in all",
        )
        for value in found.value.values
    ]
    text = [
        "More and more visible neurons are lesioned, the same ones first. At every share, recalls start in the stored "
        "memories, in all attractors found before, and from Gaussian cues. An attractor remains if the same hidden "
        "neurons are active. Left: attractors found. Middle: where each exists. Right: the largest basins.",
    ]
    most, remain = float(found.value[-1]), int(started.exists.isel(value=-1).sum())
    before = f"{started.sizes['attractor']:,} attractors of the intact network"
    caption = f"With {most:.0%} of the visible neurons lesioned, {remain:,} of {before} remain."
    title = "Attractors against lesioned visible neurons"
    drawn = picture(continuation.draw(found), "lesions", title, caption=caption)
    return Section("Lesions", text, [drawn], rows, group="What changes it")
