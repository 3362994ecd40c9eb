"""Ensembles of weights: their moments and couplings, a user's own one in sweeps, networks of several sizes."""

import importlib
import sys
from functools import partial

import numpy as np
import pytest

from neurosim import InvalidInput, Network, theory
from neurosim.cli import parse
from neurosim.engines import Reference
from neurosim.ensembles import ENSEMBLES, log_normal, name_of, rademacher, sparse_binary
from neurosim.measure import count_sweep, recall_sweep, recall_vs_ratio, unstable_sweep, volumes_over_networks
from neurosim.measure.recall.curves import _one_program
from neurosim.measure.spiking.agreement import rate_and_spiking
from neurosim.sweep import Runner

KAPPA = {  # ensemble → E ξ⁴
    "gaussian": 3.0,
    "rademacher": 1.0,
    "sparse_binary": 1 / 0.09 - 3,
    "log_normal": np.exp(4 * 0.5**2),
}


@pytest.mark.parametrize("name", KAPPA)
def test_moments_and_couplings_of_independent_weights(name):
    weights = ENSEMBLES[name](400, 3000, np.random.default_rng(1))
    assert weights.mean() == pytest.approx(0, abs=0.01) and (weights**2).mean() == pytest.approx(1, abs=0.01)
    assert (weights**4).mean() == pytest.approx(KAPPA[name], rel=0.05)
    own = (weights**2).mean(axis=0)  # J_μμ
    cross = (weights[:, ::2] * weights[:, 1::2]).mean(axis=0)  # J_μν of pairs without a common neuron
    assert 400 * own.var() == pytest.approx(KAPPA[name] - 1, rel=0.15, abs=1e-9)
    assert 400 * cross.var() == pytest.approx(1, rel=0.15)


def test_settings_of_named_ensembles():
    values = np.unique(sparse_binary(50, 20, np.random.default_rng(0), active=0.5))
    np.testing.assert_allclose(values, [-1, 1])
    np.testing.assert_array_equal(
        log_normal(50, 20, np.random.default_rng(0), spread=0.0), rademacher(50, 20, np.random.default_rng(0))
    )
    with pytest.raises(InvalidInput, match="active must be"):
        sparse_binary(5, 2, np.random.default_rng(0), active=1.0)
    with pytest.raises(InvalidInput, match="spread must be"):
        log_normal(5, 2, np.random.default_rng(0), spread=-1.0)


def test_orthogonal_weights_store_all_states_at_every_threshold_between_0_and_1():
    net = Network.random(9, 8, ensemble="orthogonal", seed=0)
    np.testing.assert_allclose(theory.effective_coupling(net), np.eye(8), atol=1e-12)
    found = count_sweep(3, {"threshold": [0.01, 0.5, 0.99]}, ensemble="orthogonal", seed=0, visible_per_hidden=1.0)
    assert (found.stored == 1).all() and np.isnan(found.law).all() and found.attrs["ensemble"] == "orthogonal"
    with pytest.raises(InvalidInput, match="orthogonal weights need n_visible >= n_hidden, got 7 < 8"):
        Network.random(7, 8, ensemble="orthogonal", seed=0)
    rotated = [ENSEMBLES["orthogonal"](2, 2, np.random.default_rng(k))[:, 0] for k in range(400)]
    assert abs(np.mean(rotated, axis=0)).max() < 0.2  # all directions are equally likely, −Q as likely as Q


@pytest.mark.parametrize(
    ("ensemble", "kappa"), [("log_normal", np.e), (partial(sparse_binary, active=0.05), 1 / 0.0475 - 3)]
)
def test_the_count_follows_from_the_fourth_moment(ensemble, kappa):
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    moments = theory.Moments(zero, zero, one, one, one, zero, kappa * one, np.ones(1), np.ones(1))
    expected = theory.stable_share(moments, 160, 8, 0.5)
    found = count_sweep(100, {"n_hidden": [8]}, ensemble=ensemble, seed=3, visible_per_hidden=20.0)
    each = found.stored_by_network.values.ravel()
    assert abs(each.mean() - expected) < 0.02 + 3 * each.std() / 10
    gaussian = theory.stable_share(theory.Moments.gaussian(), 160, 8, 0.5)
    assert abs(gaussian - expected) > 0.02 + 3 * each.std() / 10 or kappa < 3  # the test tells them apart


def slow_hidden(n_visible, n_hidden, rng):
    """A Network with own thresholds and time constants."""
    return Network(rng.standard_normal((n_visible, n_hidden)), threshold=0.3, tau_h=4e-3, tau_v=80e-3)


def test_a_function_may_return_a_network():
    net = Network.random(40, 4, ensemble=slow_hidden, seed=5)
    assert net.threshold[0] == 0.3 and net.tau_h == 4e-3 and net.ensemble is None and net.provenance["seed"] == 5
    assert net.provenance["weights"].endswith("test_ensembles.slow_hidden")
    assert Network.random(40, 4, ensemble=slow_hidden, seed=5, threshold=0.7).threshold[0] == 0.7
    with pytest.raises(InvalidInput, match=r"Network drawn by the ensemble must have the sizes \(40, 4\)"):
        Network.random(40, 4, ensemble=lambda v, h, rng: slow_hidden(v, h + 1, rng), seed=5)


def test_the_sweep_uses_thresholds_and_time_constants_of_such_networks():
    options = {"seed": 0, "n_hidden": 4, "visible_per_hidden": 10}
    own = count_sweep(4, {"n_hidden": [4]}, ensemble=slow_hidden, seed=0, visible_per_hidden=10.0)
    set_ = count_sweep(4, {"threshold": [0.3, 0.5]}, seed=0, n_hidden=4, visible_per_hidden=10.0)
    np.testing.assert_array_equal(own.stored_by_network[0], set_.stored_by_network[0])
    assert not np.array_equal(own.stored_by_network[0], set_.stored_by_network[1])
    assert np.isfinite(set_.law).all() and np.isnan(own.law).all()
    curve = recall_sweep(2, {"noise_std": [0.0]}, ensemble=slow_hidden, n_cues=8, **options)  # pyright: ignore[reportArgumentType]
    fast = recall_sweep(2, {"noise_std": [0.0]}, threshold=0.3, n_cues=8, **options)  # pyright: ignore[reportArgumentType]
    np.testing.assert_array_equal(curve.recalled_by_network, fast.recalled_by_network)  # in units of τ
    assert curve.attrs["ensemble"].endswith("slow_hidden") and np.isnan(curve.law).all()
    net = Network.random(40, 4, ensemble=slow_hidden, seed=0)
    engine, duration = _one_program(Reference(), [net], [1.0, 5.0], None)
    assert engine.time_step(net) == pytest.approx(4e-4) and duration == pytest.approx(20 * 20e-3)
    assert recall_vs_ratio(2, [20], ensemble=slow_hidden, n_cues=4, n_hidden=3, seed=0).recalled.size == 1


MODULE = "def mine(n_visible, n_hidden, rng):\n    return {factor} * rng.standard_normal((n_visible, n_hidden))\n"


def test_points_of_an_own_ensemble_are_measured_again_only_after_a_change_of_its_code(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    file, points = tmp_path / "own_weights.py", tmp_path / "points"

    def stored(text):
        file.write_text(text)
        importlib.invalidate_caches()
        sys.modules.pop("own_weights", None)
        sys.dont_write_bytecode = True
        mine = importlib.import_module("own_weights").mine
        found = count_sweep(2, {"threshold": [0.5]}, ensemble=mine, seed=0, n_hidden=3, runner=Runner(points))
        return found.stored.item(), sum(len(path.read_text().splitlines()) for path in points.glob("*.jsonl"))

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    first = stored(MODULE.format(factor=1.0))
    assert first == (1.0, 2) and stored("# a comment\n" + MODULE.format(factor=1.0)) == first
    assert stored(MODULE.format(factor=0.1)) == (0.125, 4)  # J_μμ = 0.01 < θ: the silent state alone
    sys.modules.pop("own_weights", None)
    with pytest.raises(InvalidInput, match="cannot be identified when a sweep is resumed"):
        count_sweep(
            2, {"threshold": [0.5]}, ensemble=lambda v, h, rng: rng.random((v, h)), seed=0, runner=Runner(points)
        )


def test_settings_of_a_partial_are_another_point(tmp_path):
    def count(active):
        ensemble = partial(sparse_binary, active=active)
        count_sweep(1, {"threshold": [0.5]}, ensemble=ensemble, seed=0, n_hidden=3, runner=Runner(tmp_path))
        return sum(len(path.read_text().splitlines()) for path in tmp_path.glob("*.jsonl"))

    assert [count(0.1), count(0.1), count(0.2)] == [1, 1, 2]


def test_networks_of_several_sizes_are_never_averaged():
    nets = [Network.gaussian(40, 4, seed=0), Network.gaussian(50, 5, seed=0)]
    calls = [
        lambda: recall_sweep(nets, {"noise_std": [0]}, seed=0),
        lambda: count_sweep(nets, {"threshold": [0.5]}, seed=0),
        lambda: unstable_sweep(nets, {"threshold": [0.5]}, seed=0),
        lambda: volumes_over_networks(nets, seed=0),
        lambda: rate_and_spiking(nets, [0.0], seed=0),
    ]
    for call in calls:
        with pytest.raises(InvalidInput, match=r"one size \(N_v, N_h\), got \(40, 4\), \(50, 5\); measure each size"):
            call()


def test_ensembles_of_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "cli_weights.py").write_text(MODULE.format(factor=2.0) + "notes = 'text'\n")
    assert parse.ensemble("rademacher") == "rademacher"
    found = parse.ensemble("sparse_binary:active=0.25")
    assert name_of(found) == "neurosim.ensembles.sparse_binary(active=0.25)"
    net = Network.random(10, 2, ensemble=parse.ensemble("cli_weights:mine"), seed=0)
    np.testing.assert_array_equal(net.weights, 2 * Network.gaussian(10, 2, seed=0).weights)
    for text, message in (
        ("normal", r"ensemble must be one of .*; did you mean 'log_normal'\? Or give module:function"),
        ("log_normal:width=2", "name in settings of log_normal must be one of"),
        ("nowhere:f", "nowhere:f names no function: No module named 'nowhere'"),
        ("cli_weights:yours", "names no function: module 'cli_weights' has no attribute 'yours'"),
        ("cli_weights:notes", r"must be a function \(n_visible, n_hidden, rng\), got 'text'"),
    ):
        with pytest.raises(InvalidInput, match=message):
            parse.ensemble(text)
