"""The shape of images: rows and columns, for whatever depends on where a visible neuron lies."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import listed, real_array, whole


class Frame(NamedTuple):
    """(channels, rows, columns), and the mean image (visible,) or None, of the images of which cues are made."""

    shape: tuple[int, int, int]
    mean: np.ndarray | None

    def in_all_channels(self, missing: np.ndarray) -> np.ndarray:
        """Return (cue, rows, columns) as (cue, visible), the same in every channel."""
        return np.broadcast_to(missing[:, None], (len(missing), *self.shape)).reshape(-1, math.prod(self.shape))

    def sides(self, share: float) -> np.ndarray:
        """Return which of the lower, upper, left and right sides (0 … 3) can lose a share; half of one row is all."""
        _, rows, columns = self.shape
        return np.flatnonzero(np.array([rows, rows, columns, columns]) > (1 if 0 < share < 1 else 0))


def image_sizes(
    image_shape: Any, n_values: int | None = None, *, channels: int | None = 3, name: str = "image_shape"
) -> tuple[int, ...]:
    """Return the shape of images as a tuple of whole numbers, (rows, columns) or (channels, rows, columns).

    Parameters
    ----------
    image_shape : sequence of int
    n_values : int, optional
        The product of the numbers. Default: any.
    channels : int, optional
        Channels where there are three numbers; None allows any number of them.
    name : str
        Name of the shape in the error message.

    Raises
    ------
    InvalidInput
        The shape is no sequence of two or three whole numbers ≥ 1, or has another number of values or channels.

    Examples
    --------
    >>> image_sizes([28, 28], 784)
    (28, 28)
    >>> image_sizes((28, 27), 784)
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: image_shape must be (rows, columns) or (3, rows, columns) of 784 values, got (28, 27)
    """
    sizes = tuple(whole(n, f"each number of {name}") for n in listed(image_shape, name, "whole numbers"))
    right_channels = len(sizes) == 2 or (len(sizes) == 3 and channels in (None, sizes[0]))
    if not right_channels or n_values not in (None, math.prod(sizes)):
        of = "" if n_values is None else f" of {n_values} values"
        raise InvalidInput(
            f"{name} must be (rows, columns) or ({channels or 'channels'}, rows, columns){of}, got {sizes}"
        )
    return sizes


def frame_of(n_visible: int, image_shape: Any, mean: np.ndarray | None) -> Frame:
    """Return the frame of images of N_v pixels; without `image_shape` they are one column.

    Raises
    ------
    InvalidInput
        `image_shape` or `mean` does not fit.

    Examples
    --------
    >>> frame_of(12, (3, 4), None).shape
    (1, 3, 4)
    """
    sizes = (n_visible, 1) if image_shape is None else image_sizes(image_shape, n_visible, channels=None)
    mean = None if mean is None else real_array(mean, "mean", {"visible": n_visible})
    channels, rows, columns = (1, *sizes)[-3:]
    return Frame((channels, rows, columns), mean)
