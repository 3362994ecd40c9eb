"""Where the user has set NumPy to raise, what decays still becomes 0 without an error."""

import numpy as np
import pytest

from neurosim import Network, Sigmoid, measure, patterns, recall, theory
from neurosim.measure import statistics

NET = Network.gaussian(200, 4, seed=0)
STATES = patterns.all_hidden_states(4)
CALLS = {
    "the law": lambda: theory.expected_fixed_points(10_000, 100, 0.5).unstable_share,
    "a flip": lambda: theory.any_flip_probability(1000, 10, 0.5, noise_std=0.1),
    "the bound": lambda: theory.bit_flip_bound(NET, 1e-3).union,
    "a share": lambda: theory.stable_share(theory.Moments.gaussian(), 1000, 10, 0.5),
    "a ratio": lambda: theory.recall_vs_ratio_law(1000, 10, 0.5, 20.0),
    "a fold": lambda: theory.fold_thresholds(Sigmoid(200)),
    "a certificate": lambda: theory.certify_all_states(Network.gaussian(2000, 3, seed=0)).holds,
    "a count": lambda: measure.count_fixed_points(NET)["count"].item(),
    "an interval": lambda: statistics.proportion_interval(0, 10**6).upper,
    "an interval of a mean": lambda: statistics.mean_interval(np.array([0.0, 1e-200, 1.0])).upper,
    "the exact engine": lambda: recall(NET, patterns.visible_cues(NET, STATES)).hidden.values.sum(),
    "small steps": lambda: recall(NET, NET.weights.T, engine="reference", duration=0.5).hidden.values.sum(),
    "smooth units": lambda: recall(
        NET.replace(hidden_activation=Sigmoid(500)), NET.weights.T, engine="reference", duration=0.01
    ).hidden.values.sum(),
    "tiny cues": lambda: recall(NET, 1e-300 * NET.weights.T).hidden.values.sum(),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_underflow_is_no_error(name):
    expected = CALLS[name]()
    with np.errstate(all="raise"):
        found = CALLS[name]()
    np.testing.assert_array_equal(found, expected)
