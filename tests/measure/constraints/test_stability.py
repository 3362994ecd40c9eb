"""Stable states and recall under constraints: shares against plain enumeration, and learned networks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import InvalidInput, Network, patterns, recall, theory
from neurosim.constraints import (
    Asymmetric,
    DeadNeurons,
    Homeostatic,
    Quantised,
    Sparse,
    StuckNeurons,
    SynapticNoise,
    constrain,
)
from neurosim.measure.capacity.curve import count_fixed_points, count_sweep
from neurosim.measure.constraints import laws
from neurosim.measure.constraints import stability as module
from neurosim.measure.constraints.stability import (
    FieldExtremes,
    field_extremes,
    gaussian_shares,
    learned_shares,
)
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.plots import constraints as figure
from neurosim.seeds import spawn_seeds


def dead_hidden(share):
    return DeadNeurons(hidden=share)


# --- shares of states ----------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 50), ratio=st.sampled_from([2, 10]))
def test_field_extremes_are_those_of_counted_states_and_the_best_shift_is_best(seed, ratio):
    net = constrain(Network.gaussian(6 * ratio, 6, seed=seed), [Asymmetric(0.7)], seed=seed)
    states = patterns.all_hidden_states(6)
    found = field_extremes(net, states)
    assert found.stable_share() == count_fixed_points(net)["count"].item() / 64
    shift = found.best_shift()
    moved = net.replace(threshold=net.threshold + shift)
    assert theory.is_fixed_point(moved, states).mean() == found.stable_share(shift)
    tried = [found.stable_share(s) for s in np.linspace(-1, 1, 401)]
    assert found.stable_share(shift) >= max(tried)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_best_shift_is_best_where_fields_are_equal(seed):
    active, inactive = np.random.default_rng(seed).integers(0, 5, size=(2, 12)).astype(float)
    found = FieldExtremes(active, inactive)
    places = np.unique(np.concatenate([active, inactive]))
    middles = (places[1:] + places[:-1]) / 2
    most = max((sum(i <= m < a for a, i in zip(active, inactive, strict=True)) for m in middles), default=0)
    assert found.stable_share(found.best_shift()) == most / 12


def test_without_possible_stable_states_the_threshold_is_not_shifted():
    assert (
        FieldExtremes(np.zeros(3), np.ones(3)).best_shift() == 0
        and FieldExtremes(np.zeros(3), np.ones(3)).stable_share() == 0
    )


def test_at_the_threshold_itself_is_off():
    silent = Network(weights=np.zeros((3, 2)), threshold=0.0)
    assert (
        field_extremes(silent, patterns.all_hidden_states(2)).stable_share()
        == 1 / 4
        == count_fixed_points(silent)["count"].item() / 4
    )


def test_unconstrained_networks_keep_all_states():
    left = gaussian_shares(seed=5, constraint=Sparse, value=1.0, n_hidden=8, visible_per_hidden=10.0, n_cues=64)
    net = Network.gaussian(80, 8, seed=spawn_seeds(5, 5)[0])
    assert left["stored"] == theory.is_fixed_point(net, patterns.all_hidden_states(8)).mean()
    assert left["stored_best"] >= left["stored"] and 0 < left["recalled"] <= 1
    assert left["law"] == laws.stored([], 80, 8) and left["law_best"] == laws.stored([], 80, 8, best=True)


def test_sampled_states_estimate_all_of_them():
    net = constrain(Network.gaussian(160, 16, seed=0), [SynapticNoise(1.0)], seed=0)
    every = field_extremes(net, patterns.all_hidden_states(16)).stable_share()
    some = field_extremes(net, patterns.random_hidden_states(16, 2**14, seed=1)).stable_share()
    assert some == pytest.approx(every, abs=4 * np.sqrt(every * (1 - every) / 2**14))


def test_laws_do_not_apply_to_constrained_networks():
    nets = [Network.gaussian(40, 4, seed=s) for s in (0, 1)]
    assert np.isfinite(count_sweep(nets, {"threshold": [0.5]}, seed=0).law).all()
    sparse = [constrain(net, [Sparse(0.5)], seed=0) for net in nets]
    assert np.isnan(count_sweep(sparse, {"threshold": [0.5]}, seed=0).law).all()


@pytest.mark.parametrize("constraint", [StuckNeurons, dead_hidden])
def test_stuck_and_dead_hidden_neurons_each_halve_the_count(constraint):
    left = gaussian_shares(seed=0, constraint=constraint, value=0.25, n_hidden=8, n_cues=256)
    assert left["stored"] == 1 / 4 and left["recalled"] <= 1 / 4


# --- learned networks ----------------------------------------------------------------------------------------


@pytest.mark.torch
def test_learned_weights_tolerate_less_as_theory_predicts():
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    options = {"measure": learned_shares, "seed": 0, "epochs": 2}
    bits = constraint_sweep(3, {"quantised": Quantised}, {"value": [2, 4, 8], "n_hidden": [8]}, **options)
    density = constraint_sweep(3, {"sparse": Sparse}, {"value": [0.7, 0.95, 1.0], "n_hidden": [8]}, **options)
    bits, density = bits.isel(constraint=0), density.isel(constraint=0)
    stored = bits.stored.values.ravel()
    assert stored[0] < 0.9 < stored[2] and bits.certified.values.ravel().tolist()[::2] == [0, 1]
    assert np.abs(bits.law - bits.stored).max() < 0.12 and bits.law_certified.sel(value=8).item() > 0.9
    assert np.isnan(density.law_certified).all()  # few lost synapses are not normal errors
    assert (
        density.stored.values.ravel()[2] == density.certified.values.ravel()[2] == density.codes.values.ravel()[2] == 1
    )
    assert np.abs(density.law - density.stored).max() < 0.15
    panels = figure.learned(
        constraint_sweep(2, {"q": Quantised}, {"value": [1, 2], "n_hidden": [4]}, seed=0, n_cues=4),
        {"bits": bits.expand_dims(constraint=["q"]), "density": density.expand_dims(constraint=["s"])},
    )
    assert len(panels) == 6


def test_noise_on_cues_has_the_given_strength():
    call = {"seed": 0, "constraint": Sparse, "value": 1.0, "n_hidden": 6, "visible_per_hidden": 50.0, "n_cues": 32}
    quiet, loud = (gaussian_shares(**call, noise_std=noise)["recalled"] for noise in (0.0, 20.0))
    assert quiet == 1 and loud < 0.5
    found = constraint_sweep(2, {"a": Sparse}, {"value": [1.0], "n_hidden": [4]}, seed=0, n_cues=4, noise_std=0.25)
    assert found.attrs["noise_std"] == 0.25


def test_the_best_shift_is_the_middle_of_where_most_states_are_stable():
    # stable from 0 to 1, from 0.5 to 2, and from 3 to 4: two of three between 0.5 and 1
    assert FieldExtremes(np.array([1.0, 2.0, 4.0]), np.array([0.0, 0.5, 3.0])).best_shift() == 0.75


def test_the_best_threshold_is_chosen_on_other_states_than_it_is_evaluated_on(monkeypatch):
    drawn = []

    def kept(n_hidden, n, seed):
        drawn.append(random_targets(n_hidden, n, seed))
        return drawn[-1]

    random_targets = module.random_targets
    monkeypatch.setattr(module, "N_STATES", 16)
    monkeypatch.setattr(module, "random_targets", kept)
    gaussian_shares(seed=0, constraint=Sparse, value=0.5, n_hidden=8, visible_per_hidden=10.0, n_cues=4)
    judged, sought = (states for states in drawn if len(states) == 16)
    assert not np.array_equal(judged, sought)


def test_a_network_of_weak_self_coupling_recalls_at_its_own_threshold():
    left = gaussian_shares(seed=0, constraint=Asymmetric, value=0.3, n_hidden=6, visible_per_hidden=1000.0, n_cues=32)
    assert left["best_threshold"] == pytest.approx(0.15, abs=0.06)  # half of J_μμ = ρ
    assert left["stored"] < 0.1 and left["stored_best"] == 1  # at ½ only the silent state is left, or nearly
    assert left["recalled"] < 0.2 and left["recalled_best"] > 0.9


@pytest.mark.torch
def test_an_image_keeps_its_code_only_if_every_neuron_does(digits):
    pytest.importorskip("torch")
    point = {"seed": 0, "constraint": Sparse, "value": 0.8, "n_hidden": 8, "epochs": 2}
    found = learned_shares(**point)["codes"]
    train_seed, constraint_seed, _ = spawn_seeds(0, 3)
    free, _ = module._learned(8, train_seed, 2)
    pixels = digits.pixels
    ends = [
        recall(net, pixels, read_out=False).hidden_active.values
        for net in (free, constrain(free, [Sparse(0.8)], seed=constraint_seed))
    ]
    kept = sum(list(one) == list(other) for one, other in zip(*ends, strict=True))
    assert found == pytest.approx(kept / 1797) and kept < 1797


def test_a_learned_network_takes_one_constraint_at_a_time():
    with pytest.raises(InvalidInput, match="one constraint at a time"):
        learned_shares(seed=0, constraint=lambda p: [Sparse(p), Homeostatic()], value=0.9, n_hidden=8, epochs=1)
