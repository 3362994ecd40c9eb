"""The spiking network as a NIR graph, and back.

NIR (https://neuroir.org) describes networks of differential equations that other simulators and neuromorphic chips
load. The graph of `to_nir`, K = `n_cells`, A = t_ref/K, N = K·N_h:

    node                kind                            what it says here
    input               Input (N_v)                     current I into the visible neurons
    visible             LI (N_v)                        τ_v v̇ = −v + I                                     (1a)
    visible_to_hidden   Linear (N, N_v)                 ξᵀ, or `feedback`; each row K times
    membrane            LI (N)                          τ_h ḣ = −h + R·I,  R = √N_h/N_v                     (1b)
    threshold           Threshold (N)                   s = Θ(h − θ), off at the threshold itself            (4)
    cells               IF (N)                          fire at once when s becomes 1, then every t_ref: from −1 to 0
    delay_to_visible    Delay (N)                       the variant's `latency`; left out where it is 0
    hidden_to_visible   Linear (N_v, N)                 ξ, each column K times
    spike_area          Scale (N_v)                     A/√N_h, seconds

and outputs ``visible_output`` (v) and ``spikes``. In a resetting variant ``cells`` is a LIF(τ_h, R, θ, reset to 0) that
takes the place of ``membrane`` and ``threshold``, too. With ON/OFF visible neurons the synapse's τ_s comes before the
membrane: CubaLI or CubaLIF, where w_in is √N_h/N_v, and a ``delay_to_hidden``. Times are seconds.

Where the scale comes from: NIR's equations are in continuous time, and a spike is an impulse of area 1. Through
τ_v v̇ = −v + I, an impulse of area A ξ/√N_h moves v by A ξ/(τ_v √N_h) = t_ref/(K τ_v) ξ/√N_h, which is the model's
jump (`neurosim.cells`). A simulator that counts a spike as the number 1 during one step dt gives it the area dt;
there, divide ``spike_area`` by dt. The weights are ξ itself, unscaled, so that `from_nir` returns them bit for bit.

What NIR cannot say is kept in the graph's metadata: for `from_nir` in "neurosim" (JSON), for readers in "not_carried".
Another simulator ignores it:

* The cue. A recall starts at v = cue, h = 0. In a graph, send τ_v·cue into ``input`` as one impulse at time 0.
* The time step, and the rounding of delays and of t_ref to it.
* The refractory period. Regular cells do without: ``cells`` integrates s/t_ref, and its spikes are the model's while s
  stays 1 from its rise to its fall. When s pauses so does the integrator, where a refractory period would run on: after
  a pause a cell may fire later than the model's, by less than t_ref, and one that flickers fires less. LIF cells would
  fire at 1/(τ_h ln(u/(u − θ))), not 1/(t_ref + τ_h ln(u/(u − θ))): activity would exceed 1, without bound. They are
  refused unless you ask for them ``without_refractory``.
* Chance. Poisson cells become regular ones of the same rate that start half-way to a spike, a hidden neuron's K cells
  in step. Membrane noise and the spread of thresholds are left out: the graph's threshold is sharp, theirs blurred.
* ON/OFF cells. ``visible`` hands on v itself, which is what their spikes say in the mean. With a refractory period they
  saturate, and not even the mean is v: refused.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells import OnOff, SpikingCell, from_record, get_variant
from neurosim.equations import check_formulation
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.packages import required

if TYPE_CHECKING:
    import nir

_FORMAT = "neurosim spiking network/1"

# Regular cells climb by this less than 1 in t_ref, so that rounding cannot cost a simulator with a grid one more step.
_SLACK = 1e-9


def to_nir(net: Network, variant: Any = None, *, without_refractory: bool = False) -> nir.NIRGraph:
    """Return the spiking network as a NIR graph; ``nir.write(path, graph)`` makes a file of it.

    Parameters
    ----------
    net : Network
        With Heaviside hidden units and one τ_v.
    variant : str or SpikingCell, default "regular"
        As for ``recall(..., model="spiking")``.
    without_refractory : bool, default False
        Whether `LIF` cells may lose their refractory period, and with it the bound on
        their rate, everywhere but in `from_nir`.

    Returns
    -------
    nir.NIRGraph
        Its nodes, their scale, and what is only in its metadata: see `neurosim.interop.nir_graph`.

    Raises
    ------
    InvalidInput
        The spiking model cannot have this network, or in NIR the variant would be another memory.
    Unavailable
        NIR is not installed.
    """
    cells = get_variant(variant)
    _requires_describable(net, cells, without_refractory)
    nodes = _nodes(net, cells)
    loop = [name for name in nodes if name not in _ENDS]
    edges = [*pairwise([*loop, "visible"]), ("input", "visible"), ("visible", "visible_output"), ("cells", "spikes")]
    return required("nir", "neurosim.interop").NIRGraph(nodes=nodes, edges=edges, metadata=_metadata(net, cells))


def from_nir(graph: nir.NIRGraph) -> tuple[Network, SpikingCell]:
    """Return the network and the variant of a graph that `to_nir` made, perhaps written, read or given other weights.

    Weights, thresholds and time constants are read from the nodes; the variant, constraints and provenance from the
    metadata.

    Parameters
    ----------
    graph : nir.NIRGraph
        As ``nir.read(path)`` returns it.

    Raises
    ------
    InvalidInput
        Not such a graph, or one changed so that it is no longer this model.
    Unavailable
        NIR is not installed.
    """
    if not isinstance(graph, required("nir", "neurosim.interop").NIRGraph):
        raise InvalidInput(f"graph must be a nir.NIRGraph, got {type(graph).__name__}; nir.read(path) returns one")
    cells, records = _from_metadata(graph)
    try:
        net = _network(graph, cells, records)
    except (KeyError, AttributeError, IndexError) as error:
        raise InvalidInput(
            f"graph must have the nodes that to_nir gives it; absent or of another kind: {error}"
        ) from None
    _requires_same(graph, to_nir(net, cells, without_refractory=True))
    return net, cells


_ENDS = ("input", "visible_output", "spikes")


def _requires_describable(net: Network, cells: SpikingCell, without_refractory: bool) -> None:
    check_formulation(net, "event", cells)
    visible = cells.visible
    if isinstance(visible, OnOff) and visible.t_ref > 0:
        raise InvalidInput(
            "NIR has no visible neurons that saturate, so OnOff must have t_ref = 0 in a graph, "
            f"got t_ref = {visible.t_ref:g} s; use visible=OnOff(t_ref=0) or visible=Graded()"
        )
    if not cells.resets:
        return
    if not without_refractory:
        raise InvalidInput(
            f"NIR's LIF has no refractory period: cells that reset, here after t_ref = {cells.t_ref:g} s, would fire "
            "faster there, without bound; use variant='regular', or give without_refractory=True if that is meant"
        )
    if net.threshold.min() <= 0:
        raise InvalidInput(
            "thresholds must be > 0 for resetting cells without a refractory period, which would fire for ever from "
            f"their reset at 0, got {net.threshold.min():g}; use variant='regular'"
        )


def _nodes(net: Network, cells: SpikingCell) -> dict[str, nir.NIRNode]:
    """Return the nodes: those of the loop in its order, starting with the visible layer, then the ends."""
    nir = required("nir", "neurosim.interop")
    n_visible, k = net.n_visible, cells.n_cells
    width = net.n_hidden * k
    delay = np.full(width, cells.latency)
    loop = {
        "visible": nir.LI(tau=np.full(n_visible, float(net.tau_v)), r=np.ones(n_visible), v_leak=np.zeros(n_visible)),
        "visible_to_hidden": nir.Linear(weight=np.repeat(net.feedback_weights, k, axis=0)),
        "delay_to_hidden": nir.Delay(delay=delay) if isinstance(cells.visible, OnOff) else None,
        **_hidden_nodes(net, cells),
        "delay_to_visible": nir.Delay(delay=delay),
        "hidden_to_visible": nir.Linear(weight=np.repeat(net.weights, k, axis=1)),
        "spike_area": nir.Scale(scale=np.full(n_visible, cells.t_ref / (k * np.sqrt(net.n_hidden)))),
    }
    ends = {
        "input": nir.Input(input_type=np.array([n_visible])),
        "visible_output": nir.Output(output_type=np.array([n_visible])),
        "spikes": nir.Output(output_type=np.array([width])),
    }
    absent = [name for name, node in loop.items() if node is None or (name.startswith("delay") and not cells.latency)]
    return {name: node for name, node in loop.items() if name not in absent} | ends


def _hidden_nodes(net: Network, cells: SpikingCell) -> dict[str, nir.NIRNode]:
    """Return what stands between a hidden neuron's input and its spikes."""
    nir = required("nir", "neurosim.interop")
    tau_h, theta = (
        np.repeat(np.broadcast_to(values, net.n_hidden), cells.n_cells) for values in (net.tau_h, net.threshold)
    )
    gain = np.full(len(theta), np.sqrt(net.n_hidden) / net.n_visible)
    common: dict[str, Any] = {"v_leak": np.zeros(len(theta))}
    if isinstance(cells.visible, OnOff):
        common |= {"tau_syn": np.full(len(theta), cells.visible.tau_s), "tau_mem": tau_h, "w_in": gain}
        common["r"] = np.ones(len(theta))
        leaky, firing = nir.CubaLI, nir.CubaLIF
    else:
        common |= {"tau": tau_h, "r": gain}
        leaky, firing = nir.LI, nir.LIF
    if cells.resets:
        return {"cells": firing(**common, v_threshold=theta, v_reset=np.zeros(len(theta)))}
    first = 0.5 if cells.stochastic else 0.0  # after how much of t_ref; random spikes come half-way in the mean
    regular = nir.IF(
        r=np.full(len(theta), 1 / cells.t_ref),
        v_threshold=np.full(len(theta), first),
        v_reset=np.full(len(theta), first - 1 + _SLACK),
    )
    return {"membrane": leaky(**common), "threshold": nir.Threshold(threshold=theta), "cells": regular}


def _metadata(net: Network, cells: SpikingCell) -> dict[str, str]:
    # The ensemble is left out: weights may be trained elsewhere, and theory for Gaussian ones must not be applied then.
    records = {"constraints": list(net.constraints), "provenance": dict(net.provenance)}
    record = {"format": _FORMAT, "variant": cells.to_record(), **records}
    return {"neurosim": json.dumps(record, sort_keys=True), "not_carried": "\n".join(_not_carried(cells))}


def _not_carried(cells: SpikingCell) -> list[str]:
    """Return what another simulator will ignore, a line each."""
    pause = "refractory period while h <= threshold: after a pause cells may fire later, by less than t_ref"
    fast = f"refractory period of {cells.t_ref:g} s: cells fire faster than they should, without bound"
    said = {
        "cue: a recall starts at v = cue, h = 0; send tau_v*cue into `input` as one impulse at time 0": True,
        "time step: times are continuous; where a spike is the number 1 for a step dt, divide `spike_area` by dt": True,
        fast if cells.resets else pause: not cells.stochastic,
        f"Poisson firing: cells fire regularly at the same rate, {1 / cells.t_ref:g} Hz": cells.stochastic,
        f"membrane noise of {cells.noise:g}: none": cells.noise > 0,
        f"spread of thresholds by {cells.threshold_std:g}: cells have the mean": cells.threshold_std > 0,
        f"visible spikes: {cells.visible!r} hands on v itself, their mean": isinstance(cells.visible, OnOff),
        f"{cells.interneurons!r}: cells excite and inhibit": cells.interneurons is not None,
    }
    return [line for line, applies in said.items() if applies]


def _from_metadata(graph: nir.NIRGraph) -> tuple[SpikingCell, dict[str, Any]]:
    """Return the variant, and the constraints and provenance of the network."""
    try:
        record = json.loads(graph.metadata["neurosim"])
        if record["format"] != _FORMAT:
            raise ValueError(record["format"])
        records = {name: record[name] for name in ("constraints", "provenance")}
        return from_record(record["variant"]), records
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"graph must be one that to_nir made, with metadata 'neurosim' of the format {_FORMAT!r}; "
            f"absent or another: {error}"
        ) from None


def _network(graph: nir.NIRGraph, cells: SpikingCell, records: dict[str, Any]) -> Network:
    nodes: Any = graph.nodes
    first = slice(None, None, cells.n_cells)  # of a hidden neuron's cells, which are all alike
    weights, back = nodes["hidden_to_visible"].weight[:, first], nodes["visible_to_hidden"].weight[first]
    membrane = nodes["cells" if cells.resets else "membrane"]
    tau_h = membrane.tau_mem if isinstance(cells.visible, OnOff) else membrane.tau
    theta = nodes["cells"].v_threshold if cells.resets else nodes["threshold"].threshold
    return Network(
        weights=weights,
        threshold=theta[first],
        tau_v=nodes["visible"].tau[0],
        tau_h=tau_h[0] if np.all(tau_h == tau_h[0]) else tau_h[first],
        feedback=None if np.array_equal(back, weights.T) else back,
        **records,
    )


def _requires_same(graph: nir.NIRGraph, rebuilt: nir.NIRGraph) -> None:
    """Refuse a graph that says more, or something else, than its network and variant do."""
    if set(graph.nodes) != set(rebuilt.nodes) or set(map(tuple, graph.edges)) != set(map(tuple, rebuilt.edges)):
        raise InvalidInput("graph must have the nodes and edges that to_nir gives it, got others")
    for name, node in rebuilt.nodes.items():
        found, want = graph.nodes[name].to_dict(), node.to_dict()
        if found["type"] != want["type"]:
            raise InvalidInput(f"node {name!r} must be a {want['type']} as to_nir makes it, got a {found['type']}")
        for key in set(want) - {"type", "metadata"}:
            # single precision will do: other tools save it
            if np.shape(found[key]) != np.shape(want[key]) or not np.allclose(found[key], want[key], 1e-6, 0):
                raise InvalidInput(
                    f"{key} of node {name!r} must follow from the other nodes and the variant, got another; "
                    "change the Network or the variant and make the graph anew"
                )
