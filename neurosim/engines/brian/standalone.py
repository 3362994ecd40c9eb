"""Run as a compiled C++ program (Brian2's cpp_standalone), built and run by a process of its own.

Brian2 keeps its device, preferences and generated code per process; a private process with a private folder
leaves the user's alone, and two recalls never meet. Arrays travel as .npz without pickles, the rest as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import neurosim
from neurosim import nonlinearity
from neurosim.engines.brian.compilers import requires_compiler
from neurosim.errors import InvalidInput, Unavailable
from neurosim.network import Network
from neurosim.request import Recall

_LAST_LINES = 15


def simulate(
    net: Network, request: Recall, *, formulation: str, codegen: str, report: Any, report_period: float
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the final arrays of `batches.read` and what to say in attrs.

    One program is built; where a request needs several runs, it is run again with other initial states.

    Parameters
    ----------
    net, request, formulation
        See `neurosim.engines.brian.run`.
    codegen : {"auto"}
        There is one way to generate C++.
    report : None, "text", "stdout" or "stderr"
        Progress lines of the program, passed on to this process's streams.
    report_period : float
        Seconds between reports.

    Raises
    ------
    InvalidInput
        `codegen` is given, or `report` is a function.
    Unavailable
        No compiler or make; or the program could not be built or run, with the last lines it printed.
    """
    if codegen != "auto":
        raise InvalidInput(f'codegen is for target="runtime"; target="cpp_standalone" takes "auto", got {codegen!r}')
    if report not in (None, "text", "stdout", "stderr"):
        raise InvalidInput(
            f'report must be None, "text", "stdout" or "stderr" for target="cpp_standalone", got {report!r}'
        )
    requires_compiler('target="cpp_standalone"', make=True)
    with tempfile.TemporaryDirectory(prefix="neurosim-cpp-") as folder:
        path = Path(folder)
        arrays = {"weights": net.weights, "threshold": net.threshold, "tau_v": net.tau_v, "tau_h": net.tau_h}
        if net.feedback is not None:
            arrays["feedback"] = net.feedback
        np.savez(path / "network.npz", **arrays)
        np.savez(path / "request.npz", cues=request.cues, hidden=request.hidden)
        options = {
            "hidden_activation": nonlinearity.to_record(net.hidden_activation),
            "duration": request.duration,
            "dt": request.dt,
            "record": request.record,
            "record_dt": request.record_dt,
            "formulation": formulation,
            "report": report and "stdout",  # one pipe back; this process chooses the stream
            "report_period": report_period,
        }
        (path / "request.json").write_text(json.dumps(options))
        _work(path, sys.stderr if report == "stderr" else sys.stdout)
        with np.load(path / "result.npz", allow_pickle=False) as file:
            return {name: file[name] for name in file.files}, {"codegen": "cpp"}


def _work(folder: Path, stream: Any) -> None:
    package = str(Path(neurosim.__file__).parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder)}  # logs and all go with the folder
    command = [sys.executable, "-m", "neurosim.engines.brian.worker", str(folder)]
    with open(folder / "errors.txt", "w+") as errors:
        # A process group of its own, so that stopping it stops make and the program too.
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, start_new_session=True
        ) as worker:
            try:
                for line in worker.stdout or ():
                    stream.write(line)
                    stream.flush()
                code = worker.wait()
            finally:
                if worker.poll() is None:
                    os.killpg(worker.pid, signal.SIGKILL)
        if code:
            errors.seek(0)
            last = "\n".join(errors.read().strip().splitlines()[-_LAST_LINES:])
            raise Unavailable(f'target="cpp_standalone" failed; its last lines:\n{last}')
