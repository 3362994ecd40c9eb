"""Spiking runs as Neo objects, for Elephant and other analysis tools.

    Block                      the run; annotations: its attrs
    └── Segment                one per cue; annotations: cue, outcome, settle_time (absent if it did not settle)
        ├── SpikeTrain         one per cell; annotations: layer, hidden_neuron, cell, hidden_active (at the end), also
        │                      of the inhibitory cells of a `Circuit` (layer "inhibitory"), or of visible ON and OFF
        │                      cells: layer, visible_neuron, side
        └── AnalogSignal       one per recorded trace, a channel per neuron; array annotation: hidden_neuron or
                               visible_neuron

Silent cells have empty trains. Times are seconds from the start of the recall. Potentials are dimensionless, as in the
model, or in mV (`neurosim.cells.millivolts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells import millivolts as to_millivolts
from neurosim.errors import InvalidInput
from neurosim.packages import required

if TYPE_CHECKING:
    import neo
    import xarray

_POTENTIALS = ("hidden", "visible")  # traces that can be given in mV
_SIDES = ("ON", "OFF")
_LAYERS = {"hidden": "spike", "inhibitory": "inhibitory_spike", "visible": "visible_spike"}  # → name in the Dataset
_TOTALS = {"hidden": "n_spikes", "inhibitory": "n_inhibitory_spikes", "visible": "n_visible_spikes"}  # of each cue


def to_neo(out: xarray.Dataset, *, millivolts: bool = False) -> neo.Block:
    """Return a spiking run as a Neo block.

    Parameters
    ----------
    out : xarray.Dataset
        Result of ``recall(..., engine=Brian(cells=...), record=["spikes", ...])``, of `Circuit`, or of `load_result`.
        With "visible_spikes" recorded there are trains of the ON and OFF cells as well; recorded traces become signals.
    millivolts : bool, default False
        Whether to give the potentials h and v in mV, −65 mV at rest and 20 mV per unit, instead of dimensionless.

    Returns
    -------
    neo.Block
        One segment per cue, in the order of the cues; see `neurosim.interop.neo_block`. The trace "hidden" of a neuron
        of several cells is their mean. ``block.filter(hidden_neuron=3)`` returns the trains of a neuron.

    Raises
    ------
    InvalidInput
        The run is one of the rate model or has no recorded spikes; or its cues were selected, which the list of spikes
        does not follow.
    Unavailable
        Neo is not installed.

    See Also
    --------
    to_nir : The network as a NIR graph.

    References
    ----------
    .. [1] Garcia et al., "Neo: an object model for handling electrophysiology data in multiple formats",
       Front. Neuroinform. 8, 10 (2014).

    Examples
    --------
    >>> from neurosim import Network, recall
    >>> from neurosim.engines import Brian
    >>> net, spiking = Network.gaussian(20, 3, seed=0), Brian(cells="regular", codegen="numpy")
    >>> block = to_neo(recall(net, net.weights.T, engine=spiking, duration=10e-3, record=["spikes"]))
    >>> len(block.segments), len(block.segments[0].spiketrains)
    (3, 3)
    """
    _requires_spikes(out)
    neo = required("neo", "neurosim.interop")
    block = neo.Block(name="neurosim recall")
    block.annotate(**out.attrs)
    trains = [_trains(out, layer) for layer in _LAYERS if _spikes(layer) + "_time" in out]
    for cue in range(out.sizes["cue"]):
        segment = neo.Segment(name=f"cue {cue}", index=cue, **_annotations(out, cue))
        segment.spiketrains.extend(
            [train for layer in trains for train in layer[cue]]
        )  # Neo does not accept a generator
        segment.analogsignals.extend(_signals(out, cue, millivolts))
        block.segments.append(segment)
    block.check_relationships()
    return block


def _requires_spikes(out: Any) -> None:
    remedy = 'use recall(..., engine=Brian(cells="regular"), record=["spikes"])'
    attrs = getattr(out, "attrs", {})
    if "cells" not in attrs and "n_inhibitory_cells" not in attrs:
        found = (
            f"one without spiking cells (engine {attrs['engine']})" if "engine" in attrs else f"a {type(out).__name__}"
        )
        raise InvalidInput(f"to_neo needs the Dataset of a spiking run, got {found}; {remedy}")
    if not any(f"{_spikes(layer)}_time" in out for layer in _LAYERS):
        traces = [name for name in out.data_vars if str(name).endswith("_trace")]
        raise InvalidInput(f"to_neo needs recorded spikes, got a run with the traces {traces} and no spikes; {remedy}")


def _spikes(layer: str) -> str:
    return _LAYERS[layer]


def _annotations(out: xarray.Dataset, cue: int) -> dict[str, Any]:
    settle_time = float(out.settle_time[cue])
    found = {"cue": cue, "outcome": str(out.outcome.values[cue])}
    return found | ({"settle_time": settle_time} if np.isfinite(settle_time) else {})


def _require_own_spikes(out: xarray.Dataset, layer: str) -> None:
    """Check that the listed spikes are those of the cues: a selection of cues leaves the list of spikes as it was."""
    total, n_cues = _TOTALS[layer], out.sizes["cue"]
    listed = np.bincount(out[f"{_spikes(layer)}_cue"].values.astype(np.int64), minlength=n_cues)
    counted = out[total].values.reshape(n_cues, -1).sum(axis=1) if total in out else listed[:n_cues]
    if len(listed) > n_cues or (listed != counted).any():
        raise InvalidInput(
            f"the listed spikes must be those of the cues, got {listed.sum()} spikes of "
            f"{np.count_nonzero(listed)} cues beside {n_cues} cues with {int(counted.sum())} spikes; give the whole "
            "result of recall, or recall these cues alone"
        )


def _trains(out: xarray.Dataset, layer: str) -> list[list[neo.SpikeTrain]]:
    """Return the trains of each cue, ordered by neuron and then by cell."""
    _require_own_spikes(out, layer)
    neo, pq, name = required("neo", "neurosim.interop"), required("quantities", "neurosim.interop"), _spikes(layer)
    widths = {"hidden": out.attrs["n_cells"], "inhibitory": out.attrs.get("n_inhibitory_cells"), "visible": len(_SIDES)}
    n_cells = int(widths[layer])
    width = int(out.attrs["n_visible" if layer == "visible" else "n_hidden"]) * n_cells
    n_trains = out.sizes["cue"] * width
    cue, neuron, cell, time = (out[f"{name}_{part}"].values for part in ("cue", "neuron", "cell", "time"))
    number = (cue * width + neuron * n_cells + cell).astype(np.int64)
    order = np.lexsort((time, number))
    ends = np.searchsorted(number[order], np.arange(n_trains), side="right")
    times = np.split(time[order], ends)[:n_trains]
    common = {
        "units": pq.s,  # a name would be parsed for every train, which would take most of the time
        "t_stop": float(out.attrs["duration"]) * pq.s,
        "sampling_rate": pq.Hz / float(out.attrs["dt"]),
    }

    def train(index: int) -> neo.SpikeTrain:
        cue, number = divmod(index, width)
        annotations = _cell_annotations(out, layer, cue, *divmod(number, n_cells))
        label = ", ".join(f"{key} {annotations[key]}" for key in list(annotations)[1:3])
        return neo.SpikeTrain(times[index], name=label, **common, **annotations)

    return [[train(c * width + i) for i in range(width)] for c in range(out.sizes["cue"])]


def _cell_annotations(out: xarray.Dataset, layer: str, cue: int, neuron: int, cell: int) -> dict[str, Any]:
    if layer == "visible":
        return {"layer": layer, "visible_neuron": neuron, "side": _SIDES[cell]}
    active = bool(out.hidden_active.values[cue, neuron])
    return {"layer": layer, "hidden_neuron": neuron, "cell": cell, "hidden_active": active}


def _signals(out: xarray.Dataset, cue: int, millivolts: bool) -> list[neo.AnalogSignal]:
    neo, pq = required("neo", "neurosim.interop"), required("quantities", "neurosim.interop")
    found = []
    for name in ("hidden", "visible", "hidden_active", "activity"):
        if f"{name}_trace" not in out:
            continue
        trace = out[f"{name}_trace"]
        values = trace.values[cue].astype(float)
        in_mv = millivolts and name in _POTENTIALS
        signal = neo.AnalogSignal(
            to_millivolts(values) if in_mv else values,
            units="mV" if in_mv else "dimensionless",
            sampling_rate=_sampling_rate(out) * pq.Hz,
            name=name,
            description=str(trace.attrs.get("long_name", "")),
            array_annotations={str(trace.dims[-1]): np.arange(values.shape[1])},
        )
        found.append(signal)
    return found


def _sampling_rate(out: xarray.Dataset) -> float:
    """Return the number of samples per second; a single sample counts as one per duration."""
    times = out["time"].values
    return float((len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 1 / out.attrs["duration"])
