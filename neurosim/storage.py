"""Formats of files: netCDF for results, safetensors for networks and training states; with checksums, no pickles."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import BadFile, OutputError
from neurosim.outputs import expanded, write_file
from neurosim.reading import reading, require_contained, require_sound_heaps

if TYPE_CHECKING:
    import xarray


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
    path = expanded(path)
    try:
        found = path.is_file()
    except OSError as error:  # a name that is too long, or a folder that is closed to this user
        raise BadFile(f"no {what} file can be read at {path}: {error.strerror}; name an existing file") from None
    if not found:
        raise BadFile(f"there is no {what} file at {path}; {nearest(path) or 'name an existing file'}")
    return path


def nearest(path: str | Path, names: Iterable[str] = ()) -> str:
    """Return a question that suggests the name nearest to a mistyped path, or "" if none is near.

    Parameters
    ----------
    path : str or Path
    names : iterable of str, optional
        Names beside those of the files and folders in the same folder.

    Examples
    --------
    >>> from neurosim import storage
    >>> storage.nearest("mnits", ["mnist", "digits"])
    "did you mean 'mnist'?"
    """
    from difflib import get_close_matches

    try:
        beside = [str(other) for other in Path(path).parent.iterdir()]
    except OSError:  # there is no such folder, or it is closed to this user
        beside = []
    found = get_close_matches(str(path), [*names, *beside], 1)
    return f"did you mean {found[0]!r}?" if found else ""


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
    from safetensors.numpy import save

    arrays = {name: np.array(array, order="C") for name, array in tensors.items()}
    arrays = {name: array.astype(array.dtype.newbyteorder("="), copy=False) for name, array in arrays.items()}
    label = json.loads(json.dumps({"kind": kind, "record": dict(record)}))  # as it will be read
    # One key only: safetensors writes several in varying order, and the same network would give different bytes.
    metadata = {"neurosim": json.dumps({**label, "checksum": _checksum(arrays, label)}, sort_keys=True)}
    write_file(path, save(arrays, metadata=metadata))


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
    from safetensors import safe_open

    path = existing_file(path, kind.split("/")[0].lower())
    with reading(path, "safetensors file"), safe_open(path, framework="np") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    try:
        label = json.loads(metadata["neurosim"])
        checksum, found, record = label.pop("checksum", None), label["kind"], dict(label["record"])
    except Exception:  # JSON of any form, or none
        raise BadFile(f"{path} must hold a {kind}, but has no label of neurosim; give another file") from None
    if found != kind:
        raise BadFile(f"{path} must hold a {kind}, but is labelled {found}; give another file")
    with reading(path, "safetensors file"):
        same = checksum == _checksum(tensors, label)
    if not same:
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
        Whole numbers too large for int64, also attributes, are written as decimal strings.
    path : str or Path

    Raises
    ------
    OutputError
        The file cannot be written, or a variable has an attribute by which readers change its values: _FillValue,
        missing_value, scale_factor, add_offset, or units with "since".

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
    buffer = in_memory(dataset, path)
    buffer.seek(0, io.SEEK_END)
    buffer.write(_trailer(hashlib.sha256(buffer.getvalue()).hexdigest()))
    # A view of the buffer that stays in a traceback would crash Python 3.12 when it ends; the value is no copy.
    write_file(path, buffer.getvalue())


def in_memory(dataset: xarray.Dataset, path: str | Path, *, unlimited: tuple[str, ...] = ()) -> io.BytesIO:
    """Return a Dataset as a netCDF-4 file in memory, without checksum; `path` is for the error message."""
    buffer = io.BytesIO()
    try:
        encoded(dataset).to_netcdf(buffer, engine="h5netcdf", unlimited_dims=unlimited)
    except MemoryError:
        raise
    except Exception as error:  # xarray, h5netcdf and h5py each have errors of their own
        raise OutputError(f"cannot write {path}: netCDF cannot hold the result: {error}; change it") from error
    return buffer


def encoded(dataset: xarray.Dataset) -> xarray.Dataset:
    """Return a Dataset of what netCDF holds: large whole numbers as decimal strings, texts that UTF-8 can hold."""
    result = dataset.copy().assign_attrs(_encoded(dataset.attrs))
    for name, variable in dataset.variables.items():
        _check_attributes(str(name), variable.attrs)
        values, attributes = variable.values, _encoded(variable.attrs)
        if values.dtype == object and all(map(_is_whole, values.flat)):
            values, attributes = (
                np.array([str(x) for x in values.flat]).reshape(values.shape),
                {**attributes, _WHOLE: 1},
            )
        elif values.dtype == object and all(isinstance(x, bool | np.bool_) for x in values.flat):
            values = values.astype(bool)
        elif values.dtype.kind in "OU":
            values = np.array([_text(x) for x in values.flat], dtype=values.dtype).reshape(values.shape)
        elif attributes == variable.attrs:
            continue
        result[name] = (variable.dims, values, attributes, variable.encoding)
    return result


def _check_attributes(variable: str, attributes: Mapping[Any, Any]) -> None:
    """Raise an error if a reader of netCDF would take an attribute as an instruction to change the values."""
    wrong = [name for name in attributes if name in _INSTRUCTIONS]
    if " since " in str(attributes.get("units", "")):
        wrong.append("units")
    if wrong:
        raise ValueError(f"readers change the values of {variable} by its attribute {wrong[0]!r}; rename it")


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
    path = existing_file(path, "result")
    with reading(path, "netCDF-4 file"):
        return _result(path)


def is_saved_result(path: Path) -> bool:
    """Return whether `save_result` wrote a file, by the last bytes of it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mine.nc"
    ...     _ = path.write_bytes(b"not a result")
    ...     is_saved_result(path)
    False
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TRAILER_SIZE))
        return file.read().startswith(_TRAILER)


def _result(path: Path) -> xarray.Dataset:
    import h5py
    import xarray

    contents = path.read_bytes()
    begin = contents.rfind(_TRAILER, -_TRAILER_SIZE)
    if begin >= 0 and contents[begin:] != _trailer(hashlib.sha256(contents[:begin]).hexdigest()):
        raise BadFile(f"{path} is not a whole netCDF-4 file: its checksum is of other contents; write it again")
    require_sound_heaps(path)
    with h5py.File(path, "r") as file:
        require_contained(file, path)
    options: Any = {"engine": "h5netcdf", "phony_dims": "sort"}
    with xarray.open_dataset(path, **options) as file:
        dataset = file.load()
    dataset.attrs = _decoded(dataset.attrs)
    for name, variable in dataset.variables.items():
        variable.attrs = _decoded(variable.attrs)
        if variable.attrs.pop(_WHOLE, None):
            whole = np.array([int(str(x)) for x in variable.values.flat], dtype=object).reshape(variable.shape)
            dataset[name] = (variable.dims, whole, variable.attrs)
        elif variable.dtype == object:  # netCDF strings are read as objects
            dataset[name] = (variable.dims, variable.values.astype(str), variable.attrs)
        variable.encoding.clear()
    dataset.encoding.clear()
    return dataset


_WHOLE, _WHOLES = "whole_number", "whole_number_attributes"  # mark whole numbers written as decimal strings
_INSTRUCTIONS = ("_FillValue", "missing_value", "scale_factor", "add_offset")


def _encoded(attributes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return attributes that netCDF holds; it refuses seeds of 128 bits and badly encoded names."""
    large = [str(name) for name, value in attributes.items() if _is_large(value)]
    held = {k: [*map(str, np.ravel(v))] if k in large else _text(v) for k, v in attributes.items()}
    return {**held, _WHOLES: large} if large else held


def _decoded(attributes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the attributes that `_encoded` encoded."""
    large = np.ravel(attributes.get(_WHOLES, [])).tolist()
    whole = {name: [int(x) for x in np.ravel(attributes[name])] for name in large if name in attributes}
    whole = {name: values[0] if len(values) == 1 else values for name, values in whole.items()}
    return {name: value for name, value in {**attributes, **whole}.items() if name != _WHOLES}


def _is_large(value: Any) -> bool:
    """Return whether a value is, or holds, a whole number too large for int64."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return all(map(_is_whole, values)) and any(not -(2**63) <= x < 2**63 for x in values)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any) -> Any:
    """Return a text, or texts, with "?" for what UTF-8 cannot hold; another value unchanged."""
    if isinstance(value, (list, tuple)):
        return [_text(one) for one in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def append_checksum(path: Path) -> None:
    """Append the checksum of a netCDF file's contents to it, after the part that netCDF reads."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    with path.open("ab") as file:
        file.write(_trailer(digest.hexdigest()))


def _trailer(digest: str) -> bytes:
    return _TRAILER + digest.encode() + b"\n"


_TRAILER = b"\nneurosim sha256 "
_TRAILER_SIZE = len(_TRAILER) + 65
