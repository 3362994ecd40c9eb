"""
Recall against the ratio of time constants under noise and load
===============================================================

The transition of figure 11 with noise on the cue (left, N_v = 100 N_h) and at other loads N_v/N_h (right). Both widen
it: crosstalk and noise spread the initial drives u(0), and recall fails with the neuron of the weakest drive.

The table gives the ratio τ_v/τ_h at which 99% are recalled; inf: not within the measured range.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure import timescales
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.findings import law_sentence, trials_sentence

NOISE = (0.0, 1.0, 2.0, 3.0)
LOADS = (20.0, 50.0, 100.0, 200.0, 500.0)  # N_v/N_h
RATIOS = (1, 1.5, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.3, 3.6, 4, 4.5, 5, 5.5, 6, 7, 8, 10, 12, 15, 20, 30, 50, 100, 200)


def measure(run):
    """Recall at every ratio for several noise levels and several loads."""
    common = {"seed": run.seed, "runner": run.runner, "n_hidden": run.pick(10, 6)}
    ratios = {"ratio": run.pick(RATIOS, RATIOS[::4])}
    return {
        "noise": recall_sweep(run.networks, {"noise_std": NOISE, **ratios}, **common),
        "load": recall_sweep(run.networks, {"visible_per_hidden": LOADS, **ratios}, **common),
    }


def plot(data):
    """Draw recall against τ_v/τ_h, one line per noise level and one per load."""
    return plots.timescales.transition(data["noise"], data["load"])


def findings(data):
    """State the ratio that gives 99% for each noise level and load."""
    text = [
        course(data["noise"], "recalled"),
        trials_sentence(data["noise"]),
        law_sentence(data["noise"], "recalled", what="Over noise, the recall law"),
        law_sentence(data["load"], "recalled", what="Over loads, the recall law"),
    ]
    rows = []
    for part, name, symbol in (("noise", "noise_std", "σ_v"), ("load", "visible_per_hidden", "N_v/N_h")):
        for value in data[part][name].values:
            found = timescales.ratio_for(data[part].sel({name: value}), 0.99)
            rows.append((f"{symbol} = {value:g}: τ_v/τ_h for 99%", format_estimate(found, "ratio", 3), ""))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["networks"])
