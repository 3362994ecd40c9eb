"""Irregularity of spike trains: coefficient of variation of intervals, and Fano factor of counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.validation import real_array, whole, whole_array

LEAST_INTERVALS = 10


def interval_variation(cell: Any, time: Any, n_cells: int, *, least: int = LEAST_INTERVALS) -> np.ndarray:
    """Return the coefficient of variation of the interspike intervals of each cell.

    Parameters
    ----------
    cell : array_like of int (spike,)
        Number of the cell that fired, in any order.
    time : array_like (spike,)
        Seconds.
    n_cells : int
    least : int, default 10
        Cells with fewer intervals have NaN: their coefficient would be biased more than by a tenth.

    Returns
    -------
    ndarray (n_cells,)
        Standard deviation over mean: 0 for a clock, 1 for a long Poisson process. Of n intervals of a Poisson process
        it is lower on average, by about 1.2/n.

    Examples
    --------
    >>> import numpy as np
    >>> interval_variation(np.zeros(20, int), np.arange(20) / 50, 2).round(6)
    array([ 0., nan])
    """
    cell, time = _spikes(cell, time, n_cells)
    order = np.lexsort((time, cell))
    cell, time = cell[order], time[order]
    within = np.diff(cell) == 0
    owner, interval = cell[1:][within], np.diff(time)[within]
    count = np.bincount(owner, minlength=n_cells)
    enough = count >= least
    safe = np.maximum(count, 1)
    mean = np.bincount(owner, interval, n_cells) / safe
    square = np.bincount(owner, (interval - mean[owner]) ** 2, n_cells) / safe
    return np.where(enough, np.sqrt(square) / np.where(enough, mean, 1.0), np.nan)


def fano_factor(cell: Any, time: Any, n_cells: int, *, start: float, stop: float, window: float = 0.1) -> np.ndarray:
    """Return the variance over the mean of the spike counts of each cell in successive windows.

    Parameters
    ----------
    cell, time, n_cells
        As in `interval_variation`.
    start, stop : float
        Seconds; at least two windows lie between them.
    window : float, default 0.1
        Seconds.

    Returns
    -------
    ndarray (n_cells,)
        1 for a Poisson process; NaN for cells without spikes.

    Examples
    --------
    >>> import numpy as np
    >>> fano_factor(np.zeros(100, int), np.arange(100) / 50 + 0.01, 1, start=0, stop=2)
    array([0.])
    """
    cell, time = _spikes(cell, time, n_cells)
    n_windows = whole(int((stop - start) / window * (1 + 1e-9)), "windows", at_least=2)
    place = np.floor((time - start) / window * (1 + 1e-12)).astype(int)
    inside = (place >= 0) & (place < n_windows)
    counts = np.bincount(cell[inside] * n_windows + place[inside], minlength=n_cells * n_windows)
    counts = counts.reshape(n_cells, n_windows)
    mean = counts.mean(axis=1)
    return np.where(mean > 0, counts.var(axis=1, ddof=1) / np.where(mean > 0, mean, 1.0), np.nan)


def _spikes(cell: Any, time: Any, n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    cell = whole_array(cell, "cell")
    time = real_array(time, "time", {"spike": len(cell)})
    whole(n_cells, "n_cells", at_least=int(cell.max(initial=0)) + 1)
    return cell, time
