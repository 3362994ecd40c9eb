"""Which hidden states are fixed points (eq. 5), by how much, and a certificate for all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.theory.coupling import effective_coupling


def _states(net: Network, states: np.ndarray) -> np.ndarray:
    states = np.asarray(states)
    if states.ndim == 0 or states.shape[-1] != net.n_hidden:
        raise InvalidInput(f"states must have shape (…, {net.n_hidden}), got {states.shape}")
    if not np.isin(states, (0, 1)).all():
        raise InvalidInput("states must be binary (bool, or 0 and 1)")
    return states.astype(bool)


def _requires_heaviside(net: Network, what: str) -> None:
    if not isinstance(net.hidden_activation, Heaviside):
        raise InvalidInput(f"{what} is defined for Heaviside hidden units, got {net.hidden_activation!r}")


def stability_margin(net: Network, states: np.ndarray) -> np.ndarray:
    """Return how far each state is from losing its stability: min over μ of (2s_μ−1)((Js)_μ − θ_μ).

    A state is stable exactly if its margin is > 0: every neuron then keeps its side of the threshold for any small
    perturbation, and the Jacobian's eigenvalues are −1/τ_v and −1/τ_h (appendix A.2, corrected). At margin 0 a
    state can be fixed (an inactive neuron exactly at θ is off) but is not stable.

    Parameters
    ----------
    net : Network
    states : ndarray (…, hidden), bool or 0/1

    Returns
    -------
    ndarray (…,)

    Raises
    ------
    InvalidInput
        Wrong width, not binary, or the hidden units are not Heaviside.
    """
    _requires_heaviside(net, "stability_margin")
    states = _states(net, states)
    field = states.astype(float) @ effective_coupling(net).T - net.threshold
    return np.where(states, field, -field).min(axis=-1)


def is_fixed_point(net: Network, states: np.ndarray) -> np.ndarray:
    """Return whether s = Θ(Js − θ) (eq. 5). At the threshold is off.

    Parameters
    ----------
    net : Network
    states : ndarray (…, hidden), bool or 0/1

    Returns
    -------
    ndarray (…,) bool

    Raises
    ------
    InvalidInput
        Wrong width, not binary, or the hidden units are not Heaviside.
    """
    _requires_heaviside(net, "is_fixed_point")
    states = _states(net, states)
    field = states.astype(float) @ effective_coupling(net).T - net.threshold
    return ((field > 0) == states).all(axis=-1)


@dataclass(frozen=True)
class Certificate:
    """Whether all 2^N_h states are proven fixed points, and by how much.

    Parameters
    ----------
    holds : bool
        Proven for the exact J of the given float64 weights, whatever rounding did. What is not proven is not
        certified: False says that some state is no fixed point, or that rounding leaves it open.
    margin : float
        Smallest distance of any field (Js)_μ from θ_μ on its right side, over all states and neurons at once,
        as float64 gives it; negative by the amount that the worst state misses. NaN where J overflows.
    rounding : float
        Bound on |margin − exact margin|. A margin above it is proven.
    """

    holds: bool
    margin: float
    rounding: float


def certify_all_states(net: Network) -> Certificate:
    """Test all 2^N_h states at once, in O(N_h²) after J: each is a fixed point if and only if, for every μ,

    J_μμ + Σ_{ν≠μ} min(J_μν, 0) > θ_μ   (on in the worst company)   and
    Σ_{ν≠μ} max(J_μν, 0) ≤ θ_μ          (off in the worst company; at the threshold is off).

    Necessary as well as sufficient, since the worst company of μ is itself one of the states.
    Computed in float64; it holds only where each side clears a rigorous bound of its rounding error, so an exact
    tie is not certified.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside.
    """  # noqa: D400 - the inequality is the summary
    _requires_heaviside(net, "certify_all_states")
    coupling = effective_coupling(net)
    own = np.diag(coupling)
    with np.errstate(over="ignore", invalid="ignore"):  # where J overflows, NaN proves nothing
        others = coupling - np.diag(own)
        lowest_on = own + np.minimum(others, 0).sum(axis=1) - net.threshold
        lowest_off = net.threshold - np.maximum(others, 0).sum(axis=1)
        sizes = np.abs(coupling).sum(axis=1) + np.abs(net.threshold)  # no partial sum is larger
        rounding = _coupling_rounding(net, own) + roundoff(net.n_hidden + 2) * 1.000001 * sizes
    holds = bool((lowest_on > rounding).all() and (lowest_off >= rounding).all())
    return Certificate(holds, float(min(lowest_on.min(), lowest_off.min())), float(rounding.max()))


def roundoff(k: int) -> float:
    """Return γ_k = ku/(1 − ku), u = 2^−53, the relative error that k roundings in a row can make.

    A float64 sum of n products, in any order, is exact to γ_n times the sum of the products' sizes.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), lemma 3.1 and eq. 3.5.
    """
    return k * 2.0**-53 / (1 - k * 2.0**-53)


def _coupling_rounding(net: Network, own: np.ndarray) -> np.ndarray:
    """Return a bound on Σ_ν |computed J_μν − exact J_μν|, (hidden,), without another product of matrices.

    Each term is at most γ_{N_v+2} Σ_i |B_μi||ξ_iν|/N_v ≤ γ_{N_v+2} ‖B_μ‖‖ξ_ν‖/N_v (Cauchy–Schwarz), and with
    symmetric weights ‖ξ_ν‖² = N_v J_νν, a sum of squares and so of small relative error. The factor pays for the
    rounding of the bound itself, the constants for underflow.
    """
    if net.feedback is None:
        columns = rows = np.sqrt(own * net.n_visible) + 1e-150
    else:
        columns = np.sqrt(np.einsum("iv,iv->v", net.weights, net.weights)) + 1e-150
        rows = np.sqrt(np.einsum("mi,mi->m", net.feedback, net.feedback)) + 1e-150
    return 1.000001 * roundoff(net.n_visible + 2) * rows * columns.sum() / net.n_visible + 1e-300 * net.n_hidden
