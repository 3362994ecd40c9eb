"""Response of one population of the spiking circuit to constant drives, measured beside theory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from neurosim.cells import Population, get_population
from neurosim.engines.builtin import CODEGEN
from neurosim.errors import InvalidInput
from neurosim.measure.spiking.irregularity import fano_factor, interval_variation
from neurosim.packages import required
from neurosim.theory.firing import is_described, population_gating, population_rates
from neurosim.validation import one_of, one_time, real_array, seed_number, time_step

SETTLING = 0.3  # s, not measured
WITNESSES = 10  # cells whose free membrane is measured
_RECORD = ("gating", "spikes", "inhibitory_spikes")
_VARIABLES = {
    "rate": ("mean rate of the excitatory cells", "Hz"),
    "rate_5": ("fifth percentile of the excitatory cells' rates", "Hz"),
    "rate_95": ("95th percentile of the excitatory cells' rates", "Hz"),
    "inhibitory_rate": ("mean rate of the inhibitory cells", "Hz"),
    "gating": ("mean NMDA gating S", "1"),
    "gating_std": ("standard deviation in time of the NMDA gating of the population", "1"),
    "gating_theory": ("NMDA gating at the rate by theory", "1"),
    "excitatory_current": ("mean excitatory synaptic current of a cell at its mean free potential", "nA"),
    "inhibitory_current": ("mean inhibitory synaptic current of a cell at its mean free potential", "nA"),
    "variation": ("mean coefficient of variation of the excitatory cells' interspike intervals", "1"),
    "fano": ("mean Fano factor of the excitatory cells' counts in 100 ms", "1"),
    "free_mean": ("mean potential of excitatory cells that do not fire", "mV"),
    "free_std": ("standard deviation in time of the potential of excitatory cells that do not fire", "mV"),
    "rate_theory": ("rate of the excitatory cells, Siegert with coloured noise", "Hz"),
    "inhibitory_rate_theory": ("rate of the inhibitory cells, Siegert with coloured noise", "Hz"),
}


def population_response(
    population: Population,
    drives: Sequence[float],
    *,
    seed: int,
    duration: Any = 2.3,
    dt: Any = 1e-4,
    codegen: str = "auto",
) -> xarray.Dataset:
    """Measure rates, irregularity, gating and membrane fluctuations of one population against its drive.

    Parameters
    ----------
    population : Population
    drives : sequence of float (drive,)
        x = h − θ + offset, in units of h; the offset is the one of the calibration.
    seed : int
    duration : time, default 2.3 s
        The first 0.3 s are not measured.
    dt : time, default 0.1 ms
    codegen : {"auto", "cython", "numpy"}, default "auto"
        As in `neurosim.engines.Circuit`.

    Returns
    -------
    xarray.Dataset over drive
        Rates, gating S, coefficient of variation of the interspike intervals, Fano factor, mean and fluctuation of the
        membranes of cells that receive the same and do not fire, synaptic currents at their mean potential (these are
        NaN for cells that are not leaky, whose membranes without spikes run away; the currents also with the magnesium
        block), and the rates and the gating by theory (NaN for what it does not describe: cells that are not leaky, or
        have different thresholds, magnesium, short-term plasticity).

    Raises
    ------
    InvalidInput
        A duration of less than 0.6 s.

    See Also
    --------
    neurosim.theory.firing.population_rates : The theory.

    Notes
    -----
    The free membranes are those of ten further leaky cells of the population, which receive what the others receive and
    do not fire.

    Examples
    --------
    >>> from neurosim.cells import Population
    >>> from neurosim.measure.spiking import population_response
    >>> found = population_response(Population(n_cells=8), [-0.5, 0.5], duration=0.6, dt=2e-4, seed=0, codegen="numpy")
    >>> bool(found.rate[0] < 1 < found.rate[1])
    True
    """
    population = get_population(population)
    one_of(codegen, "codegen", CODEGEN)
    x = real_array(drives, "drives", {"drive": None})
    duration, dt = one_time(duration, "duration"), time_step(dt)
    if duration < 2 * SETTLING:
        raise InvalidInput(f"duration must be at least {2 * SETTLING:g} s, got {duration:g} s")
    response = required("neurosim.engines.brian.calibration", "population_response").response
    options = {"dt": dt, "duration": duration, "seed": seed_number(seed), "codegen": codegen}
    if population.membrane.onset == "threshold":
        options |= {"record": (*_RECORD, "potential"), "witnesses": WITNESSES}
    arrays = response(population, x, **{"record": _RECORD} | options)
    found = _of_spikes(population, len(x), arrays, duration, dt)
    samples = _late(arrays["gating_trace"], duration)[..., 0]
    found |= {"gating": samples.mean(axis=1), "gating_std": samples.std(axis=1)}
    free = _late(arrays.get("potential_trace", np.full((len(x), 1, 1), np.nan)), duration)
    found |= {"free_mean": 1e3 * free.mean(axis=(1, 2)), "free_std": 1e3 * free.std(axis=1).mean(axis=1)}
    found |= _currents(population, x, found) | _theory(population, x)
    variables = {name: ("drive", found[name], {"long_name": a, "units": b}) for name, (a, b) in _VARIABLES.items()}
    coords = {"drive": ("drive", x, {"long_name": "drive of the population, h − θ + offset", "units": "1"})}
    about = {"method": "simulation", "n_networks": 1, "n_trials": population.n_cells, "n_cells": population.n_cells}
    return xarray.Dataset(variables, coords, about | {"duration": duration, "dt": dt, "seed": seed})


def _late(samples: np.ndarray, duration: float) -> np.ndarray:
    """Return the samples after `SETTLING`; time is the second axis."""
    return samples[:, int(SETTLING / duration * samples.shape[1]) :]


def _theory(population: Population, x: np.ndarray) -> dict[str, np.ndarray]:
    described, unknown = is_described(population), np.full((2, len(x)), np.nan)
    rates = population_rates(population, x) if described else unknown
    gating = population_gating(population, x) if described else unknown[0]
    return {"rate_theory": rates[0], "inhibitory_rate_theory": rates[1], "gating_theory": gating}


def _currents(population: Population, x: np.ndarray, found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the currents of the mean conductances, background included, in nA; unknown with the magnesium block."""
    if population.synapses.magnesium:
        return dict.fromkeys(("excitatory_current", "inhibitory_current"), np.full(len(x), np.nan))
    synapses, background, potential = population.synapses, population.background, found["free_mean"]
    excitation = synapses.drive_excitation * x
    inhibition, within = -synapses.drive_inhibition * x, synapses.to_excitatory * synapses.tau_gaba
    within = within * found["inhibitory_rate"]
    at = population.membrane.threshold if synapses.current_based else potential
    if not synapses.current_based:
        excitation = np.maximum(excitation, -background.excitation)
        inhibition = np.maximum(inhibition, -background.inhibition)
    pulls = synapses.excitatory - potential, synapses.inhibitory - potential
    excites = background.excitation * pulls[0] + excitation * (synapses.excitatory - at)
    inhibits = background.inhibition * pulls[1] + (inhibition + within) * (synapses.inhibitory - at)
    return {"excitatory_current": 1e-3 * excites, "inhibitory_current": 1e-3 * inhibits}


def _of_spikes(
    population: Population, n_drives: int, arrays: dict[str, np.ndarray], duration: float, dt: float
) -> dict[str, np.ndarray]:
    """Return what follows from the spikes after `SETTLING`."""
    k = population.n_cells
    cell, step, cue = arrays["spikes_list"].T
    late = step * dt > SETTLING
    cell, time, cue = cell[late], step[late] * dt, cue[late]
    _, inhibitory_step, inhibitory_cue = arrays["inhibitory_spikes_list"].T
    inhibitory = np.bincount(inhibitory_cue[inhibitory_step * dt > SETTLING], minlength=n_drives)
    rates = np.bincount(cue * k + cell, minlength=n_drives * k).reshape(n_drives, k) / (duration - SETTLING)
    variation = interval_variation(cue * k + cell, time, n_drives * k).reshape(n_drives, k)
    fano = fano_factor(cue * k + cell, time, n_drives * k, start=SETTLING, stop=duration).reshape(n_drives, k)
    return {
        "rate": rates.mean(axis=1),
        "rate_5": np.quantile(rates, 0.05, axis=1),
        "rate_95": np.quantile(rates, 0.95, axis=1),
        "inhibitory_rate": inhibitory / population.n_inhibitory / (duration - SETTLING),
        "variation": _mean(variation),
        "fano": _mean(fano),
    }


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over cells without NaN, NaN where there is none."""
    present = np.isfinite(values)
    count = present.sum(axis=1)
    return np.where(count > 0, np.where(present, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
