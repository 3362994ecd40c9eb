"""The `neurosim` command: its subcommands, --version, and the exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated

import typer

import neurosim
from neurosim.cli.capacity import capacity
from neurosim.cli.classify import classify
from neurosim.cli.common import with_common_options, with_plugins
from neurosim.cli.compare import compare
from neurosim.cli.constrain import constrain
from neurosim.cli.continuation import continuation
from neurosim.cli.demo import demo
from neurosim.cli.errors import BROKEN_PIPE, INTERRUPTED, exit_with, one_line_errors
from neurosim.cli.explore import explore
from neurosim.cli.output import adapt_streams
from neurosim.cli.recall import recall
from neurosim.cli.report import report
from neurosim.cli.spiking import spiking
from neurosim.cli.sweep import sweep
from neurosim.cli.train import train

app = typer.Typer(
    help="Associative memory with exponential capacity: learn images, recall them, measure attractors.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
EXAMPLES = {
    demo: ["neurosim demo --out demo"],
    train: [
        "neurosim train digits --hidden 32",
        "neurosim train mnist --data-dir DATA --recipe certified",
        "neurosim train faces --hidden 50    # a folder of pictures",
    ],
    recall: [
        "neurosim recall digits-32.safetensors digits --damage noise:0.25",
        "neurosim recall faces-50.safetensors faces --damage occluded:lower,fill=mean --out recalls.nc",
    ],
    capacity: ["neurosim capacity --hidden 2:12", "neurosim capacity digits-32.safetensors"],
    sweep: [
        "neurosim sweep --noise-std 0,1,2,4 --visible-per-hidden 10,100",
        "neurosim sweep digits-32.safetensors digits --missing 0:0.6:0.1 --ratio 4",
    ],
    continuation: [
        "neurosim continuation --threshold 0.05:0.95:0.05",
        "neurosim continuation digits-32.safetensors digits --lesioned-visible 0:0.5:0.1",
    ],
    spiking: ["neurosim spiking --no-sweeps", "neurosim spiking digits-32.safetensors digits"],
    compare: ["neurosim compare --quick", "neurosim compare hebb dense:power=4 --sizes 50,100"],
    classify: ["neurosim classify mnist-50.safetensors mnist --data-dir DATA --kinds hidden"],
    constrain: ["neurosim constrain digits-32.safetensors sparse:0.1 dale:0.8"],
    explore: [
        "neurosim explore    # learned digits and a random network",
        "neurosim explore digits-32.safetensors digits --out digits.html",
    ],
    report: ["neurosim report digits-32.safetensors digits --out report"],
}
PLUGINS = {  # groups of plug-ins whose names a command takes
    train: ("recipes", "local_rules"),
    recall: ("engines", "cells", "damages"),
    capacity: ("ensembles",),
    sweep: ("engines", "cells", "ensembles"),
    continuation: ("engines", "cells", "ensembles"),
    spiking: ("cells",),
    compare: ("models",),
    classify: ("damages",),
    constrain: ("constraints",),
}


def _summary(command: Callable) -> str:
    """Return the first paragraph of the docstring, which the list of commands shows whole."""
    return " ".join((command.__doc__ or "").split("\n\n")[0].split())


for command, examples in EXAMPLES.items():
    shown = "\b\n" + "\n".join(["Examples:", *(f"  {line}" for line in examples)])
    kind = with_plugins(*PLUGINS.get(command, ()))
    app.command(short_help=_summary(command), epilog=shown, cls=kind)(with_common_options(command))


def _print_versions(wanted: bool) -> None:
    if wanted:
        import platform
        from importlib import metadata

        print(f"neurosim {neurosim.__version__}, Python {platform.python_version()}")
        for package in ("brian2", "brian2cuda", "numpy", "numba", "torch"):
            print(f"{package} {metadata.version(package) if find_spec(package) else 'not installed'}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_versions, is_eager=True, help="Print the versions of the main packages."
        ),
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command line; an error of the input is one line and exit code 2."""
    adapt_streams()
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    with one_line_errors("neurosim"):
        try:
            code = app(standalone_mode=False)
        except typer.Abort:  # Ctrl-C
            raise KeyboardInterrupt from None
        except SystemExit as error:  # typer ends with 1 where the reader of the output has ended
            raise SystemExit(BROKEN_PIPE if isinstance(error.__context__, BrokenPipeError) else error.code) from None
        except Exception as error:
            if not hasattr(error, "format_message"):  # errors of options have it
                raise
            exit_with("neurosim", f"{error.format_message().rstrip('.')}; see neurosim --help")  # pyright: ignore[reportAttributeAccessIssue]
        if code == INTERRUPTED:  # Ctrl-C, in other versions of typer
            raise KeyboardInterrupt
        raise SystemExit(code)


if __name__ == "__main__":
    main()
