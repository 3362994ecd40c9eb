"""Local learning rules compared: networks trained on images, and on increasing numbers of random patterns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import Any

import numpy as np
import xarray

from neurosim.learning import torch_module
from neurosim.learning.local import LOCAL_RULES, learn
from neurosim.learning.recipes import RECIPES
from neurosim.measure.learned.evaluation import METRICS, evaluate
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, summarise
from neurosim.measure.statistics.summary import cut_above
from neurosim.sweep import HERE, Runner, run
from neurosim.validation import names_of, real_array, whole, whole_array

UPDATES = 3_000  # updates of every rule and recipe on random patterns; each uses 64 patterns, or all
_BATCH = 64
PATTERN_METRICS = {
    "share_unique": Measurement("distinct stable minima over patterns", bounds=(0.0, 1.0), trials="n_patterns"),
    "relative_error": Measurement("squared error over the mean square of the patterns", bounds=NOT_NEGATIVE),
    "least_error": Measurement(
        "squared error of N_h principal components, a lower bound, over the mean square", bounds=NOT_NEGATIVE
    ),
}


def compare_local_rules(
    images: np.ndarray,
    rules: Sequence[str] | None = None,
    *,
    n_hidden: int,
    epochs: int | None = None,
    networks: int = 5,
    seed: int = 0,
    runner: Runner = HERE,
) -> xarray.Dataset:
    """Train networks by local rules and evaluate them.

    Parameters
    ----------
    images : ndarray (image, visible)
    rules : sequence of str, optional
        Names in `neurosim.learning.local.LOCAL_RULES`. Default: all.
    n_hidden : int
    epochs : int, optional
        Default: that of each rule.
    networks : int, default 5
        Independent networks of each rule.
    seed : int, default 0
    runner : Runner, optional
        As in `neurosim.sweep.run`.

    Returns
    -------
    xarray.Dataset over rule
        The metrics of `evaluation.METRICS` with intervals over networks.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.local_rules import compare_local_rules
    >>> images = load_data("digits").pixels[:30]
    >>> found = compare_local_rules(images, ["random", "oja"], n_hidden=4, epochs=1, networks=2)
    >>> found.n_unique.dims, found.n_unique_by_network.dims
    (('rule',), ('rule', 'network'))
    """
    names = list(LOCAL_RULES) if rules is None else names_of(rules, "rules", LOCAL_RULES)
    one = partial(train_and_evaluate, images=images, n_hidden=n_hidden, epochs=epochs)
    raw = run(one, {"rule": names}, networks=networks, seed=seed, runner=runner)
    coords: Any = {"rule": ("rule", names, {"long_name": "local rule"})}
    attrs = {"method": "training and recall", "seed": seed, "confidence": 0.95, "n_trials": len(images)}
    variables = cut_above(summarise(raw, METRICS), "n_unique", len(images))
    return xarray.Dataset(variables, coords, attrs | {"n_networks": networks, "n_hidden": n_hidden})


def train_and_evaluate(
    *, seed: int, rule: str, images: np.ndarray, n_hidden: int, epochs: int | None = None
) -> dict[str, float]:
    """Train a network on images by a local rule and return its metrics; for `neurosim.sweep.run`.

    Parameters
    ----------
    seed : int
    rule : str
        A name in `neurosim.learning.local.LOCAL_RULES`.
    images : ndarray (image, visible)
    n_hidden : int
    epochs : int, optional

    Returns
    -------
    dict of str to float
        As of `evaluation.evaluate`.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.local_rules import train_and_evaluate
    >>> digits = load_data("digits").pixels[:50]
    >>> metrics = train_and_evaluate(seed=0, rule="oja", images=digits, n_hidden=8, epochs=2)
    >>> 0 < metrics["n_unique"] <= 50
    True
    """
    return evaluate(learn(images, rule=rule, n_hidden=n_hidden, epochs=epochs, seed=seed), images, seed)


def least_error(images: np.ndarray, n_hidden: int) -> float:
    """Return a lower bound of the squared error per image of recalled states v̂ = ξs/√N_h, for any ξ and s.

    Parameters
    ----------
    images : ndarray (image, visible)
    n_hidden : int

    Returns
    -------
    float

    Notes
    -----
    v̂ = ξs/√N_h lies in a space of N_h dimensions for every s. Of all such spaces, that of the largest principal
    components about 0 has the least squared error [1]_.

    References
    ----------
    .. [1] C. Eckart and G. Young, "The approximation of one matrix by another of lower rank", Psychometrika 1:211
       (1936).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.learned.local_rules import least_error
    >>> least_error(np.diag([3.0, 2.0, 1.0]), n_hidden=2)  # (1²)/3 images
    0.333...
    """
    images = real_array(images, "images", {"image": None, "visible": None})
    powers = np.linalg.eigvalsh(images.T @ images / len(images))[: max(0, images.shape[1] - n_hidden)]
    return max(0.0, float(powers.sum()))  # rounding


def error_limits(images: np.ndarray, n_hidden: int) -> dict[str, float]:
    """Return the squared error per image of the mean image, and a lower bound for `n_hidden` hidden neurons.

    Parameters
    ----------
    images : ndarray (image, visible)
    n_hidden : int

    Returns
    -------
    dict of str to float
        variance, mean ‖v − mean v‖²; least_error, see `least_error`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.learned.local_rules import error_limits
    >>> error_limits(np.diag([3.0, 3.0]), n_hidden=1)
    {'variance': 4.5, 'least_error': 4.5}
    """
    images = real_array(images, "images", {"image": None, "visible": None})
    variance = float(((images - images.mean(axis=0)) ** 2).sum(axis=1).mean())
    return {"variance": variance, "least_error": least_error(images, n_hidden)}


def compare_pattern_loads(
    methods: Sequence[str],
    loads: Sequence[int],
    *,
    n_visible: int = 100,
    n_hidden: int = 20,
    updates: int = UPDATES,
    networks: int = 20,
    seed: int = 0,
    runner: Runner = HERE,
) -> xarray.Dataset:
    """Train networks on increasing numbers of random ±1 patterns, and recall the patterns.

    Parameters
    ----------
    methods : sequence of str
        Local rules of `LOCAL_RULES`, or recipes of `RECIPES`.
    loads : sequence of int
        Numbers of patterns.
    n_visible, n_hidden : int, default 100 and 20
    updates : int, default 3000
        Updates of the synapses, each from 64 patterns or from all.
    networks : int, default 20
        Independent networks and sets of patterns for each point.
    seed : int, default 0
    runner : Runner, optional
        As in `neurosim.sweep.run`.

    Returns
    -------
    xarray.Dataset over rule and n_patterns
        share_unique, relative_error, least_error with intervals over networks.

    Examples
    --------
    >>> from neurosim.measure.learned.local_rules import compare_pattern_loads
    >>> found = compare_pattern_loads(["oja"], [4, 8], n_visible=20, n_hidden=4, updates=20, networks=2)
    >>> found.share_unique.dims
    ('rule', 'n_patterns')
    """
    sizes = {"n_visible": whole(n_visible, "n_visible"), "n_hidden": whole(n_hidden, "n_hidden")}
    updates = whole(updates, "updates")
    grid = {
        "rule": names_of(methods, "methods", [*LOCAL_RULES, *RECIPES]),
        "n_patterns": whole_array(loads, "loads", {"load": None}, at_least=1).tolist(),
    }
    labels = {"rule": ("local rule, or recipe of eq. (17)", "1"), "n_patterns": ("random patterns", "1")}
    one = partial(train_on_patterns, **sizes, updates=updates)
    raw = run(one, grid, networks=networks, seed=seed, labels=labels, runner=runner)
    attrs = {"method": "training and recall", "confidence": 0.95, "n_trials": "all patterns as cues", **sizes}
    attrs |= {"n_networks": networks, "seed": seed, "updates": updates}
    return xarray.Dataset(summarise(raw, PATTERN_METRICS), {name: raw[name] for name in grid}, attrs)


def train_on_patterns(
    *, seed: int, rule: str, n_patterns: int, n_visible: int, n_hidden: int, updates: int
) -> dict[str, float]:
    """Train a network on random ±1 patterns by a local rule or a recipe, and recall them; for `neurosim.sweep.run`.

    Parameters
    ----------
    seed : int
    rule : str
        A local rule of `LOCAL_RULES`, or a recipe of `RECIPES`.
    n_patterns, n_visible, n_hidden, updates : int

    Returns
    -------
    dict of str to float
        The metrics of `PATTERN_METRICS`.

    Examples
    --------
    >>> from neurosim.measure.learned.local_rules import train_on_patterns
    >>> metrics = train_on_patterns(seed=0, rule="oja", n_patterns=4, n_visible=20, n_hidden=6, updates=50)
    >>> sorted(metrics)
    ['least_error', 'relative_error', 'share_unique']
    """
    patterns = np.random.default_rng([seed, n_patterns]).choice([-1.0, 1.0], (n_patterns, n_visible))
    epochs = ceil(updates / ceil(n_patterns / _BATCH))
    options: dict[str, Any] = {"n_hidden": n_hidden, "seed": seed, "epochs": epochs, "batch_size": _BATCH}
    if rule in LOCAL_RULES:
        net = learn(patterns, rule=rule, **options)
    else:
        net = torch_module("trainer").train(patterns, recipe=rule, **options)
    minima = attractors.unique_stable_minima(net, patterns)
    return {
        "share_unique": int(minima.n_unique) / n_patterns,
        "relative_error": float(minima.mean_squared_error) / n_visible,
        "least_error": least_error(patterns, n_hidden) / n_visible,
    }
