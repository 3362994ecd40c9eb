"""The smallest shock that destroys a memory: proven harmless below, found fatal above."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim import Network, patterns, theory
from neurosim.gallery.base import Data, Entry, Plan, numbers
from neurosim.measure.basins import neighbours, shocks
from neurosim.measure.statistics import Interval, format_estimate
from neurosim.plots import shocks as figure
from neurosim.plots import style
from neurosim.report.page import Row
from neurosim.sweep.seeds import spawn_seeds


def measure(plan: Plan) -> Data:
    """Shock all memories of a random network and some of the trained one; the typical shock of random networks."""
    learned = plan.learned()
    seeds = spawn_seeds(plan.seed, plan.networks)
    nets = [Network.gaussian(1000, 10, seed=spawn_seeds(seed, 1)[0]) for seed in seeds]
    states = patterns.all_hidden_states(10)
    states = states[theory.stability_margin(nets[0], states) > 0][:: plan.pick(1, 50)]
    rng = np.random.default_rng(plan.seed)
    stored = learned.memories[rng.permutation(len(learned.memories))[: plan.pick(500, 20)]]
    return {
        "random": shocks.minimal_fatal_shock(nets[0], states),
        "random-nearest": neighbours.nearest_attractor(nets[0], states),
        "learned": shocks.minimal_fatal_shock(learned.network, stored),
        "learned-nearest": neighbours.nearest_attractor(learned.network, stored),
        "typical": shocks.typical_shocks(nets, n_memories=plan.pick(256, 16), seed=plan.seed),
    }


def draw(data: Data) -> np.ndarray:
    """Draw the distributions over memories."""
    panels = Figure(figsize=(2 * style.ONE_COLUMN, 3.2), layout="constrained").subplots(1, 2)
    for ax, name, title in zip(panels, ("random", "learned"), ("random network", "trained network"), strict=True):
        figure.draw(data[name], data[f"{name}-nearest"], ax)
        ax.set_ylabel(f"Share of memories, {title}", fontsize=style.LABEL)
    return panels


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State the typical shock, and how it compares with the distance between memories."""
    typical = data["typical"]
    text = [
        "A memory is held at rest and its visible layer is displaced by δv. Only δu = (√N_h/N_v)ξᵀδv reaches the "
        "hidden layer, and until a neuron crosses, h moves by δu times the response whose peak is p, so no ‖δv‖ "
        "below a radius known in closed form can make any neuron cross: certified. Above it the exact engine "
        "searches for the smallest shock after which the memory is another (Halekotte & Feudel 2020).",
        f"Random networks: {typical.attrs['n_networks']} with N_h = 10, N_v = 1,000, {typical.attrs['n_trials']} "
        "memories each; 95% intervals over networks.",
    ]
    rows = [
        (str(typical[name].attrs["long_name"]), numbers(typical, name)[1], "random networks")
        for name in ("certified_rms", "fatal_rms", "half_distance_rms", "fatal_over_half", "attained")
    ]
    for name in ("random", "learned"):
        found = data[name]
        fatal = found.fatal.values
        none = int(np.isnan(fatal).sum())
        low, middle, high = np.nanquantile(found.fatal_relative.values, [0.05, 0.5, 0.95])
        note = f"{found.sizes['memory']} memories of one network, {none} without a fatal shock found"
        rows.append(
            (
                f"{name}: fatal shock over ‖v‖, median (5% – 95%)",
                format_estimate(Interval(middle, low, high), digits=3),
                note,
            )
        )
        bits = np.mean(found.bits_changed.values[~np.isnan(fatal)] == 1)
        rows.append((f"{name}: fatal shocks that change one bit", f"{bits:.3g}", "share of them"))
    return text, rows


ENTRY = Entry("shocks", "The smallest shock that destroys a memory", measure, draw, describe)
