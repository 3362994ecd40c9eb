"""The memories on one harness: recall against load, and against wrong bits in the cue."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan, trials_sentence
from neurosim.measure.comparison.compare import LOAD, radius_sweep, success_sweep
from neurosim.measure.comparison.trials import default_models
from neurosim.measure.statistics import format_estimate
from neurosim.plots import comparison as figure
from neurosim.plots import style
from neurosim.report.page import Row

LOADS = tuple(2**k for k in range(1, 11))
FLIPPED = tuple(np.round(np.arange(0, 0.5, 0.05), 2).tolist())


def measure(plan: Plan) -> Data:
    """Recall from cues with a tenth of the bits wrong, at every load; and with more and more wrong bits, at one."""
    size, models = plan.pick(100, 20), default_models()
    common = {"n_neurons": size, "seed": plan.seed, "runner": plan.runner}
    few = {"n_patterns": max(2, round(LOAD * size))}
    return {
        "load": success_sweep(plan.networks, models, {"n_patterns": LOADS[: plan.pick(10, 5)]}, **common),
        "flipped": success_sweep(plan.networks, models, {"flipped": FLIPPED[:: plan.pick(1, 3)]}, **few, **common),
        "radius": radius_sweep(
            plan.networks, models, {"n_neurons": [size]}, seed=plan.seed, runner=plan.runner
        ).squeeze("n_neurons"),
    }


def draw(data: Data) -> Any:
    """Draw both, with one legend."""
    figure_ = Figure(figsize=(2 * style.ONE_COLUMN, 4.0), layout="constrained")
    left, right = figure_.subplots(1, 2, sharey=True)
    figure.success(data["load"], "n_patterns", legend=False, ax=left)
    figure.success(data["flipped"], "flipped", legend=False, ax=right)
    right.set_ylabel("")
    handles, labels = left.get_legend_handles_labels()
    figure_.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=style.TICK - 1)
    return np.array([left, right])


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State how all were measured, which could not be, and each one's basin radius and flags."""
    load, radius = data["load"], data["radius"]
    about = load.attrs
    text = [
        f"The same ±1 patterns of {about['n_neurons']} independent bits and the same cues for all memories; models of "
        "two other levels get them as these, real ones as reals, and a state counts by its sign. A pattern is recalled "
        f"if its recall ends at an overlap of {about['criterion']:g} at least: between the 0.967 that Hebb's rule "
        "recalls with at its capacity and the 0.35 beyond. "
        f"{trials_sentence(load)}",
        f"Left, cues with {about['flipped']:g} of the bits wrong: without wrong bits, a memory that lets all states "
        f"stand still would be perfect. Right, {data['flipped'].attrs['n_patterns']} patterns stored.",
        "In the table: the share of wrong bits at which the mean share recalled crosses one half, at that load; and "
        "whether the model is local, pairwise, bounded, symmetric (`neurosim.models.Model`).",
    ]
    refused = radius.model[(radius.refused != "").values].values
    text += [f"{label} could not be measured: {radius.refused.sel(model=label).item()}." for label in refused]
    rows = [
        (str(label), format_estimate(radius, "radius", 2, model=label), _flags(radius.sel(model=label)))
        for label in radius.model.values
        if label not in refused
    ]
    return text, rows


def _flags(here: Any) -> str:
    return ", ".join(f"{'' if here[flag] else 'not '}{flag}" for flag in ("local", "pairwise", "bounded", "symmetric"))


ENTRY = Entry("rivals", "Associative memories on one harness", measure, draw, describe)
