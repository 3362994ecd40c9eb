"""How far a cue may lie from a memory: recall against cue noise (Fig. 1b, eqs. 12–15, 36–40)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from analysis import trials
from neurosim import InvalidInput, Network, theory


def recall_vs_noise(
    networks: Network | Sequence[Network],
    noise_levels: Sequence[float] | np.ndarray,
    *,
    targets: np.ndarray | None = None,
    n_cues: int = 1024,
    seed: int,
    engine: str = "event",
    duration: Any = None,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Measure which share of noisy cues is recalled perfectly: v(0) = ξs/√N_h + ε, ε ~ N(0, σ_v²), h(0) = 0.

    Parameters
    ----------
    networks : Network or sequence of Network
        Several independent networks: intervals over networks. One network: over its cues, about this network
        only.
    noise_levels : sequence or array of float
        σ_v, dimensionless (eq. 13).
    targets : ndarray (target, hidden) bool, optional
        For one network: the hidden states to recall, such as the minima that a learned network has stored.
        Default: all 2^N_h states if `n_cues` is enough for them, else `n_cues` random ones, anew per network.
    n_cues : int, default 1024
        Cues per network and level, one a target; at most so many of `targets`, drawn without replacement.
    seed : int
        Of the targets and the noise. Each level uses the same targets and the same noise samples times σ_v,
        so that levels are compared pairwise; points along the curve are therefore not independent of each
        other.
    engine : str, default "event"
    duration : time, optional
        As in `neurosim.recall`.
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset over noise_std
        recalled, agreement, settled, settle_time (in τ_h), each with `_lower` and `_upper`; bound (eq. 38,
        mean over networks): a lower bound for Gaussian weights in the limit τ_v ≫ τ_h, NaN unless all
        networks are Gaussian with thresholds in (0, 1); recalled_by_network (noise_std, network) if there are
        several.

    Raises
    ------
    InvalidInput
        No network, a negative level, targets that do not fit or are given for several networks.
    """
    levels = np.atleast_1d(np.asarray(noise_levels, dtype=float))
    if levels.ndim != 1 or not levels.size or not (np.isfinite(levels) & (levels >= 0)).all():
        raise InvalidInput(f"noise_levels must be finite and >= 0, at least one, got {noise_levels}")
    over_networks = not isinstance(networks, Network)
    grid = trials.trial_grid(
        networks,
        levels.tolist(),
        lambda net, noise_std: (net, noise_std),
        targets=targets,
        n_cues=n_cues,
        seed=seed,
        engine=engine,
        duration=duration,
        progress=progress,
    )
    variables = trials.summarise(grid, "noise_std", over_networks=over_networks, confidence=confidence)
    nets = list(networks) if over_networks else [networks]
    variables["bound"] = (
        "noise_std",
        np.array([np.mean([flip_bound(net, level) for net in nets]) for level in levels]),
        {"long_name": "lower bound on perfect recall, eq. (38); NaN where it does not apply", "units": "1"},
    )
    coords = {"noise_std": ("noise_std", levels, {"long_name": "noise on the visible cue σ_v", "units": "1"})}
    attrs = trials.trial_attrs(
        grid, over_networks=over_networks, seed=seed, engine=engine, confidence=confidence, targets=targets
    )
    return xarray.Dataset(variables, coords, attrs)


def flip_bound(net: Network, noise_std: float) -> float:
    """Return eq. (38)'s lower bound on no bit flip, or NaN unless weights are Gaussian and 0 < θ < 1."""
    inside = bool(((net.threshold > 0) & (net.threshold < 1)).all())
    if not (net.is_symmetric and inside and net.provenance.get("weights") == "gaussian"):
        return np.nan
    return theory.bit_flip_bound(net, noise_std).none
