"""Two-layer memories on the interface of the one-layer ones, for comparison: one hidden neuron per pattern.

States are the visible ones, √P v in the units of the patterns (P patterns). A recall begins with hidden neurons in
equilibrium with the cue, h = u, and takes at most `max_sweeps` visible time constants, so that the energy, with h = u
at both ends, never rises. `settled` is the outcome of the recall, and `n_sweeps` its duration in τ_v.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from neurosim import Network, Outcome, krotov_hopfield, recall, theory
from neurosim.engines import Engine, Event, Reference, get_engine
from neurosim.models import Model
from neurosim.models.base import Recall
from neurosim.validation import real, whole

_SOURCE = "Krotov & Hopfield 2021, ICLR, Large associative memory problem in neurobiology and machine learning"
_RATIO = 5.0  # τ_v/τ_h: enough if recall starts with h = u
_TIE = 1e-9  # relative distance of θ from the overlap ½
_TAU_H = 1e-3  # s
_STEPS = Reference(dt=_TAU_H / 4, allow_coarse_dt=True)  # if recall starts with h = u, v is what changes


class TwoLayer(Model):
    """A network whose basic memories are the patterns.

    Parameters
    ----------
    engine : Engine or str, optional
        Simulates recalls, as in `neurosim.recall`. Default: the exact one for threshold units, otherwise `Reference` in
        steps of τ_h/4.

    Attributes
    ----------
    network : neurosim.Network
        The network, after `store`.
    stepped : bool
        Whether recall is integrated in small steps, which limits the number of patterns that can be tried.

    Examples
    --------
    >>> from neurosim.measure.comparison.two_layer import BasicMemories
    >>> BasicMemories().stepped, BasicMemories(engine="reference").stepped
    (False, True)
    """

    levels = None
    pairwise = True
    symmetric = True
    network: Network

    def __init__(self, *, engine: str | Engine | None = None) -> None:
        self.engine = None if engine is None else get_engine(engine)

    @property
    def stepped(self) -> bool:
        """Whether recall is integrated in small steps."""
        return self._engine().has_time_step

    def _engine(self) -> Engine:
        return _STEPS if self.engine is None else self.engine

    @property
    def n_synapses(self) -> int:
        """Number of synapses: one per pattern and neuron, shared by both directions."""
        self._require_patterns()
        return self._n_patterns * self.n_neurons

    def _learn(self, patterns: np.ndarray) -> None:
        self.network = self._network(patterns)
        self._scale = np.sqrt(len(patterns))
        self._length = float(np.linalg.norm(patterns, axis=1).mean())

    @abstractmethod
    def _network(self, patterns: np.ndarray) -> Network: ...

    def _read(self, visible: np.ndarray) -> np.ndarray:
        """Return visible states, (cue, neuron), in the units of the patterns."""
        return self._scale * visible

    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall:
        net, tau_v = self.network, float(self.network.tau_v)
        if not len(cues):
            return Recall(cues, np.zeros(0, bool), np.zeros(0, int))
        visible = cues / self._scale
        engine, hidden = self._engine(), theory.drive(net, visible)
        call = {"hidden": hidden if engine.takes_hidden else None, "seed": 0 if seed is None else seed}
        out = recall(net, visible, engine=engine, duration=max_sweeps * tau_v, **call)
        states = self._read(out.visible.values)
        settled = out.outcome.values == Outcome.SETTLED
        moved = ~np.isclose(states, cues, rtol=0, atol=1e-6 * self._length / np.sqrt(self.n_neurons)).all(axis=1)
        taken = np.nan_to_num(out.settle_time.values / tau_v, nan=max_sweeps)  # NaN: has not settled
        n_sweeps = np.clip(np.ceil(taken), 1, max_sweeps) * moved
        return Recall(states=states, settled=settled, n_sweeps=n_sweeps.astype(int))

    def _is_fixed(self, patterns: np.ndarray) -> np.ndarray:
        out = self._recall(patterns, 20, None)
        return out.settled & (out.n_sweeps == 0)

    def _energy(self, states: np.ndarray) -> np.ndarray:
        visible = states / self._scale
        return theory.energy(self.network, visible, theory.drive(self.network, visible))


class BasicMemories(TwoLayer):
    """The two-layer network of threshold units, with the patterns as basic memories [1]_.

    ξ = patterns; θ is half of the squared norm of a pattern over N, ½ for ±1 patterns, and 10⁻⁹ of it more, so that a
    neuron whose overlap is exactly half is silent, whatever the rounding.

    See Also
    --------
    neurosim.Network : The network itself.

    Notes
    -----
    For random ±1 patterns the other hidden neurons stay silent while their overlaps with the pattern are below θ, so
    about exp(N I(θ)) patterns can be prescribed, I(a) = ½ (1 + a) ln(1 + a) + ½ (1 − a) ln(1 − a); for small θ this is
    the exp(θ²N/2) of [1]_, eqs. 9, 14. The network also has up to 2^P states that are sums of patterns and cannot be
    prescribed.

    References
    ----------
    .. [1] M. Kafraj, D. Krotov and P. E. Latham, "A biologically plausible dense associative memory with exponential
       capacity", ICLR, 2026, eqs. (1)–(4).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.two_layer import BasicMemories
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (5, 100))
    >>> BasicMemories().store(patterns).is_fixed(patterns).tolist()
    [True, True, True, True, True]
    """

    name = "basic_memories"
    source = "Kafraj, Krotov & Latham 2026, ICLR, eqs. (1–4)"
    local = True
    bounded = True

    def _engine(self) -> Engine:
        return Event() if self.engine is None else self.engine

    def _network(self, patterns: np.ndarray) -> Network:
        own = np.einsum("pi,pi->p", patterns, patterns) / self.n_neurons  # J_μμ
        threshold = own / 2 * (1 + _TIE)  # off the grid of overlaps: a neuron exactly at half of its drive is silent
        return Network(weights=patterns.T, threshold=threshold, tau_v=_RATIO * _TAU_H, tau_h=_TAU_H)


class _Powers(TwoLayer):
    """Models whose hidden units respond with f(h) = hⁿ, without bound."""

    source = _SOURCE
    bounded = False

    def __init__(self, *, exponent: int = 5, engine: str | Engine | None = None) -> None:
        super().__init__(engine=engine)
        self.exponent = whole(exponent, "exponent", at_least=1)


class ModelA(_Powers):
    """Model A of Krotov and Hopfield [1]_: f(h) = hⁿ, g(v) = sign(v). A tie is read as −1.

    Parameters
    ----------
    exponent : int, default 5
        n; if n is even, the energy can rise.

    See Also
    --------
    neurosim.krotov_hopfield.model_a : The network itself.
    neurosim.models.Dense : Its limit for τ_h → 0.

    References
    ----------
    .. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine learning",
       ICLR, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.two_layer import ModelA
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (3, 40))
    >>> cues = np.where(np.arange(40) < 4, -patterns, patterns)
    >>> bool(np.allclose(ModelA().store(patterns).recall(cues).states, patterns, atol=0.01))
    True
    """

    name = "model_a"
    levels = (-1, 1)
    local = True

    def _network(self, patterns: np.ndarray) -> Network:
        return krotov_hopfield.model_a(patterns, exponent=self.exponent, tau_v=_RATIO * _TAU_H, tau_h=_TAU_H)

    def _read(self, visible: np.ndarray) -> np.ndarray:
        return np.where(visible > 0, 1.0, -1.0)


class ModelB(TwoLayer):
    """Model B of Krotov and Hopfield [1]_: f = softmax, g(v) = v.

    Parameters
    ----------
    beta : float > 0, default 1
        Inverse temperature, in units of 1/(pattern · pattern).

    See Also
    --------
    neurosim.krotov_hopfield.model_b : The network itself.
    neurosim.models.Modern : Its limit for τ_h → 0.

    References
    ----------
    .. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine learning",
       ICLR, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.two_layer import ModelB
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (3, 40))
    >>> cues = np.where(np.arange(40) < 4, -patterns, patterns)
    >>> bool(np.allclose(ModelB().store(patterns).recall(cues).states, patterns, atol=0.01))
    True
    """

    name = "model_b"
    source = _SOURCE
    local = False
    bounded = True

    def __init__(self, *, beta: float = 1.0, engine: str | Engine | None = None) -> None:
        super().__init__(engine=engine)
        self.beta = real(beta, "beta", above=0)

    def _network(self, patterns: np.ndarray) -> Network:
        return krotov_hopfield.model_b(patterns, beta=self.beta, tau_v=_RATIO * _TAU_H, tau_h=_TAU_H)


class ModelC(_Powers):
    """Model C of Krotov and Hopfield [1]_: f(h) = hⁿ, g(v) = v/√Σ v².

    States are scaled to the mean length of the patterns.

    Parameters
    ----------
    exponent : int, default 5
        n.

    See Also
    --------
    neurosim.krotov_hopfield.model_c : The network itself.

    References
    ----------
    .. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine learning",
       ICLR, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.two_layer import ModelC
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (3, 40))
    >>> cues = np.where(np.arange(40) < 4, -patterns, patterns)
    >>> bool(np.allclose(ModelC().store(patterns).recall(cues).states, patterns, atol=0.01))
    True
    """

    name = "model_c"
    local = False

    def _network(self, patterns: np.ndarray) -> Network:
        return krotov_hopfield.model_c(patterns, exponent=self.exponent, tau_v=_RATIO * _TAU_H, tau_h=_TAU_H)

    def _read(self, visible: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(visible, axis=1, keepdims=True)
        return self._length * visible / np.where(length > 0, length, 1.0)


TWO_LAYER: dict[str, type[Model]] = {model.name: model for model in (BasicMemories, ModelA, ModelB, ModelC)}
