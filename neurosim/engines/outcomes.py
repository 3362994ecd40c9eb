"""The outcome of recalls (`neurosim.Outcome`), by one rule for all engines of the rate model.

With Heaviside hidden units, linear visible neurons and one τ_v, the state at the end of a recall determines all that
follows, and the closed form of the event engine follows it: `look_ahead`. So the label depends on the final state
alone, not on the engine, the time step or the duration.

Other networks have no closed form. With one τ_v per visible neuron, a bound proves that no crossing follows; with other
activations, the distance from the fixed point decides (`neurosim.reduction.settled`). Where neither does, the second
half of the run is the evidence: a neuron that crossed at least four times in it cycles, or slides if it crossed as fast
as the time step allows.
"""

from __future__ import annotations

import numpy as np

from neurosim import reduction, theory
from neurosim.engines import event_kernel
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.request import RecallRequest
from neurosim.result import Outcome

HORIZON = 100.0  # longest time constants for which crossings are followed after the end of a recall
_BRIEF = 1e-2  # shortest time constants; see `neurosim.engines.event_kernel`
_REPEATS = 4  # in a recall that settles, a neuron crosses once, rarely two or three times


def max_crossings(n_hidden: int) -> int:
    """Return the number of crossings after which a recall counts as cycling."""
    return 10_000 + 200 * n_hidden


def brief(net: Network) -> float:
    """Return the interval between crossings below which a neuron slides, seconds."""
    return _BRIEF * float(min(net.tau_v.min(), net.tau_h.min()))


def has_closed_form(net: Network) -> bool:
    """Return whether the hidden layer can be followed from crossing to crossing."""
    return net.is_linear and not net.tau_v.ndim and isinstance(net.hidden_activation, Heaviside)


def look_ahead(
    net: Network, hidden: np.ndarray, active: np.ndarray, drive: np.ndarray, held: np.ndarray | None = None
) -> np.ndarray:
    """Return the outcome of each state by following its crossings, without a time step.

    Parameters
    ----------
    net : Network
        `has_closed_form`.
    hidden, active, drive : ndarray, shape (state, hidden)
        h, s and u.
    held : ndarray of bool, shape (state, hidden), optional
        Which neurons slide; of them, h = u = θ. Default: none.

    Returns
    -------
    ndarray of str, shape (state,)
        "settled", "sliding", "timed_out" or "cycling".

    Examples
    --------
    >>> net = Network(weights=[[-1.0]], feedback=[[1.0]], threshold=-0.5)  # J = −1: it inhibits itself
    >>> look_ahead(net, np.array([[-0.4]]), np.array([[True]]), np.array([[0.0]]))
    array(['sliding'], dtype='<U10')
    """
    crossings = np.empty(len(hidden), dtype=np.int64)
    ends, slides = np.empty((2, len(hidden)), dtype=bool)
    event_kernel.look_ahead(
        np.ascontiguousarray(drive, dtype=float),
        np.ascontiguousarray(hidden, dtype=float),
        np.ascontiguousarray(active),
        np.zeros(hidden.shape, bool) if held is None else np.ascontiguousarray(held),
        np.ascontiguousarray(net.threshold),
        np.ascontiguousarray(theory.effective_coupling(net).T),
        float(net.tau_v),
        np.atleast_1d(net.tau_h),
        brief(net),
        HORIZON * float(max(net.tau_v.max(), net.tau_h.max())),
        max_crossings(net.n_hidden),
        crossings,
        ends,
        slides,
    )
    outcome = np.where(ends, Outcome.TIMED_OUT.value, Outcome.CYCLING.value).astype("U10")
    outcome[ends & slides] = Outcome.SLIDING.value
    outcome[ends & (crossings == 0)] = Outcome.SETTLED.value
    return outcome


def name_outcomes(
    net: Network,
    request: RecallRequest,
    *,
    hidden: np.ndarray,
    active: np.ndarray,
    visible: np.ndarray | None,
    drive: np.ndarray | None = None,
    repeats: np.ndarray,
) -> np.ndarray:
    """Return the outcome of recalls with a time step.

    Parameters
    ----------
    net : Network
    request : RecallRequest
    hidden, active : ndarray, shape (cue, hidden)
        h and s at the end.
    visible : ndarray of shape (cue, visible), or None
        v at the end; not needed if `drive` is given and the network has a closed form.
    drive : ndarray of shape (cue, hidden), optional
        u at the end, if it is not to be computed from `visible`.
    repeats : ndarray of int, shape (cue,)
        Number of crossings of the neuron that crossed most often, from step ``request.late_from``.

    Returns
    -------
    ndarray of str, shape (cue,)
        Values of `neurosim.Outcome`.

    Examples
    --------
    >>> from neurosim.engines import Reference
    >>> net = Network.gaussian(100, 2, seed=0)
    >>> request = Reference().request(net, net.weights.T)
    >>> rest = theory.effective_coupling(net)  # h and u in the two basic memories
    >>> state = {"hidden": rest, "drive": rest, "active": np.eye(2, dtype=bool), "visible": None}
    >>> name_outcomes(net, request, **state, repeats=np.zeros(2, int))
    array(['settled', 'settled'], dtype='<U10')
    """
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # an overflow is reported as Outcome.NON_FINITE
        finite = np.isfinite(hidden).all(axis=1)
        if visible is not None:
            finite &= np.isfinite(visible).all(axis=1)
        if has_closed_form(net):
            outcome = look_ahead(net, hidden, active, _drive(net, visible) if drive is None else drive)
        else:
            outcome = _by_evidence(net, request, reduction.settled(net, hidden, visible, active, drive), repeats)
    outcome[~finite] = Outcome.NON_FINITE.value
    return outcome


def _drive(net: Network, visible: np.ndarray | None) -> np.ndarray:
    if visible is None:
        raise TypeError("name_outcomes needs the visible state or the drive; give one of them")
    return theory.drive(net, visible)


def chatter(net: Network, dt: float) -> float:
    """Return the longest interval between crossings that a time step can produce in a sliding neuron, seconds.

    A neuron that inhibits itself should stay at its threshold. A time step delays its crossing by about dt; through
    the two lags of v and h this makes a cycle with ω² dt = 1/τ_v + 1/τ_h and a crossing every π/ω. The result
    includes a margin of 50%.

    Parameters
    ----------
    net : Network
    dt : float
        Time step, seconds.

    Examples
    --------
    >>> chatter(Network.gaussian(100, 10, seed=0), 1e-4) < 3e-3
    True
    """
    return 1.5 * np.pi * float(np.sqrt(dt / (1 / net.tau_v.max() + 1 / net.tau_h.max())))


def _by_evidence(net: Network, request: RecallRequest, settled: np.ndarray, repeats: np.ndarray) -> np.ndarray:
    outcome = np.full(settled.shape, Outcome.TIMED_OUT.value, dtype="U10")
    recurrent = repeats >= _REPEATS
    outcome[recurrent] = Outcome.CYCLING.value
    dense = request.late_window < repeats * chatter(net, request.dt)
    outcome[recurrent & dense] = Outcome.SLIDING.value
    outcome[settled] = Outcome.SETTLED.value
    return outcome
