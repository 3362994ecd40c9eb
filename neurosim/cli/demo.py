"""The command `neurosim demo`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli import options

INTACT = 0.2  # share of intact cues for the digits, which are shown half occluded more often than the recipe does


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
    from neurosim.learning.recipes import OCCLUDING_DAMAGE
    from neurosim.outputs import check_folder

    dataset, hidden = ("mnist", 50) if os.environ.get("NEUROSIM_DATA") else (inputs.BUILT_IN, 32)
    check_folder(out, "report.html", "*.nc", "network.safetensors")
    images = inputs.load_images(dataset, "train", None, False)
    recipe, named = RECIPES["denoise"], ""
    if dataset != "mnist":
        recipe = recipe.replace(damages=OCCLUDING_DAMAGE, intact=INTACT)
        named = f" with three of eight damaged cues half occluded, {INTACT:.0%} intact"
    print(f"learning {len(images.pixels):,} images ({dataset}) in {hidden} hidden neurons, recipe denoise{named}")
    net = train(images, n_hidden=hidden, recipe=recipe, seed=seed, epochs=epochs, progress=True)
    net.save(out / "network.safetensors")
    write_report(net, images, out, seed)
