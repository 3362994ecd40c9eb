"""Patterns with a given separation and correlation have them; their entropy is that of all patterns, listed."""

import itertools

import numpy as np
import pytest

from neurosim import InvalidInput
from neurosim.measure.comparison.correlated import bits_per_pattern, correlated_patterns


@pytest.mark.parametrize(("separation", "correlation"), [(0.5, 0), (0.5, 0.6), (0.2, 0), (0.2, 0.6), (0.05, 0.3)])
def test_separation_and_correlation_have_the_given_values(separation, correlation):
    n_patterns, n_neurons = 20_000, 40
    x = correlated_patterns(n_patterns, n_neurons, separation=separation, correlation=correlation, seed=1)
    assert set(np.unique(x)) == {-1, 1}
    differ = (x[::2] != x[1::2]).mean(axis=1)
    assert differ.mean() == pytest.approx(separation, abs=5 * differ.std() / np.sqrt(len(differ)))
    centre = np.sign(x.mean(axis=0)) if separation < 0.5 else np.ones(n_neurons)
    found = np.corrcoef((x * centre).T)
    error = 5 / np.sqrt(n_patterns) * (1 + (separation < 0.5) / np.sqrt(8 * separation))  # skewed bits scatter more
    for apart in (1, 2, 5):
        assert np.diag(np.abs(found), apart).mean() == pytest.approx(correlation**apart, abs=error)
        if separation < 0.5:
            np.testing.assert_allclose(np.diag(found, apart), correlation**apart, atol=2 * error)


def test_correlation_increases_the_spread_of_separations_and_not_the_mean():
    def spread(correlation):
        x = correlated_patterns(20_000, 200, correlation=correlation, seed=2)
        return (x[::2] != x[1::2]).mean(axis=1).var()

    rho = 0.5
    assert spread(0) == pytest.approx(0.25 / 200, rel=0.06)
    assert spread(rho) == pytest.approx(0.25 / (200 * (1 - rho**2) / (1 + rho**2)), rel=0.06)


def test_fewer_patterns_are_the_first_of_more():
    more = correlated_patterns(9, 20, separation=0.3, correlation=0.4, seed=3)
    assert np.array_equal(correlated_patterns(4, 20, separation=0.3, correlation=0.4, seed=3), more[:4])
    assert not np.array_equal(correlated_patterns(9, 20, separation=0.3, correlation=0.4, seed=4), more)


@pytest.mark.parametrize(("separation", "correlation"), [(0.5, 0), (0.5, 0.7), (0.3, 0), (0.18, 0.4)])
def test_the_entropy_is_that_of_all_patterns_listed(separation, correlation):
    n, q = 4, (1 - np.sqrt(1 - 2 * separation)) / 2
    probabilities = []
    for off in itertools.product((0, 1), repeat=n):
        probability = q if off[0] else 1 - q
        for before, now in itertools.pairwise(off):
            probability *= correlation * (before == now) + (1 - correlation) * (q if now else 1 - q)
        probabilities.append(probability)
    assert sum(probabilities) == pytest.approx(1)
    expected = -sum(p * np.log2(p) for p in probabilities)
    assert bits_per_pattern(n, separation=separation, correlation=correlation) == pytest.approx(expected)
    assert bits_per_pattern(n) == n


def test_values_out_of_range_are_refused():
    for change, message in [
        ({"separation": 0}, "separation must be a finite number > 0 and <= 0.5"),
        ({"separation": 0.6}, "got 0.6"),
        ({"correlation": 1}, "correlation must be a finite number >= 0 and < 1, got 1"),
        ({"correlation": -0.1}, "got -0.1"),
        ({"n_patterns": 0}, "n_patterns must be a whole number >= 1"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            correlated_patterns(**{"n_patterns": 3, "n_neurons": 5, "seed": 0, **change})
