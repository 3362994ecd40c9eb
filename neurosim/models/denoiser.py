"""In-context denoising: one step of attention over clean tokens estimates what a noisy one was."""

from __future__ import annotations

import numpy as np

from neurosim.models.base import Recall, log_sum_exp, positive
from neurosim.models.modern import Modern


class Denoiser(Modern):
    """x ← α Σ_μ softmax_μ(β ξ^μ·x) ξ^μ, once: a step of length α down E = x·x/2α − (1/β) log Σ_μ exp(β ξ^μ·x).

    The patterns are the context, clean tokens drawn from an unknown distribution; the cue is one more, plus noise of
    standard deviation σ. If all tokens have one length, the step with α = 1 and β = 1/σ² is the mean of the tokens
    under the posterior exp(−|x − ξ^μ|²/2σ²), and for many tokens tends to the Bayes-optimal estimate, the posterior
    mean E[token | cue], with an error of order 1/√P. Of tokens of variance s² in every direction of a subspace, the
    optimum is s²/(s² + σ²) times the projection on it: the step's limit for small β, at α = 1/(β (s² + σ²)).

    Recall stops after the step, because what follows would leave the estimate for a memory: it goes on to a minimum
    of E, near a token or a mean of several, which is further from the truth. `settled` says whether that is where the
    step has already ended. With α = 1 and more steps this is `Modern`.

    Parameters
    ----------
    n_neurons : int
    beta : float > 0, default 1
        β, in units of 1/(pattern · pattern); 1/σ² for tokens of one length.
    alpha : float > 0, default 1
        α, dimensionless.
    """

    name = "denoiser"
    source = "Smart, Bietti & Sengupta 2025, ICML, arXiv:2502.05164"

    def __init__(self, n_neurons: int, *, beta: float = 1.0, alpha: float = 1.0) -> None:
        super().__init__(n_neurons, beta=beta)
        self.alpha = positive(alpha, "alpha")

    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall:
        return super()._recall(cues, 1, seed)

    def _step(self, states: np.ndarray) -> np.ndarray:
        return self.alpha * super()._step(states)

    def _energy(self, states: np.ndarray) -> np.ndarray:
        attraction = log_sum_exp(self.beta * (states @ self._patterns.T)) / self.beta
        return (states**2).sum(axis=1) / (2 * self.alpha) - attraction
