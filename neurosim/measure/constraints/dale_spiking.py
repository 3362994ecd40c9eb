"""A sparse, noisy, spiking network in which every neuron obeys Dale's law, and what it recalls.

Three simulations of the same constrained network on the same cues: the rate model, exactly; the spiking network whose
cells excite and inhibit, as if interneurons had been folded into the synapses; and the circuit itself, in which every
cell has one sign and interneurons carry the rest (`neurosim.cells.Interneurons`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim import Network, Outcome, patterns, recall
from neurosim.cells import Interneurons, OnOff, Regular
from neurosim.constraints import Dale, Homeostatic, Sparse, constrain
from neurosim.measure.recall.trials import random_targets
from neurosim.measure.statistics import Measurement, summarise
from neurosim.sweep import grid as sweep
from neurosim.sweep.grid import HERE, Label, Runner
from neurosim.sweep.seeds import spawn_seeds

TAU_V, TAU_H = 50e-3, 2e-3  # s: visible neurons slow enough to outlast the synapses of ON/OFF cells
CIRCUIT = Regular(delay=1e-3, visible=OnOff(gain=100.0, tau_s=5e-3), interneurons=Interneurons())
SWEPT: dict[str, Label] = {
    "density": ("share of the synapses that exist", "1"),
    "noise": ("membrane noise of the hidden cells, std in units of h", "1"),
    "n_hidden": ("number of hidden neurons N_h", "1"),
}
MEASURES = {
    "recalled_rate": Measurement("share of cues recalled perfectly, rate model", bounds=(0.0, 1.0)),
    "recalled_folded": Measurement(
        "share of cues recalled perfectly, spikes, interneurons folded in", bounds=(0.0, 1.0)
    ),
    "recalled_circuit": Measurement("share of cues recalled perfectly, circuit with interneurons", bounds=(0.0, 1.0)),
    "same": Measurement("share of cues that end in one state with and without interneurons", bounds=(0.0, 1.0)),
}
RATES = {
    "rate_hidden": Measurement("mean rate of a hidden cell in the circuit", "Hz"),
    "rate_visible": Measurement("mean rate of a visible ON or OFF cell in the circuit", "Hz"),
    "rate_relays": Measurement("mean rate of an interneuron hidden → visible", "Hz"),
    "rate_inhibitors": Measurement("mean rate of an interneuron visible → hidden", "Hz"),
}


def constrained(n_hidden: int, density: float, visible_per_hidden: float, seed: int) -> Network:
    """Return a Gaussian network with a share of its synapses, J_μμ = 1 by homeostasis, interneurons folded in."""
    net = Network.gaussian(round(visible_per_hidden * n_hidden), n_hidden, seed=seed, tau_v=TAU_V, tau_h=TAU_H)
    return constrain(net, [Sparse(density), Dale(1, 1, "relay"), Homeostatic()], seed=seed)


def recalled(
    *,
    seed: int,
    density: float = 0.1,
    noise: float = 0.05,
    n_hidden: int = 10,
    visible_per_hidden: float = 100.0,
    noise_std: float = 1.0,
    n_cues: int = 16,
    target: str = "cpp_standalone",
    dt: float = 0.2e-3,
) -> dict[str, float]:
    """Recall the same cues in the three simulations; what `measured` does for every network.

    Parameters
    ----------
    seed : int
        Of the weights, the constraints, the cues and all that is drawn.
    density : float in (0, 1]
    noise : float
        Membrane noise, in units of h.
    n_hidden : int
    visible_per_hidden : float
    noise_std : float, default 1
        σ_v on the cue.
    n_cues : int
    target : str
        Of Brian2.
    dt : float
        Seconds.

    Returns
    -------
    dict
        `MEASURES` and `RATES`.
    """
    net_seed, target_seed, cue_seed, own_seed = spawn_seeds(seed, 4)
    net = constrained(n_hidden, density, visible_per_hidden, net_seed)
    wanted = random_targets(n_hidden, n_cues, target_seed)
    cues = patterns.visible_cues(net, wanted, noise_std=noise_std, seed=cue_seed)
    duration = 5 * TAU_V
    rate = recall(net, cues, read_out=False)
    call: dict[str, Any] = {"engine": "brian", "model": "spiking", "target": target, "dt": dt, "seed": own_seed}
    if target == "runtime":
        call["codegen"] = "numpy"  # a preview is done before cython has compiled
    cells = replace(CIRCUIT, noise=noise)
    folded, circuit = (
        recall(net, cues, variant=variant, duration=duration, read_out=False, **call)
        for variant in (replace(cells, interneurons=None), cells)
    )
    found = {"rate": rate, "folded": folded, "circuit": circuit}
    shares = {f"recalled_{name}": float(_right(out, wanted).mean()) for name, out in found.items()}
    same = (folded.hidden_active.values == circuit.hidden_active.values).all(axis=1)
    inhibitory = circuit.n_inhibitory_spikes.values / duration
    n_relays, n_inhibitors = n_hidden, n_hidden * (CIRCUIT.interneurons or Interneurons()).n_cells
    return {
        **shares,
        "same": float(same.mean()),
        "rate_hidden": float(circuit.n_spikes.values.mean() / duration),
        "rate_visible": float(circuit.n_visible_spikes.values.mean() / duration / (2 * net.n_visible)),
        "rate_relays": float(inhibitory[:, 0].mean() / n_relays),
        "rate_inhibitors": float(inhibitory[:, 1].mean() / n_inhibitors),
    }


def _right(out: xarray.Dataset, wanted: np.ndarray) -> np.ndarray:
    return (out.hidden_active.values == wanted).all(axis=1) & (out.outcome.values == Outcome.SETTLED)


def measured(
    networks: int,
    grid: dict[str, Sequence[float]],
    *,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: Any,
) -> xarray.Dataset:
    """Measure recall over a grid of `SWEPT`, with intervals over networks.

    Parameters
    ----------
    networks : int
    grid : mapping of str to sequence of float
    seed : int
    confidence : float, default 0.95
    runner : Runner
    **fixed
        Other parameters of `recalled`.

    Returns
    -------
    xarray.Dataset over the grid
        `MEASURES` and `RATES`, each with `_lower`, `_upper` and `_by_network`.
    """
    raw = sweep.run(partial(recalled, **fixed), grid, networks=networks, seed=seed, labels=SWEPT, runner=runner)
    variables = summarise(raw, MEASURES | RATES, confidence=confidence)
    attrs = {
        "method": "recall by the exact engine and by Brian2",
        "n_networks": networks,
        "n_trials": fixed.get("n_cues", 16),
        "seed": seed,
        "confidence": confidence,
        "variant": repr(CIRCUIT),
        "tau_v": TAU_V,
        "tau_h": TAU_H,
        **{name: value for name, value in fixed.items() if isinstance(value, (int, float, str))},
    }
    return xarray.Dataset(variables, {name: raw[name] for name in grid}, attrs)
