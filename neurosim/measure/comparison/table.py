"""The results of a comparison as lines of text."""

from __future__ import annotations

import xarray

from neurosim.measure.comparison.compare import FLAGS
from neurosim.measure.comparison.laws import growth
from neurosim.measure.comparison.trials import STEPPED
from neurosim.measure.statistics import format_estimate

_HEADS = ("memory", "capacity", "bits/synapse", "exponent of N", "basin radius", "flags")


def lines(found: xarray.Dataset) -> list[str]:
    """Return the table of a comparison at its largest size, one line per memory.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.comparison.compare.compare`.

    Returns
    -------
    list of str
        A line of headings, the memories that were measured, and the reasons of those that were not.

    See Also
    --------
    notes : The meaning of the columns.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import compare
    >>> from neurosim.measure.comparison.table import lines
    >>> from neurosim.models import Hebb
    >>> lines(compare(8, [Hebb()], [10, 16], seed=0, maximum=8))[0].split("  ")[0]
    'memory'
    """
    largest = found.isel(n_neurons=-1)
    grown = growth(found)
    rows: list[tuple[str, ...]] = [_HEADS]
    for model in found.model.values:
        here = largest.sel(model=model)
        if here.refused.item():
            continue
        rows.append(
            (
                str(model),
                format_estimate(here, "capacity", 4),
                format_estimate(here, "bits_per_synapse", 3),
                format_estimate(grown.sel(model=model), "exponent", 3),
                format_estimate(here, "radius", 2),
                "".join(flag[0] if here[flag] else "·" for flag in FLAGS),
            )
        )
    widths = [max(len(row[k]) for row in rows) for k in range(len(_HEADS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    refused = found.model[(found.refused != "").values].values
    return [*table, *(f"{model}: not measured: {found.refused.sel(model=model).item()}" for model in refused)]


def notes(found: xarray.Dataset) -> list[str]:
    """Return sentences that explain the columns of the table.

    Parameters
    ----------
    found : xarray.Dataset
        As in `lines`.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import compare
    >>> from neurosim.measure.comparison.table import notes
    >>> from neurosim.models import Hebb
    >>> notes(compare(8, [Hebb()], [10, 16], seed=0, maximum=8))[-1]
    'flags: l local, p pairwise, b bounded, s symmetric'
    """
    about, size = found.attrs, int(found.n_neurons[-1])
    flags = ", ".join(f"{flag[0]} {flag}" for flag in FLAGS)
    return [
        f"N = {size}; success: the signs of the states overlap with the pattern by {about['criterion']:g} at least; "
        f"{100 * about['confidence']:g}% intervals, at most {about['n_networks']} networks at each probed place",
        f"capacity: patterns where the mean share recalled from cues with {about['flipped']:g} of the bits wrong "
        f"crosses {about['level']:g}; at most {about['maximum']} were tried, {STEPPED} if integrated in steps",
        "bits/synapse: bits of the patterns stored at capacity (N each) per real number of the memory",
        f"exponent of N: over N = {', '.join(str(n) for n in found.n_neurons.values)}, without sizes whose capacity "
        "exceeds the number tried",
        f"basin radius: share of wrong bits where the mean share recalled crosses {about['level']:g}, at a load of "
        f"{about['load']:g} N patterns",
        f"flags: {flags}",
    ]
