"""The one conversion of array-like objects to plain NumPy arrays: exact, or refused.

An array can mean more than its numbers: masks, units, labels, dates, imaginary parts, other libraries' data types. What
has a meaning here is converted (times to seconds, named axes to our order); anything else is refused, never dropped.

========================================  ====================================================================
Python, NumPy, torch and ``__array__``    the same numbers; bool, whole numbers and floats of any width
whole numbers beyond 2^53                 refused where float64 would round them
long double, Fraction, Decimal            rounded like any number; refused if they overflow float64
complex numbers, dates, texts, None       refused
masked arrays                             refused if a value is masked
quantities (Brian2, quantities, pint …)   times to seconds where a time is wanted; others only if dimensionless
xarray, pandas                            named axes transposed to ours, permuted neurons sorted; others refused
========================================  ====================================================================
"""

from __future__ import annotations

import decimal
import math
import numbers
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurosim.validation.labels import LabelsError, aligned

Axes = Mapping[str, int | None]

_BASE_DIMENSIONS = ("length", "mass", "time", "current", "temperature", "substance", "luminosity")
_PLAIN_UNITS = {False: ("", "1", "dimensionless"), True: ("s", "second", "seconds")}
_KINDS = {"c": "complex numbers", "M": "dates", "m": "time spans", "U": "text", "S": "text", "T": "text"}
_EXACT = 2**53  # whole numbers up to here are exact in float64


class NotConvertibleError(Exception):
    """The value has no exact counterpart; `got` describes it, `remedy` says what to give instead."""

    def __init__(self, got: str, remedy: str = "") -> None:
        super().__init__(got)
        self.got, self.remedy = got, remedy


class UnitError(NotConvertibleError):
    """The value has a unit other than the one wanted."""


def plain(value: Any, axes: Axes | None = None, *, time: bool = False) -> np.ndarray:
    """Return the numbers of an array-like object as an ndarray of bool, whole numbers or floats.

    Parameters
    ----------
    value : array-like
    axes : mapping of str to int or None, optional
        Names of our axes, by which labelled arrays are aligned; see `neurosim.validation.real_array`.
    time : bool, default False
        Whether a time in seconds is wanted; by default a dimensionless number.

    Raises
    ------
    NotConvertibleError
        The numbers alone would not mean the same.

    Examples
    --------
    >>> from fractions import Fraction
    >>> plain([Fraction(1, 4), 2])
    array([0.25, 2.  ])
    >>> plain([1, 2j])
    Traceback (most recent call last):
    neurosim.validation.conversion.NotConvertibleError: complex numbers
    """
    if type(value) is np.ndarray:
        return _numeric(value)
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            raise NotConvertibleError("masked values", "fill them, for instance with .filled(0)")
        return plain(value.data, axes, time=time)
    if isinstance(value, (list, tuple)):
        return _stacked(value, time)
    try:
        labelled = aligned(value, axes)
    except LabelsError as error:
        raise NotConvertibleError(*error.args) from None
    if labelled is not None:
        data, units = labelled
        return plain(data if units is None else _unitless(data, units, time), axes, time=time)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _from_torch(value)
    if not isinstance(value, (numbers.Number, np.generic)) or hasattr(value, "dim"):
        dimension = brian_dimension(value)
        if dimension is not None:
            return _from_brian(value, dimension, time)
        units = getattr(value, "units", getattr(value, "unit", None))
        if units is not None:
            return plain(_unitless(value, units, time), axes, time=time)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        raise NotConvertibleError(type(value).__name__) from None
    return _numeric(array, type(value).__name__)


def to_float64(array: np.ndarray) -> np.ndarray:
    """Return an array of `plain` as float64; the array itself if it is that already.

    Raises
    ------
    NotConvertibleError
        A whole number would be rounded, or a long double would become infinite.
    """
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        large = array[(array > _EXACT) | (array < -_EXACT)] if array.dtype.kind == "i" else array[array > _EXACT]
        rounded = next((n for n in large.tolist() if int(float(n)) != n), None)
        if rounded is not None:
            raise NotConvertibleError(
                f"the whole number {rounded}, which float64 cannot hold", "scale it, or round it with .astype(float)"
            )
    return narrowed(array, np.dtype(np.float64))


def narrowed(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return numbers in a float type that may be narrower; they are rounded.

    Raises
    ------
    NotConvertibleError
        A finite number would become infinite.
    """
    with np.errstate(over="ignore", under="ignore"):
        result = array.astype(dtype, copy=False)
    if array.dtype.kind == "f" and array.dtype.itemsize > dtype.itemsize:
        lost = np.isinf(result) & np.isfinite(array)
        if lost.any():
            raise NotConvertibleError(f"{array[lost].flat[0]!s}, which overflows {dtype}", "scale it")
    return result


def brian_dimension(value: Any) -> Any:
    """Return the dimension of a Brian2 quantity, or None; brian2 is not imported for this."""
    dimension = getattr(value, "dim", None)
    return dimension if hasattr(dimension, "get_dimension") else None


def _numeric(array: np.ndarray, source: str = "ndarray") -> np.ndarray:
    """Return an array of numbers as it is, objects as numbers, refuse everything else."""
    kind = array.dtype.kind
    if kind in "biuf":
        return array
    if kind == "O":
        if array.ndim == 0 and not isinstance(array.item(), (numbers.Number, decimal.Decimal)):
            raise NotConvertibleError(source)
        numbers_ = [_number(item) for item in array.flat]
        types = set(map(type, numbers_))
        result = np.array(numbers_, dtype=object if types == {int} else float)
        if types == {int}:
            result = _whole([int(number) for number in numbers_])
        return result.reshape(array.shape)
    if kind == "V" and array.dtype.names is None and np.can_cast(array.dtype, np.float64):
        return array.astype(np.float64)  # bfloat16 and other narrow floats that are no part of NumPy
    raise NotConvertibleError(_KINDS.get(kind, source), "take .real" if kind == "c" else "")


def _whole(values: list[int]) -> np.ndarray:
    """Return Python integers as an array of whole numbers, or as float64 where 64 bits cannot hold them."""
    array = np.array(values)
    return array if array.dtype.kind in "iu" else np.array([_exact_float(number) for number in values])


def _exact_float(number: int) -> float:
    try:
        same = int(float(number)) == number
    except OverflowError:
        same = False
    if not same:
        raise NotConvertibleError(f"the whole number {number}, which float64 cannot hold", "scale or round it")
    return float(number)


def _number(item: Any) -> float | int:
    """Return one element of an object array or of a mixed list as a Python number."""
    if isinstance(item, (bool, np.bool_)):
        return float(item)
    if isinstance(item, (int, np.integer)):
        return int(item)
    if isinstance(item, (float, np.floating)):
        return float(to_float64(np.asarray(item)))
    if isinstance(item, (numbers.Real, decimal.Decimal)):
        try:
            number = float(item)
        except (OverflowError, ValueError):
            number = math.inf
        if math.isinf(number) and abs(item) != math.inf:
            raise NotConvertibleError(f"{item}, which overflows float64", "scale it")
        return number
    raise NotConvertibleError(_KINDS["c"] if isinstance(item, numbers.Complex) else type(item).__name__)


def _stacked(values: Sequence[Any], time: bool) -> np.ndarray:
    """Return nested sequences as one array."""
    types = set(map(type, values))
    if types <= {float} or types <= {bool}:
        return np.array(values, dtype=float if types == {float} or not types else bool)
    if types == {int}:
        return _whole(list(values))
    if len(types) == 1 and issubclass(next(iter(types)), np.generic):
        return _numeric(np.array(values))
    parts = [plain(part, time=time) for part in values]
    if len({part.shape for part in parts}) > 1:
        raise NotConvertibleError("rows of different shapes")
    if len({part.dtype for part in parts}) > 1:
        parts = [to_float64(part) for part in parts]
    return np.stack(parts)


def _from_torch(tensor: Any) -> np.ndarray:
    if tensor.is_complex():
        raise NotConvertibleError(_KINDS["c"], "take .real")
    try:
        tensor = tensor.detach().cpu()
        tensor = tensor.dequantize() if tensor.is_quantized else tensor.to_dense()
        wide = tensor.double() if tensor.is_floating_point() else tensor
        return wide.resolve_neg().numpy()
    except (RuntimeError, TypeError, NotImplementedError):
        raise NotConvertibleError(f"a torch tensor on {tensor.device} of {tensor.dtype}") from None


def _from_brian(value: Any, dimension: Any, time: bool) -> np.ndarray:
    powers = {base: dimension.get_dimension(base) for base in _BASE_DIMENSIONS}
    if (powers.pop("time") != 1 or any(powers.values())) if time else not dimension.is_dimensionless:
        raise UnitError(f"a quantity of unit {_unit_of(value)}", "" if time else "divide by its unit")
    return _numeric(np.array(value, dtype=float))


def _unit_of(value: Any) -> str:
    """Return the unit of a quantity of Brian2 as a user writes it, such as mV."""
    return str(value.get_best_unit()) if hasattr(value, "get_best_unit") else repr(value.dim)


def _unitless(value: Any, units: Any, time: bool) -> Any:
    """Return the numbers of a quantity of another library in seconds, or without dimension."""
    if isinstance(units, str):  # metadata of a file or an xarray variable, beside plain numbers
        if units in _PLAIN_UNITS[time]:
            return np.asarray(value)
        raise UnitError(f"a quantity of unit {units!r}", "give seconds" if time else "divide by its unit")
    convert = getattr(value, "rescale", getattr(value, "to", None))
    for target in ("s",) if time else ("dimensionless", ""):
        try:
            found: Any = convert(target)  # pyright: ignore[reportOptionalCall]
            return found.magnitude if hasattr(found, "magnitude") else found.value
        except Exception:  # each library has exceptions of its own for units that do not fit
            continue
    raise UnitError(f"a quantity of unit {units}", "give seconds" if time else "divide by its unit")
