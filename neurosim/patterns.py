"""Hidden states, cues for their recall, and damage to both: noise, masks and flips.

Every random function takes a seed.
"""

from __future__ import annotations

import numpy as np

from neurosim import theory
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.validation import binary_array, generator, real, share, whole

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
    return (np.arange(2**n_hidden)[:, None] >> np.arange(n_hidden) & 1).astype(bool)


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
    active = share(active, "active")
    return generator(seed).random((whole(count, "count"), whole(n_hidden, "n_hidden"))) < active


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
    add_noise, mask, occlude, flip_signs : Damage to cues.
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
    return add_noise(theory.visible_state(net, targets), noise_std, seed=seed)


def add_noise(cues: np.ndarray, noise_std: float, *, seed: int | None = None) -> np.ndarray:
    """Return the cues plus independent Gaussian noise (eq. 13).

    Parameters
    ----------
    cues : array_like, shape (cue, visible)
    noise_std : float
        σ_v ≥ 0, dimensionless.
    seed : int, optional
        Seed of the noise; needed if `noise_std` > 0.

    Returns
    -------
    ndarray of float64
        A new array of the same shape.

    Raises
    ------
    InvalidInput
        noise_std is negative or not finite, or > 0 without a seed.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns
    >>> patterns.add_noise(np.zeros((1, 3)), 1.0, seed=0).round(2)
    array([[ 0.13, -0.13,  0.64]])
    """
    noise_std = real(noise_std, "noise_std", at_least=0)
    cues = np.array(cues, dtype=float)
    if noise_std > 0:
        if seed is None:
            raise InvalidInput("noise needs a seed, so that the cue can be reproduced; give seed=")
        cues += noise_std * generator(seed).standard_normal(cues.shape)
    return cues


def mask(cues: np.ndarray, hidden_pixels: np.ndarray, fill: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the cues with some visible neurons set to a fixed value.

    Parameters
    ----------
    cues : array_like, shape (cue, visible)
    hidden_pixels : ndarray of bool, shape (visible,) or (cue, visible)
        True where the cue is replaced.
    fill : float or ndarray of shape (visible,), default 0
        The replacement. 0 also lowers the drive of the hidden layer; the mean of the patterns keeps it on average.

    Returns
    -------
    ndarray of float64, shape (cue, visible)

    Raises
    ------
    InvalidInput
        `hidden_pixels` is not bool or has another shape.

    See Also
    --------
    random_mask, occlude : Masks at random places, and of the lower rows of images.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns
    >>> patterns.mask(np.ones((1, 3)), np.array([True, False, False]))
    array([[0., 1., 1.]])
    """
    cues, hidden_pixels = np.array(cues, dtype=float), np.asarray(hidden_pixels)
    if hidden_pixels.dtype != bool or hidden_pixels.shape not in (cues.shape, cues.shape[-1:]):
        raise InvalidInput(
            f"hidden_pixels must be bool of shape {cues.shape[-1:]} or {cues.shape}, "
            f"got {hidden_pixels.dtype} {hidden_pixels.shape}"
        )
    return np.where(hidden_pixels, fill, cues)


def random_mask(cues: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """Return the cues with a random share of the visible neurons of each cue set to 0.

    Parameters
    ----------
    cues : array_like, shape (cue, visible) or (visible,)
    fraction : float in [0, 1]
        Share of the visible neurons, rounded to whole neurons.
    seed : int

    Returns
    -------
    ndarray of float64, shape (cue, visible)

    Raises
    ------
    InvalidInput
        The fraction is not in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns
    >>> int(patterns.random_mask(np.ones((1, 10)), 0.3, seed=0).sum())
    7
    """
    fraction = share(fraction, "fraction")
    cues = np.atleast_2d(np.asarray(cues, dtype=float))
    return mask(cues, _random_subsets(cues.shape, fraction, seed))


def occlude(
    cues: np.ndarray, image_shape: tuple[int, ...], fraction: float = 0.5, fill: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return image cues with their lowest rows set to a fixed value.

    Parameters
    ----------
    cues : array_like, shape (cue, visible)
    image_shape : tuple
        (rows, columns) or (channels, rows, columns); the product is the number of visible neurons.
    fraction : float in [0, 1], default 0.5
        Share of the rows, rounded up to whole rows.
    fill : float or ndarray of shape (visible,), default 0
        As in `mask`.

    Returns
    -------
    ndarray of float64, shape (cue, visible)

    Raises
    ------
    InvalidInput
        The fraction is not in [0, 1], or the image has fewer than two axes.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns
    >>> patterns.occlude(np.ones((1, 4)), (2, 2))
    array([[1., 1., 0., 0.]])
    """
    fraction = share(fraction, "fraction")
    if len(image_shape) < 2:
        raise InvalidInput(f"image_shape must be (rows, columns) or (channels, rows, columns), got {image_shape!r}")
    rows = image_shape[-2]
    lower = np.broadcast_to((np.arange(rows) >= np.floor(rows * (1 - fraction)))[:, None], image_shape)
    return mask(cues, lower.reshape(-1), fill)


def flip_signs(cues: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """Return the cues with the sign of a random share of the visible neurons of each cue flipped.

    Parameters
    ----------
    cues : array_like, shape (cue, visible) or (visible,)
    fraction : float in [0, 1]
        Share of the visible neurons, rounded to whole neurons.
    seed : int

    Returns
    -------
    ndarray of float64, shape (cue, visible)

    Raises
    ------
    InvalidInput
        The fraction is not in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns
    >>> float(patterns.flip_signs(np.ones((1, 10)), 0.3, seed=0).sum())
    4.0
    """
    fraction = share(fraction, "fraction")
    cues = np.atleast_2d(np.asarray(cues, dtype=float))
    return np.where(_random_subsets(cues.shape, fraction, seed), -cues, cues)


def flip(states: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """Return hidden states with a random share of the bits of each state flipped.

    Parameters
    ----------
    states : ndarray of bool, shape (state, hidden)
    fraction : float in [0, 1]
        Share of the bits, rounded to whole bits.
    seed : int

    Returns
    -------
    ndarray of bool, shape (state, hidden)

    Raises
    ------
    InvalidInput
        The states are not bool or have another shape, or the fraction is not in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns
    >>> int(patterns.flip(np.zeros((1, 10), dtype=bool), 0.2, seed=0).sum())
    2
    """
    states = np.asarray(states)
    if states.dtype != bool or states.ndim != 2:
        raise InvalidInput(f"states must be bool of shape (state, hidden), got {states.dtype} {states.shape}")
    return states ^ _random_subsets(states.shape, share(fraction, "fraction"), seed)


def _random_subsets(shape: tuple[int, ...], fraction: float, seed: int) -> np.ndarray:
    """Return a random subset of the columns for each row, as bool."""
    count = round(fraction * shape[1])
    ranks = generator(seed).random(shape).argsort(axis=1).argsort(axis=1)
    return ranks < count
