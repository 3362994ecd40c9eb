"""Checks of numbers and times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation.conversion import NotConvertibleError, UnitError, plain, to_float64
from neurosim.validation.message import invalid

LARGEST = 2**53  # the largest size: whole numbers up to here are exact in float64
SHORTEST_STEP = 1e-12  # s, of a simulation


def whole(value: Any, name: str, *, at_least: int = 1, at_most: int | None = LARGEST, remedy: str = "") -> int:
    """Return a whole number as an int.

    Parameters
    ----------
    value : int
        An integer of Python or NumPy, or an array of one integer without axes; a bool is refused.
    name : str
        Name of the value in the error message.
    at_least, at_most : int, optional
        Closed bounds. By default the number must be from 1 to 2^53. None: no upper bound.
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
    number = value if type(value) is int else _whole(value)
    if number is None or number < at_least or (at_most is not None and number > at_most):
        free = at_most is None or (at_most == LARGEST and (number is None or number < at_least))
        bounds = f">= {at_least}" if free else f"from {at_least} to {at_most}"
        raise invalid(f"{name} must be a whole number {bounds}", repr(value), remedy)
    return number


def seed_number(value: Any, name: str = "seed") -> int:
    """Return a seed, a whole number >= 0 of any size, as an int.

    Raises
    ------
    InvalidInput
        The value is no whole number >= 0.

    Examples
    --------
    >>> seed_number(2**100) == 2**100
    True
    """
    return whole(value, name, at_least=0, at_most=None)


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
        A number of Python or NumPy, a Fraction, a Decimal, or an array with no axes. A bool, a text or a quantity with
        a unit is refused.
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
        raise invalid(rule, repr(value), remedy)
    return number


def real_or_infinite(value: Any, name: str, *, above: float | None = None, at_least: float | None = None) -> float:
    """Return a checked number, as `neurosim.validation.real` does, or infinity.

    Examples
    --------
    >>> import math
    >>> from neurosim.validation import real_or_infinite
    >>> real_or_infinite(math.inf, "radius", above=0)
    inf
    """
    if isinstance(value, (float, np.floating)) and value == math.inf:
        return math.inf
    return real(value, name, above=above, at_least=at_least)


MOST_NOISE = 1e100  # its square, and products of that with sizes, are finite


def noise_level(value: Any, name: str = "noise_std") -> float:
    """Return a standard deviation of noise, from 0 to 10^100, as a float.

    Raises
    ------
    InvalidInput
        The value is no such number.

    Examples
    --------
    >>> noise_level(1e300)
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: noise_std must be a finite number >= 0 and <= 1e+100, got 1e+300
    """
    return real(value, name, at_least=0, at_most=MOST_NOISE)


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
        raise invalid(f"{name} must be a number from 0 to 1", repr(value), remedy)
    return number


def one_time(value: Any, name: str, *, zero: bool = False) -> float:
    """Return one time in seconds.

    Parameters
    ----------
    value : float or quantity
        A plain number is taken as seconds; a time of Brian2, quantities or pint is converted.
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


def time_step(value: Any, name: str = "dt", *, remedy: str = "") -> float:
    """Return the time step of a simulation in seconds.

    Parameters
    ----------
    value, name
        As in `one_time`.
    remedy : str, optional
        End of the error message.

    Raises
    ------
    InvalidInput
        The value is no finite time of at least 10⁻¹² s.

    Examples
    --------
    >>> time_step(1e-4)
    0.0001
    """
    return real(one_time(value, name), name, at_least=SHORTEST_STEP, unit="s", remedy=remedy)


def seconds(value: Any, name: str, *, zero: bool = False) -> np.ndarray:
    """Return one or several times in seconds, float64.

    Parameters
    ----------
    value : float, array-like or quantity
        Plain numbers are taken as seconds; times of Brian2, quantities or pint are converted.
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
    try:
        array = plain(value, time=True)
        if array.dtype.kind == "b":  # True would be a second
            raise NotConvertibleError(repr(value))
        array = to_float64(array).copy()
    except UnitError as error:
        raise invalid(f"{name} must be a time", error.got, error.remedy or "give seconds or ms") from None
    except NotConvertibleError:
        raise InvalidInput(f"{name} must be a number of seconds, got {value!r}") from None
    if not (np.isfinite(array).all() and ((array > 0) | (zero & (array == 0))).all()):
        raise InvalidInput(f"{name} must be finite and {'>=' if zero else '>'} 0 seconds, got {value}")
    return array


def _scalar(value: Any) -> float:
    """Return a real number as a float, NaN if the value is something else."""
    if type(value) is float:
        return value
    try:
        array = plain(value)
        return float(to_float64(array)) if array.ndim == 0 and array.dtype.kind in "iuf" else float("nan")
    except NotConvertibleError:
        return float("nan")


def _whole(value: Any) -> int | None:
    """Return a whole number as an int, None if the value is something else."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else int(value)
    try:
        array = plain(value)
    except NotConvertibleError:
        return None
    return int(array) if array.ndim == 0 and array.dtype.kind in "iu" else None
