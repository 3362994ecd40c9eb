"""Every public function and class has a summary, documented parameters, and an example that runs as a doctest."""

import inspect
import pkgutil
from enum import Enum
from importlib import import_module

import pytest

import neurosim

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

_PLOTS = import_module("neurosim.plots")
PLOTS = tuple(f"neurosim.plots.{name}" for name in _PLOTS.__all__ if inspect.ismodule(getattr(_PLOTS, name)))
# What contributed figures, constraints, learning rules and models are made with; a line each, and an example.
HELPERS = (
    "neurosim.plots.axis_ticks",
    "neurosim.plots.intervals",
    "neurosim.plots.style",
    "neurosim.constraints.base",
    "neurosim.learning.local_base",
    "neurosim.learning.local_rules",
    "neurosim.models.base",
    "neurosim.models.binary",
    "neurosim.models.continuous",
    "neurosim.models.synchronous",
)
# Commands, and programs that Brian2 compiles: they run in tests of their own, not in a docstring.
WITHOUT_EXAMPLES = ("neurosim.cli.", "neurosim.engines.brian.", "neurosim.engines.event_kernel.")
# What consists of many measurements, or trains many models.
LONG = {
    "neurosim.measure.learned.recognition.recognition_by_model",
    "neurosim.report.network.write",
    "neurosim.report.study.study",
}


def public_objects(packages):
    """Yield the qualified name and the object of every public function and class."""
    for package in packages:
        module = import_module(package)
        own = [name for name, found in vars(module).items() if getattr(found, "__module__", None) == package]
        for name in getattr(module, "__all__", [name for name in own if not name.startswith("_")]):
            found = getattr(module, name)
            if (inspect.isfunction(found) or inspect.isclass(found)) and found.__module__.startswith("neurosim"):
                yield f"{package}.{name}", found


def own_objects():
    """Yield the name and the object of every function and class of every module, but for names with an underscore."""
    for module in pkgutil.walk_packages(neurosim.__path__, "neurosim."):
        if not module.name.endswith("__main__"):
            for name, found in vars(import_module(module.name)).items():
                own = getattr(found, "__module__", None) == module.name and not name.startswith("_")
                if own and (inspect.isfunction(found) or inspect.isclass(found)) and not _needs_no_example(found):
                    yield f"{module.name}.{name}", found


def problems(found):
    """Return the missing parts of an object's docstring."""
    doc = docscrape.get_doc_object(found)
    if not any(doc["Summary"]):
        return ["no summary"]
    if _needs_no_example(found):
        return []
    lacking = [] if doc["Examples"] else ["no Examples"]
    bases = [base for base in found.__mro__ if base.__module__.startswith("neurosim")] if inspect.isclass(found) else []
    documented = {name for one in bases or [found] for name in _documented(one)}
    parameters = {name for name in _signature(found) if name not in ("self", "cls")}
    return lacking + [f"parameter {name} is not documented" for name in sorted(parameters - documented)]


def _needs_no_example(found):
    return inspect.isclass(found) and issubclass(found, (Exception, Enum))


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
    objects = dict(public_objects(PACKAGES + PLOTS))
    assert {"neurosim.Network", "neurosim.recall", "neurosim.theory.spectrum"} <= set(objects)
    lacking = {name: what for name, found in objects.items() if (what := problems(found))}
    assert not lacking, "\n".join(f"{name}: {'; '.join(what)}" for name, what in lacking.items())


@pytest.mark.torch
def test_helpers_of_contributors_have_examples():
    objects = dict(public_objects(HELPERS))
    assert {"neurosim.plots.axis_ticks.whole_ticks", "neurosim.models.base.Model"} <= set(objects)
    assert not [name for name, found in objects.items() if not docscrape.get_doc_object(found)["Examples"]]


@pytest.mark.torch
def test_documented_parameters_come_with_an_example_that_runs():
    pytest.importorskip("torch")
    documented = {
        name: text
        for name, found in own_objects()
        if "Parameters\n" in (text := found.__doc__ or "") and not name.startswith(WITHOUT_EXAMPLES)
    }
    assert len(documented) > 300
    without = {name for name, text in documented.items() if ">>>" not in text or "+SKIP" in text}
    assert without == LONG


def test_incomplete_docstrings_are_found():
    def undocumented(a, b):
        """Do it.

        Parameters
        ----------
        a : int
        """

    assert problems(undocumented) == ["no Examples", "parameter b is not documented"]
