"""Gain of a population with a known curve, and the task of delayed match to sample."""

import numpy as np
import pytest
from scipy.special import expit

from neurosim.cells import Population
from neurosim.engines import Circuit
from neurosim.engines.brian import calibration
from neurosim.measure.spiking import match_to_sample, population_gain
from neurosim.measure.spiking.match_to_sample import _states

pytestmark = pytest.mark.usefixtures("own_calibrations")


@pytest.mark.parametrize("gain", [9.0, 16.0])
@pytest.mark.parametrize("centre", [0.5, 0.7])
def test_the_gain_is_that_of_the_logistic_function_with_the_same_slope(monkeypatch, gain, centre):
    drives = calibration.DRIVES
    monkeypatch.setattr(calibration, "curve", lambda *args: [0.1 + 0.6 * expit(gain * (drives - 0.1))] * 2)
    found = population_gain(Population(centre=centre))
    assert abs(float(found.gain) / gain - 1) < 0.06  # interpolated, and averaged over 0.1 units of h
    np.testing.assert_allclose(np.interp(0.0, found.field, found.step), centre, atol=0.01)
    assert np.isfinite(found.gain_theory)


def test_theory_is_silent_about_cells_that_it_does_not_describe(monkeypatch):
    monkeypatch.setattr(calibration, "curve", lambda *args: [expit(9 * calibration.DRIVES)] * 2)
    assert np.isnan(population_gain(Population(membrane="izhikevich")).gain_theory)


def test_every_other_test_is_its_sample_and_the_others_differ():
    samples, tests = _states(1, 40, seed=0)  # with one neuron half of the random tests would be their sample
    same = (samples == tests).all(axis=1)
    np.testing.assert_array_equal(same, np.arange(40) % 2 == 0)


@pytest.mark.slow
def test_without_noise_every_trial_is_decided_correctly_and_with_much_noise_few_are():
    engine = Circuit(population=Population(n_cells=20), dt=2e-4, codegen="numpy")
    sizes = {"n_hidden": 2, "visible_per_hidden": 200, "n_trials": 6}
    found = match_to_sample(2, {"noise_std": [0.0, 60.0]}, engine=engine, delay=0.25, seed=0, **sizes)
    assert found.correct.values[0] == found.correct_rate.values[0] == found.held.values[0] == 1
    assert found.correct.values[1] < 0.8 and found.correct_rate.values[1] < 0.8 and found.held.values[1] < 0.6
