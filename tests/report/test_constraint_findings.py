"""Findings about constraints: agreement with theory, and crossings on the axis on which they are drawn."""

import numpy as np
import xarray

from neurosim.report.constraint_findings import conditions_sentence, crossing_rows
from neurosim.report.findings import law_sentence

VALUES = [1.0, 2.0, 4.0, 8.0]


def sweep(x):
    values = np.array([1.0, 0.75, 0.25, 0.0])[:, None] + np.array([-0.05, 0.0, 0.05])
    data = {
        "stored_by_network": (("constraint", "value", "n_hidden", "network"), values[None, :, None]),
        "stored": (("constraint", "value", "n_hidden"), values.mean(axis=1)[None, :, None]),
        "stored_lower": (("constraint", "value", "n_hidden"), values.min(axis=1)[None, :, None]),
        "stored_upper": (("constraint", "value", "n_hidden"), values.max(axis=1)[None, :, None]),
        "law": (("constraint", "value", "n_hidden"), np.array([1.0, 0.72, 0.6, np.nan])[None, :, None]),
    }
    return xarray.Dataset(data, {"constraint": ["a"], "value": x, "n_hidden": [10]}, {"confidence": 0.95})


def test_theory_is_compared_where_it_is_known():
    found = sweep(VALUES)  # the law is off by 0, 0.03, 0.35, and unknown
    text = law_sentence(found, "stored", what="Theory", tolerance=1e-3)
    assert text.startswith("Theory lies within the 95% interval at 2 of 3 points")
    assert text.endswith(
        "the largest difference is at constraint = a, value = 4, N_h = 10, 0.35 above the measured mean."
    )
    turned = found.assign(law=found.law.transpose("n_hidden", "value", "constraint"))
    assert law_sentence(turned, "stored", what="Theory", tolerance=1e-3) == text


def test_the_tolerance_widens_the_interval():
    found = sweep(VALUES)
    assert "at 2 of 3 points" in law_sentence(found.assign(stored_upper=found.stored - 5e-4), "stored", tolerance=1e-3)
    assert "at 1 of 3 points" in law_sentence(found.assign(stored_upper=found.stored - 5e-4), "stored")


def test_a_crossing_is_that_of_the_axis():
    found = sweep(VALUES)
    assert crossing_rows(found, "stored", "half")[0][1].startswith("3 (")
    ((name, half, note),) = crossing_rows(found, "stored", "half", logarithmic=True)
    assert half.startswith("2.83 (") and (name, note) == ("a, N_h = 10", "half")  # √8
    ((_, nowhere, _),) = crossing_rows(found.isel(value=slice(0, 2)), "stored", "half")
    assert nowhere == "nowhere: the share is 0.75 to 1"


def test_conditions_omit_states_that_were_not_tested():
    about = {"n_networks": 20, "n_cues": 256, "noise_std": 1.0, "confidence": 0.95}
    found = xarray.Dataset(attrs=about)
    assert "16,384 states (or all) and 256 noisy cues each, σ_v = 1; 95%" in conditions_sentence(found)
    assert conditions_sentence(found, states=False).startswith("20 independent networks at each point, 256 noisy cues")
