"""The command `neurosim explore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurosim.cli import options

if TYPE_CHECKING:
    from neurosim.explore.shown import Shown


def explore(
    ctx: typer.Context,
    network: Annotated[
        str | None,
        typer.Argument(
            metavar="NETWORK",
            help="A network file, or one of the built-in networks, digits and random. Default: both of these.",
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="Name or path of images to recall. Default: random states."),
    ] = None,
    images: Annotated[
        int, typer.Option(callback=options.at_least("--images", 1), help="Largest number of images on the page.")
    ] = 40,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    out: Annotated[Path, typer.Option(help="The page, one HTML file.")] = Path("explore.html"),
) -> None:
    """Write an interactive page of a memory: draw or damage a cue and watch its recall in the browser.

    The page is one file that needs no server and no network. It recalls by the exact event-driven algorithm.
    """
    from neurosim.cli import output
    from neurosim.explore import builtin, page

    output.check_file(out, "HTML")
    if dataset is None:
        options.refuse_unused(ctx, ("images", *options.DATA), "without a data set")
    if network is None or network in builtin.BUILT_IN:
        if dataset is not None:
            options.refuse(["DATA"], f"beside the built-in network {network}")
        names = list(builtin.BUILT_IN) if network is None else [network]
        shown = [builtin.BUILT_IN[name]() for name in names]
    else:
        shown = [_of_file(Path(network).expanduser(), dataset, data_dir, download, images)]
    size = page.write(out, shown)
    output.keep(bytes=size)
    output.print_written(out)
    print(f"{size / 1e6:.1f} MB; open it in a browser")


def _of_file(file: Path, dataset: str | None, data_dir: Path | None, download: bool, n_images: int) -> Shown:
    from neurosim import Network
    from neurosim.cli.inputs import images_for
    from neurosim.explore.shown import Shown

    net = Network.load(file)
    images = None if dataset is None else images_for(net, file, dataset, "train", data_dir, download)
    return Shown(file.stem, net, images, n_images=n_images)
