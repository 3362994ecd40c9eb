"""Theory for the points of a sweep: the lower bound of eq. (38) and the laws for Gaussian weights.

The paper derives eq. (38) for τ_v ≫ τ_h. At a finite ratio a hidden potential reaches the share p(τ_v/τ_h) of its drive
(`theory.rise_peak`), so that θ/p stands in place of θ in the bound of a recall.

Both hold for independent Gaussian ξ (eq. 3), symmetric weights and Heaviside units. Whether weights are Gaussian is
decided by the ensemble alone: `ensemble="gaussian"` of a sweep that draws its networks, or `Network.ensemble` of given
networks. The columns are NaN where the theory does not apply.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import Heaviside, Network, theory
from neurosim.damage import Occluded
from neurosim.ensembles import Ensemble

Networks = int | Sequence[Network]
_RATIO = 20.0  # default τ_v/τ_h of a `Network`


def columns(
    networks: Networks,
    coords: Mapping[str, xarray.DataArray],
    fixed: Mapping[str, float],
    ensemble: str | Ensemble = "gaussian",
    *,
    n_active: Sequence[int] | None = None,
    image_shape: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """Return the variables law and bound of a sweep of recalls that run to their end.

    Parameters
    ----------
    networks : int or sequence of Network
        Number of networks that the sweep draws, or the networks.
    coords : mapping of str to DataArray
        The grid of the sweep.
    fixed : mapping of str to float
        Settings that are the same at all points.
    ensemble : str or callable, default "gaussian"
        Of the networks that the sweep draws.
    n_active : sequence of int, optional
        Active neurons of each state that is recalled. By default states are random.
    image_shape : tuple of int, optional
        Of the cues, for the share that "occluded" leaves.

    Returns
    -------
    dict of str to (dims, ndarray, attrs)
        law: `theory.recall_vs_ratio_law` at this τ_v/τ_h, for cues with this noise and mask. It is the exact law of
        the first pass, with the feedback of neurons that have crossed to first order. bound: eq. (38) with θ/p in
        place of θ; NaN with masks, and where p ≤ θ.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure import laws
    >>> coords = {"noise_std": xarray.DataArray([0.0, 2.0], dims="noise_std")}
    >>> dims, values, attrs = laws.columns(20, coords, {"n_hidden": 6})["law"]
    >>> dims, bool(values[0] > values[1])
    (('noise_std',), True)
    """
    texts = (
        "recall law for Gaussian weights, first order in feedback",
        "lower bound on perfect recall, eq. (38) at this ratio of time constants",
    )
    k = (None,) if n_active is None else tuple(n_active)
    return _over_grid(coords, fixed, lambda setting: _recalled(networks, setting, ensemble, k, image_shape), texts)


def counted(
    networks: Networks,
    coords: Mapping[str, xarray.DataArray],
    fixed: Mapping[str, float],
    ensemble: str | Ensemble = "gaussian",
) -> dict[str, Any]:
    """Return the variables law and bound of a sweep of counts; parameters as in `columns`.

    law: `theory.expected_fixed_points`, as a share. bound: eq. (38) with σ_v = 0.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure.laws import counted
    >>> grid = {"n_hidden": xarray.DataArray([5, 10], dims="n_hidden")}
    >>> laws = counted(3, grid, {"visible_per_hidden": 100.0, "threshold": 0.5})
    >>> sorted(laws)
    ['bound', 'law']
    """
    texts = ("exact expectation for Gaussian weights", "lower bound on the share, eq. (38)")
    return _over_grid(coords, fixed, lambda setting: _stored(networks, setting, ensemble), texts)


def unstable(
    networks: Networks,
    coords: Mapping[str, xarray.DataArray],
    fixed: Mapping[str, float],
    ensemble: str | Ensemble = "gaussian",
) -> dict[str, Any]:
    """Return the variables law and bound of a sweep of unstable shares; parameters as in `columns`.

    law: the expected unstable share. bound: 1 − eq. (38). Both keep their relative accuracy where they are tiny.

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure.laws import unstable
    >>> grid = {"n_hidden": xarray.DataArray([5, 10], dims="n_hidden")}
    >>> laws = unstable(3, grid, {"visible_per_hidden": 100.0, "threshold": 0.5})
    >>> sorted(laws)
    ['bound', 'law']
    """
    texts = ("exact expectation for Gaussian weights", "upper bound on the share, 1 − eq. (38)")
    return _over_grid(coords, fixed, lambda setting: _unstable(networks, setting, ensemble), texts)


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


def _recalled(
    networks: Networks,
    setting: Mapping[str, float],
    ensemble: str | Ensemble,
    n_active: tuple[int | None, ...],
    image_shape: tuple[int, ...] | None,
) -> tuple[float, float]:
    if any(setting.get(name) for name in ("flipped", "spread_h", "spread_v")) or np.isfinite(
        setting.get("gain", np.inf)
    ):
        return np.nan, np.nan
    pairs = [
        (
            _law_of_cues(n_visible, n_hidden, theta, rate, setting, n_active, image_shape),
            _bound_of_cues(n_visible, n_hidden, theta, rate, setting),
        )
        for n_visible, n_hidden, threshold, ratio in _gaussian(networks, setting, ensemble)
        for theta, rate in [(setting.get("threshold", threshold), setting.get("ratio", ratio))]
    ]
    return _means(pairs)


def _stored(networks: Networks, setting: Mapping[str, float], ensemble: str | Ensemble) -> tuple[float, float]:
    pairs = []
    for n_visible, n_hidden, threshold, _ in _gaussian(networks, setting, ensemble):
        theta = setting.get("threshold", threshold)
        bound = theory.flip_bound(n_visible, n_hidden, theta).none if 0 < theta < 1 else np.nan
        pairs.append((_expected(n_visible, n_hidden, theta).share, bound))
    return _means(pairs)


def _unstable(networks: Networks, setting: Mapping[str, float], ensemble: str | Ensemble) -> tuple[float, float]:
    pairs = []
    for n_visible, n_hidden, threshold, _ in _gaussian(networks, setting, ensemble):
        theta = setting.get("threshold", threshold)
        bound = np.nan
        if 0 < theta < 1:
            bound = -np.expm1(n_hidden * np.log1p(-theory.flip_bound(n_visible, n_hidden, theta).single))
        pairs.append((_expected(n_visible, n_hidden, theta).unstable_share, bound))
    return _means(pairs)


def _means(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    law, bound = np.mean(pairs, axis=0) if pairs else (np.nan, np.nan)
    return float(law), float(bound)


def _gaussian(
    networks: Networks, setting: Mapping[str, float], ensemble: str | Ensemble
) -> list[tuple[int, int, float, float]]:
    """Return (N_v, N_h, θ, τ_v/τ_h) of each network; nothing unless the laws apply to all of them."""
    if isinstance(networks, int):
        if ensemble != "gaussian":
            return []
        n_hidden = int(setting.get("n_hidden", 10))
        return [(max(1, round(setting.get("visible_per_hidden", 100.0) * n_hidden)), n_hidden, 0.5, _RATIO)]
    found = []
    for net in networks:
        uniform = np.ptp(net.threshold) == 0 and not net.tau_v.ndim and not net.tau_h.ndim
        gaussian = net.is_symmetric and net.is_linear and net.ensemble == "gaussian"
        if not (uniform and gaussian and isinstance(net.hidden_activation, Heaviside)):
            return []
        found.append((net.n_visible, net.n_hidden, float(net.threshold[0]), float(net.tau_v / net.tau_h)))
    return found


def _law_of_cues(
    n_visible: int,
    n_hidden: int,
    threshold: float,
    ratio: float,
    setting: Mapping[str, float],
    n_active: tuple[int | None, ...],
    image_shape: tuple[int, ...] | None,
) -> float:
    """Return the law; a mask of share m is as (1 − m)N_v neurons with a drive (1 − m) times as large."""
    if not 0 < threshold < 1:
        return np.nan
    shown = (1 - setting.get("missing", 0.0)) * _not_occluded(n_visible, setting.get("occluded", 0.0), image_shape)
    left = round(shown * n_visible)
    if not left:
        return float(np.mean([0.5**n_hidden if k is None else k == 0 for k in n_active]))
    at = (left, n_hidden, threshold * n_visible / left, ratio, setting.get("noise_std", 0.0))
    return sum(count * _law(*at, k) for k, count in Counter(n_active).items()) / len(n_active)


def _bound_of_cues(
    n_visible: int, n_hidden: int, threshold: float, ratio: float, setting: Mapping[str, float]
) -> float:
    needed = threshold / float(theory.rise_peak(ratio))
    if setting.get("missing") or setting.get("occluded") or not 0 < needed < 1:
        return np.nan
    return theory.flip_bound(n_visible, n_hidden, needed, setting.get("noise_std", 0.0)).none


def _not_occluded(n_visible: int, fraction: float, image_shape: tuple[int, ...] | None) -> float:
    """Return the share of the neurons that are left, which are whole rows of the image."""
    if not fraction:
        return 1.0
    return float(Occluded(fraction=fraction).apply(np.ones((1, n_visible)), image_shape=image_shape).mean())


@functools.cache
def _law(n_visible: int, n_hidden: int, threshold: float, ratio: float, noise: float, n_active: int | None) -> float:
    return theory.recall_vs_ratio_law(n_visible, n_hidden, threshold, ratio, noise_std=noise, n_active=n_active)


@functools.cache
def _expected(n_visible: int, n_hidden: int, threshold: float) -> theory.ExpectedFixedPoints:
    return theory.expected_fixed_points(n_visible, n_hidden, threshold)
