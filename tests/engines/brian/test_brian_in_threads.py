"""Brian2 in many threads gives the bits of one, and the user's own Brian2 code finds everything as it left it."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import brian2
import numpy as np
import pytest

from neurosim import InvalidInput, Network, brian_network, patterns, recall
from neurosim.engines import Brian
from neurosim.engines.brian import process
from neurosim.engines.brian.compilers import compiler
from neurosim.equations.plasticity import STDP
from neurosim.learning import Images
from neurosim.learning.stdp import learn_spiking

NUMPY = Brian(codegen="numpy")
NET = Network.gaussian(40, 4, seed=0)
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(4)[1:], noise_std=0.3, seed=1)
IMAGES = Images(np.random.default_rng(0).random((2, 9)), np.array([0, 1]), (3, 3), "random")


def spiking(seed, **options):
    engine = NUMPY.replace(cells="poisson", **options)
    return recall(NET, CUES, engine=engine, seed=seed, duration=5e-3, record="spikes")


def rate(dtype):
    return recall(NET, CUES, duration=3e-3, engine=NUMPY.replace(dtype=dtype))


def learned(seed):
    return learn_spiking(IMAGES, 2, rule=STDP(shown=3e-3), engine=NUMPY, epochs=1, seed=seed).history


def built(k):
    return brian_network(NET, CUES)["hidden"].variables["h"].dtype


WORK = [(spiking, 0), (rate, "float32"), (built, 0), (learned, 0), (rate, "float64"), (spiking, 1)]


@pytest.mark.slow
def test_four_threads_give_the_bits_of_one():
    alone, again = [work(argument) for work, argument in WORK], WORK[:2]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda job: job[0](job[1]), WORK + again))
    for (work, _), one, other in zip(WORK + again, alone + alone[:2], together, strict=True):
        assert one == other if work is built else one.identical(other)
    assert alone[1].hidden.dtype == "float32" and alone[2] is np.float64


FIRST = """
import logging, signal, sys, warnings
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from neurosim import Network, recall
from neurosim.engines import Brian

def state():
    handlers = logging.getLogger("py.warnings").handlers
    return sys.excepthook, warnings.showwarning, signal.signal, list(handlers)

def work(k):
    net = Network.gaussian(20, 4, seed=0)
    engine = Brian(cells="poisson", codegen="numpy")
    return recall(net, np.ones((3, 20)), seed=k % 2, engine=engine, duration=5e-3)

before = state()
assert "brian2" not in sys.modules
handler = signal.getsignal(signal.SIGINT)
with ThreadPoolExecutor(4) as pool:
    a, b, c, d = pool.map(work, range(4))
assert a.identical(c) and b.identical(d) and not a.identical(b)
assert a.identical(work(0))
assert state() == before and signal.getsignal(signal.SIGINT) is handler
import brian2
assert brian2.prefs.codegen.target == "auto"
print("right")
"""


def test_the_first_use_can_be_in_any_thread_and_leaves_the_process_as_it_was():
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True)
    assert done.stdout == "right\n", done.stderr


# --- the user's own Brian2 code ------------------------------------------------------------------------------------


def user_draws(between, n=3):
    """Return what a simulation of the user's own draws, with `between` called after each part of it."""
    brian2.seed(5)
    group = brian2.NeuronGroup(4, "x : 1", name="own*")
    group.run_regularly("x = rand() + 100*randn()", dt=1 * brian2.ms)
    monitor = brian2.StateMonitor(group, "x", record=True, dt=1 * brian2.ms)
    network = brian2.Network(group, monitor)
    drawn = []
    for _ in range(n):
        network.run(3 * brian2.ms)
        drawn.append(np.random.rand())  # noqa: NPY002
        between()
    return np.array(monitor.x), drawn


@pytest.mark.parametrize(
    "target",
    [
        "numpy",
        pytest.param("cython", marks=[pytest.mark.slow, pytest.mark.skipif(compiler() is None, reason="no compiler")]),
    ],
)
def test_the_users_random_numbers_continue(target, monkeypatch):
    monkeypatch.setitem(brian2.prefs, "codegen.target", target)
    want = user_draws(lambda: None)
    engine = Brian(cells="poisson", codegen=target)
    found = user_draws(lambda: recall(NET, CUES, engine=engine, seed=3, duration=5e-3))
    np.testing.assert_array_equal(found[0], want[0])
    assert found[1] == want[1]


def everything():
    state = brian2.get_device().get_random_state()  # pyright: ignore[reportOptionalMemberAccess]
    numbers = state.pop("numpy_state")
    return (
        brian2.prefs.as_file,
        numbers[1].tolist(),
        numbers[2:],
        [value.tolist() for value in state.values()],
        brian2.defaultclock.dt_,
        brian2.get_device(),
        brian2.Network._globally_running,
        brian2.Network._globally_stopped,
        os.getcwd(),
        dict(os.environ),
    )


class Broken(Exception):
    pass


def broken(*_):
    raise Broken


@pytest.mark.parametrize("ending", ["whole", "error", "refused", "interrupt", "stopped"])
def test_everything_is_as_before_however_a_run_ends(ending, monkeypatch):
    before = everything()
    if ending == "whole":
        spiking(1)
    elif ending == "error":
        with pytest.raises(Broken):
            spiking(1, dtype="float32", report=broken)
    elif ending == "refused":
        with pytest.raises(InvalidInput):
            recall(NET.replace(tau_v=np.full(40, 1e-2)), CUES, engine=NUMPY.replace(formulation="event"))
    elif ending == "interrupt":
        with pytest.raises(KeyboardInterrupt):
            spiking(1, report=lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    else:
        with pytest.raises(RuntimeError, match="stopped"):
            spiking(1, report=lambda *_: brian2.stop())
    assert everything() == before


@pytest.fixture
def other_preferences(monkeypatch):
    """Preferences of the user, or of a file brian_preferences, that would change results."""
    for name, value in (
        ("core.default_float_dtype", np.float32),
        ("core.network.default_schedule", ["start", "resets", "synapses", "thresholds", "groups", "end"]),
        ("legacy.refractory_timing", True),
        ("codegen.target", "cython"),
    ):
        monkeypatch.setitem(brian2.prefs, name, value)


def test_the_users_preferences_do_not_change_a_result(request):
    want = spiking(1), rate("float64"), learned(0)
    request.getfixturevalue("other_preferences")
    before = brian2.prefs.as_file
    for found, expected in zip((spiking(1), rate("float64"), learned(0)), want, strict=True):
        assert found.identical(expected)
    assert brian2.prefs.as_file == before
    assert built(0) is np.float32  # a network for the user has the user's preferences


def test_a_recall_inside_a_simulation_of_the_user(interpreted, monkeypatch):
    device: Any = brian2.get_device()
    monkeypatch.setattr(device.defaultclock, "dt", 0.2 * brian2.ms)
    prefs = brian2.prefs.as_file
    want, found, unchanged = spiking(1), [], []
    group = brian2.NeuronGroup(1, "dx/dt = 1/second : 1", method="euler", name="own*")

    @brian2.network_operation(dt=1 * brian2.ms)  # pyright: ignore[reportCallIssue]
    def recalls():
        np.random.rand()  # noqa: NPY002  # the state is not that after a recall
        before = everything()
        found.append(spiking(1))
        unchanged.append(everything() == before)

    brian2.run(2 * brian2.ms)  # the magic network
    assert len(found) == 2 and all(one.identical(want) for one in found)
    assert unchanged == [True, True] and everything()[0] == prefs
    assert np.isclose(group.x[0], 2e-3) and brian2.defaultclock.dt == 0.2 * brian2.ms


def test_recalls_inside_a_progress_report_of_a_recall():
    want, inner = spiking(1), []
    outer = spiking(1, report=lambda *_: inner.append(spiking(2)))
    assert outer.identical(want) and all(one.identical(spiking(2)) for one in inner)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_forked_while_another_thread_simulates_starts_afresh():
    want, before = spiking(1), everything()[0]
    inside, forked = threading.Event(), threading.Event()

    def waiting(*_):
        inside.set()
        forked.wait(60)

    with ThreadPoolExecutor(1) as pool:
        there = pool.submit(spiking, 1, dtype="float32", report=waiting)
        inside.wait(60)
        child = os.fork()
        if not child:
            fine = brian2.prefs.as_file == before and not process.LOCK.is_mine and spiking(1).identical(want)
            os._exit(0 if fine else 1)
        _, status = os.waitpid(child, 0)
        forked.set()
        assert there.result().hidden.dtype == "float32"
    assert os.waitstatus_to_exitcode(status) == 0
