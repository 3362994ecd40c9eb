"""Eq. (17): the error of the first-pass code of intact images, for every wiring."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from torch import Tensor

from neurosim.learning import objective as rule
from neurosim.learning.objectives.base import Batch, Objective, Tensors
from neurosim.learning.wiring import WIRINGS, Wiring


class Equation17(Objective):
    """Learn the synapses of a wiring by eq. (17) and the costs of its recipe (`recipes.Equation17`)."""

    name: ClassVar[str] = "equation17"

    @property
    def wiring(self) -> Wiring:
        """Wiring: the set of learned synapses."""
        return WIRINGS[self.settings["wiring"]]

    def start(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the initial synapses and thresholds of the wiring."""
        return self.wiring.start(self.data.n_visible, self.data.n_hidden, self.settings["threshold"], rng)

    def loss(self, learned: Tensors, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the terms of eq. (17), with a surrogate for Θ, and the loss with the recipe's costs."""
        settings, wiring, progress = self.settings, self.wiring, batch.progress
        surrogate = rule.SURROGATES[settings["surrogate"]](settings["first_gain"], settings["last_gain"])
        through_recall = progress >= 1 - settings["through_recall"]
        threshold = wiring.threshold(learned)
        view = wiring.view(learned, batch.visible, coupled=through_recall or settings["consistency"] > 0)
        active = surrogate(view.margin, progress)
        errors = view.squared_error(batch.visible, active)
        loss = errors.sum() / batch.size
        if view.coupling is not None and settings["consistency"]:
            wrong = rule.inconsistency(active, view.coupling, threshold, 1 / surrogate.gain(progress))
            loss = loss + settings["consistency"] * self.data.variance * wrong.sum() / batch.size
        if view.coupling is not None and through_recall:
            dynamics = rule.Dynamics(ratio=20.0, step=0.3, n_steps=16)
            z = dynamics.final(view.margin + threshold, view.coupling, threshold, lambda z: surrogate(z, progress))
            active = surrogate(z, progress)
            after = view.squared_error(batch.visible, active)
            loss = loss + (after - errors).sum() / batch.size / 2
        if settings["repulsion"]:
            loss = loss + self.repulsion_of_all(active, batch)
        gain = wiring.noise_gain(learned)
        if gain is not None:
            loss = loss + settings["noise_cost"] * self.data.variance * gain / batch.processes.size
        return errors, loss

    def finish(self, learned: Tensors, visible: Tensor) -> dict[str, Tensor]:
        """Return the arrays of the network."""
        return self.wiring.finish(learned)
