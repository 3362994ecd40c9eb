"""Comparison of trained networks by name."""

import numpy as np
import pytest

from neurosim import Network, recall
from neurosim.measure.learned.ablation import compare_variants

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def test_each_network_is_measured_by_its_recalls(trained_digits):
    images = trained_digits.images.select(slice(300))
    nets = {"trained": trained_digits.network, "random": Network.gaussian(64, 24, seed=0)}
    found = compare_variants(nets, images)
    assert list(found.run.values) == ["trained", "random"]
    ends = recall(trained_digits.network, images.pixels.astype(float)).hidden_active.values
    assert int(found.n_unique[0]) == len(np.unique(ends, axis=0)) > int(found.n_unique[1])
    assert bool(found.certified[0]) and float(found.self_recalled[0]) > 0.99
    assert not bool(found.certified[1])
