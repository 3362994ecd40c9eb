"""The recipe certified against its closed forms: J = 1, the margin ½, and the state at which every recall ends."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from neurosim import Network, patterns, recall, theory
from neurosim.learning import RECIPES, train
from neurosim.learning.objectives import OBJECTIVES, Batch, Data
from neurosim.learning.parallel import SINGLE_PROCESS

pytestmark = pytest.mark.torch


def objective_of(n_visible, n_hidden, ratio=20.0, **changes):
    recipe = RECIPES["certified"].replace(**changes)
    return OBJECTIVES["certified"](recipe.record(), Data(30, n_visible, n_hidden, 4.0, 5.0, ratio))


def learned_of(objective, seed):
    """Return tensors as they could be in the middle of a run: its start, moved at random."""
    rng = np.random.default_rng(seed)
    start = objective.start(rng, torch.empty(0, objective.data.n_visible))
    return {name: torch.tensor(values + 0.3 * rng.standard_normal(values.shape)) for name, values in start.items()}


def network_of(objective, learned, **options):
    arrays = objective.finish(learned, torch.empty(0, objective.data.n_visible))
    return Network(**{name: tensor.numpy() for name, tensor in arrays.items()}, **options)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_the_coupling_is_the_identity_for_any_weights(n_hidden, more, seed):
    objective = objective_of(n_hidden + more, n_hidden)
    net = network_of(objective, learned_of(objective, seed))
    assert net.feedback is not None
    # pinv's error grows with the condition number; a square random ξ can have one of 1e4
    tolerance = 1e-14 * np.linalg.cond(net.weights) * max(1.0, np.abs(net.feedback).max())
    np.testing.assert_allclose(theory.effective_coupling(net), np.eye(n_hidden), atol=max(1e-12, tolerance))


@pytest.mark.parametrize("n_hidden", [1, 2, 5, 10])
def test_every_state_is_a_fixed_point_with_a_margin_of_one_half(n_hidden):
    objective = objective_of(60, n_hidden)
    net = network_of(objective, learned_of(objective, 3))
    certificate = theory.certify_all_states(net)
    assert certificate.holds and certificate.margin == pytest.approx(0.5, abs=1e-12)
    margins = theory.stability_margin(net, patterns.all_hidden_states(n_hidden))
    np.testing.assert_allclose(margins, 0.5, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.2, 200), st.integers(0, 2**32 - 1))
def test_every_recall_ends_at_the_state_of_the_closed_form(ratio, seed):
    objective = objective_of(30, 8, ratio)
    learned = learned_of(objective, seed)
    rng = np.random.default_rng(seed)
    tau_h = 1e-3 * rng.uniform(0.5, 2, 8) if seed % 2 else 1e-3
    net = network_of(objective, learned, tau_v=ratio * 1e-3, tau_h=tau_h)
    cues = rng.standard_normal((200, 30))
    cues *= 2 / theory.drive(net, cues).std()  # drives on both sides of the threshold, and far above 1
    r = ratio * 1e-3 / np.broadcast_to(tau_h, 8)
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = np.where(np.isclose(r, 1), math.exp(-1), r ** (-1 / (r - 1)))
    peaks = theory.drive(net, cues) * peak
    out = recall(net, cues)
    assert (out.outcome == "settled").all()
    np.testing.assert_array_equal(out.hidden_active.values, peaks > 0.5)
    if np.ndim(tau_h) == 0:
        arrays = objective.finish(learned, torch.empty(0, 30))
        np.testing.assert_array_equal(objective.code(arrays, torch.tensor(cues)).numpy(), peaks > 0.5)


def test_the_time_constants_decide_which_neurons_end_active():
    objective = objective_of(30, 4)
    net = network_of(objective, learned_of(objective, 0))
    cue = net.weights @ [0.51, 0.55, 0.6, 1.0] / 2  # u(0) = 0.51, 0.55, 0.6, 1, since v = Dz has the drive z
    # p = ½, ¾, .854 and .945 at ratios of 2, 8.5, 20 and 80: least drives of 1, .665, .585 and .529
    for ratio, active in ((1.9, 0), (8.5, 1), (20, 2), (80, 3), (1e4, 4)):
        slow = net.replace(tau_v=ratio * 1e-3, tau_h=1e-3)
        assert recall(slow, cue[None]).hidden_active.values.sum() == active


def test_errors_in_training_are_those_of_the_recalls_of_the_network():
    objective = objective_of(40, 6, first_gain=1e9, last_gain=1e9)
    learned = learned_of(objective, 2)
    visible = np.random.default_rng(3).normal(size=(30, 40))
    seen = torch.tensor(visible)
    errors, _ = objective.loss(learned, Batch(seen, seen, 30, 1.0, SINGLE_PROCESS))
    net = network_of(objective, learned, tau_v=20e-3, tau_h=1e-3)
    codes = recall(net, visible).hidden_active.values
    expected = np.square(visible - theory.visible_state(net, codes)).sum(axis=1)
    np.testing.assert_allclose(errors.numpy(), expected, rtol=1e-9)  # v of a recall that stopped early is not yet Ds


def learn_and_recall(images, recipe):
    """Return the network, the recalled codes and the recalls' squared error per image."""
    net = train(images, n_hidden=16, recipe=recipe, epochs=100, batch_size=50, seed=1)
    recalled = recall(net, images).hidden_active.values
    return net, recalled, np.square(images - theory.visible_state(net, recalled)).sum(axis=1).mean()


def test_training_gives_more_distinct_recalls_with_a_lower_error_than_the_paper(digits):
    images = digits.pixels[:400].astype(float)
    net, recalled, error = learn_and_recall(images, "certified")
    assert theory.certify_all_states(net).margin == pytest.approx(0.5, abs=1e-12)
    np.testing.assert_array_equal(recalled, theory.drive(net, images) * theory.rise_peak(20.0) > 0.5)
    assert net.provenance["hard_error"] == pytest.approx(error, rel=1e-9)
    _, paper_recalled, paper_error = learn_and_recall(images, "paper")
    assert len(np.unique(recalled, axis=0)) > len(np.unique(paper_recalled, axis=0))
    assert error < paper_error


def test_codes_are_learned_for_the_ratio_of_the_network(digits):
    images = digits.pixels[:400].astype(float)
    for_two, for_twenty = (
        train(images, n_hidden=16, recipe="certified", epochs=60, tau_v=ratio * 1e-3, tau_h=1e-3) for ratio in (2, 20)
    )
    at_two = for_twenty.replace(tau_v=2e-3)
    errors = [np.square(recall(net, images).visible.values - images).sum(axis=1).mean() for net in (for_two, at_two)]
    assert errors[0] < 0.8 * errors[1]


def test_too_few_codes_for_all_images_cost_no_error(digits):
    images = digits.pixels
    spread = np.square(images - images.mean(axis=0)).sum(axis=1).mean()
    net = train(images, n_hidden=8, epochs=60, seed=1, recipe="certified")  # 256 codes for 1,797 images
    alone = train(images, n_hidden=8, epochs=60, seed=1, recipe=RECIPES["certified"].replace(repulsion=0))
    assert net.provenance["hard_error"] < 1.15 * alone.provenance["hard_error"] < spread
