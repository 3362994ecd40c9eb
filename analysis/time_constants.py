"""
Recall against the ratio of time constants of a network
=======================================================

Recall of a network's memories from their own visible state, h(0) = 0, against τ_v/τ_h at a fixed τ_h. The
neurons of the visible layer hold the cue while the hidden layer recalls, so they must be slower than the hidden
neurons.

The memories are the attractors reached from the images of --dataset; for a network file without --dataset, they are
hidden states drawn at random. Without --network, a network trained on the digits is measured. All engines are possible,
for instance ``--engine torch:device=cuda`` or
``--engine brian:target=cuda_standalone,formulation=fastest``.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.measure import timescales
from neurosim.report.captions import course
from neurosim.report.findings import cues_sentence, numbers

RATIOS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 40)


def measure(run):
    """Recall the memories at every ratio."""
    net, targets = run.network_and_targets
    options = {"seed": run.seed, "runner": run.runner}
    ratios = run.pick(RATIOS, RATIOS[::3])
    return {"recalled": timescales.recall_vs_ratio(net, ratios, **targets, **options, **run.recall)}


def plot(data):
    """Draw recall and recall time against τ_v/τ_h."""
    return plots.timescales.ratio_curves(data["recalled"], landmarks=False)


def findings(data):
    """State recall at each ratio, and the ratio from which on recall is within 1% of its best."""
    curve = data["recalled"]
    best = float(curve.recalled.max())
    short = np.flatnonzero(curve.recalled.values < 0.99 * best)
    enough = curve.ratio.values[short[-1] + 1 if short.size else 0 :]
    reached = f"at least 99% of its best, {best:.3g}, from τ_v/τ_h = {enough[0]:g} on" if enough.size else ""
    missed = f"below 99% of its best, {best:.3g}, at the largest ratio, τ_v/τ_h = {curve.ratio.values[-1]:g}"
    text = [course(curve, "recalled"), f"{cues_sentence(curve)} Recall is {reached or missed}."]
    return text, [numbers(curve, "recalled", ratio=ratio) for ratio in curve.ratio.values]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["trained", "engine"])
