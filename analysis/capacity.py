"""
Capacity of a network
=====================

The number of fixed points among the 2^N_h hidden states, and the share of states that are recalled from their own
visible state, h(0) = 0.

With --network, a saved network is measured: its fixed points are counted exactly, or bounded if there are too many
states to search. The recalled states are the memories of the images of --dataset, or random states without --dataset.
Without --network, random networks with N_v = 100 N_h (--visible-per-hidden) are measured against N_h, beside the exact
expectation of the count.

All engines are possible, for instance ``--engine torch:device=cuda`` or
``--engine brian:target=cuda_standalone,formulation=fastest``.
"""

import math

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.capacity.curve import count_sweep
from neurosim.measure.capacity.fixed_points import count_fixed_points
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import cues_sentence, law_sentence, numbers, trials_sentence

OPTIONS = {
    "--visible-per-hidden": {"type": float, "default": 100.0, "help": "N_v/N_h of random networks (default: 100)"},
}


def measure(run):
    """Count the fixed points and recall states."""
    common = {"seed": run.seed, "runner": run.runner}
    recall = {**run.recall, **common}
    if run.network is None:
        grid = {"n_hidden": run.pick([2, 4, 6, 8, 10, 12, 14, 16, 18, 20], [2, 4, 6])}
        load = {"visible_per_hidden": run.options["visible_per_hidden"]}
        return {
            "counted": count_sweep(run.networks, grid, **load, **common),
            "recalled": recall_sweep(run.networks, grid, **load, **recall),
        }
    net, targets = run.network_and_targets
    counted = count_fixed_points(net, seed=run.seed, progress=True)
    recalled = recall_sweep(net, {"noise_std": [0.0]}, **targets, **recall).squeeze("noise_std")
    n_targets = len(targets["targets"]) if targets else 2**net.n_hidden
    return {"counted": counted, "recalled": recalled.assign_attrs(log2_targets=math.log2(n_targets))}


def plot(data):
    """Draw both numbers on a logarithmic axis."""
    if "n_hidden" in data["recalled"].dims:
        return plots.capacity.against_size(data["counted"], data["recalled"])
    return plots.capacity.of_network(data["counted"], data["recalled"])


def findings(data):
    """State the number of fixed points with its limits, and the share recalled."""
    counted, recalled = data["counted"], data["recalled"]
    if "n_hidden" in recalled.dims:
        text = [course(counted, "stored"), trials_sentence(recalled)]
        text.append(law_sentence(counted, "stored", what="The exact expectation of the count"))
        sizes = recalled.n_hidden.values
        rows = [numbers(counted, "stored", "stable share, counted", n_hidden=n) for n in sizes]
        return text, rows + [numbers(recalled, "recalled", "recalled", n_hidden=n) for n in sizes]
    n_hidden = int(counted.attrs["n_hidden"])
    text = [
        course(recalled, "recalled"),
        f"N_h = {n_hidden}. {cues_sentence(recalled)}",
    ]
    text.append(f"Method of the count: {counted['method'].item()}.")
    total, count, low, high = 2**n_hidden, *(counted[name].item() for name in ("count", "lower", "upper"))
    about = "" if counted["exact"].item() else "about "
    rows = [
        ("fixed points", f"{about}{size(count)} of {size(total)}", f"proven: {size(low)} to {size(high)}"),
        ("other states", f"{about}{size(total - count)}", f"proven: {size(total - high)} to {size(total - low)}"),
    ]
    states = f"share of 2^{recalled.attrs['log2_targets']:.4g} states"
    return text, [*rows, numbers(recalled, "recalled", states)]


def size(number):
    """Return a number of states as text, a large one as a power of 2."""
    return f"{number:,}" if number < 1e12 else f"2^{math.log2(number):.6g}"


if __name__ == "__main__":
    uses, random_only = ["networks", "trained", "engine"], ["networks", "visible_per_hidden"]
    program.main(
        measure,
        plot,
        findings,
        topic="Capacity and attractors",
        uses=uses,
        options=OPTIONS,
        without_network=random_only,
    )
