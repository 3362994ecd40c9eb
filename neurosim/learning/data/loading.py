"""`load`: images of a named data set, of a folder or of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from neurosim.errors import BadFile, InvalidInput
from neurosim.learning.data.arrays import Range
from neurosim.learning.data.contents import Contents
from neurosim.learning.data.hierarchical import read_hdf5, read_netcdf
from neurosim.learning.data.images import Images
from neurosim.learning.data.named import DATASETS
from neurosim.learning.data.pictures import is_picture, read_folder, read_frames
from neurosim.learning.data.tables import read_mat, read_npy, read_npz, read_stream
from neurosim.outputs import expanded
from neurosim.storage import nearest
from neurosim.validation import one_of

SPLITS = ("train", "test")
READERS: dict[str, Callable[[Path, str, str], Contents]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".mat": read_mat,
    ".nc": read_netcdf,
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
    ".nwb": read_hdf5,
}


def load(
    name: str | Path,
    *,
    split: str = "train",
    data_dir: str | Path | None = None,
    download: bool = False,
    value_range: Range | None = None,
) -> Images:
    """Load the images of a named data set, of a folder of pictures or of a file of arrays.

    Parameters
    ----------
    name : str or path
        A name: "digits" (the 1,797 digits of 8×8 pixels that come with scikit-learn, without files), "mnist",
        "fashion-mnist" or a part of EMNIST such as "emnist-letters" (IDX files, plain or .gz), "cifar10" (binary
        files), or "sklearn:" with iris, wine or breast_cancer. Or a path: a folder of pictures with sub-folders as
        labels, a .npy, .npz, .mat, .h5, .nwb or .nc file, or a TIFF stack. "file.nc:variable" names one of
        several arrays.
    split : {"train", "test"}, default "train"
        Data sets without a test split, such as "digits", are all "train". A folder has splits if it has the
        sub-folders train and test, a file if its arrays have such names.
    data_dir : path, optional
        Folder that holds the files of a named data set, or holds them in a folder called `name`. Default: the
        environment variable NEUROSIM_DATA, else the cache of earlier downloads.
    download : bool, default False
        Whether to download missing files into ``data_dir/name``; they are checked against their SHA-256.
    value_range : (float, float), optional
        Values at a path that become 0 and 1. Default: 0 and 255 of bytes, otherwise the least and the greatest of
        both splits; values within [0, 1] are kept.

    Returns
    -------
    Images

    Raises
    ------
    InvalidInput
        The data set or the split is unknown, or the arrays or pictures at the path do not fit together.
    MissingData
        A file of a named data set is missing.
    BadFile
        A file is truncated, too long, or has other content.
    Unavailable
        The download failed, or scikit-learn or pooch is not installed.

    See Also
    --------
    Images.from_array : Images of an array.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> load_data("digits")
    Images('digits', split='train', 1797 images of shape (8, 8))
    """
    one_of(split, "split", SPLITS)
    if name in DATASETS:
        return DATASETS[str(name)].load(split, data_dir, download)
    path, variable = _path_and_variable(str(name))
    found = _read(path, variable, split)
    value_range = value_range or _range_of_both(found, path, variable, split)
    return _images(found, _title(path, variable), split, str(name), value_range)


def load_stream(stream: BinaryIO, name: str, value_range: Range | None = None) -> Images:
    """Load images from the bytes of a .npy file in a stream, such as standard input.

    Parameters
    ----------
    stream : binary file
    name : str
        Name of the images.
    value_range : (float, float), optional
        As in `load`.

    Returns
    -------
    Images

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> stream = io.BytesIO()
    >>> np.save(stream, np.zeros((3, 8, 8)))
    >>> _ = stream.seek(0)
    >>> load_stream(stream, "stdin")
    Images('stdin', split='train', 3 images of shape (8, 8))
    """
    return _images(read_stream(stream, name), name, "train", "-", value_range)


def _images(found: Contents, name: str, split: str, path: str, value_range: Range | None) -> Images:
    given = {"split": split, "path": path, "files": found.files, "value_range": value_range}
    return Images.from_array(found.values, found.labels, image_shape=found.image_shape, name=name, **given)


def _range_of_both(found: Contents, path: Path, variable: str, split: str) -> Range | None:
    """Return the least and the greatest value of both splits, None if there is one or no need to scale."""
    parts = [np.asarray(found.values)]
    if parts[0].dtype.kind not in "fiu" or parts[0].dtype == np.uint8:
        return None
    try:
        parts.append(np.asarray(_read(path, variable, "test" if split == "train" else "train").values))
    except InvalidInput:
        return None
    if any(part.dtype.kind not in "fiu" or not part.size for part in parts):
        return None
    low, high = float(min(part.min() for part in parts)), float(max(part.max() for part in parts))
    return None if 0 <= low <= high <= 1 or not np.isfinite([low, high]).all() else (low, high)


def _path_and_variable(name: str) -> tuple[Path, str]:
    """Return the path of `name`, and the variable in it after a colon, "" if there is none."""
    head, _, variable = name.rpartition(":")
    for text, inside in ((name, ""), (head, variable)):
        if text and _exists(expanded(text)):
            return expanded(text), inside
    known, hint = ", ".join(DATASETS), nearest(name, DATASETS) or "check the path"
    raise InvalidInput(f"data must be a name ({known}) or an existing folder or file, got {name!r}; {hint}")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, or a folder that is closed to this user
        return False


def _title(path: Path, variable: str) -> str:
    """Return a name for images that is fit for a file name."""
    stem = path.resolve().name if path.is_dir() else path.stem
    return "-".join([stem, *variable.strip("/").split("/")] if variable else [stem])


def _read(path: Path, variable: str, split: str) -> Contents:
    if path.is_dir():
        return read_folder(path, variable, split)
    reader = READERS.get(path.suffix.lower())
    if reader is None and is_picture(path):
        reader = read_frames
    if reader is None:
        raise BadFile(
            f"{path} must be a folder of pictures, a picture or a file ending in {', '.join(READERS)}; convert it"
        )
    return reader(path, variable, split)
