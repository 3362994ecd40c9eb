"""Reading of files that others made: damaged ones are `BadFile`, and no more is read than a file can hold.

Parsers raise errors of every kind for damaged files; `reading` turns them into `BadFile`. A few bytes can announce, and
a few megabytes can become, more than the memory of a machine: sizes are compared with the file and the memory before
values are read. What lies outside a file is not read: HDF5 files with links or storage elsewhere are refused.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurosim import memory
from neurosim.errors import BadFile, NeurosimError

EXPANSION = 2_000  # bytes that a stored byte may become; deflate reaches 1,032
_SMALL = 2**20  # bytes that an array may have without any stored: fill values
_HEAP = b"GCOL\x01\0\0\0"  # begin of a collection of texts and other objects of any length
_BARE_DIMENSION = b"This is a netCDF dimension but not a netCDF variable"


@contextmanager
def reading(path: str | Path, what: str, remedy: str = "write it again") -> Iterator[None]:
    """Turn whatever a parser raises into `BadFile`; errors of neurosim are passed on.

    Parameters
    ----------
    path : str or Path
        The file, for the message.
    what : str
        What it should be, such as "safetensors file".
    remedy : str, optional

    Raises
    ------
    BadFile
        Anything but an error of neurosim was raised inside.

    Examples
    --------
    >>> import json
    >>> with reading("a.json", "JSON file"):
    ...     json.loads("[" * 100_000)
    Traceback (most recent call last):
    neurosim.errors.BadFile: a.json is not a whole JSON file (it is nested too deeply); write it again
    """
    try:
        yield
    except NeurosimError:
        raise
    except Exception as error:
        raise BadFile(f"{path} is not a whole {what} ({reason(error)}); {remedy}") from None


def reason(error: BaseException) -> str:
    r"""Return what is wrong with a file, from the error of its parser.

    Examples
    --------
    >>> reason(ValueError("two\nlines")), reason(KeyError()), reason(RecursionError())
    ('two lines', 'KeyError', 'it is nested too deeply')
    """
    text = " ".join(str(error).split()) or type(error).__name__
    known = {
        "it is nested too deeply": isinstance(error, RecursionError),
        "it needs more memory than there is": isinstance(error, MemoryError),
        "Python objects, which are pickles, are never loaded": "allow_pickle" in text or "Python objects" in text,
        "its header announces more than the file holds": "mmap length" in text or "EOF" in text,
    }
    return next((meaning for meaning, applies in known.items() if applies), text[:120])


def require_size(n_bytes: int, stored: int, path: str | Path, name: str = "") -> None:
    """Refuse an array that the bytes in which it is stored cannot hold, or this machine cannot.

    Parameters
    ----------
    n_bytes : int
        Size of the array in memory, as the file announces it.
    stored : int
        Bytes that the file has for it.
    path : str or Path
    name : str, optional
        Name of the array.

    Examples
    --------
    >>> require_size(8_000, 100, "a.nc", "x")
    >>> require_size(8_000_000, 100, "a.nc", "x")
    Traceback (most recent call last):
    neurosim.errors.BadFile: a.nc announces 8,000,000 bytes for x, more than it holds; write it again
    """
    what = f"{path} announces {n_bytes:,} bytes{f' for {name}' if name else ''}"
    if n_bytes > max(EXPANSION * stored, _SMALL):
        raise BadFile(f"{what}, more than it holds; write it again")
    if n_bytes > memory.limit():
        raise BadFile(f"{what}, more than the {memory.limit():,} of memory here; store less in one file")


def require_sound_heaps(path: Path) -> None:
    """Refuse an HDF5 file with a heap of texts in which an object ends where it begins: HDF5 would read it for ever.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadFile
        There is such an object.

    Examples
    --------
    >>> import tempfile
    >>> import h5py
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with h5py.File(f"{folder}/a.h5", "w") as file:
    ...         file["names"] = ["a", "b"]
    ...     require_sound_heaps(Path(f"{folder}/a.h5"))
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        begin = content.find(_HEAP)
        while begin >= 0:
            size = int.from_bytes(content[begin + 8 : begin + 16], "little")
            at, end = begin + 16, min(begin + size, len(content))
            while at + 16 <= end:
                index, length = struct.unpack_from("<H6xQ", content, at)
                step = (16 + (length + 7 & ~7) if index else length) % 2**64  # header and text, or free space
                if not step:
                    raise BadFile(f"{path} is not a whole HDF5 file (a heap leads back to itself); write it again")
                at += step
            begin = content.find(_HEAP, begin + 1)


def require_contained(file: Any, path: Path) -> None:
    """Refuse an HDF5 or netCDF-4 file with a link, or an array whose values lie elsewhere or are not all there.

    Parameters
    ----------
    file : h5py.File
    path : Path
        For the message.

    Raises
    ------
    BadFile
        There is such a link or array.

    Examples
    --------
    >>> import h5py
    >>> with h5py.File("a.h5", "w", driver="core", backing_store=False) as file:
    ...     file["there"] = h5py.SoftLink("/elsewhere")
    ...     require_contained(file, Path("a.h5"))
    Traceback (most recent call last):
    neurosim.errors.BadFile: a.h5 must hold there itself, but it is a link; copy the data into it
    """
    import h5py

    members = list(walk(file))
    links = [name for name, member in members if member is None]
    if links:
        raise BadFile(f"{path} must hold {links[0]} itself, but it is a link; copy the data into it")
    datasets = [one for _, one in members if isinstance(one, h5py.Dataset) and not _is_bare_dimension(one)]
    for dataset in datasets:
        require_held(dataset, path)
    total = sum((dataset.size or 0) * dataset.dtype.itemsize for dataset in datasets)
    require_size(total, total, path)


def walk(file: Any) -> Iterator[tuple[str, Any]]:
    """Yield the path and the object of everything in an HDF5 file; for a link, None as the object.

    Parameters
    ----------
    file : h5py.File

    Yields
    ------
    name : str
    member : h5py.Group, h5py.Dataset, h5py.Datatype or None

    Notes
    -----
    `h5py.Group.visititems` asks for the size of each group's index, and never returns if the index is damaged so that
    it leads back to itself.

    Examples
    --------
    >>> import h5py
    >>> with h5py.File("a.h5", "w", driver="core", backing_store=False) as file:
    ...     file["images/first"], file["there"] = [1, 2], h5py.SoftLink("/elsewhere")
    ...     [name for name, member in walk(file)]
    ['images', 'images/first', 'there']
    """
    import h5py

    seen = set()

    def members(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
        address = h5py.h5g.get_objinfo(group.id).objno
        if address in seen:  # a group that holds itself, or that has two names
            return
        seen.add(address)
        for name in group:
            held = isinstance(group.get(name, getlink=True), h5py.HardLink)
            member = group[name] if held else None
            yield prefix + name, member
            if isinstance(member, h5py.Group):
                yield from members(f"{prefix}{name}/", member)

    return members("", file)


def _is_bare_dimension(dataset: Any) -> bool:
    """Return whether a dataset is only the length of a dimension: it has no values, and none are read."""
    name = dataset.attrs.get("NAME")
    return isinstance(name, bytes) and _BARE_DIMENSION in name


def require_held(dataset: Any, path: Path) -> None:
    """Refuse an HDF5 dataset whose values lie in other files, or that announces more than is stored.

    Parameters
    ----------
    dataset : h5py.Dataset
    path : Path
        For the message.

    Raises
    ------
    BadFile
        The values lie in other files, or are more than the file holds or than fit into memory.

    Examples
    --------
    >>> import h5py
    >>> with h5py.File("a.h5", "w", driver="core", backing_store=False) as file:
    ...     require_held(file.create_dataset("images", data=[1, 2, 3]), Path("a.h5"))
    """
    if dataset.external or dataset.is_virtual:
        raise BadFile(f"{path} must hold {dataset.name} itself, but its values lie in other files; copy them into it")
    if dataset.size:
        require_size(dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size(), path, str(dataset.name))
