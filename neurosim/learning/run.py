"""One training run: its state, its epochs, its checkpoint and the resulting network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurosim import storage
from neurosim.damage import Damage
from neurosim.errors import BadFile, InvalidInput, NeurosimError
from neurosim.learning import objective as rule
from neurosim.learning.objectives import OBJECTIVES, Batch, Data, Objective
from neurosim.learning.parallel import SINGLE_PROCESS, ProcessGroup
from neurosim.learning.recipe import Recipe
from neurosim.network import Network
from neurosim.reading import reason

_KIND = "Training/3"
_CHUNK = 8_192  # images evaluated at once after training; bounds the memory


@dataclass
class Run:
    """State of a training run between two epochs.

    Parameters
    ----------
    recipe : Recipe
    settings : mapping
        Settings of the recipe, n_images, n_hidden, batch_size, epochs, seed and provenance; the checkpoint has them
        too. learning_rate is that of 50 hidden neurons; steps are scaled by √(50/n_hidden).
    visible : Tensor (image, visible)
        The training images.
    objective : Objective
    learned : dict of str to Tensor
        The learned tensors of the objective.
    adam : torch.optim.Adam
    processes : ProcessGroup, optional
    losses : list of float
        Mean training loss of every finished epoch.

    Notes
    -----
    No generator state is stored: the order of epoch k and its damage to cues are drawn from
    `SeedSequence([seed, k])`, k = 1, 2, …, and the initial synapses from k = 0.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning import RECIPES
    >>> from neurosim.learning.run import Run
    >>> sizes = {"n_images": 50, "n_hidden": 8, "batch_size": 10, "epochs": 2, "seed": 0}
    >>> settings = RECIPES["paper"].record() | sizes | {"learning_rate": 0.01}
    >>> run = Run.start(RECIPES["paper"], settings, torch.rand(50, 64))
    >>> run.one_epoch()
    >>> run.epoch
    1
    """

    recipe: Recipe
    settings: Mapping[str, Any]
    visible: Tensor
    objective: Objective
    learned: dict[str, Tensor]
    adam: torch.optim.Adam
    processes: ProcessGroup = SINGLE_PROCESS
    losses: list[float] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """Number of finished epochs."""
        return len(self.losses)

    @property
    def _updates_per_epoch(self) -> int:
        return math.ceil(self.settings["n_images"] / self.settings["batch_size"])

    @classmethod
    def start(
        cls,
        recipe: Recipe,
        settings: Mapping[str, Any],
        visible: Tensor,
        processes: ProcessGroup = SINGLE_PROCESS,
        ratio: float = 20.0,
    ) -> Run:
        """Return a run before its first epoch."""
        variance = float(visible.var(dim=0, correction=0).sum(dtype=torch.float64))
        length = math.sqrt(variance + float(visible.mean(dim=0).square().sum(dtype=torch.float64)))
        absolute = float(visible.abs().sum(dim=1).mean(dtype=torch.float64))
        sizes = (len(visible), visible.shape[1], settings["n_hidden"])
        damaged = _damage_of(recipe, settings, visible)
        data = Data(*sizes, length, variance, ratio, absolute, damaged)
        objective = OBJECTIVES[recipe.objective](settings, data)
        learned = {
            name: torch.tensor(values, dtype=torch.float32, device=visible.device, requires_grad=True)
            for name, values in objective.start(_rng(settings["seed"], 0), visible).items()
        }
        return cls(
            recipe, settings, visible, objective, learned, torch.optim.Adam(learned.values(), fused=True), processes
        )

    def one_epoch(self) -> None:
        """Train on every image once, in random order.

        Raises
        ------
        InvalidInput
            The loss became non-finite. The last saved state is then that of the previous epoch.
        """
        settings, epoch = self.settings, self.epoch + 1
        rate = settings["learning_rate"] * math.sqrt(50 / settings["n_hidden"])
        rng = _rng(settings["seed"], epoch)
        order = torch.from_numpy(rng.permutation(settings["n_images"]))
        batches = order.split(settings["batch_size"])
        total = torch.zeros((), dtype=torch.float64, device=self.visible.device)
        for number, batch in enumerate(batches):
            progress = (self.epoch * len(batches) + number) / (settings["epochs"] * len(batches))
            self.adam.param_groups[0]["lr"] = rate * 0.5 * (1 + math.cos(math.pi * progress))
            try:
                errors, loss = self.objective.loss(self.learned, self._batch(batch, progress, rng))
            except torch.linalg.LinAlgError as error:  # pyright: ignore[reportPrivateImportUsage]
                raise self._diverged(f"undefined ({reason(error)})") from None
            self.adam.zero_grad()
            loss.backward()
            self.processes.sum_in_place(tensor.grad for tensor in self.learned.values() if tensor.grad is not None)
            self.adam.step()
            total += errors.detach().sum(dtype=torch.float64)
        self.processes.sum_in_place([total])
        loss = float(total) / settings["n_images"]
        if not (math.isfinite(loss) and all(bool(tensor.isfinite().all()) for tensor in self.learned.values())):
            raise self._diverged(str(loss))
        self.losses.append(loss)

    def _diverged(self, loss: str) -> InvalidInput:
        return InvalidInput(
            f"training diverged: the loss of epoch {self.epoch + 1} is {loss}; lower learning_rate "
            f"({self.settings['learning_rate']}) or scale the images to [0, 1]"
        )

    def _batch(self, index: Tensor, progress: float, rng: np.random.Generator) -> Batch:
        """Return this process's share of a batch; the damage is that of the whole batch in every process."""
        visible = self.visible.index_select(0, index.to(self.visible.device))  # faster than indexing
        mine = self.processes.share(visible)
        if not self.recipe.damages:
            return Batch(mine, mine, len(index), progress, self.processes)
        cues = self._damaged(visible, rng)
        shares = [self.processes.share(copy) for copy in cues.split(len(index))]
        return Batch(mine, torch.cat(shares), len(index), progress, self.processes)

    def _damaged(self, visible: Tensor, rng: np.random.Generator) -> Tensor:
        """Return damaged copies of images, (copies · image, visible)."""
        copies = np.tile(visible.cpu().numpy(), (self.settings.get("copies", 1), 1))
        return torch.from_numpy(self.objective.data.damaged(copies, rng)).to(visible.device)

    def save(self, path: str | Path) -> None:
        """Write the state as one safetensors file; only the first process does."""
        if self.processes.rank:
            return
        tensors = {"losses": np.array(self.losses)}
        for name, parameter in self.learned.items():
            tensors[name] = parameter.detach().cpu().numpy()
            for moment in _MOMENTS:
                tensors[f"{name}.{moment}"] = self.adam.state[parameter][moment].cpu().numpy()
        storage.write_tensors(path, tensors, dict(self.settings), _KIND)

    @classmethod
    def resume(
        cls,
        path: str | Path,
        recipe: Recipe,
        settings: Mapping[str, Any],
        visible: Tensor,
        processes: ProcessGroup = SINGLE_PROCESS,
        ratio: float = 20.0,
    ) -> Run:
        """Return the run that `save` wrote.

        Raises
        ------
        InvalidInput
            The file belongs to a run with other settings.
        BadFile
            The file is damaged or has other content.
        """
        tensors, saved = storage.read_tensors(path, _KIND)
        for name, value in settings.items():
            if saved.get(name) != value:
                raise InvalidInput(
                    f"checkpoint {path} was made with {name} = {saved.get(name)}, this run has {value}; "
                    "give the same settings, or another checkpoint file"
                )
        run = cls.start(recipe, settings, visible, processes, ratio)
        try:
            losses = tensors["losses"]
            if losses.dtype != np.float64 or losses.ndim != 1 or not np.isfinite(losses).all():
                raise ValueError("losses are no list of finite float64 values")
            run.losses = losses.tolist()
            updates = torch.tensor(float(run.epoch * run._updates_per_epoch))
            for name, parameter in run.learned.items():
                restored = [_restore(tensors[key], parameter) for key in (name, *(f"{name}.{m}" for m in _MOMENTS))]
                with torch.no_grad():
                    parameter.copy_(restored[0])
                run.adam.state[parameter] = {
                    "step": updates.to(parameter.device, copy=True),
                    **dict(zip(_MOMENTS, restored[1:], strict=True)),
                }
        except Exception as error:  # arrays of any form
            raise BadFile(
                f"{path} lacks part of a training state ({reason(error)}); delete it and start again"
            ) from None
        if not 1 <= run.epoch <= settings["epochs"]:
            raise BadFile(f"{path} must be at an epoch 1 … {settings['epochs']}, got {run.epoch}; delete it")
        return run

    @torch.no_grad()
    def finish(self, blank: Network) -> Network:
        """Return `blank` with the learned synapses and thresholds, and its error in the provenance, in float64.

        Raises
        ------
        NeurosimError
            All images have the same hidden code, although they differ, or the synapses have no pseudo-inverse.
        """
        exact = {name: tensor.double() for name, tensor in self.learned.items()}
        try:
            final = self.objective.finish(exact, self.visible)
        except torch.linalg.LinAlgError as error:  # pyright: ignore[reportPrivateImportUsage]
            raise NeurosimError(
                f"the learned synapses have no pseudo-inverse ({reason(error)}); give another seed or a smaller "
                "learning_rate, or delete the checkpoint if another program changed it"
            ) from None
        decoder = rule.decoder_of(final)
        gram, error = rule.gram(decoder), 0.0
        first_code, collapsed = None, True
        for chunk in self.visible.split(_CHUNK):
            visible = chunk.double()
            codes = self.objective.code(final, visible)
            first_code = codes[:1] if first_code is None else first_code
            collapsed = collapsed and bool((codes == first_code).all())
            error += float(rule.squared_error(visible, visible @ decoder, gram, codes).sum())
        if collapsed and bool((self.visible != self.visible[0]).any()):
            raise NeurosimError(
                f"training collapsed: all {len(self.visible)} images have the same hidden code; "
                "give more epochs, smaller batches, another seed or another learning_rate"
            )
        provenance = {
            "weights": "learned from images",
            **self.settings,
            "loss_per_epoch": self.losses,
            "hard_error": error / len(self.visible),
        }
        arrays = {name: tensor.cpu().numpy() for name, tensor in final.items()}
        return blank.replace(**arrays, provenance=provenance)


def _damage_of(
    recipe: Recipe, settings: Mapping[str, Any], visible: Tensor
) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    """Return the damage of a recipe, (images, generator) → cues; images that are no pictures have no sides."""
    shape, mean = settings.get("image_shape", ()), visible.mean(dim=0).cpu().numpy()

    def damaged(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        cues = images.copy()
        if recipe.damages:
            damage_some(cues, recipe.damages, settings["intact"], rng, shape if len(shape) > 1 else None, mean)
        return cues

    return damaged


def damage_some(
    pixels: np.ndarray,
    damages: Sequence[Damage],
    intact: float,
    rng: np.random.Generator,
    image_shape: Sequence[int] | None,
    mean: np.ndarray,
) -> None:
    """Damage images in place, each by one of the damages, except for a random share that stays intact.

    Parameters
    ----------
    pixels : ndarray (image, visible)
    damages : sequence of Damage
    intact : float
        Share of intact images.
    rng : numpy.random.Generator
    image_shape, mean
        As in `Damage.apply`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.damage import Missing
    >>> from neurosim.learning.run import damage_some
    >>> pixels = np.ones((4, 10))
    >>> damage_some(pixels, [Missing(0.5)], 0.0, np.random.default_rng(0), None, np.zeros(10))
    >>> pixels.sum(axis=1)
    array([5., 5., 5., 5.])
    """
    kinds = rng.integers(len(damages), size=len(pixels))
    kinds[rng.random(len(pixels)) < intact] = -1
    for kind, damage in enumerate(damages):
        chosen = kinds == kind
        pixels[chosen] = damage.apply(pixels[chosen], seed=rng, image_shape=image_shape, mean=mean)


_MOMENTS = ("exp_avg", "exp_avg_sq")  # torch's names for Adam's running means of the gradient and of its square


def _restore(array: np.ndarray, like: Tensor) -> Tensor:
    """Return `array` as a tensor with the shape, strides, dtype and device of `like`: Adam's fused steps need all.

    Raises
    ------
    ValueError
        The array has another size or dtype, or a value that is not finite.
    """
    if array.dtype != np.float32 or not np.isfinite(array).all():
        raise ValueError(f"expected finite float32 values, got {array.dtype} from {array.min()} to {array.max()}")
    return torch.empty_like(like).copy_(torch.from_numpy(array.reshape(tuple(like.shape))))


def _rng(seed: int, epoch: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, epoch]))
