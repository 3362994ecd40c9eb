"""The network of the paper, written from its equations alone, for SciPy's integrator; imports nothing of neurosim.

    τ_v dv_i/dt = −v_i + (1/√N_h) Σ_μ ξ_iμ Θ(h_μ − θ_μ) + I_i(t)                       (1a)
    τ_h dh_μ/dt = −h_μ + (√N_h/N_v) Σ_i ξ_μi v_i,      Θ(z) = 1 for z > 0, else 0      (1b, 2)

Both layers are integrated in full. Between two crossings of a threshold the right-hand side is smooth; each crossing
h_μ = θ_μ is an event that ends a piece, and Θ of that neuron changes. The input I is constant in segments.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp


@dataclass
class Answer:
    """The end of one recall.

    active, hidden, visible: the state at the end. crossings: (time, neuron) of each. samples: v and h at the sample
    times. margin: the smallest distance from its threshold of a maximum or minimum of a hidden potential, of the value
    to which it tends, or by which a crossing passes it. settled: no crossing follows. dense: a neuron crossed again and
    again within a hundredth of the shortest time constant, so that pieces do not lead to the end.
    """

    active: np.ndarray
    hidden: np.ndarray
    visible: np.ndarray
    crossings: list
    samples: np.ndarray
    margin: float
    settled: bool
    dense: bool


def integrate(xi, back, theta, tau_v, tau_h, v, h, duration, current=(), segment: Any = np.inf, sample_times=()):
    """Integrate one recall; `back` (hidden, visible) are the synapses visible → hidden, ξᵀ in the paper."""
    n_v, n_h = xi.shape
    theta, tau_h = np.broadcast_to(theta, n_h), np.broadcast_to(tau_h, n_h)
    shortest = min(tau_v, tau_h.min())
    s = (h > theta).astype(float)
    state, now, crossings, dense = np.concatenate([v, h]), 0.0, [], False
    rest_of_samples, samples, margin = list(sample_times), [], np.inf
    ends = [segment * (k + 1) for k in range(len(current))]
    boundaries = sorted({*[e for e in ends if e < duration], duration})
    for boundary in boundaries:
        k = round(now / segment) if ends and now < ends[-1] * (1 - 1e-9) else None
        given = np.zeros(n_v) if k is None else current[k]
        while now < boundary:
            piece, who = _piece(xi, back, theta, tau_v, tau_h, state, s, given, now, boundary)
            turns = _turns(piece, back, tau_h, n_v, theta)
            margin = min([margin, *turns])
            while rest_of_samples and rest_of_samples[0] <= piece.t[-1] * (1 + 1e-12):
                samples.append(piece.sol(min(rest_of_samples.pop(0), piece.t[-1])))
            now, state = piece.t[-1], piece.y[:, -1].copy()
            if who is None:
                break
            recent = [t for t, n in crossings[-40:] if n == who and now - t < 0.01 * shortest]
            crossings.append((now, who))
            speed = np.sqrt(n_h) / n_v * (back[who] @ state[:n_v]) - state[n_v + who]  # τ_h dh/dt
            margin = min(margin, speed**2)  # a slow crossing is barely made
            s[who] = 1 - s[who]
            state[n_v + who] = theta[who] + (2 * s[who] - 1) * 1e-12  # past θ, else the same crossing is found again
            if len(recent) >= 3:
                return Answer(
                    s > 0,
                    state[n_v:],
                    state[:n_v],
                    crossings,
                    np.array(samples).reshape(-1, n_v + n_h),
                    0.0,
                    False,
                    True,
                )
        now = boundary
    after, who = _piece(xi, back, theta, tau_v, tau_h, state, s, np.zeros(n_v), now, now + 60 * max(tau_v, tau_h.max()))
    limit = np.sqrt(n_h) / n_v * back @ (xi @ s / np.sqrt(n_h))
    margin = min([margin, *_turns(after, back, tau_h, n_v, theta), *np.abs(limit - theta)])
    return Answer(
        s > 0, state[n_v:], state[:n_v], crossings, np.array(samples).reshape(-1, n_v + n_h), margin, who is None, dense
    )


def _piece(xi, back, theta, tau_v, tau_h, state, s, given, start, end):
    """Integrate at constant Θ up to the first crossing; return SciPy's result and the neuron that crosses, or None."""
    n_v, n_h = xi.shape
    into_v = xi @ s / np.sqrt(n_h) + given

    def flow(_, y):
        return np.concatenate([(into_v - y[:n_v]) / tau_v, (np.sqrt(n_h) / n_v * (back @ y[:n_v]) - y[n_v:]) / tau_h])

    side = np.where(s > 0, -1.0, 1.0)

    def crossing(_, y):  # > 0 once a neuron is on the other side
        return np.max(side * (y[n_v:] - theta))

    crossing.terminal, crossing.direction = True, 1
    moving = side * flow(0, state)[n_v:]
    at_once = np.flatnonzero((side * (state[n_v:] - theta) > 0) | ((state[n_v:] == theta) & (moving > 0)))
    tolerance = {"rtol": 1e-10, "atol": 1e-12, "dense_output": True, "method": "DOP853"}
    if at_once.size:
        first = solve_ivp(flow, (start, start + 1e-15), state, **tolerance)
        first.t, first.y = np.array([start, start]), np.stack([state, state], axis=1)
        return first, int(at_once[0])
    for refine in (1, 10, 100):  # a crossing forth and back within one step is overlooked: look, and make smaller steps
        step = {"max_step": 0.5 * min(tau_v, tau_h.min()) / refine}
        run = solve_ivp(flow, (start, end), state, events=crossing, **tolerance, **step)
        t = _grid(run, min(tau_v, tau_h.min()))
        beyond = side[:, None] * (run.sol(t[1:-1])[n_v:] - theta[:, None]) > 1e-9
        if not beyond.any():
            break
    if run.status != 1:
        return run, None
    return run, int(np.argmax(side * (run.y[n_v:, -1] - theta)))


def _grid(piece, tau):
    """Return times within a piece, at most 2% of a time constant apart."""
    return np.linspace(piece.t[0], piece.t[-1], 3 + int((piece.t[-1] - piece.t[0]) / (0.02 * tau)))


def _turns(piece, back, tau_h, n_v, theta):
    """Return the distances from θ of the maxima and minima of all h within a piece, by the sign of dh/dt."""
    if piece.t[-1] <= piece.t[0]:
        return []
    y = piece.sol(_grid(piece, tau_h.min()))
    h = y[n_v:]
    slope = np.sqrt(len(h)) / n_v * (back @ y[:n_v]) - h
    found = []
    for row, (a, b) in enumerate(zip(slope[:, :-1], slope[:, 1:], strict=True)):
        for j in np.flatnonzero(a * b < 0):
            lo, hi = sorted((h[row, j], h[row, j + 1]))
            found.append(max(0.0, lo - theta[row], theta[row] - hi))
    return found
