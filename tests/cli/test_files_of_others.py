"""No command writes over an input, another's file, or the output of another run."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from neurosim import Network

SWEEP = ["sweep", "--noise-std", "0,1", "--cues", "4"]
RANDOM = [*SWEEP, "--hidden", "3", "--visible-per-hidden", "5", "--networks", "1"]


@pytest.fixture
def here(tmp_path, network_file):
    """A folder with a network, data and files that no command may change."""
    for name in ("net.safetensors", "m.pdf", "report/noise.nc", "figures/example-a.nc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(network_file, tmp_path / name)
    np.save(tmp_path / "data.npy", np.random.default_rng(0).random((12, 8, 8)))
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7 a manuscript")
    (tmp_path / "link.nc").symlink_to("data.npy")
    os.link(tmp_path / "data.npy", tmp_path / "hard.nc")
    os.mkfifo(tmp_path / "fifo")
    return tmp_path


def state(folder):
    """Return what every entry of a folder is and holds."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: (path.lstat().st_mode, files.get(path)) for path in folder.rglob("*")}


REFUSED = {
    "the figure over the network": [*SWEEP, "m.pdf", "--out", "m.nc"],
    "the figure of a continuation over the network": ["continuation", "m.pdf", "--ratio", "1,2", "--out", "m.nc"],
    "a count over the network of capacity": ["capacity", "m.pdf", "--out", "m.pdf"],
    "the figure over another's file": [*RANDOM, "--out", "paper.nc"],
    "recalls over the network": ["recall", "net.safetensors", "--out", "net.safetensors"],
    "recalls over the cues": ["recall", "net.safetensors", "data.npy", "--out", "data.npy"],
    "recalls over the cues by a link": ["recall", "net.safetensors", "data.npy", "--out", "link.nc"],
    "recalls over the cues by another name": ["recall", "net.safetensors", "data.npy", "--out", "hard.nc"],
    "a network over its images": ["train", "data.npy", "--out", "data.npy"],
    "a checkpoint over the images": ["train", "data.npy", "--checkpoint", "data.npy"],
    "a checkpoint over the network": ["train", "digits", "--out", "a.nc", "--checkpoint", "./a.nc"],
    "constraints over the network": ["constrain", "net.safetensors", "sparse:0.5", "--out", "net.safetensors"],
    "classification over the images": ["classify", "net.safetensors", "data.npy", "--out", "data.npy"],
    "results over the network of a report": ["report", "report/noise.nc", "digits"],
    "results over the network of spiking": ["spiking", "report/noise.nc", "digits", "--out", "report"],
    "a FIFO": ["recall", "net.safetensors", "--out", "fifo"],
    "a device": ["constrain", "net.safetensors", "sparse:0.5", "--out", "/dev/null"],
    "a folder of a report that is a file": ["report", "net.safetensors", "digits", "--out", "paper.pdf"],
    "a name too long": [*RANDOM, "--out", "n" * 256],
    "a name whose figure is too long": [*RANDOM, "--out", "n" * 254],
    "a name whose points are too long": [*RANDOM, "--out", "n" * 250],
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_output_that_would_destroy_something_is_refused(case, here, run):
    before = state(here)
    code, out, err = run(*REFUSED[case])
    assert code == 2 and err.startswith("neurosim: error: ") and err.count("\n") == 1
    assert "σ_v" not in out and "recalls by" not in out  # no work
    assert state(here) == before


def test_results_with_dots_in_their_names_have_figures_of_their_own(run, tmp_path):
    for name in ("phase-0.5", "phase-0.7", "phase.nc"):
        assert run(*RANDOM, "--out", name)[0] == 0
    figures = sorted(path.name for path in tmp_path.glob("*.pdf"))
    assert figures == ["phase-0.5.pdf", "phase-0.7.pdf", "phase.pdf"]
    assert run(*RANDOM, "--out", "phase.nc")[0] == 0  # its own figure is replaced
    assert run(*RANDOM, "--out", "phase")[0] == 2  # that of phase.nc is not
    assert not list(tmp_path.glob("*.points"))


def test_a_link_to_a_result_stays(run, here):
    Path("stored").mkdir()
    Path("out.nc").symlink_to("stored/today.nc")
    assert run("recall", "net.safetensors", "--cues", 5, "--out", "out.nc")[0] == 0
    assert Path("out.nc").is_symlink() and Path("stored/today.nc").is_file()


def test_a_network_with_a_seed_of_128_bits_is_measured(run, tmp_path):
    Network.gaussian(20, 3, seed=2**127 + 1).save("net.safetensors")
    for seed in (2**63, 2**127 + 1):
        assert run("recall", "net.safetensors", "--cues", 5, "--seed", seed, "--out", "r.nc")[0] == 0
        assert run(*RANDOM, "--seed", seed, "--out", "s.nc")[0] == 0
