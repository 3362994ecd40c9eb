"""Inputs of commands: data sets, networks with their images, runners of sweeps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cli import parse
from neurosim.cli.options import is_given, refuse
from neurosim.errors import InvalidInput

if TYPE_CHECKING:
    import typer

    from neurosim import Network
    from neurosim.learning.data import Images
    from neurosim.sweep import Runner

BUILT_IN = "digits"


def load_images(name: str, split: str, data_dir: Path | None, download: bool) -> Images:
    """Return the images of a data set.

    Raises
    ------
    InvalidInput
        There is no such data set, or --data-dir or --download is given for the built-in one.

    Examples
    --------
    >>> load_images("digits", "train", None, False).pixels.shape
    (1797, 64)
    """
    from neurosim.learning import data

    if name == BUILT_IN:
        unused = [*(["--data-dir"] if data_dir is not None else []), *(["--download"] if download else [])]
        refuse(unused, f"for {BUILT_IN}, which are built in")
    return data.load(name, split=split, data_dir=data_dir, download=download)


def images_for(net: Network, file: Path, name: str, split: str, data_dir: Path | None, download: bool) -> Images:
    """Return the images of a data set that are as large as the visible layer of a network.

    Raises
    ------
    InvalidInput
        The images have another size.
    """
    images = load_images(name, split, data_dir, download)
    if images.pixels.shape[1] != net.n_visible:
        raise InvalidInput(
            f"{file} has {net.n_visible} visible neurons, but {name} images have {images.pixels.shape[1]} pixels; "
            "give the data set on which the network was trained"
        )
    return images


def make_runner(
    points: Path, workers: int | None, cluster: str | None, cluster_options: Sequence[str], progress: bool = True
) -> Runner:
    """Return the runner of a sweep.

    Parameters
    ----------
    points : Path
        Folder of finished points.
    workers : int, optional
        Default: 1.
    cluster : str, optional
        As in `neurosim.sweep.Runner`.
    cluster_options : sequence of str
        "name=value" texts.
    progress : bool, default True
        Whether to show a progress bar on a terminal.

    Raises
    ------
    InvalidInput
        An option would have no effect: cluster options without Slurm, or workers with Dask.

    Examples
    --------
    >>> make_runner(Path("points"), 2, None, ["timeout_min=5"])
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: --cluster-option has no effect without --cluster slurm; omit it
    """
    from neurosim.sweep import Runner

    values = parse.settings(cluster_options, "--cluster-option")
    runner = Runner(
        points, workers=1 if workers is None else workers, cluster=cluster, cluster_options=values, progress=progress
    )
    if cluster_options and not runner.uses_submitit:
        refuse(["--cluster-option"], "without --cluster slurm")
    if workers is not None and cluster is not None and not runner.uses_submitit:
        refuse(["--workers"], "with a Dask scheduler, which has its own workers")
    return runner


@contextmanager
def temporary_points(out: Path, **options: Any) -> Iterator[Runner]:
    """Yield a runner that keeps finished points beside `out`, and delete them once the result is written."""
    points = out.with_suffix(".points")
    yield make_runner(points, **options)
    shutil.rmtree(points, ignore_errors=True)


def sweep_options(
    ctx: typer.Context, workers: int, cluster: str | None, cluster_option: list[str] | None
) -> dict[str, Any]:
    """Return the keywords of `make_runner` from the options of a command."""
    return {
        "workers": workers if is_given(ctx, "workers") else None,
        "cluster": cluster,
        "cluster_options": cluster_option or [],
    }
