"""Evaluation metrics for trained networks: distinct memories, errors, codes and self-recall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray

from neurosim import Network, Outcome, patterns, recall, theory
from neurosim.learning.data import Images
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, share_variables

RELATIVE_NOISE = (0.0, 0.1, 0.2, 0.4)  # std of the cue noise over the rms of the memories
_MAX_CUES = 5_000  # memories of a network whose self-recall is measured
_ROWS = 10_000  # cues at once; bounds the memory
METRICS = {
    "n_unique": Measurement("distinct stable minima reached from the images", bounds=NOT_NEGATIVE),
    "squared_error": Measurement("squared error per image, recalled", bounds=NOT_NEGATIVE),
    "first_error": Measurement("squared error per image of its first-pass code", bounds=NOT_NEGATIVE),
    "at_code": Measurement(
        "share of images recalled to their discretely settled code", bounds=(0.0, 1.0), trials="n_images"
    ),
    **{
        f"self_{noise:g}": Measurement(
            f"share of the memories that recall themselves, noise {noise:g} rms", bounds=(0.0, 1.0), trials="n_memories"
        )
        for noise in RELATIVE_NOISE
    },
    "certified": Measurement("share of networks with all 2^N_h states certified", bounds=(0.0, 1.0), trials=1),
}


def evaluate(net: Network, images: np.ndarray, seed: int) -> dict[str, float]:
    """Return the metrics of a network that stores images, by exact recall of the images and of its memories.

    Parameters
    ----------
    net : Network
        With Heaviside hidden units.
    images : ndarray (image, visible)
        The stored images.
    seed : int
        Seed of the cue noise, and of the choice of 5,000 memories where there are more.

    Returns
    -------
    dict of str to float
        The metrics of `METRICS`, which describes them, and the numbers of trials of its shares: n_images, and
        n_memories. Shares of the memories are NaN where no memory is stable.

    See Also
    --------
    evaluate_networks : The metrics of several networks as a Dataset.
    neurosim.measure.unique_stable_minima : The distinct memories, with intervals over images.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure.learned.evaluation import evaluate
    >>> net = Network(np.sqrt(8) * np.eye(8, 4), threshold=0.5)  # J is the identity
    >>> metrics = evaluate(net, patterns.visible_cues(net, patterns.all_hidden_states(4)), seed=0)
    >>> metrics["n_unique"], round(metrics["squared_error"], 6), metrics["self_0"]
    (16, 0.0, 1.0)
    """
    minima = attractors.unique_stable_minima(net, images)
    memories = minima.hidden_active.values[minima.stable.values]
    some = memories[np.random.default_rng(seed).permutation(len(memories))[:_MAX_CUES]]
    self_recall = {
        f"self_{noise:g}": float(recalls_itself(net, some, noise, seed).mean()) if len(some) else np.nan
        for noise in RELATIVE_NOISE
    }
    return {
        "n_unique": int(minima.n_unique),
        "squared_error": float(minima.mean_squared_error),
        "first_error": first_pass_error(net, images),
        "at_code": float(minima.share_at_discrete),
        **self_recall,
        "certified": float(theory.certify_all_states(net).holds),
        "n_images": len(images),
        "n_memories": len(some),
    }


def evaluate_networks(
    networks: Mapping[str, tuple[Network, Images]], *, dim: str = "run", seed: int = 0
) -> xarray.Dataset:
    """Evaluate several trained networks on their stored images.

    Parameters
    ----------
    networks : mapping of str to (Network, Images)
        Networks and their stored images by name.
    dim : str, default "run"
        Name of the dimension.
    seed : int, default 0
        Seed of the cue noise.

    Returns
    -------
    xarray.Dataset over `dim`
        The metrics of `evaluation.METRICS`; shares of images or memories with Wilson's limits over these.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.evaluation import evaluate_networks
    >>> networks = {"random": (Network.gaussian(64, 10, seed=0), load_data("digits").select(slice(50)))}
    >>> evaluate_networks(networks).n_unique.dims
    ('run',)
    """
    found = [evaluate(net, images.pixels, seed) for net, images in networks.values()]
    variables: dict[str, Any] = {}
    for name, metric in METRICS.items():
        values = [one[name] for one in found]
        variables[name] = (dim, values, {"long_name": metric.long_name, "units": metric.units})
        if isinstance(metric.trials, str):
            trials = [one[metric.trials] for one in found]
            hits = np.rint(np.nan_to_num(values) * trials).astype(int)
            variables |= share_variables(name, (dim,), hits, trials, metric.long_name)
    names = (dim, list(networks), {"long_name": "trained network"})
    attrs = {"method": "exact recall", "n_networks": 1, "seed": seed, "confidence": 0.95}
    return xarray.Dataset(variables, {dim: names}, attrs)


def first_pass_error(net: Network, images: np.ndarray) -> float:
    """Return the mean over images of ‖v − ξs/√N_h‖², s = Θ(u − θ): the error that eq. (17) minimises.

    Parameters
    ----------
    net : Network
    images : ndarray (image, visible)

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.learned.evaluation import first_pass_error
    >>> first_pass_error(Network(np.ones((2, 1)), threshold=0.5), np.array([[1.0, 0.5]]))  # u = 0.75, ξs = (1, 1)
    0.25
    """
    total = 0.0
    for start in range(0, len(images), _ROWS):
        some = images[start : start + _ROWS].astype(float)
        active = theory.drive(net, some) > net.threshold
        total += float(((theory.visible_state(net, active) - some) ** 2).sum())
    return total / len(images)


def recalls_itself(net: Network, memories: np.ndarray, relative_noise: float, seed: int) -> np.ndarray:
    """Return which memories are recalled from their own visible state with Gaussian noise.

    Parameters
    ----------
    net : Network
    memories : ndarray (memory, hidden), bool
    relative_noise : float
        Std of the noise over the rms of the memories' visible states, ≥ 0.
    seed : int
        Seed of the noise.

    Returns
    -------
    ndarray (memory,), bool

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure.learned.evaluation import recalls_itself
    >>> net = Network(np.sqrt(8) * np.eye(8, 4), threshold=0.5)
    >>> recalls_itself(net, patterns.all_hidden_states(4), 0.1, seed=0).all()
    np.True_
    """
    if not len(memories):
        return np.zeros(0, dtype=bool)
    rms = np.sqrt(np.mean(theory.visible_state(net, memories[:_ROWS]) ** 2))
    parts = []
    for start in range(0, len(memories), _ROWS):
        some = memories[start : start + _ROWS]
        noise = {"noise_std": relative_noise * rms, "seed": seed + start} if relative_noise else {}
        parts.append(settles_at(net, patterns.visible_cues(net, some, **noise), some))
    return np.concatenate(parts)


def settles_at(net: Network, cues: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Return whether each cue settles at its hidden state.

    Parameters
    ----------
    net : Network
    cues : ndarray (cue, visible)
    states : ndarray (cue, hidden), bool

    Returns
    -------
    ndarray (cue,), bool

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.learned.evaluation import settles_at
    >>> net = Network(np.ones((2, 1)), threshold=0.5)
    >>> settles_at(net, np.ones((1, 2)), np.array([[True]]))
    array([ True])
    """
    out = recall(net, cues, read_out=False)
    return (out.outcome.values == Outcome.SETTLED) & (out.hidden_active.values == states).all(axis=1)
