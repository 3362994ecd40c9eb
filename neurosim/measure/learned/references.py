"""Reference lines of the damage table: what other methods make of the same damaged cues.

==================  =================================================================================================
`linear`            the affine map from damaged cue to intact image with the least squared error, one for each damage
`autoencoder`       a denoising autoencoder with a code of N_h bits, one for all damages
`softmax memory`    model B of Krotov and Hopfield [1]_ with one hidden neuron for each stored image
`nearest image`     the stored image nearest to the cue
==================  =================================================================================================

The last two hold all images in their synapses: M·N_v numbers, where a network of this package has 2 N_v N_h or fewer.

References
----------
.. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine
   learning", ICLR, 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray

from neurosim.damage import Damage
from neurosim.learning import torch_module
from neurosim.learning.data import Images
from neurosim.measure.learned.damage import nearest, usual_damages
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, share_variables, summarise
from neurosim.validation import sequence_of, takes

BETAS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # inverse temperatures tried, 1/(pixel · pixel)
_N_CHOICE = 20  # cues by which β is chosen
_PER_PIXEL = 20  # damaged images for each coefficient of a linear map, at least
_RIDGE = 1e-6  # of the mean variance of the cues' pixels
_NUMBERS = 2**24  # distances at once; bounds the memory
_STILL = 1e-3  # a step shorter than this, in pixels, ends a recall
_ERROR = {"recall_error": Measurement("squared error of the reconstruction to the intact image", bounds=NOT_NEGATIVE)}

Method = Callable[[np.ndarray], np.ndarray]


@takes(images=Images)
def reference_table(
    images: Images,
    n_hidden: int,
    damages: Sequence[Damage] | None = None,
    *,
    n_cues: int = 500,
    n_updates: int = 7_500,
    seed: int = 0,
    progress: bool = False,
    log: Callable[[str], None] = lambda line: None,
) -> xarray.Dataset:
    """Reconstruct damaged images by the methods of this module.

    What a method learns, it learns from the stored images with other draws of the damage.

    Parameters
    ----------
    images : Images
        The stored images.
    n_hidden : int
        Bits of the autoencoder's code.
    damages : sequence of Damage, optional
        Default: `neurosim.measure.learned.damage.usual_damages`.
    n_cues, seed
        As in `neurosim.measure.learned.damage.damage_table`, whose cues these are.
    n_updates : int, default 7500
        Updates of the autoencoder.
    progress : bool, default False
    log : callable, optional
        Receives a line before each step.

    Returns
    -------
    xarray.Dataset over reference and damage
        recall_error with Student-t limits and nearest_image with Wilson limits, as in `damage_table`; n_numbers
        (reference,), the numbers that the method stores; beta (damage,), β of the softmax memory.

    See Also
    --------
    neurosim.measure.learned.damage.damage_table : The same for a network.

    Examples
    --------
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.references import reference_table
    >>> digits = load_data("digits").select(slice(100))
    >>> found = reference_table(digits, 8, [Noise(0.1)], n_cues=20, n_updates=10)
    >>> found.reference.values.tolist()
    ['linear', 'autoencoder', 'softmax memory', 'nearest image']
    """
    damages = usual_damages(images.shape) if damages is None else sequence_of(damages, "damages", Damage)
    log("training an autoencoder")
    autoencoder = torch_module("autoencoder").fit(images, n_hidden, steps=n_updates, seed=seed, progress=progress)
    chosen = images.balanced_sample(n_cues, seed)
    stored = images.pixels
    betas, answers = [], []
    for damage in damages:
        log(f"reconstructing images: {damage}")
        cues = images.damaged(damage, chosen, seed=seed)
        betas.append(choose_beta(images, damage, seed=seed + 1))
        methods: dict[str, Method] = {
            "linear": linear_map(images, damage, seed=seed + 1),
            "autoencoder": autoencoder.reconstructed,
            "softmax memory": lambda cues, beta=betas[-1]: softmax_recall(cues, stored, beta),
            "nearest image": lambda cues: stored[_nearest(cues, stored)].astype(float),
        }
        answers.append([method(cues) for method in methods.values()])
    variables = _variables(np.moveaxis(np.array(answers), 1, 0), images, chosen)
    n_visible = stored.shape[1]
    sizes = [(n_visible + 1) * n_visible, autoencoder.n_parameters, stored.size, stored.size]
    variables["n_numbers"] = ("reference", sizes, {"long_name": "numbers stored", "units": "1"})
    variables["beta"] = ("damage", betas, {"long_name": "β of the softmax memory, 1/(pixel · pixel)", "units": "1"})
    coords: dict[str, Any] = {
        "reference": ("reference", list(methods), {"long_name": "method"}),
        "damage": ("damage", list(map(str, damages)), {"long_name": "damage to the cue"}),
    }
    attrs = {"method": "reconstruction", "n_networks": 1, "n_trials": len(chosen), "confidence": 0.95, "seed": seed}
    return xarray.Dataset(variables, coords, attrs | {"subject": repr(images), "n_hidden": n_hidden})


def linear_map(images: Images, damage: Damage, *, seed: int) -> Method:
    """Return the affine map from damaged cues to intact images with the least squared error.

    Parameters
    ----------
    images : Images
        Each is damaged as often as it needs for 20 cues per pixel.
    damage : Damage
    seed : int
        Seed of the damage.

    Returns
    -------
    callable
        Cues (cue, visible) → images (cue, visible).

    Examples
    --------
    >>> from neurosim.damage import Combined
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.references import linear_map
    >>> digits = load_data("digits")
    >>> same = linear_map(digits, Combined(), seed=0)(digits.pixels)
    >>> float(((same - digits.pixels) ** 2).sum(axis=1).mean()) < 1e-3
    True
    """
    n_visible = images.pixels.shape[1]
    copies = max(1, -(-_PER_PIXEL * n_visible // len(images)))
    intact = images.pixels.astype(float)
    target_mean = intact.mean(axis=0)
    square, product, total = np.zeros((n_visible, n_visible)), np.zeros((n_visible, n_visible)), np.zeros(n_visible)
    for copy in range(copies):
        cues = images.damaged(damage, seed=seed + copy)
        total += cues.sum(axis=0)
        square += cues.T @ cues
        product += cues.T @ (intact - target_mean)
    n = copies * len(images)
    mean = total / n
    covariance = square / n - np.outer(mean, mean)
    ridge = _RIDGE * max(np.trace(covariance) / n_visible, np.finfo(float).tiny)
    weights = np.linalg.solve(covariance + ridge * np.eye(n_visible), product / n)
    return lambda cues: (cues - mean) @ weights + target_mean


def softmax_recall(cues: np.ndarray, stored: np.ndarray, beta: float, *, max_steps: int = 100) -> np.ndarray:
    """Recall from a memory with one hidden neuron for each image, whose activities are a softmax.

    x ← Σ_μ s_μ ξ^μ,  s = softmax_μ β(ξ^μ·x − θ_μ),  θ_μ = |ξ^μ|²/2

    Without the thresholds, the longest images would win. With them, s is the posterior probability of image μ for
    Gaussian noise of variance 1/β, and the first step is the posterior mean.

    Parameters
    ----------
    cues : ndarray (cue, visible)
    stored : ndarray (image, visible)
    beta : float
        β, 1/(pixel · pixel).
    max_steps : int, default 100
        Steps after which a cue that still moves by 0.001 or more is left.

    Returns
    -------
    ndarray (cue, visible)

    Notes
    -----
    It is model B of Krotov and Hopfield with thresholds, in the limit τ_h → 0: the fixed points are those of
    ``krotov_hopfield.model_b(stored, beta=beta).replace(threshold=(stored**2).sum(1) / (2 * N_v))``.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.learned.references import softmax_recall
    >>> softmax_recall(np.array([[0.9, 0.2, 0.0]]), np.eye(3), beta=20.0).round(3)
    array([[1., 0., 0.]])
    """
    keys = stored.astype(np.float32, copy=False)
    lengths = np.square(keys).sum(axis=1)
    states = cues.astype(np.float32)
    rows = max(1, _NUMBERS // len(keys))
    for start in range(0, len(states), rows):
        moving = np.arange(start, min(start + rows, len(states)))
        for _ in range(max_steps):
            scores = beta * (states[moving] @ keys.T - 0.5 * lengths)
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            new = (weights @ keys) / weights.sum(axis=1, keepdims=True)
            still = np.linalg.norm(new - states[moving], axis=1) < _STILL
            states[moving] = new
            moving = moving[~still]
            if not len(moving):
                break
    return states.astype(float)


def choose_beta(images: Images, damage: Damage, *, seed: int, n_cues: int = _N_CHOICE) -> float:
    """Return the β of `BETAS` with the least error of `softmax_recall` over a few cues.

    Parameters
    ----------
    images : Images
        The stored images.
    damage : Damage
    seed : int
        Seed of the cues; another one than that of the cues on which the memory is measured.
    n_cues : int, default 20

    Returns
    -------
    float

    Examples
    --------
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.references import BETAS, choose_beta
    >>> choose_beta(load_data("digits").select(slice(100)), Noise(0.3), seed=0) in BETAS
    True
    """
    chosen = images.balanced_sample(n_cues, seed)
    cues, intact = images.damaged(damage, chosen, seed=seed), images.pixels[chosen]
    errors = [((softmax_recall(cues, images.pixels, beta) - intact) ** 2).sum() for beta in BETAS]
    return BETAS[int(np.argmin(errors))]


def _nearest(points: np.ndarray, stored: np.ndarray) -> np.ndarray:
    return nearest(points.astype(np.float32), stored, np.square(stored).sum(axis=1))


def _variables(answers: np.ndarray, images: Images, chosen: np.ndarray) -> dict[str, Any]:
    """Return errors and shares over (reference, damage) from reconstructions (reference, damage, cue, visible)."""
    dims = ("reference", "damage")
    errors = ((answers - images.pixels[chosen]) ** 2).sum(axis=-1)
    variables: dict[str, Any] = summarise(
        {"recall_error": xarray.DataArray(errors, dims=(*dims, "image"))}, _ERROR, over="image"
    )
    del variables["recall_error_by_image"]
    stored = images.pixels  # a copy of the image is the image
    right = [[(stored[_nearest(points, stored)] == stored[chosen]).all(axis=1) for points in row] for row in answers]
    hits = np.sum(right, axis=-1)
    what = "share of the cues to whose reconstruction their own image is the nearest stored image"
    return variables | share_variables("nearest_image", dims, hits, len(chosen), what)
