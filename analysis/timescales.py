"""How much slower the visible layer must be: recall against τ_v/τ_h (Fig. 11, appendix G)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from analysis import trials
from neurosim import InvalidInput, Network


def recall_vs_ratio(
    networks: Network | Sequence[Network],
    ratios: Sequence[float] | np.ndarray,
    *,
    noise_std: float = 0.0,
    targets: np.ndarray | None = None,
    n_cues: int = 1024,
    seed: int,
    engine: str = "event",
    duration: Any = None,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Measure which share of cues is recalled perfectly when τ_v = ratio·τ_h, τ_h as it is, from h(0) = 0.

    Parameters
    ----------
    networks : Network or sequence of Network
        Several independent networks: intervals over networks. One network: over its cues, about this network
        only. Their τ_v is replaced; with one τ_h per neuron, the ratio is to their mean.
    ratios : sequence or array of float
        τ_v/τ_h, > 0.
    noise_std : float, default 0
        σ_v on the visible cue (eq. 13).
    targets, n_cues, seed, engine, confidence, progress
        As in `analysis.basins.recall_vs_noise`; 1024 cues are all states of 10 hidden neurons.
    duration : time, optional
        Default 20·max(τ_v, τ_h), so longer for larger ratios; engine "brian": that of the largest ratio for all.

    Returns
    -------
    xarray.Dataset over ratio
        recalled, agreement, settled, settle_time (in τ_h), each with `_lower` and `_upper`;
        recalled_by_network (ratio, network) if there are several.

    Raises
    ------
    InvalidInput
        No network, a ratio that is not > 0, targets that do not fit or are given for several networks.
    """
    values = np.atleast_1d(np.asarray(ratios, dtype=float))
    if values.ndim != 1 or not values.size or not (np.isfinite(values) & (values > 0)).all():
        raise InvalidInput(f"ratios must be finite and > 0, at least one, got {ratios}")
    over_networks = not isinstance(networks, Network)
    if engine == "brian" and duration is None:  # one duration, so that one compiled program does all ratios
        nets = [networks] if isinstance(networks, Network) else networks
        duration = 20 * max(1.0, float(values.max())) * max((float(net.tau_h.max()) for net in nets), default=1.0)
    grid = trials.trial_grid(
        networks,
        values.tolist(),
        lambda net, ratio: (net.replace(tau_v=ratio * float(net.tau_h.mean())), noise_std),
        targets=targets,
        n_cues=n_cues,
        seed=seed,
        engine=engine,
        duration=duration,
        progress=progress,
    )
    variables = trials.summarise(grid, "ratio", over_networks=over_networks, confidence=confidence)
    coords = {"ratio": ("ratio", values, {"long_name": "ratio of time constants τ_v/τ_h", "units": "1"})}
    attrs = trials.trial_attrs(
        grid, over_networks=over_networks, seed=seed, engine=engine, confidence=confidence, targets=targets
    )
    return xarray.Dataset(variables, coords, {**attrs, "noise_std": noise_std})
