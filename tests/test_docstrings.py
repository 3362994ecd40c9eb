"""Every public function and class has a summary, documented parameters, and an example that runs as a doctest."""

import inspect
from enum import Enum
from importlib import import_module

import pytest

docscrape = pytest.importorskip("numpydoc.docscrape")

PACKAGES = (
    "neurosim",
    "neurosim.cells",
    "neurosim.constraints",
    "neurosim.engines",
    "neurosim.engines.brian",
    "neurosim.equations",
    "neurosim.interop",
    "neurosim.learning",
    "neurosim.measure",
    "neurosim.measure.statistics",
    "neurosim.models",
    "neurosim.patterns",
    "neurosim.plots",
    "neurosim.sweep",
    "neurosim.theory",
)


def public_objects():
    """Yield the qualified name and the object of every public function and class."""
    for package in PACKAGES:
        module = import_module(package)
        own = [name for name, found in vars(module).items() if getattr(found, "__module__", None) == package]
        for name in getattr(module, "__all__", [name for name in own if not name.startswith("_")]):
            found = getattr(module, name)
            if (inspect.isfunction(found) or inspect.isclass(found)) and found.__module__.startswith("neurosim"):
                yield f"{package}.{name}", found


def problems(found):
    """Return the missing parts of an object's docstring."""
    doc = docscrape.get_doc_object(found)
    if not any(doc["Summary"]):
        return ["no summary"]
    if inspect.isclass(found) and issubclass(found, (Exception, Enum)):
        return []
    lacking = [] if doc["Examples"] else ["no Examples"]
    bases = [base for base in found.__mro__ if base.__module__.startswith("neurosim")] if inspect.isclass(found) else []
    documented = {name for one in bases or [found] for name in _documented(one)}
    parameters = {name for name in _signature(found) if name not in ("self", "cls")}
    return lacking + [f"parameter {name} is not documented" for name in sorted(parameters - documented)]


def _documented(found):
    doc = docscrape.get_doc_object(found)
    sections = (*doc["Parameters"], *doc["Other Parameters"])
    return [name.strip().lstrip("*") for one in sections for name in one.name.split(",")]


def _signature(found):
    try:
        return inspect.signature(found).parameters
    except ValueError:
        return {}


@pytest.mark.torch
def test_public_docstrings_are_complete():
    pytest.importorskip("torch")
    objects = dict(public_objects())
    assert {"neurosim.Network", "neurosim.recall", "neurosim.theory.spectrum"} <= set(objects)
    lacking = {name: what for name, found in objects.items() if (what := problems(found))}
    assert not lacking, "\n".join(f"{name}: {'; '.join(what)}" for name, what in lacking.items())


def test_incomplete_docstrings_are_found():
    def undocumented(a, b):
        """Do it.

        Parameters
        ----------
        a : int
        """

    assert problems(undocumented) == ["no Examples", "parameter b is not documented"]
