"""Summaries over networks or trials: estimate and confidence limits as Dataset variables, and as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim.measure.statistics.beta_binomial import beta_binomial_interval
from neurosim.measure.statistics.intervals import Interval, mean_interval, proportion_interval, student_interval
from neurosim.validation import boolean, instance, one_of, whole

OVER_NETWORKS = "networks (bounded quantities: free of assumptions; others: Student t)"  # a Dataset's intervals_over
_PLAIN_BELOW = 1e9  # numbers with more digits are printed with an exponent
_NOTHING = 1e-6  # a lower limit below this part of the upper one is printed as 0


class Measurement(NamedTuple):
    """Description of a measured quantity.

    Parameters
    ----------
    long_name : str
        What is measured, in words, as in a Dataset's attributes.
    units : str, default "1"
    bounds : (float, float), default (-inf, inf)
        Smallest and largest value that is possible, for instance (0, 1) for a share, `NOT_NEGATIVE` for a time.
    trials : str or int, optional
        For a share of successes: the variable that holds the number of trials of each network, or that number; 1 for a
        share of networks. A share without it is no count of trials, for instance a mean overlap.
    failures : bool, default True
        Whether the other trials failed; False where the share is of one kind among others.

    Examples
    --------
    >>> from neurosim.measure.statistics import Measurement
    >>> Measurement("time of the last crossing", "s")
    Measurement(long_name='time of the last crossing', units='s', bounds=(-inf, inf), trials=None, failures=True)
    """

    long_name: str
    units: str = "1"
    bounds: tuple[float, float] = (-np.inf, np.inf)
    trials: str | int | None = None
    failures: bool = True


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
        For each measurement `name`: its mean `name`, the limits `name_lower` and `name_upper`, and the values
        themselves, `name_by_network` (with the name of `over`). For a share of trials also the totals over networks
        `name_failures` (or `name_hits`) and `name_trials`, and the limits `name_model_lower` and `name_model_upper`
        (`beta_binomial_interval`; NaN where each network is one trial).

    Notes
    -----
    The interval is that of the kind of the quantity: with bounds `mean_interval`, which assumes nothing about how
    networks differ; without, `student_interval`, which takes means to be normal. For shares of trials the interval of
    a model of the differences stands beside it, which is narrower.

    See Also
    --------
    mean_interval, student_interval : The interval of one array.
    share_variables : For the trials of one network.
    interval_variables : The same variables from an interval of another kind.
    format_estimate : An estimate and its interval as text.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure.statistics import Measurement, format_estimate, summarise
    >>> shares = ("noise_std", "network"), [[1.0, 1.0, 1.0], [0.5, 0.75, 0.75]]
    >>> values = xarray.Dataset({"recalled": shares, "n_trials": ("network", [20, 20, 20])})
    >>> recalled = Measurement("share of cues recalled", bounds=(0, 1), trials="n_trials")
    >>> found = xarray.Dataset(summarise(values, {"recalled": recalled}))
    >>> list(found)[:4]
    ['recalled', 'recalled_lower', 'recalled_upper', 'recalled_by_network']
    >>> format_estimate(found.isel(noise_std=1), "recalled")
    '0.6667 (0.1916 – 0.9079; 20 of 60 failed; beta-binomial 0.06159 – 0.9786)'
    """
    variables: dict[str, Any] = {}
    for name, measurement in measurements.items():
        long_name, units, bounds, trials, failures = measurement
        array = values[name]
        numbers, axis = array.values.astype(float), array.dims.index(over)
        dims = [str(dim) for dim in array.dims if dim != over]
        estimator = mean_interval if np.isfinite(bounds).all() else student_interval
        interval = estimator(numbers, axis, confidence=confidence, bounds=bounds)
        variables |= interval_variables(name, dims, interval, long_name, units)
        each = {"long_name": f"{long_name}, of each {over}", "units": units}
        variables[f"{name}_by_{over}"] = (array.dims, numbers, each)
        if trials is not None:
            given = values[trials] if isinstance(trials, str) else xarray.DataArray(trials)
            n_trials = given.broadcast_like(array).transpose(*array.dims).values.astype(float)
            n_trials = np.where(np.isnan(numbers), 0, n_trials)
            variables |= _trial_variables(name, dims, numbers, n_trials, axis, confidence, failures)
    return variables


def cut_above(variables: dict[str, Any], name: str, most: float) -> dict[str, Any]:
    """Return summaries with the limits of one quantity cut at the largest value that is possible.

    For counts far below their bound at most points, for which `Measurement.bounds` would give useless intervals.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, summarise
    >>> from neurosim.measure.statistics.summary import cut_above
    >>> raw = {"states": xarray.DataArray([14.0, 16.0], dims="network")}
    >>> found = cut_above(summarise(raw, {"states": Measurement("states", bounds=NOT_NEGATIVE)}), "states", 16)
    >>> float(found["states_upper"][1])
    16.0
    """
    ends = {f"{name}{end}": variables[f"{name}{end}"] for end in ("_lower", "_upper")}
    return variables | {end: (dims, np.minimum(values, most), attrs) for end, (dims, values, attrs) in ends.items()}


def share_variables(
    name: str,
    dims: Sequence[str],
    successes: Any,
    trials: Any,
    long_name: str,
    *,
    confidence: float = 0.95,
    failures: bool = True,
) -> dict[str, Any]:
    """Return the share of successes among independent trials, with its interval and counts, as Dataset variables.

    Parameters
    ----------
    name : str
    dims : sequence of str
        Dimensions of the counts.
    successes, trials : array_like of int
        They broadcast.
    long_name : str
    confidence : float in (0, 1), default 0.95
    failures : bool, default True
        Whether the other trials failed; False where the share is of one kind among others.

    Returns
    -------
    dict of str to (dims, ndarray, attrs)
        The share `name`, Wilson's limits `name_lower` and `name_upper` (`proportion_interval`), and the counts
        `name_failures`, or `name_hits`, and `name_trials`.

    See Also
    --------
    summarise : For shares of several networks.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure.statistics import format_estimate, share_variables
    >>> found = xarray.Dataset(share_variables("settled", (), 9, 10, "share of recalls that settled"))
    >>> format_estimate(found, "settled")
    '0.9 (0.5958 – 0.9821; 1 of 10 failed)'
    """
    interval = proportion_interval(successes, trials, confidence=confidence)
    successes, trials = np.broadcast_arrays(successes, trials)
    counts = {"failures": trials - successes} if failures else {"hits": successes}
    return interval_variables(name, dims, interval, long_name) | _count_variables(
        name, dims, counts | {"trials": trials}
    )


def _trial_variables(
    name: str, dims: list[str], shares: np.ndarray, trials: np.ndarray, axis: int, confidence: float, failures: bool
) -> dict[str, Any]:
    """Return the counts over networks, NaN where trials are too many, and the limits by the beta-binomial model."""
    countable = np.isfinite(trials) & (trials < 2**52)
    hits = np.rint(np.where(countable, trials, 0) * np.nan_to_num(shares))
    counted = np.where(countable, trials, 0)
    model = beta_binomial_interval(hits, counted, axis, confidence=confidence)
    known, several = countable.all(axis=axis), (counted > 1).any(axis=axis)
    limits = {
        f"{name}_model_{end}": (
            tuple(dims),
            np.where(known & several, limit, np.nan),
            {"long_name": f"{name}, {end} limit by the beta-binomial model", "units": "1"},
        )
        for end, limit in (("lower", model.lower), ("upper", model.upper))
    }
    counts = {"failures": counted - hits} if failures else {"hits": hits}
    totals = {what: np.where(known, n.sum(axis=axis), np.nan) for what, n in (counts | {"trials": counted}).items()}
    return _count_variables(name, dims, totals, " over the networks") | limits


def _count_variables(name: str, dims: Sequence[str], counts: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    found = {}
    for what, count in counts.items():
        attrs = {"long_name": f"{what} of {name}{where}", "units": "1"}
        found[f"{name}_{what}"] = (tuple(dims), np.asarray(count, dtype=float), attrs)
    return found


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
        For a share of trials with the failures among them, and over networks with the interval by the beta-binomial
        model. The estimate alone where it has no interval, as for a single network; a dash where there is no estimate;
        "≥ lower limit" where the estimate lies beyond the range that was measured (NaN, with an infinite upper limit),
        the limits alone where they are known and above 0. A lower limit of less than a millionth of the upper one is
        printed as 0.

    Examples
    --------
    >>> from neurosim.measure.statistics import format_estimate, proportion_interval, student_interval
    >>> format_estimate(proportion_interval(90, 100))
    '0.9 (0.8256 – 0.9448)'
    >>> format_estimate(proportion_interval(90, 100), digits=3, percent=True)
    '90% (82.6 – 94.5)'
    >>> format_estimate(student_interval([55_621.0]))
    '55,621'
    """
    notes, digits, percent = "", whole(digits, "digits"), boolean(percent, "percent")
    if isinstance(source, Interval):
        value, lower, upper = (float(part) for part in source)
    else:
        one_of(name, "name", instance(source, "source", xarray.Dataset, remedy="or an Interval"))
        here = source.sel(**where) if where else source
        value, lower, upper = (float(here[f"{name}{end}"]) for end in ("", "_lower", "_upper"))
        notes = _notes(here, str(name), digits, percent)
    sign = "%" if percent else ""
    first, low, high = (_number(part, digits, percent) for part in (value, _floored(lower, upper), upper))
    if math.isnan(value):
        if math.isfinite(upper) and lower > 0:
            return f"{low} – {high}{sign}"
        return f"≥ {low}{sign}" if upper == math.inf and math.isfinite(lower) else "–"
    return f"{first}{sign}" if math.isnan(lower) else f"{first}{sign} ({low} – {high}{notes})"


def _notes(here: xarray.Dataset, name: str, digits: int, percent: bool) -> str:
    """Return failures and trials of a share, and its interval by the beta-binomial model, where they are known."""
    hits, failures, trials, lower, upper = (
        float(here.variables.get(f"{name}_{what}", math.nan))  # Dataset.get reads "a.b" as attribute b of a
        for what in ("hits", "failures", "trials", "model_lower", "model_upper")
    )
    if math.isnan(trials) or (math.isnan(hits) and math.isnan(failures)):
        return ""
    some, word = (hits, "") if math.isnan(failures) else (failures, " failed")
    counts = f"; {_number(some, 9)} of {_number(trials, 9)}{word}"
    if math.isnan(lower):
        return counts
    low, high = (_number(limit, digits, percent) for limit in (_floored(lower, upper), upper))
    return f"{counts}; beta-binomial {low} – {high}"


def _floored(lower: float, upper: float) -> float:
    """Return a lower limit, or 0 where it is a tiny part of the upper one."""
    return 0.0 if 0 < lower < _NOTHING * upper < math.inf else lower


def _number(value: float, digits: int, percent: bool = False) -> str:
    """Return a number with significant digits, with all whole digits below `_PLAIN_BELOW`."""
    value = 100 * value if percent else value
    return f"{value:,.0f}" if 10**digits <= abs(value) < _PLAIN_BELOW else f"{value:.{digits}g}"
