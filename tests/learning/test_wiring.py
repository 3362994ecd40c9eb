"""Each wiring against the resulting Network; the certified wiring against its closed form for any weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from neurosim import Network, patterns, recall, theory
from neurosim.learning import (
    train,
)
from neurosim.learning.initialisation import ZERO_THRESHOLD
from neurosim.learning.recipes import RECIPES, THRESHOLDS
from neurosim.learning.wiring import WIRINGS, Certified

pytestmark = pytest.mark.torch


def learned_of(wiring, n_visible, n_hidden, seed, threshold="one"):
    """Return tensors as they could be in the middle of a run: its start, moved at random."""
    rng = np.random.default_rng(seed)
    start = wiring.start(n_visible, n_hidden, threshold, rng)
    return {name: torch.tensor(values + 0.3 * rng.standard_normal(np.shape(values))) for name, values in start.items()}


def network_of(wiring, learned):
    return Network(**{name: tensor.numpy() for name, tensor in wiring.finish(learned).items()})


@pytest.mark.parametrize("wiring", WIRINGS.values(), ids=WIRINGS.keys())
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_margin_in_training_is_that_of_the_network(wiring, threshold):
    learned = learned_of(wiring, 40, 6, 0, threshold)
    visible = np.random.default_rng(1).normal(size=(30, 40))
    net = network_of(wiring, learned)
    expected = theory.drive(net, visible) - net.threshold
    # the ridge of 1e-6 on the Gram matrix is all that may differ
    np.testing.assert_allclose(
        wiring.view(learned, torch.tensor(visible), coupled=False).margin.numpy(), expected, atol=2e-5
    )


@pytest.mark.parametrize("wiring", WIRINGS.values(), ids=WIRINGS.keys())
def test_coupling_and_error_in_training_are_those_of_the_network(wiring):
    learned = learned_of(wiring, 40, 6, 2, "each")
    net = network_of(wiring, learned)
    visible = np.random.default_rng(3).normal(size=(30, 40))
    view = wiring.view(learned, torch.tensor(visible), coupled=True)
    np.testing.assert_allclose(view.coupling.numpy(), theory.effective_coupling(net), atol=1e-12)
    active = np.random.default_rng(4).random((30, 6))
    expected = np.square(visible - theory.visible_state(net, active)).sum(axis=1)
    for rows in (slice(30), slice(3)):  # more images than hidden neurons, and fewer
        seen, codes = torch.tensor(visible[rows]), torch.tensor(active[rows])
        for coupled in (True, False):
            found = wiring.view(learned, seen, coupled=coupled).squared_error(seen, codes)
            np.testing.assert_allclose(found.numpy(), expected[rows], rtol=1e-12)
    np.testing.assert_array_equal(np.broadcast_to(wiring.threshold(learned).numpy(), 6), net.threshold)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_certified_coupling_is_identity_minus_uniform_inhibition_for_any_weights(n_hidden, more, seed):
    net = network_of(Certified(), learned_of(Certified(), n_hidden + more, n_hidden, seed))
    expected = np.eye(n_hidden) - 1 / (n_hidden + 1)
    # pinv's error grows with the condition number; a square random ξ can have one of 1e4
    tolerance = 1e-14 * np.linalg.cond(net.weights) * max(1.0, np.abs(net.feedback).max())
    np.testing.assert_allclose(theory.effective_coupling(net), expected, atol=max(1e-12, 10 * tolerance))


@pytest.mark.parametrize("n_hidden", [1, 2, 5, 10])
def test_certified_margins_agree_with_enumeration(n_hidden):
    net = network_of(Certified(), learned_of(Certified(), 60, n_hidden, 3))
    states = patterns.all_hidden_states(n_hidden)
    certificate = theory.certify_all_states(net)
    assert certificate.holds
    assert certificate.margin == pytest.approx(ZERO_THRESHOLD, rel=1e-4)
    margins = theory.stability_margin(net, states)
    active = states.sum(axis=1)
    on = np.where(active > 0, 1 - active / (n_hidden + 1), np.inf)
    off = np.where(active < n_hidden, active / (n_hidden + 1), np.inf)
    np.testing.assert_allclose(margins, np.minimum(on, off), atol=2e-9)  # θ = 1e-9 either way
    assert margins[active > 0].min() == pytest.approx(1 / (n_hidden + 1), abs=2e-9)


@pytest.mark.parametrize("threshold", [1e-9, 1e-4, 0.1])
def test_certified_memories_recall_themselves_and_other_thresholds_are_certified(threshold):
    net = network_of(Certified(), learned_of(Certified(), 60, 8, 5)).replace(threshold=threshold)
    assert theory.certify_all_states(net).holds
    states = patterns.all_hidden_states(8)
    states = states[abs(states.sum(axis=1) - 4) <= 2]
    out = recall(net, patterns.visible_cues(net, states))
    assert (out.hidden_active.values == states).all()


def learn_and_recall(images, recipe):
    """Return the network, its first-pass codes, the recalled codes and the recalls' squared error per image."""
    net = train(images, n_hidden=16, recipe=recipe, epochs=100, batch_size=50, seed=1)
    codes = theory.drive(net, images) > net.threshold
    recalled = recall(net, images).hidden_active.values
    error = np.square(images - theory.visible_state(net, recalled)).sum(axis=1).mean()
    return net, codes, recalled, error


def test_certified_training_recalls_every_image_at_its_code_with_a_lower_error(digits):
    images = digits.pixels[:400]
    net, codes, recalled, error = learn_and_recall(images, "certified")
    assert net.threshold.min() > 0
    assert theory.certify_all_states(net).holds
    assert (recalled == codes).all(axis=1).mean() > 0.99
    _, paper_codes, paper_recalled, paper_error = learn_and_recall(images, "paper")
    assert (paper_recalled == paper_codes).all(axis=1).mean() < 0.9  # what there is to be better than
    assert len(np.unique(recalled, axis=0)) > len(np.unique(paper_recalled, axis=0))
    assert error < paper_error


def test_too_few_codes_for_all_images_cost_no_error(digits):
    images = digits.pixels
    spread = np.square(images - images.mean(axis=0)).sum(axis=1).mean()
    net = train(images, n_hidden=8, epochs=60, seed=1, recipe="certified")  # 256 codes for 1,797 images
    alone = train(images, n_hidden=8, epochs=60, seed=1, recipe=RECIPES["certified"].replace(repulsion=0))
    assert net.provenance["hard_error"] < 1.15 * alone.provenance["hard_error"] < spread


def test_images_with_a_late_neuron_become_rarer_as_the_root_of_the_threshold(digits):
    images = digits.pixels
    net = train(images, n_hidden=24, epochs=100, recipe="certified")
    late = {}
    for threshold in (1e-4, 1e-6):
        at = net.replace(threshold=threshold)
        codes = theory.drive(at, images) > threshold
        late[threshold] = (recall(at, images).hidden_active.values != codes).any(axis=1).mean()
    assert 4 < late[1e-4] / late[1e-6] < 25  # √100 = 10; θ itself would give 100
