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
from neurosim.result import Outcome

SMOOTH_RESIDUAL = 1e-6  # smooth units never stop moving; this close to the fixed point counts as settled


def required(net: Network, engine: str) -> float:
    """Return τ_v in seconds, or refuse a network that cannot be reduced.

    Raises
    ------
    InvalidInput
        The visible neurons are not linear, or have a time constant each.
    """
    need = None
    if not net.is_linear:
        need = f"linear visible neurons, got {net.visible_activation!r}"
    elif net.tau_v.ndim:
        need = f"one tau_v for all visible neurons, got {net.tau_v.size}"
    if need:
        raise InvalidInput(
            f"{engine} uses the exact reduction, which needs {need}; "
            'use engine="reference", engine="torch" with reduced=False or engine="brian" with formulation="summed"'
        )
    return float(net.tau_v)


def transfer(t: np.ndarray | float, tau_v: np.ndarray | float, tau_h: np.ndarray | float) -> np.ndarray:
    """Return φ(t), the response of h to a unit of u₀ − c; broadcasts.

    Parameters
    ----------
    t, tau_v, tau_h : float or ndarray
        Seconds; t ≥ 0.
    """
    t, tau_v, tau_h = np.asarray(t, float), np.asarray(tau_v, float), np.asarray(tau_h, float)
    slow, fast = np.maximum(tau_v, tau_h), np.minimum(tau_v, tau_h)
    r = t * (1 / fast - 1 / slow)  # ≥ 0: factoring out the slower decay, nothing overflows
    ratio = np.divide(-np.expm1(-r), r, out=np.ones_like(r), where=r > 0)
    return t / tau_h * np.exp(-t / slow) * ratio


def crossing_ahead(
    net: Network, hidden: np.ndarray, visible: np.ndarray | None, active: np.ndarray, drive: np.ndarray | None = None
) -> np.ndarray:
    """Return, for each cue, whether any hidden neuron will yet cross its threshold (Heaviside units).

    Parameters
    ----------
    net : Network
    hidden, active : ndarray (cue, hidden)
        h, and which neurons are on, now.
    visible : ndarray (cue, visible) or None
        v now; needed with one τ_v per visible neuron, or without `drive`.
    drive : ndarray (cue, hidden), optional
        u now, where it is known; else made from `visible`.

    Returns
    -------
    ndarray (cue,) bool
        With one τ_v, exact by the closed form. With one τ_v per visible neuron, False is proven
        (no crossing can come) and True means "not excluded".
    """
    c = active.astype(float) @ theory.effective_coupling(net).T
    side = np.where(active, -1.0, 1.0)  # flip the active ones, so that every crossing is upward through 0
    end = side * (c - net.threshold)
    if net.tau_v.ndim:
        return _crossing_not_excluded(net, hidden, visible, active, end, side)
    u = _drive(net, visible, drive)
    ahead = end > 0  # ending exactly at θ, h never reaches it in finite time
    h_star = _extremum(hidden, u, c, float(net.tau_v), net.tau_h)
    ahead |= side * (h_star - net.threshold) > 0
    return ahead.any(axis=1)


def _drive(net: Network, visible: np.ndarray | None, drive: np.ndarray | None) -> np.ndarray:
    if drive is not None:
        return drive
    if visible is None:
        raise TypeError("either the visible state or the drive is needed")
    return theory.drive(net, visible)


def _extremum(h: np.ndarray, u: np.ndarray, c: np.ndarray, tau_v: float, tau_h: np.ndarray) -> np.ndarray:
    """Return h at its future extremum, NaN where there is none."""
    delta = 1 / tau_h - 1 / tau_v
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
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
    """Bound |u(t) − c| by its largest possible value: then neither u nor h can reach θ from where they are."""
    if v is None:
        raise TypeError("the visible state is needed where each visible neuron has a tau_v of its own")
    rest = active.astype(float) @ net.weights.T / np.sqrt(net.n_hidden)
    swing = np.sqrt(net.n_hidden) / net.n_visible * (np.abs(v - rest) @ np.abs(net.feedback_weights).T)
    stays = (end + swing < 0) & (side * (h - net.threshold) <= 0)
    return ~stays.all(axis=1)


def settled(
    net: Network, hidden: np.ndarray, visible: np.ndarray | None, active: np.ndarray, drive: np.ndarray | None = None
) -> np.ndarray:
    """Return (cue,) bool: no future crossing; else, with smooth hidden or nonlinear visible neurons, at rest.

    At rest is within `SMOOTH_RESIDUAL` of where every potential is drawn.

    Parameters are those of `crossing_ahead`.
    """
    if net.is_linear and isinstance(net.hidden_activation, Heaviside):
        return ~crossing_ahead(net, hidden, visible, active, drive)
    s = net.hidden_activation(hidden - net.threshold)
    u = _drive(net, visible, drive)
    rests = _close(hidden, u)
    if net.is_linear:
        return rests & _close(u, s @ theory.effective_coupling(net).T)
    if visible is None:
        raise TypeError("the visible state is needed where visible neurons are not linear")
    return rests & _close(visible, theory.visible_state(net, s))


def _close(state: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return whether each state, (cue, neuron), is at its target within `SMOOTH_RESIDUAL`; (cue,) bool."""
    return np.all(np.abs(target - state) <= SMOOTH_RESIDUAL * np.maximum(1.0, np.abs(state)), axis=1)


def chatter(net: Network, dt: float) -> float:
    """Return the longest interval between crossings of one neuron that a step of `dt` can make out of sliding.

    A neuron that inhibits itself should stay at its threshold. A step delays its crossing by about dt; through the
    two lags of v and h that makes a cycle with ω² dt = 1/τ_v + 1/τ_h, a crossing every π/ω. Half as long again is
    allowed for.
    """
    return 1.5 * np.pi * float(np.sqrt(dt / (1 / net.tau_v.max() + 1 / net.tau_h.max())))


def name_outcomes(
    *,
    finite: np.ndarray,
    is_settled: np.ndarray,
    repeats: np.ndarray,
    window: np.ndarray | float,
    chatter: float,
) -> np.ndarray:
    """Name how each recall ended; one rule for every engine.

    Parameters
    ----------
    finite, is_settled : ndarray (cue,) bool
    repeats : ndarray (cue,) int
        Crossings, within the last `window` seconds, of the neuron that crossed most often.
    window : float or ndarray (cue,)
        Seconds; the second half of the run.
    chatter : float
        Seconds. Crossings of one neuron closer than this on average are sliding, slower ones cycling. Without a
        step the intervals of sliding shrink towards 0, those of a cycle do not.
    """
    outcome = np.full(finite.shape, Outcome.TIMED_OUT.value, dtype="U10")
    recurrent = repeats >= 4  # a recall that just arrives crosses a threshold once, rarely two or three times
    outcome[recurrent] = Outcome.CYCLING.value
    outcome[recurrent & (window / np.maximum(repeats, 1) < chatter)] = Outcome.SLIDING.value
    outcome[is_settled] = Outcome.SETTLED.value
    outcome[~finite] = Outcome.NON_FINITE.value
    return outcome
