"""
Smallest perturbation that destroys a memory
============================================

A memory is held at rest, and its visible layer is displaced by δv. Only δu = (√N_h/N_v) ξᵀδv reaches the hidden layer.
Until a neuron crosses its threshold, h moves by δu times a response with peak p. A displacement below a radius known in
closed form can therefore make no neuron cross: it is proven harmless. Above that radius, the exact engine searches for
the smallest displacement after which the network holds another memory [1]_. The search is local, so that its result is
an upper bound.

For other engines there is no closed form. In random networks memories are also searched by recall alone, with any
``--engine``, along the directions that drive one neuron to its threshold. With the exact engine both must agree.

References
----------
.. [1] L. Halekotte, U. Feudel, "Minimal fatal shocks in multistable complex networks", Sci. Rep. 10:11783, 2020.
"""

import numpy as np
from xarray import Dataset

from neurosim import Network, patterns, plots, theory
from neurosim.cli import program
from neurosim.measure import fatal_shock_by_recall, typical_shocks
from neurosim.measure.basins import neighbours, shocks
from neurosim.measure.statistics import Interval, format_estimate, share_variables
from neurosim.report.captions import course
from neurosim.report.findings import numbers
from neurosim.seeds import spawn_seeds

N_HIDDEN = 10  # of the random networks


def measure(run):
    """Perturb all memories of a random network and some of the trained one; the medians of several random networks."""
    nets = [
        Network.gaussian(1000, N_HIDDEN, seed=spawn_seeds(seed, 1)[0]) for seed in spawn_seeds(run.seed, run.networks)
    ]
    states = patterns.all_hidden_states(N_HIDDEN)
    states = states[theory.stability_margin(nets[0], states) > 0][:: run.pick(1, 50)]
    trained, memories = run.trained.network, run.trained.memories
    memories = memories[np.random.default_rng(run.seed).permutation(len(memories))[: run.pick(500, 20)]]
    searched = {"n_memories": max(1, run.recall["n_cues"] // N_HIDDEN), "engine": run.recall["engine"]}
    return {
        "random": shocks.minimal_fatal_shock(nets[0], states),
        "random-nearest": neighbours.nearest_attractor(nets[0], states),
        "trained": shocks.minimal_fatal_shock(trained, memories),
        "trained-nearest": neighbours.nearest_attractor(trained, memories),
        "typical": typical_shocks(nets, n_memories=run.pick(256, 16), seed=run.seed),
        "searched": fatal_shock_by_recall(nets, seed=run.seed, **searched),
    }


def plot(data):
    """Draw the distributions over memories."""
    random, trained = ((data[name], data[f"{name}-nearest"]) for name in ("random", "trained"))
    return plots.shocks.compare(random, trained)


def findings(data):
    """State the typical size, and how it compares with the distance between memories."""
    typical = data["typical"]
    text = [
        course(typical, "fatal_over_half"),
        f"Random networks: {typical.attrs['n_networks']} with N_h = 10, N_v = 1,000, {typical.attrs['n_trials']} "
        "memories each; 95% intervals over networks.",
    ]
    names = ("certified_rms", "fatal_rms", "half_distance_rms", "fatal_over_half", "attained")
    rows = [(str(typical[name].attrs["long_name"]), numbers(typical, name)[1], "random networks") for name in names]
    searched = data["searched"]
    by = f"by recall, engine {searched.attrs['engine']}, {searched.attrs['n_trials']} memories"
    for name in ("fatal_rms", "share_held"):
        rows.append((f"{by}: {searched[name].attrs['long_name']}", numbers(searched, name)[1], "random networks"))
    for name in ("random", "trained"):
        found = data[name]
        is_fatal = found.fatal.notnull().values
        low, middle, high = np.nanquantile(found.fatal_relative.values, [0.05, 0.5, 0.95])
        note = f"{found.sizes['memory']} memories of one network, none found for {int((~is_fatal).sum())}"
        span = format_estimate(Interval(middle, low, high), digits=3)
        rows.append((f"{name}: fatal perturbation over ‖v‖, median (5% – 95%)", span, note))
        least, half, most = np.nanquantile(found.ratio.values, [0, 0.5, 1])
        bounds = format_estimate(Interval(half, least, most), digits=4)
        rows.append((f"{name}: smallest fatal one found over the proven bound", bounds, "median (smallest – largest)"))
        bits = found.bits_changed.values[is_fatal]
        share = Dataset(share_variables("one_bit", (), (bits == 1).sum(), bits.size, "share of them", failures=False))
        one_bit = format_estimate(share, "one_bit", 3)
        rows.append((f"{name}: fatal perturbations that change one bit", one_bit, "share of them"))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks", "trained", "engine"])
