"""Search for the crossing of a level: estimates and intervals for known thresholds with noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from neurosim import InvalidInput
from neurosim.measure.comparison.crossing import _decided, crossing


def noisy(threshold, width, seed, *, cues=16, spread=5.0):
    """Success falls as a logistic; networks differ (Beta), and only some cues are seen of each."""

    def measure(x, k):
        rng = np.random.default_rng([seed, x, k])
        mean = expit((threshold - x) / width)
        own = rng.beta(mean * spread + 1e-9, (1 - mean) * spread + 1e-9) if spread else mean
        return rng.binomial(cues, own) / cues

    return measure


@given(threshold=st.integers(1, 300), maximum=st.integers(3, 300))
@settings(deadline=None, max_examples=40)
def test_a_sharp_threshold_is_enclosed_by_neighbouring_places(threshold, maximum):
    found = crossing(lambda x, _: float(x <= threshold), 2, maximum, tolerance=0.001)
    if threshold >= maximum:
        assert np.isnan(found.estimate) and (found.lower, found.upper) == (maximum, np.inf)
    else:
        assert (found.lower, found.upper) == (threshold, threshold + 1)
        assert found.estimate == threshold + (0.5 if threshold > 1 else 0)  # nothing is known of less than `start`
    assert all(len(values) == 7 for values in found.probes.values())  # what decides, if all trials agree


@pytest.mark.parametrize(
    ("threshold", "width", "options"),
    [(14.3, 2, {}), (100.2, 10, {"spread": 0}), (57.3, 15, {"cues": 1, "spread": 0})],
)
def test_intervals_cover_the_threshold_at_the_nominal_rate(threshold, width, options):
    n = 40
    found = [crossing(noisy(threshold, width, seed, **options), 2, 4096, seed=seed) for seed in range(n)]
    covered = sum(one.lower <= threshold <= one.upper for one in found)
    assert covered >= binom.ppf(0.001, n, 0.95)
    ratios = np.array([one.estimate for one in found]) / threshold
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / np.sqrt(n) + 0.01
    # and they are not so wide that this says nothing: against what the estimates themselves scatter by, and the grid
    reach = np.median([one.upper - one.lower for one in found]) / threshold
    assert reach < 2 * (1.96 * 2 * ratios.std()) + 2 * max(0.05, 1 / threshold)


def test_a_single_trial_classifies_no_place():
    def lucky(x, k):
        return 1.0 if k == 0 else float(x <= 20)

    def unlucky(x, k):
        return 0.0 if k == 0 else float(x <= 20)

    for measure in (lucky, unlucky):
        found = crossing(measure, 2, 1000, tolerance=0.001)
        assert (found.lower, found.upper) == (20, 21)


def test_the_sequential_test_keeps_its_error_probability_for_any_length():
    won, n = [0, 0], 300
    for seed in range(n):
        values = (np.random.default_rng(seed).random(60) < 0.5).astype(float)
        verdicts = [_decided(values[:k], 0.5, 0.95) for k in range(1, 61)]
        won[0] += 1 in verdicts
        won[1] += -1 in verdicts
    assert max(won) <= binom.ppf(0.999, n, 0.05)
    assert _decided(np.ones(7), 0.5, 0.95) == 1 == -_decided(np.zeros(7), 0.5, 0.95)
    assert _decided(np.ones(6), 0.5, 0.95) == 0


def test_a_place_gets_its_budget_at_most_and_each_trial_once():
    asked = []

    def measure(x, k):
        asked.append((x, k))
        return 0.5

    found = crossing(measure, 2, 9, budget=5)
    assert len(set(asked)) == len(asked) == found.n_trials
    assert all(len(values) == 5 for values in found.probes.values())
    assert found.probes.keys() == {2, 3, 4, 5, 6, 7, 8, 9} and (found.lower, found.upper) == (9, np.inf)


def test_nothing_recalled_and_everything_recalled():
    never, always = (crossing(lambda x, k, value=value: value, 2, 100) for value in (0.0, 1.0))
    assert never[:3] == (1, 1, 2)
    assert np.isnan(always.estimate) and always[1:3] == (100, np.inf)


def test_a_gap_at_a_known_place_is_found():
    def success(x, k):
        return float(not 76 <= x <= 84)

    assert np.isinf(crossing(success, 2, 1000).upper)
    found = crossing(success, 2, 1000, also=[80])
    assert found.lower <= 76 <= found.upper < 81
    assert np.isinf(crossing(lambda x, k: 1.0, 2, 1000, also=[80, 2000]).upper)


def test_another_level_is_crossed_elsewhere():
    for level in (0.2, 0.8):
        found = crossing(noisy(100, 20, 0, spread=0), 2, 1000, level=level, budget=60)
        expected = 100 + 20 * np.log(1 / level - 1)
        assert found.estimate == pytest.approx(expected, rel=0.08) and found.lower <= expected <= found.upper
        assert found.upper - found.lower < 30


def test_trials_that_agree_are_enough_where_there_are_no_more():
    found = crossing(lambda x, _: float(x <= 20), 2, 4096, budget=2)
    assert max(found.probes) == 32 and (found.lower, found.upper) == (20, 21)


def test_values_out_of_range_are_refused():
    for change, message in [
        ({"start": 0}, "1 <= start < maximum, got 0 and 9"),
        ({"start": 9}, "1 <= start < maximum"),
        ({"level": 1}, "level must lie between 0 and 1, got 1"),
        ({"confidence": 0}, "confidence must lie"),
        ({"tolerance": 2}, "tolerance must lie"),
        ({"budget": 0}, "budget must be at least 1"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            crossing(lambda x, k: 1.0, **{"start": 2, "maximum": 9, **change})
