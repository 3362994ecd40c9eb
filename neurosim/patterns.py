"""States to store and cues to recall them from: noise, masks, flips. Everything is seeded."""

from __future__ import annotations

import numpy as np

from neurosim import theory
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.validation import generator, whole

MAX_ENUMERATED = 24  # 2^24 states of 24 bool are 400 MB; beyond it, count without listing


def all_hidden_states(n_hidden: int) -> np.ndarray:
    """Return all 2^N_h binary states, (2**n_hidden, n_hidden) bool; bit μ of the row number is neuron μ.

    Raises
    ------
    InvalidInput
        n_hidden is not a whole number from 1 to `MAX_ENUMERATED`.
    """
    if whole(n_hidden, "n_hidden") > MAX_ENUMERATED:
        raise InvalidInput(
            f"n_hidden must be from 1 to {MAX_ENUMERATED} to list all states, got {n_hidden}; "
            "use random_hidden_states, or neurosim.measure.capacity.curve to count"
        )
    return (np.arange(2**n_hidden)[:, None] >> np.arange(n_hidden) & 1).astype(bool)


def random_hidden_states(n_hidden: int, count: int, *, active: float = 0.5, seed: int) -> np.ndarray:
    """Return `count` independent states, (count, n_hidden) bool, each neuron on with probability `active`."""
    _fraction(active, "active")
    return generator(seed).random((whole(count, "count"), whole(n_hidden, "n_hidden"))) < active


def visible_cues(net: Network, targets: np.ndarray, *, noise_std: float = 0.0, seed: int | None = None) -> np.ndarray:
    """Return cues v(0) = ξs/√N_h + ε, ε ~ N(0, σ_v²) (eqs. 12a, 13).

    Parameters
    ----------
    net : Network
    targets : ndarray (cue, hidden), bool or 0/1
        Hidden states to recall.
    noise_std : float, default 0
        σ_v, dimensionless.
    seed : int, needed if noise_std > 0

    Returns
    -------
    ndarray (cue, visible) float64

    Raises
    ------
    InvalidInput
        Targets are not binary or not (cue, hidden); noise_std < 0; noise without a seed.
    """
    targets = np.asarray(targets)
    if targets.ndim != 2 or targets.shape[1] != net.n_hidden:
        raise InvalidInput(f"targets must have shape (cue, {net.n_hidden}), got {targets.shape}")
    if not np.isin(targets, (0, 1)).all():
        raise InvalidInput("targets must be binary (bool, or 0 and 1)")
    return add_noise(theory.visible_state(net, targets), noise_std, seed=seed)


def add_noise(cues: np.ndarray, noise_std: float, *, seed: int | None = None) -> np.ndarray:
    """Return the cues plus independent Gaussian noise (eq. 13); same shape, float64.

    Raises
    ------
    InvalidInput
        noise_std is negative or not finite, or > 0 without a seed.
    """
    if not (_is_number(noise_std) and 0 <= noise_std < np.inf):
        raise InvalidInput(f"noise_std must be finite and >= 0, got {noise_std!r}")
    cues = np.array(cues, dtype=float)
    if noise_std > 0:
        if seed is None:
            raise InvalidInput("noise needs a seed, so that the cue can be made again; give seed=")
        cues += noise_std * generator(seed).standard_normal(cues.shape)
    return cues


def mask(cues: np.ndarray, hidden_pixels: np.ndarray, fill: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the cues with some visible neurons set to `fill`.

    Parameters
    ----------
    cues : ndarray (cue, visible)
    hidden_pixels : ndarray (visible,) or (cue, visible), bool
        True where the cue is taken away.
    fill : float or ndarray (visible,), default 0
        What stands there instead. 0 takes the drive away, too; the mean of the patterns keeps it on average.
    """
    cues, hidden_pixels = np.array(cues, dtype=float), np.asarray(hidden_pixels)
    if hidden_pixels.dtype != bool or hidden_pixels.shape not in (cues.shape, cues.shape[-1:]):
        raise InvalidInput(
            f"hidden_pixels must be bool of shape {cues.shape[-1:]} or {cues.shape}, "
            f"got {hidden_pixels.dtype} {hidden_pixels.shape}"
        )
    return np.where(hidden_pixels, fill, cues)


def random_mask(cues: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """Return the cues with a random `fraction` of each cue's visible neurons set to 0, rounded to whole neurons."""
    _fraction(fraction, "fraction")
    cues = np.atleast_2d(np.asarray(cues, dtype=float))
    return mask(cues, _random_subsets(cues.shape, fraction, seed))


def occlude(
    cues: np.ndarray, image_shape: tuple[int, ...], fraction: float = 0.5, fill: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return image cues with the lowest `fraction` of their rows set to `fill`, as in `mask`.

    Parameters
    ----------
    cues : ndarray (cue, visible)
    image_shape : tuple
        (rows, columns) or (channels, rows, columns), whose product is the number of visible neurons.
    fraction : float in [0, 1], default ½
        Rounded up to whole rows.
    """
    _fraction(fraction, "fraction")
    if len(image_shape) < 2:
        raise InvalidInput(f"image_shape must be (rows, columns) or (channels, rows, columns), got {image_shape!r}")
    rows = image_shape[-2]
    lower = np.broadcast_to((np.arange(rows) >= np.floor(rows * (1 - fraction)))[:, None], image_shape)
    return mask(cues, lower.reshape(-1), fill)


def flip_signs(cues: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """Return the cues with the sign of a random `fraction` of each one's visible neurons flipped, rounded to whole.

    Parameters
    ----------
    cues : ndarray (cue, visible)
    fraction : float in [0, 1]
    seed : int
    """
    _fraction(fraction, "fraction")
    cues = np.atleast_2d(np.asarray(cues, dtype=float))
    return np.where(_random_subsets(cues.shape, fraction, seed), -cues, cues)


def flip(states: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """Return hidden states with a random `fraction` of each state's bits flipped, rounded to whole bits.

    Parameters
    ----------
    states : ndarray (state, hidden) bool
    fraction : float in [0, 1]
    seed : int
    """
    states = np.asarray(states)
    if states.dtype != bool or states.ndim != 2:
        raise InvalidInput(f"states must be bool of shape (state, hidden), got {states.dtype} {states.shape}")
    _fraction(fraction, "fraction")
    return states ^ _random_subsets(states.shape, fraction, seed)


def _random_subsets(shape: tuple[int, ...], fraction: float, seed: int) -> np.ndarray:
    count = round(fraction * shape[1])
    ranks = generator(seed).random(shape).argsort(axis=1).argsort(axis=1)
    return ranks < count


def _fraction(value: float, name: str) -> None:
    if not (_is_number(value) and 0 <= value <= 1):
        raise InvalidInput(f"{name} must be from 0 to 1, got {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number))
