"""Fixed points among the hidden states (eq. 5), their stability margins, and a certificate for all states at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.theory.coupling import effective_coupling
from neurosim.theory.scaling import SMALLEST, Scaled, rescaled
from neurosim.validation import binary_array, takes


def distances(net: Network, states: np.ndarray) -> tuple[np.ndarray, np.ndarray, Scaled]:
    """Return states as bool, fields minus thresholds of the scaled network, (…, hidden), and that network."""
    states = binary_array(states, "states", {"…": None, "hidden": net.n_hidden})
    scaled = rescaled(net)
    return states, states.astype(float) @ effective_coupling(scaled.net).T - scaled.net.threshold, scaled


def check_heaviside(net: Network, function: str) -> None:
    """Raise an error unless the hidden units are Heaviside.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside.
    """
    if not isinstance(net.hidden_activation, Heaviside):
        raise InvalidInput(f"{function} is defined for Heaviside hidden units, got {net.hidden_activation!r}")


@takes(net=Network)
def stability_margin(net: Network, states: np.ndarray) -> np.ndarray:
    """Return the stability margin of each state, min over μ of (2s_μ − 1)((Js)_μ − θ_μ).

    A state is stable if and only if its margin is > 0: every neuron then stays on its side of the threshold under any
    small perturbation, and the eigenvalues of the Jacobian are −1/τ_v and −1/τ_h (appendix A.2, corrected). At margin
    0 a state can be a fixed point (an inactive neuron exactly at θ is off) but is not stable.

    Parameters
    ----------
    net : Network
    states : array_like, shape (…, hidden)
        Bool, or 0 and 1.

    Returns
    -------
    ndarray, shape (…,)

    Raises
    ------
    InvalidInput
        The states have another shape or are not binary, or the hidden units are not Heaviside.

    See Also
    --------
    certify_all_states : The smallest margin of all 2^N_h states.

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network([[1.0, 0.0], [0.0, 1.0]])  # J = I/2
    >>> neurosim.theory.stability_margin(net.replace(threshold=0.2), [[0, 0], [0, 1]])
    array([0.2, 0.2])
    """
    check_heaviside(net, "stability_margin")
    states, distance, scaled = distances(net, states)
    return scaled.unscaled(np.where(states, distance, -distance)).min(axis=-1)


@takes(net=Network)
def is_fixed_point(net: Network, states: np.ndarray) -> np.ndarray:
    """Return whether each state is a fixed point, s = Θ(Js − θ) (eq. 5); a neuron at its threshold is inactive.

    Parameters
    ----------
    net : Network
    states : array_like, shape (…, hidden)
        Bool, or 0 and 1.

    Returns
    -------
    ndarray of bool, shape (…,)

    Raises
    ------
    InvalidInput
        The states have another shape or are not binary, or the hidden units are not Heaviside.

    Notes
    -----
    Fields are computed in float64. Rounding decides on which side a field exactly at θ falls, as many do for weights of
    ±1 and θ = ½; `neurosim.measure.count_fixed_points` decides such ties exactly.

    See Also
    --------
    stability_margin : The distance from losing stability.

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network.gaussian(1000, 5, seed=0)
    >>> neurosim.theory.is_fixed_point(net, [[1, 0, 1, 0, 0], [0, 0, 0, 0, 0]])
    array([ True,  True])
    """
    check_heaviside(net, "is_fixed_point")
    states, distance, _ = distances(net, states)
    return ((distance > 0) == states).all(axis=-1)


@dataclass(frozen=True)
class Certificate:
    """Result of `certify_all_states`.

    Parameters
    ----------
    holds : bool
        Whether all 2^N_h states are proven fixed points for the exact J of the float64 weights. False means that some
        state is no fixed point, or that rounding errors are too large to decide.
    margin : float
        Smallest distance of any field (Js)_μ from θ_μ on the correct side, over all states and neurons, computed in
        float64. It is negative if the worst state is no fixed point, and infinite if it overflows.
    rounding : float
        Bound on |margin − exact margin|. A larger margin is proven.

    See Also
    --------
    certify_all_states : The computation.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network, theory
    >>> theory.certify_all_states(Network(2 * np.eye(4), threshold=0.5)).holds
    True
    """

    holds: bool
    margin: float
    rounding: float


@takes(net=Network)
def certify_all_states(net: Network) -> Certificate:
    """Test whether all 2^N_h hidden states are fixed points, in O(N_h²) operations after J.

    All states are fixed points if and only if, for every neuron μ,

    J_μμ + Σ_{ν≠μ} min(J_μν, 0) > θ_μ   (active, under the worst-case state of the other neurons)   and
    Σ_{ν≠μ} max(J_μν, 0) ≤ θ_μ          (inactive, under the worst-case state of the other neurons).

    The condition is necessary, because the worst-case state is itself one of the states.

    Parameters
    ----------
    net : Network

    Returns
    -------
    Certificate
        It holds only if both sides exceed a rigorous bound of their rounding error, so an exact tie is not certified.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside.

    See Also
    --------
    max_flips_any_state : A bound on the wrong bits of any state.

    Examples
    --------
    >>> import neurosim
    >>> neurosim.theory.certify_all_states(neurosim.Network.gaussian(2000, 5, seed=0)).holds
    True
    """
    check_heaviside(net, "certify_all_states")
    scaled = rescaled(net)
    net, coupling = scaled.net, effective_coupling(scaled.net)
    own = np.diag(coupling)
    others = coupling - np.diag(own)
    lowest_on = own + np.minimum(others, 0).sum(axis=1) - net.threshold
    lowest_off = net.threshold - np.maximum(others, 0).sum(axis=1)
    sizes = np.abs(coupling).sum(axis=1) + np.abs(net.threshold)  # no partial sum is larger
    rounding = coupling_rounding(net, own) + roundoff(net.n_hidden + 2) * 1.000001 * sizes
    holds = bool((lowest_on > rounding).all() and (lowest_off >= rounding).all())
    margin = scaled.unscaled(np.minimum(lowest_on, lowest_off)).min()
    with np.errstate(over="ignore", under="ignore"):
        bound = rounding.max() if scaled.is_exact else (np.ldexp(rounding, scaled.exponent) + SMALLEST).max()
    return Certificate(holds, float(margin), float(bound))


def roundoff(k: int) -> float:
    """Return γ_k = ku/(1 − ku) with u = 2^−53, a bound on the relative error of k successive roundings.

    A float64 sum of n products, in any order, is exact to γ_n times the sum of their absolute values [1]_.

    References
    ----------
    .. [1] N. J. Higham, "Accuracy and Stability of Numerical Algorithms", SIAM 2002, lemma 3.1 and eq. (3.5).

    Examples
    --------
    >>> from neurosim.theory.stability import roundoff
    >>> roundoff(1) < 1.2e-16
    True
    """
    return k * 2.0**-53 / (1 - k * 2.0**-53)


def coupling_rounding(net: Network, own: np.ndarray) -> np.ndarray:
    """Return a bound on Σ_ν |computed J_μν − exact J_μν|, (hidden,), of a scaled network; needs no product of matrices.

    Each term is at most γ_{N_v+2} Σ_i |B_μi||ξ_iν|/N_v ≤ γ_{N_v+2} ‖B_μ‖‖ξ_ν‖/N_v (Cauchy–Schwarz), and with
    symmetric weights ‖ξ_ν‖² = N_v J_νν, a sum of squares and so of small relative error. The factor covers the rounding
    of the bound itself, the constants cover underflow.
    """
    if net.feedback is None:
        columns = rows = np.sqrt(own * net.n_visible) + 1e-150
    else:
        columns = np.sqrt(np.einsum("iv,iv->v", net.weights, net.weights)) + 1e-150
        rows = np.sqrt(np.einsum("mi,mi->m", net.feedback, net.feedback)) + 1e-150
    return 1.000001 * roundoff(net.n_visible + 2) * rows * columns.sum() / net.n_visible + 1e-300 * net.n_hidden
