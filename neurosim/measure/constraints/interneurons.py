"""How fast interneurons must be: recall in a circuit that obeys Dale's law, with interneurons of time constant τ_i.

In `neurosim.constraints.Circuit` all but the hidden neurons is linear, so it reduces to five variables a hidden neuron,
as the free network does to two (`neurosim.reduction`). With s̄ the filtered s that drives the interneurons p, U and Y
what v drives directly and through interneurons q, and J_ab = b_a w_b/N_v, a and b direct (d) or by interneurons (i),

    τ_i ds̄/dt = −s̄ + s,    τ_v dU/dt = −U + J_dd s − J_di s̄,    τ_v dY/dt = −Y + J_id s − J_ii s̄,
    τ_i dy/dt = −y + Y,     τ_h dh/dt = −h + U − y,    s = Θ(h − θ),

and for τ_i → 0 the free network's equations with J = J_dd − J_di − J_id + J_ii.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray

from neurosim import InvalidInput, Network, Outcome, patterns, recall
from neurosim.constraints import Circuit, Dale, Homeostatic, constrain, stream
from neurosim.measure.constraints.stability import described, over_networks
from neurosim.measure.recall.trials import random_targets
from neurosim.sweep import grid as sweep
from neurosim.sweep.grid import HERE, Runner
from neurosim.sweep.seeds import spawn_seeds

MEASURES = {
    "circuit": "share of noisy cues recalled perfectly in the circuit",
    "eliminated": "share of noisy cues recalled perfectly with the interneurons eliminated",
}
_STEPS = 20  # a time constant, the shortest


def circuit_share(
    *,
    seed: int,
    constraint: str,
    x: float,
    n_hidden: int,
    visible_per_hidden: float = 100.0,
    excitatory: float = 0.8,
    noise_std: float = 1.0,
    n_cues: int = 128,
) -> dict[str, float]:
    """Recall noisy cues in the circuit of one Gaussian network, its interneurons at rest when the cue comes.

    Parameters
    ----------
    seed : int
    constraint : {"pool", "relay"}
        Which interneurons (`neurosim.constraints.Dale`).
    x : float
        τ_i/τ_h.
    n_hidden : int
    visible_per_hidden : float, default 100
    excitatory : float, default 0.8
        Share of either layer's neurons that excite.
    noise_std : float, default 1
        σ_v on the cues.
    n_cues : int, default 128

    Returns
    -------
    dict
        circuit: share of the cues that end, after 5 τ_v, in the state they were made from, with no crossing in the
        second half; eliminated: the same of the network without interneurons that is left for τ_i → 0, exactly.
    """
    net_seed, sign_seed, target_seed, noise_seed = spawn_seeds(seed, 4)
    free = Network.gaussian(max(1, round(visible_per_hidden * n_hidden)), n_hidden, seed=net_seed)
    circuit = Dale(excitatory, excitatory, constraint).circuit(free, stream(sign_seed))
    effective = constrain(circuit.effective, [Homeostatic()], seed=0)
    wanted = random_targets(n_hidden, n_cues, target_seed)
    cues = patterns.visible_cues(effective, wanted, noise_std=noise_std, seed=noise_seed)
    active, quiet = integrated(circuit, effective, cues, x * float(free.tau_h))
    out = recall(effective, cues, duration=5 * float(free.tau_v), read_out=False)
    settled = out.outcome.values == Outcome.SETTLED
    return {
        "circuit": float(((active == wanted).all(axis=1) & quiet).mean()),
        "eliminated": float(((out.hidden_active.values == wanted).all(axis=1) & settled).mean()),
    }


def speed_sweep(
    networks: int,
    interneurons: Mapping[str, str],
    ratios: Sequence[float],
    n_hidden: Sequence[int],
    *,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: float,
) -> xarray.Dataset:
    """Measure recall in circuits against τ_i/τ_h.

    Parameters
    ----------
    networks : int
        Independent networks at every point.
    interneurons : mapping of label to {"pool", "relay"}
    ratios : sequence of float
        τ_i/τ_h.
    n_hidden : sequence of int
    seed : int
    confidence : float, default 0.95
    runner : Runner
    **fixed
        visible_per_hidden, excitatory, noise_std, n_cues of `circuit_share`.

    Returns
    -------
    xarray.Dataset over (constraint, x, n_hidden), x being τ_i/τ_h
        circuit and eliminated, with `_lower`, `_upper` and `_by_network`.
    """
    grid = {"constraint": list(interneurons.values()), "x": list(ratios), "n_hidden": list(n_hidden)}
    labels = {
        "x": ("time constant of the interneurons, in τ_h", "1"),
        "n_hidden": ("number of hidden neurons N_h", "1"),
    }
    raw = sweep.run(partial(circuit_share, **fixed), grid, networks=networks, seed=seed, labels=labels, runner=runner)
    out = over_networks(raw, MEASURES, confidence)
    trials = f"{fixed.get('n_cues', 128)} noisy cues"
    noted = {"noise_std": 1.0, "excitatory": 0.8, **fixed}
    found = described(out, interneurons, trials, networks, seed, confidence, noted)
    return found.assign_attrs(method="circuit integrated in steps", engine="none")


def integrated(
    circuit: Circuit, effective: Network, cues: np.ndarray, tau_i: float, duration: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Integrate a circuit whose hidden neurons are scaled as those of `effective` are.

    Parameters
    ----------
    circuit : Circuit
        With interneurons.
    effective : Network
        ``circuit.effective``, each hidden neuron's synapses scaled by a positive factor, the same both ways
        (`Homeostatic`); its thresholds and time constants are used.
    cues : ndarray (cue, visible)
        v at time 0.
    tau_i : float > 0
        Seconds.
    duration : float, default 5 τ_v
        Seconds.

    Returns
    -------
    (ndarray (cue, hidden) bool, ndarray (cue,) bool)
        Which neurons are active at the end, and whether none crossed its threshold in the second half.

    Raises
    ------
    InvalidInput
        There are no interneurons, or one τ_v for each visible neuron.
    """
    if circuit.to_visible is None or circuit.to_hidden is None or effective.tau_v.ndim:
        raise InvalidInput("a circuit runs with interneurons, pool or relay, and one tau_v for all visible neurons")
    whole = circuit.effective.weights
    factor = np.linalg.norm(effective.weights, axis=0) / np.linalg.norm(whole, axis=0)
    forth = circuit.direct.weights * factor, (circuit.to_visible @ circuit.from_hidden) * factor
    through = (circuit.to_hidden @ circuit.from_visible) * factor[:, None]
    back = circuit.direct.feedback_weights * factor[:, None], through
    coupling = [[b @ w / effective.n_visible for w in forth] for b in back]
    scale = np.sqrt(effective.n_hidden) / effective.n_visible
    u, large_y = (scale * cues @ b.T for b in back)
    h, slow, y = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
    tau_v, tau_h = float(effective.tau_v), effective.tau_h
    step = min(tau_i, float(tau_h.min()), tau_v) / _STEPS
    n_steps = round((5 * tau_v if duration is None else duration) / step)
    keep_i, keep_v, keep_h = np.exp(-step / tau_i), np.exp(-step / tau_v), np.exp(-step / tau_h)
    active, quiet = h > effective.threshold, np.ones(len(cues), dtype=bool)
    for k in range(n_steps):
        s = active.astype(float)
        ends = [s @ direct.T - slow @ inter.T for direct, inter in coupling]
        h = (u - y) + (h - (u - y)) * keep_h
        y, slow = large_y + (y - large_y) * keep_i, s + (slow - s) * keep_i
        u, large_y = (end + (now - end) * keep_v for end, now in zip(ends, (u, large_y), strict=True))
        crossed = (h > effective.threshold) != active
        active = active ^ crossed
        if k >= n_steps // 2:
            quiet &= ~crossed.any(axis=1)
    return active, quiet
