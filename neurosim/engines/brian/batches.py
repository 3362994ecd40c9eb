"""What every target shares: how a request is cut into runs, and what is read off after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import brian2
import numpy as np

from neurosim.engines.brian.build import brian_network, initial_state
from neurosim.network import Network
from neurosim.request import Recall

SYNAPSES_PER_RUN = 4_000_000  # about 100 MB of indices and weights


@dataclass(frozen=True)
class Batch:
    """The cues of one run. All runs of a request have one size, so that one compiled network does them.

    Parameters
    ----------
    rows : ndarray (size,) int
        Cues of the request; the last run repeats its last cue to fill up.
    n_kept : int
        How many of the rows are wanted.
    """

    rows: np.ndarray
    n_kept: int


def batches(net: Network, n_cues: int, formulation: str) -> list[Batch]:
    """Cut cues 0 … n_cues−1 into equal runs of at most `SYNAPSES_PER_RUN` synapses, at least one cue each."""
    per_cue = net.n_visible * net.n_hidden + net.n_hidden * (net.n_visible if formulation == "summed" else net.n_hidden)
    most = max(1, SYNAPSES_PER_RUN // per_cue)
    size = -(-n_cues // -(-n_cues // most))
    return [
        Batch(rows=np.minimum(np.arange(start, start + size), n_cues - 1), n_kept=min(size, n_cues - start))
        for start in range(0, n_cues, size)
    ]


def build(net: Network, request: Recall, batch: Batch, formulation: str) -> brian2.Network:
    """Return the network that does one run, starting from the batch's cues."""
    network = brian_network(
        net,
        request.cues[batch.rows],
        hidden=request.hidden[batch.rows],
        dt=request.dt,
        formulation=formulation,
        record=request.record,
        record_dt=request.record_dt or None,
    )
    network["hidden"].late_from = request.n_steps // 2  # the window that `reduction.name_outcomes` is told
    return network


def start(
    net: Network, network: brian2.Network, request: Recall, batch: Batch, formulation: str
) -> dict[Any, np.ndarray]:
    """Return the batch's initial state as variables of the network → values, the form of ``run_args``."""
    state = initial_state(net, request.cues[batch.rows], request.hidden[batch.rows], formulation)
    return {getattr(network[group], variable): values for (group, variable), values in state.items()}


def read(net: Network, network: brian2.Network, request: Recall, batch: Batch) -> dict[str, np.ndarray]:
    """Return what one run left behind, for the batch's wanted cues.

    Returns
    -------
    dict
        hidden, n_crossings, late_crossings, last_crossing : (cue, hidden); visible : (cue, visible);
        ``<name>_trace`` : (cue, time, neuron).
    """
    hidden, visible = network["hidden"], network["visible"]
    n_cues = len(batch.rows)

    def of(group: brian2.NeuronGroup, variable: str) -> np.ndarray:
        return np.array(getattr(group, variable)[:]).reshape(n_cues, -1)[: batch.n_kept]

    state = {name: of(hidden, name) for name in ("n_crossings", "late_crossings", "last_crossing")}
    state["hidden"], state["visible"] = of(hidden, "h"), of(visible, "v")
    end = {
        "hidden": state["hidden"],
        "visible": state["visible"],
        "hidden_active": state["hidden"] > net.threshold,
    }
    every = max(1, round(request.record_dt / request.dt)) if request.record else 1
    for name in request.record:
        monitor = network[f"{name}_trace"]
        samples = np.asarray(getattr(monitor, monitor.record_variables[0]))
        samples = samples.reshape(n_cues, -1, samples.shape[1])[: batch.n_kept].transpose(0, 2, 1)
        if name == "hidden_active":
            samples = samples > 0.5
        if request.n_steps % every == 0:  # the end of the run; monitors look at the start of each step
            samples = np.concatenate([samples, end[name][:, None]], axis=1)
        state[f"{name}_trace"] = samples
    return state


def joined(parts: Iterator[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the runs' answers as one, cues in order."""
    collected = list(parts)
    return {name: np.concatenate([part[name] for part in collected]) for name in collected[0]}
