"""Fatal shocks: hand-made networks, the certified radius against random shocks, brute force in the plane."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard

from neurosim import InvalidInput, Network, load_result, patterns, recall, reduction, save_result, theory
from neurosim.measure import typical_shocks
from neurosim.measure.basins import neighbours, shocks

SLACK = 1 + 10 * shocks.TOLERANCE


def stable_states(net):
    states = patterns.all_hidden_states(net.n_hidden)
    return states[theory.stability_margin(net, states) > 1e-3]


def random_network(seed, n_visible=40, n_hidden=5, feedback=0.0):
    g = np.random.default_rng(seed)
    weights = g.standard_normal((n_visible, n_hidden))
    back = weights.T + feedback * g.standard_normal((n_hidden, n_visible)) if feedback else None
    tau_h = 20e-3 / 10 ** g.uniform(-0.5, 1.5, n_hidden)
    return Network(weights, feedback=back, threshold=g.uniform(0.05, 0.6, n_hidden), tau_v=20e-3, tau_h=tau_h)


def after(net, memories, delta):
    """Recall from rest plus `delta` (cue, visible), with all visible neurons."""
    held = theory.visible_state(net, memories)
    return recall(net, held + delta, hidden=theory.drive(net, held))


def is_fatal(net, memories, delta):
    out = after(net, memories, delta)
    return (out.hidden_active.values != memories).any(axis=1) & (out.outcome.values == "settled")


@pytest.mark.parametrize("ratio", [0.05, 0.9, 1.0, 1 + 1e-9, 4.0, 20.0])
def test_peak_transfer_is_the_largest_value_of_the_closed_form(ratio):
    net = Network(np.eye(3), tau_v=20e-3, tau_h=[20e-3 / ratio, 20e-3, 2e-3])
    times = np.linspace(0, 0.2, 200_001)[:, None]
    largest = reduction.transfer(times, net.tau_v, net.tau_h).max(axis=0)
    assert np.allclose(shocks.peak_transfer(net), largest, rtol=1e-6)
    assert shocks.peak_transfer(net)[1] == pytest.approx(np.exp(-1), rel=1e-12)


@pytest.mark.parametrize("scale", [1.0, -1.0, 2.0])
def test_one_neuron_by_hand(scale):
    net = Network(scale * np.ones((9, 1)), threshold=0.3, tau_v=20e-3, tau_h=5e-3)
    found = shocks.minimal_fatal_shock(net, [[0], [1]])
    p, own = 4 ** (-1 / 3), scale**2  # J = scale²
    by_hand = 3 / np.sqrt(own) * np.array([0.3, own - 0.3]) / p  # N_h = 1: √N_v d/(p √J)
    assert np.allclose(found.certified, by_hand, rtol=1e-12)
    assert np.allclose(found.fatal, by_hand, rtol=2 * shocks.TOLERANCE) and (found.ratio >= 1).all()
    assert found.ends_in.values.tolist() == [[True], [False]] and (found.bits_changed == 1).all()
    assert np.allclose(found.fatal_rms, by_hand / 3, rtol=1e-5)
    assert np.isnan(found.fatal_relative[0])  # the all-off state has no size to compare with
    assert float(found.fatal_relative[1]) == pytest.approx(by_hand[1] / (3 * abs(scale)), rel=1e-5)


def test_orthonormal_memories():
    theta, tau_h = np.array([0.5, 0.3, 0.6, 0.45]), np.array([1e-3, 2e-3, 20e-3, 5e-3])
    net = Network(hadamard(16)[:, 3:7], threshold=theta, tau_v=20e-3, tau_h=tau_h)
    states = patterns.all_hidden_states(4)
    found = shocks.minimal_fatal_shock(net, states)
    each = np.sqrt(16 / 4) * np.where(states, 1 - theta, theta) / shocks.peak_transfer(net)
    assert np.allclose(found.certified, each.min(axis=1))
    assert np.allclose(found.fatal, each.min(axis=1), rtol=2 * shocks.TOLERANCE)
    assert (found.neuron == each.argmin(axis=1)).all() and (found.partner == -1).all()
    assert (found.ends_in.values == states ^ np.eye(4, dtype=bool)[each.argmin(axis=1)]).all()
    near = neighbours.nearest_attractor(net, states)
    assert np.allclose(near.distance, 2) and np.allclose(near.close_distance, 2)  # √(N_v/N_h)
    assert (near.bits == 1).all() and (near.close_bits == 1).all() and (near.n_close == 4 + 6).all()


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), feedback=st.sampled_from([0.0, 0.5]))
def test_no_shock_below_the_certified_radius_makes_any_neuron_cross(seed, feedback):
    net = random_network(seed, feedback=feedback)
    memories = stable_states(net)
    memory = memories[seed % len(memories)]
    radius = float(shocks.minimal_fatal_shock(net, memory[None]).certified[0])
    g = np.random.default_rng(seed)
    through = g.standard_normal((1000, net.n_hidden)) @ net.feedback_weights  # what the hidden layer sees
    rows = np.repeat([1, -1], net.n_hidden)[:, None] * np.vstack([net.feedback_weights] * 2)
    directions = np.vstack([through, g.standard_normal((1000, net.n_visible)), rows])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    held = np.broadcast_to(memory, (len(directions), net.n_hidden))
    assert (after(net, held, 0.9999 * radius * directions).n_crossings == 0).all()
    assert (after(net, held, 1.0001 * radius * directions).n_crossings > 0).any()  # and no larger one is safe


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 10**6), feedback=st.sampled_from([0.0, 0.5, 1.0]))
def test_no_fatal_shock_is_smaller_than_the_certified_radius(seed, feedback):
    net = random_network(seed, feedback=feedback)
    memories = stable_states(net)
    found = shocks.minimal_fatal_shock(net, memories)
    assert not (found.ratio < 1).any()
    g = np.random.default_rng(seed)
    which = g.integers(len(memories), size=2000)
    delta = g.standard_normal((2000, net.n_hidden)) @ net.feedback_weights
    size = found.certified.values[which] * g.uniform(0.5, 3, 2000)
    fatal = is_fatal(net, memories[which], delta / np.linalg.norm(delta, axis=1, keepdims=True) * size[:, None])
    assert (size[fatal] >= found.certified.values[which][fatal]).all()


def test_the_bound_is_attained_where_there_are_many_visible_neurons():
    net = Network.gaussian(500, 7, seed=0)
    memories = stable_states(net)
    found = shocks.minimal_fatal_shock(net, memories)
    assert len(memories) == 2**7 and (found.ratio <= SLACK).all() and (found.bits_changed == 1).all()
    rows = net.weights.T[found.neuron.values] / np.linalg.norm(net.weights.T[found.neuron.values], axis=1)[:, None]
    away = np.where(memories[np.arange(len(memories)), found.neuron.values], -1, 1)
    delta = (away * found.fatal.values)[:, None] * rows
    out = after(net, memories, delta)
    assert (out.hidden_active.values == found.ends_in.values).all()
    assert not is_fatal(net, memories, 0.999 * delta).any()


def in_the_plane(net, memory, top, angles=360, steps=400):
    """Return the least fatal amplitude up to `top` over all directions of two hidden neurons."""
    q, _ = np.linalg.qr(net.feedback_weights.T)
    angle = np.linspace(0, 2 * np.pi, angles, endpoint=False)
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ q.T
    size = top * np.linspace(0, 1, steps + 1)[1:]
    delta = (size[:, None, None] * directions).reshape(-1, net.n_visible)
    fatal = is_fatal(net, np.broadcast_to(memory, (len(delta), 2)), delta).reshape(steps, angles)
    return size[fatal.any(axis=1).argmax()] if fatal.any() else np.inf


def tight_pair(seed):
    """Two strongly correlated neurons, whose first crossing is often undone by the other."""
    g = np.random.default_rng(seed)
    weights = g.standard_normal((4, 2))
    feedback = None if seed % 2 else weights.T + g.standard_normal((2, 4))
    return Network(weights, feedback=feedback, threshold=g.uniform(0, 0.6, 2), tau_h=20e-3 / 10 ** g.uniform(-0.5, 1.5))


@pytest.mark.parametrize(("seed", "state"), [(1, (0, 1)), (4, (1, 1)), (49, (1, 1)), (68, (1, 1)), (76, (0, 0))])
def test_the_search_finds_the_least_fatal_shock_if_the_first_crossing_is_reversed(seed, state):
    net, memory = tight_pair(seed), np.array(state, dtype=bool)
    found = shocks.minimal_fatal_shock(net, memory[None])
    assert float(found.ratio[0]) > 1.4
    assert 0.98 < float(found.fatal[0]) / in_the_plane(net, memory, 1.1 * float(found.fatal[0])) < 1.08


def test_pairs_find_shocks_that_single_neurons_do_not(monkeypatch):
    monkeypatch.setattr(shocks, "TURN", 0.0)
    net, memory = tight_pair(17), np.array([[True, True]])
    both = shocks.minimal_fatal_shock(net, memory)
    assert sorted([int(both.neuron[0]), int(both.partner[0])]) == [0, 1]
    monkeypatch.setattr(shocks, "PAIRED", 1)
    alone = shocks.minimal_fatal_shock(net, memory)
    assert not float(alone.fatal[0]) <= 1.01 * float(both.fatal[0]) and int(alone.partner[0]) == -1


@pytest.mark.parametrize(("seed", "part"), [(8, 0.88), (13, 0.87), (32, 0.84)])
def test_turned_directions_are_fatal_at_smaller_amplitudes_than_rays(seed, part, monkeypatch):
    net = random_network(seed, n_visible=6, n_hidden=6, feedback=0.3 * (seed % 2))
    memories = stable_states(net)
    turned = shocks.minimal_fatal_shock(net, memories)
    monkeypatch.setattr(shocks, "TURN", 0.0)
    rays = shocks.minimal_fatal_shock(net, memories)
    assert (turned.fatal <= rays.fatal).all() and (turned.fatal < part * rays.fatal).any() and (turned.ratio >= 1).all()
    directions = np.random.default_rng(seed).standard_normal((5000, 6))
    for k in np.flatnonzero(turned.fatal < rays.fatal):  # none of many other directions is fatal at a smaller one
        size = np.random.default_rng(k).uniform(turned.certified[k], 0.99 * turned.fatal[k], (5000, 1))
        delta = size * directions / np.linalg.norm(directions, axis=1, keepdims=True)
        assert not is_fatal(net, np.broadcast_to(memories[k], (5000, 6)), delta).any()


def test_the_only_attractor_has_no_fatal_shock():
    net = Network.gaussian(50, 3, threshold=3.0, seed=0)
    found = shocks.minimal_fatal_shock(net, np.zeros((1, 3), dtype=bool))
    assert float(found.certified[0]) > 0 and np.isnan(found.fatal[0]) and int(found.neuron[0]) == -1
    assert not found.ends_in.values.any() and int(found.bits_changed[0]) == 0
    deaf = Network(np.ones((4, 2)), feedback=np.zeros((2, 4)))
    assert float(shocks.minimal_fatal_shock(deaf, [[0, 0]]).certified[0]) == np.inf


def test_a_recall_that_never_settles_is_not_in_another_attractor():
    """Neurons 0, 1, 2 chase one another for ever once one is on; 3 and 4 hold, but are harder to reach."""
    coupling = np.eye(5)
    coupling[[1, 2, 0], [0, 1, 2]], coupling[[0, 1, 2], [1, 2, 0]] = 1.0, -1.5
    net = Network(coupling, feedback=5 * np.eye(5), threshold=[0.5, 0.5, 0.5, 0.9, 0.918])
    off = np.zeros((1, 5), dtype=bool)
    assert (
        after(net, off, 1.01 * np.eye(5)[:1] * 0.5 / np.sqrt(5) / shocks.peak_transfer(net)[0]).outcome == "cycling"
    ).all()
    found = shocks.minimal_fatal_shock(net, off)
    assert float(found.ratio[0]) == pytest.approx(0.9 / 0.5, rel=1e-5)  # 3, though 4 dies in the same step of the scan
    assert int(found.neuron[0]) == 3 and found.ends_in.values[0].tolist() == [False, False, False, True, False]


def test_memories_in_chunks_are_the_same_memories(monkeypatch):
    net = random_network(3)
    whole = shocks.minimal_fatal_shock(net, stable_states(net))
    monkeypatch.setattr(shocks, "CHUNK_BYTES", 1.0)
    assert whole.identical(shocks.minimal_fatal_shock(net, stable_states(net)))


def test_the_hidden_equivalent_recalls_alike():
    net = random_network(5, feedback=0.5)
    cues = np.random.default_rng(0).standard_normal((200, net.n_visible)) * 3
    small = shocks.hidden_equivalent(net)
    assert small.n_visible == net.n_hidden
    full, part = recall(net, cues), recall(small, theory.drive(net, cues) / np.sqrt(net.n_hidden))
    assert (full.hidden_active == part.hidden_active).all() and len(np.unique(full.hidden_active, axis=0)) > 3
    assert np.allclose(full.settle_time, part.settle_time, rtol=1e-9, equal_nan=True)


@pytest.mark.parametrize(("flips", "chunk"), [(1, 5e3), (2, 5e3), (2, 64e6)])
def test_nearest_attractors_against_all_pairs_and_all_states(flips, chunk, monkeypatch):
    monkeypatch.setattr(neighbours, "CHUNK_BYTES", chunk)
    lonely = 0
    for seed in range(4):
        net = Network.gaussian(10, 6, threshold=0.4, seed=seed)
        every = patterns.all_hidden_states(6)
        fixed = every[theory.is_fixed_point(net, every)]
        states = fixed[::2]
        near = neighbours.nearest_attractor(net, states, flips=flips)
        between = np.linalg.norm(theory.visible_state(net, states[:, None] * 1.0 - fixed), axis=-1)
        bits = (states[:, None] != fixed).sum(axis=-1)
        given, others = bits[:, ::2] + 99 * np.eye(len(states), dtype=int), between[:, ::2].copy()
        np.fill_diagonal(others, np.inf)
        assert (near.least_bits == given.min(axis=1)).all() and (near.nearest == others.argmin(axis=1)).all()
        assert np.allclose(near.distance, others.min(axis=1))
        assert (near.bits.values == given[np.arange(len(states)), near.nearest.values]).all()
        close = (bits > 0) & (bits <= flips)
        least = np.where(close, between, np.inf).argmin(axis=1)
        some = close.any(axis=1)
        assert (near.n_close == close.sum(axis=1)).all()
        assert np.allclose(near.close_distance[some], between[some, least[some]])
        assert (near.close_bits.values == np.where(some, bits[np.arange(len(states)), least], 0)).all()
        assert np.isnan(near.close_distance[~some]).all()
        lonely += (~some).sum()
    assert lonely or flips == 2


def test_symmetric_fatal_shock_is_a_known_part_of_the_way_to_the_flipped_state():
    """Row μ of B leads from s straight to s with bit μ flipped, at ‖ξ_μ‖/√N_h: fatal at d_μ/(p_μ J_μμ) of the way."""
    net = Network.gaussian(400, 5, seed=2)
    memories = stable_states(net)
    found = shocks.minimal_fatal_shock(net, memories)
    own = np.diag(theory.effective_coupling(net))[found.neuron.values]
    flipped = memories ^ np.eye(5, dtype=bool)[found.neuron.values]
    way = np.linalg.norm(theory.visible_state(net, flipped * 1.0 - memories), axis=1)
    field = (memories @ theory.effective_coupling(net) - net.threshold)[np.arange(len(memories)), found.neuron.values]
    part = np.abs(field) / (shocks.peak_transfer(net)[0] * own)
    assert np.allclose(found.fatal / way, part, rtol=1e-5)


def test_typical_shocks_are_medians_of_each_network_and_means_over_networks():
    nets = [Network.gaussian(60, 4, seed=seed) for seed in range(3)]
    result = typical_shocks(nets, n_memories=16, seed=0)  # all 16 states, not 16 random ones
    memories = stable_states(nets[1])
    found = shocks.minimal_fatal_shock(nets[1], memories)
    half = neighbours.nearest_attractor(nets[1], memories).close_distance / 2 / np.sqrt(60)
    assert int(result.n_stable[1]) == len(memories)
    for name, values in (("fatal_rms", found.fatal_rms), ("half_distance_rms", half)):
        assert float(result[f"{name}_by_network"][1]) == pytest.approx(float(np.median(values)))
    each = result.fatal_rms_by_network.values
    assert float(result.fatal_rms) == pytest.approx(np.nanmean(each))
    assert float(result.fatal_rms_lower) < float(result.fatal_rms) < float(result.fatal_rms_upper)
    some = typical_shocks([tight_pair(1)], seed=0)
    assert int(some.n_stable[0]) == 3 and float(some.attained) == pytest.approx(2 / 3)


def test_typical_shocks_draw_states_by_seed_and_omit_networks_without_a_memory():
    restless = Network(
        np.eye(60, 12), feedback=-np.eye(12, 60), threshold=-0.01
    )  # all inhibit themselves: nothing is stable
    nets = [Network.gaussian(60, 12, seed=0), restless]
    first, again, other = (typical_shocks(nets, n_memories=20, seed=seed) for seed in (0, 0, 1))
    assert first.identical(again) and not first.fatal_rms_by_network.equals(other.fatal_rms_by_network)
    assert first.n_stable.values[1] == 0 and np.isnan(first.fatal_rms_by_network[1])
    assert np.isfinite(first.fatal_rms) and 0 < int(first.n_stable[0]) <= 20


def test_results_are_restored_from_netcdf_with_long_names(tmp_path):
    net = random_network(0)
    memories = stable_states(net)
    results = [shocks.minimal_fatal_shock(net, memories), neighbours.nearest_attractor(net, memories)]
    for result in [*results, typical_shocks([net, net], seed=0)]:
        save_result(result, tmp_path / "result.nc")
        assert load_result(tmp_path / "result.nc").identical(result)
        assert set(result.attrs) >= {"n_networks", "n_trials", "engine", "method", "seed"}
        assert all(variable.attrs["long_name"] for variable in result.data_vars.values())


def test_bad_input_is_refused():
    net = Network.gaussian(20, 3, seed=0)
    unstable = Network.gaussian(20, 3, threshold=5.0, seed=0)
    with pytest.raises(InvalidInput, match="1 of 2 are not"):
        shocks.minimal_fatal_shock(unstable, [[0, 0, 0], [1, 0, 0]])
    for memories in ([0, 0, 0], np.empty((0, 3))):
        with pytest.raises(InvalidInput, match="memories must have shape"):
            shocks.minimal_fatal_shock(net, memories)
    with pytest.raises(InvalidInput, match="binary"):
        shocks.minimal_fatal_shock(net, [[0, 0, 2]])
    with pytest.raises(InvalidInput, match="one tau_v"):
        shocks.minimal_fatal_shock(net.replace(tau_v=np.full(20, 1e-2)), [[0, 0, 0]])
    with pytest.raises(InvalidInput, match="flips"):
        neighbours.nearest_attractor(net, [[0, 0, 0], [1, 0, 0]], flips=3)
    with pytest.raises(InvalidInput, match="distinct"):
        neighbours.nearest_attractor(net, [[0, 0, 0], [0, 0, 0]])
    with pytest.raises(InvalidInput, match="states must have shape"):
        neighbours.nearest_attractor(net, [[0, 0, 0]])
    with pytest.raises(InvalidInput, match="networks"):
        typical_shocks([], seed=0)


def test_a_network_without_a_fatal_shock_leaves_no_finite_mean():
    """Of one of these networks the silent state alone is stable; without it the mean was below the certified radius."""
    nets = [Network.gaussian(60, 3, seed=seed, threshold=0.9) for seed in range(4)]
    found = typical_shocks(nets, seed=0)
    by_network = found.fatal_rms_by_network.values
    assert np.isinf(by_network).any() and (by_network >= found.certified_rms_by_network.values * (1 - 1e-6)).all()
    assert np.isnan(found.fatal_rms) and np.isnan(found.fatal_rms_lower) and np.isfinite(found.certified_rms)
    few = typical_shocks([nets[k] for k in np.flatnonzero(np.isfinite(by_network))], seed=0)
    assert few.fatal_rms >= few.certified_rms
