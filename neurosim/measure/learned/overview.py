"""Evaluation of one trained network: distinct memories, errors, unseen images, and recall from damaged cues."""

from __future__ import annotations

from typing import Any

import xarray

from neurosim import theory
from neurosim.measure.learned.damage import damage_table, damaged_examples
from neurosim.measure.learned.recalls import recall_images, recall_unseen_images
from neurosim.measure.learned.trained import TrainedNetwork
from neurosim.measure.recall import attractors


def evaluate_trained(
    trained: TrainedNetwork, *, n_cues: int = 2_000, n_shown: int = 2, seed: int = 0, progress: bool = False
) -> dict[str, xarray.Dataset]:
    """Evaluate a trained network with the exact engine.

    Parameters
    ----------
    trained : TrainedNetwork
        If it has test images, unseen images are recalled too.
    n_cues : int, default 2000
        Cues of each measurement. The count of memories uses all images.
    n_shown : int, default 2
        Images of each kind of damage that are kept for a figure.
    seed : int, default 0
        Seed of the choice of images and of the damage.
    progress : bool, default False
        Show progress bars.

    Returns
    -------
    dict of str to xarray.Dataset
        memories: `neurosim.measure.unique_stable_minima` of all images and the certificate of all states, with the
        attributes subject, n_hidden and ratio, τ_v/τ_h. stored,
        unseen: recalls of intact images. damage: `neurosim.measure.learned.damage.damage_table`. examples: a few
        originals, damaged cues and recalls.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.overview import evaluate_trained
    >>> from neurosim.measure.learned.trained import TrainedNetwork
    >>> trained = TrainedNetwork(Network.gaussian(64, 10, seed=0), load_data("digits").select(slice(50)))
    >>> list(evaluate_trained(trained, n_cues=10))
    ['memories', 'stored', 'damage', 'examples']
    """
    net, images = trained.network, trained.images
    sample: Any = {"n_cues": n_cues, "seed": seed}
    minima = attractors.unique_stable_minima(net, images.pixels, progress=progress)
    certificate = theory.certify_all_states(net)
    minima["certified"] = ((), certificate.holds, {"long_name": "all 2^N_h states certified"})
    stored = recall_images(net, images, **sample)
    ratio = float(net.tau_v.mean() / net.tau_h.mean())
    about = {"subject": stored.attrs["subject"], "n_hidden": net.n_hidden, "ratio": ratio}
    data = {"memories": minima.assign_attrs(about), "stored": stored}
    if trained.test_images is not None:
        memories = minima.hidden_active.values[minima.stable.values]
        data["unseen"] = recall_unseen_images(net, trained.unseen, memories, **sample)
    data["damage"] = damage_table(net, images, **sample, minima=minima)
    data["examples"] = damaged_examples(net, images, n_shown=n_shown, seed=seed)
    return data
