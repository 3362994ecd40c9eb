"""Runs of `neurosim.engines.Brian`, and the Brian2 network of a memory as an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import brian2
import numpy as np

from neurosim.engines.brian import results, runtime, standalone
from neurosim.engines.brian.job import Batch, Job
from neurosim.engines.brian.process import LOCK
from neurosim.engines.builtin import Brian
from neurosim.network import Network
from neurosim.request import RecallRequest
from neurosim.result import EngineResult
from neurosim.validation import instance

# target → simulate(job, *, codegen, report, report_period) -> (arrays, attrs of the result)
TARGETS: dict[str, Callable[..., Any]] = {
    "runtime": runtime.simulate,
    "cpp_standalone": standalone.cpp,
    "cuda_standalone": standalone.cuda,
}


def run(net: Network, request: RecallRequest, engine: Brian) -> EngineResult:
    """Recall every cue of a request; the implementation of `neurosim.engines.Brian.run`.

    Parameters
    ----------
    net : Network
    request : RecallRequest
        Made by `engine`.
    engine : Brian

    Returns
    -------
    EngineResult

    Examples
    --------
    >>> net, engine = Network.gaussian(20, 4, seed=0), Brian(formulation="reduced", codegen="numpy")
    >>> run(net, engine.request(net, net.weights.T, duration=10e-3), engine).n_crossings
    array([1, 1, 2, 2])
    """
    job = Job(net, request, engine)
    arrays, attrs = simulate(job, engine, progress=request.progress)
    return results.engine_result(job, arrays, results.attributes(job) | attrs)


def simulate(job: Any, engine: Brian, *, progress: bool = False) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Run a job on the target of the engine.

    Parameters
    ----------
    job : Job or LearningJob
    engine : Brian
        Its target, code generation and report; the rest is in the job.
    progress : bool, default False
        Whether to report to stderr every second, if the engine has no report.

    Returns
    -------
    arrays : dict of str to ndarray
        Those of `Job.read`.
    attrs : dict
        Attributes of the result.

    Examples
    --------
    >>> net, engine = Network.gaussian(20, 4, seed=0), Brian(formulation="reduced", codegen="numpy")
    >>> arrays, attrs = simulate(Job(net, engine.request(net, net.weights.T, duration=10e-3), engine), engine)
    >>> arrays["hidden"].shape, attrs
    ((4, 4), {'codegen': 'numpy'})
    """
    report, period = engine.report, 10.0  # default of Brian2
    if report is None and progress:
        report, period = "stderr", 1.0
    return TARGETS[engine.target](job, codegen=engine.codegen, report=report, report_period=period)


def brian_network(
    net: Network,
    cues: Any,
    *,
    engine: Brian | None = None,
    hidden: Any = None,
    record: Sequence[str] = (),
    record_dt: Any = None,
    input: Any = None,
    seed: int | None = None,
) -> brian2.Network:
    """Return the memory as a Brian2 network, its state set to the cues, ready to extend and run.

    Parameters
    ----------
    net : Network
    cues : array_like (cue, visible) or (visible,)
        v at time 0. Each cue has its own block of neurons; there are no synapses between blocks.
    engine : Brian, default ``Brian()``
        Its cells, formulation and step determine the network; ``brian2.defaultclock`` is neither read nor changed.
    hidden : array_like (cue, hidden) or (hidden,), default 0
        h at time 0 (eq. 12b). Neurons above θ are active at time 0, and their targets start with that input.
    record : sequence of str
        Adds a StateMonitor ``<name>_trace`` for each of "hidden", "visible", "hidden_active" (spiking: "activity"),
        a SpikeMonitor ``spikes`` or ``visible_spikes`` for these.
    record_dt : time, default dt
        Time between samples, rounded to whole steps.
    input : InputCurrent, optional
        Current into the visible layer.
    seed : int, optional
        Seed of the initial thresholds and phases. Call ``brian2.seed`` for the random numbers of the simulation.

    Returns
    -------
    brian2.Network
        Objects of the rate model: ``visible`` (v, v_in, tau_v), ``hidden`` (h, u, s, theta, tau_h, n_crossings,
        last_crossing; custom event ``cross``), ``hidden_to_visible`` (w), and ``visible_to_hidden`` (w, or w_back if
        not symmetric) in the summed form, ``hidden_to_hidden`` (J) in the event form. There ``hidden`` has a tau_v as
        well: change both. The reduced form has ``hidden`` (with a) and ``hidden_to_hidden`` only.

        Objects of the spiking model: ``cells`` (h, theta, tau_h, t_ref, amplitude, noise, n_spikes), K in a row for
        each neuron of ``hidden`` (u, a, above); ``visible`` (v); ``on_off`` (phase, side, gain, kick) if visible
        neurons spike; ``cells_to_trace``, ``cells_to_hidden``, ``cells_to_visible``, ``on_off_to_hidden``. With
        interneurons also ``relays`` (x), ``inhibitors`` (phase), ``cells_to_relays``, ``relays_to_visible``,
        ``on_off_to_inhibitors``, ``inhibitors_to_hidden``.

    Raises
    ------
    InvalidInput
        A shape, value or name breaks a rule, or the formulation cannot describe this network.

    Notes
    -----
    Hidden neuron μ of cue c is number c·N_h + μ of ``network["hidden"]``, visible neuron i of cue c is number
    c·N_v + i of ``network["visible"]``. So ``network["hidden"].h[:].reshape(n_cues, -1)`` is (cue, hidden). Synapses
    are ordered by block and, within a block, by presynaptic neuron.

    Further objects must be added to the network: ``network.add(monitor)``. To record crossings, use
    ``brian2.EventMonitor(network["hidden"], "cross")``. If you set v, set u to its projection as well
    (`neurosim.theory.drive`). The function works with every active Brian2 device.

    See Also
    --------
    neurosim.recall : Recalls with labels, outcomes and compiled targets.

    Examples
    --------
    >>> net = Network.gaussian(20, 4, seed=0)
    >>> memory = brian_network(net, np.zeros((3, 20)), engine=Brian(formulation="reduced"))
    >>> len(memory["hidden"])
    12
    """
    engine = Brian() if engine is None else instance(engine, "engine", Brian)
    request = engine.request(net, cues, hidden=hidden, record=record, record_dt=record_dt, input=input, seed=seed)
    job = Job(net, request, engine)
    everything = Batch(np.arange(request.n_cues), request.n_cues)
    with LOCK:
        program = job.build(everything)
        program.assign(job.values(everything))
    return program.network
