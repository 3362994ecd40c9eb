"""Time constants: recall against the ratio τ_v/τ_h (Fig. 11, appendix G)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import InvalidInput, Network
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.statistics import Interval, bootstrap_limits, interval_variables
from neurosim.validation import real


def recall_vs_ratio(
    networks: Network | Sequence[Network] | int,
    ratios: Sequence[float],
    *,
    seed: int,
    **options: Any,
) -> xarray.Dataset:
    """Measure the share of cues recalled perfectly from h(0) = 0 at each τ_v/τ_h; τ_h is fixed.

    Parameters
    ----------
    networks, seed, **options
        As in `neurosim.measure.recall.curves.recall_sweep`. The default duration is 20·max(τ_v, τ_h), so longer for
        larger ratios; for an engine that compiles, that of the largest ratio for all.
    ratios : sequence of float
        τ_v over the mean τ_h.

    Returns
    -------
    xarray.Dataset over ratio

    See Also
    --------
    ratio_for : The ratio that a share of the cues needs.
    neurosim.measure.recall_sweep : Curves over any other setting.
    neurosim.theory.recall_vs_ratio_law : The theoretical curve.

    Examples
    --------
    >>> from neurosim.measure import recall_vs_ratio
    >>> curve = recall_vs_ratio(3, [1, 4, 20], seed=0, n_hidden=5)
    >>> bool(curve.recalled[0] < 0.2), bool(curve.recalled[2] > 0.95)
    (True, True)
    """
    return recall_sweep(networks, {"ratio": ratios}, seed=seed, **options)


def ratio_for(curve: xarray.Dataset, share: float, *, n_bootstrap: int = 2000, seed: int = 0) -> xarray.Dataset:
    """Find the smallest τ_v/τ_h above which at least a share of the cues is recalled.

    Parameters
    ----------
    curve : xarray.Dataset over ratio
        From `recall_vs_ratio` on several networks.
    share : float in (0, 1)
    n_bootstrap : int, default 2000
        Resamples of the networks, for the interval.
    seed : int, default 0
        Seed of the resamples.

    Returns
    -------
    xarray.Dataset
        ratio with `_lower` and `_upper`, 0-dimensional: between the last measured ratio below the share and the next,
        interpolated linearly in log τ_v/τ_h; the limits are from bootstrap samples of the networks
        (`neurosim.measure.statistics.bootstrap_limits`). Infinite where the share is not reached within the measured
        range.

    Raises
    ------
    InvalidInput
        share is not in (0, 1), or the curve is of one network.

    Examples
    --------
    >>> from neurosim.measure import ratio_for, recall_vs_ratio
    >>> curve = recall_vs_ratio(3, [1, 2, 3, 4, 6, 20], seed=0, n_hidden=5)
    >>> found = ratio_for(curve, 0.9, n_bootstrap=200)
    >>> bool(2 < found.ratio < 6) and bool(found.ratio_lower <= found.ratio <= found.ratio_upper)
    True
    """
    real(share, "share", above=0, below=1, remedy="for instance 0.99")
    if "recalled_by_network" not in curve:
        raise InvalidInput("ratio_for needs a curve of several networks; its interval is over them")
    each = curve.recalled_by_network.transpose("network", "ratio").values
    resampled = np.random.default_rng(seed).integers(len(each), size=(n_bootstrap, len(each)))
    x = np.log(curve.ratio.values)
    drawn = np.exp([_last_passage(x, each[rows].mean(axis=0), share) for rows in resampled])
    limits = bootstrap_limits(drawn, len(each), confidence=curve.attrs["confidence"])
    values = np.exp(_last_passage(x, each.mean(axis=0), share)), *limits
    text = f"ratio of time constants above which {100 * share:g}% are recalled"
    interval = Interval(*(np.array(value) for value in values))
    variables = interval_variables("ratio", (), interval, text)
    return xarray.Dataset(variables, attrs=curve.attrs | {"share": share, "intervals_over": "networks (bootstrap)"})


def _last_passage(x: np.ndarray, y: np.ndarray, level: float) -> float:
    """Return the x above which y stays at or above a level, interpolated; inf if it ends below it."""
    below = np.flatnonzero(y < level)
    if not below.size:
        return float(x[0])
    k = below[-1]
    if k == len(y) - 1:
        return np.inf
    return float(x[k] + (x[k + 1] - x[k]) * (level - y[k]) / (y[k + 1] - y[k]))
