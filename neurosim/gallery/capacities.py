"""Capacity of every memory against its size: given patterns, and, apart from them, the two-layer memory's states."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.capacity.curve import count_sweep
from neurosim.measure.comparison.compare import capacity_sweep
from neurosim.measure.comparison.laws import growth
from neurosim.measure.comparison.trials import STEPPED, default_models
from neurosim.measure.statistics import format_estimate
from neurosim.models import Hebb
from neurosim.plots import comparison as figure
from neurosim.plots import style
from neurosim.report.page import Row

SIZES = (10, 20, 40, 80, 160)
LARGE = (500, 1000, 2000)  # where Hebb's rule is near its law; a small network holds more a neuron
PER_HIDDEN = 20  # visible neurons per hidden one of the two-layer networks


def measure(plan: Plan) -> Data:
    """Find every memory's capacity at every size, and count the fixed points of two-layer networks."""
    sizes = SIZES[: plan.pick(5, 2)]
    counted = {"n_hidden": [n // PER_HIDDEN for n in SIZES if n % PER_HIDDEN == 0][: plan.pick(5, 2)]}
    common = {"seed": plan.seed, "runner": plan.runner}
    maximum = plan.pick(4096, 64)
    return {
        "capacity": capacity_sweep(plan.networks, default_models(), {"n_neurons": sizes}, maximum=maximum, **common),
        "large": capacity_sweep(plan.networks, {"hebb": Hebb()}, {"n_neurons": plan.pick(LARGE, (100, 200))}, **common),
        "attractors": count_sweep(plan.networks, counted, visible_per_hidden=float(PER_HIDDEN), **common),
    }


def draw(data: Data) -> Any:
    """Draw capacity on logarithmic axes, and bits per synapse."""
    figure_ = Figure(figsize=(2 * style.ONE_COLUMN, 5.0), layout="constrained")
    left, right = figure_.subplots(1, 2)
    found = data["capacity"]
    all_sizes = found.combine_first(data["large"]).sel(model=found.model)  # combining sorts the memories
    figure.capacities(all_sizes, data["attractors"], legend=False, ax=left)
    figure.bits(found, ax=right)
    handles, labels = left.get_legend_handles_labels()
    figure_.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=style.TICK - 1)
    return np.array([left, right])


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """Say what is counted on either side, and how fast capacity grows, beside theory."""
    found, counted = data["capacity"], data["attractors"]
    about = found.attrs
    text = [
        "Capacity: how many patterns of N independent fair bits can be prescribed until half of them are no longer "
        f"recalled from cues with {about['flipped']:g} of the bits wrong, to an overlap of {about['criterion']:g}. "
        f"Found by halving, with independent networks drawn at each load, {about['n_networks']} at most, until a bet "
        f"on one half is won; bars: {100 * about['confidence']:g}% over networks. Arrows: more than the "
        f"{about['maximum']:,} that were tried, {STEPPED} where recall is integrated in steps. Dashed: theory, where "
        "there is any (`neurosim.measure.comparison.laws`).",
        "Dotted, grey: how many fixed points networks of this package's main model have, two layers, "
        f"{PER_HIDDEN} visible neurons per hidden one. It is no capacity in the other lines' sense: all 2^N_h states "
        "of the hidden layer can be memories, but which visible states they are is not free, they are sums of the N_h "
        "columns of ξ. Only the columns can be prescribed, one hidden neuron each; basic_memories is that network, "
        "judged as all others by the patterns it was given.",
        "Right: the bits of the patterns stored at capacity over the real numbers that hold them, wrong bits not "
        "deducted. Memories that keep the patterns themselves have one bit a number, whatever their capacity.",
    ]
    refused = found.model[(found.refused != "").values].values
    text += [f"{label} could not be measured: {found.refused.sel(model=label).item()}." for label in refused]
    rows = [*_grown(found), *_grown(data["large"])]
    largest = counted.isel(n_hidden=-1)
    n_hidden = int(largest.n_hidden)
    return text, [
        *rows,
        (
            f"two-layer, N_h = {n_hidden}: share of 2^{n_hidden} states fixed",
            format_estimate(largest, "stored"),
            "attractors had, not patterns chosen",
        ),
    ]


def _grown(found: Any) -> list[Row]:
    """Return how capacity grows with N, a row for every memory known at two sizes or more."""
    grown = growth(found)
    return [
        (
            f"{label}: exponent of N",
            format_estimate(grown, "exponent", 3, model=label),
            f"{_theory(found, label)}; as an exponential, exp({float(grown.rate.sel(model=label)):.2g} N)",
        )
        for label in grown.model.values
        if grown.n_sizes.sel(model=label) > 1
    ]


def _theory(found: Any, label: str) -> str:
    """Return the exponent by theory between the least and the greatest size that were measured."""
    known = found.n_neurons.values[np.isfinite(found.capacity.sel(model=label)).values]
    ends = [int(known[0]), int(known[-1])]
    low, high = (float(found.law.sel(model=label, n_neurons=n)) for n in ends)
    sizes = f"N = {ends[0]} to {ends[1]}"
    return f"{sizes}; theory {np.log(high / low) / np.log(ends[1] / ends[0]):.3g}" if np.isfinite(low) else sizes


ENTRY = Entry("capacities", "Capacity of associative memories against their size", measure, draw, describe)
