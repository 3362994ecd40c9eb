"""What `import neurosim` costs and offers, and which way imports run."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import neurosim

ROOT = Path(__file__).parent.parent
PUBLIC = {
    "BadFile",
    "Heaviside",
    "Identity",
    "InputCurrent",
    "InvalidInput",
    "Network",
    "NeurosimError",
    "Normalise",
    "Outcome",
    "OutputError",
    "Power",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Unavailable",
    "brian_network",
    "constraints",
    "krotov_hopfield",
    "load_result",
    "patterns",
    "recall",
    "save_result",
    "spiking",
    "theory",
}


def python(code):
    """Return what `code` prints in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_public_names():
    assert set(neurosim.__all__) == PUBLIC
    assert len(neurosim.__all__) == len(PUBLIC)
    assert all(getattr(neurosim, name) is not None for name in PUBLIC - {"brian_network"})  # it imports brian2


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'brain'"):
        neurosim.brain  # noqa: B018


@pytest.mark.parametrize("module", ["neurosim", "neurosim.recall", "neurosim.equations"])
def test_import_pulls_in_nothing_heavy(module):
    loaded = python(f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})").split()
    assert {"neurosim", "numpy"} <= set(loaded)
    assert not {"brian2", "torch", "matplotlib", "numba", "scipy", "pandas", "xarray"} & set(loaded)


def test_import_is_quick():
    # processor time, best of five: what the import costs, not what else the machine was doing
    code = "import time; start = time.process_time(); import neurosim; print(time.process_time() - start)"
    assert min(float(python(code)) for _ in range(5)) < 0.5


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


def test_packages_are_marked_as_typed():
    assert (ROOT / "neurosim" / "py.typed").exists()
