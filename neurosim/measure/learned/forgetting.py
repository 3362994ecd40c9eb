"""One-shot learning of a sequence of images: recall of an image after further ones, by the rate of forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim import recall
from neurosim.damage import Noise
from neurosim.learning.one_shot import Correlations, sparse_codes
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, summarise
from neurosim.sweep import HERE, Runner, run
from neurosim.validation import noise_level, real_numbers, whole, whole_array

N_PROBES, APART = 20, 5  # moments at which a memory is tested, and images learned between them
METRICS = {
    "recalled": Measurement("share of noisy images recalled at their code", bounds=(0.0, 1.0), trials=N_PROBES),
    "error": Measurement("squared error of the recall over the mean square of the images", bounds=NOT_NEGATIVE),
}


def forgetting_curves(
    forget: Sequence[float],
    ages: Sequence[int],
    *,
    n_images: int = 300,
    n_visible: int = 200,
    n_hidden: int = 100,
    noise: float = 0.5,
    networks: int = 20,
    seed: int = 0,
    runner: Runner = HERE,
) -> xarray.Dataset:
    """Learn random ±1 images one after the other, each in one shot, and recall them after further images.

    Parameters
    ----------
    forget : sequence of float
        Rates of forgetting, as of `neurosim.learning.one_shot.Correlations.add`.
    ages : sequence of int ≥ 0
        Images learned since the recalled one; each < `n_images`.
    n_images : int, default 300
        Images learned before the first recall; 100 more are learned during the measurement.
    n_visible, n_hidden : int, default 200 and 100
    noise : float, default 0.5
        Std of the noise of the cues, in units of the images' rms.
    networks : int, default 20
        Independent sequences of images.
    seed : int, default 0
    runner : Runner, optional
        As in `neurosim.sweep.run`.

    Returns
    -------
    xarray.Dataset over forget and age
        recalled and error, with intervals over networks; over forget n_recalled, the number of the last `n_images`
        images that are recalled at their code.

    Raises
    ------
    InvalidInput
        A size is no whole number, or an age is not below `n_images`.

    Examples
    --------
    >>> from neurosim.measure.learned.forgetting import forgetting_curves
    >>> found = forgetting_curves([0, 0.1], [0, 30], n_images=40, n_visible=50, n_hidden=20, networks=2)
    >>> found.recalled.dims, found.n_recalled.dims
    (('forget', 'age'), ('forget',))
    """
    grid = {"forget": real_numbers(forget, "forget", at_least=0)}
    ages = whole_array(ages, "ages", {"age": None}, at_most=whole(n_images, "n_images") - 1).tolist()
    sizes = {"n_images": n_images, "n_visible": whole(n_visible, "n_visible"), "n_hidden": whole(n_hidden, "n_hidden")}
    sizes |= {"noise": noise_level(noise, "noise")}
    one = partial(recall_after, ages=tuple(ages), **sizes)
    labels = {"forget": ("share of old memories that decays with each image", "1")}
    raw = run(one, grid, networks=networks, seed=seed, labels=labels, runner=runner)
    known = {"long_name": "images learned since the recalled one", "units": "1"}
    age = xarray.Variable("age", ages, known)
    by_age = {name: xarray.concat([raw[f"{name}_{k}"] for k in ages], age) for name in METRICS}
    arrays: dict[Any, Any] = {name: array.transpose("forget", "age", "network") for name, array in by_age.items()}
    number = Measurement(f"of the last {n_images} images, those recalled at their code", bounds=(0.0, float(n_images)))
    variables = summarise(arrays, METRICS) | summarise(raw, {"n_recalled": number})
    attrs = {"method": "one-shot learning and recall", "confidence": 0.95, "n_trials": N_PROBES, **sizes}
    return xarray.Dataset(variables, {"forget": raw.forget, "age": age}, attrs | {"n_networks": networks, "seed": seed})


def recall_after(
    *, seed: int, forget: float, ages: Sequence[int], n_images: int, n_visible: int, n_hidden: int, noise: float
) -> dict[str, float]:
    """Learn one sequence of images and recall some of them at every age; for `neurosim.sweep.run`.

    Parameters
    ----------
    seed : int
        Of images, codes and noise.
    forget : float
    ages : sequence of int
    n_images, n_visible, n_hidden, noise
        As of `forgetting_curves`.

    Returns
    -------
    dict of str to float
        recalled_<age>, error_<age> and n_recalled.

    Examples
    --------
    >>> from neurosim.measure.learned.forgetting import recall_after
    >>> sizes = {"n_images": 60, "n_visible": 50, "n_hidden": 20}
    >>> found = recall_after(seed=0, forget=0.1, ages=[0, 50], noise=0.1, **sizes)
    >>> found["recalled_0"] > 0.5 > found["recalled_50"]
    True
    """
    rng = np.random.default_rng(seed)
    images = rng.choice([-1.0, 1.0], (n_images + N_PROBES * APART, n_visible))
    codes = sparse_codes(images, n_hidden, seed=seed)
    seen, learned = Correlations.none(n_visible, n_hidden), 0
    right, error = np.empty((2, N_PROBES, len(ages)))
    for probe in range(N_PROBES):
        until = n_images + probe * APART
        seen = seen.add(images[learned:until], codes[learned:until], forget=forget)
        learned, shown = until, until - 1 - np.asarray(ages)
        out = recall(seen.network(), Noise(noise).apply(images[shown], seed=rng))
        right[probe] = (out.hidden_active.values == codes[shown]).all(axis=1)
        error[probe] = np.square(out.visible.values - images[shown]).mean(axis=1)
    last = slice(learned - n_images, learned)
    out = recall(seen.network(), Noise(noise).apply(images[last], seed=rng))
    found = {f"recalled_{age}": float(share) for age, share in zip(ages, right.mean(axis=0), strict=True)}
    found |= {f"error_{age}": float(mean) for age, mean in zip(ages, error.mean(axis=0), strict=True)}
    return found | {"n_recalled": int((out.hidden_active.values == codes[last]).all(axis=1).sum())}
