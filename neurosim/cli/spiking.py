"""The command `neurosim spiking`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurosim.cli import options

if TYPE_CHECKING:
    import xarray


def spiking(
    ctx: typer.Context,
    network: Annotated[Path | None, typer.Argument(metavar="NETWORK", help="Network file to measure too.")] = None,
    dataset: Annotated[str, typer.Argument(metavar="DATA", help="Data of the training, a name or a path.")] = "digits",
    hidden: Annotated[int, typer.Option(help="Hidden neurons of the random networks.")] = 10,
    visible_per_hidden: Annotated[float, typer.Option(help="N_v/N_h of the random networks.")] = 100.0,
    networks: options.Networks = 20,
    cues: options.Cues = 64,
    sweeps: Annotated[bool, typer.Option(help="Also measure other cells, parameters and second cues.")] = True,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
    out: Annotated[Path, typer.Option(help="Folder for report.html and its results.")] = Path("spiking"),
) -> None:
    """Compare the spiking model with the rate model: agreement, other cells, parameters, a second cue.

    Sweeps use 20 of the networks and at most 64 cues each. They take about a quarter of an hour on one core, and
    compile about twenty programs the first time, which are cached. --no-sweeps omits them.
    """
    from neurosim import Network
    from neurosim.cli.inputs import images_for
    from neurosim.cli.output import keep, print_step, print_written
    from neurosim.outputs import check_folder
    from neurosim.report import spiking as page
    from neurosim.report import spiking_study, study
    from neurosim.sweep import spawn_seeds
    from neurosim.validation import real

    if network is None:
        options.refuse_unused(ctx, options.DATA, "without a network file")
    n_visible = round(real(visible_per_hidden, "--visible-per-hidden", above=0) * hidden)
    check_folder(out, "report.html", "*.nc")
    section, results = None, {}
    if network is not None:
        net = Network.load(network)
        images = images_for(net, network, dataset, "train", data_dir, download)
        drawn = study.shown_cues(images, seed)[2][:4]
        steps = spiking_study.trained_network(net, images, drawn, seed)
        results = study.measure_steps(steps, out, print_step)
        if results:
            rasters = {name: results[f"recall_{name}"] for name in spiking_study.DRAWN}
            section = page.network_section(results["trained"], rasters, images.shape)
    nets = [Network.gaussian(n_visible, hidden, seed=s) for s in spawn_seeds([seed, 1], networks)]
    steps = spiking_study.random_networks(nets, n_cues=cues, seed=seed, sweeps=sweeps, progress=True)
    results |= study.measure_steps(steps, out, print_step)
    page.write(out / "report.html", results, section, n_visible, hidden)
    for name in ("agreement", "trained"):
        if name in results:
            keep(**{name: results[name]})
            _print_agreement(results[name])
    print_written(out / "report.html")


def _print_agreement(result: xarray.Dataset) -> None:
    from neurosim.measure.statistics import format_estimate

    n = result.attrs["n_networks"]
    sizes = f"{result.attrs['n_trials']} cues" + (f", {n} networks each" if n > 1 else ", this network")
    for level in result.noise_std.values:
        same = format_estimate(result.sel(noise_std=level), "same_state")
        print(f"σ_v = {level:<6.3g} same state as the rate model {same}  of {sizes}")
