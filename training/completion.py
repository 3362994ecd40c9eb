"""
Recall damaged images with several networks
===========================================

Trains networks of different seeds on images, and recalls the stored images from damaged cues. Left: share of the cues
that end in the attractor of the intact image. Right: squared error of the recall to the intact image, in grey that of
the cue. Markers are medians over networks, bars run from the least to the largest. Exact engine, τ_v = 20 τ_h.

``--sizes`` lists pairs M/N_h of stored images and hidden neurons, ``--recipe`` names how they are learned. By the
recipe "basins", a network of 100 neurons takes about a minute, one of 200 a few minutes; by "denoise", all images of
MNIST in 50 neurons take six minutes (``--recipe denoise --sizes 60000/50``). ``--dataset cifar10`` takes photographs,
for which "denoise" is changed as in `training/cifar10.py` (``--recipe denoise --sizes 50000/500``: ten minutes a
network). ``--change NAME=VALUE`` changes a setting of the recipe, and each ``--damage TEXT`` names a damage in
training, such as ``occluded:fill=mean``, in place of the recipe's. Finished networks are kept as points in OUT.
``--quick`` uses twenty built-in digits.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import parse, program
from neurosim.learning import RECIPES, load_data
from neurosim.learning.recipes import PHOTOGRAPHS
from neurosim.measure.learned.completion import completion_by_damage

CHANGES = {"mnist": {}, "cifar10": {"denoise": PHOTOGRAPHS}}  # of recipes, by data set
SIZES = "100/100,200/200,400/200,1000/200"
OPTIONS = {
    "--sizes": {"default": SIZES, "help": f"stored images M / hidden neurons N_h, with commas (default: {SIZES})"},
    "--dataset": {"choices": list(CHANGES), "default": "mnist", "help": "images (default: mnist)"},
    "--recipe": {"choices": list(RECIPES), "default": "basins", "help": "training recipe (default: basins)"},
    "--change": {"action": "append", "default": [], "metavar": "NAME=VALUE", "help": "changed setting of the recipe"},
    "--damage": {"action": "append", "default": [], "metavar": "TEXT", "help": "damage in training, in place of all"},
}


def measure(run):
    """Train the networks and recall every stored image from damaged cues."""
    name, recipe = "digits" if run.quick else run.options["dataset"], run.options["recipe"]
    where = {"data_dir": run.data_dir, "download": run.download}
    images, unseen = load_data(name, **where), None if run.quick else load_data(name, split="test", **where)
    sizes, epochs = run.pick((run.options["sizes"].split(","), None), (["10/20", "20/20"], 300))
    changes = CHANGES.get(name, {}).get(recipe, {}) | parse.settings(run.options["change"], "--change")
    damages = tuple(parse.damage(one) for one in run.options["damage"])
    changes |= {"damages": damages} if damages else {}
    options = {
        "recipe": RECIPES[recipe].replace(**changes) if changes else recipe,
        "seed": run.seed,
        "runner": run.runner,
        "networks": run.networks,
        "epochs": epochs,
    }
    found = completion_by_damage(images, sizes, unseen=unseen, **options)
    named = changes | {"damages": " ".join(map(str, changes["damages"]))} if "damages" in changes else changes
    return {"completion": found.assign_attrs(changes=", ".join(f"{name}={value}" for name, value in named.items()))}


def plot(data):
    """Draw shares and errors by damage."""
    return plots.completion.by_damage(data["completion"])


def findings(data):
    """State distinct memories, shares and errors of every size: the median, and the least and largest."""
    found = data["completion"]
    about = f"{found.attrs['n_networks']} networks of each size; {found.attrs['subject']}."
    about += f" Changed: {found.attrs['changes']}." if found.attrs["changes"] else ""
    best = found.same_attractor.median("network").isel(size=-1)
    finding = (
        f"With M/N_h = {found['size'].values[-1]}, the median share of cues that end in the attractor of the intact "
    )
    finding += f"image is {float(best.min()):.3g} to {float(best.max()):.3g}, depending on the damage."
    text = [
        finding,
        about,
        "Share that ends in the attractor of the intact image, and squared error: median (least – largest).",
    ]
    rows = []
    for size in found["size"].values:
        here = found.sel(size=size)
        name = f"M/N_h = {size}"
        rows.append((f"{name}: distinct memories", spread(here.distinct, 6), f"of {int(here.n_images):,}"))
        for what in ("stored", "unseen"):
            if f"{what}_error" in here:
                rows.append((f"{name}: error of {what} images", spread(here[f"{what}_error"], 4), ""))
        for damage in found.damage.values:
            one = here.sel(damage=damage)
            note = f"error {spread(one.recall_error, 4)}; cue {float(np.median(one.cue_error)):.4g}"
            rows.append((f"{name}, {damage}", spread(one.same_attractor), note))
    return text, rows


def spread(values, digits=3):
    """Return "median (least – largest)"."""
    middle, least, most = (float(one) for one in (np.median(values), values.min(), values.max()))
    return f"{middle:,.{digits}g} ({least:,.{digits}g} – {most:,.{digits}g})"


if __name__ == "__main__":
    program.main(
        measure, plot, findings, topic="Images and learning", uses=["networks", "data"], networks=5, options=OPTIONS
    )
