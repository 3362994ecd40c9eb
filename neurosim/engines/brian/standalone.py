"""Targets "cpp_standalone" and "cuda_standalone": compiled programs, in worker processes.

Brian2 has one device, one set of preferences and one generated program per process. A worker process
(`neurosim.engines.brian.worker`) with its own folder therefore leaves those of the user unchanged, and recalls do not
interfere. A worker generates and compiles its program for the first job and runs it for all jobs of the same structure
(`Job.structure`), so a sweep compiles once. Compiled programs are also cached on disk (`programs`).
Arrays are exchanged as .npz files without pickles, everything else as JSON.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

import neurosim
from neurosim.engines.brian import cuda as cuda_tools
from neurosim.engines.brian.compilers import requires_compiler
from neurosim.engines.brian.exchange import DONE, FAILED, INTERRUPTED, TIMES, write_job
from neurosim.engines.brian.job import Job
from neurosim.engines.brian.process import LOCK, exclusive
from neurosim.errors import OutputError, Unavailable
from neurosim.ownership import temporary_folder

_LAST_LINES = 15
_PROGRESS = re.compile("^Starting simulation|simulated in")  # progress report of Brian2
_MOST_WORKERS = 3  # each holds Brian2 and a generated program, about 200 MB


def cpp(job: Job, *, codegen: str, report: Any, report_period: float) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays of `Job.read` and the attributes of the result.

    Parameters
    ----------
    job : Job
    codegen : {"auto"}
        Not used: C++ is generated in one way only.
    report : None, "text", "stdout" or "stderr"
        Stream of this process for the progress report of the program.
    report_period : float
        Seconds between reports.

    Raises
    ------
    Unavailable
        No compiler or make; or the program could not be built or run; the message has the last lines of its output.
    """
    requires_compiler('target="cpp_standalone"', make=True)
    return _simulate(job, "cpp_standalone", report, report_period)


def cuda(job: Job, *, codegen: str, report: Any, report_period: float) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and attributes of a run on a GPU; parameters as for `cpp`.

    Raises
    ------
    Unavailable
        No brian2cuda, nvcc or GPU; or the program could not be built or run.
    """
    cuda_tools.requires_cuda()
    return _simulate(job, "cuda_standalone", report, report_period)


def close() -> None:
    """Stop all workers and delete their folders; also called when Python exits."""
    with LOCK:
        while _WORKERS:
            _WORKERS.popitem()[1].stop()


def _simulate(job: Job, target: str, report: Any, report_period: float) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    options = {
        "report": report and "stdout",
        "report_period": report_period,
    }  # the worker has one pipe; this process chooses the stream
    key = json.dumps([os.getpid(), target, job.structure(), options], sort_keys=True)
    with exclusive({}):  # so that Ctrl-C raises KeyboardInterrupt here, too
        worker = _WORKERS.pop(key, None)
        if worker is not None and not worker.is_alive():
            worker.stop()
            worker = None
        worker = worker or _Worker(target)
        arrays = worker.run(
            job, options, sys.stderr if report == "stderr" else sys.stdout
        )  # stops the worker on failure
        _WORKERS[key] = worker
        while len(_WORKERS) > _MOST_WORKERS:
            _WORKERS.popitem(last=False)[1].stop()
    times = {name: float(arrays.pop(name)) for name in TIMES}
    return arrays, {"codegen": "cuda" if target == "cuda_standalone" else "cpp", **times}


class _Worker:
    """A process that builds a program for its first job and runs it again for the following ones."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.folder, self._lock = temporary_folder("neurosim-brian-")
        self._count = 0
        package = str(Path(neurosim.__file__).parents[1])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        environment = {
            **os.environ,
            "PYTHONPATH": path,
            "TMPDIR": str(self.folder),
        }  # all temporary files are deleted with the folder
        environment["PYTHONHASHSEED"] = "0"  # the order of sets, so that the same job generates the same source
        self._errors = open(self.folder / "errors.txt", "w")  # noqa: SIM115  # closed by stop
        # A new process group, so that make and the program are stopped together with the worker.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "neurosim.engines.brian.worker", str(self.folder), target, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
            pass_fds=[self._lock],  # the folder is in use as long as this process or the worker lives
            start_new_session=True,
        )
        self._input: Any = self._process.stdin
        self._output: Any = self._process.stdout

    def run(self, job: Job, options: dict[str, Any], stream: Any) -> dict[str, np.ndarray]:
        """Run one job; on failure the worker is stopped."""
        try:
            self._count += 1
            folder = self.folder / f"job{self._count}"
            folder.mkdir()
            write_job(job, options, folder)
            self._request(folder, stream)
            with np.load(folder / "result.npz", allow_pickle=False) as file:
                result = {name: file[name] for name in file.files}
            shutil.rmtree(folder)
            return result
        except OSError as error:
            self.stop()
            raise OutputError(f"cannot exchange files with Brian2 in {self.folder}: {error}; make room there") from None
        except BaseException:
            self.stop()
            raise

    def _request(self, folder: Path, stream: Any) -> None:
        try:
            self._input.write(f"{folder}\n")
            self._input.flush()
        except BrokenPipeError:
            pass  # the worker has ended; its output is reported below
        for line in self._output:
            if line.startswith(DONE):
                return
            if line.startswith(INTERRUPTED):
                raise KeyboardInterrupt
            if line.startswith(FAILED):
                break
            if self.target == "cuda_standalone" and not _PROGRESS.search(line):
                continue  # brian2cuda prints a line for every kernel and array
            stream.write(line)
            stream.flush()
        else:
            status = self._process.wait()
            self._errors.write(
                f"the worker process ended with status {status} (-9: killed, often for lack of memory)\n"
            )
        self._errors.flush()
        lines = (self.folder / "errors.txt").read_text(errors="replace").strip().splitlines()
        last = [line for line in lines[:-_LAST_LINES] if line.startswith("ERROR:")] + lines[
            -_LAST_LINES:
        ]  # errors of CUDA
        raise Unavailable(f'target="{self.target}" failed; its last lines:\n' + "\n".join(last))

    def is_alive(self) -> bool:
        """Return whether the process is running."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process and all processes that it started, and delete its folder."""
        try:
            if self._process.returncode is None:  # not waited for yet, so the process number is still valid
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for pipe in (self._input, self._output, self._errors):
                with suppress(BrokenPipeError):
                    pipe.close()
        finally:  # also after another Ctrl-C
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):  # closed before
                os.close(self._lock)


_WORKERS: OrderedDict[str, _Worker] = OrderedDict()  # used by the thread that holds LOCK
atexit.register(close)

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_WORKERS.clear)  # a child must neither use nor stop those of its parent
