"""Estimated shares of fixed points against exact shares, and their times: python benchmarks/estimates.py [--quick].

Three tables. (1) Importance sampling where the exact share of unstable states is known: how many of 2,000 intervals of
nominal 95% contain it, and how many uniform states plain Monte Carlo needs for intervals of the same width. (2) Its
time at sizes that cannot be enumerated. (3) Splitting against exact shares of stable states, from enumeration or, for
independent groups of neurons, as the product over groups; and its time where no other method gives an answer.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import time

import numba
import numpy as np
import scipy
from common import machine, table
from scipy import stats

from neurosim import Network, theory
from neurosim.measure.capacity import splitting, tilting
from neurosim.measure.capacity.curve import count_fixed_points

REPEATS, SAMPLES = 2000, 1000


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 repeats, and nothing that takes more than seconds")
    quick = parser.parse_args().quick
    versions = (f"{module.__name__} {module.__version__}" for module in (np, scipy, numba))
    threads = f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'unset')}"
    print(machine(), threads, *versions, f"Python {platform.python_version()}", sep=" · ")
    coverage(200 if quick else REPEATS)
    times()
    split(quick)


def with_coupling(coupling: np.ndarray, threshold: float = 0.5) -> Network:
    """Return a network with the given J."""
    root = math.sqrt(len(coupling))
    return Network(root * np.eye(len(coupling)), feedback=root * coupling, threshold=threshold)


def uniform_coupling(n: int, others: float, threshold: float) -> tuple[Network, float]:
    """Return a network with J = 1 on the diagonal and `others` off it, and its exact share of unstable states.

    With k neurons on, the fields are 1 + (k − 1)·others and k·others.
    """
    coupling = np.full((n, n), others)
    np.fill_diagonal(coupling, 1.0)
    k = np.arange(n + 1)
    violated = ((k > 0) & (1 + (k - 1) * others <= threshold)) | ((k < n) & (k * others > threshold))
    return with_coupling(coupling, threshold), float(stats.binom.pmf(k, n, 0.5)[violated].sum())


def counted(net: Network) -> tuple[Network, float]:
    """Return the network and its share of unstable states, from the exact count."""
    stable = count_fixed_points(net)
    assert stable["lower"].item() == stable["upper"].item(), "not an exact count"
    return net, (2**net.n_hidden - stable["count"].item()) / 2**net.n_hidden


def coverage(repeats: int) -> None:
    """Compare intervals of importance sampling with exact shares."""
    cases = {
        "Gaussian, N_h = 20, N_v = 400: counted": counted(Network.gaussian(400, 20, seed=1)),
        "Gaussian, N_h = 30, N_v = 1,200: counted": counted(Network.gaussian(1200, 30, seed=2)),
        "J_μν = .02, N_h = 40: closed form": uniform_coupling(40, 0.02, 0.69),
        "J_μν = .01, N_h = 60: closed form": uniform_coupling(60, 0.01, 0.515),
        "J_μν = −.0065, N_h = 100: closed form": uniform_coupling(100, -0.0065, 0.5),
        "J_μν = .01, N_h = 100: closed form": uniform_coupling(100, 0.01, 0.835),
    }
    rows = []
    for name, (net, exact) in cases.items():
        mix, inside, found = tilting.mixture(net), 0, np.empty((repeats, 2))
        start = time.perf_counter()
        for seed in range(repeats):
            one = tilting.share_interval(mix, n_samples=SAMPLES, seed=seed, confidence=0.95)
            inside += bool(one.lower <= exact <= one.upper)
            found[seed] = one.estimate, (one.upper - one.lower) / 2
        spent = (time.perf_counter() - start) / repeats
        bias = (found[:, 0].mean() / exact - 1, found[:, 0].std(ddof=1) / exact / math.sqrt(repeats))
        plain = stats.norm.ppf(0.975) ** 2 * exact * (1 - exact) / found[:, 1].mean() ** 2
        rows.append([name, f"{exact:.4g}", f"{inside / repeats:.4f}", f"{bias[0]:+.4f} ± {bias[1]:.4f}"])
        rows[-1] += [f"{found[:, 0].std(ddof=1) / exact:.3f}", f"{plain:.2g}", f"{plain / SAMPLES:.2g}"]
        rows[-1] += [f"{1e3 * spent:.2f}"]
    head = ["network", "exact unstable share", "coverage", "relative bias", "relative error"]
    head += ["plain samples needed", "ratio", "ms"]
    print(f"\nImportance sampling, {SAMPLES} samples, {repeats} repeats, nominal coverage .95\n")
    print(table(head, rows))


def times() -> None:
    """Time importance sampling at large sizes."""
    rows = []
    for n, ratio in ((100, 60), (300, 60), (1000, 60), (1000, 100)):
        net = Network.gaussian(n * ratio, n, seed=0)
        start = time.perf_counter()
        mix = tilting.mixture(net)
        ready = time.perf_counter()
        found = tilting.share_interval(mix, n_samples=100_000, seed=0, confidence=0.95)
        spent = time.perf_counter() - ready
        limits = f"{found.lower:.4g} to {found.upper:.4g}"
        rows.append([f"{n}", f"{n * ratio}", f"{found.estimate:.4g}", limits, f"{ready - start:.2f}", f"{spent:.2f}"])
    print("\nImportance sampling, Gaussian networks, 100,000 samples\n")
    print(table(["N_h", "N_v", "unstable share", "95% interval", "J and tilts, s", "samples, s"], rows))


def groups(n_groups: int, size: int, ratio: int) -> tuple[Network, float]:
    """Return a network of independent groups of neurons, and log2 of its share of fixed points, exact."""
    nets = [Network.gaussian(ratio * size, size, seed=k) for k in range(n_groups)]
    coupling = np.kron(np.eye(n_groups), np.zeros((size, size)))
    for k, net in enumerate(nets):
        coupling[k * size : (k + 1) * size, k * size : (k + 1) * size] = theory.effective_coupling(net)
    return with_coupling(coupling), sum(math.log2(1 - counted(net)[1]) for net in nets)


def asymmetric(n: int, ratio: int) -> Network:
    """Return a network whose feedback is the transposed weights plus noise."""
    rng = np.random.default_rng(1)
    weights = rng.standard_normal((ratio * n, n))
    return Network(weights, feedback=weights.T + rng.standard_normal(weights.T.shape))


def split(quick: bool) -> None:
    """Compare splitting with exact shares."""
    splitting.stable_share(Network.gaussian(8, 8, seed=0), n_particles=10)  # compiled, not timed
    rows = []
    for n, ratio in ((16, 1), (20, 2), (24, 3), (24, 5)):
        rows.append(split_row(f"Gaussian, N_h = {n}, N_v = {ratio * n}", Network.gaussian(ratio * n, n, seed=1)))
    for n, ratio in ((20, 2), (24, 5)):
        rows.append(split_row(f"asymmetric, N_h = {n}, N_v = {ratio * n}", asymmetric(n, ratio)))
    for n_groups, size, ratio in ((10, 12, 1), (20, 15, 2), (50, 20, 10))[: 2 if quick else 3]:
        name = f"{n_groups} groups of {size}, N_v = {ratio} N_h each"
        rows.append(split_row(name, *groups(n_groups, size, ratio), n_particles=200 if size < 20 else 50))
    for n, ratio, n_particles in ((100, 2, 200), (300, 5, 200), (1000, 10, 50), (1000, 2, 50))[: 1 if quick else 4]:
        net = Network.gaussian(ratio * n, n, seed=1)
        rows.append(split_row(f"Gaussian, N_h = {n}, N_v = {ratio * n}", net, math.nan, n_particles=n_particles))
    head = ["network", "log2 of exact stable share", "estimated", "95% interval", "replicates' std", "levels"]
    print("\nSplitting, 20 replicates of 200 particles (N_h = 1,000: 50)\n")
    print(table([*head, "s"], rows))


def split_row(name: str, net: Network, log2_exact: float | None = None, n_particles: int = 200) -> list[str]:
    """Return a row of the table of `split`; the exact share is counted unless it is given."""
    if log2_exact is None:
        log2_exact = math.log2(1 - counted(net)[1])
    start = time.perf_counter()
    found = splitting.stable_share(net, n_particles=n_particles, seed=0)
    spent = time.perf_counter() - start
    limits = f"{found.log2_lower:.3f} to {found.log2_upper:.3f}"
    exact = "not known" if math.isnan(log2_exact) else f"{log2_exact:.3f}"
    spread = f"{found.replicates.std(ddof=1):.3f}"
    return [name, exact, f"{found.log2_share:.3f}", limits, spread, f"{found.levels}", f"{spent:.1f}"]


if __name__ == "__main__":
    main()
