"""The command about other memories: `neurosim compare`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli import parse, parts


def compare(
    memories: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names, with settings if need be: hebb dense:power=4 modern:beta=0.1. Default: all memories."
        ),
    ] = None,
    sizes: Annotated[str, typer.Option(help="Numbers of neurons, separated by commas.")] = "50,100,200",
    flipped: Annotated[float, typer.Option(help="Share of wrong bits in the cues of the capacity.")] = 0.1,
    criterion: Annotated[
        float, typer.Option(help="Overlap from which a pattern counts as recalled; 1: without a wrong bit.")
    ] = 0.95,
    maximum: Annotated[
        int, typer.Option(callback=parts.at_least("--maximum", 3), help="Patterns stored, at most.")
    ] = 4096,
    networks: Annotated[
        int,
        typer.Option(
            callback=parts.at_least("--networks", 1),
            help="Independent networks at each probed load, at most; 8 or more for the intervals to hold.",
        ),
    ] = 20,
    quick: Annotated[bool, typer.Option("--quick", help="A preview: 20 and 40 neurons, 8 networks.")] = False,
    workers: parts.Workers = 1,
    cluster: parts.Cluster = None,
    cluster_option: parts.ClusterOptions = None,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF; the figure goes beside it as PDF.")] = Path(
        "compare.nc"
    ),
) -> None:
    """Compare all associative memories: capacity, bits per synapse, basins, on the same patterns and cues.

    A capacity is the number of patterns where the share recalled crosses one half. A comparison that was stopped
    continues when the same command is given again.
    """
    from neurosim.measure.comparison import compare as analysis
    from neurosim.measure.comparison import table
    from neurosim.measure.comparison.trials import default_models
    from neurosim.plots import comparison as figure

    parts.netcdf_file(out)
    chosen = parse.numbers("20,40" if quick else sizes, "--sizes", whole=True)
    start = time.perf_counter()
    with parts.runner(out, workers, cluster, cluster_option) as runner:
        found = analysis.compare(
            min(networks, 8) if quick else networks,
            parse.models(memories) if memories else default_models(),
            sorted(chosen),
            seed=seed,
            maximum=min(maximum, 512) if quick else maximum,
            runner=runner,
            flipped=flipped,
            criterion=criterion,
        )
        print("\n".join([*table.lines(found), "", *table.notes(found)]))
        parts.write(found, figure.capacities(found), out)
    print(f"compared in {time.perf_counter() - start:.0f} s")
