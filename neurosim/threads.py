"""Threads: how many to use, one at a time for what a process has only once, and sums with the same bits in each.

Settings of a process (the threads of BLAS, the random numbers of a package) are shared by all its threads. If each
thread changed and restored them for itself, the second would take the changed setting of the first for the original.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController


def available() -> int:
    """Return the number of cores in this process's affinity, at most OMP_NUM_THREADS if that is set.

    Slurm, Dask, joblib and many users limit the threads of a process by that variable.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(limit)) if limit.isdecimal() and int(limit) else cores


class ProcessLock:
    """A lock for what a process has only once; the thread that holds it can take it again.

    A forked child has a lock of its own, unless the thread that forked holds it: no other thread of the parent, which
    could release it, exists in the child.

    Examples
    --------
    >>> lock = ProcessLock()
    >>> with lock, lock:
    ...     lock.is_mine
    True
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _LOCKS.add(self)

    @property
    def is_mine(self) -> bool:
        """Whether this thread holds the lock."""
        return self._lock._is_owned()  # type: ignore[attr-defined]  # as threading.Condition asks

    def renew(self) -> None:
        """Take a new lock, in a forked child."""
        if not self.is_mine:
            self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


_LOCKS: weakref.WeakSet[ProcessLock] = weakref.WeakSet()


class _SharedBlas:
    """BLAS libraries whose number of threads belongs to the process: one, while any thread is in `single`."""

    def __init__(self) -> None:
        self.lock = ProcessLock()
        self.inside = threading.local()  # .depth: how often this thread is inside
        self.n_inside = 0
        self.before: dict[str, tuple[Any, int]] = {}  # by file: the library, and its threads before

    def enter(self, libraries: list[Any]) -> None:
        with self.lock:
            self.inside.depth = getattr(self.inside, "depth", 0) + 1
            self.n_inside += 1
            for library in libraries:
                if library.filepath not in self.before:
                    self.before[library.filepath] = library, library.num_threads
                    _limit(library, 1)

    def leave(self) -> None:
        with self.lock:
            self.inside.depth -= 1
            self._remain(self.n_inside - 1)

    def renew(self) -> None:
        """Count, in a forked child, no more than the thread that forked: it is the only one there."""
        self._remain(getattr(self.inside, "depth", 0))

    def _remain(self, n_inside: int) -> None:
        self.n_inside = n_inside
        while not n_inside and self.before:
            _limit(*self.before.popitem()[1])


_SHARED_BLAS = _SharedBlas()


@contextmanager
def single() -> Iterator[None]:
    """Let BLAS and OpenMP compute with one thread, since the last bit of a sum depends on their number.

    The setting of most BLAS libraries belongs to the process. It is restored when the last thread leaves.

    Examples
    --------
    >>> import numpy as np
    >>> with single():
    ...     total = np.ones(3) @ np.ones(3)
    >>> float(total)
    3.0
    """
    libraries = [library for library in _libraries(len(sys.modules)).lib_controllers if library.num_threads]
    own = [(library, library.num_threads) for library in libraries if not _is_shared(library)]
    _SHARED_BLAS.enter([library for library in libraries if _is_shared(library)])
    try:
        for library, _ in own:
            library.set_num_threads(1)
        yield
    finally:
        for library, n_threads in own:
            library.set_num_threads(n_threads)
        _SHARED_BLAS.leave()


@lru_cache(maxsize=1)
def _libraries(n_imported: int) -> ThreadpoolController:
    """Return the controller of BLAS and OpenMP threads; it is made again (5 ms) after modules were imported."""
    return ThreadpoolController()


def _is_shared(library: Any) -> bool:
    """Return whether all threads share the setting. Those of OpenMP and of MKL are set for one thread."""
    layer = getattr(library, "threading_layer", None)
    return library.user_api == "blas" and library.internal_api != "mkl" and layer != "openmp"


def _limit(library: Any, n_threads: int) -> None:
    """Set the number of threads; threadpoolctl 3.8 lets only the thread that set it first do that."""
    getattr(library, "_real_set_num_threads", library.set_num_threads)(n_threads)


def _renew_after_fork() -> None:
    for lock in _LOCKS:
        lock.renew()
    _SHARED_BLAS.renew()
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "set_num_threads"):
        # The threads of the parent's torch do not exist in the child, which would wait for them for ever.
        torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_after_fork)
