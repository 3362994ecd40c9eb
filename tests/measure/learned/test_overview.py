"""The evaluation of one trained network agrees with its parts."""

import numpy as np
import pytest

from neurosim import recall
from neurosim.measure.learned.codes import compare_codes
from neurosim.measure.learned.damage import GRADED, damaged_examples
from neurosim.measure.learned.evaluation import evaluate
from neurosim.measure.learned.overview import EXAMPLES, evaluate_trained
from neurosim.measure.learned.trained import TrainedNetwork
from neurosim.report.training_findings import training_findings

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def data(trained_digits):
    few = TrainedNetwork(trained_digits.network, trained_digits.images.select(slice(200)), trained_digits.unseen)
    return evaluate_trained(few, n_cues=30)


def test_memories_and_errors_are_those_of_the_metrics(trained_digits, data):
    metrics = evaluate(trained_digits.network, trained_digits.images.pixels[:200], seed=0)
    assert int(data["memories"].n_unique) == metrics["n_unique"]
    assert float(data["memories"].mean_squared_error) == metrics["squared_error"]
    assert bool(data["memories"].certified)
    assert data["unseen"].attrs["n_trials"] == data["noise"].attrs["n_trials"] == 30


def test_findings_state_the_memories_and_every_kind_of_damage(data):
    sentences, rows = training_findings(data)
    assert sentences[0].startswith("certified network, N_h = 24") and "every one of the 2^24" in sentences[0]
    assert rows[0][:2] == ("distinct stable memories", f"{int(data['memories'].n_unique):,}")
    assert {row[0].split(", ")[-1].split()[0] for row in rows[2:]} == {"unseen", *EXAMPLES}
    without = {name: found for name, found in data.items() if name != "unseen"}
    assert len(training_findings(without)[1]) == len(rows) - 1


def test_examples_are_recalls_of_the_damaged_originals(trained_digits):
    net, images = trained_digits.network, trained_digits.images
    found = damaged_examples(net, images, {"masked": 0.4}, n_shown=3, seed=5)
    cues = images.damaged(GRADED["masked"].at(0.4), images.balanced_sample(3, 5), seed=5)
    np.testing.assert_array_equal(found.cue_visible.sel(kind="masked"), cues)
    np.testing.assert_array_equal(found.visible.sel(kind="masked"), recall(net, cues).visible)


def test_codes_at_the_networks_own_ratio_are_those_of_the_metrics(trained_digits):
    net, images = trained_digits.network, trained_digits.images.select(slice(150))
    found = compare_codes({"certified": net}, images, noise=(0.0, 0.2), ratios=(20.0,)).isel(recipe=0)
    metrics = evaluate(net, images.pixels, seed=0)
    assert float(found.at_code.sel(ratio=20)) == pytest.approx(metrics["at_code"], abs=0.01)
    assert float(found.self_recalled.sel(noise=0)) == metrics["self_0"]
    assert int(found.n_unique) == metrics["n_unique"] and bool(found.certified)
