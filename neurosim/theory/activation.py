"""Smooth hidden neurons: the number of stable states of one neuron, and the crosstalk that they tolerate (appendix F).

A neuron with activation f, threshold θ, coupling J_μμ = j and crosstalk q is at rest at x if (eq. 8 with f for Θ)

    x = f(jx + q − θ).

Without crosstalk it should be at rest near 0 and near 1: f(jx − θ) must meet the identity line three times. An
intersection is stable if the slope j f' is below 1. (The Jacobian of τ_v du/dt = −u + j f(h − θ) + q and τ_h dh/dt =
−h + u has the trace −1/τ_v − 1/τ_h < 0 and the determinant (1 − j f')/(τ_vτ_h), for any time constants.) For the
logistic function with gain g, f' = g x(1 − x), solving for the threshold instead of x,

    θ − q = F(x) = jx − ln(x/(1 − x))/g,    F' = 0    at    x± = ½(1 ± √(1 − 4/(gj))),

so there are three intersections if and only if gj > 4 and F(x₋) < θ − q < F(x₊); at the ends the line is a tangent. At
j = 1, θ = ½, q = 0 the condition is g > 4.

The paper calls any sigmoid with three intersections a valid activation function "that guarantees stable recall". Three
intersections are necessary but not sufficient: crosstalk shifts θ, so there must be three for every q that occurs. The
upper state is lost at q ≤ θ − F(x₊), the lower at q ≥ θ − F(x₋). Just above g = 4 the `tolerable_shift` is only
(g/4 − 1)^{3/2}/3, while q has the standard deviation √(N_a/N_v) (eq. 24). For g → ∞ it tends to min(θ, 1 − θ), that of
Heaviside; at g = 20 it is .30. Here the states of the other neurons are fixed; a whole network is stable if the
eigenvalues of diag(f')J are below 1.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.nonlinearity import Heaviside, Sigmoid
from neurosim.theory.quadrature import bracketed_root
from neurosim.validation import real


def intersections(
    activation: Heaviside | Sigmoid, threshold: float = 0.5, coupling: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the intersections of f(coupling·x − threshold) with the identity line, and which of them are stable.

    Parameters
    ----------
    activation : Heaviside or Sigmoid
        The jump of Heaviside, as a vertical line, counts as an unstable intersection; it is one for g → ∞.
    threshold : float, default 0.5
        θ − q, threshold minus crosstalk.
    coupling : float, default 1
        J_μμ > 0.

    Returns
    -------
    x : ndarray
        One to three intersections, ascending.
    stable : ndarray of bool
        Whether the slope is < 1; a tangent (slope 1) is not stable.

    Raises
    ------
    InvalidInput
        The activation is of another kind, the threshold is not finite, or the coupling is not > 0.

    See Also
    --------
    tolerable_shift : The crosstalk at which a stable state is lost.

    Examples
    --------
    >>> import neurosim
    >>> x, stable = neurosim.theory.intersections(neurosim.Sigmoid(gain=20))
    >>> stable
    array([ True, False,  True])
    """
    from scipy.special import expit

    threshold, coupling = _checked(activation, threshold, coupling)
    if isinstance(activation, Heaviside):
        return _step_intersections(threshold, coupling)
    gain = activation.gain
    ends = [gain * (min(-threshold, 0.0) - 1), *_folds(gain, coupling), gain * (max(coupling - threshold, 0.0) + 1)]
    y = np.array(_roots(gain, threshold, coupling, ends))  # logit of x: x itself comes too near to 0 and 1
    x = expit(y)
    return x, gain * coupling * x * expit(-y) < 1


def fold_thresholds(activation: Heaviside | Sigmoid, coupling: float = 1.0) -> tuple[float, float]:
    """Return F(x₋) and F(x₊), the range of θ − q within which a neuron has two stable states.

    Parameters
    ----------
    activation : Heaviside or Sigmoid
    coupling : float, default 1
        J_μμ > 0.

    Returns
    -------
    low, high : float
        NaN if a neuron never has two stable states. For Heaviside the range is 0 (included, because a neuron at its
        threshold is inactive) to `coupling` (excluded).

    Raises
    ------
    InvalidInput
        The activation is of another kind, or the coupling is not > 0.

    Examples
    --------
    >>> import neurosim
    >>> low, high = neurosim.theory.fold_thresholds(neurosim.Sigmoid(gain=20))
    >>> round(low, 3), round(high, 3)
    (0.197, 0.803)
    """
    from scipy.special import expit

    _, coupling = _checked(activation, 0.0, coupling)
    if isinstance(activation, Heaviside):
        return 0.0, coupling
    folds = _folds(activation.gain, coupling)
    if not folds:
        return math.nan, math.nan
    low, high = (coupling * float(expit(y)) - y / activation.gain for y in folds)
    return low, high


def critical_gain(threshold: float = 0.5, coupling: float = 1.0) -> float:
    """Return the gain above which the logistic function meets the identity line three times; ∞ if it never does.

    It is 4 at θ = ½, J = 1, and larger for other thresholds.

    Parameters
    ----------
    threshold : float, default 0.5
        θ.
    coupling : float, default 1
        J_μμ > 0.

    Raises
    ------
    InvalidInput
        The threshold is not finite, or the coupling is not > 0.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.critical_gain(0.5)
    4.0
    """
    threshold, coupling = _checked(Heaviside(), threshold, coupling)
    least = 4 / coupling
    if not 0 < threshold < coupling:
        return math.inf

    def tolerable(log_excess: float) -> float:  # rises with the gain, because the distance of the folds grows
        low, high = fold_thresholds(Sigmoid(least * (1 + math.exp(log_excess))), coupling)
        return min(threshold - low, high - threshold)

    low = high = math.log(1e-12)
    if tolerable(low) >= 0:
        return least
    while tolerable(high) < 0:
        high += 2
        if high > 700:  # a gain beyond the largest float
            return math.inf
    return least * (1 + math.exp(bracketed_root(tolerable, low, high)))


def tolerable_shift(activation: Heaviside | Sigmoid, threshold: float = 0.5, coupling: float = 1.0) -> float:
    """Return the largest crosstalk |q|, of either sign, below which a neuron has two stable states.

    It is the distance of θ from the nearer fold, min(θ − F(x₋), F(x₊) − θ); for Heaviside min(θ, J − θ) with
    the coupling J.

    Parameters
    ----------
    activation : Heaviside or Sigmoid
    threshold : float, default 0.5
        θ.
    coupling : float, default 1
        J_μμ > 0.

    Returns
    -------
    float
        0 if the neuron never has two stable states.

    Raises
    ------
    InvalidInput
        The activation is of another kind, the threshold is not finite, or the coupling is not > 0.

    Examples
    --------
    >>> import neurosim
    >>> round(neurosim.theory.tolerable_shift(neurosim.Sigmoid(gain=20)), 3)
    0.303
    """
    threshold, coupling = _checked(activation, threshold, coupling)
    low, high = fold_thresholds(activation, coupling)
    return max(0.0, min(threshold - low, high - threshold)) if low < high else 0.0


def _step_intersections(threshold: float, coupling: float) -> tuple[np.ndarray, np.ndarray]:
    keep = np.array([threshold >= 0, 0 < threshold < coupling, coupling > threshold])
    x = np.array([0.0, threshold / coupling, 1.0])
    return x[keep], np.array([threshold > 0, False, True])[keep]  # at θ = 0 any positive crosstalk activates it


def _folds(gain: float, coupling: float) -> list[float]:
    """Return ln(x/(1 − x)) where F' = 0, ascending; none if gain·coupling ≤ 4."""
    if gain * coupling <= 4:
        return []
    root = math.sqrt(1 - 4 / (gain * coupling))
    y = 2 * math.log1p(root) + math.log(gain * coupling / 4)  # 2 artanh(root), also where root rounds to 1
    return [-y, y]


def _roots(gain: float, threshold: float, coupling: float, ends: list[float]) -> list[float]:
    """Return the zeros of F − θ, at most one in each monotone piece."""
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


def _checked(activation: Heaviside | Sigmoid, threshold: float, coupling: float) -> tuple[float, float]:
    if not isinstance(activation, Heaviside | Sigmoid):
        raise InvalidInput(f"activation must be Heaviside() or Sigmoid(gain), got {activation!r}")
    return real(threshold, "threshold"), real(coupling, "coupling", above=0)
