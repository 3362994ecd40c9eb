"""The paper's two classifiers (appendix B, Tables 2 and 3), which judge what a recall keeps of its image's class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from neurosim import theory
from neurosim.errors import InvalidInput, Unavailable
from neurosim.network import Network

_CHUNK = 1_024  # inputs judged at once
_FLIPPED = 0.03  # of the hidden bits, while the MLP learns
_SHIFT = 1 / 8  # of an image's side, at most, while images are learned ...
_SHIFT_RECALLED = 1 / 16  # ... and while their recalls are: a small classifier of codes has no room for more
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
        Images too small.
    """
    shape = tuple(image_shape) if len(image_shape) == 3 else (1, *image_shape)
    if len(shape) != 3 or min(shape[1:]) < 8:
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
    """Return the MLP of Table 3, n_inputs → 256 → 128 → n_classes with ReLU: (input, n_inputs) → logits."""
    widths = (n_inputs, 256, 128)
    layers: list[nn.Module] = []
    for source, width in pairwise(widths):
        layers += [nn.Linear(source, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], n_classes))


@dataclass(frozen=True)
class Classifier:
    """What `fit` learned."""

    model: nn.Module
    mean: float
    std: float
    dtype: torch.dtype

    @torch.no_grad()
    def correct(self, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return which inputs, (input, feature), of the kind it has learned, it answers with their label; bool."""
        device = next(self.model.parameters()).device
        answers = []
        for chunk in _tensor(inputs).split(_CHUNK):
            with torch.autocast(device.type, self.dtype, enabled=self.dtype != torch.float32):
                answers.append(self.model((chunk.to(device) - self.mean) / self.std).argmax(1).cpu())
        return torch.cat(answers).numpy() == np.asarray(labels)


class _Recalls:
    """What a network makes of images: its first pass, s = Θ(u − θ), and for a CNN what is visible then, ξs/√N_h."""

    def __init__(self, net: Network, decoded: bool, device: str) -> None:
        self._drive = _tensor(theory.drive(net, np.eye(net.n_visible))).to(device)
        self._threshold = _tensor(net.threshold).to(device)
        self._decoder = _tensor(theory.visible_state(net, np.eye(net.n_hidden))).to(device) if decoded else None

    def __call__(self, images: Tensor, random: torch.Generator | None = None) -> Tensor:
        """Return recalls (image, hidden) or (image, visible); with `random`, 3% of the bits are inverted before."""
        states = (images @ self._drive > self._threshold).to(images.dtype)
        if random is not None:
            states = flipped(states, random)
        return states if self._decoder is None else states @ self._decoder


def require_precision(precision: str, device: str) -> None:
    """Refuse a precision that is unknown, or that this processor would only imitate, which takes several times as long.

    Parameters
    ----------
    precision : str
        Of `PRECISIONS`.
    device : str
        Of torch.

    Raises
    ------
    InvalidInput
        There is no such precision.
    Unavailable
        This processor has no bfloat16.
    """
    if precision not in PRECISIONS:
        raise InvalidInput(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    if precision == "bfloat16" and not _has_bfloat16(device):
        raise Unavailable('precision="bfloat16" is slower than float32 on this processor, which lacks it; use float32')


def native_precision(device: str) -> str:
    """Return the fastest precision of a processor: bfloat16 where it has that, else float32.

    Parameters
    ----------
    device : str
        Of torch.

    Returns
    -------
    str
    """
    return "bfloat16" if _has_bfloat16(device) else "float32"


def _has_bfloat16(device: str) -> bool:
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


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
    """Train a classifier of images, or of what a network recalls of them.

    Adam, cross-entropy, step size rising and falling once (Smith's one-cycle schedule). Inputs are shifted and scaled
    by the mean and std of all their values, one number each. Every batch is varied a little, which the paper does not
    mention: images are moved by up to an eighth of their side, colour images mirrored, Gaussian noise added if asked
    for. Where a network recalls them, it is given the varied images, moved by up to a sixteenth, and 3% of its hidden
    bits are flipped.

    Parameters
    ----------
    kind : "cnn" or "mlp"
    images : ndarray (image, visible)
    labels : ndarray (image,)
    image_shape : sequence of int
    network : Network, optional
        What is learned is its recall of the images: hidden states, 0 or 1, for "mlp", visible states for "cnn". Each is
        the first pass, Θ((√N_h/N_v) ξᵀv − θ), at which recalls of a certified network end.
    noise : float, default 0
        Largest std of the noise, in the units of the images; each image has its own between 0 and that.
    epochs, batch_size, learning_rate : number
    precision : "float32" or "bfloat16"
        Of the products; bfloat16 is 2 to 3 times faster where the processor has it, and refused where not.
    seed, device, progress
        As in `train`.

    Returns
    -------
    Classifier

    Raises
    ------
    InvalidInput
        An unknown kind or precision, or a network for other images.
    Unavailable
        This processor has no bfloat16.
    """
    if kind not in ("cnn", "mlp"):
        raise InvalidInput(f"kind must be 'mlp' or 'cnn', got {kind!r}")
    require_precision(precision, device)
    values, answers = _tensor(images).to(device), torch.as_tensor(np.array(labels), device=device)
    if network is not None and network.n_visible != values.shape[1]:
        raise InvalidInput(
            f"images must have one pixel for each visible neuron, {network.n_visible}, got {values.shape}"
        )
    recalls = None if network is None else _Recalls(network, kind == "cnn", device)
    reach = _SHIFT if recalls is None else _SHIFT_RECALLED
    std, mean = _spread(values, recalls)
    random = torch.Generator().manual_seed(seed)
    n_classes = int(answers.max()) + 1
    n_inputs = values.shape[1] if network is None else network.n_hidden
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = mlp(n_inputs, n_classes) if kind == "mlp" else cnn(image_shape, n_classes)
    model = model.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch stubs
    adam = torch.optim.Adam(model.parameters(), fused=True)
    steps = epochs * -(-len(values) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, learning_rate, steps + 1)
    dtype = PRECISIONS[precision]
    with tqdm(total=steps, desc="classifier", unit="batch", disable=None if progress else True, leave=False) as bar:
        for _ in range(epochs):
            for chosen in torch.randperm(len(values), generator=random).split(batch_size):
                batch = noisy(moved(values[chosen], image_shape, random, reach), noise, random)
                if recalls is not None:
                    batch = recalls(batch, random)
                with torch.autocast(values.device.type, dtype, enabled=dtype != torch.float32):
                    loss = nn.functional.cross_entropy(model((batch - mean) / std), answers[chosen])
                adam.zero_grad()
                loss.backward()
                adam.step()
                schedule.step()
                bar.update()
    return Classifier(model.eval(), mean, std, dtype)


def flipped(states: Tensor, random: torch.Generator) -> Tensor:
    """Return two-valued states, (state, neuron), 3% of the bits inverted."""
    chosen = torch.rand(states.shape, generator=random).to(states.device) < _FLIPPED
    return torch.where(chosen, states.amin() + states.amax() - states, states)


def moved(images: Tensor, image_shape: Sequence[int], random: torch.Generator, reach: float = _SHIFT) -> Tensor:
    """Return images, (image, pixel), each moved by its own whole number of pixels; edges are continued outwards.

    Up to `reach` of the side, up, down, left and right; half of the colour images are mirrored.
    """
    channels, rows, columns = image_shape if len(image_shape) == 3 else (1, *image_shape)
    n = len(images)

    def places(side: int) -> Tensor:
        most = int(side * reach)
        shift = torch.randint(-most, most + 1, (n, 1), generator=random)
        return (torch.arange(side) + shift).clamp(0, side - 1)

    down, across = places(rows), places(columns)
    if channels == 3:
        mirror = torch.rand(n, 1, generator=random) < 0.5
        across = torch.where(mirror, columns - 1 - across, across)
    pixels = (down[:, :, None] * columns + across[:, None, :]).view(n, 1, rows * columns).to(images.device)
    taken = images.view(n, channels, rows * columns).gather(2, pixels.expand(n, channels, -1))
    return taken.reshape(n, -1)


def noisy(images: Tensor, noise: float, random: torch.Generator) -> Tensor:
    """Return images, (image, pixel), with Gaussian noise, whose std each image draws between 0 and `noise`."""
    if not noise:
        return images
    std = noise * torch.rand(len(images), 1, generator=random)
    return images + (std * torch.randn(images.shape, generator=random)).to(images.device)


def _spread(values: Tensor, recalls: _Recalls | None) -> tuple[float, float]:
    """Return std and mean of all that will be seen, chunk by chunk: recalls need not all be held at once."""
    count, total, squares = 0, 0.0, 0.0
    for chunk in values.split(_CHUNK):
        seen = (chunk if recalls is None else recalls(chunk)).double()
        count, total, squares = count + seen.numel(), total + float(seen.sum()), squares + float(seen.square().sum())
    mean = total / count
    return math.sqrt(max(squares / count - mean**2, 0.0)) or 1.0, mean


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32))
