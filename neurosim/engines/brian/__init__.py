"""The full two-layer network as Brian2 equations (`neurosim.equations`), simulated by Brian2.

`brian_network` gives the network itself, to read, extend and run; `run` is the engine behind
``neurosim.recall(..., engine="brian")``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brian2
import numpy as np

from neurosim import equations, reduction
from neurosim.engines.brian import runtime, standalone
from neurosim.engines.brian.build import brian_network
from neurosim.errors import InvalidInput, Unavailable
from neurosim.network import Network
from neurosim.request import Recall
from neurosim.result import EngineResult

__all__ = ["TARGETS", "brian_network", "run"]


def _no_cuda(*_: Any, **__: Any) -> Any:
    raise Unavailable('target="cuda_standalone" is not built in yet; use target="cpp_standalone" or engine="torch"')


# target → simulate(net, request, *, formulation, codegen, report, report_period) -> (arrays, attrs)
TARGETS: dict[str, Callable[..., Any]] = {
    "runtime": runtime.simulate,
    "cpp_standalone": standalone.simulate,
    "cuda_standalone": _no_cuda,
}


def run(
    net: Network,
    request: Recall,
    *,
    target: str = "runtime",
    formulation: str = "summed",
    codegen: str = "auto",
    report: Any = None,
) -> EngineResult:
    """Recall every cue of the request in Brian2.

    Parameters
    ----------
    net : Network
    request : Recall
        Many cues run as independent blocks of one Brian2 network; a large request is cut into several runs,
        so that memory stays bounded.
    target : {"runtime", "cpp_standalone"}, default "runtime"
        "runtime": in this process. "cpp_standalone": as a C++ program, in a process of its own; compiling
        takes tens of seconds, stepping little.
    formulation : {"summed", "event"}, default "summed"
        The textbook form, or the fast one; see `neurosim.equations`.
    codegen : {"auto", "cython", "numpy"}, default "auto"
        How the runtime target runs its code; "auto" is cython where a C++ compiler exists, else numpy. Which
        one it was is in attrs. Cython compiles for a minute or so the first time ever, then finds its cache.
    report : None, "text", "stdout", "stderr" or (runtime) callable
        Brian2's progress report, passed through.

    Returns
    -------
    EngineResult

    Raises
    ------
    InvalidInput
        An unknown option, or a formulation that cannot describe this network.
    Unavailable
        A compiler is missing or fails, or another Brian2 device is active in this process.
    """
    if target not in TARGETS:
        raise InvalidInput(f"target must be one of {list(TARGETS)}, got {target!r}")
    equations.requires(net, formulation)
    if report is None and request.progress:
        report, period = "stderr", 1.0
    else:
        period = 10.0  # Brian2's own
    arrays, how = TARGETS[target](
        net, request, formulation=formulation, codegen=codegen, report=report, report_period=period
    )
    return _result(net, request, arrays, {**_attrs(request, target, formulation), **how})


def _result(net: Network, request: Recall, arrays: dict[str, Any], attrs: dict[str, Any]) -> EngineResult:
    hidden, visible = arrays["hidden"], arrays["visible"]
    active = hidden > net.threshold
    with np.errstate(all="ignore"):
        is_settled = reduction.settled(net, hidden, visible, active)
    return EngineResult(
        hidden=hidden,
        hidden_active=active,
        visible=visible if request.read_out else None,
        outcome=reduction.name_outcomes(
            finite=np.isfinite(hidden).all(axis=1) & np.isfinite(visible).all(axis=1),
            is_settled=is_settled,
            repeats=arrays["late_crossings"].max(axis=1),
            window=request.n_steps * request.dt / 2,
            chatter=reduction.chatter(net, request.dt),
        ),
        last_crossing=arrays["last_crossing"].max(axis=1),
        n_crossings=arrays["n_crossings"].sum(axis=1),
        traces={name: arrays[f"{name}_trace"] for name in request.record},
        attrs=attrs,
    )


def _attrs(request: Recall, target: str, formulation: str) -> dict[str, Any]:
    return {
        "dt": request.dt,
        "dtype": "float64",
        "device": "cpu",
        "target": target,
        "formulation": formulation,
        "method": "exact, the drive of h averaged over a step" if formulation == "summed" else "exact",
        "brian2": brian2.__version__,
    }
