"""Numbers of the figures about local rules, where they are known beforehand."""

import numpy as np
import pytest
import xarray

from analysis.gallery.local import _verdict, learned_and_judged, least_error, patterns_learned
from analysis.judging import judged
from neurosim import Network, patterns, recall, theory
from training import data
from training.local import learn


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
