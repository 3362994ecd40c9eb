"""One trial of any memory: store ±1 patterns and recall some of them from cues with flipped bits.

The same seed gives the same patterns and the same cues to all memories.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim import NeurosimError
from neurosim.measure.comparison.correlated import correlated_patterns
from neurosim.measure.comparison.two_layer import TWO_LAYER, TwoLayer
from neurosim.models import MODELS, Dense, Model, Perceptron
from neurosim.seeds import spawn_seeds
from neurosim.validation import generator

OVERLAP = 0.95
"""Overlap m = (1/N) Σ_i ξ_i sgn x_i from which a pattern counts as recalled.

Recall breaks down with a jump: that of Hebb's rule from m = 0.967 at 0.138 N patterns [1]_ to 0.35. A criterion between
the two gives the same capacity for large N. The criterion m = 1 gives N/(2 ln N) instead, which measures how rare
wrong bits are and not how much is stored.

.. [1] D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. Lett. 55:1530, 1985.
"""
FLIPPED = 0.1
"""Share of wrong bits in a cue. With 0, any memory in which every state is a fixed point is perfect."""

N_CUES = 16  # per network; more networks are more informative than more cues
STEPPED = 256  # largest number of patterns where recall is integrated in steps: a second per network, above that

_refusals: dict[tuple[type[Model], str, int], str] = {}


class Trial(NamedTuple):
    """Result of one trial of one network.

    Parameters
    ----------
    recalled : float
        Share of the cued patterns recalled.
    overlap : float
        Mean overlap of the signs of the recalled states with their patterns, from −1 to 1.
    settled : float
        Share of the recalls that ended at a fixed point.
    n_recalls : int
        Cued patterns.
    synapses : int
        Real numbers in the memory after it has stored the patterns (`neurosim.models.Model.n_synapses`).

    Examples
    --------
    >>> from neurosim.measure.comparison.trials import Trial
    >>> Trial(recalled=1.0, overlap=0.99, settled=1.0, n_recalls=16, synapses=4950).recalled
    1.0
    """

    recalled: float
    overlap: float
    settled: float
    n_recalls: int
    synapses: int


def default_models() -> dict[str, Model]:
    """Return the memories that `neurosim compare` measures by default: all registered ones and three variants.

    Returns
    -------
    dict of str to Model
        By the name that the command line uses.

    Examples
    --------
    >>> from neurosim.measure.comparison.trials import default_models
    >>> default_models()["dense:power=4"]
    Dense(power=4)
    """
    return {
        **{name: model() for name, model in {**MODELS, **TWO_LAYER}.items()},
        "perceptron:margin=1,max_epochs=100": Perceptron(margin=1, max_epochs=100),
        "dense:power=2": Dense(power=2),
        "dense:power=4": Dense(power=4),
    }


def largest_count(model: Model, maximum: int) -> int:
    """Return the largest number of patterns tried for a capacity: at most `STEPPED` where recall takes small steps.

    Examples
    --------
    >>> from neurosim.measure.comparison.trials import largest_count
    >>> from neurosim.models import Hebb
    >>> largest_count(Hebb(), 4096)
    4096
    """
    return min(maximum, STEPPED) if isinstance(model, TwoLayer) and model.stepped else maximum


def stored(model: Model, patterns: np.ndarray, seed: int = 0) -> Model:
    """Return a copy of a memory that has stored ±1 patterns.

    Parameters
    ----------
    model : Model
        Its parameters are used; the object is not changed.
    patterns : ndarray (pattern, neuron) of ±1
        For models with two other levels, −1 becomes the lower and +1 the higher; real-valued models get −1 and 1.
    seed : int, default 0
        Replaces the model's parameter `seed`, if it has one, so that random features or stuck devices differ
        between networks.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.trials import stored
    >>> from neurosim.models import Covariance
    >>> stored(Covariance(), np.array([[1, -1, -1, 1], [-1, 1, -1, 1]])).n_synapses
    6
    """
    model = model.replace(**({"seed": seed} if "seed" in model.get_params() else {}))
    middle, half = _levels(model)
    return model.store(middle + half * patterns)


def _levels(model: Model) -> tuple[float, float]:
    """Return the middle of a model's two levels and their distance from it; −1 and 1 for real-valued models."""
    low, high = model.levels or (-1, 1)
    return (high + low) / 2, (high - low) / 2


def flip_bits(patterns: np.ndarray, n_flips: int, seed: int) -> np.ndarray:
    """Return ±1 patterns with a number of bits of each flipped.

    Parameters
    ----------
    patterns : ndarray (pattern, neuron) of ±1
    n_flips : int
        Flipped bits in each pattern, at random places.
    seed : int

    See Also
    --------
    neurosim.damage.Flipped : The same for a share of the bits.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.trials import flip_bits
    >>> flip_bits(np.ones((2, 10)), 3, seed=0).sum(axis=1)
    array([4., 4.])
    """
    places = generator(seed).permuted(np.tile(np.arange(patterns.shape[1]), (len(patterns), 1)), axis=1)
    flipped = patterns.copy()
    np.put_along_axis(flipped, places[:, :n_flips], -np.take_along_axis(flipped, places[:, :n_flips], 1), 1)
    return flipped


def trial(
    model: Model,
    patterns: np.ndarray,
    n_flips: int,
    *,
    seed: int,
    n_cues: int = N_CUES,
    criterion: float = OVERLAP,
    max_sweeps: int = 20,
) -> Trial:
    """Store ±1 patterns and recall some of them.

    Parameters
    ----------
    model : Model
        As in `stored`.
    patterns : ndarray (pattern, neuron) of ±1
        As in `stored`.
    n_flips : int
        Wrong bits in each cue.
    seed : int
        Seed of the choice of cued patterns, of the wrong bits, and of the model.
    n_cues : int, default `N_CUES`
        Largest number of cued patterns.
    criterion : float in (0, 1], default `OVERLAP`
        A pattern is recalled if its recall ends at this overlap or above; 1: without a wrong bit. States count by
        their sign (about the middle of the model's levels), real-valued ones too; 0 is half right.
    max_sweeps : int, default 20

    Returns
    -------
    Trial

    Raises
    ------
    InvalidInput
        The model refuses the patterns or their number.

    See Also
    --------
    neurosim.measure.comparison.compare.success_sweep : Many trials over a grid.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.trials import trial
    >>> from neurosim.models import Hebb
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (5, 100))
    >>> found = trial(Hebb(), patterns, n_flips=10, seed=0)
    >>> found.recalled, found.overlap, found.settled
    (1.0, 1.0, 1.0)
    """
    chosen_seed, flip_seed, model_seed = spawn_seeds(seed, 3)
    chosen = generator(chosen_seed).permutation(len(patterns))[:n_cues]
    targets = patterns[chosen]
    model = stored(model, patterns, model_seed)
    middle, half = _levels(model)
    cues = middle + half * flip_bits(targets, n_flips, flip_seed)
    out = model.recall(cues, max_sweeps=max_sweeps)
    reached = (np.sign(out.states - middle) * targets).mean(axis=1)
    recalled = float((reached >= criterion - 1e-12).mean())
    return Trial(recalled, float(reached.mean()), float(out.settled.mean()), len(cues), model.n_synapses)


def refusal(model: Model, n_neurons: int) -> str:
    """Return the reason why a model refuses a trial of this size, or an empty text.

    Examples
    --------
    >>> from neurosim.measure.comparison.trials import refusal
    >>> from neurosim.models import Hebb, ThreeDirectional
    >>> refusal(Hebb(), 10), refusal(ThreeDirectional(), 2)
    ('', 'patterns must have at least 3 neurons, one per layer, got 2')
    """
    key = (type(model), repr(model), n_neurons)
    if key not in _refusals:
        try:
            trial(model, correlated_patterns(4, n_neurons, seed=0), 1, seed=0)
            _refusals[key] = ""
        except NeurosimError as error:
            _refusals[key] = str(error)
    return _refusals[key]
