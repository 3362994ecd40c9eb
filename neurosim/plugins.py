"""Registries that installed packages extend through entry points.

A package that registers a model, for instance, states in its ``pyproject.toml``

    [project.entry-points."neurosim.models"]
    clipped = "my_package.models:Clipped"

Once it is installed, its entry is known wherever a name is: the functions of the library, the command line, the
comparison, stored records. Groups and what their entries must be:

======================  ===========================================================
neurosim.models         a subclass of `neurosim.models.Model`
neurosim.constraints    a subclass of `neurosim.constraints.Constraint`
neurosim.cells          a `neurosim.cells.SpikingCell`, or a subclass of it
neurosim.recipes        a `neurosim.learning.Recipe`
neurosim.engines        a subclass of `neurosim.engines.Engine`
neurosim.ensembles      a function ``(n_visible, n_hidden, rng) -> weights``
neurosim.local_rules    a subclass of `neurosim.learning.local_base.LocalRule`
neurosim.damages        a subclass of `neurosim.damage.Damage`
======================  ===========================================================

A class has the name of its entry point as its `name`. Entry points are read when a registry is listed or asked for a
name that it does not have, so that `import neurosim` and built-in names cost nothing. An entry that cannot be used is
named in a warning and left out.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar

T = TypeVar("T")

# after "neurosim."
GROUPS = ("models", "constraints", "cells", "recipes", "engines", "ensembles", "local_rules", "damages")


class Registry(MutableMapping[str, T]):
    """A mapping of names to entries: the built-in ones, those of installed packages, and what is assigned.

    Parameters
    ----------
    group : str
        Group of entry points, one of `GROUPS`.
    entries : mapping of str to object
        The built-in entries. A plug-in cannot replace them.
    rule : str
        What an entry must be, for the warning.
    accepts : callable
        Whether a loaded object is such an entry.
    made : callable, optional
        Makes the entry of the loaded object. Default: the object itself.

    Examples
    --------
    >>> from neurosim.plugins import Registry
    >>> known = Registry("models", {"one": 1}, "a number", lambda value: isinstance(value, int))
    >>> known["two"] = 2
    >>> list(known), known["one"], "three" in known
    (['one', 'two'], 1, False)
    """

    def __init__(
        self,
        group: str,
        entries: Mapping[str, T],
        rule: str,
        accepts: Callable[[Any], bool],
        made: Callable[[Any], T] = lambda value: value,
    ) -> None:
        self.group, self._entries = group, dict(entries)
        self._rule, self._accepts, self._made = rule, accepts, made
        self._is_read, self._lock = False, threading.RLock()

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            self.read()
        return self._entries[name]

    def __setitem__(self, name: str, entry: T) -> None:
        self._entries[name] = entry

    def __delitem__(self, name: str) -> None:
        del self._entries[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names, those of plug-ins last, which are read only if the iteration comes to them."""
        known = list(self._entries)
        yield from known
        self.read()
        yield from [name for name in self._entries if name not in known]

    def __len__(self) -> int:
        self.read()
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        if name not in self._entries:
            self.read()
        return name in self._entries

    def __repr__(self) -> str:
        return f"Registry({self.group!r}, {self._entries!r})"

    def read(self) -> None:
        """Load the plug-ins, once; warn of each that cannot be used."""
        with self._lock:
            if self._is_read:
                return
            self._is_read = True  # a plug-in may look into the registry while it is loaded
            for point in entry_points(self.group):
                try:
                    self._load(point)
                except (Exception, SystemExit) as error:
                    what = f"{point.name} = {point.value} of {_package(point)} (neurosim.{self.group})"
                    warnings.warn(f"the plug-in {what} is left out: {type(error).__name__}: {error}", stacklevel=2)

    def _load(self, point: Any) -> None:
        found = point.load()
        if not self._accepts(found):
            raise TypeError(f"it must be {self._rule}, got {found!r}")
        if isinstance(found, type) and getattr(found, "name", None) != point.name:
            raise ValueError(f"name must be that of the entry point, got {getattr(found, 'name', None)!r}")
        entry = self._made(found)
        if self._entries.setdefault(point.name, entry) != entry:
            raise ValueError("there is another one of this name")


def entry_points(group: str) -> list[Any]:
    """Return the entry points of a group, ordered by package and name; nothing is imported.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    list of importlib.metadata.EntryPoint

    Examples
    --------
    >>> from neurosim.plugins import entry_points
    >>> entry_points("no such group")
    []
    """
    from importlib import metadata

    return sorted(metadata.entry_points(group=f"neurosim.{group}"), key=lambda point: (_package(point), point.name))


def installed(groups: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return name, group and package of every installed plug-in of some groups; nothing is imported.

    Parameters
    ----------
    groups : iterable of str
        Of `GROUPS`.

    Returns
    -------
    list of (str, str, str)

    Examples
    --------
    >>> from neurosim.plugins import installed
    >>> installed(["no such group"])
    []
    """
    return [(point.name, group, _package(point)) for group in groups for point in entry_points(group)]


def subclass_of(kind: type) -> tuple[str, Callable[[Any], bool]]:
    """Return rule and test of a registry of classes.

    Examples
    --------
    >>> from neurosim.plugins import subclass_of
    >>> rule, accepts = subclass_of(Exception)
    >>> rule, accepts(ValueError), accepts(ValueError())
    ('a subclass of Exception', True, False)
    """
    return f"a subclass of {kind.__name__}", lambda value: isinstance(value, type) and issubclass(value, kind)


def _package(point: Any) -> str:
    return point.dist.name if point.dist is not None else "an unnamed package"
