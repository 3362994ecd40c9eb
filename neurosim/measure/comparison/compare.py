"""All memories on one harness: the same patterns, the same cues, the same criterion; success, capacity, basins.

Networks are the independent units. A model that cannot take the protocol is in the results, with NaN and its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import xarray

from neurosim import InvalidInput
from neurosim.measure.comparison.measures import capacity_of, radius_of, recalled_share
from neurosim.measure.comparison.trials import FLIPPED, N_CUES, OVERLAP, RIVALS, parsed, refusal
from neurosim.measure.statistics import OVER_NETWORKS, Measurement, summarise
from neurosim.models.base import whole
from neurosim.sweep.grid import HERE, Label, Runner, run

LOAD = 0.05  # patterns per neuron at which basins are measured, a third of what Hebb's rule holds
FLAGS = ("local", "pairwise", "bounded", "symmetric")
LABELS: dict[str, Label] = {
    "rival": ("memory, and its settings where they are not its own", ""),
    "n_neurons": ("neurons N", "1"),
    "n_patterns": ("patterns stored P", "1"),
    "flipped": ("share of wrong bits in a cue", "1"),
    "separation": ("mean share of neurons in which two patterns differ", "1"),
    "correlation": ("correlation of neighbouring features", "1"),
    "criterion": ("overlap from which a pattern counts as recalled", "1"),
    "load": ("patterns per neuron P/N", "1"),
    "capacity": ("patterns stored where the level of recall is crossed", "1"),
    "bits_per_synapse": ("bits of the patterns stored at capacity, per real number of the memory", "bit"),
    "radius": ("share of wrong bits where the level of recall is crossed", "1"),
    "recalled": ("share of cued patterns recalled", "1"),
    "overlap": ("mean overlap of recalls with their patterns", "1"),
    "settled": ("share of recalls that ended at a fixed point", "1"),
    "seconds": ("wall time of a recall, median over networks; informative only", "s"),
    "capacity_trials": ("independent networks drawn for the capacity", "1"),
    "radius_trials": ("independent networks drawn for the radius", "1"),
}


def compare(
    networks: int,
    rivals: Sequence[str],
    sizes: Sequence[int],
    *,
    seed: int,
    maximum: int = 4096,
    load: float = LOAD,
    runner: Runner = HERE,
    **settings: Any,
) -> xarray.Dataset:
    """Measure capacity and basin radius of all memories at all sizes; what `neurosim compare` prints.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of neurons N.
    networks, rivals, seed, maximum, load, runner, **settings
        As in `capacity_sweep` and `radius_sweep`.

    Returns
    -------
    xarray.Dataset over (rival, n_neurons)
        What the two return.
    """
    common = {"seed": seed, "runner": runner, **settings}
    grid = {"n_neurons": sizes}
    capacities = capacity_sweep(networks, rivals, grid, maximum=maximum, **common)
    radii = radius_sweep(
        networks, rivals, grid, load=load, **{name: value for name, value in common.items() if name != "flipped"}
    )
    return capacities.merge(radii, compat="no_conflicts").assign_attrs(load=load)


def success_sweep(
    networks: int,
    rivals: Sequence[str],
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: Any,
) -> xarray.Dataset:
    """Measure which share of cued patterns the memories recall, at every point of a grid.

    Parameters
    ----------
    networks : int
        Independent networks at each point; their seeds are the same at all points.
    rivals : sequence of str
        As in `neurosim.measure.comparison.trials`.
    grid : mapping of str to sequence
        Ranges of n_neurons, n_patterns, flipped, separation, correlation, criterion.
    seed : int
    confidence : float, default 0.95
    runner : Runner
        Where it runs; see `neurosim.sweep.grid`.
    **settings
        Fixed values of the same, and n_cues, the patterns cued per network (default `rivals.N_CUES`).

    Returns
    -------
    xarray.Dataset over (rival, *grid)
        recalled and overlap, with `_lower` and `_upper`, and `_by_network`; settled; seconds; the models' flags and
        refused, the reason why a model could not be measured. NaN there.

    Raises
    ------
    InvalidInput
        An unknown memory or setting, or a value out of its range.
    """
    axes = {"rival": list(rivals), **grid}
    raw = _run(recalled_share, axes, networks, seed, runner, settings)
    variables: dict[str, Any] = {
        "settled": raw.settled.mean("network", keep_attrs=True),
        "seconds": raw.seconds.median("network", keep_attrs=True),
    }
    bounds = {"recalled": (0.0, 1.0), "overlap": (-1.0, 1.0)}
    measurements = {name: Measurement(LABELS[name][0], bounds=limits) for name, limits in bounds.items()}
    variables |= summarise(raw, measurements, confidence=confidence)
    return _described(xarray.Dataset(variables, raw.coords), networks, confidence, OVER_NETWORKS, settings, seed)


def capacity_sweep(
    networks: int,
    rivals: Sequence[str],
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    maximum: int = 4096,
    level: float = 0.5,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: Any,
) -> xarray.Dataset:
    """Find the number of patterns at which the mean share recalled crosses a level.

    Parameters
    ----------
    networks : int
        Independent networks drawn at each probed number of patterns, at most.
    rivals, seed, confidence, runner, **settings
        As in `success_sweep`.
    grid : mapping of str to sequence
        Ranges of n_neurons, flipped, separation, correlation, criterion.
    maximum : int, default 4096
        Patterns stored, at most (`rivals.most_tried`). Where even so many are recalled, the capacity is NaN, `_lower`
        that number or the last below it that certainly is, `_upper` infinite.
    level : float in (0, 1), default ½

    Returns
    -------
    xarray.Dataset over (rival, *grid)
        capacity and bits_per_synapse with `_lower` and `_upper`; capacity_trials; the models' flags, and refused.
        Counted are the bits of the patterns stored (`correlated.bits_per_pattern`), N each if independent and fair,
        without deduction for wrong ones; over `Model.n_synapses`, real numbers.

    Raises
    ------
    InvalidInput
        As `success_sweep`; level or maximum is out of its range.
    """
    fixed = {"level": level, "confidence": confidence, "networks": networks, "maximum": maximum, **settings}
    return _located(capacity_of, {"rival": list(rivals), **grid}, fixed, seed, runner)


def radius_sweep(
    networks: int,
    rivals: Sequence[str],
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    load: float = LOAD,
    level: float = 0.5,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: Any,
) -> xarray.Dataset:
    """Find the share of wrong bits at which the mean share recalled crosses a level.

    Parameters
    ----------
    load : float, default `LOAD`
        Patterns per neuron; at least two patterns are stored.
    networks, rivals, grid, seed, level, confidence, runner, **settings
        As in `capacity_sweep`.

    Returns
    -------
    xarray.Dataset over (rival, *grid)
        radius with `_lower` and `_upper`, at most ½; seconds; radius_trials; the models' flags, and refused.
    """
    fixed = {"load": load, "level": level, "confidence": confidence, "networks": networks, **settings}
    return _located(radius_of, {"rival": list(rivals), **grid}, fixed, seed, runner)


def _located(
    measure: Callable[..., dict[str, float]],
    axes: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
    seed: int,
    runner: Runner,
) -> xarray.Dataset:
    raw = _run(measure, axes, 1, seed, runner, fixed).isel(network=0)
    for name in raw.data_vars:
        quantity, _, end = str(name).rpartition("_")
        if end in ("lower", "upper"):
            long_name, units = LABELS[quantity]
            raw[name].attrs.update(long_name=f"{long_name}, {end} limit", units=units)
    settings = {name: value for name, value in fixed.items() if name not in ("networks", "confidence")}
    over = "networks (resampled), to the next probed place"
    return _described(raw, fixed["networks"], fixed["confidence"], over, settings, seed)


def _run(
    measure: Callable[..., Mapping[str, float]],
    axes: Mapping[str, Sequence[Any]],
    networks: int,
    seed: int,
    runner: Runner,
    fixed: Mapping[str, Any],
) -> xarray.Dataset:
    for rival in axes["rival"]:
        parsed(rival)
    for name, values in {**{name: [value] for name, value in fixed.items()}, **axes}.items():
        _check(name, values)
    measured = partial(measure, **{name: fixed[name] for name in sorted(fixed)})
    return run(measured, axes, networks=networks, seed=seed, labels=LABELS, runner=runner)


def _check(name: str, values: Sequence[Any]) -> None:
    """Refuse what no memory can do, so that it is not taken for a refusal of theirs."""
    fewest = {"n_neurons": 4, "n_patterns": 1, "n_cues": 1, "networks": 1}
    for value in values:
        if name in fewest:
            whole(value, name, at_least=fewest[name])
        if name == "flipped" and not 0 <= value <= 0.5:
            raise InvalidInput(f"flipped must be from 0 to 0.5, got {value}; more wrong bits make another pattern")
        if name == "criterion" and not 0 < value <= 1:
            raise InvalidInput(f"criterion must be an overlap in (0, 1], got {value}")


def _described(
    found: xarray.Dataset, networks: int, confidence: float, over: str, settings: Mapping[str, Any], seed: int
) -> xarray.Dataset:
    """Add each model's flags, and why it refused if it did; and how all was measured."""
    rivals = found.rival.values.tolist()
    sizes = found.n_neurons.values.tolist() if "n_neurons" in found.coords else [settings["n_neurons"]]
    for flag in FLAGS:
        values = [getattr(RIVALS[parsed(rival)[0]], flag) for rival in rivals]
        found[flag] = ("rival", values, {"long_name": f"{flag}, see neurosim.models.Model"})
    reasons = [next(filter(None, (refusal(rival, n) for n in sizes)), "") for rival in rivals]
    found["refused"] = ("rival", reasons, {"long_name": "why the model could not be measured, at least at one size"})
    attrs = {
        "method": "the same ±1 patterns and cues for all; a recall counts by its sign",
        "seed": seed,
        "n_networks": networks,
        "n_trials": settings.get("n_cues", N_CUES),
        "confidence": confidence,
        "intervals_over": over,
        "flipped": FLIPPED,
        "criterion": OVERLAP,
        "n_cues": N_CUES,
        **settings,
    }
    return found.assign_attrs({name: value for name, value in attrs.items() if name not in found.coords})
