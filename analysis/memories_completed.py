"""
How many memories can be completed
==================================

A stored pattern is completed from a damaged cue if the recall of the cue ends at the attractor of the undamaged pattern
and no other stored pattern ends there. It is given back if, in addition, the signs of the visible state at the end have
an overlap of 0.95 with the pattern. A tenth of the bits of each cue are wrong.

Attractors that exist: in a wide random network all 2^N_h hidden states are attractors with large basins, but their
visible states are sums of the columns of ξ and cannot be chosen. Patterns that can be stored and recalled: of given
patterns, the same network completes tens to hundreds, as other memories with as many synapses do.

Above, random bits; below, digits of MNIST with two levels. This model stores them at random codes by least squares in
both directions (`neurosim.learning.prescribed`), or learns codes and synapses by the recipe "basins",
with flipped bits as the damage. Memories with one layer have as many synapses, N(N − 1) = 2 N_v N_h, both directions
counted; for digits N = 784, which is as many as for N_h = 391. The dense memory (exponential energy, two layers as in
Krotov and Hopfield 2021) has one hidden neuron for each pattern that it stores, so it stores the first N_h of them.

Right: the number of patterns up to which half of the cues are completed; an arrow stands at the largest number that was
tried where still more than half are. The number of attractors, 2^N_h, lies above the panel.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.learning import load_data
from neurosim.measure.comparison.completion import completion_sweep, most_completed
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.findings import trials_sentence

HIDDEN = (25, 50, 100, 200, 400)
PATTERNS = (10, 20, 30, 50, 70, 100, 140, 200, 300, 400, 550, 750, 1000)  # an interval is never finer than they are
LEARNED_PATTERNS = (30, 100, 300, 1000)
SHOWN = (25, 100, 400)
OPTIONS = {"--learned": {"type": int, "default": 2, "help": "learned networks per point, 0 for none (default: 2)"}}
BITS, IMAGES = (
    ("prescribed", "composed", "exponential", "pseudo_inverse", "hebb"),
    ("prescribed", "exponential", "pseudo_inverse", "hebb"),
)
POOL = 5000  # images from which the patterns are drawn


def measure(run):
    """Measure completion of random bits and of images, by all memories; fewer sizes and networks for learned ones."""
    data_set = load_data("digits") if run.quick else load_data("mnist", data_dir=run.data_dir, download=run.download)
    images = np.where(data_set.pixels[:POOL] > 0.5, 1, -1)
    hidden, counts = run.pick((HIDDEN, PATTERNS), ((10, 20), (5, 20, 80)))
    learned = run.pick((HIDDEN, LEARNED_PATTERNS), ((10, 20), (20, 80)))
    common = {"seed": run.seed, "runner": run.runner, "n_visible": images.shape[1]}
    kinds = {"bits": (BITS, None), "images": (IMAGES, images)}
    found = {
        kind: completion_sweep(run.networks, memories, hidden, counts, images=pool, **common)
        for kind, (memories, pool) in kinds.items()
    }
    for kind, (_, pool) in kinds.items():
        if few := run.options["learned"]:
            found[f"{kind}-learned"] = completion_sweep(few, ["learned"], *learned, images=pool, **common)
    return found


def plot(data):
    """Draw the share completed at three sizes, and the numbers that are completed at all sizes."""
    titles = {"random bits": "bits", "digits": "images"}
    found = {
        title: [data[part] for part in (kind, f"{kind}-learned") if part in data] for title, kind in titles.items()
    }
    most = {kind: [most_completed(one) for one in several] for kind, several in found.items()}
    sizes = data["bits"].n_hidden.values
    return plots.completion.memories(found, most, [n for n in SHOWN if n in sizes] or sizes)


def findings(data):
    """State the number of patterns that are completed and given back, at every size."""
    bits = data["bits"]
    what = "the number of patterns of bits up to which half of the cues are completed"
    text = [course(most_completed(bits), "most", what), f"N_v = {bits.attrs['n_visible']}. {trials_sentence(bits)}"]
    if "bits-learned" in data:
        text.append(f"Learned networks: {data['bits-learned'].attrs['n_networks']} at each point.")
    rows = []
    for kind, found in data.items():
        done, back = most_completed(found), most_completed(found, "given_back")
        for name in found.memory.values:
            for n_hidden in found.n_hidden.values:
                here = {"memory": name, "n_hidden": n_hidden}
                exist = f"2^N_h = {10 ** float(found.attractors.sel(n_hidden=n_hidden) % 1):.1f}"
                exist += f"·10^{int(found.attractors.sel(n_hidden=n_hidden))}"
                note = f"given back: {number(back, here)}; {exist}"
                rows.append((f"{kind.removesuffix('-learned')}, {name}, N_h = {n_hidden}", number(done, here), note))
    return text, rows


def number(most, here):
    """Return the number of patterns up to which half of the cues are completed, with its interval."""
    one = most.sel(here)
    if np.isnan(one.most) and float(one.most_upper) < np.inf:
        return f"below {most.attrs['minimum']}"
    return format_estimate(one, "most", 4)


if __name__ == "__main__":
    program.main(
        measure, plot, findings, topic="Images and learning", uses=["networks", "data"], networks=5, options=OPTIONS
    )
