"""Gain of a population of the spiking circuit: how steep the step is that takes the place of the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray

from neurosim.cells import Population, get_population
from neurosim.packages import required
from neurosim.theory.firing import is_described, population_gating
from neurosim.validation import time_step

SPAN = 0.05  # the slope is the mean one this far around the threshold, in units of h


def population_gain(population: Population, *, dt: Any = 2e-4, codegen: str = "auto") -> xarray.Dataset:
    """Return the normalised gating of a population around its threshold, and its slope there, measured and predicted.

    Parameters
    ----------
    population : Population
    dt : time, default 0.2 ms
    codegen : {"auto", "cython", "numpy"}, default "auto"
        As in `neurosim.engines.Circuit`.

    Returns
    -------
    xarray.Dataset over field
        step, the normalised gating ŝ = (S − S0)/(S1 − S0) at h = θ + field, and gain, that of the logistic
        function with its mean slope within 0.05 of h = θ; step_theory and gain_theory follow from Siegert's rates (NaN
        where they do not describe the population). Both steps are shifted to be `Population.centre` at h = θ.

    Raises
    ------
    Uncalibrated
        The population does not switch on at its threshold.

    See Also
    --------
    neurosim.theory.critical_gain : The gain that bistability needs.
    population_response : Rates and irregularity against the drive.

    Notes
    -----
    A logistic function of gain g has the slope g c(1 − c) where its value is c.
    The measured curve is the one of the calibration: one second at each of 73 drives, averaged over neighbours,
    which are 0.025 units of h apart.

    Examples
    --------
    >>> from neurosim.cells import Background, Population
    >>> quiet = Population(n_cells=8, background=Background(noise=400.0))
    >>> found = population_gain(quiet, codegen="numpy")
    >>> float(found.gain) > 2
    True
    """
    population, dt = get_population(population), time_step(dt)
    calibration: Any = required("neurosim.engines.brian.calibration", "population_gain")
    field = np.linspace(-0.5, 0.5, 101)
    measured = np.array(calibration.curve(population.replace(centre=0.5), dt, codegen)[0])
    steps = {"": _normalised(measured, population.centre, calibration, field), "_theory": np.full(len(field), np.nan)}
    if is_described(population):
        predicted = population_gating(population, calibration.DRIVES)
        steps["_theory"] = _normalised(predicted, population.centre, calibration, field)
    variables: dict[str, Any] = {}
    for end, step in steps.items():
        low, high = np.interp([-SPAN, SPAN], field, step)
        text = " by theory" if end else ""
        variables[f"step{end}"] = ("field", step, {"long_name": f"normalised NMDA gating{text}", "units": "1"})
        gain = (high - low) / (2 * SPAN) / (population.centre * (1 - population.centre))
        variables[f"gain{end}"] = ((), gain, {"long_name": f"gain at the threshold{text}", "units": "1"})
    coords = {"field": ("field", field, {"long_name": "h − θ", "units": "1"})}
    about = {"method": "simulation", "n_networks": 1, "n_trials": population.n_cells, "seed": 0, "dt": dt}
    return xarray.Dataset(variables, coords, about)


def _normalised(curve: np.ndarray, centre: float, calibration: Any, field: np.ndarray) -> np.ndarray:
    offset = calibration.offset(curve[None], centre)
    low, high = (np.interp(x + offset, calibration.DRIVES, curve) for x in (-0.5, 0.5))
    return (np.interp(field + offset, calibration.DRIVES, curve) - low) / (high - low)
