"""What spikes learn (`neurosim.learning.stdp`), judged as any network is: by exact recall of the images."""

from __future__ import annotations

from typing import Any

from neurosim import Network
from neurosim.learning.data import Images
from neurosim.learning.stdp import learn_mean, learn_spiking
from neurosim.measure.learned.evaluation import judged
from neurosim.plasticity import STDP

# name → what learns: spikes or their mean, and by which settings (`PARTS`)
RULES: dict[str, str] = {
    "stdp": "spikes",
    "mean": "the rule's mean, image by image",
    "stdp, thresholds": "spikes, thresholds learned",
    "mean, thresholds": "the mean, thresholds learned",
    "mean, hidden spikes alone": "the mean of what hidden spikes alone teach",
    "mean, apart": "the mean, both directions started apart",
}
PARTS: dict[str, dict[str, float]] = {
    "": {},
    "thresholds": {"homeostasis": 0.03, "threshold": 0.6, "encoder": 0.6, "window": 0.1},
    "hidden spikes alone": {"encoder": 0},
    "apart": {},  # no setting of the rule: `taught` starts both directions apart
}
QUICK: dict[str, Any] = {"shown": 20e-3, "target": "runtime", "codegen": "numpy"}  # for a preview


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
        As in `neurosim.learning.stdp.learn_spiking`.
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


def taught_and_judged(*, seed: int, rule: str, n_hidden: int, images: Images, **how: Any) -> dict[str, float]:
    """Learn by a rule of `RULES`, and judge the network; for `sweep.run`, or a row of another figure."""
    return judged(taught(rule, images, int(n_hidden), seed=seed, **how), images.pixels, seed)
