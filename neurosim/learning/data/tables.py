"""Files of arrays: .npy and .npz of NumPy, .mat of MATLAB. Python objects (pickles) are never loaded."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from neurosim.errors import BadFile, InvalidInput
from neurosim.learning.data.contents import Contents, choose, no_split
from neurosim.reading import reading, reason, require_size

_NPY, _SAVE = ".npy file of numbers", "save it with numpy.save"


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
    with reading(path, _NPY, _SAVE), path.open("rb") as file:
        return Contents(_npy(file, str(path), path.stat().st_size))


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
    with reading(name, _NPY, _SAVE):
        return Contents(_npy(stream, name))


def _npy(stream: Any, name: str, stored: int | None = None) -> np.ndarray:
    """Return the array of a stream, of which no more is read than its header announces, and at most `stored` bytes."""
    shape, column_major, dtype = _header(stream)
    size = math.prod(shape) * dtype.itemsize
    content = b""
    if stored is None or size <= stored:
        require_size(size, size, name)
        content = stream.read(size)
    if len(content) < size:
        raise BadFile(f"{name} is not a whole {_NPY} (its header announces more than the file holds); {_SAVE}")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if column_major else "C")


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return the shape, whether columns come first, and the dtype of an array in NumPy's format.

    Raises
    ------
    ValueError
        The stream is empty or has another format, or holds Python objects.
    """
    magic = stream.read(8)
    if not magic:
        raise ValueError("it is empty")
    version = np.lib.format.read_magic(io.BytesIO(magic))
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"version {version[0]}.{version[1]} of the format, which is for arrays of records")
    shape, column_major, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError("Python objects, which are pickles, are never loaded")
    if min(shape, default=0) < 0:
        raise ValueError(f"shape {shape}")
    return shape, column_major, dtype


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
    with reading(path, ".npz archive", "save it with numpy.savez"), zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        shapes, refused = {}, {}
        for name, info in members.items():
            try:
                with archive.open(info) as member:
                    shapes[name] = _header(member)[0]
            except Exception as error:  # perhaps an array that nobody needs
                refused[name] = reason(error)
        if refused and (not shapes or variable in refused):
            name = variable if variable in refused else next(iter(refused))
            raise BadFile(f"the array {name} of {path} cannot be read ({refused[name]}); save numbers with numpy.savez")

        def array(name: str) -> np.ndarray:
            info = members[name]
            require_size(info.file_size, info.compress_size, path, name)
            with archive.open(info) as member:
                found = _npy(member, f"the array {name} of {path}", info.file_size)
                if member.read(1):  # which compares the checksum of the archive, too
                    raise BadFile(f"the array {name} of {path} is longer than its header announces; {_SAVE}")
                return found

        images, labels = choose(shapes, variable, split, path)
        shape = array("image_shape") if "image_shape" in shapes else None
        return Contents(array(images), None if labels is None else array(labels), _image_shape(shape))


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

    with reading(path, "MATLAB file", "save it again"):
        if is_hdf5(path):  # MATLAB's version 7.3
            arrays = matlab_arrays(path)
        else:
            for name, shape, kind in scipy.io.whosmat(path, appendmat=False):
                if kind != "sparse":  # zeros are not stored
                    require_size(math.prod(shape), path.stat().st_size, path, name)
            found: dict[str, Any] = scipy.io.loadmat(path, appendmat=False)
            arrays = {name: value for name, value in found.items() if not name.startswith("__")}
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
    return Contents(
        arrays[images],
        None if labels is None else arrays[labels],
        _image_shape(arrays.get("image_shape")),
    )


def _image_shape(shape: np.ndarray | None) -> tuple[int, ...] | None:
    return None if shape is None or shape.dtype.kind not in "iu" else tuple(int(n) for n in shape.ravel())


def _one_array(path: Path, variable: str, split: str) -> None:
    if variable:
        raise InvalidInput(f"{path} holds one array without a name, got the name {variable}; omit it")
    if split == "test":
        raise InvalidInput(no_split(path, split, "arrays x_train and x_test in a .npz file"))
