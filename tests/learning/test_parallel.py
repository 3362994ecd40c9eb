"""Training by several processes equals training by one."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neurosim import Network, Unavailable
from neurosim.learning import objective as rule
from neurosim.learning import parallel
from neurosim.learning.trainer import train

pytestmark = pytest.mark.torch

SCRIPT = """
import sys
from neurosim.learning.data import load
from neurosim.learning.parallel import is_first
from neurosim.learning.trainer import train
images = load("digits").pixels[:301]  # the last batch of one leaves the second process idle
net = train(images, n_hidden=12, epochs=int(sys.argv[3]), batch_size=60, recipe=sys.argv[1], checkpoint=sys.argv[4])
if is_first():
    net.save(sys.argv[2])
"""


def by_two(folder, recipe, epochs):
    """Learn by two processes; return the network."""
    script = folder / "learn.py"
    script.write_text(SCRIPT)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    arguments = [script, recipe, folder / "net.safetensors", epochs, folder / "run.checkpoint"]
    done = subprocess.run(
        [*torchrun, *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=Path.cwd()
    )
    assert done.returncode == 0, done.stderr
    return Network.load(folder / "net.safetensors")


# sharpened: with a true step one image at its threshold makes sums in another order end elsewhere
@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["denoise", "paper", "certified", "symmetric", "basins"])
def test_two_processes_learn_the_weights_of_one(digits, recipe, tmp_path):
    images = digits.pixels[:301]
    one = train(images, n_hidden=12, epochs=2, batch_size=60, recipe=recipe)
    two = by_two(tmp_path, recipe, 2)
    assert two.provenance["processes"] == 2 and one.provenance["processes"] == 1
    scale = np.abs(one.weights).max()
    np.testing.assert_allclose(two.weights, one.weights, rtol=0, atol=1e-4 * scale)
    fewer = train(images, n_hidden=12, epochs=1, batch_size=60, recipe=recipe)
    assert np.abs(one.weights - fewer.weights).max() > 0.03 * scale
    np.testing.assert_allclose(two.provenance["loss_per_epoch"], one.provenance["loss_per_epoch"], rtol=1e-4)


def test_gradients_of_the_parts_add_up_to_those_of_the_whole_batch():
    active = torch.rand(9, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    (whole,) = torch.autograd.grad(rule.repulsion(active), active)
    assert whole.abs().max() > 0.01
    added = torch.zeros_like(active)
    for rank in range(2):
        (part,) = torch.autograd.grad(rule.repulsion(active[rank::2], active.detach()), active)
        added += part
    torch.testing.assert_close(added, whole, rtol=1e-12, atol=1e-14)


VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID")
STRAY = [
    {"RANK": "1"},
    {"WORLD_SIZE": ""},
    {"WORLD_SIZE": "2"},
    {"RANK": "x", "WORLD_SIZE": "²", "LOCAL_RANK": "-1"},
    {"RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "3", "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500"},
    {"TORCHELASTIC_RUN_ID": "none", "WORLD_SIZE": "1", "RANK": "0"},
]


@pytest.fixture
def environment(monkeypatch):
    """Return a function that sets the variables of launchers, and unsets all others."""

    def given(variables):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return given


@pytest.mark.parametrize("stray", STRAY, ids=[" ".join(one) for one in STRAY])
def test_variables_that_no_launcher_set_do_not_count(stray, environment):
    environment(stray)
    assert parallel.launched() == (0, 1) and parallel.is_first()
    assert parallel.local_device(torch.device("cuda")) == torch.device("cuda", 0)
    with parallel.process_group(torch.device("cpu")) as processes:
        assert processes.size == 1


@pytest.mark.parametrize("name, value", [("RANK", "2"), ("WORLD_SIZE", "²"), ("RANK", ""), ("MASTER_PORT", "x")])
def test_contradictions_of_torchrun_are_refused(name, value, environment):
    given = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    environment({**given, "TORCHELASTIC_RUN_ID": "none", name: value})
    with pytest.raises(Unavailable, match="contradict each other"):
        parallel.launched()


def test_torchrun_counts_while_it_can_be_reached(environment):
    with socket.socket() as server:
        server.bind(("localhost", 0))
        server.listen()
        where = {"MASTER_ADDR": "localhost", "MASTER_PORT": str(server.getsockname()[1])}
        ranks = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"}
        environment({**where, **ranks, "TORCHELASTIC_RUN_ID": "none", "TORCHELASTIC_USE_AGENT_STORE": "True"})
        assert parallel.launched() == (1, 2) and not parallel.is_first()
    with pytest.raises(Unavailable, match="torchrun does not answer"):
        parallel.launched()
