"""Times, whole numbers and seeds at the door: plain numbers are seconds; Brian2 quantities are checked, converted."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.errors import InvalidInput

_BASE_DIMENSIONS = ("length", "mass", "time", "current", "temperature", "substance", "luminosity")


def seconds(value: Any, name: str) -> np.ndarray:
    """Return `value` as float64 seconds, accepting a Brian2 ``Quantity`` of dimension time.

    Parameters
    ----------
    value : float, array-like or brian2.Quantity
        Plain numbers are taken as seconds.
    name : str
        What the value is called in the error message.

    Returns
    -------
    ndarray, float64
        Same shape as `value`; a scalar gives shape ``()``.

    Raises
    ------
    InvalidInput
        The quantity has another dimension, or the value is not numeric, finite and > 0.
    """
    dimension = getattr(value, "dim", None)  # brian2.Quantity; brian2 itself need not be imported for this
    if dimension is not None and hasattr(dimension, "get_dimension"):
        powers = {base: dimension.get_dimension(base) for base in _BASE_DIMENSIONS}
        if powers.pop("time") != 1 or any(powers.values()):
            raise InvalidInput(f"{name} must be a time, got a quantity of unit {dimension!r}; give seconds or ms")
    try:
        if np.asarray(value).dtype.kind not in "iuf":  # a timedelta would lose its unit, True would be a second
            raise TypeError
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be a number of seconds, got {value!r}") from None
    if not np.all(np.isfinite(array)) or not np.all(array > 0):
        raise InvalidInput(f"{name} must be finite and > 0 seconds, got {value}")
    return array


def whole(value: Any, name: str, *, at_least: int = 1) -> int:
    """Return `value` as an int.

    Raises
    ------
    InvalidInput
        It is not a whole number >= `at_least`.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < at_least:
        raise InvalidInput(f"{name} must be a whole number >= {at_least}, got {value!r}")
    return int(value)


def rng(seed: Any) -> np.random.Generator:
    """Return the generator of a seed.

    Raises
    ------
    InvalidInput
        The seed is not a whole number >= 0.
    """
    return np.random.default_rng(whole(seed, "seed", at_least=0))
