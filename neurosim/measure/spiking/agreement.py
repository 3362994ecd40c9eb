"""Agreement of the spiking model, or of any engine, with the rate model on the same cues.

The rate model runs in the exact engine, the spiking model in Brian2 (`neurosim.cells`). The state of a spiking recall
is decoded from its filtered spike trains, a > ½. Latency has one definition for both: the time after which the decoded
state is the final one (`neurosim.measure.spiking.latency`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import Network, theory
from neurosim.cells import LIF, OnOff, Poisson, Regular, SpikingCell
from neurosim.engines import Brian, Engine, get_engine
from neurosim.errors import InvalidInput
from neurosim.measure.spiking.paired import MEASURES, SPIKING, paired_recalls
from neurosim.measure.statistics import OVER_NETWORKS, share_variables, summarise
from neurosim.validation import binary_array, instance, one_of, real_numbers, takes

SWEPT = ("t_ref", "tau_h", "n_cells", "noise")
KINDS = {"regular": Regular(), "lif": LIF(), "poisson": Poisson()}
RELATIVE_NOISE = (0.0, 0.5, 1.0)  # of the rms of the memories


def rate_and_spiking(
    networks: Network | Sequence[Network],
    noise_levels: Sequence[float],
    *,
    engine: str | Engine = SPIKING,
    targets: np.ndarray | None = None,
    n_cues: int = 256,
    seed: int,
    duration: Any = None,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Recall the same noisy cues in both models.

    Parameters
    ----------
    networks : Network or sequence of Network
        Intervals are over networks; for one Network they are over its cues and hold for this network only.
    noise_levels : sequence of float
        σ_v on the cue.
    engine : Engine or str, default ``Brian(cells="regular", target="cpp_standalone", formulation="fastest")``
        What is compared with the rate model. Its default step is at most 0.1 ms.
    targets : ndarray (target, hidden) bool, optional
        For one network, the states to recall, at most `n_cues` of them. Default: all states, or random ones.
    n_cues : int, default 256
        Cues per network and level.
    seed : int
        Seed of the targets, the noise and the random numbers of the engine.
    duration : time, default 20·max(τ_v, τ_h)
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset over noise_std
        Each of `MEASURES`, with `_lower` and `_upper`; NaN where the engine does not count spikes.

    Raises
    ------
    InvalidInput
        No network, no level, or targets for several networks.

    See Also
    --------
    region : Agreement against one parameter of the cells.
    compare_cells : Agreement for several kinds of cell.
    neurosim.measure.spiking.dislodging.dislodge : A second cue during a held memory.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.engines import Brian
    >>> from neurosim.measure.spiking.agreement import rate_and_spiking
    >>> nets = [Network.gaussian(400, 4, tau_v=5e-3, seed=seed) for seed in range(2)]
    >>> spiking = Brian(cells="regular", codegen="numpy", formulation="fastest")
    >>> found = rate_and_spiking(nets, [0.0], engine=spiking, n_cues=8, seed=0)
    >>> found.same_state.values
    array([1.])
    """
    engine, levels = get_engine(engine), np.array(real_numbers(noise_levels, "noise_levels", at_least=0))
    settings = [(engine, {}, level) for level in levels]
    grid = paired_recalls(networks, settings, targets, n_cues, seed, duration, progress)
    one = isinstance(networks, Network)
    variables = _summarise(grid, ("noise_std",), (len(levels),), one, confidence)
    coords = {"noise_std": ("noise_std", levels, {"long_name": "std of the noise on the cue σ_v", "units": "1"})}
    return xarray.Dataset(variables, coords, _attrs(networks, n_cues, seed, confidence, engine))


@takes(kinds=Mapping, engine=Brian)
def region(
    networks: Network | Sequence[Network],
    parameter: str,
    values: Sequence[float],
    *,
    kinds: Mapping[str, SpikingCell] = KINDS,
    engine: Brian = SPIKING,
    noise_std: float = 1.0,
    n_cues: int = 64,
    seed: int,
    duration: Any = None,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Compare both models against one parameter of the cells, for several kinds of cell.

    Parameters
    ----------
    networks : Network or sequence of Network
    parameter : {"t_ref", "tau_h", "n_cells", "noise"}
        Parameter of the cells; "tau_h" is that of the network and changes the rate model too. Times in seconds.
    values : sequence of float
    kinds : mapping of label to SpikingCell
    engine : Brian, default as in `rate_and_spiking`
        Its cells are replaced by those of `kinds`.
    noise_std : float, default 1
        σ_v on the cue.
    n_cues, seed, duration, confidence, progress
        As in `rate_and_spiking`.

    Returns
    -------
    xarray.Dataset over (kind, value)

    Raises
    ------
    InvalidInput
        An unknown parameter, or a value that breaks its rule.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.spiking.agreement import region
    >>> from neurosim.cells import Regular
    >>> from neurosim.engines import Brian
    >>> nets = [Network.gaussian(400, 4, tau_v=5e-3, seed=seed) for seed in range(2)]
    >>> options = {"kinds": {"regular": Regular()}, "n_cues": 8, "engine": Brian(codegen="numpy")}
    >>> region(nets, "t_ref", [1e-3, 2e-3], seed=0, **options).same_state.dims
    ('kind', 'value')
    """
    one_of(parameter, "parameter", SWEPT)
    if not kinds:
        raise InvalidInput("kinds must map labels to at least one kind of cell, got none")
    for name, cells in kinds.items():
        instance(cells, f"the cells {name}", SpikingCell)
    at = np.array(real_numbers(values, "values", at_least=0))
    settings = []
    for cells in kinds.values():
        for value in at:
            change = {} if parameter == "tau_h" else {parameter: int(value) if parameter == "n_cells" else float(value)}
            with_cells = engine.replace(cells=cells.replace(**change))
            settings.append((with_cells, {"tau_h": value} if parameter == "tau_h" else {}, noise_std))
    grid = paired_recalls(networks, settings, None, n_cues, seed, duration, progress)
    shape = (len(kinds), len(at))
    variables = _summarise(grid, ("kind", "value"), shape, isinstance(networks, Network), confidence)
    unit = "s" if parameter in ("t_ref", "tau_h") else "1"
    coords = {"kind": list(kinds), "value": ("value", at, {"long_name": parameter, "units": unit})}
    attrs = _attrs(networks, n_cues, seed, confidence, engine) | {"parameter": parameter, "noise_std": noise_std}
    return xarray.Dataset(variables, coords, attrs)


@takes(kinds=Mapping, engine=Brian)
def compare_cells(
    networks: Sequence[Network],
    kinds: Mapping[str, tuple[SpikingCell, float]],
    *,
    engine: Brian = SPIKING,
    noise_std: float = 1.0,
    n_cues: int = 64,
    seed: int,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Compare several kinds of spiking cell with the rate model, each at its own τ_v.

    Parameters
    ----------
    networks : sequence of Network
    kinds : mapping of label to (SpikingCell, τ_v in seconds)
    engine : Brian, default as in `rate_and_spiking`
        Its cells are replaced by those of `kinds`.
    noise_std : float, default 1
        σ_v on the cue.
    n_cues : int, default 64
        Cues per network. Visible neurons that spike take long to simulate and get a quarter of the cues.
    seed, confidence, progress
        As in `rate_and_spiking`. Each recall lasts 12 τ_v.

    Returns
    -------
    xarray.Dataset over cells
        Each of `MEASURES`, with `_lower` and `_upper`.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.cells import LIF, Poisson
    >>> from neurosim.engines import Brian
    >>> from neurosim.measure.spiking.agreement import compare_cells
    >>> nets = [Network.gaussian(400, 4, seed=seed) for seed in range(2)]
    >>> kinds = {"LIF": (LIF(), 5e-3), "10 Poisson cells": (Poisson(n_cells=10), 5e-3)}
    >>> compare_cells(nets, kinds, engine=Brian(codegen="numpy"), n_cues=4, seed=0).same_state.dims
    ('cells',)
    """
    parts = []
    for cells, tau_v in kinds.values():
        count = max(1, n_cues // 4) if isinstance(cells.visible, OnOff) else n_cues
        shared: dict[str, Any] = {"n_cues": count, "seed": seed, "progress": progress, "duration": 12 * tau_v}
        shared |= {"engine": engine.replace(cells=cells), "confidence": confidence}
        nets = [net.replace(tau_v=tau_v) for net in networks]
        parts.append(rate_and_spiking(nets, [noise_std], **shared))
    joined = xarray.concat([part.isel(noise_std=0, drop=True) for part in parts], dim="cells", combine_attrs="drop")
    attrs = parts[0].attrs | engine.attributes() | {"noise_std": noise_std}
    return joined.assign_coords(cells=list(kinds)).assign_attrs(attrs)


@takes(net=Network)
def recall_of_memories(
    net: Network,
    memories: np.ndarray,
    *,
    relative_noise: Sequence[float] = RELATIVE_NOISE,
    engine: str | Engine = SPIKING,
    n_cues: int = 512,
    seed: int,
    progress: bool = False,
) -> xarray.Dataset:
    """Compare both models on the memories of a trained network, with noise relative to the size of the memories.

    Parameters
    ----------
    net : Network
    memories : ndarray (memory, hidden) bool
    relative_noise : sequence of float, default (0, 0.5, 1)
        σ_v over the rms of the memories' visible states.
    engine : Engine or str, default as in `rate_and_spiking`
    n_cues : int, default 512
    seed : int
    progress : bool, default False

    Returns
    -------
    xarray.Dataset over noise_std
        As `rate_and_spiking`; attrs memory_rms.

    Raises
    ------
    InvalidInput
        No memory has an active neuron, so that there is nothing to which the noise is relative.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.engines import Brian
    >>> from neurosim.measure.spiking.agreement import recall_of_memories
    >>> net = Network.gaussian(400, 4, tau_v=5e-3, seed=0)
    >>> memories = patterns.random_hidden_states(4, 8, seed=1)
    >>> spiking = Brian(cells="regular", codegen="numpy")
    >>> found = recall_of_memories(net, memories, relative_noise=[0.0], seed=2, engine=spiking)
    >>> found.sizes["noise_std"], found.recalled_rate_trials.item()
    (1, 8.0)
    """
    memories = binary_array(memories, "memories", {"memory": None, "hidden": net.n_hidden})
    if not memories.any():
        raise InvalidInput(
            f"memories must have an active neuron, since the noise is relative to their rms, got {len(memories)} "
            "without; use rate_and_spiking, whose noise is absolute"
        )
    parts = (memories[start : start + 1000] for start in range(0, len(memories), 1000))
    power = sum(float((theory.visible_state(net, part) ** 2).sum()) for part in parts)
    rms = float(np.sqrt(power / (len(memories) * net.n_visible)))
    levels = [share * rms for share in real_numbers(relative_noise, "relative_noise", at_least=0)]
    shared: dict[str, Any] = {"n_cues": n_cues, "seed": seed, "engine": engine, "progress": progress}
    found = rate_and_spiking(net, levels, targets=memories, **shared)
    return found.assign_attrs(memory_rms=rms)


def _summarise(
    grid: list[list[dict[str, np.ndarray]]], dims: tuple[str, ...], shape: tuple[int, ...], one: bool, confidence: float
) -> dict[str, Any]:
    """Return `MEASURES` with intervals over networks, or over the cues of the only network."""
    if not one:
        means = {name: np.array([[_mean(both[name]) for both in row] for row in grid]) for name in MEASURES}
        for trials, name in (("n_cues", "recalled_rate"), ("n_compared", "same_state")):
            means[trials] = np.array([[np.isfinite(both[name]).sum() for both in row] for row in grid])
        raw = {name: xarray.DataArray(m.reshape(*shape, -1), dims=(*dims, "network")) for name, m in means.items()}
        return summarise(raw, MEASURES, confidence=confidence)
    variables: dict[str, Any] = {}
    cues = {name: np.array([row[0][name] for row in grid], dtype=float).reshape(*shape, -1) for name in MEASURES}
    for name, measurement in MEASURES.items():
        if measurement.trials is not None:
            counts = np.nansum(cues[name], axis=-1).astype(int), np.isfinite(cues[name]).sum(axis=-1)
            variables |= share_variables(name, dims, *counts, measurement.long_name, confidence=confidence)
    each = {name: xarray.DataArray(cues[name], dims=(*dims, "cue")) for name in MEASURES if name not in variables}
    over_cues = summarise(each, {name: MEASURES[name] for name in each}, over="cue", confidence=confidence)
    return variables | {name: value for name, value in over_cues.items() if not name.endswith("_by_cue")}


def _mean(values: np.ndarray) -> float:
    values = np.asarray(values, dtype=float)
    return float(np.nanmean(values)) if np.isfinite(values).any() else np.nan


def _attrs(
    networks: Network | Sequence[Network], n_cues: int, seed: int, confidence: float, engine: Engine
) -> dict[str, Any]:
    one = isinstance(networks, Network)
    return {
        "n_networks": 1 if one else len(networks),
        "n_trials": n_cues,
        "seed": seed,
        "confidence": confidence,
        "intervals_over": "the cues of this one network (shares: Wilson; bits: free of assumptions; others: Student t)"
        if one
        else OVER_NETWORKS,
        **engine.attributes(),
    }
