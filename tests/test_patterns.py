"""States and cues: eq. (12), seeds, and bad arguments."""

import tracemalloc

import numpy as np
import pytest

from neurosim import InvalidInput, Network, patterns


@pytest.fixture
def net():
    return Network.gaussian(400, 6, seed=0)


def test_all_states_are_all_different():
    states = patterns.all_hidden_states(6)
    assert states.dtype == bool
    assert len(np.unique(states, axis=0)) == 64
    assert states[5].tolist() == [True, False, True, False, False, False]  # bit μ of the row number
    with pytest.raises(InvalidInput, match="from 1 to 24"):
        patterns.all_hidden_states(25)


def test_all_states_take_little_more_memory_than_the_result():
    tracemalloc.start()
    states = patterns.all_hidden_states(18)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * states.nbytes


def test_random_states_have_the_requested_activity():
    states = patterns.random_hidden_states(50, 4000, active=0.2, seed=0)
    assert states.mean() == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / 2e5))
    assert np.array_equal(states, patterns.random_hidden_states(50, 4000, active=0.2, seed=0))


def test_cues_are_eq_12a(net):
    target = np.array([[1, 0, 1, 0, 0, 1]])
    clean = patterns.visible_cues(net, target)
    expected = (net.weights[:, 0] + net.weights[:, 2] + net.weights[:, 5]) / np.sqrt(6)
    np.testing.assert_allclose(clean[0], expected, atol=1e-14)
    noise = patterns.visible_cues(net, np.repeat(target, 500, 0), noise_std=2.0, seed=1) - clean
    assert noise.std() == pytest.approx(2.0, rel=5 / np.sqrt(2 * noise.size))
    assert abs(noise.mean()) < 5 * 2 / np.sqrt(noise.size)


def test_flips_change_exactly_the_requested_number_of_bits():
    states = patterns.random_hidden_states(20, 50, seed=0)
    assert ((patterns.flip(states, 0.3, seed=1) ^ states).sum(axis=1) == 6).all()
    assert (patterns.flip(states, 1.0, seed=1) == ~states).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: patterns.visible_cues(net, np.ones((2, 5))), r"shape \(cue, hidden\) = \(any, 6\)"),
        (lambda net: patterns.visible_cues(net, np.full((2, 6), 0.5)), "binary"),
        (lambda net: patterns.visible_cues(net, np.ones((2, 6)), noise_std=1.0), "seed"),
        (lambda net: patterns.visible_cues(net, np.ones((2, 6)), noise_std=-1.0, seed=0), "noise_std"),
        (lambda net: patterns.flip(np.full((2, 6), 2), 0.5, seed=0), "states must be binary"),
        (lambda net: patterns.flip(np.ones((2, 6), bool), 1.5, seed=0), "from 0 to 1"),
        (lambda net: patterns.random_hidden_states(5, 3, active=-0.1, seed=0), "active"),
    ],
)
def test_bad_arguments_of_patterns(net, call, message):
    with pytest.raises(InvalidInput, match=message):
        call(net)
