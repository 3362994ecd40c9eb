"""Smooth hidden neurons against sign changes on a grid, closed forms, and whole networks (appendix F)."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from neurosim import Heaviside, InvalidInput, Network, Sigmoid, patterns, theory
from neurosim.theory import effective_coupling


@settings(max_examples=150, deadline=None)
@given(gain=st.floats(0.3, 300), threshold=st.floats(-0.5, 1.5), coupling=st.floats(0.2, 2.0))
@example(gain=280.0, threshold=-0.5, coupling=2.0)
def test_intersections_solve_the_equation_and_none_is_missed(gain, threshold, coupling):
    f = Sigmoid(gain)
    x, stable = theory.intersections(f, threshold, coupling)
    np.testing.assert_allclose(f(coupling * x - threshold), x, rtol=1e-9, atol=1e-13)
    assert (np.diff(x) > 0).all()
    y = np.linspace(-800, 800, 400_001)  # x = 1/(1 + e^{−y}); |y| ≤ gain (coupling + ½) ≤ 750
    sign = np.sign(coupling * expit(y) - y / gain - threshold)
    crossings = np.count_nonzero(np.diff(sign[sign != 0]))
    low, high = theory.fold_thresholds(f, coupling)
    if not min(abs(threshold - low), abs(threshold - high)) < 1e-4:  # the grid cannot tell two roots so close
        assert len(x) == crossings
        assert stable.tolist() == ([True, False, True] if len(x) == 3 else [True])
    step = 1e-6
    slope = (f(coupling * (x + step) - threshold) - f(coupling * (x - step) - threshold)) / (2 * step)
    clear = np.abs(slope - 1) > 1e-3
    assert (stable == (slope < 1))[clear].all()


def test_the_middle_of_the_symmetric_case_is_one_half():
    x, stable = theory.intersections(Sigmoid(10.0))
    assert x[1] == pytest.approx(0.5, abs=1e-12) and x[0] == pytest.approx(1 - x[2], abs=1e-12)
    assert stable.tolist() == [True, False, True]
    assert theory.intersections(Sigmoid(3.9))[1].tolist() == [True]


def test_stability_is_that_of_the_dynamics():
    """One hidden neuron of eq. (1), pushed by ±1e-3 off each rest, for τ_v both above and below τ_h."""
    f = Sigmoid(8.0)
    for ratio in (0.3, 1.0, 20.0):
        for x, stable in zip(*theory.intersections(f, 0.45), strict=True):
            for push in (-1e-3, 1e-3):
                u = h = x + push
                for _ in range(20_000):
                    s = f(h - 0.45)
                    u, h = u + 0.01 / max(ratio, 1) * (s - u), h + 0.01 / max(ratio, 1) * ratio * (u - h)
                assert (abs(h - x) < 1e-3) == stable


def test_critical_gain():
    """4 at θ = ½, J = 1 by hand; elsewhere where one intersection becomes three."""
    assert theory.critical_gain() == 4
    assert theory.critical_gain(1.0, coupling=2.0) == 2
    for threshold, coupling in ((0.3, 1.0), (0.7, 1.0), (0.49, 1.0), (0.1, 1.0), (0.6, 0.8)):
        gain = theory.critical_gain(threshold, coupling)
        assert gain > 4 / coupling
        assert len(theory.intersections(Sigmoid(gain * 1.0001), threshold, coupling)[0]) == 3
        assert len(theory.intersections(Sigmoid(gain * 0.9999), threshold, coupling)[0]) == 1
    assert theory.critical_gain(1.0) == theory.critical_gain(0.0) == math.inf


@settings(max_examples=100, deadline=None)
@given(gain=st.floats(4.2, 500), threshold=st.floats(0.3, 0.7), coupling=st.floats(0.8, 1.2))
def test_three_intersections_exist_up_to_the_tolerable_shift(gain, threshold, coupling):
    f, shift = Sigmoid(gain), theory.tolerable_shift(Sigmoid(gain), threshold, coupling)
    counts = [
        [len(theory.intersections(f, threshold - q * shift, coupling)[0]) for q in (-s, s)] for s in (0.999, 1.001)
    ]
    if shift == 0:
        assert len(theory.intersections(f, threshold, coupling)[0]) == 1
    elif shift > 1e-6:
        assert counts[0] == [3, 3] and min(counts[1]) == 1


def test_closed_forms_of_the_tolerable_shift():
    """At θ = ½: s/2 − (2/g) artanh s, s² = 1 − 4/g; (g/4 − 1)^{3/2}/3 near g = 4, and ½ for g → ∞."""
    s = math.sqrt(1 - 4 / 20)
    assert theory.tolerable_shift(Sigmoid(20.0)) == pytest.approx(s / 2 - 2 / 20 * math.atanh(s), rel=1e-12)
    assert theory.tolerable_shift(Sigmoid(4.004)) == pytest.approx(0.001**1.5 / 3, rel=0.01)
    assert theory.tolerable_shift(Sigmoid(4.0)) == 0
    for threshold in (0.5, 0.2, 0.9):
        assert theory.tolerable_shift(Heaviside(), threshold) == pytest.approx(min(threshold, 1 - threshold))
        assert theory.tolerable_shift(Sigmoid(1e7), threshold) == pytest.approx(min(threshold, 1 - threshold), abs=1e-5)


@pytest.mark.parametrize(
    ("threshold", "x", "stable"),
    [
        (0.5, [0, 0.5, 1], [True, False, True]),
        (0.0, [0, 1], [False, True]),  # off at the threshold, but any push switches it on
        (-0.1, [1], [True]),
        (1.0, [0], [True]),  # on, it would be at the threshold: off
    ],
)
def test_heaviside(threshold, x, stable):
    found = theory.intersections(Heaviside(), threshold)
    assert found[0].tolist() == x and found[1].tolist() == stable


def stored(net, steps=4000):
    """Share of the binary states near which the smooth network rests: x ← x + (f(Jx − θ) − x)/5 from each state."""
    states = patterns.all_hidden_states(net.n_hidden)
    coupling, x = effective_coupling(net), states.astype(float)
    for _ in range(steps):
        x = x + 0.2 * (net.hidden_activation(x @ coupling - net.threshold) - x)
    return float(((x > 0.5) == states).all(axis=1).mean())


def test_three_intersections_do_not_guarantee_recall():
    """At N_v = 100 N_h crosstalk has std .05 to .1; gain 5, with three intersections, tolerates .031, gain 20 .30."""
    nets = [Network.gaussian(n_visible=600, n_hidden=6, seed=seed) for seed in range(10)]
    assert theory.tolerable_shift(Sigmoid(5.0)) == pytest.approx(0.031, abs=5e-4)
    assert len(theory.intersections(Sigmoid(5.0))[0]) == 3
    weak = np.mean([stored(net.replace(hidden_activation=Sigmoid(5.0))) for net in nets])
    strong = np.mean([stored(net.replace(hidden_activation=Sigmoid(20.0))) for net in nets])
    assert weak < 0.3 and strong == 1


def test_bad_arguments_of_the_activation_functions():
    with pytest.raises(InvalidInput, match="coupling"):
        theory.intersections(Sigmoid(5.0), coupling=0.0)
    with pytest.raises(InvalidInput, match="threshold"):
        theory.tolerable_shift(Sigmoid(5.0), math.nan)
    with pytest.raises(InvalidInput, match="activation"):
        theory.intersections(np.tanh)  # pyright: ignore[reportArgumentType]
