"""What a file of arrays holds, and the choice of the images and labels among several arrays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from neurosim.errors import BadFile, InvalidInput

_LABEL_WORDS = {"label", "labels", "y", "target", "targets"}
_IMAGE_WORDS = {"image", "images", "x", "data", "pixels"}
_N_LISTED = 12


@dataclass(frozen=True)
class Contents:
    """Arrays read from a file, before the rules of `neurosim.learning.data.arrays`.

    Parameters
    ----------
    values : ndarray
        Images along the first axis.
    labels : ndarray, optional
    image_shape : tuple of int, optional
        Shape of an image, if the file states it.
    files : tuple of str, default ()
        File of each image.

    Examples
    --------
    >>> import numpy as np
    >>> Contents(np.zeros((2, 4, 4))).labels is None
    True
    """

    values: np.ndarray
    labels: np.ndarray | None = None
    image_shape: tuple[int, ...] | None = None
    files: tuple[str, ...] = ()


def choose(
    shapes: Mapping[str, tuple[int, ...]], variable: str, split: str, path: Path, preferred: Collection[str] = ()
) -> tuple[str, str | None]:
    """Return the name of the array of images, and of its labels if there are any.

    Without `variable`, the images are the only array with two or more axes; of several, the one of `preferred`, or the
    one called images, image, x, data or pixels. Names with train and test, such as x_train, belong to the splits. The
    labels are called label, labels, y, target or targets, with the same other words, such as y_train.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Shape of each array of numbers or texts in the file.
    variable : str
        Name of the array, or its last part; "" to choose it.
    split : {"train", "test"}
    path : Path
        The file, for error messages.
    preferred : collection of str, default ()
        Names of arrays that the file itself describes as images.

    Returns
    -------
    images : str
    labels : str or None

    Raises
    ------
    BadFile
        There is no array of images.
    InvalidInput
        There is no such array, there are several, or there is none for the split.

    Examples
    --------
    >>> from pathlib import Path
    >>> choose({"x_train": (9, 4), "y_train": (9,), "x_test": (2, 4), "y_test": (2,)}, "", "test", Path("a.npz"))
    ('x_test', 'y_test')
    """
    images = _named(shapes, variable, path) if variable else _found(shapes, split, path, preferred)
    group, _, name = images.rpartition("/")
    rest = _words(name)
    labels = [
        other
        for other in shapes
        if other.rpartition("/")[0] == group and other != images and _belong_together(_words(other), rest)
    ]
    return images, labels[0] if len(labels) == 1 else None


def _named(shapes: Mapping[str, tuple[int, ...]], variable: str, path: Path) -> str:
    wanted = variable.strip("/")
    if wanted in shapes:
        return wanted
    for end in (f"/{wanted}", f"/{wanted}/data"):
        found = [name for name in shapes if f"/{name}".endswith(end)]
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidInput(f"{path} has several arrays {wanted}: {_listed(found, shapes)}; give the whole name")
    ends = [name.removesuffix("/data").rpartition("/")[2] for name in shapes]  # an NWB series holds its values in data
    nearest = get_close_matches(wanted, [*shapes, *ends], 1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    raise InvalidInput(f"{path} must have the array {wanted}, but has {_listed(shapes, shapes)}{hint}")


def _found(shapes: Mapping[str, tuple[int, ...]], split: str, path: Path, preferred: Collection[str]) -> str:
    names = [name for name, shape in shapes.items() if len(shape) >= 2 and not _words(name) & _LABEL_WORDS]
    if not names:
        has = f"only {_listed(shapes, shapes)}" if shapes else "none"
        raise BadFile(f"{path} must have an array of images, with two or more axes, but has {has}")
    of_splits = [name for name in names if _words(name) & {"train", "test"}]
    if of_splits:
        names = [name for name in of_splits if split in _words(name)]
    if not names or (split == "test" and not of_splits):
        raise InvalidInput(no_split(path, split, "arrays x_train, y_train, x_test and y_test"))
    for some in (names, [n for n in names if n in preferred], [n for n in names if _words(n) & _IMAGE_WORDS]):
        if len(some) == 1:
            return some[0]
    raise InvalidInput(
        f"{path} has several arrays that may be images: {_listed(names, shapes)}; name one, {path.name}:{names[0]}"
    )


def no_split(path: Path, split: str, layout: str) -> str:
    """Return the message that a file or folder has no images of a split.

    Examples
    --------
    >>> from pathlib import Path
    >>> no_split(Path("faces"), "test", "the folders train and test")
    'faces has no test part; give it train and test parts: the folders train and test'
    """
    return f"{path} has no {split} part; give it train and test parts: {layout}"


def _words(name: str) -> set[str]:
    """Return the words of a name, in lower case: xTrain, x_train and train/x have x and train."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.rpartition("/")[2])
    return set(re.findall(r"[a-z]+|\d+", spaced.lower()))


def _belong_together(labels: set[str], images: set[str]) -> bool:
    """Return whether names differ in one word only, which in that of the labels is a word for labels."""
    rest = labels - _LABEL_WORDS
    return len(labels) - len(rest) == 1 and rest <= images and len(images - rest) == 1


def _listed(names: Collection[str], shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return names and shapes as text; many arrays of one size in one group take one place."""
    many_axes = [name for name in names if len(shapes[name]) > 1]
    alike = Counter((name.rpartition("/")[0], shapes[name]) for name in many_axes or names)
    texts = []
    for (group, shape), count in alike.items():
        own = [name for name in many_axes or names if (name.rpartition("/")[0], shapes[name]) == (group, shape)]
        texts += (
            [f"{group} ({count} of {shape})"] if group and count > _N_LISTED else [f"{name} {shape}" for name in own]
        )
    more = f" and {len(texts) - _N_LISTED} more" if len(texts) > _N_LISTED else ""
    return ", ".join(texts[:_N_LISTED]) + more
