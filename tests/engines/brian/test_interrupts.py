"""An interrupted or stopped Brian2 run has no result: Ctrl-C raises KeyboardInterrupt on every path."""

import ast
import contextlib
import inspect
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brian2
import numpy as np
import pytest

from neurosim import Network, Unavailable, patterns, recall
from neurosim.engines import Brian
from neurosim.engines.brian import job, runtime, standalone
from neurosim.engines.brian.compilers import compiler
from neurosim.equations.plasticity import STDP
from neurosim.learning import Images
from neurosim.learning.stdp import learn_spiking
from neurosim.measure.basins.noise import noise_at_half_recall
from neurosim.measure.recall.curves import recall_sweep
from neurosim.sweep import Runner

NUMPY = Brian(codegen="numpy")
LONG = 200.0  # seconds of simulated time, minutes of computing: no run ends before it is interrupted
NET = Network.gaussian(40, 4, seed=0)
OVER = threading.Event()  # set at the end of a test, so that no key is pressed in the next
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(4)[1:], noise_std=0.3, seed=1)


@pytest.fixture(autouse=True)
def brian_handles_ctrl_c():
    """Install Brian2's handler, as importing brian2 does; a shell starts its background jobs without."""
    before = signal.signal(signal.SIGINT, type(brian2._int_handler)(signal.default_int_handler))
    OVER.clear()
    yield
    OVER.set()
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def without_compiler(monkeypatch):
    """Let sweeps and commands run interpreted."""
    monkeypatch.setattr(runtime, "compiler", lambda: None)


def until(condition):
    """Wait; return False if the test ended before."""
    while not condition() and not OVER.is_set():
        time.sleep(0.0005)
    return not OVER.is_set()


def running():
    return brian2.Network._globally_running


def pressing(*, run=1, keys=None):
    """Send SIGINT to this process once the `run`-th simulation is under way."""

    def press():
        for number in range(run):
            if not until(running) or (number < run - 1 and not until(lambda: not running())):
                return
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=keys or press, daemon=True).start()


def is_as_before():
    assert not brian2.Network._globally_running and not brian2.Network._globally_stopped
    assert brian2.prefs.core.stop_on_keyboard_interrupt
    with pytest.raises(KeyboardInterrupt):  # a second Ctrl-C, after the first
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)


def images():
    return Images(np.random.default_rng(0).random((2, 9)), np.array([0, 1]), (3, 3), "random")


def shown(duration):
    return {"rule": STDP(shown=duration), "epochs": 1, "seed": 0, "engine": NUMPY}


PATHS = {
    "summed": lambda: recall(NET, CUES, duration=LONG, engine=NUMPY),
    "event": lambda: recall(NET, CUES, duration=LONG, engine=NUMPY.replace(formulation="event")),
    "reduced, recorded": lambda: recall(
        NET, CUES, duration=LONG, engine=NUMPY.replace(formulation="reduced"), record="hidden", record_dt=1.0
    ),
    "spiking": lambda: recall(NET, CUES, duration=LONG, engine=NUMPY.replace(cells="regular")),
    "spiking, Poisson": lambda: recall(NET, CUES, duration=LONG, engine=NUMPY.replace(cells="poisson"), seed=0),
    "learning": lambda: learn_spiking(images(), 2, **shown(LONG)),
    "noise": lambda: noise_at_half_recall(NET, np.ones((1, 4), bool), n_draws=3, seed=0, engine="brian"),
}


@pytest.mark.parametrize("path", PATHS)
def test_ctrl_c_interrupts_every_path(path, without_compiler, monkeypatch):
    if path == "noise":
        monkeypatch.setattr("neurosim.measure.basins.noise.recall", lambda *a, **k: recall(*a, **k, duration=LONG))
    pressing()
    with pytest.raises(KeyboardInterrupt):
        PATHS[path]()
    is_as_before()
    call = {"engine": NUMPY.replace(cells="poisson"), "seed": 1, "duration": 5e-3}
    assert recall(NET, CUES, **call).equals(recall(NET, CUES, **call))  # nothing remains of the cut run


@pytest.mark.parametrize("run", [1, 3])
def test_a_recall_in_several_runs_is_whole_or_interrupted(run, monkeypatch):
    monkeypatch.setattr(job, "SYNAPSES_PER_RUN", 2000)
    assert len(job.Job(NET, NUMPY.request(NET, CUES), NUMPY).batches()) >= 3
    pressing(run=run)
    with pytest.raises(KeyboardInterrupt):
        recall(NET, CUES, duration=0.15, engine=NUMPY)
    is_as_before()


@pytest.mark.slow
def test_a_sweep_does_not_keep_the_point_that_was_interrupted(tmp_path, without_compiler):
    def swept(folder):
        noise = {"noise_std": [0.0, 1.0, 2.0]}
        settings = {"engine": "brian", "n_cues": 8, "duration": 0.1, "seed": 0}
        return recall_sweep([NET], noise, **settings, runner=Runner(tmp_path / folder))

    pressing(run=2)
    with pytest.raises(KeyboardInterrupt):
        swept("cut")
    (record,) = (tmp_path / "cut").glob("*.jsonl")
    assert len(record.read_text().splitlines()) == 1
    assert swept("cut").identical(swept("whole"))


COMMANDS = {
    "recall": ["recall", "net.safetensors", "--engine", "brian:target=runtime", "--duration", "200"],
    "sweep": ["sweep", "net.safetensors", "--noise-std", "0,1", "--engine", "brian", "--duration", "200"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_interrupted_command_exits_with_130_and_writes_no_file(
    command, tmp_path, monkeypatch, capsys, without_compiler
):
    from neurosim.cli.main import main

    monkeypatch.chdir(tmp_path)
    NET.save("net.safetensors")
    monkeypatch.setattr(sys, "argv", ["neurosim", *COMMANDS[command], "--out", "out.nc"])
    pressing()
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130 and "neurosim: stopped" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["net.safetensors"]


def test_an_interrupted_program_exits_with_130_and_writes_no_result(tmp_path, monkeypatch, capsys, without_compiler):
    program = Path(__file__).parents[3] / "analysis" / "capacity.py"
    options = ["--quick", "--networks", "1", "--engine", "brian:target=runtime", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", [program.name, *options])
    pressing()
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(program), run_name="__main__")
    assert end.value.code == 130 and "run it again to resume" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.*"))  # points aside


@pytest.mark.parametrize("how", ["report", "thread", "time"])
def test_a_run_stopped_by_others_is_refused(how, monkeypatch):
    engine = NUMPY
    if how == "report":
        engine = NUMPY.replace(report=lambda *_: brian2.stop())
    elif how == "thread":
        pressing(keys=lambda: until(running) and brian2.stop())
    else:
        monkeypatch.setattr(brian2.get_device(), "_maximum_run_time", 0.1 * brian2.second)
    with pytest.raises(Unavailable, match=r"stopped after .*% of 200 s.*incomplete run has no result"):
        recall(NET, CUES, duration=LONG, engine=engine)
    is_as_before()


def test_a_run_in_another_thread_is_whole_and_ctrl_c_goes_to_the_main_thread():
    want = recall(NET, CUES, duration=0.3, engine=NUMPY)
    with ThreadPoolExecutor(1) as pool:
        pressing()
        running_there = pool.submit(recall, NET, CUES, duration=0.3, engine=NUMPY)
        with pytest.raises(KeyboardInterrupt):
            running_there.result()
        assert running_there.result().equals(want)
    is_as_before()


def test_no_other_function_runs_a_network():
    """`process.run_to_the_end` runs them here; in a worker, `Network.run` only writes the source."""
    folder = Path(inspect.getfile(job)).parent
    called = {
        (path.name, node.func.value.attr if isinstance(node.func.value, ast.Attribute) else node.func.value.id)  # pyright: ignore[reportAttributeAccessIssue]
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run"
    }
    networks = {place for place in called if "network" in place[1]}
    assert networks == {("process.py", "network"), ("worker.py", "network")}


IGNORES = """
import os, signal, threading
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for its background jobs
import numpy as np
from neurosim import Network, recall
net = Network.gaussian(40, 4, seed=0)
from neurosim.engines import Brian
call = {"engine": Brian(codegen="numpy"), "duration": 0.1}
whole = recall(net, np.ones((3, 40)), **call)
threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
print(recall(net, np.ones((3, 40)), **call).equals(whole), signal.getsignal(signal.SIGINT).name)
"""


def test_a_background_job_that_ignores_ctrl_c_continues_to():
    done = subprocess.run([sys.executable, "-c", IGNORES], capture_output=True, text=True)
    assert done.stdout == "True SIG_IGN\n", done.stderr


# --- compiled programs, in a process of their own ----------------------------------------------------------------

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
CPP = Brian(target="cpp_standalone", formulation="reduced", dt=1e-4)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def program_of(worker):
    """Return the process of a worker's compiled program, once it runs."""
    pid = worker._process.pid

    def found():
        with contextlib.suppress(OSError):  # processes of the compiler end at any time
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return [
                int(child) for child in children if Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"./main")
            ]

    until(found)
    return found()[0]  # pyright: ignore[reportOptionalSubscript]


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("struck", ["this process", "the worker", "the program", "all"])
def test_a_compiled_program_that_receives_ctrl_c_has_no_result(struck, cache, monkeypatch):
    workers, start = [], standalone._Worker.__init__
    monkeypatch.setattr(
        standalone._Worker, "__init__", lambda self, target: [start(self, target), workers.append(self)][0]
    )
    # what an interrupted simulation of the user's own leaves behind
    monkeypatch.setattr(brian2.Network, "_globally_running", True)

    def strike():
        until(lambda: workers)
        program = program_of(workers[0])
        time.sleep(0.1)
        targets = {"this process": os.getpid(), "the worker": workers[0]._process.pid, "the program": program}
        for pid in reversed(targets.values()) if struck == "all" else [targets[struck]]:
            os.kill(pid, signal.SIGINT)

    pressing(keys=strike)
    with pytest.raises(Unavailable if struck == "the program" else KeyboardInterrupt):
        recall(NET, CUES, duration=1e5, engine=CPP)  # 10⁹ steps
    assert not workers[0].is_alive() and not workers[0].folder.exists()
