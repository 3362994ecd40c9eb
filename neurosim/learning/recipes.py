"""Training recipes by name: which synapses are learned, and with which costs and surrogate gradient.

`certified` is the default; `certified-wide` is the same for hundreds of hidden neurons, where a sharpening sigmoid
gives a lower error than the straight-through gradient and where long runs overfit the stored images. `paper` is
eq. (17) as in the paper. A recipe is one line in `RECIPES`. This module does not import torch.
"""

from __future__ import annotations

import dataclasses
from dataclasses import asdict, dataclass
from typing import Any

from neurosim.errors import InvalidInput
from neurosim.validation import assign, one_of, real, share, whole

WIRINGS = ("certified", "symmetric", "separate")  # classes of `neurosim.learning.wiring`
SURROGATES = ("sharpened", "straight_through")  # classes of `neurosim.learning.objective`
THRESHOLDS = ("one", "each", "zero")


@dataclass(frozen=True)
class Recipe:
    """Settings of a training run.

    Parameters
    ----------
    wiring : {"certified", "symmetric", "separate"}
        Which synapses are learned; see `neurosim.learning.wiring`.
    surrogate : {"sharpened", "straight_through"}
        Replacement for Θ during training; see `neurosim.learning.objective`.
    first_gain, last_gain : float
        Gain of the surrogate's sigmoid at the start and at the end of the run, > 0. 1/gain is a distance of the drive
        from θ.
    repulsion : float
        Squared error, in units of the images' variance (mean ‖v − mean v‖²), that an image may cost for each
        other image with the same code; see `objective.repulsion`. ≥ 0.
    learning_rate : float
        Initial step size of Adam at N_h = 50, > 0. It is scaled as 1/√N_h, because more neurons change an image more.
    noise_cost : float, default 0
        Squared error, in units of the images' variance, that one unit of `Wiring.noise_gain` may cost. ≥ 0.
    consistency : float, default 0
        Squared error, in units of the images' variance, that a neuron may cost which would flip in the image's own
        code; see `objective.inconsistency`. ≥ 0.
    threshold : {"one", "each", "zero"}, default "one"
        Learn one θ, learn one θ for each hidden neuron, or fix θ at 1e-9. The wiring "certified" allows only "zero".
    through_recall : float, default 0
        Share of the run, at its end, in which half of the error is that of the code which the continuous dynamics
        reach; see `objective.recalled`. 0 … 1.
    epochs : int, default 60
        Default number of passes over the images, ≥ 1. Small data sets get more; see `trainer.default_epochs`.

    Raises
    ------
    InvalidInput
        A value is outside its range.

    See Also
    --------
    neurosim.learning.train : Train a network with a recipe.

    Examples
    --------
    >>> from neurosim.learning import RECIPES
    >>> recipe = RECIPES["certified"].replace(repulsion=0)
    >>> recipe.repulsion, recipe.wiring, recipe.name
    (0.0, 'certified', 'own')
    """

    wiring: str
    surrogate: str
    first_gain: float
    last_gain: float
    repulsion: float
    learning_rate: float
    noise_cost: float = 0.0
    consistency: float = 0.0
    threshold: str = "one"
    through_recall: float = 0.0
    epochs: int = 60

    def __post_init__(self) -> None:
        one_of(self.wiring, "wiring", WIRINGS)
        one_of(self.surrogate, "surrogate", SURROGATES)
        one_of(self.threshold, "threshold", THRESHOLDS)
        for name in ("first_gain", "last_gain", "learning_rate"):
            assign(self, **{name: real(getattr(self, name), name, above=0)})
        for name in ("repulsion", "noise_cost", "consistency"):
            assign(self, **{name: real(getattr(self, name), name, at_least=0)})
        assign(self, through_recall=share(self.through_recall, "through_recall"))
        assign(self, epochs=whole(self.epochs, "epochs"))
        if self.wiring == "certified" and self.threshold != "zero":
            raise InvalidInput(
                f"threshold must be 'zero' with wiring 'certified', got {self.threshold!r}; use wiring 'symmetric' to "
                "learn thresholds"
            )

    @property
    def name(self) -> str:
        """Name in `RECIPES`, or "own" if the settings are not listed there."""
        return next((name for name, recipe in RECIPES.items() if recipe == self), "own")

    def record(self) -> dict[str, Any]:
        """Return the settings as a dictionary."""
        return asdict(self)

    def replace(self, **changes: Any) -> Recipe:
        """Return a copy with some settings changed.

        Parameters
        ----------
        **changes
            New values by parameter name.

        Returns
        -------
        Recipe

        Raises
        ------
        InvalidInput
            A setting is unknown, or a value is outside its range.

        Examples
        --------
        >>> from neurosim.learning import RECIPES
        >>> RECIPES["paper"].replace(epochs=100).epochs
        100
        """
        for name in changes:
            one_of(name, "setting of a recipe", [field.name for field in dataclasses.fields(self)])
        return dataclasses.replace(self, **changes)


# Gains follow the spread of the drive: fields are ±½ around θ with wiring "certified", some ±0.1 with symmetric
# weights.
RECIPES: dict[str, Recipe] = {
    "certified": Recipe("certified", "straight_through", 5, 5, 0.005, 0.05, noise_cost=6e-4, threshold="zero"),
    "certified-wide": Recipe("certified", "sharpened", 5, 40, 0.005, 0.05, noise_cost=0.02, threshold="zero", epochs=6),
    "symmetric": Recipe(
        "symmetric", "sharpened", 5, 600, 0.04, 0.01, consistency=0.002, threshold="each", through_recall=0.3, epochs=80
    ),
    "symmetric-zero": Recipe("symmetric", "straight_through", 10, 50, 0.0008, 5e-3, threshold="zero", epochs=200),
    "separate": Recipe("separate", "straight_through", 25, 100, 0.0073, 0.01, consistency=0.002, threshold="each"),
    "paper": Recipe("symmetric", "sharpened", 5, 200, 0.0, 3e-3),
}


def as_recipe(recipe: str | Recipe) -> Recipe:
    """Return the recipe of that name, or the recipe itself.

    Parameters
    ----------
    recipe : str or Recipe
        A name in `RECIPES`, or a recipe.

    Returns
    -------
    Recipe

    Raises
    ------
    InvalidInput
        There is no recipe of that name.

    Examples
    --------
    >>> from neurosim.learning.recipes import as_recipe
    >>> as_recipe("paper").wiring
    'symmetric'
    """
    if isinstance(recipe, Recipe):
        return recipe
    return RECIPES[one_of(recipe, "recipe", RECIPES)]
