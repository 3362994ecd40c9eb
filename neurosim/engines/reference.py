"""Reference engine: both layers in plain NumPy, exact within small steps; slow, but simple to verify.

Within a step dt the hidden activity s is constant. Then eqs. (1a, 1b) are linear and are propagated exactly:

    v(t+dt) = v∞ + (v − v∞) e^{−dt/τ_v},                       v∞ = ξs/√N_h + I
    h(t+dt) = u∞ + (√N_h/N_v) Σ_i ξ_μi (v_i − v∞_i) φ_iμ + (h − u∞) e^{−dt/τ_h},   u∞ = (√N_h/N_v) ξᵀv∞

with φ from `neurosim.reduction`. The only error is that s changes on the grid of steps: first order in dt. All
activations are possible, and one τ_v and τ_h or one per neuron. Where the hidden layer receives g(v) ≠ v, the drive of
h is the mean of its values at both ends of the step, (√N_h/N_v) ξᵀ(g(v) + g(v_end))/2, of second order.
"""

from __future__ import annotations

import numpy as np
from tqdm import trange

from neurosim import reduction
from neurosim.engines import outcomes
from neurosim.network import Network
from neurosim.request import RecallRequest
from neurosim.result import EngineResult


@np.errstate(over="ignore", invalid="ignore", under="ignore")  # an overflow is reported as Outcome.NON_FINITE
def run(net: Network, request: RecallRequest) -> EngineResult:
    """Recall every cue of the request in steps of ``request.dt``; `neurosim.engines.Reference` calls it.

    Parameters
    ----------
    net : Network
    request : RecallRequest

    Returns
    -------
    EngineResult

    Examples
    --------
    >>> from neurosim.engines import Reference
    >>> net = Network.gaussian(20, 4, seed=0)
    >>> run(net, Reference().request(net, net.weights.T)).n_crossings
    array([1, 1, 2, 2])
    """
    dt, n_steps = request.dt, request.n_steps
    v, h = request.cues.copy(), request.hidden.copy()
    decay_v, decay_h = np.exp(-dt / net.tau_v), np.exp(-dt / net.tau_h)
    back = np.sqrt(net.n_hidden) / net.n_visible * net.feedback_weights
    output = net.visible_activation
    back_transient = back * reduction.transfer(dt, np.atleast_1d(net.tau_v), np.atleast_1d(net.tau_h)[:, None])
    active = h > net.threshold
    last_crossing = np.zeros(len(h))
    crossings = np.zeros(h.shape, dtype=np.int64)
    late_crossings = np.zeros(h.shape, dtype=np.int64)
    every = max(1, round(request.record_dt / dt))
    traces: dict[str, list[np.ndarray]] = {name: [] for name in request.record}

    for step in trange(n_steps, disable=None if request.progress else True, desc="reference", leave=False):
        if step % every == 0:
            _sample(traces, v, h, active)
        s = net.hidden_activation(h - net.threshold)
        v_end = s @ net.weights.T / np.sqrt(net.n_hidden)
        if request.input is not None:
            v_end = v_end + request.input.at(step, dt)
        v_next = v_end + (v - v_end) * decay_v
        if net.is_linear:
            u_end = v_end @ back.T
            h = u_end + (v - v_end) @ back_transient.T + (h - u_end) * decay_h
        else:
            u_mean = 0.5 * (output(v) + output(v_next)) @ back.T
            h = u_mean + (h - u_mean) * decay_h
        v = v_next
        crossed = (h > net.threshold) != active
        active ^= crossed
        crossings += crossed
        late_crossings += crossed if step >= request.late_from else 0
        last_crossing[crossed.any(axis=1)] = (step + 1) * dt
    if n_steps % every == 0:
        _sample(traces, v, h, active)

    return EngineResult(
        hidden=h,
        hidden_active=active,
        visible=v if request.read_out else None,
        outcome=outcomes.name_outcomes(
            net, request, hidden=h, active=active, visible=v, repeats=late_crossings.max(axis=1)
        ),
        last_crossing=last_crossing,
        n_crossings=crossings.sum(axis=1),
        traces={name: np.stack(samples, axis=1) for name, samples in traces.items()},
        attrs={"dt": dt, "dtype": "float64", "device": "cpu"},
    )


def _sample(traces: dict[str, list[np.ndarray]], v: np.ndarray, h: np.ndarray, active: np.ndarray) -> None:
    for name, state in (("hidden", h), ("visible", v), ("hidden_active", active)):
        if name in traces:
            traces[name].append(state.copy())
