"""Sparse patterns of 0/1 neurons: the covariance rule."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.models.binary import Pairwise


class Covariance(Pairwise):
    """W_ij = Σ_μ (η_i^μ − f)(η_j^μ − f) / (N f (1 − f)), W_ii = 0; neuron i is on where Σ_j W_ij s_j > θ.

    At a stored pattern the field is about 1 − f at an active neuron and −f at a silent one, both with a variance of
    αf for P = αN patterns. θ = ½ − f + αf ln((1 − f)/f) makes the fewest wrong bits: it stands above the middle,
    because silent neurons are more. It reaches the signal 1 − f at α = 1/(2f ln((1 − f)/f)), the capacity for small f.

    Parameters
    ----------
    n_neurons : int
    activity : float in (0, 1), optional
        f, the fraction of neurons active in a pattern; by default that of the patterns stored.
    threshold : float, optional
        θ; by default the one above, of the patterns stored. A lower one recalls from fewer active neurons.

    Raises
    ------
    InvalidInput
        activity or threshold is out of range; on storing, patterns of which none or all neurons are active.
    """

    name = "covariance"
    source = "Tsodyks & Feigelman 1988, Europhys. Lett. 6:101"
    levels = (0, 1)

    def __init__(self, n_neurons: int, *, activity: float | None = None, threshold: float | None = None) -> None:
        super().__init__(n_neurons)
        if activity is not None and not 0 < activity < 1:
            raise InvalidInput(f"activity must be between 0 and 1, got {activity}")
        if threshold is not None and not np.isfinite(threshold):
            raise InvalidInput(f"threshold must be finite, got {threshold}")
        self.activity, self._asked_threshold = activity, threshold

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        f = float(patterns.mean()) if self.activity is None else self.activity
        if not 0 < f < 1:
            raise InvalidInput(f"patterns must have active and silent neurons, got an activity of {f:g}")
        load = len(patterns) / self.n_neurons
        best = 0.5 - f + load * f * np.log((1 - f) / f)
        self.threshold = best if self._asked_threshold is None else float(self._asked_threshold)
        return (patterns - f).T @ (patterns - f) / (self.n_neurons * f * (1 - f))
