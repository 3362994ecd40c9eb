"""Table 1: how well recalled hidden states, recalled visible states and the images themselves can be classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from analysis.statistics import labelled, mean_interval, proportion_interval
from neurosim import InvalidInput, Network, recall
from training.classifiers import correct_answers
from training.data import Images

KINDS = {"hidden": "mlp", "visible": "cnn", "original": "cnn"}
_CHUNK = 10_000  # images recalled at once


def classify(
    net: Network,
    seen: Images,
    unseen: Images,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    epochs: int = 10,
    n_seeds: int = 1,
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
    kinds : sequence of "hidden", "visible", "original"
        Recalled hidden states go to the MLP of Table 3, recalled visible states and the images to the CNN of Table 2.
    epochs : int, default 10
    n_seeds : int, default 1
        Independent classifiers of each kind.
    seed, device, progress
        As in `training.train`.

    Returns
    -------
    xarray.Dataset over kind
        accuracy on the unseen images with `_lower`, `_upper`: 95%, over seeds by Student's t, or, if there is one seed,
        over images by Wilson. accuracy_by_seed (kind, seed).

    Raises
    ------
    InvalidInput
        Images that do not fit the network, or an unknown kind.
    """
    unknown = set(kinds) - set(KINDS)
    if unknown or n_seeds < 1:
        raise InvalidInput(
            f"kinds must be among {', '.join(KINDS)} and n_seeds at least 1, got {list(kinds)}, {n_seeds}"
        )
    sets = {"original": (seen.pixels, unseen.pixels)}
    if {"hidden", "visible"} & set(kinds):
        recalled = [_recalls(net, images.pixels) for images in (seen, unseen)]
        sets["hidden"] = recalled[0][0], recalled[1][0]
        sets["visible"] = recalled[0][1], recalled[1][1]
    correct = np.array(
        [
            [
                correct_answers(
                    KINDS[kind],
                    (sets[kind][0], seen.labels),
                    (sets[kind][1], unseen.labels),
                    image_shape=seen.shape,
                    epochs=epochs,
                    seed=seed + k,
                    device=device,
                    progress=progress,
                ).sum()
                for k in range(n_seeds)
            ]
            for kind in kinds
        ]
    )
    share = correct / len(unseen)
    one = n_seeds == 1
    interval = proportion_interval(correct[:, 0], len(unseen)) if one else mean_interval(share, axis=1, bounds=(0, 1))
    variables: dict[str, Any] = {"kind": ("kind", list(kinds), {"long_name": "what was classified"})}
    variables |= labelled("accuracy", ("kind",), interval, "share of unseen images classified correctly")
    variables["accuracy_by_seed"] = (("kind", "seed"), share, {"long_name": "the same, by seed", "units": "1"})
    attrs = {
        "method": "MLP of Table 3 on hidden states, CNN of Table 2 on visible ones",
        "n_networks": 1,
        "n_trials": len(unseen),
        "n_seeds": n_seeds,
        "epochs": epochs,
        "seed": seed,
        "confidence": 0.95,
        "dataset": seen.name,
    }
    return xarray.Dataset(variables, attrs=attrs)


def _recalls(net: Network, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hidden states and visible states (image, …) float32 where recalls of all images end."""
    hidden, visible = [], []
    for start in range(0, len(pixels), _CHUNK):
        out = recall(net, pixels[start : start + _CHUNK].astype(float))
        hidden.append(out.hidden_active.values.astype(np.float32))
        visible.append(out.visible.values.astype(np.float32))
    return np.concatenate(hidden), np.concatenate(visible)
