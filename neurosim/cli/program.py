"""Options, progress, resuming, saving and printing that the programs in `analysis/` and `training/` share.

A program is a file with a docstring (title, underline, explanation) and three functions:

    def measure(run):   # Run -> dict of name to Dataset
    def plot(data):     # -> Axes, or an array of them
    def findings(data): # -> sentences, of which the first is the caption, rows of numbers with their intervals

    if __name__ == "__main__":
        program.main(measure, plot, findings)

Run as ``python analysis/NAME.py [--quick] [--out DIR]`` it writes OUT/NAME-<part>.nc, OUT/NAME.svg, .pdf and .png, its
findings, and a new OUT/index.html over all the programs that have written to OUT. Finished points of sweeps stay in
OUT/points and trained networks in OUT/networks, so that a program that was stopped resumes.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import xarray

from neurosim import InvalidInput, Network, save_result
from neurosim.cli import parse
from neurosim.cli.errors import SKIPPED, one_line_errors
from neurosim.cli.inputs import BUILT_IN, images_for, input_paths, make_runner
from neurosim.cli.options import ENGINE_HELP, refuse
from neurosim.cli.output import adapt_streams, at_home, print_step
from neurosim.errors import MissingData
from neurosim.measure.learned.cache import TrainedNetworkCache
from neurosim.measure.learned.trained import TrainedNetwork
from neurosim.outputs import check_folder, expanded, protecting
from neurosim.report.findings import Row
from neurosim.sweep import Runner

T = TypeVar("T")
Data = dict[str, xarray.Dataset]
Findings = tuple[Sequence[str], Sequence[Row]]

NETWORKS, TRAINED, DATA, ENGINE = "networks", "trained", "data", "engine"
_SECTION = "Options of this program"
_QUICK_NETWORKS = 3
_CUES, _QUICK_CUES = 1024, 64


@dataclass(frozen=True)
class Run:
    """Sizes and places of one run of a program.

    Parameters
    ----------
    out : Path
        Folder of the results.
    quick : bool, default False
        Whether to compute a preview with small networks and few trials.
    seed : int, default 0
    networks : int, default 20
        Independent random networks per point.
    runner : Runner, optional
        Where sweeps run and store their points. Default: this process and `out`/points.
    network : Path, optional
        A network file, for programs that measure a trained network.
    dataset : str, optional
        The data set that `network` was trained on. Default: the built-in digits.
    data_dir : Path, optional
    download : bool, default False
        As in `neurosim.learning.load_data`.
    recall : mapping, optional
        Arguments n_cues and engine of `neurosim.measure.recall.curves.recall_sweep`.
    options : mapping, optional
        Values of the options that the program declares.
    log : callable, default print
        Receives a line of progress.

    Examples
    --------
    >>> run = Run(Path("figures"), quick=True)
    >>> run.pick(full=100, quick=5)
    5
    """

    out: Path
    quick: bool = False
    seed: int = 0
    networks: int = 20
    runner: Runner = field(default_factory=Runner)
    network: Path | None = None
    dataset: str | None = None
    data_dir: Path | None = None
    download: bool = False
    recall: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    log: Callable[[str], None] = print_step

    def pick(self, full: T, quick: T) -> T:
        """Return the size to use: `quick` for a preview."""
        return quick if self.quick else full

    @cached_property
    def train(self) -> TrainedNetworkCache:
        """The cache of networks trained for this run: ``run.train("mnist", 50, "denoise")``."""
        return TrainedNetworkCache(
            self.out / "networks", self.data_dir, self.download, self.seed, quick=self.quick, log=self.log
        )

    @cached_property
    def trained(self) -> TrainedNetwork:
        """The network that --network names with its images; by default the digits in 24 hidden neurons.

        The default is trained by the recipe "paper", whose memories can be destroyed by perturbations and have
        spurious neighbours. In a network of the recipe "certified" every state is a memory.
        """
        if self.network is None:
            return self.train("digits", 24, "paper")
        net, dataset = Network.load(self.network), self.dataset or BUILT_IN
        where = (None, False) if dataset == BUILT_IN else (self.data_dir, self.download)
        return TrainedNetwork(net, images_for(net, self.network, dataset, "train", *where))

    @cached_property
    def network_and_targets(self) -> tuple[Network, dict[str, Any]]:
        """The network to measure, and the arguments targets and image_shape of `recall_sweep`.

        The targets are the memories of the data set's images. There are none for a network file without --dataset:
        hidden states drawn at random are recalled.

        Raises
        ------
        InvalidInput
            No image leads to a stable state.
        """
        if self.network is not None and self.dataset is None:
            return Network.load(self.network), {}
        if not len(self.trained.memories):
            raise InvalidInput(
                "no image leads to a stable state of the network; omit --dataset to recall random states"
            )
        return self.trained.network, {"targets": self.trained.memories, "image_shape": self.trained.images.shape}


def main(
    measure: Callable[[Run], Data],
    plot: Callable[[Data], Any],
    findings: Callable[[Data], Findings],
    *,
    uses: Collection[str] = (),
    networks: int = 20,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    without_network: Collection[str] = (),
    figure: str = "svg",
    topic: str = "",
    arguments: Sequence[str] | None = None,
) -> Data:
    """Run a program: read its options, measure, plot, save, print the findings.

    Parameters
    ----------
    measure, plot, findings : callable
        The program's three functions, defined in its file.
    uses : collection of {"networks", "trained", "data", "engine"}, optional
        Which groups of options the program has beside --quick, --out and --seed. "networks": --networks and where
        sweeps run; "trained": --network and --dataset; "data": where data sets are; "engine": --engine and --cues. A
        program has no option that it would ignore.
    networks : int, default 20
        Default of --networks.
    options : mapping of str to mapping, optional
        Further options of the program: name, and keywords of `argparse.ArgumentParser.add_argument`. Their values are
        in `Run.options`.
    without_network : collection of str, optional
        Options, such as "networks", that have an effect only without --network; together with it they are refused.
    figure : {"svg", "png"}, default "svg"
        Which file of the figure the index page shows; "png" for figures with many images.
    topic : str, default ""
        Heading of the program in the contents of the index page.
    arguments : sequence of str, optional
        Default: those of the command line.

    Returns
    -------
    dict of str to xarray.Dataset
        The results of `measure`.

    Raises
    ------
    SystemExit
        With code 3 if a data set that the program needs is missing, 2 after another error of the input, and
        130 after an interrupt. One line states the error.

    See Also
    --------
    neurosim.cli.figures.main : Runs several programs.

    Notes
    -----
    `analysis/fig_11_time_constants.py` is a short program to start from.
    """
    file = Path(inspect.getfile(measure))
    title, explanation = described(inspect.getmodule(measure).__doc__ or file.stem)  # pyright: ignore[reportOptionalMemberAccess]
    parser = _parser(title, uses, networks, options or {})
    values = {name: at_home(value) for name, value in vars(parser.parse_args(arguments)).items()}
    ignored = [name for name in without_network if values[name] != parser.get_default(name)]
    if values.setdefault("networks", networks) is None:
        values["networks"] = _QUICK_NETWORKS if values["quick"] else networks
    adapt_streams()
    with one_line_errors(file.name, remedy="; run it again to resume"):
        try:
            if values.get("network") is not None:
                _refuse_unused(values, ignored, "with --network")
            reading = protecting(*input_paths(values))
            run = _request(values, uses, options or {})
            with reading:
                return _run(file.stem, _Page(title, explanation, topic, figure), run, measure, plot, findings)
        except MissingData as error:
            remedy = "give --data-dir, set NEUROSIM_DATA, or --download"
            print(f"{file.name}: skipped: needs {error.dataset}; {remedy}", file=sys.stderr)
            raise SystemExit(SKIPPED) from None


def described(docstring: str) -> tuple[str, list[str]]:
    r"""Return the title and the paragraphs of a program's docstring.

    Examples
    --------
    >>> described("Title\n=====\n\nOne\nparagraph.\n\nAnother.")
    ('Title', ['One paragraph.', 'Another.'])
    """
    title, *blocks = inspect.cleandoc(docstring).split("\n\n")
    return title.splitlines()[0], [" ".join(block.split()) for block in blocks]


class _Page(NamedTuple):
    """What the index page says about a program beside its findings."""

    title: str
    explanation: list[str]
    topic: str
    kind: str


def _run(
    name: str,
    page: _Page,
    run: Run,
    measure: Callable[[Run], Data],
    plot: Callable[[Data], Any],
    findings: Callable[[Data], Findings],
) -> Data:
    from neurosim.report.index import write_index, write_record
    from neurosim.report.page import fix_layout, picture, write_pdf, write_picture

    check_folder(run.out, *(f"{name}.{kind}" for kind in ("json", "pdf", "svg", "png")), f"{name}-*.nc", "index.html")
    run.log(f"{name}: {page.title}")
    data = measure(run)
    for part, dataset in data.items():
        save_result(dataset, run.out / f"{name}-{part}.nc")
    axes = plot(data)
    fix_layout(axes)
    write_pdf(axes, run.out / f"{name}.pdf")
    text, rows = findings(data)
    pictures = {kind: picture(axes, name, page.title, kind, text[0] if text else "") for kind in ("svg", "png")}
    for drawn in pictures.values():
        write_picture(drawn, run.out)
    print("\n".join([*text, *(f"  {what:<34} {number}  {note}".rstrip() for what, number, note in rows)]))
    write_record(run.out, pictures[page.kind], page.title, [*page.explanation, *text[1:]], rows, page.topic)
    print(f"wrote {run.out / name}-*.nc, .svg, .pdf, .png and {write_index(run.out)}", flush=True)
    return data


def _parser(
    title: str, uses: Collection[str], networks: int, options: Mapping[str, Mapping[str, Any]]
) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=title, allow_abbrev=False)
    add = parser.add_argument
    add("--quick", action="store_true", help="a preview with small networks and few trials")
    add("--out", type=expanded, default=Path("figures"), help="folder of the results (default: figures)")
    add("--seed", type=_whole(0), default=0, help="seed of all random numbers (default: 0)")
    if NETWORKS in uses:
        text = f"random networks per point (default: {networks}; {_QUICK_NETWORKS} with --quick)"
        add("--networks", type=_whole(1), help=text)
        add("--workers", type=_whole(1), help="processes of one thread each, or jobs on a cluster (default: 1)")
        add("--cluster", help="slurm, or the address of a Dask scheduler (default: this machine)")
        add("--cluster-option", action="append", default=[], metavar="NAME=VALUE", help="option of Slurm (repeatable)")
    if TRAINED in uses:
        add("--network", type=expanded, help="network file (default: one trained on the digits)")
        add("--dataset", help="data set that --network was trained on (default: digits)")
    if DATA in uses or TRAINED in uses:
        add("--data-dir", type=expanded, help="folder of the data sets (default: the variable NEUROSIM_DATA)")
        add("--download", action="store_true", help="download a data set that is missing")
    if ENGINE in uses:
        add("--engine", default="event", metavar="NAME[:OPTIONS]", help=f"{ENGINE_HELP} Default: event.")
        add("--cues", type=_whole(1), help=f"cues per network and point (default: {_CUES}; {_QUICK_CUES} with --quick)")
    own = parser.add_argument_group(_SECTION) if options else parser
    for name, keywords in options.items():
        own.add_argument(name, **keywords)
    return parser


def _request(values: dict[str, Any], uses: Collection[str], options: Mapping[str, Mapping[str, Any]]) -> Run:
    """Return the run with the given options; refuse options without effect."""
    own = {name: values.pop(name) for name in (name.lstrip("-").replace("-", "_") for name in options)}
    where = {name: values.pop(name, None) for name in ("workers", "cluster")}
    cluster_options = values.pop("cluster_option", [])
    if TRAINED in uses:
        if values["network"] is None:
            unused = ("dataset",) if DATA in uses else ("dataset", "data_dir", "download")
            _refuse_unused(values, unused, "without --network")
        if DATA not in uses and values["dataset"] in (None, BUILT_IN):
            _refuse_unused(values, ("data_dir", "download"), f"for {BUILT_IN}, which are built in")
    if ENGINE in uses:
        values["recall"] = _recall_arguments(values)
    if (network := values.get("network")) is not None:
        Network.load(network)  # before the work, of which it may be the last part
    runner = make_runner(values["out"] / "points", **where, cluster_options=cluster_options)
    return Run(**values, runner=runner, options=own)


def _recall_arguments(values: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments n_cues and engine of `recall_sweep`; take the options from `values`."""
    n_cues = values.pop("cues") or (_QUICK_CUES if values["quick"] else _CUES)
    return {"n_cues": n_cues, "engine": parse.engine(values.pop("engine"))}


def _refuse_unused(values: Mapping[str, Any], names: Iterable[str], when: str) -> None:
    refuse(["--" + name.replace("_", "-") for name in names if values[name]], when)


def _whole(lowest: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < lowest:
            raise argparse.ArgumentTypeError(f"must be a whole number >= {lowest}, got {text!r}")
        return int(text)

    return number
