"""Starts of training at random mixtures of the images' principal components, of intact and of damaged images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

Damaged = Callable[[np.ndarray, np.random.Generator], np.ndarray]

_IMAGES = 20_000  # from which components and codes are estimated; bounds time and memory
WHITENING = 0.25  # components of variance w get the weight w^(−WHITENING/2): between their own and equal variances
DRIVE_STD = 0.35  # of the drive over images, at θ = ½
_RIDGE = 1e-3  # of the least squares for the decoder, as a share of the images
_CUES = 100_000  # about as many damaged cues determine encoder and decoder
_CHUNK = 5_000  # images at once; bounds the memory
_CUE_RIDGE = 1e-4  # of the least squares for the encoder, as a share of the mean variance of a cue's pixel


class Start(NamedTuple):
    """E (hidden, visible) and D (visible, hidden) for images, and θ = ½ for each neuron."""

    encoder: np.ndarray
    decoder: np.ndarray
    threshold: np.ndarray


def start(images: np.ndarray, n_hidden: int, rng: np.random.Generator) -> Start:
    """Return synapses for which the bits are signs of random mixtures of principal components.

    Each neuron's drive is a random mixture of the first N_h principal components, ½ + e_μ·(v − mean v), so that a
    neuron is active for about half of the images and two neurons seldom for the same [1]_. The ½ comes from the
    visible direction that gives it at the mean image with the least variance over the images. The decoder is that of
    least squares for the codes.

    Parameters
    ----------
    images : ndarray (image, visible)
    n_hidden : int
    rng : numpy.random.Generator

    Returns
    -------
    Start

    References
    ----------
    .. [1] Gong & Lazebnik, "Iterative quantization: a Procrustean approach to learning binary codes", CVPR (2011).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.objectives.components import start
    >>> images = np.random.default_rng(0).random((200, 30))
    >>> encoder, decoder, threshold = start(images, 10, np.random.default_rng(1))
    >>> codes = images @ encoder.T > threshold
    >>> bool(abs(codes.mean() - 0.5) < 0.05), decoder.shape
    (True, (30, 10))
    """
    some = images[rng.permutation(len(images))[:_IMAGES]].astype(np.float64)
    mean = some.mean(axis=0)
    centred = some - mean
    variances, components, rest = _components(centred, n_hidden, rng)
    mixture = np.linalg.qr(rng.standard_normal((n_hidden, n_hidden)))[0][:, : len(variances)]
    encoder = (mixture * variances ** (-WHITENING / 2)) @ components
    encoder *= DRIVE_STD / max((centred @ encoder.T).std(), 1e-300)
    codes = (centred @ encoder.T > 0).astype(np.float64)
    ridge = _RIDGE * len(codes) * np.eye(n_hidden)
    decoder = np.linalg.solve(codes.T @ codes + ridge, codes.T @ some).T
    # Inverse covariance times the mean, with a variance of the pixels beside that of the components.
    weights = 1 / (variances + rest) - 1 / rest
    along = mean / rest + (components @ mean * weights) @ components
    along /= max(along @ mean, 1e-300)
    threshold = np.full(n_hidden, 0.5)
    return Start(encoder + np.outer(threshold - encoder @ mean, along), decoder, threshold)


def completing(images: np.ndarray, n_hidden: int, rng: np.random.Generator, damaged: Damaged) -> Start:
    """Return synapses as `start`, for which the drive of a damaged cue predicts that of the intact image.

    e_μ is the least-squares prediction, from damaged cues, of the drive that `start` gives for the intact images. It
    completes half images: they have components in directions in which whole ones hardly vary, so that one linear map
    can complete the former and leave the latter. The ½ comes from the direction with the least variance over the cues.
    The decoder is that of least squares from the codes of the cues to the intact images.

    Parameters
    ----------
    images : ndarray (image, visible)
    n_hidden : int
    rng : numpy.random.Generator
    damaged : callable
        (images, generator) → cues, damaged copies of the images.

    Returns
    -------
    Start

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.objectives.components import completing
    >>> images = np.random.default_rng(0).random((200, 30))
    >>> encoder, decoder, threshold = completing(images, 10, np.random.default_rng(1), lambda some, rng: some)
    >>> codes = images @ encoder.T > threshold
    >>> bool(abs(codes.mean() - 0.5) < 0.05), decoder.shape
    (True, (30, 10))
    """
    first, mean = start(images, n_hidden, rng), images.mean(axis=0, dtype=np.float64)
    cues = _Cues(images, damaged, mean, rng)
    squares, products = cues.moments(lambda cue, image: (cue, image @ first.encoder.T))
    squares += _CUE_RIDGE * max(np.trace(squares) / len(mean), 1e-300) * np.eye(len(mean))
    solved = np.linalg.solve(squares, np.column_stack([products, mean]))
    encoder, along = solved[:, :-1].T, solved[:, -1] / max(solved[:, -1] @ mean, 1e-300)
    codes, products = cues.moments(lambda cue, image: (cue @ encoder.T > 0, image + mean))
    decoder = np.linalg.solve(codes + _RIDGE * cues.n * np.eye(n_hidden), products).T
    return Start(encoder + np.outer(first.threshold - encoder @ mean, along), decoder, first.threshold)


class _Cues:
    """Damaged cues of all images, drawn several times where there are few images, always the same."""

    def __init__(self, images: np.ndarray, damaged: Damaged, mean: np.ndarray, rng: np.random.Generator) -> None:
        self.images, self.damaged, self.mean = images, damaged, mean
        self.draws = max(1, round(_CUES / len(images)))
        self.seed = int(rng.integers(2**63))
        self.n = self.draws * len(images)

    def moments(self, pair: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]) -> tuple[Any, Any]:
        """Return the sums of aᵀa and aᵀb over (a, b) = pair(cue − mean, image − mean), in float64."""
        rng, squares, products = np.random.default_rng(self.seed), 0.0, 0.0
        for _ in range(self.draws):
            for chunk in np.split(self.images, range(_CHUNK, len(self.images), _CHUNK)):
                a, b = pair(self.damaged(chunk, rng) - self.mean, chunk - self.mean)
                a = a.astype(np.float32)
                squares = squares + (a.T @ a).astype(np.float64)
                products = products + (a.T @ b.astype(np.float32)).astype(np.float64)
        return squares, products


def _components(centred: np.ndarray, most: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Return variances (component,), components (component, visible), and the mean variance of a pixel."""
    rank = min(most, len(centred) - 1, centred.shape[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        _, values, components = torch.pca_lowrank(torch.from_numpy(centred), q=max(rank, 1), center=False, niter=4)
    variances = np.square(values.numpy()) / len(centred)
    pixel = max(float(centred.var()), 1e-300)
    kept = variances > 1e-9 * variances[:1]
    return variances[kept], components.numpy().T[kept], pixel
