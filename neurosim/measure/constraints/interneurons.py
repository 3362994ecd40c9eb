"""Recall in a circuit that obeys Dale's law, with interneurons of time constant τ_i.

In `neurosim.constraints.Circuit` all neurons but the hidden ones are linear, so it reduces to five variables per hidden
neuron, and the network without constraints to two (`neurosim.reduction`). With s̄ the filtered s that drives the
interneurons p, U and Y the drives by v directly and through interneurons q, and J_ab = b_a w_b/N_v, a and b direct (d)
or through interneurons (i),

    τ_i ds̄/dt = −s̄ + s,    τ_v dU/dt = −U + J_dd s − J_di s̄,    τ_v dY/dt = −Y + J_id s − J_ii s̄,
    τ_i dy/dt = −y + Y,     τ_h dh/dt = −h + U − y,    s = Θ(h − θ),

and for τ_i → 0 the equations of a network without interneurons, with J = J_dd − J_di − J_id + J_ii.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neurosim import InvalidInput, Network, Outcome, patterns, recall
from neurosim.constraints import Circuit, Dale, Homeostatic, constrain, stream
from neurosim.measure.recall.trials import random_targets
from neurosim.seeds import spawn_seeds
from neurosim.validation import instance

_STEPS = 20  # per shortest time constant


def circuit_shares(
    *,
    seed: int,
    constraint: Callable[[float], Dale],
    value: float,
    n_hidden: int,
    visible_per_hidden: float = 100.0,
    noise_std: float = 1.0,
    n_cues: int = 128,
) -> dict[str, float]:
    """Recall noisy cues in the circuit of a Gaussian network, integrated in steps, at one τ_i/τ_h.

    Parameters
    ----------
    seed : int
        Seed of the weights, the signs of the neurons, the targets and the noise.
    constraint : callable (value) → Dale
        With interneurons, "pool" or "relay".
    value : float
        τ_i/τ_h; also the argument of `constraint`.
    n_hidden : int
    visible_per_hidden : float, default 100
    noise_std : float, default 1
        σ_v on the cues.
    n_cues : int, default 128

    Returns
    -------
    dict of str to float
        circuit: the share of the cues that end, after 5 τ_v, in the state from which they were made, with no crossing
        in the second half; eliminated: the same for the network without interneurons that is the limit τ_i → 0,
        exactly; n_recalls, the number of cues. Interneurons are at rest when the cue is set.

    See Also
    --------
    integrate_circuit : The simulation.
    neurosim.measure.constraints.sweep.constraint_sweep : Many networks over a grid.

    Examples
    --------
    >>> from neurosim.constraints import Dale
    >>> from neurosim.measure.constraints.interneurons import circuit_shares
    >>> def relays(ratio):
    ...     return Dale(0.8, 0.8, "relay")
    >>> circuit_shares(seed=0, constraint=relays, value=0.5, n_hidden=4, n_cues=4, visible_per_hidden=50.0)
    {'circuit': 1.0, 'eliminated': 1.0, 'n_recalls': 4}
    """
    net_seed, sign_seed, target_seed, noise_seed = spawn_seeds(seed, 4)
    free = Network.gaussian(max(1, round(visible_per_hidden * n_hidden)), n_hidden, seed=net_seed)
    circuit = instance(constraint(value), "the constraint of a circuit", Dale).circuit(free, stream(sign_seed))
    effective = constrain(circuit.effective, [Homeostatic()], seed=0)
    targets = random_targets(n_hidden, n_cues, target_seed)
    cues = patterns.visible_cues(effective, targets, noise_std=noise_std, seed=noise_seed)
    active, quiet = integrate_circuit(circuit, effective, cues, value * float(free.tau_h))
    out = recall(effective, cues, duration=5 * float(free.tau_v), read_out=False)
    settled = out.outcome.values == Outcome.SETTLED
    return {
        "circuit": float(((active == targets).all(axis=1) & quiet).mean()),
        "eliminated": float(((out.hidden_active.values == targets).all(axis=1) & settled).mean()),
        "n_recalls": len(targets),
    }


class _Reduced(NamedTuple):
    """A circuit without its linear neurons: couplings J_ab as [a][b], a and b direct or through interneurons."""

    coupling: list[list[np.ndarray]]
    back: tuple[np.ndarray, np.ndarray]  # visible → hidden, direct and through interneurons
    scale: float  # √N_h/N_v


def _reduced(circuit: Circuit, effective: Network) -> _Reduced:
    if circuit.to_visible is None or circuit.to_hidden is None or effective.tau_v.ndim:
        raise InvalidInput("a circuit runs with interneurons, pool or relay, and one tau_v for all visible neurons")
    scaled, before = (np.linalg.norm(net.weights, axis=0) for net in (effective, circuit.effective))
    factor = np.divide(scaled, before, out=np.ones_like(before), where=before > 0)  # any, of a neuron without synapses
    forth = circuit.direct.weights * factor, (circuit.to_visible @ circuit.from_hidden) * factor
    through = (circuit.to_hidden @ circuit.from_visible) * factor[:, None]
    back = circuit.direct.feedback_weights * factor[:, None], through
    coupling = [[b @ w / effective.n_visible for w in forth] for b in back]
    return _Reduced(coupling, back, np.sqrt(effective.n_hidden) / effective.n_visible)


def integrate_circuit(
    circuit: Circuit, effective: Network, cues: np.ndarray, tau_i: float, duration: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Integrate a circuit with interneurons from visible cues.

    Parameters
    ----------
    circuit : Circuit
        With interneurons.
    effective : Network
        ``circuit.effective``, with the synapses of each hidden neuron scaled by a positive factor, the same in both
        directions (`Homeostatic`). The circuit is scaled likewise, and runs with the thresholds and time constants of
        this network.
    cues : ndarray (cue, visible)
        v at time 0.
    tau_i : float > 0
        Time constant of the interneurons in seconds.
    duration : float, default 5 τ_v
        Seconds.

    Returns
    -------
    active : ndarray (cue, hidden) bool
        Hidden neurons above their threshold at the end.
    quiet : ndarray (cue,) bool
        Whether no hidden neuron crossed its threshold in the second half.

    Raises
    ------
    InvalidInput
        There are no interneurons, or each visible neuron has its own τ_v.

    Notes
    -----
    Exponential Euler steps of a twentieth of the shortest time constant.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.constraints import Dale, stream
    >>> from neurosim.measure.constraints.interneurons import integrate_circuit
    >>> net = Network.gaussian(200, 4, seed=0)
    >>> circuit = Dale(0.5, 0.5, "relay").circuit(net, stream(0))
    >>> targets = patterns.all_hidden_states(4)[[5]]
    >>> active, quiet = integrate_circuit(circuit, net, patterns.visible_cues(net, targets), tau_i=0.5e-3)
    >>> bool((active == targets).all() and quiet.all())
    True
    """
    reduced = _reduced(circuit, effective)
    u, large_y = (reduced.scale * cues @ b.T for b in reduced.back)
    h, slow, y = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
    tau_v, tau_h = float(effective.tau_v), effective.tau_h
    step = min(tau_i, float(tau_h.min()), tau_v) / _STEPS
    n_steps = round((5 * tau_v if duration is None else duration) / step)
    keep_i, keep_v, keep_h = np.exp(-step / tau_i), np.exp(-step / tau_v), np.exp(-step / tau_h)
    active, quiet = h > effective.threshold, np.ones(len(cues), dtype=bool)
    for k in range(n_steps):
        s = active.astype(float)
        ends = [s @ direct.T - slow @ inter.T for direct, inter in reduced.coupling]
        h = (u - y) + (h - (u - y)) * keep_h
        y, slow = large_y + (y - large_y) * keep_i, s + (slow - s) * keep_i
        u, large_y = (end + (now - end) * keep_v for end, now in zip(ends, (u, large_y), strict=True))
        crossed = (h > effective.threshold) != active
        active = active ^ crossed
        if k >= n_steps // 2:
            quiet &= ~crossed.any(axis=1)
    return active, quiet
