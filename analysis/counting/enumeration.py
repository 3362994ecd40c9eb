"""Exact counting of fixed points: every one of the 2^N_h states tested, on all cores.

The first eight neurons' share of the field Js − θ is tabled once for their 256 states. For each state of the
others their share is summed afresh, and the 256 states that continue it are tested side by side, with N_h
additions and comparisons each. (A Gray code, one column of J a step, takes about as long, but its rounding
errors pile up from state to state; here every field is one short sum.) A block in which one of the others
sits on the wrong side of its threshold, whatever the eight do, is passed over whole.

A state whose field comes within the rounding bound of a threshold is computed afresh on its own; if even that
leaves the sign open, it is counted as doubtful. So `Tally.lower` and `upper` hold for the exact J of these
weights.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit
from tqdm import tqdm

from neurosim import Network, patterns, theory

_BLOCK_BITS = 8
_UNIT = 2.0**-53  # unit roundoff of float64


@dataclass(frozen=True)
class Tally:
    """Numbers of states, out of 2^N_h.

    Parameters
    ----------
    fixed : int
        s = Θ(Js − θ) in float64 (eq. 5).
    stable : int
        Fixed, and no field exactly at its threshold.
    lower, upper : int
        Fixed whatever rounding did to J and to the fields; not proven otherwise.
    """

    fixed: int
    stable: int
    lower: int
    upper: int


def coupling_error(net: Network) -> np.ndarray:
    """Return a bound on |computed J − exact J|, (hidden, hidden): γ_k |B||ξ|/N_v, k = N_v + 2.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), eq. 3.13; γ_k = ku/(1 − ku).
    """
    return _gamma(net.n_visible + 2) * (np.abs(net.feedback_weights) @ np.abs(net.weights)) / net.n_visible


def _gamma(k: int) -> float:
    return k * _UNIT / (1 - k * _UNIT)


def tally(net: Network, *, threads: int | None = None, progress: bool = False) -> Tally:
    """Test all 2^N_h states of a network; N_h ≤ 62, though time grows as N_h·2^N_h.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    threads : int, optional
        Default one a core.
    progress : bool, default False
    """
    coupling, error = theory.effective_coupling(net), coupling_error(net)
    n, low_bits = net.n_hidden, min(net.n_hidden, _BLOCK_BITS)
    low_states = patterns.all_hidden_states(low_bits).T.astype(float)  # (low neuron, low state)
    table = coupling[:, :low_bits] @ low_states
    scale = np.abs(coupling).sum(axis=1) + np.abs(net.threshold)  # no partial sum is larger
    doubt = float((_gamma(n + 2) * scale + error.sum(axis=1)).max()) * (1 + 1e-9)
    table, low_side, columns, slip = (
        np.ascontiguousarray(array) for array in (table, 2 * low_states - 1, coupling.T, error.T)
    )

    def work(span: tuple[int, int]) -> np.ndarray:
        return _tally_blocks(span[0], span[1], table, low_side, columns, net.threshold, doubt, slip)

    blocks = 1 << (n - low_bits)
    edges = np.unique(np.linspace(0, blocks, 257).astype(np.int64))
    totals = [0, 0, 0, 0]
    workers = threads or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    with (
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=1 << n, disable=None if progress else True, desc="states", unit_scale=True, leave=False) as bar,
    ):
        ranges = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
        for (first, last), counts in zip(ranges, pool.map(work, ranges), strict=True):
            totals = [total + int(count) for total, count in zip(totals, counts, strict=True)]
            bar.update((last - first) << low_bits)
    return Tally(*totals)


def log2_whole(count: int) -> float:
    """Return log2 of a whole number of any size; −∞ for 0."""
    return math.log2(count) if count else -math.inf


# fastmath may reorder sums; `doubt` bounds them in any order. All values are finite.
@njit(nogil=True, cache=True, fastmath=True)
def _tally_blocks(first, last, table, low_side, columns, threshold, doubt, error):
    n, (low_bits, size) = columns.shape[0], low_side.shape
    base, side, margin = np.empty(n), np.empty(n), np.empty(size)  # side: +1 on, −1 off
    highest, lowest, ones = np.empty(n), np.empty(n), np.ones(size)
    for m in range(n):
        highest[m], lowest[m] = table[m].max(), table[m].min()
    clear, counts = 0, np.zeros(4, dtype=np.int64)
    for block in range(first, last):
        _set_block(block, low_bits, columns, threshold, base, side)
        if _hopeless(low_bits, base, side, highest, lowest, doubt):
            continue
        margin[:] = 1e300  # fastmath knows no infinity
        for m in range(low_bits):
            _lower_margin(margin, low_side[m], 1.0, base[m], table[m])
        for m in range(low_bits, n):
            _lower_margin(margin, ones, side[m], base[m], table[m])
        unclear = 0
        for k in range(size):
            clear += margin[k] > doubt
            unclear += abs(margin[k]) <= doubt
        if unclear:
            for k in range(size):
                if abs(margin[k]) <= doubt:
                    side[:low_bits] = low_side[:, k]
                    _judge(side, columns, threshold, error, counts)
    return counts + clear


@njit(nogil=True, cache=True, fastmath=True)
def _lower_margin(margin, own_side, side, base, table):
    for k in range(margin.size):
        value = own_side[k] * side * (base + table[k])
        margin[k] = value if value < margin[k] else margin[k]


@njit(nogil=True, cache=True)
def _set_block(block, low_bits, columns, threshold, base, side):
    """Set the other neurons to the bits of `block`: their sides, and their share of the field."""
    base[:] = -threshold
    for v in range(low_bits, side.size):
        on = block >> (v - low_bits) & 1
        side[v] = 1.0 if on else -1.0
        if on:
            base += columns[v]


@njit(nogil=True, cache=True)
def _hopeless(low_bits, base, side, highest, lowest, doubt):
    """Whether one of the other neurons is on the wrong side of its threshold in the whole block."""
    for m in range(low_bits, side.size):
        best = base[m] + highest[m] if side[m] > 0 else -(base[m] + lowest[m])
        if best < -doubt:
            return True
    return False


@njit(nogil=True, cache=True)
def _judge(side, columns, threshold, error, counts):
    """Compute one state's fields afresh; add to the counts of fixed, stable, surely fixed, possibly fixed."""
    n = threshold.size
    gamma = (n + 2) * _UNIT * 1.000001  # γ_{n+2}, and the rounding of the bound itself
    fixed, stable, surely, possibly = 1, 1, 1, 1
    for m in range(n):
        total, size, slip = 0.0, 0.0, 0.0
        for v in range(n):
            if side[v] > 0:
                total += columns[v, m]
                size += abs(columns[v, m])
                slip += error[v, m]
        field = total - threshold[m]
        bound = slip * 1.000001 + gamma * (size + abs(threshold[m]))  # 0 where nothing is added to θ = 0
        on = side[m] > 0
        if (field > 0) != on:
            fixed = 0
        if (field > 0) != on or field == 0:
            stable = 0
        if (on and field <= bound) or (not on and field > -bound):
            surely = 0
        if (on and field <= -bound) or (not on and field > bound):
            possibly = 0
    counts += np.array([fixed, stable, surely, possibly])
