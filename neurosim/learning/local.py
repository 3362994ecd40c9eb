"""Learn a network by a local rule: every synapse from what is at hand at its two neurons.

Online means batches of one. In a larger batch the synapses change by the sum of what each image alone would change,
once the batch is over: a delay, not another rule. No torch here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import neurosim
from neurosim.errors import InvalidInput, NeurosimError
from neurosim.learning.checks import check_images
from neurosim.learning.data import Images
from neurosim.learning.initialisation import ZERO_THRESHOLD
from neurosim.learning.local_rules import DECAY, DREAM_RATE, LOCAL_RULES, Arrays, LocalRule, drive, sent, step
from neurosim.network import Network
from neurosim.validation import whole

__all__ = ["LOCAL_RULES", "learn"]

_MEAN_SQUARE = 1 / 8  # of what the rules see: about that of MNIST's pixels, so that rates do not depend on contrast
_LEAST_UPDATES = 7_000  # small data sets need steps, not epochs
_CHUNK = 8_192  # images judged at once after learning; bounds the memory


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
    """Return a network whose stable states are the images' hidden codes, learned by a local rule.

    The same arguments give the same bits on the same machine; the work is done on one thread.

    Parameters
    ----------
    images : Images or array_like (image, visible)
        What to remember; finite. Learning does not depend on their contrast: they are scaled to mean square 1/8, and
        the learned synapses back.
    rule : str
        A name in `LOCAL_RULES`. One matrix of synapses for both directions, thresholds by homeostasis: "random",
        "oja", "contrastive", "recirculation". Synapses of their own in each direction, θ → 0⁺: "predictive",
        "dendritic".
    n_hidden : int
        Number of hidden neurons, ≥ 1.
    epochs : int, optional
        Passes over the images; by default as many as the rule says, or more where images are few.
    batch_size : int, default 64
        Images after which synapses change, ≥ 1, each image by the same amount; 1 is online.
    tau_v, tau_h : time, default 20 ms and 1 ms
        Given to the network; learning does not depend on them.
    seed : int, default 0
        ≥ 0. Decides the start, the order of the images and the dreams.
    progress : bool, default False
        Show a progress bar with the current error.

    Returns
    -------
    Network
        Its `provenance` has the settings, the rule's equation and `facts`, ``error_per_epoch`` (mean squared error
        while the epoch ran) and ``hard_error``, that of the finished network's first-pass code, per image.

    Raises
    ------
    InvalidInput
        An argument breaks its rule, or the synapses became non-finite.
    NeurosimError
        The run collapsed: all images ended with the same hidden code.
    """
    pixels, source = check_images(images)
    if not isinstance(rule, str) or rule not in LOCAL_RULES:
        raise InvalidInput(f"rule must be one of {', '.join(LOCAL_RULES)}, got {rule!r}")
    for name, value, least in (("n_hidden", n_hidden, 1), ("batch_size", batch_size, 1), ("seed", seed, 0)):
        whole(value, name, at_least=least)
    chosen = LOCAL_RULES[rule]
    epochs = default_epochs(len(pixels), batch_size, chosen.epochs) if epochs is None else epochs
    whole(epochs, "epochs", at_least=1)
    scale = math.sqrt(_MEAN_SQUARE / max(float(np.mean(np.square(pixels, dtype=np.float64))), 1e-300))
    if not 1e-15 < scale < 1e15:
        raise InvalidInput(f"images must have a mean square between 1e-30 and 1e30, got {_MEAN_SQUARE / scale**2:.3g}")
    # Built first, so that a wrong time constant is refused before the work and not after it.
    blank = Network(weights=np.zeros((pixels.shape[1], n_hidden)), tau_v=tau_v, tau_h=tau_h)
    seen = pixels * np.float32(scale)
    with threadpool_limits(1):
        learned, errors = _run(chosen, seen, n_hidden, epochs, batch_size, seed, progress)
        hard_error = _hard_error(learned, seen)
    provenance = {
        "weights": f"learned by the local rule {rule}: {chosen.equation}",
        **source,
        "n_images": len(pixels),
        "n_hidden": int(n_hidden),
        "rule": rule,
        "facts": asdict(chosen.facts),
        "rate": chosen.rate,
        "batch_size": int(batch_size),
        "epochs": int(epochs),
        "seed": int(seed),
        "neurosim_version": neurosim.__version__,
        "error_per_epoch": [error / scale**2 for error in errors],
        "hard_error": hard_error / scale**2,
    }
    return blank.replace(**_in_given_units(learned, scale), provenance=provenance)


def default_epochs(n_images: int, batch_size: int, least: int) -> int:
    """Return how many epochs `learn` takes unless told: `least`, or as many as 7,000 updates need."""
    return max(least, math.ceil(_LEAST_UPDATES / math.ceil(n_images / batch_size)))


def _run(
    rule: LocalRule, seen: np.ndarray, n_hidden: int, epochs: int, batch_size: int, seed: int, progress: bool
) -> tuple[Arrays, list[float]]:
    """Return what was learned, and the mean squared error of each epoch while it ran."""
    rng = np.random.default_rng(np.random.SeedSequence([seed]))
    learned = rule.start(seen.shape[1], n_hidden, rng)
    n_batches = math.ceil(len(seen) / batch_size)
    errors = []
    with tqdm(total=epochs, desc=rule.name, unit="epoch", disable=None if progress else True) as bar:
        for epoch in range(epochs):
            total = 0.0
            order = rng.permutation(len(seen))
            for number in range(n_batches):
                batch = seen[order[number * batch_size : (number + 1) * batch_size]]
                fraction = (epoch * n_batches + number) / (epochs * n_batches)
                total += one_batch(rule, learned, batch, fraction, rng)
            if not (math.isfinite(total) and all(np.isfinite(array).all() for array in learned.values())):
                raise InvalidInput(
                    f"learning by {rule.name} diverged in epoch {epoch + 1}; take a smaller batch_size ({batch_size})"
                )
            errors.append(total / len(seen))
            bar.set_postfix(error=f"{errors[-1]:.3g}")
            bar.update()
    return learned, errors


def one_batch(rule: LocalRule, learned: Arrays, batch: np.ndarray, progress: float, rng: np.random.Generator) -> float:
    """Change `learned` in place by what a batch of images, and as many dreams, teach; return the summed squared error.

    The rate of what is learned from images falls along half a cosine, that of dreams does not: what dreams teach
    follows the synapses that images taught, and has no error left once those rest.
    """
    rate = np.float32(rule.rate * 0.5 * (1 + math.cos(math.pi * progress)))
    with np.errstate(over="ignore", invalid="ignore"):  # found and named after the epoch
        signals = rule.signals(learned, batch, progress)
        for name, change in rule.changes(signals).items():
            learned[name] += rate * change
        for name in rule.decaying:
            learned[name] *= 1 - rate * np.float32(DECAY * len(batch))
        if rule.facts.dreams:
            active = (rng.random((len(batch), learned["weights"].shape[1]), dtype=np.float32) < 0.5).astype(np.float32)
            for name, change in rule.dream(learned, active).items():
                learned[name] += np.float32(DREAM_RATE) * change
        left = signals["error"] if "error" in signals else signals["visible_change"]
        return float(np.square(left).sum(dtype=np.float64))


def _encoder(learned: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return B as (visible, hidden)."""
    return learned.get("feedback", learned["weights"])


def _hard_error(learned: Arrays, seen: np.ndarray) -> float:
    """Return the squared error of the first-pass code, per image.

    Raises
    ------
    NeurosimError
        All images have one hidden code, though they differ.
    """
    total, first, collapsed = 0.0, None, True
    for start in range(0, len(seen), _CHUNK):
        visible = seen[start : start + _CHUNK]
        codes = step(drive(_encoder(learned), visible) - learned.get("threshold", ZERO_THRESHOLD))
        first = codes[:1] if first is None else first
        collapsed = collapsed and bool((codes == first).all())
        total += float(np.square(visible - sent(learned["weights"], codes)).sum(dtype=np.float64))
    if collapsed and (seen != seen[0]).any():
        raise NeurosimError(
            f"learning collapsed: all {len(seen)} images have the same hidden code; give more epochs, smaller batches "
            "or another seed"
        )
    return total / len(seen)


def _in_given_units(learned: Arrays, scale: float) -> dict[str, Any]:
    """Return a Network's arrays for images that are not scaled: ξ by 1/scale, B so that codes stay as they are."""
    weights = learned["weights"].astype(np.float64) / scale
    if "feedback" not in learned:
        return {"weights": weights, "threshold": learned["threshold"].astype(np.float64) / scale**2}
    feedback = np.ascontiguousarray(learned["feedback"].T, dtype=np.float64) * scale
    return {"weights": weights, "threshold": ZERO_THRESHOLD, "feedback": feedback}
