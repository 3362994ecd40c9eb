"""Recall of stored and of unseen images: recalled states, their errors, and the share of new memories."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray

from neurosim import Network, Outcome, recall, theory
from neurosim.learning.data import Images
from neurosim.measure.statistics import share_variables

_ROWS = 5_000  # memories compared at once; bounds the memory


def recall_images(
    net: Network,
    images: Images,
    *,
    cues: str = "stored images",
    n_cues: int = 2_000,
    n_shown: int = 8,
    seed: int = 0,
) -> xarray.Dataset:
    """Recall images with the exact engine; keep a few recalls and the error of all.

    Parameters
    ----------
    net : Network
    images : Images
        A random sample of them, classes in turn, is used as cues.
    cues : str, default "stored images"
        Description of the cues, for labels.
    n_cues : int, default 2000
        Size of the sample.
    n_shown : int, default 8
        Number of recalls that the result holds in full.
    seed : int, default 0
        Seed of the sample.

    Returns
    -------
    xarray.Dataset
        cue_visible, visible (shown, visible_neuron) and hidden_active (shown, hidden_neuron) of the shown recalls, and
        their original, image (index) and label; the attribute image_shape;
        over all cues squared_error (mean, summed over visible neurons), variance of the images (the error of their
        mean), n_distinct (attractors) and share_settled with Wilson limits.

    See Also
    --------
    recall_unseen_images : Also measures whether recalled memories are new.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import recall_images
    >>> found = recall_images(Network.gaussian(64, 10, seed=0), load_data("digits"), n_cues=20)
    >>> dict(found.visible.sizes), found.attrs["n_trials"]
    ({'shown': 8, 'visible_neuron': 64}, 20)
    """
    chosen = images.balanced_sample(n_cues, seed)
    shown = images.pixels[chosen].astype(float)
    return _summary(net, images, chosen, recall(net, shown), cues, n_shown, seed)


def recall_unseen_images(
    net: Network,
    images: Images,
    memories: np.ndarray,
    *,
    cues: str = "unseen images",
    n_cues: int = 2_000,
    n_shown: int = 8,
    seed: int = 0,
) -> xarray.Dataset:
    """Recall images that the network does not store, and compare the results with the stored memories.

    Parameters
    ----------
    net : Network
    images : Images
        The unseen images.
    memories : ndarray (memory, hidden), bool
        Hidden states of the stored memories.
    cues, n_cues, n_shown, seed
        As in `recall_images`.

    Returns
    -------
    xarray.Dataset
        As `recall_images`, with share_new, the share of the cues that settle at a memory that is not stored (Wilson
        limits), and nearest_error, the mean squared error of the stored memory nearest to each cue.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import recall_unseen_images
    >>> net = Network.gaussian(64, 10, seed=0)
    >>> found = recall_unseen_images(net, load_data("digits"), patterns.all_hidden_states(10), n_cues=20)
    >>> float(found.share_new)  # every state is stored
    0.0
    """
    chosen = images.balanced_sample(n_cues, seed)
    shown = images.pixels[chosen].astype(float)
    out = recall(net, shown)
    stored = {code.tobytes() for code in np.packbits(memories, axis=1)}
    codes = np.packbits(out.hidden_active.values, axis=1)
    new = np.array([code.tobytes() not in stored for code in codes]) & (out.outcome.values == Outcome.SETTLED)
    what = "share of unseen images that settle at a memory of no stored image"
    variables: dict[str, Any] = share_variables("share_new", (), new.sum(), new.size, what, failures=False)
    nearest = {"long_name": "squared error of the stored memory nearest to each unseen image", "units": "1"}
    variables["nearest_error"] = ((), _nearest_error(net, shown.astype(np.float32), memories), nearest)
    return _summary(net, images, chosen, out, cues, n_shown, seed).assign(variables)


def synapses(net: Network, images: Images) -> xarray.Dataset:
    """Return the synapses and thresholds of a trained network, with the shape of its images.

    Parameters
    ----------
    net : Network
    images : Images
        The training images.

    Returns
    -------
    xarray.Dataset
        weights and feedback (visible_neuron, hidden_neuron), threshold (hidden_neuron).

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import synapses
    >>> list(synapses(Network.gaussian(64, 3, seed=0), load_data("digits")))
    ['weights', 'feedback', 'threshold']
    """
    arrays = {"weights": net.weights, "feedback": net.feedback_weights.T}
    variables: dict[str, Any] = {
        name: (("visible_neuron", "hidden_neuron"), values, {"long_name": name, "units": "1"})
        for name, values in arrays.items()
    }
    variables["threshold"] = ("hidden_neuron", net.threshold, {"long_name": "threshold θ", "units": "1"})
    seed = net.provenance.get("seed", "none")
    attrs = {"method": "training", "n_networks": 1, "n_trials": len(images), "seed": seed}
    return xarray.Dataset(variables, attrs=attrs | _subject(net, images))


def _subject(net: Network, images: Images) -> dict[str, Any]:
    recipe = net.provenance.get("recipe", "given")
    return {"subject": f"{recipe} network, N_h = {net.n_hidden}, {images!r}", "image_shape": images.shape}


def _summary(
    net: Network, images: Images, chosen: np.ndarray, out: xarray.Dataset, cues: str, n_shown: int, seed: int
) -> xarray.Dataset:
    shown = images.pixels[chosen].astype(float)
    settled = out.outcome.values == Outcome.SETTLED
    error = ((out.visible.values - shown) ** 2).sum(axis=1)
    variance = float(((shown - shown.mean(axis=0)) ** 2).sum(axis=1).mean())
    codes = out.hidden_active.values
    dims = ("shown", "visible_neuron")
    variables: dict[str, Any] = {
        "cue_visible": (dims, shown[:n_shown], {"long_name": f"{cues}: cue", "units": "1"}),
        "visible": (dims, out.visible.values[:n_shown], {"long_name": "recalled visible state", "units": "1"}),
        "hidden_active": (
            ("shown", "hidden_neuron"),
            codes[:n_shown],
            {"long_name": "hidden neuron active at the end"},
        ),
        "squared_error": ((), error.mean(), {"long_name": "squared error per image", "units": "1"}),
        "variance": ((), variance, {"long_name": "variance of the images, the error of their mean", "units": "1"}),
        "n_distinct": ((), len(np.unique(codes[settled], axis=0)), {"long_name": "distinct attractors", "units": "1"}),
    }
    variables |= share_variables("share_settled", (), settled.sum(), len(settled), "share of cues that settle")
    variables |= images.variables(chosen[:n_shown], "shown")
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(shown), "seed": seed, "confidence": 0.95}
    return xarray.Dataset(variables, attrs={**out.attrs, **attrs, "cues": cues, **_subject(net, images)})


def _nearest_error(net: Network, cues: np.ndarray, memories: np.ndarray) -> float:
    least = np.full(len(cues), np.inf)
    for start in range(0, len(memories), _ROWS):
        stored = theory.visible_state(net, memories[start : start + _ROWS]).astype(np.float32)
        distance = np.square(stored).sum(axis=1) - 2 * cues @ stored.T
        least = np.minimum(least, distance.min(axis=1))
    return float((least + np.square(cues).sum(axis=1)).mean())
