"""
Learning MNIST by spikes
========================

Trains spiking networks with 50 hidden neurons on digits of MNIST by spike-timing-dependent plasticity in Brian2
(docs/explanation/learning-by-spikes.md), and by the mean of the rule, one network each; and by gradient descent on eq.
(17). All 60,000 digits are cues; a network trained on some of them is also evaluated on these.
Exact engine, h(0) = 0, τ_v = 20 τ_h.

A network of 5,000 digits shown twice takes a few minutes. ``--quick`` uses the built-in digits.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.learned.evaluation import evaluate_networks
from neurosim.measure.learned.stdp import QUICK, train_by_rule
from neurosim.measure.statistics import format_estimate

RECIPES = ("paper", "certified")
RUNS = (  # rule, number of images (None: all), how often each is shown
    ("stdp", 5_000, 2),
    ("mean", 5_000, 2),
    ("mean", None, 1),
    ("stdp, thresholds", 5_000, 2),
    ("mean, thresholds", None, 1),
)
QUICK_RUNS = (("stdp", 10, 1),)
SELF_RECALL = ("self_0", "self_0.2", "self_0.4")
ON_TRAINING = ", evaluated on its training images"


def measure(run):
    """Train by spikes and by recipes, and evaluate the networks on all images and on their training images."""
    trained = {f"{recipe}, eq. (17)": run.train("mnist", 50, recipe) for recipe in RECIPES[: run.pick(None, 1)]}
    images = next(iter(trained.values())).images
    networks = {}
    for rule, count, epochs in run.pick(RUNS, QUICK_RUNS):
        some = images.select(slice(count))
        name = f"{rule}, {len(some):,} images {'once' if epochs == 1 else 'twice'}"
        run.log(f"training by {name}")
        net = train_by_rule(rule, some, run.pick(50, 4), epochs=epochs, seed=run.seed, **run.pick({}, QUICK))
        networks[name] = net, images
        if count is not None:
            networks[name + ON_TRAINING] = net, some
    networks |= {name: (one.network, images) for name, one in trained.items()}
    return {"images": evaluate_networks(networks, seed=run.seed).assign_attrs(subject=repr(images))}


def plot(data):
    """Draw distinct memories against error, of all images."""
    found = data["images"]
    return plots.learning.memories_and_error(
        found.sel(run=[name for name in found.run.values if ON_TRAINING not in name])
    )


def findings(data):
    """State memories, errors and self-recall of every network."""
    found = data["images"]
    rows = []
    for name in found.run.values:
        here = found.sel(run=name)
        recalled = ", ".join(format_estimate(here, share, 3) for share in SELF_RECALL)
        errors = f"first pass {float(here.first_error):.2f}, image at its code {format_estimate(here, 'at_code', 3)}"
        memories = f"{int(here.n_unique):,} at {float(here.squared_error):.2f}"
        rows.append((str(name), memories, f"{errors}, self-recall at noise 0, 0.2, 0.4: {recalled}"))
    most = found.isel(run=int(found.n_unique.values.argmax()))
    finding = f"Most distinct stable memories, {int(most.n_unique):,}, are learned by {most.run.item()}."
    return [
        finding,
        f"{found.attrs['subject']}; distinct stable memories at a squared error, one network for each line.",
    ], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Images and learning", uses=["data"])
