"""What is measured of one memory: one network's recall, its capacity, its basin radius. NaN if the model refuses."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim import InvalidInput
from neurosim.measure.comparison.correlated import bits_per_pattern, correlated_patterns
from neurosim.measure.comparison.crossing import crossing
from neurosim.measure.comparison.trials import FLIPPED, N_CUES, OVERLAP, Trial, most_tried, refusal, stored, trial
from neurosim.sweep.seeds import spawn_seeds

FEWEST = 2  # patterns to begin with; some models learn how far apart patterns are


def one_network(
    *,
    seed: int,
    rival: str,
    n_neurons: int,
    n_patterns: int,
    flipped: float = FLIPPED,
    separation: float = 0.5,
    correlation: float = 0.0,
    criterion: float = OVERLAP,
    n_cues: int = N_CUES,
) -> Trial:
    """Draw patterns, store them, recall some; `neurosim.measure.comparison.trials.trial` says how.

    A model that refuses that many patterns, while it takes few (`neurosim.measure.comparison.trials.refusal`), has
    recalled none.
    """
    pattern_seed, trial_seed = spawn_seeds(seed, 2)
    shape = {"separation": separation, "correlation": correlation}
    patterns = correlated_patterns(n_patterns, n_neurons, **shape, seed=pattern_seed)
    n_flips = round(flipped * n_neurons)
    try:
        return trial(rival, patterns, n_flips, seed=trial_seed, n_cues=n_cues, criterion=criterion)
    except InvalidInput:
        if refusal(rival, n_neurons):
            raise
        return Trial(0.0, 0.0, 0.0, np.nan, 0)


def recalled_share(*, seed: int, rival: str, n_neurons: int, **settings: Any) -> dict[str, float]:
    """Return what one network did; what `success_sweep` does at every point. NaN if the model refuses."""
    if refusal(rival, n_neurons):
        return dict.fromkeys(Trial._fields, np.nan)
    return one_network(seed=seed, rival=rival, n_neurons=n_neurons, **settings)._asdict()


def capacity_of(
    *,
    seed: int,
    rival: str,
    n_neurons: int,
    level: float,
    confidence: float,
    networks: int,
    maximum: int,
    **settings: Any,
) -> dict[str, float]:
    """Find one memory's capacity; what `capacity_sweep` does at every point. NaN if the model refuses."""
    if refusal(rival, n_neurons):
        return dict.fromkeys([*_limits("capacity"), *_limits("bits_per_synapse"), "capacity_trials"], np.nan)

    def success(n_patterns: int, k: int) -> float:
        own = spawn_seeds([seed, n_neurons, n_patterns, k], 1)[0]  # not of the rival: all have the same patterns
        return one_network(seed=own, rival=rival, n_neurons=n_neurons, n_patterns=n_patterns, **settings).recalled

    limit = most_tried(rival, maximum)
    found = crossing(success, FEWEST, limit, level=level, confidence=confidence, budget=networks, seed=seed)
    shape = {name: settings[name] for name in ("separation", "correlation") if name in settings}
    bits = bits_per_pattern(n_neurons, **shape)
    per_synapse = (_per_synapse(rival, n_neurons, bits, at) for at in found[:3])
    return {
        **dict(zip(_limits("capacity"), found[:3], strict=True)),
        **dict(zip(_limits("bits_per_synapse"), per_synapse, strict=True)),
        "capacity_trials": found.n_trials,
    }


def _per_synapse(rival: str, n_neurons: int, bits: float, capacity: float) -> float:
    """Return the bits of so many patterns over the real numbers that hold them; ∞ where it cannot be told."""
    if not np.isfinite(capacity):
        return capacity
    n_patterns = max(FEWEST, int(capacity))
    try:
        model = stored(rival, correlated_patterns(n_patterns, n_neurons, seed=0))
    except InvalidInput:  # an upper limit can be one too many
        return np.inf
    return n_patterns * bits / model.n_synapses


def radius_of(
    *,
    seed: int,
    rival: str,
    n_neurons: int,
    load: float,
    level: float,
    confidence: float,
    networks: int,
    **settings: Any,
) -> dict[str, float]:
    """Find one memory's basin radius; what `radius_sweep` does at every point. NaN if the model refuses."""
    if refusal(rival, n_neurons):
        return dict.fromkeys([*_limits("radius"), "radius_trials", "seconds"], np.nan)
    n_patterns, seconds = max(FEWEST, round(load * n_neurons)), []

    def success(n_flips: int, k: int) -> float:
        own = spawn_seeds([seed, n_neurons, n_flips, k], 1)[0]
        where = {"n_patterns": n_patterns, "flipped": n_flips / n_neurons}
        found = one_network(seed=own, rival=rival, n_neurons=n_neurons, **where, **settings)
        seconds.append(found.seconds)
        return found.recalled

    at = crossing(success, 1, n_neurons // 2, level=level, confidence=confidence, budget=networks, seed=seed)
    # where even cues without overlap succeed half the time, which two patterns allow, there is no larger radius
    radii = np.nan_to_num(np.minimum(at[:3], n_neurons // 2), nan=n_neurons // 2) / n_neurons
    found = dict(zip(_limits("radius"), radii.tolist(), strict=True))
    return {**found, "radius_trials": at.n_trials, "seconds": float(np.median(seconds))}


def _limits(name: str) -> list[str]:
    return [name, f"{name}_lower", f"{name}_upper"]
