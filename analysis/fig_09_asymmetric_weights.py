"""
Asymmetric weights and heterogeneous thresholds
===============================================

Figure 9 of the paper. The feedback synapses are learned separately from ξ, and every hidden neuron has its own
threshold (recipe "denoise"): left, 50 hidden neurons and MNIST; right, 500 hidden neurons and CIFAR-10. The cues
(above) are stored images; h(0) = 0, τ_v = 20 τ_h, exact engine.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.learning.recipes import PHOTOGRAPHS
from neurosim.measure.learned.recalls import recall_images
from neurosim.report.captions import recalled_images
from neurosim.report.image_findings import recall_rows

RECIPE = "denoise"
N_CUES = 2_000
NETWORKS: dict = {"mnist": (50, {}), "cifar10": (500, PHOTOGRAPHS)}


def measure(run):
    """Recall stored images of both data sets."""
    data = {}
    for dataset, (n_hidden, changes) in NETWORKS.items():  # a data set that is missing is noticed before the training
        run.train.path(dataset, n_hidden, RECIPE, **changes)
    for dataset, (n_hidden, changes) in NETWORKS.items():
        trained = run.train(dataset, n_hidden, RECIPE, **changes)
        sample = {"cues": label(dataset, trained.images), "n_cues": run.pick(N_CUES, 50), "seed": run.seed}
        found = recall_images(trained.network, trained.images, **sample)
        data[dataset] = found.assign_attrs(threshold_range=np.ptp(trained.network.threshold))
    return data


def label(dataset, images):
    """Name the images that are recalled, which in a preview are not those of the data set."""
    return f"stored {images.name}" + ("" if images.name == dataset else f" in place of {dataset}")


def plot(data):
    """Draw cues and recalls of both networks."""
    return plots.recalls.side_by_side(
        {f"{found.attrs['cues']}, $N_h$ = {found.attrs['n_hidden']}": found for found in data.values()}
    )


def findings(data):
    """State the spread of thresholds, the errors and the numbers of distinct attractors."""
    text = [" ".join(recalled_images(found) for found in data.values())]
    text += [
        f"{found.attrs['subject']}: the thresholds differ by up to {found.attrs['threshold_range']:.3g}."
        for found in data.values()
    ]
    return text, [row for found in data.values() for row in recall_rows(found)]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["data"], figure="png")
