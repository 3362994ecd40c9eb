"""`neurosim continuation`: its numbers are those of the measurement; one parameter moves."""

import json
import re

import numpy as np
import pytest

from neurosim import Network, load_result
from neurosim.measure import continuation

NET = Network.gaussian(64, 5, seed=3)


@pytest.fixture
def network(tmp_path):
    NET.save(tmp_path / "net.safetensors")
    return tmp_path


def test_the_printed_and_the_written_numbers_are_those_of_the_measurement(run, network):
    few = ["net.safetensors", "--threshold", "0.2:0.8:0.3", "--cues", 50, "--out", "c.nc"]
    answer = run("continuation", *few, "--json")
    assert answer.returncode == 0, answer.stderr
    found = load_result(network / "c.nc")
    want = continuation(NET, "threshold", [0.2, 0.5, 0.8], n_cues=50, seed=0)
    np.testing.assert_array_equal(found.exists.values, want.exists.values)
    printed = json.loads(answer.stdout)["continuation"]["data_vars"]
    assert printed["n_attractors"]["data"] == want.n_attractors.values.tolist()
    assert re.search(rf"^threshold = 0\.5 +{int(want.n_attractors[1])} attractors", answer.stderr, flags=re.M)
    assert (network / "c.pdf").read_bytes().startswith(b"%PDF")


def test_recalls_start_in_the_memories_of_the_images(run, network):
    pytest.importorskip("sklearn")
    answer = run("continuation", "net.safetensors", "digits", "--lesioned-visible", "0,0.5", "--cues", 20)
    assert answer.returncode == 0, answer.stderr
    assert load_result(network / "continuation.nc").attrs["complete"] == 0


def test_a_random_network_has_the_given_size(run, network):
    answer = run("continuation", "--ratio", "2,20", "--hidden", 4, "--visible-per-hidden", 20, "--cues", 20)
    assert answer.returncode == 0, answer.stderr
    found = load_result(network / "continuation.nc")
    assert found.sizes["hidden_neuron"] == 4 and found.attrs["parameter"] == "ratio"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of --threshold, .*, --membrane-noise must be given, got none"),
        (["--ratio", "1,2", "--strength", "1,2"], "must be given, got --ratio, --strength"),
        (["--ratio", "1,1"], "--ratio must be different numbers"),
        (["--membrane-noise", "0,1"], "noise is that of spiking cells"),
        (["net.safetensors", "--ratio", "1,2", "--hidden", "4"], "--hidden has no effect with a network file"),
        (["--ratio", "1,2", "--download"], "--download has no effect without a data set"),
        (["--ratio", "1,2", "--visible-per-hidden", "nan"], "--visible-per-hidden must be a finite number > 0"),
    ],
)
def test_wrong_use_is_one_line(run, network, arguments, message):
    answer = run("continuation", *arguments)
    assert answer.returncode == 2 and answer.stderr.count("\n") == 1
    assert re.search(message, answer.stderr), answer.stderr
    assert not (network / "continuation.nc").exists()
