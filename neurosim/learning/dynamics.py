"""`Dynamics`: the recall of eq. (1) in a few differentiable steps, for training."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from neurosim.learning.objective import step


@dataclass(frozen=True)
class Dynamics:
    """Exponential Euler steps of the recall, eq. (1), from h(0) = 0.

    The visible layer is not integrated: v(t) = e^(−t/τ_v) v(0) + ξa(t)/√N_h with τ_v da/dt = −a + s, so that
    u(t) = e^(−t/τ_v) u(0) + Ja(t).

    Parameters
    ----------
    ratio : float
        τ_v/τ_h.
    step : float, default 0.35
        The first step, in units of τ_h.
    growth : float, default 1
        Ratio of successive steps, ≥ 1.
    n_steps : int, default 14
        With the other defaults, the steps cover 4.9 τ_h.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.dynamics import Dynamics
    >>> from neurosim.learning.objective import step
    >>> one = torch.ones(1, 1)
    >>> Dynamics(20.0).final(0.6 * one, one, 0.5 * one, step) > 0  # h exceeds θ = 0.5
    tensor([[True]])
    """

    ratio: float
    step: float = 0.35
    growth: float = 1.0
    n_steps: int = 14

    @property
    def decays(self) -> list[tuple[float, float, float]]:
        """For each step e^(−t/τ_v) at its end, and the decays e^(−step/τ_v) and e^(−step/τ_h)."""
        found, time = [], 0.0
        for k in range(self.n_steps):
            step = self.step * self.growth**k
            time += step
            found.append((math.exp(-time / self.ratio), math.exp(-step / self.ratio), math.exp(-step)))
        return found

    def final(self, drive: Tensor, coupling: Tensor, threshold: Tensor, activate: Callable[[Tensor], Tensor]) -> Tensor:
        """Return h − θ after the last step.

        Parameters
        ----------
        drive : Tensor (image, hidden)
            u(0), the input to the hidden layer by the cues.
        coupling : Tensor (hidden, hidden)
            J.
        threshold : Tensor
            θ, one value or (hidden,).
        activate : callable
            Differentiable function z = h − θ → s.

        Returns
        -------
        Tensor (image, hidden)
        """
        h = filtered = torch.zeros_like(drive)
        for left, slow, fast in self.decays:
            active = activate(h - threshold)
            filtered = active + (filtered - active) * slow
            u = left * drive + filtered @ coupling.T
            h = u + (h - u) * fast
        return h - threshold

    def final_straight_through(self, drive: Tensor, coupling: Tensor, threshold: Tensor, gain: float) -> Tensor:
        """Return `final` with Θ, and the gradient of a sigmoid in its place; θ is (hidden,).

        As fast as its matrix products: autograd would take four times as many operations.
        """
        return cast(Tensor, _StraightThroughRecall.apply(drive, coupling, threshold, gain, self))


class _StraightThroughRecall(torch.autograd.Function):
    """`Dynamics.final` with Θ, and its gradient with the derivative of 1/(1 + exp(−gain·z)) for that of Θ(z)."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Tensor:  # drive, coupling, threshold, gain, dynamics
        drive, coupling, threshold, gain, dynamics = inputs
        h = filtered = torch.zeros_like(drive)
        fields, traces = [], []
        for left, slow, fast in dynamics.decays:
            z = h - threshold
            filtered = torch.lerp(step(z), filtered, slow)
            u = torch.addmm(drive, filtered, coupling.T, beta=left)
            h = torch.lerp(u, h, fast)
            fields.append(z)
            traces.append(filtered)
        ctx.save_for_backward(coupling, torch.stack(fields), torch.stack(traces))
        ctx.gain, ctx.decays = gain, dynamics.decays
        return h - threshold

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        coupling, fields, traces = ctx.saved_tensors
        soft = torch.sigmoid_(ctx.gain * fields)
        slopes = ctx.gain * soft * (1 - soft)
        by_h = gradients[0]
        by_filtered = by_drive = torch.zeros_like(by_h)
        by_threshold, by_u = by_h.sum(dim=0), torch.empty_like(fields)
        for k, (left, slow, fast) in reversed(list(enumerate(ctx.decays))):
            torch.mul(by_h, 1 - fast, out=by_u[k])
            by_drive = torch.add(by_drive, by_u[k], alpha=left)
            by_filtered = torch.addmm(by_filtered, by_u[k], coupling)
            by_z = by_filtered * slopes[k] * (1 - slow)
            by_threshold = by_threshold + by_z.sum(dim=0)
            by_h = torch.add(by_z, by_h, alpha=fast)
            by_filtered = by_filtered * slow
        n_hidden = coupling.shape[0]
        by_coupling = by_u.reshape(-1, n_hidden).T @ traces.reshape(-1, n_hidden)
        return by_drive, by_coupling, -by_threshold, None, None
