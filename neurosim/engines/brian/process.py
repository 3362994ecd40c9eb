"""Brian2 in a process that others use too: imported in any thread, one use at a time, whole runs only.

Brian2 keeps its preferences, its random numbers (NumPy's global generator and buffers), its stop flag and its handler
of Ctrl-C for the whole process. `exclusive` lends them to one thread and leaves them as they were. `run_to_the_end`
refuses a run that was stopped, which Brian2 returns as if it were whole.

All modules of this package import brian2 after this one did.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from neurosim.errors import OutputError, Unavailable
from neurosim.ownership import folder_of_process
from neurosim.threads import ProcessLock


@contextmanager
def _import_effects_undone() -> Iterator[None]:
    """Undo what importing brian2 changes in the process, besides its handler of Ctrl-C.

    brian2 installs another `sys.excepthook`, which attributes any error of a script to Brian2, and prints all warnings
    of the process in its own way. Its handler of Ctrl-C passes the signal on while no simulation runs. It is not
    installed where Python would refuse it, outside the main thread, or where it had nothing to pass the signal on to.
    """
    excepthook, warned = sys.excepthook, logging.getLogger("py.warnings")
    captured, handlers = getattr(logging, "_warnings_showwarning", None), warned.handlers[:]
    here, install, before = threading.get_ident(), signal.signal, signal.getsignal(signal.SIGINT)
    refused = threading.current_thread() is not threading.main_thread() or not callable(before)

    def unless_refused(number: Any, handler: Any) -> Any:
        return before if refused and threading.get_ident() == here else install(number, handler)

    signal.signal = unless_refused
    try:
        yield
    finally:
        signal.signal, sys.excepthook = install, excepthook
        if captured is None:
            logging.captureWarnings(False)
        warned.handlers[:] = handlers


@contextmanager
def _logs_in_own_folder() -> Iterator[None]:
    """Let brian2 put its logs, and its copy of the script, where those of killed processes are deleted.

    A log that cannot be written, because the disk is full, is no error.
    """
    own, before, raising = None, tempfile.tempdir, logging.raiseExceptions
    if "brian2" not in sys.modules:
        with suppress(OutputError):  # brian2 then has no log
            own = str(folder_of_process("neurosim-log-"))
    try:
        tempfile.tempdir, logging.raiseExceptions = own or before, False
        yield
        if own is not None:
            brian2.std_silent()  # opens what compilers print to
            if (log := brian2.BrianLogger.file_handler) is not None:
                log.handleError = lambda record: None
    finally:
        tempfile.tempdir, logging.raiseExceptions = before, raising


with _import_effects_undone(), _logs_in_own_folder():
    import brian2
    from brian2.core.network import Network
    from brian2.devices.device import all_devices

# Preferences that change results, so that those of the user, or of a file brian_preferences, do not. With the first,
# Ctrl-C would stop a run, in Python and in C++, as if it had reached its end.
PREFERENCES: Mapping[str, Any] = {
    "core.stop_on_keyboard_interrupt": False,
    "core.network.default_schedule": ["start", "groups", "thresholds", "synapses", "resets", "end"],
    "core.default_integer_dtype": np.int32,
    "legacy.refractory_timing": False,
}
_BUFFERS = ("rand_buffer", "randn_buffer", "rand_buffer_index", "randn_buffer_index")
LOCK = ProcessLock()  # for what uses Brian2 without changing its state; `exclusive` holds it, too
_BORROWED: list[_State] = []  # the states to restore, innermost last
_SPARE: list[list[Any]] = []  # contents of `_BUFFERS` for the next simulation


class _State:
    """What Brian2 keeps for the whole process, to be restored."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.preferences = {name: brian2.prefs[name] for name in names}
        self.flags = Network._globally_running, Network._globally_stopped
        self.numbers = np.random.get_state()  # noqa: NPY002
        self.buffers = _swapped_buffers(_SPARE.pop() if _SPARE else [0] * len(_BUFFERS))

    def restore(self) -> None:
        """Make everything as it was."""
        _SPARE.append(_swapped_buffers(self.buffers))
        np.random.set_state(self.numbers)  # noqa: NPY002
        Network._globally_running, Network._globally_stopped = self.flags
        for name, value in self.preferences.items():
            brian2.prefs[name] = value


def _swapped_buffers(contents: list[Any]) -> list[Any]:
    """Put other random numbers into the buffers of compiled code, and return those that were there.

    A buffer is the address of numbers that compiled code drew in advance, and the place of the next one. At place 0
    compiled code deletes the numbers at the address and draws new ones, so no two states may share an address.
    """
    arrays = [getattr(all_devices["runtime"], name) for name in _BUFFERS]
    before = [array[0].item() for array in arrays]
    for array, content in zip(arrays, contents, strict=True):
        array[0] = content
    return before


@contextmanager
def exclusive(preferences: Mapping[str, Any]) -> Iterator[None]:
    """Lend Brian2 to this thread; afterwards, also after an error, all is as it was.

    While it lasts, Ctrl-C raises KeyboardInterrupt.

    Parameters
    ----------
    preferences : mapping of str to object
        Preferences by name, besides `PREFERENCES`.
    """
    chosen = {**PREFERENCES, **preferences}
    with LOCK:
        _BORROWED.append(_State(chosen))
        try:
            for name, value in chosen.items():
                brian2.prefs[name] = value
            yield
        finally:
            _BORROWED.pop().restore()


def run_to_the_end(network: Any, duration: float, **options: Any) -> None:
    """Run a network, in `exclusive`.

    Parameters
    ----------
    network : brian2.Network
    duration : float
        Seconds.
    **options
        Of ``brian2.Network.run``.

    Raises
    ------
    Unavailable
        The run was stopped, for instance by ``brian2.stop()`` in another thread or in a progress report.
    """
    start = network.t_
    network.run(duration * brian2.second, namespace={}, **options)
    require_whole((network.t_ - start) / duration if duration else 1.0, duration)


def require_whole(completed: float, duration: float) -> None:
    """Refuse a run of which only a fraction was simulated.

    Raises
    ------
    Unavailable
        The fraction is below 1, beyond rounding.
    """
    if not completed > 1 - 1e-9:
        raise Unavailable(
            f"the simulation was stopped after {completed:.1%} of {duration:g} s (brian2.stop(), or a signal), and an "
            "incomplete run has no result; run it again without stopping it"
        )


def _restore_after_fork() -> None:
    """Restore, in a forked child, what another thread of the parent had borrowed."""
    while _BORROWED and not LOCK.is_mine:
        _BORROWED.pop().restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restore_after_fork)
