"""Bounds on the rounding error of the fields Js − θ, and exact arithmetic for the fields that lie within the bounds.

A neuron is right (eq. 5) if it is on and X_μ > θ_μ − J_μμ, or off and X_μ ≤ θ_μ, where X_μ = Σ_{ν≠μ} J_μν s_ν is the
field of the other neurons. `field_bounds` returns these numbers with one bound per neuron on all rounding errors: a
comparison by more than the bound is proven for the exact J of the given weights. `ExactFields` decides the others in
whole numbers.

Where weights and feedback are whole numbers times a power of two (binary memories, for instance), so is N_v J, and
float64 computes it without any rounding: fields are compared in that unit, the bound is 0, and exact ties are
distinguished from near ties. Weights so large or small that products may leave the range of float64 are scaled first
(`neurosim.theory.scaling`); only comparisons are made, so the unit of each neuron does not matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from neurosim import Network
from neurosim.theory import effective_coupling
from neurosim.theory.scaling import NEGLIGIBLE, rescaled
from neurosim.theory.stability import roundoff

_EXACT_BITS = 49  # whole and half numbers whose sums stay below 2^49 are exact in float64
_CHUNK = 2**14  # visible neurons at once, so that memory stays small beside the weights


@dataclass(frozen=True)
class FieldBounds:
    """Coupling and the two limits of the field X_μ of the other neurons between which a neuron is wrong.

    Parameters
    ----------
    coupling : ndarray (hidden, hidden)
        J without its diagonal, each row in a unit of its own; X = s @ coupling.T.
    on_above : ndarray (hidden,)
        θ − J_μμ: an active neuron is right if X_μ > on_above.
    off_up_to : ndarray (hidden,)
        θ: an inactive neuron is right if X_μ ≤ off_up_to.
    doubt : ndarray (hidden,)
        Bound on the rounding error of X_μ − either number: of J, of θ − J_μμ, and of sums and differences of the
        J_μν in any order. 0 where `whole`.
    whole : bool
        The numbers are exact.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.rounding import field_bounds
    >>> np.sign(field_bounds(Network(weights=2 * np.eye(4))).on_above)  # θ − J_μμ = −½
    array([-1., -1., -1., -1.])
    """

    coupling: np.ndarray
    on_above: np.ndarray
    off_up_to: np.ndarray
    doubt: np.ndarray
    whole: bool

    def strict(self) -> FieldBounds:
        """Return bounds under which ties count as wrong, so that a neuron that is right has a margin > 0."""
        return replace(self, off_up_to=self.off_up_to - 0.25) if self.whole else self  # doubt > 0 excludes ties


def field_bounds(net: Network) -> FieldBounds:
    """Return the limits of the field of the other neurons, and bounds on the rounding errors.

    Parameters
    ----------
    net : Network

    Returns
    -------
    FieldBounds

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.rounding import field_bounds
    >>> bounds = field_bounds(Network.gaussian(100, 5, seed=0))
    >>> bounds.whole, bool((bounds.doubt < 1e-12).all())
    (False, True)
    """
    whole = _whole_field_bounds(net)
    if whole is not None:
        return whole
    scaled = rescaled(net)
    coupling, error = _accurate_coupling(scaled.net.feedback_weights, scaled.net.weights)
    if not scaled.is_exact:  # the largest terms are near 1, and small ones may have underflowed
        has_terms = (net.feedback_weights != 0).astype(float) @ (net.weights != 0) > 0
        coupling = np.where(np.abs(coupling) < NEGLIGIBLE, 0.0, coupling)
        error += 2 * NEGLIGIBLE * has_terms
    net = scaled.net
    own = np.diag(coupling).copy()
    scale = np.abs(coupling).sum(axis=1) + np.abs(net.threshold)  # no partial sum is larger
    operations = 2 * net.n_hidden + 64  # two passes over all neurons, and some operations on larger numbers
    doubt = error.sum(axis=1) + operations * 2.0**-53 * scale
    doubt = 1.000001 * doubt + np.finfo(float).tiny  # above 0 where a neuron has no input
    return FieldBounds(coupling - np.diag(own), net.threshold - own, net.threshold, doubt, whole=False)


def comparable(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return J and θ in some unit for float64 comparisons of (Js)_μ with θ_μ.

    Where the numbers are whole (`FieldBounds`) the comparisons are exact, ties included.

    Parameters
    ----------
    net : Network

    Returns
    -------
    tuple of ndarray (hidden, hidden) and ndarray (hidden,)

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.rounding import comparable
    >>> comparable(Network([[1.0, -1.0], [1.0, 1.0]], threshold=0.5))
    (array([[2., 0.],
           [0., 2.]]), array([1., 1.]))
    """
    bounds = _whole_field_bounds(net)
    if bounds is None:
        net = rescaled(net).net
        return effective_coupling(net), net.threshold
    return bounds.coupling + np.diag(bounds.off_up_to - bounds.on_above), bounds.off_up_to


def _accurate_coupling(feedback: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return J = BW/N_v and a bound on its error, (hidden, hidden), more accurate than one product.

    B = B₁ + B₂ and W = W₁ + W₂ with so few bits in the first parts that B₁W₁ has no rounding [1]_; the rest is small,
    and so is its rounding error, γ_k times the same products of absolute values.

    References
    ----------
    .. [1] Ozaki, Ogita, Oishi & Rump, Numerical Algorithms 59:95 (2012).
    """
    n_visible, n_hidden = weights.shape
    bits = (51 - math.ceil(math.log2(n_visible))) // 2
    steps = [2.0 ** (np.frexp(_largest(values))[1] - bits) for values in (feedback, weights)]
    leading, rest, size_of_rest = (np.zeros((n_hidden, n_hidden)) for _ in range(3))
    for start in range(0, n_visible, _CHUNK):
        b, w = feedback[:, start : start + _CHUNK], weights[start : start + _CHUNK]
        b1, w1 = (np.rint(values / step) * step for values, step in zip((b, w), steps, strict=True))
        b2, w2 = b - b1, w - w1  # exact
        leading += b1 @ w1
        rest += b1 @ w2 + b2 @ w
        size_of_rest += np.abs(b1) @ np.abs(w2) + np.abs(b2) @ np.abs(w)
    coupling = (leading + rest) / n_visible
    error = roundoff(n_visible + n_visible // _CHUNK + 4) * size_of_rest / n_visible + 2.0**-51 * np.abs(coupling)
    return coupling, 1.000001 * error


def _largest(values: np.ndarray) -> float:
    return float(max(values.max(), -values.min()))


def _unit(values: np.ndarray) -> int:
    """Return the largest k for which all values are multiples of 2^k."""
    mantissa, exponent = np.frexp(values[values != 0])
    whole = (mantissa * 2.0**53).astype(np.int64)
    last = np.frexp((whole & -whole).astype(float))[1] - 1  # number of zeros at the end
    return int((exponent - 53 + last).min()) if whole.size else 0


def _whole_field_bounds(net: Network) -> FieldBounds | None:
    """Return the bounds where weights and feedback are small whole numbers times a power of two each, else None."""
    largest = _bits(net.feedback_weights[:, :1]) + _bits(net.weights[:1])  # a quick look, for most networks the last
    if largest > _EXACT_BITS:
        return None
    units = _unit(net.weights), _unit(net.feedback_weights)
    largest = _bits(net.feedback_weights) + _bits(net.weights)
    if largest + math.log2(net.n_visible) + math.log2(net.n_hidden) > _EXACT_BITS:
        return None
    weights = np.ldexp(net.weights, -units[0])
    feedback = weights.T if net.is_symmetric else np.ldexp(net.feedback_weights, -units[1])
    coupling = np.rint(feedback @ weights)
    factor = Fraction(2) ** -sum(units) * net.n_visible
    threshold = np.array([_half_number(Fraction(theta) * factor) for theta in net.threshold.tolist()])
    own = np.diag(coupling).copy()
    return FieldBounds(coupling - np.diag(own), threshold - own, threshold, np.zeros(len(own)), whole=True)


def _bits(values: np.ndarray) -> int:
    """Return the number of bits of the largest value in units of `_unit`."""
    return int(np.frexp(_largest(values))[1]) - _unit(values)


def _half_number(value: Fraction) -> float:
    """Return the multiple of ½ that has the same order relative to all whole numbers as `value`."""
    limit = 2**_EXACT_BITS
    if abs(value) >= limit:
        return float(limit if value > 0 else -limit)
    below = math.floor(value)
    return float(below if below == value else below + 0.5)


class ExactFields:
    """Decide the states that float64 cannot decide, in whole numbers of any size.

    Parameters
    ----------
    net : Network
    bounds : FieldBounds
        Of the same network, from `field_bounds`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.rounding import ExactFields, field_bounds
    >>> net = Network(2 * np.eye(4), threshold=1.0)
    >>> ExactFields(net, field_bounds(net)).count(np.eye(4, dtype=bool))
    (0, 0)
    """

    def __init__(self, net: Network, bounds: FieldBounds) -> None:
        self._net, self._bounds = net, bounds
        self._weights: tuple[np.ndarray, int] | None = None
        self._rows: dict[int, tuple[list[int], int]] = {}

    def count(self, states: np.ndarray) -> tuple[int, int]:
        """Return the number of states that are fixed points, and of those with a margin > 0.

        Parameters
        ----------
        states : ndarray (state, hidden) bool

        Returns
        -------
        (int, int)
        """
        bounds, states = self._bounds, np.asarray(states, dtype=bool)
        field = states @ bounds.coupling.T
        margin = np.where(states, field - bounds.on_above, bounds.off_up_to - field)
        fixed = stable = 0
        for state, distances in zip(states, margin, strict=True):
            if (distances < -bounds.doubt).any():
                continue
            signs = [self._margin(int(m), state) for m in np.flatnonzero(distances <= bounds.doubt)]
            fixed += all(sign > 0 or (sign == 0 and not on) for sign, on in signs)
            stable += all(sign > 0 for sign, _ in signs)
        return fixed, stable

    def _margin(self, unit: int, state: np.ndarray) -> tuple[int, bool]:
        """Return a whole number with the sign of the unit's exact margin, and whether the unit is on."""
        row, threshold = self._row(unit)
        field = sum(row[v] for v in np.flatnonzero(state)) - threshold
        on = bool(state[unit])
        return (field if on else -field), on

    def _row(self, unit: int) -> tuple[list[int], int]:
        """Return (N_v J_μν over ν, N_v θ_μ), times one power of two that makes them whole."""
        if unit not in self._rows:
            if self._weights is None:
                self._weights = _whole_numbers(self._net.weights)
            weights, weight_bits = self._weights
            feedback, feedback_bits = _whole_numbers(self._net.feedback_weights[unit])
            theta, theta_bits = _whole_numbers(self._net.threshold[unit])
            bits = max(weight_bits + feedback_bits, theta_bits)
            row = (feedback @ weights) << (bits - weight_bits - feedback_bits)
            threshold = self._net.n_visible * int(theta) << (bits - theta_bits)
            self._rows[unit] = [int(x) for x in row], threshold
        return self._rows[unit]


def _whole_numbers(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Return (values · 2^bits, bits) with the smallest bits ≥ 0 that surely makes all whole; Python ints."""
    mantissa, exponent = np.frexp(values)
    used = exponent[mantissa != 0]
    bits = max(0, 53 - int(used.min())) if used.size else 0
    shift = np.where(mantissa != 0, exponent - 53 + bits, 0)
    whole = (mantissa * 2.0**53).astype(np.int64).astype(object)
    return np.asarray(whole << shift.astype(object)), bits
