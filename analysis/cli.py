"""The `neurosim` command. Each command is one call into the library; `--help` says what it does."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import numpy as np
import typer

import neurosim
from analysis import cli_parts as parts
from neurosim import InvalidInput, Network, NeurosimError
from neurosim.storage import require_writable

app = typer.Typer(
    help="Associative memory with exponential capacity: learn images, recall them, measure attractors.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


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
    parts.study_and_report(net, images, out, seed)


@app.command()
def train(
    dataset: parts.Dataset = "digits",
    hidden: Annotated[int, typer.Option(help="Hidden neurons.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Network file. Default: DATASET-HIDDEN.safetensors.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the images. Default: the trainer's.")] = None,
    surrogate: Annotated[str, typer.Option(help="sharpened or straight_through.")] = "sharpened",
    per_neuron_threshold: Annotated[bool, typer.Option("--per-neuron-threshold", help="Learn one θ a neuron.")] = False,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    checkpoint: Annotated[
        Path | None, typer.Option(help="Saved after every epoch; a run that finds it goes on from there.")
    ] = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
) -> None:
    """Learn weights and thresholds from images by equation 17, then count the distinct stable memories."""
    from analysis import attractors

    out = parts.result_file(out or Path(f"{dataset}-{hidden}.safetensors"), checkpoint)
    if checkpoint is not None:
        require_writable(checkpoint)
    images = parts.images(dataset, "train", data_dir, download)
    start = time.perf_counter()
    net = parts.learn(
        images,
        hidden,
        seed=seed,
        epochs=epochs,
        surrogate=surrogate,
        per_neuron_threshold=per_neuron_threshold,
        device=device,
        checkpoint=checkpoint,
    )
    net.save(out)
    print(f"learned {len(images.pixels):,} images in {time.perf_counter() - start:.1f} s; wrote {out}")
    start = time.perf_counter()
    minima = attractors.unique_stable_minima(net, images.pixels, progress=True)
    seconds = time.perf_counter() - start
    n = len(images.pixels)
    print(f"unique stable minima          {int(minima.n_unique):,} of {n:,} images (exact recall, {seconds:.1f} s)")
    print(f"distinct by discrete settling  {int(minima.n_unique_discrete):,}")
    print(f"recalls that settle           {parts.interval(minima, 'share_settled')} of the images")
    print(f"recalled at the discrete code {parts.interval(minima, 'share_at_discrete')} of the images")
    print(f"squared error per image       {parts.interval(minima, 'mean_squared_error')}")
    print(f"threshold                     {net.threshold.min():.4g} … {net.threshold.max():.4g}")


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
    from analysis import attractors
    from analysis.statistics import proportion_interval
    from neurosim import patterns

    if out is not None:
        parts.result_file(out, network)
    net = Network.load(network)
    if dataset is None:
        if half:
            raise InvalidInput("--half is for images; name a data set, or use --mask")
        states = patterns.random_hidden_states(net.n_hidden, 1000 if limit is None else limit, seed=seed)
        cues = patterns.visible_cues(net, states)
    else:
        images = parts.images_for(net, network, dataset, split, data_dir, download)
        cues = images.pixels[:limit].astype(float)
        cues = patterns.half_mask(cues, images.shape, fill=images.pixels.mean(axis=0)) if half else cues
    cues = patterns.add_noise(cues, noise, seed=seed)
    cues = patterns.random_mask(cues, mask, seed=seed + 1) if mask else cues
    options: dict[str, Any] = {"target": target, "formulation": formulation, "device": device}
    options = {name: value for name, value in options.items() if value is not None}
    start = time.perf_counter()
    result = neurosim.recall(net, cues, engine=engine.value, duration=duration, seed=seed, progress=True, **options)
    seconds = time.perf_counter() - start
    print(f"{len(cues):,} recalls by {engine.value} in {seconds:.2f} s, {1e6 * seconds / len(cues):.0f} µs each")
    names, counts = np.unique(result.outcome.values, return_counts=True)
    for name, count in zip(names, counts, strict=True):
        share = proportion_interval(count, len(cues))
        print(
            f"  {name:<10} {count:>7,}  {100 * share.estimate:.2f}% ({100 * share.lower:.2f} – {100 * share.upper:.2f})"
        )
    print(f"distinct attractors  {attractors.unique(result).sizes['attractor']:,}")
    print(f"last crossing        {1e3 * float(result.settle_time.median()):.3g} ms (median of the settled)")
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
    method: Annotated[str, typer.Option(help="enumeration (count fixed points) or recall (simulate).")] = "enumeration",
    noise: Annotated[float, typer.Option(help="Std of the cue noise, for --method recall.")] = 0.0,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF; the figure goes beside it as PDF.")] = Path(
        "capacity.nc"
    ),
) -> None:
    """Count the states a network stores: of one network, or of random ones against N_h, as in figure 1a."""
    from analysis import capacity as analysis

    parts.netcdf_file(out, network)
    if network is not None:
        counted = analysis.count_fixed_points(Network.load(network), progress=True)
        n_hidden = int(counted.attrs["n_hidden"])
        neurosim.save_result(counted, out)
        print(f"{counted['count'].item():,} fixed points of 2^{n_hidden} = {2**n_hidden:,} states")
        print(f"log2 {float(counted.log2):.3f} bits, {counted['stable'].item():,} stable, by {counted.attrs['method']}")
        print(f"wrote {out}")
        return
    curve = analysis.capacity_curve(
        [int(n) for n in parts.numbers(hidden, "--hidden", whole=True)],
        visible_per_hidden=visible_per_hidden,
        thresholds=parts.numbers(thresholds, "--thresholds"),
        n_networks=networks,
        method=method,
        noise_std=noise,
        seed=seed,
        progress=True,
    )
    for theta in curve.threshold.values:
        for n in curve.n_hidden.values:
            here = curve.sel(threshold=theta, n_hidden=n)
            print(f"θ = {theta:g}  N_h = {n:<3} {parts.interval(here, 'fraction')} of 2^{n} states")
    from analysis.figures import capacity as figure

    parts.write(curve, figure.draw(curve), out)


@app.command()
def noise(
    network: Annotated[Path | None, typer.Argument(help="A network file. Default: random networks.")] = None,
    dataset: Annotated[str | None, typer.Argument(help="Recall the memories of this data set's images.")] = None,
    levels: Annotated[str, typer.Option(help="Stds of the cue noise, separated by commas.")] = "0,0.5,1,1.5,2,3,4,6,8",
    hidden: parts.Hidden = 10,
    visible: parts.Visible = 1000,
    networks: parts.Networks = 20,
    cues: parts.CuesOption = 1024,
    engine: parts.EngineOption = parts.Engine.EVENT,
    duration: parts.Duration = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF; the figure goes beside it as PDF.")] = Path("noise.nc"),
) -> None:
    """Measure recall against noise on the cue, beside equation 38, a lower bound for very slow visible neurons."""
    from analysis import basins
    from analysis.figures import noise as figure

    parts.netcdf_file(out, network)
    nets, targets = parts.subject(network, dataset, data_dir, download, hidden, visible, networks, seed)
    curve = basins.recall_vs_noise(
        nets,
        parts.numbers(levels, "--levels"),
        targets=targets,
        n_cues=cues,
        seed=seed,
        engine=engine.value,
        duration=duration,
        progress=True,
    )
    for level in curve.noise_std.values:
        here = curve.sel(noise_std=level)
        bound = f"  eq. (38) {float(here.bound):.4f}" if np.isfinite(here.bound) else ""
        print(f"σ_v = {level:<6g} recalled {parts.interval(here, 'recalled')}{bound}")
    parts.write(curve, figure.draw(curve), out)


@app.command()
def timescales(
    network: Annotated[Path | None, typer.Argument(help="A network file. Default: random networks.")] = None,
    dataset: Annotated[str | None, typer.Argument(help="Recall the memories of this data set's images.")] = None,
    ratios: Annotated[str, typer.Option(help="τ_v/τ_h, separated by commas.")] = "1,1.5,2,2.5,3,4,5,6,8,10,15,20,40",
    noise: Annotated[float, typer.Option(help="Std of the cue noise.")] = 0.0,
    hidden: parts.Hidden = 10,
    visible: parts.Visible = 1000,
    networks: parts.Networks = 20,
    cues: parts.CuesOption = 1024,
    engine: parts.EngineOption = parts.Engine.EVENT,
    duration: parts.Duration = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF; the figure goes beside it as PDF.")] = Path(
        "timescales.nc"
    ),
) -> None:
    """Measure recall against the ratio of time constants τ_v/τ_h, as in figure 11."""
    from analysis import timescales as analysis
    from analysis.figures import timescales as figure

    parts.netcdf_file(out, network)
    nets, targets = parts.subject(network, dataset, data_dir, download, hidden, visible, networks, seed)
    curve = analysis.recall_vs_ratio(
        nets,
        parts.numbers(ratios, "--ratios"),
        noise_std=noise,
        targets=targets,
        n_cues=cues,
        seed=seed,
        engine=engine.value,
        duration=duration,
        progress=True,
    )
    for ratio in curve.ratio.values:
        here = curve.sel(ratio=ratio)
        recalled, last = (parts.interval(here, name) for name in ("recalled", "settle_time"))
        print(f"τ_v/τ_h = {ratio:<5g} recalled {recalled}  last crossing {last} τ_h")
    parts.write(curve, figure.draw(curve), out)


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
    nets, _ = parts.subject(None, None, None, False, hidden, visible, networks, seed)
    parts.compare_spiking(nets, net, images, out, cues, seed, sweeps)


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
    parts.study_and_report(net, images, out, seed)


def main() -> None:
    """Run the command line; an error made by the input is one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Greek letters must not cost a finished run
            stream.reconfigure(errors="replace")
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
