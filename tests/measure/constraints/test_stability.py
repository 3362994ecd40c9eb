"""What constraints leave of a memory: shares against plain enumeration, crossings, sweeps, learned networks."""

import math

import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes

from neurosim import InvalidInput, Network, patterns, recall, theory
from neurosim.constraints import (
    Asymmetric,
    Bounded,
    Dale,
    Homeostatic,
    Quantised,
    Sparse,
    SynapticNoise,
    constrain,
)
from neurosim.gallery import constrained as pages
from neurosim.learning import data
from neurosim.measure.capacity.curve import count_fixed_points, count_sweep
from neurosim.measure.constraints import laws
from neurosim.measure.constraints import stability as module
from neurosim.measure.constraints.stability import (
    MEASURES,
    Sides,
    constraint_sweep,
    kept_share,
    learned_share,
    learned_sweep,
    lost_at,
    over_networks,
    parsed,
    parsed_all,
    sides,
)
from neurosim.plots import constraints as figure
from neurosim.sweep.grid import Runner
from neurosim.sweep.seeds import spawn_seeds


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


@pytest.mark.parametrize("constraint", ["stuck_neurons:{x}", "dead_neurons:hidden={x}"])
def test_stuck_and_dead_hidden_neurons_each_halve_what_is_counted(constraint):
    left = kept_share(seed=0, constraint=constraint, x=0.25, n_hidden=8, n_cues=256)
    assert left["stored"] == 1 / 4 and left["recalled"] <= 1 / 4


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


def sweep(x):
    values = np.array([1.0, 0.75, 0.25, 0.0])[:, None] + np.array([-0.05, 0.0, 0.05])
    data = {
        "stored_by_network": (("constraint", "x", "n_hidden", "network"), values[None, :, None]),
        "stored": (("constraint", "x", "n_hidden"), values.mean(axis=1)[None, :, None]),
        "stored_lower": (("constraint", "x", "n_hidden"), values.min(axis=1)[None, :, None]),
        "stored_upper": (("constraint", "x", "n_hidden"), values.max(axis=1)[None, :, None]),
        "law": (("constraint", "x", "n_hidden"), np.array([1.0, 0.72, 0.6, np.nan])[None, :, None]),
    }
    return xarray.Dataset(data, {"constraint": ["a"], "x": x, "n_hidden": [10]})


def test_intervals_have_the_confidence_asked_for():
    raw = xarray.Dataset({"stored": (("x", "network"), [[0.4, 0.6]])}, {"x": [1.0]})
    found = over_networks(raw, {"stored": "share"}, 0.5)
    # Student's t with one degree of freedom has its quartile at 1, and the mean of two an error of 0.1
    assert (found.stored_lower.item(), found.stored_upper.item()) == pytest.approx((0.4, 0.6))


def test_noise_on_cues_is_what_was_asked_for():
    call = {"seed": 0, "constraint": "sparse:{x}", "x": 1.0, "n_hidden": 6, "visible_per_hidden": 50.0, "n_cues": 32}
    quiet, loud = (kept_share(**call, noise_std=noise)["recalled"] for noise in (0.0, 20.0))
    assert quiet == 1 and loud < 0.5
    found = constraint_sweep(2, {"a": "sparse:{x}"}, [1.0], [4], seed=0, n_cues=4, noise_std=0.25)
    assert found.attrs["noise_std"] == 0.25


def test_the_best_shift_is_the_middle_of_where_most_states_are_stable():
    # stable from 0 to 1, from 0.5 to 2, and from 3 to 4: two of three between 0.5 and 1
    assert Sides(np.array([1.0, 2.0, 4.0]), np.array([0.0, 0.5, 3.0])).best_shift() == 0.75


def test_the_best_threshold_is_sought_in_other_states_than_it_is_judged_by(monkeypatch):
    drawn = []

    def kept(n_hidden, n, seed):
        drawn.append(random_targets(n_hidden, n, seed))
        return drawn[-1]

    random_targets = module.random_targets
    monkeypatch.setattr(module, "N_STATES", 16)
    monkeypatch.setattr(module, "random_targets", kept)
    kept_share(seed=0, constraint="sparse:{x}", x=0.5, n_hidden=8, visible_per_hidden=10.0, n_cues=4)
    judged, sought = (states for states in drawn if len(states) == 16)
    assert not np.array_equal(judged, sought)


def test_a_network_of_weak_self_coupling_recalls_at_its_own_threshold():
    left = kept_share(seed=0, constraint="asymmetric:{x}", x=0.3, n_hidden=6, visible_per_hidden=1000.0, n_cues=32)
    assert left["best_threshold"] == pytest.approx(0.15, abs=0.06)  # half of J_μμ = ρ
    assert left["stored"] < 0.1 and left["stored_best"] == 1  # at ½ only the silent state is left, or nearly
    assert left["recalled"] < 0.2 and left["recalled_best"] > 0.9


@pytest.mark.torch
def test_an_image_keeps_its_code_only_if_every_neuron_does():
    pytest.importorskip("torch")

    point = {"seed": 0, "constraint": "sparse:{x}", "x": 0.8, "n_hidden": 8, "epochs": 2}
    found = learned_share(**point)["codes"]
    train_seed, constraint_seed, _ = spawn_seeds(0, 3)
    free, _ = module._learned(8, train_seed, 2)
    pixels = data.load("digits").pixels
    ends = [
        recall(net, pixels, read_out=False).hidden_active.values
        for net in (free, constrain(free, [Sparse(0.8)], seed=constraint_seed))
    ]
    kept = sum(list(one) == list(other) for one, other in zip(*ends, strict=True))
    assert found == pytest.approx(kept / 1797) and kept < 1797


def test_what_rises_and_never_falls_below_the_level_is_lost_beyond_the_lower_end():
    lost = lost_at([1, 2], np.array([[0.0, 0.9, 0.9, 0.0], [1, 1, 1, 1.0]]))
    assert 1 < lost.estimate < 1.1 and lost.lower == 0 and lost.upper < 2


def test_the_page_counts_where_theory_lies_within_the_interval():
    found = sweep([1.0, 2.0, 4.0, 8.0])  # the law is off by 0, 0.03, 0.35, and unknown
    text = pages._theory(found)
    assert "within the interval, to 0.001, at 2 of 3 points" in text
    assert text.endswith("farthest off at constraint = a, x = 4.0, n_hidden = 10, by 0.35.")


def test_the_page_names_the_crossing_on_the_axis_it_is_drawn_on():
    found = sweep([1.0, 2.0, 4.0, 8.0])
    assert pages._rows(found, "stored", "half")[0][:2][1].startswith("3 (")
    ((name, half, what),) = pages._rows(found, "stored", "half", logarithmic=True)
    assert half.startswith("2.83 (") and (name, what) == ("a, N_h = 10", "half")  # √8


def test_draws_that_begin_below_the_level_crossed_it_before_the_range():
    shares = np.array([[1.0] * 6 + [0] * 4, [0] * 10])
    falling = lost_at([1, 2], shares)  # no draw is above ½ at x = 2, so all have crossed by then
    assert falling.estimate == pytest.approx(1 + 1 / 6) and falling.upper <= 1.5 and falling.lower < 1
    rising = lost_at([7, 8], shares[::-1])  # some have less than ½ even at 8: they need more
    assert rising.estimate == pytest.approx(8 - 1 / 6) and rising.lower >= 7.5 and rising.upper > 8


def test_a_learned_network_is_put_under_one_constraint_at_a_time():
    with pytest.raises(InvalidInput, match="one constraint at a time"):
        learned_share(seed=0, constraint="sparse:{x} homeostatic", x=0.9, n_hidden=8, epochs=1)
