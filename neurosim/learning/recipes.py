"""Training recipes by name: settings of an objective, one class for each. No torch here.

===========  ====================================================================================================
`denoise`    the default: stores many images, and recalls them gracefully from damaged cues
`basins`     stores a few hundred images, and completes damaged cues to exactly these
`certified`  proves all 2^N_h hidden states stable, with a margin of ½; recall corrects nothing
`symmetric`  the paper's model in its best form: the same synapses in both directions, one θ for each neuron
`paper`      eq. (17) as in the paper: the same synapses in both directions, one θ
===========  ====================================================================================================

Its class selects the objective of a recipe, in `neurosim.learning.objectives`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from neurosim.damage import Damage, Missing, Noise, Occluded
from neurosim.learning.recipe import Recipe
from neurosim.plugins import Registry
from neurosim.validation import assign, one_of, sequence_of, share, whole

SURROGATES = ("sharpened", "straight_through")  # classes of `neurosim.learning.objective`
THRESHOLDS = ("one", "each")
STARTS = ("mean", "components", "completion")

_NOISY, _MISSING = Noise(0.6, varied=True), Missing(0.3)
_HALF_MEAN, _HALF_BLACK = Occluded("any", fill="mean"), Occluded("any")
# Each damaged cue gets one of these, all equally often.
USUAL_DAMAGE: tuple[Damage, ...] = (*[_NOISY] * 12, *[_MISSING] * 4, *[_HALF_MEAN] * 5, _HALF_BLACK)
OCCLUDING_DAMAGE: tuple[Damage, ...] = (*[_NOISY] * 3, *[_MISSING] * 2, *[_HALF_MEAN] * 2, _HALF_BLACK)


@dataclass(frozen=True, kw_only=True)
class FromDamagedCues(Recipe):
    """Settings of the recipes that learn separate synapses in both directions from damaged cues.

    Parameters
    ----------
    damages : sequence of Damage
        Damage to the cues; each cue gets one of them, all equally often.
    intact : float
        Share of the cues that are intact, from 0 to 1.
    first_gain, last_gain : float
        Gain of the straight-through gradient at the start and at the end of the run, > 0.
    least_threshold : float, default 0.2
        Smallest θ during training, > 0. A neuron at rest is silent.
    consistency : float
        Squared error, in units of the images' variance, that neurons which would flip may cost; see the objective. ≥ 0.
    margin : float
        Distance of the field from θ at which that cost ends, > 0.
    learning_rate, epochs, repulsion
        As in `Recipe`.

    Examples
    --------
    >>> from neurosim.learning.recipes import RECIPES, FromDamagedCues
    >>> [name for name, recipe in RECIPES.items() if isinstance(recipe, FromDamagedCues)]
    ['denoise', 'basins']
    """

    uses_ratio: ClassVar[bool] = True
    damages: tuple[Damage, ...] = USUAL_DAMAGE
    intact: float
    first_gain: float
    last_gain: float
    least_threshold: float = 0.2
    consistency: float
    margin: float

    def __post_init__(self) -> None:
        super().__post_init__()
        damages = sequence_of(self.damages, "damages", Damage, remedy="Combined() leaves cues intact")
        assign(self, damages=tuple(damages), intact=share(self.intact, "intact"))
        self._check(
            positive=("first_gain", "last_gain", "least_threshold", "margin"),
            at_least_0=("consistency",),
        )


@dataclass(frozen=True, kw_only=True)
class Denoise(FromDamagedCues):
    """Synapses in both directions and thresholds, learned from damaged cues through the dynamics of the recall.

    Parameters
    ----------
    first_pass : float, default 0.2
        Share of the run, at its start, in which the first-pass code stands for that of the recall. 0 … 1.
    exact_from : float, default 0.5
        Share of the run after which the gradient of the error by a bit becomes what the error changes when that bit
        flips; see `objective.flip_gradient`. 0 … 1; at 1 it never does.
    start : {"mean", "components", "completion"}, default "mean"
        Random synapses around the mean image; or random mixtures of the images' principal components, from which many
        neurons learn in fewer epochs; or these mixtures as damaged cues predict them, for half images. See
        `neurosim.learning.objectives.components`.
    consistency : float, default 0.1
        Squared error, in units of the images' variance, that it may cost if all neurons would flip in the image's own
        code; see `objective.inconsistency`. ≥ 0.
    damages, intact, first_gain, last_gain, least_threshold, margin
        As in `FromDamagedCues`.
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
    updates: ClassVar[int] = 10_000
    learning_rate: float = 6e-3
    epochs: int = 200
    repulsion: float = 0.0038
    intact: float = 0.34
    first_gain: float = 4.0
    last_gain: float = 10.0
    first_pass: float = 0.2
    exact_from: float = 0.5
    start: str = "mean"
    consistency: float = 0.1
    margin: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self.start, "start", STARTS)
        assign(self, first_pass=share(self.first_pass, "first_pass"), exact_from=share(self.exact_from, "exact_from"))


@dataclass(frozen=True, kw_only=True)
class Basins(FromDamagedCues):
    """The same for a few hundred images: damaged cues are to end in the attractor of the intact image.

    Parameters
    ----------
    consistency : float, default 0.5
        Squared error, in units of the images' variance, that a neuron may cost which ends wrong or would flip; see
        `neurosim.learning.objectives.basins`. ≥ 0.
    activity : float, default 0.1
        Share of the images for which a neuron is to be active, from 0 to 1.
    sparseness : float, default 5
        Squared error, in units of the images' variance, that a neuron may cost for the square of the difference
        between its share and `activity`. ≥ 0.
    copies : int, default 2
        Cues of each image in every mini-batch, ≥ 1.
    decay : float, default 0.4
        Decay of the repulsion of two codes per bit, > 0: a small one repels distant codes too.
    damages, intact, first_gain, last_gain, least_threshold, margin
        As in `FromDamagedCues`.
    learning_rate, epochs, repulsion
        As in `Recipe`.

    Examples
    --------
    >>> from neurosim.learning.recipes import RECIPES, Basins
    >>> Basins() == RECIPES["basins"]
    True
    """

    objective: ClassVar[str] = "basins"
    updates: ClassVar[int] = 1_200
    learning_rate: float = 0.015
    damages: tuple[Damage, ...] = OCCLUDING_DAMAGE
    epochs: int = 10
    repulsion: float = 2.0
    intact: float = 0.0
    copies: int = 2
    first_gain: float = 3.0
    last_gain: float = 6.0
    consistency: float = 0.5
    margin: float = 1.0
    activity: float = 0.1
    sparseness: float = 5.0
    decay: float = 0.4

    def __post_init__(self) -> None:
        super().__post_init__()
        assign(self, copies=whole(self.copies, "copies"), activity=share(self.activity, "activity"))
        self._check(positive=("decay",), at_least_0=("sparseness",))


@dataclass(frozen=True, kw_only=True)
class Equation17(Recipe):
    """Eq. (17): the error of the first-pass code of intact images, and further costs.

    Parameters
    ----------
    surrogate : {"sharpened", "straight_through"}
        Replacement for Θ during training; see `neurosim.learning.objective`.
    first_gain, last_gain : float
        Gain of the surrogate's sigmoid at the start and at the end of the run, > 0. 1/gain is a distance of the drive
        from θ.
    consistency : float, default 0
        Squared error, in units of the images' variance, that a neuron may cost which would flip in the image's own
        code; see `objective.inconsistency`. ≥ 0.
    threshold : {"one", "each"}, default "one"
        Learn one θ, or one θ for each hidden neuron.
    through_recall : float, default 0
        Share of the run, at its end, in which half of the error is that of the code which the continuous dynamics
        reach; see `neurosim.learning.dynamics.Dynamics`. 0 … 1.
    learning_rate, epochs, repulsion
        As in `Recipe`.

    Examples
    --------
    >>> from neurosim.learning import RECIPES
    >>> RECIPES["paper"].replace(last_gain=100).record()["last_gain"]
    100.0
    """

    objective: ClassVar[str] = "equation17"
    surrogate: str = "sharpened"
    first_gain: float = 5.0
    last_gain: float = 200.0
    consistency: float = 0.0
    threshold: str = "one"
    through_recall: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self.surrogate, "surrogate", SURROGATES)
        one_of(self.threshold, "threshold", THRESHOLDS)
        self._check(positive=("first_gain", "last_gain"), at_least_0=("consistency",))
        assign(self, through_recall=share(self.through_recall, "through_recall"))


@dataclass(frozen=True, kw_only=True)
class Certified(Recipe):
    """Synapses for which J is the identity, with θ = ½: all 2^N_h states are fixed points with a margin of ½.

    Parameters
    ----------
    first_gain, last_gain : float
        Gain of the sigmoid in place of Θ at the start and at the end of the run, > 0.
    noise_cost : float
        Squared error, in units of the images' variance, that one unit of ‖C‖² may cost, C the part of the encoder that
        J does not determine; see `neurosim.learning.objectives.certified`. It limits the effect of noise on a cue. ≥ 0.
    learning_rate, epochs, repulsion
        As in `Recipe`.

    Examples
    --------
    >>> from neurosim.learning.recipes import RECIPES, Certified
    >>> Certified() == RECIPES["certified"]
    True
    """

    objective: ClassVar[str] = "certified"
    uses_ratio: ClassVar[bool] = True
    learning_rate: float = 0.05
    epochs: int = 60
    repulsion: float = 0.02
    first_gain: float = 5.0
    last_gain: float = 40.0
    noise_cost: float = 6e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check(positive=("first_gain", "last_gain"), at_least_0=("noise_cost",))


RECIPES: Registry[Recipe] = Registry(
    "recipes",
    {
        "denoise": Denoise(),
        "basins": Basins(),
        "certified": Certified(),
        "symmetric": Equation17(
            last_gain=600,
            repulsion=0.04,
            learning_rate=0.01,
            consistency=0.002,
            threshold="each",
            through_recall=0.3,
            epochs=80,
        ),
        "paper": Equation17(learning_rate=3e-3),
    },
    "a Recipe",
    lambda value: isinstance(value, Recipe),
)

# Changes of "denoise" for photographs in hundreds of neurons: their detail is finer than noise of 0.6, and their lower
# halves are recalled nearer to the original than they are where a third of the cues lack just these.
PHOTOGRAPHS: dict[str, Any] = {
    "start": "completion",
    "learning_rate": 2e-3,
    "epochs": 10,
    "intact": 0.55,
    "exact_from": 1.0,
    "damages": (Noise(0.2, varied=True), *[Occluded("lower", fill="mean")] * 3),
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


def name_of(recipe: Recipe) -> str:
    """Return the name of a recipe in `RECIPES`, or "own" if its settings are not listed there.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    str

    Examples
    --------
    >>> from neurosim.learning.recipes import RECIPES, name_of
    >>> name_of(RECIPES["paper"]), name_of(RECIPES["paper"].replace(repulsion=1))
    ('paper', 'own')
    """
    return next((name for name, listed in RECIPES.items() if listed == recipe), "own")
