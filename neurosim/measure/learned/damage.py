"""Recall of stored images from noisy, masked and occluded cues: share of the same memory, and error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim import Network, Outcome, recall
from neurosim.damage import Damage, Missing, Noise, Occluded
from neurosim.learning.data import Images
from neurosim.measure.statistics import Measurement, share_variables, summarise
from neurosim.validation import one_of


class Graded(NamedTuple):
    """A kind of damage to images at several levels.

    Parameters
    ----------
    at : callable (level) → Damage
        The damage at a level.
    levels : tuple of float
        Levels that are measured by default.
    long_name : str
        Meaning of the level.

    Examples
    --------
    >>> from neurosim.measure.learned.damage import GRADED
    >>> GRADED["noise"].long_name
    'std of the noise, pixels in [0, 1]'
    """

    at: Callable[[float], Damage]
    levels: tuple[float, ...]
    long_name: str


def _masked(level: float) -> Damage:
    return Missing(level, fill="mean")


def _occluded(level: float) -> Damage:
    return Occluded(fraction=level, fill="mean")


GRADED: dict[str, Graded] = {
    "noise": Graded(Noise, (0, 0.1, 0.2, 0.3, 0.5, 0.8), "std of the noise, pixels in [0, 1]"),
    "masked": Graded(_masked, (0, 0.05, 0.1, 0.2, 0.3, 0.5), "share of pixels masked"),
    "occluded": Graded(_occluded, (0, 0.1, 0.2, 0.3, 0.4, 0.5), "share of rows occluded"),
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
        Std of the noise, or share of pixels or rows; default: those in `GRADED`.
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
    graded = GRADED[one_of(kind, "kind", GRADED)]
    levels = graded.levels if levels is None else levels
    chosen = images.balanced_sample(n_cues, seed)
    intact = images.pixels[chosen].astype(float)
    hits, errors = [], []
    for net in networks.values():
        undamaged = recall(net, intact, read_out=False)
        for level in levels:
            out = recall(net, images.damaged(graded.at(level), chosen, seed=seed))
            settled = (out.outcome.values == Outcome.SETTLED) & (undamaged.outcome.values == Outcome.SETTLED)
            hits.append(settled & (out.hidden_active.values == undamaged.hidden_active.values).all(axis=1))
            errors.append(((out.visible.values - intact) ** 2).sum(axis=1))
    shape = (len(networks), len(levels), len(intact))
    same, error = np.reshape(hits, shape), np.reshape(errors, shape)
    dims = ("recipe", "level")
    variables: dict[str, Any] = {
        "recipe": ("recipe", list(networks), {"long_name": "training recipe"}),
        "level": ("level", list(levels), {"long_name": graded.long_name, "units": "1"}),
    }
    what = "share recalled at the memory of the intact image"
    variables |= share_variables("same_memory", dims, same.sum(axis=2), shape[2], what)
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
    chosen = images.balanced_sample(n_shown, seed)
    intact = images.pixels[chosen].astype(float)
    damages = [GRADED[one_of(kind, "kind", GRADED)].at(level) for kind, level in levels.items()]
    cues = [images.damaged(damage, chosen, seed=seed) for damage in damages]
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
