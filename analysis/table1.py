"""Table 1: how well recalled hidden states, recalled visible states and the images themselves can be classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from analysis.statistics import labelled, mean_interval, proportion_interval
from neurosim import InvalidInput, Network, recall
from training.classifiers import fit
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
    kinds : sequence of "hidden", "visible", "original"
        What to train on: recalled hidden states (the MLP of Table 3), recalled visible states or the images (the CNN
        of Table 2).
    epochs : int, default 10
    n_seeds : int, default 1
        Independent classifiers of each kind.
    precision : str, default "float32"
        As in `training.classifiers.fit`.
    seed, device, progress
        As in `training.train`.

    Returns
    -------
    xarray.Dataset over test
        accuracy with `_lower`, `_upper`: 95%, over seeds by Student's t, or, if there is one seed, over images by
        Wilson. accuracy_by_seed (test, seed). The tests: each kind on the unseen images; and, with "original", the
        same CNN on what is recalled from unseen images ("original → recalls") and from the stored ones
        ("original → memories", Table 4's recall performance).

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
    recalled = [_recalls(net, images.pixels) for images in (seen, unseen)]
    stored = {"hidden": recalled[0][0], "visible": recalled[0][1], "original": seen.pixels}
    new = {"hidden": recalled[1][0], "visible": recalled[1][1], "original": unseen.pixels}
    options = {"image_shape": seen.shape, "epochs": epochs, "precision": precision, "device": device}
    correct: dict[str, list[np.ndarray]] = {}
    for kind in kinds:
        for k in range(n_seeds):
            judge = fit(KINDS[kind], stored[kind], seen.labels, seed=seed + k, progress=progress, **options)
            tests = {kind: (new[kind], unseen.labels)}
            if kind == "original":
                tests["original → recalls"] = new["visible"], unseen.labels
                tests["original → memories"] = stored["visible"], seen.labels
            for test, (inputs, labels) in tests.items():
                correct.setdefault(test, []).append(judge.correct(inputs, labels))
    hits = np.array([[right.sum() for right in by_seed] for by_seed in correct.values()])
    trials = np.array([by_seed[0].size for by_seed in correct.values()])
    share = hits / trials[:, None]
    one = n_seeds == 1
    interval = proportion_interval(hits[:, 0], trials) if one else mean_interval(share, axis=1, bounds=(0, 1))
    variables: dict[str, Any] = {
        "test": ("test", list(correct), {"long_name": "trained on, tested on the same unless →"})
    }
    variables |= labelled("accuracy", ("test",), interval, "share classified correctly")
    variables["accuracy_by_seed"] = (("test", "seed"), share, {"long_name": "the same, by seed", "units": "1"})
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


def _recalls(net: Network, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hidden states and visible states (image, …) float32 where recalls of all images end."""
    hidden, visible = [], []
    for start in range(0, len(pixels), _CHUNK):
        out = recall(net, pixels[start : start + _CHUNK].astype(float))
        hidden.append(out.hidden_active.values.astype(np.float32))
        visible.append(out.visible.values.astype(np.float32))
    return np.concatenate(hidden), np.concatenate(visible)
