"""The result of an engine, the outcomes of a recall, and the labelled Dataset made of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


class Outcome(StrEnum):
    """Outcome of a recall: what follows the end of the simulated time.

    Attributes
    ----------
    SETTLED
        No hidden neuron crosses its threshold any more.
    SLIDING
        The only neurons that still cross are held at their thresholds: they cross to and fro at intervals that shrink
        towards 0, and end at h = u = θ with a mean activity between 0 and 1, the sliding solution of Filippov [1]_. The
        others are in their final state. A neuron can slide only if it inhibits itself (J_μμ < 0) or is inhibited
        through others, so never with symmetric weights.
    TIMED_OUT
        Other crossings follow, and end: a longer recall would be settled or sliding.
    CYCLING
        Crossings follow for longer than 100 times the longest time constant, or are more than 10,000 + 200 N_h; however
        slow the cycle is.
    NON_FINITE
        The state overflowed.

    Notes
    -----
    One function applies this definition for all engines of the rate model, `neurosim.engines.outcomes`. With Heaviside
    hidden units, linear visible neurons and one τ_v the final state determines all later crossings, and they are
    followed without a time step. Without such a closed form (other activations, one τ_v per visible neuron) the first
    of these that holds is returned: settled if the state is within 1e-6 of a fixed point or no crossing can be shown to
    follow; cycling (or sliding, if as fast as the time step allows) if a neuron crossed at least four times in the
    second half of the time after the input; else timed_out. Spiking models: settled if the decoded state did not change
    in that half, cycling if one of its neurons changed four times, else timed_out.

    References
    ----------
    .. [1] A. F. Filippov, Differential Equations with Discontinuous Righthand Sides, Kluwer, 1988.

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network.gaussian(200, 4, seed=0)
    >>> out = neurosim.recall(net, neurosim.patterns.visible_cues(net, [[1, 0, 1, 0]]))
    >>> str(out.outcome.item()) == neurosim.Outcome.SETTLED
    True
    """

    SETTLED = "settled"
    SLIDING = "sliding"
    TIMED_OUT = "timed_out"
    CYCLING = "cycling"
    NON_FINITE = "non_finite"


@dataclass
class EngineResult:
    """The result of an engine: arrays with one row per cue, in the order of the cues.

    Parameters
    ----------
    hidden_active : ndarray of bool, shape (cue, hidden)
        Which hidden neurons are active at the end, h > θ.
    outcome : ndarray of str, shape (cue,)
        Values of `Outcome`.
    hidden : ndarray of shape (cue, hidden), optional
        h at the end.
    visible : ndarray of shape (cue, visible), optional
        v at the end, if requested.
    last_crossing : ndarray of shape (cue,), optional
        Time of the last threshold crossing, seconds; 0 if there was none.
    n_crossings : ndarray of int, shape (cue,), optional
        Number of threshold crossings.
    traces : mapping of str to ndarray of shape (cue, time, neuron)
        The quantities named in `RecallRequest.record`, at `RecallRequest.record_times`.
    extra : mapping of str to (dims, ndarray, attrs)
        Further variables of this engine.
    attrs : mapping
        Settings of the computation: dt, dtype, device, formulation.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.result import EngineResult
    >>> result = EngineResult(np.zeros((1, 10), bool), np.array(["settled"]))
    >>> bool(result.hidden_active.any())
    False
    """

    hidden_active: np.ndarray
    outcome: np.ndarray
    hidden: np.ndarray | None = None
    visible: np.ndarray | None = None
    last_crossing: np.ndarray | None = None
    n_crossings: np.ndarray | None = None
    traces: Mapping[str, np.ndarray] = field(default_factory=dict)
    extra: Mapping[str, tuple[str | tuple[str, ...], np.ndarray, dict[str, Any]]] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)


_OPTIONAL = {
    "hidden": (("cue", "hidden_neuron"), "hidden potential h at the end"),
    "n_crossings": ("cue", "number of threshold crossings"),
    "visible": (("cue", "visible_neuron"), "visible state v at the end"),
}
_TRACES = {
    "hidden": ("hidden_neuron", "hidden potential h over time"),
    "visible": ("visible_neuron", "visible state v over time"),
    "hidden_active": ("hidden_neuron", "whether active, over time"),
    "activity": ("hidden_neuron", "filtered spike train a over time"),
}


def to_dataset(result: EngineResult, times: np.ndarray, attrs: Mapping[str, Any]) -> xarray.Dataset:
    """Return an engine's result as a Dataset with named dimensions, units and attributes.

    Parameters
    ----------
    result : EngineResult
    times : ndarray, shape (time,)
        Times of the traces, seconds.
    attrs : mapping
        Attributes common to all engines.

    Returns
    -------
    xarray.Dataset
        What the engine did not return is left out; settle_time is then NaN.

    Notes
    -----
    The dimensions are called hidden_neuron and visible_neuron, because xarray cannot combine Datasets in which a
    variable of several dimensions (`hidden`, `visible`) has the name of a dimension.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.result import EngineResult, to_dataset
    >>> result = EngineResult(np.zeros((1, 10), bool), np.array(["settled"]))
    >>> to_dataset(result, np.empty(0), {"engine": "event"}).sizes["hidden_neuron"]
    10
    """
    import xarray

    settled = result.outcome == Outcome.SETTLED
    variables: dict[str, Any] = {
        "hidden_active": (
            ("cue", "hidden_neuron"),
            result.hidden_active,
            {"long_name": "hidden neuron active at the end (h > threshold; spiking: activity > 1/2)"},
        ),
        "outcome": ("cue", result.outcome.astype("U10"), {"long_name": "outcome of the recall"}),
        "settle_time": (
            "cue",
            np.where(settled, np.nan if result.last_crossing is None else result.last_crossing, np.nan),
            {"long_name": "time of the last threshold crossing; NaN unless settled", "units": "s"},
        ),
    }
    for name, (dims, meaning) in _OPTIONAL.items():
        values = getattr(result, name)
        if values is not None:
            variables[name] = (dims, values, {"long_name": meaning, "units": "1"})
    for name, trace in result.traces.items():
        layer, meaning = _TRACES[name]
        variables[f"{name}_trace"] = (("cue", "time", layer), trace, {"long_name": meaning})
    variables.update(result.extra)
    coords = {"time": ("time", times, {"long_name": "time", "units": "s"})} if result.traces else {}
    return xarray.Dataset(variables, coords, {**attrs, **result.attrs})
