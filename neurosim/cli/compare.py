"""The command `neurosim compare`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from neurosim.cli import options, parse

_NETWORKS = "Most networks per load. The coverage of the intervals is tested for 20; with fewer it may be lower."
_QUICK = {"sizes": "20,40", "networks": 8, "maximum": 512}


def compare(
    ctx: typer.Context,
    memories: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL",
            help="Models by name, with settings where they differ from the defaults: hebb dense:power=4 "
            "modern:beta=0.1. Default: all models.",
        ),
    ] = None,
    sizes: Annotated[str, typer.Option(metavar="VALUES", help="Numbers of neurons.")] = "50,100,200",
    flipped: Annotated[float, typer.Option(help="Share of flipped bits in the cues.")] = 0.1,
    criterion: Annotated[
        float, typer.Option(help="Overlap from which a pattern counts as recalled; 1: no wrong bit.")
    ] = 0.95,
    maximum: Annotated[
        int, typer.Option(callback=options.at_least("--maximum", 3), help="Largest number of stored patterns.")
    ] = 4096,
    networks: Annotated[int, typer.Option(callback=options.at_least("--networks", 1), help=_NETWORKS)] = 20,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="A preview: 20 and 40 neurons, 8 networks, at most 512 patterns, where these options are not given.",
        ),
    ] = False,
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    cluster_option: options.ClusterOptions = None,
    seed: options.Seed = 0,
    out: options.Output = Path("compare.nc"),
) -> None:
    """Compare associative memories: capacity, bits per synapse, basins, with the same patterns and cues.

    The capacity is the number of patterns at which the share recalled falls to one half. If a comparison is stopped,
    the same command resumes it.
    """
    from neurosim.cli import inputs, output
    from neurosim.measure.comparison import compare as measure
    from neurosim.measure.comparison import table
    from neurosim.measure.comparison.trials import default_models
    from neurosim.plots import comparison

    output.check_netcdf_output(out)
    chosen: dict[str, Any] = {"sizes": sizes, "networks": networks, "maximum": maximum}
    if quick:
        chosen |= {name: value for name, value in _QUICK.items() if not options.is_given(ctx, name)}
    n_neurons = sorted(parse.numbers(chosen["sizes"], "--sizes", whole=True))
    start = time.perf_counter()
    where = inputs.sweep_options(ctx, workers, cluster, cluster_option)
    with inputs.temporary_points(out, **where) as runner:
        found = measure.compare(
            chosen["networks"],
            parse.models(memories) if memories else default_models(),
            n_neurons,
            seed=seed,
            maximum=chosen["maximum"],
            runner=runner,
            flipped=flipped,
            criterion=criterion,
        )
        output.keep(comparison=found)
        print("\n".join([*table.lines(found), "", *table.notes(found)]))
        output.write_with_figure(found, comparison.capacities(found), out)
    print(f"compared in {time.perf_counter() - start:.0f} s")
