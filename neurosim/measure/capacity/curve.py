"""Capacity over a grid of settings: shares of the 2^N_h states that are fixed points (Figs. 1a and 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim import InvalidInput, Network
from neurosim.ensembles import Ensemble, name_of
from neurosim.measure import laws
from neurosim.measure.capacity import estimate
from neurosim.measure.capacity.fixed_points import count_fixed_points
from neurosim.measure.recall.trials import SETTINGS, check_settings, ensemble_options, random_network
from neurosim.measure.statistics import OVER_NETWORKS, Measurement, summarise
from neurosim.seeds import spawn_seeds
from neurosim.sweep.grid import HERE, Measure, Runner, number_or_networks, run
from neurosim.validation import takes

COUNTED = ("n_hidden", "visible_per_hidden", "threshold")  # settings that counts can be swept over
STORED = Measurement("share of the 2^N_h states that are stored", bounds=(0.0, 1.0), trials="n_states")
UNSTABLE = Measurement("share of the 2^N_h states that are unstable", bounds=(0.0, 1.0))


def stored_share(
    *,
    seed: int,
    network: Network | None = None,
    ensemble: str | Ensemble = "gaussian",
    n_hidden: int = 10,
    visible_per_hidden: float = 100.0,
    threshold: float | None = None,
) -> dict[str, float]:
    """Count the fixed points of one network; the measurement of `count_sweep` at every point.

    Parameters
    ----------
    seed : int
        Seed of the weights; it gives the same network as in `neurosim.measure.recall.trials.recalled_share`.
    network : Network, optional
        Default: random weights of `n_hidden` and `visible_per_hidden`.
    ensemble : str or callable, default "gaussian"
        Of the random weights, as in `Network.random`.
    n_hidden : int, default 10
    visible_per_hidden : float, default 100
    threshold : float, optional
        Default: that of the network.

    Returns
    -------
    dict
        stored: share of the 2^N_h states that are fixed points (`count_fixed_points`), estimated where `exact` is
        False; lower, upper: limits of the share that hold for the exact J; n_states: 2^N_h.

    Examples
    --------
    >>> from neurosim.measure.capacity.curve import stored_share
    >>> stored_share(seed=0, n_hidden=4, visible_per_hidden=200)["stored"]
    1.0
    """
    net = _network(network, ensemble, spawn_seeds(seed, 1)[0], n_hidden, visible_per_hidden, threshold)
    counted = count_fixed_points(net)
    share = {name: counted[name].item() / 2**net.n_hidden for name in ("count", "lower", "upper")}
    exact = counted["lower"].item() == counted["upper"].item()
    return {"stored": share.pop("count"), **share, "exact": exact, "n_states": float(np.exp2(net.n_hidden))}


@takes(grid=Mapping, runner=Runner)
def count_sweep(
    networks: int | Network | Sequence[Network],
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    ensemble: str | Ensemble = "gaussian",
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: float,
) -> xarray.Dataset:
    """Count the fixed points of networks at every point of a grid: capacity against N_h, N_v/N_h or θ (Figs. 1a, 6).

    Parameters
    ----------
    networks : int, Network or sequence of Network
        Number of random networks to draw at each point, or the networks, of one size.
    grid : mapping of str to sequence of float
        Ranges of n_hidden, visible_per_hidden, threshold; every point has the same seeds.
    seed : int
    ensemble : str or callable, default "gaussian"
        Of the random weights, as in `neurosim.measure.recall_sweep`. The columns law and bound are for "gaussian" only.
    confidence : float, default 0.95
    runner : Runner
        Where the sweep runs; see `neurosim.sweep.grid`.
    **fixed
        Fixed values of n_hidden, visible_per_hidden, threshold.

    Returns
    -------
    xarray.Dataset over the grid
        stored: mean share of the 2^N_h states that are fixed points, with `_lower` and `_upper` over networks;
        stored_by_network; exact: whether every network was counted exactly; law: the exact expectation for Gaussian
        weights; bound: the lower bound of eq. (38) on it.

    Raises
    ------
    InvalidInput
        An unknown setting, a value out of its range, networks of several sizes, or an ensemble for given networks.

    See Also
    --------
    count_fixed_points : Count the fixed points of one network.
    unstable_sweep : The share of unstable states beyond enumeration.
    neurosim.measure.recall_sweep : The share of states that are recalled.

    Examples
    --------
    >>> from neurosim.measure import count_sweep
    >>> found = count_sweep(3, {"visible_per_hidden": [2, 10, 100]}, seed=0, n_hidden=5)
    >>> found.stored.dims
    ('visible_per_hidden',)
    >>> bool((found.stored.diff("visible_per_hidden") > 0).all())
    True
    """
    networks = number_or_networks(networks)
    raw = _swept(stored_share, networks, ensemble, grid, seed, runner, fixed)
    found = _with_law(raw, "stored", STORED, laws.counted, networks, ensemble, fixed, confidence)
    exact = raw.exact.values.astype(bool).all(axis=-1)
    found["exact"] = (tuple(grid), exact, {"long_name": "whether every network was counted exactly"})
    return found.assign_attrs(method="count of fixed points", n_trials="all 2^N_h states")


def unstable_share(
    *,
    seed: int,
    network: Network | None = None,
    ensemble: str | Ensemble = "gaussian",
    n_hidden: int = 10,
    visible_per_hidden: float = 100.0,
    threshold: float | None = None,
    n_samples: int = 20_000,
) -> dict[str, float]:
    """Estimate the share of unstable states of one network by importance sampling; accurate for tiny shares.

    Parameters
    ----------
    seed : int
        Seed of the weights and the samples.
    network, ensemble, n_hidden, visible_per_hidden, threshold
        As in `stored_share`.
    n_samples : int, default 20,000
        States drawn.

    Returns
    -------
    dict
        unstable: the share.

    Examples
    --------
    >>> from neurosim.measure.capacity.curve import unstable_share
    >>> share = unstable_share(seed=0, n_hidden=10, visible_per_hidden=100, n_samples=2000)["unstable"]
    >>> 0 <= share < 1e-2
    True
    """
    weight_seed, sample_seed = spawn_seeds(seed, 2)
    net = _network(network, ensemble, weight_seed, n_hidden, visible_per_hidden, threshold)
    found = estimate.estimate_share(net, n_samples=n_samples, seed=sample_seed)
    return {"unstable": found.unstable_share}


@takes(grid=Mapping, runner=Runner)
def unstable_sweep(
    networks: int | Network | Sequence[Network],
    grid: Mapping[str, Sequence[float]],
    *,
    n_samples: int = 20_000,
    seed: int,
    ensemble: str | Ensemble = "gaussian",
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: float,
) -> xarray.Dataset:
    """Estimate the share of states that are not fixed points, where that share is small or N_h is large.

    Parameters
    ----------
    n_samples : int, default 20,000
        States drawn per network.
    networks, grid, seed, ensemble, confidence, runner, **fixed
        As in `count_sweep`.

    Returns
    -------
    xarray.Dataset over the grid
        unstable with `_lower` and `_upper` over networks; unstable_by_network; law: the exact expectation for
        Gaussian weights; bound: 1 − eq. (38), an upper bound on it.

    Raises
    ------
    InvalidInput
        As in `count_sweep`.

    See Also
    --------
    count_sweep : The same share by counting, up to about 32 hidden neurons.

    Examples
    --------
    >>> from neurosim.measure import unstable_sweep
    >>> found = unstable_sweep(2, {"n_hidden": [10, 50]}, seed=0, n_samples=500, visible_per_hidden=10)
    >>> bool((found.unstable > 0).all())
    True
    """
    networks = number_or_networks(networks)
    measure = partial(unstable_share, n_samples=n_samples)
    raw = _swept(measure, networks, ensemble, grid, seed, runner, fixed)
    found = _with_law(raw, "unstable", UNSTABLE, laws.unstable, networks, ensemble, fixed, confidence)
    return found.assign_attrs(method="sampling as suits each network (`estimate_share`)", n_trials=n_samples)


def _network(
    network: Network | None,
    ensemble: str | Ensemble,
    seed: int,
    n_hidden: int,
    visible_per_hidden: float,
    threshold: float | None,
) -> Network:
    if network is None:
        network = random_network(n_hidden, visible_per_hidden, ensemble, seed)
    return network if threshold is None else network.replace(threshold=threshold)


def _swept(
    measure: Measure,
    networks: int | Sequence[Network],
    ensemble: str | Ensemble,
    grid: Mapping[str, Sequence[float]],
    seed: int,
    runner: Runner,
    fixed: Mapping[str, float],
) -> xarray.Dataset:
    if unknown := {*grid, *fixed} - set(COUNTED):
        raise InvalidInput(f"fixed points are counted over {list(COUNTED)}, got {sorted(unknown)}")
    check_settings(networks, {**grid, **{name: [value] for name, value in fixed.items()}})
    measure = partial(measure, **fixed, **ensemble_options(networks, ensemble))
    return run(measure, grid, networks=networks, seed=seed, labels=SETTINGS, runner=runner)


def _with_law(
    raw: xarray.Dataset,
    quantity: str,
    measurement: Measurement,
    law: Callable[..., dict[str, Any]],
    networks: int | Sequence[Network],
    ensemble: str | Ensemble,
    fixed: Mapping[str, float],
    confidence: float,
) -> xarray.Dataset:
    """Return a quantity over (…, network) with its interval over networks, and the law and bound beside it."""
    coords = {str(name): raw[name] for name in raw[quantity].dims[:-1]}
    variables = summarise(raw, {quantity: measurement}, confidence=confidence)
    variables |= law(networks, coords, fixed, ensemble)
    drawn = {"ensemble": name_of(ensemble)} if isinstance(networks, int) else {}
    attrs = {"engine": "none", **drawn, "confidence": confidence, "intervals_over": OVER_NETWORKS, **raw.attrs, **fixed}
    return xarray.Dataset(variables, coords, attrs)
