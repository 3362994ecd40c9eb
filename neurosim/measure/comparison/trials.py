"""One trial for every memory alike: store ±1 patterns, recall some of them from cues with flipped bits.

A rival is written as in "dense", or "dense:power=4" with other settings than its own. The same seed gives the same
patterns and the same cues to all of them.
"""

from __future__ import annotations

import inspect
import json
import time
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from neurosim import InvalidInput, NeurosimError
from neurosim.measure.comparison.correlated import correlated_patterns
from neurosim.measure.comparison.two_layer import TWO_LAYER, TwoLayer
from neurosim.models import MODELS, Model
from neurosim.sweep.seeds import spawn_seeds
from neurosim.validation import generator

RIVALS: dict[str, type[Model]] = {**MODELS, **TWO_LAYER}
DEFAULT = (*RIVALS, "perceptron:margin=1,max_epochs=100", "dense:power=2", "dense:power=4")
OVERLAP = 0.95
"""A recall succeeds from this overlap on, m = (1/N) Σ_i ξ_i sgn x_i.

Where recall breaks down, it jumps: Hebb's, from m = 0.967 at 0.138 N patterns (Amit, Gutfreund & Sompolinsky 1985) to
0.35. A criterion between the two finds the same capacity for large N. An exact one would not: it finds N/(2 ln N),
which is not what the memory holds but how seldom it errs.
"""
FLIPPED = 0.1
"""Share of wrong bits in a cue. Without any, a memory that lets every state stand still would be perfect."""

N_CUES = 16  # per network; more networks tell more than more cues
STEPPED = 256  # patterns, at most, where each recall is integrated: a second a network, beyond


class Trial(NamedTuple):
    """What one network did.

    Parameters
    ----------
    recalled : float
        Share of the cued patterns recalled.
    overlap : float
        Mean overlap of the recalls' signs with their patterns, from −1 to 1.
    settled : float
        Share of the recalls that ended at a fixed point.
    seconds : float
        Wall time per recall; cues are recalled together.
    synapses : int
        Real numbers that the memory consists of, now that it has stored the patterns.
    """

    recalled: float
    overlap: float
    settled: float
    seconds: float
    synapses: int


@cache
def parsed(rival: str) -> tuple[str, dict[str, Any]]:
    """Return the model's name and its settings.

    Raises
    ------
    InvalidInput
        No such model, a setting it does not have, or a value that is no number, true or false.
    """
    name, _, text = rival.partition(":")
    if name not in RIVALS:
        raise InvalidInput(f"the memory must be one of {', '.join(RIVALS)}, got {name!r}")
    known = [key for key in inspect.signature(RIVALS[name]).parameters if key != "n_neurons"]
    settings = {}
    for part in text.split(",") if text else []:
        key, _, value = part.partition("=")
        if key not in known:
            raise InvalidInput(f"{name} has the settings {', '.join(known) or 'none'}, got {part!r}")
        try:
            settings[key] = json.loads(value)
        except json.JSONDecodeError:
            raise InvalidInput(f"{key} of {name} must be a number, true or false, got {value!r}") from None
    return name, settings


def most_tried(rival: str, maximum: int) -> int:
    """Return how many patterns a capacity is sought up to: fewer if recall is integrated in small steps, for time."""
    model = RIVALS[parsed(rival)[0]]
    stepped = issubclass(model, TwoLayer) and model.engine == "reference"
    return min(maximum, STEPPED) if stepped else maximum


def stored(rival: str, patterns: np.ndarray, seed: int = 0) -> Model:
    """Return a memory of ±1 patterns; `seed` is of what a model draws once for itself, such as random features."""
    name, settings = parsed(rival)
    drawn = {"seed": seed} if "seed" in inspect.signature(RIVALS[name]).parameters else {}
    model = RIVALS[name](patterns.shape[1], **{**drawn, **settings})
    middle, half = _levels(model)
    return model.store(middle + half * patterns)


def _levels(model: Model) -> tuple[float, float]:
    """Return the middle of a model's two levels and their distance from it; of a real model's −1 and 1, as reals."""
    low, high = model.levels or (-1, 1)
    return (high + low) / 2, (high - low) / 2


def flip_bits(patterns: np.ndarray, n_flips: int, seed: int) -> np.ndarray:
    """Return ±1 patterns with `n_flips` bits of each, at random places, turned."""
    places = generator(seed).permuted(np.tile(np.arange(patterns.shape[1]), (len(patterns), 1)), axis=1)
    turned = patterns.copy()
    np.put_along_axis(turned, places[:, :n_flips], -np.take_along_axis(turned, places[:, :n_flips], 1), 1)
    return turned


def trial(
    rival: str,
    patterns: np.ndarray,
    n_flips: int,
    *,
    seed: int,
    n_cues: int = N_CUES,
    criterion: float = OVERLAP,
    max_sweeps: int = 20,
) -> Trial:
    """Store ±1 patterns, recall some of them.

    Parameters
    ----------
    rival : str
    patterns : ndarray (pattern, neuron) of ±1
        To models of two other levels, −1 is the lower and +1 the higher; to real ones, −1 and 1.
    n_flips : int
        Wrong bits in each cue.
    seed : int
        Of which patterns are cued, which bits are wrong, and of the model.
    n_cues : int, default `N_CUES`
        Patterns cued, at most.
    criterion : float in (0, 1], default `OVERLAP`
        A pattern is recalled if its recall ends at this overlap at least; 1: without a wrong bit. The state counts by
        its sign (about the middle of the model's levels), also if it is real; 0 is half right.
    max_sweeps : int, default 20

    Raises
    ------
    InvalidInput
        The model refuses such patterns, or so many.
    """
    chosen_seed, flip_seed, model_seed = spawn_seeds(seed, 3)
    chosen = generator(chosen_seed).permutation(len(patterns))[:n_cues]
    targets = patterns[chosen]
    model = stored(rival, patterns, model_seed)
    middle, half = _levels(model)
    cues = middle + half * flip_bits(targets, n_flips, flip_seed)
    start = time.perf_counter()
    out = model.recall(cues, max_sweeps=max_sweeps)
    seconds = (time.perf_counter() - start) / len(cues)
    reached = (np.sign(out.states - middle) * targets).mean(axis=1)
    recalled = float((reached >= criterion - 1e-12).mean())
    return Trial(recalled, float(reached.mean()), float(out.settled.mean()), seconds, model.n_synapses)


@cache
def refusal(rival: str, n_neurons: int) -> str:
    """Return why a model cannot do a trial of this size, or nothing if it can."""
    try:
        trial(rival, correlated_patterns(4, n_neurons, seed=0), 1, seed=0)
    except NeurosimError as error:
        return str(error)
    return ""
