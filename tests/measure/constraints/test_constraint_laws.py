"""Theory of constrained networks against constrained networks and against explicit sums."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from neurosim import InvalidInput, Network, patterns, theory
from neurosim.constraints import (
    Asymmetric,
    Bounded,
    Dale,
    DeadNeurons,
    DeadSynapses,
    DistanceDependent,
    Homeostatic,
    Quantised,
    Sparse,
    SpreadThreshold,
    StuckNeurons,
    StuckSynapses,
    SynapticNoise,
    constrain,
)
from neurosim.measure.constraints import laws
from neurosim.measure.constraints.stability import gaussian_shares


def test_laws_are_given_only_where_there_is_theory():
    assert laws.moments((StuckNeurons(0.1),)) is None and laws.moments((DistanceDependent(0.5),)) is None
    assert (
        laws.moments(
            (
                Sparse(0.5),
                SynapticNoise(0.5),
            )
        )
        is None
    )  # noise on the synapses that exist
    assert (
        laws.moments(
            (
                Sparse(0.5),
                Dale(),
            )
        )
        is None
        and laws.moments(
            (
                Sparse(0.5),
                Quantised(1),
            )
        )
        is None
    )
    assert (
        laws.moments(
            (
                StuckNeurons(0.0),
                DistanceDependent(1.0),
            )
        )
        is not None
    )
    relay, free = laws.stored([Dale(interneurons="relay")], 100, 10), laws.stored([], 100, 10)
    assert relay == free and math.isnan(laws.stored([StuckNeurons(0.1)], 100, 10))


def test_every_dead_hidden_neuron_halves_the_share():
    for dead in (0, 2, 10):
        assert laws.stored([DeadNeurons(hidden=dead / 10)], 1000, 10) == pytest.approx(0.5**dead, rel=0.01)


def test_homeostasis_cannot_compensate_a_neuron_without_synapses():
    several = [Sparse(0.02), Homeostatic()]
    shares = [
        gaussian_shares(
            seed=s, constraint=lambda _: several, value=0.02, n_hidden=8, visible_per_hidden=10.0, n_cues=1
        )["stored"]
        for s in range(100)
    ]
    error = np.std(shares) / 10
    assert abs(np.mean(shares) - laws.stored(several, 80, 8)) < 4 * error and np.mean(shares) < 0.6


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_quantised_moments_are_those_of_quantised_weights(bits):
    net = constrain(Network.gaussian(50_000, 20, seed=0), [Quantised(bits)], seed=0)
    moments = laws.moments((Quantised(bits),))
    assert moments is not None
    assert moments.ww.item() == pytest.approx(1, abs=0.005)
    assert moments.bbww.item() == pytest.approx(np.mean(net.weights**4), rel=0.01)


@pytest.mark.parametrize("constraint", [Quantised(3), Quantised(5), Sparse(0.9), Sparse(0.5)], ids=repr)
def test_perturbed_fields_have_the_predicted_mean_and_variance(constraint):
    states = patterns.all_hidden_states(6)[[7, 56, 63]]
    away = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        w = np.abs(rng.standard_normal((60, 6))) + 0.5  # weights that add up, as images do
        net = Network(weights=w, feedback=rng.standard_normal((6, 60)) + 0.2 * w.T)
        mean, std = laws.Perturbed(net, constraint).field(states)
        fields = states @ theory.effective_coupling(constrain(net, [constraint], seed=seed)).T
        away.append((fields - mean) / std)
    away = np.array(away)
    assert np.abs(away.mean(axis=0)).max() < 5 / np.sqrt(300)
    for active, other in ((away[:, states], "on"), (away[:, ~states], "off")):
        assert active.std() == pytest.approx(1, abs=0.15), other


def test_other_perturbations_are_refused():
    net = Network.gaussian(20, 4, seed=0)
    for other in (Asymmetric(0.5), Sparse(0.5, reciprocal=False)):
        with pytest.raises(InvalidInput, match="must be quantised or reciprocal sparse"):
            laws.Perturbed(net, other)


@pytest.mark.parametrize("first", [DeadSynapses(0.2), DeadNeurons(visible=0.2), Sparse(0.5)], ids=repr)
@pytest.mark.parametrize("then", [SynapticNoise(0.5), StuckSynapses(0.2), Asymmetric(0.5)], ids=repr)
def test_there_is_no_law_of_constraints_on_existing_synapses_only(first, then):
    assert laws.moments((first, then)) is None and laws.moments((then, first)) is not None


def test_dead_hidden_neurons_are_rounded_as_the_constraint_rounds_them():
    assert laws.stored([DeadNeurons(hidden=0.7)], 100_000, 8) == pytest.approx(0.5**6, rel=1e-3)  # 5.6 → 6


CLIPPED = 1 - 2 * norm.sf(0.5) - norm.pdf(0.5) + 2 * 0.5**2 * norm.sf(0.5)  # E[min(ξ², ¼)]


@pytest.mark.parametrize(
    ("constraint", "bw", "ww", "bbww"),  # of Gaussian weights, E[ξ²] = 1, E[ξ⁴] = 3
    [
        (DeadSynapses(0.3), 0.7**2, 0.7, 3 * 0.7**2),
        (Sparse(0.25), 1, 1, 3 / 0.25),
        (Sparse(0.25, reciprocal=False), 1, 1 / 0.25, 3 / 0.25**2),
        (StuckSynapses(0.3), 0.7**2, 1, 0.7**2 * 3 + (1 - 0.7**2)),
        (SynapticNoise(0.5), 1, 1.25, 3 + 2 * 0.25 + 0.25**2),
        (Asymmetric(0.6), 0.6, 1, 0.36 * 3 + 0.64),
        (Bounded(0.5), CLIPPED, CLIPPED, None),
    ],
    ids=repr,
)
def test_the_law_of_each_constraint_has_its_setting(constraint, bw, ww, bbww):
    found = laws.moments((constraint,))
    assert found is not None
    assert found.bw.item() == pytest.approx(bw, rel=1e-4) and found.ww.item() == pytest.approx(ww, rel=1e-4)
    assert bbww is None or found.bbww.item() == pytest.approx(bbww, rel=1e-4)


def test_the_law_depends_on_the_share_of_each_layer():
    cut = laws.moments((Dale(0.9, 0.3),))  # a = f/2 for an exciting hidden neuron, (1 − f)/2 for another, f = 0.9
    assert cut is not None
    np.testing.assert_allclose(cut.self_coupling, [0.45, 0.05], rtol=1e-6)
    np.testing.assert_allclose(cut.hidden_share, [0.3, 0.7])
    dead = laws.moments((DeadNeurons(visible=0.3, hidden=0.1),))
    assert dead is not None and dead.self_coupling == pytest.approx(0.7)


def test_spreads_of_thresholds_add_as_variances():
    # N_v so large that J = 1: an active neuron stays if its threshold, ½ + σg, is below 1, an inactive one if above 0
    found = laws.stored([SpreadThreshold(0.1), SpreadThreshold(0.2)], 10**8, 5)
    assert found == pytest.approx(norm.cdf(0.5 / np.sqrt(0.1**2 + 0.2**2)) ** 5, rel=1e-3)


def test_cut_synapses_stay_cut_so_there_is_no_law_of_noise_on_them():
    assert laws.moments((Dale(), SynapticNoise(0.5))) is None and laws.moments((Dale(), Asymmetric(0.5))) is None
    assert laws.moments((Dale(interneurons="pool"), SynapticNoise(0.5))) is not None


def test_a_certificate_needs_rows_above_the_threshold_too():
    # one hidden neuron, J = ¼ Σ b_i w_i = ½, of variance Σ b_i² w_i² (1 − p)/p / 4² = ¼ · 4/16 = ¼²
    net = Network(np.ones((4, 1)), feedback=np.full((1, 4), 0.5), threshold=0.0)
    three_std = 3 * math.sqrt(norm.cdf(2) * norm.cdf(-2) / 4_096)  # of the draws
    assert laws.Perturbed(net, Sparse(0.5)).certified() == pytest.approx(norm.cdf(2), abs=three_std)


def test_certificates_under_sparse_synapses_are_lost_as_often_as_the_law_says():
    rng = np.random.default_rng(0)
    weights, residual = rng.standard_normal((60, 8)), 0.5 * rng.standard_normal((8, 60))
    inverse = np.linalg.pinv(weights)
    feedback = 60 * inverse + residual - residual @ weights @ inverse  # J = 1, and errors of either sign
    net = Network(weights, feedback=feedback, threshold=0.5)
    for density in (0.8, 0.7):
        kept = [theory.certify_all_states(constrain(net, [Sparse(density)], seed=s)).holds for s in range(200)]
        share = np.mean(kept)
        law = laws.Perturbed(net, Sparse(density)).certified()
        assert 0.02 < share < 0.98 and law == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 200))


def correlated_columns(seed):
    """Return a network with J = 1 whose columns w_ν are correlated, as learned ones are."""
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((64, 8)) + rng.standard_normal((64, 1))
    inverse, residual = np.linalg.pinv(weights), 0.3 * rng.standard_normal((8, 64))
    feedback = 64 * inverse + residual - residual @ weights @ inverse
    return Network(weights, feedback=feedback, threshold=0.5)


def test_certificates_of_rounded_weights_are_lost_as_often_as_the_law_says():
    nets, bits = [correlated_columns(seed) for seed in range(100)], Quantised(3)
    share = np.mean([theory.certify_all_states(constrain(net, [bits], seed=0)).holds for net in nets])
    law = np.mean([laws.Perturbed(net, bits).certified() for net in nets])
    assert 0.5 < share < 0.9 and law == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 100))


def test_the_covariance_of_a_row_of_rounded_couplings_is_that_of_many_networks():
    """Of the sum over a row, to which all covariances contribute: those between columns dominate."""
    away, bits = [], Quantised(3)
    for seed in range(100):
        net = correlated_columns(seed)
        law, row = laws.Perturbed(net, bits), theory.effective_coupling(constrain(net, [bits], seed=0))[2]
        variance = law.row_covariance(2)
        away.append((row.sum() - law._mean_coupling()[2].sum()) / np.sqrt(variance.sum()))
        assert variance.sum() > 2 * np.trace(variance)
    assert np.std(away) == pytest.approx(1, abs=3 / np.sqrt(200))


def test_the_covariance_of_a_row_of_sparse_couplings_is_that_of_many_masks():
    net = correlated_columns(0)
    law = laws.Perturbed(net, Sparse(0.8))
    rows = [theory.effective_coupling(constrain(net, [Sparse(0.8)], seed=seed))[2] for seed in range(2000)]
    found, want = np.cov(rows, rowvar=False), law.row_covariance(2)
    error = np.sqrt((np.outer(np.diag(want), np.diag(want)) + want**2) / 2000)  # of a sample covariance
    assert np.abs((found - want) / error).max() < 5
    np.testing.assert_allclose(np.mean(rows, axis=0), law._mean_coupling()[2], atol=0.03)


def test_the_law_at_the_best_threshold_is_not_that_at_one_half():
    weak = [Asymmetric(0.3)]  # J_μμ = 0.3: below θ = ½, and far above the noise of 2,000 visible neurons a hidden one
    assert laws.stored(weak, 16_000, 8) < 0.01 and laws.stored(weak, 16_000, 8, best=True) > 0.99


@pytest.mark.parametrize("density", [0.9, 0.4])
def test_the_field_of_sparse_synapses_has_the_mean_and_variance_of_all_masks(density):
    w, b = np.random.default_rng(0).normal(0.5, 1, (2, 2, 3))  # two visible and three hidden neurons
    states = ((np.arange(8)[:, None] >> np.arange(3)) & 1).astype(bool)
    masks = states.astype(float)
    rng = np.prod(np.where(states, density, 1 - density), axis=1)
    mean, variance = np.zeros((8, 3)), np.zeros((8, 3))
    for i in range(2):  # h_μ = Σ_i m_μ b_iμ Σ_ν m_ν w_iν s_ν/(p N_v), visible neurons independent of each other
        h = np.array([(states * (m * w[i])).sum(axis=1)[:, None] * (m * b[i]) for m in masks]) / density / 2
        one = np.tensordot(rng, h, 1)
        mean, variance = mean + one, variance + np.tensordot(rng, h**2, 1) - one**2
    found = laws.Perturbed(Network(w, feedback=b.T), Sparse(density)).field(states)
    np.testing.assert_allclose(found[0], mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[1], np.sqrt(np.maximum(variance, 0)), rtol=0, atol=1e-7)


@pytest.mark.parametrize("after", [Sparse(0.02), Asymmetric(0.6)], ids=repr)
def test_constraints_after_homeostasis_make_self_couplings_vary(after):
    several = [Homeostatic(), after]
    law = laws.stored(several, 1000, 10)
    if math.isnan(law):
        return  # to say that there is no theory is right, too
    states = patterns.all_hidden_states(10)
    shares = [
        theory.is_fixed_point(constrain(Network.gaussian(1000, 10, seed=s), several, seed=s), states).mean()
        for s in range(60)
    ]
    assert abs(np.mean(shares) - law) < 3 * np.std(shares) / np.sqrt(60) + 0.02


@pytest.mark.parametrize("later", [StuckSynapses(0.1), SynapticNoise(0.4), Sparse(0.5), Asymmetric(0.5)])
def test_there_is_no_theory_of_what_homeostasis_has_evened_and_another_constraint_changes(later):
    assert laws.moments((Homeostatic(), later)) is None
    assert laws.moments((later, Homeostatic())) is not None
    assert laws.moments((Homeostatic(), SpreadThreshold(0.1))) is not None
