"""Safe files: written beside the target and renamed, read without pickles, refused with a reason."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import BadFile, OutputError

if TYPE_CHECKING:
    import xarray


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in `path`'s folder; rename it to `path` on success, delete it on failure.

    Raises
    ------
    OutputError
        The folder cannot be made or written, or `path` is a folder.
    """
    path = require_writable(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp's 0600 would surprise whoever shares the folder
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def existing_file(path: str | Path, what: str) -> Path:
    """Return `path` as a Path, or say that there is no such file.

    Raises
    ------
    BadFile
        There is no file at `path`.
    """
    path = Path(path)
    if not path.is_file():
        raise BadFile(f"there is no {what} file at {path}; name an existing file")
    return path


def write_tensors(path: str | Path, tensors: Mapping[str, np.ndarray], record: Mapping[str, Any], kind: str) -> None:
    """Write arrays and a JSON-able record as one safetensors file; `kind` says what it holds.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    from safetensors.numpy import save_file

    # one key: safetensors writes several in an order of its own, and the same network would give other bytes
    metadata = {"neurosim": json.dumps({"kind": kind, "record": dict(record)}, sort_keys=True)}
    arrays = {name: np.array(array, order="C") for name, array in tensors.items()}
    with replacing(path) as temporary:
        save_file(arrays, temporary, metadata=metadata)


def read_tensors(path: str | Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read back what `write_tensors` wrote.

    Raises
    ------
    BadFile
        No such file, not a safetensors file, truncated, or of another kind.
    """
    from safetensors import SafetensorError, safe_open

    path = existing_file(path, kind.split("/")[0].lower())
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError, ValueError) as error:
        raise BadFile(f"{path} is not a whole safetensors file ({error}); write it again") from None
    try:
        label = json.loads(metadata["neurosim"])
        found, record = label["kind"], label["record"]
    except (KeyError, TypeError, json.JSONDecodeError):
        raise BadFile(f"{path} must hold a {kind}, but has no label of neurosim's; name another file") from None
    if found != kind:
        raise BadFile(f"{path} must hold a {kind}, but it says it holds a {found}; name another file")
    return tensors, record


def save_result(dataset: xarray.Dataset, path: str | Path) -> None:
    """Write a Dataset as netCDF-4. Whole numbers too large for int64 are kept as decimal strings.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    encoded = dataset.copy()
    for name, variable in dataset.variables.items():
        if variable.dtype == object and all(isinstance(x, int) for x in variable.values.flat):
            text = np.array([str(x) for x in variable.values.flat]).reshape(variable.shape)
            encoded[name] = (variable.dims, text, {**variable.attrs, "whole_number": 1})
    with replacing(path) as temporary:
        encoded.to_netcdf(temporary, engine="h5netcdf")


def load_result(path: str | Path) -> xarray.Dataset:
    """Read a Dataset that `save_result` wrote, fully into memory.

    Raises
    ------
    BadFile
        No such file, or not a whole netCDF-4 file.
    """
    import xarray

    path = existing_file(path, "result")
    try:
        with xarray.open_dataset(path, engine="h5netcdf") as file:
            dataset = file.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BadFile(f"{path} is not a whole netCDF-4 file ({error}); write it again") from None
    for name, variable in dataset.variables.items():
        if variable.attrs.pop("whole_number", None):
            whole = np.array([int(x) for x in variable.values.flat], dtype=object).reshape(variable.shape)
            dataset[name] = (variable.dims, whole, variable.attrs)
        elif variable.dtype == object:  # netCDF strings come back as objects
            dataset[name] = (variable.dims, variable.values.astype(str), variable.attrs)
        variable.encoding.clear()
    dataset.encoding.clear()
    return dataset


def require_writable(path: str | Path) -> Path:
    """Return `path`, after proving that a file can be written there; for use before long work.

    Raises
    ------
    OutputError
        It cannot.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(f"output must be a file, got the folder {path}; name a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            return path
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose a writable folder") from None
