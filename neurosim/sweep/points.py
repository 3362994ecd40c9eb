"""Points of a sweep: their keys, and the folder that stores finished points."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import math
import os
import time
import uuid
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from neurosim import InvalidInput, Network, OutputError
from neurosim.ownership import lock

_SYNC_S = 1.0  # least time between syncs of the disk; a kill loses no finished point, a power cut the last few


class Job(NamedTuple):
    """A point to measure: its key, its network if networks are given, and its arguments."""

    key: str
    network: Network | None
    point: dict[str, Any]  # with its seed


def plain(value: Any) -> Any:
    """Return a NumPy number as a Python number, so that equal points have equal keys; NaN loses its sign."""
    value = value.item() if isinstance(value, np.generic) else value
    return math.nan if isinstance(value, float) and math.isnan(value) else value


def digest(description: Any) -> str:
    """Return the digest of a description made by `described`.

    Examples
    --------
    >>> from neurosim.sweep.points import described, digest
    >>> digest(described({"a": 1})) == digest(described({"a": 1.5}))
    False
    """
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:32]


def described(value: Any) -> Any:
    """Return the JSON description of a value for a key: the value itself, or digests of all its contents.

    Parameters
    ----------
    value : object
        Numbers, strings, arrays, Networks, dataclasses, models, functions and classes of the top level of a file, and
        mappings, sequences and partials of these.

    Raises
    ------
    InvalidInput
        The value is of another kind, so that a resumed sweep could not recognise it.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.sweep.points import described
    >>> described([np.float64(1.5), "a"])
    [1.5, 'a']
    """
    value = plain(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, partial):
        return [described(value.func), described(value.args), described(value.keywords)]
    if isinstance(value, Mapping):
        return {str(name): described(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [described(item) for item in value]
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return [str(value.dtype), list(value.shape), hashlib.sha256(value.tobytes()).hexdigest()]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):  # provenance changes no result
        held = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name != "provenance"}
        return [type(value).__module__, type(value).__qualname__, described(held)]
    get_params = None if isinstance(value, type) else getattr(value, "get_params", None)
    if get_params is not None:  # a model, described by its parameters
        return [described(type(value)), described(get_params())]
    if isinstance(value, (FunctionType, type)) and "<" not in value.__qualname__:  # no lambda, no local function
        with suppress(OSError, TypeError):  # a built-in class has no source
            inspect.getsource(value)  # without a source its code is not known
            return [value.__module__, value.__qualname__]
    raise InvalidInput(
        f"{value!r} cannot be identified when a sweep is resumed; give a function or class from the top level "
        "of a file, with numbers, strings, arrays, Networks, dataclasses or models as its fixed arguments, or omit "
        "points="
    )


class Record:
    """File of one process to which finished points are appended, one line each, with a checksum of its contents.

    The file is locked while it is in use, so that no other sweep deletes it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{uuid.uuid4().hex}.jsonl"
        self.synced = 0.0
        self._file: Any = None

    def add(self, key: str, values: Mapping[str, float]) -> None:
        """Append a finished point."""
        line = json.dumps({"key": key, "values": values, "checksum": _checksum(key, values)}) + "\n"
        try:
            self._opened().write(line.encode())
            if time.monotonic() - self.synced > _SYNC_S:
                os.fsync(self._file.fileno())
                self.synced = time.monotonic()
        except OSError as error:
            raise OutputError(f"cannot keep a point in {self.path}: {error.strerror}; make room, run again") from None

    def _opened(self) -> Any:
        """Return the file, made anew if somebody has deleted it."""
        if self._file is None or not os.fstat(self._file.fileno()).st_nlink:
            self.close()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
            lock(self._file.fileno(), wait=True)
        return self._file

    def close(self) -> None:
        """Close the file; other sweeps may then delete it, if it has points of theirs only."""
        if self._file is not None:
            self._file.close()
            self._file = None


_USED: ContextVar[set[str] | None] = ContextVar("used", default=None)


@contextmanager
def used_points() -> Iterator[set[str]]:
    """Yield a set to which sweeps add the keys of their points, for `delete_points`.

    Examples
    --------
    >>> from neurosim.sweep import Runner, run
    >>> from neurosim.sweep.points import used_points
    >>> def measure(*, seed, a):
    ...     return {"double": 2 * a}
    >>> with used_points() as keys:
    ...     _ = run(measure, {"a": [1, 2]}, networks=3, seed=0)
    >>> len(keys)
    6
    """
    keys: set[str] = set()
    token = _USED.set(keys)
    try:
        yield keys
    finally:
        _USED.reset(token)


def use(keys: Iterable[str]) -> None:
    """Add keys to the set of `used_points`, if there is one.

    Examples
    --------
    >>> from neurosim.sweep.points import use, used_points
    >>> with used_points() as keys:
    ...     use(["a", "b"])
    >>> sorted(keys)
    ['a', 'b']
    """
    used = _USED.get()
    if used is not None:
        used.update(keys)


def delete_points(folder: Path, keys: Collection[str]) -> None:
    """Delete the files of a folder that have these points only, and the folder if nothing else is in it.

    Files that another process has open, files with other points, and all that is no file of points stay.

    Parameters
    ----------
    folder : Path
    keys : collection of str

    Examples
    --------
    >>> import tempfile
    >>> from neurosim.sweep.points import Record, delete_points
    >>> folder = Path(tempfile.mkdtemp())
    >>> for key in ("a", "b"):
    ...     record = Record(folder)
    ...     record.add(key, {"x": 1.0})
    ...     record.close()
    >>> delete_points(folder, ["a"])
    >>> len(list(folder.iterdir()))
    1
    """
    for path in folder.glob(f"{'[0-9a-f]' * 32}.jsonl"):
        with suppress(OSError), path.open("rb") as file:
            if lock(file.fileno(), wait=False) and _has_only(file.read(), keys):
                path.unlink()
    with suppress(OSError):
        (folder / "jobs").rmdir()  # of submitit
    with suppress(OSError):
        folder.rmdir()


def _has_only(content: bytes, keys: Collection[str]) -> bool:
    """Return whether all whole lines of a file are points with these keys; the last line may be incomplete."""
    try:
        return all(json.loads(line)["key"] in keys for line in content.split(b"\n")[:-1])
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def finished(folder: Path | None, wanted: set[str]) -> dict[str, dict[str, float]]:
    """Return the wanted points that are in the folder, by key.

    A line whose checksum is not that of its contents, because it was damaged or edited or is of another program, is not
    a point. If wanted points are missing and there are such lines, a warning gives their number. The last line of a
    process that was killed may be incomplete; nothing warns of it.
    """
    found: dict[str, dict[str, float]] = {}
    damaged = 0
    for path in sorted(folder.glob("*.jsonl")) if folder else []:
        lines: list[bytes] = []
        with suppress(OSError):  # another sweep has deleted it; or it belongs to another user
            lines = path.read_bytes().split(b"\n") if path.is_file() else []
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                if entry["checksum"] != _checksum(entry["key"], entry["values"]):
                    raise ValueError("the checksum is of other contents")
                if entry["key"] in wanted:
                    found[entry["key"]] = checked_values(entry["values"], {})
            except (ValueError, TypeError, KeyError, RecursionError):
                damaged += number < len(lines)  # what follows the last end of a line is incomplete, or nothing
    if damaged and len(found) < len(wanted):
        warnings.warn(
            f"in {folder}, {damaged} of its lines {'is no whole point' if damaged == 1 else 'are no whole points'} "
            "(damaged, edited, or of another program); points that are missing are measured again",
            stacklevel=2,
        )
    return found


def _checksum(key: str, values: Mapping[str, float]) -> str:
    """Return a digest of a stored point; JSON gives every number its shortest exact form."""
    return hashlib.sha256(json.dumps([key, values], sort_keys=True).encode()).hexdigest()[:16]


def checked_values(values: Any, given: Mapping[str, Any]) -> dict[str, float]:
    """Check the values that a measurement returned, and return them as Python numbers."""
    if not isinstance(values, Mapping):
        raise InvalidInput(f"a sweep's measurement must return numbers by name, got {values!r}")
    values = {name: plain(value) for name, value in values.items()}
    for name, value in values.items():
        if not isinstance(name, str) or name in {*given, "network"}:
            raise InvalidInput(f"a measurement must have a name, and not that of an argument, got {name!r}")
        if not isinstance(value, (bool, int, float)):
            raise InvalidInput(f"a sweep's measurement must return numbers, got {name} = {value!r}")
    return values
