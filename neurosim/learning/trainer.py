"""Training of a network on images by the objective of a recipe: mini-batches, Adam, exact resuming."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

import neurosim
from neurosim import memory
from neurosim.errors import InvalidInput
from neurosim.learning.checks import check_images
from neurosim.learning.data import Images
from neurosim.learning.devices import torch_device
from neurosim.learning.parallel import local_device, process_group
from neurosim.learning.recipe import Recipe
from neurosim.learning.recipes import as_recipe, name_of
from neurosim.learning.run import Run
from neurosim.network import Network
from neurosim.outputs import require_writable
from neurosim.source_code import digest_of_module
from neurosim.threads import ProcessLock
from neurosim.validation import seed_number, whole

# Multiply-adds per batch from which several threads are used; MNIST with 50 hidden neurons has 10e6, CIFAR-10 with 500
# hidden neurons 400e6.
_PARALLEL_FROM = 100e6
_TRAINING = ProcessLock()


@torch.inference_mode(False)  # whatever the caller has switched off
@torch.enable_grad()
def train(
    images: Images | np.ndarray,
    *,
    n_hidden: int,
    epochs: int | None = None,
    batch_size: int = 256,
    recipe: str | Recipe = "denoise",
    tau_v: Any = 20e-3,
    tau_h: Any = 1e-3,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | Path | None = None,
    progress: bool = False,
) -> Network:
    """Train a network on images, so that they are recalled at stable hidden states.

    The same arguments give the same bits on the same machine and device, with the same number of threads and
    processes. Under `torchrun` every process computes its share of each mini-batch, and all return the network; see
    `neurosim.learning.parallel`.

    Parameters
    ----------
    images : Images or array_like (image, visible), (image, rows, columns) or (image, channels, rows, columns)
        The images to store, finite. The learning rates of the recipes suit pixels in [0, 1].
    n_hidden : int
        Number of hidden neurons, ≥ 1.
    epochs : int, optional
        Passes over the images. Default: those of the recipe, or more for small data sets; see `Recipe.epochs_for`.
    batch_size : int, default 256
        Images per update, ≥ 1; the last batch of an epoch may be smaller.
    recipe : str or Recipe, default "denoise"
        A name in `RECIPES`, or own settings such as ``RECIPES["certified"].replace(repulsion=0)``. "denoise": many
        images, recalled from damaged cues. "basins": a few hundred images, completed exactly. "certified": all 2^N_h
        states are proven stable, with a margin of ½ (needs n_hidden ≤ n_visible). "symmetric": the paper's model in its
        best form. "paper": eq. (17) as in the paper. The learning rate falls to 0 along half a cosine.
    tau_v, tau_h : time, default 20 ms and 1 ms
        Time constants of the returned network. "denoise", "basins" and "certified" are trained for the
        ratio of their means.
    seed : int, default 0
        Seed of the initial synapses and of the order of the images, ≥ 0.
    device : str, default "cpu"
        "cpu", "cuda" or "cuda:<number>".
    checkpoint : path, optional
        File for the state after each epoch. If it exists, training resumes from it, and the result has the same bits
        as that of an uninterrupted run. A file of other images, settings, code or version of torch is refused.
    progress : bool, default False
        Show a progress bar with the current error.

    Returns
    -------
    Network
        Its `provenance` has the settings, ``loss_per_epoch`` (mean squared error during each epoch), and
        ``hard_error``, the squared error per image of the finished network at the code that training expects.

    Raises
    ------
    InvalidInput
        An argument is invalid, the loss became non-finite, or the checkpoint belongs to another run.
    Unavailable
        The device is not available.
    BadFile
        The checkpoint is damaged or has other content.
    OutputError
        The checkpoint cannot be written.
    NeurosimError
        Training collapsed: all images have the same hidden code.

    See Also
    --------
    neurosim.learning.local.learn : Local rules in place of gradient descent.
    neurosim.learning.stdp.learn_spiking : Learning by spikes in Brian2.

    Examples
    --------
    >>> from neurosim import theory
    >>> from neurosim.learning import load_data, train
    >>> net = train(load_data("digits").select(slice(100)), n_hidden=8, epochs=5, recipe="certified")
    >>> theory.certify_all_states(net).holds
    True
    """
    pixels, source = check_images(images)
    n_images, n_visible = pixels.shape
    chosen, chosen_device = as_recipe(recipe), torch_device(device)
    _check_sizes(chosen, n_visible, n_hidden=n_hidden, batch_size=batch_size)
    epochs = chosen.epochs_for(n_images, batch_size) if epochs is None else epochs
    # Built first, so that an invalid time constant is refused before training.
    blank = Network(weights=np.zeros((n_visible, n_hidden)), tau_v=tau_v, tau_h=tau_h)
    settings = {
        **source,
        "n_images": n_images,
        "n_hidden": int(n_hidden),
        "batch_size": int(batch_size),
        "recipe": name_of(chosen),
        **chosen.record(),
        "epochs": whole(epochs, "epochs"),
        "seed": seed_number(seed),
        "device": chosen_device.type,
        "torch_version": torch.__version__,
        "code": digest_of_module(__name__, chosen),
        "neurosim_version": neurosim.__version__,
    }
    ratio = float(blank.tau_v.mean() / blank.tau_h.mean())
    if chosen.uses_ratio:
        settings["ratio"] = ratio
    checkpoint = None if checkpoint is None else require_writable(checkpoint)
    multiply_adds = min(batch_size, n_images) * n_visible * n_hidden
    with process_group(chosen_device) as processes, _threads(multiply_adds):
        settings["processes"] = processes.size
        visible = torch.from_numpy(pixels).to(local_device(chosen_device))
        if checkpoint is not None and checkpoint.exists():
            run = Run.resume(checkpoint, chosen, settings, visible, processes, ratio)
        else:
            run = Run.start(chosen, settings, visible, processes, ratio)
        hidden = None if progress and not processes.rank else True
        with tqdm(total=epochs, initial=run.epoch, desc="training", unit="epoch", disable=hidden) as bar:
            while run.epoch < epochs:
                run.one_epoch()
                if checkpoint is not None:
                    run.save(checkpoint)
                bar.set_postfix(error=f"{run.losses[-1]:.2f}")
                bar.update()
        processes.barrier()
        return run.finish(blank)


def _check_sizes(recipe: Recipe, n_visible: int, **sizes: Any) -> None:
    for name, value in sizes.items():
        whole(value, name)
    n_hidden = sizes["n_hidden"]
    what = f"training of {n_visible:,} visible and {n_hidden:,} hidden neurons"  # float32, with Adam's moments
    memory.reserve(4 * n_hidden * (4 * n_visible + n_hidden), what, "give fewer hidden neurons")
    if recipe.objective == "certified" and sizes["n_hidden"] > n_visible:
        raise InvalidInput(
            f"recipe certified needs n_hidden <= n_visible ({n_visible}), got {sizes['n_hidden']}; take fewer "
            "hidden neurons or recipe='denoise'"
        )


@contextmanager
def _threads(multiply_adds: int) -> Iterator[None]:
    """Use one CPU thread if the matrix product of a batch is small.

    Several threads would then mostly wait for each other (the digits, two threads on two busy cores: 120 s instead
    of 16 s), and the bits do not depend on the number of cores. The setting belongs to the process, so networks train
    one after another.
    """
    with _TRAINING:
        before = torch.get_num_threads()
        torch.set_num_threads(1 if multiply_adds < _PARALLEL_FROM else before)
        try:
            yield
        finally:
            torch.set_num_threads(before)
