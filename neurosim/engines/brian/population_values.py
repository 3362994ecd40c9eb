"""Numbers of a spiking circuit in SI units: parameters, initial states, and what is drawn for each cell.

Draws differ from population to population of a network and are the same for all cues, which are recalled by one and the
same network. In a calibration every drive has a population of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells import Background, Membrane, Population, Synapses
from neurosim.engines.brian.blocks import Values

if TYPE_CHECKING:
    from neurosim.engines.brian.populations import CircuitJob

NANO, PICO, MILLI = 1e-9, 1e-12, 1e-3
MAGNESIUM_HALF = 3.57  # mM; Jahr & Stevens (1990)
_NEVER = 1.0  # V, a potential that no cell reaches
_STREAMS = {"I excitatory": 3, "I inhibitory": 4, "threshold": 5, "delay": 6, "wiring excitatory": 7} | {
    "wiring inhibitory": 8
}


def kinds_of_synapses(synapses: Synapses) -> dict[str, float]:
    """Return what the equations of the synapses and their built-in arrays depend on."""
    return {
        "current_based": synapses.current_based,
        "magnesium": synapses.magnesium > 0,
        "probability": synapses.probability,  # the wiring is built in
        "delayed": synapses.delay > 0,  # else no value would replace the delays of another job
        "short_term": synapses.short_term is not None,
    }


def in_degree(population: Population, n_source: int) -> int:
    """Return the number of cells of the other class from which a cell receives."""
    return max(1, round(population.synapses.probability * n_source))


def sources(job: CircuitJob, source: str, n_source: int, n_target: int, degree: int) -> np.ndarray:
    """Return the presynaptic cells of each cell, (cue, hidden, target, degree), numbered within the population."""

    def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return rng.random((*shape, n_source)).argsort(axis=-1)[..., :degree]

    return _drawn(job, f"wiring {source}", (job.n_hidden, n_target), drawn)


def values(job: CircuitJob, rows: np.ndarray) -> Values:
    """Return all values of a run for some cues: (object, variable) -> one number, or one per element."""
    request, population, n_hidden = job.request, job.population, job.n_hidden
    found: Values = {
        ("hidden", "u"): request.cues[rows, :n_hidden],
        ("hidden", "h"): request.hidden[rows],
        ("hidden", "late_from"): request.late_from,
        ("hidden", "tau_v"): job.tau_v,
    }
    low, high = np.atleast_2d(job.low), np.atleast_2d(job.high)
    of_units = {"theta": job.theta, "offset": job.offset, "S0": low[0], "S1": high[0], "tau_h": job.tau_h}
    couplings = {"J": job.coupling}
    if job.dale:
        found["hidden", "u_c"] = request.cues[rows, n_hidden:]
        of_units |= {"R0": low[1], "R1": high[1]}
        couplings = dict(zip(("J", "J_i", "J_c", "J_ci"), job.coupling, strict=True))
    found |= {("hidden", name): np.tile(value, len(rows)) for name, value in of_units.items()}
    found |= {(name, "values"): coupling.T for name, coupling in couplings.items()}
    found |= _shared(population)
    for group in ("excitatory", "inhibitory"):
        found |= _of_cells(group, population) | _drawn_for_cells(job, group, rows)
    return found | _input(job, rows)


def _classes(population: Population, group: str) -> tuple[Membrane, Background, int]:
    if group == "excitatory":
        return population.membrane, population.background, population.n_cells
    return population.inhibitory_membrane, population.inhibitory_background, population.n_inhibitory


def _drawn(job: CircuitJob, name: str, shape: tuple[int, ...], draw: Any) -> np.ndarray:
    """Return what is drawn for each population, with the cues as first axis."""
    each, n_cues = bool(np.isinf(job.tau_v)), job.request.n_cues  # each: every cue is a population of its own
    rng = np.random.default_rng(job.request.stream(_STREAMS[name], of_cues=each))
    if each:
        return draw(rng, (n_cues, *shape))
    one = draw(rng, shape)
    return np.broadcast_to(one, (n_cues, *one.shape))


def _drawn_for_cells(job: CircuitJob, group: str, rows: np.ndarray) -> Values:
    """Return thresholds, delays and the state at time 0: background currents as in equilibrium, V at rest."""
    population, found = job.population, Values()
    membrane, background, n_cells = _classes(population, group)
    width = n_cells + (job.witnesses if group == "excitatory" else 0)
    rng = np.random.default_rng(job.request.stream(_STREAMS[f"I {group}"], of_cues=True))
    shape = (job.request.n_cues, job.n_hidden * width)
    found[group, "I"] = background.noise * PICO * rng.standard_normal(shape)[rows]
    found[group, "V"] = np.full((len(rows), shape[1]), membrane.rest * MILLI)
    spread = _drawn(job, "threshold", (job.n_hidden, job.n_excitatory + population.n_inhibitory), _normal)[rows]
    spread = spread[..., : job.n_excitatory] if group == "excitatory" else spread[..., job.n_excitatory :]
    peak = (membrane.peak + population.threshold_std * spread) * MILLI
    watches = np.arange(width) >= n_cells
    found[group, "peak"] = np.where(watches, _NEVER, peak)
    if population.synapses.delay:
        found |= _delays(job, group, width, rows)
    if group == "excitatory" and population.synapses.short_term is not None:
        found[group, "available"] = np.ones((len(rows), shape[1]))
        found[group, "use"] = np.full((len(rows), shape[1]), population.synapses.short_term.release)
    return found


def _delays(job: CircuitJob, group: str, width: int, rows: np.ndarray) -> Values:
    """Return a delay for each synapse, the same for all synapses of a cell, in whole steps."""
    longest, dt = job.population.synapses.delay, job.request.dt
    cells = _drawn(job, "delay", (job.n_hidden, job.n_excitatory + job.population.n_inhibitory), _uniform)[rows]
    cells = cells[..., : job.n_excitatory] if group == "excitatory" else cells[..., job.n_excitatory :]
    cells = np.round(longest * cells / dt) * dt
    found: Values = {(f"{group}_to_hidden", "delay"): cells}
    if job.population.synapses.probability < 1:
        other = "inhibitory" if group == "excitatory" else "excitatory"
        n_source = _classes(job.population, group)[2]
        n_target = job.population.n_inhibitory if group == "excitatory" else job.n_excitatory
        chosen = sources(job, group, n_source, n_target, in_degree(job.population, n_source))[rows]
        flat = chosen.reshape(*chosen.shape[:2], -1)
        found[f"{group}_to_{other}", "delay"] = np.take_along_axis(cells, flat, axis=-1)
    return found


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape)


def _uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.random(shape)


def _shared(population: Population) -> Values:
    """Return the parameters that all populations share, by the names of `equations.PARAMETERS`."""
    synapses, membranes = population.synapses, {"e": population.membrane, "i": population.inhibitory_membrane}
    backgrounds = {"e": population.background, "i": population.inhibitory_background}
    times = ("tau_nmda", "tau_ampa", "tau_gaba", "tau_gaba_b")
    found: dict[str, float] = {name: getattr(synapses, name) for name in times}
    found |= {"saturation": synapses.saturation, "n_e": population.n_cells, "n_i": population.n_inhibitory}
    found |= {"E_exc": synapses.excitatory * MILLI, "E_inh": synapses.inhibitory * MILLI}
    for name in ("drive_excitation", "drive_inhibition", "to_inhibitory", "to_excitatory"):
        found[name] = getattr(synapses, name) * NANO
    for suffix, membrane in membranes.items():
        found[f"leak_{suffix}"] = membrane.leak * NANO
        found[f"rest_{suffix}"] = membrane.rest * MILLI
        found[f"V_ref_{suffix}"] = membrane.threshold * MILLI
        found[f"C_{suffix}"] = membrane.capacitance * PICO
        found[f"background_e{suffix}"] = backgrounds[suffix].excitation * NANO
        found[f"background_i{suffix}"] = backgrounds[suffix].inhibition * NANO
    return {("hidden", name): value for name, value in found.items()}


def _of_cells(group: str, population: Population) -> Values:
    """Return the parameters of a class of cells."""
    membrane, background, _ = _classes(population, group)
    synapses, excitatory = population.synapses, group == "excitatory"
    found = {
        "C": membrane.capacitance * PICO,
        "reset": membrane.reset * MILLI,
        "t_ref": membrane.t_ref,
        "noise": background.noise * PICO,
        "tau_noise": background.tau,
    }
    if membrane.onset != "threshold":
        found |= {"leak": membrane.leak * NANO, "V_T": membrane.threshold * MILLI}
    if membrane.onset == "exponential":
        found["slope"] = membrane.slope * MILLI
    if membrane.is_adaptive:
        found |= {"subthreshold": membrane.subthreshold * NANO, "jump": membrane.jump * PICO, "tau_w": membrane.tau_w}
    if membrane.is_adaptive or membrane.onset == "quadratic":
        found["rest"] = membrane.rest * MILLI
    if background.trains:
        found["trains"] = background.trains
    found |= {"tau_gate": synapses.tau_nmda if excitatory else synapses.tau_gaba_b, "saturation": synapses.saturation}
    if excitatory and synapses.magnesium:
        found |= {"blocked": synapses.magnesium / MAGNESIUM_HALF, "V_mg": membrane.threshold * MILLI}
        found["E_exc"] = synapses.excitatory * MILLI
    if excitatory and (plastic := synapses.short_term) is not None:
        found |= {name: getattr(plastic, name) for name in ("release", "recovery", "facilitation")}
        found["per_release"] = 1 / plastic.release
    result: Values = {(group, name): value for name, value in found.items()}
    return result | (_of_wired(group, population) if synapses.probability < 1 else {})


def _of_wired(group: str, population: Population) -> Values:
    """Return the parameters of the conductance that differs from cell to cell, and of the synapses behind it."""
    synapses, excitatory = population.synapses, group == "excitatory"
    membrane = _classes(population, group)[0]
    name = "inhibitory_to_excitatory" if excitatory else "excitatory_to_inhibitory"
    n_source = population.n_inhibitory if excitatory else population.n_cells
    strength = synapses.to_excitatory if excitatory else synapses.to_inhibitory
    return {
        (group, "tau_own"): synapses.tau_gaba if excitatory else synapses.tau_ampa,
        (group, "E_own"): (synapses.inhibitory if excitatory else synapses.excitatory) * MILLI,
        (group, "V_ref"): membrane.threshold * MILLI,
        (name, "strength"): strength * NANO,
        (name, "in_degree"): in_degree(population, n_source),
    }


def _input(job: CircuitJob, rows: np.ndarray) -> Values:
    if job.request.input is None:
        return {}
    current = job.request.input.rows(rows)
    current = np.concatenate([current, np.zeros_like(current[:1])])
    names = ("current_hidden", "current_common") if job.dale else ("current_hidden",)
    parts = np.split(current, len(names), axis=-1)
    return {(name, "values"): part.reshape(len(part), -1) for name, part in zip(names, parts, strict=True)}
