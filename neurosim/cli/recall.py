"""The command `neurosim recall`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import typer

from neurosim.cli import options, parse, streamed

if TYPE_CHECKING:
    import xarray

    from neurosim import Network
    from neurosim.damage import Damage
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

    if dataset is None:
        options.refuse_unused(ctx, ("split", *options.DATA), "without a data set")
    chosen_engine = parse.engine(engine)
    if out is not None:
        output.check_file(out, "netCDF")
    images, net = None, neurosim.Network.load(network)
    chosen_damage = Combined() if damage is None else parse.damage(damage)
    if dataset is not None:
        images = inputs.images_for(net, network, dataset, split, data_dir, download)
    n_cues = cues or _N_RANDOM if images is None else min(cues or len(images), len(images))
    settings: dict[str, Any] = {"engine": chosen_engine, "duration": duration, "progress": True}
    about = {"cues": dataset or "random states", "damage": str(chosen_damage), "network_file": str(network)}
    names = list(dict.fromkeys([str(chosen_damage), "none"]))
    totals, rows = {name: streamed.Totals() for name in names}, {name: [] for name in names}
    with streamed.written(out) as write:
        for part in _cues(net, images, chosen_damage, n_cues, seed):
            run = partial(neurosim.recall, net, seed=seed, first_cue=part.rows.start, **settings)
            result = totals[names[0]].count(partial(run, part.damaged))
            if len(names) > 1:
                undamaged = totals["none"].count(partial(run, part.whole))
                _count_differences(result, undamaged)
                for name, found in _compared(net, part, result, undamaged, names).items():
                    rows[name].append(found)
            write(_with_cues(net, result, part, images).assign_attrs(about, seed=seed))
    _print_totals(totals[names[0]], chosen_engine.name)
    if len(names) > 1:
        _print_damage_table(rows, totals)
    if out is not None:
        output.print_written(out)


class _Cues(NamedTuple):
    """A part of the cues: before and after the damage, with what is stored."""

    whole: np.ndarray
    damaged: np.ndarray
    stored: np.ndarray  # of random states, those of this part
    rows: slice  # of all cues
    states: np.ndarray | None  # random hidden states of which these are the cues


def _cues(net: Network, images: Images | None, damage: Damage, n_cues: int, seed: int) -> Iterator[_Cues]:
    from neurosim import patterns
    from neurosim.cli import inputs

    for number, rows in enumerate(streamed.parts(n_cues, net.n_visible)):
        own, states = streamed.seed_of_part(seed, number), None
        if images is None:
            states = patterns.random_hidden_states(net.n_hidden, rows.stop - rows.start, seed=own)
            whole = stored = patterns.visible_cues(net, states)
            damaged = damage.apply(whole, seed=own, image_shape=inputs.image_shape_of(net))
        else:
            whole, stored = images.pixels[rows].astype(float), images.pixels
            damaged = images.damaged(damage, rows, seed=own)
        yield _Cues(whole, damaged, stored, rows, states)


def _with_cues(net: Network, result: xarray.Dataset, cues: _Cues, images: Images | None) -> xarray.Dataset:
    """Add the cues and the originals, images or memories of random states, so that they can be drawn from the file."""
    from neurosim.cli import inputs

    dims, values = ("cue", "visible_neuron"), cues.damaged.astype(np.float32)
    result = result.assign(cue_visible=(dims, values, {"long_name": "cue v(0)", "units": "1"}))
    if images is not None:
        return result.assign(images.variables(cues.rows, "cue")).assign_attrs(images.origin())
    memory = {"long_name": "memory of the random state", "units": "1"}
    state = {"long_name": "random state of which the cue is the damaged memory"}
    shape = inputs.image_shape_of(net)
    return result.assign(
        original=(dims, cues.whole.astype(np.float32), memory), target=(("cue", "hidden_neuron"), cues.states, state)
    ).assign_attrs({} if shape is None else {"image_shape": shape})


def _print_totals(totals: streamed.Totals, engine: str) -> None:
    """Print the time and the outcomes of all recalls."""
    from neurosim.cli.output import keep
    from neurosim.measure.statistics import format_estimate, proportion_interval

    seconds, n = totals.seconds, totals.n_cues
    print(f"{n:,} recalls by {engine} in {seconds:.2f} s, {1e6 * seconds / n:.0f} µs each")
    outcomes = dict(sorted(totals.outcomes.items()))
    for name, count in outcomes.items():
        print(f"  {name:<10} {count:>7,}  {format_estimate(proportion_interval(count, n), percent=True)}")
    n_attractors, times = len(totals.attractors), np.concatenate(totals.settle_times)
    last = float(np.median(times[np.isfinite(times)])) if np.isfinite(times).any() else math.nan
    print(f"distinct attractors  {n_attractors:,}")
    print(f"last crossing        {1e3 * last:.3g} ms (median of the settled)")
    keep(outcomes=outcomes, n_attractors=n_attractors, last_crossing_seconds=last, recall_seconds=seconds)


def _count_differences(result: xarray.Dataset, undamaged: xarray.Dataset) -> None:
    """Add the number of hidden neurons that end in another state than from the undamaged cue."""
    differ = (result.hidden_active != undamaged.hidden_active).sum("hidden_neuron")
    long_name = "hidden neurons that end in another state than from the undamaged cue"
    result["n_differ"] = differ.assign_attrs(long_name=long_name, units="1")


def _compared(
    net: Network, cues: _Cues, result: xarray.Dataset, undamaged: xarray.Dataset, names: list[str]
) -> dict[str, dict[str, np.ndarray]]:
    """Return errors and successes of each cue, by damage: damaged, and undamaged."""
    from neurosim import Outcome
    from neurosim.measure.learned.damage import Originals, compared

    settled = undamaged.outcome.values == Outcome.SETTLED
    own = np.arange(len(cues.whole)) + (cues.rows.start if len(cues.stored) > len(cues.whole) else 0)
    originals = Originals(cues.whole, undamaged.hidden_active.values, settled, cues.stored, own)
    recalls = zip(names, ((cues.damaged, result), (cues.whole, undamaged)), strict=True)
    return {name: compared(net, values, out, originals) for name, (values, out) in recalls}


def _print_damage_table(rows: dict[str, list[dict[str, np.ndarray]]], totals: dict[str, streamed.Totals]) -> None:
    """Print errors and shares of the damaged cues and of the undamaged ones."""
    from neurosim.cli import output
    from neurosim.measure.learned.damage import table_of
    from neurosim.report.image_findings import damage_rows

    joined = {name: {key: np.concatenate([p[key] for p in found]) for key in found[0]} for name, found in rows.items()}
    table = table_of(joined, [len(totals[name].attractors) for name in rows])
    output.keep(damage=table)
    output.print_rows(damage_rows(table))
