"""Time of a training epoch against the time of its matrix products: python benchmarks/learning.py [--quick].

The floor is the number of operations of the matrix products over the rate at which torch multiplies float32 matrices of
these shapes on this machine. "epoch/five" is the time of the epoch over that of five products, batch × N_v times
N_v × N_h, which eq. (17) needs as it is written: drive, reconstruction, and three for the gradients.
`objective.squared_error` needs none for the reconstruction, so the ratio can be below 1. "plain PyTorch" is eq. (17) in
a dozen lines, as in the recipe "paper". Random images of the size of MNIST and CIFAR-10; CPU time on one thread, median
of three epochs after one. Recipes that learn through the recall are timed in both of their parts.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time

import numpy as np
import torch
from common import machine, table

from neurosim.learning.recipes import RECIPES, Recipe
from neurosim.learning.run import Run

BATCH = 256
# name, images, visible, hidden
SIZES = (("MNIST", 60_000, 784, 50), ("a fifth of CIFAR-10", 10_000, 3_072, 500))
# products of batch × N_v × N_h and of N_v × N_h × N_h, forwards and backwards; an image needs no gradient
PRODUCTS = {"equation17": (2, 2), "denoise": (4, 2), "basins": (6, 2), "certified": (4, 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of MNIST only")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    versions = f"torch {torch.__version__} · numpy {np.__version__} · Python {platform.python_version()}"
    print(f"{machine()}, one thread · {versions}\nload average when started: {os.getloadavg()[0]:.1f}\n")
    for name, n_images, n_visible, n_hidden in SIZES[: 1 if quick else None]:
        n_images = n_images // 10 if quick else n_images
        rate = product_rate(n_visible, n_hidden)
        print(
            f"{name}: {n_images:,} images, N_v = {n_visible:,}, N_h = {n_hidden}; products at {rate / 1e9:.1f} GFLOP/s"
        )
        rows = [
            row(label, recipe, fraction, (n_images, n_visible, n_hidden), rate) for label, recipe, fraction in cases()
        ]
        five = 10 * n_images * n_visible * n_hidden / rate
        seconds = plain_epoch((n_images, n_visible, n_hidden))
        rows.append(["plain PyTorch", "", "", f"{seconds:.2f}", "", f"{seconds / five:.2f}"])
        head = ["recipe", "GFLOP of products", "floor s", "epoch s", "floor/epoch", "epoch/five"]
        print(table(head, rows) + "\n")


def cases() -> list[tuple[str, Recipe, float]]:
    """Return label, recipe, and the fraction of the run at which the epoch is timed."""
    found = [(name, recipe, 0.0) for name, recipe in RECIPES.items()]
    return [*found, *((f"{name}, through recall", RECIPES[name], 0.9) for name in ("denoise", "basins", "symmetric"))]


def product_rate(n_visible: int, n_hidden: int) -> float:
    """Return the median rate of the product of batch × N_v and N_v × N_h, in operations per second."""
    left, right = torch.rand(BATCH, n_visible), torch.rand(n_visible, n_hidden)
    times = []
    for _ in range(200):
        start = time.process_time()
        left @ right
        times.append(time.process_time() - start)
    return 2 * BATCH * n_visible * n_hidden / statistics.median(times)


def row(label: str, recipe: Recipe, fraction: float, size: tuple[int, int, int], rate: float) -> list[str]:
    """Return a row of the table."""
    n_images, n_visible, n_hidden = size
    settings = recipe.record()
    kind, consistency = settings["objective"], settings.get("consistency", 0) > 0
    coupled = kind in ("denoise", "basins")
    steps = 14 * (coupled and fraction >= settings.get("first_pass", 1))
    if kind == "equation17":
        steps = 16 * (settings["through_recall"] > 0 and fraction >= 1 - settings["through_recall"])
    wide, square = PRODUCTS[kind]
    if n_hidden > BATCH and kind == "equation17" and not (steps or consistency):
        wide, square = 5, 0  # Ds is computed
    square += 3 * coupled  # J
    flops = 2 * n_images * n_visible * n_hidden * (wide + square * n_hidden / BATCH)
    if recipe.repulsion:  # distances of codes, and their gradient twice
        flops += 3 * 2 * n_images * BATCH * n_hidden
    flops += 2 * 2 * n_images * n_hidden**2  # the error, and its gradient
    if consistency:  # the field of the code, and the gradient of J
        flops += 2 * 2 * n_images * n_hidden**2
    flops += 3 * steps * settings.get("copies", 1) * 2 * n_images * n_hidden**2  # forwards, and twice backwards
    run = started(recipe, size)
    seconds = epoch(run, fraction)
    five = 10 * n_images * n_visible * n_hidden / rate
    floor = flops / rate
    return [
        label,
        f"{flops / 1e9:.1f}",
        f"{floor:.2f}",
        f"{seconds:.2f}",
        f"{floor / seconds:.0%}",
        f"{seconds / five:.2f}",
    ]


def plain_epoch(size: tuple[int, int, int]) -> float:
    """Return the median time of three epochs of eq. (17) in plain PyTorch."""
    n_images, n_visible, n_hidden = size
    images = torch.rand(n_images, n_visible, generator=torch.Generator().manual_seed(0))
    weights = (0.1 * torch.randn(n_visible, n_hidden)).requires_grad_()
    threshold = torch.zeros((), requires_grad=True)
    adam = torch.optim.Adam([weights, threshold], lr=3e-3)
    times = []
    for _ in range(4):
        start = time.process_time()
        for batch in torch.randperm(n_images).split(BATCH):
            v = images[batch]
            s = torch.sigmoid(20 * (n_hidden**0.5 / n_visible * v @ weights - threshold))
            loss = (v - s @ weights.T / n_hidden**0.5).square().sum(dim=1).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
        times.append(time.process_time() - start)
    return statistics.median(times[1:])


def started(recipe: Recipe, size: tuple[int, int, int]) -> Run:
    """Return a run on random images before its first epoch."""
    n_images, n_visible, n_hidden = size
    settings = {**recipe.record(), "n_images": n_images, "n_hidden": n_hidden, "batch_size": BATCH, "seed": 0}
    settings |= {
        "image_shape": [n_visible],
        "epochs": 1_000,
        "learning_rate": recipe.learning_rate * (50 / n_hidden) ** 0.5,
    }
    images = torch.rand(n_images, n_visible, generator=torch.Generator().manual_seed(0))
    return Run.start(recipe, settings, images)


def epoch(run: Run, fraction: float) -> float:
    """Return the median time of three epochs at that fraction of the run."""
    run.losses = [0.0] * round(fraction * run.settings["epochs"])
    times = []
    for _ in range(4):
        start = time.process_time()
        run.one_epoch()
        times.append(time.process_time() - start)
    return statistics.median(times[1:])


if __name__ == "__main__":
    main()
