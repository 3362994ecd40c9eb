"""What every command has: the options --json, --quiet and --verbose, and installed plug-ins in its help."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand

from neurosim.cli import errors, inputs, output
from neurosim.outputs import protecting

_OPTIONS: dict[str, Any] = {
    "json": Annotated[
        bool, typer.Option("--json", help="Print the findings as one JSON object; all other lines go to stderr.")
    ],
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="Print results only, without progress.")],
    "verbose": Annotated[bool, typer.Option("--verbose", "-v", help="Also print where an error occurred.")],
}


class NoTerminal:
    """A stream that says that it is no terminal, so that no progress bars are drawn on it.

    Parameters
    ----------
    stream : text stream
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def isatty(self) -> bool:
        """Return False."""
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def with_common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options --json, --quiet and --verbose.

    Parameters
    ----------
    command : function
        Its annotations are those of typer.

    Returns
    -------
    function
    """

    @functools.wraps(command)
    def run(*arguments: Any, json: bool, quiet: bool, verbose: bool, **options: Any) -> None:
        before = sys.stdout, sys.stderr
        options = {name: output.at_home(value) for name, value in options.items()}
        try:
            if quiet:
                sys.stderr = NoTerminal(sys.stderr)
            if json:
                sys.stdout = sys.stderr
            reading = protecting(*inputs.input_paths(options))
            with errors.verbose(verbose), reading, output.collected(quiet=quiet) as findings:
                command(*arguments, **options)
        finally:
            sys.stdout, sys.stderr = before
        if json and _is_first():
            print(output.as_json({"command": command.__name__, **findings}))

    hints = get_type_hints(command, include_extras=True)
    parameters = [one.replace(annotation=hints[name]) for name, one in inspect.signature(command).parameters.items()]
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters += [
        inspect.Parameter(name, kind, default=False, annotation=annotation) for name, annotation in _OPTIONS.items()
    ]
    vars(run)["__signature__"] = inspect.Signature(parameters)
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _is_first() -> bool:
    """Return whether this process prints: of those that `torchrun` started for a command that uses them, the first."""
    parallel = sys.modules.get("neurosim.learning.parallel")
    return parallel is None or parallel.is_first()


def with_plugins(*groups: str) -> type[TyperCommand]:
    """Return the class of a command whose help lists the installed plug-ins that it takes, read when the help is shown.

    Parameters
    ----------
    *groups : str
        Of `neurosim.plugins.GROUPS`.

    Examples
    --------
    >>> issubclass(with_plugins("models"), TyperCommand)
    True
    """

    class Command(TyperCommand):
        """A command with a section of plug-ins."""

        def format_epilog(self, ctx: Any, formatter: Any) -> None:
            """Write the plug-ins, then the examples."""
            from neurosim.plugins import installed

            if found := installed(groups):
                with formatter.section("Installed plug-ins"):
                    formatter.write_dl(
                        [(name, f"of {package}, {group.replace('_', ' ')}") for name, group, package in found]
                    )
            super().format_epilog(ctx, formatter)

    return Command
