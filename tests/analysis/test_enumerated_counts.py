"""Counts of fixed points against listing every state, closed cases and measured means."""

import numpy as np
import pytest

from analysis.capacity import MAX_ENUMERATED, capacity_curve, count_fixed_points
from analysis.counting import enumeration
from analysis.statistics import spawn_seeds
from neurosim import InvalidInput, Network, Sigmoid, patterns, theory


def _random_network(rng: np.random.Generator, kind: int) -> Network:
    n = int(rng.integers(1, 13))
    weights = rng.standard_normal((int(rng.integers(2, 11)) * n, n))
    feedback = weights.T + rng.standard_normal(weights.T.shape) * (kind % 3) if kind % 2 else None
    return Network(weights, feedback=feedback, threshold=rng.uniform(-0.2, 0.9, n) if kind % 4 > 1 else 0.5)


def test_enumeration_equals_listing_on_random_networks_near_the_edge():
    rng = np.random.default_rng(0)
    unstable = 0
    for kind in range(200):
        net = _random_network(rng, kind)
        states = patterns.all_hidden_states(net.n_hidden)
        want = int(theory.is_fixed_point(net, states).sum())
        tally = enumeration.tally(net, threads=1 + kind % 2)
        assert tally == enumeration.Tally(want, want, want, want), kind
        assert int(count_fixed_points(net)["count"].item()) == want
        unstable += want < len(states)
    assert unstable > 100  # the easy case, all states fixed, was not most of it


def test_more_states_than_one_block_and_one_thread_give_the_same_count():
    net = Network.gaussian(48, 16, seed=4)
    want = int(theory.is_fixed_point(net, patterns.all_hidden_states(16)).sum())
    assert 0 < want < 2**16
    assert enumeration.tally(net, threads=1).fixed == enumeration.tally(net, threads=3).fixed == want


def _with_coupling(coupling: np.ndarray, threshold) -> Network:
    """A network whose J is exactly `coupling`: ξ = I, N_v = N_h a power of two, B = N_v J."""
    n = len(coupling)
    return Network(np.eye(n), feedback=n * coupling, threshold=threshold)


def _numbers(net: Network) -> list[int]:
    counted = count_fixed_points(net)
    return [int(counted[name].item()) for name in ("count", "stable", "lower", "upper")]


def test_at_the_threshold_is_off_fixed_but_not_stable():
    # θ = 0: an inactive neuron sits exactly at its threshold, without rounding; only all-on has a margin.
    assert _numbers(_with_coupling(np.eye(4), threshold=0.0)) == [16, 1, 16, 16]
    # θ = 1: an active neuron would sit exactly there, so it is off; rounding in 1 − 1 could hide any of them.
    assert _numbers(_with_coupling(np.eye(4), threshold=1.0)) == [1, 1, 1, 16]


def test_orthonormal_memories_store_every_state():
    for n in (1, 3, 12, 60, 200):
        q, _ = np.linalg.qr(np.random.default_rng(n).standard_normal((2 * n, n)))
        net = Network(np.sqrt(2 * n) * q, threshold=0.5)
        counted = count_fixed_points(net)
        assert counted["count"].item() == counted["lower"].item() == counted["upper"].item() == 2**n
        assert counted["stable"].item() == 2**n and counted["log2"] == n
        assert counted["method"] == "certificate"
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
        assert int(counted["count"].item()) == enumeration.tally(net).fixed
    assert 10 < certified < 90


# Mean counts measured before, on other networks with the states listed. How many networks is not known;
# twenty are assumed for their sampling error.
@pytest.mark.parametrize(("ratio", "known"), [(1, 49), (2, 202), (5, 570), (10, 887), (20, 1005), (50, 1024)])
def test_mean_counts_at_ten_hidden_neurons(ratio, known):
    curve = capacity_curve([10], visible_per_hidden=ratio, thresholds=[0.5], n_networks=200, seed=11)
    counts = 1024 * curve.fraction_by_network.values.ravel()
    error = counts.std(ddof=1) * np.sqrt(1 / 200 + 1 / 20)
    assert abs(counts.mean() - known) < max(3 * error, 1)


def test_what_cannot_be_counted_is_refused_with_a_remedy():
    with pytest.raises(InvalidInput, match=f"up to {MAX_ENUMERATED} hidden neurons.*fewer hidden"):
        count_fixed_points(Network.gaussian(60, 31, seed=0))
    with pytest.raises(InvalidInput, match="Heaviside"):
        count_fixed_points(Network.gaussian(60, 3, seed=0, hidden_activation=Sigmoid()))


def test_the_capacity_curve_counts_what_count_fixed_points_counts():
    curve = capacity_curve([2, 5], visible_per_hidden=4, thresholds=[0.4, 0.5], n_networks=6, seed=3)
    assert curve.sizes == {"threshold": 2, "n_hidden": 2, "network": 6}
    assert (curve.fraction_lower <= curve.fraction).all() and (curve.fraction <= curve.fraction_upper).all()
    assert np.allclose(curve.number, curve.fraction * 2.0**curve.n_hidden)
    again = capacity_curve([5], visible_per_hidden=4, thresholds=[0.5], n_networks=3, seed=3)
    assert (
        again.fraction_by_network.values.ravel() == curve.fraction_by_network.sel(threshold=0.5)[1, :3].values
    ).all()
    for k, network_seed in enumerate(spawn_seeds((3, 5), 6)):
        net = Network.gaussian(20, 5, seed=spawn_seeds(network_seed, 3)[0], threshold=0.4)
        assert curve.fraction_by_network[0, 1, k] == int(count_fixed_points(net)["count"].item()) / 32
    assert set(curve.attrs) >= {"n_networks", "n_trials", "seed", "engine", "method"}


def test_recalled_states_are_among_the_fixed_points():
    options = {"visible_per_hidden": 8, "thresholds": [0.5], "n_networks": 4, "seed": 5}
    counted = capacity_curve([3, 4], **options)
    recalled = capacity_curve([3, 4], method="recall", engine="reference", duration=0.1, **options)
    assert (recalled.fraction_by_network <= counted.fraction_by_network).all()
    assert recalled.fraction.max() > 0.5 and recalled.n_trials.values.tolist() == [8, 16]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "guess"}, "method"),
        ({"noise_std": 1.0}, "noise_std"),
        ({"n_hidden": [31]}, "enumerate"),
        ({"n_hidden": []}, "empty"),
        ({"visible_per_hidden": 0}, "visible_per_hidden"),
        ({"n_networks": 0}, "n_networks"),
    ],
)
def test_bad_curves_are_refused(options, words):
    with pytest.raises(InvalidInput, match=words):
        capacity_curve(**{"n_hidden": [2], "seed": 0, **options})
