"""Checks of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation.conversion import NotConvertibleError, narrowed, plain, to_float64
from neurosim.validation.message import invalid
from neurosim.validation.numbers import real


def real_array(
    values: Any,
    name: str,
    axes: Mapping[str, int | None] | None = None,
    *,
    optional: str | None = None,
    empty: bool = False,
    finite: bool = True,
    dtype: Any = np.float64,
) -> np.ndarray:
    """Return an array of real numbers as float64; it is copied only where `values` is no float64 array.

    Parameters
    ----------
    values : array-like
        Numbers of any data type and library; see `neurosim.validation.conversion` for what is refused.
    name : str
        Name of the array in the error message.
    axes : mapping of str to int or None, optional
        Name and size of each axis; None allows any size of at least 1. An axis called "…" at the front stands for any
        number of axes of any size. Without `axes`, any shape is allowed. Labelled arrays are aligned by these names.
    optional : str, optional
        An axis that may be missing; it then gets size 1.
    empty : bool, default False
        Whether an axis of size None may be empty.
    finite : bool, default True
        Whether NaN and infinite values are refused.
    dtype : dtype, default float64
        float32 for data that a trainer takes in that precision.

    Returns
    -------
    ndarray
        Perhaps `values` itself, or a view of it.

    Raises
    ------
    InvalidInput
        The values are no real numbers, have another shape, or are not finite.

    Examples
    --------
    >>> real_array([[1, 2, 3]], "cues", {"cue": None, "visible": 3})
    array([[1., 2., 3.]])
    >>> real_array([[1, 2]], "cues", {"cue": None, "visible": 3})
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: cues must have shape (cue, visible) = (≥1, 3), got (1, 2)
    """
    array = _converted(values, f"{name} must be an array of real numbers", axes)
    if axes is not None:
        if optional is not None and array.ndim == len(axes) - 1:
            array = np.expand_dims(array, list(axes).index(optional))
        _check_shape(array, name, axes, empty)
    try:
        result = array if array.dtype == dtype else narrowed(to_float64(array), np.dtype(dtype))
    except NotConvertibleError as error:
        raise invalid(f"{name} must be an array of real numbers", error.got, error.remedy) from None
    if finite and not (fine := np.isfinite(result)).all():
        bad, first = array.size - int(np.count_nonzero(fine)), np.argwhere(~fine)[0].tolist()
        raise InvalidInput(f"{name} must be finite, got {bad} NaN or infinite of {array.size} values, first at {first}")
    return result


def real_numbers(
    values: Any, name: str, *, at_least: float | None = None, above: float | None = None, empty: bool = False
) -> list[float]:
    """Return a sequence of finite real numbers as a list; one number alone gives a list of one.

    Parameters
    ----------
    values : array-like
    name : str
        Name of the sequence in the error message.
    at_least, above : float, optional
        Bounds of each number, as in `real`.
    empty : bool, default False
        Whether there may be none.

    Raises
    ------
    InvalidInput
        The values are no sequence of real numbers, or one is out of the bounds.

    Examples
    --------
    >>> real_numbers((1, 20), "ratios", above=0)
    [1.0, 20.0]
    >>> real_numbers([1, -20], "ratios", above=0)
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: ratios must be a finite number > 0, got -20.0
    """
    array = real_array(values, name)
    array = real_array(np.atleast_1d(array), name, {"value": None}, empty=empty)
    return [real(value, name, at_least=at_least, above=above) for value in array.tolist()]


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
    array = _converted(values, f"{name} must be binary (bool, or 0 and 1)", axes)
    _check_shape(array, name, axes, empty)
    if not ((array == 0) | (array == 1)).all():
        bad = array[(array != 0) & (array != 1)].flat[0]
        raise InvalidInput(f"{name} must be binary (bool, or 0 and 1), got {bad}")
    return array.astype(bool)


def whole_array(
    values: Any, name: str, axes: Mapping[str, int | None] | None = None, *, at_least: int = 0, at_most: int = 2**63 - 1
) -> np.ndarray:
    """Return an array of whole numbers as int64.

    Parameters
    ----------
    values : array-like
        Signed or unsigned whole numbers.
    name, axes
        As in `real_array`.
    at_least, at_most : int, default 0 to 2**63 − 1
        Closed bounds.

    Raises
    ------
    InvalidInput
        The values have another type or shape, or one is not within the bounds.

    Examples
    --------
    >>> import numpy as np
    >>> whole_array(np.array([3, 250], dtype=np.uint8), "labels")
    array([  3, 250])
    """
    rule = f"{name} must be whole numbers {f'>= {at_least}' if at_most == 2**63 - 1 else f'{at_least} to {at_most}'}"
    array = _converted(values, rule, axes)
    if array.dtype.kind not in "iu":
        raise InvalidInput(f"{rule}, got {array.dtype}")
    if axes is not None:
        _check_shape(array, name, axes, False)
    if array.size and not at_least <= int(array.min()) <= int(array.max()) <= at_most:
        raise InvalidInput(f"{rule}, got {array.min()} … {array.max()}")
    return array.astype(np.int64, copy=False)


def frozen(array: np.ndarray) -> np.ndarray:
    """Return a copy that nobody can change; the array itself if it is such a copy, or a file mapped read-only.

    NumPy can make an array writeable again, and views of it stay writeable; an array on the memory of a ``bytes``
    object cannot be changed at all.

    Examples
    --------
    >>> import numpy as np
    >>> array = frozen(np.ones(3))
    >>> array.flags.writeable, frozen(array) is array
    (False, True)
    """
    owner: Any = array
    while isinstance(owner, np.ndarray) and not (isinstance(owner, np.memmap) and owner.mode == "r"):
        owner = owner.base
    if isinstance(owner, (bytes, np.memmap)) and array.flags.c_contiguous:
        return array
    return np.frombuffer(array.tobytes(), dtype=array.dtype).reshape(array.shape)


def _converted(values: Any, rule: str, axes: Mapping[str, int | None] | None) -> np.ndarray:
    try:
        return plain(values, axes)
    except NotConvertibleError as error:
        raise invalid(rule, error.got, error.remedy) from None


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
