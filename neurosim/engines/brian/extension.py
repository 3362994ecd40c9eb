"""The function `Changes.build`: its names, its random numbers, its failures, and the objects that it leaves behind.

Random numbers of `build` have one seed for all runs of a request (`Job.build_seed`). What Python draws comes from
numpy's and Python's global generators, which are seeded for the time of the call. What Brian2 draws, as in
``connect(p=0.1)`` or ``group.x = "rand()"``, comes from the same generator at runtime; a compiled program draws it anew
in each run, from a generator that its ``main`` seeds before (`neurosim.engines.brian.worker`).
"""

from __future__ import annotations

import ast
import builtins
import gc
import logging
import random
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import brian2
import numpy as np
from brian2.core.base import BrianObject
from brian2.devices.device import RuntimeDevice

from neurosim.engines.changes import Changes
from neurosim.errors import InvalidInput

_FILE = "<build>"


@cache
def namespace() -> dict[str, Any]:
    """Return the names that a function `Changes.build` may use."""
    names = {name: value for name, value in vars(brian2).items() if not name.startswith("_")}
    return {**vars(builtins), **names, "brian2": brian2, "np": np}


def is_random(name: str) -> bool:
    """Return whether a name that `build` may use is that of a function or generator of ``np.random``."""
    value = namespace().get(name)
    module = str(getattr(value, "__module__", ""))
    return module.startswith("numpy.random") or isinstance(getattr(value, "__self__", None), np.random.RandomState)


def extend(changes: Changes, network: brian2.Network, clock: brian2.Clock, seed: int | None) -> None:
    """Call `Changes.build` with the network; what it makes has the network's clock where it names none.

    Parameters
    ----------
    changes : Changes
    network : brian2.Network
    clock : brian2.Clock
    seed : int or None
        Of its random numbers.

    Raises
    ------
    InvalidInput
        It raised an error, in the line that the message has, or made an object that it did not keep.
    """
    if not changes.build:
        return
    device: Any = brian2.get_device()
    names = dict(namespace())
    exec(compile(changes.build, _FILE, "exec"), names)
    build: Any = names[ast.parse(changes.build).body[0].name]  # pyright: ignore[reportAttributeAccessIssue]  # a def
    before, device.defaultclock = device.defaultclock, clock
    with _dropped():  # objects of earlier networks, which have the same names
        gc.collect()
    try:
        with _dropped() as dropped, _seeded(seed if changes.draws_in_build else None):
            build(network)
    except Exception as error:
        raise InvalidInput(_failure(changes.build, error)) from error
    finally:
        device.defaultclock = before
    if dropped:
        raise InvalidInput(forgotten(dropped[0]))


def forgotten(name: str) -> str:
    """Return what to do about an object that `build` made and did not add."""
    return f"build made {name} but did not add it to the network; add it by network.add(...)"


@contextmanager
def _dropped() -> Iterator[list[str]]:
    """Collect the names of objects that `build` made and dropped, in place of Brian2's warnings."""
    names: list[str] = []

    def wanted(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if (found := re.search("'(.*?)' is getting deleted", text)) is None or _FILE not in text:
            return True
        names.append(found[1])
        return False

    logger = logging.getLogger("brian2.core.base.unused_brian_object")
    logger.addFilter(wanted)
    try:
        yield names
    finally:
        logger.removeFilter(wanted)


@contextmanager
def without_leftovers() -> Iterator[None]:
    """After an error, keep Brian2 from warning of each object that was made and is deleted without having run."""
    before = set(BrianObject.__instances__())
    try:
        yield
    except BaseException:
        for one in made_since(before):
            one._network = one._network or "given up"
        raise


def made_since(before: set[Any]) -> list[Any]:
    """Return the objects of Brian2 that were made since a copy of ``BrianObject.__instances__()``."""
    return [one for reference in set(BrianObject.__instances__()) - before if (one := reference()) is not None]


def reason(error: BaseException) -> str:
    """Return the message of the first cause, on one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error.args[0] if isinstance(error, KeyError) and error.args else error).split())


def _failure(source: str, error: BaseException) -> str:
    """Return which line of `build` failed, and why."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    where = f", in the line `{source.splitlines()[lines[-1] - 1].strip()}`" if lines and lines[-1] else ""
    first: BaseException = error
    while first.__cause__ is not None:
        first = first.__cause__
    return (
        f"build failed{where}: {type(first).__name__}: {reason(error)}; neurosim.brian_network(...) shows the objects "
        "of the network that it receives"
    )


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Seed the generators of numpy, Python and Brian2, and restore those of numpy and Python."""
    if seed is None:
        yield
        return
    numbers, state = np.random.get_state(), random.getstate()  # noqa: NPY002
    device: Any = brian2.get_device()
    try:
        random.seed(seed)
        if isinstance(device, RuntimeDevice):
            device.seed(seed)
        else:
            np.random.seed(seed)  # noqa: NPY002
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numbers)  # noqa: NPY002
        if isinstance(device, RuntimeDevice):
            device.rand_buffer_index[:] = device.randn_buffer_index[:] = 0
