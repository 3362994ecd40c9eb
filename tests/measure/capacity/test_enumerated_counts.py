"""Counts of fixed points against listing every state, closed cases and measured means."""

import numpy as np
import pytest

from neurosim import InvalidInput, Network, Sigmoid, patterns, theory
from neurosim.measure.capacity import enumeration
from neurosim.measure.capacity.enumeration import Tally
from neurosim.measure.capacity.fixed_points import count_fixed_points, exact_count
from neurosim.seeds import spawn_seeds


def _random_network(rng: np.random.Generator, kind: int) -> Network:
    n = int(rng.integers(1, 13))
    weights = rng.standard_normal((int(rng.integers(1, 11)) * n, n))
    feedback = weights.T + rng.standard_normal(weights.T.shape) * (kind % 3) if kind % 2 else None
    return Network(weights, feedback=feedback, threshold=rng.uniform(-0.2, 0.9, n) if kind % 4 > 1 else 0.5)


def test_enumeration_equals_listing_on_random_networks_near_the_edge():
    rng = np.random.default_rng(0)
    unstable = 0
    for kind in range(200):
        net = _random_network(rng, kind)
        states = patterns.all_hidden_states(net.n_hidden)
        want = int(theory.is_fixed_point(net, states).sum())
        assert enumeration.tally(net, n_threads=1 + kind % 2) == Tally(want, want, want), kind
        assert exact_count(net) == want
        unstable += want < len(states)
    assert unstable > 100  # the easy case, all states fixed, was not most of it


def test_more_states_than_one_block_and_one_thread_give_the_same_count():
    net = Network.gaussian(48, 16, seed=4)
    want = int(theory.is_fixed_point(net, patterns.all_hidden_states(16)).sum())
    assert 0 < want < 2**16
    assert enumeration.tally(net, n_threads=1) == enumeration.tally(net, n_threads=3) == Tally(want, want, want)


def _with_coupling(coupling: np.ndarray, threshold) -> Network:
    """A network whose J is exactly `coupling`: ξ = I, N_v = N_h a power of two, B = N_v J."""
    n = len(coupling)
    return Network(np.eye(n), feedback=n * coupling, threshold=threshold)


def _numbers(net: Network) -> list[int]:
    counted = count_fixed_points(net)
    return [counted[name].item() for name in ("count", "stable", "lower", "upper")]


def test_at_the_threshold_is_off_fixed_but_not_stable():
    # θ = 0: an inactive neuron sits exactly at its threshold; only all-on has a margin.
    assert _numbers(_with_coupling(np.eye(4), threshold=0.0)) == [16, 1, 16, 16]
    # θ = 1: an active neuron would sit exactly there, so it is off.
    assert _numbers(_with_coupling(np.eye(4), threshold=1.0)) == [1, 1, 1, 1]


def test_orthonormal_memories_store_every_state():
    for n in (1, 3, 12, 60, 70, 200):
        q, _ = np.linalg.qr(np.random.default_rng(n).standard_normal((2 * n, n)))
        net = Network(np.sqrt(2 * n) * q, threshold=0.5)
        counted = count_fixed_points(net)
        assert counted["count"].item() == counted["lower"].item() == counted["upper"].item() == 2**n
        assert counted["stable"].item() == 2**n and counted["log2"] == n
        assert counted["method"] == "certificate" and counted["exact"]
        if n <= 12:
            assert enumeration.tally(net).stable == 2**n


def test_a_network_can_have_no_fixed_point():
    net = _with_coupling(-np.eye(2), threshold=-0.5)  # on drives itself off, off lets itself on
    counted = count_fixed_points(net)
    assert counted["count"].item() == 0 and counted["log2"] == -np.inf


def test_certificate_and_enumeration_agree_where_both_apply():
    certified = 0
    for seed in range(100):
        net = Network.gaussian(150, 1 + seed % 12, seed=seed)
        counted = count_fixed_points(net)
        certified += counted["method"].item() == "certificate"
        assert counted["count"].item() == enumeration.tally(net).lower
    assert 10 < certified < 90


# Mean counts measured before, on other networks with the states listed. How many networks is not known;
# twenty are assumed for their sampling error.
@pytest.mark.parametrize(("ratio", "known"), [(1, 49), (2, 202), (5, 570), (10, 887), (20, 1005), (50, 1024)])
def test_mean_counts_at_ten_hidden_neurons(ratio, known):
    counts = np.array([exact_count(Network.gaussian(10 * ratio, 10, seed=seed)) for seed in spawn_seeds(11, 200)])
    error = counts.std(ddof=1) * np.sqrt(1 / 200 + 1 / 20)
    assert abs(counts.mean() - known) < max(3 * error, 1)


@pytest.mark.parametrize("count", [count_fixed_points, exact_count])
def test_smooth_units_are_refused(count):
    with pytest.raises(InvalidInput, match="Heaviside"):
        count(Network.gaussian(60, 3, seed=0, hidden_activation=Sigmoid()))


def test_a_coupling_that_overflows_float64_is_counted_exactly():
    assert exact_count(Network(np.full((4, 3), 1e200))) == 2  # all neurons off, or all on


@pytest.mark.parametrize(("option", "words"), [({"budget": 0}, "budget"), ({"budget": 1.5}, "budget")])
def test_bad_options_are_refused(option, words, small_network):
    with pytest.raises(InvalidInput, match=words):
        count_fixed_points(small_network, **option)
