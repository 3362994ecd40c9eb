"""Recall of damaged images by networks that learned them: many networks, sizes and damages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.learning.recipe import Recipe
from neurosim.learning.recipes import name_of
from neurosim.measure.learned.damage import damage_table, usual_damages
from neurosim.measure.recall.attractors import unique_stable_minima
from neurosim.sweep.grid import HERE, Runner, run
from neurosim.validation import listed, takes, whole

_CUES = 10_000  # at most; they bound the time
NAMES = {
    "same_attractor": "share of the cues that settle in the attractor of the intact image",
    "recall_error": "squared error of the recall to the intact image",
    "cue_error": "squared error of the damaged cue to the intact image",
}
PER_NETWORK = {
    "distinct": "distinct memories",
    "stored_error": "squared error of the memories of intact images",
    "unseen_error": "squared error of the memories of images that are not stored",
}


def complete_images(
    *,
    seed: int,
    size: str,
    images: Images,
    unseen: Images | None = None,
    recipe: str | Recipe = "basins",
    epochs: int | None = None,
) -> dict[str, float]:
    """Train one network and recall stored images from every kind of damage.

    Parameters
    ----------
    seed : int
        Seed of the training and of the damage.
    size : str
        "M/N_h": the first M images are stored in N_h hidden neurons.
    images : Images
    unseen : Images, optional
        Images that are not stored.
    recipe : str or Recipe, default "basins"
        A name in `neurosim.learning.RECIPES`, or a recipe.
    epochs : int, optional
        Default: those of the recipe; see `neurosim.learning.Recipe.epochs_for`.

    Returns
    -------
    dict of str to float
        distinct, the number of distinct memories of the intact images, and for the k-th of `usual_damages`
        same_attractor_k, recall_error_k and cue_error_k: means over the images, at most 10,000 of them; stored_error,
        the mean squared error of all intact images to their memories, and unseen_error, that of `unseen`.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.completion import complete_images
    >>> found = complete_images(seed=0, size="10/20", images=load_data("digits"), epochs=200)
    >>> found["distinct"], found["same_attractor_0"]
    (10.0, 1.0)
    """
    from neurosim.learning import train  # torch is loaded only to train

    count, n_hidden = _sizes([size], len(images))[0]
    stored = images.select(slice(count))
    net = train(stored, n_hidden=n_hidden, recipe=recipe, epochs=epochs, seed=seed)
    minima = unique_stable_minima(net, stored.pixels)
    table = damage_table(net, stored, seed=seed, n_cues=min(count, _CUES), minima=minima)
    found = {f"{name}_{k}": float(table[name][k]) for name in NAMES for k in range(table.sizes["damage"])}
    found |= {"distinct": float(minima.n_unique), "stored_error": float(minima.mean_squared_error)}
    if unseen is not None:
        found["unseen_error"] = float(unique_stable_minima(net, unseen.pixels).mean_squared_error)
    return found


@takes(images=Images, unseen=Images)
def completion_by_damage(
    images: Images,
    sizes: Sequence[str],
    *,
    networks: int,
    seed: int,
    unseen: Images | None = None,
    recipe: str | Recipe = "basins",
    epochs: int | None = None,
    runner: Runner = HERE,
) -> xarray.Dataset:
    """Measure what is recalled from damaged images that networks learned, for several sizes and seeds.

    Parameters
    ----------
    images : Images
        The first of them are stored.
    sizes : sequence of str
        Each "M/N_h": M images in N_h hidden neurons.
    networks : int
        Networks of each size, which differ in their seed and store the same images.
    seed : int
    unseen, recipe, epochs
        As in `complete_images`.
    runner : Runner
        Where the sweep runs and stores its points; see `neurosim.sweep`.

    Returns
    -------
    xarray.Dataset over (size, damage, network)
        same_attractor, recall_error and cue_error; distinct, stored_error and, with `unseen`, unseen_error (size,
        network); n_images (size) and n_hidden (size).

    Raises
    ------
    InvalidInput
        A size is no pair of whole numbers, or there are fewer images.

    See Also
    --------
    neurosim.measure.learned.damage.damage_table : One network, with intervals over images.
    neurosim.plots.completion.by_damage : Figure of the result.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.completion import completion_by_damage
    >>> found = completion_by_damage(load_data("digits"), ["10/20"], networks=2, seed=0, epochs=200)
    >>> dict(found.same_attractor.sizes), int(found.distinct.min())
    ({'size': 1, 'damage': 8, 'network': 2}, 10)
    """
    counts, neurons = zip(*_sizes(sizes, len(images)), strict=True)
    damages = [str(damage) for damage in usual_damages(images.shape)]
    # all images, so that points serve other sizes
    measure = partial(complete_images, images=images, unseen=unseen, recipe=recipe, epochs=epochs)
    raw = run(measure, {"size": list(sizes)}, networks=networks, seed=seed, runner=runner)
    dims = ("size", "damage", "network")
    variables: dict[str, Any] = {
        name: (dims, np.stack([raw[f"{name}_{k}"] for k in range(len(damages))], axis=1), {"long_name": what})
        for name, what in NAMES.items()
    }
    for name, what in PER_NETWORK.items():
        if name in raw:
            variables[name] = (("size", "network"), raw[name].values, {"long_name": what})
    coords = {
        "size": ("size", list(sizes), {"long_name": "stored images M / hidden neurons N_h"}),
        "damage": ("damage", damages, {"long_name": "damage to the cue"}),
        "n_images": ("size", list(counts), {"long_name": "stored images M", "units": "1"}),
        "n_hidden": ("size", list(neurons), {"long_name": "hidden neurons N_h", "units": "1"}),
    }
    for name in variables:
        variables[name][2]["units"] = "1"
    recipe = recipe if isinstance(recipe, str) else name_of(recipe)
    about = {"method": "recall", "subject": f"recipe {recipe}, {images!r}", "seed": seed, "n_networks": networks}
    return xarray.Dataset(variables, coords, about)


def _sizes(texts: Sequence[str], most: int) -> list[tuple[int, int]]:
    """Return (M, N_h) of each "M/N_h"."""
    found = []
    for text in [texts] if isinstance(texts, str) else listed(texts, "sizes", 'texts such as "100/50"'):
        count, _, neurons = str(text).partition("/")
        rule = "the images of a size M/N_h"
        many = whole(int(count) if count.isdecimal() else count, rule, at_most=most, remedy="or give more images")
        found.append((many, whole(int(neurons) if neurons.isdecimal() else neurons, "the neurons of a size M/N_h")))
    if not found:
        raise InvalidInput('sizes must name at least one size M/N_h, got none; for instance "100/50"')
    return found
