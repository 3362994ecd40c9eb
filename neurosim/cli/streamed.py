"""Recalls of many cues in parts: each part is recalled, counted and written before the next is made.

The memory that a command takes then depends on the size of a part, and not on the number of cues; of each cue a few
numbers are kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.outputs import replacing
from neurosim.storage import append_checksum, encoded, in_memory, save_result

if TYPE_CHECKING:
    import xarray

_NUMBERS = 2**22  # of the visible neurons of a part, 32 MB


def parts(n_cues: int, n_visible: int) -> list[slice]:
    """Return the parts into which cues are divided.

    Examples
    --------
    >>> parts(10_000, 1_000)
    [slice(0, 4194, None), slice(4194, 8388, None), slice(8388, 10000, None)]
    """
    rows = max(1, _NUMBERS // n_visible)
    return [slice(start, min(start + rows, n_cues)) for start in range(0, n_cues, rows)]


def seed_of_part(seed: int, number: int) -> int:
    """Return the seed of a part: `seed` for the first, independent ones for the others.

    Examples
    --------
    >>> seed_of_part(3, 0), seed_of_part(3, 1) == seed_of_part(4, 1)
    (3, False)
    """
    if not number:
        return seed
    return int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0] >> np.uint64(1))


@dataclass
class Totals:
    """What is counted of the recalls of all parts.

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network.gaussian(200, 4, seed=0)
    >>> cues = neurosim.patterns.visible_cues(net, neurosim.patterns.all_hidden_states(4))
    >>> totals = Totals()
    >>> for rows in (slice(0, 8), slice(8, 16)):
    ...     _ = totals.count(lambda rows=rows: neurosim.recall(net, cues[rows]))
    >>> totals.n_cues, totals.outcomes, len(totals.attractors)
    (16, {'settled': 16}, 16)
    """

    seconds: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)
    attractors: set[bytes] = field(default_factory=set)  # digests of the states in which recalls settle
    settle_times: list[np.ndarray] = field(default_factory=list)

    @property
    def n_cues(self) -> int:
        """Number of recalls."""
        return sum(self.outcomes.values())

    def count(self, recall: Callable[[], xarray.Dataset]) -> xarray.Dataset:
        """Make the recalls of a part, count them, and return them."""
        from neurosim import Outcome

        start = time.perf_counter()
        result = recall()
        self.seconds += time.perf_counter() - start
        names, counts = np.unique(result.outcome.values, return_counts=True)
        for name, count in zip(names, counts.tolist(), strict=True):
            self.outcomes[str(name)] = self.outcomes.get(str(name), 0) + count
        states = np.packbits(result.hidden_active.values[result.outcome.values == Outcome.SETTLED], axis=1)
        self.attractors |= {blake2b(state.tobytes(), digest_size=16).digest() for state in states}
        self.settle_times.append(result.settle_time.values)
        return result


@contextmanager
def written(out: Path | None) -> Iterator[Callable[[xarray.Dataset], None]]:
    """Yield a function that appends the recalls of a part to a netCDF file; without `out` it does nothing.

    The file is that of `neurosim.save_result`, if there is one part. Of several, the cues are an unlimited dimension.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left half-written.
    """
    if out is None:
        yield lambda part: None
        return
    with ExitStack() as stack:
        state = _Written(out, stack)
        yield state.add
        state.finish()


class _Written:
    """A netCDF file whose dimension "cue" grows; written at once if there is one part."""

    def __init__(self, out: Path, stack: ExitStack) -> None:
        self.out, self.stack = out, stack
        self.first: xarray.Dataset | None = None
        self.temporary: Path | None = None
        self.n_cues, self.duration = 0, 0.0

    def add(self, part: xarray.Dataset) -> None:
        """Keep the first part; write it with the second one, and every further one."""
        if self.first is None and self.temporary is None:
            self.first = part
            return
        if self.first is not None:
            self.temporary = self.stack.enter_context(replacing(self.out))
            self.temporary.write_bytes(in_memory(self.first, self.out, unlimited=("cue",)).getvalue())
            self.n_cues, self.duration = self.first.sizes["cue"], self.first.attrs["duration"]
            self.first = None
        self.append(part)

    def finish(self) -> None:
        """Write what is left."""
        if self.temporary is not None:
            append_checksum(self.temporary)
        elif self.first is not None:
            save_result(self.first, self.out)

    def append(self, part: xarray.Dataset) -> None:
        """Write a further part; the attribute `duration` is the longest of all."""
        import h5netcdf

        stop = self.n_cues + part.sizes["cue"]
        # `replacing` holds a lock on the file, which HDF5 would take for that of another writer.
        with h5netcdf.File(self.temporary, "a", locking=False) as file:
            file.resize_dimension("cue", stop)
            if part.attrs["duration"] > self.duration:
                file.attrs["duration"] = self.duration = part.attrs["duration"]
            for name, variable in encoded(part).variables.items():
                if variable.dims[:1] == ("cue",):
                    kinds = {"b": np.int8, "U": object}
                    values = variable.values.astype(kinds.get(variable.dtype.kind, variable.dtype))
                    file.variables[name][self.n_cues : stop] = values
        self.n_cues = stop
