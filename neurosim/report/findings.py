"""Findings in words: sentences that compare measurement and theory, and rows of numbers with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray

from neurosim.measure.statistics import format_estimate

Row = tuple[str, str, str]  # what, the number with its interval, a note


def law_sentence(
    curve: xarray.Dataset, quantity: str, law: str = "law", what: str = "The exact law", tolerance: float = 1e-12
) -> str:
    """Say at how many points a law lies within the interval, and where it is farthest off.

    Where all networks agree, an interval can end exactly at the law: `tolerance` allows for rounding, and for the
    sampling of states.
    """
    n, inside, distance = _compared(curve, quantity, law, tolerance)
    if not n:
        return f"{what} does not apply here."
    level = 100 * curve.attrs["confidence"]
    worst = np.unravel_index(np.nanargmax(np.abs(distance)), distance.shape)
    off = float(distance[worst])
    text = f"{what} lies within the {level:g}% interval at {inside} of {n} points"
    if off == 0:
        return f"{text}."
    side = "above" if off > 0 else "below"
    return f"{text}; it is farthest off at {_place(curve, quantity, worst)}, {abs(off):.2g} {side} the measured mean."


def bound_sentence(curve: xarray.Dataset, quantity: str, what: str = "Eq. (38)") -> str:
    """Say whether a lower bound is one: at how many points it lies above the interval."""
    values, upper = curve.bound.values, curve[f"{quantity}_upper"].values
    known = np.isfinite(values)
    if not known.any():
        return f"{what} does not apply here."
    excess = np.where(known, values - upper, -np.inf)
    broken = int((excess > 0).sum())
    if not broken:
        return f"{what} holds as a lower bound at all {int(known.sum())} points."
    worst = np.unravel_index(np.argmax(excess), excess.shape)
    return (
        f"{what} lies above the measured interval at {broken} of {int(known.sum())} points, so it is no lower bound "
        f"there; farthest, by {excess[worst]:.2g}, at {_place(curve, quantity, worst)}."
    )


def _compared(curve: xarray.Dataset, quantity: str, law: str, tolerance: float) -> tuple[int, int, np.ndarray]:
    values = curve[law].transpose(*curve[quantity].dims).values
    known = np.isfinite(values)
    lower, upper = curve[f"{quantity}_lower"].values, curve[f"{quantity}_upper"].values
    inside = known & (values >= lower - tolerance) & (values <= upper + tolerance)
    return int(known.sum()), int(inside.sum()), np.where(known, values - curve[quantity].values, np.nan)


def _place(curve: xarray.Dataset, quantity: str, index: tuple[Any, ...]) -> str:
    dims = curve[quantity].dims
    values = {str(d): curve[d].values[k] for d, k in zip(dims, index, strict=True)}
    return ", ".join(f"{SYMBOLS.get(d, d)} = {v if isinstance(v, str) else f'{v:g}'}" for d, v in values.items())


SYMBOLS: Mapping[str, str] = {
    "n_hidden": "N_h",
    "visible_per_hidden": "N_v/N_h",
    "threshold": "θ",
    "ratio": "τ_v/τ_h",
    "noise_std": "σ_v",
    "gain": "gain",
    "spread_h": "spread of τ_h",
    "spread_v": "spread of τ_v",
}


def trials_sentence(curve: xarray.Dataset) -> str:
    """Say how many networks and trials a result rests on."""
    n = int(curve.attrs["n_networks"])
    trials = curve.attrs["n_trials"]
    each = f"up to {trials:,} cues" if isinstance(trials, (int, np.integer)) else trials
    seen = f"{n} independent networks" if n > 1 else "one network"
    return f"{seen[0].upper()}{seen[1:]} at each point, {each} each; {100 * curve.attrs['confidence']:g}% intervals."


def numbers(curve: xarray.Dataset, quantity: str, note: str = "", /, **where: Any) -> Row:
    """Return a row of the table: the quantity at one point, with its interval."""
    here = curve.sel(**where, method="nearest") if where else curve
    at = ", ".join(f"{SYMBOLS.get(d, d)} = {float(here[d]):g}" for d in where)
    return at or quantity, format_estimate(here, quantity, 5), note
