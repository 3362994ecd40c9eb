"""Objective of training, eq. (17): ξ and θ for which each image is the visible state of its hidden code.

    (ξ, θ) = argmin Σ_m ‖ v_m − (1/√N_h) Σ_μ ξ_μ Θ( (√N_h/N_v) ξ_μᵀ v_m − θ ) ‖²          (17)

The factors √N_h/N_v and 1/√N_h are those of eq. (1): with other factors in training, the thresholds would not fit the
drive during recall. Θ has no useful gradient, so training replaces it by a surrogate. A surrogate is one class here and
one entry in `SURROGATES`. Recipes add the costs `repulsion` and `inconsistency`; `neurosim.learning.dynamics` has the
steps of the recall.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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


def decoder_of(learned: Mapping[str, Tensor]) -> Tensor:
    """Return D = ξ/√N_h, (visible, hidden): v = Ds (eq. 16)."""
    return learned["weights"] / math.sqrt(learned["weights"].shape[1])


def step(z: Tensor) -> Tensor:
    """Return s = Θ(z) as 0 or 1; 0 at the threshold itself (eq. 4)."""
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


def flip_gradient(active: Tensor, gram: Tensor) -> Tensor:
    """Return zeros, (image,), that add to the gradient of `squared_error` what a flip of a bit changes beyond it.

    For a binary code s, ‖v − Ds‖² changes by 2(DᵀDs − Dᵀv)_μ + (1 − 2s_μ)(DᵀD)_μμ between s_μ = 0 and 1. The derivative
    of `squared_error` is the first term. With `StraightThrough`, either estimates the gradient of the mean error, with
    the derivative of the sigmoid as kernel in place of that of Θ. The second term cancels on average where fields are
    as dense below θ as above. Without it the bias is of first order in the width of the kernel, 1/gain; with it, of
    second order.

    Parameters
    ----------
    active : Tensor (image, hidden)
        s, 0 or 1, with a gradient.
    gram : Tensor (hidden, hidden)
        DᵀD.

    Returns
    -------
    Tensor (image,)

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import flip_gradient, squared_error
    >>> decoder, visible = torch.tensor([[2.0]]), torch.tensor([[1.5]])
    >>> active = torch.tensor([[0.0]], requires_grad=True)
    >>> error = squared_error(visible, visible @ decoder, decoder.T @ decoder, active)
    >>> (error + flip_gradient(active, decoder.T @ decoder)).sum().backward()
    >>> active.grad  # the error falls from 1.5² to 0.5²
    tensor([[-2.]])
    """
    code = active.detach()
    return ((active - code) * (1 - 2 * code) * gram.detach().diagonal()).sum(dim=1)


def inconsistency(active: Tensor, coupling: Tensor, threshold: Tensor, margin: float) -> Tensor:
    """Return the distance of each code from a fixed point: Σ_μ max(0, 1 − σ_μ ((Js)_μ − θ_μ)/margin), σ = 2s − 1.

    The codes have no gradient here; J and θ have.

    Parameters
    ----------
    active : Tensor (image, hidden)
        s in [0, 1].
    coupling : Tensor (hidden, hidden)
        J.
    threshold : Tensor
        θ, one value or (hidden,).
    margin : float
        Distance of the field from θ from which a neuron costs nothing.

    Returns
    -------
    Tensor (image,)

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import inconsistency
    >>> inconsistency(torch.tensor([[1.0, 0.0]]), torch.eye(2), torch.tensor(0.5), margin=0.25)
    tensor([0.])
    """
    code = step(active.detach() - 0.5)
    distance = (2 * code - 1) * (code @ coupling.T - threshold)
    return torch.relu(1 - distance / margin).sum(dim=1)


DECAY = 0.7  # per bit: the repulsion of two codes falls to 1/e over 1/0.7 bits


def repulsion(active: Tensor, batch: Tensor | None = None, decay: float = DECAY) -> Tensor:
    """Return the crowding of the hidden codes of a batch: (1/M) Σ_{m≠n} exp(−decay·d_mn), d their Hamming distance.

    Images share a memory only if their codes are equal, so the cost acts on close pairs and hardly on others.

    Parameters
    ----------
    active : Tensor (image, hidden)
        s in [0, 1].
    batch : Tensor (image, hidden), optional
        The whole batch of M images, without gradient, if `active` is a part of it. The sum is then over m in the
        part and is doubled, so that the gradients of all parts add up to that of the whole.
    decay : float, default 0.7
        Per bit.

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
    close = torch.exp(-decay * distance)
    if batch is None:
        return (close.sum() - close.diagonal().sum()) / len(active)
    itself = torch.exp(-decay * (active.shape[1] - (spins * spins.detach()).sum(dim=1)) / 2)
    return 2 * (close.sum() - itself.sum()) / len(batch)


def loudness(active: Tensor, coupling: Tensor, threshold: Tensor, most: float) -> Tensor:
    """Return by how much the fields of active neurons exceed `most`·θ: Σ_μ s_μ max(0, (Js)_μ/(most·θ_μ) − 1).

    Without it, θ could become so small that a neuron is silent at rest by little more than rounding. The codes have
    no gradient here; J and θ have.

    Parameters
    ----------
    active : Tensor (image, hidden)
        s in [0, 1].
    coupling : Tensor (hidden, hidden)
        J.
    threshold : Tensor (hidden,)
        θ > 0.
    most : float

    Returns
    -------
    Tensor (image,)

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.objective import loudness
    >>> loudness(torch.tensor([[1.0, 0.0]]), 6 * torch.eye(2), torch.tensor([0.5, 0.5]), most=4)
    tensor([2.])
    """
    code = step(active.detach() - 0.5)
    return (code * torch.relu(code @ coupling.T / (most * threshold) - 1)).sum(dim=1)


def crowding(n_images: int, n_hidden: int, decay: float = DECAY) -> float:
    """Return the mean `repulsion` of `n_images` independent, balanced random codes, (M − 1) ((1 + e^−decay)/2)^N_h.

    Above 1, even random codes are crowded, and training cannot separate all of them.

    Examples
    --------
    >>> from neurosim.learning.objective import crowding
    >>> round(crowding(1_000, 8), 1), round(crowding(60_000, 50), 2)
    (98.2, 0.03)
    """
    return (n_images - 1) * ((1 + math.exp(-decay)) / 2) ** n_hidden


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
