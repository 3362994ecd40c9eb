"""
Capacity against the number of hidden neurons
=============================================

Figure 1a of the paper: how many of the 2^N_h hidden states are stable, counted exactly, and how many are recalled
perfectly from their own visible state, h(0) = 0, τ_v = 20 τ_h; N_v = 100 N_h.

The interval over networks assumes nothing about how they differ, since a few networks hold all the unstable states.
High thresholds cost recall before they cost stability, since h peaks at (τ_h/τ_v)^{τ_h/(τ_v−τ_h)} = .854 of its drive
at this ratio of time constants.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.capacity.curve import count_sweep
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import bound_sentence, law_sentence, numbers, trials_sentence

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


def measure(run):
    """Count all states up to N_h = 32; recall 100,000 per network up to N_h = 24, and all of one up to N_h = 20."""
    counted, recalled, complete = (
        list(range(2, run.pick(n, quick) + 1, 2)) for n, quick in ((32, 8), (24, 8), (20, 8))
    )
    grid = {"threshold": run.pick(THRESHOLDS, THRESHOLDS[::2])}
    common = {"seed": run.seed, "runner": run.runner}
    n_cues = run.pick(100_000, 256)
    return {
        "counted": count_sweep(run.networks, {**grid, "n_hidden": counted}, **common),
        "recalled": recall_sweep(run.networks, {**grid, "n_hidden": recalled}, n_cues=n_cues, **common),
        "every_state": recall_sweep(1, {**grid, "n_hidden": complete}, n_cues=2 ** complete[-1], **common),
    }


def plot(data):
    """Draw the number of stored states, the unstable share and the share recalled."""
    return plots.capacity.by_threshold(data["counted"], data["recalled"])


def findings(data):
    """State the best threshold, whether the laws hold, and how far recall falls short of the count."""
    counted, recalled, every = data["counted"], data["recalled"], data["every_state"]
    best = (counted.stored.sel(threshold=0.5) >= counted.stored.max("threshold")).values
    both = np.intersect1d(counted.n_hidden, recalled.n_hidden)
    gap = counted.stored.sel(n_hidden=both) - recalled.recalled.sel(n_hidden=both)
    sizes = {name: int(found.n_hidden.max()) for name, found in data.items()}
    text = [
        course(counted, "stored", "the share of the 2^N_h states that are stored at θ = ½", threshold=0.5),
        f"{trials_sentence(recalled)} All states of one network were recalled up to N_h = {sizes['every_state']}.",
        f"{law_sentence(counted, 'stored', what='The exact expectation of the count')} "
        f"{bound_sentence(counted, 'stored')}",
        f"No other threshold stores more than θ = ½ at {int(best.sum())} of {best.size} sizes. Recall falls short of "
        f"the count by at most {float(gap.sel(threshold=0.5).max()):.2g} at θ = ½ and by {float(gap.max()):.2g} over "
        "all thresholds.",
    ]
    thresholds = counted.threshold.values
    rows = [numbers(counted, "stored", "counted", threshold=t, n_hidden=sizes["counted"]) for t in thresholds]
    rows += [numbers(recalled, "recalled", "recalled", threshold=t, n_hidden=sizes["recalled"]) for t in thresholds]
    at = {"threshold": 0.5, "n_hidden": sizes["every_state"]}
    return text, [*rows, numbers(every, "recalled", "one network, all states", **at)]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["networks"])
