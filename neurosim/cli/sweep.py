"""The command `neurosim sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurosim.cli import options, parse

if TYPE_CHECKING:
    import numpy as np
    import xarray

    from neurosim import Network


def sweep(
    ctx: typer.Context,
    ranges: Annotated[
        list[str],
        typer.Argument(
            help="Settings and their values: noise_std=0,1,2 visible_per_hidden=10,100. One value fixes a setting. A "
            "name without values has its usual range."
        ),
    ],
    network: Annotated[Path | None, typer.Option(help="A network file. Default: random networks.")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Recall the memories of these images, a name or a path. Default: random states.")
    ] = None,
    ensemble: options.EnsembleOption = "gaussian",
    networks: options.Networks = 20,
    cues: options.Cues = 1024,
    engine: options.EngineOption = "event",
    duration: options.Duration = None,
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    cluster_option: options.ClusterOptions = None,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
    out: options.Output = Path("sweep.nc"),
) -> None:
    """Measure recall over any grid: noise, τ_v/τ_h, load, threshold, damage to the cue, spread of time constants.

    Names: n_hidden, visible_per_hidden, threshold, ratio (τ_v/τ_h), gain, spread_h, spread_v, noise_std, flipped,
    masked, occluded. If a sweep is stopped, the same command resumes it.
    """
    from neurosim.cli import inputs, output
    from neurosim.measure.recall.curves import recall_sweep

    if network is None:
        options.refuse_unused(ctx, ("dataset", *options.DATA), "without --network")
    else:
        options.refuse_unused(ctx, ["networks", "ensemble"], "with --network")
    if dataset is None:
        options.refuse_unused(ctx, options.DATA, "without --dataset")
    output.check_netcdf_output(out)
    grid, fixed = parse.ranges(ranges)
    settings: dict[str, Any] = dict(fixed)
    subject, targets, shape = networks, None, None
    if network is not None:
        subject, targets, shape = _trained(network, dataset, data_dir, download)
    where = inputs.sweep_options(ctx, workers, cluster, cluster_option)
    with inputs.temporary_points(out, **where) as runner:
        curve = recall_sweep(
            subject,
            grid,
            ensemble=parse.ensemble(ensemble),
            targets=targets,
            n_cues=cues,
            engine=parse.engine(engine),
            duration=duration,
            image_shape=shape,
            seed=seed,
            runner=runner,
            **settings,
        )
        output.print_table(curve, "recalled")
        output.write_with_figure(curve, _figure(curve), out)


def _trained(
    network: Path, dataset: str | None, data_dir: Path | None, download: bool
) -> tuple[Network, np.ndarray | None, tuple[int, ...] | None]:
    """Return a network, and the memories and the shape of its images if the data set is known."""
    from neurosim import Network
    from neurosim.cli.inputs import images_for
    from neurosim.measure.learned.trained import TrainedNetwork

    net = Network.load(network)
    if dataset is None:
        return net, None, None
    images = images_for(net, network, dataset, "train", data_dir, download)
    return net, TrainedNetwork(net, images).memories, images.shape


def _figure(curve: xarray.Dataset) -> Any:
    """Draw a sweep over one setting as a curve, over two as lines or a phase diagram; None over more."""
    from neurosim.plots import curves, phase

    dims = sorted((str(d) for d in curve.recalled.dims), key=lambda d: curve.sizes[d])
    if len(dims) == 1:
        return curves.draw(curve, dims[0])
    if len(dims) > 2:
        return None
    by, x = dims
    return curves.draw(curve, x, by=by) if curve.sizes[by] <= 6 else phase.draw(curve, x, by)
