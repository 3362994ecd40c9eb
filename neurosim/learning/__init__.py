"""Learning: data sets, the objective of eq. (17), training recipes, local rules, spike-timing-dependent plasticity.

Only this package and `neurosim.engines.torch_batched` import torch, and only when a function needs it: data sets,
recipes, local rules and learning by spikes work without it. Measures of a trained network belong to
`neurosim.measure.learned`, complete programs to the folder ``training``.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from neurosim.learning.data import Images
from neurosim.learning.data import load as load_data
from neurosim.learning.recipe import Recipe
from neurosim.learning.recipes import RECIPES
from neurosim.packages import required

if TYPE_CHECKING:
    from neurosim.learning.estimator import AssociativeMemory
    from neurosim.learning.trainer import train

__all__ = ["RECIPES", "AssociativeMemory", "Images", "Recipe", "load_data", "train"]


def torch_module(name: str) -> ModuleType:
    """Import a module of this package that needs torch.

    Parameters
    ----------
    name : str
        "trainer", "classifiers", "objective", "objectives", "run" or "parallel".

    Returns
    -------
    module

    Raises
    ------
    Unavailable
        torch is not installed.

    Examples
    --------
    >>> from neurosim.learning import torch_module
    >>> torch_module("trainer").__name__
    'neurosim.learning.trainer'
    """
    return required(f"neurosim.learning.{name}", f"neurosim.learning.{name}")


def __getattr__(name: str) -> Any:
    if name == "train":
        return torch_module("trainer").train
    if name == "AssociativeMemory":
        return required("neurosim.learning.estimator", "neurosim.learning.AssociativeMemory").AssociativeMemory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
