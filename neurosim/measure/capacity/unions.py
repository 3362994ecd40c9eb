"""Union bounds: proven limits of the number of fixed points at any N_h, from the share of states that violate a neuron.

Of the 2^N_h states, neuron μ is wrong in the share (X_μ = Σ_{ν≠μ} J_μν s_ν does not depend on s_μ)

    P_μ = ½ P(X_μ ≤ θ_μ − J_μμ) + ½ P(X_μ > θ_μ),      s uniform,

and a state is no fixed point if some neuron is wrong, so that (union bound)

    max_μ P_μ ≤ share that is no fixed point ≤ Σ_μ P_μ.

P_μ is a count of subset sums. On a grid of step δ (a power of two) each J_μν = δ r_ν + e_ν, where r is whole and
|e| ≤ δ/2; the law of R = Σ r_ν s_ν is a table, built neuron by neuron. The rest, Y = Σ e_ν (s_ν − ½), never exceeds
Σ|e|/2, and exceeds η in either direction with probability h(η) ≤ exp(−2η²/Σe²) [1]_. So, with X = δR + Σe/2 + Y,

    P(δR + Σe/2 − η > θ) − h(η) ≤ P(X > θ) ≤ P(δR + Σe/2 + η > θ) + h(η),

for the best of several η. The numbers in the table are sums of positive numbers, so their relative error is small.
The limits include the rounding of J, of the grid and of the table.

References
----------
.. [1] Hoeffding, J. Am. Stat. Assoc. 58:13 (1963), theorem 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from tqdm import tqdm

from neurosim import Network
from neurosim.compiled import kernel
from neurosim.measure.capacity.enumeration import in_threads
from neurosim.measure.capacity.rounding import field_bounds

_WORK = 2.0**33  # largest cells × neurons × neurons of a default grid: some seconds
_MAX_CELLS, _MIN_CELLS = 2**16, 2**10
_SHIFTS = 24  # values of η that are tried, up to the largest possible one


@dataclass(frozen=True)
class ViolationShares:
    """Limits of the share of all states in which a neuron is wrong, (2, hidden) each: off in row 0, on in row 1.

    They hold for the exact J of the given weights; P_μ is the sum of both rows.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.unions import violation_shares
    >>> least, most = violation_shares(Network.gaussian(2000, 20, seed=0), n_cells=1024).count_limits()
    >>> 0.99 * 2**20 < least <= most <= 2**20
    True
    """

    lower: np.ndarray
    upper: np.ndarray

    def count_limits(self) -> tuple[int, int]:
        """Return lower and upper limit of the number of fixed points, 2^N_h (1 − Σ P) and 2^N_h (1 − max P)."""
        everything = 1 << self.lower.shape[1]
        least = math.ceil(everything * (1 - sum(map(Fraction, self.upper.ravel().tolist()))))
        worst = max(Fraction(off) + Fraction(on) for off, on in self.lower.T.tolist())
        return max(0, least), math.floor(everything * (1 - worst))


def violation_shares(
    net: Network, *, n_cells: int | None = None, n_threads: int | None = None, progress: bool = False
) -> ViolationShares:
    """Bound the share of states in which each neuron is wrong, on both sides.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds, any N_h.
    n_cells : int, optional
        Cells of the grid over the range of X_μ. Default: 2^10 to 2^16, so that the computation takes some seconds.
    n_threads : int, optional
        Default: one per core.
    progress : bool, default False

    Returns
    -------
    ViolationShares

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.unions import violation_shares
    >>> shares = violation_shares(Network.gaussian(2000, 20, seed=0), n_cells=1024)
    >>> least, most = shares.count_limits()
    >>> 0.99 * 2**20 < least <= most <= 2**20
    True
    """
    bounds, n = field_bounds(net), net.n_hidden
    cells = n_cells or int(np.clip(_WORK / n**2, _MIN_CELLS, _MAX_CELLS))

    def work(unit: int) -> np.ndarray:
        row = np.delete(bounds.coupling[unit], unit)
        row = row[np.argsort(np.abs(row))]  # small steps first, so that the table grows late
        return _limits(row, bounds.on_above[unit], bounds.off_up_to[unit], 2 * bounds.doubt[unit], cells)

    shares = np.array(
        list(tqdm(in_threads(work, range(n), n_threads), total=n, disable=None if progress else True, leave=False))
    )
    return ViolationShares(shares[:, 0].T, shares[:, 1].T)


@kernel
def _limits(row, on_above, off_up_to, slip, cells):
    """Return limits of the neuron's two shares, (limit, side): lower and upper, off and on."""
    least, most = np.minimum(row, 0.0).sum(), np.maximum(row, 0.0).sum()
    if least - slip > on_above and most + slip < off_up_to:
        return np.zeros((2, 2))  # right for every state of the other neurons
    step = 1.0 if most == least else 2.0 ** np.ceil(np.log2((most - least) / cells))
    middle = reach = squares = 0.0  # Σe/2, Σ|e|/2, Σe²; each e is exact
    lowest, size = 0, 1
    for weight in row:
        r = np.rint(weight / step)
        rest = weight - r * step
        middle, reach, squares = middle + rest / 2, reach + abs(rest) / 2, squares + rest**2
        lowest, size = lowest + min(int(r), 0), size + abs(int(r))
    up_to = np.zeros(size + 1)  # up_to[k]: probability of the first k cells; from_[k]: of the others
    up_to[1:] = _subset_sums(row, step, size)
    from_ = np.zeros(size + 1)
    for k in range(size - 1, -1, -1):
        from_[k] = from_[k + 1] + up_to[k + 1]
    for k in range(size):
        up_to[k + 1] += up_to[k]
    relative = 1.01 * (2 * row.size + size + 8) * 2.0**-53
    tiny = 1e-300 if row.size > 1000 else 0.0  # below 2^−1000 numbers may underflow
    lower, upper = np.zeros(2), np.ones(2)
    for j in range(1, _SHIFTS + 1):
        eta = reach * j / _SHIFTS
        beyond = 0.0
        if j < _SHIFTS:
            beyond = 1.000001 * np.exp(-2 * eta**2 / squares) if squares > 1e-280 else 1.0  # underflow
        add, spare = eta + slip, beyond + tiny
        k = _cells_up_to(on_above - middle - add, step, lowest, size)
        lower[1] = max(lower[1], up_to[k] * (1 - relative) - spare)
        k = _cells_up_to(on_above - middle + add, step, lowest, size)
        upper[1] = min(upper[1], up_to[k] * (1 + relative) + spare)
        k = _cells_up_to(off_up_to - middle + add, step, lowest, size)
        lower[0] = max(lower[0], from_[k] * (1 - relative) - spare)
        k = _cells_below(off_up_to - middle - add, step, lowest, size)  # ties count as wrong
        upper[0] = min(upper[0], from_[k] * (1 + relative) + spare)
    return np.stack((lower / 2, upper / 2))


@kernel
def _cells_up_to(t, step, lowest, size):
    """Return the number of cells with (lowest + k)·step ≤ t; t/step is exact."""
    return int(min(max(np.floor(t / step) - lowest + 1, 0), size))


@kernel
def _cells_below(t, step, lowest, size):
    return int(min(max(np.ceil(t / step) - lowest, 0), size))


@kernel
def _subset_sums(row, step, size):
    """Return the probability of each Σ |r_ν| s_ν, for r = row/step to the nearest whole number; −r with 1 − s is r."""
    table, other, top = np.zeros(size), np.zeros(size), 0
    table[0] = 1.0
    for weight in row:
        r = abs(int(np.rint(weight / step)))
        if r == 0:
            continue
        low = min(r, top + 1)
        for k in range(low):
            other[k] = 0.5 * table[k]
        for k in range(low, r):
            other[k] = 0.0
        for k in range(r, top + 1):
            other[k] = 0.5 * (table[k] + table[k - r])
        for k in range(max(r, top + 1), top + r + 1):
            other[k] = 0.5 * table[k - r]
        table, other, top = other, table, top + r
    return table
