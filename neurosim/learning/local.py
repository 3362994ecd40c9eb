"""Training by local rules: every synapse changes by signals of the two neurons that it connects.

Online learning is a batch size of one. In a larger batch, the changes for all images are summed and applied after the
batch; the rule is the same with a delay. No torch here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from tqdm import tqdm

import neurosim
from neurosim import threads
from neurosim.errors import InvalidInput, NeurosimError
from neurosim.learning.checks import check_images
from neurosim.learning.data import Images
from neurosim.learning.initialisation import ZERO_THRESHOLD
from neurosim.learning.local_base import Arrays, LocalRule, drive, step, visible_response
from neurosim.learning.local_rules import DECAY, DREAM_RATE, LOCAL_RULES
from neurosim.network import Network
from neurosim.validation import one_of, seed_number, whole

__all__ = ["LOCAL_RULES", "learn"]

_MEAN_SQUARE = 1 / 8  # of the scaled images, about that of MNIST's pixels: rates do not depend on the contrast
_LEAST_UPDATES = 7_000  # small data sets need updates, not epochs
_CHUNK = 8_192  # images evaluated at once after learning; bounds the memory


def learn(
    images: Images | np.ndarray,
    *,
    rule: str,
    n_hidden: int,
    epochs: int | None = None,
    batch_size: int = 64,
    tau_v: Any = 20e-3,
    tau_h: Any = 1e-3,
    seed: int = 0,
    progress: bool = False,
) -> Network:
    """Train a network by a local rule, so that the hidden codes of the images become its stable states.

    The same arguments give the same bits on the same machine; the computation uses one thread.

    Parameters
    ----------
    images : Images or array_like (image, visible), (image, rows, columns) or (image, channels, rows, columns)
        The images to store, finite. Learning does not depend on their contrast: they are scaled to mean square 1/8,
        and the learned synapses are scaled back.
    rule : str
        A name in `LOCAL_RULES`. With the same synapses in both directions, and thresholds by homeostasis: "random",
        "oja", "contrastive", "recirculation". With separate synapses in each direction, and θ → 0⁺: "predictive",
        "dendritic".
    n_hidden : int
        Number of hidden neurons, ≥ 1.
    epochs : int, optional
        Passes over the images. Default: those of the rule, or more for small data sets.
    batch_size : int, default 64
        Number of images after which the synapses change, ≥ 1; 1 is online learning.
    tau_v, tau_h : time, default 20 ms and 1 ms
        Time constants of the returned network; learning does not depend on them.
    seed : int, default 0
        Seed of the initial synapses, of the order of the images and of spontaneous activity, ≥ 0.
    progress : bool, default False
        Show a progress bar with the current error.

    Returns
    -------
    Network
        Its `provenance` has the settings, the equation and `requirements` of the rule, ``error_per_epoch`` (mean
        squared error during each epoch) and ``hard_error``, the squared error of the finished network's first-pass
        code.

    Raises
    ------
    InvalidInput
        An argument is invalid, or the synapses became non-finite.
    NeurosimError
        Learning collapsed: all images have the same hidden code.

    See Also
    --------
    neurosim.learning.train : Gradient descent on eq. (17).

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.learning.local import learn
    >>> net = learn(load_data("digits").select(slice(100)), rule="oja", n_hidden=8, epochs=5)
    >>> net.is_symmetric
    True
    """
    pixels, source = check_images(images)
    one_of(rule, "rule", LOCAL_RULES)
    n_hidden, batch_size = whole(n_hidden, "n_hidden"), whole(batch_size, "batch_size")
    seed = seed_number(seed)
    chosen = LOCAL_RULES[rule]
    epochs = default_epochs(len(pixels), batch_size, chosen.epochs) if epochs is None else epochs
    epochs = whole(epochs, "epochs")
    scale = math.sqrt(_MEAN_SQUARE / max(float(np.mean(np.square(pixels, dtype=np.float64))), 1e-300))
    if not 1e-15 < scale < 1e15:
        raise InvalidInput(f"images must have a mean square between 1e-30 and 1e30, got {_MEAN_SQUARE / scale**2:.3g}")
    # Built first, so that an invalid time constant is refused before learning.
    blank = Network(weights=np.zeros((pixels.shape[1], n_hidden)), tau_v=tau_v, tau_h=tau_h)
    scaled = pixels * np.float32(scale)
    with threads.single():
        learned, errors = _run(chosen, scaled, n_hidden, epochs, batch_size, seed, progress)
        hard_error = _hard_error(learned, scaled)
    provenance = {
        "weights": f"learned by the local rule {rule}: {chosen.equation}",
        **source,
        "n_images": len(pixels),
        "n_hidden": int(n_hidden),
        "rule": rule,
        "requirements": asdict(chosen.requirements),
        "rate": chosen.rate,
        "batch_size": int(batch_size),
        "epochs": int(epochs),
        "seed": int(seed),
        "neurosim_version": neurosim.__version__,
        "error_per_epoch": [error / scale**2 for error in errors],
        "hard_error": hard_error / scale**2,
    }
    return blank.replace(**_unscaled(learned, scale), provenance=provenance)


def default_epochs(n_images: int, batch_size: int, least: int) -> int:
    """Return the default number of epochs of `learn`: `least`, or as many as 7,000 updates need."""
    return max(least, math.ceil(_LEAST_UPDATES / math.ceil(n_images / batch_size)))


def _run(
    rule: LocalRule, images: np.ndarray, n_hidden: int, epochs: int, batch_size: int, seed: int, progress: bool
) -> tuple[Arrays, list[float]]:
    """Return the learned arrays, and the mean squared error during each epoch."""
    rng = np.random.default_rng(np.random.SeedSequence([seed]))
    learned = rule.start(images.shape[1], n_hidden, rng)
    n_batches = math.ceil(len(images) / batch_size)
    errors = []
    with tqdm(total=epochs, desc=rule.name, unit="epoch", disable=None if progress else True) as bar:
        for epoch in range(epochs):
            total = 0.0
            order = rng.permutation(len(images))
            for number in range(n_batches):
                batch = images[order[number * batch_size : (number + 1) * batch_size]]
                fraction = (epoch * n_batches + number) / (epochs * n_batches)
                total += one_batch(rule, learned, batch, fraction, rng)
            if not (math.isfinite(total) and all(np.isfinite(array).all() for array in learned.values())):
                raise InvalidInput(
                    f"learning by {rule.name} diverged in epoch {epoch + 1}; take a smaller batch_size ({batch_size})"
                )
            errors.append(total / len(images))
            bar.set_postfix(error=f"{errors[-1]:.3g}")
            bar.update()
    return learned, errors


def one_batch(rule: LocalRule, learned: Arrays, batch: np.ndarray, progress: float, rng: np.random.Generator) -> float:
    """Change `learned` in place by a batch of images and as many spontaneous states; return the summed squared error.

    The learning rate for images falls along half a cosine, that for spontaneous activity ("dreams") is constant: its
    changes follow the other synapses, and vanish when these no longer change.

    Parameters
    ----------
    rule : LocalRule
    learned : dict of str to ndarray
        Synapses and thresholds, changed in place.
    batch : ndarray (image, visible)
    progress : float
        0 at the start of learning … 1 at its end.
    rng : numpy.random.Generator
        For spontaneous activity.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local import LOCAL_RULES, one_batch
    >>> rule, rng = LOCAL_RULES["oja"], np.random.default_rng(0)
    >>> learned, batch = rule.start(64, 8, rng), rng.random((10, 64), dtype=np.float32)
    >>> one_batch(rule, learned, batch, 0.0, rng) > 0
    True
    """
    rate = np.float32(rule.rate * 0.5 * (1 + math.cos(math.pi * progress)))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # reported after the epoch
        signals = rule.signals(learned, batch, progress)
        for name, change in rule.changes(signals).items():
            learned[name] += rate * change
        for name in rule.decaying:
            learned[name] *= 1 - rate * np.float32(DECAY * len(batch))
        if rule.requirements.dreams:
            active = (rng.random((len(batch), learned["weights"].shape[1]), dtype=np.float32) < 0.5).astype(np.float32)
            for name, change in rule.dream(learned, active).items():
                learned[name] += np.float32(DREAM_RATE) * change
        error = signals["error"] if "error" in signals else signals["visible_change"]
        return float(np.square(error).sum(dtype=np.float64))


def _encoder(learned: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return B as (visible, hidden)."""
    return learned.get("feedback", learned["weights"])


def _hard_error(learned: Arrays, images: np.ndarray) -> float:
    """Return the squared error of the first-pass code, per image.

    Raises
    ------
    NeurosimError
        All images have the same hidden code, although they differ.
    """
    total, first, collapsed = 0.0, None, True
    for start in range(0, len(images), _CHUNK):
        visible = images[start : start + _CHUNK]
        codes = step(drive(_encoder(learned), visible) - learned.get("threshold", ZERO_THRESHOLD))
        first = codes[:1] if first is None else first
        collapsed = collapsed and bool((codes == first).all())
        total += float(np.square(visible - visible_response(learned["weights"], codes)).sum(dtype=np.float64))
    if collapsed and (images != images[0]).any():
        raise NeurosimError(
            f"learning collapsed: all {len(images)} images have the same hidden code; give more epochs, smaller "
            "batches or another seed"
        )
    return total / len(images)


def _unscaled(learned: Arrays, scale: float) -> dict[str, Any]:
    """Return the arrays of a Network for unscaled images: ξ over `scale`, and B and θ such that codes do not change."""
    weights = learned["weights"].astype(np.float64) / scale
    if "feedback" not in learned:
        return {"weights": weights, "threshold": learned["threshold"].astype(np.float64) / scale**2}
    feedback = np.ascontiguousarray(learned["feedback"].T, dtype=np.float64) * scale
    return {"weights": weights, "threshold": ZERO_THRESHOLD, "feedback": feedback}
