"""What a learned network is worth, whatever it was learned by: minima, errors, codes and self-recall."""

from __future__ import annotations

import numpy as np

from neurosim import Network, Outcome, patterns, recall, theory
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import Measurement

RELATIVE_NOISE = (0.0, 0.1, 0.2, 0.4)  # of the memories' rms
_ASKED = 5_000  # memories of a network whose self-recall is tried
_ROWS = 10_000  # cues at once
MEASURES = {
    "n_unique": Measurement("distinct stable minima that the images lead to"),
    "squared_error": Measurement("squared error per image, recalled"),
    "first_error": Measurement("squared error per image of its first-pass code"),
    "at_code": Measurement("share of images recalled to their discretely settled code", bounds=(0.0, 1.0)),
    **{
        f"self_{relative:g}": Measurement(
            f"share of the memories that recall themselves, noise {relative:g} rms", bounds=(0.0, 1.0)
        )
        for relative in RELATIVE_NOISE
    },
    "certified": Measurement("share of networks with all 2^N_h states certified", bounds=(0.0, 1.0)),
}


def judged(net: Network, images: np.ndarray, seed: int) -> dict[str, float]:
    """Return `MEASURES` of one network, by exact recall of the images, and of its memories from themselves."""
    minima = attractors.unique_stable_minima(net, images)
    memories = minima.hidden_active.values[minima.stable.values]
    asked = np.random.default_rng(seed).permutation(len(memories))[:_ASKED]
    back = dict.fromkeys((f"self_{noise:g}" for noise in RELATIVE_NOISE), np.nan)  # without memories, of nothing
    if len(asked):
        back = {f"self_{r:g}": float(self_recalled(net, memories[asked], r, seed).mean()) for r in RELATIVE_NOISE}
    return {
        "n_unique": int(minima.n_unique),
        "squared_error": float(minima.mean_squared_error),
        "first_error": first_error(net, images),
        "at_code": float(minima.share_at_discrete),
        **back,
        "certified": float(theory.certify_all_states(net).holds),
    }


def first_error(net: Network, images: np.ndarray) -> float:
    """Return the mean over images of ‖v − ξs/√N_h‖², s = Θ(u − θ): what eq. (17) lowers."""
    total = 0.0
    for start in range(0, len(images), _ROWS):
        some = images[start : start + _ROWS].astype(float)
        active = theory.drive(net, some) > net.threshold
        total += float(((theory.visible_state(net, active) - some) ** 2).sum())
    return total / len(images)


def self_recalled(net: Network, memories: np.ndarray, relative: float, seed: int) -> np.ndarray:
    """Return which memories come back from their own visible state, noise of `relative` times their rms on it."""
    rms = np.sqrt(np.mean(theory.visible_state(net, memories[:_ROWS]) ** 2))
    parts = []
    for start in range(0, len(memories), _ROWS):
        some = memories[start : start + _ROWS]
        noise = {"noise_std": relative * rms, "seed": seed + start} if relative else {}
        parts.append(ends_at(net, patterns.visible_cues(net, some, **noise), some))
    return np.concatenate(parts)


def ends_at(net: Network, cues: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return whether each cue settles at its code, (cue,) bool."""
    out = recall(net, cues, read_out=False)
    return (out.outcome.values == Outcome.SETTLED) & (out.hidden_active.values == codes).all(axis=1)
