"""The rows and columns of images, for damage that depends on where a visible neuron lies."""

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
    sizes = (n_visible, 1)
    if image_shape is not None:
        numbers = listed(image_shape, "image_shape", "whole numbers")
        sizes = tuple(whole(n, "each number of image_shape") for n in numbers)
    if len(sizes) not in (2, 3) or math.prod(sizes) != n_visible:
        rule = f"(rows, columns) or (channels, rows, columns) with a product of {n_visible}"
        raise InvalidInput(f"image_shape must be {rule}, got {image_shape!r}")
    mean = None if mean is None else real_array(mean, "mean", {"visible": n_visible})
    channels, rows, columns = (1, *sizes)[-3:]
    return Frame((channels, rows, columns), mean)
