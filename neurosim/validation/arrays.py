"""Checks of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput


def real_array(
    values: Any, name: str, axes: Mapping[str, int | None] | None = None, *, empty: bool = False
) -> np.ndarray:
    """Return an array of finite real numbers; it is copied only where `values` is no array.

    Parameters
    ----------
    values : array-like
        Integers, floats or bools.
    name : str
        Name of the array in the error message.
    axes : mapping of str to int or None, optional
        Name and size of each axis; None allows any size of at least 1. An axis called "…" at the front stands for any
        number of axes of any size. Without `axes`, any shape is allowed.
    empty : bool, default False
        Whether an axis of size None may be empty.

    Returns
    -------
    ndarray
        The numbers in the data type that they came in.

    Raises
    ------
    InvalidInput
        The values are no real numbers, have another shape, or are not finite.

    Examples
    --------
    >>> real_array([[1, 2, 3]], "cues", {"cue": None, "visible": 3})
    array([[1, 2, 3]])
    >>> real_array([[1, 2]], "cues", {"cue": None, "visible": 3})
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: cues must have shape (cue, visible) = (≥1, 3), got (1, 2)
    """
    try:
        array = np.asanyarray(values)
        if array.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be an array of real numbers, got {type(values).__name__}") from None
    if axes is not None:
        _check_shape(array, name, axes, empty)
    bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    if bad:
        first = np.argwhere(~np.isfinite(array))[0].tolist()
        raise InvalidInput(f"{name} must be finite, got {bad} NaN or infinite of {array.size} values, first at {first}")
    return array


def binary_array(values: Any, name: str, axes: Mapping[str, int | None], *, empty: bool = False) -> np.ndarray:
    """Return an array of zeros and ones as bool.

    Parameters
    ----------
    values : array-like
        Bools, or numbers that are 0 or 1.
    name, axes, empty
        As in `real_array`.

    Raises
    ------
    InvalidInput
        The values have another shape, or one of them is neither 0 nor 1.

    Examples
    --------
    >>> binary_array([[0, 1]], "targets", {"target": None, "hidden": 2})
    array([[False,  True]])
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise InvalidInput(f"{name} must be an array of 0 and 1, got {type(values).__name__}") from None
    _check_shape(array, name, axes, empty)
    if array.dtype.kind not in "fiub" or not np.isin(array, (0, 1)).all():
        raise InvalidInput(f"{name} must be binary (bool, or 0 and 1)")
    return array.astype(bool)


def _check_shape(array: np.ndarray, name: str, axes: Mapping[str, int | None], empty: bool) -> None:
    named = {axis: size for axis, size in axes.items() if axis != "…"}
    n_free = array.ndim - len(named)
    sizes = array.shape[max(n_free, 0) :]
    if n_free == 0 or (n_free > 0 and "…" in axes):
        wanted = zip(sizes, named.values(), strict=True)
        if all((empty or size > 0) if want is None else size == want for size, want in wanted):
            return
    anything = "any" if empty else "≥1"
    texts = ("…" if axis == "…" else anything if size is None else str(size) for axis, size in axes.items())
    rule = ", ".join(texts)
    comma = "," if len(axes) == 1 else ""
    raise InvalidInput(f"{name} must have shape ({', '.join(axes)}{comma}) = ({rule}{comma}), got {array.shape}")
