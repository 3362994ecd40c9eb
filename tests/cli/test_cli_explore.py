"""The command `neurosim explore`."""

import json
import re

import numpy as np
import pytest

from neurosim import Network


def names_of(path):
    html = path.read_text(encoding="utf-8")
    data = re.search(r'id="data">(.*?)</script>', html, flags=re.S)[1]
    return [record["name"] for record in json.loads(data)]


@pytest.mark.parametrize(
    ("network", "names"),
    [([], ["learned digits", "random network"]), (["digits"], ["learned digits"]), (["random"], ["random network"])],
)
def test_built_in_networks_need_no_file(run, tmp_path, network, names):
    answer = run("explore", *network)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("wrote explore.html\n")
    assert names_of(tmp_path / "explore.html") == names


def test_a_network_file_with_its_images(run, tmp_path):
    Network(np.random.default_rng(0).random((64, 4)), threshold=0.4).save(tmp_path / "net.safetensors")
    np.save(tmp_path / "few.npy", np.random.default_rng(1).random((9, 8, 8)))
    answer = run("explore", "net.safetensors", "few.npy", "--images", "3", "--out", "a.html", "--json")
    assert answer.returncode == 0
    found = json.loads(answer.stdout)
    assert found["files"] == ["a.html"] and found["bytes"] == (tmp_path / "a.html").stat().st_size
    assert names_of(tmp_path / "a.html") == ["net"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["random", "digits"], "DATA has no effect beside the built-in network random; omit it"),
        (["digits", "--images", "3"], "--images has no effect without a data set"),
        (["absent.safetensors"], "there is no network file at absent.safetensors"),
        (["digits", "--out", "."], "output must be a file, got the folder"),
    ],
)
def test_what_cannot_be_done_is_refused(run, arguments, message):
    answer = run("explore", *arguments)
    assert answer.returncode == 2 and message in answer.stderr
