"""Captions say what the numbers say: rising and falling only beyond the intervals."""

import numpy as np
import pytest
import xarray

from neurosim import Network
from neurosim.measure import continuation
from neurosim.report.captions import course, recalled_images
from neurosim.report.continuation import section as lesions

INF = float("inf")


def curve(*points, **coords):
    """Return a Dataset with the estimates and limits of `points`, one axis or two."""
    values = np.array(points, float)
    dims = list(coords)
    parts = {"share": 0, "share_lower": 1, "share_upper": 2}
    data = {name: (dims, values[..., k].reshape([len(c) for c in coords.values()])) for name, k in parts.items()}
    return xarray.Dataset(data, coords)


@pytest.mark.parametrize(
    ("points", "text"),
    [
        ([(1, 0.9, 1), (0.2, 0.1, 0.3)], "The share falls from 1 (0.9 – 1) at σ_v = 0 to 0.2 (0.1 – 0.3) at σ_v = 1."),
        ([(0.2, 0.1, 0.3), (1, 0.9, 1)], "The share rises from 0.2 (0.1 – 0.3) at σ_v = 0 to 1 (0.9 – 1) at σ_v = 1."),
        ([(0.5, 0.2, 0.8), (0.6, 0.3, 0.9)], "The share is 0.5 (0.2 – 0.8) at σ_v = 0 and 0.6 (0.3 – 0.9) at σ_v = 1."),
        ([(np.nan,) * 3, (0.6, 0.3, 0.9)], "The share is 0.6 (0.3 – 0.9) at σ_v = 1."),
        ([(np.nan,) * 3, (np.nan,) * 3], "The share: no value could be estimated."),
    ],
)
def test_one_axis(points, text):
    assert course(curve(*points, noise_std=[0.0, 1.0]), "share") == text


def test_an_extreme_between_the_ends_is_named_where_its_interval_is_apart():
    ends = [(0.1, 0.05, 0.15), (0.9, 0.8, 0.95), (0.1, 0.05, 0.15)]
    text = course(curve(*ends, noise_std=[0.0, 1.0, 2.0]), "share")
    assert "with 0.9 (0.8 – 0.95) at σ_v = 1 between them" in text
    ends[1] = (0.12, 0.05, 0.2)
    assert "between them" not in course(curve(*ends, noise_std=[0.0, 1.0, 2.0]), "share")


def test_two_axes_and_one_selected():
    points = [(0.1, 0, 0.2), (0.3, 0.2, 0.4), (0.5, 0.4, 0.6), (1, 0.9, 1)]
    found = curve(*points, n_hidden=[2, 4], noise_std=[0.0, 1.0])
    both = "The share lies between 0.1 (0 – 0.2) at N_h = 2, σ_v = 0 and 1 (0.9 – 1) at N_h = 4, σ_v = 1."
    assert course(found, "share") == both
    assert course(found, "share", n_hidden=4).startswith("The share rises from 0.5 (0.4 – 0.6) at σ_v = 0 to 1")


def test_a_single_number():
    assert course(curve((0.9, 0.8, 0.95)), "share", "the share recalled") == "The share recalled is 0.9 (0.8 – 0.95)."


def test_failures_and_trials_stand_beside_the_interval():
    found = curve((0.9, 0.8, 0.95), noise_std=[0.0]).assign(
        share_failures=("noise_std", [10]), share_trials=("noise_std", [100])
    )
    assert course(found, "share") == "The share is 0.9 (0.8 – 0.95; 10 of 100 failed) at σ_v = 0."


def test_lesions_are_survived_by_attractors():
    found = continuation(Network.gaussian(60, 3, seed=0), "lesioned_visible", [0, 0.1], n_cues=50, seed=0)
    n = int(found.n_attractors[0])
    caption = lesions(found).pictures[0].caption
    assert caption.endswith(f"of {n} attractors of the intact network remain.")


def test_recalls_of_images():
    found = xarray.Dataset({"squared_error": 2.0, "variance": 8.0, "n_distinct": 9})
    text = recalled_images(found.assign_attrs(cues="stored images", n_trials=10))
    assert text.startswith(
        "The recalls of 10 stored images end at 9 distinct attractors; their squared error is 2, 25%"
    )


def test_values_beyond_all_that_was_tried_are_stated():
    most, upper = [[38.0, 768.0], [np.nan, np.nan]], [[50.0, 1000.0], [np.inf, np.inf]]
    dims = ("memory", "n_hidden")
    data = {"most": (dims, most), "most_lower": (dims, [[30.0, 550.0], [900.0, 900.0]]), "most_upper": (dims, upper)}
    found = xarray.Dataset(data, {"memory": ["hebb", "composed"], "n_hidden": [25, 400]})
    text = course(found, "most", "the number")
    assert text.startswith("The number lies between 38 (30 – 50) at memory = hebb, N_h = 25 and 768 (550 – 1,000) at ")
    assert text.endswith("; it lies beyond all that was tried at 2 other points.")
    assert course(found.sel(memory="composed"), "most", "the number") == "The number lies beyond all that was tried."
