"""Smallest fatal shocks of several networks beside half the distance to the nearest attractor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import Network, patterns, theory
from neurosim.measure.basins.neighbours import close_fixed_points
from neurosim.measure.basins.shocks import minimal_fatal_shock
from neurosim.measure.networks import of_one_size
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, summarise
from neurosim.seeds import spawn_seeds
from neurosim.validation import whole

TYPICAL = {
    "certified_rms": Measurement(
        "largest shock proven harmless, per visible neuron, median over memories", bounds=NOT_NEGATIVE
    ),
    "fatal_rms": Measurement(
        "smallest fatal shock found, per visible neuron, median over memories", bounds=NOT_NEGATIVE
    ),
    "half_distance_rms": Measurement(
        "half way to the nearest fixed point, per visible neuron, median over memories", bounds=NOT_NEGATIVE
    ),
    "fatal_over_half": Measurement(
        "smallest fatal shock over half way to the nearest fixed point, median of memories", bounds=NOT_NEGATIVE
    ),
    "attained": Measurement(
        "share of memories whose smallest fatal shock is the certified radius", bounds=(0.0, 1.0), trials="n_stable"
    ),
}


def typical_shocks(
    networks: Sequence[Network], *, n_memories: int = 256, seed: int, confidence: float = 0.95, progress: bool = False
) -> xarray.Dataset:
    """Compare certified radius, fatal shock and half the distance to the nearest attractor, over networks.

    Parameters
    ----------
    networks : sequence of Network
        Independent networks; intervals are over them.
    n_memories : int, default 256
        Random states per network (all 2^N_h if these are no more); those that are stable are shocked.
    seed : int
        Seed of the states.
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset
        Means over networks of each network's median, with `_lower`, `_upper` and `_by_network` (network,): lengths per
        visible neuron certified_rms, fatal_rms and half_distance_rms (half way to the nearest fixed point within two
        bits), and fatal_over_half; attained: the share of the memories whose fatal shock is the certified radius, to
        1e-5. n_stable (network,): memories shocked. A network without a stable one counts in n_stable only. No fatal
        shock, or no fixed point within two bits, counts as infinitely far; where half of a network's memories are so,
        its median is infinite, and the mean over networks NaN.

    Raises
    ------
    InvalidInput
        No network, networks of several sizes, or one of another kind than `minimal_fatal_shock` takes.

    See Also
    --------
    minimal_fatal_shock : The shock of each memory.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import typical_shocks
    >>> found = typical_shocks([Network.gaussian(200, 5, seed=seed) for seed in (1, 2, 3)], n_memories=8, seed=0)
    >>> bool(0 < found.certified_rms <= found.fatal_rms), bool(found.attained > 0.9)
    (True, True)
    """
    nets, n_memories = of_one_size(networks), whole(n_memories, "n_memories")
    values, n_stable = np.full((len(TYPICAL), len(nets)), np.nan), np.zeros(len(nets), dtype=np.int64)
    for k, net in enumerate(tqdm(nets, disable=None if progress else True, desc="networks", leave=False)):
        memories = _random_memories(net, n_memories, spawn_seeds(seed, len(nets))[k])
        n_stable[k] = len(memories)
        if len(memories):
            shocks = minimal_fatal_shock(net, memories)
            half = close_fixed_points(net, memories, 2)[1] / 2 / np.sqrt(net.n_visible)
            fatal = shocks.fatal_rms.fillna(np.inf).values
            beyond = np.where(np.isnan(half), np.inf, half)
            medians = [_median(x) for x in (shocks.certified_rms.values, fatal, beyond, fatal / half)]
            values[:, k] = [*medians, np.mean(shocks.ratio.values <= 1 + 1e-5)]
    variables: dict[str, Any] = {"n_stable": ("network", n_stable, {"long_name": "memories shocked", "units": "1"})}
    each = dict(zip([*TYPICAL, "n_stable"], [*values, n_stable], strict=True))
    raw = {name: xarray.DataArray(numbers, dims="network") for name, numbers in each.items()}
    variables |= summarise(raw, TYPICAL, confidence=confidence)
    attrs = {"method": "minimal_fatal_shock", "engine": "event", "n_networks": len(nets), "n_trials": n_memories}
    return xarray.Dataset(variables, attrs={**attrs, "seed": seed, "confidence": confidence})


def _random_memories(net: Network, count: int, seed: int) -> np.ndarray:
    if net.n_hidden <= patterns.MAX_ENUMERATED and 2**net.n_hidden <= count:
        states = patterns.all_hidden_states(net.n_hidden)
    else:
        states = patterns.random_hidden_states(net.n_hidden, count, seed=seed)
    return states[theory.stability_margin(net, states) > 0]


def _median(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(np.median(values)) if values.size else np.nan
