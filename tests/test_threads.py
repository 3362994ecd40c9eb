"""What a process has only once: threads share it, restore it, and get the bits of one thread."""

import os
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.linalg  # noqa: F401  # brings a second BLAS
from threadpoolctl import threadpool_info, threadpool_limits

from neurosim import Network, outputs, threads
from neurosim.threads import ProcessLock, single

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")


def blas():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.fixture
def two_threads():
    with threadpool_limits(2):
        if set(blas()) != {2}:
            pytest.skip("BLAS has one thread only")
        yield blas()


def in_child(check):
    """Return whether `check` holds in a forked child."""
    child = os.fork()
    if not child:
        os._exit(0 if check() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("first_out", [0, 1])
def test_blas_has_one_thread_until_the_last_thread_leaves(first_out, two_threads):
    """Threads enter in order and leave in either: the second must not take the limit of the first for the original."""
    entered, leave, left = ([threading.Event() for _ in range(2)] for _ in range(3))
    seen = {}

    def work(k):
        with single():
            entered[k].set()
            leave[k].wait(20)
            seen[k] = blas()
        left[k].set()

    with ThreadPoolExecutor(2) as pool:
        for k in range(2):
            pool.submit(work, k)
            assert entered[k].wait(20)
        for k in (first_out, 1 - first_out):
            leave[k].set()
            assert left[k].wait(20)
            assert set(blas()) == ({1} if k == first_out else {2})
    assert seen == {0: [1, 1], 1: [1, 1]}
    assert blas() == two_threads


def test_threads_of_blas_are_restored_after_an_error_and_when_nested(two_threads):
    with pytest.raises(ZeroDivisionError), single():
        with single():
            pass
        assert set(blas()) == {1}
        raise ZeroDivisionError
    assert blas() == two_threads


@needs_fork
def test_a_child_forked_while_another_thread_computes_has_the_original_threads(two_threads):
    inside, done = threading.Event(), threading.Event()

    def work():
        with single():
            inside.set()
            done.wait(20)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work)
        inside.wait(20)
        assert in_child(lambda: set(blas()) == {2})
        with single():
            assert in_child(lambda: set(blas()) == {1})  # this thread is in the child, too
        done.set()
    assert blas() == two_threads


@needs_fork
def test_a_lock_held_by_another_thread_does_not_stop_a_forked_child():
    lock, held, done = ProcessLock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            done.wait(20)

    def taken():
        return lock._lock.acquire(timeout=5)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        held.wait(20)
        assert not lock.is_mine and in_child(taken)
        done.set()
    with lock:
        assert lock.is_mine and in_child(lambda: lock.is_mine and taken())


# --- other settings of the process -------------------------------------------------------------------------------


def test_files_get_the_permissions_of_the_umask_without_changing_it(tmp_path, monkeypatch):
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "umask", None)  # it is the process's, so threads would leave each other's
            Network.gaussian(4, 2, seed=0).save(tmp_path / "net.safetensors")
        assert stat.S_IMODE((tmp_path / "net.safetensors").stat().st_mode) == 0o640
    finally:
        os.umask(before)


def test_a_file_is_replaced_by_many_threads(tmp_path):
    def write(k):
        with outputs.replacing(tmp_path / "file") as temporary:
            temporary.write_text(f"{k:1000}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert len((tmp_path / "file").read_text()) == 1000
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.torch
def test_networks_that_train_in_threads_get_the_bits_of_one_and_restore_its_threads(monkeypatch):
    torch = pytest.importorskip("torch")
    from neurosim.learning import trainer

    images = np.random.default_rng(0).random((40, 16))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        settings = {"n_hidden": 8, "recipe": "certified", "epochs": 60}
        alone = [trainer.train(images, **settings, seed=k).weights for k in range(2)]
        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(trainer.train, images, **settings, seed=k % 2) for k in range(3)]
            together = [job.result().weights for job in work]
            assert [pool.submit(torch.get_num_threads).result() for _ in range(4)] == [2] * 4
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    for k, weights in enumerate(together):
        np.testing.assert_array_equal(weights, alone[k % 2])


@pytest.mark.torch
def test_classifiers_that_learn_in_threads_get_the_bits_of_one_and_leave_torchs_generator(monkeypatch):
    torch = pytest.importorskip("torch")
    from neurosim.learning import classifiers

    def slow_mlp(*sizes, mlp=classifiers.mlp):
        time.sleep(float(torch.rand(1)) / 20)  # another thread draws or sets the seed meanwhile
        return mlp(*sizes)

    monkeypatch.setattr(classifiers, "mlp", slow_mlp)
    rng = np.random.default_rng(0)
    images, labels = rng.random((30, 64)), np.arange(30) % 3
    monkeypatch.setattr(torch, "manual_seed", None)  # it would reset the generators of GPUs, too

    def made(seed):
        classifier = classifiers.fit("mlp", images, labels, image_shape=(8, 8), epochs=1, seed=seed)
        return [value.numpy().copy() for value in classifier.model.state_dict().values()]

    before = torch.get_rng_state()
    alone = [made(0), made(1)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(made, [0, 1] * 4))
    for k, values in enumerate(together):
        assert all(np.array_equal(a, b) for a, b in zip(values, alone[k % 2], strict=True))
    assert torch.equal(torch.get_rng_state(), before)


UNCHANGED = """
import locale, logging, os, signal, sys, threading, warnings
import numpy as np

def state():
    import matplotlib
    log = logging.getLogger()
    loaded = sys.modules.get("torch")
    torch = loaded and [loaded.get_num_threads(), loaded.get_default_dtype(), loaded.get_rng_state().tolist()]
    return {
        "warnings": (warnings.filters[:], warnings.showwarning), "numpy errors": np.geterr(), "hook": sys.excepthook,
        "print": np.get_printoptions(), "random": str(np.random.get_state()),
        "environment": {k: v for k, v in os.environ.items() if not k.startswith("TORCHINDUCTOR")},  # set by optimizers
        "folder": os.getcwd(), "umask": oct(os.umask(0o022)), "locale": locale.setlocale(locale.LC_ALL), "torch": torch,
        "logging": (log.level, list(log.handlers), list(logging.getLogger("py.warnings").handlers)),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)],
        "figures": dict(matplotlib.rcParams), "recursion": sys.getrecursionlimit(), "path": list(sys.path),
        "threads": threading.excepthook,
    }

def work():
    import neurosim
    from neurosim import Network, measure, patterns, recall
    from neurosim.plots import curves
    from neurosim.report.page import picture
    net = Network.gaussian(60, 4, seed=0)
    cues = patterns.visible_cues(net, patterns.all_hidden_states(4))
    found = neurosim.measure.recall.curves.recall_sweep(2, {"noise_std": [0.0, 1.0]}, n_hidden=4, n_cues=8, seed=0)
    picture(curves.draw(found, "noise_std"), "name", "text")
    from neurosim.engines import Brian
    for engine in ("event", "reference", Brian(codegen="numpy"), *TORCH):
        recall(net, cues, duration=3e-3, engine=engine)
    if TORCH:
        from neurosim.learning import train
        train(np.random.default_rng(0).random((40, 16)), n_hidden=8, recipe="certified", epochs=60)

try:
    import torch
    TORCH = ["torch"]
except ImportError:
    TORCH = []
import matplotlib, numba, xarray, scipy.stats, setuptools, sympy, tqdm, h5netcdf  # what these change is not ours
signal.signal(signal.SIGINT, lambda *_: None)
before = state()
work()
after = state()
after["signals"][0] = getattr(after["signals"][0], "previous_handler", after["signals"][0])  # Brian2 passes it on
changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
print(changed or "nothing")
"""


@pytest.mark.slow
def test_settings_of_the_process_are_as_before_after_every_engine_a_sweep_a_figure_and_training(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNCHANGED)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout == "nothing\n", done.stdout + done.stderr


def test_available_threads_are_limited_by_the_environment(monkeypatch):
    for limit, most in (("1", 1), ("1000", 1000), ("", 1000), ("many", 1000), ("²", 1000)):
        monkeypatch.setenv("OMP_NUM_THREADS", limit)
        assert 1 <= threads.available() <= most


FORKED = """
import os, signal
import numpy as np
from neurosim import Network, recall

net, cues = Network.gaussian(784, 50, seed=0), np.random.default_rng(0).random((600, 784))
recall(net, cues, engine="torch", duration=5e-3)
child = os.fork()
if not child:
    signal.alarm(60)  # ends a child that hangs
    recall(net, cues, engine="torch", duration=5e-3)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@needs_fork
@pytest.mark.torch
def test_a_child_forked_after_a_recall_by_torch_does_not_hang():
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    command = [sys.executable, "-W", "ignore", "-c", FORKED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "0", done.stderr
