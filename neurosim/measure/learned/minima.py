"""The distinct stable minima of images, computed once for several measurements."""

from __future__ import annotations

import numpy as np
import xarray

from neurosim import Network, recall
from neurosim.errors import InvalidInput
from neurosim.measure.recall.attractors import unique_stable_minima


def minima_of(net: Network, images: np.ndarray, minima: xarray.Dataset | None = None) -> xarray.Dataset:
    """Return the distinct stable minima of images: those that are given, or else computed ones.

    Parameters
    ----------
    net : Network
    images : ndarray (image, visible)
    minima : xarray.Dataset, optional
        A result of `unique_stable_minima`.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    InvalidInput
        `minima` is another result, or that of another number of images.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure.learned.minima import minima_of
    >>> net = Network.gaussian(100, 4, seed=0)
    >>> images = patterns.visible_cues(net, patterns.all_hidden_states(4))
    >>> int(minima_of(net, images).n_unique)
    16
    """
    if minima is None:
        return unique_stable_minima(net, images)
    if not {"label", "hidden_active", "stable"} <= set(minima):
        raise InvalidInput(f"minima must be a result of unique_stable_minima, got {list(minima)}; omit it")
    if minima.sizes["image"] != len(images):
        raise InvalidInput(f"minima must be those of {len(images)} images, got {minima.sizes['image']}; omit it")
    return minima


def ends_of(net: Network, images: np.ndarray, label: np.ndarray, attractors: np.ndarray) -> np.ndarray:
    """Return the hidden states in which recalls of images end.

    Parameters
    ----------
    net : Network
    images : ndarray (image, visible)
    label : ndarray (image,) of int
        Index of the attractor of each image, −1 if its recall does not settle.
    attractors : ndarray (attractor, hidden), bool

    Returns
    -------
    ndarray (image, hidden), bool
        The attractor; where the recall does not settle, the state at the end of `neurosim.recall`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.learned.minima import ends_of
    >>> ends_of(Network(np.ones((2, 1)), threshold=0.5), np.ones((1, 2)), np.array([0]), np.array([[True]]))
    array([[ True]])
    """
    settled = label >= 0
    if settled.all():
        return attractors[label]
    states = recall(net, images, read_out=False).hidden_active.values.copy()
    states[settled] = attractors[label[settled]]
    return states
