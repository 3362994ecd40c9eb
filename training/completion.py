"""
Complete damaged images exactly
===============================

Trains a network on a few images of MNIST by the recipe "basins", and recalls them from damaged cues. Above: the share
of the damaged cues that end at the memory of the intact image. Below: the squared error of the recall to the intact
image. Noise is added, or random pixels, or the lowest rows, are replaced by those of the mean image. Exact engine,
h(0) = 0, τ_v = 20 τ_h; every stored image is a cue; intervals over images of one network.

Few images can have large basins: N_h hidden neurons correct about 2 N_h arbitrary codes. ``--images`` and ``--hidden``
set the sizes; 100 images take a few minutes. The network is written to OUT. ``--quick`` uses twenty built-in digits.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.learning import load_data
from neurosim.measure.learned.damage import GRADED, recall_damaged_images
from neurosim.measure.statistics import format_estimate

LEVELS = (0, 0.1, 0.25, 0.5)
OPTIONS = {
    "--images": {"type": int, "default": 100, "help": "stored images (default: 100)"},
    "--hidden": {"type": int, "default": 100, "help": "hidden neurons (default: 100)"},
}


def measure(run):
    """Train the network and recall every stored image from damaged cues."""
    from neurosim.learning import train  # torch is loaded only to train

    data_set = load_data("digits") if run.quick else load_data("mnist", data_dir=run.data_dir, download=run.download)
    images = data_set.select(slice(run.pick(run.options["images"], 20)))
    file = run.out / f"completion-{len(images)}.safetensors"
    run.log(f"training on {images!r}; network: {file}")
    hidden, epochs = run.pick((run.options["hidden"], None), (20, 400))
    net = train(images, n_hidden=hidden, recipe="basins", epochs=epochs, seed=run.seed, progress=True)
    net.save(file)
    networks = {"basins": net}
    return {kind: recall_damaged_images(networks, images, kind, levels=LEVELS, seed=run.seed) for kind in GRADED}


def plot(data):
    """Draw both quantities against the level of each kind of damage."""
    return plots.trained.damaged(data)


def findings(data):
    """State both quantities at every level."""
    text = [f"{data['noise'].attrs['n_trials']:,} stored images from {data['noise'].attrs['subject']}."]
    rows = []
    for kind, found in data.items():
        for level in found.level.values[1 if rows else 0 :]:  # level 0 of all kinds is the intact image
            here = found.isel(recipe=0).sel(level=level)
            error = f"squared error {format_estimate(here, 'squared_error')}"
            rows.append((f"{kind} {level:g}", format_estimate(here, "same_memory"), error))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, uses=["data"], options=OPTIONS)
