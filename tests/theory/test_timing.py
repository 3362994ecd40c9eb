"""The rise of h from 0 against closed forms, and recall against τ_v/τ_h (Fig. 11) against the exact engine."""

import math

import mpmath
import numpy as np
import pytest
from scipy.special import lambertw

from neurosim import InvalidInput, Network, patterns, recall, reduction, theory
from neurosim.theory import timing
from neurosim.theory.quadrature import bracketed_root

RATIOS = np.array([0.2, 0.5, 1.0, 1.0 + 1e-9, 2.0, 4.0, 20.0, 1e4])


def test_rise_is_the_difference_of_two_decays():
    def exact(ratio, time):
        r, t = mpmath.mpf(float(ratio)), mpmath.mpf(float(time))
        return float(t * mpmath.exp(-t) if r == 1 else (mpmath.exp(-t / r) - mpmath.exp(-t)) * r / (r - 1))

    time = np.linspace(0, 60, 61)[:, None]
    with mpmath.workdps(60):
        expected = np.vectorize(exact)(RATIOS, time)
    np.testing.assert_allclose(theory.rise(RATIOS, time), expected, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(reduction.transfer(1e-3 * time, 1e-3 * RATIOS, 1e-3), expected, rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(theory.rise(np.inf, time), -np.expm1(-time), atol=1e-15)

    assert theory.rise([0.001, 0.01], [1.0, 10.0]) == pytest.approx([np.exp(-1) / 999, np.exp(-10) / 99], rel=1e-12)
    np.testing.assert_array_equal(theory.rise([0.5, 1.0, 20.0, np.inf], np.inf), [0, 0, 0, 1])


def test_peak_and_its_time():
    np.testing.assert_allclose(theory.rise_peak([1.0, 2.0, 4.0, np.inf]), [1 / np.e, 0.5, 4 ** (-1 / 3), 1], rtol=1e-15)
    assert theory.rise_peak_time(1.0) == 1 and theory.rise_peak_time(2.0) == pytest.approx(2 * np.log(2))
    for ratio in RATIOS:
        peak, at = float(theory.rise_peak(ratio)), float(theory.rise_peak_time(ratio))
        assert theory.rise(ratio, at) == pytest.approx(peak, rel=1e-12)
        assert theory.rise(ratio, np.linspace(0, 30 * max(ratio, 1), 20_001)).max() <= peak * (1 + 1e-14)

    small = np.array([1e-300, 1e-17, 1e-12])  # p(r) → r and t* → r ln(1/r)
    np.testing.assert_allclose(theory.rise_peak(small), small, rtol=1e-10)
    np.testing.assert_allclose(theory.rise_peak_time(small), -small * np.log(small), rtol=1e-10)


def test_critical_ratio_is_two_at_one_half():
    assert theory.critical_ratio(0.5) == pytest.approx(2, rel=1e-14)
    assert theory.critical_ratio(math.exp(-1)) == 1
    for threshold in (0.05, 0.3, 0.36, 0.38, 0.7, 0.95):
        assert theory.rise_peak(theory.critical_ratio(threshold)) == pytest.approx(threshold, rel=1e-9)


def test_rise_time_against_closed_forms():
    """r = 1: te^{−t} = f; r = 2: 2(y − y²) = f, y = e^{−t/2}; r = ∞: 1 − e^{−t} = f, with f = θ/u₀."""
    drive = np.array([1.01, 1.5, 3.0, 40.0])
    f = 0.35 / drive
    np.testing.assert_allclose(theory.rise_time(1.0, drive, 0.35), -lambertw(-f).real, rtol=1e-9)
    np.testing.assert_allclose(
        theory.rise_time(2.0, drive, 0.35), -2 * np.log((1 + np.sqrt(1 - 2 * f)) / 2), rtol=1e-12
    )
    np.testing.assert_allclose(theory.rise_time(np.inf, drive, 0.35), np.log(1 / (1 - f)), rtol=1e-14)
    assert np.isnan(theory.rise_time(2.0, [0.99, 0.0, -3.0], 0.5)).all()
    assert np.isnan(theory.rise_time(np.inf, 0.5, 0.5))  # touched in infinite time
    time = theory.rise_time(RATIOS[:, None], [2.0, 20.0], 0.4)
    crosses = theory.rise_peak(RATIOS)[:, None] * [2.0, 20.0] > 0.4
    assert (np.isfinite(time) == crosses).all()
    np.testing.assert_allclose((np.array([2.0, 20.0]) * theory.rise(RATIOS[:, None], time))[crosses], 0.4, rtol=1e-12)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8])
def test_without_crosstalk_recall_starts_at_the_critical_ratio(threshold):
    """Orthonormal ξ, J = I: below it the silent state alone is recalled, above it every state, at `rise_time`."""
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((30, 5)))[0]
    states, critical = patterns.all_hidden_states(5), theory.critical_ratio(threshold)
    for factor, recalled in ((0.999, 1), (1.001, 32)):
        net = Network(weights=np.sqrt(30) * basis, threshold=threshold, tau_v=factor * critical * 1e-3, tau_h=1e-3)
        out = recall(net, patterns.visible_cues(net, states), engine="event")
        assert (out.hidden_active.values == states).all(axis=1).sum() == recalled
        if recalled == 32:
            expected = 1e-3 * float(theory.rise_time(factor * critical, 1.0, threshold))
            np.testing.assert_allclose(out.settle_time.values[1:], expected, rtol=1e-6)


def simulated(ratio, noise_std, n_networks=20, n_visible=1000, n_hidden=10):
    """Drives (network, state, hidden) of all states, and which were recalled (network, state)."""
    states, drives, recalled = patterns.all_hidden_states(n_hidden), [], []
    for seed in range(n_networks):
        net = Network.gaussian(n_visible, n_hidden, seed=seed, tau_v=ratio * 1e-3, tau_h=1e-3)
        cues = patterns.visible_cues(net, states, noise_std=noise_std, seed=100 + seed)
        out = recall(net, cues, engine="event", read_out=False)
        recalled.append((out.hidden_active.values == states).all(axis=1))
        drives.append(theory.drive(net, cues))
    return states, np.array(drives), np.array(recalled)


def test_share_of_crosstalk_in_the_spread_of_the_drive():
    """ρ is the slope of the crosstalk that stays on the initial drive, here fitted over 4000 networks (eq. 24)."""
    n_visible, n_hidden, k, noise_std = 100, 6, 4, 0.7
    rng = np.random.default_rng(3)
    weights = rng.standard_normal((4000, n_visible, n_hidden))
    own = (weights**2).mean(axis=1)
    crosstalk = (weights * weights[:, :, :k].sum(axis=2, keepdims=True)).mean(axis=1)
    crosstalk[:, :k] -= own[:, :k]
    noise = np.sqrt(n_hidden) * noise_std * rng.standard_normal((4000, n_visible, 1))
    drive = crosstalk + (weights * noise).mean(axis=1)
    drive[:, :k] += own[:, :k]
    on, off = timing._crosstalk_shares(np.array([k]), n_hidden * noise_std**2)
    assert np.polyfit(drive[:, :k].ravel(), crosstalk[:, :k].ravel(), 1)[0] == pytest.approx(on[0], abs=0.03)
    assert np.polyfit(drive[:, k:].ravel(), crosstalk[:, k:].ravel(), 1)[0] == pytest.approx(off[0], abs=0.03)


@pytest.mark.parametrize(
    ("ratio", "noise_std", "alone"),
    [
        (1.5, 0.0, 0.0),
        (2.5, 0.0, 0.01),
        (3.0, 0.0, 0.02),
        (4.0, 0.0, 0.005),
        (6.0, 0.0, 0.0),
        (4.0, 2.0, 0.0),
        (10, 2.0, 0.004),
    ],
)
def test_the_two_thresholds_predict_recall_in_the_same_networks(ratio, noise_std, alone):
    """Which states have every drive on the right side, against which were recalled: shares over 20 networks, paired.

    Within .008; the first pass without feedback is too high by more than `alone`, or, where that is 0, not too low.
    """
    states, drives, recalled = simulated(ratio, noise_std)
    shares = timing._crosstalk_shares(np.arange(11), 10 * noise_std**2)
    on, off = (values[states.sum(axis=1)][:, None] for values in timing._with_feedback(ratio, 0.5, *shares))
    predicted = np.where(states, drives > on, drives <= off).all(axis=2)
    assert predicted.mean() == pytest.approx(recalled.mean(), abs=0.008)
    first = ((drives > 0.5 / theory.rise_peak(ratio)) == states).all(axis=2)
    assert first.mean() - recalled.mean() >= (alone or -0.001)


@pytest.mark.parametrize(
    ("ratio", "share", "error"), [(2, 0.0986, 0.004), (3, 0.7791, 0.0073), (4, 0.9592, 0.0031), (6, 0.9965, 0.0007)]
)
def test_law_against_400_networks(ratio, share, error):
    """Simulated over 400 networks (N_h = 10, N_v = 1000, θ = ½, all states, h(0) = 0), with standard error."""
    law = theory.recall_vs_ratio_law(1000, 10, 0.5, ratio)
    assert abs(law - share) < 3 * error
    if ratio > 2:  # the others' crossing holds back those in doubt
        assert law < theory.no_flip_probability(1000, 10, 0.5, peak=float(theory.rise_peak(ratio)))


def test_limits_of_the_law():
    assert theory.recall_vs_ratio_law(300, 8, 0.4, math.inf, noise_std=0.5) == pytest.approx(
        theory.no_flip_probability(300, 8, 0.4, noise_std=0.5), rel=1e-12
    )
    assert theory.recall_vs_ratio_law(300, 8, 0.4, 1e7) == pytest.approx(
        theory.no_flip_probability(300, 8, 0.4), abs=1e-5
    )
    below = theory.no_flip_probability(300, 8, 0.5, peak=float(theory.rise_peak(1.5)))
    assert theory.recall_vs_ratio_law(300, 8, 0.5, 1.5) == pytest.approx(below, rel=1e-12)
    assert theory.recall_vs_ratio_law(10_000, 8, 1.5, 100.0) == pytest.approx(2**-8, rel=1e-6)  # the silent state alone


@pytest.mark.slow
def test_ratio_for_is_the_least_where_recall_falls_again_at_large_ratios():
    def law(ratio):
        return theory.recall_vs_ratio_law(400, 8, 0.3, ratio, noise_std=1)

    ratio = theory.ratio_for(0.911, 400, 8, 0.3, noise_std=1)
    assert law(math.inf) < 0.9 and law(ratio) == pytest.approx(0.911, abs=1e-4) and law(0.95 * ratio) < 0.911
    assert theory.ratio_for(0.98, 400, 8, 0.3, noise_std=1) == math.inf


def test_ratio_for_inverts_the_law():
    for share in (0.5, 0.99):
        ratio = theory.ratio_for(share, 400, 5, 0.5)
        assert theory.recall_vs_ratio_law(400, 5, 0.5, ratio) == pytest.approx(share, abs=1e-5)
    assert theory.ratio_for(0.99, 40, 5, 0.5) == math.inf  # not even when the visible layer stands still
    assert theory.ratio_for(2**-5, 400, 5, 0.5) == 0  # the silent state, at every ratio
    ratio = theory.ratio_for(0.04, 400, 5, 0.5)
    assert theory.recall_vs_ratio_law(400, 5, 0.5, ratio) == pytest.approx(0.04, abs=1e-5)


@pytest.mark.parametrize("ratio", [1e-300, 1e-17, 0.045, 0.06, 1.0, 1e300])
def test_the_law_is_a_probability_at_every_ratio(ratio):
    for threshold in (1e-3, 0.05, 0.5, 2.0):
        assert 2**-10 * (1 - 1e-9) <= theory.recall_vs_ratio_law(1000, 10, threshold, ratio) <= 1


def test_the_feedback_of_one_neuron_on_another_by_hand():
    """N_h = 2, both active, J = [[1, −j], [−j, 1 + a]]: the second crosses first and then holds the first one back.

    h₁ = (1 − j)φ(t) − jG(t − T), T the crossing of the second. The engine agrees with where its maximum meets θ.
    """
    ratio, a = 4.0, 0.2

    def highest(j):
        crossing = float(theory.rise_time(ratio, 1 + a - j, 0.5))
        later = np.linspace(0, 40, 400_001)
        step = 1 - theory.rise(ratio, later) - np.exp(-later)
        return ((1 - j) * theory.rise(ratio, crossing + later) - j * step).max() - 0.5

    j = bracketed_root(highest, 0.01, 0.4)
    assert 1 - j > 0.5 / theory.rise_peak(ratio)  # the first pass alone would let it cross
    for factor, recalled in ((0.999, True), (1.001, False)):
        coupling = np.array([[1, -factor * j], [-factor * j, 1 + a]])
        net = Network(weights=np.sqrt(2) * np.linalg.cholesky(coupling).T, tau_v=ratio * 1e-3, tau_h=1e-3)
        out = recall(net, patterns.visible_cues(net, np.ones((1, 2), bool)), engine="event")
        assert out.hidden_active.values.all() == recalled


def test_bad_arguments_of_the_timing_functions():
    with pytest.raises(InvalidInput, match="time must be >= 0"):
        theory.rise(20.0, -1.0)
    with pytest.raises(InvalidInput, match="ratio"):
        theory.rise_peak(0.0)
    with pytest.raises(InvalidInput, match="threshold"):
        theory.rise_time(2.0, 1.0, 0.0)
    with pytest.raises(InvalidInput, match="threshold"):
        theory.critical_ratio(1.0)
    with pytest.raises(InvalidInput, match="threshold"):
        theory.recall_vs_ratio_law(100, 5, 0.0, 3.0)
    with pytest.raises(InvalidInput, match="share"):
        theory.ratio_for(1.0, 100, 5, 0.5)
