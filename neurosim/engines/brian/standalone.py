"""Run as a compiled program, C++ or CUDA (Brian2's standalone devices), built and run by a process of its own.

Brian2 keeps its device, preferences and generated code per process; a private process with a private folder
leaves the user's alone, and two recalls never meet. A worker process holds one compiled program and stays for
the next request with the same structure (`Job.structure`), so a sweep compiles once; what it compiled is also kept
on disk (`neurosim.engines.brian.programs`). Arrays travel as .npz without pickles, the rest as JSON.
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
import tempfile
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

import neurosim
from neurosim.engines.brian import cuda as cuda_tools
from neurosim.engines.brian.compilers import requires_compiler
from neurosim.engines.brian.job import Job
from neurosim.engines.brian.worker import DONE, FAILED, TIMES, write_job
from neurosim.errors import InvalidInput, Unavailable

_LAST_LINES = 15
_PROGRESS = re.compile("^Starting simulation|simulated in")  # what Brian2's report prints
_MOST_WORKERS = 3  # each holds Brian2 and a generated program, about 200 MB


def cpp(job: Job, *, codegen: str, report: Any, report_period: float) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the final arrays of `Job.read` and what to say in attrs.

    Parameters
    ----------
    job : Job
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
    requires_compiler('target="cpp_standalone"', make=True)
    return _simulate(job, "cpp_standalone", codegen, report, report_period)


def cuda(job: Job, *, codegen: str, report: Any, report_period: float) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Do what `cpp` does on a GPU.

    Raises
    ------
    InvalidInput
        As `cpp`.
    Unavailable
        No brian2cuda, nvcc or GPU; or the program could not be built or run.
    """
    cuda_tools.requires_cuda()
    return _simulate(job, "cuda_standalone", codegen, report, report_period)


def close() -> None:
    """Stop all workers and delete their folders; also done when Python ends."""
    with _LOCK:
        while _WORKERS:
            _WORKERS.popitem()[1].stop()


def _simulate(
    job: Job, target: str, codegen: str, report: Any, report_period: float
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    if codegen != "auto":
        raise InvalidInput(f'codegen is for target="runtime"; target="{target}" takes "auto", got {codegen!r}')
    if report not in (None, "text", "stdout", "stderr"):
        raise InvalidInput(f'report must be None, "text", "stdout" or "stderr" for target="{target}", got {report!r}')
    options = {"report": report and "stdout", "report_period": report_period}  # one pipe back; we choose the stream
    key = json.dumps([os.getpid(), target, job.structure(), options], sort_keys=True)
    with _LOCK:
        worker = _WORKERS.pop(key, None)
        if worker is not None and not worker.is_alive():
            worker.stop()
            worker = None
        worker = worker or _Worker(target)
        arrays = worker.do(job, options, sys.stderr if report == "stderr" else sys.stdout)  # stops it if it fails
        _WORKERS[key] = worker
        while len(_WORKERS) > _MOST_WORKERS:
            _WORKERS.popitem(last=False)[1].stop()
    how = {name: float(arrays.pop(name)) for name in TIMES}
    return arrays, {"codegen": "cuda" if target == "cuda_standalone" else "cpp", **how}


class _Worker:
    """A process that builds a program at its first job and runs it again for the next ones."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.folder = Path(tempfile.mkdtemp(prefix="neurosim-brian-"))
        self._count = 0
        package = str(Path(neurosim.__file__).parents[1])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(self.folder)}  # logs and all go with the folder
        environment["PYTHONHASHSEED"] = "0"  # Brian2 writes sets in their order; the same source is compiled once
        self._errors = open(self.folder / "errors.txt", "w")  # noqa: SIM115  # closed by stop
        # A process group of its own, so that stopping it stops make and the program too.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "neurosim.engines.brian.worker", str(self.folder), target, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
            start_new_session=True,
        )

    def do(self, job: Job, options: dict[str, Any], stream: Any) -> dict[str, np.ndarray]:
        """Run one job; if anything goes wrong the worker is gone."""
        try:
            self._count += 1
            folder = self.folder / f"job{self._count}"
            folder.mkdir()
            write_job(job, options, folder)
            self._ask(folder, stream)
            with np.load(folder / "result.npz", allow_pickle=False) as file:
                result = {name: file[name] for name in file.files}
            shutil.rmtree(folder)
            return result
        except BaseException:
            self.stop()
            raise

    def _ask(self, folder: Path, stream: Any) -> None:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(f"{folder}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it died; what it said is below
        for line in self._process.stdout:
            if line.startswith(DONE):
                return
            if line.startswith(FAILED):
                break
            if self.target == "cuda_standalone" and not _PROGRESS.search(line):
                continue  # brian2cuda tells of every kernel and array
            stream.write(line)
            stream.flush()
        else:
            status = self._process.wait()
            self._errors.write(f"its process ended by itself, with status {status} (-9: killed, often for memory)\n")
        self._errors.flush()
        lines = (self.folder / "errors.txt").read_text(errors="replace").strip().splitlines()
        last = [line for line in lines[:-_LAST_LINES] if line.startswith("ERROR:")] + lines[-_LAST_LINES:]  # CUDA's own
        raise Unavailable(f'target="{self.target}" failed; its last lines:\n' + "\n".join(last))

    def is_alive(self) -> bool:
        """Return whether the process is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process and all that it started, and delete its folder."""
        if self._process.returncode is None:  # nobody has waited for it, so the number is still its own
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            try:
                if pipe:
                    pipe.close()
            except BrokenPipeError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


_LOCK = threading.RLock()
_WORKERS: OrderedDict[str, _Worker] = OrderedDict()
atexit.register(close)


def _forget() -> None:
    """Let a forked child have workers of its own: it must not stop, or talk to, its parent's."""
    global _LOCK
    _LOCK = threading.RLock()
    _WORKERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
