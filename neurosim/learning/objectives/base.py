"""The interface of an objective, the batch that it is given, and the repulsion of codes that several share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from torch import Tensor

from neurosim.learning import objective as rule
from neurosim.learning.parallel import ProcessGroup

Tensors = Mapping[str, Tensor]


class Data(NamedTuple):
    """What an objective knows of the images and of the network.

    Parameters
    ----------
    n_images, n_visible, n_hidden : int
    length : float
        Root of the mean ‖v‖².
    variance : float
        Variance of the images, mean ‖v − mean v‖²: the unit of the costs.
    ratio : float
        τ_v/τ_h.
    absolute : float, default 0
        Mean ‖v‖₁, the sum of the absolute values; 0: ten times `length`, as for MNIST.
    damaged : callable, default: intact ones
        (images, generator) → cues, damaged copies of the images, as in training.

    Examples
    --------
    >>> from neurosim.learning.objectives import Data
    >>> Data(60_000, 784, 50, length=10.1, variance=52.7, ratio=20.0).n_hidden
    50
    """

    n_images: int
    n_visible: int
    n_hidden: int
    length: float
    variance: float
    ratio: float
    absolute: float = 0.0
    damaged: Callable[[np.ndarray, np.random.Generator], np.ndarray] = lambda images, rng: images.copy()


class Batch(NamedTuple):
    """One process's share of a mini-batch.

    Parameters
    ----------
    visible : Tensor (image, visible)
        The intact images.
    cues : Tensor (cue, visible)
        Damaged copies, as many of each image as the recipe says, one copy of all images after the other; the images
        themselves if nothing is damaged.
    size : int
        Images in the mini-batch of all processes together.
    progress : float
        0 at the start, 1 at the end of the run.
    processes : ProcessGroup

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objectives import Batch
    >>> from neurosim.learning.parallel import SINGLE_PROCESS
    >>> images = torch.rand(5, 64)
    >>> Batch(images, images, size=5, progress=0.0, processes=SINGLE_PROCESS).size
    5
    """

    visible: Tensor
    cues: Tensor
    size: int
    progress: float
    processes: ProcessGroup


@dataclass(frozen=True)
class Objective:
    """Base class of an objective.

    Parameters
    ----------
    settings : mapping
        Settings of the recipe by name.
    data : Data

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from neurosim.learning import RECIPES
    >>> from neurosim.learning.objectives import OBJECTIVES, Data
    >>> data = Data(100, 64, 8, length=4.0, variance=5.0, ratio=20.0)
    >>> objective = OBJECTIVES["denoise"](RECIPES["denoise"].record(), data)
    >>> sorted(objective.start(np.random.default_rng(0), torch.rand(100, 64)))
    ['decoder', 'encoder', 'threshold']
    """

    name: ClassVar[str] = ""
    settings: Mapping[str, Any]
    data: Data

    def start(self, rng: np.random.Generator, visible: Tensor) -> dict[str, np.ndarray]:
        """Return the initial values of the learned tensors by name; `visible` are all images, float32."""
        raise NotImplementedError

    def loss(self, learned: Tensors, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the squared error of each image, (image,), for the log, and the loss.

        The sum of the losses over processes is the loss of the mini-batch.
        """
        raise NotImplementedError

    def finish(self, learned: Tensors, visible: Tensor) -> dict[str, Tensor]:
        """Return `weights`, `threshold` and, if it is separate, `feedback` of the network, from float64 tensors.

        `visible` are all images, float32.
        """
        raise NotImplementedError

    def first_pass(self, network: Tensors, visible: Tensor) -> Tensor:
        """Return the first-pass code Θ(u(0) − θ) of images, 0 or 1, (image, hidden), in float64."""
        feedback = network.get("feedback", network["weights"].T)
        return rule.step(rule.drive(feedback.T, visible) - network["threshold"])

    def code(self, network: Tensors, visible: Tensor) -> Tensor:
        """Return the code that training expects of intact images: the first-pass code."""
        return self.first_pass(network, visible)

    def repulsion(self, active: Tensor, batch: Batch, decay: float = rule.DECAY) -> Tensor:
        """Return `rule.repulsion` of the codes of a batch as a loss, in units of the recipe's cost and the variance.

        Where there are too few codes for the images, it is divided by `rule.crowding`, so that repulsion which cannot
        separate them costs no error.
        """
        unavoidable = max(1.0, rule.crowding(batch.size, active.shape[1], decay))
        whole = None if batch.processes.size == 1 else batch.processes.gather(active, batch.size)
        scale = self.settings["repulsion"] * self.data.variance
        return scale / unavoidable * rule.repulsion(active, whole, decay)

    def repulsion_of_all(self, active: Tensor, batch: Batch) -> Tensor:
        """Return `repulsion` extrapolated from the batch to all images."""
        if not self.settings["repulsion"]:
            return active.new_zeros(())
        n_images, n_hidden = self.data.n_images, active.shape[1]
        others = (n_images - 1) / max(1, batch.size - 1)
        few, all_images = (max(1.0, rule.crowding(n, n_hidden)) for n in (batch.size, n_images))
        return others * few / all_images * self.repulsion(active, batch)
