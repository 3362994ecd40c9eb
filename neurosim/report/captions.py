"""Captions of figures: the finding in one sentence, true of the numbers that were measured."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import xarray

from neurosim.measure.statistics import format_estimate
from neurosim.report.findings import place


def course(found: xarray.Dataset, quantity: str, what: str = "", *, digits: int = 3, **where: Any) -> str:
    """Return how an estimate runs along its axis, or, over several axes, its least and its largest value.

    Parameters
    ----------
    found : xarray.Dataset
        With the variables `quantity`, quantity_lower and quantity_upper.
    quantity : str
    what : str, optional
        Subject of the sentence. Default: the long name of the variable.
    digits : int, default 3
        Significant digits.
    **where
        Coordinates of the part to describe; of numbers the nearest is taken.

    Returns
    -------
    str
        One sentence. It says that an estimate rises or falls only where the intervals at the two ends do not overlap,
        and at how many points there is no estimate because the value lies beyond all that was tried.

    Examples
    --------
    >>> import xarray
    >>> data = {"share": ("noise_std", [1, 0.25]), "share_lower": ("noise_std", [0.9, 0.2])}
    >>> found = xarray.Dataset(data | {"share_upper": ("noise_std", [1, 0.3])}, {"noise_std": [0.0, 4.0]})
    >>> course(found, "share", "the share recalled")
    'The share recalled falls from 1 (0.9 – 1) at σ_v = 0 to 0.25 (0.2 – 0.3) at σ_v = 4.'
    """
    here = _part(found, where)
    what = what or str(here[quantity].attrs.get("long_name", quantity))
    what = f"The {what.removeprefix('the ')}"
    course_text = _course(here, quantity, digits)
    beyond = _beyond(here, quantity)
    if beyond == here[quantity].size:
        return f"{what} lies beyond all that was tried."
    points = "one other point" if beyond == 1 else f"{beyond} other points"
    return f"{what}{course_text}; it lies beyond all that was tried at {points}." if beyond else f"{what}{course_text}."


def _beyond(here: xarray.Dataset, quantity: str) -> int:
    """Return at how many points a value exceeds all that was tried: no estimate, and no upper limit."""
    return int((np.isnan(here[quantity]) & np.isposinf(here[f"{quantity}_upper"])).sum())


def _course(here: xarray.Dataset, quantity: str, digits: int) -> str:
    """Return what follows the subject of `course`."""
    values = here[quantity]
    known = np.isfinite(values.values)
    if not known.any():
        return ": no value could be estimated"
    if known.sum() == 1:
        only = {d: int(k[0]) for d, k in zip(values.dims, np.nonzero(known), strict=True)} if values.ndim else {}
        at = f" at {place(here, quantity, tuple(only.values()))}" if only else ""
        return f" is {_estimate(here, quantity, digits, only)}{at}"
    if values.ndim == 1 and values.dims[0] in here.coords and here[values.dims[0]].dtype.kind in "iuf":
        return f" {_along(here, quantity, digits)}"
    ends = [np.unravel_index(pick(values.values), values.shape) for pick in (np.nanargmin, np.nanargmax)]
    low, high = ({d: int(k) for d, k in zip(values.dims, end, strict=True)} for end in ends)
    if float(values.isel(low)) == float(values.isel(high)):
        return f" is {_estimate(here, quantity, digits, low)}{' everywhere' if known.all() else ' where it is known'}"
    texts = [
        f"{_estimate(here, quantity, digits, at)} at {place(here, quantity, tuple(at.values()))}" for at in (low, high)
    ]
    return f" lies between {texts[0]} and {texts[1]}"


def _along(here: xarray.Dataset, quantity: str, digits: int) -> str:
    """Return verb, both ends, and an extreme value between them."""
    (dim,) = here[quantity].dims
    here = here.isel({dim: np.flatnonzero(np.isfinite(here[quantity].values))}).sortby(dim)
    values, lower, upper = (here[f"{quantity}{end}"].values for end in ("", "_lower", "_upper"))
    last = len(values) - 1
    text = {
        k: f"{_estimate(here, quantity, digits, {dim: k})} at {place(here, quantity, (k,))}" for k in range(last + 1)
    }
    between = [
        k for k in (int(values.argmin()), int(values.argmax())) if 0 < k < last and _apart(lower, upper, k, last)
    ]
    beyond = "".join(f", with {text[k]} between them" for k in between)
    if upper[-1] < lower[0] or lower[-1] > upper[0]:
        return f"{'falls' if values[-1] < values[0] else 'rises'} from {text[0]} to {text[last]}{beyond}"
    return f"is {text[0]} and {text[last]}{beyond}"


def _apart(lower: np.ndarray, upper: np.ndarray, k: int, last: int) -> bool:
    """Return whether the interval at one point lies beyond those at both ends."""
    return bool(upper[k] < min(lower[0], lower[last]) or lower[k] > max(upper[0], upper[last]))


def _estimate(here: xarray.Dataset, quantity: str, digits: int, at: dict[Any, int]) -> str:
    text = format_estimate(here.isel({d: k for d, k in at.items() if d in here.dims}), quantity, digits)
    return re.sub(r"; beta-binomial [^)]*", "", text)


def _part(found: xarray.Dataset, where: dict[str, Any]) -> xarray.Dataset:
    for name, value in where.items():
        exact = isinstance(value, str) or found[name].dtype.kind not in "iuf"
        found = found.sel({name: value}) if exact else found.sel({name: value}, method="nearest")
    return found


def recalled_images(found: xarray.Dataset) -> str:
    """Return at how many attractors recalls of images end, and how far from the images.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.recall_images`.

    Returns
    -------
    str

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import recall_images
    >>> recalled_images(recall_images(Network.gaussian(64, 10, seed=0), load_data("digits"), n_cues=20))[:31]
    'The recalls of 20 stored images'
    """
    cues = str(found.attrs["cues"])
    cues = cues if cues.endswith("images") else f"images ({cues.removeprefix('stored ')})"
    error, variance = float(found.squared_error), float(found.variance)
    return (
        f"The recalls of {found.attrs['n_trials']:,} {cues} end at {int(found.n_distinct):,} distinct "
        f"attractors; their squared error is {error:.4g}, {100 * error / variance:.3g}% of the variance of the images."
    )
