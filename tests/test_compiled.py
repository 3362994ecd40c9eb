"""Kernels are kept on disk, and compiled anew once a file of theirs changes."""

import errno
import importlib
import importlib.util
import inspect
import os
import pickle
import pkgutil
import sys
import warnings
from pathlib import Path
from textwrap import dedent

import pytest
from numba.core import caching, config
from numba.core.caching import UserWideCacheLocator
from numba.extending import is_jitted

import neurosim
from neurosim import errors

PACKAGE = {
    "kernels/__init__.py": "",
    "kernels/sizes.py": "FACTOR = 2.0\n",
    "kernels/inner.py": """
        from neurosim.compiled import kernel

        @kernel
        def added(x):
            return x + 1.0
    """,
    "kernels/outer.py": """
        from kernels.inner import added
        from kernels.sizes import FACTOR
        from neurosim.compiled import kernel

        @kernel(error_model="numpy")
        def result(x):
            return _later(x)

        @kernel
        def _later(x):
            return FACTOR * added(x)
    """,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path / "kernels"
    forget()


def forget():
    for name in [name for name in sys.modules if name.partition(".")[0] == "kernels"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def imported():
    """Return the outer kernel as a new process imports it."""
    forget()
    return importlib.import_module("kernels.outer").result


def test_kernels_are_compiled_once(folder):
    assert imported()(1.0) == 4.0
    again = imported()
    assert again(1.0) == 4.0
    assert sum(again.stats.cache_hits.values()) == 1 and not again.stats.cache_misses


@pytest.mark.parametrize(
    ("file", "old", "new", "result"),
    [("sizes", "2.0", "3.0", 6.0), ("inner", "x + 1.0", "x + 4.0", 10.0), ("outer", "FACTOR *", "FACTOR +", 4.0)],
)
def test_an_edit_of_any_file_of_a_kernel_takes_effect(file, old, new, result, folder):
    assert imported()(1.0) == 4.0
    path = folder / f"{file}.py"
    path.write_text(path.read_text().replace(old, new))
    assert imported()(1.0) == result
    assert imported()(1.0) == result


def test_kernels_are_compiled_in_each_process_where_no_folder_can_be_written(folder, monkeypatch):
    """A file in place of the folder stands for a read-only installation, for any user."""
    (folder / "__pycache__").touch()
    monkeypatch.setattr(UserWideCacheLocator, "from_function", lambda *_: None)
    monkeypatch.setattr(errors, "_WARNED", set())
    with pytest.warns(RuntimeWarning, match="compiled functions are not kept on disk") as caught:
        assert imported()(1.0) == 4.0
    assert len(caught) == 1


def test_a_kernel_that_uses_one_that_is_not_kept_is_renewed_with_it(folder, monkeypatch):
    before = imported().neurosim_stamp
    inner = folder / "inner.py"
    inner.write_text(inner.read_text().replace("x + 1.0", "x + 4.0"))
    monkeypatch.setattr(errors, "_WARNED", set())
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    with pytest.warns(RuntimeWarning, match="not kept on disk"):
        assert imported().neurosim_stamp != before


def test_kernels_work_where_the_disk_is_full(folder, monkeypatch):
    monkeypatch.setattr(errors, "_WARNED", set())

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", full)
    with pytest.warns(RuntimeWarning, match="No space left on device"):
        assert imported()(1.0) == 4.0


@pytest.mark.parametrize("content", [b"", b"no list", b"\x80\x04K\x01."])
def test_damaged_files_of_kept_kernels_are_renewed(content, folder):
    assert imported()(1.0) == 4.0
    for path in (folder / "__pycache__").glob("*.nb?"):
        path.write_bytes(content)
    assert imported()(1.0) == 4.0
    again = imported()
    assert again(1.0) == 4.0 and sum(again.stats.cache_hits.values()) == 1


class Planted:
    """What leaves a trace when it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def of_another_user(path):
    os.chown(path, 12_345, -1)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
OTHERS = {
    "a file that others can write": lambda path: path.chmod(0o666),
    "a folder that others can write": lambda path: path.parent.chmod(0o777),
    "a file of another user": of_another_user,
    "a folder of another user": lambda path: of_another_user(path.parent),
}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[needs_root] if "another" in kind else []) for kind in OTHERS]
)
@pytest.mark.parametrize("place", ["beside the source", "elsewhere"])
def test_what_others_can_have_written_is_not_read(kind, place, folder, tmp_path, monkeypatch):
    if place == "elsewhere":
        monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
        if kind == "a file that others can write":
            pytest.skip("the folder is closed to others")
    assert imported()(1.0) == 4.0
    kept = sorted(tmp_path.rglob("*.nbi"))
    assert len(kept) == 3
    for path in kept:
        path.write_bytes(pickle.dumps(Planted(tmp_path / "trace")))
        OTHERS[kind](path)
    monkeypatch.setattr(errors, "_WARNED", set())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder that is not used
        assert imported()(1.0) == 4.0
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077])
@pytest.mark.parametrize("place", ["beside the source", "elsewhere"])
def test_kernels_are_kept_whatever_the_umask(umask, place, folder, tmp_path, monkeypatch):
    if place == "elsewhere":
        monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    before = os.umask(umask)
    try:
        for path in folder.glob("*.py"):
            path.chmod(0o666 & ~umask)
        assert imported()(1.0) == 4.0
        again = imported()
        assert again(1.0) == 4.0 and sum(again.stats.cache_hits.values()) == 1
    finally:
        os.umask(before)


def kernels():
    for module in pkgutil.walk_packages(neurosim.__path__, "neurosim."):
        spec = importlib.util.find_spec(module.name)
        assert spec and spec.origin
        source = Path(spec.origin).read_text(encoding="utf-8")  # not imported, because torch may be missing
        if "@kernel" in source or "@inlined" in source:
            for name, found in vars(importlib.import_module(module.name)).items():
                if is_jitted(found) and found.py_func.__module__ == module.name:
                    yield f"{module.name}.{name}", found.py_func


def test_kernels_name_nothing_but_kernels_and_numbers():
    """What else a kernel named, numba would keep on disk without noticing its change."""
    found = dict(kernels())
    assert {"neurosim.engines.event_kernel.replay", "neurosim.measure.capacity.branching._search"} <= set(found)
    for name, function in found.items():
        for used in inspect.getclosurevars(function).globals.values():
            own = getattr(used, "__name__", "") in ("math", "numpy", "numba") or is_jitted(used)
            assert own or isinstance(used, (int, float)), (name, used)
