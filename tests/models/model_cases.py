"""One small memory of each model, with patterns and cues."""

import numpy as np

from neurosim.models import MODELS
from neurosim.models.synchronous import Synchronous

N = 120
OPTIONS = {
    "perceptron": {"margin": 1.0},  # without a margin, learning stops as soon as the patterns are fixed, basins or not
}
SYMMETRIC = sorted(name for name, model in MODELS.items() if model.symmetric)
BINARY = sorted(name for name, model in MODELS.items() if model.levels is not None)
ORDERED = [name for name in BINARY if not issubclass(MODELS[name], Synchronous)]  # neurons are updated in an order


def make(name, **options):
    return MODELS[name](**{**OPTIONS.get(name, {}), **options})


def pm1(count, n_neurons, seed):
    """Return random patterns of −1 and 1."""
    return 2.0 * np.random.default_rng(seed).integers(0, 2, (count, n_neurons)) - 1


def sparse(count, n_neurons, active, seed):
    """Return random patterns of 0 and 1, each with `active` ones."""
    return 1.0 * (np.random.default_rng(seed).random((count, n_neurons)).argsort(1).argsort(1) < active)


def patterns_for(name, count, n_neurons=N, seed=0):
    if MODELS[name].levels == (0, 1):
        return sparse(count, n_neurons, max(1, n_neurons // 6), seed)
    return pm1(count, n_neurons, seed)


def corrupt(patterns, fraction, seed):
    """Return the patterns with that fraction of wrong bits; of 0/1 patterns, of active ones moved elsewhere."""
    rng, cues = np.random.default_rng(seed), np.array(patterns)
    for cue in cues:
        if (cue == 0).any():
            on, off = np.flatnonzero(cue == 1), np.flatnonzero(cue == 0)
            count = round(fraction * len(on))
            cue[rng.choice(on, count, replace=False)], cue[rng.choice(off, count, replace=False)] = 0, 1
        else:
            cue[rng.choice(len(cue), round(fraction * len(cue)), replace=False)] *= -1
    return cues


def cues_for(name, count, n_neurons=N, seed=0):
    """Return states unrelated to any pattern."""
    return patterns_for(name, count, n_neurons, seed=10_000 + seed)
