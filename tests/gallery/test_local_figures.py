"""Numbers of the figures about local rules, where they are known beforehand."""

import numpy as np
import pytest
import xarray

from neurosim import Network, patterns, recall, theory
from neurosim.gallery import local as page
from neurosim.gallery.base import Learned, Plan
from neurosim.gallery.local import _verdict, learned_and_judged, least_error, patterns_learned
from neurosim.learning import data
from neurosim.learning.data import Images
from neurosim.learning.local import learn
from neurosim.measure.learned import evaluation as judging
from neurosim.measure.learned.evaluation import ends_at, first_error, judged
from neurosim.measure.recall.attractors import settle


def test_a_network_is_judged_by_where_its_recalls_end():
    digits = data.load("digits").pixels[:300].astype(float)
    net = learn(digits, rule="oja", n_hidden=12, epochs=40)
    found = judged(net, digits, 0)
    ends = recall(net, digits, duration=200 * net.tau_v).hidden_active.values
    stable = theory.stability_margin(net, np.unique(ends, axis=0)) > 0
    assert found["n_unique"] == stable.sum() > 50
    error = ((theory.visible_state(net, ends) - digits) ** 2).sum(axis=1).mean()
    assert found["squared_error"] == pytest.approx(error)
    assert learned_and_judged(seed=0, rule="oja", images=digits, n_hidden=12, epochs=40) == found


def test_a_certified_network_recalls_itself_less_under_more_noise():
    weights = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 5)))[0] * np.sqrt(40)  # J = 1
    net = Network(weights, threshold=0.5)
    found = judged(net, theory.visible_state(net, patterns.all_hidden_states(5)), 0)
    assert found["certified"] == found["self_0"] == 1 and found["n_unique"] == 32
    assert found["squared_error"] < 1e-20
    shares = [found[f"self_{noise}"] for noise in ("0", "0.1", "0.2", "0.4")]
    assert shares == sorted(shares, reverse=True)


def test_a_network_without_memories_has_no_share_of_them():
    net = Network(np.zeros((6, 3)), threshold=0.0)  # J = 0, all states are at the threshold
    found = judged(net, np.ones((4, 6)), 0)
    assert found["n_unique"] == 0 and np.isnan(found["self_0"]) and found["first_error"] == found["squared_error"] == 6


def test_the_verdict_asks_for_minima_and_error_at_once():
    names = ["both", "few minima", "much error", "unsure"]
    values = {"n_unique_lower": [60.0, 40, 60, 60], "squared_error_upper": [14.0, 14, 16, 15.1]}
    rules = xarray.Dataset({k: ("rule", v) for k, v in values.items()}, {"rule": names})
    paper = xarray.Dataset({"n_unique": 100, "squared_error": 10.0})
    assert _verdict(rules, paper).endswith("its error: both.")
    assert _verdict(rules.sel(rule=names[1:]), paper).endswith("none.")


def test_no_code_is_below_the_principal_components():
    rng = np.random.default_rng(1)
    plane = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 9))
    assert least_error(plane, 2) < 1e-12 < least_error(plane, 1)
    digits = data.load("digits").pixels[:300].astype(float)
    values = np.linalg.svd(digits, compute_uv=False)
    assert least_error(digits, 12) == pytest.approx((values[12:] ** 2).sum() / 300)
    best = np.linalg.svd(digits, full_matrices=False)[2][:12]  # real coefficients reach it
    assert least_error(digits, 12) == pytest.approx(((digits - digits @ best.T @ best) ** 2).sum(axis=1).mean())
    net = learn(digits, rule="dendritic", n_hidden=12, epochs=100)
    assert judged(net, digits, 0)["squared_error"] > least_error(digits, 12)


def test_a_single_pattern_is_learned_exactly():
    sizes = {"n_visible": 20, "n_hidden": 4, "quick": False}
    found = patterns_learned(seed=0, how="dendritic", n_patterns=1, **sizes)
    assert found["share_unique"] == 1 and found["relative_error"] < 1e-3
    assert patterns_learned(seed=0, how="random", n_patterns=8, **sizes)["relative_error"] > 0.5


@pytest.fixture(scope="module")
def digits():
    return data.load("digits").pixels[:400]


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


def test_the_mean_image_alone_errs_by_the_variance(monkeypatch):
    pixels = np.random.default_rng(0).random((60, 9))
    learned = Learned(Network(np.ones((9, 2))), Images(pixels, np.zeros(60, int), (3, 3), "nine"))
    zeros = dict.fromkeys(page.MEASURES, 0.0)

    def swept(one, grid, **_):
        shape = (len(grid["rule"]), 2)
        return xarray.Dataset({m: (("rule", "network"), np.zeros(shape)) for m in zeros}, attrs={"n_networks": 2})

    monkeypatch.setattr(page.sweep, "run", swept)
    monkeypatch.setattr(page, "judged", lambda *_: zeros)
    about = page.measure(Plan(2, False, school=lambda *_: learned))["recipes"].attrs
    power, mean = (pixels**2).sum(axis=1).mean(), pixels.mean(axis=0)
    np.testing.assert_allclose(about["variance"], power - mean @ mean, rtol=1e-5)  # E‖v‖² − ‖E v‖²
    values = np.linalg.svd(pixels, compute_uv=False)
    np.testing.assert_allclose(about["least_error"], (values[2:] ** 2).sum() / 60, rtol=1e-5)


def test_noise_on_memories_is_measured_in_their_rms_whatever_their_units():
    weights = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 5)))[0] * np.sqrt(40)  # J = 1
    cues = theory.visible_state(Network(weights), patterns.all_hidden_states(5))
    one, large = (
        judged(Network(g * weights, threshold=0.5 * g**2), g * cues, 0)
        for g in (1.0, 64.0)  # a power of two: exact
    )
    for noise in ("0", "0.1", "0.2", "0.4"):
        assert one[f"self_{noise}"] == large[f"self_{noise}"], noise


def test_the_first_pass_worked_out_by_hand():
    net = Network(np.ones((2, 1)), threshold=0.5)
    # u = ½ (v₁ + v₂) = 0.4: off, (0.4² + 0.4²); 0.8: on, v̂ = (1, 1), (0² + 0.4²)
    assert first_error(net, np.array([[0.4, 0.4], [1.0, 0.6]])) == pytest.approx((0.32 + 0.16) / 2)


def test_a_code_is_that_of_discrete_settling():
    net = Network.gaussian(30, 10, seed=1)
    images = np.random.default_rng(0).standard_normal((200, 30))
    ends = recall(net, images, duration=200 * net.tau_v).hidden_active.values
    codes = settle(net, theory.drive(net, images) > net.threshold)
    same = (ends == codes.hidden_active.values).all(axis=1) & codes.settled.values
    assert judged(net, images, 0)["at_code"] == same.mean() < 0.95


def test_a_recall_that_never_settles_ends_nowhere():
    net = Network(
        np.ones((1, 1)), feedback=-np.ones((1, 1)), threshold=-0.5
    )  # active it pulls itself below θ, and back
    for code in (False, True):
        assert not ends_at(net, np.zeros((1, 1)), np.array([[code]])).any()


def test_the_bound_on_patterns_is_a_share_of_their_own_square():
    found = patterns_learned(seed=3, how="oja", n_patterns=8, n_visible=20, n_hidden=4, quick=True)
    taught = np.random.default_rng([3, 8]).choice([-1.0, 1.0], (8, 20))
    values = np.linalg.svd(taught, compute_uv=False)
    assert found["least_error"] == pytest.approx((values[4:] ** 2).sum() / (8 * 20))
    assert found["least_error"] <= found["relative_error"]


def test_noise_on_memories_is_so_many_of_their_rms(monkeypatch):
    net, memories = Network.gaussian(50, 6, seed=0), patterns.all_hidden_states(6)
    asked, visible_cues = [], patterns.visible_cues

    def cues(*arguments, **options):
        asked.append(options)
        return visible_cues(*arguments, **options)

    monkeypatch.setattr(judging.patterns, "visible_cues", cues)
    judging.self_recalled(net, memories, 0.4, 3)
    visible = memories @ net.weights.T / np.sqrt(6)
    assert asked == [{"noise_std": pytest.approx(0.4 * np.sqrt((visible**2).mean())), "seed": 3}]
