"""Capacity from moments against the exact law, random synapses and counted states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import InvalidInput, Network, patterns, theory
from neurosim.constraints import (
    Asymmetric,
    Bounded,
    Dale,
    DeadNeurons,
    DeadSynapses,
    Homeostatic,
    Quantised,
    Sparse,
    SpreadThreshold,
    StuckSynapses,
    SynapticNoise,
    constrain,
    stream,
)
from neurosim.measure.constraints.laws import stored
from neurosim.theory import Moments, best_threshold, stable_share

GAUSSIAN = Moments.gaussian()
NAMES = ("w", "b", "ww", "bb", "bw", "bbw", "bbww")
# constraints → what theory makes of Gaussian moments
AFTER = {
    "sparse": ([Sparse(0.2)], GAUSSIAN.sparse(0.2)),
    "one way": ([Sparse(0.4, reciprocal=False)], GAUSSIAN.sparse(0.4, reciprocal=False)),
    "asymmetric": ([Asymmetric(0.6)], GAUSSIAN.asymmetric(0.6)),
    "noisy": ([SynapticNoise(0.7)], GAUSSIAN.noisy(0.7)),
    "dead synapses": ([DeadSynapses(0.3)], GAUSSIAN.thinned(0.7, together=False)),
    "stuck synapses": ([StuckSynapses(0.3)], GAUSSIAN.stuck(0.3)),
    "dale": ([Dale(0.7, 0.5)], Moments.dale(0.7, 0.5)),
    "pool": ([Dale(0.7, 0.5, "pool")], Moments.dale(0.7, 0.5, pool=True)),
    "dale, dead": ([Dale(0.7, 0.5), DeadSynapses(0.5)], Moments.dale(0.7, 0.5).thinned(0.5, together=False)),
    "dale, sparse": ([Dale(0.7, 0.5), Sparse(0.5)], Moments.dale(0.7, 0.5).sparse(0.5)),
}


@pytest.mark.parametrize("name", AFTER)
def test_moments_are_those_of_drawn_synapses(name):
    several, moments = AFTER[name]
    net = constrain(Network.gaussian(20_000, 20, seed=1), several, seed=2)
    w, b = net.weights, net.feedback_weights.T
    rows, columns = [np.ones(20_000, bool)], [np.ones(20, bool)]
    if isinstance(several[0], Dale):
        circuit = several[0].circuit(Network.gaussian(20_000, 20, seed=1), stream(2))
        rows, columns = ([signs > 0, signs < 0] for signs in (circuit.visible_sign, circuit.hidden_sign))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            here, back = w[row][:, column], b[row][:, column]
            for product, values in zip(
                NAMES, (here, back, here**2, back**2, back * here, back**2 * here, (back * here) ** 2), strict=True
            ):
                off = values.mean() - getattr(moments, product)[i, j]
                # pools take sample means away: (2/3)‰ of an rms more
                assert abs(off) < 6 * values.std() / np.sqrt(values.size) + 2e-3, (product, i, j, off)


@pytest.mark.parametrize(
    ("constraint", "after"),
    [
        (Asymmetric(0.6), lambda m: m.asymmetric(0.6)),
        (SynapticNoise(0.7), lambda m: m.noisy(0.7)),
        (StuckSynapses(0.3), lambda m: m.stuck(0.3)),
        (DeadSynapses(0.3), lambda m: m.thinned(0.7, together=False)),
    ],
    ids=["asymmetric", "noisy", "stuck", "dead"],  # processes must agree on names, and a lambda's has its address
)
def test_moments_of_weights_that_have_a_mean(constraint, after):
    free = Network(weights=Network.gaussian(20_000, 20, seed=1).weights + 1)
    net = constrain(free, [constraint], seed=2)
    moments = after(Moments.of((lambda x: x + 1, lambda x: x + 1)))
    w, b = net.weights, net.feedback.T
    products = (w, b, w**2, b**2, b * w, b**2 * w, (b * w) ** 2)
    for name, values in zip(NAMES, products, strict=True):
        assert abs(values.mean() - getattr(moments, name).item()) < 6 * values.std() / np.sqrt(values.size) + 2e-3, name


# --- what theory predicts, in numbers ------------------------------------------------------------------------


def test_reciprocal_sparsening_only_spreads_the_self_coupling():
    for p in (0.5, 0.1, 0.01):
        sparse = GAUSSIAN.sparse(p)
        assert sparse.self_coupling == pytest.approx(1) and sparse.visible_factor == pytest.approx(1)
        assert (sparse.bbww - sparse.bw**2).item() == pytest.approx(3 / p - 1)
        even = sparse.homeostatic().field(True, np.zeros((1, 1, 1)), 100)
        assert even[0] == pytest.approx(1) and even[1] == pytest.approx(0)


def test_without_reciprocity_there_are_p_squared_as_many_visible_neurons():
    for p in (0.7, 0.2):
        one_way = GAUSSIAN.sparse(p, reciprocal=False)
        assert one_way.self_coupling == pytest.approx(1) and one_way.visible_factor == pytest.approx(p**2)


def test_one_bit_weights_have_equal_self_couplings():
    bit = Moments.transformed(np.sign)
    assert (bit.bbww - bit.bw**2).item() == pytest.approx(0, abs=1e-9) and bit.visible_factor == pytest.approx(1)


def test_dales_law_by_cutting_and_with_pools():
    balanced = Moments.dale(0.5, 0.5)
    assert np.allclose(balanced.self_coupling, 1 / 4) and balanced.visible_factor == pytest.approx(1 / 4)
    assert np.allclose(balanced.crosstalk, 0, atol=1e-7)
    for f in (0.5, 0.8, 1.0):
        cut, pooled = Moments.dale(f, 0.8), Moments.dale(f, 0.8, pool=True)
        assert np.allclose(cut.self_coupling, [f / 2, (1 - f) / 2])
        assert np.allclose(cut.crosstalk, np.array([1, -1]) * (2 * f - 1) / (2 * np.pi))
        assert np.allclose(pooled.crosstalk, 0, atol=1e-7) and np.allclose(pooled.w, 0, atol=1e-7)
        assert np.allclose(pooled.ww, 1 / 2 - 1 / (2 * np.pi))
        same, other = 1 / 2 - 1 / (2 * np.pi), 1 / (2 * np.pi)
        assert np.allclose(pooled.self_coupling, [f * same + (1 - f) * other, (1 - f) * same + f * other])
    assert Moments.dale(1.0, 1.0, pool=True).visible_factor == pytest.approx(1)  # all excitatory: nothing is lost


def test_correlation_is_the_self_coupling_and_dead_neurons_halve_the_best_threshold():
    assert GAUSSIAN.asymmetric(0.3).self_coupling == pytest.approx(0.3)
    assert GAUSSIAN.asymmetric(0.3).visible_factor == pytest.approx(0.09)
    for d in (0.0, 0.4):
        dead = GAUSSIAN.silenced(d)
        assert dead.self_coupling == pytest.approx(1 - d) and dead.visible_factor == pytest.approx(1 - d)
        assert best_threshold(dead, 2_000, 20) == pytest.approx((1 - d) / 2, abs=0.03)


@pytest.mark.parametrize(("n_visible", "n_hidden", "d"), [(1000, 10, 0.45), (1000, 10, 0.4), (200, 8, 0.3)])
def test_dead_visible_neurons_are_equivalent_to_fewer_neurons(n_visible, n_hidden, d):
    left = round((1 - d) * n_visible)
    fewer = stable_share(GAUSSIAN, left, n_hidden, 0.5 / (1 - d))
    assert stable_share(GAUSSIAN.silenced(d), n_visible, n_hidden, 0.5) == pytest.approx(fewer, rel=1e-9)
    exact = theory.expected_fixed_points(left, n_hidden, 0.5 / (1 - d)).share
    assert stored([DeadNeurons(visible=d)], n_visible, n_hidden) == pytest.approx(exact, rel=1e-12)
    both = stored([DeadNeurons(visible=d, hidden=0.5)], n_visible, n_hidden)
    rest = theory.expected_fixed_points(left, n_hidden // 2, 0.5 / (1 - d)).share
    assert both == pytest.approx(rest / 2 ** (n_hidden // 2), rel=1e-12)


@pytest.mark.parametrize(("n_visible", "n_hidden"), [(10_000, 10), (50_000, 50), (100_000, 10)])
def test_the_best_threshold_lies_in_the_middle_also_where_hardly_a_state_is_lost(n_visible, n_hidden):
    # an active neuron has J_μμ and the crosstalk of one neuron less, so a little below a/2 would do as well
    assert best_threshold(GAUSSIAN, n_visible, n_hidden) == pytest.approx(0.5, abs=0.06)
    assert stable_share(GAUSSIAN, n_visible, n_hidden, 0.5) <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stable_share(GAUSSIAN, 100, 5, np.full(5, 0.5)), "threshold must be one finite number"),
        (lambda: stable_share(GAUSSIAN, 100, 5, np.nan), "threshold must be finite"),
        (
            lambda: stable_share(GAUSSIAN, 100, 5, 0.5, threshold_std=-1),
            "threshold_std must be a finite number >= 0",
        ),
        (lambda: stable_share(GAUSSIAN, 100.0, 5, 0.5), "n_visible must be a whole number >= 1, got 100.0"),
        (lambda: GAUSSIAN.sparse(0), "density must be a finite number > 0 and <= 1, got 0"),
        (lambda: GAUSSIAN.sparse(3), "density must be a finite number > 0 and <= 1, got 3"),
        (lambda: GAUSSIAN.asymmetric(2), "correlation must be a number from 0 to 1, got 2"),
        (lambda: GAUSSIAN.thinned(2, together=True), "kept must be a number from 0 to 1, got 2"),
        (lambda: GAUSSIAN.silenced(-0.1), "share must be a number from 0 to 1, got -0.1"),
        (lambda: GAUSSIAN.stuck(1.1), "share must be a number from 0 to 1, got 1.1"),
        (lambda: GAUSSIAN.noisy(np.inf), "std must be a finite number >= 0, got inf"),
        (lambda: Moments.dale(2, 0.5), "excitatory_visible must be a number from 0 to 1, got 2"),
    ],
    ids=range(12),
)
def test_bad_arguments_of_moments(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


@settings(max_examples=30, deadline=None)
@given(p=st.floats(0.05, 1), q=st.floats(0.05, 1))
def test_constraints_combine(p, q):
    one, both = GAUSSIAN.sparse(p * q), GAUSSIAN.sparse(p).sparse(q)
    assert all(np.allclose(getattr(one, name), getattr(both, name)) for name in NAMES)
    dead = GAUSSIAN.thinned(p, together=False).thinned(q, together=False)
    assert np.allclose(dead.bbww, GAUSSIAN.thinned(p * q, together=False).bbww)
    assert stable_share(GAUSSIAN.scaled(2.0, 0.5), 200, 10, 0.5) == pytest.approx(stable_share(GAUSSIAN, 200, 10, 0.5))
    assert stable_share(GAUSSIAN.scaled(2.0, 2.0), 200, 10, 2.0) == pytest.approx(stable_share(GAUSSIAN, 200, 10, 0.5))


# --- against what is exact or counted ------------------------------------------------------------------------


@pytest.mark.parametrize(("n_hidden", "ratio"), [(10, 2), (10, 5), (10, 10), (10, 100), (20, 5), (50, 10)])
def test_the_normal_approximation_has_the_documented_error(n_hidden, ratio):
    exact = theory.expected_fixed_points(ratio * n_hidden, n_hidden, 0.5).share
    assert stable_share(GAUSSIAN, ratio * n_hidden, n_hidden, 0.5) == pytest.approx(
        exact, abs=0.015 if ratio < 10 else 0.004
    )


@pytest.mark.parametrize("name", ["sparse", "one way", "dale", "pool", "stuck synapses"])
def test_fields_have_the_predicted_mean_and_variance(name):
    several, moments = AFTER[name]
    state = np.array([1, 1, 1, 1, 0, 0, 0, 0], bool)
    fields, means, variances = [], [], []
    for seed in range(300):
        net = constrain(Network.gaussian(100, 8, seed=seed), several, seed=seed)
        fields.append(theory.effective_coupling(net) @ state)
        sign = np.zeros(8, int)
        if isinstance(several[0], Dale):
            hidden = several[0].circuit(Network.gaussian(100, 8, seed=seed), stream(seed)).hidden_sign
            sign = (hidden < 0).astype(int)
        for mu in range(8):
            others = np.bincount(sign[state & (np.arange(8) != mu)], minlength=len(moments.hidden_share))
            mean, std = moments.field(bool(state[mu]), others[None, None, :], 100)
            means.append(mean[0, sign[mu]])
            variances.append(std[0, sign[mu]] ** 2)
    off = (np.ravel(fields) - means).reshape(300, 8)
    expected = np.reshape(variances, (300, 8))
    for which in (state, ~state):
        error = off[:, which]
        assert abs(error.mean()) < 5 * np.sqrt(expected[:, which].mean() / 300)
        assert (error**2).mean() == pytest.approx(expected[:, which].mean(), rel=0.15)


# constraints, moments, visible neurons per hidden one, threshold, how far theory may be off
COUNTED = {
    "sparse": ([Sparse(0.1)], GAUSSIAN.sparse(0.1), 100, 0.5, 0.02),
    "sparser": ([Sparse(0.02)], GAUSSIAN.sparse(0.02), 100, 0.5, 0.02),
    "homeostatic": ([Sparse(0.02), Homeostatic()], GAUSSIAN.sparse(0.02).homeostatic(), 100, 0.5, 0.01),
    "one way": ([Sparse(0.3, reciprocal=False)], GAUSSIAN.sparse(0.3, reciprocal=False), 100, 0.5, 0.02),
    "one bit": ([Quantised(1)], Moments.transformed(np.sign), 10, 0.5, 0.03),
    "bounded": (
        [Bounded(0.5), Homeostatic()],
        Moments.transformed(lambda x: np.clip(x, -0.5, 0.5)).homeostatic(),
        10,
        0.5,
        0.03,
    ),
    "asymmetric": ([Asymmetric(0.5)], GAUSSIAN.asymmetric(0.5), 50, 0.24, 0.02),
    "noisy": ([SynapticNoise(2.0)], GAUSSIAN.noisy(2.0), 100, 0.5, 0.02),
    "stuck": ([StuckSynapses(0.5)], GAUSSIAN.stuck(0.5), 100, 0.12, 0.02),
    "dead": ([DeadSynapses(0.3)], GAUSSIAN.thinned(0.7, together=False), 50, 0.3, 0.02),
    "dead neurons": ([DeadNeurons(visible=0.5)], GAUSSIAN.silenced(0.5), 20, 0.25, 0.02),
    "cut": ([Dale(0.5, 0.5)], Moments.dale(0.5, 0.5), 50, 0.11, 0.02),
    "cut, unbalanced": ([Dale(0.8, 0.8)], Moments.dale(0.8, 0.8), 100, 0.36, 0.03),
    "pool": ([Dale(0.8, 0.8, "pool"), Homeostatic()], Moments.dale(0.8, 0.8, pool=True).homeostatic(), 20, 0.5, 0.03),
}


@pytest.mark.parametrize("name", COUNTED)
def test_stable_states_are_as_many_as_counted(name):
    several, moments, ratio, threshold, off = COUNTED[name]
    states, shares = patterns.all_hidden_states(10), []
    for seed in range(60):
        net = constrain(Network.gaussian(ratio * 10, 10, seed=seed, threshold=threshold), several, seed=seed)
        shares.append(theory.is_fixed_point(net, states).mean())
    error = np.std(shares) / np.sqrt(60)
    assert abs(np.mean(shares) - stable_share(moments, ratio * 10, 10, threshold)) < 3 * error + off, np.mean(shares)


def test_the_mean_crosstalk_of_an_unbalanced_split_removes_capacity_and_a_pool_restores_it():
    for n_hidden in (20, 50, 100):
        cut, pool = (Moments.dale(0.8, 0.8, pool=pool).homeostatic() for pool in (False, True))
        best = best_threshold(cut, 100 * n_hidden, n_hidden)
        assert stable_share(cut, 100 * n_hidden, n_hidden, best) < 2.4 / n_hidden
        assert stable_share(pool, 100 * n_hidden, n_hidden, 0.5) > 0.99


def test_spread_thresholds():
    shares = []
    for seed in range(60):
        net = constrain(Network.gaussian(1000, 10, seed=seed), [SpreadThreshold(0.2)], seed=seed)
        shares.append(theory.is_fixed_point(net, patterns.all_hidden_states(10)).mean())
    law = stable_share(GAUSSIAN, 1000, 10, 0.5, threshold_std=0.2)
    assert abs(np.mean(shares) - law) < 3 * np.std(shares) / np.sqrt(60) + 0.01


def test_states_without_noise_are_decided_by_their_sides():
    assert stable_share(GAUSSIAN.scaled(0.0, 0.0), 10, 4, 0.0) == pytest.approx(1 / 16)  # off at the threshold itself
    assert stable_share(GAUSSIAN.scaled(0.0, 0.0), 10, 4, -0.1) == pytest.approx(1 / 16)  # all on
    with pytest.raises(InvalidInput, match="n_visible must be a whole number >= 1, got 0"):
        stable_share(GAUSSIAN, 0, 4, 0.5)


def test_classes_have_whole_numbers_of_neurons_as_dales_law_rounds_them():
    six, too = (stable_share(Moments.dale(0.5, share), 800, 8, 0.11) for share in (0.75, 0.7))  # 6, and 5.6 → 6
    assert six == pytest.approx(too, rel=1e-12)


def test_symmetric_weights_with_a_mean_have_fields_that_depend_on_the_active_neurons():
    moments = Moments.of((lambda x: x + 1, lambda x: x + 1))
    assert Moments.gaussian().is_symmetric and not moments.is_symmetric
