"""The certificate against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from neurosim import InvalidInput, Network, Sigmoid, patterns, theory


def exact_margin(net: Network) -> Fraction:
    """The certificate's margin in rational arithmetic, J included."""
    weights = [[Fraction(x) for x in column] for column in net.weights.T.tolist()]
    feedback = [[Fraction(x) for x in row] for row in net.feedback_weights.tolist()]
    margins = []
    for mu, row in enumerate(feedback):
        coupling = [sum(b * w for b, w in zip(row, column, strict=True)) / net.n_visible for column in weights]
        theta = Fraction(float(net.threshold[mu]))
        others = [j for nu, j in enumerate(coupling) if nu != mu]
        on = coupling[mu] + sum((min(j, Fraction(0)) for j in others), Fraction(0)) - theta
        off = theta - sum((max(j, Fraction(0)) for j in others), Fraction(0))
        margins += [on, off]
    return min(margins)


def cancelling(tiny: float, big: float = 1e8) -> Network:
    """Two neurons, J_01 = (big² + tiny·big − big²)/3, which float64 may lose next to big².

    Neuron 1 has θ = 0, so that it is off only if J_10 ≤ 0.
    """
    weights = np.array([[big, big], [1.0, tiny], [big, -big]])
    return Network(weights, threshold=[0.5, 0.0])


def test_rounding_alone_never_certifies():
    net = cancelling(1e-9)  # exact J_10 = 1e-9/3 > 0: with neuron 0 on, neuron 1 goes on
    assert exact_margin(net) < 0
    coupling = theory.effective_coupling(net)
    assert coupling[1, 0] == 0.0  # lost: the float margin says fixed
    certificate = theory.certify_all_states(net)
    assert certificate.margin >= 0 and not certificate.holds


def test_cancellation_invisible_in_the_coupling_is_covered_by_the_bound():
    """All of J is of order 1, and products are of order 1e16: only the weights tell how much was lost."""
    weights = np.array([[1e8, 1e8], [1.0, 1e-9], [-1e8, -1e8]])
    net = Network(weights, feedback=np.array([[1e8, 3.0, 1e8], [1e8, 1e-9, 1e8]]))
    assert np.abs(theory.effective_coupling(net)).max() < 3
    assert theory.certify_all_states(net).rounding > 1


@pytest.mark.parametrize("seed", range(40))
def test_the_bound_covers_the_exact_margin_and_thresholds_next_to_it(seed):
    rng = np.random.default_rng(seed)
    n_visible, n = int(rng.integers(1, 30)), int(rng.integers(1, 6))
    weights = rng.standard_normal((n_visible, n)) * 10.0 ** rng.integers(-3, 4, (n_visible, 1))
    feedback = None if seed % 2 else weights.T + rng.standard_normal((n, n_visible))
    net = Network(weights, feedback=feedback, threshold=rng.uniform(-1, 1, n))
    certificate = theory.certify_all_states(net)
    assert abs(Fraction(certificate.margin) - exact_margin(net)) <= Fraction(certificate.rounding)


@pytest.mark.parametrize("seed", range(20))
def test_certificates_at_the_edge_are_true_and_clear_margins_are_certified(seed):
    """θ at, and some roundings beside, the place where the margin changes its sign."""
    rng = np.random.default_rng(seed)
    n = 4
    weights = rng.standard_normal((500, n))
    coupling = theory.effective_coupling(Network(weights))
    needed = np.maximum(coupling - np.diag(np.diag(coupling)), 0).sum(axis=1)  # off needs θ ≥ this
    for beside in (-1e-11, -1e-15, -1e-17, 0, 1e-17, 1e-15, 1e-11):
        net = Network(weights, threshold=needed + beside)
        certificate = theory.certify_all_states(net)
        assert not certificate.holds or exact_margin(net) >= 0
        if abs(beside) == 1e-11:  # clear of 500 additions of numbers up to 10, divided by 500
            assert certificate.holds == (beside > 0)


def test_exact_ties_are_not_certified_and_the_tie_rule_is_off():
    net = Network(np.eye(2), feedback=np.array([[2.0, 1.0], [0.0, 2.0]]), threshold=0.5)  # J_01 = θ_0 exactly
    assert exact_margin(net) == 0  # off at θ, so all four states are fixed points …
    assert theory.is_fixed_point(net, patterns.all_hidden_states(2)).all()
    assert not theory.certify_all_states(net).holds  # … but rounding could hide that they are not


@pytest.mark.parametrize("theta", [1e-6, 0.5, 1 - 1e-6])
def test_networks_with_unit_coupling_by_construction_are_certified(theta):
    """Feedback N_v W⁺ gives J = I to some 1e-15, at any threshold between 0 and 1."""
    weights = np.random.default_rng(3).standard_normal((120, 60))
    net = Network(weights, feedback=120 * np.linalg.pinv(weights), threshold=theta)
    assert np.abs(theory.effective_coupling(net) - np.eye(60)).max() < 1e-13
    assert theory.certify_all_states(net).holds


def test_an_overflowing_coupling_is_not_certified():
    certificate = theory.certify_all_states(Network(np.full((4, 3), 1e200)))
    assert not certificate.holds


def test_underflow_alone_never_certifies():
    """J_10 is 0.6·2^-1074 and lost; θ_1 = 0, so that neuron 1 seems to stay off when neuron 0 is on."""
    tiny = 1.25 * 2.0**-537
    weights = np.array([[2.0**-537, 2.0**-523], [2.0**-537, 2.0**-523], [0.0, 1.0], [0.0, 0.0]])
    feedback = np.array([[2.0**537, 2.0**537, -(2.0**15), 0.0], [tiny, tiny, 0.0, 0.0]])
    net = Network(weights, feedback=feedback, threshold=[0.25, 0.0])
    assert exact_margin(net) < 0 and theory.effective_coupling(net)[1, 0] == 0
    certificate = theory.certify_all_states(net)
    assert certificate.margin < 0 and not certificate.holds  # the network is scaled first


def test_smooth_units_are_refused():
    with pytest.raises(InvalidInput, match="Heaviside"):
        theory.certify_all_states(Network.gaussian(60, 3, seed=0, hidden_activation=Sigmoid()))
