"""Effects of each constraint on synapses, thresholds and neurons."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_networks import GAUSSIAN as NET
from shared_networks import SEPARATE

from neurosim import InvalidInput, Network, Sigmoid, patterns, recall, theory
from neurosim.constraints import (
    Asymmetric,
    Bounded,
    Dale,
    DeadNeurons,
    DeadSynapses,
    DistanceDependent,
    Homeostatic,
    Quantised,
    Sparse,
    SpreadTau,
    SpreadThreshold,
    StuckNeurons,
    StuckSynapses,
    SynapticNoise,
    constrain,
    dale_violations,
    precision,
    stream,
)

STATES = patterns.all_hidden_states(8)


CUES = patterns.visible_cues(NET, STATES[::16], noise_std=1.0, seed=2)


def test_masks_are_independent_of_weights():
    net = Network.gaussian(1000, 50, seed=5)
    kept = constrain(net, [Sparse(0.5)], seed=5).weights != 0
    assert abs(np.corrcoef(kept.ravel(), net.weights.ravel())[0, 1]) < 4 / np.sqrt(kept.size)


def mean_coupling(net):
    return np.mean(np.einsum("mi,im->m", net.feedback_weights, net.weights)) / net.n_visible


@pytest.mark.parametrize("density", [0.05, 0.3])
@pytest.mark.parametrize("reciprocal", [True, False])
def test_sparse_synapses_are_the_old_ones_scaled_to_the_same_coupling(density, reciprocal):
    net = Network.gaussian(2000, 20, seed=0)
    sparse = constrain(net, [Sparse(density, reciprocal)], seed=1)
    scale = np.sqrt(density) if reciprocal else density
    kept = sparse.weights != 0
    assert np.allclose(sparse.weights[kept] * scale, net.weights[kept])
    assert kept.mean() == pytest.approx(density, abs=5 * np.sqrt(density / kept.size))
    back = sparse.feedback_weights.T != 0
    assert sparse.is_symmetric == reciprocal
    if not reciprocal:
        assert (kept & back).mean() == pytest.approx(density**2, abs=5 * density / np.sqrt(kept.size))
    spread = np.sqrt((3 / (density if reciprocal else density**2) - 1) / kept.size)
    assert mean_coupling(sparse) == pytest.approx(1, abs=5 * spread)
    fewer = constrain(net, [Sparse(density / 2, reciprocal)], seed=1).weights != 0
    assert not (fewer & ~kept).any()


def test_connections_fall_with_distance_and_have_the_mean_density():
    near = DistanceDependent(0.2, reach=0.05)
    p = near.probability(400, 40)
    assert p.mean() == pytest.approx(0.2) and p.max() == 1.0
    place = (np.arange(400) + 0.5) / 400
    apart = np.minimum(np.abs(place - 0.5 / 40), 1 - np.abs(place - 0.5 / 40))
    assert (np.diff(p[np.argsort(apart), 0]) <= 1e-12).all() and p[np.argmax(apart), 0] < 1e-6
    assert np.allclose(DistanceDependent(0.2, reach=np.inf).probability(40, 4), 0.2)
    kept = constrain(Network.gaussian(400, 40, seed=0), [near], seed=1).weights != 0
    assert np.abs(kept.mean(axis=1) - 0.2).max() < 0.3 and kept[p == 1].all() and not kept[p < 1e-9].any()
    shared = constrain(SEPARATE, [near], seed=1)
    assert np.array_equal(shared.weights != 0, shared.feedback.T != 0)


def test_interneurons_inhibit_and_are_excited_by_excitatory_neurons():
    for interneurons in ("pool", "relay"):
        circuit = Dale(0.7, 0.25, interneurons).circuit(NET, stream(3))
        assert (circuit.to_visible >= 0).all() and (circuit.to_hidden >= 0).all()
        for into, sign in ((circuit.from_hidden, circuit.hidden_sign), (circuit.from_visible, circuit.visible_sign)):
            dense = into if isinstance(into, np.ndarray) else into.toarray()
            assert (dense * sign >= 0).all() and (dense != 0).any(axis=0).all()


def test_interneurons_in_one_direction_only_are_refused():
    circuit = Dale(0.7, 0.25, "relay").circuit(NET, stream(3))
    with pytest.raises(InvalidInput, match="must be given together"):
        replace(circuit, to_hidden=None)


def test_all_excitatory_with_pools_stays_symmetric():
    net = constrain(NET, [Dale(1, 1, "pool")], seed=0)
    assert net.is_symmetric and np.abs(net.weights.mean(axis=0)).max() < 1e-12


def test_pools_leave_dead_visible_neurons_dead():
    net = constrain(NET, [DeadNeurons(visible=0.5), Dale(interneurons="pool")], seed=0)
    dead = net.constraints[0]["dead_visible"]
    assert not net.weights[dead].any() and not net.feedback_weights[:, dead].any()
    alive = np.delete(net.weights, dead, axis=0)
    np.testing.assert_allclose(alive.mean(axis=0), 0, atol=1e-12)  # the pool subtracts the mean of living neurons
    none = constrain(NET, [DeadNeurons(visible=1), Dale(interneurons="pool")], seed=0)
    assert not none.weights.any() and none.constraints[1]["n_interneurons"] == 0


def test_bounded_weights_are_clipped_at_so_many_rms():
    net = constrain(NET, [Bounded(1.5)], seed=0)
    limit = 1.5 * np.sqrt(np.mean(NET.weights**2))
    assert net.is_symmetric and np.allclose(net.weights, np.clip(NET.weights, -limit, limit))


def test_one_bit_keeps_signs_and_makes_every_coupling_to_oneself_equal():
    net = constrain(NET, [Quantised(1)], seed=0)
    assert np.array_equal(np.sign(net.weights), np.sign(NET.weights)) and np.ptp(np.abs(net.weights)) < 1e-15
    own = np.einsum("im,im->m", net.weights, net.weights) / net.n_visible
    assert np.allclose(own, np.mean(NET.weights**2), rtol=1e-12) and net.is_symmetric


@settings(max_examples=20, deadline=None)
@given(bits=st.integers(1, 8), seed=st.integers(0, 10), density=st.sampled_from([0.3, 1.0]))
def test_quantised_weights_lie_on_few_levels_nearest_and_keep_their_strength(bits, seed, density):
    before = constrain(Network.gaussian(200, 10, seed=seed), [Sparse(density)], seed=0).weights
    after = Quantised(bits).rounded(before)
    assert np.array_equal(after == 0, before == 0)
    levels = np.unique(after[after != 0])
    half = np.abs(levels).min()
    odd = levels / half
    assert np.allclose(odd, 2 * np.round((odd - 1) / 2) + 1) and np.abs(odd).max() < 2**bits
    assert np.mean(after**2) == pytest.approx(np.mean(before**2))
    order = np.argsort(before, axis=None)
    assert (np.diff(after.ravel()[order]) >= 0).all()


@pytest.mark.parametrize(("bits", "error"), [(1, 0.3634), (2, 0.1188), (3, 0.03744), (4, 0.01154), (5, 0.003495)])
def test_the_step_is_the_best_for_gaussian_weights(bits, error):
    """Max, IRE Trans. Inf. Theory 6:7 (1960), table II: the least error of equal steps."""
    weights = Network.gaussian(20_000, 10, seed=0).weights
    rounded = Quantised(bits).rounded(weights)
    assert np.corrcoef(rounded.ravel(), weights.ravel())[0, 1] ** 2 == pytest.approx(1 - error, abs=0.03 * error)


def test_frozen_noise_has_its_size_and_makes_no_synapse():
    sparse = constrain(NET, [Sparse(0.5)], seed=0)
    net = constrain(sparse, [SynapticNoise(0.2)], seed=0)
    kept = sparse.weights != 0
    for after in (net.weights, net.feedback.T):
        error = (after - sparse.weights)[kept]
        assert error.std() == pytest.approx(0.2 * sparse.weights[kept].std(), rel=0.1) and not after[~kept].any()
    assert abs(np.corrcoef((net.weights - sparse.weights)[kept], (net.feedback.T - sparse.weights)[kept])[0, 1]) < 0.1


def test_asymmetric_feedback_has_its_correlation_and_its_strength():
    net = constrain(NET, [Asymmetric(0.6)], seed=0)
    assert np.array_equal(net.weights, NET.weights)
    assert np.corrcoef(net.feedback.T.ravel(), NET.weights.ravel())[0, 1] == pytest.approx(0.6, abs=0.05)
    assert net.feedback.std() == pytest.approx(1, abs=0.05)
    sparse = constrain(NET, [Sparse(0.5), Asymmetric(0.6)], seed=0)
    assert np.array_equal(sparse.feedback.T == 0, sparse.weights == 0)


@pytest.mark.parametrize("net", [NET, constrain(SEPARATE, [Asymmetric(0.0)], seed=1)], ids=["symmetric", "separate"])
def test_homeostasis_makes_every_coupling_to_oneself_1(net):
    even = constrain(net, [Homeostatic()], seed=0)
    before, after = theory.effective_coupling(net), theory.effective_coupling(even)
    can = np.diag(before) > 0
    assert even.is_symmetric == net.is_symmetric and np.allclose(np.diag(after)[can], 1, rtol=1e-12)
    assert even.constraints[-1]["unscaled_hidden"] == np.flatnonzero(~can).tolist()
    root = np.sqrt(np.where(can, np.diag(before), 1))
    assert np.allclose(after, before / root / root[:, None])


def test_homeostasis_of_incoming_synapses_does_not_change_outgoing_ones():
    sparse = constrain(NET, [Sparse(0.2)], seed=0)
    net = constrain(sparse, [Homeostatic(incoming_only=True)], seed=0)
    before, after = theory.effective_coupling(sparse), theory.effective_coupling(net)
    assert np.array_equal(net.weights, sparse.weights) and np.allclose(np.diag(after), 1, rtol=1e-12)
    assert np.allclose(after, before / np.diag(before)[:, None], rtol=1e-12)


def test_thresholds_and_time_constants_spread():
    large = Network.gaussian(2, 20_000, seed=0)
    net = constrain(large, [SpreadThreshold(0.1), SpreadTau(0.5)], seed=0)
    assert net.threshold.std() == pytest.approx(0.1, rel=0.03) and net.threshold.mean() == pytest.approx(0.5, abs=0.01)
    factor = net.tau_h / large.tau_h
    assert factor.mean() == pytest.approx(1, abs=0.02) and factor.std() == pytest.approx(0.5, abs=0.02)


def test_dead_synapses_are_gone_and_stuck_ones_hold_another_weight():
    dead = constrain(NET, [DeadSynapses(0.2)], seed=0)
    for after in (dead.weights, dead.feedback.T):
        assert (after == 0).mean() == pytest.approx(0.2, abs=0.03) and (after == NET.weights)[after != 0].all()
    assert ((dead.weights == 0) & (dead.feedback.T == 0)).mean() == pytest.approx(0.04, abs=0.02)
    sparse = constrain(NET, [Sparse(0.5)], seed=0)
    stuck = constrain(sparse, [StuckSynapses(0.2)], seed=0)
    strength = np.sqrt(np.mean(sparse.weights[sparse.weights != 0] ** 2))
    for after in (stuck.weights, stuck.feedback.T):
        moved = after != sparse.weights
        assert np.allclose(np.abs(after[moved]), strength) and not moved[sparse.weights == 0].any()
        assert moved[sparse.weights != 0].mean() == pytest.approx(0.2, abs=0.04) and abs(after[moved].mean()) < 0.3


def test_dead_neurons_are_silent_and_stuck_ones_are_always_on():
    net = constrain(NET, [DeadNeurons(visible=0.2, hidden=0.25)], seed=0)
    record = net.constraints[0]
    assert len(record["dead_visible"]) == 60 and len(record["dead_hidden"]) == 2 and net.is_symmetric
    assert not net.weights[record["dead_visible"]].any() and not net.weights[:, record["dead_hidden"]].any()
    assert np.count_nonzero(net.weights) == 240 * 6
    on = recall(net, CUES).hidden_active.values
    assert not on[:, record["dead_hidden"]].any() and on.any()
    stuck = constrain(NET, [StuckNeurons(0.25)], seed=0)
    which = stuck.constraints[0]["stuck_hidden"]
    assert len(which) == 2 and np.array_equal(stuck.weights, NET.weights)
    for engine in ("event", "reference"):
        on = recall(stuck, CUES, engine=engine).hidden_active.values
        assert on[:, which].all() and not on.all()
    few, more = (
        constrain(NET, [DeadNeurons(share, share)], seed=0).constraints[0]["dead_hidden"] for share in (0.25, 0.5)
    )
    assert set(few) < set(more)


def test_dead_neurons_are_off_and_stuck_ones_on_for_any_threshold():
    low = NET.replace(threshold=np.full(8, -0.1))
    net = constrain(low, [DeadNeurons(hidden=0.25), StuckNeurons(0.5), SpreadThreshold(5.0)], seed=0)
    dead, stuck = (net.constraints[k][f"{what}_hidden"] for k, what in ((0, "dead"), (1, "stuck")))
    one = constrain(low, [DeadNeurons(hidden=0.25)], seed=0)
    on = recall(one, CUES).hidden_active.values
    assert dead and not set(dead) & set(stuck) and not on[:, one.constraints[0]["dead_hidden"]].any()
    assert recall(net, CUES).hidden_active.values[:, stuck].all()
    assert np.array_equal(net.threshold[stuck], np.full(len(stuck), -1)) and net.threshold.std() > 1


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_neither_dead_nor_stuck_neurons_change_their_state_with_the_spread_of_thresholds(order):
    chosen = [DeadNeurons(hidden=0.25), StuckNeurons(0.25), SpreadThreshold(5.0)]
    net = constrain(NET, [chosen[k] for k in order], seed=1)
    records = {record["name"]: record for record in net.constraints}
    dead, stuck = records["dead_neurons"]["dead_hidden"], records["stuck_neurons"]["stuck_hidden"]
    on = recall(net, CUES).hidden_active.values
    assert not on[:, dead].any()
    assert on[:, [k for k in stuck if k not in dead]].all()


def test_dead_neurons_cannot_be_stuck():
    net = constrain(NET, [DeadNeurons(hidden=0.5), StuckNeurons(1.0)], seed=0)
    dead, stuck = (net.constraints[k][f"{what}_hidden"] for k, what in ((0, "dead"), (1, "stuck")))
    assert len(dead) == 4 and sorted(dead + stuck) == list(range(8))
    on = recall(net, CUES).hidden_active.values
    assert not on[:, dead].any() and on[:, stuck].all()


def test_units_that_are_never_fully_on_cannot_be_stuck():
    smooth = NET.replace(hidden_activation=Sigmoid(1.0))
    with pytest.raises(InvalidInput, match=r"stuck_neurons needs Heaviside hidden units, got Sigmoid\(gain=1.0\)"):
        constrain(smooth, [StuckNeurons(0.25)], seed=0)
    assert np.array_equal(constrain(smooth, [StuckNeurons(0.0)], seed=0).threshold, smooth.threshold)


def test_each_direction_is_scaled_by_its_rms():
    net = Network(NET.weights, feedback=3 * Network.gaussian(300, 8, seed=1).weights.T)
    size = np.sqrt(np.mean(net.feedback**2))
    apart = constrain(net, [Asymmetric(0.0)], seed=0)
    assert apart.feedback.std() == pytest.approx(size, rel=0.1)
    bounded = constrain(net, [Bounded(0.5)], seed=0)
    np.testing.assert_allclose(bounded.feedback, np.clip(net.feedback, -0.5 * size, 0.5 * size))
    assert np.abs(constrain(net, [SynapticNoise(0.5)], seed=0).feedback - net.feedback).std() > 0.2 * size


def test_a_share_is_rounded_to_whole_neurons():
    record = constrain(NET, [DeadNeurons(visible=0.0589, hidden=0.7)], seed=0).constraints[0]
    assert len(record["dead_visible"]) == 18 and len(record["dead_hidden"]) == 6  # of 17.67 and 5.6


def test_violations_of_dales_law_are_counted_in_both_directions():
    w = np.array([[1.0, 1], [-1, 1], [1, 1]])  # hidden neuron 0 sends +, −, +: one against the law
    b = np.array([[1.0, -1], [-1, 1], [1, 1]])  # visible neurons 0 and 1 send + and −: one each
    assert dale_violations(Network(weights=w, feedback=b.T)) == 3


def test_dead_neurons_have_no_synapses_with_separate_feedback():
    net = constrain(SEPARATE, [DeadNeurons(visible=0.2, hidden=0.25)], seed=0)
    record = net.constraints[0]
    visible, hidden = (np.isin(np.arange(n), record[f"dead_{k}"]) for n, k in ((300, "visible"), (8, "hidden")))
    alive = ~visible[:, None] & ~hidden
    np.testing.assert_array_equal(net.weights, np.where(alive, SEPARATE.weights, 0))
    np.testing.assert_array_equal(net.feedback_weights.T, np.where(alive, SEPARATE.feedback_weights.T, 0))


def test_stuck_neurons_have_no_input():
    net = constrain(NET, [StuckNeurons(0.25)], seed=0)
    stuck = np.isin(np.arange(8), net.constraints[0]["stuck_hidden"])
    np.testing.assert_array_equal(net.feedback_weights[stuck], 0)  # however strong, no drive takes it below θ = −1
    np.testing.assert_array_equal(net.feedback_weights[~stuck], NET.weights.T[~stuck])
    np.testing.assert_array_equal(net.threshold, np.where(stuck, -1.0, 0.5))


def test_homeostasis_records_a_neuron_without_synapses():
    weights = NET.weights.copy()
    weights[:, 3] = 0
    net = constrain(Network(weights), [Homeostatic()], seed=0)
    assert net.constraints[0]["unscaled_hidden"] == [3] and not net.weights[:, 3].any()


def test_the_bound_counts_the_synapses_that_exist():
    sparse = constrain(NET, [Sparse(0.3)], seed=0).weights
    limit = 0.8 * np.sqrt(np.mean(sparse[sparse != 0] ** 2))
    net = constrain(Network(sparse), [Bounded(0.8)], seed=0)
    np.testing.assert_allclose(net.weights, np.clip(sparse, -limit, limit), rtol=1e-12)


@pytest.mark.parametrize("bits", [2, 3, 5])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 100])
def test_no_step_of_a_fine_grid_rounds_with_a_smaller_error(n, bits):
    for seed in range(5):
        size = np.abs(np.random.default_rng(seed).standard_normal(n))
        steps = 2 * size.max() * np.linspace(1e-4, 1, 20_000)[:, None]

        def error(step, size=size):
            level = np.minimum(np.floor(size / step), 2 ** (bits - 1) - 1) + 0.5
            return ((size - level * step) ** 2).mean(axis=-1)

        assert error(precision._best_step(size, 2 ** (bits - 1))) <= error(steps).min() + 1e-15


def test_the_step_of_very_many_weights_is_that_of_groups_of_similar_ones(monkeypatch):
    size = np.abs(np.random.default_rng(0).standard_normal(20_000))
    exact = precision._best_step(size, 4)
    for most in (50_000, 8_000, 1_000):  # groups of 2, 10 and 80
        monkeypatch.setattr(precision, "_MOST", most)
        assert precision._best_step(size, 4) == pytest.approx(exact, rel=0.005)
        assert precision._best_step(np.repeat([1.0, 3.0], 10_000), 4) == pytest.approx(2)


@pytest.mark.parametrize("bits", [2, 3])
def test_levels_are_the_best_for_the_synapses_that_exist(bits):
    sparse = constrain(NET, [Sparse(0.3)], seed=0).weights
    there = sparse != 0
    np.testing.assert_allclose(
        Quantised(bits).rounded(sparse)[there], Quantised(bits).rounded(sparse[there]), rtol=1e-9
    )


def test_the_probability_of_a_connection_falls_as_a_gaussian_of_its_reach():
    # visible neurons at 1/8, 3/8, 5/8, 7/8, the hidden one at 1/2: 3/8 and 1/8 away; p nowhere cut off at 1
    p = DistanceDependent(0.1, reach=0.2).probability(4, 1)[:, 0]
    fall = np.exp(-((3 / 8) ** 2 - (1 / 8) ** 2) / (2 * 0.2**2))
    np.testing.assert_allclose(p, 0.2 / (1 + fall) * np.array([fall, 1, 1, fall]), rtol=1e-9)


def test_connections_that_depend_on_distance_are_stronger_by_the_root_of_their_density():
    net = constrain(NET, [DistanceDependent(0.2)], seed=1)
    kept = net.weights != 0
    np.testing.assert_allclose(net.weights[kept], NET.weights[kept] / np.sqrt(0.2))
    assert net.is_symmetric and 0.1 < kept.mean() < 0.3


def test_wiring_by_distance_has_its_crosstalk_between_neighbours():
    """Neighbours share synapses; states of adjacent active neurons are lost more often than random ones."""
    n_hidden, n_visible, wiring = 20, 240, [DistanceDependent(0.1), Homeostatic()]
    square, stable = np.zeros((n_hidden, n_hidden)), []
    adjacent = np.stack([np.roll(np.arange(n_hidden) < n_hidden // 2, k) for k in range(n_hidden)])
    random = np.random.default_rng(0).permuted(adjacent, axis=1)
    for seed in range(120):
        net = constrain(Network.gaussian(n_visible, n_hidden, seed=seed), wiring, seed=seed)
        square += theory.effective_coupling(net) ** 2 * n_visible / 120
        stable.append([(theory.stability_margin(net, states) > 0).mean() for states in (adjacent, random)])
    near, far = (np.mean([square[k, (k + shift) % n_hidden] for k in range(n_hidden)]) for shift in (1, n_hidden // 2))
    assert near > 1.5 > 0.5 > far
    lost = np.diff(stable, axis=1)[:, 0]  # more of the random states are stable, in most networks
    assert lost.mean() > 3 * lost.std() / 120**0.5
