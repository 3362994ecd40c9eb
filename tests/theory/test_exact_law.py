"""The exact law of bit flips against cases by hand, 40-digit integrals, and Gaussian networks drawn at random."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from neurosim import InvalidInput, Network, patterns, theory
from neurosim.theory import quadrature, random_states


def mean_over_chi(function, n_visible):
    """E f(χ) for χ = √χ²_{N_v}, by SciPy's adaptive quadrature."""
    chi = stats.chi(n_visible)
    points = [chi.ppf(q) for q in (1e-13, 1e-3, 0.5, 0.999)] + [chi.isf(1e-13)]
    pieces = [
        integrate.quad(lambda x: function(x) * chi.pdf(x), *ends, epsabs=1e-13)[0]
        for ends in itertools.pairwise(points)
    ]
    return sum(pieces)


@pytest.mark.parametrize("n_visible", [1, 2, 7, 400])
@pytest.mark.parametrize("theta", [0.2, 0.5, 1.1])
def test_one_neuron_is_a_chi_square(n_visible, theta):
    """N_h = 1: on if χ²/N_v > θ; off always, as its field is 0."""
    on = special.gammaincc(n_visible / 2, theta * n_visible / 2)
    assert theory.no_flip_probability(n_visible, 1, theta, n_active=1) == pytest.approx(on, rel=1e-10)
    assert theory.no_flip_probability(n_visible, 1, theta, n_active=0) == 1
    assert theory.no_flip_probability(n_visible, 1, theta) == pytest.approx((1 + on) / 2, rel=1e-10)
    assert theory.any_flip_probability(n_visible, 1, theta) == pytest.approx((1 - on) / 2, rel=1e-10)
    assert theory.expected_fixed_points(n_visible, 1, theta).log2 == pytest.approx(math.log2(1 + on), abs=1e-10)


def test_without_drive_off_is_off_at_the_threshold_and_not_below():
    assert theory.no_flip_probability(10, 3, 0.0, n_active=0) == 1
    assert theory.no_flip_probability(10, 3, -1e-9, n_active=0) == 0
    assert theory.any_flip_probability(10, 3, -1e-9, n_active=0) == 1
    assert theory.flip_probability(10, 3, 0.0, active=False, n_others=0) == 0
    assert theory.flip_probability(10, 3, -1e-9, active=False, n_others=0) == 1


@pytest.mark.parametrize(("n_visible", "theta"), [(2, 0.5), (5, 0.3), (40, 0.5), (300, 0.7), (6, -0.2)])
def test_two_neurons_by_hand(n_visible, theta):
    """|10>: χ² > θN_v and χg ≤ θN_v. |11>: with D = ξ₁ − ξ₂ the fields are (R² ± S·D)/2N_v, and R² = 2χ²."""
    edge = math.sqrt(max(theta, 0) * n_visible)
    one = mean_over_chi(lambda x: special.ndtr(theta * n_visible / x) * (x > edge), n_visible)
    two = mean_over_chi(lambda x: max(0.0, special.erf((x * x - theta * n_visible) / x / math.sqrt(2))), n_visible)
    assert theory.no_flip_probability(n_visible, 2, theta, n_active=1) == pytest.approx(one, rel=1e-6)
    assert theory.no_flip_probability(n_visible, 2, theta, n_active=2) == pytest.approx(two, rel=1e-6)
    share = ((theta >= 0) + 2 * one + two) / 4
    assert theory.expected_fixed_points(n_visible, 2, theta).share == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize(
    ("k", "kappa", "a"), [(3, 3.5, 0.3), (5, 9.0, 0.7), (5, 5.7, -9.0), (40, 60.0, -6.0), (7, 8.0, 1.5)]
)
def test_the_path_integral_to_fourteen_digits(k, kappa, a):
    """Against the same integral along the straight line, with 45 digits; P from 4e-38 to 1, 1 − P from 9e-23 to 1."""
    with mpmath.workdps(45):
        tail = lambda w: (mpmath.erfc((a - 1j * w) / mpmath.sqrt(2)) / 2) ** k  # noqa: E731
        line = lambda f: mpmath.quad(lambda w: (mpmath.exp(-kappa * w * w / 2) * f(w)).real, [0, 1, 3, 8, 20])  # noqa: E731
        factor = mpmath.sqrt(2 * mpmath.mpf(kappa) / mpmath.pi)
        exact = [float(mpmath.log(factor * line(f))) for f in (tail, lambda w: 1 - tail(w))]
    found = quadrature.log_all_above(np.array([a]), np.array([float(k)]), np.array([kappa - k]), quadrature.STEP)
    np.testing.assert_allclose(np.ravel(found), exact, rtol=1e-14, atol=1e-13)


def test_two_components_that_sum_to_zero_are_an_error_function_even_at_the_edge():
    a = -np.geomspace(1e-7, 30, 25)
    p, q = quadrature.log_all_above(a, np.full(25, 2.0), np.zeros(25), quadrature.STEP)
    np.testing.assert_allclose(p, np.log(special.erf(-a)), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(q, np.log(2) + special.log_ndtr(a * math.sqrt(2)), rtol=1e-13, atol=1e-12)
    assert quadrature.log_all_above(np.zeros(1), np.full(1, 2.0), np.zeros(1), quadrature.STEP)[0] == -np.inf


def test_three_components_against_genz():
    for kappa, a in ((3.5, -0.4), (4.0, -1.5), (9.0, 0.2)):
        covariance = np.eye(3) - 1 / kappa
        expected = stats.multivariate_normal.cdf(-a * np.ones(3), cov=covariance, abseps=1e-6, releps=1e-6)
        p, _ = quadrature.log_all_above(np.array([a]), np.full(1, 3.0), np.array([kappa - 3]), quadrature.STEP)
        assert math.exp(p[0]) == pytest.approx(expected, abs=2e-5)


def enumerated(n_visible, n_hidden, threshold, n_networks):
    """Share of fixed points by number of active neurons, (network, k), over all states of random networks."""
    states = patterns.all_hidden_states(n_hidden)
    k = states.sum(axis=1)
    weights = np.random.default_rng(n_visible).standard_normal((n_networks, n_visible, n_hidden))
    coupling = weights.transpose(0, 2, 1) @ weights / n_visible
    fixed = ((states.astype(float) @ coupling > threshold) == states).all(axis=2)
    return np.array([fixed[:, k == j].mean(axis=1) for j in range(n_hidden + 1)]).T


@pytest.mark.parametrize("n_visible", [6, 20, 60])
def test_law_against_networks_for_each_number_of_active_neurons(n_visible):
    n_hidden, n_networks = 6, 8000
    shares = enumerated(n_visible, n_hidden, 0.5, n_networks)
    error = shares.std(axis=0) / np.sqrt(n_networks) + 1e-12
    law = [theory.no_flip_probability(n_visible, n_hidden, 0.5, n_active=k) for k in range(n_hidden + 1)]
    assert (np.abs(shares.mean(axis=0) - law) < 4.5 * error).all()


def test_flips_are_not_independent():
    """Eq. (38)'s product, even of the exact single probabilities, is not the law; networks tell the two apart."""
    n_visible, n_hidden, k = 4, 4, 2
    shares = enumerated(n_visible, n_hidden, 0.5, 40_000)[:, k]
    on = theory.flip_probability(n_visible, n_hidden, 0.5, active=True, n_others=k - 1)
    off = theory.flip_probability(n_visible, n_hidden, 0.5, active=False, n_others=k)
    error = shares.std() / np.sqrt(len(shares))
    assert abs(shares.mean() - theory.no_flip_probability(n_visible, n_hidden, 0.5, n_active=k)) < 4 * error
    assert abs(shares.mean() - (1 - on) ** k * (1 - off) ** (n_hidden - k)) > 8 * error


@pytest.mark.parametrize(
    ("ratio", "mean"), [(1, 65.2), (2, 189.4), (5, 566.4), (10, 877.6), (20, 1007.5), (50, 1023.9)]
)
def test_expected_number_of_fixed_points_at_ten_hidden_neurons(ratio, mean):
    """The curve of Fig. 6 (N_h = 10) by the law, and over 600 enumerated networks a point."""
    law = theory.expected_fixed_points(10 * ratio, 10, 0.5)
    assert 1024 * law.share == pytest.approx(mean, abs=0.06)
    weights = np.random.default_rng(ratio).standard_normal((600, 10 * ratio, 10))
    states = patterns.all_hidden_states(10)
    counts = np.array([theory.is_fixed_point(Network(weights=w), states).sum() for w in weights])
    assert abs(counts.mean() - 1024 * law.share) < 4 * counts.std() / np.sqrt(600)


@pytest.mark.parametrize("n_hidden", [1, 3])
def test_a_pair_of_thresholds_is_the_same_in_every_container(n_hidden):
    law = theory.no_flip_probability(20, n_hidden, (0.4, 0.9))
    for pair in ([0.4, 0.9], np.array([0.4, 0.9])):
        assert theory.no_flip_probability(20, n_hidden, pair) == law
    for wrong in ([0.4], [0.4, 0.9, 0.9], [[0.4, 0.5], 0.9, 0.1]):
        with pytest.raises(InvalidInput, match="threshold must be one number or a pair"):
            theory.no_flip_probability(20, n_hidden, wrong)


def test_law_with_cue_noise_two_thresholds_and_a_peak():
    """Cues ξs/√N_h + ε (eqs. 12a, 13) of random networks; the drive times `peak` against a threshold for each kind."""
    n_visible, n_hidden, noise, peak, repeats = 40, 5, 0.8, 0.9, 60_000
    rng = np.random.default_rng(0)
    states = rng.random((repeats, n_hidden)) < 0.5
    weights = rng.standard_normal((repeats, n_visible, n_hidden))
    cue = (weights @ states[:, :, None])[..., 0] / np.sqrt(n_hidden) + noise * rng.standard_normal((repeats, n_visible))
    u = np.sqrt(n_hidden) / n_visible * (cue[:, None, :] @ weights)[:, 0]
    for thresholds in ((0.5, 0.5), (0.6, 0.4)):
        right = np.where(states, u * peak > thresholds[0], u * peak <= thresholds[1])
        for k in (None, 0, 1, 3, 5):
            chosen = right.all(axis=1)[slice(None) if k is None else states.sum(axis=1) == k]
            law = theory.no_flip_probability(n_visible, n_hidden, thresholds, noise_std=noise, n_active=k, peak=peak)
            assert abs(chosen.mean() - law) < 4.5 * np.sqrt(law * (1 - law) / len(chosen))
        wrong = (~right).sum(axis=1)
        flips = theory.expected_flips(n_visible, n_hidden, thresholds, noise_std=noise, peak=peak)
        assert abs(wrong.mean() - flips) < 4.5 * wrong.std() / np.sqrt(repeats)


def test_one_bit_against_the_approximations_it_replaces():
    """N_v = 80, N_h = 10, five others active: eq. (24)'s normal law and eq. (37)'s bound are both too large."""
    exact = theory.flip_probability(80, 10, 0.5, active=True, n_others=5)
    assert exact == pytest.approx(0.0380, abs=5e-5)
    assert stats.norm.sf(0.5 / np.sqrt(7 / 80)) == pytest.approx(0.0455, abs=5e-5)
    assert theory.flip_bound(80, 10, 0.5).single == pytest.approx(0.089, abs=5e-4)
    rng, n = np.random.default_rng(1), 400_000
    assert theory.flip_probability(80, 10, 0.4, active=True, n_others=5, peak=0.8) == pytest.approx(exact, rel=1e-12)
    field = rng.chisquare(80, n)
    field = (field + np.sqrt(5 * field) * rng.standard_normal(n)) / 80
    assert abs((field <= 0.5).mean() - exact) < 4 * np.sqrt(exact / n)


@pytest.mark.parametrize(("active", "n_visible"), [(True, 1500), (False, 1500), (False, 20_000), (True, 60)])
def test_one_bit_to_ten_digits_down_to_the_far_tail(active, n_visible):
    """Against a 30-digit integral; the smallest is 6e-184."""
    law = theory.flip_probability(n_visible, 10, 0.5, active=active, n_others=5)
    with mpmath.workdps(30):
        n, kappa = mpmath.mpf(n_visible), 5

        def integrand(r):
            distance = (0.5 / r - r) if active else -0.5 / r
            density = mpmath.exp((n - 1) * mpmath.log(r) - n * (r * r - 1) / 2)
            return density * mpmath.ncdf(mpmath.sqrt(n / kappa) * distance)

        scale = 2 * (n / 2) ** (n / 2) * mpmath.exp(-n / 2) / mpmath.gamma(n / 2)
        exact = scale * mpmath.quad(integrand, mpmath.linspace(0.3, 2, 35))
    assert law == pytest.approx(float(exact), rel=1e-10)


sizes = {
    "n_visible": st.sampled_from([1, 2, 3, 10, 100, 1000]),
    "n_hidden": st.integers(1, 8),
    "threshold": st.sampled_from([-0.3, 0.0, 0.1, 0.5, 0.9, 1.0, 1.3]),
    "noise_std": st.sampled_from([0.0, 1e-6, 1e-3, 0.03, 0.3, 3.0]),
    "active": st.one_of(st.none(), st.floats(0, 1)),
}


@settings(max_examples=25, deadline=None)
@given(**sizes)
@example(n_visible=1, n_hidden=5, threshold=0.1, noise_std=0.0, active=None)  # k = 1 counts only at χ² < .1
def test_the_complements_add_to_one_and_the_union_bound_holds(n_visible, n_hidden, threshold, noise_std, active):
    """P and 1 − P come from different integrals."""
    n_active = None if active is None else round(active * n_hidden)
    arguments, options = (n_visible, n_hidden, threshold), {"noise_std": noise_std, "n_active": n_active}
    stays, flips = theory.no_flip_probability(*arguments, **options), theory.any_flip_probability(*arguments, **options)
    assert stays + flips == pytest.approx(1, abs=1e-10)
    assert flips <= theory.expected_flips(*arguments, **options) * (1 + 1e-9)


@pytest.mark.parametrize("noise_std", [1e-9, 1e-7, 1e-6, 1e-4, 0.1])
def test_little_noise_loses_no_digits(noise_std):
    """One neuron at N_v = 1, θ = 0: it flips if |v| < σ_v |g|, with the probability arctan(σ_v)/π."""
    flips = theory.any_flip_probability(1, 1, 0.0, noise_std=noise_std, n_active=1)
    assert flips == pytest.approx(math.atan(noise_std) / math.pi, rel=1e-12)


def test_a_law_with_two_maxima_over_the_length():
    """At N_v = 1 the density of r is largest at 0, P(no flip | r) far from it; against SciPy's quadrature over r."""
    states = random_states.States.of(1, 40, -0.3, 1e-3, 37)

    def joint(r):
        terms = states._log_terms_no_flip(states, np.array([[r]]), quadrature.STEP)[:, 0]
        return math.exp(quadrature.log_density(np.array([r]), 1)[0] + terms[0])

    pieces = [
        integrate.quad(joint, *ends, epsabs=0, epsrel=1e-11, limit=300)[0] for ends in ((0, 0.3), (0.3, 3), (3, 9))
    ]
    assert theory.no_flip_probability(1, 40, -0.3, noise_std=1e-3, n_active=37) == pytest.approx(sum(pieces), rel=1e-10)


@pytest.mark.parametrize(
    ("case", "noise_std"),
    [
        ((10, 10, 0.5), 0.0),
        ((10, 10, 0.5), 0.01),
        ((200, 10, 0.4), 0.0),
        ((200, 10, 0.4), 1.0),
        ((3, 2, 0.5), 0.0),
        ((3, 2, 0.5), 0.01),
        ((2, 5, 0.1), 0.0),
        ((150, 15, 0.5), 0.3),
    ],
)
def test_a_finer_rule_changes_nothing(case, noise_std, monkeypatch):
    before = [f(*case, noise_std=noise_std) for f in (theory.no_flip_probability, theory.any_flip_probability)]
    monkeypatch.setattr(quadrature, "STEP", quadrature.STEP / 2)
    monkeypatch.setattr(quadrature, "TOLERANCE", quadrature.TOLERANCE / 10)
    monkeypatch.setattr(quadrature, "NATS", 1.2 * quadrature.NATS)
    monkeypatch.setattr(quadrature, "_PANELS", 2 * quadrature._PANELS)
    after = [f(*case, noise_std=noise_std) for f in (theory.no_flip_probability, theory.any_flip_probability)]
    np.testing.assert_allclose(before, after, rtol=1e-10)


def test_small_shares_keep_their_digits_and_approach_the_union_bound():
    shares = [theory.expected_fixed_points(n, 10, 0.5).unstable_share for n in (1000, 2000, 4000)]
    unions = [theory.expected_flips(n, 10, 0.5) for n in (1000, 2000, 4000)]
    assert shares[0] < 1e-6 and shares[1] < 1e-13 and 0 < shares[2] < 1e-24
    ratios = np.array(shares) / unions  # two flips at once cost a factor: none shows from 1e-14 on
    assert 1 - 1e-6 < ratios[0] < 1 - 1e-7
    np.testing.assert_allclose(ratios[1:], 1, atol=1e-10)


@pytest.mark.parametrize(("n_visible", "n_hidden"), [(20, 20), (200, 20)])
def test_the_sum_over_states_is_the_sum_over_their_numbers_of_active_neurons(n_visible, n_hidden):
    law = theory.expected_fixed_points(n_visible, n_hidden, 0.5)
    each = [theory.no_flip_probability(n_visible, n_hidden, 0.5, n_active=k) for k in range(n_hidden + 1)]
    total = sum(math.comb(n_hidden, k) * p for k, p in enumerate(each))
    assert law.log2 == pytest.approx(math.log2(total), abs=1e-10)
    assert law.share + law.unstable_share == pytest.approx(1, abs=1e-12)


def test_a_thousand_hidden_neurons_without_overflow():
    law = theory.expected_fixed_points(1000, 1000, 0.5)
    assert 500 < law.log2 < 700
    assert law.share == pytest.approx(2.0 ** (law.log2 - 1000), rel=1e-9)
    assert law.unstable_share == 1


@pytest.mark.slow
def test_a_thousand_hidden_neurons_at_low_load():
    """At N_v = 100 N_h a state is unstable with probability 1e-9: 2^1000 less 1 in 10^9 of it."""
    law, union = (
        theory.expected_fixed_points(100_000, 1000, 0.5),
        theory.expected_flips(100_000, 1000, 0.5, n_active=500),
    )
    assert law.unstable_share == pytest.approx(1.03e-9, rel=0.01)
    assert law.unstable_share > union  # states with more than half of the neurons active carry the share
    assert law.log2 == pytest.approx(1000 - law.unstable_share / math.log(2), abs=1e-11)


@pytest.mark.parametrize(("n_visible", "n_hidden"), [(50, 8), (100, 8), (500, 10), (1000, 10), (2500, 25)])
def test_eq_38_lies_below_the_law_where_the_normal_law_is_good(n_visible, n_hidden):
    law, bound = theory.expected_fixed_points(n_visible, n_hidden, 0.5), theory.flip_bound(n_visible, n_hidden, 0.5)
    assert bound.none_simple <= bound.none < law.share
    assert law.unstable_share < 1 - bound.union


def test_eq_38_is_no_bound_at_one_neuron_of_two_inputs():
    """N_h = 1, N_v = 2: the active neuron stays with P(χ²₂ > 1) = e^{−½} = .607; eq. (38) promises .691."""
    exact = theory.no_flip_probability(2, 1, 0.5, n_active=1)
    assert exact == pytest.approx(math.exp(-0.5), rel=1e-10)
    assert theory.flip_bound(2, 1, 0.5).none > exact + 0.08


@pytest.mark.parametrize("broken", [{"noise_std": -1}, {"peak": 0}, {"n_active": 11}, {"n_active": 2.5}])
def test_bad_arguments_of_the_exact_law(broken):
    with pytest.raises(InvalidInput, match=next(iter(broken))):
        theory.no_flip_probability(100, 10, 0.5, **broken)
    with pytest.raises(InvalidInput, match="n_visible"):
        theory.expected_fixed_points(0, 10, 0.5)
    with pytest.raises(InvalidInput, match="threshold"):
        theory.expected_fixed_points(10, 10, (0.5, np.nan))
    with pytest.raises(InvalidInput, match="n_others"):
        theory.flip_probability(100, 10, 0.5, active=True, n_others=10)
