"""Damage to cues: its size and place, fills, seeds, sequences, texts, and bad arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import InvalidInput
from neurosim.cli import parse
from neurosim.damage import DAMAGES, FILLS, PARTS, Blocks, Combined, Damage, Flipped, Missing, Noise, Occluded
from neurosim.sweep import spawn_seeds

SHAPE = (2, 8, 10)  # channels, rows, columns
CUES = np.random.default_rng(0).random((300, 160)) + 1
EVERY = [Noise(0.5), Missing(0.3), Occluded("any", 0.3), Blocks(3, count=2), Flipped(0.25)]


def changed(damage: Damage, cues: np.ndarray = CUES, **how) -> np.ndarray:
    """Return where cues are changed, (cue, channel, row, column)."""
    damaged = damage.apply(cues, **{"seed": 1, "image_shape": SHAPE, "mean": np.zeros(160), **how})
    return (damaged != cues).reshape(len(cues), *SHAPE)


def test_every_kind_is_tried_here():
    assert {type(damage) for damage in EVERY} == set(DAMAGES.values())


@pytest.mark.parametrize("damage", EVERY, ids=str)
def test_a_seed_reproduces_the_damage_and_each_cue_has_its_own(damage):
    assert damage.is_random
    same = np.repeat(CUES[:1], 20, axis=0)
    once = damage.apply(same, seed=3, image_shape=SHAPE)
    np.testing.assert_array_equal(once, damage.apply(same, seed=3, image_shape=SHAPE))
    assert len(np.unique(once, axis=0)) > 3
    assert (once != damage.apply(same, seed=4, image_shape=SHAPE)).any()
    one = damage.apply(CUES[0], seed=3, image_shape=SHAPE)
    np.testing.assert_array_equal(one, damage.apply(CUES[:1], seed=3, image_shape=SHAPE)[0])
    with pytest.raises(InvalidInput, match="needs a seed"):
        damage.apply(same, image_shape=SHAPE)


@pytest.mark.parametrize("damage", EVERY, ids=str)
def test_the_cue_is_kept_and_float32_stays_float32(damage):
    before = CUES.copy()
    assert damage.apply(CUES, seed=1, image_shape=SHAPE).dtype == np.float64
    assert damage.apply(CUES.astype(np.float32), seed=1, image_shape=SHAPE).dtype == np.float32
    assert damage.apply(CUES.astype(int), seed=1, image_shape=SHAPE).dtype == np.float64
    np.testing.assert_array_equal(CUES, before)


def test_noise_has_its_std_and_scales_with_it():
    weak, strong = (Noise(std).apply(CUES, seed=1) - CUES for std in (0.5, 1.5))
    assert weak.std() == pytest.approx(0.5, rel=5 / np.sqrt(2 * weak.size))
    assert abs(weak.mean()) < 5 * 0.5 / np.sqrt(weak.size)
    np.testing.assert_allclose(strong, 3 * weak, atol=1e-12)


@pytest.mark.parametrize("kind", [Missing, Flipped])
@pytest.mark.parametrize("fraction", [0.0, 0.36, 1.0])  # 57.6 of 160: rounded, not cut off
def test_random_neurons_are_exactly_as_many_as_said(kind, fraction):
    assert (changed(kind(fraction)).reshape(300, -1).sum(axis=1) == round(160 * fraction)).all()


def test_flips_change_the_sign():
    flipped = Flipped(0.5).apply(CUES, seed=1)
    np.testing.assert_array_equal(np.abs(flipped), CUES)


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ("lower", np.s_[:, :, 5:]),  # 0.3 of 8 rows are 2.4, so 3
        ("upper", np.s_[:, :, :3]),
        ("left", np.s_[:, :, :, :3]),
        ("right", np.s_[:, :, :, 7:]),
    ],
)
def test_an_occluded_side_is_that_of_the_picture_in_all_channels(part, where):
    want = np.zeros((300, *SHAPE), dtype=bool)
    want[where] = True
    np.testing.assert_array_equal(changed(Occluded(part, 0.3)), want)
    assert not Occluded(part, 0.3).is_random


def test_any_side_is_each_of_the_four_equally_often():
    found = changed(Occluded("any", 0.3))
    sides = [changed(Occluded(part, 0.3), seed=None) for part in PARTS[:4]]
    counts = [(found == side).all(axis=(1, 2, 3)).sum() for side in sides]
    assert sum(counts) == 300 and min(counts) > 40


def test_without_a_shape_the_last_neurons_are_the_lower_ones():
    assert (Occluded(fraction=0.3).apply(np.ones((2, 40)))[:, 28:] == 0).all()
    assert (Occluded(fraction=0.3).apply(np.ones((2, 40)))[:, :28] == 1).all()


@pytest.mark.parametrize("shape", [None, (160, 1), (1, 160)])
def test_any_side_of_one_row_or_column_leaves_a_part_of_each_image(shape):
    gone = Occluded("any", 0.5).apply(CUES, seed=0, image_shape=shape) == 0
    assert (gone.sum(axis=1) == 80).all()
    assert 0.3 < gone[:, 0].mean() < 0.7  # both ends


@pytest.mark.parametrize(("part", "shape"), [("left", None), ("right", (160, 1)), ("upper", (1, 160)), ("any", (1, 1))])
def test_a_part_of_a_single_row_or_column_is_refused(part, shape):
    cues = CUES if shape != (1, 1) else CUES[:, :1]
    with pytest.raises(InvalidInput, match="must leave a part of each image"):
        Occluded(part).apply(cues, seed=0, image_shape=shape)
    assert not Occluded(part, 1).apply(cues, seed=0, image_shape=shape).any()


def test_blocks_are_whole_squares_at_all_places():
    found = changed(Blocks(3))
    assert (found.sum(axis=(2, 3)) == 9).all() and (found[:, 0] == found[:, 1]).all()
    assert (found[:, 0].any(axis=2).sum(axis=1) == 3).all() and (found[:, 0].any(axis=1).sum(axis=1) == 3).all()
    assert found.any(axis=0).all(), "a block reaches every pixel"
    assert changed(Blocks(3, count=4)).sum() > 2 * found.sum()


@pytest.mark.parametrize("damage", [Missing(0.4), Occluded("any", 0.4), Blocks(4)], ids=str)
@pytest.mark.parametrize("fill", [0.0, 7.0, *FILLS])
def test_fills_replace_the_same_pixels(damage, fill):
    mean = np.arange(160.0) + 10
    settings = {**damage.__dict__, "fill": fill}
    damaged = type(damage)(**settings).apply(CUES, seed=1, image_shape=SHAPE, mean=mean)
    missing = changed(damage).reshape(300, 160)
    np.testing.assert_array_equal(damaged[~missing], CUES[~missing])
    if fill == "random":
        low, high = CUES.min(axis=1, keepdims=True), CUES.max(axis=1, keepdims=True)
        assert len(np.unique(damaged[missing])) == missing.sum()
        place = ((damaged - low) / (high - low))[missing]  # uniform from the lowest to the highest value
        assert 0 <= place.min() < 0.01 and 0.99 < place.max() <= 1
        assert place.mean() == pytest.approx(0.5, abs=5 / np.sqrt(12 * missing.sum()))
    else:
        want = np.broadcast_to(mean if fill == "mean" else fill, CUES.shape)
        np.testing.assert_array_equal(damaged[missing], want[missing])


@pytest.mark.parametrize("damage", [Noise(0.5, varied=True), Missing(1.0, varied=True)], ids=str)
def test_a_varied_strength_is_uniform_up_to_its_own(damage):
    full = type(damage)(*(value for name, value in damage.__dict__.items() if name != "varied" and name != "fill"))
    size = np.abs(damage.apply(CUES, seed=2) - CUES).mean(axis=1) / np.abs(full.apply(CUES, seed=2) - CUES).mean(axis=1)
    assert size.max() <= 1 + 1e-9 and size.mean() == pytest.approx(0.5, abs=0.08)
    assert np.quantile(size, 0.1) < 0.2 and np.quantile(size, 0.9) > 0.8


def test_a_varied_occlusion_has_different_numbers_of_rows():
    rows = changed(Occluded(fraction=1.0, varied=True))[:, 0].all(axis=2).sum(axis=1)
    assert set(rows) == set(range(1, 9)), "rounded up, so at least one row"


def test_a_sequence_applies_its_damages_in_order():
    dark, noisy = Missing(1.0), Noise(1.0)
    assert (noisy + dark).apply(CUES, seed=0).any() == False  # noqa: E712 - an array of zeros
    assert (dark + noisy).apply(CUES, seed=0).all()
    assert ((noisy + dark) + noisy).steps == (noisy, dark, noisy) == (noisy + (dark + noisy)).steps
    np.testing.assert_array_equal(Combined().apply(CUES), CUES)


@pytest.mark.parametrize("seed", [5, "generator"])
def test_damages_of_a_sequence_have_streams_of_their_own(seed):
    def used():
        return np.random.default_rng(5) if seed == "generator" else seed

    some, none = (Noise(std) + Missing(0.3) for std in (1.0, 0.0))
    both, masked = (damage.apply(CUES, seed=used()) for damage in (some, none))
    np.testing.assert_array_equal(both == 0, masked == 0)
    if seed == 5:
        alone = Missing(0.3).apply(CUES, seed=spawn_seeds(5, 2)[1])
        np.testing.assert_array_equal(masked, alone)


@pytest.mark.parametrize(
    "damage",
    [*EVERY, Noise(0.1, varied=True), Missing(0.2, "mean"), Occluded("upper", 0.25, "random"), EVERY[0] + EVERY[2]],
    ids=str,
)
def test_the_command_line_reads_the_text_of_every_damage(damage):
    assert parse.damage(str(damage)) == damage


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Noise(-1), r"std of the noise must be a finite number >= 0 and <= 1e\+100, got -1"),
        (lambda: Noise(np.nan), "std of the noise"),
        (lambda: Noise(1, varied=1), "varied"),
        (lambda: Missing(1.5), "fraction of missing neurons must be a number from 0 to 1"),
        (lambda: Missing(0.5, "grey"), "fill must be one of"),
        (lambda: Missing(0.5, np.inf), "fill must be a finite number"),
        (lambda: Occluded("middle"), "part must be one of"),
        (lambda: Occluded(fraction=-0.1), "occluded fraction"),
        (lambda: Blocks(0), "size of a block must be a whole number >= 1"),
        (lambda: Blocks(3, count=0), "count of blocks"),
        (lambda: Flipped(2), "fraction of flipped neurons"),
        (lambda: Combined(("noise",)), "each step of a damage must be a Damage"),
        (lambda: Noise(1) + 3, "each step of a damage must be a Damage"),
        (lambda: Blocks(9).apply(CUES, seed=0, image_shape=SHAPE), "block must fit into the image of 8 rows"),
        (lambda: Blocks(3).apply(CUES, seed=0), "give a smaller one"),
        (lambda: Occluded().apply(CUES, image_shape=(4, 4)), "image_shape must be"),
        (lambda: Occluded().apply(CUES, image_shape=(160,)), "image_shape must be"),
        (lambda: Occluded(fill="mean").apply(CUES), "needs the mean image; give mean="),
        (lambda: Occluded(fill="mean").apply(CUES, mean=np.zeros(3)), "mean must have shape"),
        (lambda: Noise(1).apply(CUES, seed=-1), "seed must be a whole number"),
        (lambda: (Noise(1) + Noise(1)).apply(CUES, seed=-1), "seed must be a whole number"),
        (lambda: Noise(1).apply(3.0, seed=1), "cues must"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


DAMAGE = st.recursive(
    st.one_of(
        st.floats(0, 1e20).map(Noise),
        st.floats(0, 1).map(lambda share: Missing(share, fill=1e16)),
        st.floats(0, 1).map(Flipped),
    ),
    lambda one: st.lists(one, max_size=3).map(Combined) | st.tuples(one, one).map(lambda pair: pair[0] + pair[1]),
    max_leaves=5,
)


@given(DAMAGE)
def test_the_text_of_a_damage_gives_the_damage_back(damage):
    again = parse.damage(str(damage))
    assert str(again) == str(damage)
    cues = np.ones((2, 5))
    np.testing.assert_array_equal(again.apply(cues, seed=0), damage.apply(cues, seed=0))
