"""Checks of names, objects and seeds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation.message import invalid
from neurosim.validation.numbers import seed_number

P = ParamSpec("P")
T = TypeVar("T")
H = TypeVar("H", bound=Hashable)


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
        End of the error message, after the nearest known name, if there is one.

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
    if isinstance(value, str):
        from difflib import get_close_matches

        if nearest := get_close_matches(value, [one for one in known if isinstance(one, str)], 1):
            remedy = f"did you mean {nearest[0]!r}? {remedy[:1].upper()}{remedy[1:]}".rstrip()
    raise invalid(f"{name} must be one of {list(known)}", repr(value), remedy)


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
        raise InvalidInput(f"{name} must be different from one another, got {values}")
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
        raise invalid(f"{name} must be {_article(kind)} {kind.__name__}", _short(value), remedy)
    return value


def takes(**kinds: type) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator that refuses arguments of another class, before the function runs.

    Parameters
    ----------
    **kinds : type
        The class of an argument by the name of its parameter. None passes only where it is the default.

    Raises
    ------
    InvalidInput
        On a call, an argument is of another class.

    Examples
    --------
    >>> @takes(label=str)
    ... def first(label):
    ...     return label[0]
    >>> first(label=3)
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: label must be a str, got 3
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        parameters = inspect.signature(function).parameters
        checks = [(list(parameters).index(name), name, parameters[name].default, kinds[name]) for name in kinds]

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            for place, name, default, kind in checks:
                value = args[place] if place < len(args) else kwargs.get(name, default)
                if value is not default:
                    instance(value, name, kind)
            return function(*args, **kwargs)

        return checked

    return decorate


def built(kind: Callable[..., T], record: Mapping[Any, Any], name: str) -> T:
    """Return the object of a class whose record, the values of its parameters by name, is given.

    Raises
    ------
    InvalidInput
        The record has another parameter, or lacks one.

    Examples
    --------
    >>> built(complex, {"real": 1, "imaginary": 2}, "number")
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: number must be a record of complex(real, imag), got ['real', 'imaginary']
    """
    signature = inspect.signature(kind)
    try:
        signature.bind(**record)
    except TypeError:
        made = f"{getattr(kind, '__name__', kind)}({', '.join(signature.parameters)})"
        raise invalid(f"{name} must be a record of {made}", f"{list(record)}", "") from None
    return kind(**record)


def sequence_of(values: Any, name: str, kind: type[T], *, empty: bool = False, remedy: str = "") -> list[T]:
    """Return a sequence of objects of a class as a list; one such object alone gives a list of one.

    Raises
    ------
    InvalidInput
        The sequence is empty and `empty` is false, or a member is of another class.

    Examples
    --------
    >>> sequence_of(("a", "b"), "labels", str)
    ['a', 'b']
    """
    if isinstance(values, kind):
        return [values]
    members: list[Any] = list(values) if isinstance(values, Iterable) else [None]
    if not (members or empty) or not all(isinstance(member, kind) for member in members):
        several = "a sequence" if empty else "a non-empty sequence"
        raise invalid(f"{name} must be {_article(kind)} {kind.__name__} or {several} of them", _short(values), remedy)
    return members


def names_of(values: Any, name: str, known: Collection[str]) -> list[str]:
    """Return a non-empty sequence of known names as a list; one name alone gives a list of one.

    Raises
    ------
    InvalidInput
        The sequence is empty, a member is no known name, or one occurs twice.

    Examples
    --------
    >>> names_of("rate", "models", ["rate", "spiking"])
    ['rate']
    >>> names_of(["rate", "spikes"], "models", ["rate", "spiking"])
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: models must be one of ['rate', 'spiking'], got 'spikes'; did you mean 'spiking'?
    """
    names = [values] if isinstance(values, str) else list(values) if isinstance(values, Iterable) else [values]
    if not names:
        raise invalid(f"{name} must be one or more of {list(known)}", "none", "")
    return distinct([one_of(one, name, known) for one in names], name)


def listed(values: Any, name: str, of: str) -> list[Any]:
    """Return the members of a sequence or another iterable as a list; a text is none of several members.

    Parameters
    ----------
    values : iterable
    name : str
        Name of the value in the error message.
    of : str
        What the members are, in the plural, for the error message.

    Raises
    ------
    InvalidInput
        The value is a text, or has no members.

    Examples
    --------
    >>> listed((2, 3), "shape", "whole numbers")
    [2, 3]
    >>> listed(2, "shape", "whole numbers")
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: shape must be a sequence of whole numbers, got 2
    """
    if isinstance(values, (str, bytes)) or not np.iterable(values):
        raise invalid(f"{name} must be a sequence of {of}", _short(values), "")
    return list(values)


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
    return np.random.default_rng(seed_number(seed))


def assign(owner: Any, **values: Any) -> None:
    """Set fields of a frozen dataclass, for use in its ``__post_init__``.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from neurosim.validation import one_time
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


def _article(kind: type) -> str:
    return "an" if kind.__name__[0] in "AEIOaeio" else "a"


def _short(value: Any) -> str:
    """Return the value as text, or the name of its type where the text would be long."""
    text = repr(value)
    return text if len(text) <= 80 and "\n" not in text else type(value).__name__
