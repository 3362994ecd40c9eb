"""How time and memory of an exact recall grow: python benchmarks/scaling.py [--quick].

Gaussian networks, cues with noise 1, τ_v = 20 τ_h. One axis is varied at a time; the exponent is that of a fit of
log(time) to log(size) over the larger half of the sizes, with the standard error of the fit. What it should be: the
projection of the cues N_v N_h, everything after it independent of N_v; a crossing N_h, and about N_h/2 crossings a
recall, so N_h². The last part has its weights in a file that is mapped.
"""

from __future__ import annotations

import argparse
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import machine, table
from scipy.stats import linregress

from neurosim import Network, patterns, recall, theory

# axis -> (sizes, N_h, N_v, cues); None is what varies
AXES: dict[str, tuple[tuple[int, ...], tuple[int | None, int | None, int | None]]] = {
    "N_h": ((125, 250, 500, 1000, 2000, 4000), (None, 8000, 8)),
    "N_v": ((3125, 6250, 12500, 25000, 50000, 100000, 200000, 400000), (50, None, 64)),
    "cues": ((256, 1024, 4096, 16384), (50, 2000, None)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="three repetitions instead of seven, the larger sizes left out"
    )
    quick = parser.parse_args().quick
    repetitions = 3 if quick else 7
    print(machine(), f"Python {platform.python_version()}", f"numpy {np.__version__}")
    for axis, (sizes, shape) in AXES.items():
        rows, curves = [], {"projection": [], "dynamics": []}
        for size in sizes[: len(sizes) - 2 * quick]:
            n_hidden, n_visible, n_cues = (size if value is None else value for value in shape)
            net, cues = subject(n_hidden, n_visible, n_cues)
            spent = {
                "projection": median(lambda net=net, cues=cues: theory.drive(net, cues), repetitions),
                "all": median(lambda net=net, cues=cues: recall(net, cues, threads=1, read_out=False), repetitions),
            }
            curves["projection"].append(spent["projection"])
            curves["dynamics"].append(spent["all"] - spent["projection"])
            crossings = recall(net, cues, read_out=False).n_crossings.mean().item()
            per_cue = [f"{1e6 * value / n_cues:.4g}" for value in (spent["projection"], curves["dynamics"][-1])]
            rows.append(
                [
                    f"{size:,}",
                    *per_cue,
                    f"{crossings:.1f}",
                    f"{1e9 * curves['dynamics'][-1] / n_cues / crossings / n_hidden:.3g}",
                ]
            )
        print(f"\n{axis} varied, (N_h, N_v, cues) = {tuple('·' if v is None else v for v in shape)}; one thread\n")
        print(
            table([axis, "projection, µs a cue", "the rest, µs a cue", "crossings", "ns a crossing and neuron"], rows)
        )
        for name, values in curves.items():
            half = len(values) // 2
            fit: Any = linregress(np.log(sizes[half : len(values)]), np.log(values[half:]))
            print(f"{name}: time ~ {axis}^{fit.slope:.2f} ± {fit.stderr:.2f}")
    threads(repetitions)
    mapped(quick)


def subject(n_hidden: int, n_visible: int, n_cues: int) -> tuple[Network, np.ndarray]:
    net = Network.gaussian(n_visible, n_hidden, seed=0)
    targets = patterns.random_hidden_states(n_hidden, n_cues, seed=1)
    return net, patterns.visible_cues(net, targets, noise_std=1.0, seed=1)


def median(call: Callable[[], Any], repetitions: int) -> float:
    call()
    spent = []
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return float(np.median(spent))


def threads(repetitions: int) -> None:
    """Compare one thread with two on work that is mostly dynamics."""
    net, cues = subject(200, 2000, 4096)
    one, two = (median(lambda n=n: recall(net, cues, threads=n, read_out=False), repetitions) for n in (1, 2))
    print(f"\nTwo threads instead of one, N_h = 200, N_v = 2,000, 4,096 cues: {one / two:.2f} times as fast")


def mapped(quick: bool) -> None:
    """Recall with weights in a file of 0.4 or 6.4 GB; show how much of it was in memory."""
    n_visible, n_hidden = (100_000, 500) if quick else (400_000, 2_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.bin"
        random = np.random.default_rng(0)
        with path.open("wb") as file:
            for _ in range(0, n_visible, 10_000):
                random.standard_normal((10_000, n_hidden)).tofile(file)
        weights = np.memmap(path, dtype=np.float64, mode="r", shape=(n_visible, n_hidden))
        net = Network(weights=weights)
        cues = random.standard_normal((4, n_visible))
        start = time.perf_counter()
        out = recall(net, cues, read_out=False)
        spent = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"\nWeights mapped from a file of {weights.nbytes / 2**30:.1f} GiB, N_h = {n_hidden:,}, N_v = {n_visible:,}: "
        f"{len(cues)} recalls in {spent:.1f} s, {out.n_crossings.mean().item():.0f} crossings each; "
        f"peak memory {peak:.1f} GiB"
    )


if __name__ == "__main__":
    main()
