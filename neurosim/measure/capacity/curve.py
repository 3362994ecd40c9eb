"""How many memories a network holds: fixed points counted exactly, and the capacity curve of Fig. 1a."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import xarray

from neurosim import InvalidInput, Network
from neurosim.measure import laws
from neurosim.measure.capacity import estimate
from neurosim.measure.capacity.fixed_points import count_fixed_points
from neurosim.measure.recall.trials import SETTINGS, check_settings
from neurosim.measure.statistics import OVER_NETWORKS, Measurement, summarise
from neurosim.sweep.grid import HERE, Measure, Runner, run
from neurosim.sweep.seeds import spawn_seeds

COUNTED = ("n_hidden", "visible_per_hidden", "threshold")  # what counts can be swept over


def stored_share(
    *,
    seed: int,
    network: Network | None = None,
    n_hidden: int = 10,
    visible_per_hidden: float = 100.0,
    threshold: float | None = None,
) -> dict[str, float]:
    """Count one network's fixed points; what `count_sweep` does at every point.

    Parameters
    ----------
    seed : int
        Of the weights; the same networks as in `neurosim.measure.recall.trials.recalled_share`.
    network : Network, optional
        Default: Gaussian weights (eq. 3).

    Returns
    -------
    dict
        stored: share of the 2^N_h states that are fixed points (`count_fixed_points`), estimated where `exact` is
        False; lower, upper: limits of the share that are true of the exact J.
    """
    net = _network(network, spawn_seeds(seed, 1)[0], n_hidden, visible_per_hidden, threshold)
    counted = count_fixed_points(net)
    share = {name: counted[name].item() / 2**net.n_hidden for name in ("count", "lower", "upper")}
    exact = counted["lower"].item() == counted["upper"].item()
    return {"stored": share.pop("count"), **share, "exact": exact}


def count_sweep(
    networks: int | Sequence[Network],
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: float,
) -> xarray.Dataset:
    """Count the fixed points of networks, at every point of a grid: capacity against N_h, N_v/N_h, θ (Figs. 1a, 6).

    Parameters
    ----------
    networks : int or sequence of Network
        How many Gaussian networks to draw (eq. 3), or the networks.
    grid : mapping of str to sequence of float
        Ranges of n_hidden, visible_per_hidden, threshold; every point has the same seeds.
    seed : int
    confidence : float, default 0.95
    runner : Runner
        Where it runs; see `neurosim.sweep.grid`.
    **fixed
        Fixed values of the same.

    Returns
    -------
    xarray.Dataset over the grid
        stored: mean share of the 2^N_h states that are fixed points, with `_lower` and `_upper` over networks;
        stored_by_network; exact: whether every network was counted exactly; law: the exact expectation for Gaussian
        weights; bound: eq. (38)'s lower bound on it.

    Raises
    ------
    InvalidInput
        An unknown setting, or a value out of its range.
    """
    raw = _swept(stored_share, networks, grid, seed, runner, fixed)
    text = "share of the 2^N_h states that are stored"
    out = _over_networks(raw, "stored", text, networks, grid, fixed, seed, confidence, laws.counted)
    exact = raw.exact.values.astype(bool).all(axis=-1)
    out["exact"] = (tuple(grid), exact, {"long_name": "whether every network was counted exactly"})
    return out.assign_attrs(method="count of fixed points", n_trials="all 2**n_hidden states")


def unstable_share(
    *,
    seed: int,
    network: Network | None = None,
    n_hidden: int = 10,
    visible_per_hidden: float = 100.0,
    threshold: float | None = None,
    n_samples: int = 20_000,
) -> dict[str, float]:
    """Estimate one network's share of unstable states by importance sampling, 1e-12 and below included."""
    weight_seed, sample_seed = spawn_seeds(seed, 2)
    net = _network(network, weight_seed, n_hidden, visible_per_hidden, threshold)
    found = estimate.estimate_share(net, n_samples=n_samples, seed=sample_seed)
    return {"unstable": found.unstable_share}


def unstable_sweep(
    networks: int | Sequence[Network],
    grid: Mapping[str, Sequence[float]],
    *,
    n_samples: int = 20_000,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: float,
) -> xarray.Dataset:
    """Estimate the share of states that are *not* fixed points, where that share is small and N_h is large.

    Parameters
    ----------
    n_samples : int, default 20,000
        States drawn per network.
    networks, grid, seed, confidence, runner, **fixed
        As in `count_sweep`.

    Returns
    -------
    xarray.Dataset over the grid
        unstable with `_lower` and `_upper` over networks; unstable_by_network; law: the exact expectation for
        Gaussian weights; bound: 1 − eq. (38), an upper bound on it.
    """
    measure = partial(unstable_share, n_samples=n_samples)
    raw = _swept(measure, networks, grid, seed, runner, fixed)
    text = "share of the 2^N_h states that are unstable"
    out = _over_networks(raw, "unstable", text, networks, grid, fixed, seed, confidence, laws.unstable)
    return out.assign_attrs(method="importance sampling", n_trials=n_samples)


def _network(
    network: Network | None, seed: int, n_hidden: int, visible_per_hidden: float, threshold: float | None
) -> Network:
    if network is None:
        network = Network.gaussian(max(1, round(visible_per_hidden * n_hidden)), n_hidden, seed=seed)
    return network if threshold is None else network.replace(threshold=threshold)


def _swept(
    measure: Measure,
    networks: int | Sequence[Network],
    grid: Mapping[str, Sequence[float]],
    seed: int,
    runner: Runner,
    fixed: Mapping[str, float],
) -> xarray.Dataset:
    if unknown := {*grid, *fixed} - set(COUNTED):
        raise InvalidInput(f"fixed points are counted over {list(COUNTED)}, got {sorted(unknown)}")
    check_settings(networks, {**grid, **{name: [value] for name, value in fixed.items()}})
    return run(partial(measure, **fixed), grid, networks=networks, seed=seed, labels=SETTINGS, runner=runner)


def _over_networks(
    raw: xarray.Dataset,
    quantity: str,
    text: str,
    networks: int | Sequence[Network],
    grid: Mapping[str, Sequence[float]],
    fixed: Mapping[str, float],
    seed: int,
    confidence: float,
    law: Callable[..., dict[str, Any]],
) -> xarray.Dataset:
    coords = {name: raw[name] for name in grid}
    variables: dict[str, Any] = {
        **summarise(raw, {quantity: Measurement(text, bounds=(0.0, 1.0))}, confidence=confidence),
        **law(networks, coords, fixed),
    }
    attrs = {
        "engine": "none",
        "seed": seed,
        "n_networks": raw.attrs["n_networks"],
        "confidence": confidence,
        "intervals_over": OVER_NETWORKS,
        **fixed,
    }
    return xarray.Dataset(variables, coords, attrs)
