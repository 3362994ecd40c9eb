"""On-disk cache of trained networks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from neurosim.learning.checks import check_images
from neurosim.learning.data import Images, load
from neurosim.learning.recipes import as_recipe
from neurosim.measure.learned.trained import TrainedNetwork
from neurosim.network import Network
from neurosim.outputs import require_writable
from neurosim.source_code import digest_of_module
from neurosim.sweep.points import described, digest

_LONGEST = 150  # characters of a name before its key
_QUICK_IMAGES, _QUICK_HIDDEN, _QUICK_EPOCHS = 1_500, 24, 20


@dataclass(frozen=True)
class TrainedNetworkCache:
    """On-disk cache of networks trained on data sets.

    Parameters
    ----------
    folder : Path
        Holds <dataset>-<n_hidden>-<recipe>-<key>.safetensors, and a checkpoint during training. The key is a digest of
        everything that the network depends on: the pixels of the images, all settings of the recipe, the seed, sizes,
        epochs and device, the code that trains and the version of torch. Another seed, or changed code, therefore
        trains another network. Training that was stopped resumes from the checkpoint of the same key.
    data_dir : Path, optional
    download : bool, default False
        As in `neurosim.learning.load_data`.
    seed : int, default 0
    quick : bool, default False
        Train for 20 epochs on 1,500 of the built-in digits with at most 24 hidden neurons, for every data set;
        the other 297 digits are the test images.
    log : callable, default print
        Receives one line before a network is trained.
    device : str, default "cpu"
        As in `neurosim.learning.train`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.measure.learned.cache import TrainedNetworkCache
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     networks = TrainedNetworkCache(Path(folder), log=lambda line: None)
    ...     trained = networks("digits", 8, "paper", epochs=1)
    ...     [path.name[:24] for path in Path(folder).iterdir()]
    ['digits-8-paper-epochs=1-']
    >>> trained.network.n_hidden
    8
    """

    folder: Path
    data_dir: Path | None = None
    download: bool = False
    seed: int = 0
    quick: bool = False
    log: Callable[[str], None] = print
    device: str = "cpu"

    def path(self, dataset: str, n_hidden: int, recipe: str = "denoise", **changes: Any) -> Path:
        """Return the file of a network; the images are read for its key.

        Examples
        --------
        >>> from pathlib import Path
        >>> from neurosim.measure.learned.cache import TrainedNetworkCache
        >>> TrainedNetworkCache(Path("networks")).path("digits", 24, "paper", repulsion=0.1).name[:-29]
        'digits-24-paper-repulsion=0.1'
        """
        if self.quick:
            dataset, n_hidden = "digits", min(n_hidden, _QUICK_HIDDEN)
        settings = [f"{setting}={value}" for setting, value in changes.items()]
        parts = [dataset, str(n_hidden), recipe, *settings, *(["quick"] if self.quick else [])]
        name = re.sub(r"[^\w.=-]+", "-", "-".join(parts), flags=re.ASCII)[:_LONGEST]  # also the path of a data set
        _, origin = check_images(self._images(dataset)[0])
        chosen = as_recipe(recipe).replace(**changes)
        made_by = {
            **origin,
            "recipe": chosen.record(),
            "n_hidden": n_hidden,
            "epochs": self._epochs(changes),
            "seed": self.seed,
            "device": self.device.partition(":")[0],
            "code": digest_of_module("neurosim.learning.trainer", chosen),
            "torch": _torch_version(),
        }
        return self.folder / f"{name}-{digest(described(made_by))[:16]}.safetensors"

    def _epochs(self, changes: Mapping[str, Any]) -> int | None:
        """Return the number of epochs; None: the default of the recipe for that number of images."""
        return changes.get("epochs", _QUICK_EPOCHS if self.quick else None)

    def __call__(self, dataset: str, n_hidden: int, recipe: str = "denoise", **changes: Any) -> TrainedNetwork:
        """Return the network trained on a data set by a recipe with some settings replaced.

        Parameters
        ----------
        dataset : str
            As in `neurosim.learning.load_data`.
        n_hidden : int
        recipe : str, default "denoise"
            A name in `neurosim.learning.RECIPES`.
        **changes
            Settings of the recipe to replace. A number of epochs that is given here holds for small data sets too.

        Returns
        -------
        TrainedNetwork

        Raises
        ------
        BadFile
            The file was damaged or changed after it was written.
        """
        chosen = as_recipe(recipe).replace(**changes)
        file = self.path(dataset, n_hidden, recipe, **changes)
        if self.quick and dataset != "digits":
            self.log(f"preview: the built-in digits in place of {dataset}")
        seen, unseen = self._images(dataset)
        if not file.is_file():
            from neurosim.learning import train  # torch is loaded only to train

            self.log(f"training on {len(seen):,} images: {file.stem}")
            checkpoint = require_writable(file).with_suffix(".checkpoint")
            options: dict[str, Any] = {"seed": self.seed, "checkpoint": checkpoint, "progress": True}
            options |= {"epochs": self._epochs(changes), "device": self.device}
            n_hidden = min(n_hidden, _QUICK_HIDDEN) if self.quick else n_hidden
            train(seen, n_hidden=n_hidden, recipe=chosen, **options).save(file)
            checkpoint.unlink(missing_ok=True)  # another process may have trained the same network
        return TrainedNetwork(Network.load(file), seen, unseen)

    def _images(self, dataset: str) -> tuple[Images, Images | None]:
        if self.quick:
            return _split_digits()
        seen = _loaded(dataset, "train", self.data_dir, self.download)
        return seen, None if dataset == "digits" else _loaded(dataset, "test", self.data_dir, self.download)


def _torch_version() -> str:
    """Return the version of the installed torch, without importing it."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return "none"


@lru_cache(maxsize=4)
def _loaded(dataset: str, split: str, data_dir: Path | None, download: bool) -> Images:
    return load(dataset, split=split, data_dir=data_dir, download=download)


def _split_digits() -> tuple[Images, Images]:
    images = _loaded("digits", "train", None, False)
    return images.select(slice(_QUICK_IMAGES)), images.select(slice(_QUICK_IMAGES, None))
