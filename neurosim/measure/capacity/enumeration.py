"""Enumeration: exact counting by testing all states, in blocks of 256 states at once.

Eight neurons, the low ones, run through their 256 states while the other neurons are fixed. The condition of a neuron,
X_μ > t or X_μ ≤ t, then divides the low states by a sorted table: the states whose part of X_μ lies above t − (part of
the other neurons) are one of 257 nested sets, stored as bit masks. A neuron therefore costs one look-up and four 64-bit
ANDs for all 256 states.

Each look-up gives two sets: surely right, and right within the bound `FieldBounds.doubt`. States in the second but not
in the first are kept aside for exact arithmetic (`ExactFields`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from neurosim import Network, threads
from neurosim.compiled import kernel
from neurosim.measure.capacity.rounding import ExactFields, FieldBounds, field_bounds

BLOCK_BITS = 8
MAX_DOUBTFUL = 512  # kept per piece of work; more stay between lower and upper
_BUCKETS = 256


@dataclass(frozen=True)
class Tally:
    """Numbers of states, out of 2^N_h, for the exact J of the given weights.

    Parameters
    ----------
    lower, upper : int
        Limits of the number of fixed points, s = Θ(Js − θ) (eq. 5). They differ only if too many states are nearer to a
        threshold than the rounding error for exact arithmetic.
    stable : int
        Fixed points proven to have a margin > 0: no field at its threshold. Complete if lower = upper.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.enumeration import tally
    >>> tally(Network.gaussian(100, 10, seed=0))
    Tally(lower=758, upper=758, stable=758)
    """

    lower: int
    upper: int
    stable: int


class Blocks(NamedTuple):
    """Sorted tables of the low neurons' contribution to each X_μ, minus its minimum.

    Parameters
    ----------
    low : ndarray (low,) int64
        The low neurons; bit j of a low state is neuron low[j].
    least : ndarray (hidden,)
        Minimum of the contribution.
    values : ndarray (hidden, value)
        Its distinct values, ascending, then ∞.
    later : ndarray (hidden, value, 4) uint64
        The low states whose contribution is that value or a later one.
    start : ndarray (hidden, bucket) int16
        Number of values in earlier buckets; `scale` times a value, rounded down, is its bucket.
    scale : ndarray (hidden,)
    on : ndarray (low, 4) uint64
        The low states in which low neuron j is on.
    all : ndarray (4,) uint64
        All 2^low of them.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.enumeration import all_words, blocks, ones
    >>> from neurosim.measure.capacity.rounding import field_bounds
    >>> table = blocks(field_bounds(Network.gaussian(100, 10, seed=0)), [0, 1, 2])
    >>> int(ones(all_words(table)))
    8
    """

    low: np.ndarray
    least: np.ndarray
    values: np.ndarray
    later: np.ndarray
    start: np.ndarray
    scale: np.ndarray
    on: np.ndarray
    all: np.ndarray


def blocks(bounds: FieldBounds, low: np.ndarray) -> Blocks:
    """Return the tables for the given low neurons, at most `BLOCK_BITS`."""
    low = np.asarray(low, dtype=np.int64)
    states = np.arange(2 ** len(low)) >> np.arange(len(low))[:, None] & 1
    share = bounds.coupling[:, low]
    least = np.minimum(share, 0).sum(axis=1)
    values, later, start, scale = _tables(np.maximum(share @ states.astype(float) - least[:, None], 0.0))
    on, every = _masks(states > 0), _masks(np.ones((1, states.shape[1]), dtype=bool))[0]
    return Blocks(low, least, values, later, start, scale, on, every)


def in_threads(work: Callable[[Any], Any], pieces: Iterable[Any], n_threads: int | None) -> Iterator[Any]:
    """Yield `work` of each piece in order, computed by several threads; default as many as `threads.available`."""
    n_threads = n_threads or threads.available()
    if n_threads == 1:
        yield from map(work, pieces)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        yield from pool.map(work, pieces)


def tally(net: Network, *, n_threads: int | None = None, progress: bool = False) -> Tally:
    """Test all 2^N_h states of a network; the time grows as N_h·2^N_h, some seconds at N_h = 32.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    n_threads : int, optional
        Default: one per core.
    progress : bool, default False

    Returns
    -------
    Tally

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.enumeration import tally
    >>> tally(Network.gaussian(2000, 10, seed=0))
    Tally(lower=1024, upper=1024, stable=1024)
    """
    bounds = field_bounds(net)
    fixed = _tally(net, bounds, n_threads, progress)
    if not bounds.whole:
        return fixed
    return Tally(fixed.lower, fixed.upper, _tally(net, bounds.strict(), n_threads, progress).lower)


def _tally(net: Network, bounds: FieldBounds, n_threads: int | None, progress: bool) -> Tally:
    low = np.arange(max(0, net.n_hidden - BLOCK_BITS), net.n_hidden)  # last: the fixed ones are tested first
    tables, columns = blocks(bounds, low), np.ascontiguousarray(bounds.coupling.T)
    n_blocks = 1 << (net.n_hidden - len(low))
    edges = np.unique(np.linspace(0, n_blocks, min(n_blocks, 257)).astype(np.int64)).tolist()
    edges = edges if len(edges) > 1 else [0, 1]

    def work(piece: tuple[int, int]) -> tuple[Any, ...]:
        return _test_blocks(*piece, tables, columns, bounds.on_above, bounds.off_up_to, bounds.doubt, MAX_DOUBTFUL)

    exact = ExactFields(net, bounds)
    lower = unknown = stable = 0
    pieces = list(pairwise(edges))
    with tqdm(total=n_blocks, disable=None if progress else True, desc="blocks", unit_scale=True, leave=False) as bar:
        for (first, last), (sure, lost, doubtful) in zip(pieces, in_threads(work, pieces, n_threads), strict=True):
            fixed_here, stable_here = exact.count(doubtful)
            lower, stable, unknown = (
                lower + int(sure) + fixed_here,
                stable + int(sure) + stable_here,
                unknown + int(lost),
            )
            bar.update(last - first)
    return Tally(lower, lower + unknown, stable)


@kernel
def _test_blocks(first, last, table, columns, on_above, off_up_to, doubt, max_doubtful):
    """Return the number of surely fixed states, of doubtful ones not kept, and those kept (state, hidden)."""
    n, n_low = columns.shape[0], table.low.size
    units, own = np.arange(n), np.arange(2, 2 + n) - (n - n_low)
    on, off, base, value = np.empty(n), np.empty(n), np.empty(n), np.full(n, -1, dtype=np.int8)
    kept = np.zeros((max_doubtful, n), dtype=np.bool_)
    total, n_doubtful = 0, 0
    for block in range(first, last):
        for m in range(n):
            base[m] = table.least[m]
        for v in range(n - n_low):
            value[v] = own[v] = block >> v & 1
            if own[v]:
                for m in range(n):
                    base[m] += columns[v, m]
        for m in range(n):
            on[m], off[m] = on_above[m] - base[m], off_up_to[m] - base[m]
        sure, possible = right_states(table, n, units, own, on, off, doubt, all_words(table))
        total += ones(sure)
        n_doubtful = keep_doubtful(table, value, sure, possible, kept, n_doubtful)
    return total, max(0, n_doubtful - max_doubtful), kept[:n_doubtful]


@kernel
def right_states(table, n_units, units, own, on, off, doubt, among):
    """Return the low states, out of `among`, in which the first units are all right: surely, and within their doubt.

    on[k] and off[k] are the two limits of the k-th unit minus the contribution of the other neurons and the least
    contribution of the low ones; own[k] is 0 if the unit is off in the whole block, 1 if it is on, and 2 + j if it is
    low neuron j. `doubt` is over all units.
    """
    values, later, start, scale = table.values, table.later, table.start, table.scale
    sure, possible = among, among
    for k in range(n_units):
        m, kind = units[k], own[k]
        if kind == 1:
            few, many = _ranks(values, start, scale, m, on[k], doubt[m])
            sure, possible = and_(sure, _row(later, m, many)), and_(possible, _row(later, m, few))
        elif kind == 0:
            few, many = _ranks(values, start, scale, m, off[k], doubt[m])
            sure, possible = and_not(sure, _row(later, m, few)), and_not(possible, _row(later, m, many))
        else:
            few_on, many_on = _ranks(values, start, scale, m, on[k], doubt[m])
            few_off, many_off = _ranks(values, start, scale, m, off[k], doubt[m])
            mask = word_row(table.on, kind - 2)
            sure = and_(sure, _choose(mask, _row(later, m, many_on), _row(later, m, few_off)))
            possible = and_(possible, _choose(mask, _row(later, m, few_on), _row(later, m, many_off)))
        if possible[0] | possible[1] | possible[2] | possible[3] == 0:
            break
    return sure, possible


@kernel
def keep_doubtful(table, value, sure, possible, kept, n_kept):
    """Append the possible but not sure states, up to the size of the array; return their number, kept or not."""
    for w in range(4):
        word = possible[w] & ~sure[w]
        k = 64 * w
        while word:
            if word & np.uint64(1):
                if n_kept < len(kept):
                    kept[n_kept] = value > 0
                    for j in range(table.low.size):
                        kept[n_kept, table.low[j]] = k >> j & 1
                n_kept += 1
            word >>= np.uint64(1)
            k += 1
    return n_kept


@kernel
def _tables(shares):
    n, size = shares.shape
    values, later = np.full((n, size + 1), np.inf), np.zeros((n, size + 1, 4), dtype=np.uint64)
    start, scale = np.zeros((n, _BUCKETS + 1), dtype=np.int16), np.zeros(n)
    for m in range(n):
        rank, distinct = np.empty(size, dtype=np.int64), -1
        for k in np.argsort(shares[m]):
            if distinct < 0 or shares[m, k] > values[m, distinct]:
                distinct += 1
                values[m, distinct] = shares[m, k]
            rank[k] = distinct
        for k in range(size):
            later[m, rank[k], k // 64] |= np.uint64(1) << np.uint64(k % 64)
        for r in range(distinct - 1, -1, -1):
            later[m, r] |= later[m, r + 1]
        if values[m, distinct] > 1e-290:  # else 1/x may overflow; scale 0 puts all values in the first bucket
            scale[m] = (_BUCKETS - 1) / values[m, distinct]
        for r in range(distinct + 1):
            start[m, int(values[m, r] * scale[m]) + 1] += 1
        for bucket in range(_BUCKETS):
            start[m, bucket + 1] += start[m, bucket]
    return values, later, start, scale


@kernel
def _masks(members):
    words = np.zeros((members.shape[0], 4), dtype=np.uint64)
    for row in range(members.shape[0]):
        for k in range(members.shape[1]):
            if members[row, k]:
                words[row, k // 64] |= np.uint64(1) << np.uint64(k % 64)
    return words


@kernel
def _ranks(values, start, scale, m, t, doubt):
    """Return the numbers of values of unit m that are surely ≤ t and possibly ≤ t."""
    t -= doubt
    sure = 0
    if t >= 0:
        at = t * scale[m]
        sure = int(start[m, int(at)]) if at < _BUCKETS else int(start[m, _BUCKETS])
        while values[m, sure] <= t:
            sure += 1
    possible = sure
    t += 2 * doubt
    while values[m, possible] <= t:
        possible += 1
    return sure, possible


@kernel
def all_words(table):
    """Return all low states, as four words."""
    return table.all[0], table.all[1], table.all[2], table.all[3]


@kernel
def word_row(words, j):
    """Return row j as four words."""
    return words[j, 0], words[j, 1], words[j, 2], words[j, 3]


@kernel
def _row(words, m, r):
    return words[m, r, 0], words[m, r, 1], words[m, r, 2], words[m, r, 3]


@kernel
def and_(x, y):
    """Return the states in both."""
    return x[0] & y[0], x[1] & y[1], x[2] & y[2], x[3] & y[3]


@kernel
def and_not(x, y):
    """Return the states in the first only."""
    return x[0] & ~y[0], x[1] & ~y[1], x[2] & ~y[2], x[3] & ~y[3]


@kernel
def _choose(mask, x, y):
    """Return x where the mask is set, and the complement of y elsewhere."""
    return (
        (mask[0] & x[0]) | ~(mask[0] | y[0]),
        (mask[1] & x[1]) | ~(mask[1] | y[1]),
        (mask[2] & x[2]) | ~(mask[2] | y[2]),
        (mask[3] & x[3]) | ~(mask[3] | y[3]),
    )


@kernel
def ones(words):
    """Return the number of bits that are set in four words."""
    total = 0
    for w in range(4):
        word = words[w]
        word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
        word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
        word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        total += np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
    return total
