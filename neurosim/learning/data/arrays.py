"""Rules that turn arrays of the user into images: axes, colour channels, range of values, labels.

=============================================  ================================================================
axes                                           meaning
=============================================  ================================================================
(image, visible)                               a square picture if visible is a square number, else one column
(image, rows, columns)                         grey
(image, rows, columns, channels)               1 to 4 channels: grey, grey and alpha, RGB, RGB and alpha
(image, channels, rows, columns)               the same, where the last axis is longer than 4
=============================================  ================================================================

Transparent pixels are shown on white. Values are brought into the range from 0 (black) to 1 (white):

=============================================  ================================================================
values                                         become
=============================================  ================================================================
all within 0 … 1, of any data type             themselves
bytes (uint8)                                  themselves divided by 255
any other                                      0 for the least and 1 for the greatest of all images, linearly
of any kind, with a known `value_range`        0 and 1 for its ends, linearly
=============================================  ================================================================
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.frames import image_sizes
from neurosim.validation import real_array, whole_array

Range = tuple[float, float]
UNIT: Range = (0.0, 1.0)
GREATEST_LABEL = 9_999  # greater numbers are names, such as those of subjects, and are numbered anew


def as_pixels(
    values: Any, name: str, *, image_shape: Sequence[int] | None = None, value_range: Range | None = None
) -> tuple[np.ndarray, tuple[int, ...], Range]:
    """Return an array as pixels in [0, 1], by the rules of this module.

    Parameters
    ----------
    values : array_like
        Images along the first of 2, 3 or 4 axes; finite real numbers.
    name : str
        Name of the values in error messages.
    image_shape : sequence of int, optional
        Shape of an image, (rows, columns) or (3, rows, columns), for an array (image, visible).
    value_range : (float, float), optional
        Values that become 0 and 1, instead of those of the table.

    Returns
    -------
    pixels : ndarray (image, visible), float32
    shape : (rows, columns) or (3, rows, columns)
    value_range : (float, float)
        The values that became 0 and 1.

    Raises
    ------
    InvalidInput
        The array has another number of axes, is empty, or has values that are no finite real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> pixels, shape, value_range = as_pixels(np.arange(32).reshape(2, 4, 4), "example")
    >>> pixels.shape, shape, value_range, float(pixels[1, 15])
    ((2, 16), (4, 4), (0.0, 31.0), 1.0)
    """
    is_byte = str(getattr(values, "dtype", "")).rpartition(".")[2] == "uint8"
    array = real_array(values, name, dtype=np.float32)
    if array.ndim not in (2, 3, 4) or not array.size:
        raise InvalidInput(
            f"{name} must have the axes (image, visible), (image, rows, columns) or (image, rows, columns, channels), "
            f"none of size 0, got shape {array.shape}; stack the images along a first axis"
        )
    array, found = _to_range(array, name, is_byte, value_range)
    if array.ndim == 4:
        array = _opaque(_channels_first(array, name))
    shape = tuple(array.shape[1:]) if array.ndim > 2 else _shape_of(array.shape[1], name, image_shape)
    return array.reshape(len(array), -1), shape, found


def _to_range(array: np.ndarray, name: str, is_byte: bool, value_range: Range | None) -> tuple[np.ndarray, Range]:
    """Return values in [0, 1], and the values that became 0 and 1."""
    least, greatest = float(array.min()), float(array.max())
    if value_range is None and least >= 0 and greatest <= 1:
        return array, UNIT
    low, high = value_range or ((0.0, 255.0) if is_byte else (least, greatest))
    if low == high:
        raise InvalidInput(f"{name} must have different values, got {low:g} everywhere; give images in [0, 1]")
    if least < low or greatest > high:
        raise InvalidInput(
            f"{name} must have values from {low:g} to {high:g}, as the images of the training, got {least:g} … "
            f"{greatest:g}; clip them to that range, or train on all images"
        )
    scaled = array - np.float32(low)
    scaled /= np.float32(high - low)
    return np.clip(scaled, 0, 1, out=scaled), (low, high)


def _channels_first(array: np.ndarray, name: str) -> np.ndarray:
    """Return (image, channels, rows, columns)."""
    if array.shape[3] <= 4:
        return np.moveaxis(array, 3, 1)
    if array.shape[1] <= 4:
        return array
    raise InvalidInput(
        f"{name} must have 1 to 4 channels (grey, RGB, each with or without alpha) on the last or the second of four "
        f"axes, got shape {array.shape}; take the channels that you need"
    )


def _opaque(array: np.ndarray) -> np.ndarray:
    """Return (image, rows, columns) or (image, 3, rows, columns); alpha is the last of 2 or 4 channels."""
    colours = array.shape[1]
    if colours in (2, 4):
        alpha = array[:, -1:]
        array = array[:, :-1] * alpha + (1 - alpha)
    return np.ascontiguousarray(array if array.shape[1] == 3 else array[:, 0])


def _shape_of(n_visible: int, name: str, image_shape: Sequence[int] | None) -> tuple[int, ...]:
    if image_shape is not None:
        return image_sizes(image_shape, n_visible, name=f"image_shape of {name}")
    side = math.isqrt(n_visible)
    return (side, side) if side * side == n_visible else (n_visible, 1)


def as_labels(labels: Any, count: int, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels as whole numbers ≥ 0, and the names of the classes if they were numbered here.

    Parameters
    ----------
    labels : array_like (image,)
        Whole numbers from 0 to 9,999 are kept; other whole numbers and texts are numbered in their order.
    count : int
        Number of images.
    name : str
        Name of the labels in error messages.

    Returns
    -------
    labels : ndarray (image,), int64
    classes : tuple of str
        Name of each number; empty if the numbers were kept.

    Raises
    ------
    InvalidInput
        There is not one label for each image, or a label is neither a whole number nor a text.

    Examples
    --------
    >>> as_labels(["cat", "dog", "cat"], 3, "labels")
    (array([0, 1, 0]), ('cat', 'dog'))
    """
    array = labels if isinstance(labels, np.ma.MaskedArray) else np.asarray(labels)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.size != count or array.size not in array.shape:
        raise InvalidInput(f"{name} must be one label for each of the {count} images, got shape {array.shape}")
    array = array.reshape(-1)
    if array.dtype.kind != "U":
        array = _whole(array, name)
        if array.min() >= 0 and array.max() <= GREATEST_LABEL:
            return array, ()
    classes, numbers = np.unique(array, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64), tuple(str(one) for one in classes)


def _whole(array: np.ndarray, name: str) -> np.ndarray:
    """Return numbers as int64; MATLAB stores whole numbers as float64."""
    if array.dtype.kind in "fb":
        values = real_array(array, name)
        if not (values == np.round(values)).all():
            raise InvalidInput(f"{name} must be whole numbers or texts, got {values[values != np.round(values)][0]:g}")
        array = values.astype(np.int64)
    return whole_array(array, name, at_least=-(2**63))
