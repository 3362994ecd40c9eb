"""Memories that have stored a number of patterns, most with as many synapses: what `completion` damages and recalls.

Synapses are counted in both directions, as a circuit has them. A two-layer network of N_v visible and N_h hidden
neurons has 2 N_v N_h. A one-layer network of N neurons has N(N − 1), so N = √(2 N_v N_h) neurons have as many; for
images N is the number of pixels. A random network whose own states are recalled ("composed") has N_v = 100 N_h. The
dense memory of exponential energy has, as a network of two layers (Krotov and Hopfield 2021), one hidden neuron for
each stored pattern, so it stores the first N_h of the patterns and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurosim import Network, Outcome, patterns, recall, theory
from neurosim.damage import Flipped
from neurosim.learning import RECIPES
from neurosim.learning.prescribed import prescribe
from neurosim.models import Exponential, Hebb, Model, PseudoInverse
from neurosim.seeds import spawn_seeds
from neurosim.validation import generator

VISIBLE_PER_HIDDEN = 100  # of the random network whose memories are its own states
RATIO = 20.0  # τ_v/τ_h


@dataclass(frozen=True)
class Load:
    """What is stored, and in how many neurons.

    Parameters
    ----------
    n_hidden, n_patterns : int
        N_h and the number of stored patterns M.
    n_visible : int
        N_v of the two-layer networks.
    flipped : float
        Share of wrong bits in the cues that the memory is to complete: thresholds are chosen for it, and networks are
        trained with it.
    images : ndarray (image, pixel) of ±1, optional
        The patterns are M of them, drawn at random. Default: random fair bits.
    seed : int
        Seed of the patterns, of the codes and of the training.

    Examples
    --------
    >>> from neurosim.measure.comparison.stored_memories import Load
    >>> Load(n_hidden=20, n_patterns=5, n_visible=100, flipped=0.1, images=None, seed=0).patterns(8).shape
    (5, 8)
    """

    n_hidden: int
    n_patterns: int
    n_visible: int
    flipped: float
    images: np.ndarray | None
    seed: int

    def patterns(self, n_neurons: int) -> np.ndarray:
        """Return the patterns, ±1 (pattern, neuron); images have their own number of neurons."""
        rng = generator(spawn_seeds(self.seed, 2)[0])
        if self.images is None:
            return rng.choice([-1.0, 1.0], (self.n_patterns, n_neurons))
        return self.images[rng.permutation(len(self.images))[: self.n_patterns]].astype(float)

    @property
    def other_seed(self) -> int:
        """Seed of all that is random in the memory, not in the patterns."""
        return spawn_seeds(self.seed, 2)[1]

    @property
    def threshold(self) -> float:
        """θ half way between the largest h of active and of silent neurons, for a drive of 1 without damage."""
        return float(theory.rise_peak(RATIO)) * (1 - 2 * self.flipped) / 2


class End(NamedTuple):
    """Ends of recalls.

    Parameters
    ----------
    attractor : ndarray (cue, unit)
        What identifies the attractor: the hidden state of two layers, or the state of one layer.
    visible : ndarray (cue, neuron)
        State in the space of the patterns.
    settled : ndarray (cue,) bool

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.stored_memories import End
    >>> End(np.ones((1, 2), bool), np.ones((1, 4)), np.ones(1, bool)).settled
    array([ True])
    """

    attractor: np.ndarray
    visible: np.ndarray
    settled: np.ndarray


class StoredMemory(NamedTuple):
    """A memory and the patterns that it was to store.

    Parameters
    ----------
    patterns : ndarray (pattern, neuron)
    recall : callable (cues, (cue, neuron)) → End
    n_synapses : int
        Both directions counted.
    n_stored : int
        It has stored the first of the patterns.

    Examples
    --------
    >>> from neurosim.measure.comparison.stored_memories import MEMORIES, Load
    >>> memory = MEMORIES["hebb"](Load(n_hidden=20, n_patterns=5, n_visible=100, flipped=0.1, images=None, seed=0))
    >>> memory.patterns.shape, memory.n_synapses, memory.n_stored
    ((5, 63), 3906, 5)
    """

    patterns: np.ndarray
    recall: Callable[[np.ndarray], End]
    n_synapses: int
    n_stored: int


def _two_layers(net: Network, stored: np.ndarray) -> StoredMemory:
    def ends(cues: np.ndarray) -> End:
        out = recall(net, cues)
        return End(out.hidden_active.values, out.visible.values, out.outcome.values == Outcome.SETTLED)

    return StoredMemory(stored, ends, 2 * net.n_visible * net.n_hidden, len(stored))


def _one_layer(model: Model, stored: np.ndarray, synapses: int, most: int | None = None) -> StoredMemory:
    few = stored[:most]
    model.store(few)

    def ends(cues: np.ndarray) -> End:
        out = model.recall(cues)
        return End(out.states > 0, out.states, out.settled)

    return StoredMemory(stored, ends, synapses, len(few))


def _prescribed(load: Load) -> StoredMemory:
    stored = load.patterns(load.n_visible)
    codes = patterns.random_hidden_states(load.n_hidden, load.n_patterns, seed=load.other_seed)
    return _two_layers(prescribe(stored, codes, threshold=load.threshold, tau_v=RATIO * 1e-3), stored)


def _learned(load: Load) -> StoredMemory:
    from neurosim.learning import train  # torch is loaded only to train

    stored = load.patterns(load.n_visible)
    recipe = RECIPES["basins"].replace(damages=(Flipped(load.flipped),))
    net = train(stored, recipe=recipe, n_hidden=load.n_hidden, tau_v=RATIO * 1e-3, seed=load.other_seed)
    return _two_layers(net, stored)


def _composed(load: Load) -> StoredMemory:
    sizes = VISIBLE_PER_HIDDEN * load.n_hidden, load.n_hidden
    net = Network.gaussian(*sizes, threshold=load.threshold, tau_v=RATIO * 1e-3, seed=load.other_seed)
    states = patterns.random_hidden_states(load.n_hidden, load.n_patterns, seed=load.seed)
    return _two_layers(net, theory.visible_state(net, states))


def _pairwise(load: Load, model: Model) -> StoredMemory:
    stored = load.patterns(round(np.sqrt(2 * load.n_visible * load.n_hidden)))
    n_neurons = stored.shape[1]
    return _one_layer(model, stored, n_neurons * (n_neurons - 1))


def _hebb(load: Load) -> StoredMemory:
    return _pairwise(load, Hebb())


def _pseudo_inverse(load: Load) -> StoredMemory:
    return _pairwise(load, PseudoInverse())


def _exponential(load: Load) -> StoredMemory:
    stored = load.patterns(load.n_visible)
    return _one_layer(Exponential(), stored, 2 * load.n_visible * load.n_hidden, most=load.n_hidden)


MEMORIES: dict[str, Callable[[Load], StoredMemory]] = {
    "prescribed": _prescribed,
    "learned": _learned,
    "composed": _composed,
    "exponential": _exponential,
    "pseudo_inverse": _pseudo_inverse,
    "hebb": _hebb,
}
