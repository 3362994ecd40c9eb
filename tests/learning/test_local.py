"""Local rules: single changes by hand, the gradient by autograd, fixed points, locality."""

import re
from pathlib import Path

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput, Network, NeurosimError, theory
from neurosim.learning import local
from neurosim.learning import local_rules as rules
from neurosim.learning.local import LOCAL_RULES, learn
from neurosim.learning.local_base import TARGET

# N_v = 2, N_h = 4: √N_h/N_v = 1, 1/√N_h = 1/2 and 2/√N_h = 1, so every number is exact; as in test_rule.
WEIGHTS = np.array([[1.0, 0, 2, -1], [0, 1, 2, 1]], np.float32)
VISIBLE = np.array([[1.0, 0], [0.5, 1]], np.float32)
HALF = np.full(4, 0.5, np.float32)
CLOSED = [name for name, rule in LOCAL_RULES.items() if rule.requirements.shared]


@pytest.fixture(scope="module")
def pixels(digits):
    return digits.pixels[:400]


def by_hand(name, progress=0.0):
    learned = {"weights": WEIGHTS, "threshold": HALF}
    return LOCAL_RULES[name].signals(learned, VISIBLE, progress)


def test_signals_of_neurons_by_hand():
    found = by_hand("oja")
    assert found["active"].tolist() == [[1, 0, 1, 0], [0, 1, 1, 0]]  # 0.5 is the threshold itself: off
    assert found["visible_end"].tolist() == [[1.5, 1], [1, 1.5]]
    assert found["visible_change"].tolist() == [[-0.5, -1], [-0.5, -0.5]]
    assert found["active_end"].tolist() == [[1, 1, 1, 0], [1, 1, 1, 0]]
    assert found["drive_change"].tolist() == [[-0.5, -1, -3, -0.5], [-0.5, -0.5, -2, 0]]


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("oja", [[-0.5, -0.5, -1, 0], [-1, -0.5, -1.5, 0]]),  # Σ (v − v̂) s
        ("contrastive", [[-1.5, -2, -1, 0], [-2.5, -1.5, -1.5, 0]]),  # Σ v s − v̂ ŝ
    ],
)
def test_a_change_by_hand(name, weights):
    changes = LOCAL_RULES[name].changes(by_hand(name))
    assert changes["weights"].tolist() == weights
    np.testing.assert_allclose(changes["threshold"], [0, 0, 0.02, -0.02], rtol=1e-6)  # 0.02 Σ (s − ½)


def test_recirculation_by_hand():
    # gain 5, g = 5σ(1 − σ) at z = u − ½: for the first neuron z = ½ and 0, so g = 5 · 0.0701 and 5/4.
    near = 5 * np.exp(2.5) / (1 + np.exp(2.5)) ** 2
    found = LOCAL_RULES["recirculation"].changes(by_hand("recirculation"))["weights"][0, 0]
    assert found == pytest.approx(-0.5 + 1 * near * -0.5 + 0.5 * 1.25 * -0.5, rel=1e-6)


def test_random_synapses_stay_and_their_thresholds_do_not():
    assert list(LOCAL_RULES["random"].changes(by_hand("random"))) == ["threshold"]


def separate(name, **others):
    learned = {"weights": WEIGHTS, "feedback": WEIGHTS / 2, "apical": 2 * WEIGHTS} | others
    rule = LOCAL_RULES[name]
    return rule, rule.signals(learned, VISIBLE, 0.0)


def test_dendritic_by_hand():
    rule, found = separate("dendritic")
    # u = ½ (1, 0, 2, −1), ½ (0.5, 1, 3, 0.5) and θ → 0⁺
    assert found["active"].tolist() == [[1, 0, 1, 0], [1, 1, 1, 1]]
    assert found["error"].tolist() == [[-0.5, -1], [-0.5, -1]]  # v̂ = (1.5, 1), (1, 2)
    assert found["apical"].tolist() == [[-1, -2, -6, -1]] * 2  # e·2ξ
    changes = rule.changes(found)
    assert changes["weights"].tolist() == [[-1, -0.5, -1, -0.5], [-2, -1, -2, -1]] == changes["apical"].tolist()
    slope = [5 * np.exp(5 * u) / (1 + np.exp(5 * u)) ** 2 for u in (0.5, 0.25)]
    expected = 300 * (1 * slope[0] * -1 + 0.5 * slope[1] * -1)  # pixel 0, neuron 0
    assert changes["feedback"][0, 0] == pytest.approx(expected, rel=1e-5)


def test_predictive_settles_on_a_code_of_lower_error_and_the_encoder_learns_it():
    weights = np.array([[2.0, 0], [0, 2.0]], np.float32) * np.sqrt(2, dtype=np.float32)  # v̂ = 2s
    feedback = np.array([[0.1, 0], [0.1, 0.1]], np.float32)
    learned = {"weights": weights, "apical": weights, "feedback": feedback}
    rule = LOCAL_RULES["predictive"]
    found = rule.signals(learned, np.array([[0.0, 2.0]], np.float32), 0.0)
    assert found["active"].tolist() == [[1, 1]]  # the first neuron answers, too, and should not
    assert found["settled"].tolist() == [[0, 1]]
    np.testing.assert_allclose(found["error"], [[0, 0]], atol=1e-6)
    changes = rule.changes(found)
    np.testing.assert_allclose(changes["feedback"], np.sqrt(2) * np.array([[0, 0], [-2.0, 0]]), rtol=1e-6)
    np.testing.assert_allclose(changes["weights"], 0, atol=1e-6)


def test_a_dream_by_hand():
    learned = {"weights": WEIGHTS, "feedback": np.zeros((2, 4), np.float32)}
    found = LOCAL_RULES["dendritic"].dream(learned, np.array([[1.0, 0, 1, 0]], np.float32))["feedback"]
    # ṽ = (1.5, 1), ‖ṽ‖² = 3.25; target: 1 − 2/5 for the two that are active, −2/5 for the others; N_v/√N_h = 1
    np.testing.assert_allclose(found, np.outer([1.5, 1], [0.6, -0.4, 0.6, -0.4]) / 3.25, rtol=1e-6)


@pytest.mark.torch
def test_recirculation_is_minus_the_gradient_of_eq_17():
    torch = pytest.importorskip("torch")
    from neurosim.learning import objective as eq17

    rng = np.random.default_rng(0)
    weights, threshold = rng.normal(size=(30, 6)), rng.normal(size=6) / 10
    visible, progress = rng.normal(size=(20, 30)), 0.3
    learned = {"weights": weights, "threshold": threshold}
    found = LOCAL_RULES["recirculation"].changes(LOCAL_RULES["recirculation"].signals(learned, visible, progress))
    leaf, seen = torch.tensor(weights, requires_grad=True), torch.tensor(visible)
    active = eq17.StraightThrough(5.0, 50.0)(eq17.drive(leaf, seen) - torch.tensor(threshold), progress)
    (seen - active @ leaf.T / np.sqrt(6)).square().sum().backward()
    assert leaf.grad is not None
    np.testing.assert_allclose(found["weights"], -leaf.grad.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.torch
def test_the_dendritic_encoder_follows_the_gradient_once_the_apical_synapses_are_the_decoders():
    torch = pytest.importorskip("torch")
    from neurosim.learning import objective as eq17

    rng = np.random.default_rng(1)
    weights, feedback, visible = rng.normal(size=(30, 6)), rng.normal(size=(30, 6)), rng.normal(size=(20, 30))
    rule = LOCAL_RULES["dendritic"]
    learned = {"weights": weights, "apical": weights, "feedback": feedback}
    found = rule.changes(rule.signals(learned, visible, 0.5))
    leaf, decoder = torch.tensor(feedback, requires_grad=True), torch.tensor(weights, requires_grad=True)
    seen = torch.tensor(visible)
    active = eq17.StraightThrough(5.0, 50.0)(eq17.drive(leaf, seen) - rules.ZERO_THRESHOLD, 0.5)
    (seen - active @ decoder.T / np.sqrt(6)).square().sum().backward()
    assert leaf.grad is not None and decoder.grad is not None
    np.testing.assert_allclose(found["feedback"] / 300, -leaf.grad.numpy(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found["weights"], -decoder.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_oja_converges_to_the_decoder_of_least_error():
    rng = np.random.default_rng(2)
    visible, active = rng.normal(size=(200, 10)), (rng.random((200, 4)) < 0.5).astype(float)
    signals = {"visible": visible, "active": active}
    best = np.linalg.lstsq(active, visible, rcond=None)[0]
    found = LOCAL_RULES["oja"].changes(signals | {"visible_change": visible - active @ best})
    np.testing.assert_allclose(found["weights"], 0, atol=1e-10)
    other = LOCAL_RULES["oja"].changes(signals | {"visible_change": visible - active @ (best + 0.01)})
    assert np.abs(other["weights"]).min() > 0.1


@pytest.mark.parametrize("name", ["oja", "contrastive", "recirculation"])
def test_shared_synapses_are_unchanged_at_stored_fixed_points(name):
    weights = np.linalg.qr(np.random.default_rng(3).normal(size=(20, 5)))[0] * np.sqrt(20)  # J = 1
    learned = {"weights": weights, "threshold": np.full(5, 0.5)}
    states = (np.random.default_rng(4).random((30, 5)) < 0.5).astype(np.float32)
    stored = rules.visible_response(weights, states)
    rule = LOCAL_RULES[name]
    np.testing.assert_allclose(rule.changes(rule.signals(learned, stored, 0.5))["weights"], 0, atol=1e-4)
    assert np.abs(rule.changes(rule.signals(learned, stored + 0.1, 0.5))["weights"]).max() > 1


@pytest.mark.parametrize("name", LOCAL_RULES)
def test_a_synapse_depends_on_its_two_neurons_only(name):
    rng, rule = np.random.default_rng(5), LOCAL_RULES[name]
    learned = rule.start(12, 6, rng)
    signals = rule.signals(learned, rng.random((7, 12)).astype(np.float32), 0.4)
    pixel, neuron = 3, 2
    before = rule.changes(signals)
    elsewhere = {}
    for key, values in signals.items():
        own = pixel if values.shape[1] == 12 else neuron
        elsewhere[key] = values + rng.normal(size=values.shape).astype(np.float32)
        elsewhere[key][:, own] = values[:, own]
    after = rule.changes(elsewhere)
    for key in before:
        at = (pixel, neuron) if before[key].ndim == 2 else (neuron,)
        assert after[key][at] == pytest.approx(before[key][at], rel=1e-5), key
        assert not np.allclose(after[key], before[key])


@pytest.mark.parametrize("name", LOCAL_RULES)
def test_the_change_by_a_batch_is_the_sum_over_its_images(name):
    rng, rule = np.random.default_rng(6), LOCAL_RULES[name]
    learned = rule.start(12, 6, rng)
    visible = rng.random((9, 12)).astype(np.float32)
    together = rule.changes(rule.signals(learned, visible, 0.4))
    alone = [rule.changes(rule.signals(learned, visible[k : k + 1], 0.4)) for k in range(9)]
    for key, change in together.items():
        np.testing.assert_allclose(change, np.sum([one[key] for one in alone], axis=0), rtol=1e-4, atol=1e-5)


def test_homeostasis_holds_every_neuron_at_half(pixels):
    net = learn(pixels, rule="random", n_hidden=20, seed=0)
    activity = (theory.drive(net, pixels.astype(float)) > net.threshold).mean(axis=0)
    np.testing.assert_allclose(activity, TARGET, atol=0.05)
    apart = theory.drive(net, pixels.astype(float)) > 0
    assert np.abs(apart.mean(axis=0) - TARGET).max() > 0.3  # without thresholds they would not be there


def test_dreams_alone_make_every_state_a_fixed_point():
    rng, rule = np.random.default_rng(7), LOCAL_RULES["dendritic"]
    learned = rule.start(60, 6, rng)
    for _ in range(3_000):
        states = (rng.random((16, 6)) < 0.5).astype(np.float32)
        learned["feedback"] += np.float32(1 / 16) * rule.dream(learned, states)["feedback"]
    net = Network(learned["weights"], threshold=rules.ZERO_THRESHOLD, feedback=learned["feedback"].T)
    np.testing.assert_allclose(theory.effective_coupling(net), np.eye(6) - 1 / 7, atol=1e-4)
    assert theory.certify_all_states(net).holds
    before = Network(learned["weights"], threshold=rules.ZERO_THRESHOLD)
    assert not theory.certify_all_states(before).holds


def test_two_pathways_with_equal_changes_become_equal():
    rng, rule = np.random.default_rng(8), LOCAL_RULES["dendritic"]
    learned = rule.start(12, 6, rng)
    apart = learned["apical"] - learned["weights"]
    local.one_batch(rule, learned, rng.random((9, 12)).astype(np.float32), 0.0, rng)
    left = 1 - rule.rate * rules.DECAY * 9
    assert left < 1 - 5e-5
    assert np.median((learned["apical"] - learned["weights"]) / apart) == pytest.approx(left, abs=1e-6)


@pytest.mark.parametrize("name", LOCAL_RULES)
def test_the_same_seed_gives_the_same_bits(pixels, name):
    few = {"rule": name, "n_hidden": 8, "epochs": 2}
    first, again, other = (learn(pixels, **few, seed=seed) for seed in (3, 3, 4))
    assert first.weights.tobytes() == again.weights.tobytes() != other.weights.tobytes()
    assert first.threshold.tobytes() == again.threshold.tobytes()
    assert dict(first.provenance) == dict(again.provenance)


@pytest.mark.parametrize("name", ["recirculation", "dendritic"])
def test_contrast_changes_units_and_nothing_else(pixels, name):
    few = {"rule": name, "n_hidden": 8, "epochs": 2, "seed": 0}
    net, bright = learn(pixels, **few), learn(4 * pixels, **few)
    np.testing.assert_array_equal(bright.weights, 4 * net.weights)
    codes = [theory.drive(n, c * pixels.astype(float)) > n.threshold for n, c in ((net, 1), (bright, 4))]
    np.testing.assert_array_equal(*codes)
    assert bright.provenance["hard_error"] == pytest.approx(16 * net.provenance["hard_error"])


def test_learning_reduces_the_error_and_records_its_settings(pixels):
    error = {}
    for name in LOCAL_RULES:
        net = learn(pixels, rule=name, n_hidden=16, epochs=150, seed=0)
        codes = theory.drive(net, pixels.astype(float)) > net.threshold
        error[name] = float(((theory.visible_state(net, codes) - pixels) ** 2).sum(axis=1).mean())
        assert net.provenance["hard_error"] == pytest.approx(error[name], rel=1e-3)
        assert net.provenance["rule"] == name and len(net.provenance["error_per_epoch"]) == 150
        assert net.is_symmetric == (name in CLOSED) == net.provenance["requirements"]["shared"]
        assert theory.certify_all_states(net).holds == net.provenance["requirements"]["dreams"]
        if net.provenance["requirements"]["dreams"]:  # in the units of the images as given
            np.testing.assert_allclose(theory.effective_coupling(net), np.eye(16) - 1 / 17, atol=0.1)
    assert error["random"] > 2 * max(error[name] for name in LOCAL_RULES if name != "random")
    assert error["dendritic"] < error["oja"]


def test_online_learns_the_same_thing(pixels):
    batched, online = (learn(pixels, rule="oja", n_hidden=8, epochs=30, batch_size=b, seed=0) for b in (64, 1))
    assert online.provenance["hard_error"] == pytest.approx(batched.provenance["hard_error"], rel=0.1)


def test_small_sets_get_their_updates():
    assert local.default_epochs(60_000, 64, 30) == 30
    assert local.default_epochs(10, 64, 30) == 7_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "hebb"}, "rule must be one of .'random', 'oja', .*, got 'hebb'"),
        ({"n_hidden": 0}, "n_hidden must be a whole number >= 1"),
        ({"epochs": 0}, "epochs must be a whole number >= 1"),
        ({"batch_size": 1.5}, "batch_size must be a whole number >= 1"),
        ({"seed": -1}, "seed must be a whole number >= 0"),
        ({"tau_v": -1.0}, "tau_v must be finite and > 0"),
        ({"images": np.zeros(5)}, r"shape \(image, visible\)"),
        ({"images": np.full((3, 5), np.nan)}, "finite, got 15 NaN"),
        ({"images": np.zeros((3, 5))}, "mean square between"),
        ({"rule": "dendritic", "batch_size": 400, "epochs": 300}, "diverged in epoch .*; take a smaller batch_size"),
    ],
)
def test_bad_input_is_refused(pixels, changes, message):
    with pytest.raises(InvalidInput, match=message):
        learn(**{"images": pixels, "rule": "oja", "n_hidden": 8, "epochs": 2} | changes)


def test_a_collapsed_run_is_an_error_and_not_a_network():
    nearly = np.full((50, 9), 0.5) + np.arange(50)[:, None] * 1e-7
    with pytest.raises(NeurosimError, match="collapsed: all 50 images"):
        learn(nearly, rule="oja", n_hidden=1, epochs=1)


PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "learning-rules.md"


def test_the_page_has_every_rule_and_its_example_runs(capsys):
    pytest.importorskip("sklearn")
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| ", text, flags=re.M)[: len(LOCAL_RULES)] == list(LOCAL_RULES)
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    exec(compile(example, PAGE.name, "exec"), {})
    assert capsys.readouterr().out.splitlines() == re.findall(r"^print\(.*\)  # (.*)", example, flags=re.M)


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


@pytest.mark.parametrize("batch_size", [400, 100])
def test_the_error_of_an_epoch_is_in_the_units_of_the_images(pixels, batch_size):
    net = learn(5 * pixels, rule="random", n_hidden=8, epochs=1, batch_size=batch_size, seed=0)
    (found,) = net.provenance["error_per_epoch"]
    images = 5 * pixels.astype(float)
    active = theory.drive(net, images) > 0  # weights do not change, and thresholds start at 0 and move by 2% a batch
    error = ((theory.visible_state(net, active) - images) ** 2).sum(axis=1).mean()
    assert found == pytest.approx(error, rel=1e-4 if batch_size == 400 else 0.3)


@pytest.mark.parametrize("other", [[1], [7], [4, 5, 6, 7]])
def test_images_with_two_codes_are_no_collapse_in_any_order(monkeypatch, other):
    monkeypatch.setattr(local, "_CHUNK", 4)
    learned = {"weights": np.ones((2, 1), np.float32), "threshold": np.full(1, 0.5, np.float32)}
    seen = np.full((8, 2), 0.1, np.float32)  # silent: an error of 0.02
    seen[other] = 1.0  # active: v̂ = (1, 1), no error
    assert local._hard_error(learned, seen) == pytest.approx((8 - len(other)) * 0.02 / 8)


@pytest.mark.parametrize(("strength", "settled"), [(2.0, 0), (2.05, 1)])
def test_predictive_settling_takes_five_steps_of_a_half(strength, settled):
    # ξ = A = 1, v = 0.4: the nudge is 3 (0.4 − s); from x = u on, s = 1 0 1 0 1 leads to u + (−1.8, 1.2, …) halved each
    # time, u − 0.9, + 0.15, − 0.825, + 0.1875, − 0.80625; u = 0.4·strength = 0.80 or 0.82
    ones = np.ones((4, 1), np.float32)
    learned = {"weights": ones, "apical": ones, "feedback": np.float32(strength) * ones}
    found = LOCAL_RULES["predictive"].signals(learned, np.full((1, 4), 0.4, np.float32), 0.0)
    assert found["active"].item() == 1 and found["settled"].item() == settled
