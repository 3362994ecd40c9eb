"""`neurosim recall` in parts: the same result as in one, in memory that does not depend on the number of cues."""

import re
import subprocess
import sys

import numpy as np
import pytest
import xarray

from neurosim import Network, load_result
from neurosim.cli import streamed
from neurosim.learning import load_data


@pytest.fixture
def network(tmp_path):
    Network.gaussian(64, 6, seed=0).save(tmp_path / "net.safetensors")
    return tmp_path


def recalled(run, folder, name, *arguments):
    answer = run("recall", "net.safetensors", *arguments, "--out", name)
    assert answer.returncode == 0, answer.stderr
    return load_result(folder / name), re.sub(r" in .* s, .* µs each|wrote .*", "", answer.stdout)


def test_recalls_of_images_in_parts_are_those_in_one(run, network, monkeypatch):
    load_data("digits")
    arguments = ("digits", "--cues", "90")
    whole, text = recalled(run, network, "whole.nc", *arguments)
    monkeypatch.setattr(streamed, "_NUMBERS", 64 * 40)
    parts, text_of_parts = recalled(run, network, "parts.nc", *arguments)
    assert text_of_parts == text and parts.sizes["cue"] == 90
    xarray.testing.assert_identical(parts, whole)


def test_damaged_random_states_in_parts_are_counted_together(run, network, monkeypatch):
    arguments = ("--cues", "90", "--damage", "noise:0.5")
    whole, _ = recalled(run, network, "whole.nc", *arguments)
    monkeypatch.setattr(streamed, "_NUMBERS", 64 * 40)
    parts, text = recalled(run, network, "parts.nc", *arguments)
    assert "\n90 recalls" in f"\n{text}" and "none: same attractor" in text
    assert list(parts) == list(whole) and set(parts.attrs) == set(whole.attrs)
    np.testing.assert_array_equal(parts.hidden[:40], whole.hidden[:40])
    assert not np.array_equal(parts.hidden[40:80], parts.hidden[:40])  # other states and noise in each part
    n_settled = int((parts.outcome == "settled").sum())
    assert re.search(rf"settled +{n_settled}\b", text)
    distinct = len(np.unique(parts.hidden_active.values[parts.outcome.values == "settled"], axis=0))
    assert re.search(rf"distinct attractors +{distinct}\n", text)


def test_a_failure_in_a_later_part_leaves_no_file(run, network, monkeypatch):
    monkeypatch.setattr(streamed, "_NUMBERS", 64 * 40)
    count, calls = streamed.Totals.count, []

    def fails(totals, recall):
        calls.append(recall)
        if len(calls) == 3:
            raise MemoryError("no more")
        return count(totals, recall)

    monkeypatch.setattr(streamed.Totals, "count", fails)
    answer = run("recall", "net.safetensors", "--cues", "200", "--out", "r.nc")
    assert answer.returncode == 2 and "not enough memory (no more)" in answer.stderr
    assert [path.name for path in network.iterdir()] == ["net.safetensors"]


@pytest.mark.slow
def test_memory_does_not_depend_on_the_number_of_cues(tmp_path):
    """200,000 cues of 1,000 neurons took 5 GB at once; each would need 16 kB."""
    Network.gaussian(1000, 10, seed=0).save(tmp_path / "net.safetensors")
    program = "import resource, sys; from neurosim.cli.main import main\ntry: main()\nfinally: "
    program += "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    peaks = []
    for count in (10_000, 60_000):
        arguments = ["recall", "net.safetensors", "--cues", str(count), "--out", f"{count}.nc"]
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=True)
        peaks.append(1024 * int(re.findall(r"peak (\d+)", done.stdout)[0]))
    assert peaks[1] - peaks[0] < 50_000 * 1_000  # a sixteenth of what all recalls would take
