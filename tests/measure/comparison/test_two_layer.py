"""Two-layer memories against known results: orthogonal patterns, energies, one-layer models."""

import numpy as np
import pytest
from scipy.linalg import hadamard

from neurosim import InvalidInput, recall, theory
from neurosim.measure.comparison.two_layer import TWO_LAYER, BasicMemories, ModelA, ModelB
from neurosim.models import Dense

N = 64
every_model = pytest.mark.parametrize("name", TWO_LAYER)


def flipped(patterns, share, seed=0):
    return np.where(np.random.default_rng(seed).random(patterns.shape) < share, -patterns, patterns)


def random_patterns(count, n=N, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], (count, n))


@every_model
def test_orthogonal_patterns_are_fixed_and_recalled(name):
    patterns = hadamard(N)[1:9].astype(float)
    model = TWO_LAYER[name]().store(patterns)
    assert model.is_fixed(patterns).all()
    out = model.recall(flipped(patterns, 0.1))
    np.testing.assert_allclose(out.states, patterns, atol=1e-6)
    assert out.settled.all() and (out.n_sweeps >= 1).all()
    assert (model.recall(patterns).n_sweeps == 0).all()
    assert not model.is_fixed(flipped(patterns, 0.1)).any()
    assert model.n_synapses == 8 * N
    assert model.recall(patterns[:0]).states.shape == (0, N)


@every_model
def test_recall_never_raises_the_energy(name):
    patterns = random_patterns(20)
    model = TWO_LAYER[name]().store(patterns)
    cues = np.concatenate([flipped(patterns, 0.3), random_patterns(20, seed=1)])
    for max_sweeps in (1, 3, 50):
        ends = model.recall(cues, max_sweeps=max_sweeps).states
        rise = model.energy(ends) - model.energy(cues)
        assert rise.max() <= 1e-9 * np.abs(model.energy(cues)).max()
    assert rise.min() < 0


def test_a_recall_cut_short_has_not_settled():
    patterns = random_patterns(5)
    out = ModelB().store(patterns).recall(flipped(patterns, 0.2), max_sweeps=1)
    assert not out.settled.any() and (out.n_sweeps == 1).all()


def test_a_basic_memory_is_one_active_neuron():
    patterns = random_patterns(12, 200)
    model = BasicMemories().store(patterns)
    cues = flipped(patterns, 0.15)
    np.testing.assert_allclose(model.recall(cues).states, patterns, atol=1e-6)
    start = theory.drive(model.network, cues / np.sqrt(12))
    active = recall(model.network, cues / np.sqrt(12), hidden=start).hidden_active.values
    assert (active == np.eye(12, dtype=bool)).all()
    many = theory.visible_state(model.network, np.ones((1, 12))) * np.sqrt(12)
    assert model.is_fixed(many).all()  # all at once are a memory, too, that nobody prescribed


def test_model_a_ends_where_the_dense_memory_does():
    patterns = random_patterns(150, 100)
    cues = flipped(patterns, 0.15, seed=2)
    two = ModelA().store(patterns).recall(cues).states
    one = Dense(power=6, rectified=False).store(patterns).recall(cues).states
    assert (two == one).all(axis=1).mean() > 0.95  # they differ in the order of updates alone
    assert (two == patterns).all(axis=1).mean() > 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ModelA(exponent=0), "exponent must be a whole number >= 1, got 0"),
        (lambda: ModelB(beta=0.0), "beta must be a finite number > 0"),
        (lambda: ModelA().n_synapses, "must have patterns .*; call store"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_a_neuron_whose_overlap_is_exactly_half_is_silent_at_every_load():
    n = 20
    target = np.ones(n)
    tied = np.where(np.arange(n) < 15, 1.0, -1.0)  # overlap ½
    far = np.where(np.arange(n) % 2, 1.0, -1.0)
    for n_patterns in range(3, 100):
        model = BasicMemories().store(np.stack([target, tied, *[far] * (n_patterns - 2)]))
        assert model.is_fixed(target[None])[0], n_patterns
