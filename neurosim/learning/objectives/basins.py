"""Completion of a few hundred images: damaged cues are led to the attractor of the intact image."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from neurosim.learning import objective as rule
from neurosim.learning.dynamics import Dynamics
from neurosim.learning.objectives.base import Batch, Tensors
from neurosim.learning.objectives.denoise import Denoise

DRIVE = 4.0  # at the start, drive of an image to a neuron that has it; θ is half of it
DECODED = 0.5  # at the start, share of an image in the column of D of a neuron that has it


class Basins(Denoise):
    """Learn a sparse code of each image, and a coupling that leads damaged cues to it (recipe `Basins`).

    Notes
    -----
    Each neuron starts with M/N_h of the M images, rounded up: its row of E is their sum, without what they have in
    common with the mean image, which drives no neuron, and its column of D their mean. Random synapses need many times
    as many updates.

    The code of an image is its own first-pass code, Θ(E v − θ). With σ = 2s − 1, every neuron costs
    max(0, 1 − σ(z − θ)/margin) for three values of z: h at the end of the recall of a damaged cue, the field J s of the
    code, and the drive E v of the intact image. The first makes basins, the second fixed points, the third keeps codes
    from changing while they are learned. A neuron that is active for few images has wider basins: pairwise coupling
    stores more sparse codes than dense ones. Repulsion keeps codes apart at larger distances than in `Denoise`, and the
    squared error of the code makes the attractors those of the images.

    J = E D and the codes leave D free in all directions that E does not see. `finish` chooses the D with the least
    error of the intact images among those with the same J, so that no recall ends at another hidden state.
    """

    name: ClassVar[str] = "basins"

    def start(self, rng: np.random.Generator, visible: Tensor) -> dict[str, np.ndarray]:
        """Return E and D with M/N_h random images for each neuron, in the units of `synapses`, and θ = `DRIVE`/2."""
        images = visible.cpu().numpy().astype(float)
        centred, n_hidden = images - images.mean(axis=0), self.data.n_hidden
        each = math.ceil(len(images) / n_hidden)
        rounds = math.ceil(each * n_hidden / len(images))
        order = np.concatenate([rng.permutation(len(images)) for _ in range(rounds)])[: each * n_hidden]
        chosen = centred[order].reshape(each, n_hidden, -1)
        encoder = DRIVE * np.sum(_reciprocal(chosen - _along(chosen, images.mean(axis=0))), axis=0)
        encoder *= 1 + 0.1 * rng.standard_normal(encoder.shape)  # neurons that have the same image learn other things
        scale = (self.data.length or 1.0) / 10
        return {
            "decoder": DECODED * chosen.mean(axis=0).T / (scale * math.sqrt(784 / self.data.n_visible)),
            "encoder": encoder * scale / self.relative_step,
            "threshold": np.full(n_hidden, DRIVE / 2),
        }

    @property
    def relative_step(self) -> float:
        """Unit of E beside that of `Denoise`: 10 ‖v‖₂/‖v‖₁, 1 for MNIST.

        An update by Adam changes all synapses by about as much, and the drive by as much times ‖v‖₁. In larger steps,
        neurons fall silent for all images that have much in common, such as digits of values ±1.
        """
        return 10 * self.data.length / self.data.absolute if self.data.absolute else 1.0

    def synapses(self, learned: Tensors) -> tuple[Tensor, Tensor, Tensor]:
        """Return E, D and θ."""
        encoder, decoder, threshold = super().synapses(learned)
        return encoder * self.relative_step, decoder, threshold

    @property
    def dynamics(self) -> Dynamics:
        """The steps of the recall: 18.2 τ_h, in which the drive of a damaged cue fades and the coupling takes over."""
        return Dynamics(self.data.ratio, step=0.3, growth=1.45, n_steps=9)

    def loss(self, learned: Tensors, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the squared errors of the codes of intact images, and the loss."""
        settings, progress, visible = self.settings, batch.progress, batch.visible
        encoder, decoder, threshold = self.synapses(learned)
        coupling = encoder @ decoder
        own = visible @ encoder.T - threshold
        active = self.surrogate(own, progress)
        code = active.detach()
        gain, copies = self.surrogate.gain(progress), len(batch.cues) // len(visible) if len(visible) else 0
        final = self.dynamics.final_straight_through(batch.cues @ encoder.T, coupling, threshold, gain)

        def wrong(z: Tensor, code: Tensor) -> Tensor:
            return torch.relu(1 - (2 * code - 1) * z / settings["margin"]).sum()

        missed = wrong(final, code.repeat(copies, 1)) / max(1, copies)
        unstable = self.unstable(code, coupling, threshold).sum() + wrong(own, code)
        errors = rule.squared_error(visible, visible @ decoder, rule.gram(decoder), active)
        costs = settings["consistency"] * (missed + unstable)
        loss = (errors.sum() + self.data.variance * costs) / batch.size
        loss = loss + self.data.variance * settings["sparseness"] * self.excess_activity(active, batch)
        return errors, loss + self.repulsion(active, batch, settings["decay"])

    def excess_activity(self, active: Tensor, batch: Batch) -> Tensor:
        """Return this process's part of Σ_μ (a_μ − activity)², a_μ the share of the batch for which μ is active.

        The gradient is that of the sum; its value is not.
        """
        whole = active.detach() if batch.processes.size == 1 else batch.processes.gather(active, batch.size)
        excess = whole.mean(dim=0) - self.settings["activity"]
        return 2 * (excess * active).sum() / batch.size

    def finish(self, learned: Tensors, visible: Tensor) -> dict[str, Tensor]:
        """Return the network, with the D of least error among those of the same J."""
        network = super().finish(learned, visible)
        if not len(visible):
            return network
        weights, feedback = network["weights"], network["feedback"]
        codes, root = super().code(network, visible.double()), math.sqrt(weights.shape[1])
        missing = visible.double() - codes @ weights.T / root
        change = (torch.linalg.pinv(codes) @ missing).T
        unseen = change - torch.linalg.pinv(feedback) @ (feedback @ change)
        return {**network, "weights": weights + root * unseen}

    def code(self, network: Tensors, visible: Tensor) -> Tensor:
        """Return the first-pass code."""
        return self.first_pass(network, visible)


def _along(images: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return the part of images (…, visible) along a direction (visible,)."""
    return (images @ direction)[..., None] * direction / max(float(direction @ direction), 1e-30)


def _reciprocal(images: np.ndarray) -> np.ndarray:
    """Return v/‖v‖² of each image (…, visible), 0 for an image without any length."""
    lengths = np.square(images).sum(axis=-1, keepdims=True)
    return np.divide(images, lengths, out=np.zeros_like(images), where=lengths > 0)
