"""
Train on the built-in digits and evaluate the network
=====================================================

Trains a network on the 1,797 digits of 8×8 pixels that come with scikit-learn, with 24 hidden neurons and the recipe
"denoise", in a few minutes. Then counts the distinct stable memories with all images as cues, measures the squared
error, and recalls noisy, masked and occluded images. With 64 visible neurons the memories are close to one
another: few damaged cues end at the memory of the intact image.

The network is written as a safetensors file to OUT/networks. The state of training is saved after every epoch: a run
that was stopped resumes, and a finished network is not trained again.

The figure shows originals, damaged cues and recalls above the damage table. ``--quick`` trains on 1,500 digits
for 20 epochs; the other 297 are then unseen images.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.cli.training import train_for, training_options
from neurosim.measure.learned.overview import evaluate_trained
from neurosim.report.training_findings import training_findings

DATASET, N_HIDDEN, RECIPE = "digits", 24, "denoise"
N_CUES = 1_000


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
    program.main(measure, plot, training_findings, topic="Images and learning", options=options, figure="png")
