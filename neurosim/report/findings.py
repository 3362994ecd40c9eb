"""Findings as sentences that compare measurement and theory, and rows of numbers with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray

from neurosim.measure.statistics import format_estimate

Row = tuple[str, str, str]  # quantity, number with its interval, note

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


def law_sentence(
    curve: xarray.Dataset, quantity: str, law: str = "law", what: str = "The exact law", tolerance: float = 1e-12
) -> str:
    """State at how many points a law lies within the interval, and where the difference is largest.

    Parameters
    ----------
    curve : xarray.Dataset
        With the variables `quantity`, its interval and `law`, and the attribute confidence.
    quantity : str
    law : str, default "law"
        Name of the variable with the law's values; NaN where it does not apply.
    what : str, default "The exact law"
        Subject of the sentence.
    tolerance : float, default 1e-12
        Distance from the interval that still counts as inside, for rounding and for the sampling of states: where all
        networks agree, an interval can end exactly at the law.

    Returns
    -------
    str

    See Also
    --------
    bound_sentence : Comparison with a lower bound.

    Examples
    --------
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> grid = {"noise_std": [0, 1]}
    >>> curve = recall_sweep(4, grid, n_hidden=4, visible_per_hidden=50, n_cues=16, seed=0)
    >>> law_sentence(curve, "recalled")[:55]
    'The exact law lies within the 95% interval at 2 of 2 po'
    """
    n, inside, distance = _compared(curve, quantity, law, tolerance)
    if not n:
        return f"{what} does not apply here."
    level = 100 * curve.attrs["confidence"]
    worst = np.unravel_index(np.nanargmax(np.abs(distance)), distance.shape)
    off = float(distance[worst])
    text = f"{what} lies within the {level:g}% interval at {inside} of {n} points"
    text += _by_model(curve, quantity, law, tolerance)
    if off == 0:
        return f"{text}."
    side = "above" if off > 0 else "below"
    at = place(curve, quantity, worst)
    return f"{text}; the largest difference is at {at}, {abs(off):.2g} {side} the measured mean."


def bound_sentence(curve: xarray.Dataset, quantity: str, what: str = "Eq. (38)") -> str:
    """State at how many points a lower bound lies above the measured interval.

    Parameters
    ----------
    curve : xarray.Dataset
        With the variables `quantity`, its interval and bound, and the attribute confidence.
    quantity : str
    what : str, default "Eq. (38)"
        Subject of the sentence.

    Returns
    -------
    str

    See Also
    --------
    law_sentence : The same for a law.

    Examples
    --------
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> grid = {"noise_std": [0, 1]}
    >>> curve = recall_sweep(4, grid, n_hidden=4, visible_per_hidden=50, n_cues=16, seed=0)
    >>> bound_sentence(curve, "recalled").startswith("Eq. (38)")
    True
    """
    values, upper = curve.bound.values, curve[f"{quantity}_upper"].values
    known = np.isfinite(values)
    if not known.any():
        return f"{what} does not apply here."
    excess = np.where(known, values - upper, -np.inf)
    broken = int((excess > 0).sum())
    if not broken:
        return f"{what} holds as a lower bound at all {int(known.sum())} points."
    worst, level = np.unravel_index(np.argmax(excess), excess.shape), curve.attrs["confidence"]
    return (
        f"{what} lies above the {100 * level:g}% interval at {broken} of {int(known.sum())} points, where a tight "
        f"bound would do so at up to {(1 - level) / 2 * int(known.sum()):.2g}; the largest excess is "
        f"{excess[worst]:.2g}, at {place(curve, quantity, worst)}."
    )


def _by_model(curve: xarray.Dataset, quantity: str, law: str, tolerance: float) -> str:
    """Return the number of points within the interval of the beta-binomial model, where there is one."""
    names = {f"{quantity}_model_{end}": f"{quantity}_{end}" for end in ("lower", "upper")}
    if not names.keys() <= set(curve) or not any(curve[name].notnull().any() for name in names):
        return ""
    here = curve.drop_vars(names.values()).rename(names)
    return f", and within that of the beta-binomial model at {_compared(here, quantity, law, tolerance)[1]}"


def _compared(curve: xarray.Dataset, quantity: str, law: str, tolerance: float) -> tuple[int, int, np.ndarray]:
    """Return the number of points with a law, of those within the interval, and law − estimate at each point."""
    values = curve[law].transpose(*curve[quantity].dims).values
    known = np.isfinite(values)
    lower, upper = curve[f"{quantity}_lower"].values, curve[f"{quantity}_upper"].values
    inside = known & (values >= lower - tolerance) & (values <= upper + tolerance)
    return int(known.sum()), int(inside.sum()), np.where(known, values - curve[quantity].values, np.nan)


def place(curve: xarray.Dataset, quantity: str, index: tuple[Any, ...]) -> str:
    """Return a point of a sweep in symbols, from its position along each axis of a quantity.

    Examples
    --------
    >>> place(xarray.Dataset({"share": ("noise_std", [1.0, 0.5])}, {"noise_std": [0.0, 2.0]}), "share", (1,))
    'σ_v = 2'
    """
    dims = curve[quantity].dims
    values = {str(d): curve[d].values[k] for d, k in zip(dims, index, strict=True)}
    return ", ".join(f"{SYMBOLS.get(d, d)} = {v if isinstance(v, str) else f'{v:g}'}" for d, v in values.items())


def trials_sentence(curve: xarray.Dataset) -> str:
    """State the number of networks and trials of a result.

    Parameters
    ----------
    curve : xarray.Dataset
        With the attributes n_networks, n_trials and confidence.

    Returns
    -------
    str

    Examples
    --------
    >>> trials_sentence(xarray.Dataset(attrs={"n_networks": 20, "n_trials": 1024, "confidence": 0.95}))
    '20 independent networks at each point, up to 1,024 cues each; 95% intervals.'
    """
    n = int(curve.attrs["n_networks"])
    trials = curve.attrs["n_trials"]
    each = f"up to {trials:,} cues each" if isinstance(trials, (int, np.integer)) else f"{trials}{' each' * (n > 1)}"
    seen = f"{n} independent networks" if n > 1 else "one network"
    level = f"{100 * curve.attrs['confidence']:g}% intervals"
    return f"{seen[0].upper()}{seen[1:]} at each point, {each}; {level}.{_timed_out_sentence(curve)}"


def cues_sentence(curve: xarray.Dataset) -> str:
    """State the number of cues of one network, their targets and the engine.

    Parameters
    ----------
    curve : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` for one network.

    Returns
    -------
    str

    See Also
    --------
    trials_sentence : Statement about several networks.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> cues_sentence(recall_sweep(Network.gaussian(20, 3, seed=0), {"noise_std": [0]}, seed=0))[-65:]
    'at each point, recalled by engine event; 95% intervals over cues.'
    """
    about = curve.attrs
    states = "given memories" if about["targets"] == "given" else "hidden states (all, or drawn at random)"
    return (
        f"{about['n_trials']:,} cues of {states} at each point, recalled by engine {about['engine']}; "
        f"{100 * about['confidence']:g}% intervals over cues.{_timed_out_sentence(curve)}"
    )


def _timed_out_sentence(curve: xarray.Dataset) -> str:
    """State at how many points recalls had not settled when their duration ended; nothing if there are none."""
    if "timed_out" not in curve or not (late := curve.timed_out.values > 0).any():
        return ""
    largest = 100 * float(curve.timed_out.max())
    return (
        f" At {int(late.sum())} of {late.size} points some recalls had not settled when their duration ended, at most "
        f"{largest:.2g}%; they count as not recalled, so that the share recalled there may be too small by as much."
    )


def numbers(curve: xarray.Dataset, quantity: str, note: str = "", /, **where: Any) -> Row:
    """Return a row of the table: a quantity at one point, with its interval.

    Parameters
    ----------
    curve : xarray.Dataset
    quantity : str
    note : str, default ""
        Third column of the row.
    **where : float
        Coordinates of the point; the nearest point is taken.

    Returns
    -------
    Row
        Point, number with its interval, and note.

    Examples
    --------
    >>> values = {"recalled": 0.5, "recalled_lower": 0.25, "recalled_upper": 0.75}
    >>> data = {name: ("noise_std", [value]) for name, value in values.items()}
    >>> numbers(xarray.Dataset(data, {"noise_std": [1.0]}), "recalled", noise_std=1)
    ('σ_v = 1', '0.5 (0.25 – 0.75)', '')
    """
    here = curve.sel(**where, method="nearest") if where else curve
    at = ", ".join(f"{SYMBOLS.get(d, d)} = {float(here[d]):g}" for d in where)
    return at or quantity, format_estimate(here, quantity, 5), note
