"""Recall by a sparse, noisy, spiking network in which every neuron obeys Dale's law.

The same constrained network is simulated in three ways from the same cues: as the rate model, exactly; as the spiking
network with the interneurons folded into the synapses, whose cells both excite and inhibit; and as the circuit,
in which every cell has one sign and interneurons carry the negative synapses (`neurosim.cells.Interneurons`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray

from neurosim import Network, Outcome, patterns, recall
from neurosim.cells import Interneurons, OnOff, Regular
from neurosim.constraints import Constraint, Dale, Homeostatic, Sparse, constrain
from neurosim.engines import Brian
from neurosim.measure.recall.trials import random_targets
from neurosim.seeds import spawn_seeds
from neurosim.validation import sequence_of

TAU_V, TAU_H = 50e-3, 2e-3  # s: visible neurons slower than the synapses of ON/OFF cells
CIRCUIT = Regular(delay=1e-3, visible=OnOff(gain=100.0, tau_s=5e-3), interneurons=Interneurons())
ENGINE = Brian(cells=CIRCUIT, target="cpp_standalone", dt=0.2e-3)


def sparse_dale(density: float) -> list[Constraint]:
    """Return the constraints of the circuit: sparse wiring, excitatory principal cells with relays, J_μμ = 1.

    Parameters
    ----------
    density : float in (0, 1]
        Share of the synapses that exist.

    Examples
    --------
    >>> from neurosim.measure.constraints.dale_spiking import sparse_dale
    >>> [constraint.name for constraint in sparse_dale(0.1)]
    ['sparse', 'dale', 'homeostatic']
    """
    return [Sparse(density), Dale(1, 1, "relay"), Homeostatic()]


def spiking_shares(
    *,
    seed: int,
    constraint: Callable[[float], Constraint | Sequence[Constraint]] = sparse_dale,
    value: float = 0.1,
    noise: float = 0.05,
    n_hidden: int = 10,
    visible_per_hidden: float = 100.0,
    noise_std: float = 1.0,
    n_cues: int = 16,
    engine: Brian = ENGINE,
) -> dict[str, float]:
    """Recall the same cues with the rate model, with spikes, and with spikes and interneurons in Brian2.

    Parameters
    ----------
    seed : int
        Seed of the weights, the constraints, the cues and the simulations.
    constraint : callable (value) → sequence of Constraint, default `sparse_dale`
    value : float, default 0.1
        Argument of `constraint`; by default the density.
    noise : float, default 0.05
        Membrane noise of the hidden cells, std in units of h.
    n_hidden : int, default 10
    visible_per_hidden : float, default 100
    noise_std : float, default 1
        σ_v on the cue.
    n_cues : int, default 16
    engine : Brian, default ``Brian(cells=CIRCUIT, target="cpp_standalone", dt=0.2e-3)``
        Its cells have interneurons.

    Returns
    -------
    dict of str to float
        recalled_rate, recalled_folded and recalled_circuit, the shares of cues recalled perfectly; same, the share that
        ends in one state with and without interneurons; n_recalls, the number of cues; rate_hidden, rate_visible,
        rate_relays and rate_inhibitors, mean rates in the circuit in Hz.

    See Also
    --------
    neurosim.measure.constraints.sweep.constraint_sweep : Many networks over a grid.
    neurosim.measure.constraints.interneurons.circuit_shares : Interneurons in the rate model.

    Examples
    --------
    >>> from neurosim.measure.constraints.dale_spiking import ENGINE, spiking_shares
    >>> size = {"n_hidden": 2, "visible_per_hidden": 20.0, "n_cues": 1}
    >>> found = spiking_shares(seed=0, value=0.5, **size, engine=ENGINE.replace(target="runtime", codegen="numpy"))
    >>> sorted(found)[:3]
    ['n_recalls', 'rate_hidden', 'rate_inhibitors']
    """
    net_seed, target_seed, cue_seed, own_seed = spawn_seeds(seed, 4)
    n_visible = round(visible_per_hidden * n_hidden)
    free = Network.gaussian(n_visible, n_hidden, seed=net_seed, tau_v=TAU_V, tau_h=TAU_H)
    net = constrain(free, sequence_of(constraint(value), "the constraints", Constraint), seed=net_seed)
    targets = random_targets(n_hidden, n_cues, target_seed)
    cues = patterns.visible_cues(net, targets, noise_std=noise_std, seed=cue_seed)
    duration = 5 * TAU_V
    rate = recall(net, cues, read_out=False)
    cells = engine.cells.replace(noise=noise)
    folded, circuit = (
        recall(net, cues, engine=engine.replace(cells=kind), duration=duration, read_out=False, seed=own_seed)
        for kind in (cells.replace(interneurons=None), cells)
    )
    same = (folded.hidden_active.values == circuit.hidden_active.values).all(axis=1)
    inhibitory = circuit.n_inhibitory_spikes.values / duration
    n_relays, n_inhibitors = n_hidden, n_hidden * cells.interneurons.n_cells
    return {
        "recalled_rate": _recalled(rate, targets),
        "recalled_folded": _recalled(folded, targets),
        "recalled_circuit": _recalled(circuit, targets),
        "same": float(same.mean()),
        "n_recalls": len(targets),
        "rate_hidden": float(circuit.n_spikes.values.mean() / duration),
        "rate_visible": float(circuit.n_visible_spikes.values.mean() / duration / (2 * net.n_visible)),
        "rate_relays": float(inhibitory[:, 0].mean() / n_relays),
        "rate_inhibitors": float(inhibitory[:, 1].mean() / n_inhibitors),
    }


def _recalled(out: xarray.Dataset, targets: np.ndarray) -> float:
    """Return the share of cues that settled at their target."""
    right = (out.hidden_active.values == targets).all(axis=1) & (out.outcome.values == Outcome.SETTLED)
    return float(right.mean())
