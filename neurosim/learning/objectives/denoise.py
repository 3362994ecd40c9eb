"""Recall of intact images from damaged cues, learned through the dynamics of the recall."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from neurosim.learning import objective as rule
from neurosim.learning.dynamics import Dynamics
from neurosim.learning.objectives import components
from neurosim.learning.objectives.base import Batch, Objective, Tensors

LEAST = 0.25  # θ from which on the field of an active neuron costs nothing, as a share of that field
EARLY = 4  # steps to the code on the way: 1.4 τ_h, where h comes close to its first maximum
_TAKE_OVER = 0.2  # share of the run in which the gradient becomes that of flipped bits
_CHUNK = 8_192  # images at once after training; bounds the memory


class Denoise(Objective):
    """Learn separate synapses in both directions and one θ for each neuron from damaged cues (recipe `Denoise`).

    Notes
    -----
    The encoder E (hidden, visible) gives the drive u(0) = E v(0) of a cue v(0), the decoder D (visible, hidden) the
    visible state D s, and J = E D. From u(0), `Dynamics` takes exponential Euler steps of eq. (1) from h = 0. The
    loss is the squared error to the intact image, the mean over three codes: that of the first pass, Θ(u(0) − θ), that
    on the way, and that at the end of the recall. The gradient passes every step Θ straight through. Later in the run,
    its part for a bit of these codes is what the error changes when that bit flips (`rule.flip_gradient`). For the
    first part of the run the first-pass code stands for all. Two costs are added for the code at the end: repulsion of
    equal and close codes, and the distance of the code from a fixed point with a margin.

    Multiplying row μ of E and θ_μ by the same factor changes no recall. `finish` uses this freedom to bring the mean
    field of an active neuron to 1. θ_μ then is the threshold relative to that field.
    """

    name: ClassVar[str] = "denoise"

    @property
    def dynamics(self) -> Dynamics:
        """The steps of the recall."""
        return Dynamics(self.data.ratio)

    def start(self, rng: np.random.Generator, visible: Tensor) -> dict[str, np.ndarray]:
        """Return E and D in units of the images (`_units`), and θ = ½; the mean image drives every neuron to its θ.

        Otherwise the neurons of images that have much in common, such as bright ones, would be active for all or for
        none. Beside this, E and D are random (half of all neurons show the mean image), or those of `components`.
        """
        n_hidden, (to_encoder, to_decoder) = self.data.n_hidden, self._units
        starts = {
            "components": components.start,
            "completion": partial(components.completing, damaged=self.data.damaged),
        }
        if self.settings["start"] in starts:
            make = starts[self.settings["start"]]
            encoder, decoder, threshold = make(visible.cpu().numpy(), n_hidden, rng)
            return {"decoder": decoder / to_decoder, "encoder": encoder / to_encoder, "threshold": threshold}
        mean = visible.mean(dim=0, dtype=torch.float64).cpu().numpy()
        decoder = 0.05 * rng.standard_normal((len(mean), n_hidden))
        encoder = 0.05 * rng.standard_normal((n_hidden, len(mean)))
        threshold = np.full(n_hidden, 0.5)
        along = mean / max(mean @ mean + self.data.variance / len(mean), 1e-300)
        return {
            "decoder": decoder + (2 * mean / to_decoder - decoder.sum(axis=1))[:, None] / n_hidden,
            "encoder": encoder + np.outer(threshold / to_encoder - encoder @ mean, along),
            "threshold": threshold,
        }

    @property
    def _units(self) -> tuple[float, float]:
        """Factors of the learned E and D: in their units, images have the length 10 and 784 pixels, as MNIST's.

        One learning rate then suits all data sets.
        """
        length = self.data.length or 1.0
        return 10 / length, length / 10 * math.sqrt(784 / self.data.n_visible)

    def synapses(self, learned: Tensors) -> tuple[Tensor, Tensor, Tensor]:
        """Return E, D and θ."""
        to_encoder, to_decoder = self._units
        encoder, decoder = to_encoder * learned["encoder"], to_decoder * learned["decoder"]
        return encoder, decoder, learned["threshold"].clamp(min=self.settings["least_threshold"])

    @property
    def surrogate(self) -> rule.Surrogate:
        """Θ with a gradient."""
        return rule.StraightThrough(self.settings["first_gain"], self.settings["last_gain"])

    def fields(self, drive: Tensor, coupling: Tensor, threshold: Tensor, progress: float) -> list[Tensor]:
        """Return u(0) − θ, and after the first part of the run h − θ on the way and at the end of the recall too."""
        if progress < self.settings["first_pass"]:
            return [drive - threshold]
        gain, whole = self.surrogate.gain(progress), self.dynamics
        recalls = (replace(whole, n_steps=EARLY), whole)
        later = [one.final_straight_through(drive, coupling, threshold, gain) for one in recalls]
        return [drive - threshold, *later]

    def exactness(self, progress: float) -> float:
        """Return the share of `rule.flip_gradient` in the gradient, which grows from 0 to 1 over a fifth of the run."""
        return min(1.0, max(0.0, (progress - self.settings["exact_from"]) / _TAKE_OVER))

    def loss(self, learned: Tensors, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the squared errors of the recalls from damaged cues, and the loss with the recipe's costs."""
        settings, progress = self.settings, batch.progress
        encoder, decoder, threshold = self.synapses(learned)
        drive, coupling = batch.cues @ encoder.T, encoder @ decoder
        gram, projection = rule.gram(decoder), batch.visible @ decoder
        codes = [self.surrogate(field, progress) for field in self.fields(drive, coupling, threshold, progress)]
        errors = [rule.squared_error(batch.visible, projection, gram, code) for code in codes]
        flips = self.exactness(progress) * sum(rule.flip_gradient(code, gram) for code in codes) / len(codes)
        wrong = self.unstable(codes[-1], coupling, threshold)
        costs = settings["consistency"] / self.data.n_hidden * self.data.variance * wrong
        loss = (torch.stack(errors).mean(dim=0) + flips + costs).sum() / batch.size
        return errors[-1], loss + self.repulsion_of_all(codes[-1], batch)

    def unstable(self, active: Tensor, coupling: Tensor, threshold: Tensor) -> Tensor:
        """Return the distance of each code from a fixed point with thresholds above `LEAST` of the field, (image,)."""
        wrong = rule.inconsistency(active, coupling, threshold, self.settings["margin"])
        return wrong + rule.loudness(active, coupling, threshold, 1 / LEAST)

    def finish(self, learned: Tensors, visible: Tensor) -> dict[str, Tensor]:
        """Return the network, with the mean field of each active neuron at 1."""
        encoder, decoder, threshold = self.synapses(learned)
        coupling = encoder @ decoder
        field = active = torch.zeros_like(threshold)
        for chunk in visible.split(_CHUNK):
            codes = self._settled(chunk.to(encoder.dtype) @ encoder.T, coupling, threshold)
            field = field + (codes * (codes @ coupling.T)).sum(dim=0)
            active = active + codes.sum(dim=0)
        mean_field = field / active.clamp(min=1)
        scale = 1 / torch.where(mean_field > threshold, mean_field, 2 * threshold)  # θ = ½ if it is never active
        n_visible, n_hidden = decoder.shape
        return {
            "weights": decoder * math.sqrt(n_hidden),
            "feedback": encoder * scale[:, None] * (n_visible / math.sqrt(n_hidden)),
            "threshold": threshold * scale,
        }

    def _settled(self, drive: Tensor, coupling: Tensor, threshold: Tensor) -> Tensor:
        settling = Dynamics(self.data.ratio, step=0.25, growth=1.03, n_steps=87)  # 101 τ_h
        return rule.step(settling.final(drive, coupling, threshold, rule.step))

    def code(self, network: Tensors, visible: Tensor) -> Tensor:
        """Return the code at which the recall of intact images ends."""
        coupling = network["feedback"] @ network["weights"] / len(network["weights"])
        return self._settled(rule.drive(network["feedback"].T, visible), coupling, network["threshold"])
