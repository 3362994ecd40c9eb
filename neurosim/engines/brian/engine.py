"""The engine "brian" of `neurosim.recall`, and the Brian2 network of a memory as an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import brian2
import numpy as np

from neurosim.engines.brian import results, runtime, standalone
from neurosim.engines.brian.job import Batch, Job
from neurosim.engines.brian.process import LOCK
from neurosim.equations import check_formulation
from neurosim.network import Network
from neurosim.request import RecallRequest
from neurosim.result import EngineResult
from neurosim.validation import one_of

# target → simulate(job, *, codegen, report, report_period) -> (arrays, attrs of the result)
TARGETS: dict[str, Callable[..., Any]] = {
    "runtime": runtime.simulate,
    "cpp_standalone": standalone.cpp,
    "cuda_standalone": standalone.cuda,
}
DTYPES = ("float64", "float32")


def run(
    net: Network,
    request: RecallRequest,
    *,
    target: str = "runtime",
    formulation: str | None = None,
    codegen: str = "auto",
    dtype: str = "float64",
    report: Any = None,
) -> EngineResult:
    """Recall every cue of the request in Brian2.

    Parameters
    ----------
    net : Network
    request : RecallRequest
        Cues are independent blocks of one Brian2 network. A large request is divided into several runs, so that memory
        is bounded.
    target : {"runtime", "cpp_standalone", "cuda_standalone"}, default "runtime"
        "runtime": in this process. The others: a C++ or CUDA program in another process. Compiling takes tens of
        seconds, once: the program is cached and runs again with other weights, parameters, cues and seeds.
    formulation : {"summed", "event", "reduced"}, default "summed" for the rate model, "event" for spikes
        The form of the textbook, the fast form, and the one for many cues; see `neurosim.equations`.
    codegen : {"auto", "cython", "numpy"}, default "auto"
        Code generation of the runtime target; "auto" is cython where a C++ compiler exists, else numpy. The attrs of
        the result name it. Cython compiles for about a minute the first time and uses its cache afterwards.
    dtype : {"float64", "float32"}, default "float64"
        Type of Brian2's variables.
    report : None, "text", "stdout", "stderr" or (runtime) callable
        Progress report of Brian2.

    Returns
    -------
    EngineResult

    Raises
    ------
    InvalidInput
        An unknown option, or a formulation that cannot describe this network.
    Unavailable
        A compiler is missing or fails, or another Brian2 device is active in this process.

    See Also
    --------
    brian_network : The Brian2 network itself.
    neurosim.engines.event.run : The exact rate model, faster.

    References
    ----------
    .. [1] Stimberg, Brette & Goodman, "Brian 2, an intuitive and efficient neural simulator", eLife 8, e47314 (2019).

    Examples
    --------
    >>> net = Network.gaussian(20, 4, seed=0)
    >>> request = RecallRequest.checked(net, net.weights.T, duration=10e-3)
    >>> result = run(net, request, formulation="reduced", codegen="numpy")
    >>> result.n_crossings
    array([1, 1, 2, 2])
    """
    one_of(target, "target", TARGETS)
    one_of(dtype, "dtype", DTYPES)
    formulation = _formulation(formulation, request)
    check_formulation(net, formulation, request.variant)
    if report is None and request.progress:
        report, period = "stderr", 1.0
    else:
        period = 10.0  # default of Brian2
    job = Job(net, request, formulation, dtype)
    arrays, attrs = TARGETS[target](job, codegen=codegen, report=report, report_period=period)
    return results.engine_result(job, arrays, results.attributes(job, target) | attrs)


def brian_network(
    net: Network,
    cues: Any,
    *,
    hidden: Any = None,
    dt: Any = None,
    formulation: str | None = None,
    record: Sequence[str] = (),
    record_dt: Any = None,
    input: Any = None,
    model: str = "rate",
    variant: Any = None,
    seed: int | None = None,
    allow_coarse_dt: bool = False,
) -> brian2.Network:
    """Return the memory as a Brian2 network, its state set to the cues, ready to extend and run.

    Parameters
    ----------
    net : Network
    cues : array_like (cue, visible) or (visible,)
        v at time 0. Each cue has its own block of neurons; there are no synapses between blocks.
    hidden : array_like (cue, hidden) or (hidden,), default 0
        h at time 0 (eq. 12b). Neurons above θ are active at time 0, and their targets start with that input.
    dt : time, default a tenth of the shortest time constant
        Step of the network's clock; ``brian2.defaultclock`` is neither read nor changed. Checked as in
        `neurosim.recall`.
    formulation : {"summed", "event", "reduced"}, default "summed" for the rate model, "event" for spikes
        See `neurosim.equations`.
    record : sequence of str
        Adds a StateMonitor ``<name>_trace`` for each of "hidden", "visible", "hidden_active" (spiking: "activity"),
        a SpikeMonitor ``spikes`` or ``visible_spikes`` for these.
    record_dt : time, default dt
        Time between samples, rounded to whole steps.
    input : InputCurrent, optional
        Current into the visible layer.
    model : {"rate", "spiking"}, default "rate"
    variant : str or SpikingCell, default "regular"
        Cells of the spiking model (`neurosim.cells`).
    seed : int, optional
        Seed of the initial thresholds and phases. Call ``brian2.seed`` for the random numbers of the simulation.
    allow_coarse_dt : bool, default False
        Whether `dt` may be longer than half of the shortest time constant.

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
    run : RecallRequest with labels, outcomes and compiled targets.

    Examples
    --------
    >>> memory = brian_network(Network.gaussian(20, 4, seed=0), np.zeros((3, 20)), formulation="reduced")
    >>> len(memory["hidden"])
    12
    """
    request = RecallRequest.checked(
        net,
        cues,
        hidden=hidden,
        dt=dt,
        record=record,
        record_dt=record_dt,
        input=input,
        model=model,
        variant=variant,
        seed=seed,
        allow_coarse_dt=allow_coarse_dt,
    )
    formulation = _formulation(formulation, request)
    check_formulation(net, formulation, request.variant)
    job = Job(net, request, formulation)
    everything = Batch(np.arange(request.n_cues), request.n_cues)
    with LOCK:
        program = job.build(everything)
        program.assign(job.values(everything))
    return program.network


def _formulation(formulation: str | None, request: RecallRequest) -> str:
    if formulation is not None:
        return formulation
    return "summed" if request.variant is None else "event"
