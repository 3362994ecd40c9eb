"""Measurements of one memory: recall by one network, capacity, basin radius; NaN if the model refuses the trial."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim import InvalidInput
from neurosim.measure.comparison.correlated import bits_per_pattern, correlated_patterns
from neurosim.measure.comparison.crossing import crossing
from neurosim.measure.comparison.trials import FLIPPED, N_CUES, OVERLAP, Trial, largest_count, refusal, stored, trial
from neurosim.models import Model
from neurosim.seeds import spawn_seeds

FEWEST = 2  # patterns to begin with; some models learn the distance between patterns


def one_network(
    *,
    seed: int,
    model: Model,
    n_neurons: int,
    n_patterns: int,
    flipped: float = FLIPPED,
    separation: float = 0.5,
    correlation: float = 0.0,
    criterion: float = OVERLAP,
    n_cues: int = N_CUES,
) -> Trial:
    """Draw patterns, store them and recall some of them.

    Parameters
    ----------
    seed : int
        Seed of the patterns and of the trial.
    model : Model
    n_neurons, n_patterns : int
    flipped : float, default `FLIPPED`
        Share of wrong bits in the cues.
    separation, correlation : float
        Of the patterns, as in `correlated_patterns`.
    criterion, n_cues
        As in `trial`.

    Returns
    -------
    Trial
        A model that refuses this number of patterns, but accepts fewer, counts as having recalled none.

    Raises
    ------
    InvalidInput
        The model refuses every such trial.

    Examples
    --------
    >>> from neurosim.measure.comparison.measures import one_network
    >>> from neurosim.models import Dense
    >>> one_network(seed=0, model=Dense(), n_neurons=50, n_patterns=60).recalled
    1.0
    """
    pattern_seed, trial_seed = spawn_seeds(seed, 2)
    shape = {"separation": separation, "correlation": correlation}
    patterns = correlated_patterns(n_patterns, n_neurons, **shape, seed=pattern_seed)
    n_flips = round(flipped * n_neurons)
    try:
        return trial(model, patterns, n_flips, seed=trial_seed, n_cues=n_cues, criterion=criterion)
    except InvalidInput:
        if refusal(model, n_neurons):
            raise
        return Trial(0.0, 0.0, 0.0, min(n_cues, n_patterns), 0)


def recalled_share(*, seed: int, model: Model, n_neurons: int, **settings: Any) -> dict[str, float]:
    """Return the trial of one network as numbers by name: the measurement of `success_sweep`.

    Parameters
    ----------
    seed, model, n_neurons, **settings
        As in `one_network`.

    Returns
    -------
    dict of str to float
        The fields of `Trial`; NaN if the model refuses.

    Examples
    --------
    >>> from neurosim.measure.comparison.measures import recalled_share
    >>> from neurosim.models import Hebb
    >>> recalled_share(seed=0, model=Hebb(), n_neurons=50, n_patterns=2)["recalled"]
    1.0
    """
    if refusal(model, n_neurons):
        return dict.fromkeys(Trial._fields, np.nan)
    return one_network(seed=seed, model=model, n_neurons=n_neurons, **settings)._asdict()


def capacity_of(
    *,
    seed: int,
    model: Model,
    n_neurons: int,
    level: float,
    confidence: float,
    networks: int,
    maximum: int,
    **settings: Any,
) -> dict[str, float]:
    """Return the capacity of a memory with its limits: the measurement of `capacity_sweep`.

    Parameters
    ----------
    seed, model, n_neurons, level, confidence, networks, maximum, **settings
        As in `neurosim.measure.comparison.compare.capacity_sweep`.

    Returns
    -------
    dict of str to float
        capacity and bits_per_synapse with `_lower` and `_upper`, and capacity_trials; NaN if the model refuses.

    Examples
    --------
    >>> from neurosim.measure.comparison.measures import capacity_of
    >>> from neurosim.models import Hebb
    >>> options = {"level": 0.5, "confidence": 0.95, "networks": 8, "maximum": 64}
    >>> found = capacity_of(seed=0, model=Hebb(), n_neurons=20, **options)
    >>> found["capacity_lower"] <= found["capacity"] <= found["capacity_upper"]
    True
    """
    if refusal(model, n_neurons):
        return dict.fromkeys([*_limits("capacity"), *_limits("bits_per_synapse"), "capacity_trials"], np.nan)

    def success(n_patterns: int, k: int) -> float:
        own = spawn_seeds([seed, n_neurons, n_patterns, k], 1)[0]  # all models store the same patterns
        return one_network(seed=own, model=model, n_neurons=n_neurons, n_patterns=n_patterns, **settings).recalled

    limit = largest_count(model, maximum)
    weakest = [] if model.weakest_load is None else [round(model.weakest_load * n_neurons)]
    how = {"level": level, "confidence": confidence, "budget": networks, "seed": seed}
    found = crossing(success, FEWEST, limit, also=weakest, **how)
    shape = {name: settings[name] for name in ("separation", "correlation") if name in settings}
    bits = bits_per_pattern(n_neurons, **shape)
    per_synapse = [_per_synapse(model, n_neurons, bits, at) for at in found[:3]]
    if np.isnan(per_synapse[0]) and per_synapse[1] == per_synapse[2]:
        per_synapse[0] = per_synapse[1]  # one value, however many patterns
    return {
        **dict(zip(_limits("capacity"), found[:3], strict=True)),
        **dict(zip(_limits("bits_per_synapse"), per_synapse, strict=True)),
        "capacity_trials": found.n_trials,
    }


def _per_synapse(model: Model, n_neurons: int, bits: float, capacity: float) -> float:
    """Return the bits of `capacity` patterns per real number of the memory, which may grow with the patterns."""
    few, more = (
        stored(model, correlated_patterns(n_patterns, n_neurons, seed=0)).n_synapses
        for n_patterns in (FEWEST, 2 * FEWEST)
    )
    growth = (more - few) / FEWEST
    if np.isposinf(capacity) and growth > 0:
        return bits / growth  # the limit for many patterns
    return capacity * bits / (few + (capacity - FEWEST) * growth) if np.isfinite(capacity) else capacity


def radius_of(
    *,
    seed: int,
    model: Model,
    n_neurons: int,
    load: float,
    level: float,
    confidence: float,
    networks: int,
    **settings: Any,
) -> dict[str, float]:
    """Return the basin radius of a memory with its limits: the measurement of `radius_sweep`.

    Parameters
    ----------
    seed, model, n_neurons, load, level, confidence, networks, **settings
        As in `neurosim.measure.comparison.compare.radius_sweep`.

    Returns
    -------
    dict of str to float
        radius with `_lower` and `_upper`, and radius_trials; NaN if the model refuses.

    Examples
    --------
    >>> from neurosim.measure.comparison.measures import radius_of
    >>> from neurosim.models import Hebb
    >>> options = {"load": 0.05, "level": 0.5, "confidence": 0.95, "networks": 8}
    >>> radius_of(seed=0, model=Hebb(), n_neurons=20, **options)["radius_trials"] > 8
    True
    """
    if refusal(model, n_neurons):
        return dict.fromkeys([*_limits("radius"), "radius_trials"], np.nan)
    n_patterns = max(FEWEST, round(load * n_neurons))

    def success(n_flips: int, k: int) -> float:
        own = spawn_seeds([seed, n_neurons, n_flips, k], 1)[0]
        at = {"n_patterns": n_patterns, "flipped": n_flips / n_neurons}
        return one_network(seed=own, model=model, n_neurons=n_neurons, **at, **settings).recalled

    at = crossing(success, 1, n_neurons // 2, level=level, confidence=confidence, budget=networks, seed=seed)
    # where even cues without overlap succeed half the time, as with two patterns, there is no larger radius
    radii = np.nan_to_num(np.minimum(at[:3], n_neurons // 2), nan=n_neurons // 2) / n_neurons
    return {**dict(zip(_limits("radius"), radii.tolist(), strict=True)), "radius_trials": at.n_trials}


def _limits(name: str) -> list[str]:
    return [name, f"{name}_lower", f"{name}_upper"]
