"""What every engine returns, how a recall can end, and the labelled Dataset made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


class Outcome(StrEnum):
    """How a recall ended; the same rule for every engine (`neurosim.reduction.name_outcomes`)."""

    SETTLED = "settled"  # by the closed form, no hidden neuron will ever cross its threshold again
    CYCLING = "cycling"  # hidden neurons kept crossing
    SLIDING = "sliding"  # a hidden neuron chattered at its threshold, ever faster or as fast as the step allows
    TIMED_OUT = "timed_out"  # a crossing was still to come when the duration ended
    NON_FINITE = "non_finite"  # the state overflowed


@dataclass
class EngineResult:
    """What an engine returns; arrays over cues, in the order of the cues.

    Parameters
    ----------
    hidden : ndarray (cue, hidden)
        h at the end.
    hidden_active : ndarray (cue, hidden) bool
        h > θ at the end.
    visible : ndarray (cue, visible) or None
        v at the end, if asked for.
    outcome : ndarray (cue,) of str
        Values of `Outcome`.
    last_crossing : ndarray (cue,)
        Time of the last threshold crossing, seconds; 0 if there was none.
    n_crossings : ndarray (cue,) int
        Number of threshold crossings.
    traces : mapping of name to ndarray (cue, time, neuron)
        What `Recall.record` asked for, at `Recall.record_times`.
    extra : mapping of name to (dims, ndarray, attrs)
        What only this engine knows.
    attrs : mapping
        How it was computed: dt, dtype, device, formulation …
    """

    hidden: np.ndarray
    hidden_active: np.ndarray
    visible: np.ndarray | None
    outcome: np.ndarray
    last_crossing: np.ndarray
    n_crossings: np.ndarray
    traces: Mapping[str, np.ndarray] = field(default_factory=dict)
    extra: Mapping[str, tuple[str | tuple[str, ...], np.ndarray, dict[str, Any]]] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)


_TRACES = {
    "hidden": ("hidden_neuron", "hidden potential h over time"),
    "visible": ("visible_neuron", "visible state v over time"),
    "hidden_active": ("hidden_neuron", "whether active, over time"),
    "activity": ("hidden_neuron", "filtered spike train a over time"),
}


def to_dataset(result: EngineResult, times: np.ndarray, attrs: Mapping[str, Any]) -> xarray.Dataset:
    """Label an engine's answer: named dimensions, units, provenance.

    The dimensions are hidden_neuron and visible_neuron, since xarray cannot add to a Dataset whose variables
    (`hidden`, `visible`) are named as its dimensions are.

    Parameters
    ----------
    result : EngineResult
    times : ndarray (time,)
        Of the traces, seconds.
    attrs : mapping
        Provenance common to all engines.
    """
    import xarray

    settled = result.outcome == Outcome.SETTLED
    variables: dict[str, Any] = {
        "hidden_active": (
            ("cue", "hidden_neuron"),
            result.hidden_active,
            {"long_name": "hidden neuron active at the end (h > threshold; spiking: activity > 1/2)"},
        ),
        "hidden": (
            ("cue", "hidden_neuron"),
            result.hidden,
            {"long_name": "hidden potential h at the end", "units": "1"},
        ),
        "outcome": ("cue", result.outcome.astype("U10"), {"long_name": "how the recall ended"}),
        "settle_time": (
            "cue",
            np.where(settled, result.last_crossing, np.nan),
            {"long_name": "time of the last threshold crossing; NaN unless settled", "units": "s"},
        ),
        "n_crossings": ("cue", result.n_crossings, {"long_name": "number of threshold crossings", "units": "1"}),
    }
    if result.visible is not None:
        variables["visible"] = (
            ("cue", "visible_neuron"),
            result.visible,
            {"long_name": "visible state v at the end", "units": "1"},
        )
    for name, trace in result.traces.items():
        layer, meaning = _TRACES[name]
        variables[f"{name}_trace"] = (("cue", "time", layer), trace, {"long_name": meaning})
    variables.update(result.extra)
    coords = {"time": ("time", times, {"long_name": "time", "units": "s"})} if result.traces else {}
    return xarray.Dataset(variables, coords, {**attrs, **result.attrs})
