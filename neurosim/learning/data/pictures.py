"""Folders of pictures, and pictures with several frames, read by Pillow."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.errors import BadFile, InvalidInput
from neurosim.learning.data.contents import Contents, no_split
from neurosim.learning.data.download import plain_or_gz
from neurosim.learning.data.formats import parse_idx_pair
from neurosim.packages import required
from neurosim.reading import reading, require_size

_GREY, _DEEP = {"1", "L"}, {"I", "F"}  # modes of Pillow: 8 bits, and 16 or 32 bits
_ALPHA = {"LA", "La", "PA", "RGBA", "RGBa"}
_IDX = {"train": "train", "test": "t10k"}


def is_picture(path: Path) -> bool:
    """Return whether the ending of a file is one of those that Pillow reads.

    Examples
    --------
    >>> from pathlib import Path
    >>> is_picture(Path("face.PNG")), is_picture(Path("labels.csv"))
    (True, False)
    """
    return required("PIL.Image", "reading pictures").registered_extensions().get(path.suffix.lower()) in _formats()


def _formats() -> list[str]:
    """Return the formats that Pillow itself reads; for PostScript it would start another program."""
    image = required("PIL.Image", "reading pictures")
    image.init()
    return [name for name in image.OPEN if name != "EPS"]


def read_folder(path: Path, variable: str, split: str) -> Contents:
    """Read the pictures of a folder, in the order of their names.

    Pictures lie in the folder itself, without labels, or in sub-folders, whose names are the labels. The folders train
    and test, if there are any, hold the two splits. Files of other kinds and hidden files are left out. IDX files with
    the names of MNIST are read in place of pictures.

    Parameters
    ----------
    path : Path
    variable : str
        "": a folder has no variables.
    split : {"train", "test"}

    Returns
    -------
    Contents
        Labels are names of sub-folders.

    Raises
    ------
    BadFile
        There are no pictures, or one is unreadable.
    InvalidInput
        Pictures differ in size, or some lie in sub-folders and some do not, or there is no such split.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("cats", "dogs"):
    ...         (Path(folder) / name).mkdir()
    ...         Image.new("L", (6, 8)).save(Path(folder) / name / "one.png")
    ...     found = read_folder(Path(folder), "", "train")
    >>> found.values.shape, found.labels.tolist()
    ((2, 8, 6), ['cats', 'dogs'])
    """
    if variable:
        raise InvalidInput(f"{path} is a folder, which has no variables, got {variable}; omit it")
    pair = _idx_pair(path, split)
    if pair is not None:
        return Contents(*parse_idx_pair(*pair))
    folder = path / split if (path / split).is_dir() else path
    if split == "test" and folder == path:
        raise InvalidInput(no_split(path, split, "the folders train and test"))
    files = [file for file in sorted(folder.rglob("*")) if _is_shown_picture(file, folder)]
    if not files:
        raise BadFile(f"{folder} must hold pictures, in it or in sub-folders, got none; give another folder")
    labels = [file.relative_to(folder).parts[0] if file.parent != folder else "" for file in files]
    if "" in labels and any(labels):
        loose = files[labels.index("")].name
        raise InvalidInput(
            f"{folder} must hold its pictures all in sub-folders, which are the labels, or all without, got {loose} "
            "beside sub-folders with pictures; move them"
        )
    names = tuple(str(file.relative_to(folder)) for file in files)
    return Contents(_stacked(files), np.array(labels) if all(labels) else None, files=names)


def read_frames(path: Path, variable: str, split: str) -> Contents:
    """Read all frames of one picture file, such as a TIFF stack.

    Parameters
    ----------
    path : Path
    variable : str
        "": a picture has no variables.
    split : str
        "train": a picture has no other part.

    Returns
    -------
    Contents

    Raises
    ------
    BadFile
        The file is unreadable.
    InvalidInput
        Frames differ in size.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> frames = [Image.new("L", (6, 8), grey) for grey in (0, 99)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "stack.tif"
    ...     frames[0].save(path, save_all=True, append_images=frames[1:])
    ...     read_frames(path, "", "train").values.shape
    (2, 8, 6)
    """
    if variable:
        raise InvalidInput(f"{path} is a picture, which has no variables, got {variable}; omit it")
    if split == "test":
        raise InvalidInput(no_split(path, split, "the folders train and test"))
    return Contents(_stacked([path], several=True))


def _idx_pair(folder: Path, split: str) -> tuple[Path, Path] | None:
    """Return the files of images and labels with the names of MNIST, plain or .gz, if the folder has both."""
    found = [plain_or_gz(folder / f"{_IDX[split]}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1")]
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _is_shown_picture(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "__")) for part in file.relative_to(folder).parts)
    return not hidden and file.is_file() and is_picture(file)


def _stacked(files: Sequence[Path], *, several: bool = False) -> np.ndarray:
    """Return pictures as one array: 8-bit, or of more bits, with as many channels as the richest of them needs."""
    kinds: dict[Path, tuple[tuple[int, int], str]] = {}
    for file in files:
        with _picture(file) as picture:
            frames = getattr(picture, "n_frames", 1)
            if frames > 1 and not several:
                raise InvalidInput(f"{file} must be one picture, got {frames} frames; give the file itself as data")
            size, bands = math.prod(picture.size) * frames, len(picture.getbands())
            require_size(size * bands * (4 if _mode(picture) in _DEEP else 1), size, file)
            kinds[file] = _upright(picture).size, _mode(picture)
    _require_one_size(kinds)
    modes = {mode for _, mode in kinds.values()}
    if len(modes & _DEEP) and len(modes) > 1:
        one, other = (next(file for file, (_, m) in kinds.items() if m == mode) for mode in sorted(modes)[:2])
        raise InvalidInput(f"pictures must all have 8 bits or all more, got {one} and {other}; convert some of them")
    mode = next(iter(modes)) if len(modes) == 1 else _richest(modes)
    return np.stack([array for file in files for array in _arrays(file, mode)])


def _arrays(file: Path, mode: str) -> list[np.ndarray]:
    sequence = required("PIL.ImageSequence", "reading pictures")
    with _picture(file) as picture:
        frames = sequence.Iterator(picture)
        found = [np.asarray(_upright(frame) if mode in _DEEP else _upright(frame).convert(mode)) for frame in frames]
    if len({array.shape for array in found}) > 1:
        raise InvalidInput(f"frames of {file} must have one size, got {found[0].shape} and others; separate them")
    return found


def _upright(picture: Any) -> Any:
    """Return a picture turned as the camera noted it."""
    return required("PIL.ImageOps", "reading pictures").exif_transpose(picture)


def _mode(picture: Any) -> str:
    """Return the mode of Pillow to which a picture is converted without loss."""
    mode = picture.mode
    if mode in _DEEP or mode.startswith("I;"):
        return "F" if mode == "F" else "I"
    alpha = mode in _ALPHA or "transparency" in picture.info
    return ("L" if mode in (*_GREY, "LA", "La") else "RGB") + ("A" if alpha else "")


def _richest(modes: set[str]) -> str:
    colour, alpha = any("RGB" in mode for mode in modes), any(mode.endswith("A") for mode in modes)
    return ("RGB" if colour else "L") + ("A" if alpha else "")


def _require_one_size(kinds: dict[Path, tuple[tuple[int, int], str]]) -> None:
    first, (size, _) = next(iter(kinds.items()))
    for file, (other, _) in kinds.items():
        if other != size:
            sizes = f"{size[1]}×{size[0]} in {first.name} and {other[1]}×{other[0]} in {file.name}"
            raise InvalidInput(f"pictures must have one size, got {sizes} (rows × columns); resize them to one size")


@contextmanager
def _picture(file: Path) -> Iterator[Any]:
    image = required("PIL.Image", "reading pictures")
    bombs = image.DecompressionBombError, image.DecompressionBombWarning
    with reading(file, "picture"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", image.DecompressionBombWarning)
                with image.open(file, formats=_formats()) as picture:
                    yield picture
        except bombs as error:
            raise BadFile(f"{file} is too large ({error}); resize it") from None
        except image.UnidentifiedImageError:
            raise BadFile(f"{file} is not a whole picture (no picture that Pillow knows); write it again") from None
