"""Dense memory with a fixed number of synapses: the exponential's kernel, by random features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim.models.base import positive
from neurosim.models.binary import Binary
from neurosim.validation import generator, whole

_TIE = 1e-12  # of the sum of all terms of an energy difference: below it, the difference is rounding


class _Waves(NamedTuple):
    """Phases ω_k·σ weighed by the memory, (state, feature): T_k^c cos + T_k^s sin, and T_k^c sin − T_k^s cos."""

    level: np.ndarray
    slope: np.ndarray


class RandomFeatures(Binary):
    """E = −N Σ_k T_k·φ_k(σ), φ_k(σ) = (cos ω_k·σ, sin ω_k·σ)/Y, T = Σ_μ φ(ξ^μ) Y, ω_k ~ N(0, β).

    For many features Y, E tends to −N Σ_μ exp(−½ β |σ − ξ^μ|²), `Exponential` at inverse temperature β. A pattern is
    stored by adding to T, whose size does not grow; the ω are drawn once, not learned. Unlike the source's, neurons
    are two-level and there is no logarithm, which the estimate, where it is negative, would not have. With
    s = sin 2ω, c = cos 2ω, a flip of neuron i gains Σ_k level_k (c_ki − 1) + σ_i slope_k s_ki, exactly.

    Against the gain of about 2β that holds a bit of a pattern stands chance of about √(2βP/Y): P patterns take some
    8P/β features. That is more numbers than the patterns have; what is gained is the fixed size.

    Parameters
    ----------
    n_neurons : int
    n_features : int >= 1, optional
        Y; by default 20 N, which with the default β holds about a dozen patterns, whatever N.
    beta : float > 0, optional
        β; by default 5/N, with which a tenth of the bits wrong leaves 1/e of the kernel.
    seed : int, default 0
        Of the ω.
    """

    name = "random_features"
    source = "Hoover, Chau, Strobelt, Ram & Krotov 2024, NeurIPS, arXiv:2410.24153"
    local = True
    pairwise = False
    bounded = True
    symmetric = True

    def __init__(
        self, n_neurons: int, *, n_features: int | None = None, beta: float | None = None, seed: int = 0
    ) -> None:
        super().__init__(n_neurons)
        self.n_features = 20 * self.n_neurons if n_features is None else whole(n_features, "n_features", at_least=1)
        self.beta = 5 / self.n_neurons if beta is None else positive(beta, "beta")
        shape = (self.n_neurons, self.n_features)
        self._frequencies = (
            generator(seed).normal(0, np.sqrt(self.beta), shape).T
        )  # an update reads one neuron's: a column
        self._sin = np.sin(2 * self._frequencies)
        self._cos_less_1 = -2 * np.sin(self._frequencies) ** 2  # cos 2ω − 1, without its cancellation

    @property
    def n_synapses(self) -> int:
        """T: 2Y, however many patterns; the ω, Y · N numbers, are chance."""
        return 2 * self.n_features

    @property
    def _width(self) -> int:
        return 2 * self.n_features

    def _learn(self, patterns: np.ndarray) -> None:
        phases = patterns @ self._frequencies.T
        self._cosines, self._sines = np.cos(phases).sum(axis=0), np.sin(phases).sum(axis=0)
        self._scale = 2 * _TIE * (np.abs(self._cosines) + np.abs(self._sines)).sum()

    def _energy(self, states: np.ndarray) -> np.ndarray:
        return -self.n_neurons / self.n_features * self._view(states).level.sum(axis=1)

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        level, slope = self._view(patterns)
        gains = level @ self._cos_less_1 + patterns * (slope @ self._sin)
        return np.logical_not((gains > self._scale).any(axis=1))

    def _view(self, states: np.ndarray) -> _Waves:
        phases = states @ self._frequencies.T
        cos, sin = np.cos(phases), np.sin(phases)
        return _Waves(self._cosines * cos + self._sines * sin, self._cosines * sin - self._sines * cos)

    def _flips(self, view: _Waves, states: np.ndarray, neuron: int) -> np.ndarray:
        gains = view.level @ self._cos_less_1[:, neuron] + states[:, neuron] * (view.slope @ self._sin[:, neuron])
        return gains > self._scale

    def _follow(self, view: _Waves, rows: np.ndarray, neuron: int, step: np.ndarray) -> None:
        cos, sin = 1 + self._cos_less_1[:, neuron], 0.5 * step[:, None] * self._sin[:, neuron]
        level, slope = view.level[rows], view.slope[rows]
        view.level[rows], view.slope[rows] = level * cos - slope * sin, slope * cos + level * sin
