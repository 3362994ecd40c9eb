"""What theory says of a sweep's points: eq. (38)'s bound, and the laws for Gaussian weights.

Both are for Gaussian ξ (eq. 3), symmetric, Heaviside units; NaN elsewhere.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import Heaviside, Network, theory

_RATIO = 20.0  # τ_v/τ_h of a `Network` whose time constants are not given


def columns(
    networks: int | Sequence[Network], coords: Mapping[str, xarray.DataArray], fixed: Mapping[str, float]
) -> dict[str, Any]:
    """Return the variables law and bound of a sweep of recalls.

    law : `theory.recall_vs_ratio_law` at this τ_v/τ_h, for cues with this noise and mask: the exact law of the first
        pass for Gaussian weights, with the feedback of neurons that have crossed to first order.
    bound : eq. (38), in the limit τ_v ≫ τ_h; NaN with masks.
    """
    texts = ("recall law for Gaussian weights, first order in feedback", "lower bound on perfect recall, eq. (38)")
    return _over_grid(coords, fixed, lambda setting: _recalled(networks, setting), texts)


def counted(
    networks: int | Sequence[Network], coords: Mapping[str, xarray.DataArray], fixed: Mapping[str, float]
) -> dict[str, Any]:
    """Return the variables law (`theory.expected_fixed_points`) and bound (eq. 38, σ_v = 0) of a sweep of counts."""
    texts = ("exact expectation for Gaussian weights", "lower bound on the share, eq. (38)")
    return _over_grid(coords, fixed, lambda setting: _stored(networks, setting), texts)


def unstable(
    networks: int | Sequence[Network], coords: Mapping[str, xarray.DataArray], fixed: Mapping[str, float]
) -> dict[str, Any]:
    """Return the variables law (expected unstable share) and bound (1 − eq. 38), accurate where they are tiny."""
    texts = ("exact expectation for Gaussian weights", "upper bound on the share, 1 − eq. (38)")
    return _over_grid(coords, fixed, lambda setting: _unstable(networks, setting), texts)


def _over_grid(
    coords: Mapping[str, xarray.DataArray],
    fixed: Mapping[str, float],
    pair: Callable[[dict[str, Any]], tuple[float, float]],
    texts: tuple[str, str],
) -> dict[str, Any]:
    dims = tuple(coords)
    points = list(itertools.product(*(coords[name].values.tolist() for name in dims)))
    values = np.array([pair({**fixed, **dict(zip(dims, at, strict=True))}) for at in points])
    shape = tuple(coords[name].size for name in dims)
    return {
        name: (dims, column.reshape(shape), {"long_name": f"{text}; NaN where it does not apply", "units": "1"})
        for name, column, text in zip(("law", "bound"), values.T, texts, strict=True)
    }


def _recalled(networks: int | Sequence[Network], setting: Mapping[str, float]) -> tuple[float, float]:
    if any(setting.get(name) for name in ("flipped", "spread_h", "spread_v")) or np.isfinite(
        setting.get("gain", np.inf)
    ):
        return np.nan, np.nan
    pairs = [
        _pair(n_visible, n_hidden, setting.get("threshold", threshold), setting.get("ratio", ratio), setting)
        for n_visible, n_hidden, threshold, ratio in _gaussian(networks, setting)
    ]
    return _means(pairs)


def _stored(networks: int | Sequence[Network], setting: Mapping[str, float]) -> tuple[float, float]:
    pairs = []
    for n_visible, n_hidden, threshold, _ in _gaussian(networks, setting):
        theta = setting.get("threshold", threshold)
        bound = theory.flip_bound(n_visible, n_hidden, theta).none if 0 < theta < 1 else np.nan
        pairs.append((_expected(n_visible, n_hidden, theta).share, bound))
    return _means(pairs)


def _unstable(networks: int | Sequence[Network], setting: Mapping[str, float]) -> tuple[float, float]:
    pairs = []
    for n_visible, n_hidden, threshold, _ in _gaussian(networks, setting):
        theta = setting.get("threshold", threshold)
        bound = np.nan
        if 0 < theta < 1:
            bound = -np.expm1(n_hidden * np.log1p(-theory.flip_bound(n_visible, n_hidden, theta).single))
        pairs.append((_expected(n_visible, n_hidden, theta).unstable_share, bound))
    return _means(pairs)


def _means(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    law, bound = np.mean(pairs, axis=0) if pairs else (np.nan, np.nan)
    return float(law), float(bound)


def _gaussian(networks: int | Sequence[Network], setting: Mapping[str, float]) -> list[tuple[int, int, float, float]]:
    """Return (N_v, N_h, θ, τ_v/τ_h) of each network; none unless the laws apply to all."""
    if isinstance(networks, int):
        n_hidden = int(setting.get("n_hidden", 10))
        return [(max(1, round(setting.get("visible_per_hidden", 100.0) * n_hidden)), n_hidden, 0.5, _RATIO)]
    found = []
    for net in networks:
        uniform = np.ptp(net.threshold) == 0 and not net.tau_v.ndim and not net.tau_h.ndim
        gaussian = net.is_symmetric and net.ensemble == "gaussian"
        if not (uniform and gaussian and isinstance(net.hidden_activation, Heaviside)):
            return []
        found.append((net.n_visible, net.n_hidden, float(net.threshold[0]), float(net.tau_v / net.tau_h)))
    return found


def _pair(
    n_visible: int, n_hidden: int, threshold: float, ratio: float, setting: Mapping[str, float]
) -> tuple[float, float]:
    """Return (law, bound). A mask of share m leaves (1 − m)N_v neurons, whose drive is (1 − m) times theirs alone."""
    if not 0 < threshold < 1:
        return np.nan, np.nan
    noise = setting.get("noise_std", 0.0)
    shown = (1 - setting.get("masked", 0.0)) * (1 - setting.get("occluded", 0.0))
    left = round(shown * n_visible)
    law = _law(left, n_hidden, threshold, ratio, noise, left / n_visible) if left else 0.5**n_hidden
    bound = theory.flip_bound(n_visible, n_hidden, threshold, noise).none if shown == 1 else np.nan
    return law, bound


@functools.cache
def _law(n_visible: int, n_hidden: int, threshold: float, ratio: float, noise: float, shown: float) -> float:
    return theory.recall_vs_ratio_law(n_visible, n_hidden, threshold / shown, ratio, noise_std=noise)


@functools.cache
def _expected(n_visible: int, n_hidden: int, threshold: float) -> theory.ExpectedFixedPoints:
    return theory.expected_fixed_points(n_visible, n_hidden, threshold)
