"""Recall against noise and time constants: limits that are known, and the trials they are made of."""

import numpy as np
import pytest

from analysis import basins, timescales, trials
from analysis.statistics import proportion_interval
from neurosim import InvalidInput, Network, patterns, recall, theory
from neurosim.engines.brian import standalone
from neurosim.engines.brian.compilers import compiler

FAST = {"engine": "reference", "duration": 0.05}


def _networks(count: int) -> list[Network]:
    return [Network.gaussian(150, 4, seed=seed, tau_h=2e-3) for seed in range(count)]


def test_no_noise_recalls_all_and_huge_noise_next_to_nothing():
    out = basins.recall_vs_noise(_networks(4), [0.0, 100.0], n_cues=16, seed=1, **FAST)
    assert out.recalled.values[0] == 1 and out.recalled.values[1] < 0.3
    assert out.agreement.values[0] == 1 and 0.3 < out.agreement.values[1] < 0.7  # a coin for each bit
    assert (out.recalled_lower <= out.recalled).all() and (out.recalled <= out.recalled_upper).all()
    assert out.attrs["n_networks"] == 4 and out.attrs["n_trials"] == 16
    assert set(out.attrs) >= {"seed", "engine", "method", "confidence", "intervals_over"}


def test_the_trials_are_the_recalls_that_one_would_make_by_hand():
    net = Network.gaussian(40, 5, seed=3, tau_h=np.array([0.5, 0.5, 1, 1, 2]) * 1e-3)  # mean 1 ms
    targets = patterns.random_hidden_states(5, 30, seed=1)
    got = trials.run_trials(net, targets, noise_std=1.5, seed=9, **FAST)
    seed = trials.spawn_seeds(9, 1)[0]
    out = recall(net, patterns.visible_cues(net, targets, noise_std=1.5, seed=seed), **FAST)
    same = (out.hidden_active.values == targets).all(axis=1)
    settled = out.outcome.values == "settled"
    assert (got.recalled == (same & settled)).all() and 0 < got.recalled.sum() < 30
    assert np.allclose(got.agreement, (out.hidden_active.values == targets).mean(axis=1))
    assert np.allclose(got.settle_time, out.settle_time / 1e-3, equal_nan=True)
    assert (got.settled == settled).all()


def test_a_recall_that_has_not_settled_is_not_recalled():
    net = Network.gaussian(150, 4, seed=0)
    target = np.zeros((20, 4), bool)  # where every recall starts; after τ_h/10 the noise has switched nothing on yet
    got = trials.run_trials(net, target, noise_std=8.0, seed=0, engine="reference", duration=1e-4)
    waiting = (got.agreement == 1) & ~got.settled
    assert waiting.any() and not got.recalled[waiting].any()


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


def test_the_bound_is_the_papers_for_gaussian_weights_and_absent_otherwise():
    nets = _networks(2)
    out = basins.recall_vs_noise(nets, [1.0], n_cues=2, seed=0, **FAST)
    assert out.bound[0] == pytest.approx(theory.bit_flip_bound(nets[0], 1.0).none)
    learned = Network(nets[0].weights)
    assert np.isnan(basins.recall_vs_noise(learned, [1.0], n_cues=2, seed=0, **FAST).bound).all()
    outside = nets[0].replace(threshold=1.2)
    assert np.isnan(basins.recall_vs_noise(outside, [1.0], n_cues=2, seed=0, **FAST).bound).all()


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
    seen = []

    def spy(net, level):
        seen.append((net, level))
        return net, level

    net = Network.gaussian(20, 3, seed=0, tau_h=[1e-3, 2e-3, 3e-3])
    trials.trial_grid(
        net, [1.0], spy, targets=None, n_cues=2, seed=0, engine="reference", duration=0.01, progress=False
    )
    assert seen[0][0] is net
    out = timescales.recall_vs_ratio(net, [5.0], n_cues=8, seed=0, engine="reference")
    by_hand = trials.run_trials(
        net.replace(tau_v=10e-3), patterns.all_hidden_states(3), noise_std=0, seed=0, engine="reference"
    )
    assert out.recalled[0] == by_hand.recalled.mean()
    assert out.settle_time[0] == pytest.approx(np.nanmean(by_hand.settle_time))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: basins.recall_vs_noise(net, [-1.0], seed=0), "noise_levels"),
        (lambda net: basins.recall_vs_noise(net, [], seed=0), "noise_levels"),
        (lambda net: basins.recall_vs_noise([], [1.0], seed=0), "networks"),
        (lambda net: basins.recall_vs_noise([net], [1.0], targets=np.ones((1, 3)), seed=0), "one network"),
        (lambda net: basins.recall_vs_noise(net, [1.0], targets=np.ones((1, 4)), seed=0), "shape"),
        (lambda net: basins.recall_vs_noise(net, [1.0], targets=np.full((1, 3), 2), seed=0), "binary"),
        (lambda net: basins.recall_vs_noise(net, [1.0], n_cues=0, seed=0), "n_cues"),
        (lambda net: timescales.recall_vs_ratio(net, [0.0], seed=0), "ratios"),
        (lambda net: timescales.recall_vs_ratio(net, [np.nan], seed=0), "ratios"),
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


@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_a_sweep_in_brian2_runs_one_program_for_every_network_and_ratio(monkeypatch):
    started = []

    class Counted(standalone._Worker):
        def __init__(self, target):
            started.append(target)
            super().__init__(target)

    monkeypatch.setattr(standalone, "_Worker", Counted)
    nets, ratios = _networks(3), [1.0, 3.0, 20.0]
    got = timescales.recall_vs_ratio(nets, ratios, n_cues=16, seed=1, engine="brian")
    want = timescales.recall_vs_ratio(nets, ratios, n_cues=16, seed=1, duration=0.8)
    assert started == ["cpp_standalone"]
    assert np.abs(got.recalled_by_network - want.recalled_by_network).max() <= 1 / 16  # a marginal cue
