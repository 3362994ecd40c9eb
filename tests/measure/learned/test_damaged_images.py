"""The damage table against closed forms, brute force and single recalls."""

import math

import numpy as np
import pytest
from shared_networks import cycling

from neurosim import InvalidInput, Network, recall, theory
from neurosim.cells import Population
from neurosim.damage import Combined, Flipped, Missing, Noise, Occluded
from neurosim.engines import Circuit
from neurosim.learning import Images
from neurosim.learning.prescribed import prescribe
from neurosim.measure import unique_stable_minima
from neurosim.measure.learned.by_circuit import learned_by_circuit
from neurosim.measure.learned.damage import (
    Originals,
    compare_with_originals,
    damage_table,
    damaged_examples,
    nearest,
    usual_damages,
)
from neurosim.measure.learned.references import reference_table
from neurosim.report.image_findings import damage_rows

N_VISIBLE, N_HIDDEN = 64, 6


@pytest.fixture(scope="module")
def orthogonal():
    """J is the identity: column μ of ξ is constant on its own ten pixels, so that a bit is read from their mean.

    The images are the visible states of all 64 hidden states.
    """
    weights = np.zeros((N_VISIBLE, N_HIDDEN))
    for hidden in range(N_HIDDEN):
        weights[10 * hidden : 10 * hidden + 10, hidden] = math.sqrt(N_VISIBLE / 10)
    net = Network(weights, threshold=0.3, tau_v=0.1, tau_h=1e-3)
    states = (np.arange(2**N_HIDDEN)[:, None] >> np.arange(N_HIDDEN)) & 1 > 0
    height = math.sqrt(N_VISIBLE / 10 / N_HIDDEN)
    assert theory.visible_state(net, states).max() == pytest.approx(height)
    scaled = net.replace(weights=weights / height, feedback=weights.T * height)  # pixels in [0, 1]; J unchanged
    pixels = theory.visible_state(scaled, states).clip(0, 1)
    return scaled, Images(pixels, np.zeros(len(pixels), int), (8, 8), "blocks"), states


def test_the_share_of_the_same_attractor_follows_the_closed_form(orthogonal):
    net, images, states = orthogonal
    assert np.allclose(theory.effective_coupling(net), np.eye(N_HIDDEN))
    std = 0.7
    many = Images(np.tile(images.pixels, (20, 1)), np.zeros(20 * 64, int), (8, 8), "blocks")
    found = damage_table(net, many, [Combined(), Noise(std)], seed=3).sel(damage=f"noise:std={std}")
    # From h(0) = 0, neuron μ with drive d reaches its largest h, d·p, before it is active; p is the peak of the two
    # exponentials. It ends active if d·p > θ. The mean of ten pixels has std σ/√10.
    ratio = float(net.tau_v / net.tau_h)
    peak = ratio ** (-1 / (ratio - 1))
    limit = float(net.threshold[0]) / peak
    spread = std / math.sqrt(10)
    missed, invented = (0.5 * math.erfc(x / spread / math.sqrt(2)) for x in (1 - limit, limit))
    active = states.sum(axis=1)
    expected = np.mean((1 - missed) ** active * (1 - invented) ** (N_HIDDEN - active))
    assert 0.2 < expected < 0.8
    assert found.same_attractor_lower < expected < found.same_attractor_upper
    assert found.same_attractor_trials == 20 * 64
    wrong = 1 - (missed + invented) / 2
    assert found.bits_right_lower < wrong < found.bits_right_upper
    assert float(found.cue_error) == pytest.approx(64 * std**2, rel=0.02)
    assert float(found.recall_error) == pytest.approx(10 * N_HIDDEN * (missed + invented) / 2, rel=0.1)


def test_intact_cues_end_at_their_own_memory_without_error(orthogonal):
    net, images, _ = orthogonal
    found = damage_table(net, images, [Combined()]).isel(damage=0)
    for name in ("same_attractor", "nearest_image", "nearest_memory", "settled", "bits_right"):
        assert float(found[name]) == 1
    assert float(found.recall_error) == pytest.approx(0, abs=1e-9) and int(found.n_distinct) == 64
    assert float(found.first_pass_error) == pytest.approx(0, abs=1e-9)


def test_the_first_pass_stands_beside_the_recall(orthogonal):
    """An on-field of 1 passes θ < 1 at once; from h(0) = 0 the recall reaches the peak p < 1 and needs θ < p."""
    net, images, _ = orthogonal
    ratio = float(net.tau_v / net.tau_h)
    peak = ratio ** (-1 / (ratio - 1))
    for factor, first_active in ((0.99 * peak, True), (1.01, False)):
        high = net.replace(threshold=factor)
        found = damage_table(high, images, [Combined()]).isel(damage=0)
        silent = float((images.pixels**2).sum(axis=1).mean())
        assert float(found.first_pass_error) == pytest.approx(0 if first_active else silent, abs=1e-4)
        assert float(found.recall_error) == pytest.approx(0 if first_active else silent, abs=1e-4)
    between = net.replace(threshold=(peak + 1) / 2)
    found = damage_table(between, images, [Combined()]).isel(damage=0)
    assert float(found.first_pass_error) == pytest.approx(0, abs=1e-4)
    assert float(found.recall_error) == pytest.approx(silent, abs=1e-4)


def test_nearest_images_and_memories_are_those_of_brute_force():
    rng = np.random.default_rng(0)
    net = Network(rng.standard_normal((64, 10)) * np.linspace(0.3, 2, 10), threshold=0.2)  # far from orthonormal
    cues, memories = 2 * rng.standard_normal((200, 64)), rng.random((30, 10)) < 0.5
    out = recall(net, cues)
    out.hidden_active[:] = rng.random((200, 10)) < 0.5
    seen, at = (theory.visible_state(net, states) for states in (out.hidden_active.values, memories))
    stored = seen[:50] + 0.3 * rng.standard_normal((50, 64))
    own, own_memory = (((seen[:, None] - points) ** 2).sum(axis=2).argmin(axis=1) for points in (stored, at))
    assert len(set(own)) > 20 and len(set(own_memory)) > 8
    for shift, share in ((0, 1), (1, 0)):
        given = (own + shift) % 50, memories, own_memory + shift
        originals = Originals(cues, out.hidden_active.values, np.ones(200, bool), stored, *given)
        found = compare_with_originals(net, {"none": (cues, out)}, originals).isel(damage=0)
        assert float(found.nearest_image) == float(found.nearest_memory) == share


def test_the_table_is_that_of_single_recalls(digits):
    images, net = digits.select(slice(120)), Network.gaussian(64, 10, seed=0)
    minima = unique_stable_minima(net, images.pixels)
    found = damage_table(net, images, [Noise(0.2)], n_cues=50, seed=2, minima=minima).isel(damage=0)
    chosen = images.balanced_sample(50, 2)
    out = recall(net, images.damaged(Noise(0.2), chosen, seed=2))
    seen = theory.visible_state(net, out.hidden_active.values)
    to_images = ((seen[:, None] - images.pixels) ** 2).sum(axis=2).argmin(axis=1)
    to_memories = ((seen[:, None] - theory.visible_state(net, minima.hidden_active.values)) ** 2).sum(axis=2)
    assert float(found.nearest_image) == (to_images == chosen).mean()
    assert float(found.nearest_memory) == (to_memories.argmin(axis=1) == minima.label.values[chosen]).mean()
    assert 0 < float(found.nearest_image) < 1 and 0 < float(found.nearest_memory) < 1
    assert float(found.recall_error) == pytest.approx(((seen - images.pixels[chosen]) ** 2).sum(axis=1).mean())


def test_more_damage_gives_larger_errors(digits):
    net, damages = Network.gaussian(64, 10, seed=0), [Combined(), Noise(0.1), Noise(0.5), Noise(2)]
    found = damage_table(net, digits, damages, n_cues=200)
    for name in ("cue_error", "first_pass_error", "recall_error"):
        assert (np.diff(found[name]) > 0).all()
        assert ((found[f"{name}_lower"] <= found[name]) & (found[name] <= found[f"{name}_upper"])).all()
    assert (np.diff(found.same_attractor) < 0).all()
    assert list(found.damage.values) == list(map(str, damages))


def test_a_recall_that_does_not_settle_is_in_no_attractor(orthogonal):
    net, images, states = orthogonal
    cues, codes = images.pixels.astype(float), states
    settled = np.arange(64) % 2 == 0
    originals = Originals(cues, codes, settled, cues, np.arange(64))
    found = compare_with_originals(net, {"none": (cues, recall(net, cues))}, originals).isel(damage=0)
    assert float(found.same_attractor) == 0.5 and float(found.settled) == 1 and "nearest_memory" not in found
    out = recall(net, cues)
    out.outcome[:16] = "timed_out"  # in the right state, but not at rest; half of these are of settled intact cues
    found = compare_with_originals(net, {"none": (cues, out)}, originals).isel(damage=0)
    assert float(found.same_attractor) == 24 / 64 and float(found.settled) == 48 / 64
    late = recall(net, cues, duration=1e-4)  # before the first crossing; the silent state is the only one at rest
    found = compare_with_originals(net, {"none": (cues, late)}, originals).isel(damage=0)
    assert float(found.same_attractor) == float(found.settled) == 1 / 64 and int(found.n_distinct) == 1


def test_recalls_that_do_not_settle_are_compared_with_the_end_of_the_intact_recall():
    net, images = cycling(), Images(np.random.default_rng(0).random((12, 64)), np.zeros(12, int), (8, 8), "random")
    out = recall(net, images.pixels)
    settled = out.outcome.values == "settled"
    assert 2 < settled.sum() < 10 and len(np.unique(out.hidden_active.values[~settled], axis=0)) > 1
    found = damage_table(net, images, [Combined()], n_cues=12).isel(damage=0)
    assert float(found.bits_right) == 1 and float(found.same_attractor) == settled.mean()


def test_recalls_of_a_circuit_are_compared_with_the_end_of_the_intact_recall_too():
    net, images = cycling(), Images(np.random.default_rng(0).random((12, 64)), np.zeros(12, int), (8, 8), "random")
    engine = Circuit(population=Population(n_cells=8), dt=2e-4, codegen="numpy")
    found = learned_by_circuit(net, images, [Combined()], seed=0, engine=engine, n_cues=12, duration=0.4)
    rate = found.isel(damage=0).sel(model="rate")
    assert float(rate.settled) < 1 == float(rate.bits_right)


def test_the_nearest_point_is_that_of_brute_force():
    rng = np.random.default_rng(0)
    points, stored = rng.standard_normal((300, 3)), 2 * rng.standard_normal((80, 3))
    brute = ((points[:, None] - stored) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest(points, stored, (stored**2).sum(axis=1)), brute)


def test_without_stable_memories_none_is_the_right_one(digits):
    assert (nearest(np.ones((3, 2)), np.empty((0, 2)), np.empty(0)) == -2).all()
    assert nearest(np.array([[2.0]]), np.array([[0.0], [1.0], [5.0]]), np.array([0.0, 1.0, 25.0])) == 1


def test_missing_pixels_are_those_of_the_mean_image(digits):
    images = digits.select(slice(200))
    cues, mean = images.pixels[:50].astype(float), images.pixels.mean(axis=0)
    masked = images.damaged(Missing(0.3, fill="mean"), slice(50), seed=1)
    assert (masked != cues).mean() < 0.4 and np.isin(masked[masked != cues], mean).all()
    occluded = images.damaged(Occluded(fill="mean"), slice(50), seed=1).reshape(-1, 8, 8)
    np.testing.assert_array_equal(occluded[:, :4], cues.reshape(-1, 8, 8)[:, :4])
    np.testing.assert_allclose(occluded[:, 4:], np.broadcast_to(mean.reshape(8, 8)[4:], (50, 4, 8)))


def test_examples_are_recalls_of_the_damaged_originals(digits):
    net, damages = Network.gaussian(64, 10, seed=0), [Missing(0.4), Flipped(0.1)]
    found = damaged_examples(net, digits, damages, n_shown=3, seed=5)
    cues = digits.damaged(damages[0], digits.balanced_sample(3, 5), seed=5)
    np.testing.assert_array_equal(found.cue_visible.sel(damage=str(damages[0])), cues)
    np.testing.assert_array_equal(found.visible.sel(damage=str(damages[0])), recall(net, cues).visible)


def test_rows_state_every_damage_twice(digits):
    found = damage_table(Network.gaussian(64, 10, seed=0), digits, n_cues=20)
    rows = damage_rows(found)
    names = [str(damage) for damage in usual_damages(digits.shape)]
    assert [row[0] for row in rows] == [f"{n}: {what}" for what in ("squared error", "same attractor") for n in names]
    assert rows[1][1].startswith(f"{float(found.recall_error[1]):.3g} (")
    assert f"nearest memory right {float(found.nearest_memory[1]):.3g} (" in rows[len(names) + 1][2]


def test_what_cannot_be_measured_is_refused(digits):
    net = Network.gaussian(64, 10, seed=0)
    with pytest.raises(InvalidInput, match="damages must be a Damage or a non-empty sequence"):
        damage_table(net, digits.select(slice(20)), [])
    minima = unique_stable_minima(net, digits.pixels[:10])
    with pytest.raises(InvalidInput, match="got 10; omit it"):
        damage_table(net, digits.select(slice(20)), minima=minima)


def test_a_copy_of_an_image_is_the_image(digits):
    some = digits.select(slice(20))
    net = prescribe(some.pixels, np.random.default_rng(0).random((20, 40)) < 0.5)
    once, both = (damage_table(net, images, [Combined()], n_cues=40) for images in (some, _twice(some)))
    assert both.nearest_image.item() == once.nearest_image.item() > 0.8


@pytest.mark.torch
def test_a_copy_of_an_image_is_the_image_of_the_reference_lines(digits):
    found = reference_table(_twice(digits.select(slice(20))), 4, n_cues=10, n_updates=2, damages=[Combined()])
    assert float(found.nearest_image.sel(reference="nearest image")[0]) == 1


def _twice(images):
    return Images(np.repeat(images.pixels, 2, axis=0), np.repeat(images.labels, 2), images.shape, "twice")
