"""Run in this process: Brian2's runtime mode, compiled with cython or interpreted with numpy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import brian2
import numpy as np

from neurosim.engines.brian.batches import batches, joined, read
from neurosim.engines.brian.build import brian_network, initial_state
from neurosim.engines.brian.compilers import compiler, requires_compiler
from neurosim.errors import InvalidInput, Unavailable
from neurosim.network import Network
from neurosim.result import Recall

CODEGEN = ("auto", "cython", "numpy")


def simulate(
    net: Network, request: Recall, *, formulation: str, codegen: str, report: Any, report_period: float
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the final arrays of `batches.read` and what to say in attrs.

    Parameters
    ----------
    net, request, formulation
        See `neurosim.engines.brian.run`.
    codegen : {"auto", "cython", "numpy"}
        "auto": cython where there is a C++ compiler, else numpy.
    report : None, "text", "stdout", "stderr" or callable
        Passed through to ``brian2.Network.run``.
    report_period : float
        Seconds between reports.

    Raises
    ------
    InvalidInput
        Unknown `codegen` or `report`.
    Unavailable
        cython without a compiler; or another Brian2 device is active in this process.
    """
    if codegen not in CODEGEN:
        raise InvalidInput(f"codegen must be one of {list(CODEGEN)}, got {codegen!r}")
    if not (report in (None, "text", "stdout", "stderr") or callable(report)):
        raise InvalidInput(f'report must be None, "text", "stdout", "stderr" or a function, got {report!r}')
    if codegen == "auto":
        codegen = "cython" if compiler() else "numpy"
    elif codegen == "cython":
        requires_compiler('codegen="cython"')
    _requires_runtime_device()
    with _preferring(codegen), np.errstate(all="ignore"):  # an overflow has a name of its own, non_finite
        arrays = joined(_runs(net, request, formulation, report, report_period))
    return arrays, {"codegen": codegen}


def _runs(
    net: Network, request: Recall, formulation: str, report: Any, report_period: float
) -> Iterator[dict[str, np.ndarray]]:
    todo = batches(net, request.n_cues, formulation)
    network = brian_network(
        net,
        request.cues[todo[0].rows],
        hidden=request.hidden[todo[0].rows],
        dt=request.dt,
        formulation=formulation,
        record=request.record,
        record_dt=request.record_dt or None,
    )
    network["hidden"].late_from = request.n_steps // 2
    if len(todo) > 1:
        network.store()
    for number, batch in enumerate(todo):
        if number:
            network.restore()
            start = initial_state(net, request.cues[batch.rows], request.hidden[batch.rows], formulation)
            for (group, variable), values in start.items():
                getattr(network[group], variable)[:] = values
        network.run(
            request.n_steps * request.dt * brian2.second,
            report=report,
            report_period=report_period * brian2.second,
            namespace={},
        )
        yield read(net, network, request, batch)


@contextmanager
def _preferring(codegen: str) -> Iterator[None]:
    before = brian2.prefs["codegen.target"]
    brian2.prefs["codegen.target"] = codegen
    try:
        yield
    finally:
        brian2.prefs["codegen.target"] = before


def _requires_runtime_device() -> None:
    active = brian2.get_device()
    if not isinstance(active, brian2.devices.RuntimeDevice):
        raise Unavailable(
            f'target="runtime" needs Brian2\'s runtime device, but this process has set {type(active).__name__}; '
            'call brian2.set_device("runtime"), or use target="cpp_standalone", which runs in a process of its own'
        )
