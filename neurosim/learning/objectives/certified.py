"""J = 1 and θ = ½: every hidden state is a fixed point, and the recall of an image follows from a closed form."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from neurosim import theory
from neurosim.learning import objective as rule
from neurosim.learning.initialisation import uniform_weights
from neurosim.learning.objectives.base import Batch, Objective, Tensors

THRESHOLD = 0.5  # half of the field of an active neuron: the margin is ½ for active and inactive neurons alike


class Certified(Objective):
    """Learn ξ by eq. (17), with feedback that makes J the identity for any ξ (recipe `Certified`).

    Notes
    -----
    With D = ξ/√N_h, D⁺ its pseudo-inverse and C learned freely, (hidden, visible), the encoder

        E = D⁺ + C (1 − D D⁺),    u = E v,    E D = 1

    gives J = BW/N_v = E D = 1 for any ξ of full rank, N_h ≤ N_v. In every state the field Js of an active neuron is 1
    and that of an inactive one 0, so with θ = ½ all 2^N_h states are fixed points with a margin of ½.

    With J = 1, eq. (1) has one pair of equations for each neuron, τ_v u̇ = −u + s and τ_h ḣ = −h + u, and neurons do not
    influence each other. From h(0) = 0, h is u(0)φ(t) until it crosses θ, with the peak u(0)p, p = r^(−1/(r−1)) and
    r = τ_v/τ_h (`theory.rise_peak`). A neuron that crosses does so while h rises, so that u > h = θ; u then tends to 1
    monotonically, and h, which follows u, stays above θ. The recall of a cue v therefore ends at

        s = Θ(p E v − θ),

    and the codes of images are learned at the threshold θ/p of the drive, 0.585 at r = 20. `code` returns them.

    Noise on the cue reaches neuron μ with the gain ‖E_μ‖. C is the part of E that J does not determine. It grows on
    pixels that hardly vary, unless ‖C‖² has a cost (`noise_cost`).
    """

    name: ClassVar[str] = "certified"

    @property
    def least_drive(self) -> float:
        """The drive u(0) above which a neuron ends active, θ/p."""
        return THRESHOLD / float(theory.rise_peak(self.data.ratio))

    def start(self, rng: np.random.Generator, visible: Tensor) -> dict[str, np.ndarray]:
        """Return random ξ and C = 0."""
        n_visible, n_hidden = self.data.n_visible, self.data.n_hidden
        return {"weights": uniform_weights(n_visible, n_hidden, rng), "residual": np.zeros((n_hidden, n_visible))}

    def loss(self, learned: Tensors, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the squared errors, with a sigmoid for Θ, and the loss with repulsion and the cost of the encoder.

        E v = z + C v − (C D) z with z = D⁺v; E itself is not computed.
        """
        settings, visible, residual = self.settings, batch.visible, learned["residual"]
        decoder = rule.decoder_of(learned)
        projection, gram = visible @ decoder, rule.gram(decoder)
        # float32 rounding can make the Gram matrix of nearly dependent columns indefinite
        ridge = 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
        z = torch.cholesky_solve(projection.T, torch.linalg.cholesky(gram + ridge)).T
        drive = z + visible @ residual.T - z @ (residual @ decoder).T
        surrogate = rule.Sharpened(settings["first_gain"], settings["last_gain"])
        active = surrogate(drive - self.least_drive, batch.progress)
        errors = rule.squared_error(visible, projection, gram, active)
        loss = errors.sum() / batch.size + self.repulsion_of_all(active, batch)
        noise = settings["noise_cost"] * self.data.variance * residual.square().sum()
        return errors, loss + noise / batch.processes.size

    def finish(self, learned: Tensors, visible: Tensor) -> dict[str, Tensor]:
        """Return ξ, B = (N_v/√N_h) E and θ = ½."""
        weights, residual = learned["weights"], learned["residual"]
        n_visible, n_hidden = weights.shape
        decoder = rule.decoder_of(learned)
        inverse = torch.linalg.pinv(decoder)
        encoder = residual + inverse - (residual @ decoder) @ inverse
        identity = torch.eye(n_hidden, dtype=weights.dtype, device=weights.device)
        encoder = encoder + (identity - encoder @ decoder) @ inverse  # what rounding has left
        threshold = torch.full_like(weights[0], THRESHOLD)
        feedback = encoder * (n_visible / math.sqrt(n_hidden))
        return {"weights": weights, "feedback": feedback, "threshold": threshold}

    def code(self, network: Tensors, visible: Tensor) -> Tensor:
        """Return Θ(p E v − θ), at which the recall of intact images ends."""
        return rule.step(rule.drive(network["feedback"].T, visible) - self.least_drive)
