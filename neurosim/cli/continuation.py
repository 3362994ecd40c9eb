"""The command `neurosim continuation`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurosim.cli import options, parse
from neurosim.errors import InvalidInput
from neurosim.validation import real

if TYPE_CHECKING:
    import xarray

_PARAMETERS = {  # option → parameter of `neurosim.measure.continuation`
    "threshold": "threshold",
    "ratio": "ratio",
    "strength": "strength",
    "lesioned_visible": "lesioned_visible",
    "lesioned_hidden": "lesioned_hidden",
    "membrane_noise": "noise",
}


def continuation(
    ctx: typer.Context,
    network: Annotated[
        Path | None, typer.Argument(metavar="NETWORK", help="A network file. Default: a random network.")
    ] = None,
    dataset: options.Memories = None,
    threshold: options.ThresholdValues = None,
    ratio: options.RatioValues = None,
    strength: options.StrengthValues = None,
    lesioned_visible: options.LesionedVisibleValues = None,
    lesioned_hidden: options.LesionedHiddenValues = None,
    membrane_noise: options.MembraneNoiseValues = None,
    hidden: Annotated[
        int, typer.Option(callback=options.at_least("--hidden", 1), help="Hidden neurons of the random network.")
    ] = 8,
    visible_per_hidden: Annotated[float, typer.Option(help="N_v/N_h of the random network.")] = 10.0,
    ensemble: options.EnsembleOption = "gaussian",
    cues: Annotated[
        int, typer.Option(callback=options.at_least("--cues", 1), help="Gaussian cues, which give the basins.")
    ] = 1000,
    engine: options.EngineOption = "event",
    duration: options.Duration = None,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
    out: options.Output = Path("continuation.nc"),
) -> None:
    """Follow the attractors of one network while a parameter moves: where they appear and vanish, and their basins.

    VALUES are numbers with commas, low:high or low:high:step; one of these options is given. All hidden states are
    started if there are at most 1,024, else as many random ones, or with DATA the memories of the images.
    """
    from neurosim.cli import inputs, output
    from neurosim.measure import continuation as measure
    from neurosim.measure.recall.trials import random_network
    from neurosim.plots import continuation as plot

    output.check_netcdf_output(out)
    parameter, values = _moved(ctx)
    options.refuse_beside(ctx, network, dataset, "hidden", "visible_per_hidden", "ensemble")
    if network is not None:
        net, targets, _ = inputs.trained(network, dataset, data_dir, download)
    else:
        load = real(visible_per_hidden, "--visible-per-hidden", above=0)
        net, targets = random_network(hidden, load, parse.ensemble(ensemble), seed), None
    found = measure(
        net,
        parameter,
        values,
        targets=targets,
        n_cues=cues,
        engine=parse.engine(engine),
        duration=duration,
        seed=seed,
        progress=True,
    )
    output.keep(continuation=found)
    _print_table(found)
    output.write_with_figure(found, plot.draw(found), out)


def _moved(ctx: typer.Context) -> tuple[str, list[float]]:
    """Return the parameter that has values, and these."""
    given = [name for name in _PARAMETERS if ctx.params[name] is not None]
    if len(given) != 1:
        known, got = (", ".join(map(parse.option_of, names)) for names in (_PARAMETERS, given))
        raise InvalidInput(f"one of {known} must be given, got {got or 'none'}")
    return _PARAMETERS[given[0]], parse.numbers(ctx.params[given[0]], parse.option_of(given[0]))


def _print_table(found: xarray.Dataset) -> None:
    from neurosim.report import continuation as report

    for value in found.value.values:
        here = found.sel(value=value)
        counts = f"{int(here.n_attractors):>5,} attractors, {int(here.n_appeared):,} new, {int(here.n_vanished):,} gone"
        print(f"{found.attrs['parameter']} = {value:<6g} {counts}; largest basin {report.largest_basin(here)}")
    print(report.sentence(found))
