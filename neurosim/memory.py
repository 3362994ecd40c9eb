"""The memory of this machine, and clear errors for what does not fit into it."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

from neurosim.errors import InvalidInput

_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_LARGEST = 2**63 - 1  # bytes of an array of NumPy
_SHORTAGES = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "array is too big",
    "Maximum allowed dimension exceeded",
    "maximum supported dimension",
    "array size defined by dims is larger than the maximum",
    "Storage size calculation overflowed",
)
_BUFFERS = 2**27  # bytes of the buffers of BLAS, for a few threads


def limit() -> int:
    """Return the bytes that this process can have: those of the machine, its container, or its limit (``ulimit -v``).

    Examples
    --------
    >>> limit() > 2**20
    True
    """
    limits = [_LARGEST]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    if sys.platform != "win32":
        import resource

        soft = resource.getrlimit(resource.RLIMIT_AS)[0]
        limits += [soft] if soft != resource.RLIM_INFINITY else []
    for path in _CGROUPS:
        try:
            text = Path(path).read_text().strip()
        except OSError:
            continue
        limits += [int(text)] if text.isascii() and text.isdigit() else []
    return min(n for n in limits if n > 0)


def is_shortage(error: BaseException) -> bool:
    """Return whether an error of NumPy, torch or Python means that the memory did not suffice.

    Examples
    --------
    >>> is_shortage(MemoryError()), is_shortage(ValueError("array is too big")), is_shortage(ValueError())
    (True, True, False)
    """
    return isinstance(error, MemoryError) or any(text in str(error) for text in _SHORTAGES)


def reserve(n_bytes: int, what: str, remedy: str) -> None:
    """Refuse, before the work, what this process cannot allocate now.

    OpenBLAS waits for ever for memory that it does not get, and a process whose memory runs out may be killed without a
    word. So the memory is asked for and given back first, with that of the buffers of BLAS.

    Parameters
    ----------
    n_bytes, what, remedy
        As in `require`.

    Raises
    ------
    InvalidInput
        The memory is not there.

    Examples
    --------
    >>> reserve(1_000, "a recall", "give fewer cues")
    """
    try:
        mmap.mmap(-1, n_bytes + _BUFFERS).close()
    except (OSError, OverflowError, ValueError):
        raise InvalidInput(
            f"{what} needs {(n_bytes + _BUFFERS) / 1e9:.3g} GB, which this process cannot get; {remedy}"
        ) from None


def require(n_bytes: int, what: str, remedy: str) -> None:
    """Refuse a computation whose result does not fit into memory.

    Parameters
    ----------
    n_bytes : int
        Least number of bytes that the result takes.
    what : str
        The result, with the numbers that make it large.
    remedy : str

    Raises
    ------
    InvalidInput
        The machine has less memory.

    Examples
    --------
    >>> require(10**30, "weights of 10^15 × 10^14 neurons", "give fewer")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: weights of 10^15 × 10^14 neurons would take 1e+21 GB, more than the ... GB of ...
    """
    if n_bytes > limit():
        raise InvalidInput(
            f"{what} would take {n_bytes / 1e9:.3g} GB, more than the {limit() / 1e9:.3g} GB of memory here; {remedy}"
        )
