"""Sweeps run in processes and on clusters, or killed and resumed, give the bits of one plain run."""

import importlib.util
import os
import sys
import threading
import time
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sweep_cases import (
    GRID,
    NET,
    RECALL,
    Log,
    in_a_script,
    needs_dask,
    needs_submitit,
    saved,
    strange,
)
from threadpoolctl import threadpool_info, threadpool_limits

from neurosim import InvalidInput, Network, Unavailable
from neurosim.engines import Brian
from neurosim.measure.recall.trials import recalled_share
from neurosim.sweep import backends as sweep_backends
from neurosim.sweep.grid import Runner, run


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "log")


# Elsewhere


@pytest.fixture(scope="module")
def plain():
    """What this process measures: `RECALL` with a Network object and arrays among its fixed arguments."""
    return run(RECALL, GRID, networks=[NET], seed=0)


@pytest.fixture(scope="module")
def dask():
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(host="127.0.0.1", **options) as cluster:
        yield Runner(cluster=cluster.scheduler_address)


def test_the_bits_do_not_depend_on_the_number_of_threads(plain):
    for threads in (1, 2):
        with threadpool_limits(threads):
            assert run(RECALL, GRID, networks=[NET], seed=0).identical(plain)
            assert blas_threads() == [threads] * len(blas_threads())  # and the caller's setting is as it was
    assert 0 < plain.recalled.min() < plain.recalled.max() and (plain.settle_time > 0).all()


def test_two_processes_give_the_same_bits(plain, tmp_path):
    data = run(RECALL, GRID, networks=[NET], seed=0, runner=Runner(tmp_path / "points", workers=2))
    assert saved(data, tmp_path) == saved(plain, tmp_path)
    assert saved(run(RECALL, GRID, networks=[NET], seed=0, runner=Runner(tmp_path / "points")), tmp_path) == saved(
        plain, tmp_path
    )


@needs_dask
def test_a_dask_cluster_gives_the_same_bits(plain, dask, tmp_path):
    assert saved(run(RECALL, GRID, networks=[NET], seed=0, runner=dask), tmp_path) == saved(plain, tmp_path)


@pytest.fixture(scope="module")
def four_threads():
    """Two Dask workers with four threads each, none of which is the main thread of its process."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 4, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(host="127.0.0.1", **options) as cluster:
        yield Runner(cluster=cluster.scheduler_address)


BRIAN = {"n_cues": 4, "n_hidden": 3, "visible_per_hidden": 8, "duration": 3e-3}


@needs_dask
@pytest.mark.slow
def test_four_threads_of_each_dask_worker_give_the_same_bits(plain, four_threads, tmp_path):
    runner = replace(four_threads, points=tmp_path / "points")
    assert saved(run(RECALL, GRID, networks=[NET], seed=0, runner=runner), tmp_path) == saved(plain, tmp_path)


@needs_dask
@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(Brian(codegen="numpy"), marks=pytest.mark.slow),
        # Brian2 has one generator of random numbers in a process, for the cells of all its threads
        pytest.param(Brian(cells="poisson", codegen="numpy"), marks=pytest.mark.slow),
    ],
    ids=["rate", "poisson"],
)
def test_brian2_in_four_threads_of_two_dask_workers_gives_the_same_bits(four_threads, engine):
    measure = partial(share_and_thread, engine=engine)
    grid = {"noise_std": [0.0, 1.0, 2.0, 3.0], "threshold": [0.3, 0.5]}
    here, there = (run(measure, grid, networks=1, seed=0, runner=runner) for runner in (Runner(), four_threads))
    where = ["process", "thread"]
    assert there.drop_vars(where).identical(here.drop_vars(where))
    threads = {(process, thread) for process, thread in zip(*(there[name].values.flat for name in where), strict=True)}
    assert len({process for process, _ in threads}) == 2 and len(threads) > 4


def share_and_thread(*, seed, engine, **point):
    shares = recalled_share(seed=seed, engine=engine, **BRIAN, **point)
    return shares | {"process": os.getpid(), "thread": threading.get_ident() % 2**31}


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@needs_dask
def test_large_networks_go_to_a_dask_cluster_once(dask):
    nets = [Network.gaussian(150_000, 10, seed=k) for k in range(2)]  # 12 MB; Dask warns of 10 MB in one task
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = run(first_weight, {"a": range(10)}, networks=nets, seed=0, runner=dask)
    assert (data.weight == [net.weights[0, 0] for net in nets]).all()
    assert len(np.unique(data.pid)) == 2  # both workers worked


def first_weight(*, seed, network, a):
    time.sleep(0.02)
    return {"weight": network.weights[0, 0], "pid": os.getpid()}


@needs_dask
def test_a_dask_scheduler_or_its_workers_that_are_not_there_are_named(monkeypatch):
    import dask.config as dask
    import distributed

    monkeypatch.setattr(sweep_backends, "_DASK_S", 0.5)
    patience = dask.set({"distributed.comm.timeouts.connect": "500ms"})
    with patience, pytest.raises(Unavailable, match="dask scheduler"):
        run(strange, {"a": [1]}, networks=1, seed=0, runner=Runner(cluster="tcp://127.0.0.1:1"))
    idle = distributed.LocalCluster(n_workers=0, dashboard_address=":0", host="127.0.0.1")
    with idle, pytest.raises(Unavailable, match=r"dask worker tcp://127\.0\.0\.1"):
        run(strange, {"a": [1]}, networks=1, seed=0, runner=Runner(cluster=idle.scheduler_address))


@needs_submitit
@pytest.mark.parametrize("cluster", ["debug", pytest.param("local", marks=pytest.mark.slow)])
def test_submitit_gives_the_same_bits(cluster, plain, tmp_path):
    runner = Runner(tmp_path / "points", workers=2, cluster=cluster)
    data = run(RECALL, GRID, networks=[NET], seed=0, runner=runner)
    assert saved(data, tmp_path) == saved(plain, tmp_path)
    assert len(list((tmp_path / "points").glob("*.jsonl"))) == 2  # a file for each job, written by the job
    assert run(RECALL, GRID, networks=[NET], seed=0, runner=Runner(tmp_path / "points")).identical(plain)


@needs_submitit
def test_a_missing_slurm_and_unknown_options_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for cluster, options, message in (("slurm", {}, "srun"), ("local", {"colour_of": "red"}, "colour")):
        runner = Runner(tmp_path / "points", cluster=cluster, cluster_options=options)
        with pytest.raises(Unavailable, match=message):
            run(strange, {"a": [1]}, networks=1, seed=0, runner=runner)


@pytest.mark.parametrize("cluster, package", [("tcp://127.0.0.1:1", "distributed"), ("slurm", "submitit")])
def test_a_missing_package_names_the_extra(cluster, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(Unavailable, match=rf"{package}.*neurosim-memory\[cluster\]"):
        run(strange, {"a": [1]}, networks=1, seed=0, runner=Runner(tmp_path / "points", cluster=cluster))


class Untransportable(Exception):
    def __init__(self, what, value):
        super().__init__(f"{what} is {value}")


def failing(*, seed, a, how):
    if a == 3 and how == "plain":
        raise InvalidInput("a must not be 3")
    if a == 3:
        raise Untransportable("a", 3)
    return {"x": a}


@pytest.mark.parametrize("where", ["joblib", "dask", "debug", pytest.param("local", marks=pytest.mark.slow)])
def test_an_error_in_another_process_is_raised_with_its_point(where, tmp_path, request, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # a job imports what it measures
    runner = Runner(tmp_path / "points", workers=2)
    if where == "dask":
        runner = Runner(tmp_path / "points", cluster=request.getfixturevalue("dask").cluster)
    elif where != "joblib":
        pytest.importorskip("submitit")
        runner = Runner(tmp_path / "points", workers=2, cluster=where)
    with pytest.raises(InvalidInput, match="must not be 3") as error:
        run(partial(failing, how="plain"), {"a": range(6)}, networks=1, seed=0, runner=runner)
    notes = "".join(error.value.__notes__)
    assert "'a': 3" in notes and "in failing" in notes  # the point, and the worker's own traceback
    with pytest.raises((RuntimeError, Untransportable), match="a is 3") as error:
        run(partial(failing, how="odd"), {"a": range(6)}, networks=1, seed=0, runner=runner)
    assert "'a': 3" in "".join([str(error.value), *getattr(error.value, "__notes__", [])])


def test_closures_run_in_other_processes_without_stored_points(request):
    runners = [Runner(workers=2)]
    if importlib.util.find_spec("distributed"):
        runners.append(request.getfixturevalue("dask"))
    for runner in runners:
        data = run(lambda *, seed, a, k=runner: {"x": 2 * a}, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
        assert list(data.x.values[:, 0]) == [2, 4]


# Killed

SWEEP = """
import os, random, signal, sys, threading, time
from functools import partial
from tqdm import tqdm
from neurosim.sweep.grid import Runner, run
from neurosim.measure.recall.trials import recalled_share
from neurosim import save_result

GRID = {"n_hidden": [3, 4, 5], "visible_per_hidden": [4, 8], "noise_std": [0.0, 1.0]}  # 12 points a network
PIPE = os.path.abspath("pipe")

def measure(*, pipe, **point):
    with open(pipe, "wb") as file:
        file.write(b".")
    time.sleep(0.025)  # so that a kill meets the work, and not only what is around it
    return recalled_share(n_cues=64, **point)

def sweep(points, workers, networks, path):
    runner = Runner(points, workers=workers)
    save_result(run(partial(measure, pipe=PIPE), GRID, networks=networks, seed=1, runner=runner), path)

def start(*arguments):
    child = os.fork()
    if not child:
        tqdm.set_lock(threading.RLock())  # tqdm's own is shared by forks, and stays locked where one is killed in it
        os.setpgid(0, 0)
        sweep(*arguments)
        os._exit(0)
    return child

def main(workers, networks, kills, most):
    os.mkfifo(PIPE)
    pipe = os.open(PIPE, os.O_RDWR)
    rest = lambda: len(os.read(pipe, 1 << 16)) - 1 if os.write(pipe, b".") else 0
    recalled_share(seed=0, n_hidden=3, visible_per_hidden=4, n_cues=4)  # compiled before the first life
    before, moments = 0, random.Random(0)
    for life in range(kills):
        child = start("points", workers, networks, "killed.nc")
        for point in range(moments.randint(1, most)):
            before += len(os.read(pipe, 1))
        time.sleep(moments.uniform(0, 0.04))
        os.killpg(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it was finished before it was killed"
        before += rest()
    together = [start("points", 1, networks, path) for path in ("killed.nc", "beside.nc")]  # two at once, in one folder
    assert [os.waitpid(child, 0)[1] for child in together] == [0, 0]
    after = rest()
    sweep("other", 1, networks, "plain.nc")
    print(before, after, rest())

if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
"""


# with each of the kills at a random moment after 1 … `most` points
@pytest.mark.parametrize(
    "workers, networks, kills, most",
    [pytest.param(*case, marks=pytest.mark.slow) for case in ((2, 3, 2, 10), (1, 6, 20, 4), (2, 24, 20, 14))],
)
def test_a_sweep_killed_at_random_moments_and_resumed_gives_the_same_file(workers, networks, kills, most, tmp_path):
    done = in_a_script(SWEEP, tmp_path, workers, networks, kills, most)
    before, after, plain = map(int, done.split())
    in_hand = kills * (1 if workers == 1 else 2 * workers)  # all that the lives can lose of what they began
    assert plain == 12 * networks and before > in_hand
    assert plain - before <= after <= 2 * (plain - before + in_hand)
    killed, beside, never = ((tmp_path / name).read_bytes() for name in ("killed.nc", "beside.nc", "plain.nc"))
    assert killed == beside == never


ORPHANS = """
import os, select, signal, sys, time
from neurosim.sweep.grid import Runner, run

def measure(*, seed, a):
    time.sleep(0.05)
    with open("pids", "a") as file:
        file.write(f"{os.getpid()}\\n")
    return {"x": a}

def pids():
    return set(map(int, open("pids").read().split())) if os.path.exists("pids") else set()

def has_ended(pid):
    try:
        return bool(select.select([os.pidfd_open(pid)], [], [], 20)[0])
    except ProcessLookupError:
        return True

if __name__ == "__main__":
    child = os.fork()
    if not child:
        run(measure, {"a": range(2000)}, networks=1, seed=0, runner=Runner("points", workers=2))
    workers = set()
    while len(workers) < 2:
        time.sleep(0.5)
        workers = pids()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(len(workers), all(map(has_ended, workers)))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes that are not its children, as Linux can")
def test_workers_whose_sweep_was_killed_end_with_it(tmp_path):
    assert in_a_script(ORPHANS, tmp_path).split() == ["2", "True"]
