"""How weights are learned: the images, eq. (17) and the trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training import data
from training.data import Images

if TYPE_CHECKING:
    from training.trainer import train

__all__ = ["Images", "data", "train"]


def __getattr__(name: str):
    if name == "train":  # torch takes seconds to import and is not everywhere: the images must load without it
        try:
            from training.trainer import train
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            from neurosim.errors import Unavailable

            raise Unavailable("training needs torch, which is not installed here; pip install torch") from None
        return train
    raise AttributeError(f"module 'training' has no attribute {name!r}")
