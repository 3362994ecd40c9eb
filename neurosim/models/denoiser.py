"""In-context denoising: one step of attention over clean tokens estimates the original of a noisy one."""

from __future__ import annotations

import numpy as np

from neurosim.models.base import Recall, log_sum_exp
from neurosim.models.modern import Modern
from neurosim.validation import real


class Denoiser(Modern):
    """In-context denoiser: one step of attention over the stored patterns [1]_.

    x ← α Σ_μ softmax_μ(β ξ^μ·x) ξ^μ, once: a gradient step of length α on E = x·x/2α − (1/β) log Σ_μ exp(β ξ^μ·x).

    Parameters
    ----------
    beta : float > 0, default 1
        β, in units of 1/(pattern · pattern); 1/σ² for tokens of one length and noise of standard deviation σ.
    alpha : float > 0, default 1
        α, dimensionless.

    See Also
    --------
    Modern : The same step with α = 1, repeated.

    Notes
    -----
    The patterns are the context, clean tokens from an unknown distribution; the cue is another token plus noise of
    standard deviation σ. If all tokens have one length, the step with α = 1 and β = 1/σ² is the mean of the tokens
    under the posterior exp(−|x − ξ^μ|²/2σ²). For many tokens it tends to the Bayes-optimal estimate, the posterior
    mean E[token | cue], with an error of order 1/√P. For tokens of variance s² in every direction of a subspace, the
    optimum is s²/(s² + σ²) times the projection on it: the limit of the step for small β at α = 1/(β (s² + σ²)).

    Recall stops after one step. Further steps would move from the estimate to a minimum of E near a token or a mean of
    several tokens, which is further from the truth. `settled` is True where the step has already ended at a minimum.

    References
    ----------
    .. [1] M. Smart, A. Bietti and A. M. Sengupta, ICML, 2025, arXiv:2502.05164.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Denoiser
    >>> angles = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    >>> tokens = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> states = Denoiser(beta=10.0).store(tokens).recall([[1.3, 0.0]]).states
    >>> round(float(np.linalg.norm(states)), 2)  # near the circle
    0.96
    """

    name = "denoiser"
    source = "Smart, Bietti & Sengupta 2025, ICML, arXiv:2502.05164"

    def __init__(self, *, beta: float = 1.0, alpha: float = 1.0) -> None:
        super().__init__(beta=beta)
        self.alpha = real(alpha, "alpha", above=0)

    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall:
        return super()._recall(cues, 1, seed)

    def _step(self, states: np.ndarray) -> np.ndarray:
        return self.alpha * super()._step(states)

    def _energy(self, states: np.ndarray) -> np.ndarray:
        attraction = log_sum_exp(self.beta * (states @ self._patterns.T)) / self.beta
        return (states**2).sum(axis=1) / (2 * self.alpha) - attraction
