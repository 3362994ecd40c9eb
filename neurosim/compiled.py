"""Functions compiled by numba, with a cache on disk that an edit of any of their files renews.

numba keeps compiled functions between processes, and compiles one anew if the file that holds it has changed. But a
compiled function contains the code of the functions that it calls and the numbers that it names. If these are imported
from another file, an edit of that file alone would leave an outdated program in use.

Where no folder can be written (a read-only installation and home, a full disk), kernels are compiled anew in each
process; one warning says so. What is kept is run. So only those who can write the source may be able to write it, or,
in another folder than that of the source, this user alone.
"""

from __future__ import annotations

import glob
import hashlib
import inspect
import os
import stat
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import NullCache
from numba.extending import is_jitted

from neurosim.errors import warn_once

_WRITE = stat.S_IWGRP | stat.S_IWOTH


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Callable[..., Any]:
    """Compile a function at its first call, without Python's lock, and keep the result on disk.

    Parameters
    ----------
    function : callable
        It may call other kernels and name numbers. Both are imported by name (``from module import name``), at the top
        of its file.
    **options
        Further options of `numba.njit`.

    Returns
    -------
    callable
        The compiled function, or a decorator if only options are given. With NUMBA_DISABLE_JIT the function itself.

    Examples
    --------
    >>> from neurosim.engines.event_crossings import basis
    >>> basis(0.0, 20e-3, 2e-3)
    (1.0, 0.0, 1.0)
    """
    if function is None:
        return lambda function: kernel(function, **options)
    found: Any = njit(nogil=True, **options)(function)
    if is_jitted(found):
        _keep_on_disk(found, function)
    return found


def _keep_on_disk(found: Any, function: Any) -> None:
    stamp = hashlib.sha256(repr((_source(function), _used(function))).encode()).hexdigest()
    found.neurosim_stamp = stamp
    try:
        found.enable_caching()
    except (RuntimeError, OSError):  # numba finds no folder that it can write
        _warn_not_kept("no folder can be written")
        return
    cache = found._cache  # numba has no public way to say what a kept version depends on
    if not _is_safe(
        Path(cache._cache_file._cache_path), Path(inspect.getfile(function)), cache._cache_file._index_name
    ):
        found._cache = NullCache()
        _warn_not_kept(f"others can write {cache._cache_file._cache_path}")
        return
    cache._cache_file._source_stamp = stamp
    cache.load_overload, cache.save_overload = _loading(cache), _saving(cache)


def _is_safe(folder: Path, source: Path, index_name: str) -> bool:
    """Return whether the folder of kept versions is safe; delete versions of a kernel that others can have written."""
    try:
        known, found = source.stat(), folder.stat()
        kept = list(folder.glob(f"{glob.escape(index_name.removesuffix('.nbi'))}.*nb?"))
        if folder.parent == source.parent:  # __pycache__
            owners, writable = {0, os.geteuid(), known.st_uid}, _WRITE & ~known.st_mode
            if found.st_uid not in owners or found.st_mode & writable:
                return False
        else:
            owners = {os.geteuid()}
            writable = _WRITE if stat.S_IMODE(found.st_mode) & 0o077 else 0  # nobody reaches a file in a closed folder
            folder.chmod(0o700)  # fails for the folder of another user
            if found.st_mode & _WRITE:
                kept, writable = list(folder.glob("*.nb?")), stat.S_IRUSR  # any file of any kernel
        for path in kept:
            status = path.lstat()
            if status.st_uid not in owners or status.st_mode & writable:
                path.unlink()
    except OSError:
        return False
    return folder.stat().st_uid in owners


def _source(function: Any) -> str:
    """Return the digest of the file of a function; of its code, if it comes from an archive."""
    try:
        source = Path(inspect.getfile(function)).read_bytes()
    except OSError:
        source = repr((function.__code__.co_code, function.__code__.co_consts, function.__code__.co_names)).encode()
    return hashlib.sha256(source).hexdigest()


def _used(function: Any) -> list[tuple[str, Any]]:
    """Return the kernels, by their stamps, and the numbers that the file of a function has imported or defined."""
    names = sorted(function.__globals__.items())
    kernels = [(name, value.neurosim_stamp) for name, value in names if hasattr(value, "neurosim_stamp")]
    return kernels + [(name, value) for name, value in names if isinstance(value, (int, float))]


def _loading(cache: Any) -> Callable[..., Any]:
    """Return numba's `load_overload`, for which a damaged or unreadable file is no kept version."""
    load = cache.load_overload

    @wraps(load)
    def loaded(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:  # a damaged pickle raises errors of any kind
            return None

    return loaded


def _saving(cache: Any) -> Callable[..., None]:
    """Return numba's `save_overload`, which says once that a version cannot be kept, and does not fail."""
    save = cache.save_overload

    @wraps(save)
    def saved(*arguments: Any) -> None:
        try:
            try:
                save(*arguments)
            except OSError:
                raise
            except Exception:  # the list of kept versions is damaged
                cache.flush()
                save(*arguments)
        except OSError as error:
            _warn_not_kept(error.strerror or str(error))

    return saved


def _warn_not_kept(reason: str) -> None:
    warn_once(
        f"compiled functions are not kept on disk ({reason}), so each process compiles them anew, which takes seconds; "
        "set NUMBA_CACHE_DIR to a folder that can be written"
    )
