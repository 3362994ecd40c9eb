"""Spiking variants and requests: what is refused, what their defaults and units are."""

import brian2
import numpy as np
import pytest

from neurosim import InvalidInput, Network, Sigmoid, recall
from neurosim.cells import (
    LIF,
    VARIANTS,
    OnOff,
    Poisson,
    Regular,
    SpikingCell,
    from_record,
    get_variant,
    jump_millivolts,
    millivolts,
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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Regular(t_ref=0), "t_ref must be finite and > 0 seconds"),
        (lambda: Regular(t_ref=2 * brian2.mV), "t_ref must be a time"),
        (lambda: Regular(t_ref=[1e-3, 2e-3]), "t_ref must be one time"),
        (lambda: Regular(n_cells=0), "n_cells must be a whole number >= 1"),
        (lambda: Regular(n_cells=1.5), "n_cells must be a whole number >= 1"),
        (lambda: Regular(noise=-0.1), "noise must be a finite number >= 0"),
        (lambda: Regular(threshold_std=np.nan), "threshold_std must be a finite number"),
        (lambda: Regular(delay=-1e-3), "delay must be finite"),
        (lambda: Regular(delay=False), "delay must be a number of seconds"),
        (lambda: Regular(visible="on_off"), "visible must be Graded"),
        (lambda: OnOff(gain=0), "gain must be a finite number > 0"),
        (lambda: OnOff(tau_s=0), "tau_s must be finite and > 0"),
        (lambda: OnOff(t_ref=-1), "t_ref must be finite"),
        (lambda: OnOff(stochastic="no"), "stochastic must be True or False"),
    ],
)
def test_variants_are_checked_when_made(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_times_may_be_quantities_and_zero():
    cells = Regular(t_ref=1 * brian2.ms, delay=0 * brian2.ms, visible=OnOff(tau_s=3 * brian2.ms, t_ref=np.int64(0)))
    assert cells == Regular(t_ref=1e-3, delay=0, visible=OnOff(tau_s=3e-3))
    assert type(cells.delay) is type(cells.visible.t_ref) is float


def test_a_regular_train_is_delayed_by_half_its_period_a_random_one_is_not():
    assert (Regular().latency, Poisson().latency, Regular(delay=3e-3).latency) == (1e-3, 0, 3e-3)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_survive_their_record(name):
    cells = get_variant(name)
    assert from_record(cells.to_record()) == cells


def test_units_put_the_default_threshold_on_a_membrane():
    assert millivolts([0, 0.5]).tolist() == [-65.0, -55.0]
    assert jump_millivolts(1.0, Regular(n_cells=2), 20e-3, 4) == pytest.approx(20 * 0.05 / 2)


def test_the_base_class_is_abstract_and_a_copy_is_checked():
    with pytest.raises(TypeError, match="abstract"):
        SpikingCell()
    assert Regular(noise=0.1).replace(n_cells=2) == Regular(noise=0.1, n_cells=2)
    with pytest.raises(InvalidInput, match="n_cells"):
        LIF().replace(n_cells=0)
    assert LIF() != Regular()
