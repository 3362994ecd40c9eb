"""What the commands share: their common options, reading what they are given, telling what they found."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

import neurosim
from neurosim import InvalidInput, Network
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

    return as_recipe(recipe).replace(**settings(changes, Recipe, "a recipe"))


def changed_stdp(changes: Sequence[str]) -> STDP:
    """Return the settings of learning by spikes, changed by "name=value" texts."""
    from neurosim.equations.plasticity import STDP

    return dataclasses.replace(STDP(), **settings(changes, STDP, "learning by spikes"))


def settings(texts: Sequence[str], kind: type, of: str) -> dict[str, Any]:
    """Read "name=value" texts as values of a dataclass's fields; `of` names the settings in errors."""
    types = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in types:
            raise InvalidInput(f"setting of {of} must be one of {', '.join(types)}, got {name!r}")
        try:
            found[name] = {"float": float, "int": int, "str": str}[types[name]](value)
        except ValueError:
            what = "a whole number" if types[name] == "int" else "a number"
            raise InvalidInput(f"{name} must be {what}, got {value!r}") from None
    return found


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

    pairs = [option.partition("=") for option in options or []]
    if any(not name or not equals for name, equals, _ in pairs):
        raise InvalidInput(f"--cluster-option must be name=value, for instance slurm_partition=cpu, got {options}")
    values = {name: int(value) if value.isdigit() else value for name, _, value in pairs}
    return Runner(points, workers=workers, cluster=cluster, cluster_options=values, progress=True)


USUAL = {
    "noise_std": "0,0.5,1,1.5,2,3,4,6,8",
    "ratio": "1,1.5,2,2.5,3,3.5,4,5,6,8,10,15,20,40",
    "visible_per_hidden": "1,2,5,10,20,50,100",
    "threshold": "0.2,0.3,0.4,0.5,0.6,0.7,0.8",
    "masked": "0,0.1,0.2,0.3,0.4,0.5,0.6",
    "flipped": "0,0.05,0.1,0.15,0.2,0.25,0.3",
}


def ranges(texts: Sequence[str]) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Read "name=1,2,3" as a range, "name=1" as a fixed value, "name" as its usual range."""
    grid, fixed = {}, {}
    for text in texts:
        name, equals, values = text.partition("=")
        if name in grid or name in fixed:
            raise InvalidInput(f"each setting is given once, got {name} twice")
        if not equals and name not in USUAL:
            raise InvalidInput(f"give the range of {name}: {name}=…; usual ranges are known for {', '.join(USUAL)}")
        found = numbers(values if equals else USUAL[name], name, whole=name == "n_hidden")
        if len(found) > 1:
            grid[name] = found
        else:
            fixed[name] = found[0]
    if not grid:
        raise InvalidInput(f"a sweep needs at least one range, such as noise_std=0,1,2, got {list(texts)}")
    return grid, fixed


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


def numbers(text: str, option: str, whole: bool = False) -> list[Any]:
    """Read "0,0.5,1", or "2:12" (both ends included) where whole numbers are meant."""
    kind = int if whole else float
    try:
        if whole and ":" in text:
            low, high = (int(part) for part in text.split(":"))
            found: list[Any] = list(range(low, high + 1))
        else:
            found = [kind(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or len(set(found)) < len(found):
        example = "2:12 or 5,10,15" if whole else "0,0.5,1"
        raise InvalidInput(f"{option} must be different numbers such as {example}, got {text!r}")
    return found


def among(text: str, known: Iterable[str], option: str) -> list[str]:
    """Read "a,b" as different names out of `known`."""
    names, known = text.split(","), list(known)
    if not set(names) <= set(known) or len(set(names)) < len(names):
        raise InvalidInput(f"{option} must be different ones of {', '.join(known)}, got {text!r}")
    return names


def write(dataset: xarray.Dataset, axes: Any, out: Path) -> None:
    """Write a result as netCDF, and its figure, if there is one, beside it as PDF."""
    from neurosim.report.page import write_pdf

    neurosim.save_result(dataset, out)
    if axes is None:
        print(f"wrote {out}; a sweep over more than two settings has no figure of its own")
        return
    write_pdf(axes, out.with_suffix(".pdf"))
    print(f"wrote {out} and {out.with_suffix('.pdf')}")
