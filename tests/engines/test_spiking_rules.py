"""Spiking variants and requests: what is refused, what their defaults and units are."""

import brian2
import numpy as np
import pytest

from neurosim import InvalidInput, Network, Sigmoid, recall
from neurosim import cells as spiking
from neurosim.cells import OnOff, PoissonFiring, RegularFiring

N_V, N_H = 30, 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": ["spike"]}, "record must be of .*activity.*spikes.*visible_spikes"),
        ({"record": ["visible_spikes"]}, "visible=OnOff"),
        ({"model": "rate", "record": ["spikes"]}, "record must be of"),
        ({"model": "rate", "variant": "regular"}, 'variant is for model="spiking"'),
        ({"model": "spikes"}, "model must be one of"),
        ({"variant": "irregular"}, "variant must be one of .*regular"),
        ({"variant": OnOff()}, "variant must be one of"),
        ({"variant": "poisson"}, "give seed="),
        ({"variant": RegularFiring(threshold_std=0.1)}, "give seed="),
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
        (lambda: RegularFiring(t_ref=0), "t_ref must be finite and > 0"),
        (lambda: RegularFiring(t_ref=2 * brian2.mV), "t_ref must be a time"),
        (lambda: RegularFiring(t_ref=[1e-3, 2e-3]), "t_ref must be one time"),
        (lambda: RegularFiring(n_cells=0), "n_cells must be a whole number >= 1"),
        (lambda: RegularFiring(n_cells=1.5), "n_cells must be a whole number >= 1"),
        (lambda: RegularFiring(noise=-0.1), "noise must be finite and >= 0"),
        (lambda: RegularFiring(threshold_std=np.nan), "threshold_std must be finite"),
        (lambda: RegularFiring(delay=-1e-3), "delay must be finite"),
        (lambda: RegularFiring(delay=False), "delay must be a number of seconds"),
        (lambda: RegularFiring(visible="on_off"), "visible must be Graded"),
        (lambda: OnOff(gain=0), "gain must be finite and > 0"),
        (lambda: OnOff(tau_s=0), "tau_s must be finite and > 0"),
        (lambda: OnOff(t_ref=-1), "t_ref must be finite"),
        (lambda: OnOff(stochastic="no"), "stochastic must be True or False"),
    ],
)
def test_variants_are_checked_when_made(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_times_may_be_quantities_and_zero():
    cells = RegularFiring(
        t_ref=1 * brian2.ms, delay=0 * brian2.ms, visible=OnOff(tau_s=3 * brian2.ms, t_ref=np.int64(0))
    )
    assert cells == RegularFiring(t_ref=1e-3, delay=0, visible=OnOff(tau_s=3e-3))
    assert type(cells.delay) is type(cells.visible.t_ref) is float


def test_a_regular_train_is_delayed_by_half_its_period_a_random_one_is_not():
    assert (RegularFiring().latency, PoissonFiring().latency, RegularFiring(delay=3e-3).latency) == (1e-3, 0, 3e-3)


@pytest.mark.parametrize("name", spiking.VARIANTS)
def test_variants_survive_their_record(name):
    cells = spiking.variant(name)
    assert spiking.from_record(spiking.to_record(cells)) == cells


def test_units_put_the_default_threshold_on_a_membrane():
    assert spiking.millivolts([0, 0.5]).tolist() == [-65.0, -55.0]
    assert spiking.jump_millivolts(1.0, RegularFiring(n_cells=2), 20e-3, 4) == pytest.approx(20 * 0.05 / 2)
