"""Estimated shares of fixed points against closed forms and against listing every state."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from threadpoolctl import threadpool_limits

from neurosim import InvalidInput, Network, Sigmoid, patterns, theory
from neurosim.measure.capacity import splitting, tilting
from neurosim.measure.capacity.estimate import estimate_share


def _with_coupling(coupling: np.ndarray, threshold) -> Network:
    """A network with this J, but for rounding: ξ = √N_h·I, B = √N_h·J, N_v = N_h."""
    root = math.sqrt(len(coupling))
    return Network(root * np.eye(len(coupling)), feedback=root * coupling, threshold=threshold)


def _uniform_company(n: int, others: float, threshold: float) -> tuple[Network, float]:
    """J = I + `others` off the diagonal, and its share of unstable states, in closed form.

    With k of n neurons on, an active one has the field 1 + (k − 1)·others, an inactive one k·others; k is binomial.
    """
    coupling = np.full((n, n), others)
    np.fill_diagonal(coupling, 1.0)
    k = np.arange(n + 1)
    violated = ((k > 0) & (1 + (k - 1) * others <= threshold)) | ((k < n) & (k * others > threshold))
    return _with_coupling(coupling, threshold), float(stats.binom.pmf(k, n, 0.5)[violated].sum())


def _listed(net: Network) -> float:
    """The share of fixed points, by listing all states."""
    return float(theory.is_fixed_point(net, patterns.all_hidden_states(net.n_hidden)).mean())


def _blocks(n_blocks: int, size: int, ratio: float) -> tuple[Network, float]:
    """Independent groups of neurons, and log2 of their share of fixed points: the product of the groups' own."""
    groups = [theory.effective_coupling(Network.gaussian(int(ratio * size), size, seed=k)) for k in range(n_blocks)]
    coupling = np.zeros((n_blocks * size, n_blocks * size))
    for k, group in enumerate(groups):
        coupling[k * size : (k + 1) * size, k * size : (k + 1) * size] = group
    log2_share = sum(math.log2(_listed(_with_coupling(group, 0.5))) for group in groups)
    return _with_coupling(coupling, 0.5), log2_share


def _random_network(seed: int) -> Network:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 11))
    coupling = np.diag(rng.uniform(0.6, 1.4, n))
    if seed % 4 == 0:  # a few strong partners
        coupling += 0.1 * rng.standard_t(1.5, (n, n))
    elif seed % 4 == 1:  # sparse, on a lattice
        coupling += 0.4 * rng.integers(-1, 2, (n, n)) * (rng.random((n, n)) < 0.4)
    elif seed % 4 == 2:  # couplings of very different sizes
        coupling += 0.03 * rng.standard_normal((n, n)) * np.exp(1.5 * rng.standard_normal((n, n)))
    else:
        coupling += 0.7 / n * rng.standard_normal((n, n))
    return _with_coupling(coupling, rng.uniform(0.2, 0.8, n))


def _repeats(mix: tilting.Mixture, exact: float, *, n_samples: int, repeats: int) -> tuple[float, float, float]:
    """Return the share of 95% intervals that hold the exact share, the mean's error in standard errors, and its spread.

    The spread is the relative standard deviation of one sample.
    """
    covered, estimates = 0, []
    for seed in range(repeats):
        found = tilting.share_interval(mix, n_samples=n_samples, seed=seed, confidence=0.95)
        covered += bool(found.lower <= exact <= found.upper)
        estimates.append(float(found.estimate))
    spread = float(np.std(estimates, ddof=1))
    off = (float(np.mean(estimates)) - exact) / (spread / math.sqrt(repeats))
    return covered / repeats, off, spread * math.sqrt(n_samples) / exact


def _rare_gaussian() -> tuple[Network, float]:
    net = Network.gaussian(480, 16, seed=2)
    return net, 1 - _listed(net)


_KNOWN = {  # name → (network and exact unstable share, the order of that share)
    "half": (lambda: _uniform_company(20, 0.05, 0.52), 0.5),
    "one in a thousand, Gaussian": (_rare_gaussian, 1e-3),
    "1e-6": (lambda: _uniform_company(40, 0.02, 0.69), 1e-6),
    "1e-8": (lambda: _uniform_company(60, 0.01, 0.515), 1e-8),
    "1e-8, of active neurons": (lambda: _uniform_company(100, -0.0065, 0.5), 1e-8),
    "1e-14": (lambda: _uniform_company(100, 0.01, 0.865), 1e-14),
}


@pytest.mark.parametrize("seed", range(60))
def test_the_mixture_is_a_density_and_bounds_its_weights(seed):
    net = _random_network(seed)
    mix = tilting.mixture(net)
    states = patterns.all_hidden_states(net.n_hidden)
    unstable = ~theory.is_fixed_point(net, states)
    if mix.expected == 0:
        assert not unstable.any()
        return
    log_ratio = tilting.log_ratio(mix, states, states.astype(float) @ mix.coupling.T)
    assert np.exp(log_ratio).mean() == pytest.approx(1, abs=1e-9)  # its mean over uniform states
    assert (-log_ratio[unstable] <= mix.log_bound + 1e-9).all()


def _tallied(drawn: np.ndarray, states: np.ndarray) -> np.ndarray:
    """How often each of all states was drawn."""
    digits = 1 << np.arange(states.shape[1])
    return np.bincount(drawn @ digits, minlength=len(states))[states @ digits]


def test_states_are_drawn_from_the_density():
    for seed in (1, 2, 3, 7):
        mix = tilting.mixture(_random_network(seed))
        states = patterns.all_hidden_states(len(mix.threshold))
        law = np.exp(tilting.log_ratio(mix, states, states.astype(float) @ mix.coupling.T)) / len(states)
        counts = _tallied(tilting.draw(mix, 100_000, seed=5), states)
        frequent = law > 1e-4
        assert frequent.any()
        seen, expected = ([*x[frequent], x[~frequent].sum() + 1e-9] for x in (counts, law * 100_000))
        assert stats.chisquare(seen, expected).pvalue > 1e-4


def test_tilts_move_rare_fields_to_their_thresholds_only():
    net = Network.gaussian(640, 16, seed=3, threshold=np.linspace(-0.2, 0.9, 16))
    mix = tilting.mixture(net)
    others = mix.coupling - np.diag(np.diag(mix.coupling))
    target = np.stack([net.threshold, net.threshold - np.diag(mix.coupling)])
    mean = (others * expit(mix.tilt[:, :, None] * others)).sum(axis=-1)
    plain = np.broadcast_to(others.sum(axis=1) / 2, (2, 16))
    rare = np.stack([plain[0] < target[0], plain[1] > target[1]])
    possible = mix.weight > 0
    assert rare.any() and not rare.all() and not possible.all()
    assert (mix.tilt[~rare] == 0).all()
    assert np.allclose(mean[rare & possible], target[rare & possible], atol=1e-6)


@pytest.mark.parametrize("name", _KNOWN)
def test_estimates_are_unbiased_and_intervals_cover(name):
    make, order = _KNOWN[name]
    net, exact = make()
    assert 0.1 * order < exact < 3 * order
    covered, off, spread = _repeats(tilting.mixture(net), exact, n_samples=500, repeats=300)
    assert abs(off) < 4
    assert spread < 2.5  # plain sampling: 1/√share, 10,000 for a share of 1e-8
    assert stats.binomtest(round(300 * covered), 300, 0.95).pvalue > 1e-3, covered


def test_a_broken_weight_is_caught():
    net, exact = _uniform_company(60, 0.01, 0.515)
    mix = tilting.mixture(net)
    for broken in (
        dataclasses.replace(mix, cumulant=mix.cumulant + math.log(2)),  # the factor 2 left out
        dataclasses.replace(mix, tilt=0.9 * mix.tilt),  # drawn with another tilt than K is of
        dataclasses.replace(mix, uniform=0.1),  # weights that do not add up to 1
    ):
        covered, off, _ = _repeats(broken, exact, n_samples=500, repeats=40)
        assert covered < 0.8 and abs(off) > 4


@pytest.mark.slow
@pytest.mark.parametrize("name", _KNOWN)
def test_two_thousand_intervals_cover_at_the_nominal_rate(name):
    net, exact = _KNOWN[name][0]()
    covered, off, _ = _repeats(tilting.mixture(net), exact, n_samples=1000, repeats=2000)
    assert 0.94 <= covered <= 0.965 and abs(off) < 4


def test_where_nothing_is_rare_intervals_are_about_as_wide_as_plain_ones():
    for seed, ratio in ((0, 3), (1, 8), (0, 8)):
        net = Network.gaussian(14 * ratio, 14, seed=seed)
        share = 1 - _listed(net)
        found = tilting.unstable_share(net, n_samples=4000, seed=0)
        plain = 1.96 * math.sqrt(share * (1 - share) / 4000)
        assert 0.02 < share < 0.98 and (found.upper - found.lower) / 2 < 1.1 * plain


def test_no_interval_has_zero_width_unless_nothing_can_be_violated():
    never = tilting.unstable_share(_with_coupling(np.eye(5), 0.5))
    assert never.estimate == never.lower == never.upper == 0
    net, exact = _uniform_company(60, 0.01, 0.515)
    mix = tilting.mixture(net)
    missed = 0
    for seed in range(60):  # one to three samples: often without a hit
        found = tilting.share_interval(mix, n_samples=1 + seed % 3, seed=seed, confidence=0.95)
        missed += found.estimate == 0
        if found.estimate == 0:
            assert found.lower == 0 and found.upper >= exact
    assert missed > 10
    always = tilting.unstable_share(_with_coupling(-np.eye(1), -0.5), n_samples=200)  # both states: Z = 1, always
    assert always.estimate == pytest.approx(1) and always.lower < 0.99


def test_weights_equal_up_to_rounding_give_a_finite_interval(monkeypatch):
    mix = tilting.mixture(_uniform_company(60, 0.01, 0.515)[0])
    nearly = mix.log_bound - 1 - 1e-15 * np.arange(100)
    monkeypatch.setattr(tilting, "log_samples", lambda *args, **options: nearly)
    found = tilting.share_interval(mix, n_samples=100, seed=0, confidence=0.95)
    assert found.lower < 0.97 * found.estimate and found.upper > 1.03 * found.estimate


def test_samples_depend_on_the_seed_and_not_on_threads():
    mix = tilting.mixture(Network.gaussian(4000, 200, seed=0))
    with threadpool_limits(1):
        one = tilting.log_samples(mix, 12_000, seed=3)
    with threadpool_limits(2):
        two = tilting.log_samples(mix, 12_000, seed=3)
    hit = np.isfinite(one)
    assert (np.isfinite(two) == hit).all() and np.allclose(one[hit], two[hit], rtol=1e-12)
    assert not np.array_equal(np.isfinite(tilting.log_samples(mix, 12_000, seed=4)), hit)


def _asymmetric(n: int, ratio: int, seed: int) -> Network:
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((ratio * n, n))
    feedback = weights.T + rng.standard_normal(weights.T.shape)
    return Network(weights, feedback=feedback, threshold=rng.uniform(0.3, 0.6, n))


_SPLIT = {
    "N_v = N_h": lambda: Network.gaussian(16, 16, seed=5),
    "N_v = 2 N_h": lambda: Network.gaussian(36, 18, seed=5),
    "N_v = 5 N_h": lambda: Network.gaussian(80, 16, seed=5),
    "asymmetric": lambda: _asymmetric(16, 2, 1),
    "three states": lambda: _with_coupling(0.2 * np.eye(16) + 0.25 * _normal(16, 24), 0.5),
}


def _normal(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, n))


@pytest.mark.parametrize("name", _SPLIT)
def test_splitting_is_unbiased_against_listing(name):
    net = _SPLIT[name]()
    exact = _listed(net)
    assert 0 < exact < 0.5
    found = splitting.stable_share(net, n_particles=60, n_replicates=60, seed=1)
    relative = np.exp2(found.replicates) / exact
    assert abs(relative.mean() - 1) < 4 * relative.std(ddof=1) / math.sqrt(60) < 0.25
    assert math.log2(relative.mean() * exact) == pytest.approx(found.log2_share)


def test_splitting_is_unbiased_with_any_number_of_particles():
    net = Network.gaussian(20, 10, seed=3)
    exact = _listed(net)
    relative = np.exp2(splitting.stable_share(net, n_particles=4, n_replicates=1000, seed=0).replicates) / exact
    error = relative.std(ddof=1) / math.sqrt(1000)
    assert error < 0.03 and abs(relative.mean() - 1) < 4 * error


@pytest.mark.parametrize(("n_blocks", "ratio"), [(10, 2), (6, 1)])
def test_splitting_finds_a_product_far_below_what_sampling_could(n_blocks, ratio):
    net, log2_exact = _blocks(n_blocks, 12, ratio)
    found = splitting.stable_share(net, n_particles=100, seed=2, confidence=0.999)
    assert log2_exact < -30
    assert found.log2_lower <= log2_exact <= found.log2_upper
    assert found.log2_upper - found.log2_lower < 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["N_v = 2 N_h", "three states"])
def test_splitting_intervals_cover_at_the_nominal_rate(name):
    net = _SPLIT[name]()
    log2_exact = math.log2(_listed(net))
    covered = 0
    for seed in range(200):
        found = splitting.stable_share(net, n_particles=50, seed=seed)
        covered += found.log2_lower - 1e-9 <= log2_exact <= found.log2_upper + 1e-9
    assert stats.binomtest(covered, 200, 0.95).pvalue > 1e-3, covered


def test_bit_flips_keep_the_tempered_law_and_the_fields():
    net = _with_coupling(np.diag([1.0, 0.4, 0.9, 0.2]) + 0.1 * np.round(3 * _normal(4, 0)), 0.3)  # with ties
    columns, threshold = splitting.whole_numbers(net)
    every = patterns.all_hidden_states(4).astype(np.int64)
    violated = ((every @ columns - threshold > 0) != (every > 0)).sum(axis=1)
    assert len(set(violated)) > 2
    law = np.exp(-0.7 * violated) / np.exp(-0.7 * violated).sum()
    generator = np.random.default_rng(0)
    for start in (law, np.full(16, 1 / 16)):  # from the law itself a few flips, from elsewhere many
        attempts = 3 if start is law else 200
        states = every[generator.choice(16, 40_000, p=start)]
        fields = states @ columns - threshold
        violations = ((fields > 0) != (states > 0)).sum(axis=1)
        flips = splitting._move(states, fields, violations, columns, 0.7, attempts, generator)
        assert 0.2 < flips / (40_000 * attempts) < 0.95
        assert (fields == states @ columns - threshold).all()
        assert (violations == ((fields > 0) != (states > 0)).sum(axis=1)).all()
        assert stats.chisquare(_tallied(states, every), law * 40_000).pvalue > 1e-4


def test_flips_of_a_large_network_keep_the_fields():
    net = Network.gaussian(1200, 600, seed=0)  # more neurons than are looked at in one go
    columns, threshold = splitting.whole_numbers(net)
    coupling = theory.effective_coupling(net)
    assert np.allclose(columns * np.diag(coupling) / np.diag(columns), coupling.T, rtol=0, atol=1e-15)
    generator = np.random.default_rng(0)
    population = states, fields, violations = splitting._uniform(columns, threshold, 5, generator)
    before = violations.mean()
    assert splitting._move(*population, columns, 3.0, 3000, generator) > 0
    assert (fields == states @ columns - threshold).all()
    assert (violations == ((fields > 0) != (states > 0)).sum(axis=1)).all()
    assert violations.mean() < before / 2


def test_splitting_is_reproducible_and_returns_limits_without_a_hit():
    net = Network.gaussian(32, 16, seed=5)
    first, again, other = (splitting.stable_share(net, n_particles=20, n_replicates=3, seed=s) for s in (1, 1, 2))
    assert (first.replicates == again.replicates).all() and (first.replicates != other.replicates).any()
    none = splitting.stable_share(_with_coupling(-np.eye(12), -0.5), n_particles=20)  # no fixed point at all
    assert none.log2_share == none.log2_lower == -math.inf and -8 < none.log2_upper < -6
    one = splitting.stable_share(_with_coupling(-np.eye(3), 0.5), n_particles=20)  # on is never right: only all-off
    assert one.log2_share == pytest.approx(-3, abs=0.5) and one.log2_lower >= -3 - 1e-9
    for particles, replicates in ((1, 20), (20, 1)):
        with pytest.raises(InvalidInput, match="whole number >= 2"):
            splitting.stable_share(net, n_particles=particles, n_replicates=replicates)


@pytest.mark.parametrize(
    ("ratio", "method"),
    [(1, "splitting"), (1.6, "plain sampling"), (3, "importance sampling"), (20, "importance sampling")],
)
def test_the_estimate_takes_the_method_that_suits(ratio, method):
    net = Network.gaussian(int(16 * ratio), 16, seed=0)
    exact = _listed(net)
    found = estimate_share(net, n_samples=60_000, seed=3, confidence=0.999)
    assert found.method == method
    assert found.log2_lower < math.log2(exact) < found.log2_upper
    assert found.unstable_lower < 1 - exact < found.unstable_upper
    assert found.log2_lower < found.log2_share < found.log2_upper
    for unstable, log2 in (
        (found.unstable_share, found.log2_share),
        (found.unstable_lower, found.log2_upper),
        (found.unstable_upper, found.log2_lower),
    ):
        assert 1 - unstable == pytest.approx(2**log2, rel=1e-9)
    again = estimate_share(net, n_samples=60_000, seed=3, confidence=0.999)
    assert again == found != estimate_share(net, n_samples=60_000, seed=4, confidence=0.999)


def test_shares_near_one_keep_the_digits_of_the_complement():
    net, exact = _uniform_company(100, 0.01, 0.835)
    assert 1e-14 < exact < 1e-11
    found = estimate_share(net, n_samples=20_000, seed=1, confidence=0.999)
    assert found.unstable_lower < exact < found.unstable_upper < 1.2 * found.unstable_lower
    assert found.log2_share == pytest.approx(-found.unstable_share / math.log(2), rel=1e-9, abs=0)
    assert found.log2_lower < -exact / math.log(2) < found.log2_upper < 0


def test_a_certified_network_has_nothing_to_estimate():
    found = estimate_share(Network.gaussian(6000, 6, seed=0))
    assert found.method == "certificate" and found.n_samples == 0
    assert found.log2_share == found.log2_lower == found.unstable_upper == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_samples": 99}, "n_samples must be a whole number >= 100"),
        ({"n_samples": 1e5}, "n_samples"),
        ({"seed": -1}, "seed"),
        ({"confidence": 1.0}, "confidence"),
    ],
)
def test_bad_requests_are_refused(options, words):
    with pytest.raises(InvalidInput, match=words):
        estimate_share(Network.gaussian(10, 4, seed=0), **options)


def test_networks_without_heaviside_units_are_refused():
    with pytest.raises(InvalidInput, match="Heaviside"):
        estimate_share(Network.gaussian(10, 4, seed=0, hidden_activation=Sigmoid()))


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_couplings_beyond_float64_are_estimated(size):
    net = Network(np.full((2, 2), size), threshold=0.0)  # all off or all on: 2 of 4 states
    found = estimate_share(net, n_samples=1000)
    assert found.unstable_lower <= 0.5 <= found.unstable_upper < 0.7
    split = splitting.stable_share(net, n_particles=50, n_replicates=5)
    assert -1.5 < split.log2_lower <= -1 <= split.log2_upper < -0.5


def test_exact_ties_of_whole_numbers_are_inactive_in_every_estimate():
    """Many fields of ±1 weights are at θ = ½, where rounding of k/N_v would decide."""
    net = Network.random(180, 34, ensemble="rademacher", seed=0)
    states = np.random.default_rng(1).random((20_000, 34)) < 0.5
    gram = (net.weights.T @ net.weights).astype(int)
    right = ((2 * (states.astype(int) @ gram) > 180) == states).all(axis=1)
    assert (theory.is_fixed_point(net, states) != right).any()
    mix, (columns, whole) = tilting.mixture(net), splitting.whole_numbers(net)
    for coupling, threshold in ((mix.coupling.T, mix.threshold), (columns, whole)):
        found = ((states.astype(coupling.dtype) @ coupling > threshold) == states).all(axis=1)
        np.testing.assert_array_equal(found, right)
