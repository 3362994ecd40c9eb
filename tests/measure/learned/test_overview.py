"""The evaluation of one trained network agrees with its parts."""

import pytest

from neurosim.measure.learned.codes import compare_codes
from neurosim.measure.learned.damage import usual_damages
from neurosim.measure.learned.evaluation import evaluate
from neurosim.measure.learned.overview import evaluate_trained
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
    assert data["unseen"].attrs["n_trials"] == data["damage"].attrs["n_trials"] == 30


def test_findings_state_the_time_constants_of_the_network(trained_digits):
    slow = trained_digits.network.replace(tau_v=50e-3)
    found = evaluate_trained(TrainedNetwork(slow, trained_digits.images.select(slice(20))), n_cues=5)
    assert "h(0) = 0, τ_v = 50 τ_h; every one of the 2^24 hidden states" in training_findings(found)[0][1]


def test_findings_state_the_memories_and_every_kind_of_damage(data):
    sentences, rows = training_findings(data)
    assert sentences[0] == "Recalls of 200 stored images end at 199 stable memories."
    assert sentences[1].startswith("certified network, N_h = 24") and "every one of the 2^24" in sentences[1]
    assert rows[0][:2] == ("distinct stable memories", f"{int(data['memories'].n_unique):,}")
    assert rows[2][0] == "squared error, unseen images"
    damages = [str(damage) for damage in usual_damages((8, 8))]
    assert [row[0].rsplit(":", 1)[0] for row in rows[3:]] == 2 * damages
    assert data["examples"].damage.values.tolist() == damages
    without = {name: found for name, found in data.items() if name != "unseen"}
    assert len(training_findings(without)[1]) == len(rows) - 1


def test_codes_at_the_networks_own_ratio_are_those_of_the_metrics(trained_digits):
    net, images = trained_digits.network, trained_digits.images.select(slice(150))
    found = compare_codes({"certified": net}, images, noise=(0.0, 0.2), ratios=(20.0,)).isel(recipe=0)
    metrics = evaluate(net, images.pixels, seed=0)
    assert float(found.at_code.sel(ratio=20)) == pytest.approx(metrics["at_code"], abs=0.01)
    assert float(found.self_recalled.sel(noise=0)) == metrics["self_0"]
    assert int(found.n_unique) == metrics["n_unique"] and bool(found.certified)
