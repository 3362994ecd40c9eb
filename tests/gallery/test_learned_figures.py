"""Numbers of the figures about learned images, where they are known beforehand."""

import numpy as np
import pytest

pytest.importorskip("torch")

from neurosim import InvalidInput, gallery, recall
from neurosim.gallery.base import Plan, some_digits
from neurosim.gallery.school import School
from neurosim.learning.data import Images

pytestmark = pytest.mark.torch


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
