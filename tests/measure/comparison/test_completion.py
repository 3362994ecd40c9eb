"""Which patterns damaged cues complete, on memories of which that is known."""

from typing import Any

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput
from neurosim.measure.comparison.completion import (
    completed,
    completed_share,
    completion_sweep,
    most_completed,
    own_attractor,
)
from neurosim.measure.comparison.stored_memories import MEMORIES, End, Load
from neurosim.sweep import Runner

STATES = np.array([[0, 0], [0, 1], [1, 0], [1, 0], [1, 1]])


def ends(states, settled=None):
    states = np.asarray(states)
    return End(states, states.astype(float), np.ones(len(states), bool) if settled is None else settled)


def share(memory, n_patterns, **sizes):
    chosen: dict[str, Any] = {"n_hidden": 20, "n_visible": 400, "seed": 1, **sizes}
    return completed_share(memory=memory, n_patterns=n_patterns, **chosen)


def test_a_pattern_is_completed_at_its_own_attractor_and_at_no_shared_one():
    assert own_attractor(ends(STATES)).tolist() == [True, True, False, False, True]
    cued = np.array([0, 0, 2, 4, 1])
    recalled = ends(STATES[[0, 1, 2, 4, 1]], np.array([True, True, True, False, True]))
    assert completed(ends(STATES), cued, recalled).tolist() == [True, False, False, False, True]


def test_what_does_not_settle_has_no_attractor():
    settled = np.array([False, True, True, False, True])
    assert own_attractor(ends(STATES, settled)).tolist() == [False, True, True, False, True]


def test_one_hidden_neuron_for_each_pattern_completes_as_many_as_there_are():
    assert share("exponential", 20)["completed"] == 1
    found = share("exponential", 80, n_cues=80)
    assert found["completed"] == found["given_back"] == found["distinct"] == 20 / 80


def test_one_layer_fails_with_as_many_patterns_as_neurons():
    n_neurons = round(np.sqrt(2 * 400 * 20))
    assert share("pseudo_inverse", n_neurons // 4)["completed"] == 1
    assert share("hebb", n_neurons // 20)["completed"] > 0.9
    for memory in ("pseudo_inverse", "hebb"):
        assert share(memory, n_neurons)["given_back"] == 0


def test_own_states_of_a_random_network_are_completed_however_many_are_named():
    for n_patterns in (10, 1000):
        found = share("composed", n_patterns, n_hidden=24)
        assert found["completed"] == found["given_back"] > 0.98


def test_patterns_can_have_attractors_that_do_not_give_them_back():
    found = share("prescribed", 60, n_visible=1000)
    assert found["completed"] > 0.9 and found["given_back"] == 0
    few = share("prescribed", 10)
    assert few["completed"] == few["given_back"] == 1


def test_a_learned_network_completes_what_it_was_trained_on():
    pytest.importorskip("torch")
    found = share("learned", 10, n_visible=100)
    assert found["completed"] > 0.9 and found["distinct"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("correlated", [False, True])
def test_a_learned_network_completes_more_patterns_than_it_has_neurons(correlated):
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    images = None
    if correlated:  # most neurons are −1 in all, as in digits
        images = np.where(rng.random((100, 400)) < np.where(rng.random(400) < 0.7, 0.02, 0.5), 1, -1)
    found = share("learned", 50, n_hidden=25, images=images)
    assert found["completed"] > 0.9 and found["distinct"] > 0.9


@pytest.mark.parametrize("memory", ["prescribed", "exponential", "pseudo_inverse", "hebb"])
def test_memories_have_as_many_synapses(memory):
    load = Load(n_hidden=50, n_patterns=5, n_visible=784, flipped=0.1, images=None, seed=0)
    assert MEMORIES[memory](load).n_synapses == pytest.approx(2 * 784 * 50, rel=0.01)


def test_memories_of_the_same_neurons_store_the_same_patterns():
    images = np.random.default_rng(0).choice([-1, 1], (30, 64))
    load = Load(n_hidden=8, n_patterns=5, n_visible=64, flipped=0.1, images=images, seed=0)
    few = [MEMORIES[memory](load).patterns for memory in ("prescribed", "exponential", "hebb")]
    assert all((one == few[0]).all() for one in few)
    assert all((row == images).all(axis=1).any() for row in few[0])


def test_a_sweep_that_is_run_again_reads_its_points(tmp_path):
    arguments = (2, ["hebb"], [10], [3, 30])
    first = completion_sweep(*arguments, seed=0, n_visible=50, runner=Runner(tmp_path))
    points = {path: path.read_bytes() for path in tmp_path.iterdir()}
    again = completion_sweep(*arguments, seed=0, n_visible=50, runner=Runner(tmp_path))
    xarray.testing.assert_identical(first, again)
    assert points and points == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_the_number_completed_lies_where_the_share_crosses_one_half():
    shares = np.array([[[[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]], [[1.0, 1.0, 1.0]] * 2, [[0.4, 0.0, 0.0]] * 2]])
    coords = {"memory": ["one"], "n_hidden": [1, 2, 3], "n_patterns": [1, 10, 1000]}
    data = {"completed_by_network": (("memory", "n_hidden", "network", "n_patterns"), shares)}
    most = most_completed(xarray.Dataset(data, coords, {"confidence": 0.95})).squeeze("memory")
    assert most.most[0] == pytest.approx(100)  # half way between 10 and 1000 on a logarithmic axis
    assert (most.most_lower[0], most.most_upper[0]) == (10, 1000)
    assert np.isnan(most.most[1]) and most.most_lower[1] == pytest.approx(1000) and most.most_upper[1] == np.inf
    assert np.isnan(most.most[2]) and (most.most_lower[2], most.most_upper[2]) == (0, 1)


def test_unknown_memories_and_too_few_images_are_refused():
    with pytest.raises(InvalidInput, match="memory"):
        share("hop", 3)
    with pytest.raises(InvalidInput, match="more images"):
        completion_sweep(2, ["hebb"], [5], [20], seed=0, images=np.ones((10, 30)))
    with pytest.raises(InvalidInput, match="flipped"):
        completion_sweep(2, ["hebb"], [5], [20], seed=0, flipped=0.5)


def test_the_interval_of_a_known_number_contains_it():
    """The dense memory stores exactly N_h patterns, so that half of 2 N_h are completed."""
    found = completion_sweep(2, ["exponential"], [25, 100], [10, 30, 100, 300], seed=0)
    most = most_completed(found).squeeze("memory")
    assert (most.most_lower.values <= [50, 200]).all() and (most.most_upper.values >= [50, 200]).all()
