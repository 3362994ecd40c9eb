"""
Recall over load and noise
==========================

Share of cues recalled perfectly over the load N_v/N_h and σ_v; N_h = 10, τ_v = 20 τ_h, θ = ½. White contours are
measured, orange ones are the recall law, which needs no simulation.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import law_sentence, numbers, trials_sentence

LOADS = (2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)  # N_v/N_h
NOISE = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10)


def measure(run):
    """Recall all states at every load and every noise level."""
    grid = {"visible_per_hidden": run.pick(LOADS, LOADS[::3]), "noise_std": run.pick(NOISE, NOISE[::3])}
    options = {"n_hidden": run.pick(10, 5), "seed": run.seed, "runner": run.runner}
    return {"recalled": recall_sweep(run.networks, grid, **options)}


def plot(data):
    """Draw the phase diagram."""
    return plots.phase.draw(data["recalled"], "visible_per_hidden", "noise_std")


def findings(data):
    """State recall at several loads, and whether the recall law holds."""
    sweep = data["recalled"]
    middle = float(sweep.noise_std[sweep.sizes["noise_std"] // 2])
    text = [course(sweep, "recalled"), trials_sentence(sweep), law_sentence(sweep, "recalled", what="The recall law")]
    loads = sweep.visible_per_hidden.values[::3]
    return text, [numbers(sweep, "recalled", visible_per_hidden=load, noise_std=middle) for load in loads]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["networks"])
