"""
Noise that each memory tolerates
================================

The noise at which half of a memory's noisy cues are recalled, memory by memory, in units of the rms of the memories.
Bars are intervals from order statistics over noise samples. The value is 0 for a memory that is not recalled from its
own visible state without noise.
"""

import numpy as np

from neurosim import Network, patterns, plots
from neurosim.cli import program
from neurosim.measure.basins.noise import noise_at_half_recall
from neurosim.measure.statistics import Interval, format_estimate


def measure(run):
    """Find each memory's noise at half recall, in one random network and in the trained one."""
    n_memories, draws = run.pick(200, 10), run.pick(101, 15)
    states = patterns.random_hidden_states(10, n_memories, seed=run.seed)
    memories = run.trained.memories
    memories = memories[np.random.default_rng(run.seed).permutation(len(memories))[:n_memories]]
    net = Network.gaussian(1000, 10, seed=run.seed)
    return {
        "random": noise_at_half_recall(net, states, n_draws=draws, seed=run.seed),
        "trained": noise_at_half_recall(run.trained.network, memories, n_draws=draws, seed=run.seed),
    }


def plot(data):
    """Draw each memory's noise against its number of active neurons."""
    return plots.damage.noise_per_memory(data["random"], data["trained"])


def findings(data):
    """State the median and the spread over memories."""
    about = data["random"].attrs
    medians = (f"{float(found.relative_noise.median()):.3g} rms ({name})" for name, found in data.items())
    text = [f"Half of the cues are recalled up to a noise of {' and '.join(medians)}, median over memories."]
    text += [f"{about['n_trials']} noise samples per memory; {100 * about['confidence']:g}% intervals."]
    rows = []
    for name, found in data.items():
        low, middle, high = np.quantile(found.relative_noise, [0.05, 0.5, 0.95])
        unrecalled = int((found.noise_at_half == 0).sum())
        note = f"{found.sizes['memory']} memories, {unrecalled} not recalled without noise"
        span = format_estimate(Interval(middle, low, high), digits=3)
        rows.append((f"{name}: median over memories (5% – 95% of them)", span, note))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["trained"])
