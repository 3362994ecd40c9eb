"""Seeds of statistically independent random streams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim.validation import seed_number, whole


def spawn_seeds(seed: int | Sequence[int], n: int) -> list[int]:
    """Return `n` seeds of statistically independent streams, each a whole number from 0 to 2^63 − 1.

    Parameters
    ----------
    seed : int or sequence of int, each ≥ 0
        A sequence selects one branch, for instance (seed, n_hidden).
    n : int ≥ 0
        The first k of n seeds are those that n = k gives.

    Raises
    ------
    InvalidInput
        The seed is not made of whole numbers ≥ 0, or n is none.

    Notes
    -----
    `numpy.random.SeedSequence(seed).spawn(n)`; seed + 0, seed + 1, … would share networks between
    neighbouring seeds.

    Examples
    --------
    >>> from neurosim.sweep import spawn_seeds
    >>> spawn_seeds(0, 5)[:2] == spawn_seeds(0, 2)
    True
    """
    parts = list(seed) if isinstance(seed, Sequence) else [seed]
    children = np.random.SeedSequence([seed_number(part) for part in parts]).spawn(whole(n, "n", at_least=0))
    return [int(child.generate_state(1, np.uint64)[0] >> np.uint64(1)) for child in children]
