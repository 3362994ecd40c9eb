"""Table 1: how well recalled hidden states, recalled visible states and the images themselves can be classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import InvalidInput, Network, recall, theory
from neurosim.learning.classifiers import fit, requires_precision
from neurosim.learning.data import Images
from neurosim.measure.statistics import (
    Interval,
    Measurement,
    interval_variables,
    mean_interval,
    proportion_interval,
    summarise,
)

KINDS = ("hidden", "visible", "original", "judge")
_VISIBLE = ("visible", "judge: unseen", "judge: stored")  # tests on recalled images
_NOISE = 0.5  # that the judge learns to bear, pixels in [0, 1]
_CHUNK = 10_000  # images recalled at once


def classify(
    net: Network,
    seen: Images,
    unseen: Images,
    *,
    kinds: Sequence[str] = KINDS,
    epochs: int = 10,
    n_seeds: int = 1,
    precision: str = "float32",
    seed: int = 0,
    device: str = "cpu",
    progress: bool = False,
) -> xarray.Dataset:
    """Train classifiers on recalls of stored images, and test them on recalls of unseen ones.

    Parameters
    ----------
    net : Network
        Has learned `seen`.
    seen, unseen : Images
        Of one data set.
    kinds : sequence of "hidden", "visible", "original", "judge"
        What to train on: recalled hidden states (the MLP of Table 3), recalled visible states, the images, or the
        images with noise (the CNN of Table 2). The judge has seen no recall, and is tested on them (Table 4).
    epochs : int, default 10
    n_seeds : int, default 1
        Independent classifiers of each kind.
    precision : str, default "float32"
        As in `neurosim.learning.classifiers.fit`.
    seed, device, progress
        As in `neurosim.learning.train`.

    Returns
    -------
    xarray.Dataset over test
        accuracy with `_lower`, `_upper`: 95%, over seeds by Student's t, or, if there is one seed, over images by
        Wilson. squared_error, of the recalled images that were classified, summed over pixels, its interval over
        images: what a network recalls of unseen images may be further from them than of stored ones.
        accuracy_by_seed (test, seed). "hidden", "visible", "original" are tested on the unseen images; the
        judge on what is recalled from them ("judge: unseen") and from the stored ones ("judge: stored").

    Raises
    ------
    InvalidInput
        Images that do not fit the network, or an unknown kind or precision.
    Unavailable
        This processor has no bfloat16.
    """
    unknown = set(kinds) - set(KINDS)
    if unknown or n_seeds < 1:
        raise InvalidInput(
            f"kinds must be among {', '.join(KINDS)} and n_seeds at least 1, got {list(kinds)}, {n_seeds}"
        )
    requires_precision(precision, device)  # before recalling anything
    images = {"stored": seen, "unseen": unseen}
    tests = _tests(net, seen, unseen, kinds)
    how: dict[str, tuple[str, dict[str, Any]]] = {
        "hidden": ("mlp", {"network": net}),
        "visible": ("cnn", {"network": net}),
        "original": ("cnn", {}),
        "judge": ("cnn", {"noise": _NOISE}),
    }
    common: dict[str, Any] = {"image_shape": seen.shape, "epochs": epochs, "precision": precision, "device": device}
    correct: dict[str, list[np.ndarray]] = {}
    for kind in kinds:
        classifier, own = how[kind]
        for k in range(n_seeds):
            options = {**common, **own, "seed": seed + k, "progress": progress}
            fitted = fit(classifier, seen.pixels, seen.labels, **options)
            for test, (values, name) in tests[kind].items():
                correct.setdefault(test, []).append(fitted.correct(values, images[name].labels))
    hits = np.array([[right.sum() for right in by_seed] for by_seed in correct.values()])
    trials = np.array([by_seed[0].size for by_seed in correct.values()])
    share = hits / trials[:, None]
    variables: dict[str, Any] = {"test": ("test", list(correct), {"long_name": "what was classified"})}
    accuracy = Measurement("share classified correctly", bounds=(0.0, 1.0))
    by_seed = {"accuracy": xarray.DataArray(share, dims=("test", "seed"))}
    variables |= summarise(by_seed, {"accuracy": accuracy}, over="seed")
    if n_seeds == 1:  # the interval is over images
        interval = proportion_interval(hits[:, 0], trials)
        variables |= interval_variables("accuracy", ("test",), interval, accuracy.long_name)
    recalled = {test: which for kind in kinds for test, which in tests[kind].items()}
    errors = [_squared_error(*recalled[test], images, visible=test in _VISIBLE) for test in correct]
    interval = Interval(*np.transpose([(e.estimate, e.lower, e.upper) for e in errors]))
    what = "mean squared error of what was classified, of an image; NaN where that is no recalled image"
    variables |= interval_variables("squared_error", ("test",), interval, what)
    variables["n_trials"] = ("test", trials, {"long_name": "images judged", "units": "1"})
    attrs = {
        "method": "MLP of Table 3 on hidden states, CNN of Table 2 on visible ones",
        "n_networks": 1,
        "n_trials": len(unseen),
        "n_seeds": n_seeds,
        "epochs": epochs,
        "precision": precision,
        "seed": seed,
        "confidence": 0.95,
        "dataset": seen.name,
    }
    return xarray.Dataset(variables, attrs=attrs)


def _tests(
    net: Network, seen: Images, unseen: Images, kinds: Sequence[str]
) -> dict[str, dict[str, tuple[np.ndarray, str]]]:
    """Return, for each kind, what it is tested on: test → inputs and whose labels they have."""
    found: dict[str, dict[str, tuple[np.ndarray, str]]] = {}
    if "original" in kinds:
        found["original"] = {"original": (unseen.pixels, "unseen")}
    if set(kinds) - {"original"}:
        codes = _codes(net, unseen.pixels)
        visible = theory.visible_state(net, codes)
        found |= {"hidden": {"hidden": (codes, "unseen")}, "visible": {"visible": (visible, "unseen")}}
        found["judge"] = {"judge: unseen": (visible, "unseen")}
    if "judge" in kinds:
        stored = theory.visible_state(net, _codes(net, seen.pixels))
        found["judge"] = {"judge: stored": (stored, "stored"), **found["judge"]}
    return found


def _squared_error(values: np.ndarray, which: str, images: dict[str, Images], *, visible: bool) -> Interval:
    if not visible:
        return Interval(*np.full(3, np.nan))
    return mean_interval(np.square(values - images[which].pixels, dtype=np.float64).sum(axis=1))


def _codes(net: Network, pixels: np.ndarray) -> np.ndarray:
    """Return the hidden states where recalls of all images end, (image, hidden) float32; the visible ones follow."""
    parts = []
    for start in range(0, len(pixels), _CHUNK):
        out = recall(net, pixels[start : start + _CHUNK].astype(float), read_out=False)
        parts.append(out.hidden_active.values.astype(np.float32))
    return np.concatenate(parts)
