"""Recall of damaged images in time, on networks of which the answer is known."""

import numpy as np
import pytest

from neurosim import Network, Outcome, patterns, recall
from neurosim.damage import Missing, Noise
from neurosim.learning import Images
from neurosim.learning.prescribed import prescribe
from neurosim.measure.learned.recall_in_time import recall_against_ratio, recall_in_time

DAMAGES = {"intact": Noise(0), "noise": Noise(0.5), "missing": Missing(0.3)}


@pytest.fixture(scope="module")
def images():
    pixels = np.random.default_rng(0).random((12, 400))
    return Images(pixels, np.zeros(12, int), (20, 20), "noise")


@pytest.fixture(scope="module")
def net(images):
    """Stores the images exactly; J corrects errors."""
    return prescribe(images.pixels, patterns.random_hidden_states(40, 12, seed=0), threshold=0.4)


def test_a_recall_ends_at_the_code_and_the_image_that_were_prescribed(net, images):
    found = recall_in_time(net, images, DAMAGES)
    assert found.attrs["n_trials"] == 12 and "energy" not in found
    assert found.bits.sel(damage="intact")[-1] == 1 and found.settled.sel(damage="intact") == pytest.approx(0, abs=1e-6)
    assert np.allclose(found.squared_error[:, 0], found.cue)
    assert found.cue.sel(damage="noise") == pytest.approx(400 * 0.25, rel=0.1)


def test_every_number_is_that_of_plain_recalls_of_the_same_cues(net, images):
    damage, n_cues, seed = Noise(1.5), 6, 3
    chosen = images.balanced_sample(n_cues, seed)
    intact, cues = images.pixels[chosen], images.damaged(damage, chosen, seed=seed)
    code = recall(net, intact).hidden_active.values
    first = np.sqrt(40) / 400 * cues @ net.feedback_weights.T > 0.4

    def error(states):
        return pytest.approx(((states - intact) ** 2).sum(axis=1).mean())

    found = recall_in_time(net, images, {"noise": damage}, n_cues=n_cues, seed=seed).squeeze("damage")
    cut = recall(net, cues, duration=4 * net.tau_v)
    assert found.time[-1] == pytest.approx(4 * net.tau_v) and found.squared_error[-1] == error(cut.visible.values)
    assert found.bits[-1] == pytest.approx((cut.hidden_active.values == code).mean()) and found.bits[-1] < 1
    assert found.first_pass_bits == pytest.approx((first == code).mean()) and found.cue == error(cues)
    assert found.first_pass == error(first @ net.weights.T / np.sqrt(40))
    assert found.settled == error(recall(net, cues).visible.values)
    against = recall_against_ratio(net, images, {"noise": damage}, [3, 20], n_cues=n_cues, seed=seed)
    for ratio in (3, 20):
        here, out = against.sel(damage="noise", ratio=ratio), recall(net.replace(tau_v=ratio * net.tau_h), cues)
        assert here.same_memory == pytest.approx((out.hidden_active.values == code).all(axis=1).mean())
        assert here.squared_error == error(out.visible.values)
    assert 0 < against.same_memory.min() < against.same_memory.max() < 1


def test_a_recall_that_does_not_settle_ends_at_no_memory(images):
    sliding = Network(
        np.ones((400, 1)), feedback=-np.ones((1, 400)), threshold=-0.5
    )  # J = −1: active, it inhibits itself
    assert (recall(sliding, images.pixels).outcome == Outcome.SLIDING).all()
    assert (recall_against_ratio(sliding, images, {"intact": Noise(0)}, [20]).same_memory == 0).all()


def test_a_silent_network_forgets_its_cue_with_tau_v(images):
    silent = Network(np.full((400, 3), 1.0), threshold=1e3, tau_v=20e-3)
    found = recall_in_time(silent, images, {"intact": Noise(0)}).squeeze("damage")
    length = (images.pixels.astype(float) ** 2).sum(axis=1).mean()
    assert (found.bits == 1).all()
    assert np.allclose(found.squared_error, length * np.expm1(-found.time / 20e-3) ** 2)


def test_the_energy_of_symmetric_synapses_never_rises(images):
    found = recall_in_time(Network.gaussian(400, 20, seed=0), images, {"noise": Noise(0.3)}).squeeze("damage")
    assert (found.energy.diff("time") < 1e-9).all() and found.energy[0] > 0 and found.energy[-1] == 0


def test_dynamics_correct_what_the_first_pass_gets_wrong(net, images):
    found = recall_in_time(net, images, {"noise": Noise(1.5)}).squeeze("damage")
    assert found.first_pass_bits < found.bits[-1] and found.settled < found.first_pass < found.cue


def test_nothing_crosses_where_the_time_constants_are_equal(net, images):
    found = recall_against_ratio(net, images, DAMAGES, [1, 20])  # h peaks at 1/e < θ and at .854 > θ of the drive
    equal, own = found.sel(damage="intact", ratio=1), found.sel(damage="intact", ratio=20)
    assert (equal.same_memory, own.same_memory) == (0, 1)
    assert equal.squared_error == pytest.approx((images.pixels.astype(float) ** 2).sum(axis=1).mean())
    assert own.squared_error == pytest.approx(0, abs=1e-6)
