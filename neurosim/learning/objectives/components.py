"""A start of training at random mixtures of the images' principal components."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

_IMAGES = 20_000  # from which components and codes are estimated; bounds time and memory
WHITENING = 0.25  # components of variance w get the weight w^(−WHITENING/2): between their own and equal variances
DRIVE_STD = 0.35  # of the drive over images, at θ = ½
_RIDGE = 1e-3  # of the least squares for the decoder, as a share of the images


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
