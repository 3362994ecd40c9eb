"""The command `neurosim recall`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from neurosim.cli import options, parse

if TYPE_CHECKING:
    import xarray

    from neurosim import Network
    from neurosim.learning.data import Images

_N_RANDOM = 1000


def recall(
    ctx: typer.Context,
    network: options.NetworkFile,
    dataset: options.OptionalData = None,
    engine: options.EngineOption = "event",
    split: Annotated[str, typer.Option(help="train or test images.")] = "train",
    cues: Annotated[
        int | None,
        typer.Option(
            callback=options.at_least("--cues", 1), help=f"Number of cues. Default: all images, {_N_RANDOM} states."
        ),
    ] = None,
    damage: Annotated[
        str | None,
        typer.Option(
            metavar="KIND:SETTINGS",
            help="Damage to each cue: noise:STD, missing:SHARE, occluded:PART, blocks:SIZE or flipped:SHARE; "
            "with fill=mean, missing parts are those of the mean image. Several are joined by +.",
        ),
    ] = None,
    duration: options.Duration = None,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
    out: Annotated[Path | None, typer.Option(help="Write the recalls to this file, as netCDF.")] = None,
) -> None:
    """Recall cues: images of a data set, folder or file, or random states of the network, with noise or missing parts.

    For instance --damage noise:0.25, --damage occluded:lower,fill=mean or --damage missing:0.3+noise:0.1.
    """
    import neurosim
    from neurosim.cli import inputs, output
    from neurosim.damage import Combined
    from neurosim.outputs import check_outputs

    if dataset is None:
        options.refuse_unused(ctx, ("split", *options.DATA), "without a data set")
    chosen_engine = parse.engine(engine)
    check_outputs(out)
    images, net = None, neurosim.Network.load(network)
    chosen_damage = Combined() if damage is None else parse.damage(damage)
    if dataset is None:
        states = neurosim.patterns.random_hidden_states(net.n_hidden, cues or _N_RANDOM, seed=seed)
        whole = stored = neurosim.patterns.visible_cues(net, states)
        shown = chosen_damage.apply(whole, seed=seed)
    else:
        images = inputs.images_for(net, network, dataset, split, data_dir, download)
        whole, stored = images.pixels[:cues].astype(float), images.pixels
        shown = images.damaged(chosen_damage, slice(cues), seed=seed)
    settings: dict[str, Any] = {"engine": chosen_engine, "duration": duration, "seed": seed, "progress": True}
    result = _timed_recall(net, shown, settings)
    if damage is not None:
        undamaged = neurosim.recall(net, whole, **settings)
        _count_differences(result, undamaged)
        _print_damage_table(net, {str(chosen_damage): (shown, result), "none": (whole, undamaged)}, stored)
    if out is not None:
        about = {"cues": dataset or "random states", "damage": str(chosen_damage), "network_file": str(network)}
        neurosim.save_result(_with_images(result, shown, images).assign_attrs(about), out)
        output.print_written(out)


def _with_images(result: xarray.Dataset, cues: np.ndarray, images: Images | None) -> xarray.Dataset:
    """Add the cues, which are the first of the images, and the originals, so that they can be drawn from the file."""
    if images is None:
        return result
    shown = ("cue", "visible_neuron"), cues.astype(np.float32), {"long_name": "cue v(0)", "units": "1"}
    kept = images.variables(slice(len(cues)), "cue") | {"cue_visible": shown}
    return result.assign(kept).assign_attrs(images.origin())


def _timed_recall(net: Network, cues: np.ndarray, settings: dict[str, Any]) -> xarray.Dataset:
    """Recall cues and print the time and the outcomes."""
    import neurosim
    from neurosim.cli.output import keep
    from neurosim.measure.recall import attractors
    from neurosim.measure.statistics import format_estimate, proportion_interval

    start = time.perf_counter()
    result = neurosim.recall(net, cues, **settings)
    seconds, n = time.perf_counter() - start, len(cues)
    print(f"{n:,} recalls by {settings['engine'].name} in {seconds:.2f} s, {1e6 * seconds / n:.0f} µs each")
    names, counts = np.unique(result.outcome.values, return_counts=True)
    for name, count in zip(names, counts, strict=True):
        print(f"  {name:<10} {count:>7,}  {format_estimate(proportion_interval(count, n), percent=True)}")
    n_attractors, last = attractors.unique_attractors(result).sizes["attractor"], float(result.settle_time.median())
    print(f"distinct attractors  {n_attractors:,}")
    print(f"last crossing        {1e3 * last:.3g} ms (median of the settled)")
    outcomes = dict(zip(names, counts, strict=True))
    keep(outcomes=outcomes, n_attractors=n_attractors, last_crossing_seconds=last, recall_seconds=seconds)
    return result


def _count_differences(result: xarray.Dataset, undamaged: xarray.Dataset) -> None:
    """Add the number of hidden neurons that end in another state than from the undamaged cue."""
    differ = (result.hidden_active != undamaged.hidden_active).sum("hidden_neuron")
    long_name = "hidden neurons that end in another state than from the undamaged cue"
    result["n_differ"] = differ.assign_attrs(long_name=long_name, units="1")


def _print_damage_table(
    net: Network, recalls: dict[str, tuple[np.ndarray, xarray.Dataset]], stored: np.ndarray
) -> None:
    """Print errors and shares of the damaged cues and, last in `recalls`, of the undamaged ones."""
    from neurosim import Outcome
    from neurosim.cli import output
    from neurosim.measure.learned.damage import Originals, compare_with_originals
    from neurosim.report.image_findings import damage_rows

    whole, undamaged = list(recalls.values())[-1]
    settled = undamaged.outcome.values == Outcome.SETTLED
    originals = Originals(whole, undamaged.hidden_active.values, settled, stored, np.arange(len(whole)))
    table = compare_with_originals(net, recalls, originals)
    output.keep(damage=table)
    output.print_rows(damage_rows(table))
