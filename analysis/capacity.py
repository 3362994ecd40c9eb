"""How many memories a network holds: fixed points counted exactly, and the capacity curve of Fig. 1a."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from analysis.basins import flip_bound
from analysis.counting import enumeration
from analysis.statistics import labelled, mean_interval, spawn_seeds
from analysis.trials import random_targets, run_trials
from neurosim import InvalidInput, Network, theory

MAX_ENUMERATED = 30  # 2^30 states take 20 to 30 CPU-seconds
_CURVE_METHODS = ("enumeration", "recall")


@dataclass(frozen=True)
class _Count:
    count: int
    stable: int
    lower: int
    upper: int
    method: str


def count_fixed_points(net: Network, *, threads: int | None = None, progress: bool = False) -> xarray.Dataset:
    """Count the hidden states with s = Θ(Js − θ) (eq. 5), exactly; each is one fixed point of eq. (1).

    Two methods, tried in this order:

    "certificate"
        `theory.certify_all_states` holds by more than rounding can undo: all 2^N_h, in O(N_h²).
    "enumeration"
        Every state is tested (`analysis.counting.enumeration`); N_h ≤ 30.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    threads : int, optional
        For enumeration; default one a core.
    progress : bool, default False

    Returns
    -------
    xarray.Dataset, all 0-dimensional
        count : whole number of any size (object). At the threshold a neuron is off.
        stable : of these, with margin > 0 (`theory.stability_margin`); whole number.
        lower, upper : limits that hold for the exact J of these float64 weights; they differ from `count`
        only
            where a field lies within rounding error of its threshold.
        log2 : log2(count), −inf for 0. method : str.

    Raises
    ------
    InvalidInput
        The hidden units are not Heaviside; or no method applies: N_h > 30 and not certified.
    """
    counted = _count(net, threads=threads, progress=progress)
    whole = {
        "count": (counted.count, "number of fixed points of the hidden state"),
        "stable": (counted.stable, "number of fixed points with a stability margin > 0"),
        "lower": (counted.lower, "lower limit of the count, rounding included"),
        "upper": (counted.upper, "upper limit of the count, rounding included"),
    }
    variables: dict[str, Any] = {
        name: ((), _whole(number), {"long_name": long_name, "units": "1"})
        for name, (number, long_name) in whole.items()
    }
    variables["log2"] = (
        (),
        enumeration.log2_whole(counted.count),
        {"long_name": "log2 of the count", "units": "bit"},
    )
    variables["method"] = ((), counted.method, {"long_name": "how the count was obtained"})
    attrs = {
        "n_visible": net.n_visible,
        "n_hidden": net.n_hidden,
        "n_networks": 1,
        "n_trials": "all 2**n_hidden states",
        "seed": net.provenance.get("seed", "none"),
        "engine": "none",
        "method": counted.method,
    }
    return xarray.Dataset(variables, attrs=attrs)


def _whole(number: int) -> np.ndarray:
    array = np.empty((), dtype=object)
    array[()] = number
    return array


def _count(net: Network, *, threads: int | None = None, progress: bool = False) -> _Count:
    certificate = theory.certify_all_states(net)  # also refuses units that are not Heaviside
    if certificate.margin > _certificate_rounding(net):
        everything = 1 << net.n_hidden
        return _Count(everything, everything, everything, everything, "certificate")
    if net.n_hidden > MAX_ENUMERATED:
        raise InvalidInput(
            f"count_fixed_points enumerates up to {MAX_ENUMERATED} hidden neurons, and more only where "
            f"it certifies all states; got {net.n_hidden} with margin {certificate.margin:.3g}; give fewer "
            "hidden neurons or more visible ones, or sample states with basins.recall_vs_noise"
        )
    tally = enumeration.tally(net, threads=threads, progress=progress)
    return _Count(tally.fixed, tally.stable, tally.lower, tally.upper, "enumeration")


def _certificate_rounding(net: Network) -> float:
    """Return a bound on the rounding error of the certificate's margin: of J, and of N_h + 1 additions."""
    sizes = np.abs(theory.effective_coupling(net)).sum(axis=1) + np.abs(net.threshold)
    return float((enumeration.coupling_error(net).sum(axis=1) + (net.n_hidden + 2) * 2.0**-52 * sizes).max())


def capacity_curve(
    n_hidden: Sequence[int] = range(2, 13),
    *,
    visible_per_hidden: float = 100,
    thresholds: Sequence[float] = (0.3, 0.4, 0.5, 0.6, 0.7),
    n_networks: int = 20,
    seed: int,
    method: str = "enumeration",
    noise_std: float = 0.0,
    max_states: int = 4096,
    engine: str = "event",
    duration: Any = None,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Measure how many of the 2^N_h states Gaussian networks store, against N_h and θ (Fig. 1a).

    Parameters
    ----------
    n_hidden : sequence of int
    visible_per_hidden : float, default 100
        N_v/N_h; N_v is rounded to a whole number.
    thresholds : sequence of float
        θ, dimensionless. Every θ sees the same networks and cues.
    n_networks : int, default 20
        Independent networks per N_h; those of one N_h and seed do not depend on the other arguments.
    seed : int
    method : {"enumeration", "recall"}
        "enumeration": a state is stored if it is a fixed point, all 2^N_h tested (N_h ≤ 30).
        "recall": a state is stored if its own visible state plus noise recalls it perfectly (eq. 12), with
        τ_v = 20 τ_h: all states up to `max_states`, else that many drawn uniformly.
    noise_std : float, default 0
        σ_v, for "recall" only.
    max_states : int, default 4096
    engine : str, default "event"
        For "recall".
    duration : time, optional
        For "recall"; as in `neurosim.recall`.
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset over threshold, n_hidden (and network)
        fraction, number: mean share and number of states stored, with `_lower` and `_upper` over networks;
        fraction_by_network (threshold, n_hidden, network); n_trials (n_hidden,): states tested per network
        and θ; bound (threshold, n_hidden): eq. (38)'s lower bound on the fraction, NaN where θ is not in (0,
        1).

    Raises
    ------
    InvalidInput
        Unknown method; noise with enumeration; a size < 1; N_h > 30 with enumeration.
    """
    sizes = [int(n) for n in n_hidden]
    levels = [float(theta) for theta in thresholds]
    _check_curve(sizes, levels, visible_per_hidden, n_networks, max_states, method, noise_std)
    fraction = np.empty((len(levels), len(sizes), n_networks))
    bound = np.empty((len(levels), len(sizes)))
    tested = [2**n if method == "enumeration" else min(2**n, max_states) for n in sizes]
    with tqdm(total=len(sizes) * n_networks, disable=None if progress else True, desc="networks", leave=False) as bar:
        for column, n in enumerate(sizes):
            for k, network_seed in enumerate(spawn_seeds((seed, n), n_networks)):
                weight_seed, target_seed, noise_seed = spawn_seeds(network_seed, 3)
                net = Network.gaussian(max(1, round(visible_per_hidden * n)), n, seed=weight_seed)
                targets = random_targets(n, max_states, target_seed) if method == "recall" else None
                for row, theta in enumerate(levels):
                    at_theta = net.replace(threshold=theta)
                    bound[row, column] = flip_bound(at_theta, noise_std)
                    if targets is None:
                        fraction[row, column, k] = _count(at_theta).count / 2**n
                        continue
                    options = {
                        "noise_std": noise_std,
                        "seed": noise_seed,
                        "engine": engine,
                        "duration": duration,
                    }
                    fraction[row, column, k] = run_trials(at_theta, targets, **options).recalled.mean()
                bar.update()
    return _curve_dataset(
        fraction,
        bound,
        sizes,
        levels,
        tested,
        confidence,
        {
            "method": method,
            "engine": engine if method == "recall" else "none",
            "seed": seed,
            "n_networks": n_networks,
            "n_trials": max(tested),
            "visible_per_hidden": visible_per_hidden,
            "noise_std": noise_std,
            "confidence": confidence,
            "intervals_over": "networks (Student t; Clopper-Pearson where all networks agree)",
        },
    )


def _curve_dataset(
    fraction: np.ndarray,
    bound: np.ndarray,
    sizes: list[int],
    levels: list[float],
    tested: list[int],
    confidence: float,
    attrs: dict[str, Any],
) -> xarray.Dataset:
    dims = ("threshold", "n_hidden")
    share = mean_interval(fraction, axis=-1, confidence=confidence, bounds=(0.0, 1.0))
    number = type(share)(*(limit * np.exp2(sizes) for limit in share))
    variables: dict[str, Any] = {
        **labelled("fraction", dims, share, "share of the 2^N_h states that are stored"),
        **labelled("number", dims, number, "number of states that are stored"),
        "fraction_by_network": (
            (*dims, "network"),
            fraction,
            {"long_name": "share of the 2^N_h states that each network stores", "units": "1"},
        ),
        "n_trials": (
            "n_hidden",
            tested,
            {"long_name": "states tested per network and threshold", "units": "1"},
        ),
        "bound": (dims, bound, {"long_name": "lower bound on the share, eq. (38)", "units": "1"}),
    }
    coords = {
        "threshold": ("threshold", levels, {"long_name": "hidden threshold θ", "units": "1"}),
        "n_hidden": ("n_hidden", sizes, {"long_name": "number of hidden neurons N_h", "units": "1"}),
    }
    return xarray.Dataset(variables, coords, attrs)


def _check_curve(
    sizes: list[int],
    levels: list[float],
    visible_per_hidden: float,
    n_networks: int,
    max_states: int,
    method: str,
    noise_std: float,
) -> None:
    if method not in _CURVE_METHODS:
        raise InvalidInput(f"method must be one of {_CURVE_METHODS}, got {method!r}")
    if method == "enumeration" and noise_std:
        raise InvalidInput(f'noise_std needs method="recall", got {noise_std} with method="enumeration"')
    if not sizes or not levels or min(sizes) < 1:
        raise InvalidInput("n_hidden and thresholds must not be empty, and n_hidden >= 1")
    if method == "enumeration" and max(sizes) > MAX_ENUMERATED:
        raise InvalidInput(
            f'n_hidden must be at most {MAX_ENUMERATED} to enumerate, got {max(sizes)}; use method="recall", '
            "which samples states"
        )
    if not (math.isfinite(visible_per_hidden) and visible_per_hidden > 0):
        raise InvalidInput(f"visible_per_hidden must be finite and > 0, got {visible_per_hidden}")
    if n_networks < 1 or max_states < 1:
        raise InvalidInput(f"n_networks and max_states must be at least 1, got {n_networks} and {max_states}")
