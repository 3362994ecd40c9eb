"""Intervals against SciPy, closed forms and coverage."""

from functools import partial

import numpy as np
import pytest
import xarray
from scipy import special, stats

from neurosim import InvalidInput, Network, patterns, theory
from neurosim.measure.statistics import (
    NOT_NEGATIVE,
    Interval,
    Measurement,
    beta_binomial_interval,
    bootstrap_limits,
    format_estimate,
    interval_variables,
    mean_interval,
    moments_interval,
    proportion_interval,
    share_variables,
    student_interval,
    summarise,
)
from neurosim.seeds import spawn_seeds


def test_student_interval_is_scipys():
    values = np.random.default_rng(0).standard_normal((20, 3))
    mean, lower, upper = student_interval(values, confidence=0.9)
    for column in range(3):
        x = values[:, column]
        want = stats.ttest_1samp(x, 0).confidence_interval(0.9)
        assert mean[column] == pytest.approx(x.mean())
        assert (lower[column], upper[column]) == pytest.approx((want.low, want.high))


def test_student_interval_takes_the_axis_and_leaves_nan_out():
    values = np.array([[1.0, 2.0, 4.0, np.nan], [np.nan, np.nan, np.nan, 3.0], [np.nan] * 4])
    mean, lower, upper = student_interval(values, axis=1)
    assert mean[:2] == pytest.approx([7 / 3, 3])
    want = stats.ttest_1samp([1.0, 2.0, 4.0], 0).confidence_interval(0.95)
    assert (lower[0], upper[0]) == pytest.approx((want.low, want.high))
    assert np.isnan(lower[1:]).all() and np.isnan(upper[1:]).all() and np.isnan(mean[2])


def test_limits_of_a_value_that_cannot_be_negative_are_not_negative():
    values = np.array([[0.0, 0.0, 3.0], [1.0, 2.0, 3.0]]).T
    whole, cut = (student_interval(values, bounds=bounds) for bounds in ((-np.inf, np.inf), NOT_NEGATIVE))
    assert whole.lower[0] < 0 and np.array_equal(cut.lower, np.maximum(whole.lower, 0))
    assert np.array_equal(cut.upper, whole.upper) and np.array_equal(cut.estimate, whole.estimate)
    assert np.allclose(moments_interval(values.mean(axis=0), values.std(axis=0), 3, bounds=NOT_NEGATIVE), cut)
    raw = {"time": xarray.DataArray(values[:, 0], dims="network")}
    assert summarise(raw, {"time": Measurement("time", "s", NOT_NEGATIVE)})["time_lower"][1] == 0


def test_student_interval_covers_normal_means_at_the_nominal_rate():
    values = np.random.default_rng(1).standard_normal((20, 20_000))
    _, lower, upper = student_interval(values)
    covered = ((lower <= 0) & (upper >= 0)).mean()
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 20_000)


@pytest.mark.parametrize("n", [1, 2, 20, 300])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_mean_interval_of_shares_of_0_and_1_is_that_of_clopper_and_pearson(n, confidence):
    for hits in {0, 1, n // 2, n}:
        mean, lower, upper = mean_interval(np.repeat([0.0, 1.0], [n - hits, hits]), confidence=confidence)
        want = stats.binomtest(hits, n).proportion_ci(confidence, method="exact")
        assert (mean, lower, upper) == pytest.approx((hits / n, want.low, want.high), rel=2e-4, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_mean_interval_is_the_quantile_of_weighted_means(seed):
    rng = np.random.default_rng(seed)
    u = rng.random(15)
    x = (u, 1 - 0.1 * u**9, np.repeat([1.0, 0.4], [14, 1]), 0.3 + 0.01 * u)[seed]
    weights = rng.dirichlet(np.ones(16), 200_000)
    _, lower, upper = mean_interval(x)
    for limit, end, level in ((lower, 0.0, 0.025), (upper, 1.0, 0.975)):
        means = weights @ np.append(x, end)
        assert (means < limit).mean() == pytest.approx(level, abs=5 * np.sqrt(0.025 / 200_000))


def test_mean_interval_takes_the_axis_leaves_nan_out_and_ignores_the_order():
    values = np.random.default_rng(0).random((3, 6))
    values[0, 2:4] = np.nan
    values[2] = np.nan
    found = mean_interval(values, axis=1)
    for row, limits in zip(values, np.transpose(found), strict=True):
        known = row[~np.isnan(row)]
        if known.size:
            assert tuple(limits) == tuple(mean_interval(known)) == tuple(mean_interval(known[::-1]))
    assert np.isnan(np.transpose(found)[2]).all()


def test_mean_interval_scales_with_the_bounds_and_mirrors():
    values = np.random.default_rng(0).random(7)
    _, lower, upper = mean_interval(values)
    assert mean_interval(1 - values).upper == pytest.approx(1 - lower)
    assert mean_interval(6 * values - 3, bounds=(-3, 3)).upper == pytest.approx(6 * upper - 3)
    tiny = mean_interval(np.append(np.zeros(19), 1e-13))
    assert 0 < tiny.lower < tiny.estimate == pytest.approx(5e-15)


def _coverage(population, n=20, repeats=1000, interval=mean_interval):
    """Return the coverage of the population's mean by intervals of samples of n, and its Monte Carlo error."""
    samples = np.random.default_rng(0).choice(population, (n, repeats))
    _, lower, upper = interval(samples)
    covered = ((lower <= population.mean()) & (population.mean() <= upper)).mean()
    return covered, np.sqrt(0.95 * 0.05 / repeats)


@pytest.mark.parametrize("load", [10, 20, 30, 40])
def test_intervals_cover_the_stable_share_of_gaussian_networks_and_students_do_not(load):
    # At loads of 20 and above, few networks hold all unstable states.
    states = patterns.all_hidden_states(8)
    nets = [Network.gaussian(8 * load, 8, seed=seed) for seed in range(400)]
    share = np.array([theory.is_fixed_point(net, states).mean() for net in nets])
    covered, error = _coverage(share)
    assert covered >= 0.95 - 3 * error
    if load >= 20:
        assert _coverage(share, interval=student_interval)[0] < 0.9


@pytest.mark.parametrize("n", [3, 20, 60])
def test_intervals_cover_for_extreme_distributions(n):
    rng = np.random.default_rng(1)
    populations = [
        np.repeat([a, b, c], counts)
        for a, b, c in ((0, 0.5, 1), (0, 0.9, 1), (0.4, 0.5, 1), (0, 0.01, 0.02), (0.3, 0.31, 1))
        for counts in ((500, 450, 50), (50, 900, 50), (20, 20, 960))
    ]
    populations += [rng.beta(a, b, 1000) for a, b in ((0.1, 0.1), (0.02, 1), (30, 1), (0.5, 5), (50, 50))]
    for population in populations:
        covered, error = _coverage(np.asarray(population, dtype=float), n, repeats=300)
        assert covered >= 0.95 - 3 * error


def test_many_intervals_at_once_are_those_of_one_at_a_time():
    values = np.random.default_rng(0).random((20, 2000))
    values[3, ::7] = np.nan
    many = mean_interval(values)
    for column in range(0, 2000, 97):
        one = mean_interval(values[:, column])
        np.testing.assert_allclose([limit[column] for limit in many], one, rtol=0, atol=1e-9)


def test_an_interval_from_moments_is_students_or_empirical_bernsteins():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(30, 5))
    found = moments_interval(values.mean(axis=0), values.std(axis=0), np.full(5, 30))
    assert np.allclose(found, student_interval(values))
    values = (rng.random((200, 2000)) < 0.99).astype(float)
    _, lower, upper = moments_interval(values.mean(axis=0), values.std(axis=0), np.full(2000, 200), bounds=(0, 1))
    assert ((lower <= 0.99) & (upper >= 0.99)).mean() >= 0.95 and (upper <= 1).all()


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


@pytest.mark.parametrize(("bounds", "interval"), [((0.0, 1.0), mean_interval), ((-np.inf, np.inf), student_interval)])
def test_summarise_takes_the_interval_of_the_kind_over_the_named_dimension(bounds, interval):
    values = np.random.default_rng(3).random((2, 5, 3))
    raw = {"a": xarray.DataArray(values, dims=("x", "network", "y"))}
    found = summarise(raw, {"a": Measurement("quantity", bounds=bounds)}, confidence=0.8)
    want = interval(values, 1, confidence=0.8)
    for end, array in zip(("", "_lower", "_upper"), want, strict=True):
        dims, numbers, attrs = found[f"a{end}"]
        assert dims == ("x", "y") and np.array_equal(numbers, array) and attrs["units"] == "1"
    dims, numbers, attrs = found["a_by_network"]
    assert dims == ("x", "network", "y") and np.array_equal(numbers, values)
    assert attrs == {"long_name": "quantity, of each network", "units": "1"}
    assert (
        list(summarise({"a": raw["a"].rename(network="seed")}, {"a": Measurement("a")}, over="seed"))[-1] == "a_by_seed"
    )


def test_summarise_counts_trials_and_failures_over_the_networks_that_have_a_share():
    share = xarray.DataArray([[1.0, 0.75, np.nan], [0.5, 0.25, 1.0]], dims=("x", "network"))
    raw = {"a": share, "n": xarray.DataArray([[8, 4, 0], [8, 4, 2]], dims=("x", "network"))}
    found = xarray.Dataset(summarise(raw, {"a": Measurement("share", bounds=(0, 1), trials="n")}))
    assert found.a_failures.values.tolist() == [1, 7] and found.a_trials.values.tolist() == [12, 14]
    want = beta_binomial_interval([4, 1, 2], [8, 4, 2])
    assert format_estimate(found.isel(x=1), "a", 3).endswith(
        f"; 7 of 14 failed; beta-binomial {want.lower:.3g} – {want.upper:.3g})"
    )
    huge = {"a": share, "n": xarray.DataArray(np.inf)}
    found = xarray.Dataset(summarise(huge, {"a": Measurement("share", bounds=(0, 1), trials="n")}))
    assert "failed" not in format_estimate(found.isel(x=1), "a")


def test_share_variables_are_wilsons_interval_and_the_counts():
    found = xarray.Dataset(share_variables("a", ("x",), [3, 9], 10, "share", confidence=0.9))
    want = proportion_interval([3, 9], 10, confidence=0.9)
    assert np.array_equal([found.a, found.a_lower, found.a_upper], want)
    assert found.a_failures.values.tolist() == [7, 1] and found.a_trials.values.tolist() == [10, 10]
    kind = xarray.Dataset(share_variables("a", (), 3, 10, "share of one kind", failures=False))
    assert format_estimate(kind, "a").endswith("; 3 of 10)") and format_estimate(found.isel(x=0), "a").endswith(
        "; 7 of 10 failed)"
    )


def test_tiny_lower_limits_are_printed_as_zero():
    assert format_estimate(Interval(0.01, 1e-84, 0.2)) == "0.01 (0 – 0.2)"
    assert format_estimate(Interval(1e-84, 1e-85, 1e-83)) == "1e-84 (1e-85 – 1e-83)"


def test_format_estimate_prints_only_what_is_known():
    known = xarray.Dataset({"x": 1.25, "x_lower": 1.0, "x_upper": 1.5, "y": 2.0, "y_lower": np.nan, "y_upper": np.nan})
    assert format_estimate(known, "x", 2) == "1.2 (1 – 1.5)" and format_estimate(known, "y") == "2"
    assert format_estimate(known.assign(x=np.nan), "x") == "1 – 1.5"
    assert format_estimate(known.assign(x=np.nan, x_lower=0.0), "x") == "–"
    assert format_estimate(known.assign(x=np.nan, x_upper=np.inf), "x") == "≥ 1"
    assert format_estimate(Interval(0.25, 0.125, 1.0), percent=True) == "25% (12.5 – 100)"
    assert format_estimate(Interval(55_621.4, 2e12, 1e-5)) == "55,621 (2e+12 – 1e-05)"
    over = xarray.Dataset({f"x{end}": ("k", [1.0, 2.0]) for end in ("", "_lower", "_upper")}, {"k": [3, 4]})
    assert format_estimate(over, "x", k=4) == "2 (2 – 2)"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mean_interval([1, 2], confidence=1), "confidence"),
        (lambda: mean_interval([0.5, 1.5]), "student_interval"),
        (lambda: proportion_interval(3, 2), "from 0 to trials"),
        (lambda: beta_binomial_interval([3, 1], [2, 2]), "from 0 to trials"),
        (lambda: proportion_interval(0.5, 2), "whole numbers"),
        (lambda: spawn_seeds(-1, 2), "seed"),
        (lambda: spawn_seeds(1.5, 2), "seed"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(InvalidInput, match=words):
        call()


def test_bootstrap_limits_are_plain_percentiles_of_many_units_and_wider_for_few():
    resampled = np.arange(100_001) / 100_000
    assert bootstrap_limits(resampled, 10**6) == pytest.approx((0.025, 0.975), abs=1e-4)
    tail = stats.norm.cdf(-np.sqrt(20 / 19) * stats.t.ppf(0.975, 19))
    assert bootstrap_limits(resampled, 20) == pytest.approx((tail, 1 - tail), abs=1e-5)
    assert bootstrap_limits([1.0, np.inf, 2.0], 3)[1] == np.inf


def _model(trials, shares):
    return beta_binomial_interval(np.rint(trials * shares), np.full(shares.shape, trials))


def test_the_beta_binomial_model_covers_for_gaussian_networks_and_is_narrower():
    states = patterns.all_hidden_states(8)
    for load in (10, 30):
        nets = [Network.gaussian(8 * load, 8, seed=seed) for seed in range(300)]
        share = np.array([theory.is_fixed_point(net, states).mean() for net in nets])
        covered, error = _coverage(share, repeats=300, interval=partial(_model, 256))
        assert covered >= 0.95 - 3 * error
        hits = np.rint(256 * np.random.default_rng(0).choice(share, (20, 100)))
        model, free = beta_binomial_interval(hits, np.full(hits.shape, 256)), mean_interval(hits / 256)
        mixed = hits.min(axis=0) < 256
        assert np.median((model.upper - model.lower)[mixed]) < 0.6 * np.median((free.upper - free.lower)[mixed])


@pytest.mark.parametrize(("a", "b"), [(3.0, 1.0), (0.3, 0.05)])
def test_the_beta_binomial_model_covers_where_it_holds(a, b):
    rng = np.random.default_rng(0)
    hits = rng.binomial(50, rng.beta(a, b, (20, 400)))
    share, lower, upper = beta_binomial_interval(hits, np.full(hits.shape, 50))
    covered = ((lower <= a / (a + b)) & (a / (a + b) <= upper)).mean()
    assert abs(covered - 0.96) < 4 * np.sqrt(0.05 * 0.95 / 400)
    assert (np.abs(share - hits.mean(axis=0) / 50) < 0.2 * (upper - lower)).mean() > 0.95


@pytest.mark.parametrize(
    ("failed", "trials"),
    [
        ([10_000] + 19 * [0], [10_000] + 19 * [1]),
        ([256] + 9 * [0], [256] + 9 * [4]),
        ([0, 10_000, 1, 1, 1, 1, 1], [10_000, 10_000, 1, 1, 1, 1, 1]),
        ([4, 2] + 18 * [0], 20 * [256]),
    ],
    ids=["one large network", "one large among small", "two large", "equal"],
)
def test_the_beta_binomial_limits_are_those_of_the_profile_on_a_grid(failed, trials):
    logit, precision = np.linspace(-12, 12, 1201), np.exp(np.linspace(-9, 14, 101))
    failed, trials = np.array([failed, trials])
    a, b = (special.expit(sign * logit)[:, None, None] * precision[:, None] for sign in (1, -1))
    likelihood = stats.betabinom.logpmf(failed, trials, a, b).sum(axis=2).max(axis=1)
    above = np.flatnonzero(likelihood > likelihood.max() - stats.t.ppf(0.975, len(failed) - 1) ** 2 / 2)
    want = logit[[likelihood.argmax(), above[0], above[-1]]]
    found = beta_binomial_interval(trials - failed, trials)
    got = special.logit([1 - found.estimate, 1 - found.upper, 1 - found.lower])
    np.testing.assert_allclose(got, want, atol=0.05)


@pytest.mark.parametrize("trials", [20, 1500, 10**6])
def test_limits_of_two_networks_that_differ_are_finite(trials):
    """The likelihood is asked for shares of 1 − 1e-16 and more, where a sum in the wrong order is 0."""
    with np.errstate(all="raise", under="ignore"):
        found = beta_binomial_interval([0, 0.3 * trials], [trials, trials])
    assert 0 <= found.lower < found.estimate < found.upper <= 1


def test_names_with_a_point_have_their_counts():
    found = xarray.Dataset({"self_0.4": 0.5, "self_0.4_lower": 0.2, "self_0.4_upper": 0.8, "self_0": 1.0})
    assert format_estimate(found, "self_0.4") == "0.5 (0.2 – 0.8)"


def test_the_beta_binomial_model_without_differences_is_binomial_and_without_failures_that_of_the_networks():
    hits = np.random.default_rng(0).binomial(1000, 0.9, (200, 1))
    _, lower, upper = beta_binomial_interval(hits, np.full(hits.shape, 1000))
    want = proportion_interval(int(hits.sum()), 200_000)
    assert lower[0] == pytest.approx(float(want.lower), abs=3e-4)
    assert upper[0] == pytest.approx(float(want.upper), abs=3e-4)
    perfect = beta_binomial_interval([10] * 20, [10] * 20)
    assert perfect.lower == pytest.approx(0.025 ** (1 / 20)) and perfect.upper == 1
    assert beta_binomial_interval([0] * 20, [10] * 20).upper == pytest.approx(1 - 0.025 ** (1 / 20))
    assert np.isnan(beta_binomial_interval([10], [10]).lower)
    empty = beta_binomial_interval([[7, 9, 0], [9, 9, 0]], [[10, 10, 0], [10, 10, 0]], axis=1)
    assert np.allclose(empty.upper, beta_binomial_interval([[7, 9], [9, 9]], [[10, 10], [10, 10]], axis=1).upper)
