"""Options that several commands share, and checks of options.

An option that has no effect beside the other options of a call is refused: `refuse_unused`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from neurosim.errors import InvalidInput


def at_least(option: str, lowest: int) -> Callable[[int | None], int | None]:
    """Return a check that the value of an option is at least `lowest`.

    Examples
    --------
    >>> at_least("--networks", 1)(20)
    20
    >>> at_least("--networks", 1)(0)
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: --networks must be at least 1, got 0
    """

    def check(value: int | None) -> int | None:
        if value is not None and value < lowest:
            raise InvalidInput(f"{option} must be at least {lowest}, got {value}")
        return value

    return check


def is_given(ctx: typer.Context, name: str) -> bool:
    """Return whether a parameter was given on the command line."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def refuse_unused(ctx: typer.Context, names: Iterable[str], when: str) -> None:
    """Refuse options that were given and would have no effect.

    Parameters
    ----------
    ctx : typer.Context
    names : iterable of str
        Names of the command's parameters.
    when : str
        Condition under which they have no effect, for instance "with a network file".

    Raises
    ------
    InvalidInput
        One of the options was given.
    """
    refuse(("--" + name.replace("_", "-") for name in names if is_given(ctx, name)), when)


def refuse_beside(ctx: typer.Context, network: Path | None, dataset: str | None, *of_random_networks: str) -> None:
    """Refuse options of random networks beside a network file, and those of a data set where there is none.

    Raises
    ------
    InvalidInput
        Such an option was given.
    """
    if network is not None:
        refuse_unused(ctx, of_random_networks, "with a network file")
    if dataset is None:
        refuse_unused(ctx, DATA, "without a data set")


def refuse(options: Iterable[str], when: str) -> None:
    """Refuse the options, if there are any.

    Examples
    --------
    >>> refuse([], "with a network file")
    >>> refuse(["--networks"], "with a network file")
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: --networks has no effect with a network file; omit it
    """
    if found := list(options):
        has, it = ("has", "it") if len(found) == 1 else ("have", "them")
        raise InvalidInput(f"{', '.join(found)} {has} no effect {when}; omit {it}")


Seed = Annotated[int, typer.Option(callback=at_least("--seed", 0), help="Seed of all random numbers.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder that holds the data set's files. Default: the variable NEUROSIM_DATA."),
]
Download = Annotated[bool, typer.Option("--download", help="Download the data set if its files are missing.")]
Dataset = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="digits (built in), mnist, fashion-mnist, cifar10 or another name, or a path: a folder of pictures, or a "
        ".npy, .npz, .mat, .h5, .nwb or .nc file (FILE:NAME for one of its arrays); - is standard input.",
    ),
]
OptionalData = Annotated[
    str | None, typer.Argument(metavar="DATA", help="Name or path of the cues. Default: random states.")
]
Memories = Annotated[
    str | None,
    typer.Argument(metavar="DATA", help="Take the memories of these images, a name or a path. Default: random states."),
]
OptionalNetwork = Annotated[
    Path | None, typer.Argument(metavar="NETWORK", help="A network file. Default: random networks.")
]
NetworkFile = Annotated[Path, typer.Argument(metavar="NETWORK", help="A network file written by `neurosim train`.")]
Duration = Annotated[
    float | None,
    typer.Option(
        help="Simulated seconds of each recall. Default: 20 times the longest time constant, longer until settled."
    ),
]
ENGINE_HELP = (
    "event (exact), reference, torch or brian, with options after a colon: torch:device=cuda, "
    "brian:target=cpp_standalone,formulation=fastest, or brian:cells=regular for spiking cells."
)
EngineOption = Annotated[str, typer.Option(metavar="NAME[:OPTIONS]", help=ENGINE_HELP)]
Networks = Annotated[
    int,
    typer.Option(
        callback=at_least("--networks", 1), help="Independent networks per point; intervals are over networks."
    ),
]
EnsembleOption = Annotated[
    str,
    typer.Option(
        metavar="NAME[:SETTINGS]",
        help="Distribution of the weights of random networks: gaussian, rademacher, sparse_binary:active=0.1, "
        "log_normal:spread=0.5, orthogonal, or module:function with a function (n_visible, n_hidden, rng) of yours.",
    ),
]
Cues = Annotated[int, typer.Option(callback=at_least("--cues", 1), help="Cues per network and point.")]
HiddenValues = Annotated[str | None, typer.Option(metavar="VALUES", help="N_h of random networks.")]
LoadValues = Annotated[str | None, typer.Option(metavar="VALUES", help="N_v/N_h of random networks.")]
ThresholdValues = Annotated[str | None, typer.Option(metavar="VALUES", help="θ of all hidden neurons.")]
RatioValues = Annotated[str | None, typer.Option(metavar="VALUES", help="Ratio of time constants τ_v/τ_h.")]
GainValues = Annotated[
    str | None, typer.Option(metavar="VALUES", help="Gain of sigmoid hidden neurons; inf: Heaviside.")
]
SpreadHValues = Annotated[
    str | None, typer.Option(metavar="VALUES", help="Coefficient of variation of τ_h over hidden neurons.")
]
SpreadVValues = Annotated[
    str | None, typer.Option(metavar="VALUES", help="Coefficient of variation of τ_v over visible neurons.")
]
NoiseStdValues = Annotated[str | None, typer.Option(metavar="VALUES", help="Noise on the cue, σ_v.")]
MissingValues = Annotated[
    str | None, typer.Option(metavar="VALUES", help="Share of visible neurons at 0 in the cue, at random.")
]
OccludedValues = Annotated[
    str | None, typer.Option(metavar="VALUES", help="Share of visible neurons at 0 in the cue, in one piece.")
]
FlippedValues = Annotated[
    str | None, typer.Option(metavar="VALUES", help="Share of visible neurons with flipped sign in the cue.")
]
StrengthValues = Annotated[str | None, typer.Option(metavar="VALUES", help="Factor of all synapses.")]
LesionedVisibleValues = Annotated[str | None, typer.Option(metavar="VALUES", help="Share of lesioned visible neurons.")]
LesionedHiddenValues = Annotated[str | None, typer.Option(metavar="VALUES", help="Share of lesioned hidden neurons.")]
MembraneNoiseValues = Annotated[
    str | None,
    typer.Option(metavar="VALUES", help="Membrane noise of spiking cells, as of --engine brian:cells=regular."),
]
Workers = Annotated[
    int,
    typer.Option(callback=at_least("--workers", 1), help="Processes of one thread each, or jobs on a cluster."),
]
Cluster = Annotated[
    str | None, typer.Option(help="slurm, or the address of a Dask scheduler, tcp://host:port. Default: this machine.")
]
ClusterOptions = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE", help="Option of Slurm, such as slurm_partition=cpu or timeout_min=60 (repeatable)."
    ),
]
Output = Annotated[Path, typer.Option(help="Results as netCDF; the figure is written beside it as PDF.")]
DeviceOption = Annotated[str, typer.Option(help="cpu or cuda.")]
SWEEP = ("networks", "workers", "cluster", "cluster_option")
DATA = ("data_dir", "download")
