"""The public names and their signatures against a stored list, `tests/public_api.txt`.

A change of the list is a change that users notice. To renew the list after an intended change:
``python tests/test_public_api.py``
"""

import difflib
import inspect
import re
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

STORED = Path(__file__).with_name("public_api.txt")
RENEW = "python tests/test_public_api.py"
PACKAGES = (
    "neurosim",
    "neurosim.cells",
    "neurosim.constraints",
    "neurosim.engines",
    "neurosim.learning",
    "neurosim.measure",
    "neurosim.models",
    "neurosim.patterns",
    "neurosim.plots",
    "neurosim.sweep",
    "neurosim.theory",
)


def public_names(module: types.ModuleType) -> list[str]:
    """Return `__all__`, or else the names that the package itself defines."""
    if hasattr(module, "__all__"):
        return sorted(module.__all__)
    defined = (name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__)
    return sorted(name for name in defined if not name.startswith("_"))


def signature(function: Any) -> str:
    """Return the parameters and defaults of a callable, without annotations and addresses of objects."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    parameters = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in found.parameters.values()]
    text = str(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def lines_of_class(name: str, cls: type) -> Iterator[str]:
    """Yield the constructor, and the public methods and properties that the class or a base in neurosim defines."""
    if issubclass(cls, Enum):
        yield f"{name}: {', '.join(cls.__members__)}"
        return
    yield f"{name}{signature(cls)}"
    members = [m for base in reversed(cls.__mro__) if base.__module__.startswith("neurosim") for m in vars(base)]
    for member in sorted({m for m in members if not m.startswith("_")}):
        value = inspect.getattr_static(cls, member)
        if isinstance(value, (types.FunctionType, classmethod, staticmethod)):
            yield f"{name}.{member}{signature(getattr(cls, member))}"
        elif isinstance(value, property):
            yield f"{name}.{member}: property"


def public_api() -> list[str]:
    """Return one line for each public name, with its signature."""
    lines = []
    for package in PACKAGES:
        module = import_module(package)
        for public in public_names(module):
            value, name = getattr(module, public), f"{package}.{public}"
            if inspect.isclass(value):
                lines += lines_of_class(name, value)
            elif isinstance(value, types.ModuleType):
                lines.append(f"{name}: module")
                if value.__name__ not in PACKAGES and value.__name__.startswith(f"{package}."):
                    lines += [f"{name}.{sub}{signature(getattr(value, sub))}" for sub in functions_of(value)]
            elif isinstance(value, Mapping):
                lines.append(f"{name}: {', '.join(map(str, value))}")
            elif callable(value):
                lines.append(f"{name}{signature(value)}")
            else:
                lines.append(f"{name}: {type(value).__name__}")
    return lines


def functions_of(module: types.ModuleType) -> list[str]:
    """Return the public functions and classes that a module, which is itself a public name, offers."""
    names = getattr(module, "__all__", None) or public_names(module)
    return sorted(name for name in names if callable(getattr(module, name)))


@pytest.mark.torch
def test_public_names_and_signatures_are_those_of_the_stored_list():
    pytest.importorskip("torch")  # some names of neurosim.learning need it
    stored = STORED.read_text(encoding="utf-8").splitlines()
    difference = list(difflib.unified_diff(stored, public_api(), "stored", "now", lineterm="", n=0))
    assert not difference, "\n".join(["the public API has changed; if this is intended, run", RENEW, *difference])


def test_signatures_have_no_addresses_and_no_annotations():
    def example(a: int, b: str = "x", *, c: object = print, d: object = example_default) -> int:
        raise NotImplementedError

    assert signature(example) == "(a, b='x', *, c=<built-in function print>, d=<function example_default>)"


def example_default() -> None:
    """Serve as a default whose representation has an address."""


if __name__ == "__main__":
    STORED.write_text("\n".join(public_api()) + "\n", encoding="utf-8")
    print(f"wrote {STORED}")
