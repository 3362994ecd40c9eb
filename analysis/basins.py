"""
Basins of attraction of a network's memories
============================================

Recall of a network's memories from damaged cues: Gaussian noise on the visible state, in units of the rms of the
memories (left); visible neurons set to 0 at random (missing) or in one piece from the bottom (occluded), or with their
sign flipped (right).

The memories are the attractors reached from the images of --dataset; for a network file without --dataset, they are
hidden states drawn at random. Without --network, a network trained on the digits is measured. All engines are possible,
for instance ``--engine torch:device=cuda`` or
``--engine brian:target=cuda_standalone,formulation=fastest``.
"""

import numpy as np

from neurosim import patterns, plots, theory
from neurosim.cli import program
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import cues_sentence, numbers

NOISE = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)  # standard deviation over the rms of the memories
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)  # of the visible neurons
KINDS = ("missing", "occluded", "flipped")


def measure(run):
    """Recall the memories at every level of noise and at every share of damaged neurons."""
    net, targets = run.network_and_targets
    states = targets.get("targets", patterns.random_hidden_states(net.n_hidden, 1000, seed=run.seed))
    rms = float(np.sqrt(np.mean(theory.visible_state(net, states[:1000]) ** 2)))
    common = {"seed": run.seed, "runner": run.runner}
    noise, shares = run.pick(NOISE, NOISE[::2]), run.pick(SHARES, SHARES[::2])
    grids = {"noise": {"noise_std": [rms * level for level in noise]}, **{kind: {kind: shares} for kind in KINDS}}
    found = {name: recall_sweep(net, grid, **targets, **common, **run.recall) for name, grid in grids.items()}
    found["noise"] = found["noise"].assign_attrs(memory_rms=rms)
    return found


def plot(data):
    """Draw recall against noise, and against the share of damaged neurons."""
    return plots.damage.noise_and_kinds(data["noise"], {kind: data[kind] for kind in KINDS})


def findings(data):
    """State recall at each level of noise, and at each share of damaged neurons."""
    noise = data["noise"]
    rms = noise.attrs["memory_rms"]
    text = [course(noise, "recalled"), f"{cues_sentence(noise)} The rms of the memories is {rms:.3g}."]
    rows = [
        (f"noise of {level / rms:.3g} rms", numbers(noise, "recalled", noise_std=level)[1], "")
        for level in noise.noise_std.values
    ]
    rows += [numbers(data[kind], "recalled", **{kind: share}) for kind in KINDS for share in data[kind][kind].values]
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["trained", "engine"])
