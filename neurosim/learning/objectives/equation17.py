"""Eq. (17): the error of the first-pass code of intact images, with synapses that are the same in both directions."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from torch import Tensor

from neurosim.learning import objective as rule
from neurosim.learning.dynamics import Dynamics
from neurosim.learning.initialisation import uniform_weights
from neurosim.learning.objectives.base import Batch, Objective, Tensors


class View(NamedTuple):
    """Input to the hidden layer for a batch of images.

    Parameters
    ----------
    drive : Tensor (image, hidden)
        u = (√N_h/N_v) ξᵀv (eq. 1b).
    coupling : Tensor (hidden, hidden) or None
        J = ξᵀξ/N_v (eq. 5); None if it is not needed and would cost a product.
    decoder : Tensor (visible, hidden)
        D = ξ/√N_h.
    products : (Tensor (image, hidden), Tensor (hidden, hidden)) or None
        Dᵀv and DᵀD; None if computing Ds costs less than these two.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objectives.equation17 import view
    >>> view(torch.ones(8, 4), torch.ones(3, 8), coupled=True).drive.shape
    torch.Size([3, 4])
    """

    drive: Tensor
    coupling: Tensor | None
    decoder: Tensor
    products: tuple[Tensor, Tensor] | None

    def squared_error(self, visible: Tensor, active: Tensor) -> Tensor:
        """Return ‖v − Ds‖², (image,), for s (image, hidden)."""
        if self.products is None:
            return (visible - active @ self.decoder.T).square().sum(dim=1)
        return rule.squared_error(visible, *self.products, active)


def view(weights: Tensor, visible: Tensor, *, coupled: bool) -> View:
    """Return the drive and, if `coupled`, J: multiples of Dᵀv and DᵀD, so that they take two products in all.

    Parameters
    ----------
    weights : Tensor (visible, hidden)
        ξ.
    visible : Tensor (image, visible)
    coupled : bool

    Returns
    -------
    View

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objectives.equation17 import view
    >>> view(torch.ones(8, 2), torch.ones(1, 8), coupled=True).coupling.shape
    torch.Size([2, 2])
    """
    decoder = rule.decoder_of({"weights": weights})
    ratio = decoder.shape[1] / decoder.shape[0]
    projection = visible @ decoder
    if not coupled and decoder.shape[1] > len(visible):
        return View(ratio * projection, None, decoder, None)
    gram = rule.gram(decoder)
    return View(ratio * projection, ratio * gram if coupled else None, decoder, (projection, gram))


class Equation17(Objective):
    """Learn ξ and θ by eq. (17) and the costs of its recipe (`recipes.Equation17`).

    Recalls of `through_recall` are those at τ_v = 20 τ_h, whatever the time constants of the network.
    """

    name: ClassVar[str] = "equation17"

    def start(self, rng: np.random.Generator, visible: Tensor) -> dict[str, np.ndarray]:
        """Return random ξ, and θ = 0."""
        n_hidden = self.data.n_hidden
        thresholds = np.zeros(n_hidden if self.settings["threshold"] == "each" else ())
        return {"weights": uniform_weights(self.data.n_visible, n_hidden, rng), "threshold": thresholds}

    def loss(self, learned: Tensors, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the terms of eq. (17), with a surrogate for Θ, and the loss with the recipe's costs."""
        settings, progress, threshold = self.settings, batch.progress, learned["threshold"]
        surrogate = rule.SURROGATES[settings["surrogate"]](settings["first_gain"], settings["last_gain"])
        through_recall = progress >= 1 - settings["through_recall"]
        coupled = through_recall or settings["consistency"] > 0
        seen = view(learned["weights"], batch.visible, coupled=coupled)
        active = surrogate(seen.drive - threshold, progress)
        errors = seen.squared_error(batch.visible, active)
        loss = errors.sum() / batch.size
        if seen.coupling is not None and settings["consistency"]:
            wrong = rule.inconsistency(active, seen.coupling, threshold, 1 / surrogate.gain(progress))
            loss = loss + settings["consistency"] * self.data.variance * wrong.sum() / batch.size
        if seen.coupling is not None and through_recall:
            dynamics = Dynamics(ratio=20.0, step=0.3, n_steps=16)
            z = dynamics.final(seen.drive, seen.coupling, threshold, lambda z: surrogate(z, progress))
            active = surrogate(z, progress)
            after = seen.squared_error(batch.visible, active)
            loss = loss + (after - errors).sum() / batch.size / 2
        return errors, loss + self.repulsion_of_all(active, batch)

    def finish(self, learned: Tensors, visible: Tensor) -> dict[str, Tensor]:
        """Return ξ and θ."""
        return dict(learned)
