"""Strict readers of image files: IDX (MNIST) and the binary layout of CIFAR-10."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from neurosim.errors import BadFile
from neurosim.reading import EXPANSION, reading, require_size

CIFAR_SHAPE = (3, 32, 32)
GET_AGAIN = "delete it and download it again"
_HEAD = 16  # bytes of the header of an IDX file of images
_UINT8 = 0x08  # the IDX code of unsigned bytes


def content_of(path: Path, announced: Callable[[bytes], int]) -> bytes:
    """Return a file's content, decompressed if its first bytes are those of gzip, at most one byte more than announced.

    Parameters
    ----------
    path : Path
    announced : callable
        The length of the content, from its first 16 bytes.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "labels"
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 7]))
    ...     len(content_of(path, idx_length))
    10
    """
    with reading(path, "file", GET_AGAIN):
        with path.open("rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
        stored = path.stat().st_size
    what, unpack = ("gzip file", gzip.open) if compressed else ("file", open)
    with reading(path, what, GET_AGAIN), unpack(path, "rb") as file:
        head = file.read(_HEAD)
        length = min(announced(head), stored * (EXPANSION if compressed else 1))
        require_size(length, length, path)
        return head + file.read(max(length + 1 - len(head), 0))


def idx_length(head: bytes) -> int:
    """Return the length that the first bytes of an IDX file announce.

    Examples
    --------
    >>> idx_length(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 7]))
    10
    """
    start = 4 + 4 * head[3] if len(head) > 3 else 4
    sizes = np.frombuffer(head[4 : min(start, len(head) // 4 * 4)], ">u4")
    return start + math.prod(int(n) for n in sizes) if len(head) >= start else 0


def parse_idx(content: bytes, path: Path, n_axes: int) -> np.ndarray:
    """Return the array of an IDX file of unsigned bytes.

    The file has two zero bytes, a dtype code, the number of axes, the size of each axis as big-endian uint32, and the
    values.

    Parameters
    ----------
    content : bytes
        The decompressed file.
    path : Path
        Path for error messages.
    n_axes : int
        3 for images, 1 for labels.

    Returns
    -------
    ndarray, uint8
        Read-only, with `n_axes` axes, none of size 0.

    Raises
    ------
    BadFile
        The file is no IDX file, does not hold unsigned bytes, or has another number of axes or bytes than expected.

    Examples
    --------
    >>> from pathlib import Path
    >>> from neurosim.learning.data.formats import parse_idx
    >>> parse_idx(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 7]), Path("labels"), n_axes=1)
    array([5, 7], dtype=uint8)
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
    announced, found = math.prod(sizes), len(content) - start
    if announced != found:
        raise BadFile(
            f"{path} must hold the {announced} values of shape {sizes} that its header announces, "
            f"got {'more' if found > announced else found}; {GET_AGAIN}"
        )
    if announced == 0:
        raise BadFile(f"{path} must hold at least one image, got shape {sizes}; {GET_AGAIN}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def cifar_length(head: bytes) -> int:
    """Return the greatest length of a CIFAR-10 file, 10,000 records, which has no header."""
    return 10_000 * (1 + math.prod(CIFAR_SHAPE))


def parse_cifar(content: bytes, path: Path) -> np.ndarray:
    """Return the records of a CIFAR-10 binary file, (image, 1 label + 3,072 pixels) uint8.

    The layout has no header, so a file that is truncated between records is not detected.

    Raises
    ------
    BadFile
        The file is empty, does not consist of whole records, or has a label above 9.

    Examples
    --------
    >>> from pathlib import Path
    >>> from neurosim.learning.data.formats import parse_cifar
    >>> parse_cifar(bytes(3073), Path("batch.bin")).shape
    (1, 3073)
    """
    record = 1 + math.prod(CIFAR_SHAPE)
    if not content or len(content) % record:
        raise BadFile(f"{path} must hold whole records of {record} bytes, got {len(content)} bytes; {GET_AGAIN}")
    records = np.frombuffer(content, np.uint8).reshape(-1, record)
    check_labels(records[:, 0], path, 10)
    return records


def check_labels(labels: np.ndarray, path: Path, n_classes: int) -> None:
    """Raise `BadFile` if a label is not below the number of classes."""
    if labels.max() >= n_classes:
        raise BadFile(f"{path} must hold labels 0 … {n_classes - 1}, got {labels.max()}; {GET_AGAIN}")


def parse_idx_pair(images_path: Path, labels_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the images (image, rows, columns) and the labels (image,) of two IDX files, uint8.

    Raises
    ------
    BadFile
        A file is no IDX file, or there is not one label for each image.
    """
    images = parse_idx(content_of(images_path, idx_length), images_path, n_axes=3)
    labels = parse_idx(content_of(labels_path, idx_length), labels_path, n_axes=1)
    if len(labels) != len(images):
        raise BadFile(
            f"{labels_path} must hold one label for each of the {len(images)} images beside it, got {len(labels)}; "
            "get both files from one source"
        )
    return images, labels
