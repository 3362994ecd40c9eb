"""Errors of the command line: one line on stderr, and the exit code 2."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from neurosim.errors import NeurosimError

USAGE, SKIPPED, INTERRUPTED = 2, 3, 130  # exit codes: wrong use, as in argparse; a data set is missing; Ctrl-C


@contextmanager
def verbose(wanted: bool) -> Iterator[None]:
    """Print where an error occurred, if wanted, and pass the error on."""
    try:
        yield
    except Exception:
        if wanted:
            traceback.print_exc()
        raise


@contextmanager
def one_line_errors(command: str, remedy: str = "") -> Iterator[None]:
    """Turn errors of the library into one line and an exit code.

    Parameters
    ----------
    command : str
        Name of the command, which begins the line.
    remedy : str, optional
        End of the line after Ctrl-C.

    Raises
    ------
    SystemExit
        With code 2 after a `NeurosimError` or `MemoryError`, with code 130 after Ctrl-C.

    Examples
    --------
    >>> from neurosim import Network
    >>> with one_line_errors("neurosim"):
    ...     Network.load("absent.safetensors")
    Traceback (most recent call last):
    SystemExit: 2
    """
    try:
        yield
    except NeurosimError as error:
        exit_with(command, str(error))
    except MemoryError as error:
        exit_with(command, f"not enough memory ({error}); give fewer cues or smaller networks")
    except KeyboardInterrupt:
        print(f"{command}: stopped{remedy}", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None


def exit_with(command: str, message: str) -> None:
    """Print an error message on one line and exit with code 2."""
    print(f"{command}: error: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(USAGE) from None
