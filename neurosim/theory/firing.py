"""Firing rates of the cells of a spiking circuit by the theory of Siegert, with the correction for coloured noise.

A leaky cell with conductances has the time constant τ = C/g_total and the mean potential V_mean. The background current
of standard deviation σ_I and time constant τ_n acts as white noise of the same intensity at frequency 0,
σ² = 2 (σ_I/g_total)² τ_n/τ, and shifts threshold and reset [1]_:

    1/r = t_ref + τ √π ∫ exp(x²)(1 + erf x) dx,  from (V_r − V_mean)/σ + ρ k to (V_T − V_mean)/σ + k,

with k = γ √(τ_n/τ), γ = |ζ(½)|/√2. The reset is shifted by the current that is left over from the spike, of which
ρ = exp(−t_ref/τ_n) remains after the refractory period; [1]_ has ρ = 1, without a refractory period. The correction is
the first term of a series in √(τ_n/τ). A population in a conductance-driven state has τ ≲ τ_n, beyond its validity; the
measured curves beside it show the error.

References
----------
.. [1] Fourcaud & Brunel, "Dynamics of the firing probability of noisy integrate-and-fire neurons", Neural Computation
   14, 2057 (2002).
.. [2] Siegert, "On the first passage time probability problem", Phys. Rev. 81, 617 (1951).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.cells import Background, Membrane, Population
from neurosim.errors import InvalidInput
from neurosim.validation import real_array

GAMMA = 1.0326  # |ζ(1/2)|/√2
_MILLI = 1e-3  # nS·mV = pA, pF/nS = ms


def firing_rate(mean: Any, total: Any, membrane: Membrane, background: Background) -> np.ndarray:
    """Return the rate of a leaky cell.

    Parameters
    ----------
    mean : array_like
        V_mean, mV.
    total : array_like
        g_total, nS, of the same shape.
    membrane : Membrane
        Leaky: its slope is 0.
    background : Background
        Its noise and time constant.

    Returns
    -------
    ndarray
        Hz.

    Raises
    ------
    InvalidInput
        The cell is not leaky, or has no noise.

    Examples
    --------
    >>> from neurosim.cells import Background, Membrane
    >>> firing_rate([-60.0, -52.0], [100.0, 100.0], Membrane(), Background()).round(1)
    array([ 6.3, 35.5])
    """
    from scipy.special import erfcx

    if membrane.onset != "threshold" or not background.noise:
        raise InvalidInput(
            f"the theory of Siegert is for leaky cells with noise, got a spike's onset by {membrane.onset} and "
            f"noise={background.noise:g}; measure the rate instead"
        )
    mean, total = np.broadcast_arrays(real_array(mean, "mean"), real_array(total, "total"))
    tau = membrane.capacitance / total * _MILLI
    sigma = np.sqrt(2 * background.tau / tau) * background.noise / total
    shift, left = GAMMA * np.sqrt(background.tau / tau), np.exp(-membrane.t_ref / background.tau)
    lower, upper = (membrane.reset - mean) / sigma + left * shift, (membrane.threshold - mean) / sigma + shift
    nodes, weights = np.polynomial.legendre.leggauss(64)
    half = (upper - lower)[..., None] / 2
    x = np.minimum((upper + lower)[..., None] / 2 + half * nodes, 26.0)  # erfcx overflows above; the rate is 0 there
    with np.errstate(over="ignore"):
        integral = (half * weights * erfcx(-x)).sum(axis=-1)
        return 1 / (membrane.t_ref + tau * np.sqrt(np.pi) * integral)


def free_fluctuation(total: Any, membrane: Membrane, background: Background) -> np.ndarray:
    """Return the standard deviation of the potential of a cell that does not fire, mV.

    Parameters
    ----------
    total : array_like
        g_total, nS.
    membrane, background : Membrane, Background

    Notes
    -----
    σ_I/g_total √(τ_n/(τ_n + τ)) with τ = C/g_total: exact for a linear membrane with constant conductances.

    Examples
    --------
    >>> from neurosim.cells import Background, Membrane
    >>> float(free_fluctuation(100.0, Membrane(), Background()).round(2))
    6.01
    """
    total = real_array(total, "total")
    tau = membrane.capacitance / total * _MILLI
    return background.noise / total * np.sqrt(background.tau / (background.tau + tau))


def is_described(population: Population) -> bool:
    """Return whether the theory describes a population: leaky cells, all alike, without plasticity and magnesium.

    Examples
    --------
    >>> from neurosim.cells import Population
    >>> is_described(Population()), is_described(Population(membrane="adaptive"))
    (True, False)
    """
    leaky = population.membrane.onset == population.inhibitory_membrane.onset == "threshold"
    noisy = population.background.noise > 0 and population.inhibitory_background.noise > 0
    synapses = population.synapses
    return leaky and noisy and not (population.threshold_std or synapses.magnesium or synapses.short_term)


def population_rates(population: Population, drives: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean rates of the excitatory and the inhibitory cells of one population.

    Parameters
    ----------
    population : Population
        With leaky cells.
    drives : array_like (drive,)
        x = h − θ + offset, in units of h.

    Returns
    -------
    tuple of ndarray (drive,)
        Hz. Both are consistent with each other: the cells inhibit as much as the excitatory rate makes them.

    Notes
    -----
    Spikes of the population enter by their mean conductances, without fluctuations and synchrony. The rate of the
    inhibitory cells, whose mean potential lies below the threshold, is far too low (`analysis/spiking_circuit.py`).

    See Also
    --------
    neurosim.measure.spiking.population_response : The same, measured.

    Examples
    --------
    >>> from neurosim.cells import Population
    >>> excitatory, inhibitory = population_rates(Population(), [-0.5, 0.0, 0.5])
    >>> bool((np.diff(excitatory) > 0).all() and excitatory[0] < 0.1)
    True
    """
    from scipy.optimize import brentq

    drives = real_array(drives, "drives", {"drive": None})
    found = np.empty((2, len(drives)))
    for k, x in enumerate(drives):

        def surplus(rate: float, x: float = float(x)) -> float:
            return _excitatory(population, x, _inhibitory(population, rate)) - rate

        root: Any = brentq(surplus, 0.0, 1 / population.membrane.t_ref)
        found[0, k] = root
        found[1, k] = _inhibitory(population, found[0, k])
    return found[0], found[1]


def population_gating(population: Population, drives: Any) -> np.ndarray:
    """Return the mean NMDA gating S of one population at the rates of `population_rates`.

    Parameters
    ----------
    population : Population
        With leaky cells.
    drives : array_like (drive,)
        x = h − θ + offset, in units of h.

    Returns
    -------
    ndarray (drive,)

    Notes
    -----
    S = α r τ/(1 + α r τ), exact for Poisson trains of rate r.

    Examples
    --------
    >>> from neurosim.cells import Population
    >>> population_gating(Population(), [-0.5, 0.5]).round(1)
    array([0. , 0.8])
    """
    opened = population.synapses.saturation * population.synapses.tau_nmda * population_rates(population, drives)[0]
    return opened / (1 + opened)


def _excitatory(population: Population, x: float, inhibitory_rate: float) -> float:
    synapses = population.synapses
    inhibition = synapses.to_excitatory * inhibitory_rate * synapses.tau_gaba
    changes = synapses.drive_excitation * x, inhibition - synapses.drive_inhibition * x
    return _rate(population.membrane, population.background, changes, inhibition, population)


def _inhibitory(population: Population, excitatory_rate: float) -> float:
    synapses = population.synapses
    changes = synapses.to_inhibitory * excitatory_rate * synapses.tau_ampa, 0.0
    return _rate(population.inhibitory_membrane, population.inhibitory_background, changes, 0.0, population)


def _rate(
    membrane: Membrane, background: Background, changes: tuple[float, float], from_cells: float, population: Population
) -> float:
    """Return the rate with two conductances changed from the background, the second in part by cells (≥ 0)."""
    synapses, reversal = population.synapses, (population.synapses.excitatory, population.synapses.inhibitory)
    if synapses.current_based:
        conductances = background.excitation, background.inhibition
        current = sum(change * (e - membrane.threshold) for change, e in zip(changes, reversal, strict=True))
    else:
        inhibition = max(0.0, background.inhibition + changes[1] - from_cells) + from_cells
        conductances, current = (max(0.0, background.excitation + changes[0]), inhibition), 0.0
    total = membrane.leak + sum(conductances)
    current += membrane.leak * membrane.rest + sum(g * e for g, e in zip(conductances, reversal, strict=True))
    return float(firing_rate(current / total, total, membrane, background))
