"""Smooth hidden neurons: how many states one of them has, and how much crosstalk these survive (appendix F).

A neuron with activation f, threshold θ, coupling J_μμ = j and crosstalk q rests where (eq. 8 with f for Θ)

    x = f(jx + q − θ).

Without crosstalk it should rest near 0 and near 1: f(jx − θ) must meet the identity line three times, and it is stable
where its slope there, j f', is below 1. (Of τ_v du/dt = −u + j f(h − θ) + q, τ_h dh/dt = −h + u the Jacobian has the
trace −1/τ_v − 1/τ_h < 0 and the determinant (1 − j f')/(τ_vτ_h), whatever the τ's.) For the logistic function with gain
g, f' = g x(1 − x), solving for the threshold instead of x,

    θ − q = F(x) = jx − ln(x/(1 − x))/g,    F' = 0    at    x± = ½(1 ± √(1 − 4/(gj))),

so there are three intersections if and only if gj > 4 and F(x₋) < θ − q < F(x₊): at the ends the line touches. At
j = 1, θ = ½, q = 0 that is g > 4.

The paper calls any sigmoid with three intersections a valid activation function "that guarantees stable recall". That
is necessary, not sufficient: crosstalk shifts θ, so they must remain three for every q that occurs. The upper state is
lost at q ≤ θ − F(x₊), the lower at q ≥ θ − F(x₋). Just above g = 4 the room, `tolerable_shift`, is only
(g/4 − 1)^{3/2}/3, while q has std √(N_a/N_v) (eq. 24). For g → ∞ it tends to min(θ, 1 − θ), Heaviside's; at g = 20 it
is .30. Here the other neurons' x are taken as given; a whole network is stable where the eigenvalues of diag(f')J are
below 1.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.nonlinearity import Heaviside, Sigmoid
from neurosim.theory.quadrature import bracketed_root


def intersections(
    activation: Heaviside | Sigmoid, threshold: float = 0.5, coupling: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return where f(coupling·x − threshold) meets the identity line, and whether a neuron is stable there.

    Parameters
    ----------
    activation : Heaviside or Sigmoid
        For Heaviside the jump, taken as a vertical line, counts as an (unstable) intersection, as it is for g → ∞.
    threshold : float, default 0.5
        θ − q, threshold less crosstalk.
    coupling : float > 0, default 1
        J_μμ.

    Returns
    -------
    x : ndarray (1 to 3,), ascending
    stable : ndarray (1 to 3,) bool
        Slope < 1. Where the line only touches (slope 1) it is not.

    Raises
    ------
    InvalidInput
        An activation of another kind, a threshold that is not finite, a coupling that is not > 0.
    """
    from scipy.special import expit

    _check(activation, threshold, coupling)
    if isinstance(activation, Heaviside):
        return _step_intersections(threshold, coupling)
    gain = activation.gain
    ends = [gain * (min(-threshold, 0.0) - 1), *_folds(gain, coupling), gain * (max(coupling - threshold, 0.0) + 1)]
    y = np.array(_roots(gain, threshold, coupling, ends))  # logit of x: x itself comes too near to 0 and 1
    x = expit(y)
    return x, gain * coupling * x * expit(-y) < 1


def fold_thresholds(activation: Heaviside | Sigmoid, coupling: float = 1.0) -> tuple[float, float]:
    """Return F(x₋) and F(x₊), between which θ − q leaves a neuron both states; equal NaN where there never are two.

    Parameters
    ----------
    activation : Heaviside or Sigmoid
    coupling : float > 0, default 1
        J_μμ. For Heaviside the range is 0 (included: off at the threshold) to `coupling` (not included).
    """
    from scipy.special import expit

    _check(activation, 0.0, coupling)
    if isinstance(activation, Heaviside):
        return 0.0, float(coupling)
    folds = _folds(activation.gain, coupling)
    if not folds:
        return math.nan, math.nan
    low, high = (coupling * float(expit(y)) - y / activation.gain for y in folds)
    return low, high


def critical_gain(threshold: float = 0.5, coupling: float = 1.0) -> float:
    """Return the gain above which the logistic function meets the identity line three times; ∞ if it never does.

    4 at θ = ½, J = 1; larger for other thresholds.

    Raises
    ------
    InvalidInput
        The threshold is not finite, or the coupling not > 0.
    """
    _check(Heaviside(), threshold, coupling)
    least = 4 / coupling
    if not 0 < threshold < coupling:
        return math.inf

    def room(log_excess: float) -> float:  # rises with the gain: the folds move apart
        low, high = fold_thresholds(Sigmoid(least * (1 + math.exp(log_excess))), coupling)
        return min(threshold - low, high - threshold)

    low = high = math.log(1e-12)
    if room(low) >= 0:
        return least
    while room(high) < 0:
        high += 2
    return least * (1 + math.exp(bracketed_root(room, low, high)))


def tolerable_shift(activation: Heaviside | Sigmoid, threshold: float = 0.5, coupling: float = 1.0) -> float:
    """Return the largest |q| below which a neuron keeps both its states, whatever the sign of q; 0 if it never has two.

    The distance of θ from the nearer fold, min(θ − F(x₋), F(x₊) − θ); for Heaviside min(θ, 1 − θ).

    Parameters
    ----------
    activation : Heaviside or Sigmoid
    threshold : float, default 0.5
    coupling : float > 0, default 1
        J_μμ.
    """
    _check(activation, threshold, coupling)
    low, high = fold_thresholds(activation, coupling)
    return max(0.0, min(threshold - low, high - threshold)) if low < high else 0.0


def _step_intersections(threshold: float, coupling: float) -> tuple[np.ndarray, np.ndarray]:
    keep = np.array([threshold >= 0, 0 < threshold < coupling, coupling > threshold])
    x = np.array([0.0, threshold / coupling, 1.0])
    return x[keep], np.array([threshold > 0, False, True])[keep]  # at θ = 0 any push switches it on


def _folds(gain: float, coupling: float) -> list[float]:
    """Return ln(x/(1 − x)) where F' = 0, ascending; none if gain·coupling ≤ 4."""
    if gain * coupling <= 4:
        return []
    root = math.sqrt(1 - 4 / (gain * coupling))
    y = 2 * math.atanh(root)
    return [-y, y]


def _roots(gain: float, threshold: float, coupling: float, ends: list[float]) -> list[float]:
    """Return the zeros of F − θ, one in each monotone piece that has one."""
    from scipy.special import expit

    def excess(y: float) -> float:
        return coupling * float(expit(y)) - y / gain - threshold

    found: list[float] = []
    for low, high in itertools.pairwise(ends):
        if low < high and excess(low) * excess(high) <= 0:
            root = bracketed_root(excess, low, high)
            if not found or root > found[-1] + 1e-12:  # a fold at the end of two pieces is one point
                found.append(root)
    return found


def _check(activation: Heaviside | Sigmoid, threshold: float, coupling: float) -> None:
    if not isinstance(activation, Heaviside | Sigmoid):
        raise InvalidInput(f"activation must be Heaviside() or Sigmoid(gain), got {activation!r}")
    if not np.isfinite(threshold):
        raise InvalidInput(f"threshold must be finite, got {threshold}")
    if not (np.isfinite(coupling) and coupling > 0):
        raise InvalidInput(f"coupling must be finite and > 0, got {coupling}")
