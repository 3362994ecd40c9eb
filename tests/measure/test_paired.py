"""Paired differences between models: against their definition, and refusals of results that do not pair."""

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput
from neurosim.measure import recall_sweep
from neurosim.measure.statistics import paired_difference, student_interval

GRID = {"noise_std": [0.0, 1.0]}


def result(values, **attrs):
    """Return a result over two noise levels and three networks."""
    each = ("noise_std", "network"), np.asarray(values, dtype=float)
    data = {"recalled": ("noise_std", np.mean(values, axis=1)), "recalled_by_network": each}
    return xarray.Dataset(data, GRID, {"seed": 0, "n_networks": 3, "n_trials": 8, **attrs})


UNCHANGED = result([[0.5, 0.7, 0.9], [0.2, 0.4, 0.6]])


def test_the_difference_is_that_of_each_network():
    changed = result([[0.4, 0.7, 0.7], [0.4, 0.6, 0.8]])
    found = paired_difference(changed, UNCHANGED)
    each = np.array([[-0.1, 0.0, -0.2], [0.2, 0.2, 0.2]])
    assert np.allclose(found.difference_by_network, each)
    want = student_interval(each, axis=1)
    for end, part in (("", want.estimate), ("_lower", want.lower), ("_upper", want.upper)):
        assert np.allclose(found[f"difference{end}"], part)
    assert found.n_lower.values.tolist() == [2, 0] and found.n_higher.values.tolist() == [0, 3]
    assert found.noise_std.values.tolist() == GRID["noise_std"]


def test_pairs_are_narrower_than_the_difference_of_two_means():
    curves = [recall_sweep(8, {"noise_std": [1.5]}, seed=3, n_hidden=4, threshold=at) for at in (0.55, 0.5)]
    pairs = paired_difference(*curves)
    width = (pairs.difference_upper - pairs.difference_lower).item()
    alone = [student_interval(curve.recalled_by_network.values[0]) for curve in curves]
    assert width < np.hypot(*(one.upper - one.lower for one in alone))


@pytest.mark.parametrize(
    ("message", "other"),
    [
        ("same seed", result(UNCHANGED.recalled_by_network.values, seed=1)),
        ("same n_networks", result(UNCHANGED.recalled_by_network.values, n_networks=4)),
        ("same coordinates", UNCHANGED.assign_coords(noise_std=[0.0, 2.0])),
        ("needs 'recalled_by_network'", UNCHANGED.drop_vars("recalled_by_network")),
    ],
)
def test_results_that_do_not_pair_are_refused(message, other):
    for pair in ((UNCHANGED, other), (other, UNCHANGED)):
        with pytest.raises(InvalidInput, match=message):
            paired_difference(*pair)
