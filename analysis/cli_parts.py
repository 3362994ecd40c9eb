"""What the commands share: their common options, reading what they are given, writing what they found."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

import neurosim
from neurosim import InvalidInput, Network
from neurosim.storage import replacing, require_writable

if TYPE_CHECKING:
    import xarray

    from analysis.page import Section
    from training.data import Images


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


def study_and_report(net: Network, pictures: Images, out: Path, seed: int) -> None:
    """Study a network and write its page."""
    from analysis import report as page
    from analysis.study import study

    start = time.perf_counter()
    answers = study(net, pictures, out, seed=seed, progress=True, say=say)
    page.write(out / "report.html", net, pictures, answers)
    minima, recalls = answers["minima"], answers["recalls"]
    print(f"distinct stable memories   {int(minima.n_unique):,} of {minima.sizes['image']:,} images")
    print(f"settled discretely         {int(minima.n_unique_discrete):,}")
    print(f"Brian2 as the exact engine {int(recalls.same_as_exact.sum())} of {recalls.sizes['cue']} cues")
    print(f"studied in {time.perf_counter() - start:.0f} s; open {out / 'report.html'}")


def compare_spiking(
    networks: Network | list[Network],
    net: Network | None,
    pictures: Images | None,
    out: Path,
    cues: int,
    seed: int,
    sweeps: bool,
) -> None:
    """Compare the spiking with the rate model and write the page."""
    from analysis import report_spiking, spiking_study

    answers: dict[str, xarray.Dataset] = {}

    def answer(name: str, line: str, question: Callable[[], xarray.Dataset]) -> xarray.Dataset:
        say(line)
        answers[name] = question()
        neurosim.save_result(answers[name], out / f"{name}.nc")
        return answers[name]

    own = None
    if net is not None and pictures is not None:
        own = _trained_spiking(net, pictures, answer, seed)
    nets = [networks] if isinstance(networks, Network) else networks
    spiking_study.random_networks(nets, n_cues=cues, seed=seed, answer=answer, sweeps=sweeps, progress=True)
    sizes = nets[0].n_visible, nets[0].n_hidden
    report_spiking.write(out / "report.html", answers, own, *sizes)
    for dataset in [answers["agreement"], *([answers["trained"]] if own else [])]:
        for level in dataset.noise_std.values:
            here = dataset.sel(noise_std=level)
            print(f"σ_v = {level:<6.3g} the rate model's state {interval(here, 'same_state')}  of {sized(dataset)}")
    print(f"wrote {out / 'report.html'}")


def _trained_spiking(net: Network, pictures: Images, answer: Callable[..., xarray.Dataset], seed: int) -> Section:
    """Return the section about a trained network."""
    from analysis import attractors, report_spiking, spiking_study, study

    minima = attractors.unique_stable_minima(net, pictures.pixels, progress=True)
    stored = minima.hidden_active.values[minima.stable.values]
    shown = study.shown_cues(pictures, seed)[2][:4]
    rasters = {
        kind: answer(
            f"recall_{kind}",
            f"four noisy images, every spike kept, {kind}",
            lambda kind=kind: spiking_study.seen(net, shown, variant=kind, seed=seed),
        )
        for kind in ("regular", "on_off")
    }
    trained = answer(
        "trained",
        "the trained network's memories in both models",
        lambda: spiking_study.of_network(net, stored, n_cues=2048, seed=seed, progress=True),
    )
    return report_spiking.of_network(trained, rasters, pictures.shape)


def sized(dataset: xarray.Dataset) -> str:
    """Return how many networks and cues a result is about."""
    n = dataset.attrs["n_networks"]
    return f"{dataset.attrs['n_trials']} cues" + (f", {n} networks each" if n > 1 else ", this network")


def say(line: str) -> None:
    """Tell what comes next."""
    print(f"… {line}", flush=True)


def learn(pictures: Images, hidden: int, *, epochs: int | None, **options: Any) -> Network:
    """Train on a data set."""
    from training import train

    if epochs is not None:
        options["epochs"] = epochs
    return train(pictures, n_hidden=hidden, progress=True, **options)


def images(name: str, split: str, data_dir: Path | None, download: bool) -> Images:
    """Load a data set."""
    from training import data

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
    network: Path | None,
    dataset: str | None,
    data_dir: Path | None,
    download: bool,
    hidden: int,
    visible: int,
    networks: int,
    seed: int,
) -> tuple[Network | list[Network], np.ndarray | None]:
    """Return what to measure: random networks, or one network with the memories of a data set."""
    from analysis import attractors
    from analysis.statistics import spawn_seeds

    if network is None:
        return [Network.gaussian(visible, hidden, seed=s) for s in spawn_seeds([seed, 1], networks)], None
    net = Network.load(network)
    if dataset is None:
        return net, None
    stored = images_for(net, network, dataset, "train", data_dir, download)
    minima = attractors.unique_stable_minima(net, stored.pixels, progress=True)
    return net, minima.hidden_active.values[minima.stable.values]


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


def interval(dataset: xarray.Dataset, name: str) -> str:
    """Return "estimate (lower – upper)"."""
    value, low, high = (float(dataset[n]) for n in (name, f"{name}_lower", f"{name}_upper"))
    return f"{value:.4f} ({low:.4f} – {high:.4f})"


def write(dataset: xarray.Dataset, ax: Any, out: Path) -> None:
    """Write a result as netCDF, and its figure beside it as PDF."""
    neurosim.save_result(dataset, out)
    figure = out.with_suffix(".pdf")
    with replacing(figure) as temporary:
        ax.figure.savefig(temporary, format="pdf", metadata={"CreationDate": None})
    print(f"wrote {out} and {figure}")
