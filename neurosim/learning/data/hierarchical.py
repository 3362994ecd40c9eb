"""Arrays in HDF5 files, among them NWB and MATLAB 7.3, and in netCDF files.

What lies outside the file is refused: external links, external storage and virtual datasets. No link is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.errors import BadFile
from neurosim.learning.data.contents import Contents, choose
from neurosim.reading import reading, require_contained, require_held, require_sound_heaps, walk

_MAGIC = b"\x89HDF\r\n\x1a\n"
_NWB_IMAGES = {"ImageSeries", "ImageMaskSeries", "OpticalSeries", "OnePhotonSeries", "TwoPhotonSeries"}


def is_hdf5(path: Path) -> bool:
    """Return whether a file begins as an HDF5 file.

    Examples
    --------
    >>> from pathlib import Path
    >>> import neurosim
    >>> is_hdf5(Path(neurosim.__file__))
    False
    """
    with path.open("rb") as file:
        head = file.read(1024)
    return any(head.startswith(_MAGIC, start) for start in (0, 512))  # MATLAB puts a header of its own first


def read_hdf5(path: Path, variable: str, split: str) -> Contents:
    """Read images and labels of an HDF5 or NWB file.

    Parameters
    ----------
    path : Path
    variable : str
        Path of the dataset in the file, or its end; of an NWB series, its name; or a group of pictures of one size,
        such as `Images` in NWB. "" to choose it: see `neurosim.learning.data.contents.choose`; an NWB file's only image
        series is preferred.
    split : {"train", "test"}

    Returns
    -------
    Contents

    Raises
    ------
    BadFile
        The file is no HDF5 file, is truncated, or the images lie outside it.
    InvalidInput
        The images cannot be told.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import h5py, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "session.h5"
    ...     with h5py.File(path, "w") as file:
    ...         file["stimulus/frames"] = np.zeros((3, 8, 8))
    ...     read_hdf5(path, "frames", "train").values.shape
    (3, 8, 8)
    """
    with _opened(path) as file:
        datasets = _datasets(file)
        if variable:
            _refuse_link(file, variable, path)
            members = _members(datasets, variable)
            if members:
                return Contents(np.stack([_values(one, path) for one in members.values()]), files=tuple(members))
        shapes = {name: dataset.shape for name, dataset in datasets.items()}
        kinds = {name: dataset.parent.attrs.get("neurodata_type") for name, dataset in datasets.items()}
        series = [name for name, kind in kinds.items() if isinstance(kind, str) and kind in _NWB_IMAGES]
        images, labels = choose(shapes, variable, split, path, preferred=series)
        return Contents(
            _values(datasets[images], path),
            None if labels is None else _values(datasets[labels], path),
            _image_shape({**file.attrs, **datasets[images].attrs}),
        )


def matlab_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the variables of a MATLAB 7.3 file, which is an HDF5 file with the axes in reverse order.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to ndarray

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import h5py, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "images.mat"
    ...     with h5py.File(path, "w") as file:
    ...         file["X"] = np.zeros((3, 8, 9))
    ...     matlab_arrays(path)["X"].shape
    (9, 8, 3)
    """
    with _opened(path) as file:
        datasets = {name: dataset for name, dataset in _datasets(file).items() if "/" not in name}
        return {name: _values(dataset, path).T for name, dataset in datasets.items()}


def read_netcdf(path: Path, variable: str, split: str) -> Contents:
    """Read images and labels of a netCDF file. Its scales and missing values are decoded; missing values are refused.

    Parameters
    ----------
    path : Path
    variable : str
        Name of the variable, after the groups that hold it: group/variable. "" to choose it.
    split : {"train", "test"}

    Returns
    -------
    Contents

    Raises
    ------
    BadFile
        The file is no netCDF file, is truncated, or the images lie outside it.
    InvalidInput
        The images cannot be told.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np, xarray
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "frames.nc"
    ...     frames = xarray.Dataset({"frames": (("frame", "row", "column"), np.zeros((3, 8, 8)))})
    ...     frames.to_netcdf(path, engine="h5netcdf")
    ...     read_netcdf(path, "frames", "train").values.shape
    (3, 8, 8)
    """
    import xarray

    hdf5 = is_hdf5(path)
    if hdf5:
        with _opened(path) as file:
            require_contained(file, path)
    group, _, name = variable.strip("/").rpartition("/")
    options: dict[str, Any] = {"engine": "h5netcdf" if hdf5 else "scipy", "decode_times": False}
    if hdf5:
        options |= {"phony_dims": "sort"} | ({"group": group} if group else {})
    with reading(path, "netCDF file"), xarray.open_dataset(path, **options) as found:
        shapes = {str(key): one.shape for key, one in found.variables.items() if one.dtype.kind in "biufcUSOT"}
        images, labels = choose(shapes, name, split, path)
        chosen = found[images].load()
        return Contents(
            chosen.values,
            None if labels is None else _texts(found[labels].values),
            _image_shape({**found.attrs, **chosen.attrs}),
        )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import h5py

    with reading(path, "HDF5 file"):
        require_sound_heaps(path)
        with h5py.File(path, "r") as file:
            yield file


def _datasets(file: Any) -> dict[str, Any]:
    """Return the arrays of numbers or texts by their path; links are not followed."""
    import h5py

    arrays = ((name, one) for name, one in walk(file) if isinstance(one, h5py.Dataset))
    return {name: one for name, one in arrays if one.shape and _is_plain(one.dtype)}


def _members(datasets: dict[str, Any], variable: str) -> dict[str, Any]:
    """Return the pictures of the group `variable`, by name, if it is a group of pictures of one size."""
    groups = {name.rpartition("/")[0] for name in datasets}
    wanted = [group for group in groups if f"/{group}".endswith(f"/{variable.strip('/')}")]
    found = {name: one for name, one in datasets.items() if len(wanted) == 1 and name.rpartition("/")[0] == wanted[0]}
    one_size = len({one.shape for one in found.values()}) == 1
    pictures = all(one.ndim == 2 or (one.ndim == 3 and one.shape[2] <= 4) for one in found.values())
    return found if len(found) > 1 and one_size and pictures else {}


def _is_plain(dtype: np.dtype) -> bool:
    import h5py

    return dtype.kind in "biufcS" or h5py.check_string_dtype(dtype) is not None


def _refuse_link(file: Any, variable: str, path: Path) -> None:
    """Refuse a name that leads through a link, to another file or within this one."""
    import h5py

    group: Any = file
    for part in variable.strip("/").split("/"):
        link = group.get(part, getlink=True) if isinstance(group, h5py.Group) else None
        if link is not None and not isinstance(link, h5py.HardLink):
            raise BadFile(f"{path} must hold {variable} itself, but {part} is a link; copy the data into it")
        group = group[part] if link is not None else None


def _values(dataset: Any, path: Path) -> np.ndarray:
    import h5py

    require_held(dataset, path)
    if not dataset.size:
        outside = "; its images are files beside it" if "external_file" in dataset.parent else ""
        raise BadFile(f"{path} must have values in {dataset.name}, got shape {dataset.shape}{outside}")
    return _texts(dataset.asstr()[...] if h5py.check_string_dtype(dataset.dtype) else dataset[...])


def _texts(values: np.ndarray) -> np.ndarray:
    return values.astype(str) if values.dtype.kind == "O" else values


def _image_shape(attributes: dict[str, Any]) -> tuple[int, ...] | None:
    """Return the shape of an image as results of neurosim state it."""
    shape = np.atleast_1d(attributes.get("image_shape", ()))
    return tuple(int(n) for n in shape) if shape.size > 1 and shape.dtype.kind in "iu" else None
