"""Law and bound beside a recall curve are those of its targets, ratio, threshold and occluded rows."""

import numpy as np
import pytest

from neurosim import Network, patterns, theory
from neurosim.measure.recall.curves import recall_sweep


def test_the_law_is_that_of_the_given_targets():
    """States of many active neurons are recalled less often; a law of random states would not say so."""
    nets = [Network.gaussian(100, 10, seed=seed) for seed in range(12)]
    states = patterns.all_hidden_states(10)
    for few in (1, 5, 9):
        targets = states[states.sum(axis=1) == few]
        found = [recall_sweep(net, {"noise_std": [0.5]}, targets=targets, seed=0) for net in nets]
        share = np.array([each.recalled.item() for each in found])
        law, bound = found[0].law.item(), found[0].bound.item()
        own = theory.recall_vs_ratio_law(100, 10, 0.5, 20.0, noise_std=0.5, n_active=few)
        assert law == pytest.approx(own) and bound < law
        assert abs(share.mean() - law) < 3 * share.std() / 12**0.5 + 0.02
    mixed = recall_sweep(nets[0], {"noise_std": [0.5]}, targets=states, seed=0)
    assert mixed.law.item() == pytest.approx(theory.recall_vs_ratio_law(100, 10, 0.5, 20.0, noise_std=0.5))


def test_the_bound_holds_at_every_ratio_and_threshold():
    """The paper's is for τ_v ≫ τ_h and exceeds what is recalled elsewhere."""
    known = [{"ratio": 3}, {"ratio": 20, "threshold": 0.8}]
    for settings in (*known, {"ratio": 2}, {"threshold": 0.9}):
        found = recall_sweep(20, {"noise_std": [0.0, 0.5]}, n_hidden=6, seed=0, **settings)
        assert (np.isfinite(found.bound) == (settings in known)).all() and not (found.bound > found.recalled).any()


def test_the_law_counts_whole_rows_that_are_occluded():
    grid = {"occluded": [0.25, 0.3]}  # 0.3 hides two of four rows
    common = {"n_hidden": 8, "visible_per_hidden": 100, "threshold": 0.3, "noise_std": 2.0, "seed": 0}
    found = recall_sweep(20, grid, n_cues=256, image_shape=(4, 200), **common)
    np.testing.assert_allclose(found.law, found.recalled, atol=0.03)
