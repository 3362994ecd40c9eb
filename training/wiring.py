"""Which synapses are learned: how an image becomes z = u − θ, and which Network comes out.

One class a wiring, one line in `WIRINGS`. A wiring names its learned tensors, computes z from them for a batch, and
turns them into `weights`, `feedback` and `threshold` at the end, in float64.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor

from neurosim import Network, theory
from training import rule

# Xavier's bound knows nothing of eq. (1)'s factor √N_h/N_v < 1, so at gain 1 the drive starts too small. That
# costs short runs most of their memories (390 digits, 8 neurons, 240 updates); long runs end alike.
_XAVIER_GAIN = 3.0
THRESHOLDS = ("one", "each", "zero")
ZERO = 1e-9  # a threshold that h(0) = 0 is not above, and that no neuron reaches late
Tensors = Mapping[str, Tensor]


class Wiring(Protocol):
    """How visible and hidden neurons are joined."""

    name: ClassVar[str]

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the learned arrays before the first update; "weights" (visible, hidden) is always among them."""
        ...

    def margin(self, learned: Tensors, visible: Tensor) -> Tensor:
        """Return z = u − θ, (image, hidden), for v (image, visible)."""
        ...

    def coupling(self, learned: Tensors) -> Tensor:
        """Return J = BW/N_v, (hidden, hidden): what a hidden state feeds back to the hidden layer (eq. 5)."""
        ...

    def threshold(self, learned: Tensors) -> Tensor:
        """Return θ, one value or one a hidden neuron."""
        ...

    def noise_gain(self, learned: Tensors) -> Tensor | None:
        """Return Σ (entries of the part of the encoder that the coupling leaves free)², or None: nothing is free."""
        ...

    def finish(self, learned: Tensors) -> dict[str, Tensor]:
        """Return `weights`, `threshold` and, if separate, `feedback` of the Network, from float64 tensors."""
        ...


def _xavier(n_visible: int, n_hidden: int, rng: np.random.Generator) -> np.ndarray:
    """Return Xavier's start (Glorot & Bengio 2010, uniform), (visible, hidden)."""
    limit = _XAVIER_GAIN * math.sqrt(6 / (n_visible + n_hidden))
    return rng.uniform(-limit, limit, (n_visible, n_hidden))


class Symmetric:
    """The paper's: visible → hidden synapses are ξᵀ; one learned θ, one per hidden neuron, or θ → 0⁺."""

    name: ClassVar[str] = "symmetric"

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return ξ by Xavier and, if it is learned, θ = 0."""
        learned = {"weights": _xavier(n_visible, n_hidden, rng)}
        if threshold != "zero":
            learned["threshold"] = np.zeros(n_hidden if threshold == "each" else ())
        return learned

    def margin(self, learned: Tensors, visible: Tensor) -> Tensor:
        """Return (√N_h/N_v) Bv − θ."""
        return rule.drive(self._feedback(learned).T, visible) - self.threshold(learned)

    def coupling(self, learned: Tensors) -> Tensor:
        """Return BW/N_v."""
        return self._feedback(learned) @ learned["weights"] / len(learned["weights"])

    def threshold(self, learned: Tensors) -> Tensor:
        """Return what is learned, or 1e-9."""
        weights = learned["weights"]
        return learned.get("threshold", weights.new_tensor(ZERO))

    def noise_gain(self, learned: Tensors) -> Tensor | None:
        """Return None."""
        return None

    def finish(self, learned: Tensors) -> dict[str, Tensor]:
        """Return what was learned."""
        return {**learned, "threshold": self.threshold(learned)}

    def _feedback(self, learned: Tensors) -> Tensor:
        return learned["weights"].T


class Separate(Symmetric):
    """Feedback synapses of their own, learned freely from ξᵀ on (Fig. 9)."""

    name: ClassVar[str] = "separate"

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return ξ by Xavier, feedback ξᵀ and, if it is learned, θ = 0."""
        learned = super().start(n_visible, n_hidden, threshold, rng)
        return learned | {"feedback": learned["weights"].T.copy()}

    def _feedback(self, learned: Tensors) -> Tensor:
        return learned["feedback"]


class Certified:
    """Feedback built so that J is exactly 1 − 11ᵀ/(N_h+1): all 2^N_h states are fixed points, whatever is learned.

    With D = ξ/√N_h, D⁺ its pseudo-inverse and C learned freely, (hidden, visible), the encoder

        E = J* D⁺ + C (1 − D D⁺),    u = E v,    E D = J*

    gives J = BW/N_v = E D = J* for any ξ of full rank, N_h ≤ N_v. J* = 1 − 11ᵀ/(N_h+1) is uniform inhibition among
    hidden neurons, routed through the visible layer. In a state with k active neurons, active ones have the field
    1 − k/(N_h+1), inactive ones −k/(N_h+1): at θ → 0⁺ every state but the silent one keeps a margin of at least
    1/(N_h+1), and a balanced one ½ (as J = 1 with θ = ½ does). The silent state keeps θ.

    θ near 0 is what makes the continuous recall end at the code that its image was learned with. From h(0) = 0, an
    active neuron's h first rises as u(0)t/τ_h while the inhibition by the others takes u down at a rate up to
    1/τ_v, so that neurons with u(0) < √(2θτ_h/τ_v) come too late and do not cross: the share of the images that
    lose a bit falls as √θ. θ is 1e-9, or four times the certificate's bound on rounding where that is more. The
    certificate holds for any larger θ below 1/(N_h+1), too: `net.replace(threshold=…)`.

    Noise on the cue reaches neuron μ with the gain ‖E_μ‖. C is the part of it that J* leaves free, and grows on pixels
    that hardly vary unless ‖C‖² costs something (`Recipe.noise_cost`).
    """

    name: ClassVar[str] = "certified"

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return ξ by Xavier and C = 0; θ is always "zero"."""
        return {"weights": _xavier(n_visible, n_hidden, rng), "residual": np.zeros((n_hidden, n_visible))}

    def margin(self, learned: Tensors, visible: Tensor) -> Tensor:
        """Return E v without forming E: J* z + C (v − D z), where z = D⁺ v; θ is too small to matter."""
        decoder = learned["weights"] / math.sqrt(learned["weights"].shape[1])
        gram = decoder.T @ decoder
        # float32 rounding could make a Gram matrix of nearly dependent columns indefinite
        gram = gram + 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
        z = torch.cholesky_solve((visible @ decoder).T, torch.linalg.cholesky(gram)).T
        rest = visible - z @ decoder.T
        inhibited = z - z.sum(dim=1, keepdim=True) / (z.shape[1] + 1)
        return inhibited + rest @ learned["residual"].T

    def coupling(self, learned: Tensors) -> Tensor:
        """Return J* = 1 − 11ᵀ/(N_h+1)."""
        weights = learned["weights"]
        n_hidden = weights.shape[1]
        return torch.eye(n_hidden, dtype=weights.dtype, device=weights.device) - 1 / (n_hidden + 1)

    def threshold(self, learned: Tensors) -> Tensor:
        """Return 1e-9; `finish` takes more if rounding asks for it."""
        return learned["weights"].new_tensor(ZERO)

    def noise_gain(self, learned: Tensors) -> Tensor | None:
        """Return ‖C‖²."""
        return learned["residual"].square().sum()

    def finish(self, learned: Tensors) -> dict[str, Tensor]:
        """Return ξ, B = (N_v/√N_h) E and θ."""
        weights, residual = learned["weights"], learned["residual"]
        n_visible, n_hidden = weights.shape
        decoder = weights / math.sqrt(n_hidden)
        inverse = torch.linalg.pinv(decoder)
        encoder = residual + (self.coupling(learned) - residual @ decoder) @ inverse
        feedback = encoder * (n_visible / math.sqrt(n_hidden))
        net = Network(weights.cpu().numpy(), threshold=0, feedback=feedback.cpu().numpy())
        least = max(ZERO, 4 * theory.certify_all_states(net).rounding)
        threshold = torch.full((n_hidden,), least, dtype=weights.dtype)
        return {"weights": weights, "feedback": feedback, "threshold": threshold}


WIRINGS: dict[str, Wiring] = {wiring.name: wiring for wiring in (Certified(), Symmetric(), Separate())}
