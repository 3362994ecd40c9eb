"""Differences between two models that were measured on the same networks."""

from __future__ import annotations

from typing import Any

import xarray

from neurosim import InvalidInput
from neurosim.measure.statistics.intervals import student_interval
from neurosim.measure.statistics.summary import interval_variables

_SAME = ("seed", "n_networks", "n_trials")


def paired_difference(
    changed: xarray.Dataset, unchanged: xarray.Dataset, quantity: str = "recalled", *, confidence: float = 0.95
) -> xarray.Dataset:
    """Return how much a quantity differs between two models, network by network, with an interval over networks.

    What networks have in common cancels, so that the interval is narrower than those of the two models suggest.

    Parameters
    ----------
    changed, unchanged : xarray.Dataset
        Of one measurement, such as `neurosim.measure.recall_sweep`, of the same networks and cues: with
        `<quantity>_by_network`, and the same seed, numbers and coordinates.
    quantity : str, default "recalled"
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    xarray.Dataset
        difference: mean over networks of changed − unchanged, with `difference_lower`, `difference_upper` and
        `difference_by_network`; n_lower and n_higher: networks in which the changed model has less and more.

    Raises
    ------
    InvalidInput
        No values by network, or results of different networks, seeds or coordinates.

    Notes
    -----
    *Assumption*: the mean difference is normal (`student_interval`). Where few networks hold most of the difference the
    interval covers less than it states, as that of their shares would, and is of width 0 where no such network was
    drawn. n_lower and n_higher need no assumption: if neither model had more, each of the networks that differ would
    be lower with probability ½.

    Examples
    --------
    >>> from neurosim.measure import recall_sweep
    >>> from neurosim.measure.statistics import format_estimate, paired_difference
    >>> curves = [recall_sweep(5, {"noise_std": [1]}, seed=0, n_hidden=4, threshold=at) for at in (0.7, 0.5)]
    >>> found = paired_difference(*curves)
    >>> format_estimate(found, "difference", 3, noise_std=1), found.n_lower.item(), found.n_higher.item()
    ('-0.275 (-0.574 – 0.0235)', 5, 0)
    """
    each = f"{quantity}_by_network"
    for result in (changed, unchanged):
        if each not in result:
            raise InvalidInput(f"a paired difference needs {each!r} of several networks, got {list(result.data_vars)}")
    for name in _SAME:
        pair = [result.attrs.get(name) for result in (changed, unchanged)]
        if pair[0] != pair[1]:
            raise InvalidInput(
                f"both results must have the same {name}, so that networks pair, got {pair[0]}, {pair[1]}"
            )
    first, second = changed[each], unchanged[each]
    if first.dims != second.dims or first.shape != second.shape or not first.coords.equals(second.coords):
        raise InvalidInput("both results must have the same coordinates; measure both on the same grid")
    values = (first - second).values
    axis, dims = first.dims.index("network"), [str(dim) for dim in first.dims if dim != "network"]
    text = f"{changed[quantity].attrs.get('long_name', quantity)}, difference to the unchanged model"
    units = str(changed[quantity].attrs.get("units", "1"))
    interval = student_interval(values, axis, confidence=confidence)
    variables: dict[str, Any] = interval_variables("difference", dims, interval, text, units)
    variables["difference_by_network"] = (first.dims, values, {"long_name": f"{text}, of each network", "units": units})
    for name, which, word in (("n_lower", values < 0, "less"), ("n_higher", values > 0, "more")):
        counts = {"long_name": f"networks in which the changed model has {word}", "units": "1"}
        variables[name] = (dims, which.sum(axis=axis), counts)
    attrs = {**changed.attrs, "confidence": confidence, "intervals_over": "networks (differences: Student t)"}
    return xarray.Dataset(variables, {name: changed[name] for name in dims if name in changed.coords}, attrs)
