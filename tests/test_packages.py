"""Optional packages are imported when they are used, and named where they are missing."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from neurosim import Network, Unavailable
from neurosim.interop import from_nir, to_neo, to_nir
from neurosim.packages import DISTRIBUTION, EXTRAS, required


def test_importing_the_functions_imports_none_of_the_extra():
    code = "import sys; from neurosim.interop import to_neo, to_nir, from_nir; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "neurosim.interop.nir_graph" in done.stdout.split()
    assert not {"neo", "nir", "elephant", "quantities", "brian2", "xarray"} & set(done.stdout.split())


@pytest.mark.parametrize("name", ["neo", "nir"])
def test_missing_packages_are_named_with_the_extra(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(Unavailable, match=rf"{name}, which is not installed; pip install 'neurosim-memory\[interop\]'"):
        required(name, "this test")


def test_a_missing_module_of_neurosim_is_no_missing_extra():
    with pytest.raises(ModuleNotFoundError, match=r"neurosim\.nothing"):
        required("neurosim.nothing", "this test")


def test_each_function_names_its_missing_package(monkeypatch):
    for name in ("neo", "nir"):
        monkeypatch.setitem(sys.modules, name, None)
    net = Network.gaussian(20, 2, seed=0)
    run = type("Dataset", (dict,), {"attrs": {"cells": "Regular()"}, "data_vars": ()})(spike_time=0)
    for call in (lambda: to_nir(net), lambda: from_nir(None), lambda: to_neo(run)):
        with pytest.raises(Unavailable, match="interop"):
            call()


def test_every_extra_exists():
    pyproject = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["name"] == DISTRIBUTION
    assert set(EXTRAS.values()) <= set(pyproject["project"]["optional-dependencies"])


def test_locked_requirements_include_every_extra():
    root = Path(__file__).parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    files = [(root / "requirements" / name).read_text(encoding="utf-8") for name in ("py311.txt", "docs.txt")]
    pairs = (line.partition("==") for text in files for line in text.splitlines())
    locked = {canonicalize_name(name): version for name, _, version in pairs if version}
    extras = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *(text for name in extras if name not in ("all", "cuda") for text in extras[name]),
    ]
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": "3.11"}):
            assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


def test_the_wheel_holds_neurosim_and_nothing_else(tmp_path):
    root = Path(__file__).parent.parent
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".*", "build", "demo", "figures", "*.egg-info", "__pycache__")
    shutil.copytree(root, source, ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*command, str(tmp_path), str(source)], check=True)
    (path,) = tmp_path.glob("*.whl")
    assert path.name.startswith("neurosim_memory-0.1.0-")  # the fallback, because the copy is without git
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"neurosim"}
    assert {"neurosim/py.typed", "neurosim/report/report.html.j2", "neurosim/cli/main.py"} <= set(names)
