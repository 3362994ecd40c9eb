"""Recall after one-shot learning of further images."""

from typing import Any

import numpy as np
import pytest

from neurosim import InvalidInput, recall
from neurosim.learning.one_shot import Correlations, sparse_codes
from neurosim.measure.learned.forgetting import APART, N_PROBES, forgetting_curves, recall_after

SIZES: Any = {"n_images": 90, "n_visible": 80, "n_hidden": 30}


@pytest.fixture(scope="module")
def found():
    return forgetting_curves([0, 0.1], [0, 5, 60], networks=3, seed=1, noise=0.3, **SIZES)


def test_forgetting_keeps_new_images_and_loses_old_ones(found):
    kept, old = found.sel(forget=0.1), found.sel(forget=0)
    assert kept.recalled.values[0] > 0.9 > 0.1 > kept.recalled.values[2]
    assert kept.error.values[0] < 0.1 < 0.8 < kept.error.values[2]
    assert np.ptp(old.recalled.values) < 0.2 and old.recalled.values.max() < 0.5  # all ages alike
    assert kept.n_recalled > 2 * old.n_recalled


def test_estimates_have_intervals_counts_and_labels(found):
    assert (found.recalled_lower <= found.recalled).all() and (found.recalled <= found.recalled_upper).all()
    assert (found.recalled_trials == 3 * N_PROBES).all() and found.recalled.dims == ("forget", "age")
    assert found.n_recalled_by_network.sizes["network"] == 3 and found.age.attrs["long_name"]


def test_one_sequence_is_that_of_learning_image_by_image():
    sizes = {"n_images": 20, "n_visible": 40, "n_hidden": 15, "noise": 0.0}
    found = recall_after(seed=3, forget=0.05, ages=[0, 10], **sizes)
    images = np.random.default_rng(3).choice([-1.0, 1.0], (20 + N_PROBES * APART, 40))
    codes = sparse_codes(images, 15, seed=3)
    right, error, seen = [], [], Correlations.none(40, 15)
    for k, (image, code) in enumerate(zip(images, codes, strict=True), start=1):
        seen = seen.add(image[None], code[None], forget=0.05)
        if k >= 20 and (k - 20) % APART == 0 and k < len(images):
            shown = [k - 1, k - 11]
            out = recall(seen.network(), images[shown])
            right.append((out.hidden_active.values == codes[shown]).all(axis=1))
            error.append(((out.visible.values - images[shown]) ** 2).mean(axis=1))
    assert len(right) == N_PROBES
    assert [found["recalled_0"], found["recalled_10"]] == pytest.approx(np.mean(right, axis=0).tolist())
    assert [found["error_0"], found["error_10"]] == pytest.approx(np.mean(error, axis=0).tolist())


def test_ages_beyond_the_first_image_are_refused():
    with pytest.raises(InvalidInput, match="ages must be"):
        forgetting_curves([0.1], [90], networks=1, **SIZES)
    with pytest.raises(InvalidInput, match="forget must be"):
        forgetting_curves([1.5], [0], networks=1, **SIZES)
