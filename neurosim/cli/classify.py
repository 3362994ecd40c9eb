"""The command `neurosim classify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli import options, parse


def classify(
    network: options.NetworkFile,
    dataset: Annotated[str, typer.Argument(metavar="DATA", help="Data of the training, with labels and a test part.")],
    kinds: Annotated[
        str, typer.Option(help="Kinds: hidden, visible, original, transfer, separated by commas.")
    ] = "hidden,visible,original,transfer",
    damage: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:SETTINGS", help="Damage to the cues of further tests, as for recall; repeatable."),
    ] = None,
    epochs: Annotated[int, typer.Option(callback=options.at_least("--epochs", 1), help="Epochs per classifier.")] = 10,
    classifiers: Annotated[
        int, typer.Option(callback=options.at_least("--classifiers", 1), help="Classifiers per kind, with other seeds.")
    ] = 1,
    precision: Annotated[
        str, typer.Option(help="float32, or bfloat16, which is faster on processors that have it.")
    ] = "float32",
    device: options.DeviceOption = "cpu",
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF.")] = Path("table1.nc"),
) -> None:
    """Classify recalls and images: one column of the paper's Table 1.

    Classifiers are trained on the hidden states of recalls, on their visible states, or on the images, and are tested
    on unseen images. The kind transfer is trained on noisy images and tested on recalls, as in the paper's Table 4.
    """
    from neurosim import Network, save_result
    from neurosim.cli.inputs import images_for
    from neurosim.cli.output import check_file, keep, print_written
    from neurosim.measure.learned import classification
    from neurosim.measure.statistics import format_estimate

    check_file(out, "netCDF")
    net = Network.load(network)
    seen, unseen = (images_for(net, network, dataset, split, data_dir, download) for split in ("train", "test"))
    table = classification.classify(
        net,
        seen,
        unseen,
        kinds=parse.names(kinds, "--kinds", classification.KINDS),
        damages=[parse.damage(one) for one in damage or ()],
        epochs=epochs,
        n_seeds=classifiers,
        precision=precision,
        seed=seed,
        device=device,
        progress=True,
    )
    for test in table.test.values:
        one = table.sel(test=test)
        error = "" if one.squared_error.isnull() else f"  squared error {float(one.squared_error):.2f}"
        print(f"{test:<14} {format_estimate(one, 'accuracy')}{error}")
    keep(accuracy=table)
    save_result(table, out)
    print_written(out)
