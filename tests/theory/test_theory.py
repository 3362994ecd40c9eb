"""Theory against closed forms for small networks, enumeration, and the paper's bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from neurosim import InvalidInput, Network, Sigmoid, patterns, theory


def network(n_visible, n_hidden, seed, symmetric=True, **parameters):
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((n_visible, n_hidden))
    feedback = None if symmetric else weights.T + rng.standard_normal((n_hidden, n_visible))
    return Network(weights=weights, feedback=feedback, **parameters)


def orthonormal(n_visible, n_hidden, **parameters):
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((n_visible, n_hidden)))[0]
    return Network(weights=np.sqrt(n_visible) * basis, **parameters)


def test_coupling_is_eq_6_elementwise():
    net = network(7, 3, 0)
    for mu in range(3):
        for nu in range(3):
            expected = sum(net.weights[i, mu] * net.weights[i, nu] for i in range(7)) / 7
            assert theory.effective_coupling(net)[mu, nu] == pytest.approx(expected, rel=1e-14)


def test_coupling_and_drive_use_the_feedback_weights():
    net = network(7, 3, 0, symmetric=False)
    np.testing.assert_allclose(theory.effective_coupling(net), net.feedback @ net.weights / 7, rtol=1e-14)
    v = np.arange(7.0)
    np.testing.assert_allclose(theory.drive(net, v), np.sqrt(3) / 7 * net.feedback @ v, rtol=1e-14)


def test_steady_state_drive_is_coupling_times_state():
    """Eqs. (11) and (16): u of the steady visible state is Js."""
    net = network(50, 4, 1, symmetric=False)
    states = patterns.all_hidden_states(4)
    u = theory.drive(net, theory.visible_state(net, states))
    np.testing.assert_allclose(u, states @ theory.effective_coupling(net).T, atol=1e-14)


@pytest.mark.parametrize(("ones", "expected"), [(4, [True, True]), (2, [True, False]), (1, [True, False])])
def test_one_neuron_by_hand(ones, expected):
    """N_h = 1, J = ones/4: off is fixed if θ ≥ 0; on is fixed if J > θ, strictly."""
    net = Network(weights=(np.arange(4) < ones)[:, None], threshold=0.5)
    assert theory.is_fixed_point(net, [[0], [1]]).tolist() == expected


def test_two_neurons_by_hand():
    """N_h = 2 with J = [[1, j], [j, 1]]: |11> needs 1 + j > θ; |10> needs j ≤ θ."""
    for j in (-0.6, -0.4, 0.0, 0.4, 0.6):
        chol = np.linalg.cholesky(np.array([[1, j], [j, 1]]))
        net = Network(weights=np.sqrt(2) * chol.T, threshold=0.5)
        states = patterns.all_hidden_states(2)  # 00, 10, 01, 11
        assert theory.is_fixed_point(net, states).tolist() == [True, j <= 0.5, j <= 0.5, 1 + j > 0.5]


def test_at_the_threshold_a_state_is_fixed_but_not_stable():
    net = Network(weights=np.ones((1, 1)), threshold=0.0)
    assert theory.is_fixed_point(net, [[0]])[0]
    assert theory.stability_margin(net, [[0]])[0] == 0.0


def test_the_margin_is_the_smallest_change_of_a_threshold_that_unfixes_a_state():
    net = network(40, 6, 3)
    states = patterns.all_hidden_states(6)
    fixed = theory.is_fixed_point(net, states)
    margin = theory.stability_margin(net, states)
    assert ((margin > 0) == fixed).all()
    for state, m in zip(states[fixed], margin[fixed], strict=True):
        push = np.where(state, m, -m)
        for neuron in range(6):  # any one threshold may move by less than the margin …
            moved = net.threshold + 0.999 * push * (np.arange(6) == neuron)
            assert theory.is_fixed_point(net.replace(threshold=moved), state)
        # … and the worst one not by more
        assert not theory.is_fixed_point(net.replace(threshold=net.threshold + 1.001 * push), state)


@settings(max_examples=120, deadline=None)
@given(
    n_hidden=st.integers(1, 10),
    ratio=st.sampled_from([1, 2, 5, 10, 30, 100]),
    symmetric=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_certificate_equals_enumeration(n_hidden, ratio, symmetric, seed):
    threshold = np.random.default_rng(seed).uniform(0.2, 0.8, n_hidden)
    net = network(ratio * n_hidden, n_hidden, seed, symmetric, threshold=threshold)
    certificate = theory.certify_all_states(net)
    states = patterns.all_hidden_states(n_hidden)
    assert certificate.holds == theory.is_fixed_point(net, states).all()
    assert certificate.margin == pytest.approx(theory.stability_margin(net, states).min(), abs=1e-12)


def test_certificate_both_ways_at_twelve_neurons():
    answers = []
    for seed in range(6):
        net = network([12, 600, 1200][seed % 3], 12, seed)
        answers.append(theory.certify_all_states(net).holds)
        assert answers[-1] == theory.is_fixed_point(net, patterns.all_hidden_states(12)).all()
    assert {True, False} == set(answers)  # else the comparison would prove nothing


def test_orthonormal_weights_store_every_state_and_are_certified():
    net = orthonormal(60, 40)
    certificate = theory.certify_all_states(net)
    assert certificate.holds
    assert certificate.margin == pytest.approx(0.5, abs=1e-12)
    assert not theory.certify_all_states(net.replace(threshold=1.01)).holds


def test_mean_and_variance_of_the_coupling_are_eq_7():
    n_visible = 200
    samples = np.array([theory.effective_coupling(network(n_visible, 2, seed)) for seed in range(4000)])
    zeta = np.sqrt(n_visible) * (samples - np.eye(2))
    assert abs(zeta.mean(axis=0)).max() < 5 * np.sqrt(2 / 4000)
    assert np.var(zeta[:, 0, 0]) == pytest.approx(2, rel=0.12)
    assert np.var(zeta[:, 0, 1]) == pytest.approx(1, rel=0.12)


def test_bit_flip_bound_is_eqs_36_to_40():
    net = Network.gaussian(n_visible=1000, n_hidden=10, seed=0)
    bound = theory.bit_flip_bound(net, noise_std=2.0)
    sigma = np.sqrt((10 + 1 + 4 * 10) / 1000)
    assert bound.sigma_z == pytest.approx(sigma)
    assert bound.single == pytest.approx(1 - norm.cdf(0.5 / sigma))
    assert bound.none == pytest.approx(norm.cdf(0.5 / sigma) ** 10)
    eq_40 = 1 - 10 * sigma * np.exp(-1 / (8 * sigma**2)) / np.sqrt(np.pi / 2)
    assert bound.none_simple == pytest.approx(eq_40)
    assert bound.none_simple <= bound.union <= bound.none


def test_bit_flip_bound_without_noise_is_eq_10():
    net = Network.gaussian(n_visible=500, n_hidden=10, seed=0)
    eq_10 = 1 - 10 * np.sqrt(11 / 500) * np.exp(-500 / (8 * 11)) / np.sqrt(np.pi / 2)
    assert theory.bit_flip_bound(net).none_simple == pytest.approx(eq_10)


@pytest.mark.parametrize("n_visible", [50, 100, 200])
def test_bit_flip_bound_holds_for_gaussian_networks(n_visible):
    """The measured share of unflipped states lies above eq. (38), within its sampling error."""
    n_hidden, n_networks = 8, 400
    states = patterns.all_hidden_states(n_hidden)
    shares = [theory.is_fixed_point(network(n_visible, n_hidden, s), states).mean() for s in range(n_networks)]
    error = np.std(shares) / np.sqrt(n_networks)
    bound = theory.bit_flip_bound(Network.gaussian(n_visible, n_hidden, seed=0))
    assert np.mean(shares) + 4 * error > bound.none > bound.none_simple


def test_energy_by_hand_and_its_errors():
    net = Network(weights=np.array([[1.0], [2.0]]), threshold=0.3)
    v, h = np.array([0.5, -1.0]), np.array([0.4])
    # E = ‖v‖²·N_h/2N_v + θ·s − (√N_h/N_v) s ξᵀv
    assert theory.energy(net, v, h) == pytest.approx(1.25 / 4 + 0.3 - 0.5 * (0.5 - 2.0))
    assert theory.energy(net, v, np.array([0.3])) == pytest.approx(1.25 / 4)  # at θ: off
    with pytest.raises(InvalidInput, match="symmetric"):
        theory.energy(network(5, 2, 0, symmetric=False), np.zeros(5), np.zeros(2))


def test_sigmoid_energy_tends_to_the_heaviside_energy():
    net = network(30, 4, 0)
    v, h = np.random.default_rng(1).standard_normal((2, 30))[:, :30], np.array([[0.1, 0.9, 0.4, 2.0]] * 2)
    steep = theory.energy(net.replace(hidden_activation=Sigmoid(1e6)), v, h)
    np.testing.assert_allclose(steep, theory.energy(net, v, h), atol=1e-5)


@pytest.mark.parametrize("call", [theory.is_fixed_point, theory.stability_margin])
def test_bad_states_are_refused(call):
    net = network(20, 3, 0)
    with pytest.raises(InvalidInput, match="binary"):
        call(net, [[0, 1, 2]])
    with pytest.raises(InvalidInput, match="shape"):
        call(net, [[0, 1]])
    with pytest.raises(InvalidInput, match="Heaviside"):
        call(net.replace(hidden_activation=Sigmoid(5.0)), [[0, 1, 0]])


def test_bad_arguments_of_the_bit_flip_bound():
    net = network(20, 3, 0)
    with pytest.raises(InvalidInput, match="noise_std"):
        theory.bit_flip_bound(net, noise_std=-1)
    with pytest.raises(InvalidInput, match="threshold must be a finite number > 0 and < 1"):
        theory.bit_flip_bound(net.replace(threshold=1.2))
