"""Signals that end the command `neurosim`, also while it imports packages.

Its first imports take most of a second. Nothing has been written then; Ctrl-C ends the process at once, in one line.
Later imports are finished before a signal takes effect: C++ code of torch cannot be left by an exception.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

Handler = Callable[[int, FrameType | None], None]

_LINE, _CODE = b"neurosim: stopped\n", 130
_AGAIN_S = 0.02  # from a signal within an import to the next attempt


def end_first_imports() -> None:
    """Let Ctrl-C end this process, if it is the command `neurosim`; a signal that the caller ignores stays ignored.

    Examples
    --------
    >>> end_first_imports()  # changes nothing in other processes
    """
    if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def ends_first_imports(handler: object) -> bool:
    """Return whether a handler of Ctrl-C is that of the first imports.

    Examples
    --------
    >>> ends_first_imports(signal.default_int_handler)
    False
    """
    return handler is _end


def after_imports(handler: Handler) -> Handler:
    """Return a handler of signals that waits for the end of imports that began after this call.

    Examples
    --------
    >>> after_imports(lambda number, frame: print(number))(2, None)
    2
    """
    before = _n_imports(sys._getframe())

    def handle(number: int, frame: FrameType | None) -> None:
        if _n_imports(frame) <= before:
            handler(number, frame)
            return
        again = threading.Timer(_AGAIN_S, signal.raise_signal, [number])
        again.daemon = True
        again.start()

    return handle


def _n_imports(frame: FrameType | None) -> int:
    n = 0
    while frame is not None:
        n += frame.f_globals.get("__name__") == "importlib._bootstrap"
        frame = frame.f_back
    return n


def _end(number: int, frame: FrameType | None) -> None:
    os.write(2, _LINE)
    os._exit(_CODE)


def _is_command() -> bool:
    """Return whether this process is ``neurosim`` or ``python -m neurosim``."""
    if sys.argv[:1] == ["-m"]:  # until Python has imported the package
        return sys.orig_argv[-len(sys.argv)] == "neurosim"
    return os.path.basename(sys.argv[0] if sys.argv else "") == "neurosim"
