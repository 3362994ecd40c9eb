"""What a gallery entry is, how large it is measured, and the sentences that compare measurement and theory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import xarray

from neurosim import Network
from neurosim.measure.learned.trained import TrainedNetwork
from neurosim.report.findings import SYMBOLS, Row, bound_sentence, law_sentence, numbers, trials_sentence
from neurosim.sweep.grid import HERE, Runner

__all__ = ["SYMBOLS", "bound_sentence", "law_sentence", "numbers", "trials_sentence"]

T = TypeVar("T")
Data = dict[str, xarray.Dataset]


Learned = TrainedNetwork


@dataclass(frozen=True)
class Plan:
    """How large to measure, and where.

    Parameters
    ----------
    networks : int, default 20
        Independent random networks per point.
    quick : bool, default False
        A preview: the same figures from small networks and few trials.
    seed : int, default 0
    runner : Runner
    learned : callable returning Learned, optional
        For entries about a trained network. Default: digits in 24 hidden neurons, learned when first asked for.
    """

    networks: int = 20
    quick: bool = False
    seed: int = 0
    runner: Runner = HERE
    learned: Callable[[], Learned] = field(default=lambda: digits())

    def pick(self, full: T, quick: T) -> T:
        """Return the size to use."""
        return quick if self.quick else full


def digits(file: Path | None = None, seed: int = 0) -> Learned:
    """Learn the built-in digits in 24 hidden neurons by the paper's rule, or read the network that did from `file`.

    The paper's own, because its memories have shocks and neighbours to be measured: in a certified network every
    state is a memory and no attractor is spurious.
    """
    from neurosim.learning import data, train

    images = data.load("digits")
    if file is not None and file.is_file():
        return Learned(Network.load(file), images)
    net = train(images, n_hidden=24, recipe="paper", seed=seed)
    if file is not None:
        net.save(file)
    return Learned(net, images)


@dataclass(frozen=True)
class Entry:
    """A figure with its measurement and what it shows.

    Parameters
    ----------
    name : str
        "1a", "phase-noise"; the paper's number where it has one.
    title : str
    measure : callable (Plan) → dict of str to Dataset
    draw : callable (dict of Datasets) → Axes or array of Axes
    describe : callable (dict of Datasets) → (sentences, rows of numbers)
    """

    name: str
    title: str
    measure: Callable[[Plan], Data]
    draw: Callable[[Data], Any]
    describe: Callable[[Data], tuple[list[str], list[Row]]]
