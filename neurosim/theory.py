"""What the mathematics says about a network, each result beside its equation.

Slips in the paper, where we follow the mathematics: eq. (31)'s eigenvalues are −1/τ_v and −1/τ_h, not −1; eq. (30)
lacks the factor √N_h/N_v; eq. (38) assumes independent bit flips (`BitFlipBound.union` does not); eq. (40)'s second
step is Bernoulli's inequality, not Jensen's; eq. (10) is for one state, not for all 2^N_h at once;
eq. (34) holds for τ_h ≪ t ≪ τ_v as eq. (14) does, not for t ≪ τ_h, when h is still 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside


def effective_coupling(net: Network) -> np.ndarray:
    """Return J = ξᵀξ/N_v, (hidden, hidden) (eq. 6); with separate feedback B, J = Bξ/N_v.

    J_μν is the effect of hidden neuron ν on μ once the visible layer is eliminated.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # an overflow ends as Outcome.NON_FINITE
        return np.asarray(net.feedback_weights @ net.weights, dtype=float) / net.n_visible


def drive(net: Network, visible: np.ndarray) -> np.ndarray:
    """Return u = (√N_h/N_v) ξᵀv, the input to the hidden layer (eq. 1b).

    Parameters
    ----------
    net : Network
    visible : ndarray (…, visible)

    Returns
    -------
    ndarray (…, hidden)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return np.sqrt(net.n_hidden) / net.n_visible * (np.asarray(visible) @ net.feedback_weights.T)


def visible_state(net: Network, hidden_active: np.ndarray) -> np.ndarray:
    """Return the steady visible state v = ξs/√N_h (eq. 16).

    Parameters
    ----------
    net : Network
    hidden_active : ndarray (…, hidden)
        s, bool or float.

    Returns
    -------
    ndarray (…, visible)
    """
    return np.asarray(hidden_active, dtype=float) @ net.weights.T / np.sqrt(net.n_hidden)


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


def energy(net: Network, visible: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return the energy, which never rises along a trajectory with symmetric weights, whatever the τ's.

    E = (N_h/2N_v)‖v‖² − (√N_h/N_v) sᵀξᵀv + Σ_μ (h_μ s_μ − L(h_μ)),  dL/dh = s;
    for Heaviside units the last sum is θ·s. Then dE/dt = −(N_h/N_v) τ_v‖dv/dt‖² − Σ τ_h (dh/dt)² ds/dh ≤ 0.

    Parameters
    ----------
    net : Network
        With symmetric weights.
    visible : ndarray (…, visible)
    hidden : ndarray (…, hidden)
        h (not s).

    Returns
    -------
    ndarray (…,), dimensionless

    Raises
    ------
    InvalidInput
        The weights are not symmetric: then no such energy exists.
    """
    if not net.is_symmetric:
        raise InvalidInput("energy needs symmetric weights; with separate feedback the dynamics has none")
    visible, hidden = np.asarray(visible, float), np.asarray(hidden, float)
    z = hidden - net.threshold
    s = net.hidden_activation(z)
    own = (net.n_hidden / (2 * net.n_visible)) * (visible**2).sum(axis=-1)
    coupled = (s * drive(net, visible)).sum(axis=-1)
    units = (hidden * s - net.hidden_activation.lagrangian(z)).sum(axis=-1)
    return own - coupled + units


@dataclass(frozen=True)
class BitFlipBound:
    """Eqs. (36)–(40) for one random state of a Gaussian network, in the limit τ_h ≪ t ≪ τ_v.

    Bounds in the normal approximation of the field, so for large N_v: at N_h = 1, N_v = 2, θ = ½ an active neuron flips
    with probability P(χ²₂/2 ≤ ½) = .39, above `single` = .31. At τ_v = 20 τ_h measured recall lies a little below them.

    Parameters
    ----------
    sigma_z : float
        Upper bound on the std of the field's deviation, eq. (36).
    single : float
        Upper bound on the probability that one given bit flips, eq. (37).
    none : float
        Lower bound on the probability that no bit flips, eq. (38); assumes independent flips.
    none_simple : float
        The simpler, weaker form, eq. (40); can be negative, where it says nothing.
    union : float
        1 − N_h·single, which assumes no independence.
    """

    sigma_z: float
    single: float
    none: float
    none_simple: float
    union: float


def bit_flip_bound(net: Network, noise_std: float = 0.0) -> BitFlipBound:
    """Return the paper's bound on bit flips from finite N_v and from cue noise (appendix D).

    The variance is eq. (36)'s; its distance to the nearer threshold crossing, ½ in the paper, is
    min(θ, 1 − θ) here, so that other thresholds can be asked about.

    Parameters
    ----------
    net : Network
        Only its sizes and thresholds enter: the bound is for Gaussian weights (eq. 3).
    noise_std : float, default 0
        σ_v, std of the noise on the visible cue (eq. 13).

    Raises
    ------
    InvalidInput
        noise_std is negative or not finite, or a threshold lies outside (0, 1).
    """
    from scipy.stats import norm

    if not (np.isfinite(noise_std) and noise_std >= 0):
        raise InvalidInput(f"noise_std must be finite and >= 0, got {noise_std}")
    distance = float(np.minimum(net.threshold, 1 - net.threshold).min())
    if distance <= 0:
        raise InvalidInput("bit_flip_bound needs thresholds between 0 and 1, where both states of a neuron are stable")
    n_h, n_v = net.n_hidden, net.n_visible
    sigma_z = float(np.sqrt((n_h + 1 + noise_std**2 * n_h) / n_v))  # eq. (36)
    a = distance / sigma_z
    single = float(norm.sf(a))  # eq. (37)
    tail = np.exp(-(a**2) / 2) / (a * np.sqrt(2 * np.pi))  # eq. (39)
    return BitFlipBound(
        sigma_z=sigma_z,
        single=single,
        none=float(np.exp(n_h * norm.logcdf(a))),  # eq. (38)
        none_simple=float(1 - n_h * tail),  # eq. (40)
        union=1 - n_h * single,
    )
