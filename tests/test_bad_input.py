"""Bad input of every kind: the error gives the rule and the value on one line, and no half-written file is left.

The command line turns each error into exit code 2 (`tests/cli/test_cli.py`). Each module's tests have finer cases.
"""

import sys

import numpy as np
import pytest

import neurosim
from neurosim import BadFile, InvalidInput, Network, NeurosimError, OutputError, Unavailable, patterns, recall
from neurosim.engines import Brian
from neurosim.learning import data

NET = Network.gaussian(12, 3, seed=0)
CUES = patterns.visible_cues(NET, np.eye(3))
IDX_IMAGES = np.array([2051, 2, 28, 28], dtype=">i4").tobytes() + bytes(2 * 784)
IDX_LABELS = np.array([2049, 2], dtype=">i4").tobytes() + bytes(2)


def mnist(folder, images, labels):
    (folder / "train-images-idx3-ubyte").write_bytes(images)
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    data.load("mnist", data_dir=folder)


def written(path, content):
    path.write_bytes(content)
    return path


def shortened(path, save):
    save(path)
    return written(path, path.read_bytes()[:-60])


def out(folder):
    return written(folder / "file", b"x") / "out"


CASES = {
    "weights of one axis": (InvalidInput, "weights must have shape", lambda t: Network(weights=np.ones(3))),
    "feedback of another shape": (
        InvalidInput,
        "feedback must have shape",
        lambda t: Network(weights=np.ones((3, 2)), feedback=np.ones((3, 2))),
    ),
    "cues of another width": (InvalidInput, "cues must have shape", lambda t: recall(NET, np.ones((2, 5)))),
    "NaN weights": (InvalidInput, "weights must be finite", lambda t: Network(weights=[[np.nan]])),  # pyright: ignore[reportArgumentType]
    "infinite weights": (InvalidInput, "weights must be finite", lambda t: Network(weights=[[np.inf]])),  # pyright: ignore[reportArgumentType]
    "NaN cues": (InvalidInput, "cues must be finite", lambda t: recall(NET, CUES * np.nan)),
    "infinite cues": (InvalidInput, "cues must be finite", lambda t: recall(NET, CUES + np.inf)),
    "negative τ": (InvalidInput, "tau_v must be finite and > 0", lambda t: NET.replace(tau_v=-1e-3)),
    "zero τ": (InvalidInput, "tau_h must be finite and > 0", lambda t: NET.replace(tau_h=0)),
    "targets that are not binary": (
        InvalidInput,
        "targets must be binary",
        lambda t: patterns.visible_cues(NET, np.full((1, 3), 0.5)),
    ),
    "an unknown engine": (InvalidInput, "engine must be one of", lambda t: recall(NET, CUES, engine="magic")),
    "an unknown data set": (InvalidInput, "data must be a name", lambda t: data.load("imagenet")),
    "a truncated IDX file": (BadFile, "its header announces", lambda t: mnist(t, IDX_IMAGES[:-9], IDX_LABELS)),
    "a mislabelled IDX file": (BadFile, "axes", lambda t: mnist(t, IDX_LABELS, IDX_LABELS)),
    "labels of another set": (
        BadFile,
        "one label for each",
        lambda t: mnist(t, IDX_IMAGES + bytes(0), IDX_LABELS[:4] + b"\0\0\0\1\0"),
    ),
    "a truncated safetensors file": (
        BadFile,
        "not a whole safetensors file",
        lambda t: Network.load(shortened(t / "net", NET.save)),
    ),
    "a mislabelled safetensors file": (
        BadFile,
        "not a whole safetensors file",
        lambda t: Network.load(written(t / "net", IDX_IMAGES)),
    ),
    "a truncated netCDF file": (
        BadFile,
        "not a whole netCDF-4 file",
        lambda t: neurosim.load_result(shortened(t / "r.nc", lambda p: neurosim.save_result(recall(NET, CUES), p))),
    ),
    "a mislabelled netCDF file": (
        BadFile,
        "not a whole netCDF-4 file",
        lambda t: neurosim.load_result(written(t / "r.nc", IDX_IMAGES)),
    ),
    "an unwritable network": (OutputError, "cannot write", lambda t: NET.save(out(t))),
    "an unwritable result": (OutputError, "cannot write", lambda t: neurosim.save_result(recall(NET, CUES), out(t))),
}


@pytest.mark.parametrize(("error", "message", "call"), CASES.values(), ids=CASES)
def test_bad_input_is_refused_in_one_line(tmp_path, error, message, call):
    with pytest.raises(error, match=message) as caught:
        call(tmp_path)
    assert isinstance(caught.value, NeurosimError)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("*.part"))  # the suffix of unfinished files


def test_a_missing_compiler_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CXX", "")
    with pytest.raises(Unavailable, match="compiler"):
        recall(NET, CUES, engine=Brian(target="cpp_standalone"))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "neurosim.engines.torch_batched", raising=False)
    with pytest.raises(Unavailable, match=r"pip install 'neurosim-memory\[train\]'"):
        recall(NET, CUES, engine="torch")
