"""Wirings: the learned synapses, the drive of the hidden layer by images, and the resulting Network.

A wiring is one class and one entry in `WIRINGS`. It initialises the learned tensors, computes z = u − θ for a batch of
images, and converts the tensors to `weights`, `feedback` and `threshold` in float64 at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from neurosim import Network, theory
from neurosim.learning import objective as rule
from neurosim.learning.initialisation import ZERO_THRESHOLD, uniform_weights
from neurosim.learning.objective import decoder_of

Tensors = Mapping[str, Tensor]


class View(NamedTuple):
    """Input to the hidden layer for a batch of images.

    Parameters
    ----------
    margin : Tensor (image, hidden)
        z = u − θ.
    coupling : Tensor (hidden, hidden) or None
        J = BW/N_v (eq. 5); None if it is not needed and would cost a product.
    decoder : Tensor (visible, hidden)
        D = ξ/√N_h.
    products : (Tensor (image, hidden), Tensor (hidden, hidden)) or None
        Dᵀv and DᵀD; None if computing Ds costs less than these two.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.wiring import Symmetric
    >>> learned = {"weights": torch.ones(8, 4), "threshold": torch.tensor(0.5)}
    >>> Symmetric().view(learned, torch.ones(3, 8), coupled=True).margin.shape
    torch.Size([3, 4])
    """

    margin: Tensor
    coupling: Tensor | None
    decoder: Tensor
    products: tuple[Tensor, Tensor] | None

    def squared_error(self, visible: Tensor, active: Tensor) -> Tensor:
        """Return ‖v − Ds‖², (image,), for s (image, hidden)."""
        if self.products is None:
            return (visible - active @ self.decoder.T).square().sum(dim=1)
        return rule.squared_error(visible, *self.products, active)


class Wiring(Protocol):
    """Connections between the visible and the hidden neurons."""

    name: ClassVar[str]

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the initial arrays; "weights" (visible, hidden) is always among them."""
        ...

    def view(self, learned: Tensors, visible: Tensor, *, coupled: bool) -> View:
        """Return the input to the hidden layer for v (image, visible); with J if `coupled`."""
        ...

    def threshold(self, learned: Tensors) -> Tensor:
        """Return θ, one value or one for each hidden neuron."""
        ...

    def noise_gain(self, learned: Tensors) -> Tensor | None:
        """Return the squared Frobenius norm of the part of the encoder that J does not determine, or None."""
        ...

    def finish(self, learned: Tensors) -> dict[str, Tensor]:
        """Return `weights`, `threshold` and, if separate, `feedback` of the Network, from float64 tensors."""
        ...


def _inhibition(decoder: Tensor) -> Tensor:
    """Return J* = 1 − 11ᵀ/(N_h+1), (hidden, hidden)."""
    n_hidden = decoder.shape[1]
    return torch.eye(n_hidden, dtype=decoder.dtype, device=decoder.device) - 1 / (n_hidden + 1)


class Symmetric:
    """The paper's wiring: visible → hidden synapses are ξᵀ; one learned θ, one for each hidden neuron, or θ → 0⁺."""

    name: ClassVar[str] = "symmetric"

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return random ξ and, if it is learned, θ = 0."""
        learned = {"weights": uniform_weights(n_visible, n_hidden, rng)}
        if threshold != "zero":
            learned["threshold"] = np.zeros(n_hidden if threshold == "each" else ())
        return learned

    def view(self, learned: Tensors, visible: Tensor, *, coupled: bool) -> View:
        """Return z = (√N_h/N_v) ξᵀv − θ and J, multiples of Dᵀv and DᵀD: two products in all."""
        decoder = decoder_of(learned)
        ratio = decoder.shape[1] / decoder.shape[0]
        projection = visible @ decoder
        margin = ratio * projection - self.threshold(learned)
        if not coupled and decoder.shape[1] > len(visible):
            return View(margin, None, decoder, None)
        gram = rule.gram(decoder)
        return View(margin, ratio * gram if coupled else None, decoder, (projection, gram))

    def threshold(self, learned: Tensors) -> Tensor:
        """Return the learned θ, or 1e-9."""
        weights = learned["weights"]
        return learned.get("threshold", weights.new_tensor(ZERO_THRESHOLD))

    def noise_gain(self, learned: Tensors) -> Tensor | None:
        """Return None."""
        return None

    def finish(self, learned: Tensors) -> dict[str, Tensor]:
        """Return the learned tensors and θ."""
        return {**learned, "threshold": self.threshold(learned)}


class Separate(Symmetric):
    """Separate feedback synapses, learned freely; they start as ξᵀ (Fig. 9)."""

    name: ClassVar[str] = "separate"

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return random ξ, feedback ξᵀ and, if it is learned, θ = 0."""
        learned = super().start(n_visible, n_hidden, threshold, rng)
        return learned | {"feedback": learned["weights"].T.copy()}

    def view(self, learned: Tensors, visible: Tensor, *, coupled: bool) -> View:
        """Return z = (√N_h/N_v) Bv − θ, and J = BW/N_v."""
        decoder, feedback = decoder_of(learned), learned["feedback"]
        margin = rule.drive(feedback.T, visible) - self.threshold(learned)
        coupling = feedback @ learned["weights"] / len(decoder) if coupled else None
        few = decoder.shape[1] <= len(visible)  # hidden neurons
        return View(margin, coupling, decoder, (visible @ decoder, rule.gram(decoder)) if few else None)


class Certified:
    """Feedback with which J is exactly 1 − 11ᵀ/(N_h+1): all 2^N_h states are fixed points for any learned ξ.

    Notes
    -----
    With D = ξ/√N_h, D⁺ its pseudo-inverse and C learned freely, (hidden, visible), the encoder

        E = J* D⁺ + C (1 − D D⁺),    u = E v,    E D = J*

    gives J = BW/N_v = E D = J* for any ξ of full rank, N_h ≤ N_v. J* = 1 − 11ᵀ/(N_h+1) is uniform inhibition among
    hidden neurons through the visible layer. In a state with k active neurons, active ones have the field
    1 − k/(N_h+1), inactive ones −k/(N_h+1): at θ → 0⁺ every state but the silent one keeps a margin of at least
    1/(N_h+1), and a balanced one ½ (as J = 1 with θ = ½ does). The silent state keeps θ.

    With θ near 0, the continuous recall of an image ends at its trained code. From h(0) = 0, h of an active neuron
    first rises as u(0)t/τ_h, while inhibition by the others lowers u at a rate up to 1/τ_v. Neurons with
    u(0) < √(2θτ_h/τ_v) therefore do not cross the threshold, and the share of images that lose a bit falls as √θ.
    θ is 1e-9, or four times the certificate's bound on rounding if that is larger. The certificate also holds for any
    larger θ below 1/(N_h+1): ``net.replace(threshold=…)``.

    Noise on the cue reaches neuron μ with the gain ‖E_μ‖. C is the part of E that J* does not determine. It grows on
    pixels that hardly vary, unless ‖C‖² has a cost (`Recipe.noise_cost`).
    """

    name: ClassVar[str] = "certified"

    def start(self, n_visible: int, n_hidden: int, threshold: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return random ξ and C = 0; θ is always "zero"."""
        return {"weights": uniform_weights(n_visible, n_hidden, rng), "residual": np.zeros((n_hidden, n_visible))}

    def view(self, learned: Tensors, visible: Tensor, *, coupled: bool) -> View:
        """Return E v without computing E, and J*: E v = J* z + C v − (C D) z with z = D⁺ v; θ is negligible."""
        decoder, residual = decoder_of(learned), learned["residual"]
        projection, gram = visible @ decoder, rule.gram(decoder)
        # float32 rounding can make the Gram matrix of nearly dependent columns indefinite
        ridge = 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
        z = torch.cholesky_solve(projection.T, torch.linalg.cholesky(gram + ridge)).T
        coupling = _inhibition(decoder)
        margin = z @ coupling + visible @ residual.T - z @ (residual @ decoder).T
        return View(margin, coupling, decoder, (projection, gram))

    def threshold(self, learned: Tensors) -> Tensor:
        """Return 1e-9; `finish` takes a larger value if rounding requires it."""
        return learned["weights"].new_tensor(ZERO_THRESHOLD)

    def noise_gain(self, learned: Tensors) -> Tensor | None:
        """Return ‖C‖²."""
        return learned["residual"].square().sum()

    def finish(self, learned: Tensors) -> dict[str, Tensor]:
        """Return ξ, B = (N_v/√N_h) E and θ."""
        weights, residual = learned["weights"], learned["residual"]
        n_visible, n_hidden = weights.shape
        decoder = decoder_of(learned)
        inverse = torch.linalg.pinv(decoder)
        encoder = residual + (_inhibition(decoder) - residual @ decoder) @ inverse
        feedback = encoder * (n_visible / math.sqrt(n_hidden))
        net = Network(weights.cpu().numpy(), threshold=0, feedback=feedback.cpu().numpy())
        least = max(ZERO_THRESHOLD, 4 * theory.certify_all_states(net).rounding)
        threshold = torch.full((n_hidden,), least, dtype=weights.dtype)
        return {"weights": weights, "feedback": feedback, "threshold": threshold}


WIRINGS: dict[str, Wiring] = {wiring.name: wiring for wiring in (Certified(), Symmetric(), Separate())}
