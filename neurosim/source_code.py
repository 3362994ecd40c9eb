"""Digests of the code that a measurement depends on, found from the source without running it.

A stored point is reused only while the code that measured it is the same. That code is the file of the measuring
function and every module that it imports, directly or through others, of `neurosim` and of the user's own package (of
the script's folder, if the function is in a script). Imports inside functions count, and so do strings that name a
module, as in ``import_module("neurosim.engines.event")``, and attributes of imported modules, as in
``neurosim.models.Hebb``. Installed packages of others do not count. Of a function in a notebook, the functions,
classes, modules and plain values of other cells that it uses count as well.

Digests are of the syntax tree without docstrings, comments and line numbers: only a change of code changes them.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import inspect
import json
import linecache
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from neurosim.errors import Unavailable

_LIBRARY = Path(__file__).resolve().parent  # the folder neurosim
_INSTALLED = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")}
_NAMES = re.compile(r"Constant\(value='(\w+(?:\.\w+)+)")  # in a dumped tree: strings that may name a module


class _Source(NamedTuple):
    """Digest of a module's code, and the modules that it names: (module, names imported from it)."""

    digest: str
    imports: tuple[tuple[str, tuple[str, ...]], ...]


_read: dict[str, tuple[Any, _Source]] = {}  # path → state of the file, to notice changes, and its source


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
            found |= _reached(_LIBRARY / "__init__.py", "neurosim")
        elif path.is_file():
            found |= _reached(path.resolve(), _module_of(item))
        else:
            used = used_globals(item)
            modules = {name: one.__name__ for name, one in used.items() if isinstance(one, ModuleType)}
            code = _reached(path, item.__module__, modules)
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
        if file and _counts(path := Path(file)) and not path.resolve().is_relative_to(_LIBRARY):
            found |= _reached(path.resolve(), module.__name__)
    return found


def _counts(path: Path | None) -> bool:
    """Return whether a file is of `neurosim` or of the user; installed packages of others do not count."""
    if path is None:
        return False
    path = path.resolve()
    return path.is_relative_to(_LIBRARY) or not any(path.is_relative_to(folder) for folder in _INSTALLED)


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
    path = _file(name, _LIBRARY.parent)
    if path is None:
        raise ValueError(f"neurosim has no module {name}")
    code = sorted((_reached(path, name) | code_of(value)).items())
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
        here = _file(name, root.parent if Path(path).name == "__init__.py" else root)
        if here is None or _source(here).digest != digest:
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


def _reached(path: Path, name: str, bound: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the digests of a file and of all modules of its package and of `neurosim` that it imports.

    Of a cell of a notebook, `bound` has the modules that other cells imported, by the names under which they are used.
    """
    root = path.parent if path.is_file() else Path.cwd()
    if path.is_file() and ((root / "__init__.py").is_file() or path.name == "__init__.py"):
        while (root / "__init__.py").is_file():
            root = root.parent
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        own = name.partition(".")[0]
    else:  # a script: all modules in its folder, or in that of its package without __init__.py
        if tuple(name.split(".")) == path.with_suffix("").parts[-name.count(".") - 1 :]:
            root = path.parents[name.count(".")]
        own = None if root in _INSTALLED else "*"
    name = "__main__" if name.startswith("<") else name
    roots = {"neurosim": _LIBRARY.parent, **({own: root} if own else {})}
    files: dict[str, Path | None] = {}

    def locate(module: str) -> Path | None:
        if module not in files:
            top = module.partition(".")[0]
            folder = roots.get(top, roots.get("*"))
            files[module] = None if folder is None else _file(module, folder)
        return files[module]

    found, followed, waiting = {}, {name}, [(name, path)]
    while waiting:
        module, file = waiting.pop()
        source = _source(file)
        found[module] = source.digest
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        others = [(chain, ()) for chain in _chains(_tree(file), bound)] if bound and module == name else []
        for target, names in (*source.imports, *others):
            for other in _targets(_absolute(target, package), names, locate):
                where = locate(other)
                if where is not None and other not in followed:
                    followed.add(other)
                    waiting.append((other, where))
                for parent in _parents(other):  # parents are executed, but only names imported from them are followed
                    where = locate(parent)
                    if where is not None:
                        found.setdefault(parent, _source(where).digest)
    return found


def _targets(module: str, names: tuple[str, ...], locate: Any) -> Iterator[str]:
    """Yield the modules that ``from module import names`` reads; without names, the longest known start of `module`."""
    while module and locate(module) is None:
        module, names = module.rpartition(".")[0], ()
    if not module:
        return
    submodules = [f"{module}.{name}" for name in names if locate(f"{module}.{name}") is not None]
    yield from submodules
    if len(submodules) < len(names) or not names:
        yield module


def _absolute(target: str, package: str) -> str:
    """Return the absolute name of a module named from inside a package: ".a" is relative to it, "..a" to its parent."""
    level = len(target) - len(target.lstrip("."))
    if not level:
        return target
    parts = package.split(".")
    base = parts[: len(parts) - (level - 1)] if package else []
    return ".".join([*base, *filter(None, [target[level:]])])


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:k]) for k in range(1, len(parts))]


def _file(module: str, folder: Path) -> Path | None:
    """Return the file of a module below a folder."""
    path = folder.joinpath(*module.split("."))
    for candidate in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _source(path: Path) -> _Source:
    """Return a file's digest and imports; read again only when the file has changed."""
    if path.is_file():
        status = path.stat()
        state: Any = (status.st_mtime_ns, status.st_size)
    else:  # a cell of a notebook
        state = "".join(linecache.getlines(str(path)))
    known = _read.get(str(path))
    if known is None or known[0] != state:
        text = path.read_text(encoding="utf-8") if path.is_file() else state
        known = _read[str(path)] = (state, _parsed(text))
    return known[1]


def _parsed(text: str) -> _Source:
    tree = ast.parse(text)
    imports, bound = _strip(tree)
    dumped = ast.dump(tree)
    imports += [(name, ()) for name in dict.fromkeys((*_NAMES.findall(dumped), *_chains(tree, bound)))]
    return _Source(hashlib.sha256(dumped.encode()).hexdigest()[:32], tuple(imports))


def _tree(path: Path) -> ast.Module:
    return ast.parse("".join(linecache.getlines(str(path))))


def _chains(tree: ast.Module, bound: Mapping[str, str]) -> Iterator[str]:
    """Yield the attributes of imported modules that a tree uses, as "neurosim.models.Hebb"."""
    for node in ast.walk(tree):
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if parts and isinstance(node, ast.Name) and node.id in bound:
            yield ".".join([bound[node.id], *parts])


def _strip(tree: ast.Module) -> tuple[list[tuple[str, tuple[str, ...]]], dict[str, str]]:
    """Remove docstrings from a tree; return its imports, except those for type checkers only, and the names bound."""
    imports: list[tuple[str, tuple[str, ...]]] = []
    bound: dict[str, str] = {}
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            imports += [(alias.name, ()) for alias in node.names]
            tops = [(alias.asname or alias.name.partition(".")[0], alias) for alias in node.names]
            bound |= {name: alias.name if alias.asname else name for name, alias in tops}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            imports.append((module, tuple(alias.name for alias in node.names)))
            start = module if module.endswith(".") else f"{module}."
            bound |= {alias.asname or alias.name: f"{start}{alias.name}" for alias in node.names}
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
        else:
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                first = node.body[0] if node.body else None
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    del node.body[0]
            for part in ("body", "orelse", "finalbody", "handlers", "cases"):
                statements = getattr(node, part, None)
                waiting += statements if isinstance(statements, list) else []
    return imports, bound
