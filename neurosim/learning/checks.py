"""Validation of training images, and of networks that torch recalls in steps of its own."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.learning.data.arrays import UNIT
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.validation import instance, real_array


def check_images(images: Images | np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Return training images as an array, and a record of their origin for the provenance of a network.

    Parameters
    ----------
    images : Images or array_like (image, visible)
        Finite values. An array (image, rows, columns) or (image, channels, rows, columns), with at most 4 channels,
        gives the shape of an image as well.

    Returns
    -------
    pixels : ndarray (image, visible), float32
        C-contiguous and writeable, as torch requires.
    origin : dict
        dataset, split, image_shape, images_sha256 and value_range, which is None for an array with values outside
        [0, 1]: it is not scaled.

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
    values, shape = (images.pixels, ()) if known else _flat(images)
    axes = {"image": None, "visible": None}
    pixels = real_array(values, "images", axes, dtype=np.float32)
    pixels = np.require(pixels, requirements=["C", "W"])
    if known:
        return pixels, {name: value for name, value in images.origin().items() if name != "path"}
    value_range = list(UNIT) if pixels.min() >= 0 and pixels.max() <= 1 else None
    image_shape = list(shape) or [pixels.shape[1]]
    unknown = {"dataset": "array", "split": "", "image_shape": image_shape, "value_range": value_range}
    return pixels, unknown | {"images_sha256": hashlib.sha256(pixels.data).hexdigest()}


def _flat(images: Any) -> tuple[Any, tuple[int, ...]]:
    """Return images with their rows, columns and channels on one axis, and the shape that they had, () if none."""
    if (
        isinstance(images, np.ndarray)
        and images.size
        and (images.ndim == 3 or (images.ndim == 4 and images.shape[1] <= 4))
    ):
        return images.reshape(len(images), -1), images.shape[1:]
    return images, ()


def layer_times(net: Network, what: str) -> tuple[float, float]:
    """Return τ_v and τ_h of a network with Heaviside hidden units, linear visible neurons and one τ in each layer.

    Parameters
    ----------
    net : Network
    what : str
        What needs such a network, as the subject of the error message.

    Raises
    ------
    InvalidInput
        The network has other units or several time constants in a layer.

    Examples
    --------
    >>> from neurosim.learning.checks import layer_times
    >>> layer_times(Network.gaussian(9, 3, seed=0), "a Memory")
    (0.02, 0.001)
    """
    instance(net, "net", Network)
    if not (isinstance(net.hidden_activation, Heaviside) and net.is_linear):
        raise InvalidInput(f"{what} has Heaviside hidden units and linear visible neurons, got {net!r}")
    if np.ptp(net.tau_v) or np.ptp(net.tau_h):
        raise InvalidInput(f"{what} has one tau_v and one tau_h, got {net!r}; replace them by one value each")
    return float(net.tau_v.max()), float(net.tau_h.max())
