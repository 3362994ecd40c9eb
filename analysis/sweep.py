"""Sweeps: one measurement at every point of a grid, on every network; on this machine or on a cluster.

A sweep is a plain function and a dict of ranges:

    def measure(*, seed, network, threshold, noise_std): ... return {"recalled": 0.97, "n_trials": 1024}
    run(measure, {"threshold": [0.4, 0.5], "noise_std": [0, 1, 2]}, networks=20, seed=0, runner=Runner("noise.points"))

Every finished point is appended to a file in `points` at once, under a key made of the version, the function's own
source and fixed arguments, the point, its network and seed. A run that is killed and started again measures only what
is missing, a larger grid only what is new, and the result has the same bits. What the function calls is known by the
version alone: after editing that, give another folder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import inspect
import itertools
import json
import math
import os
import pickle
import shutil
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray
from threadpoolctl import ThreadpoolController
from tqdm import tqdm

import neurosim
from analysis.statistics import spawn_seeds
from neurosim import InvalidInput, Network, OutputError, Unavailable
from neurosim.storage import require_writable

Measure = Callable[..., Mapping[str, float]]
Label = tuple[str, str]  # long name, units
Result = tuple[str, dict[str, float] | Exception]  # by key
Member = tuple[Network | None, int]  # a network, if given, and its seed
Results = Generator[Result, None, None]

_SCHEDULERS = ("slurm", "local", "debug")  # submitit's
_DASK = ("tcp://", "tls://", "ws://", "wss://", "ucx://", "inproc://")
_IDLE_S = 10.0  # workers without work, or whose parent was killed, end after this; joblib's default is 300
_SYNC_S = 1.0  # between writes to the disk itself: a kill loses no finished point, a power cut those of a second
_DASK_S = 60  # to wait for a first Dask worker; for the scheduler itself, Dask waits 30


@dataclass(frozen=True)
class Runner:
    """Where a sweep runs, and where its finished points are kept.

    Parameters
    ----------
    points : path, optional
        Folder of finished points, made if need be. Any number of sweeps can share one, also at the same time.
    workers : int, default 1
        Processes (joblib), or jobs (submitit), of one thread each if there are several. Dask has its own workers.
    cluster : str, optional
        "slurm" (submitit; "local" and "debug" are its stand-ins), or the address of a Dask scheduler such as
        "tcp://host:8786". Default: this machine. submitit needs `points` on a disk that the nodes share: each job
        writes its own points there, so that nothing finished is lost with a job. Jobs outlive a killed sweep.
    cluster_options : mapping, optional
        For submitit, for instance {"slurm_partition": "cpu", "timeout_min": 240} (default: 60 minutes a job).
    progress : bool, default False
        Show a bar, on a terminal.

    Raises
    ------
    InvalidInput
        workers < 1; an unknown cluster; submitit without `points`.
    """

    points: str | Path | None = None
    workers: int = 1
    cluster: str | None = None
    cluster_options: Mapping[str, Any] = field(default_factory=dict)
    progress: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.workers, bool) or not isinstance(self.workers, int) or self.workers < 1:
            raise InvalidInput(f"workers must be a whole number >= 1, got {self.workers!r}")
        if self.cluster is not None and not self.uses_submitit and not self.cluster.startswith(_DASK):
            raise InvalidInput(f"cluster must be one of {_SCHEDULERS}, or an address {_DASK}, got {self.cluster!r}")
        if self.uses_submitit and self.points is None:
            raise InvalidInput(f"cluster={self.cluster!r} needs points=, a folder on a disk that the nodes share")

    @property
    def uses_submitit(self) -> bool:
        """Whether `cluster` names a scheduler of submitit's, not a Dask address."""
        return self.cluster in _SCHEDULERS


HERE = Runner()


class _Job(NamedTuple):
    key: str
    network: Network | None
    point: dict[str, Any]  # with its seed


def run(
    measure: Measure,
    grid: Mapping[str, Sequence[Any]],
    *,
    networks: int | Sequence[Network],
    seed: int,
    labels: Mapping[str, Label] | None = None,
    runner: Runner = HERE,
) -> xarray.Dataset:
    """Call ``measure(seed=…, [network=…,] **point)`` at every point of the grid, for every network.

    Parameters
    ----------
    measure : callable
        Returns numbers by name, the same names at every point. To keep `points`: a function that a file defines at
        its top level, or a `functools.partial` of one with numbers, strings, arrays, Networks, dataclasses.
    grid : mapping of str to sequence of numbers or strings
        The points are the product of the ranges.
    networks : int ≥ 1, or sequence of Network
        How many independent networks `measure` makes from its seed; or the networks, passed as `network`.
    seed : int
        The k-th network's seed is spawned from it, and is the same at every point, so that points are compared
        pairwise.
    labels : mapping of name to (long name, units), optional
        For the ranges and for what is measured.
    runner : Runner, default `HERE`: in this process, nothing kept

    Returns
    -------
    xarray.Dataset over (*grid, network)
        What `measure` returned, by name.

    Raises
    ------
    InvalidInput
        A range that is empty, repeats a value, or is called seed or network; no network; a measurement that is not a
        number by a name of its own; points that return other names; with `points`, a `measure` unlike the above.
    OutputError
        `points` cannot be written.
    Unavailable
        The cluster does not answer, or ended a job.
    ImportError
        The cluster's package is not installed.
    Exception
        Whatever `measure` raises, with a note that names the point.
    """
    axes, members = _checked(grid, networks, seed)
    folder = None if runner.points is None else Path(runner.points)
    jobs = _jobs(measure, axes, members, keep=folder is not None)
    done = _finished(folder, {job.key for job in jobs})
    missing = [job for job in jobs if job.key not in done]
    if folder and missing:
        require_writable(folder / "points")  # before the work, not after its first point
    hidden = None if runner.progress else True
    bar = tqdm(total=len(jobs), initial=len(done), desc="points", disable=hidden, leave=False)
    record = _Record(folder) if folder and not runner.uses_submitit else None
    with bar, closing(_measured(measure, missing, runner)) as found:
        for key, values in found:
            if isinstance(values, Exception):
                raise values
            if record:
                record.add(key, values)
            done[key] = values
            bar.update()
    dataset = _dataset(axes, len(members), [done[job.key] for job in jobs], labels or {})
    return dataset.assign_attrs(n_networks=len(members), seed=seed)


def _checked(
    grid: Mapping[str, Sequence[Any]], networks: int | Sequence[Network], seed: int
) -> tuple[dict[str, list[Any]], list[Member]]:
    axes = {name: _checked_range(name, values) for name, values in grid.items()}
    if isinstance(networks, int) and not isinstance(networks, bool):
        if networks < 1:
            raise InvalidInput(f"networks must be at least 1, got {networks}")
        return axes, [(None, child) for child in spawn_seeds(seed, networks)]
    nets = list(networks) if isinstance(networks, Sequence) else []
    if not nets or not all(isinstance(net, Network) for net in nets):
        raise InvalidInput("networks must be a number of networks or a non-empty sequence of Networks")
    return axes, list(zip(nets, spawn_seeds(seed, len(nets)), strict=True))


def _checked_range(name: str, values: Any) -> list[Any]:
    if name in ("seed", "network"):
        raise InvalidInput(f"no range can be called {name}; a sweep's seed and networks are arguments of their own")
    values = [_plain(value) for value in values] if np.iterable(values) and not isinstance(values, str) else []
    if not values or not all(isinstance(value, (bool, int, float, str)) and value == value for value in values):
        raise InvalidInput(f"the range of {name} must be a sequence of numbers (not NaN) or strings, got {values}")
    if len(set(values)) < len(values):
        raise InvalidInput(f"the range of {name} must hold no value twice, got {values}")
    return values


def _plain(value: Any) -> Any:
    """Return a numpy number as Python's, so that equal points have equal keys; NaN loses its sign, as in JSON."""
    value = value.item() if isinstance(value, np.generic) else value
    return math.nan if isinstance(value, float) and math.isnan(value) else value


def _jobs(measure: Measure, axes: dict[str, list[Any]], members: list[Member], keep: bool) -> list[_Job]:
    """Return the jobs, networks varying fastest. Their keys start with the version, which every worker checks."""
    what, nets = "", list(range(len(members)))
    if keep:  # arrays are read here, not once a point
        what, nets = _digest(_described(measure)), [_digest(_described(net)) for net, _ in members]
    jobs = []
    for at in itertools.product(*axes.values()):
        for described, (net, seed) in zip(nets, members, strict=True):
            point = {"seed": seed, **dict(zip(axes, at, strict=True))}
            key = f"{neurosim.__version__}:{_digest([what, described, point])}"
            jobs.append(_Job(key, net, point))
    return jobs


def _digest(description: Any) -> str:
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:32]


def _described(value: Any) -> Any:
    """Return what stands for a value in a key: itself, or a digest of all that it holds."""
    value = _plain(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, partial):
        return [_described(value.func), _described(value.args), _described(value.keywords)]
    if isinstance(value, Mapping):
        return {str(name): _described(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_described(item) for item in value]
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return [str(value.dtype), list(value.shape), hashlib.sha256(value.tobytes()).hexdigest()]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):  # a Network's provenance changes no result
        held = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name != "provenance"}
        return [type(value).__qualname__, _described(held)]
    if inspect.isfunction(value) and "<" not in value.__qualname__:  # not a lambda, nor defined in a function
        with suppress(OSError):
            return [value.__module__, value.__qualname__, inspect.getsource(value)]
    raise InvalidInput(
        f"{value!r} cannot be told from others when a sweep is resumed; give a function from the top level of a file, "
        "with numbers, strings, arrays, Networks or dataclasses as its fixed arguments, or leave out points="
    )


class _Record:
    """Appends finished points to a file of its own, one line each; a line torn by a kill is passed over later."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{uuid.uuid4().hex}.jsonl"
        self.synced = 0.0

    def add(self, key: str, values: Mapping[str, float]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "values": values}) + "\n")
                file.flush()
                if time.monotonic() - self.synced > _SYNC_S:
                    os.fsync(file.fileno())
                    self.synced = time.monotonic()
        except OSError as error:
            raise OutputError(f"cannot keep a point in {self.path}: {error.strerror}; make room, run again") from None


def _finished(folder: Path | None, wanted: set[str]) -> dict[str, dict[str, float]]:
    found = {}
    for path in sorted(folder.glob("*.jsonl")) if folder else []:
        for line in path.read_bytes().splitlines() if path.is_file() else []:
            with suppress(ValueError, TypeError, KeyError, RecursionError):  # torn, or not ours
                entry = json.loads(line)
                if entry["key"] in wanted:
                    found[entry["key"]] = _checked_values(entry["values"], {})
    return found


def _measured(measure: Measure, jobs: list[_Job], runner: Runner) -> Results:
    """Yield points as they are finished, in any order."""
    if not jobs:
        return
    if runner.uses_submitit:
        yield from _submitit(measure, jobs, runner)
    elif runner.cluster is not None:
        yield from _dask(measure, jobs, runner.cluster)
    elif runner.workers > 1:
        yield from _joblib(measure, jobs, runner.workers)
    else:
        for job in jobs:
            yield _one(measure, *job)


def _one(measure: Measure, key: str, network: Network | None, point: dict[str, Any]) -> Result:
    version = key.partition(":")[0]
    if version != neurosim.__version__:
        raise Unavailable(f"a worker has neurosim {neurosim.__version__}, the sweep {version}; install one version")
    given = point if network is None else {**point, "network": network}
    try:
        with _libraries(len(sys.modules)).limit(limits=1):  # sums differ in the last bit with the number of threads
            return key, _checked_values(measure(**given), given)
    except Exception as error:
        error.add_note(f"at the point {point} of the sweep; what was finished before is kept")
        raise


@lru_cache(maxsize=1)
def _libraries(n_imported: int) -> ThreadpoolController:
    """Return the control of BLAS and OpenMP, found anew (5 ms) when modules were imported."""
    return ThreadpoolController()


def _elsewhere(measure: Measure, *job: Any) -> Result:
    """Do `_one` in another process. An error is returned, so that it comes whole, and after what was finished."""
    try:
        return _one(measure, *job)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return job[0], RuntimeError(traceback.format_exc())
        error.add_note(traceback.format_exc())
        return job[0], error


def _checked_values(values: Any, given: Mapping[str, Any]) -> dict[str, float]:
    if not isinstance(values, Mapping):
        raise InvalidInput(f"a sweep's measurement must return numbers by name, got {values!r}")
    values = {name: _plain(value) for name, value in values.items()}
    for name, value in values.items():
        if not isinstance(name, str) or name in {*given, "network"}:
            raise InvalidInput(f"a measurement must have a name, and not that of an argument, got {name!r}")
        if not isinstance(value, (bool, int, float)):
            raise InvalidInput(f"a sweep's measurement must return numbers, got {name} = {value!r}")
    return values


def _joblib(measure: Measure, jobs: list[_Job], workers: int) -> Results:
    import joblib

    # no batches: points finished in one would wait for the rest of it, and be lost with it
    options: dict[str, Any] = {"n_jobs": workers, "return_as": "generator_unordered", "batch_size": 1}
    with joblib.parallel_config("loky", inner_max_num_threads=1, idle_worker_timeout=_IDLE_S):
        pool: Any = joblib.Parallel(**options)
    yield from pool(joblib.delayed(_elsewhere)(measure, *job) for job in jobs)


def _dask(measure: Measure, jobs: list[_Job], address: str) -> Results:
    distributed = _package("distributed", "a Dask cluster")
    try:
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=_DASK_S)
            keys, nets, points = zip(*jobs, strict=True)
            given = {id(net): net for net in nets}
            # large things travel once, not once a point
            what, *which = client.scatter([measure, *given.values()], broadcast=True, hash=False)
            there = dict(zip(given, which, strict=True))
            calls = ([what] * len(jobs), keys, [there[id(net)] for net in nets], points)
            futures = client.map(_elsewhere, *calls, pure=False, batch_size=1000)
            for batch in distributed.as_completed(futures, loop=client.loop).batches():
                yield from client.gather(batch)
                for future in batch:
                    future.release()
    except (OSError, ValueError) as error:
        remedy = f"start `dask scheduler`, `dask worker {address}`, and the sweep again; what was finished is kept"
        raise Unavailable(f"no Dask cluster works at {address} ({error}); {remedy}") from None


def _submitit(measure: Measure, jobs: list[_Job], runner: Runner) -> Results:
    submitit = _package("submitit", f"cluster={runner.cluster!r}")
    points = Path(str(runner.points)).resolve()
    folder = points / "jobs" / uuid.uuid4().hex  # of its own: job numbers come again
    options = {"name": "neurosim", "cpus_per_task": 1, "timeout_min": 60, **runner.cluster_options}
    try:
        executor = submitit.AutoExecutor(folder=folder, cluster=runner.cluster)
        executor.update_parameters(**options)
    except (AssertionError, NameError, RuntimeError, ValueError) as error:
        remedy = "start the sweep where Slurm's commands (srun, sbatch) are, with cluster_options that submitit knows"
        raise Unavailable(f"submitit cannot start jobs on {runner.cluster!r}: {error}; {remedy}") from None
    shares = [jobs[k :: runner.workers] for k in range(min(runner.workers, len(jobs)))]
    running = executor.map_array(partial(_share, measure, points), shares)
    unseen = {job.key for job in jobs}
    while running:
        ended = [job for job in running if job.done()]
        running = [job for job in running if job not in ended]
        found = _finished(points, unseen)  # also those of jobs that still run
        try:
            found |= {key: result for job in ended for key, result in job.result() if key in unseen}
        except submitit.core.utils.UncompletedJobError as error:
            remedy = "what it finished is kept; run the sweep again, with a longer timeout_min if its time was up"
            raise Unavailable(f"a job broke off ({error}); {remedy}") from None
        unseen -= set(found)
        yield from found.items()
        if running:
            time.sleep(10.0 if runner.cluster == "slurm" else 0.2)
    shutil.rmtree(folder, ignore_errors=True)


def _share(measure: Measure, folder: Path, jobs: list[_Job]) -> list[Result]:
    """Measure a submitit job's share of the points, each on disk as soon as it is finished."""
    results, record = [], _Record(folder)
    for job in jobs:
        key, values = _elsewhere(measure, *job)
        results.append((key, values))
        if isinstance(values, Exception):
            break
        record.add(key, values)
    return results


def _package(name: str, what: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(f"{what} needs the package {name}; pip install 'neurosim[cluster]'") from None


def _dataset(
    axes: dict[str, list[Any]], n_networks: int, results: list[dict[str, float]], labels: Mapping[str, Label]
) -> xarray.Dataset:
    names = list(results[0])
    for values in results:
        if set(values) != set(names):
            raise InvalidInput(f"every point must return the same names, got {names} and {list(values)}")
    sizes = {**{name: len(values) for name, values in axes.items()}, "network": n_networks}

    def variable(name: str, dims: Any, values: list[Any]) -> tuple[Any, ...]:
        long_name, units = labels.get(name, (name.replace("_", " "), "1"))
        return dims, np.array(values).reshape([sizes[dim] for dim in dims]), {"long_name": long_name, "units": units}

    variables = {name: variable(name, [*sizes], [values[name] for values in results]) for name in names}
    return xarray.Dataset(variables, {name: variable(name, [name], values) for name, values in axes.items()})
