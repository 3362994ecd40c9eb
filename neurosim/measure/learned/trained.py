"""A trained network together with its images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.measure.recall import attractors
from neurosim.network import Network


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network with its training images and, optionally, test images.

    Parameters
    ----------
    network : Network
    images : Images
        The training images.
    test_images : Images, optional
        Images held out from training.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.learning import Images
    >>> rng = np.random.default_rng(0)
    >>> images = Images(rng.random((20, 64)), np.zeros(20, int), (8, 8), "noise")
    >>> trained = TrainedNetwork(Network(rng.standard_normal((64, 4)) + 0.3, threshold=0.4), images)
    >>> trained.memories.shape[1]
    4
    """

    network: Network
    images: Images
    test_images: Images | None = None

    @property
    def unseen(self) -> Images:
        """The images held out from training.

        Raises
        ------
        InvalidInput
            There are no test images.
        """
        if self.test_images is None:
            raise InvalidInput(f"{self.images!r} has no test images; name a data set with a test split")
        return self.test_images

    @cached_property
    def memories(self) -> np.ndarray:
        """Hidden states of the distinct stable attractors reached from the images, bool (memory, hidden)."""
        minima = attractors.unique_stable_minima(self.network, self.images.pixels)
        return minima.hidden_active.values[minima.stable.values]

    @property
    def memory_rms(self) -> float:
        """Root mean square of the memories over memories and visible neurons; the first 1,000 memories."""
        states = self.memories[:1000].astype(float)
        return float(np.sqrt(np.mean((states @ self.network.weights.T) ** 2) / self.network.n_hidden))
