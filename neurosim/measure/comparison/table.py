"""The comparison as lines of text."""

from __future__ import annotations

import xarray

from neurosim.measure.comparison.compare import FLAGS
from neurosim.measure.comparison.laws import growth
from neurosim.measure.comparison.trials import STEPPED
from neurosim.measure.statistics import format_estimate

_HEADS = ("memory", "capacity", "bits/synapse", "exponent of N", "basin radius", "flags", "µs/recall")


def lines(found: xarray.Dataset) -> list[str]:
    """Return the table of a comparison at its largest size, aligned, one line a memory."""
    largest = found.isel(n_neurons=-1)
    grown = growth(found)
    rows: list[tuple[str, ...]] = [_HEADS]
    for rival in found.rival.values:
        here = largest.sel(rival=rival)
        if here.refused.item():
            continue
        rows.append(
            (
                str(rival),
                format_estimate(here, "capacity", 4),
                format_estimate(here, "bits_per_synapse", 3),
                format_estimate(grown.sel(rival=rival), "exponent", 3),
                format_estimate(here, "radius", 2),
                "".join(flag[0] if here[flag] else "·" for flag in FLAGS),
                f"{1e6 * float(here.seconds):.0f}",
            )
        )
    widths = [max(len(row[k]) for row in rows) for k in range(len(_HEADS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    refused = found.rival[(found.refused != "").values].values
    return [*table, *(f"{rival}: not measured: {found.refused.sel(rival=rival).item()}" for rival in refused)]


def notes(found: xarray.Dataset) -> list[str]:
    """Return what the table's columns mean."""
    about, size = found.attrs, int(found.n_neurons[-1])
    flags = ", ".join(f"{flag[0]} {flag}" for flag in FLAGS)
    return [
        f"N = {size}; success: overlap {about['criterion']:g} at least, signs of the states against ±1 patterns; "
        f"{100 * about['confidence']:g}% intervals, at most {about['n_networks']} networks at each place probed",
        f"capacity: patterns where the mean share recalled from cues with {about['flipped']:g} of the bits wrong "
        f"crosses {about['level']:g}; at most {about['maximum']} were tried, {STEPPED} if integrated in steps",
        "bits/synapse: bits of the patterns stored at capacity (N each) over the real numbers that hold them",
        f"exponent of N: over N = {', '.join(str(n) for n in found.n_neurons.values)}, sizes beyond reach left out",
        f"basin radius: share of wrong bits where the mean share recalled crosses {about['level']:g}, at a load of "
        f"{about['load']:g} N patterns",
        f"flags: {flags}; µs/recall: median, {about['n_cues']} cues at a time, informative only",
    ]
