"""Recall trials: cues made from known hidden states, recalled, compared with what they were made from.

One rule for "recalled perfectly", here and nowhere else: the recall settled, and its hidden state is the
target's. (A recall that has not settled is in no attractor; see `analysis.attractors.unique`.)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tqdm import tqdm

from analysis.statistics import Interval, labelled, mean_interval, proportion_interval, spawn_seeds
from neurosim import Heaviside, InvalidInput, Network, Outcome, patterns, recall

CUE_BYTES = 64e6  # cues in memory at once


@dataclass(frozen=True)
class Trials:
    """What became of some cues of one network; arrays over cues.

    Parameters
    ----------
    recalled : ndarray (cue,) bool
        Settled, in the target state.
    agreement : ndarray (cue,) float
        Share of the hidden neurons that end as in the target, settled or not.
    settle_time : ndarray (cue,) float
        Last threshold crossing in units of τ_h (its mean, if there is one per neuron); NaN if not settled.
    complete : bool
        Whether these are all the cues there are: every target, without noise. Then nothing was sampled.
    """

    recalled: np.ndarray
    agreement: np.ndarray
    settle_time: np.ndarray
    complete: bool = False

    @property
    def settled(self) -> np.ndarray:
        """Whether each recall settled, (cue,) bool."""
        return ~np.isnan(self.settle_time)


def run_trials(
    net: Network, targets: np.ndarray, *, noise_std: float, seed: int, engine: str, duration: Any = None
) -> Trials:
    """Recall each target from its own visible state plus noise (eq. 12), in chunks of `CUE_BYTES`.

    Parameters
    ----------
    net : Network
    targets : ndarray (cue, hidden) bool
    noise_std : float
        σ_v. The noise is the same standard normal sample times σ_v for every σ_v, given the seed.
    seed : int
        Of the noise.
    engine : str
    duration : time, optional
    """
    rows = max(1, int(CUE_BYTES // (8 * net.n_visible)))
    starts = range(0, len(targets), rows)
    parts = []
    for start, chunk_seed in zip(starts, spawn_seeds(seed, len(starts)), strict=True):
        wanted = np.asarray(targets[start : start + rows], dtype=bool)
        cues = patterns.visible_cues(net, wanted, noise_std=noise_std, seed=chunk_seed)
        out = recall(net, cues, engine=engine, duration=duration, read_out=False, **engine_options(net, engine))
        same = out.hidden_active.values == wanted
        settled = out.outcome.values == Outcome.SETTLED
        parts.append((same.all(axis=1) & settled, same.mean(axis=1), out.settle_time.values / net.tau_h.mean()))
    recalled, agreement, settle_time = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Trials(recalled, agreement, settle_time)


def engine_options(net: Network, engine: str) -> dict[str, Any]:
    """Return how sweeps run an engine: Brian2 as a compiled program, the same one for every level and network."""
    if engine != "brian":
        return {}
    reducible = isinstance(net.hidden_activation, Heaviside) and not net.tau_v.ndim
    return {"target": "cpp_standalone", "formulation": "reduced" if reducible else "summed"}


def random_targets(n_hidden: int, n_cues: int, seed: int) -> np.ndarray:
    """Return (cue, hidden) bool: all 2^N_h states where `n_cues` suffices, else `n_cues` random ones."""
    if n_hidden <= patterns.MAX_ENUMERATED and 2**n_hidden <= n_cues:
        return patterns.all_hidden_states(n_hidden)
    return patterns.random_hidden_states(n_hidden, n_cues, seed=seed)


def trial_grid(
    networks: Network | Sequence[Network],
    levels: Sequence[float],
    at_level: Callable[[Network, float], tuple[Network, float]],
    *,
    targets: np.ndarray | None,
    n_cues: int,
    seed: int,
    engine: str,
    duration: Any,
    progress: bool,
) -> list[list[Trials]]:
    """Run the trials of every network at every level; the same targets and noise samples at every level.

    Parameters
    ----------
    networks : Network or sequence of Network
    levels : sequence of float
    at_level : callable (network, level) → (network, noise_std)
    targets : ndarray (target, hidden) bool, optional
        For a single network: the states to recall; at most `n_cues` of them, drawn without replacement.
        Otherwise each network gets its own `random_targets`.
    n_cues, seed, engine, duration, progress
        As in `analysis.basins.recall_vs_noise`.

    Returns
    -------
    list over levels of list over networks of Trials
    """
    nets = [networks] if isinstance(networks, Network) else list(networks)
    if not nets or not all(isinstance(net, Network) for net in nets):
        raise InvalidInput("networks must be a Network or a non-empty sequence of Networks")
    if n_cues < 1:
        raise InvalidInput(f"n_cues must be at least 1, got {n_cues}")
    if targets is not None and not isinstance(networks, Network):
        raise InvalidInput("targets belong to one network; give one Network, or leave targets out")
    setups, all_used = [], True
    for net, net_seed in zip(nets, spawn_seeds(seed, len(nets)), strict=True):
        target_seed, noise_seed = spawn_seeds(net_seed, 2)
        wanted = random_targets(net.n_hidden, n_cues, target_seed)
        all_used &= len(wanted) == 2**net.n_hidden if targets is None else len(targets) <= n_cues
        if targets is not None:
            wanted = _some_of(_checked_targets(net, targets), n_cues, target_seed)
        setups.append((net, wanted, noise_seed))
    bar = tqdm(total=len(levels) * len(nets), disable=None if progress else True, desc="recall", leave=False)
    grid = []
    with bar:
        for level in levels:
            row = []
            for net, wanted, noise_seed in setups:
                changed, noise_std = at_level(net, level)
                options = {"noise_std": noise_std, "seed": noise_seed, "engine": engine, "duration": duration}
                trials = run_trials(changed, wanted, **options)
                row.append(replace(trials, complete=all_used and noise_std == 0))
                bar.update()
            grid.append(row)
    return grid


def _checked_targets(net: Network, targets: Any) -> np.ndarray:
    targets = np.asarray(targets)
    if targets.ndim != 2 or targets.shape[1] != net.n_hidden or not len(targets):
        raise InvalidInput(f"targets must have shape (target, hidden) = (≥1, {net.n_hidden}), got {targets.shape}")
    if not np.isin(targets, (0, 1)).all():
        raise InvalidInput("targets must be binary (bool, or 0 and 1)")
    return targets.astype(bool)


def _some_of(targets: np.ndarray, n_cues: int, seed: int) -> np.ndarray:
    if len(targets) <= n_cues:
        return targets
    return targets[np.sort(np.random.default_rng(seed).choice(len(targets), n_cues, replace=False))]


def summarise(grid: list[list[Trials]], dim: str, *, over_networks: bool, confidence: float) -> dict[Hashable, Any]:
    """Return Dataset variables with intervals: over networks, or over the trials of the only network.

    `recalled`, `settled` (shares), `agreement` (share of bits), `settle_time` (τ_h), each with `_lower` and
    `_upper`; with several networks also `recalled_by_network` (dim, network).
    """
    texts = {
        "recalled": ("share of cues recalled perfectly", "1"),
        "settled": ("share of recalls that settled", "1"),
        "agreement": ("mean share of hidden neurons as in the target", "1"),
        "settle_time": ("mean time of the last crossing, of settled recalls", "tau_h"),
    }
    variables: dict[Hashable, Any] = {}
    for name, (long_name, units) in texts.items():
        if over_networks:
            values = np.array([[_mean(getattr(trials, name)) for trials in row] for row in grid])
            bounds = None if name == "settle_time" else (0.0, 1.0)
            interval = mean_interval(values, axis=1, confidence=confidence, bounds=bounds)
            if name == "recalled":
                attrs = {"long_name": f"{long_name}, of each network", "units": units}
                variables["recalled_by_network"] = ((dim, "network"), values, attrs)
        else:
            interval = _over_trials(name, [row[0] for row in grid], confidence)
        variables.update(labelled(name, (dim,), interval, long_name, units))
    return variables


def _over_trials(name: str, row: list[Trials], confidence: float) -> Interval:
    """Return the interval over one network's trials, of no width where they are all the trials there are."""
    values = np.array([getattr(trials, name) for trials in row])
    if values.dtype == bool:
        interval = proportion_interval(values.sum(axis=1), values.shape[1], confidence=confidence)
    else:
        bounds = (0.0, 1.0) if name == "agreement" else None
        interval = mean_interval(values, axis=1, confidence=confidence, bounds=bounds)
    complete = np.array([trials.complete for trials in row])
    lower, upper = (np.where(complete, interval.estimate, limit) for limit in (interval.lower, interval.upper))
    return Interval(interval.estimate, lower, upper)


def _mean(values: np.ndarray) -> float:
    """Return the mean of the values that are not NaN; NaN if there is none."""
    values = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    return float(values.mean()) if values.size else np.nan


def trial_attrs(
    grid: list[list[Trials]],
    *,
    over_networks: bool,
    seed: int,
    engine: str,
    confidence: float,
    targets: np.ndarray | None,
) -> dict[str, Any]:
    """Return the attrs that say how many trials there were, and what the intervals are over."""
    sizes = {len(trials.recalled) for trials in grid[0]}
    one = "the cues of this one network (Wilson; Student t for means); none where all were tried without noise"
    over = "networks (Student t)" if over_networks else one
    return {
        "method": "recall",
        "engine": engine,
        "seed": seed,
        "n_networks": len(grid[0]),
        "n_trials": max(sizes),  # cues per network and level
        "targets": "hidden states (all, or sampled uniformly)" if targets is None else "given",
        "confidence": confidence,
        "intervals_over": over,
    }
