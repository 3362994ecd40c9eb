"""Tolerated noise on the cue: recall curves, and the level at which half of the recalls fail (Fig. 1b, eqs. 12–15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import Network, Outcome, recall, theory
from neurosim.engines import Engine, get_engine
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.statistics import NOT_NEGATIVE, interval_variables, median_interval
from neurosim.seeds import spawn_seeds
from neurosim.validation import binary_array, generator, takes, whole

_WIDEST = 1e6  # times the rms of the memories; a cue that is recalled at this noise is recalled at every one


def recall_vs_noise(
    networks: Network | Sequence[Network] | int, noise_levels: Sequence[float], *, seed: int, **options: Any
) -> xarray.Dataset:
    """Measure which share of noisy cues is recalled perfectly: v(0) = ξs/√N_h + ε, ε ~ N(0, σ_v²), h(0) = 0.

    Parameters
    ----------
    networks, seed, **options
        As in `neurosim.measure.recall.curves.recall_sweep`.
    noise_levels : sequence of float
        σ_v, dimensionless (eq. 13).

    Returns
    -------
    xarray.Dataset over noise_std

    See Also
    --------
    noise_at_half_recall : The tolerated noise of each memory.

    Examples
    --------
    >>> from neurosim.measure import recall_vs_noise
    >>> curve = recall_vs_noise(3, [0, 8], seed=0, n_hidden=5)
    >>> bool(curve.recalled[0] > curve.recalled[1])
    True
    """
    return recall_sweep(networks, {"noise_std": noise_levels}, seed=seed, **options)


@takes(net=Network)
def noise_at_half_recall(
    net: Network,
    memories: np.ndarray,
    *,
    n_draws: int = 101,
    seed: int,
    engine: str | Engine = "event",
    confidence: float = 0.95,
    steps: int = 20,
) -> xarray.Dataset:
    """Find, for each memory, the noise level at which half of its noisy cues are recalled.

    For each memory and noise sample ε, bisection finds the σ_v at which the cue ξs/√N_h + σ_v ε is no longer recalled.
    The level is the median over samples. Its interval is that of a median, from order statistics, and needs no
    assumptions about the distribution.

    Parameters
    ----------
    net : Network
    memories : ndarray (memory, hidden) bool
    n_draws : int, default 101
        Noise samples ε per memory.
    seed : int
    engine : Engine or str, default "event"
        As in `neurosim.recall`. Random numbers of the engine are the same at all levels.
    confidence : float, default 0.95
    steps : int, default 20
        Halvings; the level is known to 2^−steps of the bracket, which starts at the first doubling that fails.

    Returns
    -------
    xarray.Dataset over memory
        noise_at_half with `_lower` and `_upper`: 0 for a memory that is not recalled without noise, NaN where more
        than half of the samples are recalled however strong they are (an infinite limit: those beyond it are);
        relative_noise: the same in units of the rms over all memories and visible neurons; n_active: active hidden
        neurons.

    Raises
    ------
    InvalidInput
        No memory, or memories that are not (memory, hidden).

    Notes
    -----
    Recall need not be monotone along a ray. Bisection finds one level at which recall turns to failure, not necessarily
    the first. Where it is the only one on every ray, half of the cues are recalled at the level.

    See Also
    --------
    recall_vs_noise : The share recalled over noise levels.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure import noise_at_half_recall
    >>> net = Network.gaussian(200, 5, seed=1)
    >>> found = noise_at_half_recall(net, patterns.all_hidden_states(5)[[3, 17]], n_draws=15, seed=2)
    >>> bool((found.noise_at_half_lower < found.noise_at_half).all()), found.n_active.values.tolist()
    (True, [2, 2])
    """
    engine = get_engine(engine)
    memories = binary_array(memories, "memories", {"memory": None, "hidden": net.n_hidden})
    n_draws, steps = whole(n_draws, "n_draws"), whole(steps, "steps")
    rms = float(np.sqrt(np.mean(theory.visible_state(net, memories) ** 2))) or 1.0
    seeds = spawn_seeds(seed, len(memories))
    level = np.array(
        [
            _breaking_noise(net, memory, n_draws, rms, steps, engine, own)
            for memory, own in zip(memories, seeds, strict=True)
        ]
    )
    median = median_interval(level, axis=1, confidence=confidence, bounds=NOT_NEGATIVE)
    text = "noise on the cue at which half of the recalls fail"
    variables: dict[str, Any] = interval_variables("noise_at_half", ("memory",), median, text)
    relative = {"long_name": f"{text}, over the rms of the memories", "units": "1"}
    variables["relative_noise"] = ("memory", median.estimate / rms, relative)
    variables["n_active"] = ("memory", memories.sum(axis=1), {"long_name": "active neurons", "units": "1"})
    attrs = {
        "method": "bisection along noise samples",
        **engine.attributes(),
        "seed": seed,
        "n_networks": 1,
        "n_trials": n_draws,
        "memory_rms": rms,
        "confidence": confidence,
        "intervals_over": "noise samples (order statistics of the median)",
    }
    return xarray.Dataset(variables, attrs=attrs)


def _breaking_noise(
    net: Network, memory: np.ndarray, n_draws: int, start: float, steps: int, engine: Engine, seed: int
) -> np.ndarray:
    """Return, for each noise sample, a level at which recall turns to failure, (draw,).

    It is 0 if the recall fails without noise, and infinite if it fails at no level.
    """
    cue, noise = theory.visible_state(net, memory), generator(seed).standard_normal((n_draws, net.n_visible))

    def fails(levels: np.ndarray) -> np.ndarray:
        out = recall(net, cue + levels[:, None] * noise, engine=engine, read_out=False, seed=seed)
        return (out.hidden_active.values != memory).any(axis=1) | (out.outcome.values != Outcome.SETTLED)

    low, high = np.zeros(len(noise)), np.full(len(noise), start)
    broken = fails(low)
    while not (found := fails(high)).all() and high.max() < _WIDEST * start:
        low, high = np.where(found, low, high), np.where(found, high, 2 * high)
    for _ in range(steps):
        middle = (low + high) / 2
        failed = fails(middle)
        low, high = np.where(failed, low, middle), np.where(failed, middle, high)
    return np.where(broken, 0.0, np.where(found, high, np.inf))
