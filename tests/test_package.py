"""The import of neurosim: its public names, its version, what it loads, and the direction of imports."""

import importlib.util
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import neurosim

ROOT = Path(__file__).parent.parent


def python(code):
    """Return what `code` prints in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_public_names_exist_and_are_listed():
    assert len(set(neurosim.__all__)) == len(neurosim.__all__)
    names = {"Network", "recall", "patterns", "theory", "cells", "constraints", "models", "engines", "measure", "sweep"}
    assert names | set(neurosim.__all__) <= set(dir(neurosim))
    assert all(getattr(neurosim, name) is not None for name in set(dir(neurosim)) - {"brian_network"})  # imports brian2


def test_subpackages_are_attributes_after_import():
    names = ("models", "engines", "measure", "sweep", "learning", "plots", "report", "interop")
    printed = python(f"import neurosim; print(*(getattr(neurosim, n).__name__ for n in {names}))")
    assert printed.split() == [f"neurosim.{name}" for name in names]


def test_the_version_is_that_of_the_installed_distribution():
    try:
        expected = metadata.version("neurosim-memory")
    except metadata.PackageNotFoundError:
        expected = "0+unknown"
    assert neurosim.__version__ == expected


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'brain'"):
        neurosim.brain  # noqa: B018


@pytest.mark.parametrize("module", ["neurosim", "neurosim.recall", "neurosim.equations"])
def test_import_loads_no_heavy_package_and_little_of_neurosim(module):
    """What an import loads decides how long it takes; `benchmarks/startup.py` prints the time."""
    before = set(python("import sys; print(*sys.modules)").split())
    loaded = set(python(f"import sys, {module}; print(*sys.modules)").split()) - before
    packages = {name.split(".")[0] for name in loaded} - sys.stdlib_module_names
    assert {name for name in packages if not name.startswith("_")} <= {"neurosim", "numpy", "threadpoolctl"}
    parts = {name.split(".")[1] for name in loaded if name.startswith("neurosim.")}
    assert not {"cli", "explore", "interop", "learning", "measure", "plots", "report", "sweep"} & parts


@pytest.mark.skipif(importlib.util.find_spec("importlinter") is None, reason="needs import-linter")
def test_imports_run_one_way():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]
    environment = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run(
        [*command, "--no-cache"],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken." in done.stdout


def test_the_package_runs_as_the_command():
    def run(*arguments):
        command = [sys.executable, "-m", "neurosim", *arguments]
        return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, check=False)

    shown = run("--version")
    assert (shown.returncode, shown.stderr) == (0, "") and shown.stdout.startswith(f"neurosim {neurosim.__version__}, ")
    wrong = run("recall", "absent.safetensors")
    assert (wrong.returncode, wrong.stdout) == (2, "") and wrong.stderr.startswith("neurosim: error: there is no ")


def test_packages_are_marked_as_typed():
    assert (ROOT / "neurosim" / "py.typed").exists()
