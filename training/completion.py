"""
Complete damaged images exactly
===============================

Trains networks on images of MNIST by the recipe "basins", and recalls every stored image from damaged cues. Left: share
of the cues that end in the attractor of the intact image. Right: squared error of the recall to the intact image, in
grey that of the cue. Markers are medians over networks of different seeds, bars run from the least to the largest.
Exact engine, h(0) = 0, τ_v = 20 τ_h.

``--sizes`` lists pairs M/N_h of stored images and hidden neurons. A network of 100 neurons takes about a minute, one of
200 a few minutes. Finished networks are kept as points in OUT. ``--quick`` uses twenty built-in digits.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.learning import load_data
from neurosim.measure.learned.completion import completion_by_damage

SIZES = "100/100,200/200,400/200,1000/200"
OPTIONS = {
    "--sizes": {"default": SIZES, "help": f"stored images M / hidden neurons N_h, with commas (default: {SIZES})"}
}


def measure(run):
    """Train the networks and recall every stored image from damaged cues."""
    data_set = load_data("digits") if run.quick else load_data("mnist", data_dir=run.data_dir, download=run.download)
    sizes, epochs = run.pick((run.options["sizes"].split(","), None), (["10/20", "20/20"], 300))
    where = {"seed": run.seed, "runner": run.runner}
    return {"completion": completion_by_damage(data_set, sizes, networks=run.networks, epochs=epochs, **where)}


def plot(data):
    """Draw shares and errors by damage."""
    return plots.completion.by_damage(data["completion"])


def findings(data):
    """State distinct memories, shares and errors of every size: the median, and the least and largest."""
    found = data["completion"]
    about = f"{found.attrs['n_networks']} networks of each size; {found.attrs['subject']}."
    text = [about, "Share completed: median (least – largest)."]
    rows = []
    for size in found["size"].values:
        here = found.sel(size=size)
        name = f"M/N_h = {size}"
        rows.append((f"{name}: distinct memories", spread(here.distinct), f"of {int(here.n_images):,}"))
        for damage in found.damage.values:
            one = here.sel(damage=damage)
            note = f"error {spread(one.recall_error)}; cue {float(np.median(one.cue_error)):.3g}"
            rows.append((f"{name}, {damage}", spread(one.same_attractor), note))
    return text, rows


def spread(values):
    """Return "median (least – largest)"."""
    return f"{float(np.median(values)):.3g} ({float(values.min()):.3g} – {float(values.max()):.3g})"


if __name__ == "__main__":
    program.main(measure, plot, findings, uses=["networks", "data"], networks=5, options=OPTIONS)
