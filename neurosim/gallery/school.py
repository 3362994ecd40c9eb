"""Networks that figures of learned images need: learned once, kept in a folder, found there again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from neurosim import InvalidInput, Network
from neurosim.gallery.base import Learned
from neurosim.learning.data import Images, load


@dataclass(frozen=True)
class School:
    """Learns data sets by recipes.

    Parameters
    ----------
    folder : Path
        Holds <dataset>-<n_hidden>-<recipe>.safetensors, and a checkpoint while one is learned.
    data_dir : Path, optional
    download : bool, default False
        As in `neurosim.learning.data.load`.
    seed : int, default 0
    quick : bool, default False
        One epoch only.
    """

    folder: Path
    data_dir: Path | None = None
    download: bool = False
    seed: int = 0
    quick: bool = False

    def __call__(self, dataset: str, n_hidden: int, recipe: str = "certified", **changes: Any) -> Learned:
        """Return the network that learned a data set by a recipe, some of whose settings are changed.

        Raises
        ------
        InvalidInput
            The folder has a network of that name which was learned otherwise.
        """
        from neurosim.learning import train
        from neurosim.learning.recipes import as_recipe

        chosen = as_recipe(recipe).replace(**changes)
        name = "-".join([dataset, str(n_hidden), recipe, *(f"{setting}={value}" for setting, value in changes.items())])
        file = self.folder / f"{name}.safetensors"
        seen, unseen = (self._images(dataset, split) for split in ("train", "test"))
        if not file.is_file():
            print(f"learning {len(seen):,} images: {name}", flush=True)
            checkpoint = file.with_suffix(".checkpoint")
            epochs = 1 if self.quick else None
            options: dict[str, Any] = {"seed": self.seed, "checkpoint": checkpoint, "progress": True}
            train(seen, n_hidden=n_hidden, recipe=chosen, epochs=epochs, **options).save(file)
            checkpoint.unlink()
        net = Network.load(file)
        expected = chosen.record() | {"seed": self.seed, "n_images": len(seen)}
        del expected["learning_rate"], expected["epochs"]  # what came of them depends on N_h and the images
        for setting, value in expected.items():
            if net.provenance.get(setting) != value:
                raise InvalidInput(
                    f"{file} was learned with {setting} = {net.provenance.get(setting)}, wanted is {value}; delete it, "
                    "or give another --out"
                )
        return Learned(net, seen, unseen)

    def _images(self, dataset: str, split: str) -> Images:
        return _loaded(dataset, split, self.data_dir, self.download)


@lru_cache(maxsize=4)
def _loaded(dataset: str, split: str, data_dir: Path | None, download: bool) -> Images:
    return load(dataset, split=split, data_dir=data_dir, download=download)
