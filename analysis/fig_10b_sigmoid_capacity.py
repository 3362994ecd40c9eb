"""
Capacity with sigmoid hidden units
==================================

Figure 10b of the paper: the share of the 2^N_h states recalled from their own visible state, for several gains of the
hidden units; a neuron counts as active if h > θ. N_v = 100 N_h, τ_v = 20 τ_h, simulated in steps of τ_h/5 by the torch
engine until every potential is at rest. Near a fold (figure 10a) that takes hundreds of τ_v: a state from which the
network drifts away may still stand after 20 τ_v, and one that is reached slowly may not have been reached.

One neuron with J = 1 has one fixed point at a gain of 4 or less, and no memory. In a network J_μμ varies, and the other
neurons add crosstalk: a little above 4 it removes most of the three intersections of figure 10a.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.engines import Torch
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import numbers, trials_sentence

GAINS = (4.0, 5.0, 6.0, 8.0, 10.0, 20.0, np.inf)
STEP = 0.2e-3  # seconds; τ_h/5


def measure(run):
    """Recall every state with sigmoid units, up to N_h = 10."""
    grid = {"gain": run.pick(GAINS, GAINS[::2]), "n_hidden": run.pick([2, 4, 6, 8, 10], [2, 4])}
    engine = Torch(dt=STEP)
    return {"recalled": recall_sweep(run.networks, grid, seed=run.seed, runner=run.runner, engine=engine)}


def plot(data):
    """Draw one line per gain."""
    return plots.sigmoids.capacity(data["recalled"])


def findings(data):
    """State recall by gain at the smallest and at the largest size."""
    curve = data["recalled"]
    sizes = (int(curve.n_hidden.min()), int(curve.n_hidden.max()))
    gains = curve.gain.values[np.isfinite(curve.gain.values)]
    rows = [numbers(curve, "recalled", gain=gain, n_hidden=size) for size in sizes for gain in gains]
    what = f"the share of cues recalled perfectly at N_h = {sizes[1]}"
    return [course(curve, "recalled", what, n_hidden=sizes[1]), trials_sentence(curve)], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["networks"])
