"""Functions compiled by numba, with a cache on disk that an edit of any of their files renews.

numba keeps compiled functions between processes, and compiles one anew if the file that holds it has changed. But a
compiled function contains the code of the functions that it calls and the numbers that it names. If these are imported
from another file, an edit of that file alone would leave an outdated program in use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from numba import njit
from numba.extending import is_jitted


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
    found: Any = njit(cache=True, nogil=True, **options)(function)
    if is_jitted(found):
        index = _index(found)
        index._source_stamp = hashlib.sha256(repr((index._source_stamp, _used(function))).encode()).hexdigest()
    return found


def _index(found: Any) -> Any:
    """Return numba's list of the kept versions of a kernel; numba has no public way to say what these depend on."""
    return found._cache._cache_file


def _used(function: Any) -> list[tuple[str, Any]]:
    """Return the kernels, by their stamps, and the numbers that the file of a function has imported or defined."""
    names = sorted(function.__globals__.items())
    kernels = [(name, _index(value)._source_stamp) for name, value in names if is_jitted(value)]
    return kernels + [(name, value) for name, value in names if isinstance(value, (int, float))]
