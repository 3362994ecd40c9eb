"""
Stored images from damaged cues
===============================

Noise is added to stored images; or random pixels, or the lowest rows, are replaced by those of the mean image. Above:
the share of the damaged cues that end at the memory of the intact image. Below: the squared error of the recall to
the intact image. MNIST, 50 hidden neurons, by training recipe; exact engine, h(0) = 0, τ_v = 20 τ_h; intervals over
images.

These networks have tens of thousands of minima. A damaged cue therefore often ends at a memory near that of the intact
image, and the error is the distance of this memory from the image.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.learned.damage import GRADED, recall_damaged_images
from neurosim.measure.statistics import format_estimate

DATASET, N_HIDDEN = "mnist", 50
RECIPES = ("certified", "symmetric", "symmetric-zero", "paper")
N_CUES = 5_000


def measure(run):
    """Damage stored images and recall them."""
    trained = {recipe: run.train(DATASET, N_HIDDEN, recipe) for recipe in RECIPES[: run.pick(None, 2)]}
    networks = {recipe: one.network for recipe, one in trained.items()}
    sample = {"n_cues": run.pick(N_CUES, 40), "seed": run.seed}
    return {kind: recall_damaged_images(networks, trained[RECIPES[0]].images, kind, **sample) for kind in GRADED}


def plot(data):
    """Draw both quantities against the level of each kind of damage."""
    return plots.trained.damaged(data)


def findings(data):
    """State both quantities at every other level."""
    noise = data["noise"]
    text = [f"{noise.attrs['n_trials']:,} stored images from {noise.attrs['subject']}."]
    rows = []
    for kind, found in data.items():
        for recipe in found.recipe.values:
            for level in found.level.values[::2]:
                here = found.sel(recipe=recipe, level=level)
                error = f"squared error {format_estimate(here, 'squared_error')}"
                rows.append((f"{recipe}: {kind} {level:g}", format_estimate(here, "same_memory"), error))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, uses=["data"])
