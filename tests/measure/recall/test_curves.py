"""Recall against noise, damage and time constants: known limits, and the underlying trials."""

from dataclasses import dataclass

import numpy as np
import pytest

from neurosim import InvalidInput, Network, patterns, recall, theory
from neurosim.cells import Regular
from neurosim.constraints.neurons import log_normal
from neurosim.engines import Brian, Event, from_record
from neurosim.engines.brian import standalone
from neurosim.engines.brian.compilers import compiler
from neurosim.measure import timescales
from neurosim.measure.basins import noise as basins
from neurosim.measure.capacity.curve import count_sweep, unstable_sweep
from neurosim.measure.recall import trials
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.recall.trials import cue_damage, recalled_share, run_trials
from neurosim.measure.statistics import proportion_interval
from neurosim.nonlinearity import Sign
from neurosim.seeds import spawn_seeds

FAST = {"engine": "reference", "duration": 0.05}


def _networks(count: int) -> list[Network]:
    return [Network.gaussian(150, 4, seed=seed, tau_h=2e-3) for seed in range(count)]


def test_noise_reduces_recall_from_all_to_nearly_none():
    out = basins.recall_vs_noise(_networks(4), [0.0, 100.0], n_cues=16, seed=1, **FAST)
    assert out.recalled.values[0] == 1 and out.recalled.values[1] < 0.3
    assert out.agreement.values[0] == 1 and 0.3 < out.agreement.values[1] < 0.7  # a coin for each bit
    assert (out.recalled_lower <= out.recalled).all() and (out.recalled <= out.recalled_upper).all()
    assert out.attrs["n_networks"] == 4 and out.attrs["n_trials"] == 16
    assert set(out.attrs) >= {"seed", "engine", "method", "confidence", "intervals_over"}


def test_trials_equal_explicit_recalls():
    net = Network.gaussian(40, 5, seed=3, tau_h=np.array([0.5, 0.5, 1, 1, 2]) * 1e-3)  # mean 1 ms
    targets = patterns.random_hidden_states(5, 30, seed=1)
    got = run_trials(net, targets, cue_damage(noise_std=1.5), seed=9, **FAST)
    noise_seed = spawn_seeds(spawn_seeds(9, 1)[0], 3)[0]
    out = recall(net, patterns.visible_cues(net, targets, noise_std=1.5, seed=noise_seed), **FAST)
    same = (out.hidden_active.values == targets).all(axis=1)
    settled = out.outcome.values == "settled"
    assert (got.recalled == (same & settled)).all() and 0 < got.recalled.sum() < 30
    assert np.allclose(got.agreement, (out.hidden_active.values == targets).mean(axis=1))
    assert np.allclose(got.settle_time, out.settle_time / 1e-3, equal_nan=True)
    assert (got.settled == settled).all()


def test_a_point_of_a_sweep_is_the_trials_of_its_network():
    seed = 12
    weight_seed, target_seed, damage_seed, _ = spawn_seeds(seed, 4)
    options = {
        "n_hidden": 6,
        "visible_per_hidden": 7.0,
        "threshold": 0.45,
        "ratio": 8.0,
        "noise_std": 0.5,
        "missing": 0.1,
    }
    point = recalled_share(seed=seed, n_cues=40, **options)
    net = Network.gaussian(42, 6, seed=weight_seed, threshold=0.45, tau_v=8e-3)
    targets = trials.random_targets(6, 40, target_seed)
    want = run_trials(net, targets, cue_damage(noise_std=0.5, missing=0.1), seed=damage_seed)
    assert point["recalled"] == want.recalled.mean() and 0 < point["recalled"] < 1
    assert point["settle_time"] == want.settle_time[want.settled].mean()
    assert point["n_trials"] == 40 and not point["complete"]


def test_a_recall_that_has_not_settled_is_not_recalled():
    net = Network.gaussian(150, 4, seed=0)
    target = np.zeros((20, 4), bool)  # where every recall starts; after τ_h/10 the noise has switched nothing on yet
    got = run_trials(net, target, cue_damage(noise_std=8.0), seed=0, engine="reference", duration=1e-4)
    waiting = (got.agreement == 1) & ~got.settled
    assert waiting.any() and not got.recalled[waiting].any()


def test_damage_has_the_given_size():
    cues = np.random.default_rng(0).standard_normal((50, 40)) + 5
    flipped = cue_damage(flipped=0.25).apply(cues, seed=1)
    assert ((flipped == -cues).sum(axis=1) == 10).all() and ((flipped == cues).sum(axis=1) == 30).all()
    missing = cue_damage(missing=0.5).apply(cues, seed=1)
    assert ((missing == 0).sum(axis=1) == 20).all()
    assert (cue_damage(occluded=0.3).apply(cues, seed=1)[:, 28:] == 0).all()
    assert (cue_damage(occluded=0.3).apply(cues, seed=1)[:, :28] == cues[:, :28]).all()
    rows = cue_damage(occluded=0.5).apply(cues, seed=1, image_shape=(2, 4, 5)).reshape(50, 2, 4, 5)
    assert (rows[:, :, 2:] == 0).all() and (rows[:, :, :2] == cues.reshape(50, 2, 4, 5)[:, :, :2]).all()
    weak, strong = (cue_damage(noise_std=level).apply(cues, seed=1) - cues for level in (1.0, 3.0))
    assert np.allclose(strong, 3 * weak) and abs(weak.std() - 1) < 0.1


def test_one_network_gets_wilson_limits_over_its_given_targets():
    net = Network.gaussian(60, 6, seed=2)
    states = patterns.all_hidden_states(6)
    stored = states[theory.is_fixed_point(net, states)]
    out = basins.recall_vs_noise(net, [1.5], targets=stored, n_cues=20, seed=4, **FAST)
    assert out.attrs["n_trials"] == 20 and out.attrs["targets"] == "given" and "recalled_by_network" not in out
    want = proportion_interval(round(20 * float(out.recalled[0])), 20)
    assert out.recalled_lower.item() == pytest.approx(want.lower)
    assert out.recalled_upper.item() == pytest.approx(want.upper)
    fewer = basins.recall_vs_noise(net, [0.0], targets=stored[:3], n_cues=20, seed=4, **FAST)
    assert fewer.attrs["n_trials"] == 3


def test_the_theory_is_for_gaussian_weights_and_absent_otherwise():
    nets = _networks(2)
    out = basins.recall_vs_noise(nets, [1.0], n_cues=2, seed=0, **FAST)
    needed = 0.5 / float(theory.rise_peak(10.0))
    assert out.bound[0] == pytest.approx(theory.flip_bound(150, 4, needed, 1.0).none)
    assert out.law[0] == pytest.approx(theory.recall_vs_ratio_law(150, 4, 0.5, 10.0, noise_std=1.0))
    by_number = basins.recall_vs_noise(2, [1.0], n_cues=2, seed=0, n_hidden=4, visible_per_hidden=37.5, ratio=10.0)
    assert by_number.law[0] == pytest.approx(out.law[0]) and by_number.bound[0] == pytest.approx(out.bound[0])
    learned = Network(nets[0].weights, provenance=nets[0].provenance)  # the record decides nothing, `ensemble` does
    outside = nets[0].replace(threshold=1.2)
    for net in (
        learned,
        nets[0].replace(ensemble="rademacher"),
        outside,
        nets[0].replace(tau_h=[1e-3, 1e-3, 1e-3, 2e-3]),
    ):
        without = basins.recall_vs_noise(net, [1.0], n_cues=2, seed=0, **FAST)
        assert np.isnan(without.bound).all() and np.isnan(without.law).all()


def test_a_mask_of_half_the_neurons_is_half_the_drive_of_half_a_network():
    out = recall_sweep(200, {"missing": [0.0, 0.3]}, n_cues=32, seed=3, n_hidden=6, visible_per_hidden=40, ratio=200.0)
    assert (out.recalled_lower <= out.law).all() and (out.law <= out.recalled_upper).all()
    assert out.recalled[1] < 0.9 * out.recalled[0]


def test_results_are_reproducible_and_levels_share_their_noise():
    nets = _networks(2)
    both = basins.recall_vs_noise(nets, [1.0, 4.0], n_cues=16, seed=5, **FAST)
    alone = basins.recall_vs_noise(nets, [4.0], n_cues=16, seed=5, **FAST)
    other = basins.recall_vs_noise(nets, [4.0], n_cues=16, seed=6, **FAST)
    assert (both.recalled_by_network[1] == alone.recalled_by_network[0]).all()
    assert (alone.agreement != other.agreement).any()


def test_a_slow_visible_layer_is_needed():
    out = timescales.recall_vs_ratio(_networks(3), [0.3, 20.0], n_cues=16, seed=1, engine="reference")
    assert out.recalled.values[0] < 0.2 and out.recalled.values[1] == 1
    assert 0.1 < out.settle_time.values[1] < 20  # in τ_h, of the order of one
    assert out.settle_time.attrs["units"] == "tau_h"


def test_the_ratio_sets_tau_v_and_leaves_tau_h():
    net = Network.gaussian(20, 3, seed=0, tau_h=[1e-3, 2e-3, 3e-3])
    out = timescales.recall_vs_ratio(net, [5.0], n_cues=8, seed=0, engine="reference")
    states = patterns.all_hidden_states(3)
    by_hand = run_trials(net.replace(tau_v=10e-3), states, cue_damage(), seed=0, engine="reference")
    assert out.recalled[0] == by_hand.recalled.mean()
    assert out.settle_time[0] == pytest.approx(np.nanmean(by_hand.settle_time))


def test_spread_time_constants_keep_their_mean_and_have_their_variation():
    factors = log_normal(200_000, 0.5, np.random.default_rng(0))
    assert factors.mean() == pytest.approx(1, abs=0.01) and factors.std() == pytest.approx(0.5, abs=0.01)
    out = recall_sweep(3, {"spread_h": [0.0, 3.0]}, n_cues=64, seed=0, n_hidden=6, ratio=6.0)
    assert out.recalled[1] < out.recalled[0] and np.isnan(out.law[1]) and not np.isnan(out.law[0])


@pytest.mark.torch
def test_spread_visible_time_constants_are_stepped_in_the_full_network():
    pytest.importorskip("torch")
    visible = {"n_hidden": 4, "n_cues": 8, "seed": 0, "engine": "torch", "duration": 0.1, "ratio": 20.0}
    assert recall_sweep(2, {"spread_v": [0.0, 0.3]}, **visible).recalled.min() == 1


def test_the_ratio_for_a_share_is_the_last_crossing_of_the_curve():
    curve = timescales.recall_vs_ratio(5, [1.0, 2.0, 4.0, 8.0, 16.0], seed=0, n_hidden=6)
    found = timescales.ratio_for(curve, 0.5)
    below = curve.ratio.values[curve.recalled.values < 0.5].max()
    above = curve.ratio.values[curve.ratio.values > below].min()
    assert below < found.ratio < above
    share = float(
        (0.5 - curve.recalled.sel(ratio=below)) / (curve.recalled.sel(ratio=above) - curve.recalled.sel(ratio=below))
    )
    assert float(found.ratio) == pytest.approx(below ** (1 - share) * above**share)
    assert found.ratio_lower <= below and found.ratio_upper >= above  # never finer than what was measured
    never = timescales.ratio_for(curve.isel(ratio=[0, 1]), 0.9999)
    assert np.isnan(never.ratio) and (never.ratio_lower, never.ratio_upper) == (2, np.inf)
    always = timescales.ratio_for(curve.isel(ratio=[3, 4]), 0.1)
    assert np.isnan(always.ratio) and (always.ratio_lower, always.ratio_upper) == (0, 8)
    with pytest.raises(InvalidInput, match="share must be a finite number > 0 and < 1"):
        timescales.ratio_for(curve, 1.0)


def two_blocks(n_visible, n_hidden, rng):
    return rng.standard_normal((n_visible, n_hidden)) + 0.1


@pytest.mark.parametrize("ensemble", ["rademacher", two_blocks])
def test_laws_are_for_gaussian_weights_alone(ensemble):
    options = {"seed": 0, "n_hidden": 4, "n_cues": 8}
    grid = {"visible_per_hidden": [20]}
    gaussian, other = (recall_sweep(2, grid, ensemble=name, **options) for name in ("gaussian", ensemble))  # pyright: ignore[reportArgumentType]
    assert np.isfinite(gaussian.law) and np.isfinite(gaussian.bound) and np.isnan(other.law) and np.isnan(other.bound)
    assert gaussian.equals(recall_sweep(2, grid, **options))  # pyright: ignore[reportArgumentType]
    first = spawn_seeds(0, 2)[0]
    weights = Network.random(80, 4, ensemble=ensemble, seed=spawn_seeds(first, 4)[0])
    assert other.recalled_by_network[0, 0] == recalled_share(seed=first, network=weights, n_cues=8)["recalled"]
    assert np.isnan(timescales.recall_vs_ratio(2, [4], ensemble=ensemble, **options).law)
    counted = count_sweep(2, {"n_hidden": [4]}, ensemble=ensemble, seed=0, visible_per_hidden=5)
    assert np.isnan(counted.law) and np.isnan(counted.bound) and 0 <= counted.stored <= 1
    with pytest.raises(InvalidInput, match="ensemble applies to networks that the sweep draws"):
        recall_sweep([weights], {"noise_std": [0]}, ensemble=ensemble, seed=0)
    with pytest.raises(InvalidInput, match="ensemble applies to networks that the sweep draws"):
        count_sweep([weights], {"threshold": [0.5]}, ensemble=ensemble, seed=0)


def test_laws_of_given_networks_depend_on_their_ensemble_not_on_their_provenance():
    net = Network.gaussian(80, 4, seed=0)
    for given_net, is_known in (
        (net, True),
        (net.replace(provenance={}), True),
        (Network(net.weights, provenance=net.provenance), False),
    ):
        assert np.isfinite(recall_sweep([given_net], {"noise_std": [0]}, seed=0, n_cues=8).law) == is_known


def test_noise_at_half_recall_is_where_half_is_recalled():
    net = Network.gaussian(200, 5, seed=1)
    memories = patterns.all_hidden_states(5)[[3, 17, 28]]
    found = basins.noise_at_half_recall(net, memories, n_draws=61, seed=2)
    assert (found.noise_at_half_lower < found.noise_at_half).all()
    assert (found.noise_at_half < found.noise_at_half_upper).all()
    for k, memory in enumerate(memories):  # other noise samples
        cues = np.repeat(memory[None], 1000, axis=0)
        at_half = cue_damage(noise_std=float(found.noise_at_half[k]))
        share = run_trials(net, cues, at_half, seed=5).recalled.mean()
        assert 0.3 < share < 0.7  # the median of 61 lies within ±.13 of ½ in 95%
    assert found.n_active.values.tolist() == memories.sum(axis=1).tolist()
    none = net.replace(threshold=5.0)
    assert basins.noise_at_half_recall(none, memories, n_draws=7, seed=0).noise_at_half.max() == 0


def test_noise_that_never_breaks_a_recall_is_infinite():
    """J = 1: the silent memory is lost if the largest drive of a sample times p exceeds θ, so never if none is > 0."""
    weights = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 2)))[0] * np.sqrt(40)
    net, silent = Network(weights, threshold=0.5, tau_v=20e-3, tau_h=1e-3), np.zeros((1, 2), bool)
    samples = np.random.default_rng(spawn_seeds(3, 1)[0]).standard_normal((101, 40))
    drive = (np.sqrt(2) / 40 * samples @ weights).max(axis=1)
    with np.errstate(divide="ignore"):
        level = np.where(drive > 0, 0.5 / (20 ** (-1 / 19) * np.maximum(drive, 0)), np.inf)
    assert 10 < np.isinf(level).sum() < 40  # a share of 2^−2
    found = basins.noise_at_half_recall(net, silent, n_draws=101, seed=3)
    np.testing.assert_allclose(found.noise_at_half, [np.median(level)], rtol=1e-4)
    lone = net.replace(weights=weights[:, :1], threshold=0.5)
    for seed in range(4):
        samples = np.random.default_rng(spawn_seeds(seed, 1)[0]).standard_normal((21, 40))
        never = (samples @ weights[:, 0] <= 0).mean() > 0.5
        found = basins.noise_at_half_recall(lone, silent[:, :1], n_draws=21, seed=seed)
        assert bool(np.isnan(found.noise_at_half[0])) == bool(np.isnan(found.relative_noise[0])) == never
        assert np.isinf(found.noise_at_half_upper[0])


def test_states_that_a_random_engine_recalled_are_a_sample_of_its_recalls():
    @dataclass(frozen=True, kw_only=True, repr=False)
    class Chance(Event):
        name = "chance"
        is_random = True

    net = Network.gaussian(200, 4, seed=0)
    for engine, complete in ((Chance(), False), (Event(), True), ("event", True)):
        assert recalled_share(seed=0, network=net, n_cues=16, engine=engine)["complete"] is complete
    found = recall_sweep(net, {"threshold": [0.5]}, seed=0, n_cues=16, engine=Chance())
    assert (found.recalled_lower < found.recalled_upper).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: basins.recall_vs_noise(net, [-1.0], seed=0), "noise_std must be >= 0"),
        (lambda net: basins.recall_vs_noise(net, [], seed=0), "noise_std"),
        (lambda net: basins.recall_vs_noise([], [1.0], seed=0), "networks"),
        (lambda net: basins.recall_vs_noise(0, [1.0], seed=0), "networks"),
        (lambda net: basins.recall_vs_noise([net], [1.0], targets=np.ones((1, 3)), seed=0), "a single network"),
        (lambda net: basins.recall_vs_noise(net, [1.0], targets=np.ones((1, 4)), seed=0), "shape"),
        (lambda net: basins.recall_vs_noise(net, [1.0], targets=np.full((1, 3), 2), seed=0), "binary"),
        (lambda net: basins.recall_vs_noise(net, [1.0], n_cues=0, seed=0), "n_cues"),
        (lambda net: timescales.recall_vs_ratio(net, [0.0], seed=0), "ratio must be > 0"),
        (lambda net: timescales.recall_vs_ratio(net, [np.nan], seed=0), "ratio"),
        (lambda net: recall_sweep(net, {"missing": [1.5]}, seed=0), "missing must be from 0 to 1"),
        (lambda net: recall_sweep(net, {"volume": [1.0]}, seed=0), "settings"),
        (lambda net: recall_sweep(net, {"noise_std": [1.0]}, seed=0, n_hidden=5), "random networks"),
        (lambda net: recall_sweep(net, {"noise_std": [1.0, 1.0]}, seed=0), "must not contain a value twice"),
        (
            lambda net: recall_sweep(net, {"noise_std": [np.inf]}, seed=0),
            r"noise_std must be >= 0 and <= 1e\+100, got inf",
        ),
        (lambda net: basins.noise_at_half_recall(net, np.ones((2, 4)), seed=0), "memories"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(InvalidInput, match=words):
        call(Network.gaussian(20, 3, seed=0))


def test_a_share_of_all_states_is_exact_and_a_sampled_one_is_not():
    net = Network.gaussian(60, 6, seed=1)
    every = basins.recall_vs_noise(net, [0.0, 1.0], seed=0)
    assert every.recalled_lower[0] == every.recalled[0] == every.recalled_upper[0]
    assert every.recalled_lower[1] < every.recalled[1] < every.recalled_upper[1]  # the noise is a sample
    some = basins.recall_vs_noise(net, [0.0], n_cues=40, seed=0)
    assert some.recalled_lower[0] < some.recalled[0] < some.recalled_upper[0]


@pytest.fixture
def started(monkeypatch):
    """Return the list of compiled programs that are started, by target."""
    started = []

    class Counted(standalone._Worker):
        def __init__(self, target):
            started.append(target)
            super().__init__(target)

    monkeypatch.setattr(standalone, "_Worker", Counted)
    return started


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_a_sweep_in_brian2_runs_one_program_for_every_network_and_ratio(started):
    nets, ratios = _networks(3), [1.0, 3.0, 20.0]
    engine = Brian(target="cpp_standalone", formulation="fastest")
    got = timescales.recall_vs_ratio(nets, ratios, n_cues=16, seed=1, engine=engine)
    want = timescales.recall_vs_ratio(nets, ratios, n_cues=16, seed=1, duration=0.8)
    assert started == ["cpp_standalone"]
    assert np.abs(got.recalled_by_network - want.recalled_by_network).max() <= 1 / 16  # a marginal cue


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_the_spiking_model_runs_one_program_for_every_network_noise_level_and_ratio(started):
    engine = Brian(cells=Regular(noise=0.05), target="cpp_standalone", formulation="fastest")
    grid = {"noise_std": [0.0, 8.0], "ratio": [0.5, 3.0, 20.0]}  # at 0.5 the default step is half of that at 20
    found = recall_sweep(3, grid, n_hidden=4, visible_per_hidden=50.0, n_cues=16, seed=1, engine=engine)
    rate = recall_sweep(3, grid, n_hidden=4, visible_per_hidden=50.0, n_cues=16, seed=1)
    assert started == ["cpp_standalone"]
    assert np.isnan(found.law).all() and np.isfinite(rate.law).all()
    assert found.recalled[0, 2] > 0.9 > 0.3 > found.recalled[0, 0]  # slow visible neurons are needed
    assert found.recalled[1, 2] < found.recalled[0, 2]
    assert abs(found.recalled[0, 2] - rate.recalled[0, 2]) <= 0.1


def test_options_reach_the_engine():
    net = Network.gaussian(50, 5, seed=0)
    grid, engine = {"noise_std": [1.0]}, Event(threads=1)
    found = recall_sweep(net, grid, n_cues=16, seed=0, engine=engine)
    assert found.recalled.equals(recall_sweep(net, grid, n_cues=16, seed=0).recalled)
    assert found.attrs["engine"] == "event" and from_record(found.attrs["engine_settings"]) == engine


def test_laws_are_for_linear_visible_neurons():
    nets = [Network.gaussian(300, 5, seed=k, visible_activation=Sign()) for k in range(2)]
    found = recall_sweep(nets, {"noise_std": [0.0]}, seed=0, engine="reference", n_cues=4, duration=0.1)
    assert np.isnan(found.law).all() and np.isnan(found.bound).all()


@pytest.mark.parametrize("sweep", [recall_sweep, count_sweep, unstable_sweep])
def test_the_number_of_networks_may_be_of_numpy(sweep):
    grid = {"n_hidden": [3, 4]}
    drawn = [sweep(number, grid, seed=0, visible_per_hidden=10) for number in (2, np.int64(2), np.array(2))]
    assert drawn[0].identical(drawn[1]) and drawn[0].identical(drawn[2]) and "ensemble" in drawn[1].attrs
    assert np.isfinite(drawn[1].law).all()


@pytest.mark.parametrize("sweep", [recall_sweep, count_sweep, unstable_sweep])
@pytest.mark.parametrize("wrong", [0, True, 2.5, "20", [], [3]])
def test_what_is_no_number_of_networks_is_refused_with_both_remedies(sweep, wrong):
    with pytest.raises(InvalidInput, match=r"(number.*or give a Network|a Network or.*or give the number)"):
        sweep(wrong, {"n_hidden": [3]}, seed=0)
