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
    """Whether all 2^N_h states are fixed points, and by how much.

    Parameters
    ----------
    holds : bool
    margin : float
        Smallest distance of any field (Js)_μ from θ_μ on its right side, over all states and neurons at once;
        negative by the amount that the worst state misses.
    """

    holds: bool
    margin: float


def certify_all_states(net: Network) -> Certificate:
    """Test all 2^N_h states at once, in O(N_h²): each is a fixed point if and only if, for every μ,

    J_μμ + Σ_{ν≠μ} min(J_μν, 0) > θ_μ   (on in the worst company)   and
    Σ_{ν≠μ} max(J_μν, 0) ≤ θ_μ          (off in the worst company).

    Necessary as well as sufficient, since the worst company of μ is itself one of the states.
    Evaluated in float64; `margin` tells how near the edge the answer is.
    """  # noqa: D400 - the inequality is the summary
    _requires_heaviside(net, "certify_all_states")
    coupling = effective_coupling(net)
    own = np.diag(coupling)
    others = coupling - np.diag(own)
    lowest_on = own + np.minimum(others, 0).sum(axis=1) - net.threshold
    lowest_off = net.threshold - np.maximum(others, 0).sum(axis=1)
    holds = bool((lowest_on > 0).all() and (lowest_off >= 0).all())
    return Certificate(holds=holds, margin=float(min(lowest_on.min(), lowest_off.min())))
