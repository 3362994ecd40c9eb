"""Learning: data sets, the learning rule of eq. (17), recipes, local rules, spike-timing-dependent plasticity.

Only this package and `neurosim.engines.torch_batched` import torch. Measures of a trained network belong to
`neurosim.measure.learned`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.learning.data import Images
from neurosim.learning.data import load as load_data

if TYPE_CHECKING:
    from neurosim.learning.recipes import RECIPES
    from neurosim.learning.trainer import train

__all__ = ["RECIPES", "Images", "load_data", "train"]


def __getattr__(name: str) -> Any:
    if name == "RECIPES":
        from neurosim.learning.recipes import RECIPES

        return RECIPES
    if name == "train":  # torch takes seconds to import and is not everywhere: the images must load without it
        try:
            from neurosim.learning.trainer import train
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            from neurosim.errors import Unavailable

            raise Unavailable("training needs torch, which is not installed here; pip install torch") from None
        return train
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
