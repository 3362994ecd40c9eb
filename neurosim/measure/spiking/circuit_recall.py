"""Recall by the spiking circuit beside the rate model, over random networks and any grid of parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim import Network, Outcome, patterns, recall
from neurosim.cells import Population
from neurosim.constraints import Constraint, Sparse, SynapticNoise, constrain
from neurosim.engines import Circuit
from neurosim.errors import Uncalibrated
from neurosim.measure.recall.trials import random_targets
from neurosim.measure.spiking.irregularity import interval_variation
from neurosim.measure.statistics import NOT_NEGATIVE, OVER_NETWORKS, Measurement, summarise
from neurosim.seeds import spawn_seeds
from neurosim.sweep.grid import HERE, Runner, run
from neurosim.validation import instance, one_of, takes, whole


def _synapse(name: str) -> Callable[[Population, float], Population]:
    return lambda population, value: population.replace(synapses=replace(population.synapses, **{name: value}))


def _at_rate(population: Population, factor: float) -> Population:
    backgrounds = {name: getattr(population, name) for name in ("background", "inhibitory_background")}
    return population.replace(**{name: background.at_rate(factor) for name, background in backgrounds.items()})


def _with_drive(population: Population, drive: float) -> Population:
    synapses = replace(population.synapses, drive_excitation=drive, drive_inhibition=drive)
    return population.replace(synapses=synapses)


def _with_noise(population: Population, noise: float) -> Population:
    return population.replace(background=replace(population.background, noise=noise))


# Settings of the population, and of the weights between the layers; the rate model has the same weights.
POPULATION: dict[str, Callable[[Population, float], Population]] = {
    "n_cells": lambda population, value: population.replace(n_cells=whole(value, "n_cells")),
    "background_noise": _with_noise,
    "background_rate": _at_rate,
    "drive_conductance": _with_drive,
    "threshold_std": lambda population, value: population.replace(threshold_std=value),
    **{name: _synapse(name) for name in ("tau_nmda", "delay", "probability", "magnesium")},
}
WEIGHTS: dict[str, Callable[[float], Constraint]] = {"weight_noise": SynapticNoise, "connection_probability": Sparse}
SETTINGS = ("noise_std", "tau_v", *POPULATION, *WEIGHTS)
FROM = 0.5  # s; intervals between spikes count from here on
_SHARE: dict[str, Any] = {"bounds": (0.0, 1.0)}
MEASURES = {
    "same_state": Measurement(
        "share of the cues recalled by the rate model on which the circuit ends in its state",
        trials="n_compared",
        **_SHARE,
    ),
    "recalled_rate": Measurement("share of cues recalled perfectly by the rate model", trials="n_trials", **_SHARE),
    "recalled_circuit": Measurement("share of cues recalled perfectly by the circuit", trials="n_trials", **_SHARE),
    "active_rate": Measurement("mean rate of the excitatory cells of active populations", "Hz", bounds=NOT_NEGATIVE),
    "silent_rate": Measurement("mean rate of the excitatory cells of silent populations", "Hz", bounds=NOT_NEGATIVE),
    "inhibitory_rate": Measurement(
        "mean rate of the inhibitory cells of active populations", "Hz", bounds=NOT_NEGATIVE
    ),
    "variation": Measurement(
        "mean coefficient of variation of the interspike intervals of active cells", bounds=NOT_NEGATIVE
    ),
}
_LABELS = {name: (measurement.long_name, measurement.units) for name, measurement in MEASURES.items()} | {
    "n_compared": ("cues that the rate model recalls", "1"),
    "n_trials": ("cues of each network", "1"),
}


@takes(grid=Mapping)
def circuit_recall(
    networks: int,
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    engine: Circuit | None = None,
    n_hidden: int = 10,
    visible_per_hidden: int = 100,
    n_cues: int = 4,
    duration: Any = 2.2,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: float,
) -> xarray.Dataset:
    """Recall the same cues in Gaussian networks by the rate model and by the circuit, at every point of a grid.

    Parameters
    ----------
    networks : int
        Random networks at each point; intervals are over them.
    grid : mapping of str to sequence of float
        Ranges of "noise_std" (σ_v on the cue), "tau_v" (seconds, of the circuit), "n_cells" (K), "background_noise"
        (pA, of the excitatory cells), "background_rate" (of all backgrounds, relative; `Background.at_rate`),
        "drive_conductance" (nS of both kinds for a unit of h), "threshold_std" (mV), "tau_nmda", "delay", "probability"
        and "magnesium" (as in `neurosim.cells.Synapses`), "weight_noise" and "connection_probability"
        (`neurosim.constraints.SynapticNoise` and `Sparse`, of the synapses between the layers,
        in both models).
    seed : int
        All points have the same networks, targets and cues.
    engine : Circuit, default ``Circuit()``
    n_hidden, visible_per_hidden : int, default 10 and 100
    n_cues : int, default 4
        Per network and point.
    duration : time, default 2.2 s
    confidence : float, default 0.95
    runner : Runner
        Where the sweep runs; see `neurosim.sweep.grid`.
    **settings
        Fixed values of the ranges above; default: noise_std 1, tau_v 0.4 s, the others as in `engine`.

    Returns
    -------
    xarray.Dataset over the grid
        Each of `MEASURES`, with limits and the values of each network.

    Raises
    ------
    InvalidInput
        An unknown setting, or a value that breaks its rule.

    Notes
    -----
    A population that cannot be calibrated counts as recalling nothing.
    The rate model is the one of the paper, τ_v = 20 τ_h from h = 0, whatever the τ_v of the circuit. Rates are means
    over the whole recall.

    See Also
    --------
    neurosim.measure.spiking.population_response : One population against its drive.

    Examples
    --------
    >>> from neurosim.cells import Population
    >>> from neurosim.engines import Circuit
    >>> from neurosim.measure.spiking import circuit_recall
    >>> engine = Circuit(population=Population(n_cells=8), dt=2e-4, codegen="numpy")
    >>> sizes = {"n_hidden": 2, "visible_per_hidden": 50, "n_cues": 2}
    >>> found = circuit_recall(2, {"noise_std": [0]}, engine=engine, duration=0.4, seed=0, **sizes)
    >>> found.same_state.dims, found.active_rate.attrs["units"]
    (('noise_std',), 'Hz')
    """
    networks, engine = whole(networks, "networks"), Circuit() if engine is None else instance(engine, "engine", Circuit)
    for name in (*grid, *settings):
        one_of(name, "a setting of circuit_recall", SETTINGS)
    fixed: dict[str, Any] = {"n_hidden": whole(n_hidden, "n_hidden"), "n_cues": whole(n_cues, "n_cues")}
    fixed |= {"n_visible": fixed["n_hidden"] * whole(visible_per_hidden, "visible_per_hidden")}
    measure = partial(both_models, engine=engine, duration=duration, **fixed, **settings)
    raw = run(measure, grid, networks=networks, seed=seed, labels=_LABELS, runner=runner)
    found = raw.coords.to_dataset().assign(summarise(raw, MEASURES, confidence=confidence))
    attrs = {
        "method": "recall",
        "n_networks": networks,
        "n_trials": fixed["n_cues"],
        "seed": seed,
        "confidence": confidence,
    }
    return found.assign_attrs(attrs | {"intervals_over": OVER_NETWORKS} | fixed | settings | engine.attributes())


def both_models(
    *,
    seed: int,
    engine: Circuit,
    n_hidden: int,
    n_visible: int,
    n_cues: int,
    duration: Any,
    noise_std: float = 1.0,
    tau_v: float = 0.4,
    **settings: float,
) -> dict[str, float]:
    """Return `MEASURES` and the numbers of trials of one random network; parameters as for `circuit_recall`."""
    net_seed, target_seed, cue_seed, own_seed = spawn_seeds(seed, 4)
    net = Network.gaussian(n_visible, n_hidden, seed=net_seed)
    wanted = random_targets(n_hidden, n_cues, target_seed)
    cues = patterns.visible_cues(net, wanted, noise_std=noise_std, seed=cue_seed)
    population = engine.population
    for name, value in settings.items():
        if name in WEIGHTS:
            net = constrain(net, [WEIGHTS[name](value)], seed=net_seed)
        else:
            population = POPULATION[name](population, value)
    return compare_models(
        net, cues, wanted, engine.replace(population=population), duration, tau_v=tau_v, seed=own_seed
    )


def compare_models(
    net: Network, cues: np.ndarray, wanted: np.ndarray, engine: Circuit, duration: Any, *, tau_v: float, seed: int
) -> dict[str, float]:
    """Return `MEASURES` and the numbers of trials for one network, as the rate model has it; `wanted` (cue, hidden)."""
    rate = recall(net, cues, read_out=False)
    exact = rate.hidden_active.values
    recalled = (exact == wanted).all(axis=1) & (rate.outcome.values == Outcome.SETTLED)
    of_rate = {"n_compared": int(recalled.sum()), "recalled_rate": float(recalled.mean())}
    slow, share = net.replace(tau_v=tau_v), 0.0 if recalled.any() else np.nan
    try:
        out = recall(slow, cues, engine=engine, duration=duration, record=["spikes"], seed=seed, read_out=False)
    except Uncalibrated:  # such a circuit recalls nothing
        rates = dict.fromkeys(("active_rate", "silent_rate", "inhibitory_rate", "variation"), np.nan)
        return {**of_rate, **rates, "same_state": share, "recalled_circuit": 0.0, "n_trials": len(cues)}
    active = out.hidden_active.values
    same = (active == exact).all(axis=1)
    return {
        **of_rate,
        "same_state": float(same[recalled].mean()) if recalled.any() else np.nan,
        "recalled_circuit": float((active == wanted).all(axis=1).mean()),
        "n_trials": len(cues),
        "active_rate": _mean(out.rates.values[active]),
        "silent_rate": _mean(out.rates.values[~active]),
        "inhibitory_rate": _mean(out.inhibitory_rates.values[active]),
        "variation": _mean(_variation(out, engine.population.n_cells)[active]),
    }


def _variation(out: xarray.Dataset, n_cells: int) -> np.ndarray:
    """Return the mean coefficient of variation of the cells of each population, (cue, hidden)."""
    n_cues, n_hidden = out.hidden_active.shape
    late = out.spike_time.values > FROM
    cell = (out.spike_cue.values * n_hidden + out.spike_neuron.values) * n_cells + out.spike_cell.values
    each = interval_variation(cell[late], out.spike_time.values[late], n_cues * n_hidden * n_cells)
    return np.array([_mean(cells) for cells in each.reshape(-1, n_cells)]).reshape(n_cues, n_hidden)


def _mean(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else np.nan
