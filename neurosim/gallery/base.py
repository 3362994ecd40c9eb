"""What a gallery entry is, how large it is measured, and the sentences that compare measurement and theory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import xarray

from neurosim import InvalidInput, Network
from neurosim.learning.data import Images
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import format_estimate
from neurosim.report.page import Row
from neurosim.sweep.grid import HERE, Runner

T = TypeVar("T")
Data = dict[str, xarray.Dataset]


@dataclass(frozen=True)
class Learned:
    """A trained network, what it has learned, and the stable memories that became of it, (memory, hidden) bool."""

    network: Network
    images: Images
    given_unseen: Images | None = None

    @property
    def unseen(self) -> Images:
        """Images of the same kind that it has not learned."""
        if self.given_unseen is None:
            raise InvalidInput(f"{self.images!r} has no unseen images beside it; name a data set with a test split")
        return self.given_unseen

    @cached_property
    def memories(self) -> np.ndarray:
        """Hidden states of the distinct stable attractors that the images lead to."""
        minima = attractors.unique_stable_minima(self.network, self.images.pixels)
        return minima.hidden_active.values[minima.stable.values]

    @property
    def rms(self) -> float:
        """Root mean square of the memories over memories and visible neurons."""
        states = self.memories[:1000].astype(float)
        return float(np.sqrt(np.mean((states @ self.network.weights.T) ** 2) / self.network.n_hidden))


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
    school : callable (dataset, n_hidden, recipe, **changes of the recipe) returning Learned, optional
        For entries about a certain data set: learns it, or reads the network that did. Default: some digits,
        whatever data set is asked for; the command has the real ones.
    """

    networks: int = 20
    quick: bool = False
    seed: int = 0
    runner: Runner = HERE
    learned: Callable[[], Learned] = field(default=lambda: digits())
    school: Callable[..., Learned] = field(default=lambda *subject, **changes: some_digits(*subject, **changes))

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


def some_digits(dataset: str, n_hidden: int, recipe: str = "certified", **changes: Any) -> Learned:
    """Learn 1,500 of the built-in digits a little, in at most 24 hidden neurons; the other 297 are unseen."""
    from neurosim.learning import data, train
    from neurosim.learning.recipes import as_recipe

    images = data.load("digits")
    seen, unseen = (Images(images.pixels[k], images.labels[k], images.shape, "digits") for k in (_SEEN, _UNSEEN))
    chosen = as_recipe(recipe).replace(**changes)
    return Learned(train(seen, n_hidden=min(n_hidden, 24), recipe=chosen, epochs=20), seen, unseen)


_SEEN, _UNSEEN = slice(0, 1_500), slice(1_500, None)


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


def law_sentence(curve: xarray.Dataset, quantity: str, law: str = "law", what: str = "The exact law") -> str:
    """Say at how many points a law lies within the interval, and where it is farthest off."""
    n, inside, distance = _compared(curve, quantity, law)
    if not n:
        return f"{what} does not apply here."
    level = 100 * curve.attrs["confidence"]
    worst = np.unravel_index(np.nanargmax(np.abs(distance)), distance.shape)
    off = float(distance[worst])
    text = f"{what} lies within the {level:g}% interval at {inside} of {n} points"
    if off == 0:
        return f"{text}."
    side = "above" if off > 0 else "below"
    return f"{text}; it is farthest off at {_place(curve, quantity, worst)}, {abs(off):.2g} {side} the measured mean."


def bound_sentence(curve: xarray.Dataset, quantity: str, what: str = "Eq. (38)") -> str:
    """Say whether a lower bound is one: at how many points it lies above the interval."""
    values, upper = curve.bound.values, curve[f"{quantity}_upper"].values
    known = np.isfinite(values)
    if not known.any():
        return f"{what} does not apply here."
    excess = np.where(known, values - upper, -np.inf)
    broken = int((excess > 0).sum())
    if not broken:
        return f"{what} holds as a lower bound at all {int(known.sum())} points."
    worst = np.unravel_index(np.argmax(excess), excess.shape)
    return (
        f"{what} lies above the measured interval at {broken} of {int(known.sum())} points, so it is no lower bound "
        f"there; farthest, by {excess[worst]:.2g}, at {_place(curve, quantity, worst)}."
    )


def _compared(curve: xarray.Dataset, quantity: str, law: str) -> tuple[int, int, np.ndarray]:
    values = curve[law].values
    known = np.isfinite(values)
    lower, upper = curve[f"{quantity}_lower"].values, curve[f"{quantity}_upper"].values
    slack = 1e-12  # where all networks agree, an interval can end exactly at the law
    inside = known & (values >= lower - slack) & (values <= upper + slack)
    return int(known.sum()), int(inside.sum()), np.where(known, values - curve[quantity].values, np.nan)


def _place(curve: xarray.Dataset, quantity: str, index: tuple[Any, ...]) -> str:
    dims = curve[quantity].dims
    return ", ".join(
        f"{SYMBOLS.get(str(d), str(d))} = {curve[d].values[k]:g}" for d, k in zip(dims, index, strict=True)
    )


SYMBOLS: Mapping[str, str] = {
    "n_hidden": "N_h",
    "visible_per_hidden": "N_v/N_h",
    "threshold": "θ",
    "ratio": "τ_v/τ_h",
    "noise_std": "σ_v",
    "gain": "gain",
    "spread_h": "spread of τ_h",
    "spread_v": "spread of τ_v",
}


def trials_sentence(curve: xarray.Dataset) -> str:
    """Say how many networks and trials a result rests on."""
    n = int(curve.attrs["n_networks"])
    trials = curve.attrs["n_trials"]
    each = f"up to {trials:,} cues" if isinstance(trials, (int, np.integer)) else trials
    seen = f"{n} independent networks" if n > 1 else "one network"
    return f"{seen[0].upper()}{seen[1:]} at each point, {each} each; {100 * curve.attrs['confidence']:g}% intervals."


def numbers(curve: xarray.Dataset, quantity: str, note: str = "", /, **where: Any) -> Row:
    """Return a row of the table: the quantity at one point, with its interval."""
    here = curve.sel(**where, method="nearest") if where else curve
    at = ", ".join(f"{SYMBOLS.get(d, d)} = {float(here[d]):g}" for d in where)
    return at or quantity, format_estimate(here, quantity, 5), note
