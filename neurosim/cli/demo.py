"""The command `neurosim demo`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli import options

# Few images in many hidden states need no repulsion, and fixed points come at a cost in error.
FEW_IMAGES = {"repulsion": 0, "consistency": 0.03, "intact": 0.2}


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the network and the results.")] = Path("demo"),
    seed: options.Seed = 0,
    epochs: Annotated[int | None, typer.Option(help="Passes over the images. Default: chosen by the trainer.")] = None,
) -> None:
    """Learn real digits, recall them in Brian2, measure the attractors, and write OUT/report.html.

    The digits are the 1,797 that scikit-learn contains. If NEUROSIM_DATA is set, MNIST is read from that folder.
    """
    from neurosim.cli import inputs
    from neurosim.cli.report import write_report
    from neurosim.learning import RECIPES, train
    from neurosim.storage import require_writable

    dataset, hidden = ("mnist", 50) if os.environ.get("NEUROSIM_DATA") else (inputs.BUILT_IN, 32)
    require_writable(out / "report.html")
    images = inputs.load_images(dataset, "train", None, False)
    changes = {} if dataset == "mnist" else FEW_IMAGES
    named = "".join(f", {name} = {value}" for name, value in changes.items())
    print(f"learning {len(images.pixels):,} images ({dataset}) in {hidden} hidden neurons, recipe denoise{named}")
    recipe = RECIPES["denoise"].replace(**changes)
    net = train(images, n_hidden=hidden, recipe=recipe, seed=seed, epochs=epochs, progress=True)
    net.save(out / "network.safetensors")
    write_report(net, images, out, seed)
