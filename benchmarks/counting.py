"""Times of exact counts and proven limits of fixed points: python benchmarks/counting.py [--quick].

Every answer is checked before its time is printed: branch and bound against testing every state, counts against the
union bounds, limits against each other. "s" is wall time, "CPU s" the CPU time of all threads, which other programs on
the same machine disturb less. Compilation is not timed. All networks have Gaussian weights, θ = 0.5 and seed 0. Plain
NumPy tests 2^20 of the 2^30 states; its time for all of them is 1,024 times as long.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import scipy
from common import machine, table

from neurosim import Network, theory, threads
from neurosim.measure.capacity import branching, enumeration, unions
from neurosim.measure.capacity.fixed_points import count_fixed_points

SLICE = 2**20


def main() -> None:
    """Run the parts and print their tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="up to 30 hidden neurons, one repetition")
    quick = parser.parse_args().quick
    versions = (f"{module.__name__} {module.__version__}" for module in (np, scipy, numba))
    print(machine(), f"{threads.available()} threads", *versions, f"Python {platform.python_version()}", sep=" · ")
    print(f"load average when started: {os.getloadavg()[0]:.1f}\n")
    compile_all()
    certificate()
    thirty(1 if quick else 3)
    if not quick:
        beyond()
        limits()


def timed(work: Callable[[], Any], repetitions: int = 1) -> tuple[Any, float, float]:
    """Return the answer, and the medians of wall and CPU time."""
    times = []
    for _ in range(repetitions):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = work()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = np.median(times, axis=0)
    return answer, float(wall), float(cpu)


def gaussian(n_hidden: int, ratio: float) -> Network:
    """Return the Gaussian network of seed 0 with N_v = `ratio` N_h."""
    return Network.gaussian(round(ratio * n_hidden), n_hidden, seed=0)


def compile_all() -> None:
    """Compile the kernels before they are timed."""
    for net in (gaussian(13, 3), gaussian(40, 50)):
        count_fixed_points(net, n_samples=1000)
    enumeration.tally(gaussian(10, 3))


def certificate() -> None:
    """Time the certificate of all states."""
    net = gaussian(50, 100)
    found, wall, _ = timed(lambda: theory.certify_all_states(net), 101)
    coupling, product, _ = timed(lambda: theory.effective_coupling(net), 101)
    assert found.holds and found.margin > 1e6 * found.rounding and coupling.shape == (50, 50)
    print(
        f"certificate, N_h = 50, N_v = 5,000: {1e3 * wall:.2f} ms, of which J {1e3 * product:.2f} ms (median of 101);"
    )
    print(f"margin {found.margin:.3f}, proven to {found.rounding:.0e}\n")


def numpy_seconds(net: Network) -> tuple[int, float, float]:
    """Test the first 2^20 states with plain NumPy; return the count and the times."""

    def work() -> int:
        states = (np.arange(SLICE)[:, None] >> np.arange(net.n_hidden) & 1).astype(bool)
        field = states.astype(float) @ theory.effective_coupling(net).T
        return int(((field > net.threshold) == states).all(axis=1).sum())

    return timed(work)


def thirty(repetitions: int) -> None:
    """Time exact counts at 30 and 32 hidden neurons."""
    rows = []
    for n_hidden, ratio in ((30, 2), (30, 5), (32, 2), (32, 5))[: 4 if repetitions > 1 else 2]:
        net = gaussian(n_hidden, ratio)
        assert not theory.certify_all_states(net).holds
        every, wall_every, cpu_every = timed(lambda net=net: enumeration.tally(net))
        found, wall, cpu = timed(lambda net=net: branching.count(net), repetitions)
        assert found == every and found.lower == found.upper
        _, numpy_wall, _ = numpy_seconds(net)
        scaled = numpy_wall * 2**n_hidden / SLICE
        rows.append(
            [
                str(n_hidden),
                str(net.n_visible),
                f"{found.lower:,}",
                f"{found.lower / 2**n_hidden:.3g}",
                f"{wall:.2f}",
                f"{cpu:.2f}",
                f"{wall_every:.2f}",
                f"{cpu_every:.2f}",
                f"{scaled:.0f}",
                f"{scaled / wall:.0f}",
            ]
        )
    print(f"Exact counts; branch and bound: median of {repetitions}; NumPy: 2^20 states, scaled\n")
    head = ["N_h", "N_v", "fixed points", "share", "s", "CPU s", "every state, s", "CPU s", "NumPy, s", "× NumPy"]
    print(table(head, rows), "\n")


def beyond() -> None:
    """Time counts beyond 32 hidden neurons."""
    rows = []
    sizes = [(n, ratio) for n in (40, 50, 60) for ratio in (100, 50, 20, 10)] + [(n, 100) for n in (70, 80, 90, 100)]
    for n_hidden, ratio in sizes:
        net = gaussian(n_hidden, ratio)
        found, wall, cpu = timed(lambda net=net: count_fixed_points(net, n_samples=20_000))
        lower, upper = unions.violation_shares(net).count_limits()
        assert max(lower, found["lower"].item()) <= found["count"].item() <= min(upper, found["upper"].item())
        width = (found["upper"].item() - found["lower"].item()) / max(1, found["count"].item())
        unstable = (2**n_hidden - found["count"].item()) / 2**n_hidden
        rows.append(
            [
                str(n_hidden),
                str(net.n_visible),
                found["method"].item(),
                f"{unstable:.3g}",
                "exact" if found["exact"] else f"{width:.1g}",
                f"{wall:.2f}",
                f"{cpu:.2f}",
            ]
        )
    print("Beyond 32 neurons, count_fixed_points with its default budget; one run each\n")
    head = ["N_h", "N_v", "method", "unstable share", "relative width of the limits", "s", "CPU s"]
    print(table(head, rows), "\n")


def limits() -> None:
    """Time the union bounds."""
    rows = []
    for n_hidden, n_visible in ((100, 10_000), (300, 30_000), (1000, 20_000), (1000, 100_000)):
        net = Network.gaussian(n_visible, n_hidden, seed=0)
        shares, wall, cpu = timed(lambda net=net: unions.violation_shares(net))
        lower, upper = shares.count_limits()
        assert 0 <= lower <= upper <= 2**n_hidden
        width = f"{float((upper - lower) / lower):.2g}" if lower else "no lower limit"
        low, high = shares.lower.sum(axis=0).max(), shares.upper.sum()
        rows.append([str(n_hidden), str(n_visible), f"{low:.3g}", f"{high:.3g}", width, f"{wall:.2f}", f"{cpu:.2f}"])
    print("Union bounds; one run each\n")
    head = ["N_h", "N_v", "unstable share ≥", "≤", "relative width of the count's limits", "s", "CPU s"]
    print(table(head, rows))


if __name__ == "__main__":
    main()
