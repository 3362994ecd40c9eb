"""Ways to train, by name: which wiring, which surrogate for the step, how strongly codes repel one another.

`certified` is the default; `paper` is eq. (17) as the paper has it. One line a recipe.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Settings of a run.

    Parameters
    ----------
    wiring : str
        One of `wiring.WIRINGS`: "certified", "symmetric", "separate".
    surrogate : str
        One of `rule.SURROGATES`: what stands in for Θ while training.
    first_gain, last_gain : float
        Of the surrogate's sigmoid at the start and the end of the run; 1/gain is a distance from θ in the drive.
    repulsion : float
        Squared error, in units of the images' variance (mean ‖v − mean v‖²), that an image may cost for each
        other image with the same code; see `rule.repulsion`. ≥ 0.
    learning_rate : float
        Adam's first step size at N_h = 50; it is taken as 1/√N_h, for more neurons move an image more.
    noise_cost : float
        Squared error that a unit of `Wiring.noise_gain` may cost, in units of the images' variance. ≥ 0.
    per_neuron_threshold : bool
        Whether each hidden neuron learns a θ of its own; "certified" has a fixed one.
    """

    wiring: str
    surrogate: str
    first_gain: float
    last_gain: float
    repulsion: float
    learning_rate: float
    noise_cost: float = 0.0
    per_neuron_threshold: bool = False

    def record(self) -> dict[str, Any]:
        """Return the settings as a plain mapping."""
        return asdict(self)


# Gains follow the spread of the drive: fields are ±½ around θ in "certified", some ±0.1 with symmetric weights.
RECIPES: dict[str, Recipe] = {
    "certified": Recipe("certified", "straight_through", 5, 5, 0.005, 0.05, noise_cost=6e-4),
    "symmetric": Recipe("symmetric", "straight_through", 25, 100, 0.006, 0.01, per_neuron_threshold=True),
    "separate": Recipe("separate", "straight_through", 25, 100, 0.006, 0.01, per_neuron_threshold=True),
    "paper": Recipe("symmetric", "sharpened", 5, 200, 0.0, 3e-3),
}
