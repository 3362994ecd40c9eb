"""Comparison of learning by spikes and by its mean: settings of the rules, errors during learning."""

import numpy as np
import xarray

from neurosim import Network
from neurosim.equations.plasticity import STDP
from neurosim.learning import Images, stdp
from neurosim.learning.stdp import learn_mean
from neurosim.measure.learned import stdp as rules


def test_each_rule_applies_the_settings_in_its_name(digits):
    images = digits.select(slice(30))
    common = {"epochs": 2, "seed": 0}
    mean, alone, independent, late = (
        rules.train_by_rule(name, images, 4, **common)
        for name in ("mean", "mean, hidden spikes alone", "mean, independent start", "mean, thresholds")
    )
    np.testing.assert_array_equal(mean.weights, learn_mean(images, 4, **common).weights)
    np.testing.assert_array_equal(alone.weights, learn_mean(images, 4, rule=STDP(encoder=0), **common).weights)
    assert mean.is_symmetric and alone.is_symmetric and late.is_symmetric and not independent.is_symmetric
    assert not mean.threshold.any() and late.threshold.all()
    spikes = rules.train_by_rule("stdp", digits.select(slice(2)), 2, epochs=1, seed=0, **rules.QUICK)
    assert spikes.provenance["rule"] == "stdp" and mean.provenance["rule"] == "stdp, mean"


def test_errors_during_learning_are_those_of_the_thresholds_at_that_time(monkeypatch):
    weights = np.ones((3, 2, 1))
    threshold = np.array([[0.9], [0.5], [0.1]])

    def learned(images, n_hidden, **_):
        history = xarray.Dataset(
            {
                "weights": (("presented", "visible_neuron", "hidden_neuron"), weights),
                "threshold": (("presented", "hidden_neuron"), threshold),
            },
            {"presented": [0, 1, 2]},
        )
        return stdp.Learned(Network(weights[-1], threshold=threshold[-1]), history)

    monkeypatch.setattr(rules, "learn_spiking", learned)
    images = Images(np.array([[0.7, 0.7]]), np.zeros(1, int), (1, 2), "two")  # u = 0.7: above the later thresholds
    found = rules.error_during_learning(images, n_hidden=1, epochs=1)
    np.testing.assert_allclose(found.first_error, [[0.98, 0.18, 0.18]] * 2)  # 2·0.7², 2·0.3²
