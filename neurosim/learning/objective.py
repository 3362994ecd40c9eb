"""The learning rule, eq. (17): find ξ and θ for which each image is the visible state of its own hidden code.

    (ξ, θ) = argmin Σ_m ‖ v_m − (1/√N_h) Σ_μ ξ_μ Θ( (√N_h/N_v) ξ_μᵀ v_m − θ ) ‖²          (17)

The factors √N_h/N_v and 1/√N_h are eq. (1)'s own: a network trained with others would be recalled with
thresholds that no longer fit its drive. Θ has no useful gradient, so training puts a surrogate in its place;
each is one class here and one line in `SURROGATES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


def drive(weights: Tensor, visible: Tensor) -> Tensor:
    """Return u = (√N_h/N_v) ξᵀv, the input to the hidden layer (eq. 1b).

    Parameters
    ----------
    weights : Tensor (visible, hidden)
        ξ.
    visible : Tensor (image, visible)
        v_m.

    Returns
    -------
    Tensor (image, hidden)
    """
    n_visible, n_hidden = weights.shape
    return (math.sqrt(n_hidden) / n_visible) * (visible @ weights)


def step(z: Tensor) -> Tensor:
    """Return s = Θ(z) as 0 or 1, z = u − θ; off at the threshold itself (eq. 4)."""
    return (z > 0).to(z.dtype)


def gram(decoder: Tensor) -> Tensor:
    """Return DᵀD, (hidden, hidden), for D (visible, hidden).

    Its gradient, D(dG + dGᵀ), takes one product here, where that of `D.T @ D` takes two: half of the result is the one
    product that D is multiplied with as a constant, doubled, and the other half undoes the doubling of the value.
    """
    half = decoder.detach().T @ decoder
    whole = 2 * half - half.detach()
    return (whole + whole.T) / 2


def squared_error(visible: Tensor, projection: Tensor, gram: Tensor, active: Tensor) -> Tensor:
    """Return ‖v − Ds‖², D = ξ/√N_h, (image,): the sum over pixels, as in eq. (17).

    As ‖v‖² − 2 s·Dᵀv + sᵀ(DᵀD)s. Dᵀv is what the hidden layer is driven with anyway and DᵀD serves a whole batch, so
    that neither Ds nor the error of a pixel is formed: the product with D and three passes over the pixels less.

    Parameters
    ----------
    visible : Tensor (image, visible)
        v_m.
    projection : Tensor (image, hidden)
        Dᵀv.
    gram : Tensor (hidden, hidden)
        DᵀD.
    active : Tensor (image, hidden)
        s in [0, 1].
    """
    length = torch.linalg.vector_norm(visible, dim=1)  # unlike a sum of squares, in one pass
    return length.square() + (active * (active @ gram - 2 * projection)).sum(dim=1)


_STEP, _STEPS, _RATIO = 0.3, 16, 20.0  # of `recalled`: in τ_h, how many, τ_v/τ_h


def recalled(drive: Tensor, coupling: Tensor, threshold: Tensor, activate: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the code that eq. (1) reaches from a cue within 4.8 τ_h at τ_v = 20 τ_h, by exponential Euler steps.

    The visible layer need not be stepped: its state is the fading cue and what the hidden layer has sent so far,
    v(t) = e^(−t/τ_v) v(0) + ξc(t)/√N_h with τ_v dc/dt = −c + s, so that u(t) = e^(−t/τ_v) u(0) + Jc(t).

    Parameters
    ----------
    drive : Tensor (image, hidden)
        u(0), the cues' input to the hidden layer. h(0) = 0.
    coupling : Tensor (hidden, hidden)
        J.
    threshold : Tensor
        θ, one value or (hidden,).
    activate : callable
        z = h − θ → s, with a gradient.

    Returns
    -------
    Tensor (image, hidden)
    """
    slow, fast = math.exp(-_STEP / _RATIO), math.exp(-_STEP)
    h = sent = torch.zeros_like(drive)
    for k in range(_STEPS):
        active = activate(h - threshold)
        sent = active + (sent - active) * slow
        u = slow ** (k + 1) * drive + sent @ coupling.T
        h = u + (h - u) * fast
    return activate(h - threshold)


def inconsistency(active: Tensor, coupling: Tensor, threshold: Tensor, gain: float) -> Tensor:
    """Return how far each code is from a fixed point: Σ_μ max(0, 1 − gain·σ_μ ((Js)_μ − θ_μ)), σ = 2s − 1.

    0 if every neuron keeps a margin of 1/gain in its own code. The codes are taken as they are: J and θ yield.

    Parameters
    ----------
    active : Tensor (image, hidden)
        s in [0, 1].
    coupling : Tensor (hidden, hidden)
        J.
    threshold : Tensor
        θ, one value or (hidden,).
    gain : float
        As of the surrogate.

    Returns
    -------
    Tensor (image,)
    """
    code = step(active.detach() - 0.5)
    margin = (2 * code - 1) * (code @ coupling.T - threshold)
    return torch.relu(1 - gain * margin).sum(dim=1)


_REACH = 0.7  # per bit; two codes 1/0.7 bits apart repel each other 1/e as strongly as equal ones


def repulsion(active: Tensor, batch: Tensor | None = None) -> Tensor:
    """Return how crowded the hidden codes of a batch are: (1/M) Σ_{m≠n} exp(−0.7 d_mn), d_mn their Hamming distance.

    Images share a minimum only if their codes are equal, so it acts on close pairs alone and leaves the others to
    eq. (17).

    Parameters
    ----------
    active : Tensor (image, hidden)
        s in [0, 1].
    batch : Tensor (image, hidden), optional
        If `active` is only a part of the batch: all of it, M images, without gradient. The sum is then over m in
        the part, and twice as large, so that the gradients of all parts are those of the whole.

    Returns
    -------
    Tensor ()
        Between 0 and M − 1; 0 for a single image.
    """
    spins = 2 * active - 1
    others = spins if batch is None else 2 * batch - 1
    distance = (active.shape[1] - spins @ others.T) / 2
    close = torch.exp(-_REACH * distance)
    if batch is None:
        return (close.sum() - close.diagonal().sum()) / len(active)
    itself = torch.exp(-_REACH * (active.shape[1] - (spins * spins.detach()).sum(dim=1)) / 2)
    return 2 * (close.sum() - itself.sum()) / len(batch)


def crowding(n_images: int, n_hidden: int) -> float:
    """Return `repulsion`'s mean over all pairs of `n_images` independent, balanced random codes.

    (M − 1) ((1 + e^−0.7)/2)^N_h. Above 1 even random codes are crowded: no learning can keep all of them apart.
    """
    return (n_images - 1) * ((1 + math.exp(-_REACH)) / 2) ** n_hidden


@dataclass(frozen=True)
class Sharpened:
    """A sigmoid in place of Θ, 1/(1 + exp(−gain·z)), whose gain rises over the run (section 3.1).

    A low gain lets every neuron learn; a high one closes the gap between the code that was trained and the
    step-function code that is recalled. The gain rises with the square of `progress` from `first_gain` to
    `last_gain`, both dimensionless: slowly at first, because a neuron that is sharp before its weights have
    grown stays on one side of its threshold for all images.
    """

    name: ClassVar[str] = "sharpened"
    first_gain: float = 5.0
    last_gain: float = 200.0

    def gain(self, progress: float) -> float:
        """Return the gain at `progress` 0 (start) … 1 (end of the run)."""
        return self.first_gain + (self.last_gain - self.first_gain) * progress**2

    def __call__(self, z: Tensor, progress: float) -> Tensor:
        """Return s in (0, 1), same shape as z = u − θ, at `progress` 0 (start) … 1 (end of the run)."""
        return torch.sigmoid(self.gain(progress) * z)


@dataclass(frozen=True)
class StraightThrough(Sharpened):
    """The true step forwards, `Sharpened`'s gradient backwards: eq. (17)'s loss, a surrogate's gradient."""

    name: ClassVar[str] = "straight_through"

    def __call__(self, z: Tensor, progress: float) -> Tensor:
        """Return s, 0 or 1, same shape as z = u − θ, at `progress` 0 (start) … 1 (end of the run)."""
        soft = super().__call__(z, progress)
        return soft + (step(z) - soft).detach()


Surrogate = Sharpened | StraightThrough
SURROGATES: dict[str, type[Surrogate]] = {surrogate.name: surrogate for surrogate in (Sharpened, StraightThrough)}
