"""Inputs of commands: data sets, networks with their images, runners of sweeps."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cli import parse
from neurosim.cli.options import is_given, refuse
from neurosim.errors import BadFile, InvalidInput

if TYPE_CHECKING:
    import numpy as np
    import typer

    from neurosim import Network
    from neurosim.learning.data import Images
    from neurosim.sweep import Runner

BUILT_IN = "digits"
STANDARD_INPUT = "-"


def load_images(
    name: str, split: str, data_dir: Path | None, download: bool, value_range: tuple[float, float] | None = None
) -> Images:
    """Return the images of a data set, a folder, a file, or standard input ("-", a .npy file).

    Raises
    ------
    InvalidInput
        There is no such data, or --data-dir or --download is given for data without files of their own.

    Examples
    --------
    >>> load_images("digits", "train", None, False).pixels.shape
    (1797, 64)
    """
    from neurosim.learning import data

    unused = [*(["--data-dir"] if data_dir is not None else []), *(["--download"] if download else [])]
    if name == BUILT_IN or name.startswith("sklearn:"):
        refuse(unused, f"for {name}, which is built in")
    if name == STANDARD_INPUT:
        images = _from_standard_input(split, value_range)
    else:
        images = data.load(name, split=split, data_dir=data_dir, download=download, value_range=value_range)
    if images.path:
        refuse(unused, f"for {name}, which is no named data set")
    return images


def _from_standard_input(split: str, value_range: tuple[float, float] | None) -> Images:
    from neurosim.learning import data

    if sys.stdin.isatty():
        raise InvalidInput("data from standard input (-) must come through a pipe, got a terminal; pipe a .npy file")
    if split != "train":
        raise InvalidInput(f"split of standard input must be 'train', got {split!r}; give a folder with train and test")
    return data.load_stream(sys.stdin.buffer, "stdin", value_range)


def describe(images: Images) -> str:
    """Return one line on what was read: number and shape of the images, classes, and the range of values.

    Examples
    --------
    >>> describe(load_images("digits", "train", None, False))
    'digits: 1,797 images of 8×8 pixels, grey, 10 classes; values 0 … 16 became 0 … 1'
    """
    import numpy as np

    rows, columns = images.shape[-2:]
    colour = "in colour" if len(images.shape) == 3 else "grey"
    n_classes = 0 if images.labels is None else len(np.unique(images.labels))
    classes = f"{n_classes} classes" if n_classes else "without labels"
    low, high = images.value_range
    scaled = "" if (low, high) == (0, 1) else f"; values {low:g} … {high:g} became 0 … 1"
    part = "" if images.split == "train" else f" ({images.split})"
    return f"{images.name}{part}: {len(images):,} images of {rows}×{columns} pixels, {colour}, {classes}{scaled}"


def input_paths(options: Mapping[str, Any]) -> list[Path]:
    """Return the files and folders that a command reads, by its options.

    Parameters
    ----------
    options : mapping of str to object
        Of a command or a program; "network", "dataset" and "data_dir" name inputs.

    Examples
    --------
    >>> input_paths({"network": Path("a.safetensors"), "dataset": "digits", "seed": 0})
    [PosixPath('a.safetensors')]
    """
    paths = [options.get("network"), options.get("data_dir"), os.environ.get("NEUROSIM_DATA")]
    name = options.get("dataset") or ""
    paths += [text for text in (name, name.rpartition(":")[0]) if text and os.path.exists(os.path.expanduser(text))]
    return [Path(path).expanduser() for path in paths if path]


def images_for(net: Network, file: Path, name: str, split: str, data_dir: Path | None, download: bool) -> Images:
    """Return images that are as large as the visible layer of a network.

    Values of a folder or file are scaled as those of the images on which the network was trained. A network that was
    trained on an array with values outside [0, 1], which are not scaled, takes only images that need no scaling; one
    that was trained on values in [0, 1] takes those, and bytes.

    Raises
    ------
    InvalidInput
        The images have another size, or another range of values.
    """
    stored = net.provenance.get("value_range", (0.0, 1.0))
    unscaled = stored is None  # the network learned an array with values outside [0, 1]
    try:
        low, high = (0.0, 1.0) if unscaled else map(float, stored)
    except (TypeError, ValueError):
        raise BadFile(f"{file} must record value_range as two numbers, got {stored!r}; save it again") from None
    known = None if (low, high) == (0, 1) else (low, high)
    images = load_images(name, split, data_dir, download, known)
    found = tuple(images.value_range)
    if unscaled and found != (0, 1):
        raise InvalidInput(
            f"{name} must have values in [0, 1], since {file} was trained on values that were not scaled, got "
            f"{found[0]:g} … {found[1]:g}; give the array to neurosim.recall in Python"
        )
    if "value_range" in net.provenance and known is None and images.path and found not in ((0, 1), (0, 255)):
        raise InvalidInput(
            f"{name} must have values in [0, 1], as the images of the training, or be of bytes, got {found[0]:g} … "
            f"{found[1]:g}; divide the values by that which is to be 1"
        )
    faintest, brightest = (low + (high - low) * float(end) for end in (images.pixels.min(), images.pixels.max()))
    if known and faintest >= 0 and 0 < brightest <= min(1, high / 2):
        raise InvalidInput(
            f"{name} must have values from {low:g} to {high:g}, as the images of the training, got none above "
            f"{brightest:g}; multiply values in [0, 1] by {high:g}"
        )
    if images.path:
        print(describe(images))
    if images.pixels.shape[1] != net.n_visible:
        shape = "×".join(map(str, images.shape))
        raise InvalidInput(
            f"{file} has {net.n_visible} visible neurons, but {name} images have {images.pixels.shape[1]} pixels "
            f"({shape}); give the data on which the network was trained"
        )
    return images


def image_shape_of(net: Network) -> tuple[int, ...] | None:
    """Return the shape of the images that a network has learned, None if it is unknown or does not fit.

    Examples
    --------
    >>> from neurosim import Network
    >>> image_shape_of(Network([[1.0], [1.0]], provenance={"image_shape": [2, 1]}))
    (2, 1)
    """
    from neurosim.frames import image_sizes

    known = net.provenance.get("image_shape")
    try:
        return None if known is None else image_sizes(known, net.n_visible, channels=None)
    except InvalidInput:
        return None


def trained(
    network: Path, dataset: str | None, data_dir: Path | None, download: bool
) -> tuple[Network, np.ndarray | None, tuple[int, ...] | None]:
    """Return a network, the memories if the data set is known, and the shape of its images if that is known."""
    from neurosim import Network
    from neurosim.measure.learned.trained import TrainedNetwork

    net = Network.load(network)
    if dataset is None:
        return net, None, image_shape_of(net)
    images = images_for(net, network, dataset, "train", data_dir, download)
    memories = TrainedNetwork(net, images).memories
    if not len(memories):
        raise InvalidInput(f"no image of {dataset} leads to a stable state of {network}; omit it to take random states")
    return net, memories, images.shape


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
    """Yield a runner that keeps finished points in `out`.points, and delete these points once the result is written."""
    from neurosim.sweep.points import delete_points, used_points

    points = out.with_name(f"{out.name}.points")
    runner = make_runner(points, **options)
    with used_points() as keys:
        yield runner
    delete_points(points, keys)


def sweep_options(
    ctx: typer.Context, workers: int, cluster: str | None, cluster_option: list[str] | None
) -> dict[str, Any]:
    """Return the keywords of `make_runner` from the options of a command."""
    return {
        "workers": workers if is_given(ctx, "workers") else None,
        "cluster": cluster,
        "cluster_options": cluster_option or [],
    }
