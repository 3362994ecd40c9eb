"""Files of arrays: .npy and .npz of NumPy, .mat of MATLAB. Python objects (pickles) are never loaded."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from neurosim.errors import BadFile, InvalidInput
from neurosim.learning.data.contents import Contents, choose, no_split
from neurosim.ownership import temporary_files

_READING = (OSError, ValueError, TypeError, KeyError, EOFError, OverflowError, MemoryError, zlib.error)
_READING += (zipfile.BadZipFile, NotImplementedError, RuntimeError, SyntaxError)  # of zip archives and headers


def read_npy(path: Path, variable: str, split: str) -> Contents:
    """Read a .npy file. The file must be as long as its header announces.

    Parameters
    ----------
    path : Path
    variable : str
        "": the file holds one array.
    split : str
        "train": the file has no other part.

    Returns
    -------
    Contents

    Raises
    ------
    BadFile
        The file is truncated, is no .npy file, or holds Python objects.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "images.npy"
    ...     np.save(path, np.zeros((3, 8, 8)))
    ...     read_npy(path, "", "train").values.shape
    (3, 8, 8)
    """
    _one_array(path, variable, split)
    return Contents(_npy(path, str(path)))


def read_stream(stream: BinaryIO, name: str) -> Contents:
    """Read the bytes of a .npy file from a stream, such as standard input.

    Parameters
    ----------
    stream : binary file
    name : str
        Name of the stream in error messages.

    Returns
    -------
    Contents

    Raises
    ------
    BadFile
        As for a file.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> stream = io.BytesIO()
    >>> np.save(stream, np.zeros((3, 8, 8)))
    >>> _ = stream.seek(0)
    >>> read_stream(stream, "the stream").values.shape
    (3, 8, 8)
    """
    with temporary_files("neurosim-stream-") as folder:  # a file has a length, with which the header is compared
        path = folder / "stream.npy"
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        return Contents(_npy(path, name))


def _npy(path: Path, name: str) -> np.ndarray:
    if not path.stat().st_size:
        raise BadFile(f"{name} is not a whole .npy file of numbers (it is empty); save it with numpy.save")
    try:
        return np.array(np.lib.format.open_memmap(path, mode="r"))
    except _READING as error:
        reason = _reason(error)
        raise BadFile(f"{name} is not a whole .npy file of numbers ({reason}); save it with numpy.save") from None


def read_npz(path: Path, variable: str, split: str) -> Contents:
    """Read images and labels of a .npz file; see `neurosim.learning.data.contents.choose`.

    Parameters
    ----------
    path : Path
    variable : str
        Name of the array of images; "" to choose it.
    split : {"train", "test"}

    Returns
    -------
    Contents

    Raises
    ------
    BadFile
        The file is no archive of arrays, is truncated, or the images are Python objects.
    InvalidInput
        The images cannot be told.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "images.npz"
    ...     np.savez(path, images=np.zeros((3, 8, 8)), labels=[1, 2, 1])
    ...     read_npz(path, "", "train").labels
    array([1, 2, 1])
    """
    if not zipfile.is_zipfile(path):
        raise BadFile(f"{path} is not a whole .npz archive; save it with numpy.savez")
    arrays, refused = {}, {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files:
                try:
                    arrays[name] = archive[name]
                except _READING as error:  # perhaps an array that nobody needs
                    refused[name] = error
    except _READING as error:
        raise BadFile(f"{path} is not a whole .npz archive ({_reason(error)}); save it with numpy.savez") from None
    if refused and (not arrays or variable in refused):
        name = variable or next(iter(refused))
        reason = _reason(refused.get(name, next(iter(refused.values()))))
        raise BadFile(f"the array {name} of {path} cannot be read ({reason}); save numbers with numpy.savez")
    return _chosen(arrays, variable, split, path)


def read_mat(path: Path, variable: str, split: str) -> Contents:
    """Read images and labels of a MATLAB file; the choice is that of `neurosim.learning.data.contents.choose`.

    MATLAB often stores images along the last axis. In an array of three or four axes, images lie along the axis that is
    as long as the labels; without labels, along the last or the first one, whichever leaves square images.

    Parameters
    ----------
    path : Path
    variable, split
        As in `read_npz`.

    Returns
    -------
    Contents

    Raises
    ------
    BadFile
        The file is truncated, or no MATLAB file.
    InvalidInput
        The images, or the axis along which they lie, cannot be told.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from scipy.io import savemat
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "images.mat"
    ...     savemat(path, {"X": np.zeros((8, 8, 3)), "y": [[1.0], [2.0], [1.0]]})
    ...     read_mat(path, "", "train").values.shape
    (3, 8, 8)
    """
    import scipy.io

    from neurosim.learning.data.hierarchical import is_hdf5, matlab_arrays

    try:
        if is_hdf5(path):  # MATLAB's version 7.3
            arrays = matlab_arrays(path)
        else:
            found: dict[str, Any] = scipy.io.loadmat(path, appendmat=False)
            arrays = {name: value for name, value in found.items() if not name.startswith("__")}
    except BadFile:
        raise
    except Exception as error:  # scipy raises errors of many kinds for damaged files
        raise BadFile(f"{path} is not a whole MATLAB file ({_reason(error)}); save it again") from None
    arrays = {name: _texts_of_cells(value) for name, value in arrays.items() if isinstance(value, np.ndarray)}
    arrays = {name: value for name, value in arrays.items() if value.dtype.kind in "biufcUS"}
    contents = _chosen(arrays, variable, split, path)
    return Contents(_images_first(contents, path), contents.labels)


def _texts_of_cells(values: np.ndarray) -> np.ndarray:
    """Return a cell array of texts as an array of texts, and other arrays as they are."""
    cells = list(values.flat) if values.dtype.kind == "O" else []
    if cells and all(isinstance(cell, np.ndarray) and cell.dtype.kind == "U" and cell.size == 1 for cell in cells):
        return np.array([cell.item() for cell in cells])
    return values


def _images_first(contents: Contents, path: Path) -> np.ndarray:
    values, last = contents.values, contents.values.ndim - 1
    if last < 2:
        return values
    if contents.labels is not None:
        axes = [axis for axis in (0, last) if values.shape[axis] == contents.labels.size]
    else:
        square = {0: values.shape[1] == values.shape[2], last: values.shape[0] == values.shape[1]}
        axes = [axis for axis, fits in square.items() if fits]
    if len(axes) != 1:
        raise InvalidInput(
            f"{path} must show along which axis images of shape {values.shape} lie; store labels beside them, or save "
            "them as .npy with images along the first axis"
        )
    return np.moveaxis(values, axes[0], 0)


def _chosen(arrays: dict[str, np.ndarray], variable: str, split: str, path: Path) -> Contents:
    images, labels = choose({name: array.shape for name, array in arrays.items()}, variable, split, path)
    shape = arrays.get("image_shape")
    return Contents(
        arrays[images],
        None if labels is None else arrays[labels],
        None if shape is None or shape.dtype.kind not in "iu" else tuple(int(n) for n in shape.ravel()),
    )


def _one_array(path: Path, variable: str, split: str) -> None:
    if variable:
        raise InvalidInput(f"{path} holds one array without a name, got the name {variable}; omit it")
    if split == "test":
        raise InvalidInput(no_split(path, split, "arrays x_train and x_test in a .npz file"))


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if "allow_pickle" in text or "Python objects" in text:
        return "Python objects, which are pickles, are never loaded"
    if "mmap length" in text or "EOF" in text:
        return "its header announces more than the file holds"
    return text[:120]
