"""What the commands share: their common options, reading what they are given, telling what they found."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

import neurosim
from neurosim import InvalidInput, Network
from neurosim.cli import parse
from neurosim.storage import require_writable

if TYPE_CHECKING:
    import xarray

    from neurosim.equations.plasticity import STDP
    from neurosim.learning.data import Images
    from neurosim.learning.recipes import Recipe
    from neurosim.sweep.grid import Runner


class Engine(StrEnum):
    """The engines of `neurosim.recall`."""

    EVENT = "event"
    REFERENCE = "reference"
    TORCH = "torch"
    BRIAN = "brian"


def at_least(option: str, lowest: int) -> Callable[[int | None], int | None]:
    """Return a check of an option's value."""

    def check(value: int | None) -> int | None:
        if value is not None and value < lowest:
            raise InvalidInput(f"{option} must be at least {lowest}, got {value}")
        return value

    return check


Seed = Annotated[
    int, typer.Option(callback=at_least("--seed", 0), help="Seed of everything random; same seed, same result.")
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder that holds the data set's files. Default: the NEUROSIM_DATA variable."),
]
Download = Annotated[bool, typer.Option("--download", help="Fetch the data set if its files are not there.")]
Dataset = Annotated[str, typer.Argument(help="digits (built in), mnist, fashion-mnist or cifar10.")]
RecipeName = Annotated[
    str, typer.Option(help="certified, certified-wide, symmetric, symmetric-zero, separate or paper.")
]
NetworkFile = Annotated[Path, typer.Argument(help="A network file written by `neurosim train`.")]
Duration = Annotated[
    float | None,
    typer.Option(help="Seconds that each recall runs. Default: 20 times the longest time constant."),
]
EngineOption = Annotated[Engine, typer.Option(help="event is exact; brian runs the Brian2 equations.")]
Networks = Annotated[
    int,
    typer.Option(
        callback=at_least("--networks", 1), help="Independent random networks per point; intervals are over them."
    ),
]
Hidden = Annotated[int, typer.Option(help="Hidden neurons of the random networks.")]
Visible = Annotated[int, typer.Option(help="Visible neurons of the random networks.")]
Workers = Annotated[
    int,
    typer.Option(callback=at_least("--workers", 1), help="Processes of one thread each, or jobs on a cluster."),
]
Cluster = Annotated[
    str | None, typer.Option(help="slurm, or the address of a Dask scheduler, tcp://host:port. Default: this machine.")
]
ClusterOptions = Annotated[
    list[str] | None, typer.Option(help="For slurm, name=value: slurm_partition=cpu, timeout_min=60. May be repeated.")
]
Quick = Annotated[bool, typer.Option("--quick", help="A preview in a minute or two: small networks, few trials.")]
CuesOption = Annotated[int, typer.Option(help="Cues per network and point.")]


def result_file(out: Path, *inputs: Path | None) -> Path:
    """Return `out` if a result can be written there without losing an input; for use before the work."""
    for given in inputs:
        if given is not None and given.resolve() == out.resolve():
            raise InvalidInput(f"--out must not be a file that is read, got {out}; name another")
    return require_writable(out)


def netcdf_file(out: Path, *inputs: Path | None) -> Path:
    """Return `out` if results can go there and their figure beside it."""
    if out.suffix.lower() == ".pdf":
        raise InvalidInput(f"--out is the netCDF file, its figure goes beside it as PDF, got {out}; end it in .nc")
    return result_file(out, *inputs)


def sized(dataset: xarray.Dataset) -> str:
    """Return how many networks and cues a result is about."""
    n = dataset.attrs["n_networks"]
    return f"{dataset.attrs['n_trials']} cues" + (f", {n} networks each" if n > 1 else ", this network")


def say(line: str) -> None:
    """Tell what comes next."""
    print(f"… {line}", flush=True)


def learn(pictures: Images, hidden: int, *, epochs: int | None, **options: Any) -> Network:
    """Train on a data set."""
    from neurosim.learning import train

    if epochs is not None:
        options["epochs"] = epochs
    return train(pictures, n_hidden=hidden, progress=True, **options)


def changed(recipe: str, changes: Sequence[str]) -> Recipe:
    """Return a recipe with the settings of "name=value" texts."""
    from neurosim.learning.recipes import Recipe, as_recipe

    return as_recipe(recipe).replace(**parse.settings(changes, "--change", _fields(Recipe)))


def changed_stdp(changes: Sequence[str]) -> STDP:
    """Return the settings of learning by spikes, changed by "name=value" texts."""
    from neurosim.equations.plasticity import STDP

    return dataclasses.replace(STDP(), **parse.settings(changes, "--change", _fields(STDP)))


def _fields(kind: type) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def images(name: str, split: str, data_dir: Path | None, download: bool) -> Images:
    """Load a data set."""
    from neurosim.learning import data

    return data.load(name, split=split, data_dir=data_dir, download=download)


def images_for(net: Network, file: Path, name: str, split: str, data_dir: Path | None, download: bool) -> Images:
    """Load the images that a network is to be tried on; they must be as large as its visible layer."""
    loaded = images(name, split, data_dir, download)
    if loaded.pixels.shape[1] != net.n_visible:
        raise InvalidInput(
            f"{file} has {net.n_visible} visible neurons, but {name} images have {loaded.pixels.shape[1]} pixels; "
            "name the data set it has learned"
        )
    return loaded


def subject(
    network: Path | None, dataset: str | None, data_dir: Path | None, download: bool, networks: int
) -> tuple[Network | int, np.ndarray | None, tuple[int, ...] | None]:
    """Return what to measure: a number of random networks, or one with the memories and the shape of a data set."""
    if network is None:
        return networks, None, None
    net = Network.load(network)
    if dataset is None:
        return net, None, None
    from neurosim.gallery.base import Learned

    stored = images_for(net, network, dataset, "train", data_dir, download)
    return net, Learned(net, stored).memories, stored.shape


def network_seeds(seed: int, networks: int) -> list[int]:
    """Return the seeds of independent networks."""
    from neurosim.sweep.seeds import spawn_seeds

    return spawn_seeds([seed, 1], networks)


@contextmanager
def runner(out: Path, workers: int, cluster: str | None, options: list[str] | None) -> Iterator[Runner]:
    """Yield a runner that keeps finished points beside `out`; they go once the result is written."""
    points = out.with_suffix(".points")
    yield runner_at(points, workers, cluster, options)
    shutil.rmtree(points, ignore_errors=True)


def runner_at(points: Path, workers: int, cluster: str | None, options: list[str] | None) -> Runner:
    """Return a runner that keeps finished points in `points`."""
    from neurosim.sweep.grid import Runner

    values = parse.settings(options or [], "--cluster-option")
    return Runner(points, workers=workers, cluster=cluster, cluster_options=values, progress=True)


def tell(curve: xarray.Dataset, quantity: str) -> None:
    """Print a line a point: the quantity with its interval, and what theory says."""
    from neurosim.gallery.base import SYMBOLS
    from neurosim.measure.statistics import format_estimate

    dims = [str(d) for d in curve[quantity].dims]
    for at in itertools.product(*(curve[d].values for d in dims)):
        here = curve.sel(dict(zip(dims, at, strict=True)))
        place = "  ".join(f"{SYMBOLS.get(d, d)} = {value:<6g}" for d, value in zip(dims, at, strict=True))
        law = f"  law {float(here.law):.4f}" if np.isfinite(here.law) else ""
        bound = f"  eq. (38) {float(here.bound):.4f}" if np.isfinite(here.bound) else ""
        print(f"{place} {quantity} {format_estimate(here, quantity)}{law}{bound}")


def sweep_figure(curve: xarray.Dataset) -> Any:
    """Draw a sweep over one setting as a curve, over two as lines or a phase diagram; None over more."""
    from neurosim.plots import curves, phase

    dims = sorted((str(d) for d in curve.recalled.dims), key=lambda d: curve.sizes[d])
    if len(dims) == 1:
        return curves.draw(curve, dims[0])
    if len(dims) > 2:
        return None
    by, x = dims
    return curves.draw(curve, x, by=by) if curve.sizes[by] <= 6 else phase.draw(curve, x, by)


def write(dataset: xarray.Dataset, axes: Any, out: Path) -> None:
    """Write a result as netCDF, and its figure, if there is one, beside it as PDF."""
    from neurosim.report.page import write_pdf

    neurosim.save_result(dataset, out)
    if axes is None:
        print(f"wrote {out}; a sweep over more than two settings has no figure of its own")
        return
    write_pdf(axes, out.with_suffix(".pdf"))
    print(f"wrote {out} and {out.with_suffix('.pdf')}")
