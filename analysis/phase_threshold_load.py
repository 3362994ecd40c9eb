"""
Recall over load and threshold
==============================

Share of cues recalled perfectly over the load N_v/N_h and θ; N_h = 10, τ_v = 20 τ_h, no noise. White contours are
measured, orange ones are the recall law, which needs no simulation.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import law_sentence, numbers, trials_sentence

LOADS = (2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)  # N_v/N_h
THRESHOLDS = tuple(np.round(np.arange(0.1, 1.0, 0.05), 2))


def measure(run):
    """Recall all states at every load and every threshold."""
    grid = {"visible_per_hidden": run.pick(LOADS, LOADS[::3]), "threshold": run.pick(THRESHOLDS, THRESHOLDS[::3])}
    options = {"n_hidden": run.pick(10, 5), "seed": run.seed, "runner": run.runner}
    return {"recalled": recall_sweep(run.networks, grid, **options)}


def plot(data):
    """Draw the phase diagram."""
    return plots.phase.draw(data["recalled"], "visible_per_hidden", "threshold")


def findings(data):
    """State recall at several loads, and whether the recall law holds."""
    sweep = data["recalled"]
    middle = float(sweep.threshold[sweep.sizes["threshold"] // 2])
    text = [course(sweep, "recalled"), trials_sentence(sweep), law_sentence(sweep, "recalled", what="The recall law")]
    loads = sweep.visible_per_hidden.values[::3]
    return text, [numbers(sweep, "recalled", visible_per_hidden=load, threshold=middle) for load in loads]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks"])
