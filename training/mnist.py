"""
Train on MNIST and evaluate the network
=======================================

Trains a network on the 60,000 training images of MNIST, with 50 hidden neurons and the recipe "denoise": damaged images
are recalled, and the intact ones are the targets. Then counts the distinct stable memories with all training images as
cues, measures the squared error of stored and unseen images, and recalls noisy, masked and occluded
images. Training takes some minutes on one core.

The network is written as a safetensors file to OUT/networks. The state of training is saved after every epoch: a run
that was stopped resumes, and a finished network is not trained again. Commands and other programs read the file.

The figure shows originals, damaged cues and recalls above the damage table. ``--quick`` trains on the built-in
digits instead. MNIST is read from ``--data-dir``, or downloaded with ``--download``.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.cli.training import train_for, training_options
from neurosim.measure.learned.overview import evaluate_trained
from neurosim.report.training_findings import training_findings

DATASET, N_HIDDEN, RECIPE = "mnist", 50, "denoise"
N_CUES = 2_000


def measure(run):
    """Train the network, or read the trained one, and evaluate it."""
    trained = train_for(run, DATASET)
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
