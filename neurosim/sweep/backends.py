"""Backends that measure the points of a sweep: this process, processes (joblib), Slurm (submitit) or Dask."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import threading
import time
import traceback
import uuid
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from neurosim import InvalidInput, Network, Unavailable, threads
from neurosim.outputs import expanded, require_writable
from neurosim.ownership import folder_of_process
from neurosim.packages import required
from neurosim.source_code import require_same_code
from neurosim.sweep.points import Job, Record, checked_values, finished
from neurosim.validation import assign

Measure = Callable[..., Mapping[str, float]]
Result = tuple[str, dict[str, float] | Exception]  # by key
Results = Generator[Result, None, None]

_IDLE_S = 30.0  # idle workers end after this time (joblib: 300) plus at most 30 s
_WATCH_S = 0.5  # between looks whether the parent lives
_DASK_S = 60  # wait for a first Dask worker; Dask waits 30 s for the scheduler
_SCHEDULERS = ("slurm", "local", "debug")  # of submitit
_DASK = ("tcp://", "tls://", "ws://", "wss://", "ucx://", "inproc://")


@dataclass(frozen=True)
class Runner:
    """Description of where a sweep runs and where it stores its finished points.

    Parameters
    ----------
    points : path, optional
        Folder of finished points, created if missing. Several sweeps can share one folder, also at the same time.
    workers : int, default 1
        Processes (joblib, one thread each), or jobs (submitit). Dask has its own workers.
    cluster : str, optional
        "slurm" (submitit; "local" and "debug" are its stand-ins), or the address of a Dask scheduler such as
        "tcp://host:8786". Default: this machine. submitit needs `points` on a disk that the nodes share: each job
        writes its points there, so that a failed job loses no finished point. Jobs continue after a sweep is killed.
    cluster_options : mapping, optional
        For submitit, for instance {"slurm_partition": "cpu", "timeout_min": 240} (default: 60 minutes a job).
    progress : bool, default False
        Whether to show a progress bar, on a terminal.

    Raises
    ------
    InvalidInput
        workers < 1; an unknown cluster; submitit without `points`.

    Examples
    --------
    >>> from neurosim.sweep import Runner
    >>> Runner("noise.points", workers=4).uses_other_processes
    True
    """

    points: str | Path | None = None
    workers: int = 1
    cluster: str | None = None
    cluster_options: Mapping[str, Any] = field(default_factory=dict)
    progress: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.workers, bool) or not isinstance(self.workers, int) or self.workers < 1:
            raise InvalidInput(f"workers must be a whole number >= 1, got {self.workers!r}")
        if self.points is not None:
            assign(self, points=expanded(self.points))
        known = isinstance(self.cluster, str) and (self.uses_submitit or self.cluster.startswith(_DASK))
        if self.cluster is not None and not known:
            raise InvalidInput(f"cluster must be one of {_SCHEDULERS}, or an address {_DASK}, got {self.cluster!r}")
        if self.uses_submitit and self.points is None:
            raise InvalidInput(f"cluster={self.cluster!r} needs points=, a folder on a disk that the nodes share")

    @property
    def uses_other_processes(self) -> bool:
        """Whether other processes do the work."""
        return self.workers > 1 or self.cluster is not None

    @property
    def uses_submitit(self) -> bool:
        """Whether `cluster` names a scheduler of submitit and no Dask address."""
        return self.cluster in _SCHEDULERS


HERE = Runner()


@dataclass(frozen=True)
class Task:
    """A measurement, and the digests of the code that it depends on (`neurosim.source_code.code_of`)."""

    measure: Measure
    code: Mapping[str, str]


def measured(task: Task, jobs: list[Job], runner: Runner) -> Results:
    """Yield points as they are finished, in any order."""
    if not jobs:
        return
    if runner.uses_submitit:
        yield from _submitit(task, jobs, runner)
    elif runner.cluster is not None:
        yield from _dask(task, jobs, runner.cluster)
    elif runner.workers > 1:
        yield from _joblib(task, jobs, runner.workers)
    else:
        for job in jobs:
            yield _one(task.measure, *job)


def _one(measure: Measure, key: str, network: Network | None, point: dict[str, Any]) -> Result:
    arguments = point if network is None else {**point, "network": network}
    try:
        with threads.single():  # the last bit of a sum depends on the number of threads
            return key, checked_values(measure(**arguments), arguments)
    except Exception as error:
        error.add_note(f"at the point {point} of the sweep; finished points are kept")
        raise


_SAME_CODE: set[str] = set()  # code digests (first parts of keys) that this process has compared
_COMPARING = threads.ProcessLock()  # Python 3.11 cannot parse source in two threads at once (python/cpython#106905)


def _elsewhere(task: Task, *job: Any) -> Result:
    """Measure a point in another process. An error is returned, so that it arrives after the finished points."""
    try:
        code = job[0].partition(":")[0]
        with _COMPARING:
            if code not in _SAME_CODE:
                require_same_code(task.code)
                _SAME_CODE.add(code)
        return _one(task.measure, *job)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return job[0], RuntimeError(traceback.format_exc())
        error.add_note(traceback.format_exc())
        return job[0], error


def _joblib(task: Task, jobs: list[Job], workers: int) -> Results:
    import joblib

    # no batches: finished points of a batch would wait for the others, and be lost with them
    options: dict[str, Any] = {"n_jobs": workers, "return_as": "generator_unordered", "batch_size": 1}
    start: dict[str, Any] = {"initializer": _begin_worker, "initargs": (os.getpid(),), "temp_folder": _shared_folder()}
    with joblib.parallel_config("loky", inner_max_num_threads=1, idle_worker_timeout=_IDLE_S, **start):
        pool: Any = joblib.Parallel(**options)
    with _without_interrupts():
        results = pool(joblib.delayed(_elsewhere)(task, *job) for job in jobs)
    try:
        for result in results:  # noqa: UP028  # `yield from` would close them first
            yield result
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".* tasks which were still being processed", UserWarning)
            results.close()


@cache
def _shared_folder() -> str:
    """Return a folder for the large arrays that workers share; the next start deletes that of a killed process.

    joblib would take a folder in /dev/shm, and nobody would delete that of a killed process.
    """
    return str(folder_of_process("neurosim-workers-"))


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold back Ctrl-C while workers start; they inherit this, and so only this process answers to it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker(parent: int) -> None:
    """Let this worker end with its parent, however that ends; it would wait for the next job, and hold its streams.

    Nothing is to be told about locks of progress bars that an ended worker held, so they are locks of threads.
    """
    tqdm.set_lock(threading.RLock())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _dask(task: Task, jobs: list[Job], address: str) -> Results:
    distributed = required("distributed", "a Dask cluster")
    try:
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=_DASK_S)
            keys, nets, points = zip(*jobs, strict=True)
            given = {id(net): net for net in nets}
            # networks are sent once, not with each point
            what, *which = client.scatter([task, *given.values()], broadcast=True, hash=False)
            there = dict(zip(given, which, strict=True))
            calls = ([what] * len(jobs), keys, [there[id(net)] for net in nets], points)
            futures = client.map(_elsewhere, *calls, pure=False, batch_size=1000)
            for batch in distributed.as_completed(futures, loop=client.loop).batches():
                yield from client.gather(batch)
                for future in batch:
                    future.release()
    except (OSError, ValueError) as error:
        remedy = f"start `dask scheduler`, `dask worker {address}`, and the sweep again; finished points are kept"
        raise Unavailable(f"no Dask cluster works at {address} ({error}); {remedy}") from None


def _submitit(task: Task, jobs: list[Job], runner: Runner) -> Results:
    submitit = required("submitit", f"cluster={runner.cluster!r}")
    points = Path(str(runner.points)).resolve()
    folder = points / "jobs" / uuid.uuid4().hex  # a new one, since job numbers are reused
    options = {"name": "neurosim", "cpus_per_task": 1, "timeout_min": 60, **runner.cluster_options}
    require_writable(folder / "job")
    folder.mkdir(mode=0o700, parents=True)  # pickles are exchanged through it
    try:
        executor = submitit.AutoExecutor(folder=folder, cluster=runner.cluster)
        executor.update_parameters(**options)
    except (AssertionError, NameError, RuntimeError, ValueError) as error:
        remedy = "start the sweep where Slurm's commands (srun, sbatch) are, with cluster_options that submitit accepts"
        raise Unavailable(f"submitit cannot start jobs on {runner.cluster!r}: {error}; {remedy}") from None
    shares = [jobs[k :: runner.workers] for k in range(min(runner.workers, len(jobs)))]
    running = executor.map_array(partial(_measure_jobs, task, points), shares)
    unseen = {job.key for job in jobs}
    while running:
        ended = [job for job in running if job.done()]
        running = [job for job in running if job not in ended]
        found = finished(points, unseen)  # also those of jobs that still run
        try:
            found |= {key: result for job in ended for key, result in job.result() if key in unseen}
        except submitit.core.utils.UncompletedJobError as error:
            remedy = "its finished points are kept; run the sweep again, with a longer timeout_min if the job timed out"
            raise Unavailable(f"a job failed ({error}); {remedy}") from None
        unseen -= set(found)
        yield from found.items()
        if running:
            time.sleep(10.0 if runner.cluster == "slurm" else 0.2)
    shutil.rmtree(folder, ignore_errors=True)


def _measure_jobs(task: Task, folder: Path, jobs: list[Job]) -> list[Result]:
    """Measure the points of one submitit job; each is stored as soon as it is finished."""
    results, record = [], Record(folder)
    for job in jobs:
        key, values = _elsewhere(task, *job)
        results.append((key, values))
        if isinstance(values, Exception):
            break
        record.add(key, values)
    record.close()
    return results
