"""Numbers of the figures about learned images, where they are known beforehand."""

import numpy as np
import pytest

pytest.importorskip("torch")

from neurosim import InvalidInput, gallery, recall, theory
from neurosim.gallery.base import Learned, Plan, some_digits
from neurosim.gallery.school import School
from neurosim.learning.data import Images
from neurosim.report import study

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def learned():
    return some_digits("digits", 24)


def figure(name, learned):
    return gallery.entry(name).measure(Plan(1, True, school=lambda *subject, **changes: learned))


def test_stored_images_are_nothing_new(learned):
    itself = Learned(learned.network, learned.images, learned.images)
    unseen = figure("3", itself)["unseen"]
    assert float(unseen.share_new) == 0
    # no memory is farther from an image than the nearest one is
    assert float(unseen.nearest_error) <= float(unseen.squared_error) + 1e-4


def test_other_images_end_at_new_memories_and_their_nearest_stored_one_is_found(learned):
    unseen = figure("3", learned)["unseen"]
    assert float(unseen.share_new) > 0.9
    cues = learned.unseen.pixels[study.chosen(learned.unseen, 50, 0)].astype(float)
    stored = theory.visible_state(learned.network, learned.memories)
    nearest = [np.square(cue - stored).sum(axis=1).min() for cue in cues]
    assert float(unseen.nearest_error) == pytest.approx(np.mean(nearest), rel=1e-5)


def test_damage_of_nothing_ends_at_the_same_memory_and_more_of_it_farther_away(learned):
    for kind, found in figure("damaged", learned).items():
        assert (found.same_memory.sel(level=0) == 1).all(), kind
        error = found.squared_error.values
        assert (error[:, -1] > 1.1 * error[:, 0]).all(), kind
        assert (found.same_memory.values[:, -1] < 0.5).all(), kind
        assert (found.squared_error_lower < found.squared_error).all(), kind


def test_what_stands_in_a_damaged_cue(learned):
    from neurosim.gallery.damaged_images import DAMAGE

    images = learned.images
    cues, mean = images.pixels[:50].astype(float), images.pixels.mean(axis=0)
    masked = DAMAGE["masked"][0](cues, 0.3, images, 1)
    assert (masked != cues).mean() < 0.4 and np.isin(masked[masked != cues], mean).all()
    occluded = DAMAGE["occluded"][0](cues, 0.5, images, 1).reshape(-1, 8, 8)
    np.testing.assert_array_equal(occluded[:, :4], cues.reshape(-1, 8, 8)[:, :4])
    np.testing.assert_allclose(occluded[:, 4:], np.broadcast_to(mean.reshape(8, 8)[4:], (50, 4, 8)))


def test_the_ablation_learns_what_its_lines_say():
    asked = []

    def school(*subject, **changes):
        asked.append((subject, changes))
        return some_digits(*subject, **changes)

    found = gallery.entry("ablation").measure(Plan(1, True, school=school))["ablation"]
    assert asked[:2] == [(("mnist", 50, "certified"), {}), (("mnist", 50, "certified"), {"repulsion": 0.0})]
    assert list(found.run.values[:2]) == ["certified", "certified: repulsion = 0.0"]
    net = some_digits("mnist", 50).network
    images = some_digits("mnist", 50).images.pixels.astype(float)
    ends = recall(net, images).hidden_active.values
    assert int(found.n_unique[0]) == len(np.unique(ends, axis=0)) > int(found.n_unique[1])
    assert bool(found.certified[0]) and float(found.self_recalled[0]) > 0.99


class Nearest:
    """A judge that knows what is nearest to an image that it has learned, up to a factor."""

    def __init__(self, pixels, labels):
        self.pixels, self.labels = pixels / np.linalg.norm(pixels, axis=1, keepdims=True), labels

    def correct(self, inputs, labels):
        return self.labels[(inputs @ self.pixels.T).argmax(axis=1)] == labels


def test_table_4_judges_what_is_recalled(learned, monkeypatch):
    monkeypatch.setattr(
        "neurosim.gallery.recall_by_model.fit", lambda kind, inputs, labels, **how: Nearest(inputs, labels)
    )
    data = figure("table4", learned)
    found = data["models"]
    for model in ("A (ii)", "B"):  # 50 random signs of 64 pixels are told apart by steep functions
        assert float(found.own.sel(model=model, stored_as="±1")) == 1, model
        assert float(found.known.sel(model=model, stored_as="±1")) > 0.95, model  # and back in pixels, by their class
    pixels = found.sel(stored_as="pixels")  # all overlap: one image takes every cue
    assert (pixels.own.sel(model=["A (i)", "A (ii)", "C"]) == 1 / 50).all()
    assert (pixels.known < 0.4).all()
    np.testing.assert_array_equal(found.paper, [0.12, 0.84, 0.90, 0.02])
    assert 0.8 < float(data["ours"].known) < 1  # the judge knows originals, and a recall is none


@pytest.mark.parametrize("name", ["A (ii)", "B", "C"])
def test_orthogonal_patterns_are_recalled_in_their_own_units(name):
    from neurosim.gallery.recall_by_model import MODELS, recalled

    patterns = np.kron(np.eye(4), np.ones(8)) * 2.0
    states = recalled(MODELS[name][0], patterns)
    np.testing.assert_allclose(states, patterns, atol=1e-6 if name != "B" else 1e-4)


def test_a_school_keeps_what_it_taught(tmp_path, monkeypatch):
    from neurosim.learning import data

    digits = data.load("digits")
    few = Images(digits.pixels[:100], digits.labels[:100], (8, 8), "digits")
    monkeypatch.setattr("neurosim.gallery.school._loaded", lambda *_: few)
    school = School(tmp_path, quick=True)
    first = school("digits", 6, "paper", repulsion=0.1).network
    assert [file.name for file in tmp_path.iterdir()] == ["digits-6-paper-repulsion=0.1.safetensors"]
    assert first.provenance["repulsion"] == 0.1 and first.provenance["epochs"] == 1
    monkeypatch.setattr("neurosim.learning.train", lambda *_, **__: pytest.fail("taught again"))
    again = school("digits", 6, "paper", repulsion=0.1).network
    assert again.weights.tobytes() == first.weights.tobytes()
    (tmp_path / "digits-6-paper-repulsion=0.1.safetensors").rename(tmp_path / "digits-6-paper.safetensors")
    with pytest.raises(InvalidInput, match=r"learned with repulsion = 0.1, wanted is 0.0; delete it"):
        school("digits", 6, "paper")
