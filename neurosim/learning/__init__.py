"""Learning: data sets, the objective of eq. (17), training recipes, local rules, spike-timing-dependent plasticity.

Only this package and `neurosim.engines.torch_batched` import torch, and only when a function needs it: data sets,
recipes, local rules and learning by spikes work without it. Measures of a trained network belong to
`neurosim.measure.learned`, complete programs to the folder ``training``.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from neurosim.errors import Unavailable
from neurosim.learning.data import Images
from neurosim.learning.data import load as load_data
from neurosim.learning.recipes import RECIPES, Recipe

if TYPE_CHECKING:
    from neurosim.learning.trainer import train

__all__ = ["RECIPES", "Images", "Recipe", "load_data", "torch_module", "train"]


def torch_module(name: str) -> ModuleType:
    """Import a module of this package that needs torch.

    Parameters
    ----------
    name : str
        "trainer", "classifiers", "objective", "wiring", "run" or "parallel".

    Returns
    -------
    module

    Raises
    ------
    Unavailable
        torch is not installed.
    """
    try:
        return import_module(f"neurosim.learning.{name}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise Unavailable(
            f"neurosim.learning.{name} needs torch, which is not installed; pip install 'neurosim-memory[train]'"
        ) from None


def __getattr__(name: str) -> Any:
    if name == "train":
        return torch_module("trainer").train
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
