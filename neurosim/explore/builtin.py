"""The networks that an interactive page shows without a file: learned digits, and a random network.

The digits are forty of the 1,797 that scikit-learn contains, four of each class, stored by the recipe `basins` in 50
hidden neurons. ``python -m neurosim.explore.builtin`` learns them again; it needs torch and scikit-learn.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np

from neurosim.explore.shown import Shown
from neurosim.learning.data import Images
from neurosim.network import Network

_FOLDER = resources.files("neurosim.explore")
_N_DIGITS, _N_HIDDEN = 40, 50
_THRESHOLD = 0.21  # half of the peak of h from half a cue (`neurosim.theory.rise_peak`), so that halves are completed
_KEPT = ("dataset", "split", "image_shape", "value_range", "recipe", "seed", "n_images", "n_hidden", "weights")


def digits() -> Shown:
    """Return the network that has learned forty digits.

    Examples
    --------
    >>> from neurosim.explore import builtin
    >>> builtin.digits().network.n_hidden, len(builtin.digits().images)
    (50, 40)
    """
    with resources.as_file(_FOLDER.joinpath("digits.safetensors")) as path:
        net = Network.load(path)
    with resources.as_file(_FOLDER.joinpath("digits.npz")) as path, np.load(path) as stored:
        images = Images(stored["pixels"] / np.float32(16), stored["labels"], (8, 8), "digits")
    about = "Forty handwritten digits of 8×8 pixels, stored by the recipe basins: damaged digits are completed."
    return Shown("learned digits", net, images, about)


def random(seed: int = 0) -> Shown:
    """Return a Gaussian network whose 2^12 hidden states are memories, completed from half of their visible neurons.

    Parameters
    ----------
    seed : int, default 0
        Of the weights.

    Examples
    --------
    >>> from neurosim.explore import builtin
    >>> builtin.random().network
    Network(n_visible=1800, n_hidden=12, symmetric, threshold=0.21, tau_v=0.02 s, tau_h=0.001 s, Heaviside())
    """
    about = "Random Gaussian weights. Every set of active hidden neurons is a memory, the sum of their basic memories."
    return Shown("random network", Network.gaussian(1800, 12, seed=seed, threshold=_THRESHOLD), None, about)


BUILT_IN = {"digits": digits, "random": random}


def learn(folder: Path) -> None:
    """Learn the digits and write their two files into a folder; it needs torch and scikit-learn."""
    from neurosim.learning import load_data, train
    from neurosim.outputs import write_file

    images = load_data("digits")
    images = images.select(images.balanced_sample(_N_DIGITS, seed=0))
    net = train(images, n_hidden=_N_HIDDEN, recipe="basins", seed=0)
    net.replace(provenance={name: net.provenance[name] for name in _KEPT}).save(folder / "digits.safetensors")
    write_file(folder / "digits.npz", _npz(np.rint(images.pixels * 16), images.required_labels()))


def _npz(pixels: np.ndarray, labels: np.ndarray) -> bytes:
    import io

    buffer = io.BytesIO()
    np.savez_compressed(buffer, pixels=pixels.astype(np.uint8), labels=labels.astype(np.uint8))
    return buffer.getvalue()


if __name__ == "__main__":
    learn(Path(__file__).parent)
