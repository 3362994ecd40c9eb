"""Metrics of trained networks in cases with known values."""

import numpy as np
import pytest

from neurosim import Network, patterns, recall, theory
from neurosim.learning.local import learn
from neurosim.measure.learned import evaluation
from neurosim.measure.learned.ablation import compare_variants
from neurosim.measure.learned.codes import compare_codes
from neurosim.measure.learned.evaluation import evaluate, evaluate_networks, first_pass_error, settles_at
from neurosim.measure.learned.local_rules import train_and_evaluate
from neurosim.measure.recall.attractors import settle


def test_metrics_follow_from_the_ends_of_the_recalls(digits):
    images = digits.pixels[:300].astype(float)
    net = learn(images, rule="oja", n_hidden=12, epochs=40)
    found = evaluate(net, images, 0)
    ends = recall(net, images, duration=200 * net.tau_v).hidden_active.values
    stable = theory.stability_margin(net, np.unique(ends, axis=0)) > 0
    assert found["n_unique"] == stable.sum() > 50
    error = ((theory.visible_state(net, ends) - images) ** 2).sum(axis=1).mean()
    assert found["squared_error"] == pytest.approx(error)
    assert train_and_evaluate(seed=0, rule="oja", images=images, n_hidden=12, epochs=40) == found


def test_a_certified_network_recalls_itself_less_under_more_noise():
    weights = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 5)))[0] * np.sqrt(40)  # J = 1
    net = Network(weights, threshold=0.5)
    found = evaluate(net, theory.visible_state(net, patterns.all_hidden_states(5)), 0)
    assert found["certified"] == found["self_0"] == 1 and found["n_unique"] == 32
    assert found["n_images"] == found["n_memories"] == 32
    assert found["squared_error"] < 1e-20
    shares = [found[f"self_{noise}"] for noise in ("0", "0.1", "0.2", "0.4")]
    assert shares == sorted(shares, reverse=True)


def test_a_network_without_memories_has_no_share_of_them():
    net = Network(np.zeros((6, 3)), threshold=0.0)  # J = 0, all states are at the threshold
    found = evaluate(net, np.ones((4, 6)), 0)
    assert found["n_unique"] == 0 and np.isnan(found["self_0"]) and found["first_error"] == found["squared_error"] == 6


def test_networks_without_memories_are_compared_with_others(digits):
    silent, images = Network(np.zeros((64, 3)), threshold=0.0), digits.select(slice(20))
    assert evaluation.recalls_itself(silent, np.zeros((0, 3), bool), 0.2, 0).tolist() == []
    nets = {"silent": silent, "random": Network.gaussian(64, 3, seed=0)}
    variants, codes = compare_variants(nets, images), compare_codes(nets, images, noise=(0.0, 0.2), ratios=(20.0,))
    for shares in (variants.self_recalled, variants.self_recalled_noisy, codes.self_recalled):
        assert np.isnan(shares[0]).all() and not np.isnan(shares[1]).any()
    assert variants.n_unique[0] == variants.self_recalled_trials[0] == 0


def test_noise_on_memories_is_relative_to_their_rms_in_any_units():
    weights = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 5)))[0] * np.sqrt(40)  # J = 1
    cues = theory.visible_state(Network(weights), patterns.all_hidden_states(5))
    one, large = (
        evaluate(Network(g * weights, threshold=0.5 * g**2), g * cues, 0)
        for g in (1.0, 64.0)  # a power of two: exact
    )
    for noise in ("0", "0.1", "0.2", "0.4"):
        assert one[f"self_{noise}"] == large[f"self_{noise}"], noise


def test_the_first_pass_worked_out_by_hand():
    net = Network(np.ones((2, 1)), threshold=0.5)
    # u = ½ (v₁ + v₂) = 0.4: off, (0.4² + 0.4²); 0.8: on, v̂ = (1, 1), (0² + 0.4²)
    assert first_pass_error(net, np.array([[0.4, 0.4], [1.0, 0.6]])) == pytest.approx((0.32 + 0.16) / 2)


def test_a_code_is_that_of_discrete_settling():
    net = Network.gaussian(30, 10, seed=1)
    images = np.random.default_rng(0).standard_normal((200, 30))
    ends = recall(net, images, duration=200 * net.tau_v).hidden_active.values
    codes = settle(net, theory.drive(net, images) > net.threshold)
    same = (ends == codes.hidden_active.values).all(axis=1) & codes.settled.values
    assert evaluate(net, images, 0)["at_code"] == same.mean() < 0.95


def test_a_recall_that_never_settles_ends_nowhere():
    net = Network(
        np.ones((1, 1)), feedback=-np.ones((1, 1)), threshold=-0.5
    )  # active it pulls itself below θ, and back
    for code in (False, True):
        assert not settles_at(net, np.zeros((1, 1)), np.array([[code]])).any()


def test_a_recall_that_settles_at_another_state_does_not_count():
    net, states = Network(np.sqrt(8) * np.eye(8, 4), threshold=0.5), patterns.all_hidden_states(4)  # J = 1
    cues = patterns.visible_cues(net, states)
    assert settles_at(net, cues, states).all() and not settles_at(net, cues, states[::-1]).any()


def test_noise_on_memories_is_so_many_of_their_rms(monkeypatch):
    net, memories = Network.gaussian(50, 6, seed=0), patterns.all_hidden_states(6)
    asked, visible_cues = [], patterns.visible_cues

    def cues(*arguments, **options):
        asked.append(options)
        return visible_cues(*arguments, **options)

    monkeypatch.setattr(evaluation.patterns, "visible_cues", cues)
    evaluation.recalls_itself(net, memories, 0.4, 3)
    visible = memories @ net.weights.T / np.sqrt(6)
    assert asked == [{"noise_std": pytest.approx(0.4 * np.sqrt((visible**2).mean())), "seed": 3}]


def test_every_network_is_evaluated_on_its_stored_images(digits):
    images = digits.select(slice(60))
    net = learn(images, rule="oja", n_hidden=6, epochs=3)
    found = evaluate_networks({"all": (net, images), "few": (net, images.select(slice(10)))}, dim="name")
    assert found.n_unique.values.tolist() == [evaluate(net, images.pixels[:n], 0)["n_unique"] for n in (60, 10)]
    assert found.n_unique.dims == ("name",)


@pytest.mark.parametrize("threshold", [0.5, 1e-9])
def test_images_end_at_their_own_code_without_a_threshold_near_0_too(threshold):
    """J = 1: a neuron crosses if its first drive times p exceeds θ, whatever the others do, and stays active."""
    rng = np.random.default_rng(0)
    net = Network(np.linalg.qr(rng.normal(size=(400, 10)))[0] * 20, threshold=threshold, tau_v=20e-3, tau_h=1e-3)
    images = 4 * rng.normal(size=(500, 400))
    drive = np.sqrt(10) / 400 * images @ net.weights  # eq. (1b)
    peak = 20 ** (-1 / 19)
    clear = np.abs(drive * peak - threshold).min(axis=1) > 1e-6
    out = recall(net, images)
    assert clear.mean() > 0.99 and 0.1 < out.hidden_active.mean() < 0.9
    assert (out.hidden_active.values == (drive * peak > threshold))[clear].all()
