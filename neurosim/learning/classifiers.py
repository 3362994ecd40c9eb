"""The paper's two classifiers (appendix B, Tables 2 and 3), which test whether a recall keeps its image's class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq
from torch import Tensor, nn
from tqdm import tqdm

from neurosim import theory
from neurosim.errors import InvalidInput, Unavailable
from neurosim.frames import image_sizes
from neurosim.learning.checks import layer_times
from neurosim.learning.data.arrays import GREATEST_LABEL
from neurosim.learning.devices import torch_device
from neurosim.learning.dynamics import Dynamics
from neurosim.learning.objective import step
from neurosim.network import Network
from neurosim.threads import ProcessLock
from neurosim.validation import instance, noise_level, one_of, real, real_array, seed_number, whole, whole_array

_CHUNK = 1_024  # inputs classified at once
_SHIFT = 1 / 8  # largest shift during training on images, as a share of the side
_SHIFT_RECALLED = 1 / 16  # largest shift of recalls: a small classifier of codes cannot learn more variation
_INITIALISING = ProcessLock()
RECALL = Dynamics(20.0, step=0.2, growth=1.03, n_steps=60)  # 32.6 τ_h
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def cnn(image_shape: Sequence[int], n_classes: int) -> nn.Module:
    """Return the CNN of Table 2: three blocks of two 3×3 convolutions, each with batch normalisation, then pooling.

    Parameters
    ----------
    image_shape : (rows, columns) or (channels, rows, columns)
        At least 8 rows and columns, for three poolings by two.
    n_classes : int

    Returns
    -------
    Module
        (input, visible) → (input, class) logits; the softmax is in the loss.

    Raises
    ------
    InvalidInput
        The images are too small.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.classifiers import cnn
    >>> cnn((8, 8), 10)(torch.zeros(3, 64)).shape
    torch.Size([3, 10])
    """
    shape = (1, *image_sizes(image_shape, channels=None))[-3:]
    if min(shape[1:]) < 8:
        raise InvalidInput(f"the CNN needs images of at least 8×8 pixels, got shape {tuple(image_shape)}")
    layers: list[nn.Module] = [nn.Unflatten(1, shape)]
    channels, side = shape[0], shape[1:]
    for width in (32, 64, 128):
        for source in (channels, width):
            layers += [nn.Conv2d(source, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
        channels, side = width, (side[0] // 2, side[1] // 2)
    layers += [nn.Flatten(), nn.Linear(128 * side[0] * side[1], 128), nn.ReLU(), nn.Linear(128, n_classes)]
    return nn.Sequential(*layers)


def mlp(n_inputs: int, n_classes: int) -> nn.Module:
    """Return the MLP of Table 3, n_inputs → 256 → 128 → n_classes with ReLU: (input, n_inputs) → logits.

    Parameters
    ----------
    n_inputs, n_classes : int

    Returns
    -------
    Module

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.classifiers import mlp
    >>> mlp(50, 10)(torch.zeros(3, 50)).shape
    torch.Size([3, 10])
    """
    widths = (n_inputs, 256, 128)
    layers: list[nn.Module] = []
    for source, width in pairwise(widths):
        layers += [nn.Linear(source, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], n_classes))


@dataclass(frozen=True)
class Classifier:
    """A trained classifier.

    Parameters
    ----------
    model : Module
    mean, std : float
        Shift and scale of the inputs.
    dtype : torch.dtype
        Precision of the products.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.classifiers import Classifier, mlp
    >>> classifier = Classifier(mlp(64, 10), mean=0.5, std=0.3, dtype=torch.float32)
    >>> classifier.correct(torch.zeros(2, 64).numpy(), [0, 1]).shape
    (2,)
    """

    model: nn.Module
    mean: float
    std: float
    dtype: torch.dtype

    @torch.no_grad()
    def correct(self, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return whether each input, (input, feature), is classified as its label, bool."""
        device = next(self.model.parameters()).device
        answers = []
        for chunk in _tensor(inputs).split(_CHUNK):
            with torch.autocast(device.type, self.dtype, enabled=self.dtype != torch.float32):
                answers.append(self.model((chunk.to(device) - self.mean) / self.std).argmax(1).cpu())
        return torch.cat(answers).numpy() == np.asarray(labels)


class _Recalls:
    """Recalls of images by a network: hidden states s, or ξs/√N_h for a CNN.

    If no hidden neuron drives another, h rises to pu and then relaxes to J_μμ or 0, p the peak of h per unit of drive
    (`theory.rise_peak`): a neuron of θ ≥ 0 ends active if pu > θ and J_μμ ≥ θ, one of θ < 0 always, unless J_μμ < θ,
    where it never settles. Networks with such a neuron, and all others, take a few steps (`_steps`).
    """

    def __init__(self, net: Network, decoded: bool, device: str) -> None:
        tau_v, tau_h = layer_times(net, "the network of a classifier")
        ratio = tau_v / tau_h
        self._drive = _tensor(theory.drive(net, np.eye(net.n_visible))).to(device)
        self._coupling, self._dynamics = None, _steps(ratio)
        coupling, threshold = theory.effective_coupling(net), net.threshold
        own = np.diag(coupling)
        alone = np.allclose(coupling, np.diag(own), rtol=0, atol=1e-6 * np.abs(coupling).max())
        if alone and not ((own < threshold) & (threshold < 0)).any():
            held = np.where(own < threshold, np.inf, threshold / theory.rise_peak(ratio))
            threshold = np.where(threshold < 0, -np.inf, held)
        else:
            self._coupling = _tensor(coupling).to(device)
        self._threshold = _tensor(threshold).to(device)
        self._decoder = _tensor(theory.visible_state(net, np.eye(net.n_hidden))).to(device) if decoded else None

    def __call__(self, images: Tensor) -> Tensor:
        """Return recalls (image, hidden) or (image, visible)."""
        drive = images @ self._drive
        if self._coupling is None:
            states = step(drive - self._threshold)
        else:
            states = step(self._dynamics.final(drive, self._coupling, self._threshold, step))
        return states if self._decoder is None else states @ self._decoder


def _steps(ratio: float) -> Dynamics:
    """Return the steps of a recall: `RECALL` if τ_v/τ_h is 1 to 20, else from a first step of at most 0.2 τ_v.

    They cover 32.6 τ_h, above 20 1.63 τ_v.
    """
    if 1 <= ratio <= RECALL.ratio:
        return replace(RECALL, ratio=ratio)
    first = RECALL.step * min(1.0, ratio)

    def reached(growth: float, first: float = first) -> float:
        return first * float(np.sum(growth ** np.arange(RECALL.n_steps)))

    end = reached(RECALL.growth, RECALL.step) * max(1.0, ratio / RECALL.ratio)
    top = (end / first) ** (1 / (RECALL.n_steps - 1))  # the last step alone is that long
    growth: Any = brentq(lambda growth: reached(growth) - end, 1.0, top)
    return replace(RECALL, ratio=ratio, step=first, growth=float(growth))


def require_precision(precision: str, device: str) -> None:
    """Raise an error for an unknown precision, or one that this processor only emulates, which is several times slower.

    Parameters
    ----------
    precision : {"float32", "bfloat16"}
    device : str
        Device of torch.

    Raises
    ------
    InvalidInput
        The precision is unknown.
    Unavailable
        This processor has no bfloat16.

    Examples
    --------
    >>> from neurosim.learning.classifiers import require_precision
    >>> require_precision("float32", "cpu")
    """
    one_of(precision, "precision", PRECISIONS)
    if precision == "bfloat16" and not _has_bfloat16(device):
        raise Unavailable('precision="bfloat16" is slower than float32 on this processor, which lacks it; use float32')


def native_precision(device: str) -> str:
    """Return the fastest precision of a processor: bfloat16 if it is supported, else float32.

    Parameters
    ----------
    device : str
        Device of torch.

    Returns
    -------
    str

    Examples
    --------
    >>> from neurosim.learning.classifiers import native_precision
    >>> native_precision("cpu") in ("float32", "bfloat16")
    True
    """
    return "bfloat16" if _has_bfloat16(device) else "float32"


def _has_bfloat16(device: str) -> bool:
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


@torch.inference_mode(False)  # whatever the caller has switched off
@torch.enable_grad()
def fit(
    kind: str,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    image_shape: Sequence[int],
    network: Network | None = None,
    noise: float = 0.0,
    epochs: int = 10,
    batch_size: int = 128,
    learning_rate: float = 3e-3,
    precision: str = "float32",
    seed: int = 0,
    device: str = "cpu",
    progress: bool = False,
) -> Classifier:
    """Train a classifier of images, or of a network's recalls of images.

    Training uses Adam, cross-entropy and the one-cycle schedule. Inputs are shifted and scaled by the mean and std of
    all their values. Every batch is augmented, which the paper does not mention: images are shifted by up to an eighth
    of their side, colour images are mirrored, and Gaussian noise is added if `noise` is given. With a network, the
    augmented images are its cues, shifted by up to a sixteenth.

    Parameters
    ----------
    kind : "cnn" or "mlp"
    images : ndarray (image, visible)
    labels : ndarray of int (image,)
        Numbers of the classes, 0 to 9,999.
    image_shape : (rows, columns) or (channels, rows, columns)
    network : Network, optional
        Train on its recalls of the images: hidden states, 0 or 1, for "mlp", visible states for "cnn". It needs
        Heaviside hidden units, linear visible neurons, one τ_v and one τ_h. The recalls take 60 steps, which cover
        32.6 τ_h, or 1.63 τ_v if τ_v > 20 τ_h; some have not settled then. If no hidden neuron drives another, they are
        the settled states.
    noise : float, default 0
        Largest std of the noise, in the units of the images; each image has its own std between 0 and this.
    epochs, batch_size : int, default 10 and 128
    learning_rate : float, default 3e-3
        Largest step size of the schedule.
    precision : {"float32", "bfloat16"}, default "float32"
        Precision of the products; bfloat16 is faster where the processor has it.
    seed, device, progress
        As in `train`.

    Returns
    -------
    Classifier

    Raises
    ------
    InvalidInput
        The kind or the precision is unknown, the images are not finite or have another shape, there is not one label
        for each image, a label is no whole number from 0 to 9,999, or the network is not as described or has another
        number of visible neurons.
    Unavailable
        This processor has no bfloat16.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.learning.classifiers import fit
    >>> digits = load_data("digits").select(slice(500))
    >>> classifier = fit("mlp", digits.pixels, digits.labels, image_shape=digits.shape, epochs=5)
    >>> classifier.correct(digits.pixels, digits.labels).shape
    (500,)
    """
    one_of(kind, "kind", ("mlp", "cnn"))
    place = torch_device(device)
    require_precision(precision, place.type)
    epochs, batch_size, noise = whole(epochs, "epochs"), whole(batch_size, "batch_size"), noise_level(noise, "noise")
    learning_rate, seed = real(learning_rate, "learning_rate", above=0), seed_number(seed) % 2**63  # as torch takes it
    pixels = real_array(images, "images", {"image": None, "visible": None}, dtype=np.float32)
    numbers = whole_array(labels, "labels", {"image": len(pixels)}, at_most=GREATEST_LABEL)
    image_shape = image_sizes(image_shape, pixels.shape[1], channels=None)
    if network is not None and instance(network, "network", Network).n_visible != pixels.shape[1]:
        raise InvalidInput(
            f"images must have one pixel for each visible neuron, {network.n_visible}, got {pixels.shape}"
        )
    values, answers = _tensor(pixels).to(device), torch.from_numpy(np.array(numbers)).to(device)
    recalls = None if network is None else _Recalls(network, kind == "cnn", device)
    reach = _SHIFT if recalls is None else _SHIFT_RECALLED
    std, mean = _spread(values, recalls)
    rng = torch.Generator().manual_seed(seed)
    n_classes = int(answers.max()) + 1
    n_inputs = values.shape[1] if network is None else network.n_hidden
    with _INITIALISING, torch.random.fork_rng(devices=[]):  # layers draw from the generator of the process
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would also reset those of GPUs
        model = mlp(n_inputs, n_classes) if kind == "mlp" else cnn(image_shape, n_classes)
    model = model.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch stubs
    adam = torch.optim.Adam(model.parameters(), fused=True)
    steps = epochs * -(-len(values) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, learning_rate, steps + 1)
    dtype = PRECISIONS[precision]
    with tqdm(total=steps, desc="classifier", unit="batch", disable=None if progress else True, leave=False) as bar:
        for _ in range(epochs):
            for chosen in torch.randperm(len(values), generator=rng).split(batch_size):
                batch = noisy(moved(values[chosen], image_shape, rng, reach), noise, rng)
                if recalls is not None:
                    batch = recalls(batch)
                with torch.autocast(values.device.type, dtype, enabled=dtype != torch.float32):
                    loss = nn.functional.cross_entropy(model((batch - mean) / std), answers[chosen])
                adam.zero_grad()
                loss.backward()
                adam.step()
                schedule.step()
                bar.update()
    return Classifier(model.eval(), mean, std, dtype)


def moved(images: Tensor, image_shape: Sequence[int], rng: torch.Generator, reach: float = _SHIFT) -> Tensor:
    """Return images, (image, pixel), each shifted by a random whole number of pixels; edges are extended.

    Shifts are up to `reach` of the side in each direction; half of the colour images are mirrored.
    """
    channels, rows, columns = image_shape if len(image_shape) == 3 else (1, *image_shape)
    n = len(images)

    def places(side: int) -> Tensor:
        most = int(side * reach)
        shift = torch.randint(-most, most + 1, (n, 1), generator=rng)
        return (torch.arange(side) + shift).clamp(0, side - 1)

    down, across = places(rows), places(columns)
    if channels == 3:
        mirror = torch.rand(n, 1, generator=rng) < 0.5
        across = torch.where(mirror, columns - 1 - across, across)
    pixels = (down[:, :, None] * columns + across[:, None, :]).view(n, 1, rows * columns).to(images.device)
    taken = images.view(n, channels, rows * columns).gather(2, pixels.expand(n, channels, -1))
    return taken.reshape(n, -1)


def noisy(images: Tensor, noise: float, rng: torch.Generator) -> Tensor:
    """Return images, (image, pixel), with Gaussian noise, with a random std between 0 and `noise` for each image."""
    if not noise:
        return images
    std = noise * torch.rand(len(images), 1, generator=rng)
    return images + (std * torch.randn(images.shape, generator=rng)).to(images.device)


def _spread(values: Tensor, recalls: _Recalls | None) -> tuple[float, float]:
    """Return std and mean of all inputs, computed in chunks so that not all recalls are in memory at once."""
    count, total, squares = 0, 0.0, 0.0
    for chunk in values.split(_CHUNK):
        seen = (chunk if recalls is None else recalls(chunk)).double()
        count, total, squares = count + seen.numel(), total + float(seen.sum()), squares + float(seen.square().sum())
    mean = total / count
    return math.sqrt(max(squares / count - mean**2, 0.0)) or 1.0, mean


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32))
