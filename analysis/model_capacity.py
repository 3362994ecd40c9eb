"""
Capacity of associative memories against their size
===================================================

Capacity is the number of patterns of N independent fair bits at which half of them are no longer recalled from cues
with a tenth of the bits wrong. It is found by bisection, with independent networks drawn at each load until a
sequential test of one half is decided. Bars are intervals over networks; arrows mean more patterns than were tried.
Dashed: theory, where there is any (`neurosim.measure.comparison.laws`).

Dotted, grey: the number of fixed points of two-layer networks with 20 visible neurons per hidden one. It is not a
capacity in the sense of the other lines. All 2^N_h states of the hidden layer can be memories, but their visible states
cannot be chosen: they are sums of the N_h columns of ξ. Only the columns can be prescribed, one hidden neuron each. The
model basic_memories is this network, and its capacity counts prescribed patterns, as for all other models.

Right: the bits of the patterns stored at capacity per real number of the memory; wrong bits are not deducted. Models
whose synapses are the patterns have one bit per number at any capacity.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.capacity.curve import count_sweep
from neurosim.measure.comparison.compare import capacity_sweep
from neurosim.measure.comparison.laws import growth
from neurosim.measure.comparison.trials import STEPPED, default_models
from neurosim.measure.statistics import format_estimate
from neurosim.models import Hebb
from neurosim.report.captions import course

SIZES = (10, 20, 40, 80, 160)
LARGE = (500, 1000, 2000)  # Hebb's rule is near its law at these sizes; smaller networks store more per neuron
HIDDEN = (1, 2, 4, 8)  # of the two-layer networks
VISIBLE_PER_HIDDEN = 20.0


def measure(run):
    """Find every model's capacity at every size, and count the fixed points of two-layer networks."""
    common = {"seed": run.seed, "runner": run.runner}
    sizes, large = {"n_neurons": SIZES[: run.pick(5, 2)]}, {"n_neurons": run.pick(LARGE, (60, 120))}
    counted = {"n_hidden": HIDDEN[: run.pick(4, 2)]}
    maximum = run.pick(4096, 32)
    return {
        "capacity": capacity_sweep(run.networks, default_models(), sizes, maximum=maximum, **common),
        "large": capacity_sweep(run.networks, {"hebb": Hebb()}, large, **common),
        "attractors": count_sweep(run.networks, counted, visible_per_hidden=VISIBLE_PER_HIDDEN, **common),
    }


def plot(data):
    """Draw capacity on logarithmic axes, and bits per synapse."""
    return plots.comparison.capacity_and_bits(data["capacity"], data["large"], data["attractors"])


def findings(data):
    """State the growth of capacity, beside theory, and the models that could not be measured."""
    found, counted = data["capacity"], data["attractors"].isel(n_hidden=-1)
    about = found.attrs
    text = [
        course(found, "capacity"),
        f"Cues with {about['flipped']:g} of the bits wrong, recalled to an overlap of {about['criterion']:g}; at most "
        f"{about['n_networks']} networks at each load, {100 * about['confidence']:g}% intervals. At most "
        f"{about['maximum']:,} patterns were tried, {STEPPED} where recall is integrated in steps.",
    ]
    refused = found.refused.where(found.refused != "", drop=True)
    text += [f"{label} could not be measured: {refused.sel(model=label).item()}." for label in refused.model.values]
    n_hidden = int(counted.n_hidden)
    share = (
        f"two-layer, N_h = {n_hidden}: stable share of the {2**n_hidden} states",
        format_estimate(counted, "stored"),
        "attractors, not chosen patterns",
    )
    return text, [*growth_rows(found), *growth_rows(data["large"]), share]


def growth_rows(found):
    """Return the exponent of N for every model whose capacity is known at two sizes or more, beside theory."""
    rows, grown = [], growth(found)
    for label in grown.model.values[grown.n_sizes.values > 1]:
        here = found.sel(model=label)
        law = here.law.isel(n_neurons=np.flatnonzero(np.isfinite(here.capacity.values))[[0, -1]])
        low, high = law.n_neurons.values
        exponent = np.log(law.values[1] / law.values[0]) / np.log(high / low)
        theory = f"; theory {exponent:.3g}" if np.isfinite(exponent) else ""
        rate = f"as an exponential, exp({float(grown.rate.sel(model=label)):.2g} N)"
        note = f"N = {low} to {high}{theory}; {rate}"
        rows.append((f"{label}: exponent of N", format_estimate(grown, "exponent", 3, model=label), note))
    return rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks"])
