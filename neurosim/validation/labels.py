"""Arrays with named axes and labels, of xarray and pandas: their axes are put into our order by name.

Names that are ours are `hidden` and `visible` (also `hidden_neuron`, `visible_neuron`, as in results) and those that a
function names in its documentation. Numeric labels in ascending order agree with the position; a permutation of
0 … n − 1 is sorted; other labels are refused, because the position would then mean something else than the label.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

_NEURONS = ("hidden", "visible", "neuron")
_REMEDY = "give .values to take the numbers by position"


class LabelsError(Exception):
    """The axes or labels are not ours; arguments: what they are, and the remedy."""


def aligned(value: Any, axes: Mapping[str, int | None] | None) -> tuple[Any, Any] | None:
    """Return the data of a labelled array with its axes in the order of `axes`, and its unit; None for other values.

    Raises
    ------
    LabelsError
        Names or labels do not tell the order.
    """
    xarray, pandas = sys.modules.get("xarray"), sys.modules.get("pandas")
    if xarray is not None and isinstance(value, (xarray.DataArray, xarray.Variable)):
        coords = getattr(value, "indexes", {})
        names = [None if re.fullmatch(r"dim_\d+", str(dim)) else str(dim) for dim in value.dims]
        labels = [coords.get(dim) for dim in value.dims]
        data, unit = value.data, value.attrs.get("units")
    elif pandas is not None and isinstance(value, (pandas.Series, pandas.DataFrame)):
        labels = [value.index, value.columns] if isinstance(value, pandas.DataFrame) else [value.index]
        names = [None if label.name is None else str(label.name) for label in labels]
        data, unit = value.to_numpy(), None
    else:
        return None
    for axis, label in enumerate(labels):
        order = None if label is None else _order(label)
        data = data if order is None else np.take(np.asarray(data), order, axis=axis)
    order = _places(names, axes)
    return data if order == list(range(len(order))) else np.transpose(data, order), unit


def _order(label: Any) -> np.ndarray | None:
    """Return the order that sorts labels which are a permutation of 0 … n − 1; None if they are in order."""
    values = np.asarray(label)
    if values.dtype.kind in "iuf":
        if (np.diff(values) > 0).all():
            return None
        if np.array_equal(np.sort(values), np.arange(len(values))):
            return np.argsort(values)
    raise LabelsError(f"labels {_short(values)}, which do not give the order", _REMEDY)


def _places(names: list[str | None], axes: Mapping[str, int | None] | None) -> list[int]:
    """Return the axes of an array with these names in our order."""
    as_they_are = list(range(len(names)))
    if all(name is None for name in names) or (len(names) == 1 and axes is None):
        return as_they_are
    refused = LabelsError(f"axes named {tuple(names)}", f"rename them to {_wanted(axes)}, or {_REMEDY}")
    if axes is None:
        raise refused
    ours = [axis for axis in axes if axis != "…"]
    neurons = [axis for axis in ours if axis in _NEURONS]
    rest = iter([axis for axis in ours if axis not in {_ours(name, ours) for name in names if name}])
    found = [next(rest, "") if name is None else _ours(name, ours) for name in names]
    trials = [name for name in found if name not in neurons]
    if "…" in axes:
        ours = trials + neurons
    elif len(trials) == 1 and len(ours) == len(neurons) + 1:  # the one axis of trials may have any name
        ours = [axis if axis in neurons else trials[0] for axis in ours]
    complete = set(neurons) <= set(found) <= set(ours) and len(set(found)) == len(found)
    if not complete or set(trials) & set(_NEURONS):
        raise refused
    return [found.index(axis) for axis in ours if axis in found]


def _ours(name: str, ours: list[str]) -> str:
    """Return our name of an axis: results add "_neuron" to a layer; a model with one layer calls it "neuron"."""
    name = name.removesuffix("_neuron")
    return "neuron" if "neuron" in ours and name in _NEURONS else name


def _wanted(axes: Mapping[str, int | None] | None) -> str:
    return f"({', '.join(axes)})" if axes else "names of ours"


def _short(values: np.ndarray) -> str:
    return str(values[:3].tolist())[:-1] + (", …]" if len(values) > 3 else "]")
