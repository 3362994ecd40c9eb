"""The setting at which a share crosses a level: known curves, and coverage of the interval."""

import math

import numpy as np
import pytest

from neurosim.measure.statistics import crossing_value


@pytest.mark.parametrize("rising", [False, True])
def test_a_crossing_is_where_the_mean_curve_has_it(rising):
    x = np.array([1.0, 2.0, 4.0, 8.0])
    values = np.array([1.0, 0.75, 0.25, 0.0])[:, None] + np.array([-0.05, 0.0, 0.05])
    values = values[::-1] if rising else values  # crosses at the same place either way
    lost = crossing_value(x, values)
    assert (lost.estimate, lost.lower, lost.upper) == (pytest.approx(3), 2, 4)
    assert crossing_value(x, values, logarithmic=True).estimate == pytest.approx(np.sqrt(8))


def test_no_crossing_is_nan_with_limits_beyond_the_range():
    lost = crossing_value([1, 2], np.ones((2, 5)))
    assert math.isnan(lost.estimate) and (lost.lower, lost.upper) == (2, math.inf)
    never = crossing_value([1, 2], np.zeros((2, 5)))
    assert math.isnan(never.estimate) and (never.lower, never.upper) == (0, 1)
    half = crossing_value([1, 2], np.array([[1, 1, 1, 1.0], [0.0, 0.9, 0.9, 0.0]]))
    assert 1.9 < half.estimate < 2 and (half.lower, half.upper) == (1, math.inf)


@pytest.mark.parametrize("rising", [False, True])
def test_shares_that_hardly_change_cross_at_the_end_that_is_named(rising):
    shares = np.array([[0.0, 0.0], [0.0, 0.02], [0.0, 0.01]])  # falls from above ½ before x = 1, or rises to it after 3
    lost = crossing_value([1, 2, 3], shares, rising=rising)
    assert math.isnan(lost.estimate) and (lost.lower, lost.upper) == ((3, math.inf) if rising else (0, 1))


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_interval_covers_where_the_share_falls_between_two_places(logarithmic):
    x, rng = np.array([10.0, 30, 100, 300]), np.random.default_rng(0)
    for _ in range(60):
        lost = crossing_value(x, np.tile(x < (step := rng.uniform(10, 300)), (5, 1)).T * 1.0, logarithmic=logarithmic)
        assert lost.lower <= step <= lost.upper and lost.lower <= lost.estimate <= lost.upper
        assert lost.upper == x[x > lost.lower].min()


def test_the_interval_of_a_crossing_covers():
    x, hits, rng = np.linspace(0, 1, 9), 0, np.random.default_rng(0)
    for _ in range(60):
        shift = 0.5 + 0.1 * rng.standard_normal(20)
        lost = crossing_value(x, 1 / (1 + np.exp((x[:, None] - shift) / 0.05)))
        hits += lost.lower <= 0.5 <= lost.upper
    assert hits >= 52


def test_rising_curves_above_the_level_cross_below_the_range():
    lost = crossing_value([1, 2], np.array([[0.0, 0.9, 0.9, 0.0], [1, 1, 1, 1.0]]))
    assert 1 < lost.estimate < 1.1 and (lost.lower, lost.upper) == (0, 2)


def test_draws_that_begin_below_the_level_crossed_it_before_the_range():
    shares = np.array([[1.0] * 6 + [0] * 4, [0] * 10])
    falling = crossing_value([1, 2], shares)  # no draw is above ½ at x = 2, so all have crossed by then
    assert falling.estimate == pytest.approx(1 + 1 / 6) and (falling.lower, falling.upper) == (0, 2)
    rising = crossing_value([7, 8], shares[::-1])  # some have less than ½ even at 8: they need more
    assert rising.estimate == pytest.approx(8 - 1 / 6) and (rising.lower, rising.upper) == (7, math.inf)
