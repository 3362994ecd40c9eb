"""Dense associative memories of ±1 neurons: a polynomial or exponential function of each pattern's overlap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim.models.base import log_sum_exp
from neurosim.models.binary import Binary
from neurosim.validation import boolean, whole

_TIE = 1e-12  # relative to the sum of all terms of an energy difference: a smaller difference is rounding


class _Steps(NamedTuple):
    """Differences of F that updates compare; F may carry any positive factor, one per state."""

    overlaps: np.ndarray  # m = ξ^μ·σ, (state, pattern)
    slope: np.ndarray  # [F(m + 2) − F(m)] − [F(m − 2) − F(m)], (state, pattern)
    bend: np.ndarray  # Σ_μ [F(m + 2) − F(m)] + [F(m − 2) − F(m)], (state,)
    scale: np.ndarray  # Σ_μ |F(m + 2) − F(m)| + |F(m − 2) − F(m)|, (state,): the scale of rounding errors


class Dense(Binary):
    """Dense associative memory with a polynomial energy [1]_.

    E = −N Σ_μ F(ξ^μ·σ/N), F(x) = xⁿ, or max(x, 0)ⁿ if rectified. Neuron i goes to the level of lower E.

    Parameters
    ----------
    power : int >= 2, default 3
        n.
    rectified : bool, default True
        Without it, −ξ is as stable as ξ for even n, and a maximum for odd n.

    See Also
    --------
    Exponential : The limit of a steep F.
    neurosim.krotov_hopfield.model_a : The network with two layers that has this one as its limit.

    Notes
    -----
    Updates compare exact energy differences, not gradients. With m = ξ^μ·σ, a flip of neuron i changes m by ∓2, down
    where ξ_i^μ = σ_i, so its gain is ½ (bend − σ_i Σ_μ ξ_i^μ slope^μ): one product with the patterns for all neurons.
    E is N^{1−n} times the energy of [1]_, so that it is of order N; n = 2, not rectified, is `Hebb`.

    Each bit of a random pattern is stable with probability 1 − Q(z) if N^{n−1}/((2n − 3)!! z²) patterns are stored, or
    twice as many if F is rectified, because patterns of negative overlap then add no noise.

    References
    ----------
    .. [1] D. Krotov and J. J. Hopfield, NeurIPS 29:1172, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Dense, Hebb
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (100, 50))  # twice as many patterns as neurons
    >>> [float(model.store(patterns).is_fixed(patterns).mean()) for model in (Hebb(), Dense(power=4))]
    [0.0, 1.0]
    """

    name = "dense"
    source = "Krotov & Hopfield 2016, NeurIPS 29:1172"
    local = True
    pairwise = False
    bounded = False
    symmetric = True

    def __init__(self, *, power: int = 3, rectified: bool = True) -> None:
        self.power, self.rectified = whole(power, "power", at_least=2), boolean(rectified, "rectified")

    @property
    def n_synapses(self) -> int:
        """The patterns themselves, number × N; as synapses that join n neurons it would be about Nⁿ/n!."""
        self._require_patterns()
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
    """Dense associative memory with an exponential energy [1]_.

    E = −log Σ_μ exp(ξ^μ·σ), updated by exact differences of Σ_μ exp(ξ^μ·σ).

    See Also
    --------
    Dense : Polynomial energies.
    Modern : The memory of real-valued states.
    RandomFeatures : A similar energy with a fixed number of synapses.

    Notes
    -----
    E is the logarithm of the energy of [1]_. It orders the states alike, so that minima and descent are the same, and
    it does not overflow. exp(αN) random patterns are all recalled from a fraction ρ of flips while α < I(1 − 2ρ)/2,
    I(a) = ½ (1 + a) log(1 + a) + ½ (1 − a) log(1 − a): up to 2^{N/2} patterns at ρ = 0.

    References
    ----------
    .. [1] M. Demircigil, J. Heusel, M. Löwe, S. Upgang and F. Vermet, J. Stat. Phys. 168:288, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Exponential
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (500, 30))
    >>> float(Exponential().store(patterns).is_fixed(patterns).mean())
    1.0
    """

    name = "exponential"
    source = "Demircigil, Heusel, Löwe, Upgang & Vermet 2017, J. Stat. Phys. 168:288"

    def __init__(self) -> None:
        super().__init__()

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
