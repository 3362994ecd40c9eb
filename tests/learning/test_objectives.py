"""Each objective against the resulting network and the exact engine."""

import dataclasses
from typing import Any, cast

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neurosim import Network, recall, theory
from neurosim.damage import Missing, Noise, Occluded
from neurosim.learning import RECIPES, train
from neurosim.learning import objective as rule
from neurosim.learning.dynamics import Dynamics
from neurosim.learning.objectives import OBJECTIVES, Batch, Data, components
from neurosim.learning.objectives.denoise import Denoise
from neurosim.learning.objectives.equation17 import view
from neurosim.learning.parallel import SINGLE_PROCESS

pytestmark = pytest.mark.torch

IMAGES = np.random.default_rng(1).random((30, 40)).astype(np.float32)


def objective_of(recipe, n_visible=40, n_hidden=6, ratio=20.0, n_images=30):
    """Return the objective of a recipe for images of that size."""
    length, variance = (float(value) for value in (np.sqrt((IMAGES**2).sum(1).mean()), IMAGES.var(axis=0).sum()))
    settings = RECIPES[recipe].record()
    return OBJECTIVES[settings["objective"]](settings, Data(n_images, n_visible, n_hidden, length, variance, ratio))


def learned_of(objective, seed):
    """Return tensors as they could be in the middle of a run: its start, moved at random."""
    rng = np.random.default_rng(seed)
    start = objective.start(rng, torch.tensor(IMAGES))
    if "encoder" in start:  # J near the identity, so that not all neurons fall silent
        start["decoder"] = np.linalg.pinv(start["encoder"]) / np.sqrt(784 / 40)
        return {name: torch.tensor(values * (1 + 0.1 * rng.random(values.shape))) for name, values in start.items()}
    return {name: torch.tensor(values + 0.1 * rng.standard_normal(np.shape(values))) for name, values in start.items()}


def network_of(objective, learned, ratio=20.0):
    arrays = objective.finish(learned, torch.tensor(IMAGES))
    return Network(**{name: one.numpy() for name, one in arrays.items()}, tau_v=ratio * 1e-3, tau_h=1e-3)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_has_an_objective_and_the_expected_code_is_that_of_the_network(recipe):
    objective = objective_of(recipe)
    learned = learned_of(objective, 0)
    arrays = objective.finish(learned, torch.tensor(IMAGES))
    code = objective.code(arrays, torch.tensor(IMAGES).double()).numpy()
    net = network_of(objective, learned)
    if recipe == "denoise":
        settled = recall(net, IMAGES)
        assert (code == settled.hidden_active)[settled.outcome == "settled"].mean() > 0.98
    elif recipe == "certified":
        np.testing.assert_array_equal(code, recall(net, IMAGES).hidden_active)
    else:
        np.testing.assert_array_equal(code, theory.drive(net, IMAGES) > net.threshold)
    assert 0 < code.mean() < 1


@pytest.mark.parametrize("recipe", ["paper", "basins"])
def test_the_errors_in_training_are_those_of_the_network(recipe):
    objective = objective_of(recipe)
    learned = learned_of(objective, 2)
    sharp = {**objective.settings, "first_gain": 1e9, "last_gain": 1e9}
    objective = dataclasses.replace(objective, settings=sharp)
    visible = torch.tensor(IMAGES).double()
    errors, _ = objective.loss(learned, Batch(visible, visible, 30, 1.0, SINGLE_PROCESS))
    arrays = objective.finish(learned, torch.tensor(IMAGES))
    codes = objective.code(arrays, visible).numpy()
    expected = np.square(IMAGES - theory.visible_state(network_of(objective, learned), codes)).sum(axis=1)
    np.testing.assert_allclose(errors.numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("n_images", [30, 3])  # more images than hidden neurons, and fewer
@pytest.mark.parametrize("coupled", [True, False])
def test_drive_coupling_and_error_of_eq_17_are_those_of_the_network(n_images, coupled):
    rng = np.random.default_rng(4)
    net, active = Network(rng.normal(size=(40, 6)), threshold=0.3), rng.random((n_images, 6))
    visible = rng.normal(size=(n_images, 40))
    seen = view(torch.tensor(net.weights), torch.tensor(visible), coupled=coupled)
    np.testing.assert_allclose(seen.drive.numpy(), theory.drive(net, visible), rtol=1e-12)
    if coupled:
        assert seen.coupling is not None
        np.testing.assert_allclose(seen.coupling.numpy(), theory.effective_coupling(net), atol=1e-12)
    expected = np.square(visible - theory.visible_state(net, active)).sum(axis=1)
    found = seen.squared_error(torch.tensor(visible), torch.tensor(active))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


# --- the recall in training ------------------------------------------------------------------------------------------


def test_the_fast_gradient_is_that_of_autograd():
    rng = torch.Generator().manual_seed(0)
    drive, noise = (torch.randn(*size, generator=rng, dtype=torch.float64) for size in ((64, 9), (9, 9)))
    inputs = (0.5 * drive, 0.6 * torch.eye(9, dtype=torch.float64) + 0.2 * noise, 0.3 * torch.rand(9).double() + 0.1)
    dynamics, surrogate = Dynamics(8.0, n_steps=11), rule.StraightThrough(7.0, 7.0)
    found = []
    calls: list[tuple[Any, Any]] = [
        (dynamics.final, lambda z: surrogate(z, 0.0)),
        (dynamics.final_straight_through, 7.0),
    ]
    for call, how in calls:
        leaves = [tensor.clone().requires_grad_() for tensor in inputs]
        field = call(*leaves, how)
        found.append((field, *torch.autograd.grad((field * field.detach().cos()).sum(), leaves)))
    for one, other in zip(*found, strict=True):
        assert one.abs().max() > 0.1
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(("recipe", "n_images"), [("denoise", 300), ("basins", 12)])
def test_the_mean_field_of_an_active_neuron_is_one_and_the_scale_changes_no_recall(recipe, n_images, digits):
    images = digits.pixels[:n_images].astype(float)
    net = train(images, n_hidden=12, recipe=RECIPES[recipe], epochs=150, seed=1)
    codes = recall(net, images).hidden_active.values
    field = codes @ theory.effective_coupling(net).T
    ever = codes.any(axis=0)
    mean = (field * codes).sum(axis=0)[ever] / codes.sum(axis=0)[ever]
    assert ever.sum() >= 6 and net.feedback is not None
    np.testing.assert_allclose(mean, 1, atol=0.1)  # training expects another code of a few images
    assert (net.threshold > 0.15).all() and (net.threshold < 1).all()
    factor = np.linspace(0.5, 2, 12)
    scaled = net.replace(feedback=net.feedback * factor[:, None], threshold=net.threshold * factor)
    np.testing.assert_array_equal(recall(scaled, images).hidden_active.values, codes)


# --- denoise and basins: what they are for ---------------------------------------------------------------------------


def errors_of(net, images, damage):
    """Return the mean squared errors of the recalls and of their damaged cues."""
    cues = damage.apply(images, seed=5, image_shape=(8, 8), mean=images.mean(axis=0))
    return [np.square(visible - images).sum(axis=1).mean() for visible in (recall(net, cues).visible.values, cues)]


def test_denoise_recalls_damaged_images_better_than_a_network_trained_on_intact_ones(digits):
    images = digits.pixels[:600].astype(float)
    options: dict[str, Any] = {"n_hidden": 24, "epochs": 250, "seed": 0}
    from_damaged = train(digits.select(slice(600)), recipe="denoise", **options)
    from_intact = train(digits.select(slice(600)), recipe=RECIPES["denoise"].replace(intact=1.0), **options)
    for damage in (Noise(0.5), Occluded(), Missing(0.3)):
        error, cue = errors_of(from_damaged, images, damage)
        assert error < 0.9 * errors_of(from_intact, images, damage)[0], damage
        assert error < cue or not isinstance(damage, Noise)  # 24 bits hold less than half an image


@pytest.mark.slow
def test_the_gradient_of_flipped_bits_makes_the_recall_of_damaged_images_better(digits):
    images = digits.pixels[:600].astype(float)

    def errors(recipe=RECIPES["denoise"]):
        runs = [train(digits.select(slice(600)), recipe=recipe, n_hidden=24, epochs=150, seed=seed) for seed in (0, 1)]
        damages = (Noise(0.25), Occluded(fill="mean"), Occluded())
        return np.array([[errors_of(net, images, damage)[0] for damage in damages] for net in runs]).mean(axis=0)

    whole = errors()
    assert (whole < errors(RECIPES["denoise"].replace(exact_from=1.0))).all()


def test_few_epochs_from_the_principal_components_store_more_digits_than_from_random_synapses(digits):
    images = digits.pixels.astype(float)

    def stored(start):
        recipe = RECIPES["denoise"].replace(start=start)
        out = recall(train(digits, n_hidden=32, recipe=recipe, epochs=5, seed=0), images)
        distinct = len(np.unique(out.hidden_active.values, axis=0))
        return np.square(out.visible.values - images).sum(axis=1).mean(), distinct

    error, distinct = stored("components")
    other_error, fewer = stored("mean")
    assert error < 0.9 * other_error and distinct > 1.1 * fewer


def intact(images, rng):
    return images


def completing_intact(images, n_hidden, rng):
    return components.completing(images, n_hidden, rng, intact)


STARTS = pytest.mark.parametrize("make", [components.start, completing_intact])


@STARTS
@pytest.mark.parametrize("shape", [(200, 30, 10), (20, 64, 32), (500, 8, 24)])
def test_the_start_at_components_splits_the_images_at_their_mean(shape, make):
    n_images, n_visible, n_hidden = shape
    images = np.random.default_rng(0).random((n_images, n_visible))
    start = make(images, n_hidden, np.random.default_rng(1))
    mean = images.mean(axis=0)
    np.testing.assert_allclose(start.encoder @ mean, start.threshold)
    codes = images @ start.encoder.T > start.threshold
    assert abs(codes.mean() - 0.5) < 0.05
    decoded = np.square(codes @ start.decoder.T - images).sum(axis=1).mean()
    assert decoded < np.square(mean - images).sum(axis=1).mean()
    again = make(images, n_hidden, np.random.default_rng(1))
    np.testing.assert_array_equal(start.encoder, again.encoder)


@STARTS
def test_the_start_at_components_of_equal_images_is_finite(make):
    start = make(np.full((10, 6), 0.5), 4, np.random.default_rng(0))
    assert all(np.isfinite(part).all() for part in start)


def test_the_start_at_components_of_damaged_cues_completes_half_images(digits):
    images, mean = digits.pixels.astype(float), digits.pixels.mean(axis=0)
    halves = Occluded(fill="mean").apply(images, image_shape=digits.shape, mean=mean)

    def sometimes_halved(some, rng):
        half = Occluded(fill="mean").apply(some, image_shape=digits.shape, mean=mean)
        return np.where(rng.random((len(some), 1)) < 0.5, half, some)

    def error(damaged, cues):
        encoder, decoder, threshold = components.completing(images, 64, np.random.default_rng(1), damaged)
        return np.square((cues @ encoder.T > threshold) @ decoder.T - images).sum(axis=1).mean()

    assert error(sometimes_halved, halves) < 0.8 * error(intact, halves)
    assert error(sometimes_halved, halves) < np.square(halves - images).sum(axis=1).mean()
    assert error(sometimes_halved, images) < 1.3 * error(intact, images)


def test_basins_complete_damaged_images_to_the_memory_of_the_intact_one(digits):
    images = digits.pixels[:20].astype(float)
    net = train(digits.select(slice(20)), n_hidden=40, recipe="basins", epochs=400, seed=0)
    codes = recall(net, images).hidden_active.values
    assert len(np.unique(codes, axis=0)) == 20
    for damage, least in ((Noise(0.1), 0.97), (Noise(0.25), 0.85), (Missing(0.2), 0.85), (Occluded(), 0.85)):
        cues = damage.apply(np.repeat(images, 10, axis=0), seed=5, image_shape=(8, 8))
        same = (recall(net, cues).hidden_active.values == np.repeat(codes, 10, axis=0)).all(axis=1)
        assert same.mean() > least, damage


def test_basins_give_the_least_error_among_the_decoders_of_the_same_coupling():
    objective = cast(Denoise, objective_of("basins"))
    learned, images = learned_of(objective, seed=1), torch.tensor(IMAGES).double()
    learned["threshold"] *= 0.1  # J is near the identity here
    before, after = Denoise.finish(objective, learned, images), objective.finish(learned, images)
    coupling = [one["feedback"] @ one["weights"] for one in (before, after)]
    torch.testing.assert_close(*coupling, rtol=1e-9, atol=1e-9)
    codes = Denoise.code(objective, after, images)

    def error(weights):
        return float((images - codes @ weights.T / np.sqrt(6)).square().sum())

    assert codes.any() and error(after["weights"]) < 0.97 * error(before["weights"])
    unseen = torch.eye(40).double() - torch.linalg.pinv(after["feedback"]) @ after["feedback"]
    for seed in range(5):
        change = unseen @ torch.tensor(np.random.default_rng(seed).standard_normal((40, 6)))
        assert error(after["weights"] + 0.01 * change) >= error(after["weights"])


def test_each_neuron_of_basins_starts_with_its_share_of_the_images(digits):
    images = torch.tensor(digits.pixels[:30], dtype=torch.float32)
    for n_hidden in (10, 30, 45):  # three images each; one each; some images twice
        objective = cast(Denoise, objective_of("basins", n_visible=64, n_hidden=n_hidden, n_images=30))
        start = {name: torch.tensor(one) for name, one in objective.start(np.random.default_rng(0), images).items()}
        encoder, decoder, threshold = objective.synapses(start)
        own = images.double() @ encoder.T
        assert (threshold == 2).all()
        if n_hidden == 45:
            assert ((own - 4).abs() < 0.5).any(dim=0).all() and ((own - 4).abs() < 0.5).any(dim=1).all()
        else:  # each image once: the sum over the neurons is that of all images, 0
            assert decoder.sum(dim=1).abs().max() < 1e-6 < decoder.abs().max()


def test_basins_of_a_lower_activity_have_sparser_codes(digits):
    codes = []
    for sparseness in (0, 5):
        recipe = RECIPES["basins"].replace(sparseness=sparseness, activity=0.05)
        net = train(digits.select(slice(40)), n_hidden=20, recipe=recipe, epochs=200, seed=0)
        codes.append(recall(net, digits.pixels[:40].astype(float)).hidden_active.values.mean())
    assert codes[1] < 0.8 * codes[0]
