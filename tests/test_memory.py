"""What does not fit into memory is refused before the work, in one line."""

import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest

from neurosim import InvalidInput, Network, memory, patterns, recall
from neurosim.cli.errors import one_line_errors

NET = Network.gaussian(20, 3, seed=0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Network.gaussian(10**7, 10**7, seed=0),
        lambda: Network.gaussian(2**52, 1, seed=0),
        lambda: Network.random(2**52, 2, ensemble="rademacher", seed=0),
        lambda: patterns.random_hidden_states(3, 10**15, seed=0),
        lambda: patterns.random_hidden_states(10**9, 10**9, seed=0),
    ],
)
def test_sizes_beyond_the_memory_are_refused_before_the_work(call):
    with pytest.raises(InvalidInput, match=r"needs .* GB, which this process cannot get; give fewer"):
        call()


def test_recalls_beyond_the_memory_are_refused_before_the_work(monkeypatch):
    asked = []
    monkeypatch.setattr(memory, "reserve", lambda n_bytes, *texts: asked.append(n_bytes))
    recall(NET, np.zeros((7, 20)))
    assert asked == [7 * 8 * (6 * 3 + 20)]


def test_training_beyond_the_memory_is_refused():
    pytest.importorskip("torch")
    from neurosim.learning import Images, train

    images = Images(np.random.default_rng(0).random((9, 16)), None, (4, 4), "some")
    with pytest.raises(InvalidInput, match="give fewer hidden neurons"):
        train(images, n_hidden=10**9, recipe="paper", epochs=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: np.empty((2**40, 2**40)),
        lambda: np.empty(2**62, np.float64),
        lambda: np.zeros((1,) * 70),
        lambda: np.empty(10**15),
    ],
)
def test_a_command_ends_with_one_line_for_lack_of_memory(call, capsys):
    with pytest.raises(SystemExit), one_line_errors("neurosim"):
        call()
    assert capsys.readouterr().err.startswith("neurosim: error: not enough memory")


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
@pytest.mark.slow
def test_a_recall_near_the_limit_of_memory_ends():
    """OpenBLAS waits for ever for memory that it does not get: in time, or refused."""
    program = """
        import resource
        import neurosim
        net = neurosim.Network.gaussian(1000, 50, seed=0)
        cues = neurosim.patterns.visible_cues(net, neurosim.patterns.random_hidden_states(50, 2000, seed=0))
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        for room in (2**20, 2**23, 2**25, 2**26, 2**27, 2**28, 2**30):
            resource.setrlimit(resource.RLIMIT_AS, (used + room, resource.RLIM_INFINITY))
            try:
                print(neurosim.recall(net, cues).sizes["cue"])
            except (neurosim.InvalidInput, MemoryError) as error:
                print("refused")
    """
    done = subprocess.run([sys.executable, "-c", dedent(program)], capture_output=True, text=True, timeout=300)
    lines = done.stdout.split()
    assert done.returncode == 0 and len(lines) == 7, done.stderr
    assert lines[0] == "refused" and lines[-1] == "2000"


def test_the_limit_is_that_of_the_process(monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (12_345, 99_999))
    assert memory.limit() == 12_345
