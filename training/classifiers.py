"""The paper's two classifiers (appendix B, Tables 2 and 3), which judge what a recall keeps of its image's class."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from neurosim.errors import InvalidInput

_CHUNK = 1_024  # inputs judged at once


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


def correct_answers(
    kind: str,
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    *,
    image_shape: Sequence[int] | None = None,
    epochs: int = 10,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    seed: int = 0,
    device: str = "cpu",
    progress: bool = False,
) -> np.ndarray:
    """Train a classifier on one set and return which inputs of another it gets right.

    Adam, cross-entropy, step size falling to 0 along half a cosine. Inputs are shifted and scaled by the mean and
    std of all values of the training set, one number each.

    Parameters
    ----------
    kind : "cnn" or "mlp"
    train, test : (inputs (input, feature), labels (input,))
    image_shape : sequence of int
        For "cnn".
    epochs, batch_size, learning_rate, seed, device, progress
        As in `train`.

    Returns
    -------
    ndarray (test input,) bool

    Raises
    ------
    InvalidInput
        An unknown kind, or a CNN without an image shape.
    """
    if kind not in ("cnn", "mlp") or (kind == "cnn" and image_shape is None):
        raise InvalidInput(f"kind must be 'mlp', or 'cnn' with image_shape, got {kind!r}, {image_shape}")
    inputs, labels = _tensor(train[0]), torch.as_tensor(np.array(train[1]), device=device)
    mean, std = inputs.mean(), inputs.std()
    inputs = ((inputs - mean) / std).to(device)
    unseen = (_tensor(test[0]) - mean) / std
    n_classes = int(labels.max()) + 1
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = mlp(inputs.shape[1], n_classes) if kind == "mlp" else cnn(image_shape or (), n_classes)
    model = model.to(device)
    _fit(model, inputs, labels, epochs, batch_size, learning_rate, seed, progress)
    with torch.no_grad():
        answers = torch.cat([model(chunk.to(device)).argmax(1).cpu() for chunk in unseen.split(_CHUNK)])
    return answers.numpy() == np.asarray(test[1])


def _fit(model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int, batch: int, rate: float, seed: int, bar: Any):
    order = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    steps = epochs * -(-len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    loss_of = nn.CrossEntropyLoss()
    with tqdm(total=steps, desc="classifier", unit="batch", disable=None if bar else True, leave=False) as shown:
        for _ in range(epochs):
            for chosen in torch.randperm(len(inputs), generator=order).split(batch):
                loss = loss_of(model(inputs[chosen]), labels[chosen])
                adam.zero_grad()
                loss.backward()
                adam.step()
                schedule.step()
                shown.update()
    model.eval()


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32))
