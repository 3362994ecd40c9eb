"""Coverage of 95% intervals over networks, on networks of this project: python benchmarks/intervals.py [--quick].

For each quantity, many networks are measured once. Their mean is taken as the truth, and samples of 20 or 100 of them
give intervals. Three methods: Student's t, clipped to the bounds; the limits of `mean_interval`, which assume nothing
about how networks differ; and those of the beta-binomial model, for shares of trials. Quantities without bounds have
Student's only. The ± of a coverage is the 95% interval of its own binomial error.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from common import machine, table

from neurosim import Network, patterns, theory
from neurosim.measure.recall.trials import recalled_share
from neurosim.measure.statistics import (
    beta_binomial_interval,
    crossing_value,
    mean_interval,
    proportion_interval,
    student_interval,
)

SIZES = (20, 100)  # networks in a sample


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a quarter of the networks and samples")
    scale = 0.25 if parser.parse_args().quick else 1.0
    networks, repeats = int(2000 * scale), int(1000 * scale)
    print(machine())
    print(f"\nShares: {networks} networks, {repeats} samples; nominal coverage .95; mean width in parentheses\n")
    head = ["quantity", "mean", "trials", "networks", "Student t", "free of assumptions", "beta-binomial"]
    print(table(head, [row for found in shares(networks) for row in share_rows(*found, repeats)]))
    print("\nTwo kinds of networks, of which one loses everything: where the beta-binomial model is wrong\n")
    print(table(head, [row for found in mixtures(networks) for row in share_rows(*found, repeats)]))
    print("\nQuantities without bounds: Student t\n")
    found = unbounded(networks // 2)
    print(table(["quantity", "mean", "networks", "coverage"], [r for f in found for r in other_rows(*f, repeats)]))
    print("\nSetting at which the mean share recalled crosses ½ (`crossing_value`, bootstrap over networks)\n")
    print(table(["quantity", "crossing", "networks", "coverage"], crossings(networks // 4, repeats // 2)))
    print("\nTime of one interval over 20 networks, shares of 1,000 points at once\n")
    print(table(["method", "ms per interval"], times()))


def shares(networks: int) -> list[tuple[str, np.ndarray, int]]:
    """Return names, shares of each network and trials in each."""
    found = []
    for n_hidden in (8, 10):
        states = patterns.all_hidden_states(n_hidden)
        for load in (10, 20, 30, 40):
            nets = (Network.gaussian(load * n_hidden, n_hidden, seed=seed) for seed in range(networks))
            share = np.array([theory.is_fixed_point(net, states).mean() for net in nets])
            found.append((f"stable states, N_h = {n_hidden}, N_v/N_h = {load}", share, len(states)))
    for noise_std in (0.0, 0.5, 1.0, 2.0, 4.0):
        share = measured("recalled", networks, n_hidden=8, visible_per_hidden=40.0, n_cues=100, noise_std=noise_std)
        found.append((f"recalled, N_h = 8, N_v/N_h = 40, σ_v = {noise_std:g}", share, 100))
    return found


def measured(name: str, networks: int, **settings: float) -> np.ndarray:
    """Return a result of `recalled_share` for each network."""
    return np.array([recalled_share(seed=seed, **settings)[name] for seed in range(networks)])


def mixtures(networks: int) -> list[tuple[str, np.ndarray, int]]:
    """Return shares of which a part of the networks has none."""
    rng = np.random.default_rng(0)
    found = []
    for lost, others in ((0.05, 0.0), (0.1, 0.0), (0.05, 0.05)):
        share = rng.binomial(256, 1 - others, networks) / 256
        share[: round(lost * networks)] = 0
        found.append((f"{100 * lost:g}% lose all, the others {100 * others:g}%", share, 256))
    return found


def share_rows(name: str, share: np.ndarray, trials: int, repeats: int) -> list[list[str]]:
    """Return a row for each number of networks."""
    rows = []
    for n in SIZES:
        sample = np.random.default_rng(n).choice(share, (n, repeats))
        hits = np.rint(sample * trials)
        methods = (
            student_interval(sample),
            mean_interval(sample),
            beta_binomial_interval(hits, np.full_like(hits, trials)),
        )
        cells = [covered(np.clip(i.lower, 0, 1), np.clip(i.upper, 0, 1), share.mean()) for i in methods]
        rows.append([name, f"{share.mean():.5f}", f"{trials}", f"{n}", *cells])
    return rows


def covered(lower: np.ndarray, upper: np.ndarray, truth: float) -> str:
    """Return the share of intervals that contain the truth, its error, and the mean width of finite ones."""
    inside = (lower <= truth) & (truth <= upper)
    _, low, high = proportion_interval(int(inside.sum()), inside.size)
    finite = np.isfinite(lower) & np.isfinite(upper)
    return f"{inside.mean():.3f} ± {(high - low) / 2:.3f} ({(upper - lower)[finite].mean():.2g})"


def unbounded(networks: int) -> list[tuple[str, np.ndarray]]:
    """Return names and values of each network."""
    found = []
    for load in (3, 5, 10):
        states = patterns.all_hidden_states(8)
        nets = (Network.gaussian(8 * load, 8, seed=seed) for seed in range(networks))
        stable = np.array([theory.is_fixed_point(net, states).sum() for net in nets])
        found.append((f"log2 of the stable states, N_h = 8, N_v/N_h = {load}", np.log2(np.maximum(stable, 1))))
    for noise_std in (0.0, 2.0):
        settings = {"n_hidden": 8, "visible_per_hidden": 40.0, "n_cues": 64, "noise_std": noise_std}
        times = measured("settle_time", networks, **settings)
        found.append((f"time of the last crossing, N_h = 8, N_v/N_h = 40, σ_v = {noise_std:g}", times))
    levels = np.array([0.0, 1.0, 2.0])
    curves = curve(levels, networks)
    slope = np.polyfit(levels, curves, 1)[0]
    return [*found, ("slope of the share recalled against σ_v, N_h = 8", slope)]


def curve(levels: np.ndarray, networks: int) -> np.ndarray:
    """Return the share recalled at levels of noise, (level, network)."""
    settings = {"n_hidden": 8, "visible_per_hidden": 40.0, "n_cues": 64}
    return np.array([measured("recalled", networks, noise_std=level, **settings) for level in levels])


def other_rows(name: str, values: np.ndarray, repeats: int) -> list[list[str]]:
    """Return a row for each number of networks."""
    rows = []
    for n in (5, *SIZES):
        _, lower, upper = student_interval(np.random.default_rng(n).choice(values, (n, repeats)))
        rows.append([name, f"{values.mean():.4g}", f"{n}", covered(lower, upper, values.mean())])
    return rows


def crossings(networks: int, repeats: int) -> list[list[str]]:
    """Return the coverage of the place where a curve crosses ½."""
    levels = np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0])
    each = curve(levels, networks)
    between = np.linspace(1, 3, 21)  # the truth is that of the curve, not of its interpolation
    truth = float(crossing_value(between, curve(between, networks)).estimate)
    rows = []
    for n in SIZES:
        rng = np.random.default_rng(n)
        found = [crossing_value(levels, each[:, rng.integers(networks, size=n)], seed=k) for k in range(repeats)]
        lower, upper = (np.array([float(getattr(one, end)) for one in found]) for end in ("lower", "upper"))
        rows.append(["σ_v at N_h = 8, N_v/N_h = 40", f"{truth:.4g}", f"{n}", covered(lower, upper, truth)])
    return rows


def times() -> list[list[str]]:
    """Return the time of each method."""
    hits = np.random.default_rng(0).binomial(256, 0.99, (20, 1000))
    trials = np.full_like(hits, 256)
    calls = {
        "Student t": lambda: student_interval(hits / 256),
        "free of assumptions": lambda: mean_interval(hits / 256),
        "beta-binomial": lambda: beta_binomial_interval(hits, trials),
    }
    rows = []
    for name, call in calls.items():
        start = time.process_time()
        call()
        rows.append([name, f"{time.process_time() - start:.3f}"])
    return rows


if __name__ == "__main__":
    main()
