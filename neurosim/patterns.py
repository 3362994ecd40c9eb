"""Hidden states and cues for their recall. Damage to cues is `neurosim.damage`.

Every random function takes a seed.
"""

from __future__ import annotations

import numpy as np

from neurosim import memory, theory
from neurosim.damage import Flipped, Noise
from neurosim.network import Network
from neurosim.validation import binary_array, generator, noise_level, share, takes, whole

MAX_ENUMERATED = 24  # 2^24 states of 24 bool take 400 MB


def all_hidden_states(n_hidden: int) -> np.ndarray:
    """Return all 2^N_h binary hidden states.

    Parameters
    ----------
    n_hidden : int
        N_h, from 1 to `MAX_ENUMERATED`.

    Returns
    -------
    ndarray of bool, shape (2**n_hidden, n_hidden)
        Bit μ of the row number is the state of neuron μ.

    Raises
    ------
    InvalidInput
        n_hidden is not a whole number from 1 to `MAX_ENUMERATED`.

    See Also
    --------
    random_hidden_states : A random sample of them.

    Examples
    --------
    >>> from neurosim import patterns
    >>> patterns.all_hidden_states(2).astype(int)
    array([[0, 0],
           [1, 0],
           [0, 1],
           [1, 1]])
    """
    remedy = "use random_hidden_states, or neurosim.measure.capacity.curve to count without a list"
    n_hidden = whole(n_hidden, "n_hidden", at_most=MAX_ENUMERATED, remedy=remedy)
    states, numbers = np.empty((2**n_hidden, n_hidden), dtype=bool), np.arange(2**n_hidden, dtype=np.uint32)
    for neuron in range(n_hidden):  # one neuron at a time, so that memory stays near that of the result
        states[:, neuron] = numbers >> neuron & 1
    return states


def random_hidden_states(n_hidden: int, count: int, *, active: float = 0.5, seed: int) -> np.ndarray:
    """Return independent random hidden states.

    Parameters
    ----------
    n_hidden, count : int
        Number of neurons and number of states, each at least 1.
    active : float in [0, 1], default 0.5
        Probability that a neuron is active.
    seed : int

    Returns
    -------
    ndarray of bool, shape (count, n_hidden)

    Raises
    ------
    InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from neurosim import patterns
    >>> patterns.random_hidden_states(4, 3, seed=0).shape
    (3, 4)
    """
    active, shape = share(active, "active"), (whole(count, "count"), whole(n_hidden, "n_hidden"))
    memory.reserve(9 * shape[0] * shape[1], f"{count:,} states of {n_hidden:,} hidden neurons", "give fewer states")
    return generator(seed).random(shape) < active


@takes(net=Network)
def visible_cues(net: Network, targets: np.ndarray, *, noise_std: float = 0.0, seed: int | None = None) -> np.ndarray:
    """Return noisy visible cues of hidden states, v(0) = ξs/√N_h + ε with ε ~ N(0, σ_v²) (eqs. 12a, 13).

    Parameters
    ----------
    net : Network
    targets : array_like, shape (cue, hidden)
        Hidden states to recall, bool or 0 and 1.
    noise_std : float, default 0
        σ_v, dimensionless.
    seed : int, optional
        Seed of the noise; needed if `noise_std` > 0.

    Returns
    -------
    ndarray of float64, shape (cue, visible)

    Raises
    ------
    InvalidInput
        The targets are not binary or have another shape, noise_std < 0, or there is noise without a seed.

    See Also
    --------
    neurosim.damage : Noise, missing and occluded parts, flips.
    neurosim.recall : Simulate a network from the cues.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim import patterns
    >>> net = neurosim.Network.gaussian(100, 4, seed=0)
    >>> patterns.visible_cues(net, [[1, 0, 1, 0]], noise_std=0.5, seed=1).shape
    (1, 100)
    """
    targets = binary_array(targets, "targets", {"cue": None, "hidden": net.n_hidden}, empty=True)
    noise_std = noise_level(noise_std)
    what = f"{len(targets):,} cues of {net.n_visible:,} visible neurons"
    memory.reserve(8 * len(targets) * net.n_visible, what, "give fewer targets at a time")
    return Noise(noise_std).apply(theory.visible_state(net, targets), seed=seed)


def flip(states: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """Return hidden states with a random share of the bits of each state flipped.

    Parameters
    ----------
    states : array_like, shape (state, hidden)
        Bool, or 0 and 1.
    fraction : float in [0, 1]
        Share of the bits, rounded to whole bits.
    seed : int

    Returns
    -------
    ndarray of bool, shape (state, hidden)

    Raises
    ------
    InvalidInput
        The states are not binary or have another shape, or the fraction is not in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns
    >>> int(patterns.flip(np.zeros((1, 10), dtype=bool), 0.2, seed=0).sum())
    2
    """
    states = binary_array(states, "states", {"state": None, "hidden": None}, empty=True)
    signs = np.where(states, 1.0, -1.0)
    return Flipped(fraction).apply(signs, seed=seed) > 0
