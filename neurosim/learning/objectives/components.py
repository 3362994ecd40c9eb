"""A start of training at random mixtures of the images' principal components, as damaged cues predict them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

_IMAGES = 20_000  # from which components are estimated; bounds time and memory
_CUES = 100_000  # about as many damaged cues determine encoder and decoder
_CHUNK = 5_000  # images at once; bounds the memory
WHITENING = 0.25  # components of variance w get the weight w^(−WHITENING/2): between their own and equal variances
DRIVE_STD = 0.35  # of the drive over images, at θ = ½
_RIDGE = 1e-4  # of the least squares for the encoder, as a share of the mean variance of a cue's pixel
_DECODER_RIDGE = 1e-3  # of the least squares for the decoder, as a share of the cues
Damaged = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class Start(NamedTuple):
    """E (hidden, visible) and D (visible, hidden) for images, and θ = ½ for each neuron."""

    encoder: np.ndarray
    decoder: np.ndarray
    threshold: np.ndarray


def start(images: np.ndarray, damaged: Damaged, n_hidden: int, rng: np.random.Generator) -> Start:
    """Return synapses for which the bits are signs of random mixtures of principal components.

    Each neuron's drive is ½ + e_μ·(v − mean v). For an intact image it is to be a random mixture of the first N_h
    principal components, so that a neuron is active for about half of the images and two neurons seldom for the same
    [1]_; e_μ is the least-squares prediction of this mixture from damaged cues. That completes half images: their edge
    excites directions in which images hardly vary, so that a linear map can tell them from whole images. The ½ comes
    from the visible direction that gives it at the mean image with the least variance over the cues. The decoder is
    that of least squares from the codes of damaged cues to the intact images.

    Parameters
    ----------
    images : ndarray (image, visible)
    damaged : callable
        (images, generator) → cues, damaged copies of the images.
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
    >>> encoder, decoder, threshold = start(images, lambda some, rng: some, 10, np.random.default_rng(1))
    >>> codes = images @ encoder.T > threshold
    >>> bool(abs(codes.mean() - 0.5) < 0.05), decoder.shape
    (True, (30, 10))
    """
    some = images[rng.permutation(len(images))[:_IMAGES]].astype(np.float64)
    mean = some.mean(axis=0)
    variances, components = _components(some - mean, n_hidden, rng)
    mixture = np.linalg.qr(rng.standard_normal((n_hidden, n_hidden)))[0][:, : len(variances)]
    wanted = (mixture * variances ** (-WHITENING / 2)) @ components
    cues = _Cues(images, damaged, mean, rng)
    squares, products = cues.moments(lambda cue, image: (cue, image @ wanted.T))
    squares += _RIDGE * max(np.trace(squares) / len(mean), 1e-300) * np.eye(len(mean))
    solved = np.linalg.solve(squares, np.column_stack([products, mean]))
    encoder, along = solved[:, :-1].T, solved[:, -1]
    encoder *= DRIVE_STD / max(((some - mean) @ encoder.T).std(), 1e-300)
    codes, products = cues.moments(lambda cue, image: (cue @ encoder.T > 0, image + mean))
    ridge = _DECODER_RIDGE * cues.n * np.eye(n_hidden)
    decoder = np.linalg.solve(codes + ridge, products).T
    threshold = np.full(n_hidden, 0.5)
    along /= max(along @ mean, 1e-300)
    return Start(encoder + np.outer(threshold - encoder @ mean, along), decoder, threshold)


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


def _components(centred: np.ndarray, most: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return variances (component,) and components (component, visible)."""
    rank = min(most, len(centred) - 1, centred.shape[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        _, values, components = torch.pca_lowrank(torch.from_numpy(centred), q=max(rank, 1), center=False, niter=4)
    variances = np.square(values.numpy()) / len(centred)
    kept = variances > 1e-9 * variances[:1]
    return variances[kept], components.numpy().T[kept]
