"""Valid files of every kind that neurosim reads, and their readers: what `test_files` damages."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import scipy.io
import xarray
from fuzz_inputs import few
from PIL import Image

from neurosim import BadFile, InvalidInput, Network
from neurosim.learning.data import formats, load, load_stream
from neurosim.storage import _TRAILER, load_result, save_result
from neurosim.sweep import points


class Kind(NamedTuple):
    """A kind of file: its ending, how to make one, how to read it, and what reading may raise.

    Files of the user's own images may also need another argument (which array, which split): `InvalidInput`.
    """

    ending: str
    write: Callable[[Path], Any]
    read: Callable[[Path], Any]
    refusals: tuple[type[Exception], ...] = (BadFile,)


def own_images(ending: str, write: Callable[[Path], Any]) -> Kind:
    return Kind(ending, write, load, (BadFile, InvalidInput))


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def read_idx(path: Path) -> np.ndarray:
    return formats.parse_idx(formats.content_of(path, formats.idx_length), path, 3)


def read_cifar(path: Path) -> np.ndarray:
    return formats.parse_cifar(formats.content_of(path, formats.cifar_length), path)


def write_cifar(path: Path) -> None:
    records = np.zeros((2, 3073), np.uint8)
    records[:, 1:] = few(2, 3072)
    path.write_bytes(records.tobytes())


def write_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("images", data=few(3, 4, 4), compression="gzip", chunks=(1, 4, 4))
        file["labels"] = np.arange(3)
        file["names"] = ["a", "b", "c"]
        file.attrs["image_shape"] = [4, 4]


def write_nwb(path: Path) -> None:
    with h5py.File(path, "w") as file:
        series = file.create_group("stimulus/presentation/movie")
        series.attrs["neurodata_type"] = "ImageSeries"
        series["data"] = few(3, 4, 4)


def dataset() -> xarray.Dataset:
    values = {"images": (("image", "row", "column"), few(3, 4, 4).astype(float)), "label": ("image", np.arange(3))}
    return xarray.Dataset(values, attrs={"image_shape": [4, 4], "engine": "event"})


def write_result(path: Path) -> None:
    large = np.array([2**70, 1], dtype=object)
    save_result(dataset().assign(large=("pair", large, {"units": "1"})), path)


def write_unchecked_result(path: Path) -> None:
    """Write a result without its checksum, so that damage reaches the readers behind it."""
    write_result(path)
    content = path.read_bytes()
    path.write_bytes(content[: content.rfind(_TRAILER)])


def write_points(path: Path) -> None:
    record = points.Record(path.parent)
    record.path = path
    for key in ("a", "b"):
        record.add(key, {"share": 0.5})


def read_points(path: Path) -> dict:
    return points.finished(path.parent, {"a", "b"})


def picture(format: str, **options: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        Image.fromarray(few(6, 5, 3)).convert("P" if format == "GIF" else "RGB").save(path, format, **options)

    return write


def write_stack(path: Path) -> None:
    frames = [Image.fromarray(few(6, 5) + n) for n in (0, 1)]
    frames[0].save(path, "TIFF", save_all=True, append_images=frames[1:])


def read_standard_input(path: Path) -> Any:
    return load_stream(io.BytesIO(path.read_bytes()), "stdin")


KINDS = {
    "network": Kind("safetensors", lambda path: Network.gaussian(12, 3, seed=0).save(path), Network.load),
    "result": Kind("nc", write_result, load_result),
    "result without checksum": Kind("nc", write_unchecked_result, load_result),
    "points of a sweep": Kind("jsonl", write_points, read_points),
    "IDX": Kind("idx", lambda path: path.write_bytes(idx(few(3, 4, 4))), read_idx),
    "IDX, gzip": Kind("gz", lambda path: path.write_bytes(gzip.compress(idx(few(3, 4, 4)))), read_idx),
    "CIFAR": Kind("bin", write_cifar, read_cifar),
    "npy": own_images("npy", lambda path: np.save(path, few(3, 4, 4))),
    "npy, standard input": Kind(
        "npy", lambda path: np.save(path, few(3, 4, 4)), read_standard_input, (BadFile, InvalidInput)
    ),
    "npz": own_images("npz", lambda path: np.savez_compressed(path, images=few(3, 4, 4), labels=np.arange(3))),
    "MATLAB 5": own_images(
        "mat", lambda path: scipy.io.savemat(path, {"X": few(4, 4, 3), "y": np.arange(3.0)}, do_compression=True)
    ),
    "MATLAB 4": own_images("mat", lambda path: scipy.io.savemat(path, {"X": few(3, 16)}, format="4")),
    "MATLAB 7.3": own_images("mat", write_hdf5),
    "HDF5": own_images("h5", write_hdf5),
    "NWB": own_images("nwb", write_nwb),
    "netCDF-4": own_images("nc", lambda path: dataset().to_netcdf(path, engine="h5netcdf")),
    "netCDF-3": own_images("nc", lambda path: dataset().to_netcdf(path, engine="scipy")),
    "PNG": own_images("png", picture("PNG")),
    "GIF": own_images("gif", picture("GIF")),
    "JPEG": own_images("jpg", picture("JPEG")),
    "BMP": own_images("bmp", picture("BMP")),
    "PPM": own_images("ppm", picture("PPM")),
    "WebP": own_images("webp", picture("WEBP")),
    "TIFF": own_images("tif", picture("TIFF")),
    "TIFF stack": own_images("tif", write_stack),
}
