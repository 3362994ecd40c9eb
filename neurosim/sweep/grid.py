"""Sweeps: one measurement at every point of a grid, for every network.

A sweep is a plain function and a dict of ranges:

    def measure(*, seed, network, threshold, noise_std): ... return {"recalled": 0.97, "n_trials": 1024}
    run(measure, {"threshold": [0.4, 0.5], "noise_std": [0, 1, 2]}, networks=20, seed=0, runner=Runner("noise.points"))

Every finished point is appended to a file in `points` at once, under a key made of the code, the function's name and
fixed arguments, the point, its network and seed. A run that is killed and started again measures only the missing
points, and a larger grid only the new ones. The result has the same bits on all machines with one kind of processor.

The code is that of the function's file and of all modules of `neurosim`, and of the user's own package or folder, that
it imports (`neurosim.source_code`). After a change in any of them the points are measured again; a change in a comment,
a docstring or a module that the function does not import changes nothing.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import InvalidInput, Network
from neurosim.outputs import require_writable
from neurosim.seeds import spawn_seeds
from neurosim.source_code import code_of
from neurosim.sweep.backends import HERE, Measure, Runner, Task, measured
from neurosim.sweep.points import Job, Record, described, digest, finished, plain, use
from neurosim.validation import sequence_of, takes, whole

__all__ = ["HERE", "Label", "Measure", "Runner", "run"]

Label = tuple[str, str]  # long name, units
Member = tuple[Network | None, int]  # a network, if given, and its seed


@takes(grid=Mapping, labels=Mapping, runner=Runner)
def run(
    measure: Measure,
    grid: Mapping[str, Sequence[Any] | Mapping[str, Any]],
    *,
    networks: int | Network | Sequence[Network],
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
    grid : mapping of str to sequence of numbers or strings, or to mapping of label to object
        The points are the product of the ranges. `measure` gets the values; for a range of labelled objects, such as
        functions or models, the result has the labels as its coordinate. To keep `points`, they must be of the kinds
        that `measure` may have as arguments, or classes or functions of the top level of a file.
    networks : int ≥ 1, Network or sequence of Network
        Number of independent networks, which `measure` makes from its seed; or the networks, passed as `network`.
    seed : int
        The k-th network's seed is spawned from it, and is the same at every point, so that points are compared
        pairwise.
    labels : mapping of name to (long name, units), optional
        Labels of the ranges and of the measured quantities.
    runner : Runner, optional
        Where the sweep runs and stores its points. Default: in this process, nothing is stored.

    Returns
    -------
    xarray.Dataset over the names of `grid` and network
        The numbers that `measure` returned, by name.

    Raises
    ------
    InvalidInput
        A range that is empty, repeats a value, or is called seed or network; no network; a measurement that does not
        return numbers by name; points that return other names; with `points`, a `measure` unlike the above.
    OutputError
        `points` cannot be written.
    Unavailable
        The cluster's package is not installed; the cluster does not answer, or ended a job.
    Exception
        Any error that `measure` raises, with a note that names the point.

    Examples
    --------
    >>> from neurosim.sweep import run
    >>> def measure(*, seed, a, b):
    ...     return {"sum": a + b, "parity": seed % 2}
    >>> found = run(measure, {"a": [1, 2], "b": [10, 20, 30]}, networks=4, seed=0)
    >>> dict(found.sizes), found["sum"].sel(a=2, b=30).values.tolist()
    ({'a': 2, 'b': 3, 'network': 4}, [32, 32, 32, 32])
    """
    if not callable(measure):
        raise InvalidInput(f"measure must be a function that returns numbers by name, got {measure!r}")
    axes, members = _checked(grid, networks, seed)
    if members[0][0] is not None and not _has_parameter(measure, "network"):
        raise InvalidInput("networks must be a whole number, since the measurement makes its own, got Networks")
    folder = None if runner.points is None else Path(runner.points)
    code = code_of([measure, grid]) if folder is not None or runner.uses_other_processes else {}
    task = Task(measure, code)
    jobs = _jobs(task, axes, members, keep=folder is not None)
    use(job.key for job in jobs)
    done = finished(folder, {job.key for job in jobs})
    missing = [job for job in jobs if job.key not in done]
    if folder and missing:
        require_writable(folder / ".jsonl")  # before the work, not after its first point
    hidden = None if runner.progress else True
    bar = tqdm(total=len(jobs), initial=len(done), desc="points", disable=hidden, leave=False)
    record = Record(folder) if folder and not runner.uses_submitit else None
    with bar, closing(record) if record else nullcontext(), closing(measured(task, missing, runner)) as found:
        for key, values in found:
            if isinstance(values, Exception):
                raise values
            if record:
                record.add(key, values)
            done[key] = values
            bar.update()
    dataset = _dataset(axes, len(members), [done[job.key] for job in jobs], labels or {})
    return dataset.assign_attrs(n_networks=len(members), seed=seed)


def number_or_networks(networks: Any) -> int | list[Network]:
    """Return the number of networks that a sweep draws as an int, or the given networks as a list.

    Parameters
    ----------
    networks : int, Network or sequence of Network

    Raises
    ------
    InvalidInput
        A number below 1, a sequence without networks or with other objects.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.sweep.grid import number_or_networks
    >>> number_or_networks(np.int64(20))
    20
    """
    if isinstance(networks, Network) or (isinstance(networks, Iterable) and getattr(networks, "ndim", 1)):
        return sequence_of(networks, "networks", Network, remedy="or give the number of random networks")
    return whole(networks, "networks", remedy="or give a Network or a sequence of them")


def _has_parameter(function: Any, name: str) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(one.name == name or one.kind is one.VAR_KEYWORD for one in parameters)


def _checked(
    grid: Mapping[str, Sequence[Any] | Mapping[str, Any]], networks: Any, seed: int
) -> tuple[dict[str, dict[Any, Any]], list[Member]]:
    axes = {name: _checked_range(name, values) for name, values in grid.items()}
    nets = number_or_networks(networks)
    if isinstance(nets, int):
        return axes, [(None, child) for child in spawn_seeds(seed, nets)]
    return axes, list(zip(nets, spawn_seeds(seed, len(nets)), strict=True))


def _checked_range(name: str, values: Any) -> dict[Any, Any]:
    """Return the values of a range by their labels; numbers and strings are their own labels."""
    if name in ("seed", "network"):
        raise InvalidInput(f"no range can be called {name}; seed and networks are separate arguments of a sweep")
    if isinstance(values, Mapping):
        if not values or not all(isinstance(label, str) for label in values):
            raise InvalidInput(f"the range of {name} must map labels to objects, got {values!r}")
        return dict(values)
    labels = [plain(value) for value in values] if np.iterable(values) and not isinstance(values, str) else []
    if not labels or not all(isinstance(label, (bool, int, float, str)) and label == label for label in labels):
        raise InvalidInput(f"the range of {name} must be a sequence of numbers (not NaN) or strings, got {values!r}")
    if len(set(labels)) < len(labels):
        raise InvalidInput(f"the range of {name} must not contain a value twice, got {labels}")
    return {label: label for label in labels}


def _jobs(task: Task, axes: dict[str, dict[Any, Any]], members: list[Member], keep: bool) -> list[Job]:
    """Return the jobs, networks varying fastest. Their keys start with a digest of the code, which workers check."""
    what, nets, known = "", list(range(len(members))), {name: {label: label for label in axes[name]} for name in axes}
    if keep:  # arrays are read once, not for each point
        what, nets = digest(described(task.measure)), [digest(described(net)) for net, _ in members]
        known = {name: {label: described(value) for label, value in axis.items()} for name, axis in axes.items()}
    code, jobs = digest(task.code), []
    for at in itertools.product(*axes.values()):
        place = dict(zip(axes, at, strict=True))
        for network, (net, seed) in zip(nets, members, strict=True):
            point = {"seed": seed, **{name: known[name][label] for name, label in place.items()}}
            key = f"{code}:{digest([what, network, point])}"
            jobs.append(Job(key, net, {"seed": seed, **{name: axes[name][label] for name, label in place.items()}}))
    return jobs


def _dataset(
    axes: dict[str, dict[Any, Any]], n_networks: int, results: list[dict[str, float]], labels: Mapping[str, Label]
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
    return xarray.Dataset(variables, {name: variable(name, [name], [*values]) for name, values in axes.items()})
