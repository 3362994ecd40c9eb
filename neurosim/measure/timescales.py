"""How much slower the visible layer must be: recall against τ_v/τ_h (Fig. 11, appendix G)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import InvalidInput, Network
from neurosim.measure.recall.curves import recall_sweep


def recall_vs_ratio(
    networks: Network | Sequence[Network] | int,
    ratios: Sequence[float],
    *,
    seed: int,
    engine: str = "event",
    duration: Any = None,
    **options: Any,
) -> xarray.Dataset:
    """Measure which share of cues is recalled perfectly from h(0) = 0 at each τ_v/τ_h; τ_h stays, τ_v changes.

    Parameters
    ----------
    networks, seed, engine, **options
        As in `neurosim.measure.recall.curves.recall_sweep`.
    ratios : sequence of float
        τ_v over the mean τ_h.
    duration : time, optional
        Default 20·max(τ_v, τ_h), so longer for larger ratios; engine "brian": that of the largest ratio for all.

    Returns
    -------
    xarray.Dataset over ratio
    """
    if engine == "brian" and duration is None and np.size(ratios):  # one duration: one compiled program for all ratios
        nets = [networks] if isinstance(networks, Network) else [] if isinstance(networks, int) else networks
        tau_h = max((float(net.tau_h.max()) for net in nets), default=1e-3)
        duration = 20 * max(1.0, float(np.max(ratios))) * tau_h
    return recall_sweep(networks, {"ratio": ratios}, seed=seed, engine=engine, duration=duration, **options)


def ratio_for(curve: xarray.Dataset, share: float, *, n_bootstrap: int = 2000, seed: int = 0) -> xarray.Dataset:
    """Find the τ_v/τ_h from which on a share of the cues is recalled: where the mean curve passes it for good.

    Parameters
    ----------
    curve : xarray.Dataset over ratio
        From `recall_vs_ratio` on several networks.
    share : float in (0, 1)
    n_bootstrap : int, default 2000
        Resamples of the networks, for the interval.
    seed : int, default 0
        Of the resamples.

    Returns
    -------
    xarray.Dataset
        ratio with `_lower` and `_upper`, 0-dimensional: between the last measured ratio below the share and the next,
        interpolated linearly in log τ_v/τ_h; the limits are percentiles over bootstrap samples of the networks.
        Infinite where the share is not reached within the measured range.

    Raises
    ------
    InvalidInput
        share is not in (0, 1), or the curve is of one network.

    Notes
    -----
    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
    """
    if not 0 < share < 1:
        raise InvalidInput(f"share must lie between 0 and 1, got {share}; for instance 0.99")
    if "recalled_by_network" not in curve:
        raise InvalidInput("ratio_for needs a curve of several networks; its interval is over them")
    each = curve.recalled_by_network.transpose("network", "ratio").values
    resampled = np.random.default_rng(seed).integers(len(each), size=(n_bootstrap, len(each)))
    x = np.log(curve.ratio.values)
    drawn = np.exp([_last_passage(x, each[rows].mean(axis=0), share) for rows in resampled])
    tail = 50 * (1 - curve.attrs["confidence"])
    values = np.exp(_last_passage(x, each.mean(axis=0), share)), *_percentiles(drawn, tail, 100 - tail)
    text = f"ratio of time constants from which on {100 * share:g}% are recalled"
    notes = {"": "", "_lower": ", lower limit", "_upper": ", upper limit"}
    variables = {
        f"ratio{end}": ((), value, {"long_name": text + note, "units": "1"})
        for (end, note), value in zip(notes.items(), values, strict=True)
    }
    return xarray.Dataset(variables, attrs=curve.attrs | {"share": share, "intervals_over": "networks (bootstrap)"})


def _percentiles(values: np.ndarray, *levels: float) -> list[float]:
    """Return percentiles by rank, so that infinite values are ordered like others."""
    ordered = np.sort(values)
    return [float(ordered[round(level / 100 * (len(ordered) - 1))]) for level in levels]


def _last_passage(x: np.ndarray, y: np.ndarray, level: float) -> float:
    below = np.flatnonzero(y < level)
    if not below.size:
        return float(x[0])
    k = below[-1]
    if k == len(y) - 1:
        return np.inf
    return float(x[k] + (x[k + 1] - x[k]) * (level - y[k]) / (y[k + 1] - y[k]))
