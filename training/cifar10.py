"""
Train on CIFAR-10 and evaluate the network
==========================================

Trains a network on the 50,000 training images of CIFAR-10 with 500 hidden neurons and the recipe "denoise", changed for
photographs (`neurosim.learning.recipes.PHOTOGRAPHS`): it starts at the images' principal components as damaged cues
predict them. The damaged cues have less noise, because photographs have finer detail than digits, and most lack their
lower half.
Then counts the distinct stable memories with all training images as cues, measures the squared error of stored and
unseen images, and recalls noisy, masked and occluded images. ``--device cuda`` trains on a GPU.

The network is written as a safetensors file to OUT/networks. The state of training is saved after every epoch: a run
that was stopped resumes, and a finished network is not trained again.

The figure shows originals, damaged cues and recalls above the damage table. ``--quick`` trains on the built-in
digits instead. CIFAR-10 is read from ``--data-dir``, or downloaded with ``--download``.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.cli.training import train_for, training_options
from neurosim.learning.recipes import PHOTOGRAPHS
from neurosim.measure.learned.overview import evaluate_trained
from neurosim.report.training_findings import training_findings

DATASET, N_HIDDEN, RECIPE = "cifar10", 500, "denoise"
N_CUES = 2_000


def measure(run):
    """Train the network, or read the trained one, and evaluate it."""
    changes = PHOTOGRAPHS if run.options["recipe"] == RECIPE else {}
    trained = train_for(run, DATASET, **changes)
    run.log("recalling stored images and damaged cues")
    return evaluate_trained(trained, n_cues=run.pick(N_CUES, 50), seed=run.seed, progress=True)


def plot(data):
    """Draw originals, damaged cues and recalls above the damage table."""
    return plots.damage.overview(data["examples"], data["damage"])


if __name__ == "__main__":
    options = training_options(N_HIDDEN, RECIPE)
    program.main(
        measure, plot, training_findings, topic="Images and learning", uses=["data"], options=options, figure="png"
    )
