"""Training recipes by name: settings of an objective, one class for each. No torch here.

================  ===============================================================================================
`denoise`         the default: stores many images, and recalls them gracefully from damaged cues
`basins`          stores a few hundred images, and completes damaged cues to exactly these
`certified`       all 2^N_h hidden states are proven to be stable; nothing is corrected
`certified-wide`  the same for hundreds of hidden neurons, where a sharpening sigmoid gives a lower error than the
                  straight-through gradient and where long runs overfit the stored images
`symmetric`       the paper's model in its best form
`symmetric-zero`  the same with θ → 0⁺, where nearly all images are recalled at their own code
`separate`        free feedback weights learned from intact images
`paper`           eq. (17) as in the paper
================  ===============================================================================================

Its class selects the objective of a recipe, in `neurosim.learning.objectives`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from neurosim.damage import Damage, Missing, Noise, Occluded
from neurosim.errors import InvalidInput
from neurosim.validation import assign, instance, one_of, real, share, whole

WIRINGS = ("certified", "symmetric", "separate")  # classes of `neurosim.learning.wiring`
SURROGATES = ("sharpened", "straight_through")  # classes of `neurosim.learning.objective`
THRESHOLDS = ("one", "each", "zero")

# Of eight damaged cues, three are noisy, two have missing pixels, three are half occluded, by the mean image or by 0.
USUAL_DAMAGE: tuple[Damage, ...] = (
    *[Noise(0.6, varied=True)] * 3,
    *[Missing(0.3)] * 2,
    *[Occluded("any", fill="mean")] * 2,
    Occluded("any"),
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings that all training runs have.

    Parameters
    ----------
    learning_rate : float
        Initial step size of Adam at N_h = 50, > 0. It is scaled as 1/√N_h, because more neurons change an image more.
    epochs : int, default 60
        Default number of passes over the images, ≥ 1. Small data sets get more; see `trainer.default_epochs`.
    repulsion : float, default 0
        Squared error, in units of the images' variance (mean ‖v − mean v‖²), that an image may cost for each
        other image with the same code, in `Denoise` and `Basins` for each one in its mini-batch; see
        `objective.repulsion`. ≥ 0.

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
    >>> recipe.repulsion, recipe.objective, recipe.name
    (0.0, 'equation17', 'own')
    """

    objective: ClassVar[str] = ""
    uses_ratio: ClassVar[bool] = False  # whether training depends on τ_v/τ_h
    damages: ClassVar[tuple[Damage, ...]] = ()
    learning_rate: float
    epochs: int = 60
    repulsion: float = 0.0

    def __post_init__(self) -> None:
        assign(self, learning_rate=real(self.learning_rate, "learning_rate", above=0))
        assign(self, repulsion=real(self.repulsion, "repulsion", at_least=0), epochs=whole(self.epochs, "epochs"))

    def _check(self, *, positive: tuple[str, ...] = (), at_least_0: tuple[str, ...] = ()) -> None:
        for name in positive:
            assign(self, **{name: real(getattr(self, name), name, above=0)})
        for name in at_least_0:
            assign(self, **{name: real(getattr(self, name), name, at_least=0)})

    @property
    def name(self) -> str:
        """Name in `RECIPES`, or "own" if the settings are not listed there."""
        return next((name for name, recipe in RECIPES.items() if recipe == self), "own")

    def record(self) -> dict[str, Any]:
        """Return the objective and the settings as plain values."""
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        if "damages" in values:
            values["damages"] = [str(damage) for damage in self.damages]
        return {"objective": self.objective, **values}

    def replace(self, **changes: Any) -> Self:
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


@dataclass(frozen=True, kw_only=True)
class Equation17(Recipe):
    """Eq. (17): the error of the first-pass code of intact images, and further costs.

    Parameters
    ----------
    wiring : {"certified", "symmetric", "separate"}
        Which synapses are learned; see `neurosim.learning.wiring`.
    surrogate : {"sharpened", "straight_through"}
        Replacement for Θ during training; see `neurosim.learning.objective`.
    first_gain, last_gain : float
        Gain of the surrogate's sigmoid at the start and at the end of the run, > 0. 1/gain is a distance of the drive
        from θ.
    noise_cost : float, default 0
        Squared error, in units of the images' variance, that one unit of `Wiring.noise_gain` may cost. ≥ 0.
    consistency : float, default 0
        Squared error, in units of the images' variance, that a neuron may cost which would flip in the image's own
        code; see `objective.inconsistency`. ≥ 0.
    threshold : {"one", "each", "zero"}, default "one"
        Learn one θ, learn one θ for each hidden neuron, or fix θ at 1e-9. The wiring "certified" allows only "zero".
    through_recall : float, default 0
        Share of the run, at its end, in which half of the error is that of the code which the continuous dynamics
        reach; see `objective.Dynamics`. 0 … 1.
    learning_rate, epochs, repulsion
        As in `Recipe`.

    Examples
    --------
    >>> from neurosim.learning import RECIPES
    >>> RECIPES["paper"].replace(last_gain=100).record()["last_gain"]
    100.0
    """

    objective: ClassVar[str] = "equation17"
    wiring: str = "symmetric"
    surrogate: str = "sharpened"
    first_gain: float = 5.0
    last_gain: float = 200.0
    noise_cost: float = 0.0
    consistency: float = 0.0
    threshold: str = "one"
    through_recall: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self.wiring, "wiring", WIRINGS)
        one_of(self.surrogate, "surrogate", SURROGATES)
        one_of(self.threshold, "threshold", THRESHOLDS)
        self._check(positive=("first_gain", "last_gain"), at_least_0=("noise_cost", "consistency"))
        assign(self, through_recall=share(self.through_recall, "through_recall"))
        if self.wiring == "certified" and self.threshold != "zero":
            raise InvalidInput(
                f"threshold must be 'zero' with wiring 'certified', got {self.threshold!r}; use wiring 'symmetric' to "
                "learn thresholds"
            )


@dataclass(frozen=True, kw_only=True)
class Denoise(Recipe):
    """Synapses in both directions and thresholds, learned from damaged cues through the dynamics of the recall.

    Parameters
    ----------
    damages : sequence of Damage
        Damage to the cues; each cue gets one of them, all equally often.
    intact : float, default 0.34
        Share of the cues that are intact, from 0 to 1.
    copies : int, default 1
        Cues of each image in every mini-batch, ≥ 1.
    first_gain, last_gain : float
        Gain of the straight-through gradient at the start and at the end of the run, > 0.
    first_pass : float, default 0.2
        Share of the run, at its start, in which the first-pass code stands for that of the recall. 0 … 1.
    least_threshold : float
        Smallest θ during training, > 0. A neuron at rest is silent.
    consistency : float
        Squared error, in units of the images' variance, that it may cost if all neurons would flip in the image's own
        code; see `objective.inconsistency`. ≥ 0.
    margin : float
        Distance of the field from θ at which that cost ends, > 0.
    learning_rate, epochs, repulsion
        As in `Recipe`.

    Examples
    --------
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning.recipes import Denoise
    >>> Denoise(damages=(Noise(0.5),)).record()["damages"]
    ['noise:std=0.5']
    """

    objective: ClassVar[str] = "denoise"
    uses_ratio: ClassVar[bool] = True
    learning_rate: float = 5e-3
    epochs: int = 60
    repulsion: float = 0.35
    damages: tuple[Damage, ...] = USUAL_DAMAGE
    intact: float = 0.34
    copies: int = 1
    first_gain: float = 3.0
    last_gain: float = 10.0
    first_pass: float = 0.2
    least_threshold: float = 0.2
    consistency: float = 0.1
    margin: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        damages = tuple(instance(damage, "each of the damages", Damage) for damage in self.damages)
        if not damages:
            raise InvalidInput("damages must name at least one damage, got none; give Combined() for intact cues")
        assign(self, damages=damages, copies=whole(self.copies, "copies"))
        assign(self, intact=share(self.intact, "intact"), first_pass=share(self.first_pass, "first_pass"))
        self._check(
            positive=("first_gain", "last_gain", "least_threshold", "margin"),
            at_least_0=("consistency",),
        )


@dataclass(frozen=True, kw_only=True)
class Basins(Denoise):
    """The same for a few hundred images, where damaged cues are to end in the attractor of the intact image.

    Parameters
    ----------
    consistency : float, default 0.1
        Squared error, in units of the images' variance, that a neuron may cost which ends wrong or would flip; see
        `neurosim.learning.objectives.basins`. ≥ 0.
    decay : float, default 0.2
        Decay of the repulsion of two codes per bit, > 0: a small one repels distant codes too.
    damages, intact, copies, first_gain, last_gain, first_pass, least_threshold, margin
        As in `Denoise`.
    learning_rate, epochs, repulsion
        As in `Recipe`.

    Examples
    --------
    >>> from neurosim.learning.recipes import RECIPES, Basins
    >>> Basins() == RECIPES["basins"]
    True
    """

    objective: ClassVar[str] = "basins"
    learning_rate: float = 0.015
    epochs: int = 26
    repulsion: float = 0.5
    intact: float = 0.0
    copies: int = 2
    first_gain: float = 3.0
    last_gain: float = 6.0
    first_pass: float = 0.15
    consistency: float = 0.1
    margin: float = 0.3
    decay: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check(positive=("decay",))


# Gains follow the spread of the drive: fields are ±½ around θ with wiring "certified", some ±0.1 with symmetric
# weights.
_CERTIFIED = Equation17(
    wiring="certified",
    surrogate="straight_through",
    last_gain=5,
    repulsion=0.005,
    learning_rate=0.05,
    noise_cost=6e-4,
    threshold="zero",
)
RECIPES: dict[str, Recipe] = {
    "denoise": Denoise(),
    "basins": Basins(),
    "certified": _CERTIFIED,
    "certified-wide": _CERTIFIED.replace(surrogate="sharpened", last_gain=40, noise_cost=0.02, epochs=6),
    "symmetric": Equation17(
        last_gain=600,
        repulsion=0.04,
        learning_rate=0.01,
        consistency=0.002,
        threshold="each",
        through_recall=0.3,
        epochs=80,
    ),
    "symmetric-zero": Equation17(
        surrogate="straight_through",
        first_gain=10,
        last_gain=50,
        repulsion=0.0008,
        learning_rate=5e-3,
        threshold="zero",
        epochs=200,
    ),
    "separate": Equation17(
        wiring="separate",
        surrogate="straight_through",
        first_gain=25,
        last_gain=100,
        repulsion=0.0073,
        learning_rate=0.01,
        consistency=0.002,
        threshold="each",
    ),
    "paper": Equation17(learning_rate=3e-3),
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
    >>> as_recipe("paper").objective
    'equation17'
    """
    if isinstance(recipe, Recipe):
        return recipe
    return RECIPES[one_of(recipe, "recipe", RECIPES)]
