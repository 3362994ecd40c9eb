"""
Too few hidden neurons: digits
==============================

Figure 7 of the paper: a network with 16 hidden neurons, trained on MNIST. 16 basic memories are too few to span the
images: recall is stable, and the recalled images are coarse.

The cues are stored images themselves, with h(0) = 0 and τ_v = 20 τ_h; the exact engine recalls them. Each column
shows a cue, the state of the hidden neurons after recall (a filled dot is an active neuron), and the recalled image.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.learned.recalls import recall_images
from neurosim.report.captions import recalled_images
from neurosim.report.image_findings import recall_rows

DATASET, N_HIDDEN, RECIPE = "mnist", 16, "certified"
N_CUES = 2_000


def measure(run):
    """Recall stored images."""
    trained = run.train(DATASET, N_HIDDEN, RECIPE)
    return {"recalls": recall_images(trained.network, trained.images, n_cues=run.pick(N_CUES, 50), seed=run.seed)}


def plot(data):
    """Draw some cues, their hidden states and their recalls."""
    return plots.recalls.images(data["recalls"])


def findings(data):
    """State the squared error, the number of distinct attractors, and the share of cues that settle."""
    found = data["recalls"]
    return [recalled_images(found), f"{found.attrs['subject']}."], recall_rows(found)


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["data"], figure="png")
