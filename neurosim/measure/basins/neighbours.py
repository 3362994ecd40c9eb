"""Distances between attractors, in bits and in visible space."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import xarray

from neurosim import InvalidInput, Network, theory
from neurosim.theory.scaling import require_safe
from neurosim.validation import binary_array, takes, whole

CHUNK_BYTES = 64e6


@takes(net=Network)
def nearest_attractor(net: Network, states: Any, *, flips: int = 2) -> xarray.Dataset:
    """Return the distance of each state to the nearest other one, among the given states and among close fixed points.

    Parameters
    ----------
    net : Network
        With Heaviside units.
    states : ndarray (state, hidden), bool or 0/1
        Distinct attractors, at least two.
    flips : 1 or 2, default 2
        All states within this number of bits are tested by `theory.is_fixed_point`.

    Returns
    -------
    xarray.Dataset over state
        Among those given: nearest (index, least visible distance, ties to the lowest), distance = ‖ξ(s−s')‖/√N_h,
        bits between the two, and least_bits to any other. Among all states within `flips` bits: n_close fixed
        points, close_distance to the nearest in visible space and close_bits to it (NaN and 0 if there is none).

    Raises
    ------
    InvalidInput
        Fewer than two states, not binary, equal ones, or flips other than 1 or 2.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure import nearest_attractor
    >>> net = Network.gaussian(2000, 6, seed=0)
    >>> found = nearest_attractor(net, patterns.all_hidden_states(6))
    >>> int(found.least_bits.max()), int(found.n_close.min())
    (1, 21)
    """
    states = binary_array(states, "states", {"state": None, "hidden": net.n_hidden})
    if len(states) < 2:
        raise InvalidInput(f"states must have shape (state, hidden) = (≥2, {net.n_hidden}), got {states.shape}")
    flips = whole(flips, "flips", at_most=2, remedy="there are too many states farther away")
    require_safe(net, "nearest_attractor")
    theory.is_fixed_point(net, states)  # raises for units that are not Heaviside
    if len(np.unique(states, axis=0)) < len(states):
        raise InvalidInput("states must be distinct; take them from neurosim.measure.unique_attractors")
    nearest, least_bits = _nearest_given(net, states)
    difference = states.astype(float) - states[nearest]
    n_close, close_distance, close_bits = close_fixed_points(net, states, flips)
    numbers = {
        "nearest": (nearest, "index of the nearest other state in visible space"),
        "distance": (
            np.linalg.norm(theory.visible_state(net, difference), axis=1),
            "visible distance to the nearest other state",
        ),
        "bits": (np.abs(difference).sum(axis=1).astype(np.int64), "bits to the nearest other state"),
        "least_bits": (least_bits, "fewest bits to any other state"),
        "n_close": (n_close, f"fixed points within {flips} bits"),
        "close_distance": (close_distance, f"visible distance to the nearest fixed point within {flips} bits"),
        "close_bits": (close_bits, "bits to the nearest fixed point"),
    }
    variables = {name: ("state", values, {"long_name": text, "units": "1"}) for name, (values, text) in numbers.items()}
    attrs = {"method": "all pairs, all flips", "engine": "none", "n_networks": 1, "n_trials": len(states)}
    return xarray.Dataset(variables, attrs={**attrs, "n_visible": net.n_visible, "flips": flips, "seed": "none"})


def _nearest_given(net: Network, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the index of the nearest other state in visible space, and the fewest bits to any other."""
    s = states.astype(float)
    gram = s @ (net.weights.T @ net.weights)
    own, active = (gram * s).sum(axis=1), s.sum(axis=1)
    nearest, bits = np.empty(len(s), np.int64), np.empty(len(s), np.int64)
    rows = max(1, int(CHUNK_BYTES // (8 * len(s))))
    for start in range(0, len(s), rows):
        part = slice(start, start + rows)
        itself = (np.arange(len(s))[part] - start, np.arange(len(s))[part])
        squared = own - 2 * gram[part] @ s.T  # without the term that is constant along a row
        hamming = active[part, None] + active - 2 * s[part] @ s.T
        squared[itself], hamming[itself] = np.inf, np.inf
        nearest[part], bits[part] = squared.argmin(axis=1), hamming.min(axis=1)
    return nearest, bits


def close_fixed_points(net: Network, states: np.ndarray, flips: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the fixed points within `flips` bits of each state: their number, and distance and bits of the nearest.

    Parameters
    ----------
    net : Network
    states : ndarray (state, hidden) bool
    flips : 1 or 2

    Returns
    -------
    (ndarray, ndarray, ndarray), each (state,)
        Number of fixed points; visible distance to the nearest, NaN if there is none; bits to it, 0 if there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.basins.neighbours import close_fixed_points
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> count, distance, bits = close_fixed_points(net, np.zeros((1, 10), bool), flips=1)
    >>> int(count[0]), round(float(distance[0]), 1), int(bits[0])
    (10, 9.7, 1)
    """
    n = net.n_hidden
    one = np.eye(n, dtype=bool)
    two = [one[list(pair)].any(axis=0) for pair in combinations(range(n), flips)] if flips == 2 else []
    masks = np.stack([*one, *two])
    gram = net.weights.T @ net.weights / n
    squared = np.full(len(states), np.inf)
    count, bits = np.zeros((2, len(states)), dtype=np.int64)
    rows = max(1, int(CHUNK_BYTES // (8 * n * len(states))))
    for mask in (masks[k : k + rows] for k in range(0, len(masks), rows)):
        fixed = theory.is_fixed_point(net, states[:, None] ^ mask)
        change = np.where(states, -1.0, 1.0)[:, None] * mask
        distance = np.where(fixed, ((change @ gram) * change).sum(axis=-1), np.inf)
        at = distance.argmin(axis=1)
        least = distance[np.arange(len(states)), at]
        bits = np.where(least < squared, mask.sum(axis=1)[at], bits)
        squared, count = np.minimum(squared, least), count + fixed.sum(axis=1)
    return count, np.where(count > 0, np.sqrt(np.maximum(squared, 0)), np.nan), bits
