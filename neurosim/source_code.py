"""Digests of the code that a measurement depends on, found from the source without running it.

A stored point is reused only while the code that measured it is the same. That code is the file of the measuring
function and every module that it imports, directly or through others, of `neurosim` and of the user's own package (of
the script's folder, if the function is in a script). Imports inside functions count, and so do strings that name a
module, as in ``import_module("neurosim.engines.event")``, and attributes of imported modules, as in
``neurosim.models.Hebb``. Installed packages of others do not count. Of a function in a notebook, the functions,
classes, modules and plain values of other cells that it uses count as well.

`neurosim.module_digests` reads the files.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import linecache
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from neurosim.errors import Unavailable
from neurosim.module_digests import INSTALLED, LIBRARY, file_of, reached, source_of


def code_of(value: Any) -> dict[str, str]:
    """Return the digest of every module that a value's code depends on, by module name.

    Parameters
    ----------
    value : object
        Functions, classes, models and dataclasses such as engines have code, and so have those among the arguments of
        a `functools.partial` and in mappings and sequences. Numbers, strings and arrays have none.

    Returns
    -------
    dict of str to str
        Module names in order. A function without a source file, as from a terminal, counts as using all
        modules that `import neurosim` reads.

    Examples
    --------
    >>> from neurosim.measure.recall.trials import recalled_share
    >>> from neurosim.source_code import code_of
    >>> code = code_of(recalled_share)
    >>> "neurosim.theory.coupling" in code, "neurosim.plots.curves" in code
    (True, False)
    """
    found: dict[str, str] = {}
    waiting, seen = list(_with_code(value)), set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        path = _source_file(item)
        if path is None:
            found |= reached(LIBRARY / "__init__.py", "neurosim")
        elif path.is_file():
            found |= reached(path.resolve(), _module_of(item))
        else:
            used = used_globals(item)
            modules = {name: one.__name__ for name, one in used.items() if isinstance(one, ModuleType)}
            code = reached(path, item.__module__, modules)
            found |= {f"{name}.{item.__qualname__}" if name == "__main__" else name: code[name] for name in code}
            found |= {f"__main__.{name}": text for name, one in used.items() if (text := _plain_value(one))}
            waiting += [one for one in _with_code(list(used.values())) if _counts(_source_file(one))]
            found |= _of_modules(used.values())
    return dict(sorted(found.items()))


def _source_file(item: Any) -> Path | None:
    """Return the file of a function or class, or the name of its cell of a notebook; None without a source."""
    try:
        path = inspect.getsourcefile(item)
    except TypeError:
        return None
    # "<string>" is whatever was executed last from a text: since Python 3.13 the program after `python -c`.
    return None if path is None or path == "<string>" or not linecache.getlines(path) else Path(path)


def _module_of(item: Any) -> str:
    """Return the name of an item's module; after ``python -m``, the name that was given."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return spec.name if item.__module__ == "__main__" and spec is not None else item.__module__


def _of_modules(values: Iterable[Any]) -> dict[str, str]:
    """Return the digests of the modules among values that are of the user, with those that they import."""
    found: dict[str, str] = {}
    for module in values:
        file = getattr(module, "__file__", None) if isinstance(module, ModuleType) else None
        if file and _counts(path := Path(file)) and not path.resolve().is_relative_to(LIBRARY):
            found |= reached(path.resolve(), module.__name__)
    return found


def _counts(path: Path | None) -> bool:
    """Return whether a file is of `neurosim` or of the user; installed packages of others do not count."""
    if path is None:
        return False
    path = path.resolve()
    return path.is_relative_to(LIBRARY) or not any(path.is_relative_to(folder) for folder in INSTALLED)


def digest_of_module(name: str, value: Any = ()) -> str:
    """Return one digest of the code of a module of `neurosim` and of all modules that it imports; imports none of them.

    Parameters
    ----------
    name : str
        For instance "neurosim.learning.trainer".
    value : object, optional
        Its code counts as well, as in `code_of`.

    Examples
    --------
    >>> from neurosim.source_code import digest_of_module
    >>> digest_of_module("neurosim.learning.trainer") == digest_of_module("neurosim.recall")
    False
    """
    path = file_of(name, LIBRARY.parent)
    if path is None:
        raise ValueError(f"neurosim has no module {name}")
    code = sorted((reached(path, name) | code_of(value)).items())
    return hashlib.sha256(repr(code).encode()).hexdigest()[:32]


def require_same_code(code: Mapping[str, str]) -> None:
    """Check that this process has the code with which a sweep was started.

    Parameters
    ----------
    code : mapping of str to str
        From `code_of` in the process that started the sweep. Modules that are not present in this process, such as a
        script whose function was sent with the task, are not compared.

    Raises
    ------
    Unavailable
        A module differs.

    Examples
    --------
    >>> from neurosim.measure.recall.trials import recalled_share
    >>> from neurosim.source_code import code_of, require_same_code
    >>> require_same_code(code_of(recalled_share))
    """
    for name, digest in code.items():
        top = sys.modules.get(name.partition(".")[0])
        path = getattr(top, "__file__", None)
        if name.partition(".")[0] == "__main__" or path is None:
            continue
        root = Path(path).resolve().parent
        here = file_of(name, root.parent if Path(path).name == "__init__.py" else root)
        if here is None or source_of(here).digest != digest:
            raise Unavailable(
                f"a worker has other code than the sweep: the module {name} differs; install the same code on all "
                "machines, with the same version of Python, and start the sweep again"
            )


def used_globals(item: Any) -> dict[str, Any]:
    """Return the global values that a function, or the methods of a class, uses, by name.

    Examples
    --------
    >>> from neurosim.source_code import used_globals
    >>> sorted(used_globals(used_globals))
    ['CodeType', 'FunctionType']
    """
    found: dict[str, Any] = {}
    functions = [item] if isinstance(item, FunctionType) else [*vars(item).values()]
    for one in functions:
        one = getattr(one, "__func__", getattr(one, "fget", one))  # of class and static methods, and properties
        if not isinstance(one, FunctionType):
            continue
        waiting = [one.__code__]
        while waiting:
            code = waiting.pop()
            waiting += [part for part in code.co_consts if isinstance(part, CodeType)]
            found |= {name: one.__globals__[name] for name in code.co_names if name in one.__globals__}
    return found


def _plain_value(value: Any) -> str:
    """Return a digest of a number, text or array, or of a sequence or mapping of them; "" for other values."""
    try:
        text = json.dumps(value, default=_array_digest, sort_keys=True)
    except (TypeError, ValueError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _array_digest(value: Any) -> str:
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.hasobject:
        raise TypeError
    return f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"


def _with_code(value: Any) -> Iterator[Any]:
    """Yield the functions and classes in a measurement and its fixed arguments."""
    if isinstance(value, partial):
        for part in (value.func, *value.args, *value.keywords.values()):
            yield from _with_code(part)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _with_code(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _with_code(item)
    elif isinstance(value, (FunctionType, type)):
        yield value
    elif dataclasses.is_dataclass(value):
        yield type(value)
        for entry in dataclasses.fields(value):
            yield from _with_code(getattr(value, entry.name))
    elif hasattr(value, "get_params"):
        yield from _with_code([type(value), value.get_params()])
