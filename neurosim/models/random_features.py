"""Dense memory with a fixed number of synapses: the exponential kernel by random features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim.models.binary import Binary
from neurosim.validation import generator, real, seed_number, whole

_TIE = 1e-12  # relative to the sum of all terms of an energy difference: a smaller difference is rounding


class _Waves(NamedTuple):
    """Features weighted by the memory, (state, feature): T_k^c cos + T_k^s sin, and T_k^c sin − T_k^s cos of ω_k·σ."""

    level: np.ndarray
    slope: np.ndarray


class RandomFeatures(Binary):
    """Dense memory whose synapses are a fixed number of random features of the patterns [1]_.

    E = −N Σ_k T_k·φ_k(σ), φ_k(σ) = (cos ω_k·σ, sin ω_k·σ)/Y, T = Σ_μ φ(ξ^μ) Y, ω_k ~ N(0, β).

    Parameters
    ----------
    n_features : int >= 1, optional
        Y; by default 20 N, which with the default β holds about a dozen patterns for any N.
    beta : float > 0, optional
        β; by default 5/N, for which a tenth of the bits wrong reduces the kernel to 1/e.
    seed : int, default 0
        Seed of the ω.

    Attributes
    ----------
    n_features_ : int
        Y in use, after `store`.
    beta_ : float
        β in use, after `store`.

    See Also
    --------
    Exponential : The memory that many features approximate.

    Notes
    -----
    For many features Y, E tends to −N Σ_μ exp(−½ β |σ − ξ^μ|²), `Exponential` at inverse temperature β. A pattern is
    stored by adding to T, whose size does not grow; the ω are drawn once and not learned. Unlike in [1]_, neurons have
    two levels, and the energy has no logarithm, which is undefined where the estimate is negative. With s = sin 2ω and
    c = cos 2ω, the gain of a flip of neuron i is Σ_k level_k (c_ki − 1) + σ_i slope_k s_ki, exactly.

    A bit of a pattern is held by a gain of about 2β, against fluctuations of about √(2βP/Y): P patterns need some 8P/β
    features. These are more numbers than the patterns have; the advantage is the fixed size.

    References
    ----------
    .. [1] B. Hoover, D. H. Chau, H. Strobelt, P. Ram and D. Krotov, NeurIPS, 2024, arXiv:2410.24153.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import RandomFeatures
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (3, 40))
    >>> model = RandomFeatures(n_features=2000).store(patterns)
    >>> bool(model.is_fixed(patterns).all()), model.n_synapses
    (True, 4000)
    """

    name = "random_features"
    source = "Hoover, Chau, Strobelt, Ram & Krotov 2024, NeurIPS, arXiv:2410.24153"
    local = True
    pairwise = False
    bounded = True
    symmetric = True
    n_features_: int
    beta_: float

    def __init__(self, *, n_features: int | None = None, beta: float | None = None, seed: int = 0) -> None:
        self.n_features = None if n_features is None else whole(n_features, "n_features", at_least=1)
        self.beta = None if beta is None else real(beta, "beta", above=0)
        self.seed = seed_number(seed)

    @property
    def n_synapses(self) -> int:
        """T: 2Y for any number of patterns; the ω, Y · N numbers, are random and not counted."""
        self._require_patterns()
        return 2 * self.n_features_

    @property
    def _width(self) -> int:
        return 2 * self.n_features_

    def _learn(self, patterns: np.ndarray) -> None:
        self.n_features_ = 20 * self.n_neurons if self.n_features is None else self.n_features
        self.beta_ = 5 / self.n_neurons if self.beta is None else self.beta
        shape = (self.n_neurons, self.n_features_)
        frequencies = generator(self.seed).normal(0, np.sqrt(self.beta_), shape)
        self._frequencies = frequencies.T  # an update reads one neuron's frequencies: a column
        self._sin = np.sin(2 * self._frequencies)
        self._cos_less_1 = -2 * np.sin(self._frequencies) ** 2  # cos 2ω − 1, without its cancellation
        phases = patterns @ self._frequencies.T
        self._cosines, self._sines = np.cos(phases).sum(axis=0), np.sin(phases).sum(axis=0)
        self._scale = 2 * _TIE * (np.abs(self._cosines) + np.abs(self._sines)).sum()

    def _energy(self, states: np.ndarray) -> np.ndarray:
        return -self.n_neurons / self.n_features_ * self._view(states).level.sum(axis=1)

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
