"""The eigenvalues of J against Marchenko and Pastur's law, and the bound on all states against enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from neurosim import InvalidInput, Network, Sigmoid, patterns, theory
from neurosim.theory import effective_coupling
from neurosim.theory.spectrum import _most_wrong


def orthonormal(n_visible, n_hidden, scale=1.0):
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((n_visible, n_hidden)))[0]
    return Network(weights=np.sqrt(scale * n_visible) * basis)


def test_eigenvalues_by_hand():
    """J = [[1, j], [j, 1]] has 1 ± j."""
    net = Network(weights=np.sqrt(2) * np.linalg.cholesky(np.array([[1, 0.3], [0.3, 1]])).T)
    np.testing.assert_allclose(theory.spectrum(net), [0.7, 1.3], atol=1e-14)
    with pytest.raises(InvalidInput, match="symmetric"):
        theory.spectrum(net.replace(feedback=net.weights.T.copy()))


@pytest.mark.parametrize(("n_visible", "n_hidden"), [(100, 1), (100, 10), (100, 50), (100, 400)])
def test_moments_of_the_density(n_visible, n_hidden):
    """Mass min(1, 1/c), mean 1, variance c (with the zeros that make up the rest)."""
    low, high = theory.marchenko_pastur_edges(n_visible, n_hidden)
    load = n_hidden / n_visible

    def moment(power):
        return integrate.quad(
            lambda x: x**power * theory.marchenko_pastur_density(x, n_visible, n_hidden), low, high, limit=200
        )[0]

    assert moment(0) == pytest.approx(min(1, 1 / load), abs=1e-7)
    assert moment(1) == pytest.approx(1, abs=1e-7)
    assert moment(2) == pytest.approx(1 + load, abs=1e-7)
    assert (theory.marchenko_pastur_density(np.array([low - 0.1, high, high + 1]), n_visible, n_hidden) == 0).all()


@pytest.mark.parametrize(("n_visible", "n_hidden"), [(1200, 300), (300, 300), (200, 400)])
def test_density_of_a_large_network(n_visible, n_hidden):
    eigenvalues = theory.spectrum(Network.gaussian(n_visible, n_hidden, seed=1))
    zeros = max(0, n_hidden - n_visible)
    assert np.abs(eigenvalues[:zeros]).max(initial=0) < 1e-12
    low, high = theory.marchenko_pastur_edges(n_visible, n_hidden)
    for at in np.linspace(low, high, 9)[1:-1]:
        below = integrate.quad(theory.marchenko_pastur_density, low, at, args=(n_visible, n_hidden), limit=200)[0]
        share = ((eigenvalues < at).sum() - zeros) / n_hidden
        assert share == pytest.approx(below, abs=3 / n_hidden)  # eigenvalues repel: far less than 1/√N_h


def test_fluctuations_of_the_largest_eigenvalue():
    n_visible, n_hidden, n_networks = 200, 50, 400
    found = [theory.spectrum(Network.gaussian(n_visible, n_hidden, seed=s))[-1] for s in range(n_networks)]
    mean, std = theory.largest_eigenvalue(n_visible, n_hidden)
    assert np.mean(found) == pytest.approx(mean, abs=4 * std / np.sqrt(n_networks))
    assert np.std(found) == pytest.approx(std, rel=0.15)
    assert mean < theory.marchenko_pastur_edges(n_visible, n_hidden)[1] - std  # the edge itself would not pass


def most_flips(net):
    states = patterns.all_hidden_states(net.n_hidden)
    now = states.astype(float) @ effective_coupling(net).T > net.threshold
    return int((now != states).sum(axis=1).max())


@settings(max_examples=150, deadline=None)
@given(
    n_hidden=st.integers(1, 9),
    ratio=st.sampled_from([1, 3, 10, 40, 200]),
    symmetric=st.booleans(),
    spread=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_no_state_has_more_wrong_bits_than_the_bound(n_hidden, ratio, symmetric, spread, seed):
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((ratio * n_hidden, n_hidden))
    feedback = None if symmetric else weights.T + rng.standard_normal(weights.T.shape)
    threshold = rng.uniform(-0.2, 1.2, n_hidden) if spread else 0.5
    net = Network(weights=weights, feedback=feedback, threshold=threshold)
    assert most_flips(net) <= theory.max_flips_any_state(net) <= n_hidden


def test_the_bound_is_reached():
    """J = θI switches every active bit off, in every state; a little more coupling, and the bound is 0."""
    for n_hidden in (1, 3, 8):
        net = orthonormal(20, n_hidden, scale=0.5).replace(threshold=0.5 + 1e-12)
        assert most_flips(net) == theory.max_flips_any_state(net) == n_hidden
    assert theory.max_flips_any_state(orthonormal(20, 8, scale=0.8)) == 1  # 8 · .2²/.5² = 1.28
    assert theory.max_flips_any_state(orthonormal(20, 8, scale=0.83)) == 0


def test_a_bound_of_zero_certifies_and_is_weaker_than_the_exact_certificate():
    certified, bounded = 0, 0
    for seed in range(40):
        net = Network.gaussian(n_visible=[150, 900][seed % 2], n_hidden=5, seed=seed)
        holds = theory.certify_all_states(net).holds
        if theory.max_flips_any_state(net) == 0:
            bounded += 1
            assert holds
        certified += holds
    assert 0 < bounded < certified


def test_the_worst_split_of_wrong_bits_by_brute_force():
    for norm, k, on, off in itertools.product((0.0, 0.3, 0.7, 1.5), range(1, 7), (0.0, 0.3, 0.8), (0.2, 0.5)):
        options = itertools.product(range(k + 1), range(7 - k))
        best = max(a + b for a, b in options if a * on**2 + b * off**2 <= norm**2 * k * (1 + 1e-12))
        assert _most_wrong(norm * (1 + 1e-12), k, 6, on, off) == best


def test_flip_share_of_large_gaussian_networks():
    net = Network.gaussian(n_visible=20_000, n_hidden=200, seed=0)
    limit = theory.flip_share_limit(20_000, 200, 0.5)
    assert limit == pytest.approx(4 * 0.21**2)
    assert theory.max_flips_any_state(net) == pytest.approx(200 * limit, rel=0.1)
    assert theory.flip_share_limit(198, 10, 0.5) < 1 < theory.flip_share_limit(197, 10, 0.5)


def test_bad_arguments_of_the_spectrum_functions():
    with pytest.raises(InvalidInput, match="n_visible"):
        theory.marchenko_pastur_edges(0, 3)
    with pytest.raises(InvalidInput, match="threshold"):
        theory.flip_share_limit(10, 3, 1.0)
    with pytest.raises(InvalidInput, match="n_visible"):
        theory.largest_eigenvalue(1, 3)
    with pytest.raises(InvalidInput, match="Heaviside"):
        theory.max_flips_any_state(orthonormal(20, 3).replace(hidden_activation=Sigmoid(9.0)))
