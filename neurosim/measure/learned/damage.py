"""Recall of stored images from noisy, masked and occluded cues: share of the same memory, and error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim import Network, Outcome, patterns, recall
from neurosim.learning.data import Images
from neurosim.measure.statistics import Measurement, interval_variables, proportion_interval, summarise
from neurosim.validation import one_of


class Damage(NamedTuple):
    """A kind of damage to an image.

    Parameters
    ----------
    apply : callable (cues, level, images, seed) → damaged cues
        `images` are all the images, whose mean replaces missing pixels.
    levels : tuple of float
        Levels that are measured by default.
    long_name : str
        Meaning of the level.
    """

    apply: Callable[[np.ndarray, float, Images, int], np.ndarray]
    levels: tuple[float, ...]
    long_name: str


def _noisy(cues: np.ndarray, level: float, images: Images, seed: int) -> np.ndarray:
    return patterns.add_noise(cues, level, seed=seed)


def _masked(cues: np.ndarray, level: float, images: Images, seed: int) -> np.ndarray:
    missing = np.random.default_rng(seed).random(cues.shape) < level
    return patterns.mask(cues, missing, images.pixels.mean(axis=0))


def _occluded(cues: np.ndarray, level: float, images: Images, seed: int) -> np.ndarray:
    return patterns.occlude(cues, images.shape, level, images.pixels.mean(axis=0))


DAMAGES: dict[str, Damage] = {
    "noise": Damage(_noisy, (0, 0.1, 0.2, 0.3, 0.5, 0.8), "std of the noise, pixels in [0, 1]"),
    "masked": Damage(_masked, (0, 0.05, 0.1, 0.2, 0.3, 0.5), "share of pixels masked"),
    "occluded": Damage(_occluded, (0, 0.1, 0.2, 0.3, 0.4, 0.5), "share of rows occluded"),
}
_ERROR = {"squared_error": Measurement("squared error to the intact image")}


def recall_damaged_images(
    networks: Mapping[str, Network],
    images: Images,
    kind: str,
    *,
    levels: Sequence[float] | None = None,
    n_cues: int = 5_000,
    seed: int = 0,
) -> xarray.Dataset:
    """Damage stored images and recall them with the exact engine.

    Parameters
    ----------
    networks : mapping of str to Network
        Trained networks by recipe; each stores `images`.
    images : Images
        A random sample of them, classes in turn, is damaged.
    kind : {"noise", "masked", "occluded"}
        Gaussian noise on every pixel; random pixels, or the lowest rows, replaced by the mean image.
    levels : sequence of float, optional
        Std of the noise, or share of pixels or rows; default: those in `DAMAGES`.
    n_cues : int, default 5000
    seed : int, default 0
        Seed of the sample and of the damage.

    Returns
    -------
    xarray.Dataset over recipe and level
        same_memory: share of the cues that end at the memory of the intact image, with Wilson limits. squared_error:
        to the intact image, summed over pixels, with Student-t limits over images. Intervals are over images, for
        one network of each recipe.

    Raises
    ------
    InvalidInput
        `kind` is unknown.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.damage import recall_damaged_images
    >>> nets = {"random": Network.gaussian(64, 10, seed=0)}
    >>> found = recall_damaged_images(nets, load_data("digits"), "masked", levels=(0, 0.5), n_cues=20)
    >>> float(found.same_memory.sel(recipe="random", level=0))
    1.0
    """
    damage = DAMAGES[one_of(kind, "kind", DAMAGES)]
    levels = damage.levels if levels is None else levels
    intact = images.pixels[images.balanced_sample(n_cues, seed)].astype(float)
    hits, errors = [], []
    for net in networks.values():
        undamaged = recall(net, intact, read_out=False)
        for level in levels:
            out = recall(net, damage.apply(intact, level, images, seed))
            settled = (out.outcome.values == Outcome.SETTLED) & (undamaged.outcome.values == Outcome.SETTLED)
            hits.append(settled & (out.hidden_active.values == undamaged.hidden_active.values).all(axis=1))
            errors.append(((out.visible.values - intact) ** 2).sum(axis=1))
    shape = (len(networks), len(levels), len(intact))
    same, error = np.reshape(hits, shape), np.reshape(errors, shape)
    dims = ("recipe", "level")
    variables: dict[str, Any] = {
        "recipe": ("recipe", list(networks), {"long_name": "training recipe"}),
        "level": ("level", list(levels), {"long_name": damage.long_name, "units": "1"}),
    }
    share = proportion_interval(same.sum(axis=2), np.full(shape[:2], shape[2]))
    variables |= interval_variables("same_memory", dims, share, "share recalled at the memory of the intact image")
    raw = {"squared_error": xarray.DataArray(error, dims=(*dims, "image"))}
    variables |= summarise(raw, _ERROR, over="image")
    del variables["squared_error_by_image"]
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(intact), "seed": seed, "confidence": 0.95}
    return xarray.Dataset(variables, attrs={**attrs, "subject": repr(images), "kind": kind})


def damaged_examples(
    net: Network,
    images: Images,
    levels: Mapping[str, float],
    *,
    n_shown: int = 4,
    seed: int = 0,
) -> xarray.Dataset:
    """Recall a few stored images from damaged cues, and keep the originals, the cues and the recalls.

    Parameters
    ----------
    net : Network
    images : Images
        The stored images.
    levels : mapping of str to float
        Level of the damage by kind, the kinds of `recall_damaged_images`.
    n_shown : int, default 4
        Images of each kind of damage.
    seed : int, default 0
        Seed of the choice of images and of the damage.

    Returns
    -------
    xarray.Dataset over kind and shown
        original, cue_visible, visible (kind, shown, visible_neuron) and hidden_active (kind, shown, hidden_neuron).

    See Also
    --------
    recall_damaged_images : Share of the same memory and error over many cues.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.damage import damaged_examples
    >>> found = damaged_examples(Network.gaussian(64, 10, seed=0), load_data("digits"), {"noise": 0.3, "masked": 0.2})
    >>> dict(found.visible.sizes)
    {'kind': 2, 'shown': 4, 'visible_neuron': 64}
    """
    intact = images.pixels[images.balanced_sample(n_shown, seed)].astype(float)
    cues = [DAMAGES[one_of(kind, "kind", DAMAGES)].apply(intact, level, images, seed) for kind, level in levels.items()]
    outs = [recall(net, damaged) for damaged in cues]
    dims = ("kind", "shown", "visible_neuron")
    visible = [out.visible.values for out in outs]
    states = [out.hidden_active.values for out in outs]
    variables: dict[str, Any] = {
        "original": (dims[1:], intact, {"long_name": "stored image", "units": "1"}),
        "cue_visible": (dims, cues, {"long_name": "damaged cue", "units": "1"}),
        "visible": (dims, visible, {"long_name": "recalled visible state", "units": "1"}),
        "hidden_active": ((*dims[:2], "hidden_neuron"), states, {"long_name": "hidden neuron active at the end"}),
        "level": ("kind", list(levels.values()), {"long_name": "level of the damage", "units": "1"}),
    }
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(intact), "seed": seed, "image_shape": images.shape}
    return xarray.Dataset(variables, {"kind": ("kind", list(levels), {"long_name": "kind of damage"})}, attrs)
