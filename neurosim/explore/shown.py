"""What an interactive page holds of a network: `Shown`, and its record as JSON."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.validation import assign, whole

_LEVELS = (255, 16, 1)  # pixels in [0, 1] that are whole multiples of one of these shares are stored as bytes

_LONGEST = 4  # ratio of the sides of a rectangle of visible neurons


@dataclass(frozen=True)
class Shown:
    """A network of an interactive page.

    Parameters
    ----------
    name : str
        Its name in the list of networks.
    network : Network
        With Heaviside hidden units, linear visible neurons and one τ_v.
    images : Images, optional
        Stored images; some are offered as cues. Default: random hidden states are offered.
    about : str, optional
        A sentence on the network.
    n_images : int, default 40
        Largest number of images that are offered, of all classes in turn.

    Raises
    ------
    InvalidInput
        The exact algorithm does not apply to the network, or the images have another size.

    Examples
    --------
    >>> from neurosim import Network
    >>> Shown("small", Network.gaussian(60, 4, seed=0)).shape
    (1, 6, 10)
    """

    name: str
    network: Network
    images: Images | None = None
    about: str = ""
    n_images: int = 40

    def __post_init__(self) -> None:
        net = self.network
        assign(self, n_images=whole(self.n_images, "n_images"))
        broken = None
        if not isinstance(net.hidden_activation, Heaviside):
            broken = f"Heaviside hidden units, got {net.hidden_activation!r}"
        elif not net.is_linear:
            broken = f"linear visible neurons, got {net.visible_activation!r}"
        elif net.tau_v.ndim:
            broken = f"one tau_v for all visible neurons, got {net.tau_v.size}"
        if broken:
            raise InvalidInput(f'an interactive page needs {broken}; recall with engine="reference" instead')
        if self.images is not None and self.images.pixels.shape[1] != net.n_visible:
            raise InvalidInput(
                f"the images must have {net.n_visible} pixels, one per visible neuron, got "
                f"{self.images.pixels.shape[1]}; give the images on which the network was trained"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, rows, columns) in which the visible layer is drawn.

        The shape of the images or of those on which the network was trained, or else a rectangle, whose last row may
        not be full.
        """
        n_visible = self.network.n_visible
        known = self.network.provenance.get("image_shape") if self.images is None else self.images.shape
        if isinstance(known, (list, tuple)) and len(known) in (2, 3) and math.prod(known) == n_visible:
            channels, rows, columns = (1, *map(int, known))[-3:]
            return channels, rows, columns
        rows = next(n for n in range(math.isqrt(n_visible), 0, -1) if n_visible % n == 0)
        if n_visible > _LONGEST * rows**2:
            rows = math.isqrt(n_visible)
        return 1, rows, math.ceil(n_visible / rows)

    def to_record(self) -> dict[str, Any]:
        """Return what the program of the page reads, for JSON; numbers lose nothing."""
        net, images = self.network, self.images
        offered = None if images is None else images.select(images.balanced_sample(self.n_images, seed=0))
        labels: list[str] = []
        if offered is not None and offered.labels is not None:
            names = offered.classes
            labels = [names[label] if names else str(label) for label in offered.labels.tolist()]
        return {
            "name": self.name,
            "about": self.about,
            "nVisible": net.n_visible,
            "nHidden": net.n_hidden,
            "weights": packed(net.weights),
            "feedback": None if net.feedback is None else packed(net.feedback),
            "threshold": packed(net.threshold),
            "tauV": float(net.tau_v),
            "tauH": packed(np.atleast_1d(net.tau_h)),
            "shape": self.shape,
            "images": None if offered is None else packed(offered.pixels),
            "labels": labels,
            "mean": None if images is None else packed(images.pixels.mean(axis=0)),
        }


def packed(values: np.ndarray) -> Mapping[str, Any]:
    """Return numbers as base64 text of bytes, float32 or float64, the shortest that loses nothing.

    Parameters
    ----------
    values : ndarray
        Any shape, in C order.

    Returns
    -------
    dict
        kind : "u1", "f4" or "f8"; levels : of "u1", the number of steps from 0 to 1; data : str.

    Examples
    --------
    >>> packed(np.array([0.0, 0.5, 1.0], np.float32))
    {'kind': 'u1', 'levels': 16, 'data': 'AAgQ'}
    >>> packed(np.array([0.1]))["kind"], packed(np.array([0.1], np.float32))["kind"]
    ('f8', 'f4')
    """
    values = np.asarray(values)
    for levels in _LEVELS if values.dtype == np.float32 else ():
        steps = np.rint(values.astype(float) * levels)
        if (
            steps.min(initial=0) >= 0
            and steps.max(initial=0) <= 255
            and ((steps / levels).astype(np.float32) == values).all()
        ):
            return _record("u1", levels, steps.astype("u1"))
    with np.errstate(over="ignore"):
        short = values.astype("<f4")
    if (short == values).all():
        return _record("f4", 1, short)
    return _record("f8", 1, values.astype("<f8"))


def _record(kind: str, levels: int, values: np.ndarray) -> dict[str, Any]:
    return {"kind": kind, "levels": levels, "data": base64.b64encode(values.tobytes()).decode()}
