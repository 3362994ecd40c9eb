"""The command `neurosim sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from neurosim.cli import options, parse

if TYPE_CHECKING:
    import xarray


def sweep(
    ctx: typer.Context,
    network: options.OptionalNetwork = None,
    dataset: options.Memories = None,
    noise_std: options.NoiseStdValues = None,
    missing: options.MissingValues = None,
    occluded: options.OccludedValues = None,
    flipped: options.FlippedValues = None,
    hidden: options.HiddenValues = None,
    visible_per_hidden: options.LoadValues = None,
    threshold: options.ThresholdValues = None,
    ratio: options.RatioValues = None,
    gain: options.GainValues = None,
    spread_h: options.SpreadHValues = None,
    spread_v: options.SpreadVValues = None,
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

    VALUES are numbers with commas, low:high or low:high:step. Options with several values are the grid; one value is
    fixed. If a sweep is stopped, the same command resumes it.
    """
    from neurosim.cli import inputs, output
    from neurosim.measure.recall.curves import recall_sweep
    from neurosim.measure.recall.trials import SETTINGS

    options.refuse_beside(ctx, network, dataset, "hidden", "visible_per_hidden", "networks", "ensemble")
    output.check_netcdf_output(out)
    names = {name: ctx.params[name.removeprefix("n_")] for name in SETTINGS}
    grid, fixed = parse.ranges(names)
    settings: dict[str, Any] = dict(fixed)
    subject, shape = networks, None
    if network is not None:
        subject, settings["targets"], shape = inputs.trained(network, dataset, data_dir, download)
    where = inputs.sweep_options(ctx, workers, cluster, cluster_option)
    with inputs.temporary_points(out, **where) as runner:
        curve = recall_sweep(
            subject,
            grid,
            ensemble=parse.ensemble(ensemble),
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
