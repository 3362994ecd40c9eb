"""The opening of the report: a wide random network completes half a cue under noise, as theory says."""

import numpy as np
import pytest

from neurosim.report import completion
from neurosim.sweep import Runner


@pytest.fixture(scope="module")
def results():
    return {name: measure() for name, _, measure in completion.steps(0, Runner())}


def test_half_of_a_cue_under_noise_stronger_than_the_signal_is_completed(results):
    curve = results["wide"].sel(occluded=completion.MISSING)
    assert completion.NOISE_STD**2 > 1 / 2  # the variance of a memory
    assert curve.recalled > 0.99
    assert np.allclose(results["wide"].recalled, results["wide"].law, atol=0.03)
    assert results["wide"].recalled[-1] < 0.01


def test_the_recalls_that_are_shown_are_the_memories(results):
    few = results["wide_recalls"]
    assert np.allclose(few.visible, few.memory, atol=1e-6)
    missing = few.cue_visible.values.reshape(-1, *completion.SHAPE) == 0
    assert missing[:, 20:].all() and not missing[:, :20].any()
    assert not missing[:, completion.CROP].all() and missing[:, completion.CROP].any()


def test_the_section_states_the_share(results):
    section = completion.section(results)
    share = f"{float(results['wide'].recalled.sel(occluded=0.5)):.3g}"
    assert len(section.pictures) == 2 and any(row[1].startswith(share) for row in section.rows)
    assert share in completion.finding(results["wide"])
