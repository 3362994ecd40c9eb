"""What an epoch costs, and what it could cost at least: python benchmarks/learning.py [--quick].

The floor is that of the matrix products alone: their operations over the rate at which torch multiplies float32
matrices of just these shapes here. Random images of MNIST's and CIFAR-10's size; every recipe; median of three epochs
after one. "symmetric" is timed in both of its parts, without recall and through it. (A script called training.py would
hide the package of that name.)
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

from training.recipes import RECIPES, Recipe
from training.run import Run

BATCH = 256
# name, images, visible, hidden
SIZES = (("MNIST", 60_000, 784, 50), ("a fifth of CIFAR-10", 10_000, 3_072, 500))
# products of (batch × N_v) and (N_v × N_h), forwards and backwards; an image needs no gradient
PRODUCTS = {"symmetric": 5, "separate": 5, "certified": 13}


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
            measured(label, recipe, fraction, (n_images, n_visible, n_hidden), rate)
            for label, recipe, fraction in cases()
        ]
        head = ["recipe", "GFLOP of products", "floor s", "epoch s", "floor/epoch"]
        print(table(head, rows) + "\n")


def cases() -> list[tuple[str, Recipe, float]]:
    """Return label, recipe, and the fraction of the run at which to time it."""
    found = [(name, recipe, 0.0) for name, recipe in RECIPES.items()]
    return [*found, ("symmetric, through recall", RECIPES["symmetric"], 0.9)]


def product_rate(n_visible: int, n_hidden: int) -> float:
    """Return the median rate of batch × N_v times N_v × N_h, operations a second."""
    left, right = torch.rand(BATCH, n_visible), torch.rand(n_visible, n_hidden)
    times = []
    for _ in range(200):
        start = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - start)
    return 2 * BATCH * n_visible * n_hidden / statistics.median(times)


def measured(label: str, recipe: Recipe, fraction: float, size: tuple[int, int, int], rate: float) -> list[str]:
    """Return a row of the table."""
    n_images, n_visible, n_hidden = size
    flops = PRODUCTS[recipe.wiring] * 2 * n_images * n_visible * n_hidden
    if recipe.repulsion:  # distances of codes, and their gradient twice
        flops += 3 * 2 * n_images * BATCH * n_hidden
    through_recall = recipe.through_recall > 0 and fraction >= 1 - recipe.through_recall
    if through_recall or recipe.consistency:  # J, and its two gradients
        flops += 3 * 2 * n_images / BATCH * n_visible * n_hidden**2
    if recipe.consistency:  # the code's own field, and J's gradient
        flops += 2 * 2 * n_images * n_hidden**2
    if through_recall:  # 16 steps there and 2 × 16 back; one more error
        flops += 48 * 2 * n_images * n_hidden**2 + 3 * 2 * n_images * n_visible * n_hidden
    if recipe.wiring == "certified":  # the Gram matrix and its gradient
        flops += 2 * 2 * n_images / BATCH * n_visible * n_hidden**2
    run = started(recipe, size)
    seconds = epoch(run, fraction)
    return [label, f"{flops / 1e9:.1f}", f"{flops / rate:.2f}", f"{seconds:.2f}", f"{flops / rate / seconds:.0%}"]


def started(recipe: Recipe, size: tuple[int, int, int]) -> Run:
    """Return a run of random images, before its first epoch."""
    n_images, n_visible, n_hidden = size
    settings = {**recipe.record(), "n_images": n_images, "n_hidden": n_hidden, "batch_size": BATCH, "seed": 0}
    settings |= {"epochs": 1_000, "learning_rate": recipe.learning_rate * (50 / n_hidden) ** 0.5}
    images = torch.rand(n_images, n_visible, generator=torch.Generator().manual_seed(0))
    return Run.start(settings, images)


def epoch(run: Run, fraction: float) -> float:
    """Return the median time of three epochs at that fraction of the run."""
    run.losses = [0.0] * round(fraction * run.settings["epochs"])
    times = []
    for _ in range(4):
        start = time.perf_counter()
        run.one_epoch()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


if __name__ == "__main__":
    main()
