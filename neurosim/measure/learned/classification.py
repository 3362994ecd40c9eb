"""Table 1: accuracy of classifiers on recalled hidden states, recalled visible states, and images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import Network, recall, theory
from neurosim.damage import Combined, Damage
from neurosim.errors import InvalidInput
from neurosim.learning import torch_module
from neurosim.learning.data import Images
from neurosim.measure.statistics import (
    NOT_NEGATIVE,
    Interval,
    Measurement,
    interval_variables,
    share_variables,
    student_interval,
    summarise,
)
from neurosim.validation import names_of, sequence_of, takes, whole

KINDS = ("hidden", "visible", "original", "transfer")
_NOISE = 0.5  # largest std of the noise in the training images of "transfer", pixels in [0, 1]
_ROWS = 10_000  # images recalled at once; bounds the memory
_ACCURACY = Measurement("share classified correctly", bounds=(0.0, 1.0), trials="n_trials")
Tests = dict[str, tuple[np.ndarray, str]]  # test → inputs, and "stored" or "unseen": the images whose labels they have


@takes(net=Network, seen=Images, unseen=Images)
def classify(
    net: Network,
    seen: Images,
    unseen: Images,
    *,
    kinds: Sequence[str] = KINDS,
    damages: Sequence[Damage] = (),
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
        Trained on `seen`.
    seen, unseen : Images
        Stored and unseen images of one data set.
    kinds : sequence of {"hidden", "visible", "original", "transfer"}
        Training inputs: recalled hidden states (the MLP of Table 3), recalled visible states, the images, or the
        images with noise (the CNN of Table 2). The "transfer" classifier is not trained on recalls, and is tested
        on recalls (Table 4).
    damages : sequence of Damage, optional
        Damage to the cues of further tests, each beside that of the intact images: recalls of damaged images, and for
        "original" the damaged images themselves. No classifier is trained on damaged images.
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
        accuracy with `_lower`, `_upper`: 95%, over seeds (`mean_interval`), or Wilson over images for one seed.
        accuracy_by_seed (test, seed). squared_error of the classified recalls or images to the intact ones, summed
        over pixels, with its interval over images; NaN for hidden states. n_trials: classified images. "hidden",
        "visible" and "original" are tested on the unseen images, "transfer" on recalls of the unseen images
        ("transfer: unseen") and of the stored ones ("transfer: stored"). With damage, its text follows:
        "visible: noise:std=0.25".

    Raises
    ------
    InvalidInput
        The images do not fit the network, have no labels or other classes, a kind or the precision is unknown, or the
        network is not one of Heaviside units and linear visible neurons with one τ_v and one τ_h ("hidden", "visible").
    Unavailable
        torch is not installed, or this processor has no bfloat16.

    See Also
    --------
    neurosim.measure.learned.recognition.recognition_by_model : Table 4 for the paper's other models.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.classification import classify
    >>> digits = load_data("digits")
    >>> seen, unseen = digits.select(slice(100)), digits.select(slice(100, 200))
    >>> found = classify(Network.gaussian(64, 8, seed=0), seen, unseen, kinds=["hidden", "visible"], epochs=1)
    >>> found.test.values
    array(['hidden', 'visible'], dtype='<U7')
    """
    kinds, damages = names_of(kinds, "kinds", KINDS), sequence_of(damages, "damages", Damage, empty=True)
    n_seeds = whole(n_seeds, "n_seeds")
    for one in (seen, unseen):
        one.required_labels()
    _check_classes(seen, unseen)
    torch_module("classifiers").require_precision(precision, device)  # before recalling anything
    images = {"stored": seen, "unseen": unseen}
    tests = _tests(net, images, kinds, damages, seed)
    options = {"image_shape": seen.shape, "epochs": epochs, "precision": precision, "device": device}
    correct = _train_and_test(net, images, tests, seed=seed, n_seeds=n_seeds, progress=progress, **options)
    variables: dict[str, Any] = {"test": ("test", list(correct), {"long_name": "classified inputs"})}
    variables |= _accuracy(correct) | _squared_errors(list(correct), tests, images)
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


def _check_classes(seen: Images, unseen: Images) -> None:
    """Refuse images of one class, and unseen images of classes that no classifier can have learned."""
    if seen.classes != unseen.classes:
        raise InvalidInput(
            f"stored and unseen images must have one set of classes, got {seen.classes}, {unseen.classes}"
        )
    learned = np.unique(seen.required_labels())
    if len(learned) < 2:
        raise InvalidInput(f"stored images must have two or more classes, got the label {learned[0]} for all")
    if len(unknown := np.setdiff1d(unseen.required_labels(), learned)):
        raise InvalidInput(
            f"labels of unseen images must be among {learned.tolist()}, those of the stored ones, got "
            f"{unknown.tolist()}; leave these images out"
        )


def _tests(
    net: Network, images: Mapping[str, Images], kinds: Sequence[str], damages: Sequence[Damage], seed: int
) -> dict[str, Tests]:
    """Return the tests of each kind of classifier, in the order of `kinds`: of intact cues, and of each damage."""
    found: dict[str, Tests] = {kind: {} for kind in kinds}
    for damage in (None, *damages):
        after = f": {damage}" if damage else ""
        for name in ("stored", "unseen") if "transfer" in kinds else ("unseen",):
            cues = images[name].damaged(damage or Combined(), seed=seed)
            codes = _codes(net, cues) if set(kinds) - {"original"} else np.empty((0, net.n_hidden))
            visible = theory.visible_state(net, codes)
            inputs = {"original": cues, "hidden": codes, "visible": visible} if name == "unseen" else {}
            for kind in kinds:
                if kind in inputs:
                    found[kind][f"{kind}{after}"] = inputs[kind], name
            if "transfer" in kinds:
                found["transfer"][f"transfer: {name}{after}"] = visible, name
    return found


def _train_and_test(
    net: Network,
    images: Mapping[str, Images],
    tests: Mapping[str, Tests],
    *,
    seed: int,
    n_seeds: int,
    progress: bool,
    **options: Any,
) -> dict[str, np.ndarray]:
    """Return which inputs of each test are classified correctly, (seed, input) bool."""
    fit = torch_module("classifiers").fit
    training: dict[str, tuple[str, dict[str, Any]]] = {
        "hidden": ("mlp", {"network": net}),
        "visible": ("cnn", {"network": net}),
        "original": ("cnn", {}),
        "transfer": ("cnn", {"noise": _NOISE}),
    }
    seen = images["stored"]
    correct: dict[str, list[np.ndarray]] = {test: [] for of_kind in tests.values() for test in of_kind}
    for kind, of_kind in tests.items():
        classifier, own = training[kind]
        for k in range(n_seeds):
            labels = seen.required_labels()
            fitted = fit(classifier, seen.pixels, labels, seed=seed + k, progress=progress, **(options | own))
            for test, (inputs, name) in of_kind.items():
                correct[test].append(fitted.correct(inputs, images[name].required_labels()))
    return {test: np.array(by_seed) for test, by_seed in correct.items()}


def _accuracy(correct: Mapping[str, np.ndarray]) -> dict[str, Any]:
    hits = np.array([by_seed.sum(axis=1) for by_seed in correct.values()])
    trials = np.array([by_seed.shape[1] for by_seed in correct.values()])
    raw = {
        "accuracy": xarray.DataArray(hits / trials[:, None], dims=("test", "seed")),
        "n_trials": xarray.DataArray(trials, dims="test"),
    }
    variables = summarise(raw, {"accuracy": _ACCURACY}, over="seed")
    if hits.shape[1] == 1:  # one classifier: the interval is over images
        variables |= share_variables("accuracy", ("test",), hits[:, 0], trials, _ACCURACY.long_name)
    return variables | {"n_trials": ("test", trials, {"long_name": "classified images", "units": "1"})}


def _squared_errors(names: list[str], tests: Mapping[str, Tests], images: Mapping[str, Images]) -> dict[str, Any]:
    inputs = {test: found for of_kind in tests.values() for test, found in of_kind.items()}
    errors = [Interval(*np.full(3, np.nan)) for _ in names]
    for place, test in enumerate(names):
        if not test.startswith("hidden"):
            values, name = inputs[test]
            squares = np.square(values - images[name].pixels, dtype=np.float64).sum(axis=1)
            errors[place] = student_interval(squares, bounds=NOT_NEGATIVE)
    interval = Interval(*np.transpose([(e.estimate, e.lower, e.upper) for e in errors]))
    long_name = "mean squared error per classified image; NaN for hidden states"
    return interval_variables("squared_error", ("test",), interval, long_name)


def _codes(net: Network, pixels: np.ndarray) -> np.ndarray:
    """Return the final hidden states of the recalls of all images, (image, hidden) float32."""
    parts = []
    for start in range(0, len(pixels), _ROWS):
        out = recall(net, pixels[start : start + _ROWS].astype(float), read_out=False)
        parts.append(out.hidden_active.values.astype(np.float32))
    return np.concatenate(parts)
