"""Branch and bound: exact counting that skips subcubes in which a neuron is always wrong or all are always right.

A subcube fixes some neurons and leaves the others free. Over its states each X_μ lies between `least` (the fixed
active neurons' J_μν plus all negative free ones) and `most`. A neuron that is wrong in every state ends the
subcube. A neuron that is right in one of its two values only is set to it. A neuron that is right in every state is
dropped from the list. When the list is empty, all 2^free states count. If not, the next neuron is set to on, then to
off. When all but the eight low neurons are set, the block is tested at once (`enumeration.right_states`).

The order is fixed: neurons with a large Σ_μ|J_μν| first, the eight with the smallest as the low ones.

The number of nodes is limited, not the time, and the pieces of work do not depend on the number of threads. So the
result does not depend on machine and threads, whether the search finishes or not. Undecided subcubes make the
difference between `lower` and `upper`.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from neurosim import Network
from neurosim.compiled import kernel
from neurosim.measure.capacity.enumeration import (
    BLOCK_BITS,
    MAX_DOUBTFUL,
    Blocks,
    Tally,
    all_words,
    and_,
    and_not,
    blocks,
    in_threads,
    keep_doubtful,
    ones,
    right_states,
    word_row,
)
from neurosim.measure.capacity.rounding import ExactFields, FieldBounds, field_bounds

DEFAULT_NODES = 2**27  # N_h = 32 has 2^24 blocks, and so takes a quarter of it at most
_PIECE_NODES = 2**13  # some milliseconds
_BATCH = 64  # pieces handed to the threads together
_STOP_AFTER = 1 / 16  # share of the nodes after which a search that would need four times max_nodes stops


class _Problem(NamedTuple):
    """The fixed part of a search.

    Parameters
    ----------
    plus, minus : ndarray (hidden, hidden)
        max(J, 0) and min(J, 0) without the diagonal; row ν is the input from neuron ν to the others.
    on_above, off_up_to, doubt : ndarray (hidden,)
        As in `FieldBounds`.
    order : ndarray (high,) int64
        The neurons to branch on.
    low_index : ndarray (hidden,) int64
        Place among the low neurons, −1 for others.
    table : Blocks
    """

    plus: np.ndarray
    minus: np.ndarray
    on_above: np.ndarray
    off_up_to: np.ndarray
    doubt: np.ndarray
    order: np.ndarray
    low_index: np.ndarray
    table: Blocks


def count(
    net: Network, *, max_nodes: int = DEFAULT_NODES, n_threads: int | None = None, progress: bool = False
) -> Tally:
    """Count fixed points by branch and bound, exactly if the nodes suffice.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    max_nodes : int
        The search stops after about this number of nodes, or earlier if it is far from complete; then lower < upper.
    n_threads : int, optional
        Default: one per core. The result does not depend on it.
    progress : bool, default False

    Returns
    -------
    neurosim.measure.capacity.enumeration.Tally

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity import branching
    >>> branching.count(Network.gaussian(2000, 14, seed=0))
    Tally(lower=16384, upper=16384, stable=16384)
    """
    bounds = field_bounds(net)
    fixed = _count(net, bounds, max_nodes, n_threads, progress)
    if not bounds.whole:
        return fixed
    return Tally(fixed.lower, fixed.upper, _count(net, bounds.strict(), max_nodes, n_threads, progress).lower)


def _problem(bounds: FieldBounds) -> _Problem:
    column = bounds.coupling.T
    order = np.argsort(-np.abs(column).sum(axis=1), kind="stable")
    high, low = order[:-BLOCK_BITS], order[-BLOCK_BITS:]
    low_index = np.full(len(order), -1)
    low_index[low] = np.arange(len(low))
    plus, minus = (np.ascontiguousarray(part(column, 0.0)) for part in (np.maximum, np.minimum))
    return _Problem(plus, minus, bounds.on_above, bounds.off_up_to, bounds.doubt, high, low_index, blocks(bounds, low))


def _count(net: Network, bounds: FieldBounds, max_nodes: int, n_threads: int | None, progress: bool) -> Tally:
    problem, exact, n = _problem(bounds), ExactFields(net, bounds), net.n_hidden
    lower = unknown = stable = nodes = 0

    def work(cube: np.ndarray) -> tuple[Any, ...]:
        return _search(problem, cube, _PIECE_NODES, MAX_DOUBTFUL)

    heap = [(-n, 0, np.full(n, -1, dtype=np.int8))]  # the largest subcube first; then the oldest
    undecided, born = 1 << n, 1
    with tqdm(total=100, disable=None if progress else True, desc="% of states", leave=False) as bar:
        while heap and nodes < max_nodes and not _is_out_of_reach(nodes, max_nodes, undecided, n):
            cubes = [heapq.heappop(heap)[2] for _ in range(min(_BATCH, len(heap)))]
            for used, whole_cubes, sure, lost, doubtful, left in in_threads(work, cubes, n_threads):
                fixed_here, stable_here = exact.count(doubtful)
                right = sum(int(number) << free for free, number in enumerate(whole_cubes)) + int(sure)
                lower, stable = lower + right + fixed_here, stable + right + stable_here
                nodes, unknown = nodes + int(used), unknown + int(lost)
                for cube in left:
                    heapq.heappush(heap, (-int((cube < 0).sum()), born, cube))
                    born += 1
            undecided = sum(1 << -size for size, _, _ in heap)
            bar.update(100 * (1 - undecided / (1 << n)) - bar.n)
    return Tally(lower, lower + unknown + undecided, stable)


def _is_out_of_reach(nodes: int, max_nodes: int, undecided: int, n: int) -> bool:
    decided = 1 - undecided / (1 << n)
    return nodes >= _STOP_AFTER * max_nodes and 4 * max_nodes * decided < nodes


@kernel
def _search(problem, cube, limit, max_doubtful):
    """Search one subcube (hidden,): 1 on, 0 off, −1 free; depth first, up to a number of nodes.

    Return the nodes used; the numbers of subcubes all right, by number of free neurons; of single states surely right;
    of doubtful states not kept; the doubtful states kept; the subcubes left.
    """
    n, order = cube.size, problem.order
    value, trail, n_set = cube.copy(), np.zeros(n, dtype=np.int64), 0
    for v in range(n):
        if cube[v] >= 0:
            trail[n_set] = v
            n_set += 1
    # one row a depth, copied from the one above, so that rounding does not pile up
    units, least, most = np.zeros((n + 1, n), dtype=np.int64), np.zeros((n + 1, n)), np.zeros((n + 1, n))
    n_units, n_set_at = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    at, child = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)  # child: 0 none yet, 1 first, 2 both
    whole_cubes, kept = np.zeros(n + 1, dtype=np.int64), np.zeros((max_doubtful, n), dtype=np.bool_)
    on, off, own, tested = np.empty(n), np.empty(n), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    sure, n_doubtful, nodes, depth = 0, 0, 1, 0
    _fill(problem, value, units, least, most)
    n_units[0], n_set = _settle(problem, 0, n, n_set, n_set, units, least, most, value, trail)
    while True:
        k = n_units[depth]
        if child[depth] == 0:  # just entered
            n_set_at[depth] = n_set
            while k > 0 and at[depth] < order.size and value[order[at[depth]]] >= 0:
                at[depth] += 1
            if k == 0:
                whole_cubes[n - n_set] += 1
            elif k > 0 and at[depth] == order.size:
                right, possible = _test_block(problem, k, depth, units, least, value, on, off, own, tested)
                sure += ones(right)
                n_doubtful = keep_doubtful(problem.table, value, right, possible, kept, n_doubtful)
            if k <= 0 or at[depth] == order.size:
                child[depth] = 2
        while depth >= 0 and child[depth] == 2:
            depth -= 1
        if depth < 0:
            break
        while n_set > n_set_at[depth]:
            n_set -= 1
            value[trail[n_set]] = -1
        if nodes >= limit:
            break
        k, v = n_units[depth], order[at[depth]]
        value[v], trail[n_set] = 1 - child[depth], v
        child[depth] += 1
        depth, nodes = depth + 1, nodes + 1
        for i in range(k):
            units[depth, i], least[depth, i], most[depth, i] = (
                units[depth - 1, i],
                least[depth - 1, i],
                most[depth - 1, i],
            )
        at[depth], child[depth] = at[depth - 1], 0
        n_units[depth], n_set = _settle(problem, depth, k, n_set, n_set + 1, units, least, most, value, trail)
    left = _subcubes_left(depth, cube, value, trail, n_set_at, child, order, at)
    return nodes, whole_cubes, sure, max(0, n_doubtful - max_doubtful), kept[:n_doubtful], left


@kernel
def _fill(problem, value, units, least, most):
    n = value.size
    for m in range(n):
        units[0, m] = m
        for v in range(n):
            if value[v] == 1:
                least[0, m] += problem.plus[v, m] + problem.minus[v, m]
                most[0, m] += problem.plus[v, m] + problem.minus[v, m]
            elif value[v] == -1:
                least[0, m] += problem.minus[v, m]
                most[0, m] += problem.plus[v, m]


@kernel
def _settle(problem, depth, n_units, done, n_set, units, least, most, value, trail):
    """Apply the neurons set in trail[done:n_set] and all that they force; return the units left and n_set.

    −1 units left: one unit is wrong in every state.
    """
    plus, minus, doubt = problem.plus, problem.minus, problem.doubt
    first = True
    while first or done < n_set:
        first, v = False, -1
        if done < n_set:
            v = trail[done]
            done += 1
        k = 0
        for i in range(n_units):
            m, low, high = units[depth, i], least[depth, i], most[depth, i]
            if v >= 0 and value[v] == 1:
                low += plus[v, m]
                high += minus[v, m]
            elif v >= 0:
                low -= minus[v, m]
                high -= plus[v, m]
            on, off, slip, own = problem.on_above[m], problem.off_up_to[m], doubt[m], value[m]
            can_be_on, can_be_off = high > on - slip, low <= off + slip
            if own == -1 and can_be_on != can_be_off:
                own = value[m] = 1 if can_be_on else 0
                trail[n_set] = m
                n_set += 1
            if (not can_be_on and own != 0) or (not can_be_off and own != 1):
                return -1, n_set
            if (own == 0 or low > on + slip) and (own == 1 or high <= off - slip):
                continue
            units[depth, k], least[depth, k], most[depth, k] = m, low, high
            k += 1
        n_units = k
    return n_units, n_set


@kernel
def _test_block(problem, n_units, depth, units, least, value, on, off, own, tested):
    """Test all states of the low neurons still free, as `right_states` does; the last four arrays are overwritten."""
    table, plus, minus = problem.table, problem.plus, problem.minus
    for k in range(n_units):
        m = tested[k] = units[depth, k]
        on[k], off[k] = problem.on_above[m] - least[depth, k], problem.off_up_to[m] - least[depth, k]
        own[k] = value[m] if value[m] >= 0 else 2 + problem.low_index[m]
    among = all_words(table)
    for j in range(table.low.size):  # the table holds them as free
        v = table.low[j]
        if value[v] == -1:
            continue
        among = and_(among, word_row(table.on, j)) if value[v] == 1 else and_not(among, word_row(table.on, j))
        for k in range(n_units):
            shift = plus[v, tested[k]] if value[v] == 1 else -minus[v, tested[k]]
            on[k] += shift
            off[k] += shift
    return right_states(table, n_units, tested, own, on, off, problem.doubt, among)


@kernel
def _subcubes_left(depth, cube, value, trail, n_set_at, child, order, at):
    left, k = np.empty((depth + 1, cube.size), dtype=np.int8), 0
    for d in range(depth + 1):
        if child[d] == 2:
            continue
        left[k] = cube
        for i in range(n_set_at[d]):
            left[k, trail[i]] = value[trail[i]]
        if child[d] == 1:
            left[k, order[at[d]]] = 0
        k += 1
    return left[:k]
