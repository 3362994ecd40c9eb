"""The exact reduction to hidden variables, and its closed forms.

With u = (√N_h/N_v) ξᵀv and J = ξᵀξ/N_v (with separate feedback B, ξᵀ → B), eqs. (1a, 1b) become exactly

    τ_v du/dt = −u + J s,    τ_h dh/dt = −h + u,    v(t) = e^{−t/τ_v} v(0) + ξ a(t)/√N_h,   τ_v da/dt = −a + s,

so N_v drops out. While s is constant, with c = J s and t counted from any moment,

    u(t) = c + (u₀ − c) x(t)
    h(t) = c + (u₀ − c) φ(t) + (h₀ − c) y(t),    x = e^{−t/τ_v},  y = e^{−t/τ_h},  φ = (x − y) τ_v/(τ_v − τ_h).

φ is evaluated as y·(t/τ_h)·expm1(r)/r with r = t(1/τ_h − 1/τ_v), which has no pole at τ_v = τ_h.
h has at most one extremum, where h = u; in z = expm1(δt)/δ, δ = 1/τ_h − 1/τ_v, it lies at z* = τ_v(1 − (h₀−c)/(u₀−c)).
"""

from __future__ import annotations

import numpy as np

from neurosim import theory
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.validation import seconds

# Smooth units approach fixed points asymptotically; within this distance, relative to potentials above 1, they count as
# settled.
SMOOTH_RESIDUAL = 1e-6
SMOOTH_RESIDUAL_FLOAT32 = 1e-4


def required(net: Network, engine: str) -> float:
    """Return τ_v in seconds, or raise an error for a network that cannot be reduced.

    Parameters
    ----------
    net : Network
    engine : str
        Name of the engine in the error message.

    Raises
    ------
    InvalidInput
        The visible neurons are not linear, or have more than one time constant.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim import reduction
    >>> reduction.required(neurosim.Network.gaussian(100, 5, seed=0), "event")
    0.02
    """
    broken = None
    if not net.is_linear:
        broken = f"linear visible neurons, got {net.visible_activation!r}"
    elif net.tau_v.ndim:
        broken = f"one tau_v for all visible neurons, got {net.tau_v.size}"
    if broken:
        raise InvalidInput(
            f"{engine} uses the exact reduction, which needs {broken}; "
            'use engine="reference", Torch(reduced=False) or Brian(formulation="summed")'
        )
    return float(net.tau_v)


def transfer(t: np.ndarray | float, tau_v: np.ndarray | float, tau_h: np.ndarray | float) -> np.ndarray:
    """Return φ(t), the response of h to a unit of u₀ − c.

    Parameters
    ----------
    t, tau_v, tau_h : float or ndarray
        Seconds; t ≥ 0. They are broadcast against each other.

    Returns
    -------
    ndarray

    See Also
    --------
    neurosim.theory.rise : The same response in units of τ_h, for given τ_v/τ_h.

    Examples
    --------
    >>> from neurosim import reduction
    >>> float(reduction.transfer(0.02, tau_v=0.02, tau_h=0.001).round(4))
    0.3872
    """
    t, tau_v, tau_h = seconds(t, "t", zero=True), seconds(tau_v, "tau_v"), seconds(tau_h, "tau_h")
    return theory.rise(tau_v / tau_h, t / tau_h)


def crossing_ahead(
    net: Network, hidden: np.ndarray, visible: np.ndarray | None, active: np.ndarray, drive: np.ndarray | None = None
) -> np.ndarray:
    """Return for each cue whether any hidden neuron will still cross its threshold (Heaviside units).

    Parameters
    ----------
    net : Network
    hidden, active : ndarray, shape (cue, hidden)
        Present h, and which neurons are active.
    visible : ndarray of shape (cue, visible), or None
        Present v; needed with one τ_v per visible neuron, or without `drive`.
    drive : ndarray, shape (cue, hidden), optional
        Present u. By default it is computed from `visible`.

    Returns
    -------
    ndarray of bool, shape (cue,)
        With one τ_v for all visible neurons the answer is exact. With one per visible neuron, False is proven, and
        True means that a crossing is not excluded.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.reduction import crossing_ahead
    >>> net = Network.gaussian(100, 10, seed=0)
    >>> silent, visible = np.zeros((2, 10)), np.stack([np.zeros(100), net.weights[:, 0]])
    >>> crossing_ahead(net, silent, visible, silent.astype(bool))
    array([False,  True])
    """
    c = active.astype(float) @ theory.effective_coupling(net).T
    side = np.where(active, -1.0, 1.0)  # the sign of active neurons is flipped: every crossing is upward through 0
    end = side * (c - net.threshold)
    if net.tau_v.ndim:
        return _crossing_not_excluded(net, hidden, visible, active, end, side)
    u = _drive(net, visible, drive)
    ahead = end > 0  # a potential that converges to exactly θ does not reach it in finite time
    h_star = _extremum(hidden, u, c, float(net.tau_v), net.tau_h)
    ahead |= side * (h_star - net.threshold) > 0
    return ahead.any(axis=1)


def _drive(net: Network, visible: np.ndarray | None, drive: np.ndarray | None) -> np.ndarray:
    if drive is not None:
        return drive
    if visible is None:
        raise TypeError("crossing_ahead needs the visible state or the drive; give one of them")
    return theory.drive(net, visible)


def _extremum(h: np.ndarray, u: np.ndarray, c: np.ndarray, tau_v: float, tau_h: np.ndarray) -> np.ndarray:
    """Return h at its extremum after the present time, NaN where there is none."""
    delta = 1 / tau_h - 1 / tau_v
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        z = tau_v * (1 - (h - c) / (u - c))
        inside = (z > 0) & (1 + delta * z > 0) & np.isfinite(z)
        safe = np.where(inside, z, 0.0)
        r = delta * safe
        t = safe * np.divide(np.log1p(r), r, out=np.ones_like(r), where=np.abs(r) > 0)
        value = c + (u - c) * np.exp(-t / tau_v)  # h = u at the extremum
    return np.where(inside, value, np.nan)


def _crossing_not_excluded(
    net: Network, h: np.ndarray, v: np.ndarray | None, active: np.ndarray, end: np.ndarray, side: np.ndarray
) -> np.ndarray:
    """Return where a bound on |u(t) − c| leaves open that u and then h reach the threshold, (cue,) bool."""
    if v is None:
        raise TypeError("crossing_ahead needs the visible state if each visible neuron has its own tau_v")
    rest = active.astype(float) @ net.weights.T / np.sqrt(net.n_hidden)
    swing = np.sqrt(net.n_hidden) / net.n_visible * (np.abs(v - rest) @ np.abs(net.feedback_weights).T)
    stays = (end + swing < 0) & (side * (h - net.threshold) <= 0)
    return ~stays.all(axis=1)


def settled(
    net: Network, hidden: np.ndarray, visible: np.ndarray | None, active: np.ndarray, drive: np.ndarray | None = None
) -> np.ndarray:
    """Return for each cue whether the recall has settled, (cue,) bool.

    With linear visible neurons and Heaviside hidden units, a recall has settled when no crossing will follow. With
    other activations, it has settled when every potential is within `SMOOTH_RESIDUAL` of the value to which it tends,
    relative to potentials above 1. In float32, an approach ends about eps·τ/dt before its target, where a step is less
    than the last place of the state; the distance is then `SMOOTH_RESIDUAL_FLOAT32`.

    Parameters
    ----------
    net, hidden, visible, active, drive
        As in `crossing_ahead`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.reduction import settled
    >>> net = Network.gaussian(100, 10, seed=0)
    >>> silent, visible = np.zeros((2, 10)), np.stack([np.zeros(100), net.weights[:, 0]])
    >>> settled(net, silent, visible, silent.astype(bool))
    array([ True, False])
    """
    if net.is_linear and isinstance(net.hidden_activation, Heaviside):
        return ~crossing_ahead(net, hidden, visible, active, drive)
    s = net.hidden_activation(hidden - net.threshold)
    u = _drive(net, visible, drive)
    tolerance = SMOOTH_RESIDUAL if hidden.dtype == np.float64 else SMOOTH_RESIDUAL_FLOAT32
    at_rest = _close(hidden, u, tolerance)
    if net.is_linear:
        return at_rest & _close(u, s @ theory.effective_coupling(net).T, tolerance)
    if visible is None:
        raise TypeError("settled needs the visible state if visible neurons are not linear")
    return at_rest & _close(visible, theory.visible_state(net, s), tolerance)


def _close(state: np.ndarray, target: np.ndarray, tolerance: float) -> np.ndarray:
    """Return whether each state, (cue, neuron), is at its target; (cue,) bool."""
    return np.all(np.abs(target - state) <= tolerance * np.maximum(1.0, np.abs(state)), axis=1)
