"""Exact statements on networks whose products of weights overflow or underflow, against rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from neurosim import InvalidInput, Network, patterns, theory
from neurosim.measure.basins.neighbours import nearest_attractor
from neurosim.measure.basins.shocks import minimal_fatal_shock
from neurosim.measure.capacity import branching, enumeration, overlaps, splitting, unions
from neurosim.measure.capacity.estimate import estimate_share
from neurosim.measure.capacity.fixed_points import count_fixed_points
from neurosim.measure.capacity.rounding import field_bounds
from neurosim.theory.scaling import rescaled


def exact_distances(net):
    """(Js)_μ − θ_μ for all states, in rational arithmetic, J included."""
    weights = [[Fraction(x) for x in column] for column in net.weights.T.tolist()]
    feedback = [[Fraction(x) for x in row] for row in net.feedback_weights.tolist()]
    coupling = [[sum(b * w for b, w in zip(r, c, strict=True)) / net.n_visible for c in weights] for r in feedback]
    theta = [Fraction(x) for x in net.threshold.tolist()]
    return [
        [
            sum((j for j, on in zip(row, state, strict=True) if on), Fraction(0)) - t
            for row, t in zip(coupling, theta, strict=True)
        ]
        for state in patterns.all_hidden_states(net.n_hidden).tolist()
    ]


def exact_counts(net):
    """Return the numbers of fixed and of stable states, and the smallest margin of any state."""
    states, distances = patterns.all_hidden_states(net.n_hidden).tolist(), exact_distances(net)
    fixed = stable = 0
    margins = []
    for state, row in zip(states, distances, strict=True):
        fixed += all((d > 0) == on for d, on in zip(row, state, strict=True))
        margins.append(min(d if on else -d for d, on in zip(row, state, strict=True)))
        stable += margins[-1] > 0
    return fixed, stable, min(margins)


def extreme_network(seed):
    """Weights of few digits or of all, times powers of two from 2^−1070 to 2^1000: alike, by row, by column, mixed."""
    rng = np.random.default_rng(seed)
    n, n_visible, kind = int(rng.integers(1, 6)), int(rng.integers(1, 9)), seed % 6
    weights = rng.integers(-8, 9, (n_visible, n)) / 4 if rng.random() < 0.5 else rng.standard_normal((n_visible, n))
    threshold, feedback = np.round(rng.uniform(-0.5, 1, n) * 4) / 4, None
    power = int(rng.choice([-1060, -800, -540, -530, -310, 310, 500, 900]))
    with np.errstate(over="ignore", under="ignore"):
        if kind in (0, 1):
            weights, threshold = np.ldexp(weights, power), np.ldexp(threshold, 2 * power)
        elif kind < 5:
            shape = ((n_visible, 1), (1, n), (n_visible, n))[kind - 2]
            weights = np.ldexp(weights, rng.integers(-1070, 1000, shape))
        else:
            feedback = np.ldexp(rng.integers(-8, 9, (n, n_visible)) / 4, -power)
            weights = np.ldexp(weights, power)
    if seed % 3 == 0:
        threshold = rng.choice([0, 5e-324, 1e-310, -1e-200, 1e300, -1e308], n)
    limit = np.finfo(float).max
    arrays = (None if array is None else np.clip(array, -limit, limit) for array in (weights, threshold, feedback))
    weights, threshold, feedback = arrays
    return Network(weights, threshold=threshold, feedback=feedback)


@pytest.mark.parametrize("part", range(6))
def test_counts_and_certificates_are_exact_at_any_size_of_the_weights(part):
    scaled = some_fixed = 0
    for seed in range(25 * part, 25 * part + 25):
        net = extreme_network(seed)
        fixed, stable, margin = exact_counts(net)
        found = count_fixed_points(net)
        assert found["exact"] and found["count"].item() == fixed and found["stable"].item() == stable, seed
        shares = unions.violation_shares(net, n_cells=64)
        for tally in (branching.count(net), enumeration.tally(net), overlaps.count(net, shares)):
            assert tally.lower <= fixed <= tally.upper and tally.stable <= stable, seed
        lower, upper = shares.count_limits()
        assert lower <= fixed <= upper
        certificate = theory.certify_all_states(net)
        assert margin >= 0 or not certificate.holds
        if np.isfinite(certificate.rounding):
            assert abs(Fraction(certificate.margin) - margin) <= Fraction(certificate.rounding)
        assert theory.max_flips_any_state(net) >= most_wrong_bits(net)
        scaled += not rescaled(net).is_exact
        some_fixed += 0 < fixed < 2**net.n_hidden
    assert scaled > 15 and some_fixed > 10


def most_wrong_bits(net):
    states = patterns.all_hidden_states(net.n_hidden).tolist()
    return max(
        sum((d > 0) != on for d, on in zip(row, state, strict=True))
        for row, state in zip(exact_distances(net), states, strict=True)
    )


@pytest.mark.parametrize("power", [-1060, -700, -540, -310, -3, 3, 310, 500])
def test_a_power_of_two_in_the_weights_and_its_square_in_the_thresholds_change_nothing(power):
    states = patterns.all_hidden_states(4)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        weights = rng.integers(-8, 9, (6, 4)) / 4  # exact times any of the powers
        bits = -16 if seed % 2 else 16  # the thresholds survive only such powers, so that they are 0 at others
        threshold = rng.integers(-3, 4, 4) / 4 if abs(2 * power) < 1000 else np.zeros(4)
        if seed % 3 == 0:
            weights = np.ldexp(weights, rng.integers(min(bits, 0), max(bits, 1), (6, 1)) * (abs(power) < 1000))
        one = Network(weights, threshold=threshold)
        other = Network(np.ldexp(weights, power), threshold=np.ldexp(threshold, 2 * power))
        assert field_bounds(one).whole and field_bounds(other).whole
        first, second = count_fixed_points(one), count_fixed_points(other)
        for name in ("count", "lower", "upper", "stable", "exact"):
            assert first[name].item() == second[name].item()
        assert first["exact"] and first["count"].item() == exact_counts(one)[0]
        assert theory.certify_all_states(one).holds == theory.certify_all_states(other).holds
        assert (theory.is_fixed_point(one, states) == theory.is_fixed_point(other, states)).all()
        assert (np.sign(theory.stability_margin(one, states)) == np.sign(theory.stability_margin(other, states))).all()
        few = {"n_samples": 100, "seed": 0}
        assert estimate_share(one, **few).unstable_share == pytest.approx(estimate_share(other, **few).unstable_share)
        for mine, its in zip(splitting.whole_numbers(one), splitting.whole_numbers(other), strict=True):
            assert (np.sign(mine) == np.sign(its)).all()


@pytest.mark.parametrize("weight", [5e-324, 1e-320, 1e-317, 1e-200, 1e200, 1e308])
def test_one_neuron_with_positive_self_coupling_has_two_fixed_points_at_threshold_0(weight):
    found = count_fixed_points(Network([[weight]], threshold=0.0))
    assert (found["count"].item(), found["lower"].item(), found["upper"].item()) == (2, 2, 2)
    assert theory.is_fixed_point(Network([[weight]], threshold=0.0), [[0], [1]]).all()
    assert theory.stability_margin(Network([[weight]], threshold=0.0), [[1]])[0] > 0


@pytest.mark.parametrize("seed", range(40))
def test_float32_files_are_certified_for_the_weights_that_are_simulated(seed, tmp_path):
    """Cancelling weights whose coupling float32 loses: J_10 > 0 turns neuron 1 on although θ_1 = 0."""
    big = np.float32(2.0 ** (12 + seed % 8))
    np.save(tmp_path / "w.npy", np.array([[big, big], [1.0, 2.0**-seed], [big, -big]], dtype=np.float32))
    net = Network(np.load(tmp_path / "w.npy", mmap_mode="r"), threshold=[0.5, 0.0])
    fixed, _, margin = exact_counts(net)
    assert margin < 0 and not theory.certify_all_states(net).holds
    assert count_fixed_points(net)["count"].item() == fixed < 4


def test_the_bound_on_wrong_bits_includes_the_rounding_of_cancelling_weights():
    """J_10 = (a² + 5 − a²)/5 = 1 is lost, so that J seems to be I."""
    a = 2.0**60
    weights = np.array([[a, 0], [5, 0], [a, 0], [1, 0], [0, 1]])
    net = Network(weights, feedback=np.array([[0, 0, 0, 5, 0], [a, 1, -a, 0, 5]]))
    assert (theory.effective_coupling(net) == np.eye(2)).all()
    assert theory.max_flips_any_state(net) >= most_wrong_bits(net) == 1


def test_shocks_and_distances_refuse_weights_whose_products_leave_the_range():
    states = np.eye(2, dtype=bool)
    for size in (1e-200, 1e200):
        net = Network(size * np.eye(2), threshold=0.0)
        for call in (minimal_fatal_shock, nearest_attractor):
            with pytest.raises(InvalidInput, match=r"needs weights of sizes between 5e-91 and 2e\+90, .*; scale"):
                call(net, states)
