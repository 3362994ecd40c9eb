"""
Recall against load for all associative memories
================================================

All models get the same ±1 patterns of independent bits and the same cues. Models with two other levels, or with real
values, get the patterns in these; a neuron's state counts by its sign. A pattern is recalled if its recall ends at an
overlap of 0.95 at least: between the 0.967 that Hebb's rule reaches at its capacity and the 0.35 beyond it.

Left, cues with a tenth of the bits wrong; without wrong bits, a memory in which every state is a fixed point would be
perfect. Right, an increasing share of wrong bits at one load. The table gives the share of wrong bits at which the mean
share recalled crosses one half at that load, and whether the model is local, pairwise, bounded and symmetric
(`neurosim.models.Model`).
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.comparison.compare import LOAD, radius_sweep, success_sweep
from neurosim.measure.comparison.trials import default_models
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.findings import trials_sentence

LOADS = tuple(2**k for k in range(1, 11))
FLIPPED = tuple(np.round(np.arange(0, 0.5, 0.05), 2).tolist())
FLAGS = ("local", "pairwise", "bounded", "symmetric")


def measure(run):
    """Recall at every load from cues with a tenth of the bits wrong, and at one load from cues with more wrong bits."""
    size, models = run.pick(100, 20), default_models()
    common = {"seed": run.seed, "runner": run.runner}
    few = {"n_patterns": max(2, round(LOAD * size)), "n_neurons": size, **common}
    loads, flipped = {"n_patterns": LOADS[: run.pick(10, 4)]}, {"flipped": FLIPPED[:: run.pick(1, 4)]}
    radius = radius_sweep(run.networks, models, {"n_neurons": [size]}, **common)
    return {
        "load": success_sweep(run.networks, models, loads, n_neurons=size, **common),
        "flipped": success_sweep(run.networks, models, flipped, **few),
        "radius": radius.squeeze("n_neurons"),
    }


def plot(data):
    """Draw both, with one legend."""
    return plots.comparison.recall(data["load"], data["flipped"])


def findings(data):
    """State each model's basin radius and properties, and which models could not be measured."""
    load, radius = data["load"], data["radius"]
    text = [
        course(radius, "radius"),
        f"{load.attrs['n_neurons']} neurons. {trials_sentence(load)} Left, {load.attrs['flipped']:g} of the bits "
        f"wrong. Right, {data['flipped'].attrs['n_patterns']} patterns stored.",
    ]
    rows = []
    for label in radius.model.values:
        here = radius.sel(model=label)
        if reason := here.refused.item():
            text.append(f"{label} could not be measured: {reason}.")
            continue
        flags = ", ".join(f"{'' if here[flag] else 'not '}{flag}" for flag in FLAGS)
        rows.append((str(label), format_estimate(here, "radius", 2), flags))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["networks"])
