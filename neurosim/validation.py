"""Checks of arguments: the only module that decides whether a value is a number, a time, an array or a known name.

Each function takes the value and the name under which the user knows it, and returns the value in its canonical type.
If the value breaks the rule, `InvalidInput` is raised; its message gives the rule, the value and, where there is
one, the remedy. A rule that concerns one class or function only, such as the relation of two arguments, stands there.

========================  =======================================================
`whole`                   a whole number within bounds
`real`                    a finite real number within open or closed bounds
`share`                   a finite real number from 0 to 1
`one_time`                one time > 0 (or >= 0), in seconds
`seconds`                 one or several times > 0, in seconds
`boolean`                 True or False
`real_array`              an array of finite real numbers with named axes
`binary_array`            an array of 0 and 1 with named axes
`one_of`                  one of a set of names, with a hint at the nearest
`distinct`                a sequence in which no value occurs twice
`instance`                an object of a class
`sequence_of`             a non-empty sequence of objects of a class
`generator`               the random generator of a seed
`assign`                  store checked values in a frozen dataclass
========================  =======================================================
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from neurosim.errors import InvalidInput

T = TypeVar("T")
H = TypeVar("H", bound=Hashable)

_BASE_DIMENSIONS = ("length", "mass", "time", "current", "temperature", "substance", "luminosity")


def whole(value: Any, name: str, *, at_least: int = 1, at_most: int | None = None, remedy: str = "") -> int:
    """Return a whole number as an int.

    Parameters
    ----------
    value : int
        A Python or NumPy integer; a bool is refused.
    name : str
        Name of the value in the error message.
    at_least, at_most : int, optional
        Closed bounds. By default the number must be at least 1.
    remedy : str, optional
        End of the error message.

    Raises
    ------
    InvalidInput
        The value is no whole number within the bounds.

    Examples
    --------
    >>> whole(3, "n_cues")
    3
    >>> whole(0, "n_cues")
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: n_cues must be a whole number >= 1, got 0
    """
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or value < at_least or (at_most is not None and value > at_most):
        bounds = f">= {at_least}" if at_most is None else f"from {at_least} to {at_most}"
        raise _invalid(f"{name} must be a whole number {bounds}", repr(value), remedy)
    return int(value)


def real(
    value: Any,
    name: str,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    unit: str = "",
    remedy: str = "",
) -> float:
    """Return a finite real number as a float.

    Parameters
    ----------
    value : float
        A Python or NumPy number or an array with no axes. A bool or a Brian2 quantity with a unit is refused.
    name : str
        Name of the value in the error message.
    above, below : float, optional
        Open bounds: ``above < value < below``.
    at_least, at_most : float, optional
        Closed bounds: ``at_least <= value <= at_most``.
    unit : str, optional
        Unit of the number, for the error message.
    remedy : str, optional
        End of the error message.

    Raises
    ------
    InvalidInput
        The value is no finite real number within the bounds.

    See Also
    --------
    share : A number from 0 to 1.
    one_time : A time, which may be a Brian2 quantity.

    Examples
    --------
    >>> real(2, "gain", above=0)
    2.0
    >>> real(1, "confidence", above=0, below=1, remedy="for instance 0.95")
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: confidence must be a finite number > 0 and < 1, got 1; for instance 0.95
    """
    number = _scalar(value)
    inside = (
        np.isfinite(number)
        and (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    )
    if not inside:
        bounds = ((">", above), (">=", at_least), ("<", below), ("<=", at_most))
        text = " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
        rule = " ".join(part for part in (f"{name} must be a finite number", text, unit) if part)
        raise _invalid(rule, repr(value), remedy)
    return number


def share(value: Any, name: str, *, remedy: str = "") -> float:
    """Return a share, a number from 0 to 1, as a float.

    Raises
    ------
    InvalidInput
        The value is no number from 0 to 1.

    Examples
    --------
    >>> share(0.25, "fraction")
    0.25
    """
    number = _scalar(value)
    if not 0 <= number <= 1:
        raise _invalid(f"{name} must be a number from 0 to 1", repr(value), remedy)
    return number


def one_time(value: Any, name: str, *, zero: bool = False) -> float:
    """Return one time in seconds.

    Parameters
    ----------
    value : float or brian2.Quantity
        A plain number is taken as seconds.
    name : str
        Name of the value in the error message.
    zero : bool, default False
        Whether 0 is allowed.

    Raises
    ------
    InvalidInput
        The value is no finite time > 0 (or >= 0), or has axes.

    Examples
    --------
    >>> one_time(0.02, "tau_v")
    0.02
    """
    array = seconds(value, name, zero=zero)
    if array.ndim:
        raise InvalidInput(f"{name} must be one time, got shape {array.shape}")
    return float(array)


def seconds(value: Any, name: str, *, zero: bool = False) -> np.ndarray:
    """Return one or several times in seconds, float64.

    Parameters
    ----------
    value : float, array-like or brian2.Quantity
        Plain numbers are taken as seconds.
    name : str
        Name of the value in the error message.
    zero : bool, default False
        Whether 0 is allowed.

    Returns
    -------
    ndarray
        A new array of the shape of `value`; a scalar gives shape ``()``.

    Raises
    ------
    InvalidInput
        The quantity is no time, or the value is not numeric, finite and > 0 (or >= 0).

    Examples
    --------
    >>> seconds([0.02, 0.03], "tau_v")
    array([0.02, 0.03])
    """
    dimension = _dimension(value)
    if dimension is not None:
        powers = {base: dimension.get_dimension(base) for base in _BASE_DIMENSIONS}
        if powers.pop("time") != 1 or any(powers.values()):
            raise InvalidInput(f"{name} must be a time, got a quantity of unit {dimension!r}; give seconds or ms")
    try:
        if np.asarray(value).dtype.kind not in "iuf":  # a timedelta would lose its unit, True would be a second
            raise TypeError
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be a number of seconds, got {value!r}") from None
    if not (np.isfinite(array).all() and ((array > 0) | (zero & (array == 0))).all()):
        raise InvalidInput(f"{name} must be finite and {'>=' if zero else '>'} 0 seconds, got {value}")
    return array


def boolean(value: Any, name: str) -> bool:
    """Return True or False as a Python bool.

    Raises
    ------
    InvalidInput
        The value is neither a Python nor a NumPy bool.

    Examples
    --------
    >>> boolean(np.True_, "symmetric")
    True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidInput(f"{name} must be True or False, got {value!r}")
    return bool(value)


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
        Name and size of each axis; None allows any size of at least 1. Without `axes`, any shape is allowed.
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
        raise InvalidInput(f"{name} must be finite, got {bad} NaN or infinite of {array.size} values")
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


def one_of(value: H, name: str, known: Collection[Any], *, remedy: str = "") -> H:
    """Return a value that is one of the known ones.

    Parameters
    ----------
    value : hashable
        Usually a name.
    name : str
        Name of the value in the error message.
    known : collection
        The allowed values; of a mapping, its keys.
    remedy : str, optional
        End of the error message. By default it asks for the nearest known name, if there is one.

    Raises
    ------
    InvalidInput
        The value is not among the known ones.

    Examples
    --------
    >>> one_of("evnet", "engine", ["event", "torch"])
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: engine must be one of ['event', 'torch'], got 'evnet'; did you mean 'event'?
    """
    if isinstance(value, Hashable) and any(
        value == one and isinstance(value, bool) == isinstance(one, bool)  # True is not the number 1 here
        for one in known
    ):
        return value
    if not remedy and isinstance(value, str):
        from difflib import get_close_matches

        nearest = get_close_matches(value, [one for one in known if isinstance(one, str)], 1)
        remedy = f"did you mean {nearest[0]!r}?" if nearest else ""
    raise _invalid(f"{name} must be one of {list(known)}", repr(value), remedy)


def distinct(values: Iterable[T], name: str) -> list[T]:
    """Return the values as a list in which none occurs twice.

    Raises
    ------
    InvalidInput
        A value occurs twice.

    Examples
    --------
    >>> distinct(["event", "torch"], "engines")
    ['event', 'torch']
    """
    values = list(values)
    if any(value in values[:index] for index, value in enumerate(values)):
        raise InvalidInput(f"{name} must be different from one another, none twice, got {values}")
    return values


def instance(value: Any, name: str, kind: type[T], *, remedy: str = "") -> T:
    """Return an object of a class, for instance a `Network`.

    Raises
    ------
    InvalidInput
        The value is of another class.

    Examples
    --------
    >>> instance("text", "label", str)
    'text'
    """
    if not isinstance(value, kind):
        raise _invalid(f"{name} must be a {kind.__name__}", _short(value), remedy)
    return value


def sequence_of(values: Any, name: str, kind: type[T], *, remedy: str = "") -> list[T]:
    """Return a non-empty sequence of objects of a class as a list; one such object alone gives a list of one.

    Raises
    ------
    InvalidInput
        The sequence is empty, or a member is of another class.

    Examples
    --------
    >>> sequence_of(("a", "b"), "labels", str)
    ['a', 'b']
    """
    if isinstance(values, kind):
        return [values]
    members = list(values) if isinstance(values, Iterable) else []
    if not members or not all(isinstance(member, kind) for member in members):
        raise _invalid(f"{name} must be a {kind.__name__} or a non-empty sequence of them", _short(values), remedy)
    return members


def generator(seed: Any) -> np.random.Generator:
    """Return the random generator of a seed.

    Parameters
    ----------
    seed : int
        A whole number >= 0.

    Raises
    ------
    InvalidInput
        The seed is no whole number >= 0.

    Examples
    --------
    >>> rng = generator(0)
    >>> bool(rng.random() == np.random.default_rng(0).random())
    True
    """
    return np.random.default_rng(whole(seed, "seed", at_least=0))


def assign(owner: Any, **values: Any) -> None:
    """Set fields of a frozen dataclass, for use in its ``__post_init__``.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Filter:
    ...     tau: float
    ...
    ...     def __post_init__(self):
    ...         assign(self, tau=one_time(self.tau, "tau"))
    >>> Filter(1)
    Filter(tau=1.0)
    """
    for name, value in values.items():
        object.__setattr__(owner, name, value)


def _invalid(rule: str, got: str, remedy: str) -> InvalidInput:
    return InvalidInput(f"{rule}, got {got}" + (f"; {remedy}" if remedy else ""))


def _short(value: Any) -> str:
    """Return the value as text, or its type where the text would be long."""
    text = repr(value)
    return text if len(text) <= 80 and "\n" not in text else f"a {type(value).__name__}"


def _dimension(value: Any) -> Any:
    """Return the dimension of a Brian2 quantity, or None; brian2 is not imported for this."""
    dimension = getattr(value, "dim", None)
    return dimension if hasattr(dimension, "get_dimension") else None


def _scalar(value: Any) -> float:
    """Return a real number as a float, NaN if the value is something else."""
    dimension = _dimension(value)
    if dimension is not None and not dimension.is_dimensionless:
        return float("nan")
    try:
        array = np.asarray(value)
    except ValueError:
        return float("nan")
    return float(array) if array.ndim == 0 and array.dtype.kind in "iuf" else float("nan")


def _check_shape(array: np.ndarray, name: str, axes: Mapping[str, int | None], empty: bool) -> None:
    fits = array.ndim == len(axes) and all(
        (empty or size > 0) if wanted is None else size == wanted
        for size, wanted in zip(array.shape, axes.values(), strict=True)
    )
    if fits:
        return
    sizes = [("any" if empty else "≥1") if size is None else str(size) for size in axes.values()]
    comma = "," if len(axes) == 1 else ""
    raise InvalidInput(
        f"{name} must have shape ({', '.join(axes)}{comma}) = ({', '.join(sizes)}{comma}), got {array.shape}"
    )
