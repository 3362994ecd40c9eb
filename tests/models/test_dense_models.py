"""Dense memories: capacity for random patterns, and its approximation by random features."""

import numpy as np
import pytest
from model_cases import corrupt, pm1
from scipy.stats import norm

from neurosim.measure.statistics import student_interval
from neurosim.models import Dense, Exponential, Hebb, RandomFeatures


def bit_errors(model, n_neurons, count, networks=6, tested=200):
    """Return the chance that a bit of a stored pattern is unstable, with its interval over networks."""
    rates = []
    for seed in range(networks):
        x = pm1(count, n_neurons, seed)
        rates.append(1 - model.store(x).is_fixed(x[:tested]).mean() ** (1 / n_neurons))
    return student_interval(rates)


@pytest.mark.parametrize(("rectified", "z"), [(False, 2.0), (True, 2 * np.sqrt(2))])
def test_bit_errors_follow_the_gaussian_approximation(rectified, z):
    """The noise of (2n − 3)!! P/N^{n−1} at n = 3; rectified, half of the patterns are silent."""
    n = 100
    rate = bit_errors(Dense(power=3, rectified=rectified), n, round(n**2 / (3 * 4)))
    assert rate.lower / 1.2 < norm.sf(z) < rate.upper * 1.2


@pytest.mark.parametrize(("power", "sizes"), [(3, (24, 48, 96)), (4, (16, 24, 36))])
def test_the_threshold_of_stability_scales_as_n_to_the_power_less_1(power, sizes):
    factor = {3: 3, 4: 15}[power]
    thresholds = []
    for n in sizes:
        counts = np.round(n ** (power - 1) / (factor * np.array([2.3, 2.0, 1.75]) ** 2)).astype(int)
        rates = [bit_errors(Dense(power=power, rectified=False), n, count).estimate for count in counts]
        assert rates[0] < rates[1] < rates[2]
        thresholds.append(np.interp(0.02, rates, np.log(counts)))
    slope = np.polyfit(np.log(sizes), thresholds, 1)[0]
    assert slope == pytest.approx(power - 1, abs=0.2)


def test_cubic_memory_holds_and_recalls_far_more_than_n_patterns():
    n, count = 100, 400
    recalled = []
    for seed in range(40):
        x = pm1(count, n, seed)
        cues = corrupt(x[:20], 0.1, seed)
        recalled.append((Dense().store(x).recall(cues).states == x[:20]).all(axis=1).mean())
        assert not Hebb().store(x).is_fixed(x).any()
    assert student_interval(recalled).lower > 0.9


@pytest.mark.parametrize("n", [16, 20, 24])
def test_exponential_memory_holds_2_to_the_n_over_2_patterns(n):
    count, fixed = 2 ** (n // 2), []
    for seed in range(10):
        x = pm1(count, n, seed)
        fixed.append(Exponential().store(x).is_fixed(x[:200]).mean())
    assert student_interval(fixed).lower > 0.95


@pytest.mark.parametrize("n", [20, 30, 40])
def test_exponential_memory_reaches_the_capacity_of_its_theorem(n):
    """From a fraction ρ of wrong bits, exp(αN) patterns with α = I(1 − 2ρ)/2."""
    rate = 0.5 * (1.8 * np.log(1.8) + 0.2 * np.log(0.2))  # I(1 − 2ρ) at ρ = 0.1
    recalled = []
    for seed in range(40):
        x = pm1(round(np.exp(rate / 2 * n)), n, seed)
        cues = corrupt(x[:20], 0.1, seed)
        recalled.append((Exponential().store(x).recall(cues).states == x[:20]).all(axis=1).mean())
    assert student_interval(recalled).lower > 0.9


def test_exponential_memory_has_its_limit():
    x = pm1(2**15, 16, 0)  # half of all states: almost every one has a stored neighbour
    assert Exponential().store(x).is_fixed(x[:200]).mean() < 0.4


def test_exponential_recall_does_not_depend_on_overflow():
    x = pm1(3, 3000, 0)  # e^3000 is no float
    out = Exponential().store(x).recall(corrupt(x, 0.2, 1))
    assert np.array_equal(out.states, x)


def test_random_features_tend_to_the_gaussian_kernel():
    n, x, s = 20, pm1(6, 20, 0), pm1(40, 20, 1)
    kernel = np.exp(-0.5 * 0.1 * ((s[:, None] - x) ** 2).sum(-1)).sum(1)
    errors = []
    for n_features in (1000, 16_000):
        models = [RandomFeatures(n_features=n_features, beta=0.1, seed=k).store(x) for k in range(8)]
        errors.append(np.sqrt(np.mean([(model.energy(s) / -n - kernel) ** 2 for model in models])))
    assert errors[1] < 0.03
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)  # as 1/√Y


def test_random_features_give_exact_energy_differences_of_flips():
    """Against the energies before and after, term by term of the written definition."""
    n, x, states = 12, pm1(3, 12, 0), pm1(5, 12, 1)
    model = RandomFeatures(n_features=30, beta=1.0, seed=2).store(x)
    waves = np.random.default_rng(2).normal(0, 1, (n, 30))

    def energy(s):
        return -n / 30 * np.cos((s[:, None] - x) @ waves).sum(axis=(1, 2))

    np.testing.assert_allclose(model.energy(states), energy(states), atol=1e-12)
    view = model._view(states)
    gains = view.level @ model._cos_less_1 + states * (view.slope @ model._sin)
    for i in range(n):
        flipped = states * np.where(np.arange(n) == i, -1, 1)
        np.testing.assert_allclose(n / 30 * gains[:, i], energy(states) - energy(flipped), atol=1e-11)


def test_random_features_need_more_synapses_for_more_patterns():
    n = 50
    few, many = ([], [])
    for shares, count in ((few, 5), (many, 200)):
        for seed in range(10):
            x = pm1(count, n, seed)
            model = RandomFeatures(n_features=500, seed=seed)
            shares.append(model.store(x).is_fixed(x).mean())
            assert model.n_synapses == 1000
    assert student_interval(few).lower > 0.65
    assert student_interval(many).upper < 0.35
    x = pm1(200, n, 0)
    assert RandomFeatures(n_features=40_000).store(x).is_fixed(x[:50]).mean() > 0.9
