"""`Recipe`: settings that all training runs have. No torch here."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from neurosim.damage import Damage
from neurosim.validation import assign, one_of, real, whole


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings that all training runs have.

    Parameters
    ----------
    learning_rate : float
        Initial step size of Adam at N_h = 50, > 0. It is scaled as 1/√N_h, because more neurons change an image more.
    epochs : int, default 60
        Default number of passes over the images, ≥ 1. Small data sets get more; see `epochs_for`.
    repulsion : float, default 0
        Squared error, in units of the images' variance (mean ‖v − mean v‖²), that an image may cost for each
        other image with the same code, in `Basins` for each one in its mini-batch; see
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
    >>> recipe.repulsion, recipe.objective
    (0.0, 'certified')
    """

    objective: ClassVar[str] = ""
    uses_ratio: ClassVar[bool] = False  # whether training depends on τ_v/τ_h
    damages: ClassVar[tuple[Damage, ...]] = ()
    updates: ClassVar[int] = 7_000  # at least, in the default epochs; small data sets need updates, not epochs
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

    def record(self) -> dict[str, Any]:
        """Return the objective and the settings as plain values."""
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        if "damages" in values:
            values["damages"] = [str(damage) for damage in self.damages]
        return {"objective": self.objective, **values}

    def epochs_for(self, n_images: int, batch_size: int = 256) -> int:
        """Return the default number of epochs for a data set.

        Parameters
        ----------
        n_images : int
        batch_size : int, default 256

        Returns
        -------
        int
            `epochs`, or with few images as many as give the least number of updates of the recipe, in proportion to
            `epochs` where they are not the default.

        Examples
        --------
        >>> from neurosim.learning import RECIPES
        >>> RECIPES["paper"].epochs_for(60_000), RECIPES["paper"].epochs_for(1_797)
        (60, 875)
        """
        updates = self.updates * self.epochs / type(self).epochs
        return max(self.epochs, math.ceil(updates / math.ceil(n_images / batch_size)))

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
