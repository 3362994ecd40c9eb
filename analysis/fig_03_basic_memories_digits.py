"""
Basic memories of digits, and unseen digits
===========================================

Figure 3 of the paper: a network with 50 hidden neurons, trained on the 60,000 training images of MNIST.

A basic memory is the state in which one hidden neuron is active: a column of ξ. Above: the first basic memories, and
their correlations. Below: unseen images as cues, the hidden states at which they end, and what is recalled (h(0) = 0,
τ_v = 20 τ_h, exact engine).

A network that composes images from basic memories recalls an unseen image as a memory at which no stored image ends,
and which is nearer to it than any stored memory. The last two numbers below test this.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.learned.recalls import recall_images, recall_unseen_images, synapses
from neurosim.report.captions import recalled_images
from neurosim.report.image_findings import basic_memory_rows

DATASET, N_HIDDEN, RECIPE = "mnist", 50, "certified"
N_CUES = 2_000


def measure(run):
    """Recall stored and unseen images."""
    trained = run.train(DATASET, N_HIDDEN, RECIPE)
    net, sample = trained.network, {"n_cues": run.pick(N_CUES, 50), "seed": run.seed}
    return {
        "weights": synapses(net, trained.images),
        "stored": recall_images(net, trained.images, **sample),
        "unseen": recall_unseen_images(net, trained.unseen, trained.memories, **sample),
    }


def plot(data):
    """Draw basic memories, their correlations, and recalls of unseen images."""
    return plots.memories.overview(data["weights"], data["unseen"])


def findings(data):
    """State correlations, errors, and how many unseen images end at new memories."""
    text = [recalled_images(data["stored"]), f"{data['weights'].attrs['subject']}."]
    return text, basic_memory_rows(data["weights"], data["stored"], data["unseen"])


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["data"], figure="png")
