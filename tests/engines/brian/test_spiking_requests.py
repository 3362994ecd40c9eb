"""Requests for the spiking model that are refused."""

import numpy as np
import pytest

from neurosim import InvalidInput, Network, Sigmoid, recall
from neurosim.cells import (
    OnOff,
    Regular,
)

N_V, N_H = 30, 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": ["spike"]}, "record must be one of .*activity.*spikes.*visible_spikes"),
        ({"record": ["visible_spikes"]}, "visible=OnOff"),
        ({"model": "rate", "record": ["spikes"]}, "record must be one of"),
        ({"model": "rate", "variant": "regular"}, 'variant is for model="spiking"'),
        ({"model": "spikes"}, "model must be one of"),
        ({"variant": "irregular"}, "variant must be one of .*regular"),
        ({"variant": OnOff()}, "variant must be one of"),
        ({"variant": "poisson"}, "give seed="),
        ({"variant": Regular(threshold_std=0.1)}, "give seed="),
        ({"variant": "on_off"}, "give seed="),
        ({"variant": "poisson", "seed": -1}, "seed must be a whole number"),
        ({"formulation": "summed"}, 'use "event" or "reduced"'),
        ({"formulation": "reduced", "variant": "on_off", "seed": 0}, 'formulation="event"'),
        ({"dt": 0.3e-3}, "t_ref must be a whole number of steps"),
        ({"dt": 4e-3}, "t_ref must be a whole number of steps, at least one"),
        ({"engine": "event"}, 'model="spiking" needs an engine of'),
        ({"engine": "reference"}, 'model="spiking" needs an engine of'),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(options, message):
    net = Network.gaussian(N_V, N_H, seed=3)
    with pytest.raises(InvalidInput, match=message):
        recall(net, np.zeros((2, N_V)), **({"engine": "brian", "model": "spiking", "duration": 5e-3} | options))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_activation": Sigmoid(5.0)}, 'needs Heaviside hidden units.*model="rate"'),
        ({"tau_v": np.linspace(0.01, 0.02, N_V)}, "one tau_v"),
    ],
)
def test_a_network_that_cannot_spike_is_refused(parameters, message):
    with pytest.raises(InvalidInput, match=message):
        recall(Network.gaussian(N_V, N_H, seed=3, **parameters), np.zeros((1, N_V)), engine="brian", model="spiking")
