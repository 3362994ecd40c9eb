"""
Complete damaged images exactly
===============================

Trains a network on a few images of MNIST by the recipe "basins", and recalls them from damaged cues. Left: the squared
error of the cue, of its first-pass code and of the recall to the intact image. Right: the shares of the cues that end
in the attractor of the intact image, and of those to whose recall the right memory or image is the nearest. Exact
engine, h(0) = 0, τ_v = 20 τ_h; every stored image is a cue; intervals over images of one network.

Few images can have large basins: N_h hidden neurons correct about 2 N_h arbitrary codes. ``--images`` and ``--hidden``
set the sizes; 100 images take a few minutes. The network is written to OUT. ``--quick`` uses twenty built-in digits.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.learning import load_data
from neurosim.measure.learned.damage import damage_table
from neurosim.report.image_findings import damage_rows

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
    return {"damage": damage_table(net, images, seed=run.seed)}


def plot(data):
    """Draw errors and shares by damage."""
    return plots.damage.table(data["damage"])


def findings(data):
    """State errors and shares of every damage."""
    table = data["damage"]
    return [f"{table.attrs['n_trials']:,} cues; {table.attrs['subject']}."], damage_rows(table)


if __name__ == "__main__":
    program.main(measure, plot, findings, uses=["data"], options=OPTIONS)
