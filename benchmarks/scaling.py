"""Growth of time and memory of an exact recall with the sizes: python benchmarks/scaling.py [--quick].

Gaussian networks, cues with noise 1, τ_v = 20 τ_h. One axis is varied at a time; the exponent is that of a fit of
log(time) to log(size) over the larger half of the sizes, with the standard error of the fit. Expected: the work before
the dynamics (reading the cues, projecting them, computing J) takes N_v N_h per cue and N_v N_h² per network; the
dynamics take N_h per crossing with about N_h/2 crossings, so N_h², independent of N_v. The time of the dynamics is that
of the kernel. In the last part the weights are in a mapped file and no more than 2 GiB of other memory may be used.
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
from threadpoolctl import threadpool_limits

from neurosim import Network, patterns, recall
from neurosim.engines import Event, event_kernel

# axis -> (sizes, N_h, N_v, cues); None is what varies
AXES: dict[str, tuple[tuple[int, ...], tuple[int | None, int | None, int | None]]] = {
    "N_h": ((125, 250, 500, 1000, 2000, 4000), (None, 8000, 8)),
    "N_v": ((3125, 6250, 12500, 25000, 50000, 100000, 200000, 400000), (50, None, 64)),
    "cues": ((256, 1024, 4096, 16384), (50, 2000, None)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # pyright: ignore[reportOptionalMemberAccess]
    parser.add_argument(
        "--quick", action="store_true", help="three repetitions instead of seven, the larger sizes left out"
    )
    quick = parser.parse_args().quick
    repetitions = 3 if quick else 7
    print(machine(), f"Python {platform.python_version()}", f"numpy {np.__version__}")
    with threadpool_limits(1):
        axes(quick, repetitions)
    threads(repetitions)
    mapped(quick)


def axes(quick: bool, repetitions: int) -> None:
    """Vary one size at a time; print times and exponents."""
    for axis, (sizes, shape) in AXES.items():
        rows, curves = [], {"before": [], "dynamics": []}
        for size in sizes[: len(sizes) - 2 * quick]:
            n_hidden, n_visible, n_cues = (size if value is None else value for value in shape)
            net, cues = subject(n_hidden, n_visible, n_cues)
            for name, spent in zip(curves, before_and_dynamics(net, cues, repetitions), strict=True):
                curves[name].append(spent)
            crossings = recall(net, cues, read_out=False).n_crossings.mean().item()
            per_cue = [f"{1e6 * values[-1] / n_cues:.4g}" for values in curves.values()]
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
            table([axis, "before, µs per cue", "dynamics, µs per cue", "crossings", "ns per crossing and neuron"], rows)
        )
        for name, values in curves.items():
            half = len(values) // 2
            fit: Any = linregress(np.log(sizes[half : len(values)]), np.log(values[half:]))
            print(f"{name}: time ~ {axis}^{fit.slope:.2f} ± {fit.stderr:.2f}")


def subject(n_hidden: int, n_visible: int, n_cues: int) -> tuple[Network, np.ndarray]:
    net = Network.gaussian(n_visible, n_hidden, seed=0)
    targets = patterns.random_hidden_states(n_hidden, n_cues, seed=1)
    return net, patterns.visible_cues(net, targets, noise_std=1.0, seed=1)


def before_and_dynamics(net: Network, cues: np.ndarray, repetitions: int) -> tuple[float, float]:
    """Return the median times that a recall on one thread spends outside of its kernel and in it."""
    kernel, inside = event_kernel.recall_many, 0.0

    def timed(*arguments: Any) -> None:
        nonlocal inside
        start = time.perf_counter()
        kernel(*arguments)
        inside += time.perf_counter() - start

    event_kernel.recall_many = timed
    spent = []
    for _ in range(repetitions + 1):
        inside, start = 0.0, time.perf_counter()
        recall(net, cues, engine=Event(threads=1), read_out=False)
        spent.append((time.perf_counter() - start - inside, inside))
    event_kernel.recall_many = kernel
    before, dynamics = np.median(spent[1:], axis=0)
    return float(before), float(dynamics)


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
    times = []
    for n in (1, 2):
        with threadpool_limits(n):  # of BLAS
            times.append(median(lambda n=n: recall(net, cues, engine=Event(threads=n), read_out=False), repetitions))
    one, two = times
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
        resource.setrlimit(resource.RLIMIT_DATA, (2 * 2**30, resource.getrlimit(resource.RLIMIT_DATA)[1]))
        net = Network(weights=weights)
        cues = patterns.visible_cues(net, patterns.random_hidden_states(n_hidden, 4, seed=1), noise_std=1.0, seed=1)
        start = time.perf_counter()
        out = recall(net, cues, read_out=False)
        spent = time.perf_counter() - start
    print(
        f"\nWeights mapped from a file of {weights.nbytes / 2**30:.1f} GiB, N_h = {n_hidden:,}, N_v = {n_visible:,}, "
        f"all else in 2 GiB: {len(cues)} recalls in {spent:.1f} s, {out.n_crossings.mean().item():.0f} crossings each"
    )


if __name__ == "__main__":
    main()
