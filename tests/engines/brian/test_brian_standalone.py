"""C++ programs of Brian2: built in a worker process, run again for further cues."""

import os
import stat

import brian2
import numpy as np
import pytest

from neurosim import Network, Sigmoid, Unavailable, patterns, recall
from neurosim.engines import Brian, Reference
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.job import Job

CPP, NUMPY = Brian(target="cpp_standalone", dt=1e-4), Brian(codegen="numpy", dt=1e-4)
needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")


def request(net, count, **options):
    cues = patterns.visible_cues(net, patterns.random_hidden_states(net.n_hidden, count, seed=1), noise_std=1, seed=2)
    return {"net": net, "cues": cues, "duration": 4e-3} | options


def agree(got, want, atol=1e-12):
    for name in set(want.data_vars) - {"settle_time"}:
        if want[name].dtype.kind == "f":
            np.testing.assert_allclose(got[name], want[name], rtol=0, atol=atol, err_msg=name)
        else:
            np.testing.assert_array_equal(got[name], want[name], err_msg=name)
    np.testing.assert_allclose(got.settle_time, want.settle_time, rtol=1e-12)


@pytest.mark.slow
@needs_compiler
def test_one_program_runs_all_cues_and_does_not_change_brian2(capfd):
    net = Network.gaussian(500, 200, seed=0)
    call = request(net, 31, record=["hidden", "hidden_active"], record_dt=1e-3)
    engine = NUMPY.replace(formulation="event")
    cut = Job(net, engine.request(net, call["cues"]), engine).batches()
    assert [len(batch.rows) for batch in cut] == [16, 16]  # two runs, one filled up
    before = brian2.prefs.as_file, brian2.defaultclock.dt_, brian2.get_device(), os.getcwd()
    got = recall(engine=CPP.replace(formulation="event", report="text"), **call)
    assert (brian2.prefs.as_file, brian2.defaultclock.dt_, brian2.get_device(), os.getcwd()) == before
    assert "100%" in capfd.readouterr().out
    assert got.attrs["codegen"] == "cpp"
    agree(got, recall(engine=engine, **call))
    agree(got, recall(engine=Reference(dt=1e-4), **call))


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize(
    ("parameters", "formulation", "options"),
    [
        (
            {"hidden_activation": Sigmoid(5.0), "tau_v": np.linspace(5e-3, 30e-3, 100)},
            None,
            {"record": ["visible"]},
        ),
        ({"threshold": np.linspace(0.3, 0.7, 10), "tau_h": np.linspace(1e-3, 3e-3, 10)}, None, {}),
        ({"tau_v": 1e-3 * (1 + 1e-9)}, "event", {}),
    ],
    ids=["sigmoid, one tau_v a neuron", "one threshold and tau_h a neuron", "equal taus, event"],
)
def test_standalone_equals_runtime_for_all_records(parameters, formulation, options):
    net = Network.gaussian(100, 10, seed=0)
    feedback = net.weights.T + np.random.default_rng(1).standard_normal((10, 100))
    call = request(net.replace(feedback=feedback, **parameters), 3, **options)
    compiled, interpreted = (recall(engine=one.replace(formulation=formulation), **call) for one in (CPP, NUMPY))
    agree(compiled, interpreted)


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("formulation", ["summed", "event"])
def test_a_single_neuron_and_cue(formulation):
    net = Network(weights=[[1.2]], threshold=-0.1)  # arrays of one value take another way into the program  # pyright: ignore[reportArgumentType]
    call = {
        "net": net,
        "cues": [[0.7]],
        "hidden": [[0.3]],
        "duration": 4e-3,
    }
    compiled, interpreted = (recall(engine=one.replace(formulation=formulation), **call) for one in (CPP, NUMPY))
    agree(compiled, interpreted)


def test_a_failing_compiler_is_quoted(monkeypatch, tmp_path):
    for name, script in {
        "g++": "[ \"$1\" = --version ] && exec echo 12; echo 'fatal error: no such flux capacitor' >&2; exit 1",
        "make": "g++ main.cpp",
    }.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(Unavailable, match=r"could not build(.|\n)*no such flux capacitor"):
        recall(engine=CPP, **request(Network.gaussian(20, 2, seed=0), 2))
