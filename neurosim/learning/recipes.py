"""Ways to train, by name: which wiring, which surrogate for the step, how strongly codes repel one another.

`certified` is the default, `certified-wide` the same for hundreds of hidden neurons: there a sharpening sigmoid comes
nearer to the images than straight-through, and long runs fit the stored images at the expense of all others. `paper` is
eq. (17) as the paper has it. One line a recipe.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

from neurosim.errors import InvalidInput
from neurosim.learning.objective import SURROGATES
from neurosim.learning.wiring import THRESHOLDS, WIRINGS
from neurosim.plasticity import STDP
from neurosim.validation import whole


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
        Of the surrogate's sigmoid at the start and the end of the run, > 0; 1/gain is a distance from θ in the drive.
    repulsion : float
        Squared error, in units of the images' variance (mean ‖v − mean v‖²), that an image may cost for each
        other image with the same code; see `rule.repulsion`. ≥ 0.
    learning_rate : float
        Adam's first step size at N_h = 50, > 0; it is taken as 1/√N_h, for more neurons move an image more.
    noise_cost : float
        Squared error that a unit of `Wiring.noise_gain` may cost, in units of the images' variance. ≥ 0.
    consistency : float
        Squared error, in units of the images' variance, that a neuron may cost which an image's own code would turn
        over; see `rule.inconsistency`. ≥ 0.
    threshold : str
        One of `wiring.THRESHOLDS`: "one" θ is learned, or "each" hidden neuron's, or it is "zero": fixed at 1e-9.
        Wiring "certified" has no other than "zero".
    through_recall : float
        Share of the run, at its end, in which half of the error is that of the code which the continuous dynamics
        reach; see `rule.recalled`. 0 … 1.
    epochs : int
        Passes over the images unless told otherwise, ≥ 1; more where images are few (`trainer.default_epochs`).

    Raises
    ------
    InvalidInput
        A value breaks its rule.
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
        _among("wiring", self.wiring, WIRINGS)
        _among("surrogate", self.surrogate, SURROGATES)
        _among("threshold", self.threshold, THRESHOLDS)
        for name in (
            "first_gain",
            "last_gain",
            "learning_rate",
            "repulsion",
            "noise_cost",
            "consistency",
            "through_recall",
        ):
            object.__setattr__(self, name, _finite(name, getattr(self, name)))
        for name in ("first_gain", "last_gain", "learning_rate"):
            if getattr(self, name) <= 0:
                raise InvalidInput(f"{name} must be > 0, got {getattr(self, name)}")
        for name in ("repulsion", "noise_cost", "consistency", "through_recall"):
            if getattr(self, name) < 0:
                raise InvalidInput(f"{name} must be >= 0, got {getattr(self, name)}")
        if self.through_recall > 1:
            raise InvalidInput(f"through_recall must be <= 1, got {self.through_recall}")
        whole(self.epochs, "epochs")
        if self.wiring == "certified" and self.threshold != "zero":
            raise InvalidInput("wiring certified has one fixed threshold; for learned ones take wiring symmetric")

    @property
    def name(self) -> str:
        """Its name in `RECIPES`, or "own"."""
        return next((name for name, recipe in RECIPES.items() if recipe == self), "own")

    def record(self) -> dict[str, Any]:
        """Return the settings as a plain mapping."""
        return asdict(self)

    def changed(self, changes: dict[str, Any]) -> Recipe:
        """Return the recipe with some settings otherwise; numbers may be text.

        Raises
        ------
        InvalidInput
            An unknown setting, or a value that breaks its rule.
        """
        return changed(self, changes, "a recipe")


Settings = TypeVar("Settings", Recipe, STDP)


def changed(settings: Settings, changes: Mapping[str, Any], of: str) -> Settings:
    """Return settings with some otherwise, numbers perhaps as text.

    Parameters
    ----------
    settings : Recipe or STDP
    changes : mapping of name to value
    of : str
        What errors call the settings.

    Raises
    ------
    InvalidInput
        An unknown setting, or a value that breaks its rule.
    """
    kinds = {one.name: one.type for one in fields(settings)}
    values = {}
    for name, value in changes.items():
        _among(f"setting of {of}", name, kinds)
        kind = {"float": float, "int": int, "str": str}[str(kinds[name])]
        values[name] = value if kind is str else _number(name, value, kind)
    return replace(settings, **values)


def _among(what: str, value: Any, known: Any) -> None:
    if value not in known:
        raise InvalidInput(f"{what} must be one of {', '.join(known)}, got {value!r}")


def _number(name: str, value: Any, kind: type) -> Any:
    try:
        return kind(value) if isinstance(value, str) else value
    except ValueError:
        raise InvalidInput(f"{name} must be a {'whole ' * (kind is int)}number, got {value!r}") from None


def _finite(name: str, value: Any) -> float:
    try:
        if isinstance(value, (bool, str)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be a number, got {value!r}") from None
    if not math.isfinite(number):
        raise InvalidInput(f"{name} must be finite, got {value}")
    return number


# Gains follow the spread of the drive: fields are ±½ around θ in "certified", some ±0.1 with symmetric weights.
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


def named(recipe: str | Recipe) -> Recipe:
    """Return the recipe of that name, or the recipe itself.

    Raises
    ------
    InvalidInput
        There is none of that name.
    """
    if isinstance(recipe, Recipe):
        return recipe
    _among("recipe", recipe, RECIPES)
    return RECIPES[recipe]
