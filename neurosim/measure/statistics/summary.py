"""Summaries over networks or trials: estimate and confidence limits as Dataset variables, and as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim.measure.statistics.intervals import Interval, mean_interval

OVER_NETWORKS = "networks (Student t; Clopper-Pearson where all networks agree)"  # a Dataset's intervals_over
_PLAIN_BELOW = 1e9  # numbers with more digits are printed with an exponent


class Measurement(NamedTuple):
    """Description of a measured quantity.

    Parameters
    ----------
    long_name : str
        What is measured, in words, as in a Dataset's attributes.
    units : str, default "1"
    bounds : (float, float), optional
        Smallest and largest value that is possible, for instance (0, 1) for a share. Limits of an interval are
        clipped to them.

    Examples
    --------
    >>> from neurosim.measure.statistics import Measurement
    >>> Measurement("time of the last crossing", "s")
    Measurement(long_name='time of the last crossing', units='s', bounds=None)
    """

    long_name: str
    units: str = "1"
    bounds: tuple[float, float] | None = None


def summarise(
    values: Mapping[Any, xarray.DataArray],
    measurements: Mapping[str, Measurement],
    *,
    over: str = "network",
    confidence: float = 0.95,
) -> dict[str, Any]:
    """Return means over independent networks with confidence limits, as variables of a Dataset.

    Parameters
    ----------
    values : Dataset or mapping of str to DataArray
        For each measurement, one value per network along the dimension `over`; NaN values are left out.
    measurements : mapping of str to Measurement
        The variables of `values` to summarise.
    over : str, default "network"
        The dimension of the independent units.
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    dict of str to (dims, ndarray, attrs)
        For each measurement `name`: its mean `name`, the limits `name_lower` and `name_upper` (`mean_interval`), and
        the values themselves, `name_by_network` (with the name of `over`).

    See Also
    --------
    mean_interval : The interval of one array.
    interval_variables : The same variables from an interval of another kind.
    format_estimate : An estimate and its interval as text.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure.statistics import Measurement, summarise
    >>> values = xarray.Dataset({"recalled": (("noise_std", "network"), [[1.0, 1.0, 1.0], [0.5, 0.75, 0.7]])})
    >>> variables = summarise(values, {"recalled": Measurement("share of cues recalled", bounds=(0, 1))})
    >>> list(variables)
    ['recalled', 'recalled_lower', 'recalled_upper', 'recalled_by_network']
    >>> xarray.Dataset(variables).recalled.values
    array([1.  , 0.65])
    """
    variables: dict[str, Any] = {}
    for name, (long_name, units, bounds) in measurements.items():
        array = values[name]
        numbers, axis = array.values.astype(float), array.dims.index(over)
        dims = [str(dim) for dim in array.dims if dim != over]
        interval = mean_interval(numbers, axis, confidence=confidence, bounds=bounds)
        variables |= interval_variables(name, dims, interval, long_name, units)
        each = {"long_name": f"{long_name}, of each {over}", "units": units}
        variables[f"{name}_by_{over}"] = (array.dims, numbers, each)
    return variables


def interval_variables(
    name: str, dims: Sequence[str], interval: Interval, long_name: str, units: str = "1"
) -> dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]]:
    """Return an interval as the three Dataset variables `name`, `name_lower` and `name_upper`.

    Parameters
    ----------
    name : str
    dims : sequence of str
        Dimensions of the interval's arrays.
    interval : Interval
    long_name : str
    units : str, default "1"

    Returns
    -------
    dict of str to (dims, ndarray, attrs)

    See Also
    --------
    summarise : For means over networks.

    Examples
    --------
    >>> from neurosim.measure.statistics import interval_variables, proportion_interval
    >>> list(interval_variables("settled", (), proportion_interval(9, 10), "share of recalls that settled"))
    ['settled', 'settled_lower', 'settled_upper']
    """
    limits = (("", "", interval.estimate), ("_lower", ", lower limit", interval.lower))
    return {
        f"{name}{suffix}": (tuple(dims), np.asarray(array), {"long_name": long_name + note, "units": units})
        for suffix, note, array in (*limits, ("_upper", ", upper limit", interval.upper))
    }


def format_estimate(
    source: xarray.Dataset | Interval,
    name: str | None = None,
    digits: int = 4,
    *,
    percent: bool = False,
    **where: Any,
) -> str:
    """Return an estimate and its interval as text, "estimate (lower – upper)".

    Parameters
    ----------
    source : xarray.Dataset or Interval
        Single numbers, after the selection `where` if it is given.
    name : str, optional
        For a Dataset: the variable, which has `name_lower` and `name_upper` beside it.
    digits : int, default 4
        Significant digits; whole digits are all printed.
    percent : bool, default False
        Print 0.25 as 25%.
    **where
        For a Dataset: coordinates of the point, as for `Dataset.sel`.

    Returns
    -------
    str
        The estimate alone where it has no interval, as for a single network; a dash where there is no estimate; "≥
        lower limit" where the estimate lies beyond the range that was measured (NaN, with an infinite upper limit).

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, mean_interval, proportion_interval
    >>> format_estimate(proportion_interval(90, 100))
    '0.9 (0.8256 – 0.9448)'
    >>> format_estimate(proportion_interval(90, 100), digits=3, percent=True)
    '90% (82.6 – 94.5)'
    >>> format_estimate(mean_interval([55_621.0]))
    '55,621'
    """
    if isinstance(source, Interval):
        value, lower, upper = (float(part) for part in source)
    else:
        here = source.sel(**where) if where else source
        value, lower, upper = (float(here[f"{name}{end}"]) for end in ("", "_lower", "_upper"))
    scale, sign = (100, "%") if percent else (1, "")
    first, low, high = (_number(scale * part, digits) for part in (value, lower, upper))
    if math.isnan(value):
        return f"≥ {low}{sign}" if upper == math.inf and math.isfinite(lower) else "–"
    return f"{first}{sign}" if math.isnan(lower) else f"{first}{sign} ({low} – {high})"


def _number(value: float, digits: int) -> str:
    """Return a number with significant digits, with all whole digits below `_PLAIN_BELOW`."""
    return f"{value:,.0f}" if 10**digits <= abs(value) < _PLAIN_BELOW else f"{value:.{digits}g}"
