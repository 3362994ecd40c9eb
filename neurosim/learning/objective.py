"""Objective of training, eq. (17): ξ and θ for which each image is the visible state of its hidden code.

    (ξ, θ) = argmin Σ_m ‖ v_m − (1/√N_h) Σ_μ ξ_μ Θ( (√N_h/N_v) ξ_μᵀ v_m − θ ) ‖²          (17)

The factors √N_h/N_v and 1/√N_h are those of eq. (1): with other factors in training, the thresholds would not fit the
drive during recall. Θ has no useful gradient, so training replaces it by a surrogate. A surrogate is one class here and
one entry in `SURROGATES`. Recipes add the costs `repulsion` and `inconsistency`, and the error of the `recalled` code.
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

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import drive
    >>> drive(torch.tensor([[1.0], [2.0]]), torch.tensor([[0.5, 1.0]]))  # √1/2 · (0.5 + 2)
    tensor([[1.2500]])
    """
    n_visible, n_hidden = weights.shape
    return (math.sqrt(n_hidden) / n_visible) * (visible @ weights)


def step(z: Tensor) -> Tensor:
    """Return s = Θ(z) as 0 or 1, z = u − θ; 0 at the threshold itself (eq. 4)."""
    return (z > 0).to(z.dtype)


def gram(decoder: Tensor) -> Tensor:
    """Return DᵀD, (hidden, hidden), for D (visible, hidden).

    The gradient, D(dG + dGᵀ), takes one product instead of the two of ``D.T @ D``: one factor is a constant, the
    gradient by the other is doubled, and the doubled value is corrected by a constant.
    """
    half = decoder.detach().T @ decoder
    whole = 2 * half - half.detach()
    return (whole + whole.T) / 2


def squared_error(visible: Tensor, projection: Tensor, gram: Tensor, active: Tensor) -> Tensor:
    """Return ‖v − Ds‖², D = ξ/√N_h, (image,): the sum over pixels, as in eq. (17).

    Computed as ‖v‖² − 2 s·Dᵀv + sᵀ(DᵀD)s. Dᵀv is needed for the drive of the hidden layer, and DᵀD is the same for all
    images of a batch. This saves the product Ds and three passes over the pixels.

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

    Returns
    -------
    Tensor (image,)

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import squared_error
    >>> decoder, visible, active = torch.eye(2), torch.tensor([[1.0, 0.5]]), torch.tensor([[1.0, 0.0]])
    >>> squared_error(visible, visible @ decoder, decoder.T @ decoder, active)
    tensor([0.2500])
    """
    length = torch.linalg.vector_norm(visible, dim=1)  # unlike a sum of squares, in one pass
    return length.square() + (active * (active @ gram - 2 * projection)).sum(dim=1)


_STEP, _STEPS, _RATIO = 0.3, 16, 20.0  # of `recalled`: step in τ_h, number of steps, τ_v/τ_h


def recalled(drive: Tensor, coupling: Tensor, threshold: Tensor, activate: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the code that eq. (1) reaches from a cue within 4.8 τ_h at τ_v = 20 τ_h, by exponential Euler steps.

    The visible layer is not integrated: v(t) = e^(−t/τ_v) v(0) + ξa(t)/√N_h with τ_v da/dt = −a + s, so that
    u(t) = e^(−t/τ_v) u(0) + Ja(t).

    Parameters
    ----------
    drive : Tensor (image, hidden)
        u(0), the input to the hidden layer by the cues. h(0) = 0.
    coupling : Tensor (hidden, hidden)
        J.
    threshold : Tensor
        θ, one value or (hidden,).
    activate : callable
        Differentiable function z = h − θ → s.

    Returns
    -------
    Tensor (image, hidden)

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import recalled, step
    >>> recalled(torch.tensor([[1.0, 0.0]]), torch.eye(2), torch.tensor(0.4), step)
    tensor([[1., 0.]])
    """
    slow, fast = math.exp(-_STEP / _RATIO), math.exp(-_STEP)
    h = filtered = torch.zeros_like(drive)
    for k in range(_STEPS):
        active = activate(h - threshold)
        filtered = active + (filtered - active) * slow
        u = slow ** (k + 1) * drive + filtered @ coupling.T
        h = u + (h - u) * fast
    return activate(h - threshold)


def inconsistency(active: Tensor, coupling: Tensor, threshold: Tensor, gain: float) -> Tensor:
    """Return the distance of each code from a fixed point: Σ_μ max(0, 1 − gain·σ_μ ((Js)_μ − θ_μ)), σ = 2s − 1.

    It is 0 if every neuron has a margin of at least 1/gain. The codes have no gradient here; J and θ have.

    Parameters
    ----------
    active : Tensor (image, hidden)
        s in [0, 1].
    coupling : Tensor (hidden, hidden)
        J.
    threshold : Tensor
        θ, one value or (hidden,).
    gain : float
        Gain of the surrogate.

    Returns
    -------
    Tensor (image,)

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import inconsistency
    >>> inconsistency(torch.tensor([[1.0, 0.0]]), torch.eye(2), torch.tensor(0.5), gain=4.0)
    tensor([0.])
    """
    code = step(active.detach() - 0.5)
    margin = (2 * code - 1) * (code @ coupling.T - threshold)
    return torch.relu(1 - gain * margin).sum(dim=1)


_DECAY = 0.7  # per bit: the repulsion of two codes falls to 1/e over 1/0.7 bits


def repulsion(active: Tensor, batch: Tensor | None = None) -> Tensor:
    """Return the crowding of the hidden codes of a batch: (1/M) Σ_{m≠n} exp(−0.7 d_mn), d_mn their Hamming distance.

    Images share a memory only if their codes are equal, so the cost acts on close pairs and hardly on others.

    Parameters
    ----------
    active : Tensor (image, hidden)
        s in [0, 1].
    batch : Tensor (image, hidden), optional
        The whole batch of M images, without gradient, if `active` is a part of it. The sum is then over m in the
        part and is doubled, so that the gradients of all parts add up to that of the whole.

    Returns
    -------
    Tensor ()
        Between 0 and M − 1; 0 for a single image.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import repulsion
    >>> repulsion(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor(1.)
    """
    spins = 2 * active - 1
    others = spins if batch is None else 2 * batch - 1
    distance = (active.shape[1] - spins @ others.T) / 2
    close = torch.exp(-_DECAY * distance)
    if batch is None:
        return (close.sum() - close.diagonal().sum()) / len(active)
    itself = torch.exp(-_DECAY * (active.shape[1] - (spins * spins.detach()).sum(dim=1)) / 2)
    return 2 * (close.sum() - itself.sum()) / len(batch)


def crowding(n_images: int, n_hidden: int) -> float:
    """Return the mean `repulsion` of `n_images` independent, balanced random codes, (M − 1) ((1 + e^−0.7)/2)^N_h.

    Above 1, even random codes are crowded, and training cannot separate all of them.

    Examples
    --------
    >>> from neurosim.learning.objective import crowding
    >>> round(crowding(1_000, 8), 1), round(crowding(60_000, 50), 2)
    (98.2, 0.03)
    """
    return (n_images - 1) * ((1 + math.exp(-_DECAY)) / 2) ** n_hidden


@dataclass(frozen=True)
class Sharpened:
    """Sigmoid in place of Θ, 1/(1 + exp(−gain·z)), with a gain that rises during training (section 3.1).

    With a low gain every neuron learns. With a high gain the trained code is that of the step function, which is
    recalled. The gain rises with the square of `progress`, slowly at first, because a neuron with a high gain and small
    weights stays on one side of its threshold for all images.

    Parameters
    ----------
    first_gain, last_gain : float, default 5 and 200
        Gain at the start and at the end, dimensionless.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import Sharpened
    >>> Sharpened(5.0, 200.0)(torch.zeros(2), progress=0.5)
    tensor([0.5000, 0.5000])
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
    """Step function in the forward pass, with the gradient of `Sharpened` in the backward pass."""

    name: ClassVar[str] = "straight_through"

    def __call__(self, z: Tensor, progress: float) -> Tensor:
        """Return s, 0 or 1, same shape as z = u − θ, at `progress` 0 (start) … 1 (end of the run)."""
        soft = super().__call__(z, progress)
        return soft + (step(z) - soft).detach()


Surrogate = Sharpened | StraightThrough
SURROGATES: dict[str, type[Surrogate]] = {surrogate.name: surrogate for surrogate in (Sharpened, StraightThrough)}
