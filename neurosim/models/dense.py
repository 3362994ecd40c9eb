"""Dense associative memory of ±1 neurons: a steep function of each pattern's overlap, polynomial or exponential."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim.models.base import log_sum_exp
from neurosim.models.binary import Binary
from neurosim.validation import whole

_TIE = 1e-12  # of the sum of all terms of an energy difference: below it, the difference is rounding


class _Steps(NamedTuple):
    """What the updates look at; F may carry any positive factor, one per state."""

    overlaps: np.ndarray  # ξ^μ·σ, (state, pattern)
    slope: np.ndarray  # [F(m + 2) − F(m)] − [F(m − 2) − F(m)], (state, pattern)
    bend: np.ndarray  # Σ_μ [F(m + 2) − F(m)] + [F(m − 2) − F(m)], (state,)
    scale: np.ndarray  # Σ_μ |…| + |…| of the same, (state,): what rounding is measured by


class Dense(Binary):
    """E = −N Σ_μ F(ξ^μ·σ/N), F(x) = xⁿ, or max(x, 0)ⁿ if rectified. Neuron i goes to the level of lower E.

    The differences are exact, not the gradient. With m = ξ^μ·σ, a flip of neuron i takes m to m ∓ 2, down where
    ξ_i^μ = σ_i, so its gain is ½ (bend − σ_i Σ_μ ξ_i^μ slope^μ): one product with the patterns for all neurons.
    N^{1−n} times Krotov & Hopfield's energy, so that E is of order N; n = 2, not rectified, is `Hebb`.
    A random pattern's bits are each stable, up to chance Q(z), with N^{n−1}/((2n − 3)!! z²) patterns stored, and with
    twice as many if rectified: patterns of negative overlap then make no noise.

    Parameters
    ----------
    n_neurons : int
    power : int >= 2, default 3
        n.
    rectified : bool, default True
        Without it, −ξ is as good as ξ for even n, and a maximum for odd n.
    """

    name = "dense"
    source = "Krotov & Hopfield 2016, NeurIPS 29:1172"
    local = True
    pairwise = False
    bounded = False
    symmetric = True

    def __init__(self, n_neurons: int, *, power: int = 3, rectified: bool = True) -> None:
        super().__init__(n_neurons)
        self.power, self.rectified = whole(power, "power", at_least=2), bool(rectified)

    @property
    def n_synapses(self) -> int:
        """The patterns themselves, number × N: it grows with each. As n-neuron synapses, about Nⁿ/n!."""
        return self._n_patterns * self.n_neurons

    def _learn(self, patterns: np.ndarray) -> None:
        self._patterns = np.asfortranarray(patterns)  # an update reads one neuron of all patterns: a column

    def _separation(self, overlaps: np.ndarray) -> np.ndarray:
        x = overlaps / self.n_neurons
        return _power(np.maximum(x, 0) if self.rectified else x, self.power)

    def _energy(self, states: np.ndarray) -> np.ndarray:
        return -self.n_neurons * self._separation(states @ self._patterns.T).sum(axis=1)

    def _differences(self, overlaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return F(m + 2) − F(m) and F(m − 2) − F(m), (state, pattern)."""
        here = self._separation(overlaps)
        return self._separation(overlaps + 2) - here, self._separation(overlaps - 2) - here

    def _steps(self, overlaps: np.ndarray) -> _Steps:
        up, down = self._differences(overlaps)
        scale = (np.abs(up) + np.abs(down)).sum(axis=1)
        return _Steps(overlaps, up - down, (up + down).sum(axis=1), scale)

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        steps = self._view(patterns)
        gains = steps.bend[:, None] - patterns * (steps.slope @ self._patterns)
        return np.logical_not((gains > _TIE * steps.scale[:, None]).any(axis=1))

    def _view(self, states: np.ndarray) -> _Steps:
        return self._steps(states @ self._patterns.T)

    def _flips(self, view: _Steps, states: np.ndarray, neuron: int) -> np.ndarray:
        gains = view.bend - states[:, neuron] * (view.slope @ self._patterns[:, neuron])
        return gains > _TIE * view.scale

    def _follow(self, view: _Steps, rows: np.ndarray, neuron: int, step: np.ndarray) -> None:
        new = self._steps(view.overlaps[rows] + step[:, None] * self._patterns[:, neuron])
        for old, now in zip(view, new, strict=True):
            old[rows] = now


class Exponential(Dense):
    """E = −log Σ_μ exp(ξ^μ·σ), updated by exact differences of Σ_μ exp(ξ^μ·σ).

    The logarithm of Demircigil et al.'s energy: it orders states alike, so minima and descent are theirs, and it does
    not overflow. exp(αN) random patterns are all recalled from a fraction ρ of flips while α < I(1 − 2ρ)/2,
    I(a) = ½ (1 + a) log(1 + a) + ½ (1 − a) log(1 − a); that is up to 2^{N/2} patterns at ρ = 0.
    """

    name = "exponential"
    source = "Demircigil, Heusel, Löwe, Upgang & Vermet 2017, J. Stat. Phys. 168:288"

    def __init__(self, n_neurons: int) -> None:
        super().__init__(n_neurons)

    def _energy(self, states: np.ndarray) -> np.ndarray:
        return -log_sum_exp(states @ self._patterns.T)

    def _differences(self, overlaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        here = np.exp(overlaps - overlaps.max(axis=1, keepdims=True))  # the factor cancels from every comparison
        return here * np.expm1(2), here * np.expm1(-2)


def _power(x: np.ndarray, exponent: int) -> np.ndarray:
    """Return x**exponent by squaring; from 3 up, NumPy's own is ten times slower or more."""
    if exponent == 1:
        return x
    root = _power(x, exponent // 2)
    return root * root * x if exponent % 2 else root * root
