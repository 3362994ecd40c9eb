"""Sweeps: killed and resumed, spoilt, shared, or run elsewhere, they give the bits of one plain run."""

import importlib.util
import io
import json
import os
import runpy
import subprocess
import sys
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import neurosim
from analysis import sweep_backends, sweep_points
from analysis.statistics import spawn_seeds
from analysis.sweep import Runner, run
from analysis.trials import Damage, recalled_share
from neurosim import InvalidInput, Network, OutputError, Sigmoid, Unavailable, load_result, save_result

needs_dask = pytest.mark.skipif(not importlib.util.find_spec("distributed"), reason="distributed is not installed")
needs_submitit = pytest.mark.skipif(not importlib.util.find_spec("submitit"), reason="submitit is not installed")

NET = Network.gaussian(14_000, 10, seed=3)  # 1.1 MB: joblib hands it over as a memory map
RECALL = partial(recalled_share, n_cues=200, targets=np.random.default_rng(4).random((300, 10)) < 0.5)
GRID = {"threshold": [0.4, 0.5], "noise_std": [0, 2.0, 8.0]}


def saved(data, folder):
    path = folder / "result.nc"
    save_result(data, path)
    return path.read_bytes()


class Log:
    """What was measured, in whatever process: one line a point."""

    def __init__(self, path):
        self.path = str(path)

    def taken(self):
        """Return the points measured since the last look."""
        lines = Path(self.path).read_text().splitlines() if os.path.exists(self.path) else []
        Path(self.path).write_text("")
        return [tuple(json.loads(line)) for line in lines]


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "log")


def logged(*, log, seed, a=0, b=0, network=None, extra=None, fails_at=None):
    with open(log, "a") as file:
        file.write(json.dumps([a, b]) + "\n")
    if fails_at is not None and a == fails_at:
        raise ZeroDivisionError("a is wrong")
    size = 0 if network is None else network.n_hidden
    return {"value": a + 10 * b + 100 * size, "seed_end": seed % 1000, "odd": bool(seed % 2)}


def other(*, log, seed, a=0, b=0):
    return logged(log=log, seed=seed, a=a, b=b)


def word_length(*, seed, word=""):
    return {"length": len(word)}


def strange(*, seed, a):
    return {"value": [np.copysign(np.nan, -1), np.inf, -np.inf, -0.0, 0.1 + 0.2][a], "whole": 2**60 + a}


# What a sweep is


def test_every_value_stands_at_its_point(log, tmp_path):
    labels = {"a": ("length", "m"), "value": ("sum", "m")}
    grid = {"a": np.array([1.5, 2.5]), "b": range(3)}
    data = run(partial(logged, log=log.path), grid, networks=4, seed=7, labels=labels)
    assert dict(data.sizes) == {"a": 2, "b": 3, "network": 4} and data.value.dims == ("a", "b", "network")
    for i, j, k in np.ndindex(2, 3, 4):
        assert data.value[i, j, k] == [1.5, 2.5][i] + 10 * j
        assert data.seed_end[i, j, k] == spawn_seeds(7, 4)[k] % 1000
    assert (data.value.dtype, data.seed_end.dtype, data.odd.dtype) == (float, int, bool)
    assert data.attrs == {"n_networks": 4, "seed": 7}
    assert data.a.attrs == {"long_name": "length", "units": "m"} and data.value.attrs["long_name"] == "sum"
    assert all({"long_name", "units"} <= set(v.attrs) for v in data.variables.values())
    saved(data, tmp_path)
    assert load_result(tmp_path / "result.nc").identical(data)


def test_a_range_of_words_and_no_range_at_all():
    data = run(word_length, {"word": ["ja", "nein"]}, networks=1, seed=0)
    assert data.length.sel(word="nein", network=0) == 4
    assert run(word_length, {}, networks=3, seed=0).length.dims == ("network",)


def test_nan_infinity_and_whole_numbers_come_back_from_the_file_with_all_their_bits(tmp_path):
    runner = Runner(tmp_path / "points")
    fresh, again = (run(strange, {"a": range(5)}, networks=1, seed=0, runner=runner) for _ in range(2))
    assert (
        saved(fresh, tmp_path)
        == saved(again, tmp_path)
        == saved(run(strange, {"a": range(5)}, networks=1, seed=0), tmp_path)
    )
    assert list(fresh.value.values[1:3, 0]) == [np.inf, -np.inf] and np.signbit(fresh.value.values[3, 0])
    assert np.isnan(fresh.value.values[0, 0]) and fresh.whole.values[4, 0] == 2**60 + 4


WRONG = {
    "an empty range": {"grid": {"a": []}},
    "a value twice": {"grid": {"a": [1, 2, 1.0]}},
    "NaN": {"grid": {"a": [np.nan]}},
    "no range": {"grid": {"a": 3}},
    "a word as range": {"grid": {"a": "abc"}},
    "arrays": {"grid": {"a": np.eye(2)}},
    "a range called seed": {"grid": {"seed": [1]}},
    "a range called network": {"grid": {"network": [1]}},
    "no network": {"networks": 0},
    "no Networks": {"networks": []},
    "not a Network": {"networks": [1]},
    "yes": {"networks": True},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_sweep_is_refused_before_the_work(wrong, log):
    with pytest.raises(InvalidInput):
        run(partial(logged, log=log.path), **{"grid": {"a": [1]}, "networks": 1, "seed": 0, **wrong})
    assert not log.taken()


@pytest.mark.parametrize(
    "options",
    [
        *({"workers": 0}, {"workers": 1.5}, {"workers": True}, {"cluster": "slurn"}, {"cluster": "http://host:8787"}),
        *({"cluster": "host:8786"}, {"cluster": "slurm"}),  # the last has no points=
    ],
    ids=str,
)
def test_a_wrong_runner_is_refused(options):
    with pytest.raises(InvalidInput):
        Runner(**options)


def returning(result, *, seed, a) -> Any:
    return result


def test_a_measurement_returns_numbers_by_names_of_their_own():
    for result in ({"x": "1"}, {"x": np.zeros(1)}, {"x": None}, [1.0], {"a": 1.0}, {"network": 1.0}, {1: 1.0}):
        with pytest.raises(InvalidInput) as error:
            run(partial(returning, result), {"a": [1]}, networks=1, seed=0)
        assert "'a': 1" in error.value.__notes__[0]
    with pytest.raises(InvalidInput, match="same names"):
        run(lambda *, seed, a: {f"x{a}": 1}, {"a": [1, 2]}, networks=1, seed=0)


# What is kept


def test_only_what_is_new_is_measured(log, tmp_path):
    runner = Runner(tmp_path / "points")
    net = Network.gaussian(30, 3, seed=0)

    def measured(measure=logged, grid=None, networks: Any = 2, seed=0, **fixed):
        run(partial(measure, log=log.path, **fixed), grid or {"a": [1, 2]}, networks=networks, seed=seed, runner=runner)
        return len(log.taken())

    assert measured() == 4 and measured() == 0
    assert measured(grid={"a": [2, 3, 1]}) == 2 and measured(networks=5) == 6  # a grown grid, more networks
    assert measured(grid={"a": np.array([1, 2, 3])}) == 0  # numpy's numbers are Python's
    assert measured(grid={"a": [5], "b": [6]}) == 2 and measured(grid={"a": [6], "b": [5]}) == 2
    assert measured(seed=1) == 4 and measured(other) == 4
    extras = [
        1,
        "1",
        [1.0],
        {"b": 1},
        np.zeros(2),
        np.zeros(2, int),
        np.zeros((1, 2)),
        np.ones(2),
        Damage(1.0),
        Damage(2.0),
    ]
    extras += [word_length, net, net.replace(threshold=0.4), net.replace(hidden_activation=Sigmoid(5.0))]
    assert [measured(extra=extra) for extra in extras] == [4] * len(extras)
    assert [measured(extra=extra) for extra in extras] == [0] * len(extras)
    nets = [net, net.replace(tau_v=1e-3)]
    assert measured(networks=nets) == 4 and measured(networks=nets[:1]) == 0
    assert measured(networks=[net.replace(provenance={"from": "elsewhere"})]) == 0
    assert measured(networks=[nets[0], nets[0].replace(feedback=nets[0].weights.T * 2)]) == 2
    assert measured(networks=[Network(np.asfortranarray(net.weights))]) == 0


def test_another_version_and_another_source_measure_anew(log, tmp_path, monkeypatch):
    runner, grid = Runner(tmp_path / "points"), {"a": [1, 2]}
    for text, version, expected in ((" + 1", "1", 2), (" + 2", "1", 2), (" + 1", "2", 2), (" + 2", "1", 0)):
        (tmp_path / "script.py").write_text(
            "def f(*, log, seed, a):\n    open(log, 'a').write('[1]\\n')\n    return {'x': a" + text + "}\n"
        )
        measure = runpy.run_path(str(tmp_path / "script.py"))["f"]
        monkeypatch.setattr(neurosim, "__version__", version)
        data = run(partial(measure, log=log.path), grid, networks=1, seed=0, runner=runner)
        assert len(log.taken()) == expected and data.x[0, 0] == 1 + int(text[-1])


@pytest.mark.parametrize("what", [lambda *, seed, a: {"x": a}, len, NET.replace, object()], ids=type)
def test_what_has_no_name_of_its_own_is_not_kept(what, tmp_path):
    with pytest.raises(InvalidInput, match="cannot be told"):
        run(what, {"a": [1]}, networks=1, seed=0, runner=Runner(tmp_path / "points"))
    with pytest.raises(InvalidInput, match="cannot be told"):
        run(partial(logged, extra=what), {"a": [1]}, networks=1, seed=0, runner=Runner(tmp_path / "points"))


def test_a_file_torn_anywhere_costs_the_torn_point_alone(log, tmp_path):
    runner, measure = Runner(tmp_path / "points"), partial(logged, log=log.path)
    data = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
    (file,) = (tmp_path / "points").iterdir()
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    log.taken()
    for size in range(first - 2, len(whole)):
        for path in (tmp_path / "points").iterdir():
            path.unlink()
        file.write_bytes(whole[:size])
        again = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
        assert again.identical(data)
        assert len(log.taken()) == 2 - (size >= first - 1) - (size >= len(whole) - 1)


def test_foreign_and_spoilt_files_are_passed_over(log, tmp_path):
    points, measure = tmp_path / "points", partial(logged, log=log.path)
    data = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=Runner(points))
    (file,) = points.iterdir()
    key = json.loads(file.read_bytes().splitlines()[0])["key"]
    lines = [5, [1], None, {"key": [1], "values": {}}, {"key": key}, {"key": key, "values": 3}]
    lines += [{"key": key, "values": {"value": "x"}}, {"key": key, "values": {"value": [1]}}]
    for name in ("0.jsonl", "z.jsonl"):  # read before and after the points
        (points / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    (points / "zz.jsonl").write_bytes(np.random.default_rng(0).bytes(10_000) + b"\n" + b"[" * 100_000 + b"\n")
    (points / "folder.jsonl").mkdir()
    (points / "notes.txt").write_text("hello")
    file.write_bytes(b"\x00\xff garbage\n\n" + file.read_bytes() + b'\x00{"key"')
    log.taken()
    assert run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=Runner(points)).identical(data)
    assert not log.taken()


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(log, tmp_path):
    (tmp_path / "file").write_text("")
    for points in (tmp_path / "file", tmp_path / "file" / "points"):
        with pytest.raises(OutputError, match="cannot write"):
            run(partial(logged, log=log.path), {"a": [1]}, networks=1, seed=0, runner=Runner(points))
    assert not log.taken()


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        run(strange, {"a": [1]}, networks=1, seed=0, runner=Runner(tmp_path / "points"))


@pytest.mark.parametrize("stop", [ZeroDivisionError, KeyboardInterrupt])
def test_what_was_finished_before_a_stop_is_kept(stop, log, tmp_path, monkeypatch):
    runner, grid = Runner(tmp_path / "points"), {"a": [1, 2, 3, 4]}
    measure = partial(logged, log=log.path)
    if stop is KeyboardInterrupt:
        measure = partial(interrupted, log=log.path)
    else:
        measure = partial(logged, log=log.path, fails_at=3)
    with pytest.raises(stop) as error:
        run(measure, grid, networks=1, seed=0, runner=runner)
    if stop is ZeroDivisionError:
        assert "'a': 3" in error.value.__notes__[0]
    assert log.taken() == [(1, 0), (2, 0), (3, 0)]
    with pytest.raises(stop):
        run(measure, grid, networks=1, seed=0, runner=runner)
    assert log.taken() == [(3, 0)]


def interrupted(*, log, seed, a):
    logged(log=log, seed=seed, a=a)
    if a == 3:
        raise KeyboardInterrupt
    return {"x": a}


def test_networks_are_read_once_and_not_at_every_point(tmp_path, monkeypatch):
    read = 0

    def counting(data=b""):
        nonlocal read
        read += memoryview(data).nbytes
        return sha256(data)

    sha256 = sweep_points.hashlib.sha256
    monkeypatch.setattr(sweep_points.hashlib, "sha256", counting)
    nets = [NET, NET.replace(threshold=0.4)]
    run(ignoring, {"a": range(500)}, networks=nets, seed=0, runner=Runner(tmp_path / "points"))
    size = 8 * NET.weights.size
    assert 2 * size < read < 2.5 * size


def ignoring(*, seed, network, a):
    return {"x": a}


@pytest.mark.parametrize("tty, progress", [(True, True), (False, True), (True, False)])
def test_progress_is_shown_on_a_terminal_where_it_is_asked_for(tty, progress, tmp_path, monkeypatch):
    run(strange, {"a": range(2)}, networks=1, seed=0, runner=Runner(tmp_path / "points"))
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: tty)
    monkeypatch.setattr(sys, "stderr", screen)
    run(strange, {"a": range(3)}, networks=1, seed=0, runner=Runner(tmp_path / "points", progress=progress))
    assert ("2/3" in screen.getvalue()) == (tty and progress) == bool(screen.getvalue())


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
    def blas():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    for threads in (1, 2):
        with threadpool_limits(threads):
            assert run(RECALL, GRID, networks=[NET], seed=0).identical(plain)
            assert blas() == [threads] * len(blas())  # and the caller's setting is as it was
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
    with pytest.raises(ImportError, match=rf"{package}.*neurosim\[cluster\]"):
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
def test_an_error_elsewhere_comes_back_whole_and_names_its_point(where, tmp_path, request, monkeypatch):
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


def test_a_worker_of_another_version_is_refused(monkeypatch):
    def updating(*, seed, a):
        monkeypatch.setattr(neurosim, "__version__", "another")
        return {"x": a}

    with pytest.raises(Unavailable, match="install one version"):
        run(updating, {"a": [1, 2]}, networks=1, seed=0)


def test_closures_run_elsewhere_where_nothing_is_kept(request):
    runners = [Runner(workers=2)]
    if importlib.util.find_spec("distributed"):
        runners.append(request.getfixturevalue("dask"))
    for runner in runners:
        data = run(lambda *, seed, a, k=runner: {"x": 2 * a}, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
        assert list(data.x.values[:, 0]) == [2, 4]


# Killed

SWEEP = """
import os, random, signal, sys, time
from functools import partial
from analysis.sweep import Runner, run
from analysis.trials import recalled_share
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
    [(1, 6, 20, 4), (2, 3, 2, 10), pytest.param(2, 24, 20, 14, marks=pytest.mark.slow)],
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
from analysis.sweep import Runner, run

def measure(*, seed, a):
    time.sleep(0.05)
    with open("pids", "a") as file:
        file.write(f"{os.getpid()}\\n")
    return {"x": a}

def used(pid):
    return sum(map(int, open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))

if __name__ == "__main__":
    child = os.fork()
    if not child:
        run(measure, {"a": range(2000)}, networks=1, seed=0, runner=Runner("points", workers=2))
    time.sleep(15)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    time.sleep(2)
    workers = sorted(set(map(int, open("pids").read().split())))
    then = [used(pid) for pid in workers]
    time.sleep(3)
    ticks = sum(used(pid) for pid in workers) - sum(then)
    ended = [bool(select.select([os.pidfd_open(pid)], [], [], 90)[0]) for pid in workers]
    print(len(workers), ticks, all(ended))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes that are not its children, as Linux can")
def test_workers_whose_sweep_was_killed_stop_at_once_and_end_soon_after(tmp_path):
    assert in_a_script(ORPHANS, tmp_path).split() == ["2", "0", "True"]


def in_a_script(text, folder, *arguments):
    (folder / "script.py").write_text(text)
    command = [sys.executable, "script.py", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout
