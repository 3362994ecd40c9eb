"""Strict readers of the files that image data sets come in: IDX and the CIFAR-10 binary layout."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

from neurosim.errors import BadFile

CIFAR_SHAPE = (3, 32, 32)
GET_AGAIN = "delete it and get it again"
_N_CLASSES = 10
_UINT8 = 0x08  # the IDX code of unsigned bytes


def content_of(path: Path) -> bytes:
    """Return a file's content, decompressed if it is gzip (told by its first bytes, not by its name)."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}") from None
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise BadFile(f"{path} is not a whole gzip file ({error}); {GET_AGAIN}") from None


def parse_idx(content: bytes, path: Path, n_axes: int) -> np.ndarray:
    """Return the array of an IDX file of unsigned bytes.

    Two zero bytes, a dtype code, the number of axes, each axis' size as big-endian uint32, then the values.

    Parameters
    ----------
    content : bytes
        The plain (decompressed) file.
    path : Path
        Named in the errors.
    n_axes : int
        3 for images, 1 for labels.

    Returns
    -------
    ndarray, uint8, read-only, with `n_axes` axes, none of size 0

    Raises
    ------
    BadFile
        Not IDX, not unsigned bytes, another number of axes, or not exactly the bytes its header announces.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise BadFile(
            f"{path} must start like an IDX file (00 00), got {content[:4].hex(' ') or 'nothing'}; {GET_AGAIN}"
        )
    if content[2] != _UINT8:
        raise BadFile(f"{path} must hold unsigned bytes (IDX dtype code 08), got code {content[2]:02x}; {GET_AGAIN}")
    if content[3] != n_axes:
        raise BadFile(
            f"{path} must have {n_axes} axes (images have 3, labels 1), got {content[3]}; "
            "check that the file has its right name"
        )
    start = 4 + 4 * n_axes
    if len(content) < start:
        raise BadFile(f"{path} must have a header of {start} bytes, got a file of {len(content)}; {GET_AGAIN}")
    sizes = tuple(int(n) for n in np.frombuffer(content, ">u4", n_axes, offset=4))
    announced = int(np.prod(sizes, dtype=object))
    if announced != len(content) - start:
        raise BadFile(
            f"{path} must hold the {announced} values of shape {sizes} that its header announces, "
            f"got {len(content) - start}; {GET_AGAIN}"
        )
    if announced == 0:
        raise BadFile(f"{path} must hold at least one image, got shape {sizes}; {GET_AGAIN}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def parse_cifar(content: bytes, path: Path) -> np.ndarray:
    """Return the records of a CIFAR-10 binary file, (image, 1 label + 3,072 pixels) uint8.

    The layout has no header: a file cut at a whole record cannot be told from a shorter one.

    Raises
    ------
    BadFile
        Empty, not whole records, or a label above 9.
    """
    record = 1 + int(np.prod(CIFAR_SHAPE))
    if not content or len(content) % record:
        raise BadFile(f"{path} must hold whole records of {record} bytes, got {len(content)} bytes; {GET_AGAIN}")
    records = np.frombuffer(content, np.uint8).reshape(-1, record)
    check_labels(records[:, 0], path)
    return records


def check_labels(labels: np.ndarray, path: Path) -> None:
    """Refuse labels beyond the ten classes that all these data sets have."""
    if labels.max() >= _N_CLASSES:
        raise BadFile(f"{path} must hold labels 0 … {_N_CLASSES - 1}, got {labels.max()}; {GET_AGAIN}")
