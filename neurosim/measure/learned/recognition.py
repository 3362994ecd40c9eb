"""Table 4: share of recalled images that a classifier still recognises, by model and encoding of the images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray

from neurosim import Network, krotov_hopfield, recall
from neurosim.damage import Combined, Damage
from neurosim.engines import Torch
from neurosim.errors import InvalidInput
from neurosim.learning import torch_module
from neurosim.learning.data import Images
from neurosim.measure.statistics import Measurement, share_variables, summarise
from neurosim.validation import listed, sequence_of, takes, whole_array

if TYPE_CHECKING:
    from neurosim.learning.classifiers import Classifier

NOISE = 0.5  # largest std of the noise in the classifier's training images, pixels in [0, 1]
ENCODINGS = ("pixels", "standardised", "centred", "±1")  # the paper does not state which encoding it stores
PAPER = 0.98  # Table 4, this model


class TwoLayerModel(NamedTuple):
    """One of the models of Table 4.

    Parameters
    ----------
    make : callable (patterns) → Network
    paper : float
        Recall performance in the paper.

    Examples
    --------
    >>> from neurosim.measure.learned.recognition import MODELS
    >>> MODELS["B"].paper
    0.9
    """

    make: Callable[[np.ndarray], Network]
    paper: float


MODELS: dict[str, TwoLayerModel] = {
    "A (i)": TwoLayerModel(krotov_hopfield.model_a, 0.12),
    "A (ii)": TwoLayerModel(partial(krotov_hopfield.model_a, exponent=10), 0.84),
    "B": TwoLayerModel(krotov_hopfield.model_b, 0.90),
    "C": TwoLayerModel(krotov_hopfield.model_c, 0.02),
}
_SHARES = {
    "recognised": Measurement(
        "share of recalled stored images that the classifier recognises", bounds=(0.0, 1.0), trials="n_stored"
    ),
    "nearest_to_cue": Measurement(
        "share of stored images whose recall is nearest to them", bounds=(0.0, 1.0), trials="n_stored"
    ),
}
_OF_NETWORK = {
    "recognised": _SHARES["recognised"],
    "cue_recognised": Measurement(
        "share of the cues themselves that the classifier recognises", bounds=(0.0, 1.0), trials="n_stored"
    ),
}


def train_classifier(
    images: Images, *, epochs: int = 5, seed: int = 0, device: str = "cpu", progress: bool = False
) -> Classifier:
    """Train the CNN of Table 2 on noisy images, and on no recalls.

    Parameters
    ----------
    images : Images
    epochs : int, default 5
    seed, device, progress
        As in `neurosim.learning.train`.

    Returns
    -------
    Classifier

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recognition import train_classifier
    >>> digits = load_data("digits").select(slice(100))
    >>> train_classifier(digits, epochs=1).correct(digits.pixels, digits.labels).shape
    (100,)
    """
    classifiers = torch_module("classifiers")
    options: dict[str, Any] = {"noise": NOISE, "epochs": epochs, "precision": classifiers.native_precision(device)}
    options |= {"seed": seed, "device": device, "progress": progress}
    return classifiers.fit("cnn", images.pixels, images.required_labels(), image_shape=images.shape, **options)


def sample_draws(images: Images, *, n_stored: int = 50, n_draws: int = 20, seed: int = 0) -> list[np.ndarray]:
    """Return random sets of images to be stored, as indices.

    Parameters
    ----------
    images : Images
    n_stored : int, default 50
        Images in each set.
    n_draws : int, default 20
        Number of sets.
    seed : int, default 0

    Returns
    -------
    list of ndarray (n_stored,)

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recognition import sample_draws
    >>> [draw.shape for draw in sample_draws(load_data("digits"), n_draws=2)]
    [(50,), (50,)]
    """
    rng = np.random.default_rng(seed)
    return [rng.choice(len(images), n_stored, replace=False) for _ in range(n_draws)]


@takes(images=Images)
def recognition_by_model(images: Images, draws: Sequence[np.ndarray], classifier: Classifier) -> xarray.Dataset:
    """Store sets of images in the models of Table 4, one hidden neuron per image, and recall each image.

    Parameters
    ----------
    images : Images
    draws : sequence of ndarray
        Indices of the images that are stored together; see `sample_draws`.
    classifier : Classifier
        Trained on images, not on recalls; see `train_classifier`.

    Returns
    -------
    xarray.Dataset over model and stored_as
        recognised, nearest_to_cue: see their long names; intervals over draws. paper (model,): the share in
        Table 4.

    See Also
    --------
    recognition_of_network : The same share for a network that stores all images.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning import load_data, torch_module
    >>> from neurosim.measure.learned.recognition import recognition_by_model
    >>> digits = load_data("digits").select(slice(100))
    >>> fit = torch_module("classifiers").fit
    >>> classifier = fit("mlp", digits.pixels, digits.labels, image_shape=digits.shape, epochs=1)
    >>> found = recognition_by_model(digits, [np.arange(2), np.arange(2, 4)], classifier)  # doctest: +SKIP
    """
    draws = _indices(draws, len(images), classifier)
    shares = np.array(
        [
            [[_recognised(model.make, e, images, rows, classifier) for rows in draws] for e in ENCODINGS]
            for model in MODELS.values()
        ]
    )  # (model, encoding, draw, 2)
    variables: dict[str, Any] = {
        "model": ("model", list(MODELS), {"long_name": "model of Table 4"}),
        "stored_as": ("stored_as", list(ENCODINGS), {"long_name": "encoding of the stored images"}),
        "paper": ("model", [model.paper for model in MODELS.values()], {"long_name": "Table 4", "units": "1"}),
    }
    dims = ("model", "stored_as", "draw")
    raw = {name: xarray.DataArray(shares[..., k], dims=dims) for k, name in enumerate(_SHARES)}
    raw["n_stored"] = xarray.DataArray([len(rows) for rows in draws], dims="draw")
    variables |= summarise(raw, _SHARES, over="draw")
    attrs = _attrs(images, draws) | {"n_networks": len(draws)}
    return xarray.Dataset(variables, attrs=attrs)


@takes(net=Network, images=Images, unseen=Images)
def recognition_of_network(
    net: Network,
    images: Images,
    unseen: Images,
    draws: Sequence[np.ndarray],
    classifier: Classifier,
    damages: Sequence[Damage] = (Combined(),),
    *,
    seed: int = 0,
) -> xarray.Dataset:
    """Recall images of a network that stores all of them, and count the recalls that a classifier recognises.

    Parameters
    ----------
    net : Network
    images : Images
        The stored images.
    unseen : Images
        Images on which the classifier is tested.
    draws, classifier
        As in `recognition_by_model`.
    damages : sequence of Damage, default none
        Damage to the cues.
    seed : int, default 0
        Seed of the damage.

    Returns
    -------
    xarray.Dataset
        recognised and, of the cues themselves, cue_recognised (damage,), with intervals over draws;
        classifier_accuracy on the unseen originals with Wilson limits; n_stored.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data, torch_module
    >>> from neurosim.measure.learned.recognition import recognition_of_network
    >>> digits = load_data("digits").select(slice(100))
    >>> fit = torch_module("classifiers").fit
    >>> classifier = fit("mlp", digits.pixels, digits.labels, image_shape=digits.shape, epochs=1)
    >>> draws = [range(20), range(20, 40)]
    >>> found = recognition_of_network(Network.gaussian(64, 8, seed=0), digits, digits, draws, classifier)
    >>> found.damage.values, int(found.n_stored)
    (array(['none'], dtype='<U4'), 100)
    """
    labels, damages = images.required_labels(), sequence_of(damages, "damages", Damage)
    draws = _indices(draws, len(images), classifier)
    shares = np.empty((len(damages), len(draws), 2))
    for row, damage in enumerate(damages):
        cues = images.damaged(damage, seed=seed)
        for column, rows in enumerate(draws):
            given = (recall(net, cues[rows]).visible.values, cues[rows])
            shares[row, column] = [classifier.correct(one, labels[rows]).mean() for one in given]
    raw = {name: xarray.DataArray(shares[..., k], dims=("damage", "draw")) for k, name in enumerate(_OF_NETWORK)}
    raw["n_stored"] = xarray.DataArray([len(rows) for rows in draws], dims="draw")
    variables = summarise(raw, _OF_NETWORK, over="draw")
    correct = classifier.correct(unseen.pixels, unseen.required_labels())
    long_name = "share of unseen originals that the classifier recognises"
    variables |= share_variables("classifier_accuracy", (), correct.sum(), correct.size, long_name)
    variables["n_stored"] = ((), len(images), {"long_name": "images stored", "units": "1"})
    variables["damage"] = ("damage", [str(damage) for damage in damages], {"long_name": "damage to the cue"})
    return xarray.Dataset(variables, attrs=_attrs(images, draws) | {"n_networks": 1, "seed": seed})


def recall_patterns(make: Callable[[np.ndarray], Network], patterns: np.ndarray) -> np.ndarray:
    """Store patterns in a two-layer model and recall each from itself.

    Parameters
    ----------
    make : callable (patterns) → Network
        A model of `MODELS`.
    patterns : ndarray (pattern, visible)

    Returns
    -------
    ndarray (pattern, visible)
        In the units of the patterns. Where the visible activation has no scale, recalls get the patterns' mean norm.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.learned.recognition import MODELS, recall_patterns
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (3, 50))
    >>> recalled = recall_patterns(MODELS["B"].make, patterns)
    >>> np.array_equal(np.sign(recalled), patterns)
    True
    """
    net = make(patterns)
    cues = patterns / np.sqrt(len(patterns))
    out = recall(net, cues, engine=Torch(dt=net.tau_h / 5))
    states = np.sqrt(len(patterns)) * out.visible.values
    if not net.is_linear:
        length = np.linalg.norm(states, axis=1, keepdims=True)
        states *= np.linalg.norm(patterns, axis=1).mean() / np.where(length > 0, length, 1.0)
    return states


def _recognised(
    make: Callable[[np.ndarray], Network], encoding: str, images: Images, rows: np.ndarray, classifier: Classifier
) -> tuple[float, float]:
    """Return the share of recalls that are recognised, and of recalls to which their cue is the nearest image."""
    offset, scale = _offset_scale(encoding, images)
    patterns = (images.pixels[rows].astype(float) - offset) / scale
    if encoding == "±1":
        patterns = np.where(patterns > 0, 1.0, -1.0)
    states = recall_patterns(make, patterns)
    nearest = np.argmax(states @ (patterns / np.linalg.norm(patterns, axis=1, keepdims=True)).T, axis=1)
    recognised = classifier.correct(offset + scale * states, images.required_labels()[rows])
    return float(recognised.mean()), float((patterns[nearest] == patterns).all(axis=1).mean())


def _offset_scale(encoding: str, images: Images) -> tuple[Any, float]:
    """Return offset and scale of an encoding, (pixels − offset)/scale; "±1" is its sign."""
    return {
        "pixels": (0.0, 1.0),
        "standardised": (float(images.pixels.mean()), float(images.pixels.std())),
        "centred": (images.pixels.mean(axis=0), 1.0),
        "±1": (0.5, 0.5),
    }[encoding]


def _indices(draws: Sequence[np.ndarray], n_images: int, classifier: Classifier) -> list[np.ndarray]:
    """Return the indices of each draw, and check the classifier."""
    if not callable(getattr(classifier, "correct", None)):
        raise InvalidInput(f"classifier must be a trained one, see train_classifier, got {classifier!r}")
    found = [
        whole_array(draw, "each of the draws", {"image": None}, at_most=n_images - 1)
        for draw in listed(draws, "draws", "arrays of indices of images")
    ]
    if not found:
        raise InvalidInput("draws must name the images of at least one draw, got none; see sample_draws")
    return found


def _attrs(images: Images, draws: Sequence[np.ndarray]) -> dict[str, Any]:
    method = "recall of the stored images, classified by a CNN trained on the originals"
    return {"method": method, "confidence": 0.95, "subject": repr(images), "n_trials": len(draws[0])}
