"""Reading and writing of files: atomic, by renaming a temporary file, and without pickles."""

from __future__ import annotations

import hashlib
import json
import os
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
    """Yield a temporary path in the same folder; rename it to `path` on success and delete it on failure.

    Raises
    ------
    OutputError
        The folder cannot be made or written, or `path` is a folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.storage import replacing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "new.txt"
    ...     with replacing(path) as temporary:
    ...         _ = temporary.write_text("content")
    ...     path.read_text()
    'content'
    """
    path = require_writable(path)
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(mode=0o666, exist_ok=False)  # less the umask, which cannot be read without changing it
        mode = temporary.stat().st_mode
        yield temporary
        temporary.chmod(mode)  # safetensors writes another file, which only its owner can read
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def existing_file(path: str | Path, what: str) -> Path:
    """Return `path` as a Path, with ~ for the home folder, or raise an error if there is no such file.

    Parameters
    ----------
    path : str or Path
    what : str
        Kind of file, for the error message.

    Raises
    ------
    BadFile
        There is no file at `path`.

    Examples
    --------
    >>> from neurosim import storage
    >>> storage.existing_file(storage.__file__, "Python").name
    'storage.py'
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise BadFile(f"there is no {what} file at {path}; name an existing file")
    return path


def write_tensors(path: str | Path, tensors: Mapping[str, np.ndarray], record: Mapping[str, Any], kind: str) -> None:
    """Write arrays and a JSON-compatible record as one safetensors file.

    Parameters
    ----------
    path : str or Path
    tensors : mapping of str to ndarray
    record : mapping
    kind : str
        Name and version of the format, for instance "Network/2"; `read_tensors` checks it.

    Raises
    ------
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from neurosim.storage import read_tensors, write_tensors
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "zeros.safetensors"
    ...     write_tensors(path, {"weights": np.zeros((2, 3))}, {"seed": 0}, "Example/1")
    ...     tensors, record = read_tensors(path, "Example/1")
    >>> tensors["weights"].shape, record
    ((2, 3), {'seed': 0})
    """
    from safetensors.numpy import save_file

    arrays = {name: np.array(array, order="C") for name, array in tensors.items()}
    label = {"kind": kind, "record": dict(record)}
    # One key only: safetensors writes several in varying order, and the same network would give different bytes.
    metadata = {"neurosim": json.dumps({**label, "checksum": _checksum(arrays, label)}, sort_keys=True)}
    with replacing(path) as temporary:
        save_file(arrays, temporary, metadata=metadata)


def read_tensors(path: str | Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a file that `write_tensors` wrote.

    Returns
    -------
    tensors : dict of str to ndarray
    record : dict

    Raises
    ------
    BadFile
        There is no such file, or it is no safetensors file, truncated, changed after it was written, or of another
        kind.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from neurosim.storage import read_tensors, write_tensors
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "zeros.safetensors"
    ...     write_tensors(path, {"weights": np.zeros((2, 3))}, {"seed": 0}, "Example/1")
    ...     tensors, record = read_tensors(path, "Example/1")
    >>> tensors["weights"].shape, record
    ((2, 3), {'seed': 0})
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
        checksum, found, record = label.pop("checksum", None), label["kind"], label["record"]
    except (KeyError, TypeError, json.JSONDecodeError):
        raise BadFile(f"{path} must hold a {kind}, but has no label of neurosim; give another file") from None
    if found != kind:
        raise BadFile(f"{path} must hold a {kind}, but is labelled {found}; give another file")
    if checksum != _checksum(tensors, label):
        raise BadFile(f"{path} was changed after it was written: its checksum is of other contents; write it again")
    return tensors, record


def _checksum(tensors: Mapping[str, np.ndarray], label: Mapping[str, Any]) -> str:
    """Return a digest of everything that a file of tensors holds."""
    total = hashlib.sha256(json.dumps(label, sort_keys=True).encode())
    for name in sorted(tensors):
        array = tensors[name]
        total.update(repr((name, str(array.dtype), array.shape)).encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def save_result(dataset: xarray.Dataset, path: str | Path) -> None:
    """Write a Dataset as a netCDF-4 file.

    The file ends with a checksum, after the part that netCDF reads. Programs that write the file anew omit it.

    Parameters
    ----------
    dataset : xarray.Dataset
        Whole numbers too large for int64 are written as decimal strings.
    path : str or Path

    Raises
    ------
    OutputError
        The file cannot be written.

    See Also
    --------
    load_result : Read the file.

    Examples
    --------
    >>> import neurosim, tempfile, xarray
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     neurosim.save_result(xarray.Dataset({"share": 0.5}), Path(folder) / "result.nc")
    ...     float(neurosim.load_result(Path(folder) / "result.nc").share)
    0.5
    """
    encoded = dataset.copy()
    for name, variable in dataset.variables.items():
        if variable.dtype == object and all(isinstance(x, int) for x in variable.values.flat):
            text = np.array([str(x) for x in variable.values.flat]).reshape(variable.shape)
            encoded[name] = (variable.dims, text, {**variable.attrs, "whole_number": 1})
    with replacing(path) as temporary:
        encoded.to_netcdf(temporary, engine="h5netcdf")
        with temporary.open("ab") as file:
            file.write(_trailer(temporary.read_bytes()))


def load_result(path: str | Path) -> xarray.Dataset:
    """Read a Dataset that `save_result` wrote into memory.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    BadFile
        There is no such file, it is not a whole netCDF-4 file, or its checksum is of other contents.

    See Also
    --------
    save_result : Write a Dataset.

    Examples
    --------
    >>> import neurosim
    >>> neurosim.load_result("absent.nc")
    Traceback (most recent call last):
    neurosim.errors.BadFile: there is no result file at absent.nc; name an existing file
    """
    import xarray

    path = existing_file(path, "result")
    contents = path.read_bytes()
    begin = contents.rfind(_TRAILER, -_TRAILER_SIZE)
    if begin >= 0 and contents[begin:] != _trailer(contents[:begin]):
        raise BadFile(f"{path} is not a whole netCDF-4 file: its checksum is of other contents; write it again")
    try:
        with xarray.open_dataset(path, engine="h5netcdf") as file:
            dataset = file.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BadFile(f"{path} is not a whole netCDF-4 file ({error}); write it again") from None
    for name, variable in dataset.variables.items():
        if variable.attrs.pop("whole_number", None):
            whole = np.array([int(x) for x in variable.values.flat], dtype=object).reshape(variable.shape)
            dataset[name] = (variable.dims, whole, variable.attrs)
        elif variable.dtype == object:  # netCDF strings are read as objects
            dataset[name] = (variable.dims, variable.values.astype(str), variable.attrs)
        variable.encoding.clear()
    dataset.encoding.clear()
    return dataset


def _trailer(contents: bytes) -> bytes:
    return _TRAILER + hashlib.sha256(contents).hexdigest().encode() + b"\n"


_TRAILER = b"\nneurosim sha256 "
_TRAILER_SIZE = len(_TRAILER) + 65


def require_writable(path: str | Path) -> Path:
    """Return `path` as a Path after a test that a file can be written there; to be called before long computations.

    ~ stands for the home folder. A missing folder is made by `replacing`, when there is something to write.

    Raises
    ------
    OutputError
        `path` is a folder, or no file can be written there.
    """
    import tempfile

    path = Path(path).expanduser()
    if path.is_dir():
        raise OutputError(f"output must be a file, got the folder {path}; name a file in it")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            return path
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose a writable folder") from None
