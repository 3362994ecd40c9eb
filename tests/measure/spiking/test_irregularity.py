"""Statistics of spike trains, and the theory of firing rates, where the answer is known."""

import numpy as np
import pytest

from neurosim import InvalidInput
from neurosim.cells import Background, Membrane, Population
from neurosim.measure.spiking import fano_factor, interval_variation
from neurosim.theory.firing import firing_rate, population_rates


def gamma_trains(shape, rate, n_cells, duration, seed=0):
    """Return cells and times of gamma-distributed intervals, whose coefficient of variation is 1/√shape."""
    rng = np.random.default_rng(seed)
    times = rng.gamma(shape, 1 / (shape * rate), (n_cells, int(2 * rate * duration))).cumsum(axis=1)
    cell = np.broadcast_to(np.arange(n_cells)[:, None], times.shape)
    order = rng.permutation(np.flatnonzero(times.ravel() < duration))
    return cell.ravel()[order], times.ravel()[order]


@pytest.mark.parametrize("shape", [1, 4, 16])
def test_irregularity_of_gamma_trains(shape):
    cell, time = gamma_trains(shape, 20.0, 40, 50.0)
    assert abs(np.mean(interval_variation(cell, time, 40)) - shape**-0.5) < 0.02
    fano = fano_factor(cell, time, 40, start=5.0, stop=50.0, window=2.5)
    assert abs(np.mean(fano) - 1 / shape) < 0.12  # of long windows: the square of the coefficient of variation


@pytest.mark.parametrize("n", [10, 20, 50])
def test_few_intervals_of_a_poisson_train_have_the_bias_that_is_documented(n):
    time = np.random.default_rng(n).exponential(size=(4000, n + 1)).cumsum(axis=1)
    found = interval_variation(np.repeat(np.arange(4000), n + 1), time.ravel(), 4000, least=n)
    assert np.mean(found) == pytest.approx(1 - 1.2 / n, abs=0.01)


def test_cells_with_few_spikes_have_no_value():
    assert np.isnan(interval_variation([0, 0, 0], [0.1, 0.2, 0.3], 2)).all()
    assert np.isnan(fano_factor([0], [0.15], 2, start=0, stop=1)).tolist() == [False, True]
    with pytest.raises(InvalidInput, match="n_cells must be a whole number"):
        interval_variation([5], [0.1], 2)


def test_little_noise_leaves_the_rate_of_a_regular_cell():
    cell, total, mean = Membrane(), 60.0, -45.0
    tau = cell.capacitance / total * 1e-3
    regular = 1 / (cell.t_ref + tau * np.log((mean - cell.reset) / (mean - cell.threshold)))
    assert abs(float(firing_rate(mean, total, cell, Background(noise=5.0, tau=1e-5))) / regular - 1) < 1e-3


def test_fast_noise_has_the_rate_of_a_simulation():
    cell, total, mean, dt = Membrane(), 60.0, -52.0, 1e-5
    background, rng = Background(noise=3000.0, tau=1e-4), np.random.default_rng(0)
    v, current, last = np.full(400, -60.0), np.zeros(400), np.full(400, -1.0)
    n_spikes, steps, settling = 0, 40_000, 10_000
    fade = np.exp(-dt / background.tau)
    for k in range(steps):
        current = current * fade + background.noise * np.sqrt(1 - fade**2) * rng.standard_normal(400)
        slope = (total * (mean - v) + current) / cell.capacitance * 1e3
        v = np.where(k * dt - last > cell.t_ref, v + dt * slope, cell.reset)
        fired = v > cell.threshold
        v, last = np.where(fired, cell.reset, v), np.where(fired, k * dt, last)
        n_spikes += int(fired.sum()) if k >= settling else 0
    measured = n_spikes / 400 / ((steps - settling) * dt)
    assert abs(float(firing_rate(mean, total, cell, background)) / measured - 1) < 0.02


def test_rates_of_both_classes_are_consistent_and_rise():
    population = Population()
    excitatory, inhibitory = population_rates(population, np.linspace(-0.4, 0.6, 6))
    assert (np.diff(excitatory) > 0).all() and (np.diff(inhibitory) >= 0).all()
    total = 20.0 + 5.0 + 20.0 + 130.0 * excitatory * 2e-3
    own = population.inhibitory_membrane, population.inhibitory_background
    np.testing.assert_allclose(firing_rate((20 * -70 + 20 * -70) / total, total, *own), inhibitory, rtol=1e-6)
    with pytest.raises(InvalidInput, match="leaky cells with noise"):
        population_rates(population.replace(membrane="exponential"), [0.0])
