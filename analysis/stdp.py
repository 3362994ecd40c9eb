"""What spikes learn (`training.stdp`), judged as any network is: by exact recall of the images."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.gallery import local
from neurosim import Network, theory
from neurosim.plasticity import STDP
from training.data import Images
from training.stdp import learn_mean, learn_spiking

# name → what learns: spikes or their mean, and by which settings (`PARTS`)
RULES: dict[str, str] = {
    "stdp": "spikes",
    "mean": "the rule's mean, image by image",
    "stdp, no thresholds": "spikes, θ = 0 and not learned",
    "mean, no thresholds": "the mean, θ = 0 and not learned",
    "mean, hidden spikes alone": "the mean of what hidden spikes alone teach",
    "mean, apart": "the mean, both directions started apart",
}
PARTS: dict[str, dict[str, float]] = {
    "": {},
    "no thresholds": {"homeostasis": 0, "threshold": 0, "encoder": 1.5, "window": 0.2},
    "hidden spikes alone": {"encoder": 0, "threshold": 0},
    "apart": {"decay": 0.003},
}
# name → (long name, units, what values are possible)
MEASURES: dict[str, tuple[str, str, tuple[float, float] | None]] = {
    **local.MEASURES,
    "first_error": ("squared error per image of its first-pass code", "1", None),
}
SELF_RECALL = ("self_0", "self_0.2", "self_0.4")


def taught(
    rule: str,
    images: Images,
    n_hidden: int,
    *,
    epochs: int,
    seed: int,
    shown: float = 0.2,
    target: str = "cpp_standalone",
    codegen: str = "auto",
) -> Network:
    """Return what a rule of `RULES` learns.

    Parameters
    ----------
    rule : str
    images : Images
    n_hidden, epochs, seed
        As in `training.stdp.learn_spiking`.
    shown : float
        Seconds.
    target, codegen
        Of Brian2.
    """
    kind, _, part = rule.partition(", ")
    settings = STDP(shown=shown, **PARTS[part])
    common: dict[str, Any] = {"rule": settings, "epochs": epochs, "symmetric_start": part != "apart", "seed": seed}
    if kind == "mean":
        return learn_mean(images, n_hidden, **common)
    return learn_spiking(images, n_hidden, target=target, codegen=codegen, **common).network


def judged(net: Network, pixels: np.ndarray, seed: int) -> dict[str, float]:
    """Return `MEASURES` of a network; see `analysis.gallery.local.judged`."""
    return {**local.judged(net, pixels, seed), "first_error": first_error(net, pixels)}


def first_error(net: Network, pixels: np.ndarray) -> float:
    """Return the mean over images of ‖v − ξs/√N_h‖², s = Θ(u − θ): what learning lowers."""
    rows = 10_000
    total = 0.0
    for start in range(0, len(pixels), rows):
        some = pixels[start : start + rows].astype(float)
        active = theory.drive(net, some) > net.threshold
        total += float(((theory.visible_state(net, active) - some) ** 2).sum())
    return total / len(pixels)


def taught_and_judged(*, seed: int, rule: str, n_hidden: int, images: Images, **how: Any) -> dict[str, float]:
    """Learn by a rule of `RULES`, and judge the network; for `sweep.run`, or a row of another figure."""
    return judged(taught(rule, images, int(n_hidden), seed=seed, **how), images.pixels, seed)
