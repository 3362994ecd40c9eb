"""`brian_network`: the memory as an explicit, named `brian2.Network`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import brian2
import numpy as np

from neurosim import equations, theory
from neurosim.network import Network
from neurosim.request import Recall

# what can be recorded → (group, variable in the summed form, variable in the event form)
RECORDABLE = {
    "hidden": ("hidden", "h", "h"),
    "visible": ("visible", "v", "v"),
    "hidden_active": ("hidden", "above", "s"),
}


def brian_network(
    net: Network,
    cues: Any,
    *,
    hidden: Any = None,
    dt: Any = None,
    formulation: str = "summed",
    record: Sequence[str] = (),
    record_dt: Any = None,
) -> brian2.Network:
    """Return the memory as a Brian2 network, its state set to the cues, ready to extend and run.

    Parameters
    ----------
    net : Network
    cues : array_like (cue, visible) or (visible,)
        v at time 0. Each cue gets a block of neurons of its own; synapses stay inside a block.
    hidden : array_like (cue, hidden) or (hidden,), default 0
        h at time 0 (eq. 12b). Neurons that start above θ start active, and what they drive starts so, too.
    dt : time, default a tenth of the shortest time constant
        Step of the network's own clock; ``brian2.defaultclock`` is neither read nor changed.
    formulation : {"summed", "event"}, default "summed"
        See `neurosim.equations`.
    record : sequence of {"hidden", "visible", "hidden_active"}
        Adds a StateMonitor ``<name>_trace`` for each.
    record_dt : time, default dt
        Time between samples, rounded to whole steps.

    Returns
    -------
    brian2.Network
        Block layout: hidden neuron μ of cue c is number c·N_h + μ of ``network["hidden"]``, visible neuron i
        of cue c is number c·N_v + i of ``network["visible"]``; so
        ``network["hidden"].h[:].reshape(n_cues, -1)`` is (cue, hidden). Synapses lie block after block, one
        presynaptic neuron after another.

        Objects: ``visible`` (v, v_in, tau_v), ``hidden`` (h, u, s, theta, tau_h, n_crossings, last_crossing;
        custom event ``cross``), ``hidden_to_visible`` (w), and ``visible_to_hidden`` (w, or w_back if not
        symmetric) in the summed form, ``hidden_to_hidden`` (J) in the event form. There ``hidden`` has a
        tau_v, too: change both.

    Raises
    ------
    InvalidInput
        A shape, value or name breaks a rule, or the formulation cannot describe this network.

    Notes
    -----
    Objects of your own must be added to the network: ``network.add(monitor)``. To watch crossings, use
    ``brian2.EventMonitor(network["hidden"], "cross")``. Where you set v yourself, set u to its projection
    (`neurosim.theory.drive`), too. Works on whichever Brian2 device is active.
    """
    equations.requires(net, formulation)
    request = Recall.checked(net, cues, hidden=hidden, dt=dt, record=record, record_dt=record_dt)
    cues, hidden, dt, record = request.cues, request.hidden, request.dt, request.record
    every = round(request.record_dt / dt)

    clock = brian2.Clock(dt * brian2.second, name="step*")
    groups = {
        "visible": _visible(net, len(cues), clock),
        "hidden": _hidden(net, len(cues), clock, formulation),
    }
    connect = _summed_synapses if formulation == "summed" else _event_synapses
    network = brian2.Network(*groups.values(), *connect(net, len(cues), **groups), name="neurosim*")
    for (group, variable), values in initial_state(net, cues, hidden, formulation).items():
        getattr(groups[group], variable)[:] = values
    record_clock = clock if every == 1 else brian2.Clock(every * dt * brian2.second, name="record_step*")
    for name in record:
        group, *variables = RECORDABLE[name]
        variable = variables[equations.FORMULATIONS.index(formulation)]
        network.add(brian2.StateMonitor(groups[group], variable, record=True, clock=record_clock, name=f"{name}_trace"))
    return network


def initial_state(
    net: Network, cues: np.ndarray, hidden: np.ndarray, formulation: str
) -> dict[tuple[str, str], np.ndarray]:
    """Return what a recall starts from: (group, variable) → flat values, block after block.

    Parameters
    ----------
    net : Network
    cues : ndarray (cue, visible)
    hidden : ndarray (cue, hidden)
    formulation : {"summed", "event"}
    """
    active = hidden > net.threshold
    state: dict[tuple[str, str], np.ndarray] = {
        ("visible", "v"): cues,
        ("hidden", "h"): hidden,
        ("hidden", "u"): theory.drive(net, cues),
    }
    if formulation == "summed":
        state["hidden", "above"] = active.astype(np.int32)  # a lone bool breaks run_args
    else:
        s = active.astype(float)
        state["hidden", "s"] = s
        state["hidden", "g"] = s @ theory.effective_coupling(net).T
        state["visible", "v_in"] = theory.visible_state(net, s)
    return {key: np.ascontiguousarray(values).reshape(-1) for key, values in state.items()}


def _visible(net: Network, n_cues: int, clock: brian2.Clock) -> brian2.NeuronGroup:
    group = brian2.NeuronGroup(
        n_cues * net.n_visible,
        equations.visible(net),
        method="exact",
        clock=clock,
        name="visible",
        namespace={},
    )
    _set(group, "tau_v", net.tau_v, n_cues, brian2.second)
    return group


def _hidden(net: Network, n_cues: int, clock: brian2.Clock, formulation: str) -> brian2.NeuronGroup:
    group = brian2.NeuronGroup(
        n_cues * net.n_hidden,
        equations.hidden(net, formulation),
        method="exact" if formulation == "summed" else exact_cascade,
        events={"cross": equations.CROSS[formulation]},
        clock=clock,
        order=2,  # after v (0) and the summing of u, which Brian2 puts one before its target (1)
        name="hidden",
        namespace={},
    )
    group.run_on_event("cross", equations.ON_CROSS[formulation])
    if formulation == "event":
        _set(group, "tau_v", net.tau_v, n_cues, brian2.second)
    _set(group, "tau_h", net.tau_h, n_cues, brian2.second)
    _set(group, "theta", net.threshold, n_cues, 1)
    return group


def exact_cascade(equations_: Any, variables: Any, method_options: Any = None) -> str:
    """Return the exact step of (h, u) as Brian2 code; given to Brian2 as the integration method."""
    return equations.HIDDEN_EVENT_STEP


def _summed_synapses(
    net: Network, n_cues: int, visible: brian2.NeuronGroup, hidden: brian2.NeuronGroup
) -> list[brian2.Synapses]:
    forward = brian2.Synapses(
        hidden,
        visible,
        equations.HIDDEN_TO_VISIBLE_SUMMED,
        clock=visible.clock,
        name="hidden_to_visible",
        namespace={},
    )
    _connect(forward, "w", net.weights.T, n_cues)
    back = brian2.Synapses(
        visible,
        hidden,
        equations.visible_to_hidden(net),
        clock=hidden.clock,
        name="visible_to_hidden",
        namespace={},
    )
    _connect(back, equations.back_weight(net), net.feedback_weights.T, n_cues)
    forward.N_h = net.n_hidden
    back.N_h = net.n_hidden
    back.N_v = net.n_visible
    return [forward, back]


def _event_synapses(
    net: Network, n_cues: int, visible: brian2.NeuronGroup, hidden: brian2.NeuronGroup
) -> list[brian2.Synapses]:
    forward = brian2.Synapses(
        hidden,
        visible,
        equations.HIDDEN_TO_VISIBLE_EVENT,
        on_pre=equations.HIDDEN_TO_VISIBLE_ON_CROSS,
        on_event="cross",
        clock=hidden.clock,
        name="hidden_to_visible",
        namespace={},
    )
    _connect(forward, "w", net.weights.T, n_cues)
    forward.N_h = net.n_hidden
    within = brian2.Synapses(
        hidden,
        hidden,
        equations.HIDDEN_TO_HIDDEN_EVENT,
        on_pre=equations.HIDDEN_TO_HIDDEN_ON_CROSS,
        on_event="cross",
        clock=hidden.clock,
        name="hidden_to_hidden",
        namespace={},
    )
    _connect(within, "J", theory.effective_coupling(net).T, n_cues)
    return [forward, within]


def _connect(synapses: brian2.Synapses, weight: str, values: np.ndarray, n_cues: int) -> None:
    """Join every pair inside each block; `values` is (pre, post)."""
    n_pre, n_post = values.shape
    block = np.arange(n_cues)[:, None, None]
    pre = np.broadcast_to(block * n_pre + np.arange(n_pre)[:, None], (n_cues, n_pre, n_post))
    post = np.broadcast_to(block * n_post + np.arange(n_post), (n_cues, n_pre, n_post))
    synapses.connect(i=pre.reshape(-1), j=post.reshape(-1))
    getattr(synapses, weight)[:] = np.tile(np.ascontiguousarray(values).reshape(-1), n_cues)


def _set(group: brian2.NeuronGroup, name: str, values: np.ndarray, n_cues: int, unit: Any) -> None:
    """Set a parameter as `equations.parameter` declared it."""
    if equations.is_uniform(values):
        setattr(group, name, float(values.flat[0]) * unit)
    else:
        setattr(group, name, np.tile(values, n_cues) * unit)
