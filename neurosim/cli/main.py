"""The `neurosim` command. Each command is one call into the library; `--help` says what it does."""

from __future__ import annotations

import io
import os
import platform
import sys
import time
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NoReturn

import numpy as np
import typer

import neurosim
from neurosim import InvalidInput, Network, NeurosimError
from neurosim.cli import compare as cli_compare
from neurosim.cli import constrain as cli_constrain
from neurosim.cli import learning as cli_learning
from neurosim.cli import pages, parse, parts
from neurosim.storage import require_writable

app = typer.Typer(
    help="Associative memory with exponential capacity: learn images, recall them, measure attractors.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def _versions(asked: bool) -> None:
    if asked:
        print(f"neurosim {neurosim.__version__}, Python {platform.python_version()}")
        for package in ("brian2", "brian2cuda", "numpy", "numba", "torch"):
            print(f"{package} {metadata.version(package) if find_spec(package) else 'not installed'}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_versions, is_eager=True, help="Show the versions that matter and exit."),
    ] = False,
) -> None: ...


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the network and the results.")] = Path("demo"),
    seed: parts.Seed = 0,
    epochs: Annotated[int | None, typer.Option(help="Passes over the images. Default: the trainer's.")] = None,
) -> None:
    """Learn real digits, recall them in Brian2, measure the attractors, write OUT/report.html.

    The digits are the 1,797 that scikit-learn ships; with NEUROSIM_DATA set, MNIST from that folder.
    """
    dataset, hidden = ("mnist", 50) if os.environ.get("NEUROSIM_DATA") else ("digits", 24)
    require_writable(out / "report.html")
    images = parts.images(dataset, "train", None, False)
    print(f"learning {len(images.pixels):,} images ({dataset}) in {hidden} hidden neurons, eq. (17)")
    net = parts.learn(images, hidden, seed=seed, epochs=epochs)
    net.save(out / "network.safetensors")
    pages.study_and_report(net, images, out, seed)


app.command()(cli_learning.train)


@app.command()
def recall(
    network: parts.NetworkFile,
    dataset: Annotated[str | None, typer.Argument(help="Data set to take cues from. Default: random states.")] = None,
    engine: parts.EngineOption = parts.Engine.EVENT,
    split: Annotated[str, typer.Option(help="train or test images.")] = "train",
    limit: Annotated[
        int | None,
        typer.Option(callback=parts.at_least("--limit", 1), help="Only so many cues. Random states: 1000 by default."),
    ] = None,
    noise: Annotated[float, typer.Option(help="Std of Gaussian noise added to each cue.")] = 0.0,
    mask: Annotated[float, typer.Option(help="Fraction of each cue's visible neurons set to 0, at random.")] = 0.0,
    half: Annotated[
        bool, typer.Option("--half", help="Replace the lower half of each image by the mean image.")
    ] = False,
    duration: parts.Duration = None,
    target: Annotated[str | None, typer.Option(help="brian: runtime, cpp_standalone or cuda_standalone.")] = None,
    formulation: Annotated[str | None, typer.Option(help="brian: summed, event or reduced.")] = None,
    device: Annotated[str | None, typer.Option(help="torch: cpu or cuda.")] = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
    out: Annotated[Path | None, typer.Option(help="Write the recalls here, as netCDF.")] = None,
) -> None:
    """Recall cues: images of a data set, or random states of the network, with noise or parts missing."""
    from neurosim import patterns
    from neurosim.measure.recall import attractors
    from neurosim.measure.statistics import format_estimate, proportion_interval

    if out is not None:
        parts.result_file(out, network)
    net = Network.load(network)
    if dataset is None:
        if half:
            raise InvalidInput("--half is for images; name a data set, or use --mask")
        states = patterns.random_hidden_states(net.n_hidden, 1000 if limit is None else limit, seed=seed)
        whole = cues = patterns.visible_cues(net, states)
    else:
        images = parts.images_for(net, network, dataset, split, data_dir, download)
        whole = cues = images.pixels[:limit].astype(float)
        cues = patterns.occlude(cues, images.shape, fill=images.pixels.mean(axis=0)) if half else cues
    cues = patterns.add_noise(cues, noise, seed=seed)
    cues = patterns.random_mask(cues, mask, seed=seed + 1) if mask else cues
    options: dict[str, Any] = {"target": target, "formulation": formulation, "device": device}
    options = {name: value for name, value in options.items() if value is not None}
    start = time.perf_counter()
    options |= {"engine": engine.value, "duration": duration, "seed": seed, "progress": True}
    result = neurosim.recall(net, cues, **options)
    seconds = time.perf_counter() - start
    print(f"{len(cues):,} recalls by {engine.value} in {seconds:.2f} s, {1e6 * seconds / len(cues):.0f} µs each")
    names, counts = np.unique(result.outcome.values, return_counts=True)
    for name, count in zip(names, counts, strict=True):
        print(f"  {name:<10} {count:>7,}  {format_estimate(proportion_interval(count, len(cues)), percent=True)}")
    print(f"distinct attractors  {attractors.unique_attractors(result).sizes['attractor']:,}")
    print(f"last crossing        {1e3 * float(result.settle_time.median()):.3g} ms (median of the settled)")
    if noise or mask or half:
        differ = (result.hidden_active != neurosim.recall(net, whole, **options).hidden_active).sum("hidden_neuron")
        said = "hidden neurons that end otherwise than from the undamaged cue"
        result["n_differ"] = differ.assign_attrs(long_name=said, units="1")
        same = format_estimate(proportion_interval(int((differ == 0).sum()), len(cues)), percent=True)
        print(f"as if undamaged      {same}; of {net.n_hidden} neurons {float(differ.mean()):.3g} end otherwise")
    if out is not None:
        made = {"noise_std": noise, "masked": mask, "half_masked": int(half), "network_file": str(network)}
        made |= {"cues": "random states"} if dataset is None else {"cues": dataset, "split": split}
        neurosim.save_result(result.assign_attrs(made), out)
        print(f"wrote {out}")


@app.command()
def capacity(
    network: Annotated[Path | None, typer.Argument(help="Count this network's fixed points instead.")] = None,
    hidden: Annotated[str, typer.Option(help="Numbers of hidden neurons: 2:12, or 5,10,15.")] = "2:12",
    visible_per_hidden: Annotated[float, typer.Option(help="N_v/N_h.")] = 100.0,
    thresholds: Annotated[str, typer.Option(help="Thresholds, separated by commas.")] = "0.3,0.4,0.5,0.6,0.7",
    networks: parts.Networks = 20,
    workers: parts.Workers = 1,
    cluster: parts.Cluster = None,
    cluster_option: parts.ClusterOptions = None,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF; the figure goes beside it as PDF.")] = Path(
        "capacity.nc"
    ),
) -> None:
    """Count the states a network stores: of one network, or of random ones against N_h, as in figure 1a."""
    from neurosim.measure.capacity import curve as analysis

    parts.netcdf_file(out, network)
    if network is not None:
        pages.count(network, out, seed)
        return
    from neurosim.plots import curves as figure

    grid = {
        "threshold": parse.numbers(thresholds, "--thresholds"),
        "n_hidden": parse.numbers(hidden, "--hidden", whole=True),
    }
    with parts.runner(out, workers, cluster, cluster_option) as runner:
        curve = analysis.count_sweep(networks, grid, seed=seed, runner=runner, visible_per_hidden=visible_per_hidden)
        parts.tell(curve, "stored")
        axes = figure.draw(curve, "n_hidden", quantity="stored", by="threshold", number=True)
        parts.write(curve, axes, out)


@app.command()
def sweep(
    ranges: Annotated[
        list[str],
        typer.Argument(
            help="What to vary: noise_std=0,1,2 visible_per_hidden=10,100; one value fixes it. A name alone: its usual "
            "range."
        ),
    ],
    network: Annotated[Path | None, typer.Option(help="A network file. Default: random networks.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Recall the memories of this data set's images.")] = None,
    networks: parts.Networks = 20,
    cues: parts.CuesOption = 1024,
    engine: parts.EngineOption = parts.Engine.EVENT,
    duration: parts.Duration = None,
    workers: parts.Workers = 1,
    cluster: parts.Cluster = None,
    cluster_option: parts.ClusterOptions = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF; the figure goes beside it as PDF.")] = Path("sweep.nc"),
) -> None:
    """Measure recall over any grid: noise, τ_v/τ_h, load, threshold, damage to the cue, spread of time constants.

    Names: n_hidden, visible_per_hidden, threshold, ratio (τ_v/τ_h), gain, spread_h, spread_v, noise_std, flipped,
    masked, occluded. A sweep that is stopped goes on where it was when the same command is given again.
    """
    from neurosim.measure.recall.curves import recall_sweep

    parts.netcdf_file(out, network)
    grid, fixed = parse.ranges(ranges)
    subject, targets, shape = parts.subject(network, dataset, data_dir, download, networks)
    with parts.runner(out, workers, cluster, cluster_option) as runner:
        curve = recall_sweep(
            subject,
            grid,
            targets=targets,
            n_cues=cues,
            engine=engine.value,
            duration=duration,
            image_shape=shape,
            seed=seed,
            runner=runner,
            **fixed,
        )
        parts.tell(curve, "recalled")
        parts.write(curve, parts.sweep_figure(curve), out)


@app.command()
def figure(
    names: Annotated[list[str], typer.Argument(help="1a, 1b, 2 … 11 of the paper, or ours: see `figures`.")],
    out: Annotated[Path, typer.Option(help="Folder for index.html, its numbers and figures.")] = Path("figures"),
    networks: parts.Networks = 20,
    quick: parts.Quick = False,
    network: Annotated[Path | None, typer.Option(help="The trained network of shocks, volumes, damage …")] = None,
    dataset: Annotated[str, typer.Option(help="What it has learned.")] = "digits",
    workers: parts.Workers = 1,
    cluster: parts.Cluster = None,
    cluster_option: parts.ClusterOptions = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
) -> None:
    """Measure and draw figures of what the memory can do, each beside its theory, on one page."""
    learned = (network, dataset, data_dir, download)
    pages.gallery(names, out, networks, quick, learned, (workers, cluster, cluster_option), seed)


@app.command()
def figures(
    out: Annotated[Path, typer.Option(help="Folder for index.html, its numbers and figures.")] = Path("figures"),
    networks: parts.Networks = 20,
    quick: parts.Quick = False,
    network: Annotated[Path | None, typer.Option(help="The trained network of shocks, volumes, damage …")] = None,
    dataset: Annotated[str, typer.Option(help="What it has learned.")] = "digits",
    workers: parts.Workers = 1,
    cluster: parts.Cluster = None,
    cluster_option: parts.ClusterOptions = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
) -> None:
    """Make the whole gallery: figures 1–11 of the paper, phase diagrams, basins, counts beyond 2^32.

    Figures 2–5 and 7–9 learn MNIST and CIFAR-10: they are made if --data-dir, NEUROSIM_DATA or --download is given.
    Stopped and given again, it measures only what is missing.
    """
    from neurosim.gallery import NAMES, WITHOUT_FILES

    learned = (network, dataset, data_dir, download)
    with_files = data_dir is not None or download or "NEUROSIM_DATA" in os.environ
    if not with_files:
        left_out = ", ".join(name for name in NAMES if name not in WITHOUT_FILES)
        print(f"left out, for they need MNIST and CIFAR-10 (--data-dir): {left_out}")
    pages.gallery(
        NAMES if with_files else WITHOUT_FILES, out, networks, quick, learned, (workers, cluster, cluster_option), seed
    )


@app.command()
def spiking(
    network: Annotated[Path | None, typer.Argument(help="A network file, to be shown at work too.")] = None,
    dataset: Annotated[str, typer.Argument(help="What it has learned.")] = "digits",
    hidden: parts.Hidden = 10,
    visible: Annotated[int | None, typer.Option(help="Of the random networks. Default: 100 a hidden neuron.")] = None,
    networks: parts.Networks = 20,
    cues: parts.CuesOption = 64,
    sweeps: Annotated[bool, typer.Option(help="Whether to sweep variants, parameters and second cues, too.")] = True,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Folder for report.html and its results.")] = Path("spiking"),
) -> None:
    """Compare the spiking model with the rate model: agreement, variants, where it breaks, a second cue.

    Sweeps take 20 of the networks and at most 64 cues each, a quarter of an hour or so on one core, with some twenty
    programs to compile the first time; they are kept. --no-sweeps leaves them out.
    """
    require_writable(out / "report.html")
    net = None if network is None else Network.load(network)
    images = None
    if net is not None and network is not None:
        images = parts.images_for(net, network, dataset, "train", data_dir, download)
    visible = 100 * hidden if visible is None else visible
    nets = [Network.gaussian(visible, hidden, seed=s) for s in parts.network_seeds(seed, networks)]
    pages.compare_spiking(nets, net, images, out, cues, seed, sweeps)


app.command()(cli_compare.compare)


app.command()(cli_learning.classify)


app.command()(cli_constrain.constrain)


@app.command()
def report(
    network: parts.NetworkFile,
    dataset: parts.Dataset = "digits",
    out: Annotated[Path, typer.Option(help="Folder for report.html and its results.")] = Path("report"),
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
) -> None:
    """Study a trained network and write OUT/report.html, one self-contained page."""
    require_writable(out / "report.html")
    net = Network.load(network)
    images = parts.images_for(net, network, dataset, "train", data_dir, download)
    pages.study_and_report(net, images, out, seed)


def main() -> None:
    """Run the command line; an error made by the input is one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal without Greek letters must not cost a finished run; a log file shows lines as they come
            stream.reconfigure(errors="replace", line_buffering=True)
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    try:
        raise SystemExit(app(standalone_mode=False))
    except typer.Abort:  # Ctrl-C
        raise SystemExit(130) from None
    except NeurosimError as error:
        _refuse(str(error))
    except MemoryError as error:
        _refuse(f"not enough memory ({error}); give fewer cues or smaller networks")
    except Exception as error:
        if not hasattr(error, "format_message"):  # what typer raises for a wrong option has one
            raise
        _refuse(f"{error.format_message()}; see neurosim --help")  # pyright: ignore[reportAttributeAccessIssue]


def _refuse(message: str) -> NoReturn:
    print(f"neurosim: error: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
