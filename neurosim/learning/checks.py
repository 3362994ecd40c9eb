"""Validation of training images."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from neurosim.learning.data import Images
from neurosim.validation import real_array


def check_images(images: Images | np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Return training images as an array, and a record of their origin for the provenance of a network.

    Parameters
    ----------
    images : Images or array_like (image, visible)
        Finite values.

    Returns
    -------
    pixels : ndarray (image, visible), float32
        C-contiguous and writeable, as torch requires.
    origin : dict
        dataset, split, image_shape and images_sha256.

    Raises
    ------
    InvalidInput
        The images are no array of finite numbers with two axes, or are too large for float32.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.checks import check_images
    >>> pixels, origin = check_images(np.eye(4))
    >>> pixels.dtype, origin["dataset"], origin["image_shape"]
    (dtype('float32'), 'array', [4])
    """
    known = isinstance(images, Images)
    axes = {"image": None, "visible": None}
    pixels = real_array(images.pixels if known else images, "images", axes, dtype=np.float32)
    pixels = np.require(pixels, requirements=["C", "W"])
    return pixels, {
        "dataset": images.name if known else "array",
        "split": images.split if known else "",
        "image_shape": list(images.shape) if known else [pixels.shape[1]],
        "images_sha256": hashlib.sha256(pixels.data).hexdigest(),
    }
