"""Time constants: recall against the ratio τ_v/τ_h (Fig. 11, appendix G)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray

from neurosim import InvalidInput, Network
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.statistics import crossing_value, interval_variables
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


def ratio_for(curve: xarray.Dataset, share: float) -> xarray.Dataset:
    """Find the smallest τ_v/τ_h above which at least a share of the cues is recalled.

    Parameters
    ----------
    curve : xarray.Dataset over ratio
        From `recall_vs_ratio` on several networks.
    share : float in (0, 1)

    Returns
    -------
    xarray.Dataset
        ratio, 0-dimensional: between the last measured ratio below the share and the next, interpolated linearly in
        log τ_v/τ_h; `_lower` and `_upper` are measured ratios (`neurosim.measure.statistics.crossing_value`). NaN
        where the share is reached at all measured ratios (lower limit 0) or at none (upper limit infinite).

    Raises
    ------
    InvalidInput
        share is not in (0, 1), or the curve is of one network.

    Notes
    -----
    *Assumption*: the share rises with the ratio. For thresholds well below ½ it falls again at large ratios; give the
    part of the curve up to its peak. For shares near 1 the limits cover less than they state, and lie too low, unless
    there are many more than 1/(1 − share) networks (`neurosim.measure.statistics.crossing_value`).

    Examples
    --------
    >>> from neurosim.measure import ratio_for, recall_vs_ratio
    >>> curve = recall_vs_ratio(3, [1, 2, 3, 4, 6, 20], seed=0, n_hidden=5)
    >>> found = ratio_for(curve, 0.9)
    >>> bool(2 < found.ratio < 6) and bool(found.ratio_lower <= found.ratio <= found.ratio_upper)
    True
    """
    real(share, "share", above=0, below=1, remedy="for instance 0.99")
    if "recalled_by_network" not in curve:
        raise InvalidInput("ratio_for needs a curve of several networks; its interval is over them")
    each = curve.recalled_by_network.transpose("ratio", "network").values
    options = {"level": share, "confidence": curve.attrs["confidence"]}
    interval = crossing_value(curve.ratio.values, each, rising=True, logarithmic=True, **options)
    text = f"ratio of time constants above which {100 * share:g}% are recalled"
    variables = interval_variables("ratio", (), interval, text)
    over = "networks (bootstrap), no finer than the measured ratios"
    return xarray.Dataset(variables, attrs=curve.attrs | {"share": share, "intervals_over": over})
