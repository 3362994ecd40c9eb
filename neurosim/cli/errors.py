"""Errors of the command line: one line on stderr, and the exit code 2."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from neurosim import interrupts, memory
from neurosim.errors import NeurosimError

# Exit codes: wrong use, as in argparse; a data set is missing; Ctrl-C; the reader of the output has ended.
USAGE, SKIPPED, INTERRUPTED, BROKEN_PIPE = 2, 3, 130, 141
_STREAM_ERRORS = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


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
        With code 2 after a `NeurosimError`, for lack of memory, or after an error of the stream that the command prints
        to; with code 130 after Ctrl-C, 143 after SIGTERM, and 141 after the end of the reader of a pipe.

    Examples
    --------
    >>> from neurosim import Network
    >>> with one_line_errors("neurosim"):
    ...     Network.load("absent.safetensors")
    Traceback (most recent call last):
    SystemExit: 2
    """
    try:
        with ended_by_signals(command, remedy):
            yield
    except NeurosimError as error:
        exit_with(command, str(error))
    except OSError as error:  # of a stream that this command prints to; errors of files are NeurosimErrors
        if error.errno in _STREAM_ERRORS:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what is left in the buffer
        if isinstance(error, BrokenPipeError):  # the reader, such as head, has what it wanted
            raise SystemExit(BROKEN_PIPE) from None
        exit_with(command, f"cannot print: {error.strerror or error}; make room, or print elsewhere")
    except (MemoryError, RuntimeError, ValueError, OverflowError) as error:
        if not memory.is_shortage(error):
            raise
        exit_with(command, f"not enough memory ({str(error)[:120]}); give fewer cues or smaller networks")
    except KeyboardInterrupt:
        print(f"{command}: stopped{remedy}", file=sys.stderr)
        eval("None")  # after an interrupted exec, as of a dataclass, Python would end by the signal, with no code
        raise SystemExit(INTERRUPTED) from None


@contextmanager
def ended_by_signals(command: str, remedy: str = "") -> Iterator[None]:
    """Let SIGTERM and SIGHUP end a command as Ctrl-C does, so that workers end and temporary files are deleted.

    A signal that the caller ignores, as nohup does, stays ignored. A second one ends the process at once. Imports that
    are under way are finished first.

    Parameters
    ----------
    command, remedy : str
        As in `one_line_errors`.
    """

    def end(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        print(f"{command}: stopped by {signal.Signals(number).name}{remedy}", file=sys.stderr)
        raise SystemExit(128 + number)

    handlers = {}
    if threading.current_thread() is threading.main_thread():
        of_interrupt = signal.getsignal(signal.SIGINT)
        if of_interrupt is signal.default_int_handler or interrupts.ends_first_imports(of_interrupt):
            handlers[signal.SIGINT] = interrupts.after_imports(signal.default_int_handler)
        numbers = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
        handlers |= dict.fromkeys(numbers, interrupts.after_imports(end))
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is handlers[number]:  # brian2 passes Ctrl-C on to what it finds
                signal.signal(number, handler)


def exit_with(command: str, message: str) -> None:
    """Print an error message on one line and exit with code 2."""
    print(f"{command}: error: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(USAGE) from None
