"""Learn a network from images by eq. (17): mini-batches, Adam, resumable to the same bits."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

import neurosim
from neurosim import storage
from neurosim.errors import BadFile, InvalidInput, NeurosimError, Unavailable
from neurosim.network import Network
from training import rule
from training.data import Images
from training.rule import SURROGATES, Surrogate

_KIND = "Training/1"
_WORTH_THREADS = 100e6  # multiply-adds a batch; MNIST with 50 hidden neurons has 10e6, CIFAR-10 with 500 400e6
_LEAST_EPOCHS = 30
_LEAST_UPDATES = 7_000  # what 30 epochs of MNIST take; small data sets need as many steps, not as many epochs
# Xavier's bound knows nothing of eq. (1)'s factor √N_h/N_v < 1, so at gain 1 the drive starts too small. That
# costs short runs most of their memories (390 digits, 8 neurons, 240 updates); long runs end alike.
_XAVIER_GAIN = 3.0
_CHUNK = 8_192  # images judged at once after training; bounds the memory


def train(
    images: Images | np.ndarray,
    *,
    n_hidden: int,
    epochs: int | None = None,
    batch_size: int = 256,
    learning_rate: float = 3e-3,
    surrogate: str = "sharpened",
    per_neuron_threshold: bool = False,
    tau_v: Any = 20e-3,
    tau_h: Any = 1e-3,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | Path | None = None,
    progress: bool = False,
) -> Network:
    """Return a symmetric network whose stable states are the images' hidden codes, learned by eq. (17).

    The same arguments give the same bits, on the same machine and device with the same number of threads.

    Parameters
    ----------
    images : Images or array_like (image, visible)
        What to remember. The default rates suit pixels in [0, 1]; other finite values are taken as they are.
    n_hidden : int
        Number of hidden neurons, ≥ 1.
    epochs : int, optional
        Passes over the images; by default `default_epochs`: 30, or more where images are few.
    batch_size : int, default 256
        Images per update, ≥ 1; an epoch's last batch may be smaller.
    learning_rate : float, default 3e-3
        Adam's first step size; it falls to 0 along half a cosine.
    surrogate : "sharpened" or "straight_through", default "sharpened"
        What stands in for the step while training; see `rule`.
    per_neuron_threshold : bool, default False
        Learn one θ per hidden neuron instead of one for all.
    tau_v, tau_h : time, default 20 ms and 1 ms
        Given to the network; learning does not depend on them.
    seed : int, default 0
        ≥ 0. Decides the Xavier start and the order of the images.
    device : str, default "cpu"
        "cpu", "cuda" or "cuda:<number>".
    checkpoint : path, optional
        A file that holds the whole state after each epoch. If it exists, training continues from it and ends
        at the bits of an uninterrupted run.
    progress : bool, default False
        Show a progress bar with the current error.

    Returns
    -------
    Network
        With the learned threshold. Its `provenance` has the settings, ``loss_per_epoch`` (mean training loss
        while the epoch ran), and two squared errors per image of the finished network: ``soft_error``, with
        the surrogate, and ``hard_error``, with the true step Θ, for the first-pass code, before any settling.

    Raises
    ------
    InvalidInput
        An argument breaks its rule, the loss became non-finite, or the checkpoint belongs to another run.
    Unavailable
        The device is not here.
    BadFile
        The checkpoint is not one, or is damaged.
    OutputError
        The checkpoint cannot be written.
    NeurosimError
        The run collapsed: all images ended with the same hidden code.
    """
    pixels, source = _pixels(images)
    n_images, n_visible = pixels.shape
    _whole("n_hidden", n_hidden, 1)
    _whole("batch_size", batch_size, 1)
    epochs = default_epochs(n_images, batch_size) if epochs is None else epochs
    _whole("epochs", epochs, 1)
    _whole("seed", seed, 0)
    if isinstance(learning_rate, bool) or not isinstance(learning_rate, (int, float, np.floating, np.integer)):
        raise InvalidInput(f"learning_rate must be a number, got {learning_rate!r}")
    if not (math.isfinite(learning_rate) and learning_rate > 0):
        raise InvalidInput(f"learning_rate must be finite and > 0, got {learning_rate}")
    if surrogate not in SURROGATES:
        raise InvalidInput(f"surrogate must be one of {', '.join(SURROGATES)}, got {surrogate!r}")
    # Built first, so that a wrong time constant is refused before the work and not after it.
    blank = Network(weights=np.zeros((n_visible, n_hidden)), tau_v=tau_v, tau_h=tau_h)
    settings = {
        **source,
        "n_images": n_images,
        "n_hidden": int(n_hidden),
        "epochs": int(epochs),
        "batch_size": int(batch_size),
        "learning_rate": float(learning_rate),
        "surrogate": surrogate,
        "first_gain": SURROGATES[surrogate].first_gain,
        "last_gain": SURROGATES[surrogate].last_gain,
        "per_neuron_threshold": bool(per_neuron_threshold),
        "seed": int(seed),
        "device": _device(device).type,
        "torch_version": torch.__version__,
        "neurosim_version": neurosim.__version__,
    }

    visible = torch.from_numpy(pixels).to(device)
    if checkpoint is not None and Path(checkpoint).exists():
        run = _Run.resume(checkpoint, settings, visible)
    else:
        run = _Run.start(settings, visible)
    bar = tqdm(total=epochs, initial=run.epoch, desc="training", unit="epoch", disable=None if progress else True)
    with bar, _threads(min(batch_size, n_images) * n_visible * n_hidden):
        while run.epoch < epochs:
            run.one_epoch()
            if checkpoint is not None:
                run.save(checkpoint)
            bar.set_postfix(error=f"{run.losses[-1]:.2f}")
            bar.update()
    return run.finish(blank)


@contextmanager
def _threads(multiply_adds: int) -> Iterator[None]:
    """Work on one CPU thread if a batch's matrix product is small.

    Threads then wait for each other more than they work (the digits, two threads on two busy cores: 120 s instead
    of 16), and the bits no longer depend on the number of cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1 if multiply_adds < _WORTH_THREADS else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def default_epochs(n_images: int, batch_size: int = 256) -> int:
    """Return how many epochs `train` takes unless told: 30, or as many as 7,000 updates need."""
    return max(_LEAST_EPOCHS, math.ceil(_LEAST_UPDATES / math.ceil(n_images / batch_size)))


@dataclass
class _Run:
    """A run between two epochs: everything that decides how it goes on.

    No generator's state is among it: epoch k's order comes from `SeedSequence([seed, k])`, k = 1, 2, …, and
    the start from k = 0.
    """

    settings: Mapping[str, Any]
    visible: Tensor
    weights: Tensor
    threshold: Tensor
    adam: torch.optim.Adam
    losses: list[float] = field(default_factory=list)  # one per finished epoch

    @property
    def epoch(self) -> int:
        return len(self.losses)

    @property
    def surrogate(self) -> Surrogate:
        return SURROGATES[self.settings["surrogate"]]

    @property
    def _updates_per_epoch(self) -> int:
        return math.ceil(self.settings["n_images"] / self.settings["batch_size"])

    @classmethod
    def start(cls, settings: Mapping[str, Any], visible: Tensor) -> _Run:
        """Return a run before its first epoch: Xavier weights (Glorot & Bengio 2010, uniform), θ = 0."""
        n_visible, n_hidden = visible.shape[1], settings["n_hidden"]
        limit = _XAVIER_GAIN * math.sqrt(6 / (n_visible + n_hidden))
        start = _rng(settings["seed"], 0).uniform(-limit, limit, (n_visible, n_hidden))
        weights = torch.tensor(start, dtype=torch.float32, device=visible.device, requires_grad=True)
        shape = (n_hidden,) if settings["per_neuron_threshold"] else ()
        threshold = torch.zeros(shape, device=visible.device, requires_grad=True)
        return cls(settings, visible, weights, threshold, torch.optim.Adam([weights, threshold], fused=True))

    def one_epoch(self) -> None:
        """Show every image once, in an order of this epoch's own.

        Raises
        ------
        InvalidInput
            The loss became non-finite; the state of the epoch before is then the last one saved.
        """
        settings, epoch = self.settings, self.epoch + 1
        order = torch.from_numpy(_rng(settings["seed"], epoch).permutation(settings["n_images"]))
        batches = order.to(self.visible.device).split(settings["batch_size"])
        total = torch.zeros((), dtype=torch.float64, device=self.visible.device)
        for number, batch in enumerate(batches):
            fraction = (self.epoch * len(batches) + number) / (settings["epochs"] * len(batches))
            self.adam.param_groups[0]["lr"] = settings["learning_rate"] * 0.5 * (1 + math.cos(math.pi * fraction))
            errors = self._errors(self.visible[batch], fraction)
            self.adam.zero_grad()
            errors.mean().backward()
            self.adam.step()
            total += errors.detach().sum(dtype=torch.float64)
        loss = float(total) / settings["n_images"]
        if not (math.isfinite(loss) and bool(self.weights.isfinite().all()) and bool(self.threshold.isfinite().all())):
            raise InvalidInput(
                f"training diverged: the loss of epoch {epoch} is {loss}; lower learning_rate "
                f"({settings['learning_rate']}) or scale the images to [0, 1]"
            )
        self.losses.append(loss)

    def _errors(self, visible: Tensor, fraction: float) -> Tensor:
        """Return eq. (17)'s terms, (image,), with the surrogate for Θ."""
        active = self.surrogate(rule.drive(self.weights, visible) - self.threshold, fraction)
        return rule.squared_error(visible, rule.reconstruction(self.weights, active))

    def save(self, path: str | Path) -> None:
        """Write the whole state as one safetensors file."""
        tensors = {"losses": np.array(self.losses)}
        for name, parameter in (("weights", self.weights), ("threshold", self.threshold)):
            tensors[name] = parameter.detach().cpu().numpy()
            for moment in _MOMENTS:
                tensors[f"{name}.{moment}"] = self.adam.state[parameter][moment].cpu().numpy()
        storage.write_tensors(path, tensors, dict(self.settings), _KIND)

    @classmethod
    def resume(cls, path: str | Path, settings: Mapping[str, Any], visible: Tensor) -> _Run:
        """Return the run that `save` wrote, if it is a run of these `settings`."""
        tensors, saved = storage.read_tensors(path, _KIND)
        for name, value in settings.items():
            if saved.get(name) != value:
                raise InvalidInput(
                    f"checkpoint {path} was made with {name} = {saved.get(name)}, this run has {value}; "
                    "give the same settings, or another checkpoint file"
                )
        run = cls.start(settings, visible)
        try:
            run.losses = [float(loss) for loss in tensors["losses"]]
            if tensors["losses"].dtype != np.float64 or not np.isfinite(run.losses).all():
                raise ValueError("losses are not finite float64 values")
            updates = torch.tensor(float(run.epoch * run._updates_per_epoch))
            for name, parameter in (("weights", run.weights), ("threshold", run.threshold)):
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
        """Return `blank` with what was learned, its errors measured as recall would, in float64.

        Raises
        ------
        NeurosimError
            All images have one hidden code, though they differ.
        """
        weights, threshold = self.weights.double(), self.threshold.double()
        soft = hard = 0.0
        first_code, collapsed = None, True
        for chunk in self.visible.split(_CHUNK):
            visible = chunk.double()
            z = rule.drive(weights, visible) - threshold
            codes = rule.step(z)
            first_code = codes[:1] if first_code is None else first_code
            collapsed = collapsed and bool((codes == first_code).all())
            hard += float(rule.squared_error(visible, rule.reconstruction(weights, codes)).sum())
            soft += float(rule.squared_error(visible, rule.reconstruction(weights, self.surrogate(z, 1.0))).sum())
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
        return blank.replace(weights=weights.cpu().numpy(), threshold=threshold.cpu().numpy(), provenance=provenance)


_MOMENTS = (
    "exp_avg",
    "exp_avg_sq",
)  # what torch's Adam calls the running means of the gradient and of its square


def _restore(array: np.ndarray, like: Tensor) -> Tensor:
    """Return `array` as a tensor of the shape, kind and device of `like`.

    Raises
    ------
    ValueError
        Another size or kind, or a value that is not finite.
    """
    if array.dtype != np.float32 or not np.isfinite(array).all():
        raise ValueError(f"expected finite float32 values, got {array.dtype} from {array.min()} to {array.max()}")
    return torch.from_numpy(array.reshape(tuple(like.shape))).to(like.device)


def _rng(seed: int, epoch: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, epoch]))


def _whole(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InvalidInput(f"{name} must be a whole number >= {least}, got {value!r}")


def _pixels(images: Any) -> tuple[np.ndarray, dict[str, Any]]:
    """Return pixels (image, visible) float32, and what is known of where they come from."""
    known = isinstance(images, Images)
    values = images.pixels if known else images
    try:
        values = np.asarray(values)
        if values.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        raise InvalidInput(
            f"images must be an Images or an array of real numbers, got {type(images).__name__}"
        ) from None
    if values.ndim != 2 or 0 in values.shape:
        raise InvalidInput(f"images must have shape (image, visible), neither of them 0, got {values.shape}")
    with np.errstate(over="ignore"):  # too large for float32 becomes infinite, and is refused as such
        pixels = np.ascontiguousarray(values, dtype=np.float32)
    bad = pixels.size - int(np.count_nonzero(np.isfinite(pixels)))
    if bad:
        raise InvalidInput(f"images must be finite, got {bad} NaN or infinite of {pixels.size} values")
    return pixels if pixels.flags.writeable else pixels.copy(), {
        "dataset": images.name if known else "array",
        "split": images.split if known else "",
        "image_shape": list(images.shape) if known else [pixels.shape[1]],
        "images_sha256": hashlib.sha256(pixels.data).hexdigest(),
    }


def _device(device: Any) -> torch.device:
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError):
        raise InvalidInput(f"device must be 'cpu', 'cuda' or 'cuda:<number>', got {device!r}") from None
    if chosen.type not in ("cpu", "cuda"):
        raise InvalidInput(f"device must be 'cpu', 'cuda' or 'cuda:<number>', got {device!r}")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise Unavailable(
            f"device {device!r} is not here: torch sees {torch.cuda.device_count()} CUDA devices; use device='cpu'"
        )
    return chosen
