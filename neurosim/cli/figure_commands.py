"""The commands `neurosim figure` and `neurosim figures`; to be replaced by the programs in analysis/ and training/."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli import options
from neurosim.cli.options import is_given

Names = Annotated[list[str], typer.Argument(help="1a, 1b, 2 … 11 of the paper, or ours: see `figures`.")]
Folder = Annotated[Path, typer.Option(help="Folder for index.html, its numbers and figures.")]
Quick = Annotated[bool, typer.Option("--quick", help="A preview in a minute or two: small networks, few trials.")]
Trained = Annotated[Path | None, typer.Option(help="The trained network of shocks, volumes, damage …")]
TrainedOn = Annotated[str, typer.Option(help="The data set that --network was trained on.")]


def figure(
    ctx: typer.Context,
    names: Names,
    out: Folder = Path("figures"),
    networks: options.Networks = 20,
    quick: Quick = False,
    network: Trained = None,
    dataset: TrainedOn = "digits",
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    cluster_option: options.ClusterOptions = None,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
) -> None:
    """Measure and draw figures of what the memory can do, each beside its theory, on one page."""
    from neurosim import Network, gallery
    from neurosim.cli import inputs
    from neurosim.gallery.base import Learned, Plan, digits
    from neurosim.storage import require_writable

    for name in names:
        gallery.entry(name)
    require_writable(out / "index.html")

    @cache
    def trained() -> Learned:
        if network is None:
            return digits(out / "digits-24.safetensors", seed)
        net = Network.load(network)
        return Learned(net, inputs.images_for(net, network, dataset, "train", data_dir, download))

    where = inputs.sweep_options(ctx, workers, cluster, cluster_option)
    plan = Plan(networks, quick, seed, inputs.make_runner(out / "points", **where), trained)
    gallery.make(names, out, plan, title="What the memory can do", say=lambda line: print(line, flush=True))
    print(f"wrote {out / 'index.html'}")


def figures(
    ctx: typer.Context,
    out: Folder = Path("figures"),
    networks: options.Networks = 20,
    quick: Quick = False,
    network: Trained = None,
    dataset: TrainedOn = "digits",
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    cluster_option: options.ClusterOptions = None,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
) -> None:
    """Make the whole gallery: figures 1–11 of the paper, phase diagrams, basins, counts beyond 2^32.

    Figures 2–5 and 7–9 learn MNIST and CIFAR-10: they are made if --data-dir, NEUROSIM_DATA or --download is given.
    """
    from neurosim.gallery import NAMES, WITHOUT_FILES

    with_files = is_given(ctx, "data_dir") or download or "NEUROSIM_DATA" in os.environ
    where = (workers, cluster, cluster_option, data_dir, download, seed)
    figure(ctx, list(NAMES if with_files else WITHOUT_FILES), out, networks, quick, network, dataset, *where)
