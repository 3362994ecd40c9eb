"""One training run: its state, its epochs, its checkpoint and the resulting network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurosim import storage
from neurosim.errors import BadFile, InvalidInput, NeurosimError
from neurosim.learning import objective as rule
from neurosim.learning.objective import SURROGATES, Surrogate
from neurosim.learning.parallel import SINGLE_PROCESS, ProcessGroup
from neurosim.learning.wiring import WIRINGS, Wiring, decoder_of
from neurosim.network import Network

_KIND = "Training/2"
_CHUNK = 8_192  # images evaluated at once after training; bounds the memory


@dataclass
class Run:
    """State of a training run between two epochs.

    Parameters
    ----------
    settings : mapping
        Settings of the recipe, n_images, n_hidden, batch_size, epochs, seed and provenance; the checkpoint has them
        too.
    visible : Tensor (image, visible)
        The training images.
    learned : dict of str to Tensor
        The learned tensors of the wiring.
    adam : torch.optim.Adam
    variance : float
        Variance of the images, mean ‖v − mean v‖²: the unit of the recipe's costs.
    processes : ProcessGroup, optional
    losses : list of float
        Mean training loss of every finished epoch.

    Notes
    -----
    No generator state is stored: the order of epoch k is drawn from `SeedSequence([seed, k])`, k = 1, 2, …, and the
    initial synapses from k = 0.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning import RECIPES
    >>> from neurosim.learning.run import Run
    >>> sizes = {"n_images": 50, "n_hidden": 8, "batch_size": 10, "epochs": 2, "seed": 0}
    >>> run = Run.start(RECIPES["paper"].record() | sizes | {"learning_rate": 0.01}, torch.rand(50, 64))
    >>> run.one_epoch()
    >>> run.epoch
    1
    """

    settings: Mapping[str, Any]
    visible: Tensor
    learned: dict[str, Tensor]
    adam: torch.optim.Adam
    variance: float
    processes: ProcessGroup = SINGLE_PROCESS
    losses: list[float] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """Number of finished epochs."""
        return len(self.losses)

    @property
    def wiring(self) -> Wiring:
        """Wiring: the set of learned synapses."""
        return WIRINGS[self.settings["wiring"]]

    @property
    def surrogate(self) -> Surrogate:
        """Replacement for Θ."""
        return SURROGATES[self.settings["surrogate"]](self.settings["first_gain"], self.settings["last_gain"])

    @property
    def _updates_per_epoch(self) -> int:
        return math.ceil(self.settings["n_images"] / self.settings["batch_size"])

    @classmethod
    def start(cls, settings: Mapping[str, Any], visible: Tensor, processes: ProcessGroup = SINGLE_PROCESS) -> Run:
        """Return a run before its first epoch."""
        start = WIRINGS[settings["wiring"]].start(
            visible.shape[1], settings["n_hidden"], settings["threshold"], _rng(settings["seed"], 0)
        )
        learned = {
            name: torch.tensor(values, dtype=torch.float32, device=visible.device, requires_grad=True)
            for name, values in start.items()
        }
        variance = float(visible.var(dim=0, correction=0).sum(dtype=torch.float64))
        adam = torch.optim.Adam(learned.values(), fused=True)
        return cls(settings, visible, learned, adam, variance, processes)

    def one_epoch(self) -> None:
        """Train on every image once, in random order.

        Raises
        ------
        InvalidInput
            The loss became non-finite. The last saved state is then that of the previous epoch.
        """
        settings, epoch = self.settings, self.epoch + 1
        order = torch.from_numpy(_rng(settings["seed"], epoch).permutation(settings["n_images"]))
        batches = order.to(self.visible.device).split(settings["batch_size"])
        total = torch.zeros((), dtype=torch.float64, device=self.visible.device)
        for number, batch in enumerate(batches):
            fraction = (self.epoch * len(batches) + number) / (settings["epochs"] * len(batches))
            self.adam.param_groups[0]["lr"] = settings["learning_rate"] * 0.5 * (1 + math.cos(math.pi * fraction))
            errors, loss = self._loss(self._shown(batch), fraction, len(batch))
            self.adam.zero_grad()
            loss.backward()
            self.processes.sum_in_place(tensor.grad for tensor in self.learned.values() if tensor.grad is not None)
            self.adam.step()
            total += errors.detach().sum(dtype=torch.float64)
        self.processes.sum_in_place([total])
        loss = float(total) / settings["n_images"]
        if not (math.isfinite(loss) and all(bool(tensor.isfinite().all()) for tensor in self.learned.values())):
            raise InvalidInput(
                f"training diverged: the loss of epoch {epoch} is {loss}; lower learning_rate "
                f"({settings['learning_rate']}) or scale the images to [0, 1]"
            )
        self.losses.append(loss)

    def _shown(self, batch: Tensor) -> Tensor:
        """Return this process's share of a batch of images; `index_select` is faster than indexing."""
        return self.visible.index_select(0, self.processes.share(batch))

    def _loss(self, visible: Tensor, fraction: float, n_batch: int) -> tuple[Tensor, Tensor]:
        """Return the terms of eq. (17), (image,), with the surrogate for Θ, and the loss with the recipe's costs.

        `visible` is this process's share of a batch of `n_batch` images. The sum of the losses over processes is the
        loss of the batch.
        """
        through_recall = fraction >= 1 - self.settings["through_recall"]
        consistency = self.settings["consistency"]
        threshold = self.wiring.threshold(self.learned)
        view = self.wiring.view(self.learned, visible, coupled=through_recall or consistency > 0)
        active = self.surrogate(view.margin, fraction)
        errors = view.squared_error(visible, active)
        loss = errors.sum() / n_batch
        if view.coupling is not None and consistency:
            wrong = rule.inconsistency(active, view.coupling, threshold, self.surrogate.gain(fraction))
            loss = loss + consistency * self.variance * wrong.sum() / n_batch
        if view.coupling is not None and through_recall:
            drive = view.margin + threshold
            active = rule.recalled(drive, view.coupling, threshold, lambda z: self.surrogate(z, fraction))
            after = view.squared_error(visible, active)
            loss = loss + (after - errors).sum() / n_batch / 2
        if self.settings["repulsion"]:
            loss = loss + self.settings["repulsion"] * self.variance * self._repulsion(active, n_batch)
        gain = self.wiring.noise_gain(self.learned)
        if gain is not None:
            loss = loss + self.settings["noise_cost"] * self.variance * gain / self.processes.size
        return errors, loss

    def _repulsion(self, active: Tensor, n_batch: int) -> Tensor:
        """Return `rule.repulsion` extrapolated from the batch to all images.

        Where there are too few codes for all images, it is divided by `rule.crowding`, so that repulsion which cannot
        separate them costs no error.
        """
        n_images = self.settings["n_images"]
        others = (n_images - 1) / max(1, n_batch - 1)
        unavoidable = max(1.0, rule.crowding(n_images, active.shape[1]))
        batch = None if self.processes.size == 1 else self.processes.gather(active, n_batch)
        return others / unavoidable * rule.repulsion(active, batch)

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
        cls, path: str | Path, settings: Mapping[str, Any], visible: Tensor, processes: ProcessGroup = SINGLE_PROCESS
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
        run = cls.start(settings, visible, processes)
        try:
            run.losses = [float(loss) for loss in tensors["losses"]]
            if tensors["losses"].dtype != np.float64 or not np.isfinite(run.losses).all():
                raise ValueError("losses are not finite float64 values")
            updates = torch.tensor(float(run.epoch * run._updates_per_epoch))
            for name, parameter in run.learned.items():
                restored = [_restore(tensors[key], parameter) for key in (name, *(f"{name}.{m}" for m in _MOMENTS))]
                with torch.no_grad():
                    parameter.copy_(restored[0])
                run.adam.state[parameter] = {
                    "step": updates.to(parameter.device, copy=True),
                    **dict(zip(_MOMENTS, restored[1:], strict=True)),
                }
        except (KeyError, ValueError) as error:
            raise BadFile(f"{path} lacks part of a training state ({error}); delete it and start again") from None
        if not 1 <= run.epoch <= settings["epochs"]:
            raise BadFile(f"{path} must be at an epoch 1 … {settings['epochs']}, got {run.epoch}; delete it")
        return run

    @torch.no_grad()
    def finish(self, blank: Network) -> Network:
        """Return `blank` with the learned synapses and thresholds, and its errors in the provenance, in float64.

        Raises
        ------
        NeurosimError
            All images have the same hidden code, although they differ.
        """
        final = self.wiring.finish({name: tensor.double() for name, tensor in self.learned.items()})
        feedback, decoder = final.get("feedback", final["weights"].T), decoder_of(final)
        gram = rule.gram(decoder)
        soft = hard = 0.0
        first_code, collapsed = None, True
        for chunk in self.visible.split(_CHUNK):
            visible = chunk.double()
            z = rule.drive(feedback.T, visible) - final["threshold"].to(visible.device)
            codes = rule.step(z)
            first_code = codes[:1] if first_code is None else first_code
            collapsed = collapsed and bool((codes == first_code).all())
            projection = visible @ decoder
            hard += float(rule.squared_error(visible, projection, gram, codes).sum())
            soft += float(rule.squared_error(visible, projection, gram, self.surrogate(z, 1.0)).sum())
        if collapsed and bool((self.visible != self.visible[0]).any()):
            raise NeurosimError(
                f"training collapsed: all {len(self.visible)} images have the same hidden code; "
                "give more epochs, smaller batches, another seed or another learning_rate"
            )
        provenance = {
            "weights": "learned by eq. (17)",
            **self.settings,
            "loss_per_epoch": self.losses,
            "soft_error": soft / len(self.visible),
            "hard_error": hard / len(self.visible),
        }
        arrays = {name: tensor.cpu().numpy() for name, tensor in final.items()}
        return blank.replace(**arrays, provenance=provenance)


_MOMENTS = ("exp_avg", "exp_avg_sq")  # torch's names for Adam's running means of the gradient and of its square


def _restore(array: np.ndarray, like: Tensor) -> Tensor:
    """Return `array` as a tensor with the shape, dtype and device of `like`.

    Raises
    ------
    ValueError
        The array has another size or dtype, or a value that is not finite.
    """
    if array.dtype != np.float32 or not np.isfinite(array).all():
        raise ValueError(f"expected finite float32 values, got {array.dtype} from {array.min()} to {array.max()}")
    return torch.from_numpy(array.reshape(tuple(like.shape))).to(like.device)


def _rng(seed: int, epoch: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, epoch]))
