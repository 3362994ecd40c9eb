"""Capacity beyond enumeration: the share of unstable states for up to 1,000 hidden neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from neurosim.gallery.base import Data, Entry, Plan, law_sentence, numbers
from neurosim.measure.capacity import curve as capacity
from neurosim.plots import style
from neurosim.report.page import Row

LOADS = (10.0, 20.0, 50.0, 100.0)  # N_v/N_h
SIZES = (10, 20, 50, 100, 200, 500, 1000)


def measure(plan: Plan) -> Data:
    """Estimate the unstable share of random networks by importance sampling."""
    grid = {"visible_per_hidden": LOADS, "n_hidden": SIZES[: plan.pick(7, 3)]}
    options = {"n_samples": plan.pick(20_000, 2_000), "seed": plan.seed, "runner": plan.runner}
    return {"unstable": capacity.unstable_sweep(plan.networks, grid, **options)}


def draw(data: Data) -> Any:
    """Draw the unstable share against N_h, one colour a load, beside the exact expectation and eq. (38)."""
    found = data["unstable"]
    ax = style.axes(None, height=3.4)
    for index, load in enumerate(found.visible_per_hidden.values):
        here = found.sel(visible_per_hidden=load)
        colour = style.PALETTE[index]
        seen = here.sel(n_hidden=here.n_hidden[(here.unstable > 0).values])  # a log axis has no 0
        reach = np.stack([seen.unstable - seen.unstable_lower, seen.unstable_upper - seen.unstable])
        bar = {"fmt": style.MARKERS[index], "color": colour, "markersize": 3, "elinewidth": 0.8}
        ax.errorbar(seen.n_hidden, seen.unstable, reach, label=f"{load:g}", **bar)
        for name, dash in (("law", "--"), ("bound", ":")):
            ax.plot(here.n_hidden, here[name], color=colour, linestyle=dash, linewidth=1)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(found.n_hidden.values, [f"{n:g}" for n in found.n_hidden.values])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(max(float(found.law.min()), 1e-14) / 30, 3)
    style.dress(ax, "Hidden neurons $N_h$", "Share of the $2^{N_h}$ states that is unstable")
    handles = [*ax.get_legend_handles_labels()[0]]
    handles += [
        Line2D([], [], color=style.THEORY, linestyle="--", linewidth=1, label="exact expectation"),
        Line2D([], [], color=style.THEORY, linestyle=":", linewidth=1, label="1 − eq. (38)"),
    ]
    title = f"$N_v/N_h$; bars: 95% over {found.attrs['n_networks']} networks"
    style.legend(ax, title=title, handles=handles, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return ax


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State shares, and the law's agreement."""
    found = data["unstable"]
    text = [
        "Each state of a random network is unstable with a small probability, too small to sample and, beyond some 32 "
        "hidden neurons, too many states to count. Importance sampling (exponential tilting) "
        f"reaches it: {found.attrs['n_trials']:,} states a network, {found.attrs['n_networks']} networks a point; "
        "bars: 95% over networks. A fixed N_v/N_h keeps the field's spread and so each neuron's risk; more neurons "
        "only mean more of them.",
        law_sentence(found, "unstable", what="The exact expectation"),
        "Where an unstable state is a rare property of rare networks, the mean over networks is carried by few of them "
        "and the interval, Student's, is too narrow there.",
    ]
    rows = [
        numbers(found, "unstable", f"expected {float(found.law.sel(visible_per_hidden=load, n_hidden=n)):.3g}", **at)
        for load in LOADS
        for n in found.n_hidden.values[[0, 2, -1]]
        for at in [{"visible_per_hidden": load, "n_hidden": n}]
    ]
    return text, rows


ENTRY = Entry("beyond", "Counting beyond 2^32: the unstable share to 1,000 hidden neurons", measure, draw, describe)
