"""Run in this process: Brian2's runtime mode, compiled with cython or interpreted with numpy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import brian2
import numpy as np
from brian2.devices.device import RuntimeDevice

from neurosim.engines.brian.batches import batches, build, joined, read, start
from neurosim.engines.brian.compilers import compiler, requires_compiler
from neurosim.errors import InvalidInput, Unavailable
from neurosim.network import Network
from neurosim.request import Recall

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
    network = build(net, request, todo[0], formulation)
    if len(todo) > 1:
        network.store()
    for number, batch in enumerate(todo):
        if number:
            network.restore()
            for view, values in start(net, network, request, batch, formulation).items():
                view[:] = values
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
    if not isinstance(active, RuntimeDevice):
        raise Unavailable(
            'target="runtime" needs the runtime device of Brian2, but this process has set '
            f'{type(active).__name__}; call brian2.set_device("runtime"), '
            'or use target="cpp_standalone", which runs in a process of its own'
        )
