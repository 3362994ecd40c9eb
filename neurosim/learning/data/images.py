"""The class `Images`: pixels in [0, 1] with the shape of an image, labels, and their origin."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neurosim.damage import Damage
from neurosim.errors import InvalidInput
from neurosim.learning.data.arrays import UNIT, Range, as_labels, as_pixels
from neurosim.validation import assign, frozen, generator, listed, real_array, whole, whole_array

Index = np.ndarray | Sequence[int] | slice


@dataclass(frozen=True, eq=False)
class Images:
    """Images, with labels if they are known.

    Parameters
    ----------
    pixels : array_like (image, visible)
        Brightness in [0, 1], dimensionless; kept as read-only float32.
    labels : array_like (image,) or None
        Class of each image, whole numbers ≥ 0; kept as read-only int64. None: the classes are unknown.
    shape : tuple of int
        Shape of one image: (rows, columns) or (3, rows, columns).
    name : str
        Name of the data set.
    split : str, default "train"
        Part of the data set.
    classes : tuple of str, default ()
        Name of each class, if classes have names.
    files : tuple of str, default ()
        File of each image, if each has a file of its own.
    path : str, default ""
        File or folder of the images.
    value_range : (float, float), default (0, 1)
        The values at `path` that became 0 and 1.

    Raises
    ------
    InvalidInput
        There are no images, shapes do not fit, or a value is outside its range or not finite.

    See Also
    --------
    load_data : Images of a known data set, a folder or a file.
    Images.from_array : Images of an array with any axes and range of values.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning import Images
    >>> stripes = np.kron(np.eye(2), np.ones(8))  # 2 images of 4×4 pixels
    >>> Images(stripes, np.array([0, 1]), (4, 4), "stripes")
    Images('stripes', split='train', 2 images of shape (4, 4))
    """

    pixels: np.ndarray
    labels: np.ndarray | None
    shape: tuple[int, ...]
    name: str
    split: str = "train"
    classes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    path: str = ""
    value_range: Range = UNIT

    def __post_init__(self) -> None:
        shape = tuple(whole(n, "each number of shape") for n in listed(self.shape, "shape", "whole numbers"))
        axes = {"image": None, "visible": math.prod(shape)}
        pixels = frozen(real_array(self.pixels, "pixels", axes, dtype=np.float32))
        if not (pixels.min() >= 0 and pixels.max() <= 1):
            raise InvalidInput(
                f"pixels must be in [0, 1], got {pixels.min()} … {pixels.max()}; rescale them, or use Images.from_array"
            )
        assign(
            self,
            pixels=pixels,
            shape=shape,
            classes=tuple(listed(self.classes, "classes", "names")),
            files=tuple(listed(self.files, "files", "names")),
        )
        if self.labels is not None:
            most = {"at_most": len(self.classes) - 1} if self.classes else {}
            assign(self, labels=frozen(whole_array(self.labels, "labels", {"image": len(pixels)}, **most)))
        if self.files and len(self.files) != len(pixels):
            raise InvalidInput(f"files must name one file for each of {len(pixels)} images, got {len(self.files)}")

    @classmethod
    def from_array(
        cls,
        values: Any,
        labels: Any = None,
        *,
        image_shape: Sequence[int] | None = None,
        name: str = "array",
        split: str = "train",
        value_range: Range | None = None,
        **origin: Any,
    ) -> Images:
        """Return the images of an array with any axes, channels and range of values.

        Bytes are divided by 255, values within [0, 1] kept, others scaled from the least to the greatest.

        Parameters
        ----------
        values : array_like
            (image, visible), (image, rows, columns), (image, rows, columns, channels) or (image, channels, rows,
            columns), with 1 to 4 channels; finite real numbers. Transparent pixels are shown on white.
        labels : array_like (image,), optional
            Whole numbers or texts.
        image_shape : sequence of int, optional
            Shape of an image in an array (image, visible). Default: square where that is possible, else one column.
        name, split
            As in `Images`.
        value_range : (float, float), optional
            The values that become 0 and 1. Default: 0 and 255 of bytes, otherwise the least and the greatest; values
            within [0, 1] are kept.
        **origin
            `files`, `path` and `classes` of `Images`.

        Returns
        -------
        Images

        Raises
        ------
        InvalidInput
            The array or the labels cannot be used.

        Examples
        --------
        >>> import numpy as np
        >>> from neurosim.learning import Images
        >>> photos = Images.from_array(np.zeros((5, 32, 24, 3), np.uint8), labels=["a", "b", "a", "b", "b"])
        >>> photos.shape, photos.classes, photos.labels.tolist()
        ((3, 32, 24), ('a', 'b'), [0, 1, 0, 1, 1])
        """
        pixels, shape, found = as_pixels(values, name, image_shape=image_shape, value_range=value_range)
        if labels is not None:
            labels, classes = as_labels(labels, len(pixels), f"labels of {name}")
            origin.setdefault("classes", classes)
        return cls(pixels, labels, shape, name, split, value_range=found, **origin)

    def __len__(self) -> int:
        return len(self.pixels)

    def select(self, index: Index) -> Images:
        """Return some of the images.

        Parameters
        ----------
        index : ndarray of int or bool, or slice
            As for indexing an array.

        Returns
        -------
        Images

        Examples
        --------
        >>> from neurosim.learning import load_data
        >>> load_data("digits").select(slice(100))
        Images('digits', split='train', 100 images of shape (8, 8))
        """
        labels = None if self.labels is None else self.labels[index]
        files = tuple(np.array(self.files, dtype=object)[index]) if self.files else ()
        return dataclasses.replace(self, pixels=self.pixels[index], labels=labels, files=files)

    def required_labels(self) -> np.ndarray:
        """Return the labels, for what cannot be done without them.

        Returns
        -------
        ndarray (image,), int64

        Raises
        ------
        InvalidInput
            There are none.

        Examples
        --------
        >>> from neurosim.learning import load_data
        >>> load_data("digits").required_labels()[:3]
        array([0, 1, 2])
        """
        if self.labels is None:
            raise InvalidInput(
                f"a classifier needs labels, but {self.name} has none; put the pictures of each class into a folder of "
                "its own, or store an array called labels beside the images"
            )
        return self.labels

    def balanced_sample(self, count: int, seed: int) -> np.ndarray:
        """Return the indices of random images, with classes in turn where labels are known.

        Parameters
        ----------
        count : int
            Number of images; at most all of them are returned.
        seed : int

        Returns
        -------
        ndarray of int (count,)

        Examples
        --------
        >>> from neurosim.learning import load_data
        >>> digits = load_data("digits")
        >>> digits.labels[digits.balanced_sample(10, seed=0)].tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        """
        order, count = generator(seed).permutation(len(self)), whole(count, "the number of images")
        if self.labels is None:
            return order[:count]
        labels = self.labels[order]
        turn = np.empty(len(labels), dtype=int)
        for label in np.unique(labels):
            of_class = labels == label
            turn[of_class] = np.arange(of_class.sum())
        return order[np.lexsort((labels, turn))][:count]

    def damaged(self, damage: Damage, index: Index = slice(None), *, seed: int) -> np.ndarray:
        """Return images as damaged cues; the mean of all images is the mean image.

        Parameters
        ----------
        damage : neurosim.damage.Damage
        index : ndarray of int or bool, or slice, default all
            The images to return.
        seed : int
            Seed of the damage.

        Returns
        -------
        ndarray (image, visible), float64

        Examples
        --------
        >>> from neurosim.damage import Occluded
        >>> from neurosim.learning import load_data
        >>> cues = load_data("digits").damaged(Occluded(), slice(2), seed=0)
        >>> cues.shape, float(cues[:, 32:].max())
        ((2, 64), 0.0)
        """
        mean = self.pixels.mean(axis=0)
        return damage.apply(self.pixels[index].astype(float), seed=seed, image_shape=self.shape, mean=mean)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the pixels, float32 (image, visible)."""
        return hashlib.sha256(np.ascontiguousarray(self.pixels).data).hexdigest()

    def origin(self) -> dict[str, Any]:
        """Return where the images come from, for the provenance of a network or a result.

        Returns
        -------
        dict
            dataset, split, image_shape, images_sha256 (of the pixels) and value_range; path if there is one.

        Examples
        --------
        >>> from neurosim.learning import load_data
        >>> origin = load_data("digits").origin()
        >>> origin["dataset"], origin["image_shape"], origin["value_range"]
        ('digits', [8, 8], [0.0, 16.0])
        """
        path = {"path": self.path} if self.path else {}
        value_range = [float(value) for value in self.value_range]
        return {
            "dataset": self.name,
            "split": self.split,
            **path,
            "image_shape": list(self.shape),
            "images_sha256": self.sha256,
            "value_range": value_range,
        }

    def variables(self, index: Index, dim: str) -> dict[str, tuple]:
        """Return what a result holds of some images, so that they can be drawn from its file alone.

        The shape of an image belongs to the attributes of the result; see `origin`.

        Parameters
        ----------
        index : ndarray of int, or slice
            The images.
        dim : str
            Dimension of the result along which they lie.

        Returns
        -------
        dict of str to (dims, values, attributes)
            original (dim, visible_neuron) and image (dim), the index in the data set; label, class_name and image_file
            where they are known.

        Examples
        --------
        >>> import xarray
        >>> from neurosim.learning import load_data
        >>> found = xarray.Dataset(load_data("digits").variables(slice(3), "cue"))
        >>> dict(found.sizes), list(found)
        ({'cue': 3, 'visible_neuron': 64}, ['original', 'image', 'label'])
        """
        rows = np.arange(len(self))[index]
        found = {
            "original": ((dim, "visible_neuron"), self.pixels[rows], {"long_name": "intact image", "units": "1"}),
            "image": (dim, rows, {"long_name": "index of the image of the cue", "units": "1"}),
        }
        if self.labels is not None:
            found["label"] = (dim, self.labels[rows], {"long_name": "class of the image", "units": "1"})
            if self.classes:
                names = np.array(self.classes)[self.labels[rows]]
                found["class_name"] = (dim, names, {"long_name": "name of the class of the image"})
        if self.files:
            found["image_file"] = (dim, np.array(self.files)[rows], {"long_name": "file of the image"})
        return found

    def __repr__(self) -> str:
        return f"Images({self.name!r}, split={self.split!r}, {len(self)} images of shape {self.shape})"
