"""Compiled programs: one for many values, equal to Brian2 in this process, and robust to failures."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from neurosim import InputCurrent, Network, Unavailable, recall
from neurosim.cells import LIF, OnOff, Poisson, Regular
from neurosim.engines import Brian
from neurosim.engines.brian import standalone
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.job import Job

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
NO_NOISE = 1e-300  # the program of noisy cells, whose noise nobody can see
N_V, N_H = 30, 4


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Keep the programs of this file in a folder of their own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_CACHE", str(folder))
        standalone.close()
        yield folder / "programs"
        standalone.close()


def kept(cache):
    """Return what was compiled: a program that is compiled again is another file."""
    return {(file.name, file.stat().st_ino) for file in cache.iterdir()}


def spiking(net=None, cues=None, seed=0, **cells):
    """Return a request for the one spiking program that most tests here share."""
    net = net or Network.gaussian(N_V, N_H, seed=3, threshold=0.3, tau_v=20e-3, tau_h=2e-3)
    cues = np.random.default_rng(1).standard_normal((3, N_V)) + 1 if cues is None else cues
    cells = Regular(**({"n_cells": 2, "noise": NO_NOISE, "threshold_std": 0.1} | cells))
    given = InputCurrent(np.random.default_rng(2).standard_normal((2, 1, N_V)), 5e-3)
    call = {"net": net, "cues": cues, "engine": Brian(cells=cells, dt=1e-4), "seed": seed}
    return call | {"input": given, "duration": 30e-3, "record": ["spikes", "hidden"]}


def rate(net=None):
    net = net or Network.gaussian(N_V, N_H, seed=3)
    cues = np.random.default_rng(1).standard_normal((3, N_V)) + 1
    return {"net": net, "cues": cues, "engine": Brian(formulation="reduced", dt=1e-4), "duration": 10e-3}


def on_numpy(*, engine, **call):
    """Recall in this process, interpreted."""
    return recall(**call, engine=engine.replace(codegen="numpy"))


def on_cpp(*, engine, **call):
    """Recall by a compiled program."""
    return recall(**call, engine=engine.replace(target="cpp_standalone"))


def assert_same(got, want, atol=1e-12):
    assert set(got.data_vars) == set(want.data_vars)
    for name in want.data_vars:
        if want[name].dtype.kind == "f":
            np.testing.assert_allclose(got[name], want[name], rtol=0, atol=atol, err_msg=name)
        else:
            np.testing.assert_array_equal(got[name], want[name], err_msg=name)


def worker():
    """Return the process that was used last."""
    return list(standalone._WORKERS.values())[-1]


# --- one program, many values ------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_compiler
def test_one_program_serves_many_values(cache):
    first = spiking()
    net = first["net"]
    other = Network.gaussian(N_V, N_H, seed=9, threshold=0.2, tau_v=12e-3, tau_h=1e-3)
    calls = {
        "the first": first,
        "another network": spiking(other),
        "other cells": spiking(seed=5, t_ref=1e-3, delay=0.7e-3, threshold_std=0.02),
        "no delay": spiking(delay=0),
        "other cues and input": {
            **spiking(cues=np.random.default_rng(8).standard_normal((3, N_V)) + 2),
            "hidden": np.random.default_rng(9).uniform(0, 1, (3, N_H)),
            "input": InputCurrent(np.random.default_rng(10).standard_normal((2, 3, N_V)), 5e-3),
        },
        "one feedback": spiking(net.replace(feedback=net.weights.T + 0.5)),
        "the first again": first,
    }
    built, sizes = [], set()
    for name, call in calls.items():
        got = on_cpp(**call)
        assert_same(got, on_numpy(**call))
        built.append(got.attrs["build_time"] > 0)
        sizes.add(got.sizes["spike"])
        assert len(kept(cache)) == 1, name  # the same program
    assert min(sizes) > 20 and len(sizes) >= len(calls) - 1  # the values did something
    # asymmetric networks have a worker of their own, since in other formulations their program differs
    assert built == [True, False, False, False, False, True, False]


@needs_compiler
@pytest.mark.slow
def test_a_seed_repeats_a_run_to_the_last_bit_and_another_does_not():
    one, other, same = (on_cpp(**spiking(noise=0.1, seed=seed)) for seed in (1, 2, 1))
    assert one.equals(same)
    assert not one.hidden_trace.equals(other.hidden_trace)
    noise = one.hidden_trace - on_cpp(**spiking(seed=1)).hidden_trace
    assert 0.02 < float(noise.std()) < 0.3  # over two cells


@pytest.mark.slow
@needs_compiler
def test_a_new_process_reuses_the_program_for_other_values(cache):
    on_cpp(**spiking())
    before = kept(cache)
    standalone.close()
    other = Network.gaussian(N_V, N_H, seed=9, threshold=0.2, tau_v=12e-3, tau_h=1e-3)
    call = spiking(other, t_ref=1e-3, noise=0.2, delay=0.3e-3)
    got = on_cpp(**call)
    assert got.attrs["build_time"] > 0 and kept(cache) == before
    assert on_cpp(**call).equals(got)


@needs_compiler
@pytest.mark.slow
def test_two_structures_can_alternate(cache):
    calls = spiking(), rate(), spiking(seed=4), rate(Network.gaussian(N_V, N_H, seed=5, threshold=0.2))
    answers = [on_cpp(**call) for call in calls]
    for call, got in zip(calls, answers, strict=True):
        assert_same(got, on_numpy(**call))
    assert [answer.attrs["build_time"] for answer in answers[2:]] == [0, 0]
    assert len(kept(cache)) == 2


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"net": Network.gaussian(N_V, N_H, seed=9, threshold=0.2, tau_v=12e-3, tau_h=1e-3)}, True),
        ({"cues": np.ones((3, N_V)), "seed": 7, "hidden": np.ones(N_H)}, True),
        ({"cells": Regular(t_ref=1e-3, delay=0, n_cells=2, noise=0.3, threshold_std=0.2)}, True),
        ({"input": InputCurrent(np.ones((2, 3, N_V)), 5e-3)}, True),
        ({"net": Network.gaussian(N_V, N_H, seed=3, tau_h=np.linspace(1e-3, 2e-3, N_H))}, False),
        ({"net": Network.gaussian(N_V + 1, N_H, seed=0), "cues": np.ones((3, N_V + 1)), "input": None}, False),
        ({"cues": np.ones((4, N_V))}, False),
        ({"duration": 31e-3}, False),
        ({"record": ["hidden"]}, False),
        ({"record_dt": 2e-4}, False),
        ({"input": InputCurrent(np.ones((3, 1, N_V)), 5e-3)}, False),
        ({"input": InputCurrent(np.ones((2, 1, N_V)), 4e-3)}, False),
        ({"input": None}, False),
        ({"cells": Regular(n_cells=3, noise=0.1, threshold_std=0.1)}, False),
        ({"cells": Regular(n_cells=2, threshold_std=0.1)}, False),
        ({"cells": Regular(n_cells=2, noise=0.1)}, False),
        ({"cells": LIF(n_cells=2, noise=0.1, threshold_std=0.1)}, False),
        ({"cells": Poisson(n_cells=2, noise=0.1, threshold_std=0.1)}, False),
        ({"cells": Regular(n_cells=2, noise=0.1, threshold_std=0.1, visible=OnOff())}, False),
        ({"cells": None, "record": ["hidden"]}, False),
    ],
)
def test_equal_structures_have_equal_sources(changes, same):
    def structure(net, cues, engine, **options):
        return Job(net, engine.request(net, cues, **options), engine).structure()

    call = spiking()
    if "cells" in changes:
        changes = {**changes, "engine": call["engine"].replace(cells=changes["cells"])}
        del changes["cells"]
    assert (structure(**call) == structure(**(call | changes))) is same


# --- mishaps -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_compiler
def test_a_process_that_died_between_requests_is_replaced(cache):
    want = on_cpp(**spiking())
    before = kept(cache)
    died = worker()
    os.kill(died._process.pid, signal.SIGKILL)
    died._process.wait()
    got = on_cpp(**spiking())
    assert got.equals(want) and kept(cache) == before
    assert not died.folder.exists()


@needs_compiler
def test_a_worker_that_is_killed_is_reported_and_replaced():
    want = on_cpp(**spiking())
    stopped = worker()
    pid = stopped._process.pid
    os.kill(pid, signal.SIGSTOP)  # so that it is at work for as long as it takes
    threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(Unavailable, match="ended with status -9"):
        on_cpp(**spiking())
    assert not stopped.folder.exists()
    assert on_cpp(**spiking()).equals(want)


@pytest.fixture
def interruptible():
    """Let SIGINT interrupt; a shell starts its background jobs without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@needs_compiler
def test_an_interrupt_ends_processes_and_deletes_folders(interruptible):
    on_cpp(**spiking())
    stopped = worker()
    os.kill(stopped._process.pid, signal.SIGSTOP)
    me = threading.main_thread().ident
    threading.Timer(0.5, signal.pthread_kill, (me, signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        on_cpp(**spiking())
    with pytest.raises(ProcessLookupError):
        os.killpg(stopped._process.pid, 0)
    assert not stopped.folder.exists()


@needs_compiler
@pytest.mark.slow
def test_a_forked_child_does_not_use_processes_of_its_parent():
    on_cpp(**rate())
    child = os.fork()
    if not child:  # only what needs no assertion: this is a copy of the test process
        fine = not standalone._WORKERS
        standalone.close()
        os._exit(0 if fine else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert on_cpp(**rate()).attrs["build_time"] == 0


@pytest.mark.slow
@needs_compiler
def test_the_number_of_worker_processes_is_limited(monkeypatch):
    on_cpp(**spiking())
    oldest = worker()
    monkeypatch.setattr(standalone, "_MOST_WORKERS", 1)
    on_cpp(**rate())
    assert not oldest.is_alive() and not oldest.folder.exists()
    assert len(standalone._WORKERS) == 1


SCRIPT = """
import os, signal, sys, time
import numpy as np
from neurosim import Network, recall
net = Network.gaussian(30, 4, seed=3)
from neurosim.engines import Brian
call = {"engine": Brian(formulation="reduced", dt=1e-4, target="cpp_standalone")}
recall(net, np.ones((3, 30)), duration=10e-3, **call)
print("ready", flush=True)
if sys.argv[1] == "fail":
    raise SystemExit("on purpose")
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1].endswith("at work"):
    recall(net, np.ones((3, 30)), duration=1e5, **call)
"""

ENDINGS = {  # and what Python returns then
    "normal": 0,
    "fail": 1,
    "kill": -signal.SIGKILL,
    "interrupted at work": -signal.SIGINT,
    "terminated at work": -signal.SIGTERM,  # as clusters do
    "killed at work": -signal.SIGKILL,
}


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
def test_python_ends_without_remaining_processes_or_folders(ending, tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    python = subprocess.Popen([sys.executable, "-c", SCRIPT, ending], env=environment, stdout=-1, stderr=-1, text=True)
    try:
        assert python.stdout.readline() == "ready\n"  # pyright: ignore[reportOptionalMemberAccess]
        if ending.endswith("at work"):
            assert wait_for(lambda: processes_in(tmp_path, "./main"), 300)  # after compiling
            python.send_signal(-ENDINGS[ending])
        _, errors = python.communicate(timeout=60)
    finally:
        python.kill()
    assert python.returncode == ENDINGS[ending], errors
    assert wait_for(lambda: not processes_in(tmp_path) and not list(tmp_path.glob("neurosim-brian-*")))


def processes_in(folder, name=""):
    """Return the processes whose working folder or command line is in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            place, line = os.readlink(process / "cwd"), (process / "cmdline").read_text()
        except OSError:
            continue
        if str(folder) in place + line and name in line:
            found.append(process.name)
    return found


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


# --- across targets ----------------------------------------------------------------------------------------------

ACROSS = {
    "on_off": {
        "net": Network.gaussian(N_V, N_H, seed=3, threshold=0.05, tau_h=2e-3),
        "engine": Brian(cells=Regular(visible=OnOff(gain=200.0, t_ref=2e-3)), dt=1e-4),
        "record": ["spikes", "visible_spikes", "activity"],
    },
    "lif, reduced": {
        "net": Network.gaussian(
            N_V, N_H, seed=3, threshold=np.linspace(0.1, 0.2, N_H), tau_h=np.linspace(1e-3, 2e-3, N_H)
        ),
        "engine": Brian(cells=LIF(n_cells=2), formulation="reduced", dt=1e-4),
        "record": ["visible", "spikes"],
    },
}


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("case", ACROSS)
def test_deterministic_values_are_equal_on_every_target(case):
    call = spiking() | ACROSS[case]
    want = on_numpy(**call)
    assert want.sizes["spike"] > 20
    assert_same(on_cpp(**call), want)
    if case != "on_off":  # a minute or two of compiling is enough
        assert_same(recall(**call | {"engine": call["engine"].replace(codegen="cython")}), want)


@needs_compiler
@pytest.mark.slow
def test_single_precision_is_close():
    call = spiking(t_ref=1e-3)
    double = on_numpy(**call)
    for run in (on_cpp, on_numpy):
        single = run(**call | {"engine": call["engine"].replace(dtype="float32")})
        assert single.attrs["dtype"] == "float32"
        assert 1e-9 < float(np.abs(single.visible - double.visible).max()) < 1e-4
        np.testing.assert_array_equal(single.n_spikes, double.n_spikes)
        np.testing.assert_allclose(single.spike_time, double.spike_time, rtol=0, atol=1e-9)


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("formulation", ["summed", "event", "reduced"])
def test_a_single_neuron_takes_other_values(formulation, cache):
    """Arrays of one value reach a program as text, all others as files."""
    before = kept(cache) if cache.exists() else set()
    for weight, hidden, current in ((1.2, 0.3, 0.5), (0.9, -1 / 3, -0.25), (1.0, 0.0, 1e-17)):
        net = Network(weights=[[weight]], threshold=-0.1 * weight, tau_v=20e-3 * weight)  # pyright: ignore[reportArgumentType]
        call = {
            "net": net,
            "cues": [[weight / 3]],
            "hidden": [[hidden]],
            "engine": Brian(formulation=formulation, dt=1e-4),
        }
        call |= {"input": InputCurrent([[current]], 2e-3), "duration": 4e-3, "record": "hidden"}  # pyright: ignore[reportArgumentType]
        assert_same(on_cpp(**call), on_numpy(**call), atol=1e-15)
    assert len(kept(cache) - before) == 1


@needs_compiler
@pytest.mark.slow
def test_two_processes_compile_the_same_program_at_once(tmp_path):
    environment = {**os.environ, "NEUROSIM_CACHE": str(tmp_path), "TMPDIR": str(tmp_path)}
    both = [subprocess.Popen([sys.executable, "-c", SCRIPT, "normal"], env=environment, stdout=-1) for _ in range(2)]
    assert [python.communicate(timeout=300)[0] for python in both] == [b"ready\n"] * 2
    assert [python.returncode for python in both] == [0, 0]
    assert len(list((tmp_path / "programs").iterdir())) == 1
