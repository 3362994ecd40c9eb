"""
Capacity with sigmoid hidden units
==================================

Figure 10b of the paper: the share of the 2^N_h states recalled from their own visible state, for several gains of the
hidden units; a neuron counts as active if h > θ. N_v = 100 N_h, τ_v = 20 τ_h, simulated in small steps by the torch
engine.

At a gain of 4 or less there is one fixed point and no memory. A little above 4 the three intersections of figure 10a
exist, but crosstalk removes them.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.findings import numbers, trials_sentence

GAINS = (4.0, 5.0, 6.0, 8.0, 10.0, 20.0, np.inf)


def measure(run):
    """Recall every state with sigmoid units, up to N_h = 10."""
    grid = {"gain": run.pick(GAINS, GAINS[::2]), "n_hidden": run.pick([2, 4, 6, 8, 10], [2, 4])}
    return {"recalled": recall_sweep(run.networks, grid, engine="torch", seed=run.seed, runner=run.runner)}


def plot(data):
    """Draw one line per gain."""
    return plots.sigmoids.capacity(data["recalled"])


def findings(data):
    """State recall by gain at the largest size."""
    curve = data["recalled"]
    largest = int(curve.n_hidden.max())
    rows = [numbers(curve, "recalled", gain=gain, n_hidden=largest) for gain in curve.gain.values if np.isfinite(gain)]
    return [trials_sentence(curve)], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, uses=["networks"])
