"""Sweeps that measure all memories alike: success, capacity and basins, on the same patterns and cues.

Networks are the independent units. A model that refuses the protocol stays in the results, with NaN and its reason.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim.measure.comparison.laws import law
from neurosim.measure.comparison.measures import capacity_of, radius_of, recalled_share
from neurosim.measure.comparison.settings import check_settings
from neurosim.measure.comparison.trials import FLIPPED, N_CUES, OVERLAP, refusal
from neurosim.measure.statistics import OVER_NETWORKS, Measurement, summarise
from neurosim.models import Model
from neurosim.sweep.grid import HERE, Label, Runner, run
from neurosim.validation import distinct, instance, sequence_of, takes, whole

Models = Mapping[str, Model] | Sequence[Model]

LOAD = 0.05  # patterns per neuron at which basins are measured, a third of the capacity of Hebb's rule
_SEARCH = ("level", "confidence", "networks")
FLAGS = ("local", "pairwise", "bounded", "symmetric")
LABELS: dict[str, Label] = {
    "model": ("memory, by its label", ""),
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
    "capacity_trials": ("independent networks drawn for the capacity", "1"),
    "radius_trials": ("independent networks drawn for the radius", "1"),
}
MEASUREMENTS = {
    "recalled": Measurement("share of cued patterns recalled", bounds=(0.0, 1.0), trials="n_recalls"),
    "settled": Measurement("share of recalls that ended at a fixed point", bounds=(0.0, 1.0), trials="n_recalls"),
    "overlap": Measurement("mean overlap of recalls with their patterns", bounds=(-1.0, 1.0)),
}


def compare(
    networks: int,
    models: Models,
    sizes: Sequence[int],
    *,
    seed: int,
    maximum: int = 4096,
    load: float = LOAD,
    runner: Runner = HERE,
    **settings: Any,
) -> xarray.Dataset:
    """Measure capacity and basin radius of several memories at several sizes, as `neurosim compare` does.

    Parameters
    ----------
    networks, models, seed, maximum, load, runner, **settings
        As in `capacity_sweep` and `radius_sweep`.
    sizes : sequence of int
        Numbers of neurons N.

    Returns
    -------
    xarray.Dataset over (model, n_neurons)
        The variables of both sweeps.

    See Also
    --------
    neurosim.measure.comparison.table.lines : The result as a table.
    neurosim.plots.comparison.capacities : The result as a figure.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import compare
    >>> from neurosim.models import Hebb, PseudoInverse
    >>> found = compare(8, [Hebb(), PseudoInverse()], [16], seed=0, maximum=16)
    >>> found.capacity.dims, bool((found.capacity[1] > found.capacity[0]).all())
    (('model', 'n_neurons'), True)
    """
    common = {"seed": seed, "runner": runner, **settings}
    grid = {"n_neurons": sizes}
    capacities = capacity_sweep(networks, models, grid, maximum=maximum, **common)
    common.pop("flipped", None)  # it is the quantity that the radius varies
    radii = radius_sweep(networks, models, grid, load=load, **common)
    return capacities.merge(radii, compat="no_conflicts").assign_attrs(load=load)


@takes(grid=Mapping)
def success_sweep(
    networks: int,
    models: Models,
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: Any,
) -> xarray.Dataset:
    """Measure the share of cued patterns that memories recall, at every point of a grid.

    Parameters
    ----------
    networks : int
        Independent networks at each point; their seeds are the same at all points.
    models : mapping of label to Model, or sequence of Model
        The memories, not yet stored; the default label is the `repr` of the model. A parameter `seed` of a model is
        replaced by a different seed for each network.
    grid : mapping of str to sequence
        Ranges of n_neurons, n_patterns, flipped, separation, correlation, criterion.
    seed : int
    confidence : float, default 0.95
    runner : Runner
        Where the sweep runs, and where it stores finished points; see `neurosim.sweep`.
    **settings
        Fixed values of the same, and n_cues, the number of cued patterns per network (default
        `neurosim.measure.comparison.trials.N_CUES`).

    Returns
    -------
    xarray.Dataset over (model, *grid)
        recalled, settled and overlap, with `_lower`, `_upper` and `_by_network`; the flags of the models; and
        refused, the reason why a model could not be measured, whose values are NaN.

    Raises
    ------
    InvalidInput
        An argument is no model, an unknown setting, or a value out of its range.

    See Also
    --------
    capacity_sweep, radius_sweep : The values at which recall fails.
    neurosim.plots.comparison.success : The result as a figure.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import success_sweep
    >>> from neurosim.models import Dense, Hebb
    >>> found = success_sweep(4, [Hebb(), Dense()], {"n_patterns": [5, 40]}, n_neurons=50, seed=0)
    >>> found.recalled.values.round(2).tolist()
    [[0.95, 0.0], [1.0, 1.0]]
    """
    whole(networks, "networks")
    check_settings(grid, settings, ("n_neurons", "n_patterns", "flipped"), ("n_neurons", "n_patterns"))
    chosen = label_models(models)
    raw = _run(recalled_share, {"model": chosen, **grid}, networks, seed, runner, settings)
    found = xarray.Dataset(summarise(raw, MEASUREMENTS, confidence=confidence), raw.coords)
    return _described(found, chosen, networks, confidence, OVER_NETWORKS, settings, seed)


@takes(grid=Mapping)
def capacity_sweep(
    networks: int,
    models: Models,
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
        Largest number of independent networks drawn at each probed number of patterns.
    models, seed, confidence, runner, **settings
        As in `success_sweep`.
    grid : mapping of str to sequence
        Ranges of n_neurons, flipped, separation, correlation, criterion.
    maximum : int, default 4096
        Largest number of patterns tried; fewer where recall is integrated in small steps
        (`neurosim.measure.comparison.trials.STEPPED`). If recall does not fail up to this number, the capacity is NaN,
        `_lower` is the largest number classified as recalled, and `_upper` is infinite. *Assumption*: recall does not
        rise with the number of patterns, but beyond `neurosim.models.Model.weakest_load`, which is tried as well.
    level : float in (0, 1), default ½

    Returns
    -------
    xarray.Dataset over (model, *grid)
        capacity and bits_per_synapse with `_lower` and `_upper`; law, the capacity by theory for independent fair bits
        (`neurosim.measure.comparison.laws.law`), NaN where there is none; capacity_trials; the flags of the models; and
        refused. Bits are those of the stored patterns (`neurosim.measure.comparison.correlated.bits_per_pattern`; N
        each if independent and fair), without deduction for wrong ones, per real number of the memory
        (`Model.n_synapses`, which is constant or grows linearly with the number of patterns).

    Raises
    ------
    InvalidInput
        As in `success_sweep`; level or maximum is out of its range.

    See Also
    --------
    neurosim.measure.comparison.crossing.crossing : The search and its interval.
    neurosim.measure.comparison.laws.growth : The growth of the capacity with N.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import capacity_sweep
    >>> from neurosim.models import Hebb
    >>> found = capacity_sweep(8, [Hebb()], {"n_neurons": [40]}, seed=0).squeeze()
    >>> bool(found.capacity_lower <= found.capacity <= found.capacity_upper), round(float(found.law), 2)
    (True, 5.52)
    """
    fixed = {"level": level, "confidence": confidence, "networks": networks, "maximum": maximum, **settings}
    check_settings(grid, fixed, ("n_neurons", "flipped", *_SEARCH, "maximum"), ("n_neurons",))
    chosen = label_models(models)
    found = _located(capacity_of, chosen, grid, fixed, seed, runner)
    return found.assign(law=_laws(chosen, grid, settings))


@takes(grid=Mapping)
def radius_sweep(
    networks: int,
    models: Models,
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
    networks, models, grid, seed, level, confidence, runner, **settings
        As in `capacity_sweep`.

    Returns
    -------
    xarray.Dataset over (model, *grid)
        radius with `_lower` and `_upper`, at most ½; radius_trials; the flags of the models; and refused.

    Raises
    ------
    InvalidInput
        As in `success_sweep`; level is out of its range.

    See Also
    --------
    capacity_sweep : The number of patterns at which recall fails.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import radius_sweep
    >>> from neurosim.models import Hebb
    >>> float(radius_sweep(8, [Hebb()], {"n_neurons": [40]}, seed=0).radius.item()) > 0.2
    True
    """
    fixed = {"load": load, "level": level, "confidence": confidence, "networks": networks, **settings}
    check_settings(grid, fixed, ("n_neurons", *_SEARCH, "load"), ("n_neurons",))
    return _located(radius_of, label_models(models), grid, fixed, seed, runner)


def label_models(models: Models) -> dict[str, Model]:
    """Return models by their labels; the default label of a model is its `repr`.

    Raises
    ------
    InvalidInput
        A value is no model, or two of a sequence are the same.

    Examples
    --------
    >>> from neurosim.measure.comparison.compare import label_models
    >>> from neurosim.models import Dense, Hebb
    >>> label_models([Hebb(), Dense(power=4)])
    {'Hebb()': Hebb(), 'Dense(power=4)': Dense(power=4)}
    """
    if not isinstance(models, Mapping):
        chosen = sequence_of(models, "models", Model, remedy="for instance [Hebb(), Dense(power=4)]")
        models = dict(zip(distinct(map(repr, chosen), "models"), chosen, strict=True))
    return {label: instance(model, f"the model {label}", Model) for label, model in models.items()}


def _located(
    measure: Callable[..., dict[str, float]],
    models: dict[str, Model],
    grid: Mapping[str, Sequence[float]],
    fixed: Mapping[str, Any],
    seed: int,
    runner: Runner,
) -> xarray.Dataset:
    """Run a search, which draws its networks, at every point of the grid."""
    raw = _run(measure, {"model": models, **grid}, 1, seed, runner, fixed).isel(network=0)
    for name in raw.data_vars:
        quantity, _, end = str(name).rpartition("_")
        if end in ("lower", "upper"):
            long_name, units = LABELS[quantity]
            raw[name].attrs.update(long_name=f"{long_name}, {end} limit", units=units)
    settings = {name: value for name, value in fixed.items() if name not in ("networks", "confidence")}
    over = "networks (resampled), to the next probed place"
    return _described(raw, models, fixed["networks"], fixed["confidence"], over, settings, seed)


def _run(
    measure: Callable[..., Mapping[str, float]],
    axes: Mapping[str, Any],
    networks: int,
    seed: int,
    runner: Runner,
    fixed: Mapping[str, Any],
) -> xarray.Dataset:
    measured = partial(measure, **{name: fixed[name] for name in sorted(fixed)})
    return run(measured, axes, networks=networks, seed=seed, labels=LABELS, runner=runner)


def _laws(
    models: Mapping[str, Model], grid: Mapping[str, Sequence[float]], settings: Mapping[str, Any]
) -> tuple[list[str], np.ndarray, dict[str, str]]:
    """Return the capacity by theory at every point, as a variable; NaN for correlated patterns."""
    values = []
    for model, at in itertools.product(models.values(), itertools.product(*grid.values())):
        here = {**settings, **dict(zip(grid, at, strict=True))}
        independent = here.get("separation", 0.5) == 0.5 and here.get("correlation", 0) == 0
        how = {name: here[name] for name in ("flipped", "criterion") if name in here}
        known = independent and here.get("flipped", FLIPPED) < 0.5
        values.append(law(model, here["n_neurons"], **how) if known else np.nan)
    shape = [len(models), *map(len, grid.values())]
    attrs = {"long_name": "capacity by theory, for independent fair bits", "units": "1"}
    return ["model", *grid], np.reshape(np.array(values, dtype=float), shape), attrs


def _described(
    found: xarray.Dataset,
    models: Mapping[str, Model],
    networks: int,
    confidence: float,
    over: str,
    settings: Mapping[str, Any],
    seed: int,
) -> xarray.Dataset:
    """Add the flags and refusals of the models, and the protocol as attributes."""
    sizes = found.n_neurons.values.tolist() if "n_neurons" in found.coords else [settings["n_neurons"]]
    for flag in FLAGS:
        values = [getattr(model, flag) for model in models.values()]
        found[flag] = ("model", values, {"long_name": f"{flag}, see neurosim.models.Model"})
    reasons = [next(filter(None, (refusal(model, n) for n in sizes)), "") for model in models.values()]
    found["refused"] = ("model", reasons, {"long_name": "why the model could not be measured, at least at one size"})
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
        "models": json.dumps({label: repr(model) for label, model in models.items()}),
        **settings,
    }
    return found.assign_attrs({name: value for name, value in attrs.items() if name not in found.coords})
