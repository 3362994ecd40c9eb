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
    about = results["wide"].attrs
    assert (about["noise_std"], about["ratio"], about["n_networks"]) == (completion.NOISE_STD, 20, 20)
    assert np.allclose(results["wide"].recalled, results["wide"].law, atol=0.03)
    assert results["wide"].recalled[-1] < 0.01


def test_the_recalls_that_are_shown_are_the_memories(results):
    few = results["wide_recalls"]
    assert np.allclose(few.visible, few.memory, atol=1e-6)
    noise = (few.cue_visible - few.memory).values.reshape(-1, *completion.SHAPE)[:, :20]
    assert noise.std() == pytest.approx(completion.NOISE_STD, rel=0.05)
    missing = few.cue_visible.values.reshape(-1, *completion.SHAPE) == 0
    assert missing[:, 20:].all() and not missing[:, :20].any()
    assert not missing[:, completion.CROP].all() and missing[:, completion.CROP].any()


def test_the_section_states_the_share(results, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        completion.recalls, "draw", lambda *a, draw=completion.recalls.draw, **k: drawn.append((a, k)) or draw(*a, **k)
    )
    section = completion.section(results)
    few, ((cue, end, _), options) = results["wide_recalls"], drawn[0]
    for name, shown in (("memory", options["originals"]), ("cue_visible", cue), ("visible", end)):
        want = few[name].values.reshape(-1, *completion.SHAPE)[:, completion.CROP, completion.CROP]
        assert np.array_equal(shown, want.reshape(len(want), -1))
    errors = [float(((few[name] - few.memory) ** 2).mean()) for name in ("visible", "cue_visible")]
    assert section.rows[-1][1] == f"{errors[0]:.2g}" and f"of the cue {errors[1]:.2g};" in section.rows[-1][2]
    assert all(row[2] == "20 networks, 128 cues each" for row in section.rows[:-1])
    share = f"{float(results['wide'].recalled.sel(occluded=0.5)):.3g}"
    assert len(section.pictures) == 2 and any(row[1].startswith(share) for row in section.rows)
    assert share in completion.finding(results["wide"])
