"""Pages of the public names, from the list that the tests keep in tests/public_api.txt."""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import get_origin

from sphinx.ext.autosummary import Autosummary

ROOT = Path(__file__).parent.parent.parent
HERE = ROOT / "docs" / "generated" / "api"
INDEX = (
    "Python API",
    "==========",
    "",
    "These are the public names; all others may change. The page of each name has an example that runs.",
    "",
    ".. toctree::",
    "   :maxdepth: 1",
    "",
)
REFERENCES = re.compile(r",? \[[\w-]+\]_")
LINE = re.compile(r"^(neurosim[.\w]*)(.*)$")


def entries():
    """Return the public names by module: their names, and registries with the names that they hold."""
    lines = [LINE.match(line) for line in (ROOT / "tests" / "public_api.txt").read_text(encoding="utf-8").splitlines()]
    modules: dict[str, dict[str, str]] = {}
    for match in lines:
        owner, name = match[1].rsplit(".", 1)
        try:
            module = import_module(owner)
        except ImportError:
            continue  # a method or a field: its class documents it
        value = getattr(module, name)
        if get_origin(value) is not None:
            continue  # an alias of types
        if isinstance(value, ModuleType):
            modules.setdefault(value.__name__, {})
        else:
            modules.setdefault(owner, {})[name] = match[2] if match[2].startswith(":") and not callable(value) else ""
    return {module: names for module, names in sorted(modules.items()) if names}


def page(module, names):
    """Return the page of one module: its docstring, its registries, and a table of its names."""
    documented = [name for name, rest in names.items() if not rest]
    registries = {name: rest[1:].strip() for name, rest in names.items() if rest and "," in rest}
    lines = [module, "=" * len(module), "", f".. automodule:: {module}", "   :no-members:", "   :no-index:", ""]
    for name, held in registries.items():
        lines += [f"``{name}`` holds " + ", ".join(f"``{key.strip()}``" for key in held.split(",")) + ".", ""]
    if documented:
        lines += [f".. currentmodule:: {module}", "", ".. autosummary::", "   :toctree: names", "   :nosignatures:", ""]
        lines += [f"   {name}" for name in documented]
    return "\n".join(lines) + "\n"


def write(app, config):
    """Write one page for each module, unchanged files left alone so that they are not built again."""
    HERE.mkdir(parents=True, exist_ok=True)
    modules = entries()
    for module, names in modules.items():
        keep(HERE / f"{module}.rst", page(module, names))
    lines = [*INDEX, *(f"   {module}" for module in modules)]
    keep(HERE / "index.rst", "\n".join(lines) + "\n")


def keep(path, text):
    """Write a file unless it has this text already."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


class Table(Autosummary):
    """A table of names and summaries without references to literature, which stands on the pages of the names."""

    def get_items(self, names):
        """Return the rows."""
        return [(*row[:2], REFERENCES.sub("", row[2]), *row[3:]) for row in super().get_items(names)]


def plain(app, what, name, obj, options, lines):
    """Keep bars of absolute values and the index ·, which reStructuredText takes for substitutions and references."""
    doctest = False
    for number, line in enumerate(lines):
        doctest = bool(line.strip()) and (doctest or line.lstrip().startswith(">>>"))
        if not doctest and "``" not in line:
            lines[number] = line.replace("|", r"\|").replace("_·", r"\_·")


def setup(app):
    """Connect to Sphinx, before it and autosummary look for pages."""
    app.add_directive("autosummary", Table, override=True)
    app.connect("config-inited", write)
    app.connect("autodoc-process-docstring", plain, priority=900)
    return {"parallel_read_safe": True}
