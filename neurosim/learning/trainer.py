"""Learn a network from images by eq. (17) and what a recipe adds to it: mini-batches, Adam, resumable to the bit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

import neurosim
from neurosim.errors import InvalidInput, Unavailable
from neurosim.learning.checks import check_images
from neurosim.learning.data import Images
from neurosim.learning.parallel import device_of, team
from neurosim.learning.recipes import Recipe, as_recipe
from neurosim.learning.run import Run
from neurosim.network import Network
from neurosim.validation import whole

_WORTH_THREADS = 100e6  # multiply-adds a batch; MNIST with 50 hidden neurons has 10e6, CIFAR-10 with 500 400e6
_UPDATES, _EPOCHS = 7_000, 60  # small data sets need steps, not epochs: 60 epochs are meant as 7,000 updates or more


def train(
    images: Images | np.ndarray,
    *,
    n_hidden: int,
    epochs: int | None = None,
    batch_size: int = 256,
    recipe: str | Recipe = "certified",
    tau_v: Any = 20e-3,
    tau_h: Any = 1e-3,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | Path | None = None,
    progress: bool = False,
) -> Network:
    """Return a network whose stable states are the images' hidden codes, learned by eq. (17).

    The same arguments give the same bits, on the same machine and device with the same number of threads and
    processes. Under `torchrun` every process takes its share of each mini-batch, and all return the network; see
    `neurosim.learning.parallel`.

    Parameters
    ----------
    images : Images or array_like (image, visible)
        What to remember. The default rates suit pixels in [0, 1]; other finite values are taken as they are.
    n_hidden : int
        Number of hidden neurons, ≥ 1.
    epochs : int, optional
        Passes over the images; by default as many as the recipe says, or more where images are few; see
        `default_epochs`.
    batch_size : int, default 256
        Images per update, ≥ 1; an epoch's last batch may be smaller.
    recipe : str or Recipe, default "certified"
        A name in `recipes.RECIPES`, or settings of your own, `RECIPES["certified"].replace(repulsion=0)`.
        "certified": feedback built so that all 2^N_h states are fixed points (needs n_hidden ≤ n_visible), θ > 0.
        "certified-wide": the same for hundreds of hidden neurons. "symmetric": the paper's model, trained better.
        "symmetric-zero": the same at θ → 0⁺, where images end at their own code. "separate": feedback learned freely,
        heterogeneous θ. "paper": eq. (17) with a sharpening sigmoid, nothing else. The learning rate falls to 0 along
        half a cosine.
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
    pixels, source = check_images(images)
    n_images, n_visible = pixels.shape
    whole(n_hidden, "n_hidden", at_least=1)
    whole(batch_size, "batch_size", at_least=1)
    chosen = as_recipe(recipe)
    epochs = default_epochs(n_images, batch_size, chosen.epochs) if epochs is None else epochs
    whole(epochs, "epochs", at_least=1)
    whole(seed, "seed", at_least=0)
    if chosen.wiring == "certified" and n_hidden > n_visible:
        raise InvalidInput(
            f"wiring certified needs n_hidden <= n_visible ({n_visible}), got {n_hidden}; fewer, or recipe='symmetric'"
        )
    # Built first, so that a wrong time constant is refused before the work and not after it.
    blank = Network(weights=np.zeros((n_visible, n_hidden)), tau_v=tau_v, tau_h=tau_h)
    place = _device(device)
    settings = {
        **source,
        "n_images": n_images,
        "n_hidden": int(n_hidden),
        "batch_size": int(batch_size),
        "recipe": chosen.name,
        **chosen.record(),
        "epochs": int(epochs),
        "learning_rate": chosen.learning_rate * math.sqrt(50 / n_hidden),
        "seed": int(seed),
        "device": place.type,
        "torch_version": torch.__version__,
        "neurosim_version": neurosim.__version__,
    }
    with team(place) as members, _threads(min(batch_size, n_images) * n_visible * n_hidden):
        settings["processes"] = members.size
        visible = torch.from_numpy(pixels).to(device_of(place))
        if checkpoint is not None and Path(checkpoint).exists():
            run = Run.resume(checkpoint, settings, visible, members)
        else:
            run = Run.start(settings, visible, members)
        hidden = None if progress and not members.rank else True
        with tqdm(total=epochs, initial=run.epoch, desc="training", unit="epoch", disable=hidden) as bar:
            while run.epoch < epochs:
                run.one_epoch()
                if checkpoint is not None:
                    run.save(checkpoint)
                bar.set_postfix(error=f"{run.losses[-1]:.2f}")
                bar.update()
        members.barrier()
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


def default_epochs(n_images: int, batch_size: int = 256, meant: int = _EPOCHS) -> int:
    """Return how many epochs `train` takes unless told: `meant`, or more where an epoch has fewer than 117 updates.

    Then as many as give the updates of `meant` epochs of 116⅔.
    """
    updates = math.ceil(n_images / batch_size)
    return max(meant, math.ceil(meant * _UPDATES / (_EPOCHS * updates)))


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
