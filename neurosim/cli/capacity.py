"""The command `neurosim capacity`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli import options, parse


def capacity(
    ctx: typer.Context,
    network: Annotated[
        Path | None,
        typer.Argument(metavar="NETWORK", help="Count the fixed points of this network instead of random ones."),
    ] = None,
    hidden: Annotated[str, typer.Option(metavar="VALUES", help="Numbers of hidden neurons, such as 5,10,15.")] = "2:12",
    visible_per_hidden: Annotated[float, typer.Option(help="N_v/N_h.")] = 100.0,
    threshold: Annotated[
        str, typer.Option(metavar="VALUES", help="Thresholds of all neurons.")
    ] = "0.3,0.4,0.5,0.6,0.7",
    ensemble: options.EnsembleOption = "gaussian",
    networks: options.Networks = 20,
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    cluster_option: options.ClusterOptions = None,
    seed: options.Seed = 0,
    out: Annotated[
        Path, typer.Option(help="Results as netCDF; without NETWORK the figure is written beside it as PDF.")
    ] = Path("capacity.nc"),
) -> None:
    """Count the fixed points of one network, or of random networks against N_h, as in figure 1a.

    VALUES are numbers with commas, low:high or low:high:step.
    """
    from neurosim.cli import inputs, output

    if network is not None:
        output.check_file(out, "netCDF")
        of_random_networks = ("hidden", "visible_per_hidden", "threshold", "ensemble", *options.SWEEP)
        options.refuse_unused(ctx, of_random_networks, "with a network file")
        _count(network, out, seed)
        return
    output.check_netcdf_output(out)
    from neurosim.measure.capacity.curve import count_sweep
    from neurosim.plots import curves

    grid = {
        "threshold": parse.numbers(threshold, "--threshold"),
        "n_hidden": parse.numbers(hidden, "--hidden", whole=True),
    }
    where = inputs.sweep_options(ctx, workers, cluster, cluster_option)
    with inputs.temporary_points(out, **where) as runner:
        drawn = {"ensemble": parse.ensemble(ensemble), "visible_per_hidden": visible_per_hidden}
        curve = count_sweep(networks, grid, seed=seed, runner=runner, **drawn)
        output.print_table(curve, "stored")
        axes = curves.draw(curve, "n_hidden", quantity="stored", by="threshold", number=True)
        output.write_with_figure(curve, axes, out)


def _count(network: Path, out: Path, seed: int) -> None:
    """Count the fixed points of one network, print and write the result."""
    from neurosim import Network, save_result
    from neurosim.cli import output
    from neurosim.measure.capacity.curve import count_fixed_points

    counted = count_fixed_points(Network.load(network), seed=seed, progress=True)
    n_hidden = int(counted.attrs["n_hidden"])
    save_result(counted, out)
    about = "" if counted["exact"].item() else "about "
    print(f"{about}{counted['count'].item():,} fixed points of 2^{n_hidden} = {2**n_hidden:,} states")
    print(f"log2 {float(counted.log2):.3f} bits, by {counted.attrs['method']}")
    print(f"proven limits {counted['lower'].item():,} to {counted['upper'].item():,}")
    output.keep(counted=counted)
    output.print_written(out)
