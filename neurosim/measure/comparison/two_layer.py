"""Two-layer memories on the interface of the one-layer ones, to be compared with them: a hidden neuron a pattern.

States are the visible ones, √P v in the units of the patterns (P patterns). A recall begins with hidden neurons that
have followed the cue, h = u, and takes `max_sweeps` visible time constants at most; so the energy, with h = u at either
end, never rises. `settled` is the outcome of the recall, `n_sweeps` its time in τ_v.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from neurosim import Network, Outcome, krotov_hopfield, recall, theory
from neurosim.models import Model
from neurosim.models.base import Recall, positive, whole

_SOURCE = "Krotov & Hopfield 2021, ICLR, Large associative memory problem in neurobiology and machine learning"
_RATIO = 5.0  # τ_v/τ_h: with h = u at the start, nothing needs more


class TwoLayer(Model):
    """A network whose basic memories are the patterns."""

    levels = None
    pairwise = True
    symmetric = True
    engine: ClassVar[str] = "reference"
    network: Network

    @property
    def n_synapses(self) -> int:
        """One for each pattern and neuron, the same in both directions."""
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
        start = {"hidden": theory.drive(net, visible), "duration": max_sweeps * tau_v, "dt": net.tau_h / 4}
        out = recall(net, visible, engine=self.engine, **start)
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
    """The paper's network, threshold units, with the patterns as basic memories: ξ = patterns, θ = ½ of their norm.

    Of random ±1 patterns others stay silent while P Q(θ√N) ≪ 1 (eqs. 9, 14), so about exp(θ²N/2) can be prescribed;
    beside them the network has up to 2^P states, sums of patterns, that nobody chose.
    """

    name = "basic_memories"
    source = "Kafraj, Krotov & Latham 2026, ICLR, eqs. (1–4)"
    local = True
    bounded = True
    engine = "event"

    def _network(self, patterns: np.ndarray) -> Network:
        own = np.einsum("pi,pi->p", patterns, patterns) / self.n_neurons  # J_μμ
        return Network(weights=patterns.T, threshold=own / 2, tau_v=_RATIO * 1e-3, tau_h=1e-3)


class _Powers(TwoLayer):
    """f(h) = hⁿ: what it answers grows without bound."""

    source = _SOURCE
    bounded = False

    def __init__(self, n_neurons: int, *, exponent: int = 5) -> None:
        super().__init__(n_neurons)
        self.exponent = whole(exponent, "exponent", at_least=1)


class ModelA(_Powers):
    """Model A: f(h) = hⁿ, g(v) = sign(v). A tie reads as −1.

    Parameters
    ----------
    n_neurons : int
    exponent : int, default 5
        n; with n even the energy can rise.
    """

    name = "model_a"
    levels = (-1, 1)
    local = True

    def _network(self, patterns: np.ndarray) -> Network:
        return krotov_hopfield.model_a(patterns, exponent=self.exponent, tau_v=_RATIO * 1e-3, tau_h=1e-3)

    def _read(self, visible: np.ndarray) -> np.ndarray:
        return np.where(visible > 0, 1.0, -1.0)


class ModelB(TwoLayer):
    """Model B: f = softmax, g(v) = v.

    Parameters
    ----------
    n_neurons : int
    beta : float > 0, default 1
        Inverse temperature, in units of 1/(pattern · pattern).
    """

    name = "model_b"
    source = _SOURCE
    local = False
    bounded = True

    def __init__(self, n_neurons: int, *, beta: float = 1.0) -> None:
        super().__init__(n_neurons)
        self.beta = positive(beta, "beta")

    def _network(self, patterns: np.ndarray) -> Network:
        return krotov_hopfield.model_b(patterns, beta=self.beta, tau_v=_RATIO * 1e-3, tau_h=1e-3)


class ModelC(_Powers):
    """Model C: f(h) = hⁿ, g(v) = v/√Σ v². States are read with the patterns' mean length.

    Parameters
    ----------
    n_neurons : int
    exponent : int, default 5
    """

    name = "model_c"
    local = False

    def _network(self, patterns: np.ndarray) -> Network:
        return krotov_hopfield.model_c(patterns, exponent=self.exponent, tau_v=_RATIO * 1e-3, tau_h=1e-3)

    def _read(self, visible: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(visible, axis=1, keepdims=True)
        return self._length * visible / np.where(length > 0, length, 1.0)


TWO_LAYER: dict[str, type[Model]] = {model.name: model for model in (BasicMemories, ModelA, ModelB, ModelC)}
