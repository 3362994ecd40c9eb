"""What constraints leave of a memory: shares against plain enumeration, crossings, sweeps, what learning adds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes

from analysis import constraint_laws as laws
from analysis.capacity import count_fixed_points, count_sweep
from analysis.constraints import (
    MEASURES,
    Sides,
    constraint_sweep,
    kept_share,
    learned_sweep,
    lost_at,
    parsed,
    parsed_all,
    sides,
)
from analysis.figures import constrained as figure
from analysis.statistics import spawn_seeds
from analysis.sweep import Runner
from neurosim import InvalidInput, Network, patterns, theory
from neurosim.constraints import (
    Asymmetric,
    Bounded,
    Dale,
    DeadNeurons,
    DistanceDependent,
    Homeostatic,
    Quantised,
    Sparse,
    StuckNeurons,
    SynapticNoise,
    constrain,
)


def test_constraints_are_read_as_they_would_be_called():
    assert parsed("sparse:0.1,false") == parsed("sparse:density=0.1,reciprocal=false") == Sparse(0.1, False)
    assert parsed("dale:0.8,interneurons=pool") == Dale(0.8, interneurons="pool")
    assert parsed("bounded:inf") == Bounded(math.inf) and parsed("homeostatic") == Homeostatic()
    assert parsed_all("sparse:{x} quantised:{x}", 1.0) == [Sparse(1.0), Quantised(1)]


# --- shares of states ----------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 50), ratio=st.sampled_from([2, 10]))
def test_sides_are_those_of_counted_states_and_the_best_shift_is_best(seed, ratio):
    net = constrain(Network.gaussian(6 * ratio, 6, seed=seed), [Asymmetric(0.7)], seed=seed)
    states = patterns.all_hidden_states(6)
    found = sides(net, states)
    assert found.share() == count_fixed_points(net)["count"].item() / 64
    shift = found.best_shift()
    moved = net.replace(threshold=net.threshold + shift)
    assert theory.is_fixed_point(moved, states).mean() == found.share(shift)
    tried = [found.share(s) for s in np.linspace(-1, 1, 401)]
    assert found.share(shift) >= max(tried)


def test_where_nothing_can_be_stable_no_threshold_is_sought():
    assert Sides(np.zeros(3), np.ones(3)).best_shift() == 0 and Sides(np.zeros(3), np.ones(3)).share() == 0


def test_at_the_threshold_itself_is_off():
    silent = Network(weights=np.zeros((3, 2)), threshold=0.0)
    assert (
        sides(silent, patterns.all_hidden_states(2)).share() == 1 / 4 == count_fixed_points(silent)["count"].item() / 4
    )


def test_unconstrained_networks_keep_what_they_have():
    left = kept_share(seed=5, constraint="sparse:{x}", x=1.0, n_hidden=8, visible_per_hidden=10.0, n_cues=64)
    net = Network.gaussian(80, 8, seed=spawn_seeds(5, 5)[0])
    assert left["stored"] == theory.is_fixed_point(net, patterns.all_hidden_states(8)).mean()
    assert left["stored_best"] >= left["stored"] and 0 < left["recalled"] <= 1
    assert set(MEASURES) < set(left)


def test_sampled_states_estimate_all_of_them():
    net = constrain(Network.gaussian(160, 16, seed=0), [SynapticNoise(1.0)], seed=0)
    every = sides(net, patterns.all_hidden_states(16)).share()
    some = sides(net, patterns.random_hidden_states(16, 2**14, seed=1)).share()
    assert some == pytest.approx(every, abs=4 * np.sqrt(every * (1 - every) / 2**14))


def test_laws_are_not_told_about_constrained_networks():
    nets = [Network.gaussian(40, 4, seed=s) for s in (0, 1)]
    assert np.isfinite(count_sweep(nets, {"threshold": [0.5]}, seed=0).law).all()
    sparse = [constrain(net, [Sparse(0.5)], seed=0) for net in nets]
    assert np.isnan(count_sweep(sparse, {"threshold": [0.5]}, seed=0).law).all()


# --- sweeps --------------------------------------------------------------------------------------------------


def test_a_sweep_has_intervals_and_laws_and_resumes(tmp_path):
    constraints = {"both ways": "sparse:{x}", "near": "distance:{x}", "few": "sparse:{x} homeostatic"}
    options = {"seed": 0, "n_cues": 16, "visible_per_hidden": 20.0, "runner": Runner(tmp_path / "points")}
    found = constraint_sweep(4, constraints, [0.05, 1.0], [5, 6], **options)
    assert found.stored.dims == ("constraint", "x", "n_hidden") and found.constraint.values.tolist() == [*constraints]
    assert (found.stored_lower <= found.stored).all() and (found.stored <= found.stored_upper).all()
    free = found.stored_by_network.sel(x=1.0, n_hidden=6)
    assert (free.sel(constraint="near") == free.sel(constraint="both ways")).all()
    assert np.isnan(found.law.sel(constraint="near", x=0.05)).all()
    assert float(found.law.sel(constraint="near", x=1.0, n_hidden=6)) == laws.stored([], 120, 6)
    assert float(found.stored.sel(constraint="both ways", x=0.05).max()) < float(free.min())
    kept = sorted((tmp_path / "points").iterdir())
    again = constraint_sweep(4, constraints, [0.05, 1.0], [5, 6], **options)
    assert again.identical(found) and sorted((tmp_path / "points").iterdir()) == kept
    for ax in figure.sizes(found, ("stored", "stored_best", "recalled"), "Density", logarithmic=True).ravel():
        assert isinstance(ax, Axes)


def test_a_mistake_in_a_sweep_is_refused_where_it_is_made():
    with pytest.raises(InvalidInput, match="the constraint must be one of sparse"):
        constraint_sweep(2, {"a": "dense:{x}"}, [0.5], [4], seed=0)


# --- laws ----------------------------------------------------------------------------------------------------


def test_laws_know_what_they_are_about():
    assert laws.moments((StuckNeurons(0.1),)) is None and laws.moments((DistanceDependent(0.5),)) is None
    assert (
        laws.moments(
            (
                Sparse(0.5),
                SynapticNoise(0.5),
            )
        )
        is None
    )  # noise on the synapses that exist
    assert (
        laws.moments(
            (
                Sparse(0.5),
                Dale(),
            )
        )
        is None
        and laws.moments(
            (
                Sparse(0.5),
                Quantised(1),
            )
        )
        is None
    )
    assert (
        laws.moments(
            (
                StuckNeurons(0.0),
                DistanceDependent(1.0),
            )
        )
        is not None
    )
    relay, free = laws.stored([Dale(interneurons="relay")], 100, 10), laws.stored([], 100, 10)
    assert relay == free and math.isnan(laws.stored([StuckNeurons(0.1)], 100, 10))


def test_every_dead_hidden_neuron_halves_the_share():
    for dead in (0, 2, 10):
        assert laws.stored([DeadNeurons(hidden=dead / 10)], 1000, 10) == pytest.approx(0.5**dead, rel=0.01)


@pytest.mark.parametrize("constraint", ["stuck_neurons:{x}", "dead_neurons:hidden={x}"])
def test_stuck_and_dead_hidden_neurons_each_halve_what_is_counted(constraint):
    left = kept_share(seed=0, constraint=constraint, x=0.25, n_hidden=8, n_cues=256)
    assert left["stored"] == 1 / 4 and left["recalled"] <= 1 / 4


def test_what_homeostasis_cannot_help_is_a_neuron_without_synapses():
    several = [Sparse(0.02), Homeostatic()]
    shares = [
        kept_share(seed=s, constraint="sparse:{x} homeostatic", x=0.02, n_hidden=8, visible_per_hidden=10.0, n_cues=1)[
            "stored"
        ]
        for s in range(100)
    ]
    error = np.std(shares) / 10
    assert abs(np.mean(shares) - laws.stored(several, 80, 8)) < 4 * error and np.mean(shares) < 0.6


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_quantised_moments_are_those_of_quantised_weights(bits):
    net = constrain(Network.gaussian(50_000, 20, seed=0), [Quantised(bits)], seed=0)
    moments = laws.moments((Quantised(bits),))
    assert moments.ww.item() == pytest.approx(1, abs=0.005)
    assert moments.bbww.item() == pytest.approx(np.mean(net.weights**4), rel=0.01)


# --- crossings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rising", [False, True])
def test_a_crossing_is_where_the_mean_curve_has_it(rising):
    x = np.array([1.0, 2.0, 4.0, 8.0])
    values = np.array([1.0, 0.75, 0.25, 0.0])[:, None] + np.array([-0.05, 0.0, 0.05])
    values = values[::-1] if rising else values  # crosses at the same place either way
    lost = lost_at(x, values)
    assert lost.estimate == pytest.approx(3) and lost.lower < lost.estimate < lost.upper
    assert lost_at(x, values, logarithmic=True).estimate == pytest.approx(np.sqrt(8))


def test_no_crossing_is_nan_with_limits_beyond_the_range():
    lost = lost_at([1, 2], np.ones((2, 5)))
    assert math.isnan(lost.estimate) and lost.lower == lost.upper == math.inf
    half = lost_at([1, 2], np.array([[1, 1, 1, 1.0], [0.0, 0.9, 0.9, 0.0]]))
    assert 1.9 < half.estimate < 2 and half.lower < 2 and half.upper == math.inf


def test_the_interval_of_a_crossing_covers():
    x, hits, chance = np.linspace(0, 1, 9), 0, np.random.default_rng(0)
    for _ in range(60):
        shift = 0.5 + 0.1 * chance.standard_normal(20)
        lost = lost_at(x, 1 / (1 + np.exp((x[:, None] - shift) / 0.05)))
        hits += lost.lower <= 0.5 <= lost.upper
    assert hits >= 52


# --- learned networks ----------------------------------------------------------------------------------------


@pytest.mark.torch
def test_learned_weights_bear_less_and_theory_says_how_much():
    bits = learned_sweep(3, {"quantised": "quantised:{x}"}, [2, 4, 8], [8], seed=0, epochs=2).isel(constraint=0)
    density = learned_sweep(3, {"sparse": "sparse:{x}"}, [0.7, 0.95, 1.0], [8], seed=0, epochs=2).isel(constraint=0)
    stored = bits.stored.values.ravel()
    assert stored[0] < 0.9 < stored[2] and bits.certified.values.ravel().tolist()[::2] == [0, 1]
    assert np.abs(bits.law - bits.stored).max() < 0.12 and bits.law_certified.sel(x=8).item() > 0.9
    assert (
        density.stored.values.ravel()[2] == density.certified.values.ravel()[2] == density.codes.values.ravel()[2] == 1
    )
    assert np.abs(density.law - density.stored).max() < 0.15
    panels = figure.learned(
        constraint_sweep(2, {"q": "quantised:{x}"}, [1, 2], [4], seed=0, n_cues=4),
        {"bits": bits.expand_dims(constraint=["q"]), "density": density.expand_dims(constraint=["s"])},
    )
    assert len(panels) == 6


@pytest.mark.parametrize("constraint", [Quantised(3), Quantised(5), Sparse(0.9), Sparse(0.5)], ids=repr)
def test_perturbed_fields_have_the_mean_and_the_spread_they_should(constraint):
    states = patterns.all_hidden_states(6)[[7, 56, 63]]
    away = []
    for seed in range(300):
        chance = np.random.default_rng(seed)
        w = np.abs(chance.standard_normal((60, 6))) + 0.5  # weights that add up, as images do
        net = Network(weights=w, feedback=chance.standard_normal((6, 60)) + 0.2 * w.T)
        mean, std = laws.Perturbed(net, constraint).field(states)
        fields = states @ theory.effective_coupling(constrain(net, [constraint], seed=seed)).T
        away.append((fields - mean) / std)
    away = np.array(away)
    assert np.abs(away.mean(axis=0)).max() < 5 / np.sqrt(300)
    for active, other in ((away[:, states], "on"), (away[:, ~states], "off")):
        assert active.std() == pytest.approx(1, abs=0.15), other


def test_other_perturbations_are_refused():
    net = Network.gaussian(20, 4, seed=0)
    for other in (Asymmetric(0.5), Sparse(0.5, reciprocal=False)):
        with pytest.raises(InvalidInput, match="must be quantised or reciprocal sparse"):
            laws.Perturbed(net, other)
