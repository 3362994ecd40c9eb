"""Completion of a few hundred images: damaged cues are led to the attractor of the intact image."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from neurosim.learning import objective as rule
from neurosim.learning.objectives.base import Batch, Tensors
from neurosim.learning.objectives.denoise import Denoise


class Basins(Denoise):
    """Learn a code of each image, and a coupling that leads damaged cues to it (recipe `Basins`).

    Notes
    -----
    The code of an image is its own first-pass code, Θ(E v − θ). With σ = 2s − 1, every neuron costs
    max(0, 1 − σ(z − θ)/margin) for three values of z: h at the end of the recall of a damaged cue, the field J s of the
    code, and the drive E v of the intact image. The first makes basins, the second fixed points, the third keeps codes
    from changing while they are learned. Repulsion keeps codes apart at larger distances than in `Denoise`, and the
    squared error of the code makes the attractors those of the images.
    """

    name: ClassVar[str] = "basins"

    @property
    def dynamics(self) -> rule.Dynamics:
        """The steps of the recall: 21.7 τ_h, in which the drive of a damaged cue fades and the coupling takes over."""
        return rule.Dynamics(self.data.ratio, step=0.25, growth=1.25)

    def loss(self, learned: Tensors, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the squared errors of the codes of intact images, and the loss."""
        settings, progress, visible = self.settings, batch.progress, batch.visible
        encoder, decoder, threshold = self.synapses(learned)
        coupling = encoder @ decoder
        own = visible @ encoder.T - threshold
        active = self.surrogate(own, progress)
        code = active.detach()
        final = self.fields(batch.cues @ encoder.T, coupling, threshold, progress)[-1]
        copies = len(batch.cues) // len(visible) if len(visible) else 0

        def wrong(z: Tensor, code: Tensor) -> Tensor:
            return torch.relu(1 - (2 * code - 1) * z / settings["margin"]).sum()

        missed = wrong(final, code.repeat(copies, 1)) / max(1, copies)
        unstable = self.unstable(code, coupling, threshold).sum() + wrong(own, code)
        errors = rule.squared_error(visible, visible @ decoder, rule.gram(decoder), active)
        costs = settings["consistency"] * (missed + unstable)
        loss = (errors.sum() + self.data.variance * costs) / batch.size
        return errors, loss + self.repulsion(active, batch, settings["decay"])

    def code(self, network: Tensors, visible: Tensor) -> Tensor:
        """Return the first-pass code."""
        return self.first_pass(network, visible)
