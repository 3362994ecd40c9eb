"""The command `neurosim report`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurosim.cli import options

if TYPE_CHECKING:
    from neurosim import Network
    from neurosim.learning.data import Images


def report(
    network: options.NetworkFile,
    dataset: options.Dataset = "digits",
    out: Annotated[Path, typer.Option(help="Folder for report.html and its results.")] = Path("report"),
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
) -> None:
    """Measure a trained network and write OUT/report.html, one self-contained page."""
    from neurosim import Network
    from neurosim.cli.inputs import images_for
    from neurosim.outputs import check_folder

    check_folder(out, "report.html", "*.nc")
    net = Network.load(network)
    write_report(net, images_for(net, network, dataset, "train", data_dir, download), out, seed)


def write_report(net: Network, images: Images, out: Path, seed: int) -> None:
    """Measure a trained network, write its report and print the main results."""
    from neurosim.cli.output import keep, print_step
    from neurosim.report import completion
    from neurosim.report import network as page
    from neurosim.report.study import study

    start = time.perf_counter()
    results = study(net, images, out, seed=seed, progress=True, log=print_step)
    page.write(out / "report.html", net, images, results)
    minima, recalls = results["minima"], results["recalls"]
    keep(completion=results["wide"], minima=minima, recalls=recalls, damage=results["damage"])
    keep(files=[out / "report.html"])
    print(completion.finding(results["wide"]))
    print(f"distinct stable memories         {int(minima.n_unique):,} of {minima.sizes['image']:,} images")
    print(f"memories by discrete settling    {int(minima.n_unique_discrete):,}")
    print(f"Brian2 agrees with the exact engine for {int(recalls.same_as_exact.sum())} of {recalls.sizes['cue']} cues")
    print(f"measured in {time.perf_counter() - start:.0f} s; open {out / 'report.html'}")
