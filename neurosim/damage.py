"""Damage to cues: noise, missing pixels, occluded parts, masked blocks, flipped signs, and sequences of them.

A damage is a frozen object with one method, `Damage.apply`. The same object damages cues in training, in measurements,
in figures and on the command line. A new kind is a subclass of `Damage` with its `damaged`, and an entry in `DAMAGES`.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.frames import Frame, frame_of
from neurosim.plugins import Registry, subclass_of
from neurosim.seeds import spawn_seeds
from neurosim.validation import (
    assign,
    boolean,
    generator,
    instance,
    listed,
    noise_level,
    one_of,
    real,
    real_array,
    share,
    whole,
)

PARTS, FILLS = ("lower", "upper", "left", "right", "any"), ("mean", "random")


@dataclass(frozen=True)
class Damage:
    """Base class of damage to cues. ``first + second`` applies one damage after the other.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.damage import Missing, Noise
    >>> both = Noise(0.1) + Missing(0.5)
    >>> str(both)
    'noise:std=0.1+missing:fraction=0.5'
    >>> int((both.apply(np.ones((1, 10)), seed=0) == 0).sum())
    5
    """

    name: ClassVar[str] = ""
    strength: ClassVar[str] = ""  # the field that is 0 where nothing is damaged

    def apply(
        self,
        cues: np.ndarray,
        *,
        seed: int | np.random.Generator | None = None,
        image_shape: Sequence[int] | None = None,
        mean: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return damaged cues.

        Parameters
        ----------
        cues : array_like, shape (cue, visible) or (visible,)
            Values of the visible neurons; float32 stays float32, all else becomes float64.
        seed : int or numpy.random.Generator, optional
            Needed if the damage is random. Each damage of a sequence has an independent stream.
        image_shape : sequence of int, optional
            (rows, columns) or (channels, rows, columns); their product is N_v. Default: (N_v, 1), one column.
        mean : ndarray (visible,), optional
            The mean image, needed for ``fill="mean"``.

        Returns
        -------
        ndarray
            A new array of the same shape.

        Raises
        ------
        InvalidInput
            A random damage has no seed, or `image_shape` or `mean` is missing or does not fit.
        """
        dtype = np.float32 if getattr(cues, "dtype", None) == np.float32 else np.float64
        damaged = real_array(cues, "cues", {"…": None, "visible": None}, empty=True, finite=False, dtype=dtype).copy()
        if damaged.ndim > 2:
            raise InvalidInput(f"cues must have the shape (cue, visible) or (visible,), got {damaged.shape}")
        if self.is_random and seed is None:
            raise InvalidInput(f"{self} needs a seed, so that the cue can be reproduced; give seed=")
        frame = frame_of(damaged.shape[-1], image_shape, mean)
        return self._run(np.atleast_2d(damaged), 0 if seed is None else seed, frame).reshape(damaged.shape)

    @property
    def is_random(self) -> bool:
        """Whether the damaged cue depends on the seed."""
        return not self.strength or getattr(self, self.strength) > 0

    def _run(self, cues: np.ndarray, seed: int | np.random.Generator, frame: Frame) -> np.ndarray:
        if self.strength and not getattr(self, self.strength):
            return cues
        return self.damaged(cues, seed if isinstance(seed, np.random.Generator) else generator(seed), frame)

    def damaged(self, cues: np.ndarray, rng: np.random.Generator, frame: Frame) -> np.ndarray:
        """Return the damaged cues, (cue, visible) as the cues; `frame` has the shape of the images and their mean."""
        raise NotImplementedError

    def __add__(self, other: Damage) -> Combined:
        return Combined((self, other))

    def __str__(self) -> str:
        """Return the text that `neurosim.cli.parse.damage` reads if the class has a name, "occluded:part=upper"."""
        fields = [(one.name, getattr(self, one.name), one.default) for one in dataclasses.fields(self)]
        changed = [f"{name}={value}".replace("e+", "e") for name, value, default in fields if value != default]
        name = self.name or f"{type(self).__module__}.{type(self).__qualname__}"
        return f"{name}:{','.join(changed)}" if changed else name


@dataclass(frozen=True)
class Combined(Damage):
    """Several damages, applied in their order. ``Combined()`` leaves every cue intact.

    Parameters
    ----------
    steps : sequence of Damage, default none

    Examples
    --------
    >>> from neurosim.damage import Combined, Noise
    >>> Combined().is_random, (Noise(0.1) + Noise(0.2)).steps
    (False, (Noise(std=0.1, varied=False), Noise(std=0.2, varied=False)))
    """

    steps: tuple[Damage, ...] = ()

    def __post_init__(self) -> None:
        steps = [instance(step, "each step of a damage", Damage) for step in listed(self.steps, "steps", "damages")]
        parts = [step.steps if isinstance(step, Combined) else (step,) for step in steps]
        assign(self, steps=tuple(itertools.chain(*parts)))

    @property
    def is_random(self) -> bool:
        """Whether the result of any of the damages depends on the seed."""
        return any(step.is_random for step in self.steps)

    def _run(self, cues: np.ndarray, seed: int | np.random.Generator, frame: Frame) -> np.ndarray:
        if len(self.steps) == 1:  # as this damage alone, which has the same text
            return self.steps[0]._run(cues, seed, frame)
        spawn = seed.spawn if isinstance(seed, np.random.Generator) else partial(spawn_seeds, seed)
        for step, stream in zip(self.steps, spawn(len(self.steps)), strict=True):
            cues = step._run(cues, stream, frame)
        return cues

    def __str__(self) -> str:
        return "+".join(map(str, self.steps)) or "none"


@dataclass(frozen=True)
class Noise(Damage):
    """Independent Gaussian noise on every visible neuron (eq. 13).

    Parameters
    ----------
    std : float
        σ_v ≥ 0, in units of the cue.
    varied : bool, default False
        Draw the std of each cue uniformly from 0 to `std`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.damage import Noise
    >>> Noise(1.0).apply(np.zeros((1, 3)), seed=0).round(2)
    array([[ 0.13, -0.13,  0.64]])
    """

    name: ClassVar[str] = "noise"
    strength: ClassVar[str] = "std"
    std: float
    varied: bool = False

    def __post_init__(self) -> None:
        assign(self, std=noise_level(self.std, "std of the noise"), varied=boolean(self.varied, "varied"))

    def damaged(self, cues: np.ndarray, rng: np.random.Generator, frame: Frame) -> np.ndarray:
        """Return the cues with noise."""
        sample = rng.standard_normal(cues.shape, dtype=cues.dtype)
        return (cues + _strengths(self.std, self.varied, cues, rng) * sample).astype(cues.dtype, copy=False)


@dataclass(frozen=True)
class Missing(Damage):
    """Random visible neurons of each cue replaced by a fill.

    Parameters
    ----------
    fraction : float in [0, 1]
        Share of the visible neurons, rounded to whole neurons.
    fill : float, "mean" or "random", default 0
        A number; "mean": the mean image; "random": independent values between the lowest and the highest of the cue.
        0 lowers the drive of the hidden layer; the mean keeps it on average.
    varied : bool, default False
        Draw the share of each cue uniformly from 0 to `fraction`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.damage import Missing
    >>> int(Missing(0.3).apply(np.ones((1, 10)), seed=0).sum())
    7
    """

    name: ClassVar[str] = "missing"
    strength: ClassVar[str] = "fraction"
    fraction: float
    fill: float | str = 0.0
    varied: bool = False

    def __post_init__(self) -> None:
        assign(self, fraction=share(self.fraction, "fraction of missing neurons"), fill=_checked_fill(self.fill))
        boolean(self.varied, "varied")

    def damaged(self, cues: np.ndarray, rng: np.random.Generator, frame: Frame) -> np.ndarray:
        """Return the cues without the missing neurons."""
        return _filled(cues, _random_subsets(cues, self.fraction, self.varied, rng), self.fill, rng, frame)


@dataclass(frozen=True)
class Occluded(Damage):
    """One side of each image replaced by a fill.

    Parameters
    ----------
    part : {"lower", "upper", "left", "right", "any"}, default "lower"
        The occluded side; "any": one of the four, at random for each cue, of images of one column "lower" or "upper".
    fraction : float in [0, 1], default 0.5
        Share of the rows, or of the columns, rounded up to whole ones.
    fill : float, "mean" or "random", default 0
        As in `Missing`.
    varied : bool, default False
        Draw the share of each cue uniformly from 0 to `fraction`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.damage import Occluded
    >>> Occluded().apply(np.ones((1, 4)), image_shape=(2, 2))
    array([[1., 1., 0., 0.]])
    """

    name: ClassVar[str] = "occluded"
    part: str = "lower"
    fraction: float = 0.5
    fill: float | str = 0.0
    varied: bool = False

    def __post_init__(self) -> None:
        one_of(self.part, "part", PARTS)
        assign(self, fraction=share(self.fraction, "occluded fraction"), fill=_checked_fill(self.fill))
        boolean(self.varied, "varied")

    @property
    def is_random(self) -> bool:
        """Whether the side, the share or the fill is random."""
        return self.fraction > 0 and (self.part == "any" or self.varied or self.fill == "random")

    def damaged(self, cues: np.ndarray, rng: np.random.Generator, frame: Frame) -> np.ndarray:
        """Return the cues without one side."""
        n, (_, rows, columns) = len(cues), frame.shape
        possible = [side for side in frame.sides(self.fraction) if self.part in ("any", PARTS[side])]
        if not possible:
            got = f"got {rows} rows and {columns} columns; give image_shape, or the fraction 1"
            raise InvalidInput(f"occluded:part={self.part} must leave a part of each image, {got}")
        sides = np.array(possible)[rng.integers(len(possible), size=n)]
        fractions = np.broadcast_to(_strengths(self.fraction, self.varied, cues, rng), (n, 1))[:, 0]
        row, column = np.arange(rows)[:, None], np.arange(columns)
        from_sides = (rows - 1 - row, row, column, columns - 1 - column)  # in the order of PARTS
        depth = np.stack([np.broadcast_to(distance, (rows, columns)) for distance in from_sides])
        occluded = np.ceil(np.where(sides < 2, rows, columns) * fractions - 1e-6)  # 1e-6: rounding of 10 · 0.3
        missing = depth[sides] < occluded[:, None, None]
        return _filled(cues, frame.in_all_channels(missing), self.fill, rng, frame)


@dataclass(frozen=True)
class Blocks(Damage):
    """Square blocks at random places of each image replaced by a fill.

    Parameters
    ----------
    size : int
        Edge of a block in pixels, ≥ 1 and at most the rows and columns of the image.
    count : int, default 1
        Blocks in each image; they may overlap.
    fill : float, "mean" or "random", default 0
        As in `Missing`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.damage import Blocks
    >>> int(Blocks(2).apply(np.ones((1, 16)), seed=0, image_shape=(4, 4)).sum())
    12
    """

    name: ClassVar[str] = "blocks"
    size: int
    count: int = 1
    fill: float | str = 0.0

    def __post_init__(self) -> None:
        assign(self, size=whole(self.size, "size of a block"), count=whole(self.count, "count of blocks"))
        assign(self, fill=_checked_fill(self.fill))

    def damaged(self, cues: np.ndarray, rng: np.random.Generator, frame: Frame) -> np.ndarray:
        """Return the cues without the blocks."""
        _, rows, columns = frame.shape
        if self.size > min(rows, columns):
            image = f"the image of {rows} rows and {columns} columns"
            raise InvalidInput(f"a block must fit into {image}, got size {self.size}; give a smaller one")
        missing = np.zeros((len(cues), rows, columns), dtype=bool)
        for _ in range(self.count):
            top = rng.integers(rows - self.size + 1, size=(len(cues), 1))
            left = rng.integers(columns - self.size + 1, size=(len(cues), 1))
            inside_rows = (np.arange(rows) >= top) & (np.arange(rows) < top + self.size)
            inside_columns = (np.arange(columns) >= left) & (np.arange(columns) < left + self.size)
            missing |= inside_rows[:, :, None] & inside_columns[:, None, :]
        return _filled(cues, frame.in_all_channels(missing), self.fill, rng, frame)


@dataclass(frozen=True)
class Flipped(Damage):
    """Random visible neurons of each cue with the other sign.

    Parameters
    ----------
    fraction : float in [0, 1]
        Share of the visible neurons, rounded to whole neurons.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.damage import Flipped
    >>> float(Flipped(0.3).apply(np.ones((1, 10)), seed=0).sum())
    4.0
    """

    name: ClassVar[str] = "flipped"
    strength: ClassVar[str] = "fraction"
    fraction: float

    def __post_init__(self) -> None:
        assign(self, fraction=share(self.fraction, "fraction of flipped neurons"))

    def damaged(self, cues: np.ndarray, rng: np.random.Generator, frame: Frame) -> np.ndarray:
        """Return the cues with flipped signs."""
        return np.where(_random_subsets(cues, self.fraction, False, rng), -cues, cues)


_BUILT_IN = {kind.name: kind for kind in (Noise, Missing, Occluded, Blocks, Flipped)}
DAMAGES: Registry[type[Damage]] = Registry("damages", _BUILT_IN, *subclass_of(Damage))


def _strengths(strength: float, varied: bool, cues: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the strength of each cue, (cue, 1), or that of all, ()."""
    return strength * rng.random((len(cues), 1)).astype(cues.dtype) if varied else np.asarray(strength, cues.dtype)


def _random_subsets(cues: np.ndarray, fraction: float, varied: bool, rng: np.random.Generator) -> np.ndarray:
    """Return a random subset of the neurons of each cue, as bool."""
    ranks = rng.random(cues.shape)
    if not varied:  # finding one rank is faster than sorting all
        count = round(fraction * cues.shape[1])
        return ranks < np.partition(ranks, count, axis=1)[:, count, None] if count < cues.shape[1] else ranks < 1
    counts = np.rint(_strengths(fraction, varied, cues, rng).astype(float) * cues.shape[1]).astype(int)
    ends = np.concatenate([np.sort(ranks, axis=1), np.ones((len(cues), 1))], axis=1)  # random() < 1
    return ranks < np.take_along_axis(ends, np.broadcast_to(counts, (len(cues), 1)), axis=1)


def _filled(
    cues: np.ndarray, missing: np.ndarray, fill: float | str, rng: np.random.Generator, frame: Frame
) -> np.ndarray:
    """Return the cues with the fill where `missing`, (cue, visible) bool, is true."""
    values: np.ndarray | float | str = fill
    if fill == "mean":
        if frame.mean is None:
            raise InvalidInput("fill 'mean' needs the mean image; give mean=, or a number as the fill")
        values = frame.mean
    elif fill == "random":
        low, high = cues.min(axis=1, keepdims=True), cues.max(axis=1, keepdims=True)
        values = low + (high - low) * rng.random(cues.shape)
    return np.where(missing, np.asarray(values, dtype=cues.dtype), cues)


def _checked_fill(fill: float | str) -> float | str:
    return one_of(fill, "fill", FILLS) if isinstance(fill, str) else real(fill, "fill", remedy="or 'mean', 'random'")
