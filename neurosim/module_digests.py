"""Digests of the code of a file and of all modules that it imports, read from the source without running it.

Digests are of the syntax tree without docstrings, comments and line numbers: only a change of code changes them.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import re
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

LIBRARY = Path(__file__).resolve().parent  # the folder neurosim
INSTALLED = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")}
_NAMES = re.compile(r"Constant\(value='(\w+(?:\.\w+)+)")  # in a dumped tree: strings that may name a module


class Source(NamedTuple):
    """A file as read.

    Parameters
    ----------
    digest : str
        Of its code.
    imports : tuple of (str, tuple of str)
        The modules that it names, and the names imported from each.

    Examples
    --------
    >>> from neurosim.module_digests import LIBRARY, source_of
    >>> dict(source_of(LIBRARY / "errors.py").imports)["__future__"]
    ('annotations',)
    """

    digest: str
    imports: tuple[tuple[str, tuple[str, ...]], ...]


_read: dict[str, tuple[Any, Source]] = {}  # path → state of the file, to notice changes, and its source


def reached(path: Path, name: str, bound: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the digests of a file and of all modules of its package and of `neurosim` that it imports.

    Parameters
    ----------
    path : Path
        The file, or the name of a cell of a notebook.
    name : str
        Name of its module.
    bound : mapping of str to str, optional
        Of a cell of a notebook: the modules that other cells imported, by the names under which it uses them.

    Returns
    -------
    dict of str to str
        By module name. Parents of a module count, and of them no imports.

    Examples
    --------
    >>> from neurosim.module_digests import LIBRARY, reached
    >>> sorted(reached(LIBRARY / "memory.py", "neurosim.memory"))
    ['neurosim', 'neurosim.errors', 'neurosim.memory']
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
        own = None if root in INSTALLED else "*"
    name = "__main__" if name.startswith("<") else name
    roots = {"neurosim": LIBRARY.parent, **({own: root} if own else {})}
    files: dict[str, Path | None] = {}

    def locate(module: str) -> Path | None:
        if module not in files:
            top = module.partition(".")[0]
            folder = roots.get(top, roots.get("*"))
            files[module] = None if folder is None else file_of(module, folder)
        return files[module]

    found, followed, waiting = {}, {name}, [(name, path)]
    while waiting:
        module, file = waiting.pop()
        source = source_of(file)
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
                        found.setdefault(parent, source_of(where).digest)
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


def file_of(module: str, folder: Path) -> Path | None:
    """Return the file of a module below a folder, None if there is none.

    Examples
    --------
    >>> from neurosim.module_digests import LIBRARY, file_of
    >>> file_of("neurosim.errors", LIBRARY.parent).name
    'errors.py'
    """
    path = folder.joinpath(*module.split("."))
    for candidate in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def source_of(path: Path) -> Source:
    """Return the digest and the imports of a file or of a cell of a notebook; read again only when it has changed.

    Examples
    --------
    >>> from neurosim.module_digests import LIBRARY, source_of
    >>> len(source_of(LIBRARY / "errors.py").digest)
    32
    """
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


def _parsed(text: str) -> Source:
    tree = ast.parse(text)
    imports, bound = _strip(tree)
    dumped = ast.dump(tree)
    imports += [(name, ()) for name in dict.fromkeys((*_NAMES.findall(dumped), *_chains(tree, bound)))]
    return Source(hashlib.sha256(dumped.encode()).hexdigest()[:32], tuple(imports))


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
