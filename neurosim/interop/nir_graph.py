"""The spiking network as a NIR graph, and back.

NIR [1]_ (https://neuroir.org) describes networks of differential equations that other simulators and neuromorphic chips
load. The graph of `to_nir`, with K = `n_cells`, A = t_ref/K and N = K·N_h:

    node                kind                            meaning
    input               Input (N_v)                     current I into the visible neurons
    visible             LI (N_v)                        τ_v v̇ = −v + I                                     (1a)
    visible_to_hidden   Linear (N, N_v)                 ξᵀ, or `feedback`; each row K times
    membrane            LI (N)                          τ_h ḣ = −h + R·I,  R = √N_h/N_v                     (1b)
    threshold           Threshold (N)                   s = Θ(h − θ), 0 at the threshold itself              (4)
    cells               IF (N)                          fires when s becomes 1, then every t_ref: from −1 to 0
    delay_to_visible    Delay (N)                       `latency` of the cells; absent where it is 0
    hidden_to_visible   Linear (N_v, N)                 ξ, each column K times
    spike_area          Scale (N_v)                     A/√N_h, seconds

and the outputs ``visible_output`` (v) and ``spikes``. For `LIF` cells, ``cells`` is a LIF(τ_h, R, θ, reset to 0) that
also replaces ``membrane`` and ``threshold``. With ON/OFF visible neurons the time constant τ_s of their synapses
precedes the membrane: CubaLI or CubaLIF, where w_in is √N_h/N_v, and there is a ``delay_to_hidden``. Times are in
seconds.

Scale: equations of NIR are in continuous time, and a spike is an impulse of area 1. Through τ_v v̇ = −v + I, an impulse
of area A ξ/√N_h moves v by A ξ/(τ_v √N_h) = t_ref/(K τ_v) ξ/√N_h, as in the model (`neurosim.cells`). A simulator that
represents a spike by the number 1 during one step dt gives it the area dt; there, divide ``spike_area`` by dt. The
weights are ξ itself, unscaled, so that `from_nir` returns them bit for bit.

What NIR cannot describe is stored in the metadata of the graph: for `from_nir` in "neurosim" (JSON), as text in
"not_carried". Other simulators ignore it:

* Cue. A recall starts at v = cue, h = 0. In a graph, send τ_v·cue into ``input`` as one impulse at time 0.
* Time step, and the rounding of delays and of t_ref to it.
* Refractory period. Regular cells do not need it: ``cells`` integrates s/t_ref, and its spikes are those of the model
  while s stays 1. During a pause of s the integrator stops, whereas a refractory period would continue: after a pause
  a cell may fire later than in the model, by less than t_ref, and a cell whose s changes often fires less. LIF cells
  would fire at 1/(τ_h ln(u/(u − θ))) instead of 1/(t_ref + τ_h ln(u/(u − θ))), so activity would exceed 1 without
  bound. They are refused unless ``without_refractory`` is given.
* Randomness. Poisson cells become regular cells of the same rate that start half-way to a spike, with the K cells of a
  hidden neuron synchronous. Membrane noise and the distribution of thresholds are omitted.
* ON/OFF cells. ``visible`` transmits v itself, the mean of their spikes. With a refractory period their rate saturates,
  and its mean is not v: refused.

References
----------
.. [1] Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set for interoperable
   brain-inspired computing", Nature Communications 15, 8122 (2024).
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells import OnOff, SpikingCell, from_record, get_cells
from neurosim.equations import check_formulation
from neurosim.errors import InvalidInput, NeurosimError
from neurosim.network import Network
from neurosim.packages import required

if TYPE_CHECKING:
    import nir

_FORMAT = "neurosim spiking network/1"

# Regular cells need slightly less than t_ref from reset to threshold, so that rounding adds no step in a simulator
# with a time step.
_SLACK = 1e-9


def to_nir(net: Network, cells: SpikingCell | str = "regular", *, without_refractory: bool = False) -> nir.NIRGraph:
    """Return the spiking network as a NIR graph; ``nir.write(path, graph)`` writes it to a file.

    Parameters
    ----------
    net : Network
        With Heaviside hidden units and one τ_v.
    cells : SpikingCell or str, default "regular"
        As for ``neurosim.engines.Brian(cells=...)``.
    without_refractory : bool, default False
        Whether to accept that `LIF` cells have no refractory period in other simulators, so that their rate is
        unbounded.

    Returns
    -------
    nir.NIRGraph
        Nodes, scale and metadata are described in `neurosim.interop.nir_graph`.

    Raises
    ------
    InvalidInput
        The spiking model cannot describe the network, or the cells would behave differently in NIR.
    Unavailable
        NIR is not installed.

    See Also
    --------
    from_nir : The network of a graph.

    Examples
    --------
    >>> graph = to_nir(Network.gaussian(20, 3, seed=0))
    >>> graph.nodes["hidden_to_visible"].weight.shape
    (20, 3)
    """
    cells = get_cells(cells)
    _requires_describable(net, cells, without_refractory)
    nodes = _nodes(net, cells)
    loop = [name for name in nodes if name not in _ENDS]
    edges = [*pairwise([*loop, "visible"]), ("input", "visible"), ("visible", "visible_output"), ("cells", "spikes")]
    return required("nir", "neurosim.interop").NIRGraph(nodes=nodes, edges=edges, metadata=_metadata(net, cells))


def from_nir(graph: nir.NIRGraph) -> tuple[Network, SpikingCell]:
    """Return the network and the cells of a graph of `to_nir`, which may have been stored or given other weights.

    Weights, thresholds and time constants are read from the nodes; cells, constraints and provenance from the metadata.

    Parameters
    ----------
    graph : nir.NIRGraph
        For instance from ``nir.read(path)``.

    Returns
    -------
    net : Network
    cells : SpikingCell

    Raises
    ------
    InvalidInput
        The graph was not made by `to_nir`, or was changed so that it describes another model.
    Unavailable
        NIR is not installed.

    See Also
    --------
    to_nir : The graph of a network.

    Examples
    --------
    >>> net = Network.gaussian(20, 3, seed=0)
    >>> again, cells = from_nir(to_nir(net, "lif", without_refractory=True))
    >>> bool(np.all(again.weights == net.weights)), cells.name
    (True, 'lif')
    """
    if not isinstance(graph, required("nir", "neurosim.interop").NIRGraph):
        raise InvalidInput(f"graph must be a nir.NIRGraph, got {type(graph).__name__}; nir.read(path) returns one")
    cells, records = _from_metadata(graph)
    try:
        net = _network(graph, cells, records)
        _requires_same(graph, to_nir(net, cells, without_refractory=True))
    except NeurosimError:
        raise
    except Exception as error:  # nodes of any form
        raise InvalidInput(f"graph must have the nodes of to_nir; missing or of another kind: {error}") from None
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
            f"LIF of NIR has no refractory period, here t_ref = {cells.t_ref:g} s: cells would fire faster, without "
            "bound; use cells='regular', or give without_refractory=True to accept that"
        )
    if net.threshold.min() <= 0:
        raise InvalidInput(
            "thresholds must be > 0 for LIF cells without a refractory period, which else fire without end "
            f"after their reset to 0, got {net.threshold.min():g}; use cells='regular'"
        )


def _nodes(net: Network, cells: SpikingCell) -> dict[str, nir.NIRNode]:
    """Return the nodes: those of the loop in its order, starting with the visible layer, then inputs and outputs."""
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
    """Return the nodes between the input of the hidden neurons and their spikes."""
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
    first = 0.5 if cells.stochastic else 0.0  # initial phase in units of t_ref; the mean of random spikes is half
    regular = nir.IF(
        r=np.full(len(theta), 1 / cells.t_ref),
        v_threshold=np.full(len(theta), first),
        v_reset=np.full(len(theta), first - 1 + _SLACK),
    )
    return {"membrane": leaky(**common), "threshold": nir.Threshold(threshold=theta), "cells": regular}


def _metadata(net: Network, cells: SpikingCell) -> dict[str, str]:
    # The ensemble is omitted: weights may be trained elsewhere, and theory for Gaussian ones must not be applied then.
    records = {"constraints": [dict(record) for record in net.constraints], "provenance": dict(net.provenance)}
    record = {"format": _FORMAT, "cells": cells.to_record(), **records}
    return {"neurosim": json.dumps(record, sort_keys=True), "not_carried": "\n".join(_not_carried(cells))}


def _not_carried(cells: SpikingCell) -> list[str]:
    """Return the properties that other simulators ignore, one per line."""
    pause = "refractory period while h <= threshold: after a pause cells may fire later, by less than t_ref"
    fast = f"refractory period of {cells.t_ref:g} s: cells fire faster than in the model, without bound"
    lines = {
        "cue: a recall starts at v = cue, h = 0; send tau_v*cue into `input` as one impulse at time 0": True,
        "time step: times are continuous; where a spike is the number 1 for a step dt, divide `spike_area` by dt": True,
        fast if cells.resets else pause: not cells.stochastic,
        f"Poisson firing: cells fire regularly at the same rate, {1 / cells.t_ref:g} Hz": cells.stochastic,
        f"membrane noise of {cells.noise:g}: none": cells.noise > 0,
        f"spread of thresholds by {cells.threshold_std:g}: cells have the mean": cells.threshold_std > 0,
        f"visible spikes: {cells.visible!r} v itself is transmitted, their mean": isinstance(cells.visible, OnOff),
        f"{cells.interneurons!r}: cells excite and inhibit": cells.interneurons is not None,
    }
    return [line for line, applies in lines.items() if applies]


def _from_metadata(graph: nir.NIRGraph) -> tuple[SpikingCell, dict[str, Any]]:
    """Return the cells, and the constraints and provenance of the network."""
    try:
        record = json.loads(graph.metadata["neurosim"])
        if record["format"] != _FORMAT:
            raise ValueError(record["format"])
        records = {name: record[name] for name in ("constraints", "provenance")}
        return from_record(record["cells"]), records
    except Exception as error:  # metadata of any form
        raise InvalidInput(
            f"graph must be one of to_nir, with metadata 'neurosim' of the format {_FORMAT!r}; missing or different: "
            f"{error}"
        ) from None


def _network(graph: nir.NIRGraph, cells: SpikingCell, records: dict[str, Any]) -> Network:
    nodes: Any = graph.nodes
    first = slice(None, None, cells.n_cells)  # one of the equal cells of each hidden neuron
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
    """Refuse a graph that differs from the graph of its network and cells."""
    if set(graph.nodes) != set(rebuilt.nodes) or set(map(tuple, graph.edges)) != set(map(tuple, rebuilt.edges)):
        raise InvalidInput("graph must have the nodes and edges of to_nir, got others")
    for name, node in rebuilt.nodes.items():
        found, want = graph.nodes[name].to_dict(), node.to_dict()
        if found["type"] != want["type"]:
            raise InvalidInput(f"node {name!r} must be a {want['type']} as in to_nir, got a {found['type']}")
        for key in set(want) - {"type", "metadata"}:
            # to single precision, in which other tools store numbers
            if np.shape(found[key]) != np.shape(want[key]) or not np.allclose(found[key], want[key], 1e-6, 0):
                raise InvalidInput(
                    f"{key} of node {name!r} must agree with the other nodes and the cells, got another value; "
                    "change the Network or the cells and call to_nir again"
                )
