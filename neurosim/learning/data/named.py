"""Named data sets: MNIST and others with its layout, EMNIST, CIFAR-10, and those of scikit-learn.

A data set is one entry in `DATASETS`. Files are downloaded only with `load(..., download=True)`. No torch here; the
file formats are in `neurosim.learning.data.formats`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from neurosim.errors import BadFile, InvalidInput, Unavailable
from neurosim.learning.data.download import find_files
from neurosim.learning.data.formats import (
    CIFAR_SHAPE,
    GET_AGAIN,
    check_labels,
    cifar_length,
    content_of,
    idx_length,
    parse_cifar,
    parse_idx_pair,
)
from neurosim.learning.data.images import Images
from neurosim.packages import required


class Dataset(Protocol):
    """A named data set: origin of its files and how to read them."""

    @property
    def name(self) -> str:
        """Name for `load_data`."""
        ...

    def load(self, split: str, data_dir: str | Path | None, download: bool) -> Images:
        """Return the images of `split`; see `load_data`."""
        ...


@dataclass(frozen=True)
class Bundled:
    """A data set that scikit-learn contains. Each column of a table, which has no pixels, becomes 0 … 1.

    Parameters
    ----------
    name : str
    function : str
        Function of `sklearn.datasets`.
    image_shape : tuple of int, optional
        Shape of an image; None for a table.
    greatest : float, default 16
        The value of white; black is 0.

    Examples
    --------
    >>> from neurosim.learning.data.named import DATASETS
    >>> DATASETS["sklearn:iris"].load("train", None, False)
    Images('iris', split='train', 150 images of shape (4, 1))
    """

    name: str
    function: str
    image_shape: tuple[int, int] | None = None
    greatest: float = 16

    def load(self, split: str, data_dir: str | Path | None, download: bool) -> Images:
        """Return all images; there is no test split."""
        datasets = required("sklearn.datasets", f"the data set {self.name}")
        found = getattr(datasets, self.function)()
        values, labels = np.asarray(found.data), np.asarray(found.target)
        name = self.name.rpartition(":")[2]
        if split != "train":
            raise InvalidInput(
                f"split of {name} must be 'train', which is all {len(values):,} images, got {split!r}; mnist has a "
                "test split"
            )
        if self.image_shape is not None:
            white = (0.0, float(self.greatest))
            return Images.from_array(values, labels, image_shape=self.image_shape, name=name, value_range=white)
        low, high = values.min(axis=0), values.max(axis=0)
        classes = tuple(str(one) for one in found.target_names)
        return Images((values - low) / (high - low), labels, (values.shape[1], 1), name, classes=classes)


@dataclass(frozen=True)
class Idx:
    """A data set of 28×28 images in four IDX files, plain or .gz, such as MNIST.

    Parameters
    ----------
    name : str
    base_url : str, optional
        URL of the folder with the .gz files, with a slash at its end. "": the files cannot be downloaded one by one.
    sha256 : dict of str to str, optional
        SHA-256 of each .gz file, by file name without .gz.
    image_digests : tuple of str, optional
        SHA-256 of the plain image files, train and test. They distinguish MNIST from Fashion-MNIST, whose files have
        the same names.
    stems : mapping of str to str, optional
        Beginning of the file names for each split.
    n_classes : int, default 10
        Labels are below this number.
    transposed : bool, default False
        Whether the files hold columns before rows, as those of EMNIST do.

    Examples
    --------
    >>> from neurosim.learning.data import DATASETS
    >>> DATASETS["mnist"].shape
    (28, 28)
    """

    name: str
    base_url: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)
    image_digests: tuple[str, ...] = ()
    stems: Mapping[str, str] = field(default_factory=lambda: {"train": "train", "test": "t10k"})
    n_classes: int = 10
    transposed: bool = False
    shape: ClassVar[tuple[int, int]] = (28, 28)

    def load(self, split: str, data_dir: str | Path | None, download: bool) -> Images:
        """Read the split's two files."""
        files = tuple(f"{self.stems[split]}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1"))
        if download and not self.base_url:
            raise Unavailable(f"{self.name} cannot be downloaded here; get {', '.join(files)} and give --data-dir")
        archives = [(f"{self.base_url}{file}.gz", self.sha256[file]) for file in files] if download else None
        remedy = {} if self.base_url else {"remedy": "; they are in the archive gzip.zip of EMNIST"}
        images_path, labels_path = find_files(self.name, files, ("gzip",), data_dir, archives, **remedy)
        raw, labels = parse_idx_pair(images_path, labels_path)
        self._check_identity(images_path)
        if raw.shape[1:] != self.shape:
            raise BadFile(f"{images_path} must hold images of shape {self.shape}, got {raw.shape[1:]}; {GET_AGAIN}")
        check_labels(labels, labels_path, self.n_classes)
        return Images.from_array(raw.swapaxes(1, 2) if self.transposed else raw, labels, name=self.name, split=split)

    def _check_identity(self, path: Path) -> None:
        digest = hashlib.sha256(content_of(path, idx_length)).hexdigest()
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
        records = np.concatenate([parse_cifar(content_of(path, cifar_length), path) for path in paths])
        return Images.from_array(records[:, 1:].reshape(-1, *self.shape), records[:, 0], name=self.name, split=split)


_EMNIST = {"balanced": 47, "byclass": 62, "bymerge": 47, "digits": 10, "letters": 27, "mnist": 10}


def _emnist(part: str, n_classes: int) -> Idx:
    """Return a part of EMNIST, whose labels are below `n_classes`; those of letters begin at 1."""
    stems = {split: f"emnist-{part}-{split}" for split in ("train", "test")}
    return Idx(f"emnist-{part}", stems=stems, n_classes=n_classes, transposed=True)


DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Bundled("digits", "load_digits", (8, 8)),
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
        *(_emnist(split, n_classes) for split, n_classes in _EMNIST.items()),
        Bundled("sklearn:digits", "load_digits", (8, 8)),
        *(Bundled(f"sklearn:{name}", f"load_{name}") for name in ("iris", "wine", "breast_cancer")),
    )
}
