"""The robustness table: zero noise keeps all, strong noise follows mean-field theory, jitter follows the margin."""

import math

import numpy as np
import pytest
from scipy import optimize
from scipy.stats import chi2, norm

from neurosim import InvalidInput, Network, theory
from neurosim.constraints import SpreadThreshold, SynapticNoise, constrain
from neurosim.learning import Images
from neurosim.measure.learned import robustness
from neurosim.measure.learned.robustness import rate_activity, robustness_table
from neurosim.measure.spiking.paired import SPIKING
from neurosim.report.image_findings import robustness_rows
from neurosim.seeds import spawn_seeds

N_HIDDEN = 6


@pytest.fixture(scope="module")
def net():
    """J is the identity, θ = ½; an active neuron sets its pixel to 1."""
    eye = np.eye(64, N_HIDDEN)
    return Network(math.sqrt(N_HIDDEN) * eye, feedback=64 / math.sqrt(N_HIDDEN) * eye.T, threshold=0.5)


@pytest.fixture(scope="module")
def images(net):
    """Images that end in every one of the 64 hidden states."""
    states = (np.arange(2**N_HIDDEN)[:, None] >> np.arange(N_HIDDEN)) & 1
    return Images(theory.visible_state(net, states).clip(0, 1), np.zeros(64, int), (8, 8), "states")


def test_without_disturbance_every_memory_is_kept(net, images):
    found = robustness_table(net, images, noise=[0.0, 0.2], jitter=[0.0], models=["rate"], n_states=64)
    assert (found.states_kept == 1).all() and (found.bits_kept == 1).all()
    assert (found.states_kept_lower < 1).all() and (found.states_kept_trials == 64).all()


def test_the_activity_under_noise_follows_mean_field_theory():
    """With τ_v ≫ τ_h a neuron feels its own mean activity: u = Φ((u − θ)/σ); J is the identity."""
    net = Network(np.sqrt(64) * np.eye(64, N_HIDDEN), threshold=0.5, tau_v=0.1, tau_h=1e-3)
    for sigma in (0.2, 0.3):
        on = optimize.root_scalar(lambda u, s=sigma: u - norm.cdf((u - 0.5) / s), bracket=(0.6, 1)).root
        activity = rate_activity(net, np.tile([True] * 3 + [False] * 3, (200, 1)), sigma, 1.0, seed=0)
        assert activity[:, :3].mean() == pytest.approx(on, abs=0.01)
        assert activity[:, 3:].mean() == pytest.approx(1 - on, abs=0.01)
    assert sigma < 1 / math.sqrt(2 * math.pi)  # beyond it both branches merge at ½, and the memory is lost
    lost = rate_activity(net, np.ones((200, N_HIDDEN), bool), 0.8, 2.0, seed=0)
    assert abs(lost.mean() - 0.5) < 0.05


def test_more_noise_keeps_fewer_memories(net, images):
    found = robustness_table(net, images, noise=[1, 6, 12], jitter=[], models=["rate"], n_states=64)
    kept = found.states_kept.sel(model="rate")
    assert (np.diff(kept) <= 0).all() and kept[0] == kept[1] == 1 and kept[-1] < 0.5
    assert float(found.bits_kept[0, -1]) > float(kept[-1])


def test_threshold_jitter_loses_the_neurons_whose_threshold_leaves_the_field():
    """J is the identity: a neuron on (field 1) or off (field 0) is kept if its threshold stays below 1 or above 0."""
    n_hidden, std = 60, 0.4
    eye = np.eye(64, n_hidden)
    wide = Network(math.sqrt(n_hidden) * eye, feedback=64 / math.sqrt(n_hidden) * eye.T, threshold=0.5)
    states = np.random.default_rng(0).random((50, n_hidden)) < 0.5
    shown = Images(theory.visible_state(wide, states).clip(0, 1), np.zeros(50, int), (8, 8), "states")
    found = robustness_table(wide, shown, noise=[], jitter=[std], models=["rate"], n_states=50, seed=3)
    expected = norm.cdf(0.5 / std)
    bits = float(found.bits_kept.sel(model="rate", disturbance=f"thresholds ± {20 * std:g} mV"))
    assert abs(bits - expected) < 3 * math.sqrt(expected * (1 - expected) / (50 * n_hidden))
    assert float(found.states_kept[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("errors", "lost"), [(SpreadThreshold(0.4), norm.sf(0.5 / 0.4)), (SynapticNoise(2.0), None)], ids=["θ", "weights"]
)
def test_each_state_has_errors_of_its_own(net, errors, lost):
    """In 300 copies of one state a neuron is lost as often as independent draws say: χ² with one term per neuron."""
    copies = np.ones((300, N_HIDDEN), bool)
    hits = (~robustness._final(net, copies, errors, None, 0.1, 0)).mean(axis=0)
    lost = hits.mean() if lost is None else lost  # neurons are alike
    assert 0.05 < lost < 0.95
    assert ((hits - lost) ** 2).sum() / (lost * (1 - lost) / len(copies)) < chi2.isf(1e-4, N_HIDDEN)


def test_each_state_is_simulated_in_the_network_of_its_own_draw(net, monkeypatch):
    states = np.random.default_rng(0).random((7, N_HIDDEN)) < 0.5
    monkeypatch.setattr(robustness, "_BYTES", 8 * 3 * N_HIDDEN**2)  # in three parts
    found = robustness._final(net, states, SynapticNoise(1.0), None, 0.1, 5)
    for draw, state, end in zip(spawn_seeds(5, 7), states, found, strict=True):
        own = constrain(net, [SynapticNoise(1.0)], seed=draw)
        np.testing.assert_array_equal(rate_activity(own, state[None], 0.0, 0.1, seed=0)[0] > 0.5, end)


@pytest.mark.slow
def test_the_spiking_model_keeps_what_the_rate_model_keeps(net, images):
    found = robustness_table(
        net, images, noise=[0.2], jitter=[0.01], n_states=10, engine=SPIKING.replace(target="runtime")
    )
    assert (found.states_kept == 1).all() and found.model.values.tolist() == ["rate", "spiking"]


def test_rows_state_states_and_bits(net, images):
    found = robustness_table(net, images, noise=[12], jitter=[], models=["rate"], n_states=64)
    rows = robustness_rows(found)
    assert [row[0] for row in rows] == ["rate: none", "rate: membrane noise 12 mV"]
    assert rows[0][1].startswith("1 (") and f"bits {float(found.bits_kept[0, 1]):.3g} (" in rows[1][2]


def test_what_cannot_be_measured_is_refused(net, images):
    with pytest.raises(InvalidInput, match="at least 3 τ_v"):
        robustness_table(net, images, duration=0.01, models=["rate"])
    with pytest.raises(InvalidInput, match="models must be one of"):
        robustness_table(net, images, models=["thought"])
    with pytest.raises(InvalidInput, match="noise"):
        robustness_table(net, images, noise=[-1], models=["rate"])


def test_levels_that_differ_little_have_rows_of_their_own(net, images):
    found = robustness_table(net, images, noise=[], jitter=[0.01, 0.012, 0.004], models=["rate"], n_states=4)
    rows = [one for one in found.disturbance.values if one.startswith("weights")]
    assert rows == ["weights ± 1%", "weights ± 1.2%", "weights ± 0.4%"]
    with pytest.raises(InvalidInput, match="must have no level twice"):
        robustness_table(net, images, noise=[1, 1.0], jitter=[], models=["rate"], n_states=4)
