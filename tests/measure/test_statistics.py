"""Intervals against SciPy, closed forms and coverage."""

import numpy as np
import pytest
import xarray
from scipy import stats

from neurosim import InvalidInput
from neurosim.measure.statistics import (
    Interval,
    Measurement,
    format_estimate,
    interval_variables,
    mean_interval,
    proportion_interval,
    summarise,
)
from neurosim.sweep.seeds import spawn_seeds


def test_mean_interval_is_scipys_t_interval():
    values = np.random.default_rng(0).standard_normal((20, 3))
    mean, lower, upper = mean_interval(values, confidence=0.9)
    for column in range(3):
        x = values[:, column]
        want = stats.ttest_1samp(x, 0).confidence_interval(0.9)
        assert mean[column] == pytest.approx(x.mean())
        assert (lower[column], upper[column]) == pytest.approx((want.low, want.high))


def test_mean_interval_takes_the_axis_and_leaves_nan_out():
    values = np.array([[1.0, 2.0, 4.0, np.nan], [np.nan, np.nan, np.nan, 3.0], [np.nan] * 4])
    mean, lower, upper = mean_interval(values, axis=1)
    assert mean[:2] == pytest.approx([7 / 3, 3])
    want = stats.ttest_1samp([1.0, 2.0, 4.0], 0).confidence_interval(0.95)
    assert (lower[0], upper[0]) == pytest.approx((want.low, want.high))
    assert np.isnan(lower[1:]).all() and np.isnan(upper[1:]).all() and np.isnan(mean[2])


@pytest.mark.parametrize("n", [1, 2, 20])
def test_all_one_proportions_get_the_clopper_pearson_limit_of_n_networks(n):
    mean, lower, upper = mean_interval(np.ones(n), bounds=(0, 1))
    want = stats.binomtest(n, n).proportion_ci(0.95, method="exact")
    assert mean == upper == 1
    assert lower == pytest.approx(0.025 ** (1 / n)) == pytest.approx(want.low)


def test_equal_values_scale_with_the_bounds_and_mirror():
    zero, one = mean_interval(np.zeros(5), bounds=(0, 1)), mean_interval(np.ones(5), bounds=(0, 1))
    assert zero.upper == pytest.approx(1 - one.lower)
    assert mean_interval(np.full(5, 8.0), bounds=(0, 8)).lower == pytest.approx(8 * one.lower)
    between = mean_interval(np.full(4, 0.75), bounds=(0, 1))
    want = stats.binomtest(3, 4).proportion_ci(0.95, method="exact")
    assert (between.lower, between.upper) == pytest.approx((want.low, want.high))


def test_t_interval_covers_normal_means_at_the_nominal_rate():
    values = np.random.default_rng(1).standard_normal((20, 20_000))
    _, lower, upper = mean_interval(values)
    covered = ((lower <= 0) & (upper >= 0)).mean()
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 20_000)


@pytest.mark.parametrize("bad", [0.02, 0.1, 0.3])
def test_intervals_cover_when_most_networks_are_perfect(bad):
    # Most networks recall everything, a share `bad` of them nothing: where a zero-width interval is wrong.
    values = (np.random.default_rng(2).random((20, 5_000)) >= bad).astype(float)
    _, lower, upper = mean_interval(values, bounds=(0, 1))
    perfect = values.min(axis=0) == 1
    covered = (lower <= 1 - bad) & (upper >= 1 - bad)
    assert perfect.any()
    assert covered[perfect].all() == (bad <= 1 - 0.025 ** (1 / 20))
    assert (perfect & ~covered).mean() <= 0.025


def test_wilson_is_scipys_and_covers_close_to_nominal_on_average():
    share, lower, upper = proportion_interval(np.arange(31), 30)
    for k in (0, 7, 30):
        want = stats.binomtest(k, 30).proportion_ci(0.95, method="wilson")
        assert (lower[k], upper[k], share[k]) == pytest.approx((want.low, want.high, k / 30))
    p = np.linspace(0.01, 0.99, 197)
    chance = stats.binom.pmf(np.arange(31)[:, None], 30, p)
    coverage = (chance * ((lower[:, None] <= p) & (p <= upper[:, None]))).sum(axis=0)
    assert 0.94 < coverage.mean() < 0.965


def test_without_trials_the_interval_is_zero_to_one():
    share, lower, upper = proportion_interval(0, 0)
    assert np.isnan(share) and lower == 0 and upper == 1


def test_seeds_are_distinct_reproducible_and_nested():
    seeds = spawn_seeds(7, 1000)
    assert len(set(seeds)) == 1000 and spawn_seeds(7, 10) == seeds[:10]
    assert not set(seeds) & set(spawn_seeds(8, 1000)) and not set(seeds) & set(spawn_seeds((7, 1), 1000))
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_interval_variables_names_the_limits():
    variables = interval_variables("share", ("x",), mean_interval(np.eye(2)), "share", "1")
    assert list(variables) == ["share", "share_lower", "share_upper"]
    assert all(v[2]["units"] == "1" and v[2]["long_name"].startswith("share") for v in variables.values())


def test_summarise_gives_what_mean_interval_gives_over_the_named_dimension():
    values = np.random.default_rng(3).random((2, 5, 3))
    raw = {"a": xarray.DataArray(values, dims=("x", "network", "y"))}
    found = summarise(raw, {"a": Measurement("share of cues", bounds=(0.0, 1.0))}, confidence=0.8)
    want = mean_interval(values, 1, confidence=0.8, bounds=(0, 1))
    for end, array in zip(("", "_lower", "_upper"), want, strict=True):
        dims, numbers, attrs = found[f"a{end}"]
        assert dims == ("x", "y") and np.array_equal(numbers, array) and attrs["units"] == "1"
    dims, numbers, attrs = found["a_by_network"]
    assert dims == ("x", "network", "y") and np.array_equal(numbers, values)
    assert attrs == {"long_name": "share of cues, of each network", "units": "1"}
    assert (
        list(summarise({"a": raw["a"].rename(network="seed")}, {"a": Measurement("a")}, over="seed"))[-1] == "a_by_seed"
    )


def test_format_estimate_prints_only_what_is_known():
    known = xarray.Dataset({"x": 1.25, "x_lower": 1.0, "x_upper": 1.5, "y": 2.0, "y_lower": np.nan, "y_upper": np.nan})
    assert format_estimate(known, "x", 2) == "1.2 (1 – 1.5)" and format_estimate(known, "y") == "2"
    assert format_estimate(known.assign(x=np.nan), "x") == "–"
    assert format_estimate(known.assign(x=np.nan, x_upper=np.inf), "x") == "≥ 1"
    assert format_estimate(Interval(0.25, 0.125, 1.0), percent=True) == "25% (12.5 – 100)"
    assert format_estimate(Interval(55_621.4, 2e12, 1e-5)) == "55,621 (2e+12 – 1e-05)"
    over = xarray.Dataset({f"x{end}": ("k", [1.0, 2.0]) for end in ("", "_lower", "_upper")}, {"k": [3, 4]})
    assert format_estimate(over, "x", k=4) == "2 (2 – 2)"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mean_interval([1, 2], confidence=1), "confidence"),
        (lambda: mean_interval([0.5, 1.5], bounds=(0, 1)), "within"),
        (lambda: proportion_interval(3, 2), "from 0 to trials"),
        (lambda: proportion_interval(0.5, 2), "whole numbers"),
        (lambda: spawn_seeds(-1, 2), "seed"),
        (lambda: spawn_seeds(1.5, 2), "seed"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(InvalidInput, match=words):
        call()
