"""
Capacity against the ratio of visible to hidden neurons
=======================================================

Figure 6 of the paper: the share of the 2^N_h hidden states that are stable, and that are recalled from their own
visible state, against N_v/N_h; N_h = 10, θ = ½, τ_v = 20 τ_h.

The exact expectation lies well above eq. (38) where N_v is small, since the bound takes the worst case of every neuron.
Recall from the memory's own visible state requires more than stability, most of all where crosstalk is strong.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.capacity.curve import count_sweep
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import bound_sentence, law_sentence, numbers, trials_sentence

RATIOS = (1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100)


def measure(run):
    """Count and recall all states of every network."""
    common = {"seed": run.seed, "runner": run.runner, "n_hidden": run.pick(10, 6)}
    grid = {"visible_per_hidden": run.pick(RATIOS, RATIOS[::3])}
    return {
        "counted": count_sweep(run.networks, grid, **common),
        "recalled": recall_sweep(run.networks, grid, **common),
    }


def plot(data):
    """Draw both shares, the exact expectation and eq. (38)."""
    return plots.capacity.by_visible_ratio(data["counted"], data["recalled"])


def findings(data):
    """State the counts beside their expectation, and whether the bound holds."""
    counted = data["counted"]
    n_hidden = int(counted.attrs["n_hidden"])
    text = [
        course(counted, "stored"),
        f"N_h = {n_hidden}. {trials_sentence(counted)}",
        f"{law_sentence(counted, 'stored', what='The exact expectation of the count')} "
        f"{bound_sentence(counted, 'stored')}",
    ]
    rows = []
    for ratio in counted.visible_per_hidden.values:
        expected = 2**n_hidden * float(counted.law.sel(visible_per_hidden=ratio))
        note = f"expected count {expected:.4g} of {2**n_hidden:,}"
        rows.append(numbers(counted, "stored", note, visible_per_hidden=ratio))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["networks"], networks=100)
