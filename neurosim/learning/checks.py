"""What a trainer is given: images as an array, with a record of where they come from."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.learning.data import Images


def pixels_of(images: Any) -> tuple[np.ndarray, dict[str, Any]]:
    """Return pixels (image, visible) float32, and what is known of where they come from."""
    known = isinstance(images, Images)
    values = images.pixels if known else images
    try:
        values = np.asarray(values)
        if values.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        raise InvalidInput(
            f"images must be an Images or an array of real numbers, got {type(images).__name__}"
        ) from None
    if values.ndim != 2 or 0 in values.shape:
        raise InvalidInput(f"images must have shape (image, visible), neither of them 0, got {values.shape}")
    with np.errstate(over="ignore"):  # too large for float32 becomes infinite, and is refused as such
        pixels = np.ascontiguousarray(values, dtype=np.float32)
    bad = pixels.size - int(np.count_nonzero(np.isfinite(pixels)))
    if bad:
        raise InvalidInput(f"images must be finite, got {bad} NaN or infinite of {pixels.size} values")
    return pixels if pixels.flags.writeable else pixels.copy(), {
        "dataset": images.name if known else "array",
        "split": images.split if known else "",
        "image_shape": list(images.shape) if known else [pixels.shape[1]],
        "images_sha256": hashlib.sha256(pixels.data).hexdigest(),
    }
