"""Table 1: accuracy of classifiers on recalls, and errors of the recalls."""

import numpy as np
import pytest

pytest.importorskip("torch")

from neurosim import InvalidInput, Network, recall
from neurosim.damage import Noise
from neurosim.learning import train
from neurosim.measure.learned.classification import KINDS, classify

pytestmark = pytest.mark.torch


@pytest.mark.slow
def test_table_1_keeps_the_order_of_the_paper(split_digits):
    seen, unseen = split_digits
    net = train(seen, n_hidden=24, recipe="certified", epochs=150)
    table = classify(net, seen, unseen, epochs=8, n_seeds=2)
    hidden, visible, original = (float(table.accuracy.sel(test=kind)) for kind in KINDS[:3])
    assert original > visible > 0.8
    assert hidden > 0.8
    assert (table.accuracy_lower < table.accuracy).all() and (table.accuracy_upper <= 1).all()
    # a classifier trained on images only recognises recalls
    recalled, memories = (table.sel(test=f"transfer: {what}") for what in ("unseen", "stored"))
    assert float(recalled.accuracy) > 0.8 and float(memories.accuracy) > 0.8
    assert table.n_trials.values.tolist() == [len(unseen)] * 3 + [len(seen), len(unseen)]
    for test, images in (("visible", unseen), ("transfer: unseen", unseen), ("transfer: stored", seen)):
        visible = recall(net, images.pixels.astype(float)).visible.values
        error = ((visible - images.pixels) ** 2).sum(axis=1).mean()
        assert float(table.squared_error.sel(test=test)) == pytest.approx(error, rel=1e-4)
        assert float(table.squared_error_lower.sel(test=test)) < error < float(table.squared_error_upper.sel(test=test))
    assert table.squared_error.sel(test="hidden").isnull() and table.squared_error.sel(test="original") == 0
    one = classify(net, seen, unseen, kinds=["hidden"], epochs=8)
    assert one.accuracy_by_seed.item() == table.accuracy_by_seed.sel(test="hidden").values[0]
    assert float(one.accuracy_lower[0]) < float(one.accuracy[0]) < float(one.accuracy_upper[0])


def test_recalls_of_damaged_cues_are_classified_beside_those_of_intact_ones(split_digits):
    seen, unseen = split_digits
    net = train(seen, n_hidden=24, recipe="denoise", epochs=60)
    damage = Noise(0.5)
    table = classify(net, seen, unseen, kinds=["visible", "original"], damages=[damage], epochs=8)
    assert table.test.values.tolist() == ["visible", f"visible: {damage}", "original", f"original: {damage}"]
    cues = unseen.damaged(damage, seed=0)
    errors = [((values - unseen.pixels) ** 2).sum(axis=1).mean() for values in (recall(net, cues).visible.values, cues)]
    measured = [float(table.squared_error.sel(test=f"{kind}: {damage}")) for kind in ("visible", "original")]
    assert measured == pytest.approx(errors, rel=1e-4)
    accuracy = table.accuracy.sel(test=["visible", f"visible: {damage}"]).values
    assert accuracy[0] > accuracy[1] > 0.5


def test_classes_that_no_classifier_has_learned_are_refused(digits):
    """Unnamed classes have no list of names to compare."""
    few, net = digits.select(np.flatnonzero(digits.labels < 5)), Network.gaussian(64, 3, seed=0)
    with pytest.raises(InvalidInput, match=r"among \[0, 1, 2, 3, 4\].*got \[5, 6, 7, 8, 9\]"):
        classify(net, few, digits, kinds=["hidden"])
    assert classify(net, digits, few, kinds=["hidden"], epochs=1).attrs["n_trials"] == len(few)
    one = digits.select(np.flatnonzero(digits.labels == 3))
    with pytest.raises(InvalidInput, match="two or more classes, got the label 3 for all"):
        classify(net, one, one, kinds=["hidden"])


def test_unknown_kinds_are_refused(digits):
    with pytest.raises(InvalidInput, match=r"kinds must be one of .*'transfer'"):
        classify(Network.gaussian(64, 3, seed=0), digits, digits, kinds=["smell"])
