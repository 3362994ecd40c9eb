"""Image data sets: the class `Images`, and readers of MNIST, Fashion-MNIST, CIFAR-10 and scikit-learn's digits.

A data set is one entry in `DATASETS`. Files are downloaded only with `load(..., download=True)`. No torch here; the
file formats are in `neurosim.learning.formats`.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from neurosim.damage import Damage
from neurosim.errors import BadFile, InvalidInput
from neurosim.learning.files import find_files
from neurosim.learning.formats import CIFAR_SHAPE, GET_AGAIN, check_labels, content_of, parse_cifar, parse_idx
from neurosim.packages import required
from neurosim.validation import assign, frozen, generator, one_of, real_array, whole, whole_array

SPLITS = ("train", "test")


@dataclass(frozen=True, eq=False)
class Images:
    """Images with labels.

    Parameters
    ----------
    pixels : array_like (image, visible)
        Brightness in [0, 1], dimensionless; kept as read-only float32.
    labels : array_like (image,)
        Class of each image, whole numbers ≥ 0; kept as read-only int64.
    shape : tuple of int
        Shape of one image: (rows, columns) or (3, rows, columns).
    name : str
        Name of the data set.
    split : str, default "train"
        Part of the data set.

    Raises
    ------
    InvalidInput
        There are no images, shapes do not fit, or a value is outside its range or not finite.

    See Also
    --------
    load_data : Images of a known data set.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning import Images
    >>> stripes = np.kron(np.eye(2), np.ones(8))  # 2 images of 4×4 pixels
    >>> Images(stripes, np.array([0, 1]), (4, 4), "stripes")
    Images('stripes', split='train', 2 images of shape (4, 4))
    """

    pixels: np.ndarray
    labels: np.ndarray
    shape: tuple[int, ...]
    name: str
    split: str = "train"

    def __post_init__(self) -> None:
        shape = tuple(whole(n, "each number of shape") for n in self.shape)
        axes = {"image": None, "visible": math.prod(shape)}
        pixels = frozen(real_array(self.pixels, "pixels", axes, dtype=np.float32))
        if not (pixels.min() >= 0 and pixels.max() <= 1):
            raise InvalidInput(f"pixels must be in [0, 1], got {pixels.min()} … {pixels.max()}; rescale them")
        labels = frozen(whole_array(self.labels, "labels", {"image": len(pixels)}))
        assign(self, pixels=pixels, labels=labels, shape=shape)

    def __len__(self) -> int:
        return len(self.pixels)

    def select(self, index: np.ndarray | slice) -> Images:
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
        return Images(self.pixels[index], self.labels[index], self.shape, self.name, self.split)

    def balanced_sample(self, count: int, seed: int) -> np.ndarray:
        """Return the indices of random images, with classes in turn.

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
        order = generator(seed).permutation(len(self.labels))
        labels = self.labels[order]
        turn = np.empty(len(labels), dtype=int)
        for label in np.unique(labels):
            of_class = labels == label
            turn[of_class] = np.arange(of_class.sum())
        return order[np.lexsort((labels, turn))][:count]

    def damaged(self, damage: Damage, index: np.ndarray | slice = slice(None), *, seed: int) -> np.ndarray:
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

    def __repr__(self) -> str:
        return f"Images({self.name!r}, split={self.split!r}, {len(self)} images of shape {self.shape})"


def load(name: str, *, split: str = "train", data_dir: str | Path | None = None, download: bool = False) -> Images:
    """Load the images of a data set.

    Parameters
    ----------
    name : str
        "digits" (the 1,797 digits of 8×8 pixels that come with scikit-learn, without files), "mnist",
        "fashion-mnist" (IDX files, plain or .gz) or "cifar10" (binary files).
    split : {"train", "test"}, default "train"
        "digits" has no test split: "train" is all of it.
    data_dir : path, optional
        Folder that holds the files, or holds them in a folder called `name`. Default: the environment variable
        NEUROSIM_DATA, else the cache of earlier downloads. Not used for "digits".
    download : bool, default False
        Whether to download missing files into ``data_dir/name``; they are checked against their SHA-256.

    Returns
    -------
    Images

    Raises
    ------
    InvalidInput
        The data set or the split is unknown.
    MissingData
        A file is missing.
    BadFile
        A file is truncated, too long, or has other content.
    Unavailable
        The download failed, or scikit-learn or pooch is not installed.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> load_data("digits")
    Images('digits', split='train', 1797 images of shape (8, 8))
    """
    dataset = DATASETS[one_of(name, "dataset", DATASETS)]
    return dataset.load(one_of(split, "split", SPLITS), data_dir, download)


class Dataset(Protocol):
    """A named data set: origin of its files and how to read them."""

    @property
    def name(self) -> str:
        """Name for `load`."""
        ...

    def load(self, split: str, data_dir: str | Path | None, download: bool) -> Images:
        """Return the images of `split`; see `load`."""
        ...


@dataclass(frozen=True)
class Digits:
    """The 1,797 digits of 8×8 pixels in scikit-learn (UCI, Alpaydin & Kaynak 1998), brightness 0 … 16."""

    name: str = "digits"

    def load(self, split: str, data_dir: str | Path | None, download: bool) -> Images:
        """Return all 1,797 images; there is no test split."""
        if split != "train":
            raise InvalidInput(
                f"split of digits must be 'train', which is all 1,797 images, got {split!r}; mnist has a test split"
            )
        datasets = required("sklearn.datasets", "the data set digits")
        pixels, labels = datasets.load_digits(return_X_y=True)
        return Images(np.asarray(pixels) / 16, np.asarray(labels), (8, 8), self.name, split)


@dataclass(frozen=True)
class Idx:
    """A data set of 28×28 images in four IDX files, plain or .gz, such as MNIST.

    Parameters
    ----------
    name : str
    base_url : str
        URL of the folder with the .gz files, with a slash at its end.
    sha256 : dict of str to str
        SHA-256 of each .gz file, by file name without .gz.
    image_digests : tuple of str
        SHA-256 of the plain image files, train and test. They distinguish MNIST from Fashion-MNIST, whose files have
        the same names.

    Examples
    --------
    >>> from neurosim.learning.data import DATASETS
    >>> DATASETS["mnist"].shape
    (28, 28)
    """

    name: str
    base_url: str
    sha256: dict[str, str]
    image_digests: tuple[str, str]
    shape: ClassVar[tuple[int, int]] = (28, 28)

    def load(self, split: str, data_dir: str | Path | None, download: bool) -> Images:
        """Read the split's two files."""
        stem = {"train": "train", "test": "t10k"}[split]
        files = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
        archives = [(f"{self.base_url}{file}.gz", self.sha256[file]) for file in files]
        images_path, labels_path = find_files(self.name, files, (), data_dir, archives if download else None)
        content = content_of(images_path)
        raw = parse_idx(content, images_path, n_axes=3)
        self._check_identity(content, images_path)
        if raw.shape[1:] != self.shape:
            raise BadFile(f"{images_path} must hold images of shape {self.shape}, got {raw.shape[1:]}; {GET_AGAIN}")
        labels = parse_idx(content_of(labels_path), labels_path, n_axes=1)
        if len(labels) != len(raw):
            raise BadFile(
                f"{labels_path} must hold one label for each of the {len(raw)} images beside it, got {len(labels)}; "
                "get both files from one source"
            )
        check_labels(labels, labels_path)
        return Images(_unit_range(raw.reshape(len(raw), -1)), labels, self.shape, self.name, split)

    def _check_identity(self, content: bytes, path: Path) -> None:
        digest = hashlib.sha256(content).hexdigest()
        for other in DATASETS.values():
            if isinstance(other, Idx) and other.name != self.name and digest in other.image_digests:
                raise BadFile(
                    f"{path} must hold {self.name}, but it holds {other.name}, whose files have the same names; "
                    "put each data set into a folder of its name"
                )


@dataclass(frozen=True)
class Cifar:
    """CIFAR-10 in binary files: records of 1 label byte and 3,072 pixel bytes (3 planes of 32×32)."""

    name: str
    archive_url: str
    archive_sha256: str
    shape: ClassVar[tuple[int, int, int]] = CIFAR_SHAPE
    folder: ClassVar[str] = "cifar-10-batches-bin"

    def load(self, split: str, data_dir: str | Path | None, download: bool) -> Images:
        """Read the split's files, five or one."""
        files = {"train": [f"data_batch_{k}.bin" for k in range(1, 6)], "test": ["test_batch.bin"]}[split]
        archives = [(self.archive_url, self.archive_sha256)]
        paths = find_files(self.name, files, (self.folder,), data_dir, archives if download else None)
        records = np.concatenate([parse_cifar(content_of(path), path) for path in paths])
        return Images(_unit_range(records[:, 1:]), records[:, 0].astype(np.int64), self.shape, self.name, split)


DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Digits(),
        Idx(
            "mnist",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            {
                "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            },
            (
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
        ),
        Idx(
            "fashion-mnist",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            {
                "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "train-labels-idx1-ubyte": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "t10k-labels-idx1-ubyte": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            },
            (
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
        ),
        Cifar(
            "cifar10",
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
    )
}


def _unit_range(raw: np.ndarray) -> np.ndarray:
    """Return bytes 0 … 255 as read-only float32 0 … 1."""
    pixels = raw.astype(np.float32)
    pixels /= np.float32(255)
    return frozen(pixels)
